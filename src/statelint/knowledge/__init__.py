"""What statelint knows of frameworks and libraries: data files, read and checked once a process.

One TOML file a library, in the form that `schema` describes. Every name of an entry is a key of the
mappings in `Knowledge`; methods that a type inherits are found through its `bases`.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import msgspec
import tomli

from statelint.errors import KnowledgeError, nearest
from statelint.knowledge.schema import (
    BaseEntry,
    Bit,
    CommandEntry,
    FunctionEntry,
    KeeperEntry,
    Keeps,
    KnowledgeFile,
    Position,
    ProcessEntry,
    RegisterEntry,
    SecretEntry,
    SettingEntry,
    SignatureEntry,
    TextEntry,
    TimerEntry,
    TypeEntry,
    WriterEntry,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "BaseEntry",
    "Bit",
    "CommandEntry",
    "FunctionEntry",
    "KeeperEntry",
    "Keeps",
    "Knowledge",
    "KnowledgeFile",
    "Method",
    "ProcessEntry",
    "RegisterEntry",
    "SecretEntry",
    "SettingEntry",
    "SignatureEntry",
    "TextEntry",
    "TimerEntry",
    "TypeEntry",
    "WriterEntry",
    "build",
    "load_knowledge",
    "parse",
    "validate",
]


class _Named(Protocol):
    @property
    def names(self) -> tuple[str, ...]: ...


_Entry = TypeVar("_Entry", bound=_Named)


class Method(NamedTuple):
    """What a method of a type does to its object, and what it gives.

    `changes` the object; `gives` an element of it; `copies`: gives the object's like. `adds`, `merges`,
    `key`: which argument is put into it, has its elements put into it, is a key of it. `is_of_mapping`: the
    type is a `dict`.
    """

    changes: bool
    gives: bool
    copies: bool
    adds: Position | None
    merges: Position | None
    key: Position | None
    is_of_mapping: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Answer questions about dotted names of libraries.

    The mappings hold every name of an entry, and `T.method` under every name of `T`. `types` are classes,
    `objects` what a module offers ready-made. The methods also search the `bases` of a type, nearest first,
    and remember what they answered.
    """

    types: Mapping[str, TypeEntry]
    objects: Mapping[str, TypeEntry]
    registers: Mapping[str, RegisterEntry]
    bases: Mapping[str, BaseEntry]
    functions: Mapping[str, FunctionEntry]
    signatures: tuple[SignatureEntry, ...]
    commands: Mapping[str, CommandEntry]
    server_packages: frozenset[str]
    packages: Mapping[str, str]
    route_words: frozenset[str]
    app_packages: frozenset[str]
    factory_keywords: frozenset[str]
    keepers: Mapping[str, KeeperEntry]
    settings: Mapping[str, SettingEntry]
    texts: Mapping[str, TextEntry]
    timers: Mapping[str, TimerEntry]
    acts: frozenset[str]
    act_words: frozenset[str]
    take_words: frozenset[str]
    sleeps: frozenset[str]
    secrets: Mapping[str, SecretEntry]
    writers: Mapping[str, WriterEntry]
    process: Mapping[str, ProcessEntry]
    secret_settings: Mapping[str, frozenset[str]]
    _mros: dict[str, tuple[TypeEntry, ...]] = field(default_factory=dict, repr=False, compare=False)
    _registers: dict[str, RegisterEntry | None] = field(default_factory=dict, repr=False, compare=False)
    _functions: dict[str, FunctionEntry | None] = field(default_factory=dict, repr=False, compare=False)
    _commands: dict[str, CommandEntry | None] = field(default_factory=dict, repr=False, compare=False)
    _secrets: dict[str, SecretEntry | None] = field(default_factory=dict, repr=False, compare=False)
    _writers: dict[str, WriterEntry | None] = field(default_factory=dict, repr=False, compare=False)
    _process: dict[str, ProcessEntry | None] = field(default_factory=dict, repr=False, compare=False)
    _bases: dict[str, tuple[BaseEntry, ...]] = field(default_factory=dict, repr=False, compare=False)
    _keepers: dict[str, KeeperEntry | None] = field(default_factory=dict, repr=False, compare=False)
    _timers: dict[str, TimerEntry | None] = field(default_factory=dict, repr=False, compare=False)
    _members: dict[tuple[str, str, str], str] = field(default_factory=dict, repr=False, compare=False)
    _methods: dict[tuple[str, str], Method] = field(default_factory=dict, repr=False, compare=False)

    def type_of(self, name: str) -> TypeEntry | None:
        """Look up a class or a ready-made object (`entry.object` tells which)."""
        return self.types.get(name) or self.objects.get(name)

    def mro(self, name: str) -> tuple[TypeEntry, ...]:
        """List the type and what it derives from, nearest first, each once; empty where it is unknown."""
        known = self._mros.get(name)
        if known is None:
            known = self._mros[name] = tuple(self._ancestors(name))
        return known

    def _ancestors(self, name: str) -> Iterator[TypeEntry]:
        seen: set[str] = set()
        waiting = [name]
        for one in waiting:  # grows while it is read: breadth first
            entry = self.type_of(one)
            if entry is not None and entry.names[0] not in seen:
                seen.add(entry.names[0])
                waiting += entry.bases
                yield entry

    def is_a(self, name: str, ancestor: str) -> bool:
        """Tell whether a type is, or derives from, another one; any of its names will do."""
        return any(ancestor in entry.names for entry in self.mro(name))

    def register(self, name: str) -> RegisterEntry | None:
        """Look up what a call or decorator does with the functions it is given (`flask.Flask.route`)."""
        return self._find(name, self.registers, self._registers)

    def function(self, name: str) -> FunctionEntry | None:
        """Look up what calling a function or method does and gives (`heapq.heappush`)."""
        return self._find(name, self.functions, self._functions)

    def command(self, name: str) -> CommandEntry | None:
        """Look up a decorator of commands or tests, or a base class of them (`click.command`)."""
        return self._find(name, self.commands, self._commands)

    def keeper(self, name: str) -> KeeperEntry | None:
        """Look up what a call keeps in the process or on the local disk (`sqlite3.connect`)."""
        return self._find(name, self.keepers, self._keepers)

    def timer(self, name: str) -> TimerEntry | None:
        """Look up a call that is given a function to run later, or again and again (`threading.Timer`)."""
        return self._find(name, self.timers, self._timers)

    def acts_outside(self, name: str) -> bool:
        """Tell whether a call changes something outside of the process (`requests.post`)."""
        if name in self.acts:
            return True
        owner, _, method = name.rpartition(".")
        return any(f"{one}.{method}" in self.acts for entry in self.mro(owner) for one in entry.names)

    def secret(self, name: str) -> SecretEntry | None:
        """Look up what a call does with a key (`hmac.new`)."""
        return self._find(name, self.secrets, self._secrets)

    def writer(self, name: str) -> WriterEntry | None:
        """Look up a call that changes what all processes share (`sqlite3.Connection.commit`)."""
        found = self._find(name, self.writers, self._writers)
        owner, _, method = name.rpartition(".")
        behind = self.owner_of(owner) if found is None and owner else ""
        return self._find(f"{behind}.{method}", self.writers, self._writers) if behind else found

    def process_setting(self, name: str) -> ProcessEntry | None:
        """Look up a call that changes a setting of the whole process (`os.chdir`)."""
        return self._find(name, self.process, self._process)

    def is_process_wide(self, name: str) -> bool:
        """Tell whether an object holds settings of the whole process (`os.environ`)."""
        entry = self.objects.get(name)
        return entry is not None and entry.process

    def excludes(self, type_name: str) -> str:
        """Say whom a lock keeps out: the rest of its `process` or `host`; empty where it is no such lock."""
        return next((entry.exclusive for entry in self.mro(type_name) if entry.exclusive), "")

    def expires(self, type_name: str) -> bool:
        """Tell whether a container drops what is too old."""
        return any(entry.expires for entry in self.mro(type_name))

    def _find(self, name: str, table: Mapping[str, _Entry], memo: dict[str, _Entry | None]) -> _Entry | None:
        if name in memo:
            return memo[name]
        found = table.get(name)
        if found is None:
            owner, _, method = name.rpartition(".")
            inherited = (table.get(f"{entry.names[0]}.{method}") for entry in self.mro(owner))
            found = next((entry for entry in inherited if entry is not None), None)
        memo[name] = found
        return found

    def bases_of(self, name: str) -> tuple[BaseEntry, ...]:
        """List what a framework calls on a class that derives from this one, nearest base first."""
        known = self._bases.get(name)
        if known is None:
            names = [name, *(entry.names[0] for entry in self.mro(name))]
            found = {id(base): base for one in names if (base := self.bases.get(one)) is not None}
            known = self._bases[name] = tuple(found.values())
        return known

    def handler(self, entry: BaseEntry | RegisterEntry, method: str) -> str:
        """Name what a method of a class handles of which an entry speaks (`GET`); empty: nobody calls it."""
        methods = entry.methods if isinstance(entry, BaseEntry) else entry.handlers
        label = methods.get(method)
        if label is not None:
            return label
        fitting = [one for one in methods if one.endswith("*") and method.startswith(one[:-1])]
        pattern = max(fitting, key=len, default="")
        return "" if pattern == "*" and method.startswith("_") else methods.get(pattern, "")

    def attribute(self, type_name: str, attr: str) -> str:
        """Give the type that an attribute holds; empty where it is unknown."""
        return self._member("attributes", type_name, attr)

    def result(self, type_name: str, method: str) -> str:
        """Give the type that a call of a method gives; empty where it is unknown."""
        return self._member("results", type_name, method)

    def _member(self, table: str, type_name: str, member: str) -> str:
        key = (table, type_name, member)
        known = self._members.get(key)
        if known is None:
            tables: Iterable[dict[str, str]] = (getattr(entry, table) for entry in self.mro(type_name))
            known = self._members[key] = next((one[member] for one in tables if member in one), "")
        return known

    def is_app(self, type_name: str) -> bool:
        """Tell whether a type is that of an application."""
        entry = self.types.get(type_name)
        return entry is not None and entry.kind == "app"

    def is_bag(self, type_name: str, attr: str) -> bool:
        """Tell whether an attribute keeps what applications put on it (`app.state`)."""
        return any(attr in entry.bags for entry in self.mro(type_name))

    def keeps_items(self, type_name: str) -> bool:
        """Tell whether `x[key] = value` puts something into the application."""
        return any(entry.items for entry in self.mro(type_name))

    def is_keyed(self, type_name: str) -> bool:
        """Tell whether an object of a request carries what is put under its keys (`environ`)."""
        entry = self.types.get(type_name)
        return entry is not None and entry.keyed

    def method(self, type_name: str, name: str) -> Method:
        """Say what a method does to its object and what it gives."""
        key = (type_name, name)
        known = self._methods.get(key)
        if known is None:
            known = self._methods[key] = _method(self.mro(type_name), name)
        return known

    def bits(self, name: str) -> tuple[Bit, ...]:
        """Tell where the result of a call comes from: the function's own bits, else those of its type.

        Behind attributes of a type that nobody has described, its own count: `client.shop.orders.find`.
        """
        entry = self.function(name)
        if entry is not None and entry.bits:
            return entry.bits
        owner = self.mro(self.owner_of(name.rpartition(".")[0]))
        return next((one.bits for one in owner if one.bits), ())

    def owner_of(self, dotted: str) -> str:
        """Name the type behind attributes and results of one that is described: `Model.objects.filter()`."""
        parts = dotted.split(".")
        known = next((n for n in range(len(parts), 0, -1) if self.mro(".".join(parts[:n]))), 0)
        owner = ".".join(parts[:known])
        for word in parts[known:]:
            called = word.removesuffix("()")
            held = self.result(owner, called) if called != word else self.attribute(owner, word)
            owner = held or owner
        return owner

    def is_server_import(self, module: str) -> bool:
        """Tell whether importing a module makes the importer server-side (`flask.views`)."""
        parts = module.split(".")
        return any(".".join(parts[:count]) in self.server_packages for count in range(1, len(parts) + 1))


def _method(mro: tuple[TypeEntry, ...], name: str) -> Method:
    def argument(tables: Iterable[dict[str, Position]]) -> Position | None:
        return next((one[name] for one in tables if name in one), None)

    return Method(
        changes=any(name in entry.mutators for entry in mro),
        gives=any(name in entry.getters for entry in mro),
        copies=any(name in entry.same for entry in mro),
        adds=argument(entry.adders for entry in mro),
        merges=argument(entry.mergers for entry in mro),
        key=argument(entry.keys for entry in mro),
        is_of_mapping=any("dict" in entry.names for entry in mro),
    )


@functools.cache
def load_knowledge() -> Knowledge:
    """Read all knowledge files of the package; raises `KnowledgeError` where one breaks the form."""
    folder = importlib.resources.files(__name__)
    found = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    return build({one.name: parse(one.name, one.read_text("utf-8")) for one in found})


def parse(source: str, text: str) -> KnowledgeFile:
    """Read one knowledge file; `source` is its name as errors show it."""
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        msg = f"`{source}`: {error}"
        raise KnowledgeError(msg) from error
    try:
        return msgspec.convert(data, KnowledgeFile)
    except msgspec.ValidationError as error:
        raise KnowledgeError(_explain(source, data, str(error))) from error


def build(files: Mapping[str, KnowledgeFile]) -> Knowledge:
    """Put files together, in the order given; a name may stand in one entry of a kind only."""
    every = list(files.items())
    entries = [(source, entry) for source, file in every for entry in file.type]
    named = _index(entries)
    aliases = {name: entry.names for name, entry in named.items()}
    return Knowledge(
        types={name: entry for name, entry in named.items() if not entry.object},
        objects={name: entry for name, entry in named.items() if entry.object},
        registers=_spread(_index((source, one) for source, file in every for one in file.register), aliases),
        bases=_spread(_index((source, one) for source, file in every for one in file.base), aliases),
        functions=_spread(_index((source, one) for source, file in every for one in file.function), aliases),
        signatures=tuple(one for file in files.values() for one in file.signature),
        commands=_spread(_index((source, one) for source, file in every for one in file.command), aliases),
        server_packages=frozenset(name for file in files.values() if file.server for name in file.packages),
        packages={name: file.name for file in files.values() for name in file.packages},
        route_words=frozenset(word for file in files.values() for word in file.route_words),
        factory_keywords=frozenset(
            one.returns.partition(":")[2]
            for file in files.values()
            for one in file.function
            if one.returns.startswith("result:") and not one.returns[-1].isdigit()
        ),
        secrets=_spread(_index((source, one) for source, file in every for one in file.secret), aliases),
        writers=_spread(_index((source, one) for source, file in every for one in file.writer), aliases),
        process=_spread(_index((source, one) for source, file in every for one in file.process), aliases),
        secret_settings=_packages_by_setting(files.values()),
        app_packages=frozenset(
            name.partition(".")[0] for name, entry in named.items() if entry.kind == "app"
        ),
        keepers=_spread(
            _index((source, one) for source, file in every for one in file.keeper), aliases, methods_only=True
        ),
        settings=_index((source, one) for source, file in every for one in file.setting),
        texts=_index((source, one) for source, file in every for one in file.text),
        timers=_spread(_index((source, one) for source, file in every for one in file.timer), aliases),
        acts=frozenset(name for file in files.values() for one in file.act for name in one.names),
        act_words=frozenset(word for file in files.values() for word in file.act_words),
        take_words=frozenset(word for file in files.values() for word in file.take_words),
        sleeps=frozenset(name for file in files.values() for one in file.sleep for name in one.names),
    )


def _packages_by_setting(files: Iterable[KnowledgeFile]) -> dict[str, frozenset[str]]:
    """For each setting that is a key, the packages that read it."""
    found: dict[str, frozenset[str]] = {}
    for file in files:
        for name in file.secret_settings:
            found[name] = found.get(name, frozenset()) | frozenset(file.packages)
    return found


def _index(entries: Iterable[tuple[str, _Entry]]) -> dict[str, _Entry]:
    found: dict[str, _Entry] = {}
    for source, entry in entries:
        for name in entry.names:
            if found.setdefault(name, entry) is not entry:
                msg = f"`{source}`: `{name}` has two entries of one kind, keep one of them"
                raise KnowledgeError(msg)
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


def validate(knowledge: Knowledge) -> tuple[str, ...]:
    """Name every reference to a type that no file describes, with the nearest one that is described."""
    known = (*knowledge.types, *knowledge.objects)
    return tuple(
        f"`{owner}`: unknown type `{name}`{_nearest(name, known)}"
        for owner, name in sorted(set(_references(knowledge)))
        if knowledge.type_of(name) is None
    )


def _references(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    for entry in (*knowledge.types.values(), *knowledge.objects.values()):
        for name in (*entry.attributes.values(), *entry.results.values(), *entry.bases):
            yield entry.names[0], name
    for register in knowledge.registers.values():
        if register.gives:
            yield register.names[0], register.gives
        if register.yields:
            yield register.names[0], register.yields
    words = ("container", "partial", "receiver", "instance")
    for function in knowledge.functions.values():
        if function.returns and function.returns not in words and ":" not in function.returns:
            yield function.names[0], function.returns


_WHERE = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.(?P<field>\w+)|\[(?P<index>\d+|\.\.\.)\]")


def _explain(source: str, data: dict[str, object], error: str) -> str:
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
