"""The check of what is known of libraries, on releases that are made here."""

from __future__ import annotations

import builtins
import io
import sys
import tarfile
import zipfile
from textwrap import dedent
from typing import TYPE_CHECKING

import knowledge_check
import pytest
from library_code import Library
from releases import find_release, told

from statelint.knowledge import parse, shipped_files

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.knowledge import KnowledgeFile

LIBRARY = {
    "acme/__init__.py": """
        from ._core import *
        from .limits import Limiter as Limiter

        def __getattr__(name):
            return __import__(_LAZY[name])

        _LAZY = {"Late": "acme.deep.late", "Lent": "lender.limits"}
        """,
    "acme/_core.py": """
        try:
            from .fast import Store
        except ImportError:
            from .slow import Store
        OldStore = Store
        shared = Store()
        """,
    "acme/slow.py": """
        from . import base

        class Store(base.Base):
            def setup(self, url, *, ttl=60): ...
        """,
    "acme/base.py": """
        class Base:
            @typing.overload
            def __init__(self, url): ...
            def __init__(self, path=None, *args, mode="a", **kwargs): ...
            @classmethod
            def from_url(cls, url): ...
        """,
    "acme/limits.py": """
        from dataclasses import dataclass

        @dataclass
        class Limiter:
            rate: int
            storage: str = "memory"
            def init_app(self, app): ...
        """,
    "acme/deep/late.py": "class Late: ...",
    "lender/limits.py": "from acme.limits import Limiter as Lent",
    "acme/quick.py": "from acme._quick import *\nfrom ._quick import Fast",
    "acme/_quick.cpython-311-x86_64-linux-gnu.so": "",
    "acme/moment.py": "from acme.base import Base\nmoment = Base()\nacme.hour = 1",
    "acme/kit/__init__.py": "from .moment import moment\nimport acme\nacme.kit.now = moment",
    "acme/kit/__init__.pyi": "def stub(): ...",
    "acme/kit/old.py": "print 'another Python'",
    "acme/kit/moment.py": "class Moment:\n    clock = 1\nmoment = Moment()",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with a wheel of a library."""
    with zipfile.ZipFile(tmp_path / "acme_kit-2.0-py3-none-any.whl", "w") as archive:
        for name, text in LIBRARY.items():
            archive.writestr(name, dedent(text))
    return tmp_path


@pytest.fixture
def library(folder: Path) -> Library:
    """Read that library."""
    return Library(list(folder.glob("*.whl")))


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("acme.Store", "acme.slow"),
        ("acme.OldStore", "acme.slow"),
        ("acme.Limiter", "acme.limits"),
        ("acme.Late", "acme.deep.late"),
        ("acme.Lent", "acme.limits"),
        ("acme.Store.from_url", "acme.base"),
        ("acme.shared.setup", "acme.slow"),
        ("acme.slow.Store.setup", "acme.slow"),
        ("acme.Nothing", ""),
        ("acme.Store.nothing", ""),
        ("acme.quick.Fast", "acme._quick"),
        ("acme.quick.Any", "acme._quick"),
        ("other.Store", ""),
    ],
)
def test_a_name_is_followed_to_its_definition(library: Library, name: str, module: str) -> None:
    found = library.find(name)
    assert (found[0] if found else "") == module


def test_signatures_are_read_through_bases_and_fields(library: Library) -> None:
    def of(name: str) -> tuple[tuple[str, ...], int, dict[str, str], bool]:
        found = library.find(name)
        assert found is not None
        signature = library.signature(*found)
        assert signature is not None
        return signature.arguments, signature.positional, signature.defaults, signature.any_keyword

    assert of("acme.Store") == (("path", "mode"), 1, {"path": "None", "mode": "'a'"}, True)
    assert of("acme.Store.from_url") == (("url",), 1, {}, False)
    assert of("acme.shared.setup") == (("url", "ttl"), 1, {"ttl": "60"}, False)
    assert of("acme.Limiter") == (("rate", "storage"), 2, {"storage": "'memory'"}, False)


SOURCES = {
    "setup.py": "raise SystemExit(setup(ext_modules=[Extension('acme_quick', ['acme_quick.cc'])]))",
    "src/acme/__init__.py": "from ._fast import Store\nfrom .limits import Limiter",
    "src/acme/_fast.pyx": "cdef class Store: pass",
    "src/acme/limits.py": "class Limiter:\n    def __init__(self, storage='memory'): ...",
    "../acme/outside.py": "Store = 1",
}


@pytest.mark.parametrize("form", [".tar.gz", ".zip"])
def test_sources_are_read_where_there_is_no_wheel(tmp_path: Path, form: str) -> None:
    home = tmp_path / "releases"
    home.mkdir()
    file = home / f"Acme-Kit-2.0{form}"
    if form == ".zip":
        with zipfile.ZipFile(file, "w") as archive:
            for name, text in SOURCES.items():
                archive.writestr(f"Acme-Kit-2.0/{name}", text)
    else:
        with tarfile.open(file, "w:gz") as sources:
            for name, text in SOURCES.items():
                member = tarfile.TarInfo(f"Acme-Kit-2.0/{name}")
                member.size = len(text)
                sources.addfile(member, io.BytesIO(text.encode()))
    found = find_release("acme.kit>=1,<3", home)
    assert found == file
    assert told(file) == "Acme-Kit-2.0"
    assert find_release("acme", home) is None
    library = Library([file])
    assert complaints(library, 'names = ["acme.Store"]\nwhere = ["path", 3]') == []
    assert complaints(library, 'names = ["acme_quick.Any"]\nwhere = ["url"]') == []
    assert complaints(library, 'names = ["acme.Limiter"]\nwhere = ["url"]') == [
        ("acme.Limiter", "no argument `url`")
    ]
    source = tmp_path / "acme.toml"
    names = '["acme.Limiter", "acme.Store", "acme.Gone", "acme.outside.Store"]'
    source.write_text(f'name = "acme"\n[[type]]\nnames = {names}\nkind = "plain"\n', encoding="utf-8")
    assert knowledge_check.names_missing(source, [file]) == ["acme.Gone", "acme.outside.Store"]


def complaints(library: Library, entry: str, kind: str = "keeper") -> list[tuple[str, str]]:
    """Check one entry against the library."""
    common = 'rule = "local-rate-limit"\nstate = "rate-limit"\nwhat = "memory"\nchecked = "acme-kit 2.0"\n'
    file = parse("acme.toml", f'name = "acme"\n[[{kind}]]\n{common}{entry}')
    (one,) = file.keeper if kind == "keeper" else file.setting
    return list(knowledge_check.check(one, library))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ('names = ["acme.Limiter"]\nwhere = ["storage"]\ndefaults = { storage = "\'memory\'" }', []),
        ('names = ["acme.Limiter"]\nwhere = ["storage", "store"]', []),
        ('names = ["acme.Store"]\nmoved_by = ["anything", 7]', []),
        ('names = ["acme.Limiter"]\nwhere = ["url"]', ["no argument `url`"]),
        ('names = ["acme.Limiter"]\nmoved_by = [2]', ["no argument `2`"]),
        ('names = ["acme.Limiter"]\nwhere = ["rate"]', ["`rate` cannot be left out"]),
        ('names = ["acme.Limiter"]\nwhere = ["rate"]\nomitted = "outside"', []),
        (
            'names = ["acme.Limiter"]\nwhere = ["storage"]\ndefaults = { storage = "None" }',
            ["`storage` is 'memory' by default, not None"],
        ),
        ('names = ["acme.Gone"]', ["no such name"]),
        (
            'names = ["acme.Limiter"]\nwhere = ["storage"]\ntold_by = ["init_app"]',
            ["takes none of these arguments"],
        ),
    ],
)
def test_an_entry_is_held_against_the_code(library: Library, entry: str, expected: list[str]) -> None:
    assert [what for _, what in complaints(library, entry)] == expected


def test_a_setting_must_be_known_to_the_code(library: Library) -> None:
    assert complaints(library, 'names = ["storage"]', "setting") == []
    assert complaints(library, 'names = ["ACME_URL"]', "setting") == [
        ("ACME_URL", "the code does not speak of this setting")
    ]


def test_bounds_say_which_version_is_read() -> None:
    text = (
        'name = "acme"\n[[keeper]]\nnames = ["acme.Store"]\nrule = "local-rate-limit"\nstate = "rate-limit"\n'
    )
    text += 'what = "memory"\nchecked = "acme-kit 2.0, acme-more 1.1"\nsince = "2"\nuntil = "3"\n'
    (entry,) = parse("acme.toml", text).keeper
    assert knowledge_check.requirements(entry, as_checked=False) == ["acme-kit>=2,<3", "acme-more>=2,<3"]
    assert knowledge_check.requirements(entry, as_checked=True) == ["acme-kit==2.0", "acme-more==1.1"]


def test_a_library_without_a_release_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert knowledge_check.main(["--releases", str(folder), "--only", "flask-limiter"]) == 1
    *by_hand, complaint, last = capsys.readouterr().out.splitlines()
    assert complaint == "`flask_limiter.Limiter`: no release of Flask-Limiter"
    assert last == "0 libraries read, 1 differences"
    assert all(" was checked by hand: " in line for line in by_hand)
    assert any(line.startswith("`web2py.toml` was") for line in by_hand)


def test_names_without_a_release_are_named(folder: Path, tmp_path: Path) -> None:
    (release,) = folder.glob("*.whl")
    source = tmp_path / "flask.toml"
    names = '["acme.Store", "acme.Gone", "torch.save", "werkzeug.datastructures.FileStorageList"]'
    source.write_text(f'name = "acme"\n[[type]]\nnames = {names}\nkind = "plain"\n', encoding="utf-8")
    complaints = list(knowledge_check.check_file(source, [], [release], everything=True))
    assert complaints == [
        "`acme.Gone` (flask.toml): no such name",
        "`torch.save` (flask.toml): no release of it was read",
    ]
    few = list(knowledge_check.check_file(source, [], [release], everything=False))
    assert few == complaints[:1]


def test_what_is_compiled_may_take_anything(library: Library) -> None:
    assert complaints(library, 'names = ["acme.quick.Fast"]\nwhere = ["path", 3]') == []
    assert complaints(library, 'names = ["sqlite3.connect", "acme.Store"]') == []


@pytest.mark.parametrize(
    ("name", "is_there"),
    [
        ("acme.Store", True),
        ("acme.quick.Fast", True),
        ("acme.kit.now", True),
        ("acme.kit.moment", True),
        ("acme.Stre", False),
        ("acme.kit.stub", True),
        ("acme.kit.old.any", False),
        ("acme.kit.later", False),
        ("other.Store", True),
    ],
)
def test_every_name_of_a_file_is_looked_up(
    folder: Path, tmp_path: Path, name: str, *, is_there: bool
) -> None:
    source = tmp_path / "acme.toml"
    source.write_text(f'name = "acme"\n[[type]]\nnames = ["{name}"]\nkind = "plain"\n', encoding="utf-8")
    assert knowledge_check.names_missing(source, list(folder.glob("*.whl"))) == [name] * (not is_there)


def test_a_method_may_be_that_of_a_type_which_inherits_it() -> None:
    assert "flask.Flask.route" in knowledge_check.inherited("flask.sansio.scaffold.Scaffold.route")
    assert "flask.sansio.scaffold.Scaffold.route" in knowledge_check.inherited("flask.Flask.route")


def test_the_newest_release_is_read_and_older_ones_that_stand_after_it() -> None:
    releases = ("acme 3.1", "more 1.0", "acme 1.9")
    wanted = knowledge_check.releases_wanted
    assert wanted(releases, as_checked=False) == ["acme", "more", "acme==1.9"]
    assert wanted(releases, as_checked=True) == ["acme==3.1", "more==1.0", "acme==1.9"]


def names_of_libraries(file: KnowledgeFile) -> list[str]:
    """List the names that only a release can confirm; keepers and settings say their own."""
    kinds = (file.type, file.register, file.base, file.function, file.command, file.text, file.timer)
    kinds += (file.act, file.secret, file.writer, file.process, file.sleep)
    every = (name for kind in kinds for entry in kind for name in entry.names if "." in name)
    known = sys.stdlib_module_names | set(dir(builtins))
    return [name for name in every if name.partition(".")[0] not in known]


def test_files_say_against_which_releases_they_were_checked() -> None:
    told = dict(knowledge_check.files_checked())
    assert all(one.count(" ") == 1 for releases in told.values() for one in releases)
    untold = {
        source: names
        for source, file in shipped_files().items()
        if not (file.checked or file.elsewhere) and (names := names_of_libraries(file))
    }
    assert untold == {}
