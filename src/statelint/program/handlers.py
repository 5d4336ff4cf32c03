"""Functions that platforms and servers call, as deployment files name them: joined with the code by path."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from statelint.model.deployment import Attribute
from statelint.model.facts import UnitKind
from statelint.model.files import FileRole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.model.deployment import DeploymentFact, DeploymentFacts
    from statelint.model.facts import ModuleFacts

_CALLED_WITH: Final = (2, 3)
"""How many arguments a server hands to a function: `environ, start_response`; `scope, receive, send`."""


def named_handlers(modules: Sequence[ModuleFacts], deployments: Sequence[DeploymentFacts]) -> frozenset[str]:
    """List the qualified names of functions that deployment files tell a platform or a server to call."""
    facts = [fact for file in deployments for fact in file.facts if fact.attribute in _NAMES]
    facts += [fact for module in modules for fact in module.deployment if fact.attribute in _NAMES]
    if not facts:
        return frozenset()
    code = {module.path: module for module in modules if module.role is FileRole.APPLICATION}
    return frozenset(name for fact in facts for name in _names(fact, code))


_NAMES: Final = frozenset({Attribute.HANDLER, Attribute.ENTRY})


def _names(fact: DeploymentFact, code: dict[str, ModuleFacts]) -> Iterator[str]:
    is_server = fact.attribute is Attribute.ENTRY
    where, mark, function = fact.value.rpartition(":" if is_server else ".")
    if not mark or not function.isidentifier():
        return
    for module in _modules(where.replace(".", "/"), fact, code):
        if not is_server or _takes(module, function):
            yield f"{module.module}.{function}" if module.module else function


def _modules(where: str, fact: DeploymentFact, code: dict[str, ModuleFacts]) -> list[ModuleFacts]:
    """Find the module beside the file that names it, in the folder that it names, or nearest to it."""
    home = posixpath.dirname(fact.place.path)
    for folder in (posixpath.join(home, fact.target), home):
        path = posixpath.normpath(posixpath.join(folder, where))
        found = [code[one] for one in (f"{path}.py", f"{path}/__init__.py") if one in code]
        if found:
            return found
    ending = f"/{posixpath.normpath(where).lstrip('./')}.py"
    fitting = [module for path, module in code.items() if f"/{path}".endswith(ending)]
    shared = [len(posixpath.commonpath([f"/{home}", f"/{posixpath.dirname(one.path)}"])) for one in fitting]
    nearest = [one for one, count in zip(fitting, shared, strict=True) if count == max(shared)]
    return nearest if len(nearest) == 1 else []  # of two that are as near, neither is meant for sure


def _takes(module: ModuleFacts, function: str) -> bool:
    """Tell a function that serves from one that makes what serves (`gunicorn "shop:create()"`)."""
    return any(
        unit.kind == UnitKind.FUNCTION and unit.qualified == function and len(unit.params) in _CALLED_WITH
        for unit in module.units
    )
