"""Which code a process loads: from the name that a command gives to a module, and from there by imports."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from statelint.model.files import FileRole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.program.modules import Modules

_NAME: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z")
_LOADS_BY_NAME: Final = frozenset({"importlib", "pkgutil", "runpy"})
_SERVED: Final = (FileRole.APPLICATION, FileRole.EXAMPLE)
_INIT: Final = "__init__"
_MAIN: Final = "__main__"


class CodeMap:
    """Answers which module an entry is, and which modules come with it.

    A module brings what it imports, the packages around it, and what its texts name: frameworks load
    settings, applications and tasks by dotted names (`"shop.settings"`).
    """

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._edges: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {}
        self._by_last: dict[str, list[int]] = {}
        self._below: dict[str, list[int]] = {}
        self._packages: dict[str, list[int]] = {}
        for number, facts in enumerate(modules.facts):
            if facts.role in _SERVED:
                parts = _parts(facts.path)
                self._by_last.setdefault(parts[-1] if parts else "", []).append(number)
                names = facts.module.split(".")
                for size in range(1, len(names)):
                    self._below.setdefault(".".join(names[:size]), []).append(number)
                if facts.role is FileRole.APPLICATION and (len(names) > 1 or parts[-1:] == [names[0]]):
                    self._packages.setdefault(names[0].lower(), []).append(number)

    # -- entries ----------------------------------------------------------------------------------------

    def entry(self, text: str, folders: Sequence[str]) -> int | None:
        """Find the module of `app.main:app`, `manage.py` or `shop.work`; None unless there is just one.

        `folders` are those that the process may have been started in, the likeliest first.
        """
        name = text.partition(":")[0].partition("(")[0].strip()
        if not name or "$" in name or "{" in name:
            return None
        parts = _parts(name) if "/" in name or name.endswith(".py") else name.split(".")
        while parts:
            found = self._named(parts, folders)
            if found:
                return found[0] if len(found) == 1 else None
            # `/srv/app/main.py` is a path in the image, `shop.work.Settings` a class of a module.
            parts = parts[1:] if "/" in name or name.endswith(".py") else parts[:-1]
        return None

    def _named(self, parts: Sequence[str], folders: Sequence[str]) -> list[int]:
        """List the modules whose path ends so, those in the first folder that has any."""
        ends = (tuple(parts), (*parts, _MAIN))
        found = [
            number
            for end in ends
            for number in self._by_last.get(end[-1], ())
            if tuple(_parts(self._modules.facts[number].path)[-len(end) :]) == end
        ]
        found = list(dict.fromkeys(found))
        mains = [one for one in found if self._modules.facts[one].path.endswith(f"/{_MAIN}.py")]
        found = mains or found
        if len(found) > 1:
            apart = [one for one in found if self._modules.facts[one].role is FileRole.APPLICATION]
            found = apart or found
        for folder in folders if len(found) > 1 else ():
            inside = [one for one in found if _is_below(self._modules.facts[one].path, folder)]
            if inside:
                depth = min(self._modules.facts[one].path.count("/") for one in inside)
                return [one for one in inside if self._modules.facts[one].path.count("/") == depth]
        return found

    def tops(self, folder: str) -> tuple[str, ...]:
        """Name the packages of the application right below a folder."""
        paths = (facts.path for facts in self._modules.facts if facts.role is FileRole.APPLICATION)
        below = (path[len(folder) :].lstrip("/") for path in paths if _is_below(path, folder))
        return tuple(sorted({path.partition("/")[0] for path in below if "/" in path}))

    def package(self, name: str) -> Sequence[int]:
        """List the modules of a package that a program is called after: `mcp-shop` runs `mcp_shop`."""
        return self._packages.get(name.replace("-", "_").lower(), ())

    def inside(self, folders: Iterable[str]) -> tuple[int, ...]:
        """List the modules of the application below some folders or files of the project."""
        kept = tuple(folders)
        return tuple(
            number
            for number, facts in enumerate(self._modules.facts)
            if facts.role is FileRole.APPLICATION and any(_is_below(facts.path, one) for one in kept)
        )

    # -- what comes with them -----------------------------------------------------------------------------

    def closure(self, entries: Iterable[int]) -> frozenset[int]:
        """List what is loaded with some modules."""
        found = set(entries)
        waiting = sorted(found)
        named: set[int] = set()
        for number in waiting:  # grows while it is read; what is found to be named later is read again
            imported, by_text = self._loaded_by(number)
            new: set[int] = {*imported, *by_text}
            starred: set[int] = set()
            if number in named:
                new.update(self._packages_in(number))
                starred.update(self._starred(number))
            for one in sorted(new):
                is_named = one not in named and (one in by_text or (number in named and one in starred))
                if is_named:
                    named.add(one)
                if one not in found or is_named:
                    found.add(one)
                    waiting.append(one)
        return frozenset(found)

    def is_whole(self, code: frozenset[int]) -> bool:
        """Tell whether all that some modules load is known: nothing is broken, no name is computed."""
        for number in sorted(code):
            facts = self._modules.facts[number]
            if facts.problems or any(one.module.partition(".")[0] in _LOADS_BY_NAME for one in facts.imports):
                return False
        return True

    def _loaded_by(self, number: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """List what a module imports, and what its texts name."""
        known = self._edges.get(number)
        if known is None:
            texts = (text for text in self._modules.facts[number].constants if isinstance(text, str))
            by_text = (
                one
                for text in texts
                if _NAME.match(text)
                for one in self._named_by(text, number)
                if one != number
            )
            imported = tuple(dict.fromkeys(self._imported(number)))
            known = self._edges[number] = imported, tuple(dict.fromkeys(by_text))
        return known

    def _imported(self, number: int) -> Iterator[int]:
        modules = self._modules
        facts = modules.facts[number]
        yield from self._with_packages(facts.module, number)
        for one in facts.imports:
            name = modules.absolute(number, one.module, one.level)
            yield from self._with_packages(name, number)
            if one.attribute and one.attribute != "*":
                below = modules.find(f"{name}.{one.attribute}", number)
                if below >= 0:
                    yield below

    def _starred(self, number: int) -> Iterator[int]:
        """Yield the modules whose names a module takes over: settings build on settings."""
        modules = self._modules
        for one in modules.facts[number].imports:
            if one.attribute == "*":
                yield modules.find(modules.absolute(number, one.module, one.level), number)

    def _named_by(self, text: str, number: int) -> Iterator[int]:
        """Follow `"shop.settings"`, and `"shop.apps.ShopConfig"`, which stands for all of the package."""
        parts = text.split(".")
        for size in range(len(parts), 1, -1):
            name = ".".join(parts[:size])
            found = self._modules.find(name, number)
            if found >= 0:
                yield from self._with_packages(name, number)
                if parts[size - 1] == "apps":
                    yield from self._package(name.removesuffix(".apps"), number)
                return

    def _packages_in(self, number: int) -> Iterator[int]:
        """Follow the packages that settings list (`"cart"`): who loads one by name takes all of it."""
        for text in self._modules.facts[number].constants:
            if isinstance(text, str) and (
                text in self._below or (_NAME.match(text) and self._is_package(text, number))
            ):
                yield from self._package(text, number)

    def _is_package(self, name: str, near: int) -> bool:
        found = self._modules.find(name, near)
        return found >= 0 and self._modules.facts[found].path.endswith(f"/{_INIT}.py")

    def _package(self, name: str, near: int) -> Iterator[int]:
        """Yield a package with what stands in it: who loads an application by name takes all of it."""
        home = self._modules.find(name, near)
        folder = self._modules.facts[home].path.rpartition("/")[0] if home >= 0 else ""
        for number in self._below.get(name, ()):
            if not folder or _is_below(self._modules.facts[number].path, folder):
                yield number

    def _with_packages(self, name: str, near: int) -> Iterator[int]:
        parts = name.split(".")
        for size in range(1, len(parts) + 1):
            found = self._modules.find(".".join(parts[:size]), near)
            if found >= 0:
                yield found


def _parts(path: str) -> list[str]:
    """Split a path into folders and the name of the module; a package is called by its folder."""
    plain = posixpath.normpath(path.removesuffix(".py")).lstrip("/")
    parts = [part for part in plain.split("/") if part not in {"", ".", ".."}]
    return parts[:-1] if len(parts) > 1 and parts[-1] == _INIT else parts


def _is_below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")
