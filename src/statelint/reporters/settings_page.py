"""Which settings are in force and where each comes from: the page of `--show-settings`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from statelint.reporters.ansi import Style, paint
from statelint.reporters.machine import json_page
from statelint.reporters.text import display_path, display_text, guard, relative_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.model.settings import Settings, Stated
    from statelint.reporters.options import RenderOptions

_COLUMN = 32  # where the sources stand, unless a setting is longer


def render(settings: Settings, stated: Sequence[Stated], options: RenderOptions) -> str:
    """Write the settings as a `statelint.toml` that says the same, each with its source as a comment."""
    if options.format_name == "json":
        return _json(settings, stated, options)
    config = display_path(str(settings.config), options) if settings.config else "none"
    reported = ", ".join(display_path(str(path), options) for path in settings.paths)
    head = (
        f"# project        {display_text(str(settings.project), options)}",
        f"# configuration  {config}",
        f"# reported       {reported}",
        "",
    )
    rows = [(_assignment(one), one.origin) for one in stated]
    lines = [
        f"{left:<{_COLUMN}}  {paint(f'# {display_text(origin, options)}', Style.FAINT, color=options.color)}"
        for left, origin in rows
    ]
    return guard("".join(f"{line}\n" for line in (*head, *lines)), options)


def _assignment(one: Stated) -> str:
    if one.value is None:
        return f"# {one.key} is not set"
    return f"{one.key} = {_toml(one.value)}"


def _toml(value: object) -> str:
    """Write a value as TOML in ASCII; its basic strings are those of JSON."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict) and value:
        return f"{{ {', '.join(f'{_word(name)} = {_toml(item)}' for name, item in value.items())} }}"
    return json.dumps(value)


def _word(name: str) -> str:
    return name if name.replace("-", "").isalnum() and name.isascii() else json.dumps(name)


def _json(settings: Settings, stated: Sequence[Stated], options: RenderOptions) -> str:
    return json_page(
        {
            "project": str(settings.project),
            "configuration": relative_path(str(settings.config), options) if settings.config else None,
            "paths": [relative_path(str(path), options) for path in settings.paths],
            "settings": {one.key: {"value": one.value, "from": one.origin} for one in stated},
        }
    )
