"""Hooks of which an argument says that they run at start-up: `listens_for(mapper, "after_configured")`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from statelint.model.facts import CALL_ARGUMENTS
from statelint.program.constants import constant

if TYPE_CHECKING:
    from statelint.knowledge import RegisterEntry
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap


def as_told(heap: Heap, context: Context, call: int, entry: RegisterEntry) -> RegisterEntry:
    """Give an entry as one call means it: run at start-up if an argument names such an event."""
    if not entry.boot_events or call < 0:
        return entry
    texts = (constant(heap, context, place) for place in context.body.calls[call][CALL_ARGUMENTS])
    is_at_start = any(isinstance(text, str) and text in entry.boot_events for text in texts)
    return msgspec.structs.replace(entry, runs="boot") if is_at_start else entry
