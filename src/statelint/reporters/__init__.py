"""From a report to the text that is written, one file a format."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from statelint.errors import UsageError, nearest
from statelint.reporters.options import RenderOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.model.diagnostics import Report

__all__ = ["RenderOptions", "format_names", "render", "unknown_format"]

# A reporter is a module with `render(report, options) -> str`; it is imported when it is asked for.
# The first format is the default.
_MODULES: Mapping[str, str] = {
    "full": "full",
    "concise": "concise",
    "json": "json_report",
    "github": "github",
    "gitlab": "gitlab",
    "junit": "junit",
    "markdown": "markdown",
    "rdjson": "rdjson",
    "sarif": "sarif",
}


def format_names() -> tuple[str, ...]:
    """Name the formats, the default first, without loading any of them."""
    return tuple(_MODULES)


def unknown_format(word: str) -> UsageError:
    """Word the error for a format that there is not, with the nearest that there is."""
    close = nearest(word, _MODULES)
    known = ", ".join(f"`{name}`" for name in _MODULES)
    hint = f"did you mean `{close}`?" if close else f"choose one of {known}"
    return UsageError(f"there is no format `{word}`; {hint}")


def render(report: Report, options: RenderOptions) -> str:
    """Turn a report into text that ends with a line end, or into nothing.

    Raises UsageError if there is no such format. The text may be printed as it is: it holds no control
    characters but line ends (and colours, if asked for), and nothing in it that a user wrote is a command.
    """
    if options.format_name not in _MODULES:
        raise unknown_format(options.format_name)
    reporter = import_module(f"{__name__}.{_MODULES[options.format_name]}")
    text: str = reporter.render(report, options)
    return text
