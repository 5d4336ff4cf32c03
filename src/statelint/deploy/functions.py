"""Functions as a service: which function of the code a platform calls, as its templates name it.

What is named is `folder/module.function`; where the file says, `target` is the folder that the code lies in,
from the file on. Which platform has which key is data.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

import msgspec
import tomli

from statelint.deploy.nodes import Node, Pair, ScalarNode
from statelint.deploy.view import shown
from statelint.model.deployment import Attribute, DeploymentFact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.view import Collected, View

_MOST: Final = 500


class Platform(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a platform names the function that it calls.

    `kind` is the type of the resource. `handler` is the path to the name, `code` that to the folder,
    `runtime` that to the word that must begin with `python` if it is there; of several, the first counts.
    `module` is the file in which the platform looks for a function that is named alone.
    """

    kind: str
    handler: tuple[str, ...]
    code: tuple[str, ...] = ()
    runtime: tuple[str, ...] = ()
    module: str = ""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rows of `functions.toml`."""

    platform: tuple[Platform, ...]


@cache
def platforms() -> dict[str, Platform]:
    """Read the table that comes with the package, by type of resource."""
    text = resources.files(__package__).joinpath("functions.toml").read_text(encoding="utf-8")
    return {row.kind: row for row in msgspec.convert(tomli.loads(text), Table).platform}


def read_function(view: View, kind: str, name: str, bodies: tuple[Node, ...], found: Collected) -> None:
    """Add what a resource says of the function that is called; later bodies are defaults for the first."""
    row = platforms().get(kind)
    if row is None or len(found.facts) >= _MOST:
        return
    runtime = _first(view, bodies, row.runtime)
    if runtime is not None and not _text(view, runtime).startswith("python"):
        return
    handler, code = _first(view, bodies, row.handler), _first(view, bodies, row.code)
    named = _text(view, handler) if handler is not None else ""
    if handler is None or not named:
        return
    found.facts.append(
        DeploymentFact(
            service=name,
            attribute=Attribute.HANDLER,
            value=f"{row.module}.{named}" if row.module and "." not in named else named,
            spelling=shown(f"{handler.key.value}: {named}"),
            remedy="",
            place=view.place_of(handler),
            unit=row.kind,
            target=_text(view, code) if code is not None else "",
        )
    )


def knows(view: View, root: Node) -> bool:
    """Tell whether the root lists functions with their handlers, or is the description of one."""
    listed = any(view.find(body, "handler") is not None for _, body in _listed(view, root))
    return listed or view.find(root, "scriptFile") is not None


def _listed(view: View, root: Node) -> Iterator[tuple[str, Node]]:
    """Yield the functions of a service by name, also those of a list of such tables."""
    holder = view.find(root, "functions")
    for part in (holder.value, *view.items(holder.value)) if holder is not None else ():
        for pair in view.document.pairs(part):
            yield f"functions/{pair.key.value}", pair.value


def read(view: View, root: Node, found: Collected) -> None:
    """Add the functions of a list under a service, and the one that a file beside the code describes."""
    for name, body in _listed(view, root):
        read_function(view, "functions", name, (body, root), found)
    script = view.find(root, "scriptFile")
    if script is not None:
        found.facts.extend(_beside(view, root, script))


def _beside(view: View, root: Node, script: Pair) -> Iterator[DeploymentFact]:
    file = _text(view, script)
    if file.endswith(".py"):
        yield DeploymentFact(
            service="function",
            attribute=Attribute.HANDLER,
            value=f"{file.removesuffix('.py')}.{view.text(root, 'entryPoint') or 'main'}",
            spelling=shown(f"scriptFile: {file}"),
            remedy="",
            place=view.place_of(script),
            unit="function",
        )


def _first(view: View, bodies: tuple[Node, ...], paths: tuple[str, ...]) -> Pair | None:
    found = (view.find(body, path) for body in bodies for path in paths)
    return next((pair for pair in found if pair is not None), None)


def _text(view: View, pair: Pair) -> str:
    value = view.document.resolve(pair.value)
    return view.literal(value) if isinstance(value, ScalarNode) and not value.tag.startswith("!") else ""
