"""TOML of deployments: Fly, and dynamic configuration of Traefik.

`tomli` reads the file, and keeps no places; a second pass finds the line of each key and table. Only keys
that stand at the start of a line are found there; one within an inline table is placed on the line around it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import tomli

from statelint.deploy.affinity_facts import pinned_by
from statelint.deploy.processes import Owner, cut, fact, read_commands
from statelint.deploy.reading import Reading
from statelint.deploy.text import Word
from statelint.model.deployment import Attribute, Scaler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import DeploymentFact

Path = tuple[str | int, ...]

_LINE: Final = re.compile(r"[^\r\n]*+(?:\r\n|\n|\r|\Z)")
_HEADER: Final = re.compile(r"[ \t]*+(\[\[?)[ \t]*+([^\[\]\r\n]{1,300}?)[ \t]*+\]")
_NAME: Final = r"(?:[\w-]++|\"[^\"\r\n]*+\"|'[^'\r\n]*+')"
_KEY: Final = re.compile(rf"[ \t]*+({_NAME}(?:[ \t]*+\.[ \t]*+{_NAME})*+)[ \t]*+=")
_PART: Final = re.compile(r"\"([^\"]*+)\"|'([^']*+)'|([\w-]+)")
_COMMENT: Final = re.compile(r"^[ \t]*+(#[^\r\n]*+)", re.MULTILINE)
_DEFAULT_PROCESS: Final = "app"
_OLD_STICKY: Final = ("sticky", "stickiness")


class TomlFile:
    """A parsed file, and where its keys stand."""

    def __init__(self, config: ConfigText, table: dict[str, Any]) -> None:
        self.config = config
        self.table = table
        self._spans = dict(_spans(config.masked))

    def word(self, path: Path) -> Word:
        """Give the line of a key, or of the nearest table or key around it."""
        span = next(
            (self._spans[path[:size]] for size in range(len(path), 0, -1) if path[:size] in self._spans),
            (0, 0),
        )
        return Word(" ".join(self.config.text[slice(*span)].split()), *span)

    def value_span(self, path: Path) -> tuple[int, int] | None:
        """Give the span of a one-line string without its quotes, None for anything else."""
        span = self._spans.get(path)
        if span is None:
            return None
        said = self.config.masked[slice(*span)]
        found = re.fullmatch(r"[^=]*=[ \t]*+(\"(?:[^\"\\]|\\.)*+\"|'[^']*+')[ \t]*+(?:#.*)?", said)
        return None if found is None else (span[0] + found.start(1) + 1, span[0] + found.end(1) - 1)


def read_toml(config: ConfigText) -> Reading:
    """Read a file of Fly or Traefik; what is broken is told with its line."""
    try:
        table = tomli.loads(config.masked.replace("\r\n", "\n").replace("\r", "\n"))
    except (tomli.TOMLDecodeError, RecursionError) as error:
        lines = getattr(error, "lineno", 1)
        said = str(getattr(error, "msg", "nested too deeply"))
        start = config.starts[min(lines, len(config.starts)) - 1]
        return Reading(problems=(config.problem(start, f"broken TOML: {said[:1].lower()}{said[1:]}"),))
    file = TomlFile(config, table)
    facts = [*_traefik(file)]
    is_fly = "app" in table or "http_service" in table or "processes" in table
    if is_fly:
        facts.extend(_fly(file))
    comments = tuple(found.span(1) for found in _COMMENT.finditer(config.masked))
    return Reading(
        facts=tuple(facts),
        scalers=tuple(_machines(file)) if is_fly else (),
        comments=comments,
        statements=tuple(span for _, span in _spans(config.masked)),
    )


def _spans(text: str) -> Iterator[tuple[Path, tuple[int, int]]]:
    """Yield the paths of tables and keys in the order of their lines."""
    table: Path = ()
    counts: dict[Path, int] = {}
    inside = ""
    for line in _LINE.finditer(text):
        said = line.group().rstrip("\r\n")
        end = line.start() + len(said.rstrip())
        if inside:
            inside = "" if said.count(inside) % 2 else inside
            continue
        header, key = _HEADER.match(said), _KEY.match(said)
        if header:
            table = _absolute(_parts(header[2]), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            yield table, (line.start() + header.start(1), end)
        elif key:
            yield (*table, *_parts(key[1])), (line.start() + key.start(1), end)
        inside = next((mark for mark in ('"""', "'''") if said.count(mark) % 2), "")


def _parts(text: str) -> Path:
    return tuple("".join(found) for found in _PART.findall(text))


def _absolute(path: Path, counts: dict[Path, int]) -> Path:
    """Put the number of the last element where a table lies in an array: `[[a]]`, `[a.b]`."""
    found: Path = ()
    for part in path[:-1]:
        found = (*found, part)
        if found in counts:
            found = (*found, counts[found])
    return (*found, *path[-1:])


# --- Traefik -----------------------------------------------------------------------------------------


def _traefik(file: TomlFile) -> Iterator[DeploymentFact]:
    """Read `[http.services.NAME.loadBalancer.sticky]`; the names of keys may be written in any case."""
    yield from _old_traefik(file)
    for path, services in _at(file.table, ("http", "services"), ()):
        for name, service in services.items() if isinstance(services, dict) else ():
            for inner, sticky in _at(service, ("loadbalancer", "sticky"), (*path, name)):
                if sticky is False or (isinstance(sticky, dict) and sticky.get("cookie") is False):
                    continue
                cookie = (
                    (*inner, *(key for key in sticky if key.lower() == "cookie"))
                    if isinstance(sticky, dict)
                    else inner
                )
                word = file.word(cookie)
                yield pinned_by(
                    file.config,
                    [word],
                    service=str(name),
                    unit="traefik",
                    remedy="remove the table of `sticky`",
                )


def _old_traefik(file: TomlFile) -> Iterator[DeploymentFact]:
    """Read the file of version 1: `[backends.NAME.loadBalancer]` with a table, or a switch of its own."""
    for path, backends in _at(file.table, ("backends",), ()):
        for name, backend in backends.items() if isinstance(backends, dict) else ():
            for word in _OLD_STICKY:
                for inner, value in _at(backend, ("loadbalancer", word), (*path, name)):
                    if value is True or isinstance(value, dict):
                        yield pinned_by(
                            file.config,
                            [file.word(inner)],
                            service=str(name),
                            unit="traefik",
                            remedy=f"remove `{inner[-1]}`",
                        )


def _at(node: object, wanted: tuple[str, ...], path: Path) -> Iterator[tuple[Path, Any]]:
    if not wanted:
        yield path, node
    elif isinstance(node, dict):
        for key, value in node.items():
            if str(key).lower() == wanted[0]:
                yield from _at(value, wanted[1:], (*path, key))


# --- Fly ---------------------------------------------------------------------------------------------


def _fly(file: TomlFile) -> Iterator[DeploymentFact]:
    """Read the processes, each of which has machines of its own, and their volumes."""
    config, table = file.config, file.table
    processes = table.get("processes", {})
    for name in processes if isinstance(processes, dict) else ():
        span = file.value_span(("processes", name))
        if span is not None:
            yield from read_commands(config, *span, _owner(config, name))
    for path, mount in _tables(table.get("mounts"), ("mounts",)):
        if isinstance(mount.get("destination"), str):
            word = file.word((*path, "destination"))
            yield fact(
                config, _owner(config, _DEFAULT_PROCESS), Attribute.VOLUME, mount["destination"], [word]
            )


def _machines(file: TomlFile) -> Iterator[Scaler]:
    """Read how many machines are kept running; one says nothing of how many more there are."""
    for key in ("http_service", "services"):
        for path, service in _tables(file.table.get(key), (key,)):
            least = service.get("min_machines_running")
            if isinstance(least, int):
                served = service.get("processes")
                word = file.word((*path, "min_machines_running"))
                for name in served if isinstance(served, list) and served else [_DEFAULT_PROCESS]:
                    yield Scaler(
                        target=str(name),
                        least=least,
                        most=least if least > 1 else None,
                        spelling=cut(word.text),
                        place=file.config.place(word.start, word.end),
                    )


def _tables(value: object, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    if isinstance(value, dict):
        yield path, value
    elif isinstance(value, list):
        for number, item in enumerate(value):
            if isinstance(item, dict):
                yield (*path, number), item


def _owner(config: ConfigText, process: str) -> Owner:
    return Owner(
        service=process,
        group=f"{config.path}:{process}",
        unit="platform",
        remedy="give the clock a process of its own, and one machine",
    )
