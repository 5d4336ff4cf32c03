"""Word what is wrong with a knowledge file: where, which key, and the nearest word that would be right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from statelint.errors import nearest
from statelint.knowledge.schema import KnowledgeFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from statelint.knowledge.lookup import Knowledge


def validate(knowledge: Knowledge, files: Mapping[str, KnowledgeFile]) -> tuple[str, ...]:
    """Name what these files refer to and nobody describes, with the nearest word that is described."""
    known = {"type": (*knowledge.types, *knowledge.objects), "setting": tuple(knowledge.settings)}
    return tuple(
        f"`{source}`, entry `{owner}`: unknown {kind} `{name}`{_nearest(name, known[kind])}"
        for source, file in sorted(files.items())
        for owner, kind, name in sorted(set(_references(file)))
        if (knowledge.type_of(name) is None if kind == "type" else name not in knowledge.settings)
    ) + tuple(
        f"`{source}`, entry `{entry.names[0]}`: `returns` cannot be `{entry.returns}`{_nearest(word, _GIVEN)}"
        for source, file in sorted(files.items())
        for entry in file.function
        for word, colon, which in [entry.returns.partition(":")]
        if colon and (word not in _GIVEN or not (which.isdigit() or which.isidentifier()))
    )


_GIVEN = (
    "argument", "class", "copy", "deep", "default", "element", "elements", "maker", "members", "module",
    "named", "next", "object", "provider", "result", "single",
)  # fmt: skip
_WHOLE = ("container", "instance", "made", "partial", "plug-in", "receiver")


def _references(file: KnowledgeFile) -> Iterator[tuple[str, str, str]]:
    """Walk over the types and settings that entries speak of: the entry, which of both, the name."""
    for entry in file.type:
        for name in (*entry.attributes.values(), *entry.results.values(), *entry.bases):
            yield entry.names[0], "type", name
    given = ((one.names[0], name) for one in file.register for name in (one.gives, one.yields))
    yield from ((owner, "type", name) for owner, name in given if name)
    for function in file.function:
        if function.returns and function.returns not in _WHOLE and ":" not in function.returns:
            yield function.names[0], "type", function.returns
    for keeps in (*file.keeper, *file.setting):
        yield from ((keeps.names[0], "setting", name) for name in keeps.behind.values() if name)


_WHERE = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.(?P<field>\w+)|\[(?P<index>\d+|\.\.\.)\]")


def explain(source: str, data: dict[str, object], error: str) -> str:
    """Word an error of msgspec so that it names the file, the entry, the key and the nearest valid word."""
    match = _WHERE.match(error)
    what, path = (match["what"], match["path"] or "") if match else (error, "")
    value: object = data
    shape: msgspec.inspect.Type = msgspec.inspect.type_info(KnowledgeFile)
    entry = key = ""
    for step in _STEP.finditer(path):
        key = step["field"] or key
        value, shape = _into(value, shape, step["field"], step["index"])
        if isinstance(value, dict) and isinstance(value.get("names"), list) and value["names"]:
            entry = f", entry `{value['names'][0]}`"
    unknown = re.search(r"unknown field `(.*)`", what)
    if unknown and isinstance(shape, msgspec.inspect.StructType):
        words = [one.name for one in shape.fields]
        return f"`{source}`{entry}: unknown key `{unknown[1]}`{_nearest(unknown[1], words)}"
    if isinstance(value, str) and isinstance(shape, msgspec.inspect.LiteralType):
        words = [str(one) for one in shape.values]
        return f"`{source}`{entry}: `{key}` cannot be `{value}`{_nearest(value, words)}"
    where = f": `{key}`" if key else ""
    return f"`{source}`{entry}{where}: {what[:1].lower()}{what[1:]}"


def _into(
    value: object, shape: msgspec.inspect.Type, name: str | None, index: str | None
) -> tuple[object, msgspec.inspect.Type]:
    """Go one step of an error's path into the data and into the form."""
    if name is not None and isinstance(shape, msgspec.inspect.StructType):
        shape = next((one.type for one in shape.fields if one.name == name), shape)
        return (value.get(name) if isinstance(value, dict) else None), shape
    inner = _inner(shape)
    if isinstance(value, list) and index is not None and index.isdigit() and int(index) < len(value):
        return value[int(index)], inner
    return None, inner


def _inner(shape: msgspec.inspect.Type) -> msgspec.inspect.Type:
    if isinstance(shape, msgspec.inspect.VarTupleType):
        return shape.item_type
    return shape.value_type if isinstance(shape, msgspec.inspect.DictType) else shape


def _nearest(word: str, words: Iterable[str]) -> str:
    near = nearest(word, words)
    return f", did you mean `{near}`" if near else ""
