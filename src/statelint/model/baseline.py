"""What a baseline file says: findings that were there before, each with the reason why it may stay."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One finding of a baseline.

    `fingerprint` and `rule` say which finding it is; `symbol`, `path` and `message` are those of the last
    time that the file was written. `because` may be empty. `line` is where the entry stands in the file
    (0: not known).
    """

    fingerprint: str
    rule: str
    symbol: str
    path: str
    message: str
    because: str
    line: int = 0
