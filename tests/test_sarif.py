"""SARIF, valid by its schema and read as code scanning reads it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from readers import links_of, read_sarif, sarif_schema
from reports import CART, FILE, PROBLEMS, REPORT, STICKY, evidence, options, report_of
from statelint.engine.catalog import load_catalog
from statelint.model.diagnostics import Confidence, Report, Role, Severity
from statelint.model.places import Place
from statelint.reporters import render


def sarif(report: Report) -> dict[str, Any]:
    return read_sarif(render(report, options("sarif")))


def test_the_schema_refuses_what_is_no_sarif() -> None:
    written = json.loads(render(REPORT, options("sarif")))
    written["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert not sarif_schema().is_valid(written)


def test_sarif_is_valid_and_each_result_points_to_its_rule() -> None:
    run = sarif(REPORT)
    rules = run["tool"]["driver"]["rules"]
    for result, finding in zip(run["results"], REPORT.findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.rule
        assert result["level"] == finding.severity
        assert result["partialFingerprints"] == {"statelint/v1": finding.fingerprint}
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        assert Place(finding.place.path, *region.values()) == finding.place
    assert [item["level"] for item in run["invocations"][0]["toolExecutionNotifications"]] == [
        "error",
        "note",
    ]


def test_sarif_of_nothing_is_valid() -> None:
    run = sarif(report_of())
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is True
    assert sarif(report_of(files_read=0))["invocations"][0]["executionSuccessful"] is False
    assert sarif(report_of(problems=PROBLEMS[:1]))["invocations"][0]["executionSuccessful"] is False
    assert sarif(report_of(problems=PROBLEMS[1:]))["invocations"][0]["executionSuccessful"] is True


def test_the_path_of_the_request_is_a_code_flow_that_ends_with_a_read() -> None:
    # Further writes and reads are not on this path: they are places to look at.
    further = [evidence(role, "a.py", 1, f"more {role}") for role in (Role.WRITTEN, Role.READ)]
    result = sarif(report_of([replace(CART, evidence=(*CART.evidence, *further))]))["results"][0]
    (flow,) = result["codeFlows"]
    (thread,) = flow["threadFlows"]
    told = [step["location"]["message"]["text"] for step in thread["locations"]]
    roles = (Role.ENTRY, Role.CALL, Role.WRITTEN, Role.READ)
    assert told == [item.message for role in roles for item in CART.evidence if item.role is role]
    assert len(told) == 4
    assert links_of(result)[-2:] == ["more written", "more read"]


def test_a_single_step_is_no_code_flow_but_a_place_to_look_at() -> None:
    result = sarif(report_of([FILE]))["results"][0]
    assert result["codeFlows"] == []
    assert [place["message"]["text"] for place in result["relatedLocations"]] == [
        "`GET /export` runs `export`"
    ]


def test_other_places_are_linked_from_the_message() -> None:
    result = sarif(REPORT)["results"][0]
    assert links_of(result) == ["`store` keeps it alive", "`GET /cart` answers from it", "`replicas: 3`"]
    assert result["message"]["text"].startswith(f"{CART.message}. See ")
    assert links_of(sarif(report_of([STICKY]))["results"][0]) == []


@pytest.mark.parametrize(
    "text", ["a [b](1) c", "[x](https://x.test)", "a[0]", "\\[", "[](2)", "{0} {name} {12}"]
)
def test_text_of_the_user_is_neither_link_nor_argument(text: str) -> None:
    finding = replace(CART, message=text, evidence=(evidence(Role.READ, "a.py", 1, text),))
    result = sarif(report_of([finding]))["results"][0]
    assert links_of(result) == [re.sub(r"\{(\d+)\}", r"{{\1}}", text)]
    assert re.search(r"(?<!\{)\{\d+\}", result["message"]["text"]) is None


def test_help_is_the_page_of_the_rule() -> None:
    rules = sarif(REPORT)["tool"]["driver"]["rules"]
    for rule in rules:
        page = load_catalog().page(rule["id"])
        assert rule["help"] == {"text": page.text, "markdown": page.text}
        assert rule["shortDescription"]["text"].lower() == f"{page.meta.summary}.".lower()
        assert rule["fullDescription"]["text"] in " ".join(page.text.split())
        assert "security-severity" not in rule["properties"]


@pytest.mark.parametrize("rule", load_catalog().pages())
def test_each_rule_can_be_described_within_the_limits(rule: str) -> None:
    (told,) = sarif(report_of([replace(CART, rule=rule)]))["tool"]["driver"]["rules"]
    for text in (told["shortDescription"]["text"], told["fullDescription"]["text"]):
        assert 1 < len(text) <= 1024
        assert text[0].isupper() or not text[0].isalpha()
        assert text.endswith(".")
    assert len(told["name"]) <= 255


def test_what_is_told_of_a_whole_rule_claims_the_least() -> None:
    findings = [
        replace(CART, severity=Severity.NOTE, confidence=Confidence.LOW),
        replace(CART, severity=Severity.ERROR, confidence=Confidence.HIGH),
    ]
    (rule,) = sarif(report_of(findings))["tool"]["driver"]["rules"]
    assert rule["properties"]["precision"] == "low"
    assert rule["properties"]["problem.severity"] == rule["defaultConfiguration"]["level"] == "error"
