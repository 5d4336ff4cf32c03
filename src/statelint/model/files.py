"""A file of the project, before anything in it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class FileRole(StrEnum):
    """What a file is for; only application code can hold state that matters."""

    APPLICATION = "application"
    TEST = "test"
    MIGRATION = "migration"
    BUILD = "build"
    EXAMPLE = "example"


class Language(StrEnum):
    """Which reader takes a file."""

    PYTHON = "python"
    YAML = "yaml"
    CONF = "conf"  # whose format only its text tells: nginx, HAProxy, Apache, supervisord, ...
    CRONTAB = "crontab"
    DOCKERFILE = "dockerfile"
    ENV = "env"
    PROCFILE = "procfile"
    SHELL = "shell"
    SYSTEMD = "systemd"
    TOML = "toml"
    JSON = "json"
    HCL = "hcl"
    PACKAGE = "package"  # what installs the project: which commands it has
    BICEP = "bicep"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SourceFile:
    """One regular file below the project root; `path` is relative to it, with `/`; `size` in bytes.

    `module` is the dotted import name of a Python file (`pkg.mod`; a package's `__init__.py` is `pkg`),
    empty for other files. `content` is what an editor holds of it, to be read in place of the file.
    """

    path: str
    absolute: Path
    language: Language
    role: FileRole
    size: int
    module: str = ""
    content: bytes | None = field(default=None, compare=False, repr=False)
