"""What statelint knows of frameworks and libraries, as data.

One TOML file a library, in the form that `schema` describes; a project adds its own in the same form. Every
name of an entry is a key of the mappings in `Knowledge`; methods that a type inherits are found through its
`bases`.
"""

from __future__ import annotations

from statelint.knowledge.building import build
from statelint.knowledge.code_entries import (
    BaseEntry,
    CommandEntry,
    FunctionEntry,
    RegisterEntry,
    SignatureEntry,
    TypeEntry,
)
from statelint.knowledge.deed_entries import ProcessEntry, SecretEntry, TextEntry, TimerEntry, WriterEntry
from statelint.knowledge.keeper_entries import KeeperEntry, Keeps, SettingEntry
from statelint.knowledge.loading import known_files, load_knowledge, parse, shipped_files
from statelint.knowledge.lookup import Knowledge, Method
from statelint.knowledge.mistakes import validate
from statelint.knowledge.program_entries import ScriptEntry, WorkerEntry
from statelint.knowledge.schema import KnowledgeFile
from statelint.knowledge.words import Bit

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
    "ScriptEntry",
    "SecretEntry",
    "SettingEntry",
    "SignatureEntry",
    "TextEntry",
    "TimerEntry",
    "TypeEntry",
    "WorkerEntry",
    "WriterEntry",
    "build",
    "known_files",
    "load_knowledge",
    "parse",
    "shipped_files",
    "validate",
]
