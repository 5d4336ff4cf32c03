"""What is known of frameworks and libraries: the list of them, a page on each, the form of such knowledge.

All of it is made of the data. A name is shown under the package that it begins with.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from statelint.errors import UsageError, hint
from statelint.knowledge.code_entries import BaseEntry, FunctionEntry, RegisterEntry
from statelint.knowledge.keeper_entries import KeeperEntry, Keeps, SettingEntry
from statelint.knowledge.schema import KnowledgeFile
from statelint.reporters.text import display_text, guard, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from statelint.knowledge.lookup import Named
    from statelint.reporters.options import RenderOptions

_BUILTINS = "builtins"
_KINDS = {
    "app": "applications",
    "router": "routers",
    "request": "what a client sent",
    "connection": "open connections",
    "bag": "what is put on it stays",
    "container": "containers",
    "record": "objects that keep attributes",
    "per-request": "ends with the request",
    "handle": "clients, pools and the like, which are no state",
    "lock": "locks",
    "task": "tasks and results",
    "metrics": "metrics",
    "logger": "loggers",
    "plain": "other classes and objects",
}
_RUNS = {
    "serve": "given a function that serves",
    "boot": "given a function that runs at start-up",
    "end": "given a function that runs at the end",
    "now": "calls a function at once",
    "later": "calls a function later",
    "thread": "calls a function in a thread or process",
}
_LIVES = {
    "process": "one serves all",
    "request": "one a request",
    "connection": "one a connection",
    "own": "the project makes its own",
}
_OTHERS = {
    "command": "commands and tests",
    "text": "gives a text that can be read",
    "timer": "runs a function again and again, or some time later",
    "act": "changes something outside",
    "sleep": "waits",
    "secret": "signs, encrypts or checks with a key",
    "writer": "changes what all processes share",
    "process": "changes a setting of the process",
}
_BITS = {
    "clock": "gives a time",
    "random": "gives something random",
    "request": "gives what a client sent",
    "connection": "gives a connection",
    "task": "gives a task",
    "handle": "gives a client, a pool or the like",
    "digest": "gives a digest",
    "io-db": "asks a database",
    "io-http": "asks another service",
    "io-file": "reads a file",
    "io-process": "runs a command",
}


@dataclass(slots=True)
class _Subject:
    """What is known of one package: names by what they are, calls and settings that keep state here."""

    checked: list[str] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=dict)
    keeps: list[Keeps] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(map(len, self.names.values())) + len(self.keeps)


def render_list(files: Mapping[str, KnowledgeFile], options: RenderOptions) -> str:
    """List the packages, a line each: how many names are known, and what they were read off."""
    subjects = _subjects(files)
    width = max(map(len, subjects))
    rows = (
        f"{name:<{width}}  {plural(one.size, 'name'):>9}  {', '.join(one.checked)}".rstrip()
        for name, one in sorted(subjects.items())
    )
    return _shown(rows, options)


def render_subject(files: Mapping[str, KnowledgeFile], word: str, options: RenderOptions) -> str:
    """Write the page of one package as Markdown; raise UsageError for one of which nothing is known."""
    subjects = _subjects(files)
    by_word = {_letters(name): name for name in subjects}
    by_word |= {_letters(one.split()[0]): name for name, sub in subjects.items() for one in sub.checked}
    name = word if word in subjects else by_word.get(_letters(word))
    if name is None:
        raise UsageError(f"nothing is known of `{word}`{_hint(word, subjects)}")
    return _shown(_page(name, subjects[name], "#"), options)


def render_all(files: Mapping[str, KnowledgeFile], options: RenderOptions) -> str:
    """Write everything as one page of Markdown."""
    subjects = _subjects(files)
    kept = sum(len(one.keeps) for one in subjects.values())
    head = (
        "# What statelint knows",
        "",
        f"{plural(len(subjects), 'package')}; {kept} calls and settings that keep",
        "state in the process or on the local disk, often by leaving an argument out.",
    )
    return _shown(
        (*head, *(line for name in sorted(subjects) for line in ("", *_page(name, subjects[name], "##")))),
        options,
    )


def render_form() -> str:
    """Write the form of a knowledge file as Markdown, made of the form itself."""
    lines = ["# The form of a knowledge file", *_form(KnowledgeFile)]
    for one in msgspec.structs.fields(KnowledgeFile):
        struct = _struct_of(one.type)
        if struct is not None:
            lines += ["", f"## `[[{one.name}]]`", *_form(struct)]
    return "".join(f"{line}\n" for line in lines)


def _subjects(files: Mapping[str, KnowledgeFile]) -> dict[str, _Subject]:
    found: dict[str, _Subject] = {}
    for _, file in sorted(files.items()):
        roots: set[str] = set()
        for label, entry in _entries(file):
            by_root: dict[str, list[str]] = {}
            for name in _distinct(entry.names):
                by_root.setdefault(_root(name), []).append(f"`{name}`")
            for root, names in by_root.items():
                words = found.setdefault(root, _Subject()).names.setdefault(label, [])
                words.append(f"{', '.join(names)}{_note(entry)}")
            roots |= by_root.keys()
        for keeps in (*file.keeper, *file.setting):
            subject = found.setdefault(_root_of_keeper(keeps), _Subject())
            subject.keeps.append(keeps)
            _note_releases(subject, keeps.checked.split(", ") if keeps.checked else ())
        for script in file.script:
            files_of = found.setdefault((*file.packages, file.name)[0], _Subject()).names
            files_of["files that run anew for each request"] = [f"`{one}`" for one in script.files]
        for root in roots:
            _note_releases(found[root], _of_root(file.checked, root))
            _note_releases(found[root], file.elsewhere if root in file.packages else ())
    return found


def _note_releases(subject: _Subject, releases: Iterable[str]) -> None:
    known = {one.lower() for one in subject.checked}
    subject.checked += [one for one in releases if one.lower() not in known]


def _distinct(names: Iterable[str]) -> list[str]:
    """Drop the names under which another module of the package has the same thing."""
    first: dict[tuple[str, str], str] = {}
    for name in names:
        parts = name.split(".")
        at = next((n for n, part in enumerate(parts) if part[:1].isupper()), len(parts) - 1)
        first.setdefault((parts[0], ".".join(parts[at:])), name)
    return list(first.values())


def _root(name: str) -> str:
    root, dot, _ = name.partition(".")
    return root if dot else _BUILTINS


def _root_of_keeper(keeps: Keeps) -> str:
    """Name the package of a keeper; a setting has a name of its own, so what uses it or has it tells."""
    if not isinstance(keeps, SettingEntry):
        return _root(keeps.names[0])
    distribution = keeps.checked.partition(" ")[0].lower().replace("-", "_")
    return distribution or _root((*keeps.used_by, *keeps.names)[0])


def _of_root(checked: Iterable[str], root: str) -> list[str]:
    """Choose the releases that are of a package, as far as the names tell."""
    letters = {one: _letters(one.split()[0]) for one in checked}
    exact = [one for one, word in letters.items() if word == _letters(root)]
    return exact or [one for one, word in letters.items() if word in _letters(root) or _letters(root) in word]


def _letters(word: str) -> str:
    return re.sub(r"[-_.]", "", word).lower()


def _entries(file: KnowledgeFile) -> Iterator[tuple[str, Named]]:
    for one in file.type:
        yield _KINDS.get(one.kind, one.kind), one
    for register in file.register:
        yield _RUNS.get(register.runs, register.runs), register
    for base in file.base:
        yield f"classes to derive from, of which {_LIVES[base.lifetime]}", base
    for function in file.function:
        for label in _told(function):
            yield label, function
    for kind, label in _OTHERS.items():
        for entry in getattr(file, kind):
            yield label, entry


def _told(function: FunctionEntry) -> Iterator[str]:
    """Say what a function does, in the words of its entry."""
    said: Iterable[tuple[object, str]] = (
        (function.memo, "remembers results"),
        (function.starts_server, "starts a server"),
        (function.writes_file is not None, "writes a file"),
        (function.temporary or function.leaves_file, "makes a temporary file or folder"),
        (function.changes, "changes what it is given"),
        *((True, _BITS.get(bit, bit)) for bit in function.bits),
    )
    words = [word for is_so, word in said if is_so]
    yield from words or ["other functions"]


def _note(entry: Named) -> str:
    if isinstance(entry, BaseEntry) and entry.methods:
        return f" ({', '.join(entry.methods)})"
    if isinstance(entry, RegisterEntry) and entry.runs == "serve" and entry.entry != "request":
        return f" ({entry.entry})"
    return ""


def _page(name: str, subject: _Subject, level: str) -> Iterator[str]:
    yield f"{level} {name}"
    if subject.checked:
        yield ""
        yield f"Read off {', '.join(subject.checked)}."
    if subject.names:
        yield ""
        for label, names in sorted(subject.names.items()):
            yield f"- {label}: {', '.join(sorted(set(names)))}"
    for keeps in subject.keeps:
        yield ""
        yield from _kept(keeps)


def _kept(keeps: Keeps) -> Iterator[str]:
    kind = "is called" if isinstance(keeps, KeeperEntry) else "is set"
    bounds = [f"from {keeps.since} on"] * bool(keeps.since) + [f"before {keeps.until}"] * bool(keeps.until)
    versions = f" ({', '.join(bounds)})" if bounds else ""
    yield f"`{keeps.names[0]}` {kind}{versions}: {keeps.state} in {keeps.what} (`{keeps.rule}`)"
    if keeps.bad:
        yield ""
        yield "```python"
        yield f"{keeps.bad}  # kept here"
        if keeps.cure:
            yield f"{keeps.cure}  # not"
        yield "```"


def _form(struct: type[msgspec.Struct]) -> Iterator[str]:
    forms = [one for one in reversed(struct.__mro__) if issubclass(one, msgspec.Struct) and one.__doc__]
    yield ""
    said = (inspect.cleandoc(one.__doc__ or "") for one in forms if one is not msgspec.Struct)
    yield from "\n\n".join(said).splitlines()
    yield ""
    yield "| key | value |"
    yield "| --- | --- |"
    for one in msgspec.structs.fields(struct):
        needed = ", needed" if one.required else ""
        yield f"| `{one.encode_name}` | {_value(msgspec.inspect.type_info(one.type))}{needed} |"


def _struct_of(kind: object) -> type[msgspec.Struct] | None:
    info = msgspec.inspect.type_info(kind)
    item = info.item_type if isinstance(info, msgspec.inspect.VarTupleType) else None
    return item.cls if isinstance(item, msgspec.inspect.StructType) else None


def _value(info: msgspec.inspect.Type) -> str:
    """Word the type of a key."""
    if isinstance(info, msgspec.inspect.LiteralType):
        return ", ".join(f"`{word}`" for word in info.values if word) or "text"
    if isinstance(info, msgspec.inspect.VarTupleType):
        item = info.item_type
        return "tables" if isinstance(item, msgspec.inspect.StructType) else f"list: {_value(item)}"
    if isinstance(info, msgspec.inspect.DictType):
        return f"table: text to {_value(info.value_type)}"
    if isinstance(info, msgspec.inspect.UnionType):
        return " or ".join(_value(one) for one in info.types if not isinstance(one, msgspec.inspect.NoneType))
    plain = {msgspec.inspect.BoolType: "true or false", msgspec.inspect.IntType: "number"}
    return plain.get(type(info), "text")


def _hint(word: str, known: Iterable[str]) -> str:
    from statelint.errors import nearest

    close = nearest(word, known)
    return hint(word, [close]) if close else "; `statelint knowledge` lists what is"


def _shown(lines: Iterable[str], options: RenderOptions) -> str:
    return guard("".join(f"{display_text(line, options)}\n" for line in lines), options)
