"""Find the files of a project.

In a git work tree git says which files belong to it; the tree itself is always walked by `os.scandir`,
because git is silent about named pipes, sockets and folders that cannot be read.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from statelint import git
from statelint.errors import nearest
from statelint.model.diagnostics import Problem
from statelint.model.files import Language, SourceFile
from statelint.model.globs import Globs
from statelint.sources.languages import is_python_script, language_of
from statelint.sources.reading import kind_of, read_regular, reason_of
from statelint.sources.roles import folders_above, module_name, role_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from statelint.model.settings import Buffer, Settings

# Folders that hold no source of the project: what version control, environments, caches and builds keep.
_NEVER_READ = frozenset(
    {
        ".bzr", ".direnv", ".eggs", ".git", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox",
        ".pytest_cache", ".ruff_cache", ".statelint_cache", ".svn", ".terraform", ".tox", ".venv",
        "__pycache__", "__pypackages__", "node_modules", "site-packages", "venv",
    }
)  # fmt: skip
_BUILD_OUTPUT = frozenset({"_build", "build", "dist"})  # unless they are packages: `app/build/__init__.py`
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
    is_chosen = chosen_by_paths(settings)
    telling = (path for path, (_, language, _) in hunt.found.items() if language is not Language.PACKAGE)
    if not failed and buffer is None and not any(map(is_chosen, telling)):
        hunt.report(".", "nothing to check: no Python or deployment file in the given paths")
    return Sources(
        files=tuple(_source_file(path, hunt) for path in sorted(hunt.found)),
        problems=tuple(sorted(hunt.problems)),
        skipped=len(hunt.skipped),
        left_out=tuple(sorted((hunt.passed_by | hunt.skipped).items())),
    )


def chosen_by_paths(settings: Settings) -> Callable[[str], bool]:
    """Make a test of relative paths: whether what is found in that file is to be reported."""
    named = {_relative(path, settings.project) for path in settings.paths}

    def is_chosen(path: str) -> bool:
        return "" in named or path in named or any(folder in named for folder in folders_above(path))

    return is_chosen


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
        return _Listing(files, frozenset(folder for path in files for folder in folders_above(path)))

    def take(self, start: Path, listing: _Listing | None) -> None:
        """Take a file, or all files in a folder that the listing has; without a listing, all."""
        path = _relative(start, self.settings.project)
        try:
            kind = os.lstat(start).st_mode
        except FileNotFoundError as error:
            close = nearest(start.name, _names_beside(start))
            self.report(path, f"{reason_of(error)}; did you mean `{close}`?" if close else reason_of(error))
            return
        except OSError as error:
            self.report(path, reason_of(error))
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
                self.report(folder, reason_of(error))
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
            self.report(path, f"{kind_of(entry.stat(follow_symlinks=False).st_mode)}, not a file: not read")

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
        if language is None and is_python_script(buffer.data):
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
        covered = {folder for path in self.found for folder in folders_above(path)} | {""}
        for named in paths:
            path = _relative(named, self.settings.project)
            if path not in covered and path not in self.found and not self.excluded.matches(path):
                self.take(named, None)

    def take_named_file(self, path: str, absolute: Path, kind: int) -> None:
        if not stat.S_ISREG(kind):
            self.report(path, f"{kind_of(kind)}, not a file: not read")
            return
        language = language_of(path)
        try:
            if language is None and is_python_script(read_regular(absolute)):
                language = Language.PYTHON
            size = absolute.stat().st_size
        except OSError as error:
            self.report(path, reason_of(error))
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
