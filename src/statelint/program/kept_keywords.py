"""Constructors that keep for the application what they are given under names of its own choice.

app = Application(routes, store=Store(), **settings)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.library_objects import library_object
from statelint.program.parameters import keywords_given
from statelint.program.values import Era, Kind

if TYPE_CHECKING:
    from statelint.program.calling import Arguments, Caller
    from statelint.program.heap import Heap


def home_of_keywords(heap: Heap, value: int, type_name: str) -> str:
    """Give the type of what keeps the keywords of a call that makes an object of a type, or nothing.

    The call is that of the class, or of its constructor by a class that derives from it.
    """
    kinds, parts = heap.values.kinds, heap.values.parts
    if kinds[value] == Kind.BOUND and parts[value][1] != "__init__":
        return ""
    if kinds[value] not in (Kind.BOUND, Kind.EXTERNAL, Kind.OBJECT):
        return ""
    homes = (one.attributes.get(one.keywords, "") for one in heap.knowledge.mro(type_name) if one.keywords)
    return next(homes, "")


def keep_keywords(heap: Heap, caller: Caller, home: str, arguments: Arguments) -> None:
    """Put the keywords of a call where the application finds them: the written ones, and `**settings`."""
    if caller.era == Era.CLI:
        return  # a command is only asked whether it starts a server; if so, it runs again in boot
    for value in library_object(heap, home, Era.BOOT).values:
        for key, found in keywords_given(heap, caller, arguments):
            if key is None:
                heap.put(value, found)
            else:
                heap.put_item(value, key, found)
