"""The replacements: what to use instead, worded for one piece of state.

What is offered for each kind stands in the TOML files of this package: the first offer of a kind is the
default, the others can be chosen by the `stores` of the configuration. `$symbol` is the cell as it is shown;
`$name`, `$key`, `$value` and `$path` are the user's own names where they fit into code, else neutral ones.
"""

from __future__ import annotations

from statelint.remedies.offers import OFFERED, offered_stores
from statelint.remedies.suggest import (
    suggest,
    suggest_for_call,
    suggest_for_clock,
    suggest_for_file,
    suggest_for_volume,
)

__all__ = [
    "OFFERED",
    "offered_stores",
    "suggest",
    "suggest_for_call",
    "suggest_for_clock",
    "suggest_for_file",
    "suggest_for_volume",
]
