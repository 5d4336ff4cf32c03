"""Run the rules over a program; the one place where a broken rule is caught."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from statelint.model.diagnostics import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.engine.catalog import Rule
    from statelint.program import Program


def check_rules(
    rules: Mapping[str, Rule], program: Program
) -> tuple[list[tuple[str, Diagnostic]], list[Problem]]:
    """The diagnostics of every rule with its id, and a problem for each rule that failed."""
    found: list[tuple[str, Diagnostic]] = []
    problems = []
    for rule in rules.values():
        try:
            found += [(rule.id, diagnostic) for diagnostic in rule.check(program)]
        except Exception as error:  # noqa: BLE001 - the other rules finish, and the report names this one
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{last.name}, line {last.lineno}"
            message = f"the rule `{rule.id}` failed ({type(error).__name__}: {error}; {where}); this is a bug"
            problems.append(Problem(path="", line=0, message=message))
    return found, problems
