"""Where a finding is and what else it points to, for formats that programs read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from statelint.model.diagnostics import Role
from statelint.reporters.text import REPLACEMENT, relative_path

if TYPE_CHECKING:
    from statelint.model.diagnostics import Evidence, Finding
    from statelint.reporters.options import RenderOptions

# `os.fsdecode` keeps a byte of a file name that is no UTF-8 as one of the first; no name holds the others.
_ESCAPED_BYTE = re.compile(r"[\udc80-\udcff]")
_OTHER_SURROGATE = re.compile(r"[\ud800-\udc7f\udd00-\udfff]")


def file_name(path: str, options: RenderOptions) -> str:
    r"""Name a file, relative to `base`, in text for any encoding; a byte that is no text is `\xff`."""
    name = _ESCAPED_BYTE.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", relative_path(path, options))
    return _OTHER_SURROGATE.sub(REPLACEMENT, name)


def file_uri(path: str, options: RenderOptions) -> str:
    """Name a file, relative to `base`, as a URI reference: its very bytes, percent-encoded."""
    name = _OTHER_SURROGATE.sub(REPLACEMENT, relative_path(path, options))
    return quote(name.encode("utf-8", "surrogateescape"), safe="/")


def walk(finding: Finding) -> tuple[Evidence, ...]:
    """Give the steps from the request to the write that it leads to; further writes are not on this path."""
    calls = [item for item in finding.evidence if item.role in {Role.ENTRY, Role.CALL}]
    writes = [item for item in finding.evidence if item.role is Role.WRITTEN]
    return (*calls, *writes[:1])


def stands_at(item: Evidence, finding: Finding) -> bool:
    """Tell whether a piece of evidence speaks of the very line of its finding."""
    return (item.place.path, item.place.line) == (finding.place.path, finding.place.line)
