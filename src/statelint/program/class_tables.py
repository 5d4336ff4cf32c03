"""What is known by now of the project's classes, and what was concluded from their bases."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statelint.program.contexts import Context
    from statelint.program.slots import Slot


class ClassTables:
    """Bases of classes, and answers that hold until the bases of some class become known.

    `orders` are the orders of resolution, `outer_bases` the library classes in them, `heirs` the classes in
    whose order one stood, `order_readers` bit masks of the records that asked for an order. By class and
    name of an attribute, `attributes` has who binds it, `assigned` whether a method assigns it, `hidden`
    whether each object has its own, `held` the type that it holds in a library's class. `callees` has what
    the knowledge files say of values that are called. `behind` has the fields that lead to the object whose
    attributes a `__getattr__` gives, `asked_behind` the values and names that are being looked up there.
    `hands_on` says of a `__set__` whether it puts what it is given into another part of the object,
    `frozen` of a class whether its decorators keep its objects as they are. `of_properties` are the functions
    that `property()` was given.
    """

    __slots__ = (
        "asked_behind",
        "assigned",
        "attributes",
        "bases",
        "behind",
        "callees",
        "frozen",
        "hands_on",
        "heirs",
        "held",
        "hidden",
        "of_properties",
        "order_readers",
        "orders",
        "outer_bases",
    )

    def __init__(self) -> None:
        self.bases: dict[int, tuple[tuple[int, ...], ...]] = {}
        self.orders: dict[int, tuple[int | str, ...]] = {}
        self.outer_bases: dict[int, tuple[str, ...]] = {}
        self.heirs: dict[int | str, dict[int, None]] = {}
        self.order_readers: dict[int, dict[Context, int]] = {}
        self.attributes: dict[tuple[int, str], tuple[int, Slot] | None] = {}
        self.assigned: dict[tuple[int, str], bool] = {}
        self.hidden: dict[tuple[int, str], bool] = {}
        self.held: dict[tuple[int, str], str | None] = {}
        self.callees: dict[int, object] = {}
        self.behind: dict[int, tuple[str, ...]] = {}
        self.asked_behind: set[tuple[int, str]] = set()
        self.hands_on: dict[int, bool] = {}
        self.frozen: dict[int, bool] = {}
        self.of_properties: set[int] = set()

    def set_bases(self, uid: int, bases: tuple[tuple[int, ...], ...]) -> list[dict[Context, int]]:
        """Record what the bases of a class may be; gives those who read an order that this makes another."""
        if self.bases.get(uid, ()) == bases:
            return []
        self.bases[uid] = bases
        changed = self.heirs.pop(uid, {})
        if changed:
            self._forget_answers()
        return [self.order_readers.get(one, {}) for one in changed if self.orders.pop(one, None) is not None]

    def _forget_answers(self) -> None:
        self.attributes.clear()
        self.assigned.clear()
        self.hidden.clear()
        self.held.clear()
        self.callees.clear()
