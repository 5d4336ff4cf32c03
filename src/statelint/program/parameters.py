"""Which argument of a call goes to which parameter of a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.facts import ParamKind
from statelint.program import builtin, made_at, names
from statelint.program.elements import MOST_PLACED, elements_of, is_mapping
from statelint.program.found import Found, union, with_bits
from statelint.program.values import Bit, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.calling import Arguments, Caller
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.modules import Signature

_POSITIONAL = int(ParamKind.POSITIONAL)
_REST, _KEYWORDS = int(ParamKind.REST), int(ParamKind.KEYWORDS)


def bind(heap: Heap, caller: Caller, context: Context, made_in: int, arguments: Arguments) -> None:
    """Bind each parameter to what is given for it, or else to its default and what `*args` may bring."""
    signature = heap.modules.signature(context.uid)
    used, extra = _bind_given(heap, context, signature, arguments)
    spread = _Spread(heap, caller.context, arguments) if arguments.star is not None else None
    for number, param in enumerate(heap.modules.units[context.uid].params):
        if param.kind == _REST:
            first = len(signature.positional)
            until = arguments.star_at if arguments.star_at >= 0 else len(arguments.positional)
            packed = _Packed(heap, context, param.name, is_rest=True)
            packed.put_all(enumerate(arguments.positional[first:until]))
            if spread:
                spread.add_rest(packed, first)
            packed.bind()
        elif param.kind == _KEYWORDS:
            packed = _Packed(heap, context, param.name, is_rest=False)
            packed.put_all(extra)
            if spread:
                spread.add_keywords(packed, signature.names)
            packed.bind()
        elif param.name not in used:
            slot = names.local_slot(heap, context, param.name)
            if param.default:
                default = heap.slot(("D", context.uid, made_in, number))
                heap.join(slot, builtin.given_by_default(heap, caller, heap.read(default, caller.context)))
            if spread is not None:
                position = number if param.kind == _POSITIONAL else -1
                heap.join(slot, spread.parameter(param.name, position))


def keywords_given(heap: Heap, caller: Caller, arguments: Arguments) -> Iterator[tuple[object, Found]]:
    """Give what a call hands over by name, `**more` included: the name (None: not known) and value."""
    yield from arguments.keywords.items()
    if arguments.star is not None:
        yield from _Spread(heap, caller.context, arguments).keywords()


def _bind_given(
    heap: Heap, context: Context, signature: Signature, arguments: Arguments
) -> tuple[set[str], list[tuple[str, Found]]]:
    """Bind arguments by position and name; returns the parameters bound, and keywords that are none."""
    given = arguments.positional[: arguments.star_at] if arguments.star_at >= 0 else arguments.positional
    for name, found in zip(signature.positional, given, strict=False):
        heap.join(names.local_slot(heap, context, name), found)
    used = set(signature.positional[: len(given)])
    extra = []
    for name, found in arguments.keywords.items():
        if name in signature.named:
            heap.join(names.local_slot(heap, context, name), found)
            used.add(name)
        else:
            extra.append((name, found))
    return used, extra


class _Packed:
    """The tuple that `*args` of a function holds, or the dict of its `**kwargs`, while a call fills it."""

    def __init__(self, heap: Heap, context: Context, name: str, *, is_rest: bool) -> None:
        site = made_at.by_parameter(context.run >> 2, is_rest=is_rest)
        type_name = "tuple" if is_rest else "dict"
        self.value = heap.values.make(Kind.CONTAINER, context.uid, site, context.era, type_name)
        self._heap, self._context, self._name, self._bits = heap, context, name, 0

    def put_all(self, elements: Iterable[tuple[object, Found]]) -> None:
        """Add elements, each with its place or key (None: not known)."""
        for key, found in elements:
            self._bits |= found.bits & ~Bit.CONST
            if key is None:
                self._heap.put(self.value, found)
            else:
                self._heap.put_item(self.value, key, found)

    def bind(self) -> None:
        """Give the parameter what was packed."""
        slot = names.local_slot(self._heap, self._context, self._name)
        self._heap.join(slot, with_bits(self._heap.single(self.value), self._bits))


class _Spread:
    """What `*args` and `**kwargs` bring; elements are known by position or key where they were put so."""

    def __init__(self, heap: Heap, context: Context, arguments: Arguments) -> None:
        star = arguments.star or Found(frozenset(), 0)
        self._heap, self._context, self._bits = heap, context, star.bits
        self._first = arguments.star_at
        containers = [v for v in sorted(star.values) if heap.values.kinds[v] == Kind.CONTAINER]
        self._tables = [value for value in containers if is_mapping(heap, value)]
        self._rows = [value for value in containers if not is_mapping(heap, value)]
        others = Found(star.values.difference(containers), 0)
        self._anywhere: list[Found] = []
        if self._first >= 0:  # what stands behind `*args` may come at any position from there
            self._anywhere = list(arguments.positional[self._first + 1 :])
            self._anywhere += [elements_of(heap, context, others)] if others.values else []

    def parameter(self, name: str, position: int) -> Found:
        """Give what one parameter may get; its position is -1 where it takes keywords only."""
        parts = [Found(frozenset(), self._bits)]
        parts += [self._heap.item(value, name, self._context) for value in self._tables]
        if 0 <= self._first <= position:
            index = position - self._first
            parts += [self._heap.item(value, index, self._context) for value in self._rows]
            parts += self._anywhere
        return union(parts)

    def add_rest(self, packed: _Packed, taken: int) -> None:
        """Hand on what comes behind the first `taken` positions, each in its place where that is known."""
        if self._first < 0:
            return
        packed.put_all((None, found) for found in self._anywhere)
        for value in self._rows:
            if self._is_new(value, packed, self._first - taken):
                packed.put_all(self._placed(value, taken))

    def add_keywords(self, packed: _Packed, taken: frozenset[str]) -> None:
        """Hand on what no parameter of these names takes."""
        for value in self._tables:
            if self._is_new(value, packed, 0):
                packed.put_all(self._named(value, taken))

    def keywords(self) -> Iterator[tuple[object, Found]]:
        """Give what is handed over by name: its key (None: not known) and value."""
        for value in self._tables:
            yield from self._named(value, frozenset())

    def _is_new(self, value: int, packed: _Packed, moved: int) -> bool:
        """Whether a container grew since it was handed on to the parameter; who did that waits for more."""
        version = self._heap.versions.get(value, 0)
        known = self._heap.copied.get((value, packed.value, moved))
        self._heap.copied[value, packed.value, moved] = version
        return known != version

    def _placed(self, value: int, taken: int) -> Iterator[tuple[object, Found]]:
        yield None, self._unplaced(value)
        for key in tuple(self._heap.items.get(value, ())):
            if isinstance(key, int) and self._first + key >= taken:
                place = self._first + key - taken
                yield place if place <= key or place < MOST_PLACED else None, self._at(value, key)

    def _named(self, value: int, taken: frozenset[str]) -> Iterator[tuple[object, Found]]:
        yield None, self._unplaced(value)
        for key in tuple(self._heap.items.get(value, ())):
            if key not in taken:
                yield key, self._at(value, key)

    def _at(self, value: int, key: object) -> Found:
        return self._heap.read(self._heap.slot(("I", value, key)), self._context)

    def _unplaced(self, value: int) -> Found:
        self._heap.elements(value, self._context)  # a key that is new has to be seen
        return self._heap.read(self._heap.slot(("U", value)), self._context)
