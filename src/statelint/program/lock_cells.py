"""What is entered as a lock: whom it keeps out, and the cell that keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import Op, WriteHow
from statelint.program import callees, names
from statelint.program.calling import call_record
from statelint.program.constants import constant
from statelint.program.evaluate import evaluate
from statelint.program.values import Kind

if TYPE_CHECKING:
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.lifetime import Lifetimes
    from statelint.program.values import SlotKey

HOST = "host"
"""What a lock file keeps out: all other processes of its host."""

_WORKING = frozenset({"tmp", "temp"})
_BEHIND = (Op.ITEM, Op.ELEMENT, Op.AWAIT, Op.ENTER)
_DEEPEST = 8
"""Names, elements and calls between a lock that is entered and the cell that keeps it."""


class LockCells:
    """Answers, for a place that is entered, whether it is a lock of one process, and where that is kept."""

    def __init__(self, heap: Heap, lifetimes: Lifetimes) -> None:
        self._heap = heap
        self._lifetimes = lifetimes

    # -- what is a lock -------------------------------------------------------------------------------

    def types(self, context: Context, place: int) -> list[str]:
        """Name the types of libraries that a place may be an object of."""
        heap = self._heap
        values = sorted(evaluate(heap, context, place).values)
        return [heap.values.parts[v][0] for v in values if heap.values.kinds[v] == Kind.EXTERNAL_OBJECT]

    def excludes(self, context: Context, place: int) -> str:
        """Say whom a place keeps out; a lock file counts where it lies in a folder for temporary files."""
        excludes = {self._heap.knowledge.excludes(name) for name in self.types(context, place)} - {""}
        if len(excludes) != 1:
            return ""
        word = excludes.pop()
        return word if word != HOST or self._is_temporary(context, place, 0) else ""

    def _is_temporary(self, context: Context, place: int, depth: int) -> bool:
        """Whether a path says that it is one of this host: `/tmp/shop.lock`, `tempfile.gettempdir()`."""
        body, op = context.body, context.body.ops[place]
        if not place or depth > _DEEPEST:
            return False
        text = constant(self._heap, context, place)
        if isinstance(text, str):
            return bool(_WORKING & set(text.lower().split("/"))) and text.startswith("/")
        behind: list[tuple[Context, int]] = []
        cell = self.cell(context, place) if op in (Op.NAME, Op.ATTR, Op.CALL) else None
        if cell is not None:
            behind = self._put_into(cell)
        elif op == Op.NAME:
            behind = self._bound(context, body.a[place])
        elif op in (Op.MIX, Op.ANY):
            behind = [(context, part) for part in body.joins[body.a[place]]]
        elif op == Op.CALL:
            record = call_record(body, body.a[place])
            called = callees.names_called(self._heap, context, record.callee)
            if any(name.startswith("tempfile.") for name in called):
                return True
            behind = [(context, part) for part in record.arguments]
        return any(self._is_temporary(where, part, depth + 1) for where, part in behind)

    def _bound(self, context: Context, text: int) -> list[tuple[Context, int]]:
        """List what a name is bound to, in the unit itself or in its module."""
        heap = self._heap
        own = [(context, value) for name, value, *_ in context.body.binds if name == text and value]
        first = heap.contexts.get(heap.module_key(context.module))
        if own or first is None:
            return own
        return [(first, value) for name, value, *_ in first.body.binds if name == text and value]

    def _put_into(self, cell: SlotKey) -> list[tuple[Context, int]]:
        """List what a cell is bound to: by its module or function, by the body and methods of its class."""
        heap, name = self._heap, cell[-1]
        parts = heap.values.parts[cell[1]] if cell[0] == "F" else ()
        uid = heap.modules.first[cell[1]] if cell[0] == "G" else parts[0] if parts else cell[1]
        methods = heap.modules.children.get(uid, ()) if cell[0] == "F" else ()
        found = []
        for key in sorted(key for key in heap.contexts if key[0] in (uid, *methods)):
            context = heap.contexts[key]
            strings = heap.modules.facts[context.module].strings
            binds = context.body.binds if key[0] == uid else ()
            found += [(context, value) for text, value, *_ in binds if strings[text] == name and value]
            writes = [(w[2], w[3]) for w in context.body.writes if w[1] == WriteHow.ATTR and key[0] != uid]
            found += [(context, value) for text, value in writes if strings[text] == name and value]
        return found

    # -- which cell keeps it --------------------------------------------------------------------------

    def cell(self, context: Context, place: int, depth: int = 0) -> SlotKey | None:
        """Find the cell that keeps a lock and outlives the request; None where each request has its own."""
        body, op, a = context.body, context.body.ops[place], context.body.a[place]
        if not place or depth > _DEEPEST:
            return None
        if op == Op.NAME:
            return self._named(context, self._heap.modules.string(context.module, a), depth)
        if op == Op.ATTR:
            return self._attribute(context, place)
        if op == Op.CALL:
            return self._called(context, a, depth)
        parts = body.joins[a] if op in (Op.ANY, Op.MIX) else [a] if op in _BEHIND else []
        found = (self.cell(context, part, depth + 1) for part in parts)
        return next((cell for cell in found if cell is not None), None)

    def _named(self, context: Context, name: str, depth: int) -> SlotKey | None:
        heap = self._heap
        if name in heap.modules.locals[context.uid]:
            strings = heap.modules.facts[context.module].strings
            bound = [value for text, value, *_ in context.body.binds if strings[text] == name and value]
            found = (self.cell(context, value, depth + 1) for value in bound)
            return next((cell for cell in found if cell is not None), None)
        name = name.partition("@")[0]
        home, owner, runs = names.owner_of_name(heap, context, name)
        if home == "module":
            return self._imported(owner, name)
        cells: list[SlotKey] = [("L", owner, run, name) for run in runs]
        return next((cell for cell in cells if self._lifetimes.named(cell)), None)

    def _imported(self, module: int, name: str) -> SlotKey:
        """Name a global where it is at home, by the name under which it is made."""
        seen: set[str] = set()
        while name not in seen:
            seen.add(name)
            name = self._aliased(module, name)
        return ("G", *self._heap.modules.home_of(module, name))

    def _aliased(self, module: int, name: str) -> str:
        """Give the other name of the module to which a name is bound: `seats = LOCK`."""
        modules = self._heap.modules
        body = modules.body(modules.first[module])
        values = [value for text, value, *_ in body.binds if modules.string(module, text) == name]
        is_alias = len(values) == 1 and body.ops[values[0]] == Op.NAME
        return modules.string(module, body.a[values[0]]) if is_alias else name

    def _attribute(self, context: Context, place: int) -> SlotKey | None:
        heap = self._heap
        name = heap.modules.string(context.module, context.body.b[place])
        for value in sorted(evaluate(heap, context, context.body.a[place]).values):
            kind, parts = heap.values.kinds[value], heap.values.parts[value]
            if kind == Kind.MODULE:
                return ("G", parts[0], name)
            if kind not in (Kind.OBJECT, Kind.CLASS):
                continue
            own = ("F", value, name)
            if self._lifetimes.is_lasting(value) and own in heap.slots and heap.slots[own].values:
                return own
            found = names.class_attribute(heap, parts[0], name, context)
            if found is not None and not names.hides_class(heap, parts[0], name):
                return ("F", heap.values.make(Kind.CLASS, found[0]), name)
        return None

    def _called(self, context: Context, number: int, depth: int) -> SlotKey | None:
        """`LOCKS.setdefault(key, Lock())`, or a function of the project that gives one."""
        heap, record = self._heap, call_record(context.body, number)
        for target in self.targets(context, number):
            for _, place, *_ in target.body.flows:
                found = self.cell(target, place, depth + 1)
                if found is not None:
                    return found
        receiver = callees.receiver(context, record)
        kinds = (
            {heap.values.kinds[v] for v in evaluate(heap, context, receiver).values} if receiver else set()
        )
        return self.cell(context, receiver, depth + 1) if Kind.CONTAINER in kinds else None

    def targets(self, context: Context, number: int) -> list[Context]:
        """List the contexts of the functions that a call runs."""
        return callees.targets(self._heap, context, call_record(context.body, number).callee)
