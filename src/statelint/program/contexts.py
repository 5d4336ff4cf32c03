"""Contexts: one unit run in one era, for one decorated function or one constant; entries to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.program.found import NOTHING
from statelint.program.slots import Slot
from statelint.program.values import FIRST_KEYED, Era

if TYPE_CHECKING:
    from statelint.model.facts import Body
    from statelint.program.found import Found

CLIENT_ENTRIES = ("request", "websocket", "message")
"""Kinds of entries that a client sets off: where there is none, nobody is served."""


class Entry(NamedTuple):
    """A function that something outside the project calls while serving.

    `kind`: request, websocket, message, task, background; `label`: how a finding names it (`POST /cart`).
    `at`: what stands for a path that is known later: the unit of a class that a table of routes may name, or
    the name of a route; for want of a path, the unit of the function.
    """

    kind: str
    label: str
    confidence: int
    at: int | str = ""


class LooseMethod(NamedTuple):
    """A method that a decorator registered in the body of its class: its entry, and what it is called with.

    `is_shared`: whether one object of the class serves all requests.
    """

    entry: Entry
    passes: tuple[str, ...]
    is_shared: bool


class Context:
    """One unit run in one era: its locals, what it returns, and who called it.

    `run` is the era, and for a decorator at work on a function that function as well (see `run_for`).
    `env` are the runs in which the function was made; `callers` maps a calling context to the confidence
    (0 high, 1 medium) and line of the call. `memo` holds what places gave to the record at work, `results`
    what its calls gave. `pending` has a bit for each record that is still to be evaluated, the last one for
    the watched places; `mask` is the bit of the record at work, `result_readers` those that use a result.
    `watched` are places whose value other contexts want to know. `split` marks the body of a thread: what
    stands before its endless loop runs in boot, the loop while serving; so do those that `loops` names.
    """

    __slots__ = (
        "active",
        "all_records",
        "body",
        "callers",
        "env",
        "era",
        "key",
        "last_record",
        "local_slots",
        "loops",
        "mask",
        "memo",
        "module",
        "name_slots",
        "passes",
        "pending",
        "result_readers",
        "results",
        "returns",
        "run",
        "split",
        "uid",
        "watched",
        "yields",
    )

    def __init__(self, uid: int, run: int, module: int, body: Body) -> None:
        self.uid, self.run, self.module, self.body = uid, run, module, body
        self.era = era_of(run)
        self.key = (uid, run)
        self.env: set[int] = set()
        self.local_slots: dict[str, Slot] = {}
        self.name_slots: dict[int, Slot] = {}
        self.returns, self.yields = Slot(), Slot()
        self.callers: dict[Context, tuple[int, int]] = {}
        self.memo: dict[int, Found] = {}
        self.mask = 0
        self.last_record = 1 << len(body.order)
        self.all_records = 2 * self.last_record - 1
        self.pending = self.all_records
        self.result_readers = [0] * len(body.calls)
        self.results: list[Found] = [NOTHING] * len(body.calls)
        self.split = False
        self.loops: frozenset[int] = frozenset()
        self.active = False
        self.passes = 0
        self.watched: dict[int, Slot] = {}


def era_of(run: int) -> int:
    """Give the era of a run."""
    return run & 3


def run_for(era: int, decorated: int) -> int:
    """Give the run of a decorator that is given a function (its unit), or of one that is given none (-1).

    Each function that a decorator wraps has a wrapper of its own, with captured variables of its own; were
    they one, each route would seem to call every view.
    """
    return era + 4 * (decorated + 1)


def decorated_by(run: int) -> int:
    """Give the unit of the function that a decorator, or its wrapper, is at work on; -1: there is none."""
    return (run >> 2) - 1 if run >> 2 < FIRST_KEYED else -1


def in_era(run: int, era: int) -> int:
    """Give the same run in another era."""
    return (run & ~3) | era


def later(era: int) -> int:
    """Give the era in which a callback that was handed over in `era` runs."""
    return era if era in (Era.CLI, Era.OPEN) else Era.SERVE
