"""Writes and reads of cells by serving code, each with its place, guard, and origin of its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, CALL_LINE, How, Op, WriteHow

if TYPE_CHECKING:
    from statelint.program.contexts import Context
    from statelint.program.found import Found
    from statelint.program.values import SlotKey

Span = tuple[int, int, int, int]
CALL_SPAN = slice(CALL_LINE, CALL_LINE + 4)
"""Where a call stands, in its record; the record of a statement that writes has it at the same place."""
_NAMES = (WriteHow.NAME, WriteHow.DEL_NAME)
_READS = int(How.WHOLE | How.GET | How.TEST | How.ITERATE | How.CALLED)


class Write(NamedTuple):
    """One write while serving to one cell.

    `key` is what is known of the key (None: a cell without a key), `value` of the value (None: nothing is
    put there). `once` and `absent` tell the guard: it runs once for the process, or only for a missing key.
    `method` is the container's method, empty for a statement. `handed`: the value is a parameter of
    the function, as it came in.
    """

    context: Context
    cell: SlotKey
    span: Span
    guard: int
    key: Found | None
    value: Found | None
    method: str
    once: bool
    absent: bool
    removes: bool
    empties: bool
    augmented: bool
    constant_value: bool
    puts_none: bool
    puts_empty: bool
    constant: object
    dropped: bool
    handed: bool

    @property
    def order(self) -> tuple[int, int, int]:
        """A stable order: by unit and line."""
        return (self.context.uid, self.span[0], self.span[1])


def values_of(write: Write) -> list[int]:
    """List the places of what statements put there; a call of a method has none."""
    body = write.context.body
    return [value for _, _, _, value, _, _, *span in body.writes if tuple(span) == write.span and value]


def given_by(write: Write) -> list[int]:
    """List the places of what statements or arguments of a call put there."""
    calls = (call for call in write.context.body.calls if call[CALL_SPAN] == write.span)
    return values_of(write) + [place for call in calls for place in call[CALL_ARGUMENTS]]


def changed_by(write: Write) -> list[int]:
    """List the places of what statements set a part of, or of whose objects they call a method."""
    body = write.context.body
    own = (
        target
        for target, how, _, _, _, _, *span in body.writes
        if tuple(span) == write.span and how not in _NAMES
    )
    callees = (call[CALL_CALLEE] for call in body.calls if call[CALL_SPAN] == write.span)
    return [*own, *(body.a[callee] for callee in callees if body.ops[callee] == Op.ATTR)]


class Read(NamedTuple):
    """One read while serving of one cell; `how` as `facts.How`, `line` where it first stands in its unit."""

    context: Context
    cell: SlotKey
    how: int
    line: int
    method: str = ""


def is_plain_read(read: Read) -> bool:
    """Whether a read uses the content: asking only for the length, or passing through, does not."""
    return bool(read.how & _READS)
