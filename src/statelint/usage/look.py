"""Show the statements of one cell to every visitor, and decide what kind of state it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from statelint.model.usage import Usage
from statelint.usage.kinds import Seen, decide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.model.usage import Hints, Statement
    from statelint.usage.writes import Shown

MAX_STATEMENTS = 12


def look_closely(statements: Sequence[Statement], hints: Hints) -> Usage:
    """Look at what declares, writes and reads a cell; of many statements, at the first twelve.

    Where none of them can be parsed safely, the facts and the names decide.
    """
    from statelint.usage.scene import set_scene
    from statelint.usage.writes import Shown, find_writes

    asked = statements[:MAX_STATEMENTS]
    scenes = [scene for statement in asked if (scene := set_scene(statement, hints.name)) is not None]
    shown = [Shown(scene=scene, writes=find_writes(scene)) for scene in scenes]
    touched = [look for look in shown if look.scene.parts]
    seen = _ask(touched)
    state, reason = decide(seen, hints)
    return Usage(
        state=state,
        reason=reason,
        key=seen.keys.key,
        value=seen.keys.value,
        facts=(*_unread(len(asked) - len(scenes)), *seen.facts()),
        contradicts=bool(scenes)
        and len(scenes) == len(asked)
        and not touched
        and not _named(asked, hints.name),
    )


def _ask(shown: Sequence[Shown]) -> Seen:
    """Ask every question of what was shown."""
    from statelint.usage import (
        broadcasting,
        counting,
        flags,
        guards,
        keys,
        membership,
        reading,
        taking,
        trimming,
        values,
    )

    return Seen(
        keys=keys.find_keys(shown),
        values=values.find_values(shown),
        guards=guards.find_guards(shown),
        trimming=trimming.find_trimming(shown),
        taking=taking.find_taking(shown),
        counting=counting.find_counting(shown),
        membership=membership.find_membership(shown),
        broadcasting=broadcasting.find_broadcasting(shown),
        flags=flags.find_flags(shown),
        reading=reading.find_reading(shown),
    )


def _unread(number: int) -> tuple[str, ...]:
    """Say what the microscope was not shown, because it is too long or too deep to be parsed safely."""
    if not number:
        return ()
    return (f"{number} statement{'s' if number > 1 else ''} too large or too deep to be looked at",)


def _named(statements: Sequence[Statement], name: str) -> bool:
    """Tell whether any statement has the name as a word, in whatever role."""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return any(word.search(statement.text) for statement in statements)
