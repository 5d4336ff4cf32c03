"""What is remembered of classes and modules that are loaded by their names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.configured import Word
    from statelint.program.given_names import Given


@dataclass(slots=True)
class Plugins:
    """The plug-ins of one program, and answers that do not change, each found once.

    `classes` are units loaded by their names, `modules` those by a name that was put together. `like` has
    the modules that a pattern fits, `templates` the patterns that a module writes, `calls` where
    functions are called by their names, `imported` the modules that a statement imports; `looked_through` are
    classes whose objects are asked for all their methods; `defaults` are, for each class, the methods that
    give its fields a value. `made_first` are classes of which there were objects before installed commands
    ran (None: there are no commands). `entry_points` are those that the project's metadata name (None: nobody
    has asked), `marks` the attributes that decorators set on functions.
    """

    classes: set[int] = field(default_factory=set)
    modules: set[int] = field(default_factory=set)
    like: dict[tuple[str | None, ...], tuple[int, ...]] = field(default_factory=dict)
    templates: dict[int, list[tuple[str | None, ...]]] = field(default_factory=dict)
    calls: dict[str, Sequence[Given]] = field(default_factory=dict)
    imported: frozenset[int] | None = None
    marks: frozenset[str] | None = None
    looked_through: set[int] = field(default_factory=set)
    made_first: frozenset[int] | None = None
    defaults: dict[int, dict[str, int]] = field(default_factory=dict)
    entry_points: list[Word] | None = None

    def are_many(self, most: int) -> bool:
        """Whether there are more of them than a slot holds of anything else."""
        return len(self.classes) > most or len(self.modules) > most or bool(self.looked_through)
