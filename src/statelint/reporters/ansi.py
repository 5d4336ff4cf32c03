"""Colours of a terminal."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from statelint.model.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping


class Style(StrEnum):
    """The looks in use, as the numbers of the escape sequence that starts them."""

    STRONG = "1"
    FAINT = "2"
    RED = "1;31"
    YELLOW = "1;33"
    BLUE = "1;34"
    GREEN = "1;32"
    CYAN = "36"


SEVERITY_STYLES: Mapping[Severity, Style] = {
    Severity.ERROR: Style.RED,
    Severity.WARNING: Style.YELLOW,
    Severity.NOTE: Style.BLUE,
}


def paint(text: str, style: Style, *, color: bool) -> str:
    """Give text a look, if colours are wanted and there is text at all."""
    return f"\x1b[{style}m{text}\x1b[0m" if color and text else text
