"""Containers that are made anew for each key of a table, which one value stands for until a key is known.

listeners = {channel: set() for channel in channels}
listeners["start"].add(warm_up)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.found import Found


@dataclass(slots=True)
class Apart:
    """Which containers stand for many, and those that were told from them.

    `many` are made again for each key of the table that they lie in. `whole` gives the one from which another
    was told, `parts` the others; what is put into the whole may be in each part, what is put into a part is
    in the whole. `direct` has what was put into the whole itself, by key (None: not known). `related`
    are all that have a whole or parts. `rows` has the first of the rows that are alike in a long table, for
    the unit and place of each.
    """

    many: set[int] = field(default_factory=set)
    whole: dict[int, int] = field(default_factory=dict)
    parts: dict[int, list[int]] = field(default_factory=dict)
    direct: dict[int, dict[object, Found]] = field(default_factory=dict)
    related: set[int] = field(default_factory=set)
    rows: dict[tuple[int, int], int] = field(default_factory=dict)

    def others(self, container: int, key: object, found: Found) -> Sequence[int]:
        """List where else lies what is put into a container: in its whole, or in each of its parts."""
        if container in self.whole:
            return (self.whole[container],)
        if container not in self.parts:
            return ()
        before = self.direct[container].get(key)
        self.direct[container][key] = (
            found
            if before is None
            else found._replace(values=before.values | found.values, bits=before.bits | found.bits)
        )
        return self.parts[container]
