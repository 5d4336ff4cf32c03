"""Put knowledge files together into what can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from statelint.errors import KnowledgeError
from statelint.knowledge.lookup import Knowledge, Named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from statelint.knowledge.schema import KnowledgeFile

_Entry = TypeVar("_Entry", bound=Named)


def build(files: Mapping[str, KnowledgeFile], own: Mapping[str, KnowledgeFile] | None = None) -> Knowledge:
    """Put files together, in the order given; a name may stand in one entry of a kind only.

    What the project's `own` files say of a name goes before what others say.
    """
    parts = (files, own or {})
    every = [file for part in parts for file in part.values()]
    named = _index(parts, lambda file: file.type)
    aliases = {name: entry.names for name, entry in named.items() if len(entry.names) > 1}
    functions = _spread(_index(parts, lambda file: file.function), aliases)
    return Knowledge(
        types={name: entry for name, entry in named.items() if not entry.object},
        objects={name: entry for name, entry in named.items() if entry.object},
        registers=_spread(_index(parts, lambda file: file.register), aliases),
        bases=_spread(_index(parts, lambda file: file.base), aliases),
        functions=functions,
        signatures=tuple(one for file in every for one in file.signature),
        scripts=tuple(one for file in every for one in file.script),
        workers=tuple(one for file in every for one in file.worker),
        commands=_spread(_index(parts, lambda file: file.command), aliases),
        server_packages=frozenset(name for file in every if file.server for name in file.packages),
        screen_packages=frozenset(name for file in every if file.screen for name in file.packages),
        packages={name: file.name for file in every for name in file.packages},
        route_words=frozenset(word for file in every for word in file.route_words),
        verbs=frozenset(word for file in every for word in file.verbs),
        factory_keywords=frozenset(
            one.returns.partition(":")[2]
            for file in every
            for one in file.function
            if one.returns.startswith("result:") and not one.returns[-1].isdigit()
        ),
        secrets=_spread(_index(parts, lambda file: file.secret), aliases),
        writers=_spread(_index(parts, lambda file: file.writer), aliases),
        process=_spread(_index(parts, lambda file: file.process), aliases),
        secret_settings=_packages_by_setting(every),
        app_packages=frozenset(
            name.partition(".")[0] for name, entry in named.items() if entry.kind == "app"
        ),
        scheduler_packages=frozenset(
            name.partition(".")[0] for file in every for one in file.keeper if one.jobs for name in one.names
        ),
        chained_words=frozenset(word for entry in functions.values() for word in entry.chained),
        keepers=_spread(_index(parts, lambda file: file.keeper), aliases, methods_only=True),
        settings=_index(parts, lambda file: file.setting),
        texts=_index(parts, lambda file: file.text),
        timers=_spread(_index(parts, lambda file: file.timer), aliases),
        acts=frozenset(name for file in every for one in file.act for name in one.names),
        act_words=frozenset(word for file in every for word in file.act_words),
        row_words=frozenset(word for file in every for word in file.row_words),
        message_packages=frozenset(
            name.partition(".")[0] for name, entry in functions.items() if entry.takes or entry.listens
        ),
        take_words=frozenset(word for file in every for word in file.take_words),
        command_line=frozenset(name for file in every for name in file.command_line),
        descriptor_words=frozenset(word for file in every for word in file.descriptor_words),
        frozen_words=frozenset(word for file in every for word in file.frozen_words),
        sleeps=frozenset(name for file in every for one in file.sleep for name in one.names),
    )


def _packages_by_setting(files: Iterable[KnowledgeFile]) -> dict[str, frozenset[str]]:
    """For each setting that is a key, the packages that read it."""
    found: dict[str, frozenset[str]] = {}
    for file in files:
        for name in file.secret_settings:
            found[name] = found.get(name, frozenset()) | frozenset(file.packages)
    return found


def _index(
    parts: Iterable[Mapping[str, KnowledgeFile]], kind: Callable[[KnowledgeFile], tuple[_Entry, ...]]
) -> dict[str, _Entry]:
    """List the entries of one kind by each of their names; of two parts, the later one wins."""
    found: dict[str, _Entry] = {}
    for part in parts:
        of_part: dict[str, _Entry] = {}
        for source, file in part.items():
            for entry in kind(file):
                for name in entry.names:
                    if of_part.setdefault(name, entry) is not entry:
                        msg = f"`{source}`: `{name}` has two entries of one kind, keep one of them"
                        raise KnowledgeError(msg)
        found |= of_part
    return found


def _spread(
    table: dict[str, _Entry], aliases: Mapping[str, tuple[str, ...]], *, methods_only: bool = False
) -> dict[str, _Entry]:
    """Offer `flask.Flask.route` as `flask.app.Flask.route` too; what stands in a file wins.

    `methods_only`: a class itself is not offered under the other names of its type, which may be those of
    classes that only behave alike.
    """
    spread = dict(table)
    for name, entry in table.items():
        for alias in () if methods_only else aliases.get(name, ()):
            spread.setdefault(alias, entry)
        owner, _, method = name.rpartition(".")
        for alias in aliases.get(owner, ()):
            spread.setdefault(f"{alias}.{method}", entry)
    return spread
