"""The lines of the project's files, for whoever shows or looks at a few of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from statelint.model.diagnostics import Finding
    from statelint.model.settings import Settings


def line_reader(settings: Settings) -> Callable[[str], Sequence[str]]:
    """Read the lines of a file when they are needed, each file once."""
    known: dict[str, Sequence[str]] = {}
    buffer = settings.buffer

    def read_lines(path: str) -> Sequence[str]:
        if path not in known:
            file = settings.project / path
            try:
                data = buffer.data if buffer is not None and buffer.file == file else file.read_bytes()
            except OSError:  # gone since it was read: the finding stands, its frame stays empty
                data = b""
            text = data.decode("utf-8-sig", "replace")
            known[path] = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return known[path]

    return read_lines


def sources_of(
    findings: Iterable[Finding], read_lines: Callable[[str], Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """Give the lines of each file in which something is found."""
    paths = sorted({finding.place.path for finding in findings})
    return {path: tuple(read_lines(path)) for path in paths}
