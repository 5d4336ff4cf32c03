"""SARIF 2.1.0 for code scanning: the request's path as code flow, the rule's page as help.

What GitHub reads of it stands in its documentation ("SARIF support for code scanning"). Left out on purpose
are suppressed findings, which would become alerts; `security-severity`, which makes a rule one of security;
and `primaryLocationLineHash`, which the upload computes from the sources itself.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import statelint
from statelint.engine.catalog import load_catalog
from statelint.model.diagnostics import Confidence, Role, Severity
from statelint.reporters.locations import file_uri, stands_at, walk
from statelint.reporters.machine import json_page
from statelint.reporters.text import display_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.engine.catalog import Page
    from statelint.model.diagnostics import Evidence, Finding, Problem, Report
    from statelint.model.places import Place
    from statelint.reporters.options import RenderOptions

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"

_KINDS: Mapping[Severity, str] = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "recommendation",
}

# What GitHub takes of a description.
_LONGEST_DESCRIPTION = 1024

# `[text](1)` in a message is a link to a location, `{0}` the place of an argument.
_LINK = re.compile(r"\]\(")
_LINK_SIGN = re.compile(r"[\\\[\]]")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


def render(report: Report, options: RenderOptions) -> str:
    """Write one run whose file names count from the root of the repository."""
    options = replace(options, base=options.root, unicode=True)
    pages = load_catalog().pages()
    rules = sorted({finding.rule for finding in report.findings})
    run = {
        "tool": {
            "driver": {
                "name": "statelint",
                "version": statelint.__version__,
                "semanticVersion": statelint.__version__,
                "rules": [_rule(rule, pages[rule], report.findings) for rule in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": report.is_complete,
                "toolExecutionNotifications": [_notification(item, options) for item in report.problems],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [_result(finding, rules.index(finding.rule), options) for finding in report.findings],
    }
    return json_page({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: str, page: Page, findings: Sequence[Finding]) -> dict[str, object]:
    """Describe a rule; what differs between its findings is told of the whole rule with the least claim.

    GitHub asks for one precision and one severity a rule, to sort by; each result has its own beside.
    """
    own = [finding for finding in findings if finding.rule == rule]
    worst = next(severity for severity in Severity if any(item.severity is severity for item in own))
    precision = [item for item in Confidence if any(finding.confidence is item for finding in own)][-1]
    return {
        "id": rule,
        "name": "".join(word.capitalize() for word in rule.split("-")),
        "shortDescription": {"text": _sentence(page.meta.summary)},
        "fullDescription": {"text": _description(page)[:_LONGEST_DESCRIPTION]},
        "help": {"text": page.text, "markdown": page.text},
        "defaultConfiguration": {"level": worst.value},
        "properties": {
            "tags": ["reliability", "scalability"],
            "precision": precision.value,
            "problem.severity": _KINDS[worst],
        },
    }


def _description(page: Page) -> str:
    """Take the first paragraph below the first heading of a page: what the rule finds."""
    found = re.search(r"^## .*\n+((?:.+\n?)+)", page.text, re.MULTILINE)
    return " ".join((found[1] if found else page.meta.summary).split())


def _sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:]}."


def _result(finding: Finding, index: int, options: RenderOptions) -> dict[str, object]:
    path = walk(finding)
    reads = [item for item in finding.evidence if item.role is Role.READ]
    # The path goes on where the next request meets what this one left. A single step is no path.
    flow = [*path, *reads[:1]] if len(path) > 1 else []
    others = [item for item in finding.evidence if not (flow and item in path)]
    related = [item for item in others if not stands_at(item, finding)]
    flows = [{"threadFlows": [{"locations": [{"location": _step(item, options)} for item in flow]}]}]
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity.value,
        "message": {"text": _message(finding, related, options)},
        "locations": [
            {
                "physicalLocation": _physical(finding.place, options),
                "logicalLocations": [{"fullyQualifiedName": display_text(finding.symbol, options)}],
            }
        ],
        "codeFlows": flows if flow else [],
        "relatedLocations": [{"id": id_, **_step(item, options)} for id_, item in enumerate(related, 1)],
        "partialFingerprints": {"statelint/v1": finding.fingerprint},
        "properties": {"confidence": finding.confidence.value, "state": finding.state.value},
    }


def _message(finding: Finding, related: Sequence[Evidence], options: RenderOptions) -> str:
    """Say what is wrong in a first sentence that stands alone, then where else to look, then the way out."""
    sentences = [f"{_plain(finding.message, options)}."]
    if related:
        links = (f"[{_link_text(item, options)}]({number})" for number, item in enumerate(related, 1))
        sentences.append(f"See {', '.join(links)}.")
    sentences.append(f"Instead: {_plain(finding.remedy.title, options)}.")
    return " ".join(sentences)


def _plain(text: str, options: RenderOptions) -> str:
    """Show text in which nothing is a link or the place of an argument.

    Brackets and braces stay as they are where they can't be mistaken: few viewers take an escape away again.
    """
    shown = _PLACEHOLDER.sub(r"{{\1}}", display_text(text, options))
    return _LINK_SIGN.sub(r"\\\g<0>", shown) if _LINK.search(shown) else shown


def _link_text(item: Evidence, options: RenderOptions) -> str:
    shown = _PLACEHOLDER.sub(r"{{\1}}", display_text(item.message, options))
    return _LINK_SIGN.sub(r"\\\g<0>", shown) or item.role.value


def _step(item: Evidence, options: RenderOptions) -> dict[str, object]:
    return {
        "physicalLocation": _physical(item.place, options),
        "message": {"text": _plain(item.message, options) or item.role.value},
    }


def _physical(place: Place, options: RenderOptions) -> dict[str, object]:
    region = {"startLine": place.line}
    if (place.line, place.column) < (place.end_line, place.end_column):
        region |= {
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        }
    return {"artifactLocation": _artifact(place.path, options), "region": region}


def _artifact(path: str, options: RenderOptions) -> dict[str, str]:
    return {"uri": file_uri(path, options), "uriBaseId": _ROOT}


def _notification(problem: Problem, options: RenderOptions) -> dict[str, object]:
    told: dict[str, object] = {
        "level": "error" if problem.fatal else "note",
        "message": {"text": _plain(problem.message, options)},
    }
    if problem.path:
        where: dict[str, object] = {"artifactLocation": _artifact(problem.path, options)}
        if problem.line:
            where["region"] = {"startLine": problem.line}
        told["locations"] = [{"physicalLocation": where}]
    return told
