"""Compose and Swarm files: services, their copies, their volumes, and labels that a proxy reads."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.environment import variable
from statelint.deploy.labels import affinity_of_labels
from statelint.deploy.nodes import MapNode, Node, Pair, ScalarNode
from statelint.deploy.storage import is_shared_driver
from statelint.deploy.view import shown
from statelint.model.deployment import Claim, Container, Mount, Scaler, Storage, Variable, Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.view import Collected, View
    from statelint.model.places import Place

_OF_A_SERVICE: Final = frozenset(
    {"build", "command", "deploy", "extends", "image", "ports", "scale", "volumes"}
)
_OLD_NAME: Final = re.compile(r"(?:docker-)?compose[\w.-]*\.ya?ml\Z")
_VARIABLE: Final = re.compile(r"\$\{[^{}]*\}")
_DEFAULT: Final = re.compile(r"\$\{\w{1,80}:?-(\d{1,9})\}\Z")
_FALLBACK: Final = re.compile(r"\$\{\w{1,80}:?-([^${}]+)\}\Z")
_DRIVE: Final = re.compile(r"[A-Za-z]:[\\/]")
_MODES: Final = frozenset(
    {
        "cached", "consistent", "delegated", "nocopy", "private", "ro", "rprivate", "rshared", "rslave",
        "rw", "shared", "slave", "z", "Z",
    }
)  # fmt: skip


def knows(view: View, root: Node) -> bool:
    """Tell whether the root holds services as Compose writes them."""
    return any(True for _ in _services(view, root))


def read(view: View, root: Node, found: Collected) -> None:
    """Add what the services of a file say."""
    for pair in _services(view, root):
        name = f"services.{pair.key.value}"
        mode = view.text(pair.value, "deploy.mode")
        command, command_at = view.words(pair.value, "entrypoint", "command")
        container = Container(
            name=pair.key.value,
            image=view.text(pair.value, "image"),
            command=command,
            command_at=command_at,
            environment=tuple(_environment(view, pair.value)),
            place=view.place_of(pair),
            build=view.text(pair.value, "build") or view.text(pair.value, "build.context"),
            dockerfile=view.text(pair.value, "build.dockerfile"),
            stage=view.text(pair.value, "build.target"),
            takes=tuple(_env_files(view, pair.value)),
        )
        found.workloads.append(
            Workload(
                service=name,
                kind="service",
                unit="compose",
                place=view.place_of(pair),
                containers=(container,),
                mounts=tuple(_mounts(view, pair.value)),
                each_node=mode.startswith("global"),
                runs_to_end=mode.endswith("-job"),
                presumed=1,
            )
        )
        found.scalers.extend(_scalers(view, pair.value, name))
        for path in ("labels", "deploy.labels"):
            for labels in view.document.at(pair.value, path):
                found.facts.extend(affinity_of_labels(view, labels.value, name))
    found.claims.extend(_volumes(view, root))


def _services(view: View, root: Node) -> Iterator[Pair]:
    services = view.find(root, "services")
    holder: Node | None = services.value if services is not None else None
    if holder is None and _OLD_NAME.match(view.part.config.path.rpartition("/")[2].lower()):
        holder = root  # the first version of the format had nothing around its services
    if not isinstance(holder, MapNode):
        return
    for pair in view.document.pairs(holder):
        if not pair.key.value.startswith("x-") and not _OF_A_SERVICE.isdisjoint(view.pairs(pair.value)):
            yield pair


def _environment(view: View, service: Node) -> Iterator[Variable]:
    pair = view.find(service, "environment")
    if pair is None:
        return
    for name, each in view.pairs(pair.value).items():
        given = variable(view, name, each)
        is_handed_on = isinstance(each.value, ScalarNode) and each.value.is_null
        yield _filled_in(given, is_handed_on=is_handed_on)
    for item in map(view.document.resolve, view.items(pair.value)):
        if isinstance(item, ScalarNode):
            name, equals, value = view.written(item).partition("=")
            given = Variable(name=name, value=value, place=view.place_of_node(item))
            yield _filled_in(given, is_handed_on=not equals)


def _filled_in(given: Variable, *, is_handed_on: bool) -> Variable:
    """Put the default of `${NAME:-default}` in its place; without one, the value is that of the host."""
    whole = _FALLBACK.match(given.value)
    if whole is not None:
        return replace(given, value=whole[1])
    if is_handed_on:
        return replace(given, value=f"${given.name}", is_open=True)
    return replace(given, is_open=given.is_open or "$" in given.value)


def _env_files(view: View, service: Node) -> Iterator[str]:
    pair = view.find(service, "env_file")
    if pair is not None:
        yield from view.texts(pair.value)
        yield from (view.text(each, "path") for each in view.blocks(pair.value))


def _scalers(view: View, service: Node, name: str) -> Iterator[Scaler]:
    for path in ("deploy.replicas", "scale"):
        for pair in view.document.at(service, path):
            if isinstance(pair.value, ScalarNode):
                default = _DEFAULT.match(pair.value.value)
                count = int(default[1]) if default else view.number(pair.value)
                spelling = shown(f"{pair.key.value}: {view.written(pair.value)}")
                yield Scaler(
                    target=name, least=count, most=count, spelling=spelling, place=view.place_of(pair)
                )


def _mounts(view: View, service: Node) -> Iterator[Mount]:
    for volumes in view.document.at(service, "volumes"):
        for item in view.items(volumes.value):
            node = view.document.resolve(item)
            if isinstance(node, ScalarNode):
                found = short_mount(view.written(node))
                place = view.place_of_node(node)
            else:
                found, place = _long(view, node)
            if found is not None:
                storage, source, target = found
                yield Mount(
                    name=source,
                    storage=storage,
                    source=source,
                    targets=(target,),
                    spelling=shown(f"{source}:{target}" if source else target),
                    place=place,
                )


def short_mount(text: str) -> tuple[Storage, str, str] | None:
    """Read `SOURCE:TARGET:MODE`; None if nothing can be written there."""
    # The default of a variable may hold a colon: `${DATA:-./data}:/data`.
    masked = _VARIABLE.sub(lambda found: "_" * len(found.group()), text)
    start = 2 if _DRIVE.match(masked) else 0
    cuts = [at for at in range(start, len(masked)) if masked[at] == ":"]
    parts = [text[begin + 1 : end] for begin, end in zip([-1, *cuts], [*cuts, len(text)], strict=True)]
    modes = set(parts[-1].split(",")) if len(parts) > 1 else set()
    if modes and modes <= _MODES:
        parts.pop()
    if "ro" in modes:
        return None
    if len(parts) == 1:
        return Storage.NAMED, "", parts[0]
    source, target = parts[0], parts[1]
    is_path = source.startswith((".", "/", "~")) or "/" in source or _DRIVE.match(source) is not None
    return (Storage.HOST if is_path or source.startswith("$") else Storage.NAMED), source, target


def _long(view: View, node: Node) -> tuple[tuple[Storage, str, str] | None, Place]:
    kind, source, target = (view.text(node, key) for key in ("type", "source", "target"))
    pair = view.find(node, "source") or view.find(node, "target")
    place = view.place_of(pair) if pair is not None else view.place_of_node(node)
    if kind not in {"bind", "volume"} or view.text(node, "read_only").lower() == "true":
        return None, place
    return (Storage.HOST if kind == "bind" else Storage.NAMED, source, target), place


def _volumes(view: View, root: Node) -> Iterator[Claim]:
    holder = view.find(root, "volumes")
    if holder is None:
        return
    for pair in view.document.pairs(holder.value):
        options = view.find(pair.value, "driver_opts")
        words = [view.text(pair.value, "driver"), view.text(pair.value, "driver_opts.type")]
        is_external = "external" in view.pairs(pair.value)
        is_shared = any(map(is_shared_driver, words))
        yield Claim(
            name=pair.key.value,
            shared=True if is_shared else None if is_external else False,
            is_local=False,
            spelling=shown(" ".join(filter(None, words))) or pair.key.value,
            place=view.place_of(options or pair),
        )
