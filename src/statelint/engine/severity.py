"""How much a finding matters: what kind of state it is, and in how many copies its service runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.diagnostics import Copies, Severity, State
from statelint.model.files import FileRole

if TYPE_CHECKING:
    from statelint.model.diagnostics import Diagnostic
    from statelint.model.settings import Settings


_LOST_ON_KILL = (Severity.ERROR, Severity.WARNING, Severity.WARNING)
_ANSWERS_DIFFER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
_WORK_PER_INSTANCE = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
_SYMPTOM = (Severity.WARNING, Severity.WARNING, Severity.NOTE)  # the state behind it has its own finding

# One row a kind of state, in the order of `Copies`.
_ROWS = {
    State.SESSION: _LOST_ON_KILL,
    State.UPLOAD: _LOST_ON_KILL,
    State.RECORDS: _LOST_ON_KILL,
    State.JOB_RESULT: _LOST_ON_KILL,
    State.QUEUE: _LOST_ON_KILL,
    State.WEBSOCKET: _LOST_ON_KILL,
    State.IDEMPOTENCY: _LOST_ON_KILL,
    State.SECRET: _LOST_ON_KILL,
    State.CACHE: _ANSWERS_DIFFER,
    State.CONFIG: _ANSWERS_DIFFER,
    State.COUNTER: _ANSWERS_DIFFER,
    State.RATE_LIMIT: _ANSWERS_DIFFER,
    State.LOCK: _ANSWERS_DIFFER,
    State.REGISTRY: _ANSWERS_DIFFER,
    State.LOG: _ANSWERS_DIFFER,
    State.ENVIRONMENT: _ANSWERS_DIFFER,
    State.POOL: _ANSWERS_DIFFER,
    State.METRICS: _ANSWERS_DIFFER,
    State.OTHER: _ANSWERS_DIFFER,
    State.SCHEDULER: _WORK_PER_INSTANCE,
    State.VOLUME: _ANSWERS_DIFFER,
    State.STICKY_SESSION: _SYMPTOM,
}
_COVERS_STATE = (Severity.ERROR, Severity.ERROR, Severity.NOTE)
_COLUMNS = (Copies.MANY, Copies.UNKNOWN, Copies.ONE)


def is_lost_on_kill(state: State) -> bool:
    """Tell whether an instance that ends takes with it what users have given or are waiting for."""
    return _ROWS.get(state) is _LOST_ON_KILL


def stated_copies(settings: Settings) -> Copies:
    """Read the number of copies that the user states."""
    if settings.copies == 0:
        return Copies.UNKNOWN
    return Copies.ONE if settings.copies == 1 else Copies.MANY


def severity_of(diagnostic: Diagnostic, role: FileRole, copies: Copies) -> Severity:
    """Decide the severity; what is ephemeral, or stands in a test, is never more than a note.

    `copies` is what the user states; where that is nothing, what deployment files say of the service counts.
    A deployment file among examples says nothing about how the project itself is run.
    """
    is_shown_only = role is FileRole.EXAMPLE and diagnostic.site == "config"
    if diagnostic.ephemeral or role is FileRole.TEST or is_shown_only:
        return Severity.NOTE
    if copies is Copies.UNKNOWN:
        copies = diagnostic.copies
    row = _COVERS_STATE if diagnostic.covers_state else _ROWS[diagnostic.state]
    return row[_COLUMNS.index(copies)]
