"""Whether a function takes the arguments of a call: Python raises `TypeError` where it does not.

So among the values that a callee may have, those that cannot be meant are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statelint.model.facts import CALL_ARGUMENTS, CALL_CALLEE, CALL_FLAGS, CallFlag, Op, ParamKind
from statelint.program.evaluate import evaluate
from statelint.program.values import Kind

if TYPE_CHECKING:
    from statelint.model.facts import Body
    from statelint.program.calling import Arguments
    from statelint.program.heap import Heap
    from statelint.program.modules import Modules

_DECORATOR = CallFlag.DECORATOR
_OF_PROJECT = (Kind.FUNCTION, Kind.METHOD, Kind.CLASS, Kind.OBJECT)


def takes(heap: Heap, uid: int, receiver: int | None, arguments: Arguments) -> bool:
    """Tell whether a function may be called with what a call in the source hands over.

    True as well where that is not known: what `*args` or the caller of a `partial` brings, and for a function
    under a decorator of a library, whose wrapper may hand it others.
    """
    if arguments.star is not None or arguments.written is None or arguments.written[2]:
        return True
    signature = heap.modules.signature(uid)
    given = len(arguments.positional) + (receiver is not None)
    if signature.is_plain and given == len(signature.positional) and not arguments.keywords:
        return True
    return _fits(heap.modules, uid, given, arguments) or _may_be_wrapped(heap, uid)


def _fits(modules: Modules, uid: int, given: int, arguments: Arguments) -> bool:
    params, signature = modules.units[uid].params, modules.signature(uid)
    kinds = {param.kind for param in params}
    if given > len(signature.positional) and ParamKind.REST not in kinds:
        return False
    if ParamKind.KEYWORDS not in kinds and not signature.named.issuperset(arguments.keywords):
        return False
    filled = {*signature.positional[:given], *arguments.keywords}
    needed = (ParamKind.POSITIONAL, ParamKind.KEYWORD_ONLY)
    return all(one.default or one.name in filled for one in params if one.kind in needed)


def _may_be_wrapped(heap: Heap, uid: int) -> bool:
    """Tell whether a library decorates a function, so that what callers name may be a wrapper of it.

    What a decorator of the project gives is known: if it is the function itself, no wrapper stands before it.
    """
    modules = heap.modules
    module, parent = modules.module_of(uid), modules.parent(uid)
    if parent < 0:
        return False
    body = modules.body(parent)
    for record in body.calls:
        if not record[CALL_FLAGS] & _DECORATOR or not _decorates(modules, body, record, module, uid):
            continue
        for context in (one for one in heap.contexts_of(parent) if one.passes):
            callee = evaluate(heap, context, record[CALL_CALLEE]).values
            if not callee or any(heap.values.kinds[value] not in _OF_PROJECT for value in callee):
                return True
    return False


def _decorates(modules: Modules, body: Body, record: tuple[Any, ...], module: int, uid: int) -> bool:
    """Whether a decorator is given a function, or what decorators below it made of that."""
    place = record[CALL_ARGUMENTS][0]
    while body.ops[place] == Op.CALL:
        place = body.calls[body.a[place]][CALL_ARGUMENTS][0]
    return body.ops[place] == Op.FUNC and modules.uid(module, body.a[place]) == uid
