"""Write a first configuration: every key as a comment, where the project keeps its other settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.config import load_settings
from statelint.engine.survey import survey
from statelint.errors import ConfigError, UsageError
from statelint.reporters.text import display_path, display_text, guard

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.engine.survey import Survey
    from statelint.model.progress import Tell
    from statelint.model.settings import Settings
    from statelint.reporters.options import RenderOptions

SETTINGS = """\
# What is in force, and where it comes from: `statelint --show-settings`.
# select = ["module-state", "sticky-session"]  # report these rules only; `statelint rules` lists them
# ignore = ["local-file-write"]                # do not report these
# exclude = ["docs/**"]                        # what is not read, below this folder
# audience = "auditor"                         # show notes and what is unlikely, too
# min-confidence = "high"                      # show only what is at least this sure
# format = "concise"                           # how to write the report
# jobs = 4                                     # the most processes to use
# baseline = "statelint-baseline.toml"         # findings that were there before: `statelint baseline write`
# copies = 2                                   # how many processes or instances of the service run
# roots = ["backend"]                          # folders from which import names count
# entry-points = ["shop.hooks.on_message"]     # functions that something outside calls while serving
# library = true                               # services of others use the classes of this project
# external-stores = ["shop.stores.RedisDict"]  # classes that keep their data outside of the process
# per-request = ["shop.context.Scope"]         # classes whose objects live for one request
# knowledge = ["acme.toml"]                    # what your own frameworks do: `statelint knowledge --form`
# stores = { session = "redis" }               # what replacements should name, by kind of state
# allow = [{ path = "tools/**", rule = "local-file-write", because = "these scripts run on one machine" }]
"""
"""Each line is right once its first `# ` is gone; `statelint.toml` has it as it is, pyproject in a table."""

NEXT = """\
next:
  statelint                        see what is found
  statelint explain PATH:LINE      ask what is believed about a line, and why
  statelint rules                  see what is looked for
  for pre-commit, in .pre-commit-config.yaml below `repos:`

    - repo: local
      hooks:
        - id: statelint
          name: statelint
          entry: statelint
          language: python
          additional_dependencies: [statelint-py]
          pass_filenames: false
          require_serial: true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What was written, the settings in force since then, and what was found in the project."""

    file: Path
    settings: Settings
    found: Survey


def write_first_settings(folder: Path, tell: Tell) -> Start:
    """Write them for the project around a folder, and look it over.

    Raise UsageError where a configuration is there already, or where none can be written.
    """
    settings = load_settings((folder,))
    if settings.config is not None:
        raise UsageError(f"`{settings.config}` has settings already; `statelint --show-settings` shows them")
    file = _home(folder, settings.project)
    if file.name == "pyproject.toml":
        _append(file, _section(file))
    else:
        _create(file)
    settings = load_settings((file.parent,))
    return Start(file=file, settings=settings, found=survey(settings, tell))


def start_page(start: Start, options: RenderOptions) -> str:
    """Tell what was done and found, and what can come next."""
    file, found = display_path(str(start.file), options), start.found
    counts = ", ".join(f"{count} {language}" for language, count in found.languages.items())
    roots = display_text(", ".join(found.roots), options)
    head = (
        f"wrote `[tool.statelint]` to {file}" if start.file.name == "pyproject.toml" else f"wrote {file}",
        f"files: {counts or 'none'}",
        f"server frameworks: {', '.join(found.frameworks) or 'none that is known'}",
        f"import roots: {roots or 'found by packages and `src`'}",
    )
    return guard("".join(f"{line}\n" for line in (*head, "", NEXT.rstrip())), options)


def _home(folder: Path, project: Path) -> Path:
    """Choose the nearest pyproject.toml up to the project's root, or a new file in that root."""
    folder = folder.resolve()
    for one in (folder, *folder.parents):
        if os.path.lexists(one / "pyproject.toml"):
            return one / "pyproject.toml"
        if one == project:
            break
    return project / "statelint.toml"


def _section(file: Path) -> bytes:
    """Make what is to be appended to a file, in its own line ends; raise UsageError where it does not fit."""
    import tomli

    try:
        data = file.read_bytes()
        before = tomli.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"`{file}` cannot be read: {(error.strerror or '').lower()}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"`{file}`: not valid TOML: {error}") from error
    gap = "" if not data else "\n" if data.endswith(b"\n") else "\n\n"
    text = f"{gap}[tool.statelint]\n{SETTINGS}"
    added = text.replace("\n", "\r\n" if b"\r\n" in data else "\n").encode()
    try:
        after = tomli.loads((data + added).decode("utf-8-sig"))
    except ValueError:
        after = {}
    tool = before.get("tool", {})
    if not isinstance(tool, dict) or after != before | {"tool": tool | {"statelint": {}}}:
        raise UsageError(f"`{file}` takes no table `[tool.statelint]` at its end: write `statelint.toml`")
    return added


def _append(file: Path, added: bytes) -> None:
    """Add bytes to a file and change none; where that fails half-way, take them back."""
    try:
        with file.open("r+b") as stream:
            size = stream.seek(0, os.SEEK_END)
            try:
                stream.write(added)
                stream.flush()
            except OSError:
                stream.truncate(size)
                raise
    except OSError as error:
        raise UsageError(f"`{file}` cannot be written: {(error.strerror or '').lower()}") from error


def _create(file: Path) -> None:
    try:
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(f"# Settings of statelint.\n{SETTINGS}")
    except OSError as error:
        raise UsageError(f"`{file}` cannot be written: {(error.strerror or '').lower()}") from error
