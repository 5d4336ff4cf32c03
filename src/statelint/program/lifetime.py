"""What outlives a request, and the named cell that keeps it alive."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from statelint.model.facts import Op, UnitFlag, UnitKind
from statelint.program import library, made_at, names
from statelint.program.captured import captured_names
from statelint.program.contexts import era_of
from statelint.program.elements import is_mapping
from statelint.program.evaluate import evaluate
from statelint.program.reach import Reach
from statelint.program.scripts import forgets, value_is_of_script
from statelint.program.values import ERA_AT, ERAS, SERVING, Era, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.slots import Slot
    from statelint.program.values import SlotKey

_EPHEMERAL_KINDS = ("request", "per-request", "connection")
_HOMES = ("per-request",)
"""Kinds whose subclasses keep each thread's or task's data apart: `class Current(threading.local)`."""
_HANDLES = ("handle", "connection", "task", "lock")
_MADE = (Kind.OBJECT, Kind.CONTAINER, Kind.EXTERNAL_OBJECT)
_HELD = (Kind.CONTAINER, Kind.OBJECT, Kind.EXTERNAL_OBJECT, Kind.VIEW, Kind.PAIR)


class Lifetimes:
    """Answers whether a value or cell lives on, and which named cell holds it.

    Invariant: every value in `holder` is reached from its cell through cells that have no name of their own.
    What is in `scratch` holds nothing for the next request, so that what is only there does not live on.
    What serving code has not `filled` holds nothing that a request made.
    """

    def __init__(
        self, heap: Heap, filled: frozenset[SlotKey], scratch: frozenset[SlotKey] = frozenset()
    ) -> None:
        self._heap = heap
        self._filled = filled
        self._scratch = scratch
        self._of_one_client: dict[int, bool] = {}
        self._stand_ins = self._defaults_of_homes()
        self._rows = frozenset[int]()
        self.memo_results: dict[int, int] = {}
        self.memo_results = self._memo_results()
        self._cells = self._cells_by_owner()
        self._rows = self._rows_of_tables()
        self.holder: dict[int, SlotKey] = {}
        self.kept_by: dict[int, SlotKey] = {}
        self._order_of: dict[int, dict[str, int]] = {}
        self._reach: Reach | None = None
        self._making: dict[int, set[Context]] = {}
        self._spread()

    # -- questions ------------------------------------------------------------------------------------

    @property
    def heap(self) -> Heap:
        """The heap that this is about."""
        return self._heap

    def is_lasting(self, value: int) -> bool:
        """Whether a value lives for the process by itself, not only because a container keeps it."""
        kind, parts = self._heap.values.kinds[value], self._heap.values.parts[value]
        if kind in (Kind.MODULE, Kind.CLASS):
            return not value_is_of_script(self._heap, value)
        if kind == Kind.EXTERNAL:
            entry = self._heap.knowledge.objects.get(parts[0])
            return entry is None or entry.kind not in _EPHEMERAL_KINDS
        if value in self.memo_results:
            return True
        if kind in (Kind.OBJECT, Kind.EXTERNAL_OBJECT, Kind.FUNCTION):
            is_of_boot = era_of(parts[1]) == Era.BOOT and not self._is_ephemeral_type(value)
            is_own = kind == Kind.OBJECT and self.is_of_one_client(parts[0])
            return is_of_boot and not is_own and value not in self._stand_ins and value not in self._rows
        if kind == Kind.CONTAINER:
            return bool(parts[2] == Era.BOOT)
        return False

    def named(self, cell: SlotKey) -> bool:
        """Whether a cell has a name that a reader would look for, and outlives the request."""
        if cell[0] == "G":
            return cell[1] not in self._heap.scripts and not self._is_of_a_program(cell[1])
        if cell[0] in ("L", "D"):
            return era_of(cell[2]) == Era.BOOT
        if cell[0] == "I":
            return library.is_bag(self._heap, cell[1])
        if cell[0] != "F":
            return False
        owner = cell[1]
        if self._heap.values.kinds[owner] == Kind.CONTAINER:
            return False
        return self.is_lasting(owner)

    def holder_of(self, cell: SlotKey) -> SlotKey | None:
        """Find the named cell from which a cell is reached (a named one: itself); None: it does not last."""
        if self.named(cell):
            return cell
        if cell[0] in ("E", "F", "I", "K"):
            return self.holder.get(cell[1])
        return None

    def contents(self, cell: SlotKey) -> frozenset[int]:
        """Give the values that a cell holds."""
        if cell[0] == "M":
            return frozenset(value for value, uid in self.memo_results.items() if uid == cell[1])
        slot = self._heap.slots.get(cell)
        return frozenset(slot.values) if slot is not None else frozenset()

    def kept_in(self, value: int) -> Iterator[int]:
        """List what lies in the fields and elements of a value."""
        return (inner for _, slot in self._cells.get(value, ()) for inner in slot.values)

    def makes(self, context: Context, cell: SlotKey) -> bool:
        """Whether a write is part of making what a memoised function gives: nobody else has seen it yet."""
        memo = self.memo_results.get(cell[1]) if cell[0] in ("E", "F", "I") else None
        if memo is None:
            return False
        if memo not in self._making:
            reach = self._reach = self._reach or Reach(self._heap)
            contexts = (self._heap.contexts.get((memo, era)) for era in ERAS)
            self._making[memo] = set(reach.below(one for one in contexts if one is not None))
        return context in self._making[memo]

    def is_of_one_client(self, uid: int) -> bool:
        """Whether a framework makes an object of a class for each request or connection.

        Its own code may be what is looked at: it seems to make one at start-up where it tells nobody when.
        """
        known = self._of_one_client.get(uid)
        if known is None:
            heap = self._heap
            order = names.ancestors(heap, uid)
            dotted = [heap.modules.qualified(one) if isinstance(one, int) else one for one in order]
            entries = [entry for name in dotted for entry in heap.knowledge.bases_of(name)]
            known = any(entry.lifetime in ("connection", "request") for entry in entries)
            self._of_one_client[uid] = known
        return known

    def is_own_field(self, context: Context, cell: SlotKey) -> bool:
        """Whether an object that a framework makes for each request or connection touches its own field."""
        if cell[0] != "F" or self._heap.values.kinds[cell[1]] != Kind.OBJECT:
            return False
        uid = self._heap.values.parts[cell[1]][0]
        method = self._heap.loose_methods.get(context.uid)
        if not self.is_of_one_client(uid) and (method is None or method.is_shared):
            return False
        return self._heap.modules.class_around(context.uid) in names.ancestors(self._heap, uid)

    # -- reachability ---------------------------------------------------------------------------------

    def _is_of_a_command(self, value: int) -> bool:
        """Whether a value was made in a command, whose process serves nobody."""
        kind, parts = self._heap.values.kinds[value], self._heap.values.parts[value]
        if kind == Kind.CONTAINER:
            return bool(parts[2] == Era.CLI)
        return kind in (Kind.OBJECT, Kind.EXTERNAL_OBJECT) and era_of(parts[1]) == Era.CLI

    def _is_of_a_program(self, module: int) -> bool:
        """Whether a module is a program that starts no server: what it binds ends with it."""
        heap = self._heap
        return module in heap.programs and heap.modules.first[module] not in heap.promoted

    def _is_declared_harmless(self, uid: int) -> bool:
        """Whether the configuration says that objects of a class keep nothing in this process."""
        heap = self._heap
        declared = heap.declared.external_stores | heap.declared.per_request
        if not declared:
            return False
        order = names.ancestors(heap, uid)
        return any(isinstance(item, int) and heap.modules.qualified(item) in declared for item in order)

    def _is_ephemeral_type(self, value: int) -> bool:
        kind, parts = self._heap.values.kinds[value], self._heap.values.parts[value]
        if kind == Kind.OBJECT:
            bases = names.external_bases(self._heap, parts[0])
            is_home = any(self._is_a(base, _HOMES) for base in bases)
            return is_home or self._is_declared_harmless(parts[0])
        return kind == Kind.EXTERNAL_OBJECT and self._is_a(parts[0], _EPHEMERAL_KINDS)

    def _defaults_of_homes(self) -> frozenset[int]:
        """Find the objects in bodies of classes that keep each thread's data apart: stand-ins for its own.

        class Current(threading.local):
            request = Request("nobody")
        """
        heap = self._heap
        homes = {
            heap.values.make(Kind.CLASS, uid)
            for uid in heap.classes.bases
            if any(self._is_a(base, _HOMES) for base in names.external_bases(heap, uid))
        }
        if not homes:
            return frozenset()
        slots = ((key, slot) for key, slot in heap.slots.items() if key[0] == "F" and key[1] in homes)
        return frozenset(v for _, slot in slots for v in slot.values if heap.values.kinds[v] == Kind.OBJECT)

    def _rows_of_tables(self) -> frozenset[int]:
        """Find the objects that start-up puts into a table to which requests add others of the same class.

        They live on as these do: by the table, which is what a finding then names, not each of their fields.
        Where objects of other classes lie beside them, they are parts of the program, not its rows.
        """
        kinds, parts = self._heap.values.kinds, self._heap.values.parts
        found: set[int] = set()
        for key, slot in self._heap.slots.items():
            if key[0] == "E" and len(slot.values) > 1 and self._is_table(key[1]):
                objects = [value for value in slot.values if kinds[value] == Kind.OBJECT]
                eras = {era_of(parts[value][1]) for value in objects}
                classes = {parts[value][0] for value in objects}
                if len(classes) == 1 and Era.SERVE in eras and not any(map(self._is_handle, classes)):
                    found.update(one for one in objects if era_of(parts[one][1]) == Era.BOOT)
        return frozenset(found)

    def _is_handle(self, uid: int) -> bool:
        """Whether a class derives from a library's client or connection: a pool holds its objects."""
        return any(self._is_a(base, _HANDLES) for base in names.external_bases(self._heap, uid))

    def _is_table(self, value: int) -> bool:
        return self._heap.values.kinds[value] == Kind.CONTAINER and is_mapping(self._heap, value)

    def _is_a(self, dotted: str, kinds: tuple[str, ...]) -> bool:
        """Whether a library's type, or one that it derives from, is of one of these kinds."""
        return any(entry.kind in kinds for entry in self._heap.knowledge.mro(dotted))

    def is_one_of_many(self, cell: SlotKey) -> bool:
        """Whether a cell is an attribute of a library's object that stands for all which one class makes."""
        if cell[0] != "F" or self._heap.values.kinds[cell[1]] != Kind.EXTERNAL_OBJECT:
            return False
        return not self._keeps_apart(cell[1])

    def _keeps_apart(self, value: int) -> bool:
        """Whether a library's object is one thing; those of other types share a value and mix fields."""
        entries = self._heap.knowledge.mro(self._heap.values.parts[value][0])
        return any(entry.kind in ("app", "router", "bag") for entry in entries)

    def _memo_results(self) -> dict[int, int]:
        """Objects that a memoised function gives, made once and kept for all, with the function's unit."""
        heap = self._heap
        found: dict[int, int] = {}
        for (uid, _), context in sorted(heap.contexts.items(), key=operator.itemgetter(0)):
            if uid in heap.memos and forgets(heap, uid):
                continue
            if context.era != Era.CLI and (uid in heap.memos or self._is_kept_by_object(context)):
                found |= {v: uid for v in sorted(context.returns.values) if heap.values.kinds[v] in _MADE}
        return found

    def _is_kept_by_object(self, context: Context) -> bool:
        """Whether a property is computed once for an object that outlives the request: `@cached_property`."""
        heap = self._heap
        unit = heap.modules.units[context.uid]
        around = heap.contexts.get((heap.modules.parent(context.uid), Era.BOOT))
        if not unit.flags & UnitFlag.PROPERTY or not unit.params or around is None:
            return False
        decorators = (value for place in unit.decorators for value in evaluate(heap, around, place).values)
        entries = (
            heap.knowledge.function(name) for one in decorators for name in library.dotted_names(heap, one)
        )
        if not any(entry is not None and entry.memo == "object" for entry in entries):
            return False
        owners = names.local_slot(heap, context, unit.params[0].name).values
        return bool(owners) and all(self.is_lasting(value) for value in owners)

    def _cells_by_owner(self) -> dict[int, list[tuple[SlotKey, Slot]]]:
        found: dict[int, list[tuple[SlotKey, Slot]]] = {}
        for key, slot in self._heap.slots.items():
            if key[0] in ("F", "E", "I", "K") and slot.values:
                found.setdefault(key[1], []).append((key, slot))
        return found

    def _roots(self) -> list[SlotKey]:
        """List the named cells, those first in which a reader would look first."""
        heap = self._heap
        captured = captured_names(heap)
        tiers: dict[int, list[SlotKey]] = {0: [], 1: [], 2: [], 3: [], 4: [], 5: []}
        for key, slot in heap.slots.items():
            if not slot.values or key[0] not in ("G", "F", "L", "D", "I") or not self.named(key):
                continue
            if key in self._scratch:
                continue
            if key[0] == "G":
                if not heap.modules.is_imported(key[1], key[2]):
                    tiers[0].append(key)
            elif key[0] == "D":
                tiers[2].append(key)
            elif key[0] == "L":
                name = key[3].partition("@")[0]
                if (key[1], name) in captured and not heap.modules.is_receiver(key[1], name):
                    # a local of a thread's body may be another name for a field
                    context = heap.contexts.get((key[1], key[2]))
                    tiers[5 if context is not None and context.split else 3].append(key)
            elif heap.values.kinds[key[1]] == Kind.CLASS:
                tiers[1].append(key)
            else:
                tiers[4].append(key)
        return [key for tier in sorted(tiers) for key in sorted(tiers[tier], key=self._position)]

    def _position(self, key: SlotKey) -> tuple[int, ...]:
        """Order cells by owner, then as the owner binds them: what is made goes before other names for it."""
        modules = self._heap.modules
        owner = -1
        if key[0] == "G":
            owner = modules.first[key[1]]
        elif key[0] == "L":
            owner = key[1]
        elif key[0] == "F" and self._heap.values.kinds[key[1]] == Kind.CLASS:
            owner = self._heap.values.parts[key[1]][0]
        bound = self._order_of.get(owner)
        if bound is None:
            names_ = modules.units[owner].local_names if owner >= 0 else ()
            bound = self._order_of[owner] = {name: number for number, name in enumerate(names_)}
        return (
            *(part for part in key[1:] if isinstance(part, int)),
            bound.get(key[-1], len(bound)),
            *(ord(letter) for part in key[1:] if isinstance(part, str) for letter in part),
        )

    def _first_name(self, key: SlotKey, value: int) -> SlotKey:
        """Give the name under which a function makes what it keeps under a captured one, or hands on."""
        if key[0] == "F":
            return self._maker_name(key, value) or key
        if key[0] == "L":
            modules = self._heap.modules
            for name in modules.units[key[1]].local_names:
                earlier = ("L", key[1], key[2], name)
                slot = self._heap.slots.get(earlier)
                if slot is not None and value in slot.values and not modules.is_receiver(key[1], name):
                    return earlier
        return key

    def _maker_name(self, key: SlotKey, value: int) -> SlotKey | None:
        """Give the local name of a container that a function makes and an object of another class keeps.

        votes = []
        return Collector(votes), Report(votes)
        """
        heap, modules = self._heap, self._heap.modules
        if heap.values.kinds[value] != Kind.CONTAINER or heap.values.kinds[key[1]] != Kind.OBJECT:
            return None
        uid, site, era, *_ = heap.values.parts[value]
        around = modules.class_around(uid)
        is_own = around >= 0 and around in names.ancestors(heap, heap.values.parts[key[1]][0])
        if is_own or modules.units[uid].kind != UnitKind.FUNCTION or heap.slots[key].values != {value}:
            return None
        context = heap.contexts.get((uid, era))
        return self._local_name(context, value, site) if context is not None else None

    def _local_name(self, context: Context, value: int, site: int) -> SlotKey | None:
        """Give the local name to which a function binds a container right where it makes it."""
        body = context.body
        for text, place, *_ in body.binds:
            if place == site or (body.ops[place] == Op.CALL and made_at.is_made_by_call(site, body.a[place])):
                local = ("L", context.uid, context.run, self._heap.modules.string(context.module, text))
                slot = self._heap.slots.get(local)
                if slot is not None and value in slot.values:
                    return local
        return None

    def _locals_left(self) -> list[tuple[int, SlotKey]]:
        """List containers that functions make at start-up and nothing with a name keeps, and their names.

        store = {}
        return Application([(r"/(.*)", Put, dict(store=store))])
        """
        heap = self._heap
        found: list[tuple[int, SlotKey]] = []
        for value, kind in enumerate(heap.values.kinds):
            if kind != Kind.CONTAINER or value in self.holder:
                continue
            uid, site, era, *_ = heap.values.parts[value]
            context = heap.contexts.get((uid, era)) if era == Era.BOOT else None
            if context is not None and heap.modules.units[uid].kind == UnitKind.FUNCTION:
                name = self._local_name(context, value, site)
                found += [(value, name)] if name is not None else []
        return sorted(found)

    def _can_be_held(self, value: int) -> bool:
        if self._heap.values.kinds[value] not in _HELD or self._is_ephemeral_type(value):
            return False
        if value in self._stand_ins or library.is_plain(self._heap, value):
            return False
        return not self._is_of_a_command(value)

    def _memoised(self) -> Iterator[tuple[int, SlotKey]]:
        """Name what memoised functions gave: a container by the function, an object by its own fields."""
        modules = self._heap.modules
        for value, uid in self.memo_results.items():
            if modules.units[uid].parent == 0:
                name = modules.units[uid].name
                self.kept_by.setdefault(value, ("G", modules.module_of(uid), name))
            if self._heap.values.kinds[value] == Kind.CONTAINER:
                yield value, ("M", uid)

    def _spread(self) -> None:
        """Breadth first from the named cells, and from what was made at start-up."""
        heap = self._heap
        queue: list[tuple[int, SlotKey]] = []
        for key in self._roots():
            for value in self._kept_in(key, heap.slots[key]):
                first = self._first_name(key, value)
                self.kept_by.setdefault(value, first)
                queue.append((value, first))
        queue += self._memoised()
        self._spread_from(queue)
        self._spread_from(self._locals_left())

    def _spread_from(self, queue: list[tuple[int, SlotKey]]) -> None:
        heap = self._heap
        for value, cell in queue:  # grows while it is read: breadth first
            if value in self.holder or not self._can_be_held(value):
                continue
            self.holder[value] = cell
            kind = heap.values.kinds[value]
            if kind == Kind.EXTERNAL_OBJECT and not self._keeps_apart(value):
                continue
            own_fields_are_named = self.is_lasting(value) and kind != Kind.CONTAINER
            for key, slot in self._cells.get(value, ()):
                if (own_fields_are_named and key[0] == "F") or key in self._scratch:
                    continue
                queue += [(inner, cell) for inner in self._kept_in(key, slot)]

    def _kept_in(self, key: SlotKey, slot: Slot) -> list[int]:
        """List what a cell may hold; of what start-up made, only what serving code fills has later values.

        One value stands for all objects of a class that requests make: it also reaches what start-up ran.
        """
        values = sorted(slot.values)
        if self._is_filled_later(key):
            return values
        return [value for value in values if not self._is_made_later(value)]

    def _is_filled_later(self, key: SlotKey) -> bool:
        """Whether serving code may put something into a cell."""
        if key[0] == "F":
            return key in self._filled or ("F", key[1], "*") in self._filled or self._is_made_later(key[1])
        if key[0] in ("E", "I", "K", "U"):
            is_filled = ("E", key[1]) in self._filled or self._fills_itself(key[1])
            return is_filled or self._is_made_later(key[1])
        if key[0] == "L":
            return era_of(key[2]) != Era.BOOT or key in self._filled
        return key[0] != "G" or key in self._filled

    def _fills_itself(self, container: int) -> bool:
        """Whether a container makes what is asked for: `defaultdict(list)`."""
        entry = self._heap.knowledge.type_of(library.container_type(self._heap, container))
        return entry is not None and entry.factory is not None

    def _is_made_later(self, value: int) -> bool:
        made_in = ERA_AT.get(self._heap.values.kinds[value])
        return made_in is not None and era_of(self._heap.values.parts[value][made_in]) in SERVING
