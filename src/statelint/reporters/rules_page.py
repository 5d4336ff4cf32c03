"""What there is to read about rules: the list of them, and the page of one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from statelint.reporters.ansi import Style, paint
from statelint.reporters.machine import json_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.engine.catalog import Page

_HEADING = re.compile(r"(?m)^#+ (.+)$")
_CODE = re.compile(r"`([^`\n]+)`")


def render_list(pages: Mapping[str, Page], *, as_json: bool) -> str:
    """List ids with what each finds, or everything that their pages say as JSON."""
    if as_json:
        return json_page(
            [
                {"id": rule_id, "summary": page.meta.summary, "since": page.meta.since, "page": page.text}
                for rule_id, page in pages.items()
            ]
        )
    width = max(map(len, pages))
    return "".join(f"{rule_id:<{width}}  {page.meta.summary}\n" for rule_id, page in pages.items())


def render_page(rule_id: str, page: Page, *, color: bool) -> str:
    """Write the page of one rule: Markdown as it is, or with colours in place of its signs."""
    text = f"# {rule_id}\n\n{page.meta.summary} (since {page.meta.since})\n\n{page.text}"
    if color:
        text = _HEADING.sub(lambda found: paint(found[1], Style.STRONG, color=True), text)
        text = _CODE.sub(lambda found: paint(found[1], Style.CYAN, color=True), text)
    return text
