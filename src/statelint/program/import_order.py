"""In which order modules are looked at first: each after those that it imports.

What is found first decides between equals, and what a module that nobody needs happens to import must not
decide that. So the order hangs on nothing but what each module imports itself, and on paths.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statelint.program.modules import Modules


def import_order(modules: Modules) -> list[int]:
    """List the numbers of all modules; those that import each other stand together, by their path."""
    imports = [imported_by(modules, number) for number in range(len(modules.facts))]
    group_of = _groups(imports)
    members: dict[int, list[int]] = {}
    for number, group in enumerate(group_of):
        members.setdefault(group, []).append(number)
    waits_for = {
        group: {group_of[one] for number in numbers for one in imports[number]} - {group}
        for group, numbers in members.items()
    }
    wanted_by: dict[int, list[int]] = {}
    for group, others in waits_for.items():
        for other in others:
            wanted_by.setdefault(other, []).append(group)
    ready = [(members[group][0], group) for group, others in waits_for.items() if not others]
    heapq.heapify(ready)
    order: list[int] = []
    while ready:
        _, group = heapq.heappop(ready)
        order += members[group]
        for other in wanted_by.get(group, ()):
            waits_for[other].discard(group)
            if not waits_for[other]:
                heapq.heappush(ready, (members[other][0], other))
    return order


def imported_by(modules: Modules, number: int) -> list[int]:
    """List the modules of the project that a module imports, anywhere in it."""
    found: dict[int, None] = {}
    for one in modules.facts[number].imports:
        name = modules.absolute(number, one.module, one.level)
        for wanted in (name, f"{name}.{one.attribute}") if one.attribute else (name,):
            module = modules.find(wanted)
            if module >= 0 and module != number:
                found.setdefault(module)
    return list(found)


def _groups(imports: list[list[int]]) -> list[int]:
    """Give each module the number of its group: those that import each other (Tarjan, without recursion)."""
    group_of, low, seen = [-1] * len(imports), [0] * len(imports), [-1] * len(imports)
    stack: list[int] = []
    count = 0
    for start in range(len(imports)):
        waiting = [(start, 0)] if seen[start] < 0 else []
        while waiting:
            number, at = waiting.pop()
            if not at:
                seen[number] = low[number] = count
                count += 1
                stack.append(number)
            for index in range(at, len(imports[number])):
                other = imports[number][index]
                if seen[other] < 0:
                    waiting += [(number, index + 1), (other, 0)]
                    break
                if group_of[other] < 0:
                    low[number] = min(low[number], low[other])
            else:
                if low[number] == seen[number]:
                    while stack[-1] != number:
                        group_of[stack.pop()] = number
                    group_of[stack.pop()] = number
                if waiting and group_of[number] < 0:
                    before = waiting[-1][0]
                    low[before] = min(low[before], low[number])
    return group_of
