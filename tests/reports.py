"""A report to render, made by hand, and one whose every text fights back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from statelint.model.diagnostics import (
    Confidence,
    Evidence,
    Finding,
    Problem,
    Remedy,
    Report,
    Role,
    Severity,
    State,
    Summary,
)
from statelint.model.places import Place
from statelint.reporters import RenderOptions, render

if TYPE_CHECKING:
    from collections.abc import Iterable

PROJECT = Path("/srv/shop")
CARTS = """\
from app.models import Cart

class CartStore:
    def __init__(self) -> None:
        self._carts: dict[str, Cart] = {}

    def add(self, user: str, item: str) -> None:
        self._carts.setdefault(user, Cart()).items.append(item)
"""
EXPORT = """\
def export(request):
\twith open(f"static/{request.user}.csv", "w") as out:
\t\tout.write(rows())
"""
INGRESS = """\
metadata:
  annotations:

    nginx.ingress.kubernetes.io/affinity: cookie
"""


def place(path: str, line: int, column: int = 1, end: int = 1) -> Place:
    return Place(path, line, column, line, end)


def evidence(role: Role, path: str, line: int, message: str) -> Evidence:
    return Evidence(role=role, place=place(path, line), message=message)


CART = Finding(
    rule="instance-state",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    state=State.SESSION,
    symbol="CartStore._carts",
    message="`CartStore._carts` is written by `POST /cart`, and each of 3 replicas has its own",
    fingerprint="8c1f02aa53b7d9e4",
    place=place("app/carts.py", 5, 9, 20),
    evidence=(
        evidence(Role.DECLARED, "app/carts.py", 5, "made at start"),
        evidence(Role.DECLARED, "app/state.py", 12, "`store` keeps it alive"),
        evidence(Role.ENTRY, "app/routes.py", 21, "`POST /cart` runs `add_item`"),
        evidence(Role.CALL, "app/routes.py", 24, "`add_item` calls `CartStore.add`"),
        evidence(Role.WRITTEN, "app/carts.py", 8, "`self._carts.setdefault(user, ...)`"),
        evidence(Role.READ, "app/routes.py", 30, "`GET /cart` answers from it"),
        evidence(Role.COPIES, "k8s/web.yaml", 9, "`replicas: 3`"),
    ),
    remedy=Remedy(
        store="redis",
        title="keep each cart in Redis, with an expiry",
        text=(
            "Every instance then sees the same carts, and none is lost when an instance ends. "
            "Give the key a time to live, so that carts that nobody comes back for go away by themselves."
        ),
        sample=(
            'redis.rpush(f"cart:{user}", item)\n'
            'redis.expire(f"cart:{user}", 86400)\n\n'
            'items = redis.lrange(f"cart:{user}", 0, -1)\n'
        ),
    ),
)
FILE = Finding(
    rule="local-file-write",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    state=State.UPLOAD,
    symbol="open",
    message='`open(..., "w")` leaves a file on the disk of one instance',
    fingerprint="51d0c2e8f7a64b93",
    place=place("app/export.py", 2, 7, 46),
    evidence=(evidence(Role.ENTRY, "app/export.py", 1, "`GET /export` runs `export`"),),
    remedy=Remedy(
        store="object-storage",
        title="stream the file to object storage",
        text="Hand out a signed link to it.",
        sample='s3.upload_fileobj(out, "exports", name)',
    ),
)
STICKY = Finding(
    rule="sticky-session",
    severity=Severity.NOTE,
    confidence=Confidence.HIGH,
    state=State.STICKY_SESSION,
    symbol="Ingress/web",
    message="`affinity: cookie` ties a user to one instance",
    fingerprint="0b77a1c94e52d638",
    place=place("k8s/ingress.yaml", 4, 5, 49),
    evidence=(evidence(Role.CONFIG, "k8s/ingress.yaml", 4, "`affinity: cookie` of `Ingress/web`"),),
    remedy=Remedy(store="none", title="remove the annotation", text="It hides state that is lost anyway."),
)
PROBLEMS = (
    Problem(path="app/legacy.py", line=7, message="invalid syntax (read with Python 3.11)"),
    Problem(path="k8s/huge.yaml", line=0, message="skipped: larger than 1 MB", fatal=False),
)


def report_of(
    findings: Iterable[Finding] = (),
    problems: Iterable[Problem] = (),
    *,
    files_read: int = 41,
    entries: int = 12,
) -> Report:
    found, failed = tuple(findings), tuple(problems)
    by_severity: dict[str, int] = {}
    by_rule: dict[str, int] = {}
    for finding in found:
        by_severity[finding.severity] = by_severity.get(finding.severity, 0) + 1
        by_rule[finding.rule] = by_rule.get(finding.rule, 0) + 1
    return Report(
        findings=found,
        problems=failed,
        summary=Summary(
            files_read=files_read,
            files_skipped=1 if failed else 0,
            problems=len(failed),
            entries=entries,
            by_severity=by_severity,
            by_rule=by_rule,
            suppressed=2 if found else 0,
        ),
        sources={
            "app/carts.py": tuple(CARTS.splitlines()),
            "app/export.py": tuple(EXPORT.splitlines()),
            "k8s/ingress.yaml": tuple(INGRESS.splitlines()),
        },
    )


REPORT = report_of((CART, FILE, STICKY), PROBLEMS)


def options(name: str, **changes: Any) -> RenderOptions:  # noqa: ANN401 - any field of the options
    plain = RenderOptions(
        format_name=name,
        color=False,
        project=PROJECT,
        base=PROJECT,
        root=PROJECT,
        github_actions=False,
        unicode=True,
    )
    return replace(plain, **changes)


def rendered(report: Report, project: Path, name: str) -> str:
    """Write a report on a project in a format, as it is run in its folder."""
    return render(report, options(name, project=project, base=project, root=project))


HOSTILE = (
    "line\n::error file=README.md,line=1::INJECTED",
    "return\r::warning::INJECTED",
    "::error::INJECTED",
    " \t\u00a0::stop-commands::INJECTED",
    "##[error]INJECTED",
    "x ###[add-mask]INJECTED",
    "##[group]",
    "\x1b[2J\x1b]0;title\x07",
    "\u202etxt.exe\u2066\u200f\u061c",
    "\ud800 and \udcff",
    "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg",
    "a,line=9,title=INJECTED::b",
    "100%25 %0A::error::INJECTED %3A",
    "\x00\x7f\x9b31m\ufeff\U000e0041",
    "-rf `$(touch x)` <script>|",
    "",
)


def hostile_report(text: str, *, path: str | None = None) -> Report:
    """Put the same text wherever a user's text can stand."""
    at = Place(path or f"app/{text}.py", 1, 1, 1, 3)
    steps = tuple(Evidence(role=role, place=at, message=text) for role in Role)
    finding = Finding(
        rule="module-state",
        severity=Severity.ERROR,
        confidence=Confidence.LOW,
        state=State.OTHER,
        symbol=text,
        message=text,
        fingerprint="0" * 16,
        place=at,
        evidence=steps,
        remedy=Remedy(store="redis", title=text, text=text, sample=text),
    )
    problems = (
        Problem(path=at.path, line=1, message=text),
        Problem(path="", line=0, message=text, fatal=False),
    )
    return replace(report_of([finding], problems), sources={at.path: (text, text)})
