"""Find the project of some paths and read its `[tool.statelint]` or `statelint.toml`."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from statelint import toml_file
from statelint.baseline import FILE_NAME, read_baseline
from statelint.errors import ConfigError, hint
from statelint.model.diagnostics import Confidence, State
from statelint.model.settings import Allow, Audience, OwnKnowledge, Settings, Stated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_ALLOW_KEYS = ("because", "path", "rule")

_Choice = TypeVar("_Choice", bound=StrEnum)


def load_settings(
    paths: Sequence[Path],
    overrides: Mapping[str, object] | None = None,
    config: Path | None = None,
    *,
    isolated: bool = False,
) -> Settings:
    """Join what the command line says with what the project's configuration says.

    `overrides` has values of fields of `Settings`, and wins. `config` is read in place of the project's own
    file; `isolated` reads none, and finds the same project. Raise ConfigError for a file that cannot be used.
    """
    return _load(paths, overrides or {}, config, isolated=isolated)[0]


def load_stated(
    paths: Sequence[Path],
    overrides: Mapping[str, object] | None = None,
    config: Path | None = None,
    *,
    isolated: bool = False,
) -> tuple[Settings, tuple[Stated, ...]]:
    """Load the settings like `load_settings`, and tell of each key what it is and who says so."""
    settings, table = _load(paths, overrides or {}, config, isolated=isolated)
    given = {name for name, value in (overrides or {}).items() if value is not None}
    in_file = table.content if table is not None else {}

    def origin(key: str, field: str) -> str:
        if field in given:
            return "command line"
        own = f"{table.file.name}: {table.prefix}{key}" if table is not None and key in in_file else ""
        if field == "roots" and len(settings.roots) > len(cast("list[str]", in_file.get(key, ()))):
            built = "pyproject.toml: what the build backend is told"
            return f"{own}, {built}" if own else built
        return own or "default"

    return settings, tuple(
        Stated(
            key=key,
            value=_plain(getattr(settings, setting.field), settings.project),
            origin=origin(key, setting.field),
        )
        for key, setting in _KEYS.items()
    )


def _plain(value: object, project: Path) -> object:
    """Take a value of a setting apart into what TOML can hold; the number 0 says that nothing was set."""
    if isinstance(value, tuple):
        return [_plain(item, project) for item in value]
    if isinstance(value, Allow):
        return {"path": value.path, "rule": value.rule, "because": value.because}
    if isinstance(value, OwnKnowledge):
        return value.file or json.loads(value.content)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Path):
        return (value.relative_to(project) if value.is_relative_to(project) else value).as_posix()
    return None if value == 0 and not isinstance(value, bool) else value


def _load(
    paths: Sequence[Path], overrides: Mapping[str, object], config: Path | None, *, isolated: bool
) -> tuple[Settings, _Table | None]:
    """Give the settings, and the table of the file that was read for them, if any."""
    named = tuple(Path(os.path.realpath(path)) for path in paths) or (Path.cwd(),)
    found = _find_project(named, tolerant=isolated or config is not None)
    table = found.table
    if config is not None:
        table = _read_config(Path(os.path.realpath(config)))
    table = None if isolated else table
    chosen = _values(table) if table is not None else {}
    chosen |= {name: value for name, value in overrides.items() if value is not None}
    chosen["jobs"] = chosen.get("jobs") or _usable_cores()
    stated = cast("tuple[str, ...]", chosen.get("roots", ()))
    chosen["roots"] = tuple(dict.fromkeys((*stated, *_build_roots(found.folder / "pyproject.toml"))))
    named_files = cast("tuple[str | OwnKnowledge, ...]", chosen.get("knowledge", ()))
    chosen["knowledge"] = tuple(_knowledge(found.folder, one) for one in named_files)
    chosen["baseline_file"] = _baseline_file(found.folder, chosen.get("baseline_file"), isolated=isolated)
    settings = Settings(
        project=found.folder,
        paths=named,
        scope=() if found.is_marked else named,
        config=table.file if table is not None else None,
        **chosen,  # type: ignore[arg-type] # each value was converted by the field's own reader
    )
    return settings, table


def with_baseline(settings: Settings) -> Settings:
    """Add the entries of the baseline; the file that is used without being named may be missing."""
    file = settings.baseline_file
    if file is None or (file == settings.project / FILE_NAME and not os.path.lexists(file)):
        return settings
    return replace(settings, baseline=read_baseline(file))


def _baseline_file(project: Path, stated: object, *, isolated: bool) -> Path | None:
    """Say where the baseline is or would be: as stated, else under its usual name, if not isolated."""
    if stated is None:
        return None if isolated else project / FILE_NAME
    return project / cast("str | Path", stated)


def _knowledge(project: Path, stated: str | OwnKnowledge) -> OwnKnowledge:
    """Read a knowledge file of the project; a table of the configuration is one already."""
    if isinstance(stated, OwnKnowledge):
        return stated
    file = project / stated
    content = toml_file.parse(file, toml_file.read_bytes(file))
    return OwnKnowledge(source=stated, file=stated, content=_as_json(stated, content))


def _as_json(source: str, table: object) -> str:
    """Write a table of TOML as JSON; dates, for which knowledge has no use, become texts."""
    try:
        return json.dumps(table, allow_nan=False, default=str)
    except (ValueError, RecursionError) as error:  # `inf`, or a key of a thousand parts
        raise ConfigError(f"`{source}`: no knowledge file: {str(error).lower()}") from error


class _Table(NamedTuple):
    """The settings of one file; `prefix` is how its keys are called in messages."""

    file: Path
    prefix: str
    content: Mapping[str, object]

    def wrong(self, key: str, message: str) -> ConfigError:
        return ConfigError(f"`{self.file.name}`: `{self.prefix}{key}` {message}")


class _Project(NamedTuple):
    folder: Path
    is_marked: bool
    table: _Table | None


def is_in_project(path: Path) -> bool:
    """Tell whether a folder above a path says that it is a project: by a configuration, or by git."""
    return _find_project((path,), tolerant=True).is_marked


def _find_project(paths: tuple[Path, ...], *, tolerant: bool) -> _Project:
    """Find the nearest folder above all paths that says it is a project."""
    start = Path(os.path.commonpath([_folder_of(path) for path in paths]))
    for folder in (start, *start.parents):
        table = None
        try:
            table = _table_in(folder)
        except ConfigError:
            if not tolerant:
                raise
            return _Project(folder, is_marked=True, table=None)
        if table is not None or os.path.lexists(folder / ".git"):
            return _Project(folder, is_marked=True, table=table)
    while os.path.lexists(start / "__init__.py") and start != start.parent:
        start = start.parent  # so that a package that is named alone keeps its name in imports
    return _Project(start, is_marked=False, table=None)


def _folder_of(path: Path) -> Path:
    try:
        return path if path.is_dir() else path.parent
    except PermissionError:
        return path.parent


def _table_in(folder: Path) -> _Table | None:
    own = folder / "statelint.toml"
    if os.path.lexists(own):
        return _read_config(own)
    shared = folder / "pyproject.toml"
    if not os.path.lexists(shared):
        return None
    data = toml_file.read_bytes(shared)
    return _section(shared, data) if b"statelint" in data else None


def _read_config(file: Path) -> _Table:
    data = toml_file.read_bytes(file)
    if file.name == "pyproject.toml":
        return _section(file, data) or _Table(file, "tool.statelint.", {})
    return _Table(file, "", toml_file.parse(file, data))


def _section(file: Path, data: bytes) -> _Table | None:
    tool = toml_file.parse(file, data).get("tool")
    if not isinstance(tool, dict) or "statelint" not in tool:
        return None
    section = tool["statelint"]
    if not isinstance(section, dict):
        raise ConfigError(f"`{file.name}`: `tool.statelint` is not a table")
    return _Table(file, "tool.statelint.", section)


def _values(table: _Table) -> dict[str, object]:
    """Convert every key of a file to the field that it fills."""
    values: dict[str, object] = {}
    for key, given in table.content.items():
        if key == "tool" and not table.prefix:
            raise ConfigError(
                f"`{table.file.name}`: settings stand at the top level, not in `tool.statelint`"
            )
        if key not in _KEYS:
            raise table.wrong(key, f"is no setting{hint(key, _KEYS)}")
        setting = _KEYS[key]
        values[setting.field] = setting.read(table, key, given)
    return values


def _words(table: _Table, key: str, given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(item, str) and item.strip() for item in given):
        raise table.wrong(key, f"must be a list of strings, not {_type_name(given)}")
    return tuple(given)


def _paths(table: _Table, key: str, given: object) -> tuple[str, ...]:
    return tuple(_inner_path(table, key, path) for path in _words(table, key, given))


def _file(table: _Table, key: str, given: object) -> str:
    return _inner_path(table, key, _word(table, key, given))


def _inner_path(table: _Table, key: str, given: str) -> str:
    path = PurePosixPath(given)
    if path.is_absolute() or ".." in path.parts or "\\" in given or ":" in path.parts[0]:
        raise table.wrong(key, f"must stay inside the project, with `/` between folders: `{given}`")
    return str(path)


def _globs(table: _Table, key: str, given: object) -> tuple[str, ...]:
    patterns = _words(table, key, given)
    for pattern in patterns:
        _glob(table, key, pattern)
    return patterns


def _glob(table: _Table, key: str, pattern: str) -> str:
    if pattern.startswith(("/", "!")) or not PurePosixPath(pattern).parts:
        raise table.wrong(key, f"has a pattern that starts with neither a name nor a wildcard: `{pattern}`")
    _inner_path(table, key, pattern)
    return pattern


def _count(least: int) -> Callable[[_Table, str, object], int]:
    def read(table: _Table, key: str, given: object) -> int:
        if not isinstance(given, int) or isinstance(given, bool) or given < least:
            raise table.wrong(key, f"must be a whole number of at least {least}, not {_type_name(given)}")
        return given

    return read


def _yes_or_no(table: _Table, key: str, given: object) -> bool:
    if not isinstance(given, bool):
        raise table.wrong(key, f"must be true or false, not {_type_name(given)}")
    return given


def _choice(kind: type[_Choice]) -> Callable[[_Table, str, object], _Choice]:
    def read(table: _Table, key: str, given: object) -> _Choice:
        names = [member.value for member in kind]
        if not isinstance(given, str) or given not in names:
            raise table.wrong(key, f"is {_type_name(given)}{hint(str(given), names)}")
        return kind(given)

    return read


def _word(table: _Table, key: str, given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        raise table.wrong(key, f"must be a string, not {_type_name(given)}")
    return given


def _stores(table: _Table, key: str, given: object) -> dict[str, str]:
    if not isinstance(given, dict):
        raise table.wrong(key, f"must be a table of state and store, not {_type_name(given)}")
    states = [state.value for state in State]
    for state in given:
        if state not in states:
            raise table.wrong(f"{key}.{state}", f"is no kind of state{hint(state, states)}")
    return {state: _word(table, f"{key}.{state}", store) for state, store in given.items()}


def _knowledge_files(table: _Table, key: str, given: object) -> tuple[str | OwnKnowledge, ...]:
    """Take files by name, and tables as they are; what stands in either is checked by who uses it."""
    if not isinstance(given, list) or not all(isinstance(item, (str, dict)) for item in given):
        raise table.wrong(key, f"must be a list of files or an array of tables, not {_type_name(given)}")
    places = [f"{table.file.name}: {table.prefix}{key}[{number}]" for number in range(len(given))]
    return tuple(
        _file(table, key, item)
        if isinstance(item, str)
        else OwnKnowledge(source=place, file="", content=_as_json(place, item))
        for place, item in zip(places, given, strict=True)
    )


def _allows(table: _Table, key: str, given: object) -> tuple[Allow, ...]:
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise table.wrong(key, f"must be an array of tables, not {_type_name(given)}")
    return tuple(_allow(table, f"{key}[{number}]", item) for number, item in enumerate(given))


def _allow(table: _Table, key: str, given: dict[str, object]) -> Allow:
    for name in given:
        if name not in _ALLOW_KEYS:
            raise table.wrong(f"{key}.{name}", f"is no setting{hint(name, _ALLOW_KEYS)}")
    for name in _ALLOW_KEYS:
        if name not in given:
            raise table.wrong(key, f"has no `{name}`: `path`, `rule` and `because` are all needed")
    path, rule, because = (_word(table, f"{key}.{name}", given[name]) for name in ("path", "rule", "because"))
    return Allow(path=_glob(table, f"{key}.path", path), rule=rule, because=because)


def _type_name(given: object) -> str:
    if isinstance(given, str):
        return f"`{given}`"
    if isinstance(given, bool):
        return "a boolean"
    if isinstance(given, int):
        return f"{given}"
    names = {float: "a float", list: "a list with something else", dict: "a table"}
    return names.get(type(given), "a date or time")


@dataclass(frozen=True, slots=True)
class _Setting:
    """A key of the configuration: the field of `Settings` that it fills, and who reads its value."""

    field: str
    read: Callable[[_Table, str, object], object]


_KEYS: dict[str, _Setting] = {
    "allow": _Setting("allow", _allows),
    "audience": _Setting("audience", _choice(Audience)),
    "baseline": _Setting("baseline_file", _file),
    "copies": _Setting("copies", _count(1)),
    "entry-points": _Setting("entry_points", _words),
    "exclude": _Setting("exclude", _globs),
    "external-stores": _Setting("external_stores", _words),
    "format": _Setting("output_format", _word),
    "ignore": _Setting("ignore", _words),
    "jobs": _Setting("jobs", _count(1)),
    "knowledge": _Setting("knowledge", _knowledge_files),
    "library": _Setting("library", _yes_or_no),
    "min-confidence": _Setting("min_confidence", _choice(Confidence)),
    "per-request": _Setting("per_request", _words),
    "roots": _Setting("roots", _paths),
    "select": _Setting("select", _words),
    "stores": _Setting("stores", _stores),
}


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _build_roots(file: Path) -> tuple[str, ...]:
    """Name the folders from which the build backend's own settings count import names.

    Only the plain forms are read; a file that cannot be used says nothing, its errors are not ours to tell.
    """
    try:
        content = toml_file.parse(file, toml_file.read_bytes(file))
    except ConfigError:
        return ()
    folders: list[object] = []
    setuptools = _dig(content, "tool", "setuptools")
    folders += _as_list(_dig(setuptools, "packages", "find", "where"))
    folders.append(_dig(setuptools, "package-dir", ""))
    wheel = _dig(content, "tool", "hatch", "build", "targets", "wheel")
    folders += _as_list(_dig(wheel, "sources"))
    folders += [str(PurePosixPath(p).parent) for p in _as_list(_dig(wheel, "packages")) if isinstance(p, str)]
    folders += [_dig(package, "from") for package in _as_list(_dig(content, "tool", "poetry", "packages"))]
    plain = [PurePosixPath(folder) for folder in folders if isinstance(folder, str)]
    inner = (path for path in plain if not path.is_absolute() and ".." not in path.parts)
    return tuple(str(path) for path in inner if path.parts)


def _dig(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
