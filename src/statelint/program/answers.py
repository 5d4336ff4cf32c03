"""What one analysis finds once and others ask for again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.model.places import Place
    from statelint.program.callsites import CallSites
    from statelint.program.contexts import Context
    from statelint.program.filewrites import FileWrite
    from statelint.program.left_out import LeftOut
    from statelint.program.values import SlotKey


class NamedInTexts(NamedTuple):
    """Modules and what they bind, as texts name them: by where the text stands, all, by their own module.

    `configured` are those that configuration files of the program name, with what they stand under there.
    """

    by_module: list[list[tuple[int, str]]]
    all: list[tuple[int, str]]
    configured: list[tuple[frozenset[str], tuple[int, str]]]
    of_module: dict[int, list[tuple[int, str]]]


@dataclass(slots=True, kw_only=True)
class Answers:
    """Each field belongs to the module that fills it at the first question; None: nobody has asked."""

    named: NamedInTexts | None = None
    boot_writes: dict[SlotKey, Place] | None = None
    final_names: dict[int, tuple[str, ...]] | None = None  # of `library`, once all is solved
    call_sites: CallSites | None = None
    left_out: LeftOut | None = None
    calls: dict[Context, Mapping[int, Sequence[tuple[int, int]]]] = field(default_factory=dict)
    file_writes: Sequence[FileWrite] | None = None
    written_files: frozenset[frozenset[object]] | None = None
    captured: frozenset[tuple[int, str]] | None = None
    screens: dict[int, bool] = field(default_factory=dict)
    missing_before: dict[Context, frozenset[SlotKey]] = field(default_factory=dict)
