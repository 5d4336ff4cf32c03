"""What a file is for, and under which name it is imported: told by its path below the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.files import FileRole

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_TEST_FOLDERS = frozenset({"__tests__", "test", "testdata", "testing", "tests"})
_EXAMPLE_FOLDERS = frozenset({"demo", "demos", "docs_src", "example", "examples", "sample", "samples"})
_BUILD_NAMES = frozenset({"fabfile.py", "hatch_build.py", "noxfile.py", "setup.py", "versioneer.py"})


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


def _is_test_name(name: str) -> bool:
    stem, dot, suffix = name.rpartition(".")
    if not dot or suffix != "py":
        return False
    return stem in {"conftest", "tests"} or stem.startswith("test_") or stem.endswith(("_test", "_tests"))


def module_name(path: str, roots: Collection[str], is_package: Callable[[str], bool]) -> str:
    """Give a Python file its import name.

    It counts from the nearest folder above that is named as a root or is called `src` and is no package; else
    from the folder that holds the outermost package; else from the project, since folders without
    `__init__.py` are packages for Python too (`from app.carts import CARTS`).
    """
    folders = folders_above(path)  # nearest first
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


def folders_above(path: str) -> list[str]:
    """List the folders that hold a path, nearest first, without the project itself."""
    folders = []
    while "/" in path:
        path = path.rpartition("/")[0]
        folders.append(path)
    return folders
