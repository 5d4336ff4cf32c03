"""Hold what statelint knows of libraries against the libraries themselves, read statically.

    make knowledge-check               the newest version of each library that an entry speaks of
    make knowledge-check AS=checked    the versions that the entries name

Each entry names the distribution and version that it was read off (`checked = "Flask-Limiter 4.1.1"`).
A file says the same of all its other names (`checked = ["flask 3.1.3"]`), which must be there. Wheels, or
sources where there is no wheel, are downloaded without their dependencies, and nothing in them is run. An
entry whose library has changed is named, with what is no longer so; exit status 1 then. It needs a package
index, so it is no part of the tests.
"""

from __future__ import annotations

import argparse
import builtins
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from check_names import missing, names_of
from library_code import Library
from releases import code_in, find_release, told, tops_in

import statelint.knowledge
from statelint.knowledge import KeeperEntry, load_knowledge, shipped_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from library_code import Signature

    from statelint.knowledge import Keeps


def main(arguments: Sequence[str] | None = None) -> int:
    """Check every entry that says what it was read off, and list what is no longer so."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--as-checked", action="store_true", help="read the versions that the entries name")
    parser.add_argument("--only", default="", help="entries of distributions whose name holds this")
    parser.add_argument(
        "--releases", type=Path, help="a folder of releases to read instead of those of the index"
    )
    options = parser.parse_args(arguments)
    complaints: list[str] = []
    read: dict[Path, None] = {}
    for entry in entries():
        if options.only.lower() not in entry.checked.lower():
            continue
        wanted = requirements(entry, as_checked=options.as_checked)
        files = _releases(wanted, options.releases, entry.names[0], complaints)
        read |= dict.fromkeys(files)
        if files:
            found = check(entry, Library(files))
            complaints += [f"`{name}` ({_told(files)}): {what}" for name, what in found]
    of_files: dict[Path, list[Path]] = {}
    for source, releases in files_checked():
        chosen = [one for one in releases if options.only.lower() in one.lower()]
        wanted = releases_wanted(chosen, as_checked=options.as_checked)
        of_files[source] = _releases(wanted, options.releases, source.name, complaints)
        read |= dict.fromkeys(of_files[source])
    for source, files in of_files.items():
        complaints += check_file(source, files, list(read), everything=not options.only)
    for line in (*unread(), *complaints):
        print(line)
    print(f"{len(read)} libraries read, {len(complaints)} differences")
    return int(bool(complaints))


def _releases(wanted: Sequence[str], given: Path | None, owner: str, complaints: list[str]) -> list[Path]:
    """Give the releases that there are; the others are complained of."""
    found = {requirement: find_release(requirement, given) for requirement in wanted}
    complaints += [
        f"`{owner}`: no release of {requirement}" for requirement, file in found.items() if file is None
    ]
    return [file for file in found.values() if file is not None]


def _told(files: Sequence[Path]) -> str:
    return ", ".join(map(told, files))


def entries() -> list[Keeps]:
    """List the entries that say what they were read off, each once."""
    known = load_knowledge()
    every = {entry.names[0]: entry for entry in (*known.keepers.values(), *known.settings.values())}
    return [every[name] for name in sorted(every) if every[name].checked]


def files_checked() -> list[tuple[Path, tuple[str, ...]]]:
    """List the knowledge files that say what their names were read off, and those releases."""
    folder = Path(statelint.knowledge.__file__).parent
    return [(folder / name, file.checked) for name, file in sorted(shipped_files().items()) if file.checked]


def unread() -> list[str]:
    """List what was checked by hand because no index has it."""
    return [
        f"`{name}` was checked by hand: {one}"
        for name, file in sorted(shipped_files().items())
        for one in file.elsewhere
    ]


def check_file(
    source: Path, files: Sequence[Path], every: Sequence[Path], *, everything: bool
) -> Iterator[str]:
    """Name what a knowledge file has that no release has; with `everything`, what no release was read for."""
    known = [*files, *borrowed(source, files, every)]
    for name in names_missing(source, known):
        if not _is_elsewhere(name, source):
            yield f"`{name}` ({source.name}): no such name"
    for name in names_unread(source, known) if everything else ():
        yield f"`{name}` ({source.name}): no release of it was read"


def borrowed(source: Path, files: Sequence[Path], every: Sequence[Path]) -> list[Path]:
    """List the releases of other files and entries that have a package which none of a file's own has."""
    own = {top for file in files for top in tops_in(file)}
    wanted = {name.partition(".")[0] for name in names_of(source)} - own
    return [file for file in every if file not in files and wanted & tops_in(file)]


def names_unread(source: Path, files: Sequence[Path]) -> list[str]:
    """List the names of a knowledge file whose package is in none of the releases."""
    known = sys.stdlib_module_names | set(dir(builtins)) | {top for file in files for top in tops_in(file)}
    lost = [name for name in names_of(source) if "." in name and name.partition(".")[0] not in known]
    return [name for name in lost if not _is_elsewhere(name, source)]


def _is_elsewhere(name: str, source: Path) -> bool:
    """Whether a knowledge file says that a name was read where no release tells it."""
    shipped = shipped_files().get(source.name)
    heads = [one.partition(" ")[0] for one in shipped.elsewhere] if shipped is not None else []
    return any(f"{name}.".startswith(f"{head}.") for head in heads)


def names_missing(source: Path, files: Sequence[Path]) -> list[str]:
    """List the names of a knowledge file that are in none of the releases of their package.

    Each release is asked by itself: two may be releases of one library that have other names.
    """
    with tempfile.TemporaryDirectory() as folder:
        homes = [Path(folder, str(number)) for number in range(len(files))]
        for home, file in zip(homes, files, strict=True):
            for name, content in code_in(file):
                path = home / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        return missing(homes, source, inherited)


def inherited(name: str) -> list[str]:
    """Give a method as the types have it that inherit it by what is known, under each of their names."""
    known = load_knowledge()
    owner, _, method = name.rpartition(".")
    types = {id(one): one for one in (*known.types.values(), *known.objects.values())}
    heirs = [one for one in types.values() if known.is_a(one.names[0], owner)]
    return [f"{alias}.{method}" for one in (*heirs, *known.mro(owner)) for alias in one.names]


def releases_wanted(releases: Sequence[str], *, as_checked: bool) -> list[str]:
    """Say which releases are to be read: the newest, and the older ones that a file names after it."""
    wanted: list[str] = []
    for release in releases:
        name, version = release.split(" ")
        wanted.append(f"{name}=={version}" if as_checked or name in wanted else name)
    return wanted


def requirements(entry: Keeps, *, as_checked: bool) -> list[str]:
    """Say which versions are to be read: the newest within the bounds of the entry, or those it names."""
    found = []
    for one in entry.checked.split(", "):
        name, version = one.split(" ")
        bounds = [f">={entry.since}"] * bool(entry.since) + [f"<{entry.until}"] * bool(entry.until)
        found.append(f"{name}=={version}" if as_checked else name + ",".join(bounds))
    return found


def check(entry: Keeps, library: Library) -> Iterator[tuple[str, str]]:
    """Name what an entry says that the code does not, each with the name concerned."""
    if isinstance(entry, KeeperEntry):
        yield from _check_call(entry, library)
    elif not any(library.mentions(name.rpartition(".")[2]) for name in entry.names):
        yield entry.names[0], "the code does not speak of this setting"


def _check_call(entry: KeeperEntry, library: Library) -> Iterator[tuple[str, str]]:
    others = [
        name
        for other in entry.told_by
        for name in ([other] if "." in other else [f"{one}.{other}" for one in entry.names])
    ]
    takes: dict[int | str, bool] = dict.fromkeys(arguments_of(entry), False)
    for name in (*entry.names, *others):
        if name.partition(".")[0] in sys.stdlib_module_names:
            continue
        found = library.find(name)
        if found is None:
            yield name, "no such name"
            continue
        signature = library.signature(*found)
        if signature is not None:
            takes |= {one: True for one in takes if signature.takes(one)}
            if name in entry.names:
                yield from ((name, what) for what in defaults_differ(entry, signature))
            elif not any(map(signature.takes, takes)):
                yield name, "takes none of these arguments"
        elif takes:
            yield name, "nothing that is called"
    if any(takes[one] for one in entry.where):
        takes |= dict.fromkeys(entry.where, True)  # names of one argument in several versions
    yield from ((entry.names[0], f"no argument `{one}`") for one, is_there in takes.items() if not is_there)


def arguments_of(entry: KeeperEntry) -> list[int | str]:
    """List every argument that an entry speaks of."""
    return list(
        dict.fromkeys(
            [*entry.where, *entry.moved_by, *entry.held_by, *entry.requires, *entry.table, *entry.mode]
        )
    )


def defaults_differ(entry: KeeperEntry, signature: Signature) -> Iterator[str]:
    """Name the arguments whose default is another one, and those that cannot be left out any more."""
    for argument, expected in entry.defaults.items():
        actual = signature.defaults.get(argument)
        if argument in signature.arguments and actual != expected:
            yield f"`{argument}` is {actual or 'nothing'} by default, not {expected}"
    if entry.omitted == "outside":
        return
    named = [one for one in (*entry.where, *entry.moved_by) if isinstance(one, str)]
    for argument in named:
        if argument in signature.arguments and argument not in signature.defaults:
            yield f"`{argument}` cannot be left out"


if __name__ == "__main__":
    sys.exit(main())
