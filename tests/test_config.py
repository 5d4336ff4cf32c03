"""Which folder is the project, which file is read for it, and how a wrong file is answered."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from statelint.config import load_settings
from statelint.errors import ConfigError
from statelint.model.diagnostics import Confidence
from statelint.model.settings import Allow, Audience

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.model.settings import Settings

EVERYTHING = """\
select = ["module-state", "class-state"]
ignore = ["class-state"]
exclude = ["vendor/**", "*_pb2.py"]
audience = "auditor"
min-confidence = "medium"
jobs = 3
format = "json"
copies = 2
roots = ["lib", "./tools/py"]
entry-points = ["shop.worker:run"]
external-stores = ["shop.store.RemoteStore"]
library = true
per-request = ["shop.context.Scope"]

[stores]
session = "memcached"

[[allow]]
path = "games/**"
rule = "module-state"
because = "one instance by design"
"""


def load(folder: Path, *paths: str, **overrides: object) -> Settings:
    return load_settings([folder / path for path in paths or (".",)], overrides)


def test_without_any_file_the_paths_are_the_project(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/c.py").touch()
    settings = load(tmp_path, "a/b", "a/c.py")
    assert settings.project == tmp_path / "a"
    assert settings.paths == settings.scope == (tmp_path / "a/b", tmp_path / "a/c.py")
    assert settings.config is None
    assert settings.jobs >= 1


def test_a_package_that_is_named_alone_keeps_its_import_name(tmp_path: Path) -> None:
    (tmp_path / "shop/carts").mkdir(parents=True)
    (tmp_path / "shop/__init__.py").touch()
    (tmp_path / "shop/carts/__init__.py").touch()
    settings = load(tmp_path, "shop/carts")
    assert settings.project == tmp_path
    assert settings.scope == (tmp_path / "shop/carts",)


@pytest.mark.parametrize(
    ("marker", "text"),
    [("statelint.toml", ""), ("pyproject.toml", "[tool.statelint]\n"), (".git", "gitdir: x\n")],
)
def test_the_nearest_marked_folder_is_the_project(tmp_path: Path, marker: str, text: str) -> None:
    inner = tmp_path / "service"
    (inner / "app/api").mkdir(parents=True)
    (tmp_path / "statelint.toml").write_text("copies = 5\n", encoding="utf-8")
    (inner / "pyproject.toml").write_text("[tool.other]\n# statelint\n", encoding="utf-8")
    (inner / marker).write_text(text, encoding="utf-8")
    settings = load(inner, "app/api/v1.py", "app")
    assert settings.project == inner
    assert settings.scope == ()
    assert settings.copies == 0
    assert load(tmp_path, "service", "other").project == tmp_path


def test_paths_are_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real", target_is_directory=True)
    (tmp_path / "statelint.toml").touch()
    monkeypatch.chdir(tmp_path)
    assert load_settings([]).paths == (tmp_path,)
    assert load(tmp_path, "link/../link").paths == (tmp_path / "real",)


def test_every_key_of_a_file_reaches_the_settings(tmp_path: Path) -> None:
    (tmp_path / "statelint.toml").write_text(EVERYTHING, encoding="utf-8")
    settings = load(tmp_path)
    assert settings.config == tmp_path / "statelint.toml"
    assert settings.select == ("module-state", "class-state")
    assert settings.ignore == ("class-state",)
    assert settings.exclude == ("vendor/**", "*_pb2.py")
    assert settings.audience is Audience.AUDITOR
    assert settings.min_confidence is Confidence.MEDIUM
    assert settings.jobs == 3
    assert settings.output_format == "json"
    assert settings.copies == 2
    assert settings.roots == ("lib", "tools/py")
    assert settings.entry_points == ("shop.worker:run",)
    assert settings.external_stores == ("shop.store.RemoteStore",)
    assert settings.per_request == ("shop.context.Scope",)
    assert settings.library is True
    assert settings.stores == {"session": "memcached"}
    assert settings.allow == (Allow(path="games/**", rule="module-state", because="one instance by design"),)


def test_pyproject_says_the_same_in_its_section(tmp_path: Path) -> None:
    text = EVERYTHING.replace("[stores]", "[tool.statelint.stores]")
    text = "[tool.statelint]\n" + text.replace("[[allow]]", "[[tool.statelint.allow]]")
    (tmp_path / "one").mkdir()
    (tmp_path / "one/pyproject.toml").write_text(text, encoding="utf-8")
    (tmp_path / "two").mkdir()
    (tmp_path / "two/statelint.toml").write_text(EVERYTHING, encoding="utf-8")
    one, two = load(tmp_path / "one"), load(tmp_path / "two")
    assert one.copies == 2
    for field in (
        "select",
        "ignore",
        "exclude",
        "audience",
        "jobs",
        "roots",
        "stores",
        "allow",
        "library",
        "per_request",
    ):
        assert getattr(one, field) == getattr(two, field)


def test_statelint_toml_wins_in_one_folder(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.statelint]\ncopies = 3\n", encoding="utf-8")
    (tmp_path / "statelint.toml").write_text("\ufeffcopies = 2\n", encoding="utf-8")
    assert load(tmp_path).copies == 2


def test_the_command_line_wins(tmp_path: Path) -> None:
    (tmp_path / "statelint.toml").write_text(EVERYTHING, encoding="utf-8")
    settings = load(tmp_path, jobs=1, output_format="concise", select=("app-state",), min_confidence=None)
    assert (settings.jobs, settings.output_format, settings.select) == (1, "concise", ("app-state",))
    assert settings.min_confidence is Confidence.MEDIUM


def test_isolated_reads_nothing_and_finds_the_same_project(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    for text in (EVERYTHING, "wrong = [\n"):
        (tmp_path / "statelint.toml").write_text(text, encoding="utf-8")
        settings = load_settings([tmp_path / "app"], isolated=True)
        assert (settings.project, settings.scope, settings.config) == (tmp_path, (), None)
        assert settings.select == ()


def test_another_file_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "statelint.toml").write_text("wrong = 1\n", encoding="utf-8")
    (tmp_path / "ci.toml").write_text("copies = 4\n", encoding="utf-8")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/pyproject.toml").write_text("[tool.statelint]\ncopies = 6\n", encoding="utf-8")
    settings = load_settings([tmp_path], {}, tmp_path / "ci.toml")
    assert (settings.project, settings.copies, settings.config) == (tmp_path, 4, tmp_path / "ci.toml")
    assert load_settings([tmp_path], {}, tmp_path / "deep/pyproject.toml").copies == 6
    with pytest.raises(ConfigError, match=r"`none\.toml`: cannot be read: no such file"):
        load_settings([tmp_path], {}, tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selct = []", "`selct` is no setting; did you mean `select`?"),
        ("zzz = 1", "`zzz` is no setting; there are `allow`, `audience`, `baseline`"),
        ("min_confidence = 'low'", "did you mean `min-confidence`?"),
        ("[tool.statelint]", "settings stand at the top level"),
        ("select = 'a'", "`select` must be a list of strings, not `a`"),
        ("select = [1]", "`select` must be a list of strings"),
        ("audience = 'develper'", "did you mean `developer`?"),
        ("audience = 1", "`audience` is 1; there are `auditor`, `developer`"),
        ("min-confidence = 'certain'", "`min-confidence` is `certain`; there are `high`, `low`, `medium`"),
        ("jobs = 0", "`jobs` must be a whole number of at least 1, not 0"),
        ("jobs = true", "not a boolean"),
        ("jobs = 1.5", "not a float"),
        ("copies = 1979-05-27", "not a date or time"),
        ("format = ['json']", "`format` must be a string"),
        ("roots = ['/etc']", "`roots` must stay inside the project"),
        ("roots = ['../other']", "`roots` must stay inside the project"),
        ("roots = ['C:\\\\x']", "`roots` must stay inside the project"),
        ("exclude = ['a/../../b']", "`exclude` must stay inside the project"),
        ("exclude = ['/tmp']", "`exclude` has a pattern"),
        ("exclude = ['!a']", "`exclude` has a pattern"),
        ("exclude = ['./']", "`exclude` has a pattern"),
        ("stores = ['redis']", "`stores` must be a table"),
        ("[stores]\nsesion = 'redis'", "`stores.sesion` is no kind of state; did you mean `session`?"),
        ("[stores]\nsession = 1", "`stores.session` must be a string"),
        ("[allow]\npath = 'a'", "`allow` must be an array of tables"),
        ("[[allow]]\npath = 'a'\nrule = 'b'", "`allow[0]` has no `because`"),
        ("[[allow]]\npath = 'a'\nrule = 'b'\nbecause = ' '", "`allow[0].because` must be a string"),
        (
            "[[allow]]\npath = 'a'\nrule = 'b'\nbecuase = 'c'",
            "`allow[0].becuase` is no setting; did you mean `because`",
        ),
        ("[[allow]]\npath = '../a'\nrule = 'b'\nbecause = 'c'", "`allow[0].path` must stay inside"),
        ("a = [", "not valid TOML"),
        ("a." * 2_000 + "b = 1", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "statelint.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        load(tmp_path)
    assert str(caught.value).startswith("`statelint.toml`: ")


def test_keys_of_pyproject_are_named_in_full(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.statelint]\nselct = []\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^`pyproject\.toml`: `tool\.statelint\.selct` is no setting"):
        load(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool]\nstatelint = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"`tool\.statelint` is not a table"):
        load(tmp_path)


def test_files_that_are_hard_to_read(tmp_path: Path) -> None:
    file = tmp_path / "statelint.toml"
    file.write_bytes(b"a = '\xe9'\n")
    with pytest.raises(ConfigError, match=r"not UTF-8 \(byte 6\)"):
        load(tmp_path)
    with file.open("wb") as stream:
        stream.truncate(2_000_000)
    with pytest.raises(ConfigError, match="larger than 1 MB"):
        load(tmp_path)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(ConfigError, match="not a file"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("text", "roots"),
    [
        ('[tool.setuptools.packages.find]\nwhere = ["lib"]', ("lib",)),
        ('[tool.setuptools.package-dir]\n"" = "lib/"', ("lib",)),
        ('[tool.hatch.build.targets.wheel]\npackages = ["py/shop", "py/cart"]', ("py",)),
        ('[tool.hatch.build.targets.wheel]\nsources = ["lib"]', ("lib",)),
        ('[[tool.poetry.packages]]\ninclude = "shop"\nfrom = "lib"', ("lib",)),
        ('[tool.setuptools.packages.find]\nwhere = ["."]', ()),
        ('[tool.setuptools.packages.find]\nwhere = ["../x", "/y/"]', ()),
        ("[tool]\nhatch = 1\nsetuptools = []", ()),
        ("not toml", ()),
    ],
)
def test_the_build_backend_names_roots(tmp_path: Path, text: str, roots: tuple[str, ...]) -> None:
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    (tmp_path / "statelint.toml").touch()
    assert load(tmp_path).roots == roots
