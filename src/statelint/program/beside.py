"""What a command runs in a thread beside its own work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.values import Era

if TYPE_CHECKING:
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap


def runs_beside(heap: Heap, context: Context) -> bool:
    """Whether only threads of a command lead to some code: the command ends when its own work does.

    Thread(target=loop.run_forever, daemon=True).start()
    print(asyncio.run_coroutine_threadsafe(ask(), loop).result())
    """
    if context.era != Era.CLI:
        return False
    waiting, seen = [context], {context}
    for one in waiting:  # grows while it is read
        if one.key in heap.background:
            continue
        callers = [caller for caller in one.callers if caller.era == Era.CLI]
        if not callers:
            return False
        new = [caller for caller in callers if caller not in seen]
        seen.update(new)
        waiting += new
    return True
