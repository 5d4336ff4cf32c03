"""The form of a knowledge file: what statelint knows of one framework or library, as data.

Every name is a dotted name as an import gives it (`flask.Flask`, `threading.Thread`); a method is the name
of its type plus the method (`flask.Flask.route`). Builtins are named bare (`dict`, `open`).
"""

import msgspec

from statelint.knowledge.code_entries import (
    BaseEntry,
    CommandEntry,
    FunctionEntry,
    RegisterEntry,
    SignatureEntry,
    TypeEntry,
)
from statelint.knowledge.deed_entries import (
    ActEntry,
    ProcessEntry,
    SecretEntry,
    SleepEntry,
    TextEntry,
    TimerEntry,
    WriterEntry,
)
from statelint.knowledge.keeper_entries import KeeperEntry, SettingEntry
from statelint.knowledge.program_entries import ScriptEntry, WorkerEntry


class KnowledgeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file under `knowledge/`.

    `checked`: the releases against whose own code the entries were checked (`litestar 2.12`).
    `elsewhere`: releases that no package index has, and names that no code tells; the first word is how the
      names begin, what follows says where they were read.
    `packages`: import names that belong to it. `server`: true where importing it makes a module server-side.
    `screen`: true where importing it makes a module draw windows or a terminal screen.
    `route_words`: attribute names that look like a route decorator on an object that could not be resolved.
    `verbs`: names of methods by which a class answers a request, as the request names them.
    `act_words`: method names that tell of a change outside on an object that is not known (`commit`).
    `row_words`: method names that change a row which a database gave (`save`).
    `descriptor_words`: method names that give the number under which a process knows an open file (`fileno`).
    `frozen_words`: words of decorators that keep objects of a class as they are (`frozen=True`).
    `take_words`: method names that wait for the next message of a queue or a broker (`get_message`).
    `command_line`: functions that read the arguments of the program: a file that calls one when it is
      imported is a program of its own.
    `secret_settings`: names of settings, attributes and keywords with whose value its packages sign.
    """

    name: str
    checked: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    server: bool = False
    screen: bool = False
    route_words: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    act_words: tuple[str, ...] = ()
    row_words: tuple[str, ...] = ()
    take_words: tuple[str, ...] = ()
    command_line: tuple[str, ...] = ()
    descriptor_words: tuple[str, ...] = ()
    frozen_words: tuple[str, ...] = ()
    type: tuple[TypeEntry, ...] = ()
    register: tuple[RegisterEntry, ...] = ()
    base: tuple[BaseEntry, ...] = ()
    function: tuple[FunctionEntry, ...] = ()
    signature: tuple[SignatureEntry, ...] = ()
    script: tuple[ScriptEntry, ...] = ()
    worker: tuple[WorkerEntry, ...] = ()
    command: tuple[CommandEntry, ...] = ()
    keeper: tuple[KeeperEntry, ...] = ()
    setting: tuple[SettingEntry, ...] = ()
    text: tuple[TextEntry, ...] = ()
    timer: tuple[TimerEntry, ...] = ()
    act: tuple[ActEntry, ...] = ()
    sleep: tuple[SleepEntry, ...] = ()
    secret_settings: tuple[str, ...] = ()
    secret: tuple[SecretEntry, ...] = ()
    writer: tuple[WriterEntry, ...] = ()
    process: tuple[ProcessEntry, ...] = ()
