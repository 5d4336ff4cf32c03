"""The page of results: figures a set, a package, a rule and a kind, and each label that came out wrong."""

from __future__ import annotations

import difflib
from collections import Counter
from typing import TYPE_CHECKING

from corpus.drawn import still_reported
from corpus.labels import SETS, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from corpus.drawn import Sample
    from corpus.scoring import Outcome, Score

HEAD = """\
# What statelint finds in the corpus

Written by `make corpus WRITE=1`; `make corpus` shows what has become different. Recall counts labels that
keep state and were reported as error or warning, false alarms labels that must be quiet and were not;
precision is what was found over both. Kinds counts the found ones whose kind of state is named right.
Unlabelled are errors and warnings that no label speaks of. Contested labels count neither way. statelint is
developed on the `dev` packages; the others were labelled before it was run on them once.
"""


def page(scores: Sequence[Score], sample: Sample) -> str:
    """Write the page in Markdown; the same scores give the same bytes."""
    sections = (_sets(scores), _packages(scores), _rules(scores), _kinds(scores), _wrong(scores))
    return "\n".join(
        [HEAD, *("".join(f"{row}\n" for row in rows) for rows in (*sections, _drawn(scores, sample)))]
    )


def difference(committed: str, now: str) -> str:
    """Show which lines of the committed page are another, with the names of the sections around them."""
    lines = difflib.unified_diff(
        committed.splitlines(), now.splitlines(), "committed", "now", n=0, lineterm=""
    )
    return "".join(f"{line}\n" for line in lines)


def figures(scores: Sequence[Score]) -> str:
    """Give the columns of one row."""
    counted = [outcome for score in scores for outcome in score.counted]
    wanted = [one for one in counted if one.case.verdict is Verdict.STATEFUL]
    found = [one for one in wanted if one.findings]
    alarms = sum(not one.is_right for one in counted) - (len(wanted) - len(found))
    named = sum(one.names_the_kind for one in found)
    unlabelled, lines = sum(len(score.unlabelled) for score in scores), sum(score.lines for score in scores)
    columns = (
        f"{len(found)}/{len(wanted)}",
        _share(len(found), len(wanted)),
        f"{alarms}/{len(counted) - len(wanted)}",
        _share(len(found), len(found) + alarms),
        f"{named}/{len(found)}",
        f"{unlabelled}",
        f"{1000 * unlabelled / max(lines, 1):.2f}",
        f"{lines:,}",
    )
    return " | ".join(columns)


COLUMNS = "labels found | recall | false alarms | precision | kinds | unlabelled | a 1,000 lines | lines"
_RULER = "| --- |" + " ---: |" * 8


def _sets(scores: Sequence[Score]) -> Iterator[str]:
    yield from ("## Sets", "", f"| set | {COLUMNS} |", _RULER)
    for part in SETS:
        yield f"| {part} | {figures([score for score in scores if score.package.part == part])} |"
    yield f"| all | {figures(scores)} |"


def _packages(scores: Sequence[Score]) -> Iterator[str]:
    yield from ("## Packages", "", f"| package | {COLUMNS} |", _RULER)
    for score in scores:
        yield f"| {score.package.name} {score.package.version} | {figures([score])} |"


def _rules(scores: Sequence[Score]) -> Iterator[str]:
    yield from (
        "## Rules",
        "",
        "| rule | right | false alarms | contested | unlabelled |",
        "| --- |" + " ---: |" * 4,
    )
    tally: Counter[tuple[str, str]] = Counter()
    for score in scores:
        for outcome in score.outcomes:
            column = "contested" if outcome.case.contested else "right" if outcome.is_right else "wrong"
            tally.update({(rule, column) for rule in {finding.rule for finding in outcome.findings}})
        tally.update((finding.rule, "unlabelled") for finding in score.unlabelled)
    for rule in sorted({rule for rule, _ in tally}):
        columns = [tally[rule, column] for column in ("right", "wrong", "contested", "unlabelled")]
        yield f"| {rule} | {' | '.join(map(str, columns))} |"


def _kinds(scores: Sequence[Score]) -> Iterator[str]:
    yield from (
        "## Kinds of state",
        "",
        "| label | found | named right | named otherwise |",
        "| --- | ---: | ---: | --- |",
    )
    wanted = [one for score in scores for one in score.counted if one.case.verdict is Verdict.STATEFUL]
    for state in sorted({one.case.state for one in wanted}):
        of_it = [one for one in wanted if one.case.state == state]
        found = [one for one in of_it if one.findings]
        others = Counter(one.findings[0].state for one in found if not one.names_the_kind)
        told = ", ".join(f"{name} {number}" for name, number in sorted(others.items()))
        named = sum(one.names_the_kind for one in found)
        yield f"| {state} | {len(found)}/{len(of_it)} | {named}/{len(found)} | {told} |"


def _wrong(scores: Sequence[Score]) -> Iterator[str]:
    for title, stateful in (("## Missed", True), ("## False alarms", False)):
        yield from (title, "")
        for score in scores:
            for outcome in score.counted:
                if not outcome.is_right and (outcome.case.verdict is Verdict.STATEFUL) == stateful:
                    yield f"- {score.package.name} {_told(outcome)}"
        yield ""


def _told(outcome: Outcome) -> str:
    rules = ", ".join(sorted({finding.rule for finding in outcome.findings}))
    said = f" reported by {rules}" if rules else ""
    return f"`{outcome.case.name}` ({outcome.case.state}){said}: {outcome.case.why}"


def _drawn(scores: Sequence[Score], sample: Sample) -> Iterator[str]:
    """Say how many of the findings that were drawn and judged are true, and which are gone since."""
    reported = {
        score.package.name: [*score.unlabelled, *(one for each in score.outcomes for one in each.findings)]
        for score in scores
    }
    here = [one for one in sample.findings if still_reported(one, reported.get(one.package, ()))]
    gone = [one for one in sample.findings if one not in here]
    true = sum(one.is_true for one in sample.findings)
    yield from ("## Drawn findings", "")
    yield f"- drawn: {len(sample.findings)} of {sample.population}, seed {sample.seed}; true: {true}"
    yield f"- still reported: {len(here)}; true: {sum(one.is_true for one in here)}"
    for one in gone:
        kind = "true" if one.is_true else "wrong"
        yield f"- gone, {kind}: {one.package} `{one.at.path}:{one.at.line} {one.symbol}` {one.rule}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"
