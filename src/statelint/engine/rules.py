"""Run the rules over a program; the one place where a broken rule is caught."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, NamedTuple

from statelint.model.diagnostics import Diagnostic, Problem
from statelint.model.progress import Stage, Tell, tell_nobody
from statelint.program.behind import Findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.engine.catalog import Rule
    from statelint.program import Program


class Checked(NamedTuple):
    """Diagnostics with the ids of their rules, a problem for each rule that failed, the ids of the others."""

    diagnostics: list[tuple[str, Diagnostic]]
    problems: list[Problem]
    finished: frozenset[str]


def check_rules(rules: Mapping[str, Rule], program: Program, tell: Tell = tell_nobody) -> Checked:
    """Run every rule, those that join what others found last.

    What a rule found before it failed counts, what it is silent about does not.
    """
    found: list[tuple[str, Diagnostic]] = []
    problems = []
    finished = set()
    alone = [rule for rule in rules.values() if not rule.meta.joins]
    joining = [rule for rule in rules.values() if rule.meta.joins]
    in_code: Findings | None = None
    for rule in (*alone, *joining):
        try:
            if rule.meta.joins:
                in_code = in_code or Findings(program.topology, found)
            given = (program, in_code) if rule.meta.joins else (program,)
            for diagnostic in rule.check(*given):
                found.append((rule.id, diagnostic))
                tell(Stage.JUDGING, len(found), 0)
            finished.add(rule.id)
        except Exception as error:  # noqa: BLE001 - the other rules finish, and the report names this one
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{last.name}, line {last.lineno}"
            message = f"the rule `{rule.id}` failed ({type(error).__name__}: {error}; {where}); this is a bug"
            problems.append(Problem(path="", line=0, message=message))
    return Checked(found, problems, frozenset(finished))
