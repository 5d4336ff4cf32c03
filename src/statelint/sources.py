"""Find the files of a project, and read them without being held up by what is no file.

In a git work tree git says which files belong to it; the tree itself is always walked by `os.scandir`,
because git is silent about named pipes, sockets and folders that cannot be read.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from statelint import git
from statelint.errors import nearest
from statelint.model.diagnostics import Problem
from statelint.model.files import FileRole, Language, SourceFile
from statelint.model.globs import Globs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from statelint.model.settings import Buffer, Settings

MAX_BYTES = 10_000_000

# Folders that hold no source of the project: what version control, environments, caches and builds keep.
_NEVER_READ = frozenset(
    {
        ".bzr", ".direnv", ".eggs", ".git", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox",
        ".pytest_cache", ".ruff_cache", ".statelint_cache", ".svn", ".terraform", ".tox", ".venv",
        "__pycache__", "__pypackages__", "node_modules", "site-packages", "venv",
    }
)  # fmt: skip
_BUILD_OUTPUT = frozenset({"_build", "build", "dist"})  # unless they are packages: `app/build/__init__.py`

_TEST_FOLDERS = frozenset({"__tests__", "test", "testdata", "testing", "tests"})
_EXAMPLE_FOLDERS = frozenset({"demo", "demos", "docs_src", "example", "examples", "sample", "samples"})
# What a file is by the end of its name, whatever stands before it.
_BY_SUFFIX = (
    (Language.PYTHON, (".py",)),
    (Language.YAML, (".yaml", ".yml")),
    (Language.HCL, (".tf", ".tfvars", ".hcl", ".nomad")),
    (Language.BICEP, (".bicep",)),
    (Language.JSON, (".tf.json", ".tfvars.json", ".nomad.json", ".template.json")),
    (Language.TOML, ("fly.toml", "traefik.toml")),
)
# A configuration file that is filled in before it is used has the suffix of a template behind its own.
_TEMPLATE_SUFFIX = re.compile(r"\.(?:ctmpl|erb|j2|jinja|jinja2|mako|template|tftpl|tmpl|tpl)\Z")
# What a file is by its name or folder, the first that fits; a file of source text in such a folder is none.
_NO_CONFIGURATION = tuple(
    f".{suffix}"
    for suffix in (
        "bak", "c", "css", "csv", "dockerignore", "gif", "gz", "go", "h", "html", "ico", "ipynb", "java",
        "jpeg", "jpg", "js", "json", "jsx", "lock", "md", "mdx", "mjs", "o", "pdf", "php", "pl", "png",
        "ps1", "pyc", "pyi", "rb", "rs", "rst", "svg", "swp", "ts", "tsx", "xml", "zip",
    )
)  # fmt: skip
_BY_NAME = tuple(
    (language, re.compile(pattern))
    for language, pattern in (
        (Language.YAML, r"(?:^|.*/)\.ebextensions/(?:.+/)?[^/]+\.config\Z"),
        (Language.DOCKERFILE, r"(?:^|.*/)(?:[^/]*[._-])?(?:dockerfile|containerfile)(?:[._-][^/]*)?\Z"),
        (Language.PROCFILE, r"(?:^|.*/)procfile(?:[._-][^/]*)?\Z"),
        (Language.CRONTAB, r"(?:^|.*/)(?:(?:[^/]*[._-])?(?:crontab|cronjobs?)(?:[._-][^/]*)?|[^/]*\.cron)\Z"),
        (Language.CRONTAB, r"(?:^|.*/)(?:cron\.(?:d|hourly|daily|weekly|monthly)|crontabs)/[^/]+\Z"),
        (Language.SYSTEMD, r".*\.(?:service|timer)\Z"),
        (Language.SHELL, r".*\.(?:ash|bash|sh)\Z"),
        (Language.SHELL, r"(?:^|.*/)(?:[^/.]*[._-])?(?:entrypoint|user[_-]?data)\Z"),
        (
            Language.SHELL,
            r"(?:^|.*/)(?:s6-overlay|s6-rc\.d|services\.d|service|sv|s6|s6-services|runit)/(?:.+/)?[^/]+/(?:run|up)\Z",
        ),
        (Language.SHELL, r"(?:^|.*/)(?:cont-init\.d|my_init\.d|\.platform/(?:conf)?hooks/\w+)/[^/]+\Z"),
        (Language.ENV, r"(?:^|.*/)(?:[^/]*\.env|\.env\.[^/]+)\Z"),
        (Language.TOML, r"(?:^|.*/)(?:fly[._-]|traefik[._-]|dynamic)[^/]*\.toml\Z"),
        (Language.CONF, r"(?:^|.*/)sites-(?:available|enabled)/.+\Z"),
        (Language.CONF, r".*\.(?:caddyfile|cfg|conf|conf\.d|ini|nginx|vcl|vhost)\Z"),
        (Language.CONF, r"(?:^|.*/)(?:caddyfile(?:[._-][^/]*)?|[^/]*workers[^/]*\.properties)\Z"),
    )
)
# Most JSON is data: it is read where the name of the file or of a folder speaks of deployment.
_JSON_NAMES = (
    "azuredeploy", "caddy", "cfn", "cloudformation", "compose", "deployment", "dockerrun", "envoy",
    "function.json", "kustomization", "maintemplate", "serverless", "task-def", "task_def", "taskdef",
)  # fmt: skip
_JSON_FILES = frozenset({"app.json", "vercel.json"})
_JSON_FOLDERS = frozenset(
    {
        ".ebextensions", "arm", "bicep", "cfn", "cloudformation", "deploy", "deployment", "ecs", "infra",
        "infrastructure", "k8s", "kube", "kubernetes", "kustomize", "manifests", "nomad", "openshift",
        "terraform",
    }
)  # fmt: skip
_BUILD_NAMES = frozenset({"fabfile.py", "hatch_build.py", "noxfile.py", "setup.py", "versioneer.py"})

_EXCLUDED = "`exclude` names it"
_UNLISTED = "git does not list it"
_NO_LANGUAGE = "neither Python nor a known deployment format: not read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The files of a project, sorted by path, and what could not be taken.

    `skipped` counts files of a kind that is read, but that `exclude` names, or symlinks that lead out of the
    project or nowhere. `left_out` has these, and what was passed by on the way (folders end in `/`), each
    with the reason.
    """

    files: tuple[SourceFile, ...]
    problems: tuple[Problem, ...]
    skipped: int
    left_out: tuple[tuple[str, str], ...] = ()


class SourceError(Exception):
    """A file that was found and cannot be read; carries the problem to report."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def find_files(settings: Settings) -> Sources:
    """Find every file that is read for these settings, and a problem for each that is named and cannot be."""
    hunt = _Hunt(settings)
    listing = None if settings.scope else hunt.ask_git()
    buffer = settings.buffer
    for start in settings.scope or (settings.project,):
        if buffer is None or start != buffer.file:
            hunt.take(start, listing)
    if buffer is not None:
        hunt.take_buffer(buffer)
    else:
        hunt.take_named(settings.paths)
    failed = any(problem.fatal for problem in hunt.problems)
    if not failed and buffer is None and not any(map(chosen_by_paths(settings), hunt.found)):
        hunt.report(".", "nothing to check: no Python or deployment file in the given paths")
    return Sources(
        files=tuple(_source_file(path, hunt) for path in sorted(hunt.found)),
        problems=tuple(sorted(hunt.problems)),
        skipped=len(hunt.skipped),
        left_out=tuple(sorted((hunt.passed_by | hunt.skipped).items())),
    )


def read_bytes(file: SourceFile) -> bytes:
    """Read a file, which may have changed since it was found; raise SourceError where that fails."""
    try:
        return _read_regular(file.absolute) if file.content is None else _not_too_much(file.content)
    except OSError as error:
        raise SourceError(Problem(path=file.path, line=0, message=_reason(error))) from error


def chosen_by_paths(settings: Settings) -> Callable[[str], bool]:
    """Make a test of relative paths: whether what is found in that file is to be reported."""
    named = {_relative(path, settings.project) for path in settings.paths}

    def is_chosen(path: str) -> bool:
        return "" in named or path in named or any(folder in named for folder in _folders_above(path))

    return is_chosen


def language_of(path: str) -> Language | None:
    """Tell by its name which reader takes a file, if any."""
    lowered = path.lower()
    for language, suffixes in _BY_SUFFIX:
        if lowered.endswith(suffixes):
            return language
    if lowered.endswith(".json"):
        *folders, name = lowered.split("/")
        is_named = name in _JSON_FILES or any(word in name for word in _JSON_NAMES)
        speaks = is_named or not _JSON_FOLDERS.isdisjoint(folders)
        return Language.JSON if speaks else None
    plain = _TEMPLATE_SUFFIX.sub("", lowered)
    if plain.endswith(_NO_CONFIGURATION):
        return None
    return next((language for language, pattern in _BY_NAME if pattern.match(plain)), None)


def role_of(path: str) -> FileRole:
    """Tell by its path below the project what a file is for."""
    *folders, name = path.lower().split("/")
    if not _TEST_FOLDERS.isdisjoint(folders) or _is_test_name(name):
        return FileRole.TEST
    if "migrations" in folders or ("versions" in folders and "alembic" in folders):
        return FileRole.MIGRATION
    if name in _BUILD_NAMES or (name == "conf.py" and not {"doc", "docs"}.isdisjoint(folders)):
        return FileRole.BUILD
    if not _EXAMPLE_FOLDERS.isdisjoint(folders):
        return FileRole.EXAMPLE
    return FileRole.APPLICATION


def module_name(path: str, roots: Collection[str], is_package: Callable[[str], bool]) -> str:
    """Give a Python file its import name.

    It counts from the nearest folder above that is named as a root or is called `src` and is no package; else
    from the folder that holds the outermost package; else from the project, since folders without
    `__init__.py` are packages for Python too (`from app.carts import CARTS`).
    """
    folders = _folders_above(path)  # nearest first
    base = next((f for f in folders if f in roots), None)
    if base is None:
        base = next((f for f in folders if f.rpartition("/")[2] == "src" and not is_package(f)), None)
    if base is None:
        packages = [f for f in folders if is_package(f)]
        base = packages[-1].rpartition("/")[0] if packages else ""
    inner = path[len(base) + 1 :] if base else path
    parts = inner.removesuffix(".py").split("/")
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return ".".join(parts)


def _is_test_name(name: str) -> bool:
    stem, dot, suffix = name.rpartition(".")
    if not dot or suffix != "py":
        return False
    return stem in {"conftest", "tests"} or stem.startswith("test_") or stem.endswith(("_test", "_tests"))


@dataclass(frozen=True, slots=True)
class _Listing:
    """What git counts to the project: files (a nested repository is one entry) and the folders above them."""

    files: frozenset[str]
    folders: frozenset[str]

    def knows(self, folder: str) -> bool:
        return folder in self.folders or folder in self.files


@dataclass(slots=True)
class _Hunt:
    """What was found so far; each path is taken once, by whichever way it is reached first."""

    settings: Settings
    found: dict[str, tuple[Path, Language, int]] = field(default_factory=dict)
    problems: set[Problem] = field(default_factory=set)
    skipped: dict[str, str] = field(default_factory=dict)
    passed_by: dict[str, str] = field(default_factory=dict)
    packages: dict[str, bool] = field(default_factory=dict)
    excluded: Globs = field(init=False)

    def __post_init__(self) -> None:
        self.excluded = Globs(self.settings.exclude)

    def report(self, path: str, message: str, *, fatal: bool = True) -> None:
        self.problems.add(Problem(path=path or ".", line=0, message=message, fatal=fatal))

    def ask_git(self) -> _Listing | None:
        """List the project by git, or nothing where there is no work tree or git does not answer."""
        project = self.settings.project
        if not git.has_work_tree(project):
            return None
        try:
            answer = git.ask(project, "ls-files", "-co", "--exclude-standard", "-z")
        except git.GitSilentError:
            self.report(".", "git does not answer: what it ignores is read too", fatal=False)
            return None
        if answer is None:
            return None
        if answer.status != 0:
            if "not a git repository" not in answer.complaint:
                self.report(".", "git refuses to list the files: what it ignores is read too", fatal=False)
            return None
        for folder in _unreadable_folders(answer.complaint):
            if not self.leaves_out(folder):
                self.report(folder, "cannot be read: permission denied")
        files = frozenset(path.rstrip("/") for path in answer.lines)
        return _Listing(files, frozenset(folder for path in files for folder in _folders_above(path)))

    def take(self, start: Path, listing: _Listing | None) -> None:
        """Take a file, or all files in a folder that the listing has; without a listing, all."""
        path = _relative(start, self.settings.project)
        try:
            kind = os.lstat(start).st_mode
        except FileNotFoundError as error:
            close = nearest(start.name, _names_beside(start))
            self.report(path, f"{_reason(error)}; did you mean `{close}`?" if close else _reason(error))
            return
        except OSError as error:
            self.report(path, _reason(error))
            return
        if stat.S_ISDIR(kind):
            self.walk(path, listing)
        else:
            self.take_named_file(path, start, kind)

    def walk(self, start: str, listing: _Listing | None) -> None:
        """Go through a folder and those in it, without ever following a symlink to a folder."""
        waiting = [(start, listing)]
        while waiting:
            folder, wanted = waiting.pop()
            try:
                with os.scandir(self.settings.project / folder) as entries:
                    names = {entry.name: entry for entry in entries}
            except OSError as error:
                self.report(folder, _reason(error))
                continue
            if folder != start and "pyvenv.cfg" in names:
                self.passed_by[f"{folder}/"] = "a virtual environment"
                continue
            for name, entry in names.items():
                path = f"{folder}/{name}" if folder else name
                if entry.is_dir(follow_symlinks=False):
                    if self.enters(name, path, wanted):
                        waiting.append((path, wanted if wanted and path in wanted.folders else None))
                elif (language := language_of(path)) is not None:
                    self.take_entry(entry, path, language, wanted)

    def enters(self, name: str, path: str, wanted: _Listing | None) -> bool:
        if name in _NEVER_READ:
            return False  # and no word of it: everybody knows why
        if name in _BUILD_OUTPUT and not self.is_package(path):
            self.passed_by[f"{path}/"] = "the output of a build"
        elif self.excluded.matches(path):
            self.passed_by[f"{path}/"] = _EXCLUDED
        elif wanted is not None and not wanted.knows(path):
            self.passed_by[f"{path}/"] = _UNLISTED
        else:
            return True
        return False

    def is_package(self, folder: str) -> bool:
        if folder not in self.packages:
            self.packages[folder] = os.path.lexists(self.settings.project / folder / "__init__.py")
        return self.packages[folder]

    def take_entry(
        self, entry: os.DirEntry[str], path: str, language: Language, wanted: _Listing | None
    ) -> None:
        is_link, is_file = entry.is_symlink(), entry.is_file(follow_symlinks=False)
        if wanted is not None and path not in wanted.files and (is_link or is_file):
            self.passed_by[path] = _UNLISTED
        elif self.excluded.matches(path):
            self.skipped[path] = _EXCLUDED
        elif is_link:
            self.take_link(entry, path, language)
        elif is_file:
            size = entry.stat(follow_symlinks=False).st_size
            self.found[path] = (Path(entry.path), language, size)
        else:
            self.report(path, f"{_kind(entry.stat(follow_symlinks=False).st_mode)}, not a file: not read")

    def take_link(self, entry: os.DirEntry[str], path: str, language: Language) -> None:
        """Take a symlink to a file of the project under its own name: it is imported under that name."""
        target = Path(os.path.realpath(entry.path))
        try:
            status = target.stat()
        except OSError as error:
            if error.errno == errno.ELOOP:
                self.report(path, "a symlink that leads back to itself: not read")
            else:
                self.skipped[path] = "a symlink that leads nowhere"
            return
        if stat.S_ISREG(status.st_mode) and target.is_relative_to(os.path.realpath(self.settings.project)):
            self.found[path] = (target, language, status.st_size)
        else:
            self.skipped[path] = "a symlink that leads out of the project, or to no file"

    def leaves_out(self, path: str) -> bool:
        names = set(path.split("/"))
        return not names.isdisjoint(_NEVER_READ | _BUILD_OUTPUT) or self.excluded.matches(path)

    def take_buffer(self, buffer: Buffer) -> None:
        """Take the file that an editor holds, also one that is not on the disk yet, or is ignored by git."""
        path = _relative(buffer.file, self.settings.project)
        language = language_of(path)
        if language is None and _is_python_script(buffer.data):
            language = Language.PYTHON
        if self.excluded.matches(path):
            self.report(path, f"{_EXCLUDED}: not read", fatal=False)
        elif language is None:
            self.report(path, _NO_LANGUAGE, fatal=False)
        else:
            self.found[path] = (buffer.file, language, len(buffer.data))
        if buffer.file.name == "__init__.py":
            self.packages[path.rpartition("/")[0]] = True

    def take_named(self, paths: tuple[Path, ...]) -> None:
        """Take what the user named although git ignores it or its folder is one that is never entered."""
        covered = {folder for path in self.found for folder in _folders_above(path)} | {""}
        for named in paths:
            path = _relative(named, self.settings.project)
            if path not in covered and path not in self.found and not self.excluded.matches(path):
                self.take(named, None)

    def take_named_file(self, path: str, absolute: Path, kind: int) -> None:
        if not stat.S_ISREG(kind):
            self.report(path, f"{_kind(kind)}, not a file: not read")
            return
        language = language_of(path)
        try:
            if language is None and _is_python_script(_read_regular(absolute)):
                language = Language.PYTHON
            size = absolute.stat().st_size
        except OSError as error:
            self.report(path, _reason(error))
            return
        if language is None:
            self.report(path, _NO_LANGUAGE, fatal=False)
        else:
            self.found[path] = (absolute, language, size)


def _source_file(path: str, hunt: _Hunt) -> SourceFile:
    absolute, language, size = hunt.found[path]
    module = ""
    if language is Language.PYTHON:
        module = module_name(path, hunt.settings.roots, hunt.is_package)
    buffer = hunt.settings.buffer
    return SourceFile(
        path=path,
        absolute=absolute,
        language=language,
        role=role_of(path),
        size=size,
        module=module,
        content=buffer.data if buffer is not None and buffer.file == absolute else None,
    )


def _unreadable_folders(complaint: str) -> list[str]:
    # git's dir.c: warning: could not open directory 'private/': Permission denied
    head = "warning: could not open directory '"
    lines = [line.removeprefix(head) for line in complaint.splitlines() if line.startswith(head)]
    return [line.rpartition("'")[0].rstrip("/") for line in lines]


def _relative(path: Path, project: Path) -> str:
    """Write a path relative to the project with `/`; the project itself is empty, others stay absolute."""
    if path == project:
        return ""
    return (path.relative_to(project) if path.is_relative_to(project) else path).as_posix()


def _names_beside(path: Path) -> list[str]:
    try:
        return [one.name for one in path.parent.iterdir()]
    except OSError:
        return []


def _folders_above(path: str) -> list[str]:
    """List the folders that hold a path, nearest first, without the project itself."""
    folders = []
    while "/" in path:
        path = path.rpartition("/")[0]
        folders.append(path)
    return folders


def _is_python_script(data: bytes) -> bool:
    first = data.split(b"\n", 1)[0]
    return first.startswith(b"#!") and b"python" in first


def _read_regular(path: Path) -> bytes:
    """Read a regular file; raise OSError for anything else, also for one that was exchanged meanwhile."""
    # O_NONBLOCK keeps a named pipe from waiting for a writer; neither flag exists on Windows.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, f"{_kind(status.st_mode)}, not a file")
        # Asking for no more than there is keeps every small file from being given ten megabytes of room.
        most = min(status.st_size, MAX_BYTES) + 1
        parts: list[bytes] = []
        size = 0
        while size <= MAX_BYTES and (part := os.read(descriptor, most)):
            parts.append(part)
            size += len(part)
    finally:
        os.close(descriptor)
    return _not_too_much(b"".join(parts))


def _not_too_much(data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise OSError(errno.EFBIG, f"larger than {MAX_BYTES // 1_000_000} MB")
    return data


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    if error.errno == errno.ELOOP:
        return "cannot be read: it became a symlink"
    words = error.strerror or str(error)
    return f"cannot be read: {words[:1].lower()}{words[1:]}"


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a device"
