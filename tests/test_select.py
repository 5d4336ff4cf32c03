"""From diagnostics to findings: precedence, severity, fingerprints, suppressions, filters, exit status."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import pytest

from statelint.engine.select import (
    PRECEDENCE,
    Selection,
    chosen_rules,
    exit_status,
    fingerprint,
    select_findings,
    summarise,
)
from statelint.engine.severity import Copies, severity_of, stated_copies
from statelint.engine.suppress import FileMarks, RuleIds
from statelint.errors import ConfigError, UsageError
from statelint.model.diagnostics import (
    Confidence,
    Diagnostic,
    Evidence,
    Problem,
    Remedy,
    Report,
    Role,
    Severity,
    State,
)
from statelint.model.files import FileRole
from statelint.model.places import Place
from statelint.model.settings import Allow, Audience, Settings
from statelint.model.suppressions import Suppression

PROJECT = Path("/project")
OWN = frozenset({"unused-suppression", "suppression-without-reason"})
RAN = frozenset({"app-state", "class-state", "module-state", "local-file-write", "sticky-session"})
IDS = RuleIds(known=RAN | OWN | {"never-ran"}, ran=RAN)
REMEDY = Remedy(store="redis", title="keep it in Redis", text="Move it.")


def diagnostic(path: str = "app.py", line: int = 1, symbol: str = "CARTS", **changes: object) -> Diagnostic:
    plain = Diagnostic(
        at=Place(path, line, 1, line, 6),
        symbol=symbol,
        message=f"`{symbol}` is written",
        state=State.SESSION,
        confidence=Confidence.HIGH,
        holder=symbol,
        site="cell",
        evidence=(Evidence(role=Role.WRITTEN, place=Place(path, 90, 1, 90, 5), message="written"),),
        remedy=REMEDY,
    )
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def settings(*paths: str, **changes: object) -> Settings:
    plain = Settings(project=PROJECT, paths=tuple(PROJECT / path for path in paths) or (PROJECT,))
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def allow(line: int, *rules: str, end: int = 0, reason: str = "it is meant") -> Suppression:
    return Suppression(at=line, line=line, end_line=end or line, rules=rules, reason=reason)


def select(
    *diagnostics: tuple[str, Diagnostic],
    allows: tuple[Suppression, ...] = (),
    role: FileRole = FileRole.APPLICATION,
    given: Settings | None = None,
    ids: RuleIds = IDS,
) -> Selection:
    marks = {"app.py": FileMarks(role=role, allows=allows)}
    return select_findings(diagnostics, marks, given or settings(), ids)


def shown(selection: Selection) -> list[tuple[str, str, int]]:
    return [(finding.rule, finding.symbol, finding.place.line) for finding in selection.findings]


def messages(selection: Selection) -> list[tuple[str, int, str]]:
    return [(finding.rule, finding.place.line, finding.message) for finding in selection.findings]


def test_a_finding_keeps_what_the_rule_said() -> None:
    told = diagnostic()
    (finding,) = select(("module-state", told)).findings
    assert finding.rule == "module-state"
    assert finding.place == told.at
    for name in ("symbol", "message", "state", "confidence", "evidence", "remedy"):
        assert getattr(finding, name) == getattr(told, name)


def test_findings_are_sorted_whatever_the_order_of_diagnostics() -> None:
    told = [
        ("module-state", diagnostic("b.py", 1)),
        ("module-state", diagnostic("a.py", 10)),
        ("module-state", diagnostic("a.py", 9, "B")),
        ("class-state", diagnostic("a.py", 9, "A")),
        ("module-state", diagnostic("a.py", 2, at=Place("a.py", 2, 5, 2, 6))),
        ("module-state", diagnostic("a.py", 2, at=Place("a.py", 2, 2, 2, 6))),
    ]
    expected = select(*told)
    places = [(finding.place.path, finding.place.line, finding.place.column) for finding in expected.findings]
    assert places == [
        ("a.py", 2, 2),
        ("a.py", 2, 5),
        ("a.py", 9, 1),
        ("a.py", 9, 1),
        ("a.py", 10, 1),
        ("b.py", 1, 1),
    ]
    assert [finding.rule for finding in expected.findings][2:4] == ["class-state", "module-state"]
    for seed in range(10):
        random.Random(seed).shuffle(told)  # noqa: S311 - a repeatable order, no secret
        assert select(*told) == expected


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        (("module-state", "app-state"), "app-state"),
        (("module-state", "class-state"), "class-state"),
        (("app-state", "local-file-write"), "local-file-write"),
        (("sticky-session", "module-state"), "module-state"),
    ],
)
def test_one_site_is_one_finding(rules: tuple[str, str], kept: str) -> None:
    for order in (rules, rules[::-1]):
        assert [finding.rule for finding in select(*((rule, diagnostic()) for rule in order)).findings] == [
            kept
        ]


def test_another_symbol_or_place_is_another_site() -> None:
    assert len(select(("app-state", diagnostic()), ("module-state", diagnostic(symbol="B"))).findings) == 2
    assert len(select(("app-state", diagnostic()), ("module-state", diagnostic(line=2))).findings) == 2


def test_what_goes_first_is_written_once_each() -> None:
    assert len(set(PRECEDENCE)) == len(PRECEDENCE)
    assert (
        PRECEDENCE.index("local-upload")
        < PRECEDENCE.index("local-database")
        < PRECEDENCE.index("local-log-file")
    )


def test_precedence_does_not_hide_what_is_asked_for() -> None:
    both = (("app-state", diagnostic()), ("module-state", diagnostic()))
    assert shown(select(*both, given=settings(select=("module-state",)))) == []
    assert shown(select(*both[1:], given=settings(select=("module-state",)))) == [
        ("module-state", "CARTS", 1)
    ]


def test_a_fingerprint_knows_no_path_and_no_line() -> None:
    (one,) = select(("module-state", diagnostic())).findings
    (two,) = select(("module-state", diagnostic("moved.py", 70, message="other words"))).findings
    assert one.fingerprint == two.fingerprint == fingerprint("module-state", "CARTS", "cell", 0)
    assert len(one.fingerprint) == 16
    assert int(one.fingerprint, 16) >= 0


def test_fingerprints_differ_by_rule_holder_site_and_ordinal() -> None:
    prints = {
        fingerprint("module-state", "CARTS", "cell", 0),
        fingerprint("class-state", "CARTS", "cell", 0),
        fingerprint("module-state", "B", "cell", 0),
        fingerprint("module-state", "CARTS", "call", 0),
        fingerprint("module-state", "CARTS", "cell", 1),
        fingerprint("module-state", "CARTS\udcff", "cell", 1),
    }
    assert len(prints) == 6
    found = select(("module-state", diagnostic("a.py")), ("module-state", diagnostic("b.py"))).findings
    assert [finding.fingerprint for finding in found] == [
        fingerprint("module-state", "CARTS", "cell", 0),
        fingerprint("module-state", "CARTS", "cell", 1),
    ]


def test_a_suppression_does_not_rename_the_other_findings() -> None:
    told = (("module-state", diagnostic(line=1)), ("module-state", diagnostic(line=2)))
    (finding,) = select(*told, allows=(allow(1, "module-state"),)).findings
    assert finding.fingerprint == fingerprint("module-state", "CARTS", "cell", 1)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("copies", Copies)
def test_severity_by_state_and_copies(state: State, copies: Copies) -> None:
    lost = {"session", "upload", "records", "job-result", "queue", "websocket", "idempotency", "secret"}
    if state is State.STICKY_SESSION:
        row = ["warning", "warning", "note"]
    else:
        row = ["error", "warning", "warning" if state in lost else "note"]
    expected = row[list(Copies).index(copies)]
    assert severity_of(diagnostic(state=state), FileRole.APPLICATION, copies) == expected
    assert severity_of(diagnostic(state=state), FileRole.TEST, copies) == "note"
    assert severity_of(diagnostic(state=state, ephemeral=True), FileRole.APPLICATION, copies) == "note"


def test_examples_matter_as_much_as_applications() -> None:
    assert severity_of(diagnostic(), FileRole.EXAMPLE, Copies.MANY) is Severity.ERROR


@pytest.mark.parametrize(
    ("copies", "word"), [(0, Copies.UNKNOWN), (1, Copies.ONE), (2, Copies.MANY), (9, Copies.MANY)]
)
def test_copies_that_the_user_states(copies: int, word: Copies) -> None:
    assert stated_copies(settings(copies=copies)) is word
    expected = Severity.ERROR if word is Copies.MANY else Severity.WARNING
    assert (
        select(("module-state", diagnostic()), given=settings(copies=copies)).findings[0].severity is expected
    )


def test_a_developer_sees_what_is_likely_and_matters() -> None:
    told = [
        ("module-state", diagnostic(line=line, confidence=confidence, ephemeral=ephemeral))
        for line, (confidence, ephemeral) in enumerate(
            [
                (Confidence.HIGH, False),
                (Confidence.MEDIUM, False),
                (Confidence.LOW, False),
                (Confidence.HIGH, True),
            ],
            1,
        )
    ]

    def lines(**changes: object) -> list[int]:
        return [line for _, _, line in shown(select(*told, given=settings(**changes)))]

    assert lines() == [1, 2]
    assert lines(audience=Audience.AUDITOR) == [1, 2, 3, 4]
    assert lines(min_confidence=Confidence.HIGH) == [1]
    assert lines(min_confidence=Confidence.MEDIUM, audience=Audience.AUDITOR) == [1, 2, 4]


def test_paths_and_rules_choose_what_is_shown() -> None:
    told = (
        ("module-state", diagnostic("app/a.py")),
        ("class-state", diagnostic("app/b.py")),
        ("module-state", diagnostic("lib/c.py")),
    )
    assert shown(select(*told, given=settings("app")))[0][0] == "module-state"
    assert len(select(*told, given=settings("app")).findings) == 2
    assert len(select(*told, given=settings("app/b.py", "lib")).findings) == 2
    assert len(select(*told, given=settings(select=("module-state",))).findings) == 2
    assert len(select(*told, given=settings(ignore=("module-state",))).findings) == 1
    assert len(select(*told, given=settings("app", select=("module-state",))).findings) == 1


def test_a_step_of_the_evidence_is_enough() -> None:
    handler = Evidence(role=Role.ENTRY, place=Place("app/handler.py", 3, 1, 3, 2), message="entry")
    told = (
        ("module-state", diagnostic("lib/store.py", symbol="A", evidence=(handler,))),
        ("module-state", diagnostic("lib/other.py", symbol="B")),
    )
    for given in (settings("app"), settings("app/handler.py"), settings(changed=("app/handler.py",))):
        selection = select(*told, given=given)
        assert [finding.symbol for finding in selection.findings] == ["A"]
        assert selection.elsewhere == 1
    for given in (settings("docs"), settings(changed=()), settings("app", changed=("lib/other.py",))):
        selection = select(*told, given=given)
        assert (selection.findings, selection.elsewhere) == ((), 2)


def test_what_is_suppressed_elsewhere_is_not_counted() -> None:
    told = ("module-state", diagnostic())
    assert (
        select(told, allows=(allow(1, "module-state"),), given=settings(changed=("app.py",))).suppressed == 1
    )
    assert select(told, allows=(allow(1, "module-state"),), given=settings(changed=("b.py",))).suppressed == 0


def test_a_rule_that_is_unknown_is_a_mistake() -> None:
    for field in ("select", "ignore"):
        with pytest.raises(UsageError, match="there is no rule `modul-state`; did you mean `module-state`"):
            chosen_rules(settings(**{field: ("modul-state",)}), IDS.known)
    entry = Allow(path="*", rule="modul-state", because="x")
    with pytest.raises(ConfigError, match=r"`statelint\.toml`: `allow`: there is no rule `modul-state`; did"):
        chosen_rules(settings(allow=(entry,), config=PROJECT / "statelint.toml"), IDS.known)
    assert chosen_rules(settings(), IDS.known) == IDS.known


def test_a_suppressed_finding_is_counted_and_not_shown() -> None:
    told = (("module-state", diagnostic(line=3)), ("module-state", diagnostic(line=8)))
    selection = select(*told, allows=(allow(2, "module-state", end=4),))
    assert shown(selection) == [("module-state", "CARTS", 8)]
    assert selection.suppressed == 1


def test_only_the_location_of_a_finding_is_suppressed() -> None:
    """A comment where it is written (line 90 of each diagnostic here) does not speak of where it is made."""
    selection = select(("module-state", diagnostic()), allows=(allow(90, "module-state"),))
    assert [rule for rule, _, _ in shown(selection)] == ["module-state", "unused-suppression"]


def test_a_suppression_of_what_would_not_be_shown_is_used_and_not_counted() -> None:
    selection = select(
        ("module-state", diagnostic(ephemeral=True)), allows=(allow(1, "module-state"),), given=settings()
    )
    assert selection == Selection(findings=(), suppressed=0)


def test_one_comment_may_name_several_rules() -> None:
    told = (("module-state", diagnostic(symbol="A")), ("class-state", diagnostic(symbol="B")))
    assert select(*told, allows=(allow(1, "module-state", "class-state"),)).suppressed == 2
    selection = select(*told[:1], allows=(allow(1, "module-state", "class-state"),))
    assert messages(selection) == [("unused-suppression", 1, "`class-state` is not found here")]


def test_an_unused_suppression_is_a_warning() -> None:
    selection = select(allows=(allow(4, "module-state"),))
    assert messages(selection) == [("unused-suppression", 4, "`module-state` is not found here")]
    (finding,) = selection.findings
    assert finding.severity is Severity.WARNING
    assert finding.remedy.title
    for copies in (1, 5):
        (finding,) = select(allows=(allow(4, "module-state"),), given=settings(copies=copies)).findings
        assert finding.severity is Severity.WARNING


def test_a_suppression_that_names_another_rule_is_told_the_right_one() -> None:
    selection = select(("class-state", diagnostic(line=4)), allows=(allow(4, "module-state"),))
    assert messages(selection) == [
        ("class-state", 4, "`CARTS` is written"),
        ("unused-suppression", 4, "`module-state` is not found here, but `class-state` is"),
    ]
    selection = select(allows=(allow(4, "modul-state"),))
    assert messages(selection) == [
        ("unused-suppression", 4, "there is no rule `modul-state`; did you mean `module-state`?")
    ]


def test_a_suppression_of_a_rule_that_did_not_run_is_not_unused() -> None:
    assert select(allows=(allow(1, "never-ran"),)).findings == ()
    comment = (allow(1, "module-state"),)
    assert select(allows=comment, given=settings(ignore=("module-state",))).findings == ()
    assert select(allows=comment, given=settings(select=("class-state", *OWN))).findings == ()
    assert len(select(allows=comment, given=settings(select=("module-state", *OWN))).findings) == 1


def test_a_suppression_without_a_reason_works_and_is_told() -> None:
    selection = select(("module-state", diagnostic()), allows=(allow(1, "module-state", reason=""),))
    assert messages(selection) == [
        ("suppression-without-reason", 1, "`allow[module-state]` does not say why this is meant")
    ]
    assert selection.suppressed == 1
    unused = select(allows=(allow(1, "module-state", reason=""),))
    assert [rule for rule, _, _ in shown(unused)] == ["unused-suppression"]


def test_a_comment_that_is_not_understood_is_told() -> None:
    selection = select(("module-state", diagnostic()), allows=(allow(1, reason="alow[module-state]"),))
    assert ("unused-suppression", 1, "`statelint: alow[module-state]` is not understood") in messages(
        selection
    )
    assert ("module-state", 1, "`CARTS` is written") in messages(selection)
    (long,) = select(allows=(allow(1, reason="x" * 500),)).findings
    assert len(long.message) < 120


def test_what_the_engine_reports_is_selected_like_a_rule() -> None:
    comment = (allow(1, "module-state"),)
    assert select(allows=comment, given=settings(ignore=("unused-suppression",))).findings == ()
    assert select(allows=comment, given=settings("lib")).findings == ()


def test_the_configuration_suppresses_by_path() -> None:
    entry = Allow(path="games/**", rule="module-state", because="one instance by design")
    told = (("module-state", diagnostic("games/a.py")), ("module-state", diagnostic("app.py")))
    selection = select(*told, given=settings(allow=(entry,)))
    assert [finding.place.path for finding in selection.findings] == ["app.py"]
    assert selection.suppressed == 1
    assert (
        len(select(("class-state", diagnostic("games/a.py")), given=settings(allow=(entry,))).findings) == 1
    )


def test_an_entry_that_suppresses_nothing_is_told_at_the_file() -> None:
    entry = Allow(path="games/**", rule="module-state", because="one instance by design")
    given = settings(allow=(entry,), config=PROJECT / "statelint.toml")
    (finding,) = select(given=given).findings
    assert (finding.rule, finding.place.path) == ("unused-suppression", "statelint.toml")
    assert "games/**" in finding.message
    assert select(given=dataclasses.replace(given, paths=(PROJECT / "app",))).findings == ()
    assert select(given=dataclasses.replace(given, ignore=("module-state",))).findings == ()
    assert select(given=dataclasses.replace(given, scope=(PROJECT,))).findings == ()
    assert select(given=dataclasses.replace(given, config=Path("/elsewhere/ci.toml"))).findings == ()


def report(*findings: tuple[str, Diagnostic], problems: tuple[Problem, ...] = (), files: int = 1) -> Report:
    selection = select(*findings, given=settings(audience=Audience.AUDITOR))
    summary = summarise(selection, files_read=files, files_skipped=2, problems=len(problems), entries=3)
    return Report(findings=selection.findings, problems=problems, summary=summary)


def test_the_summary_counts_what_is_shown() -> None:
    summary = report(
        ("module-state", diagnostic(line=1)),
        ("module-state", diagnostic(line=2, ephemeral=True)),
        ("class-state", diagnostic(line=3)),
    ).summary
    assert summary.by_severity == {"error": 0, "warning": 2, "note": 1}
    assert summary.by_rule == {"class-state": 1, "module-state": 2}
    assert (summary.files_read, summary.files_skipped, summary.problems, summary.entries) == (1, 2, 0, 3)
    assert (summary.suppressed, summary.in_baseline) == (0, 0)


@pytest.mark.parametrize("exit_zero", [False, True])
def test_exit_status(exit_zero: bool) -> None:  # noqa: FBT001
    given = settings(exit_zero=exit_zero)
    found = ("module-state", diagnostic())
    note = ("module-state", diagnostic(ephemeral=True))
    fatal = Problem(path="a.py", line=1, message="not valid")
    told = Problem(path="a.py", line=1, message="odd", fatal=False)
    assert exit_status(report(), given) == 0
    assert exit_status(report(note), given) == 0
    assert exit_status(report(found), given) == (0 if exit_zero else 1)
    assert exit_status(report(found, problems=(told,)), given) == (0 if exit_zero else 1)
    assert exit_status(report(found, problems=(fatal,)), given) == 2
    assert exit_status(report(files=0), given) == 2
