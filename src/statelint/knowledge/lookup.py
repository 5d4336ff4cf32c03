"""What may be asked about names of libraries, once all knowledge files are put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import msgspec

from statelint.knowledge.code_entries import (
    BaseEntry,
    CommandEntry,
    FunctionEntry,
    RegisterEntry,
    SignatureEntry,
    TypeEntry,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from statelint.knowledge.deed_entries import ProcessEntry, SecretEntry, TextEntry, TimerEntry, WriterEntry
    from statelint.knowledge.keeper_entries import KeeperEntry, SettingEntry
    from statelint.knowledge.program_entries import ScriptEntry, WorkerEntry
    from statelint.knowledge.words import Bit, Position


class Named(Protocol):
    """An entry: `names` are all names under which it is found, the first one is canonical."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names of the entry."""


_Entry = TypeVar("_Entry", bound=Named)


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


class Knowledge(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Answer questions about dotted names of libraries.

    The mappings hold every name of an entry, and `T.method` under every name of `T`. `types` are classes,
    `objects` what a module offers ready-made. The methods also search the `bases` of a type, nearest first,
    and remember what they answered. (A struct of msgspec is made in a tenth of the time of a dataclass.)
    """

    types: Mapping[str, TypeEntry]
    objects: Mapping[str, TypeEntry]
    registers: Mapping[str, RegisterEntry]
    bases: Mapping[str, BaseEntry]
    functions: Mapping[str, FunctionEntry]
    signatures: tuple[SignatureEntry, ...]
    scripts: tuple[ScriptEntry, ...]
    workers: tuple[WorkerEntry, ...]
    commands: Mapping[str, CommandEntry]
    server_packages: frozenset[str]
    screen_packages: frozenset[str]
    packages: Mapping[str, str]
    route_words: frozenset[str]
    verbs: frozenset[str]
    app_packages: frozenset[str]
    scheduler_packages: frozenset[str]
    factory_keywords: frozenset[str]
    chained_words: frozenset[str]
    keepers: Mapping[str, KeeperEntry]
    settings: Mapping[str, SettingEntry]
    texts: Mapping[str, TextEntry]
    timers: Mapping[str, TimerEntry]
    acts: frozenset[str]
    act_words: frozenset[str]
    row_words: frozenset[str]
    take_words: frozenset[str]
    command_line: frozenset[str]
    descriptor_words: frozenset[str]
    frozen_words: frozenset[str]
    message_packages: frozenset[str]
    sleeps: frozenset[str]
    secrets: Mapping[str, SecretEntry]
    writers: Mapping[str, WriterEntry]
    process: Mapping[str, ProcessEntry]
    secret_settings: Mapping[str, frozenset[str]]
    _mros: dict[str, tuple[TypeEntry, ...]] = {}
    _registers: dict[str, RegisterEntry | None] = {}
    _functions: dict[str, FunctionEntry | None] = {}
    _commands: dict[str, CommandEntry | None] = {}
    _secrets: dict[str, SecretEntry | None] = {}
    _writers: dict[str, WriterEntry | None] = {}
    _process: dict[str, ProcessEntry | None] = {}
    _bases: dict[str, tuple[BaseEntry, ...]] = {}
    _keepers: dict[str, KeeperEntry | None] = {}
    _timers: dict[str, TimerEntry | None] = {}
    _members: dict[tuple[str, str, str], str] = {}
    _methods: dict[tuple[str, str], Method] = {}
    _statement_words: set[str] = set()

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

    def takes_statements(self, method: str) -> bool:
        """Tell whether any method of this name is given the SQL that it carries out (`execute`)."""
        if not self._statement_words:
            taking = (name for name, entry in self.writers.items() if entry.statement is not None)
            self._statement_words.update(name.rpartition(".")[2] for name in taking)
        return method in self._statement_words

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

    def is_frozen(self, name: str) -> bool:
        """Whether objects of a type, and of classes that derive from it, cannot be changed."""
        return any(entry.frozen for entry in self.mro(name))

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
        return _is_of(module, self.server_packages)

    def is_screen_import(self, name: str) -> bool:
        """Tell whether importing something makes the importer draw windows (`tkinter.ttk`)."""
        return _is_of(name, self.screen_packages)


def _is_of(name: str, packages: frozenset[str]) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:count]) in packages for count in range(1, len(parts) + 1))


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
