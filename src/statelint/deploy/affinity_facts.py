"""Make facts of directives that pin clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.deploy.processes import cut
from statelint.model.deployment import Attribute, DeploymentFact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.deploy.text import ConfigText, Word


def pinned_by(  # noqa: PLR0913 - a fact says that much
    config: ConfigText, words: Sequence[Word], *, service: str, unit: str, remedy: str = "", value: str = ""
) -> DeploymentFact:
    """Make the fact of a directive, which stands on all of its words."""
    spelling = cut(" ".join(" ".join(word.text for word in words).split()))
    return DeploymentFact(
        service=service,
        attribute=Attribute.AFFINITY,
        value=value or " ".join(word.text for word in words[1:]) or words[0].text,
        spelling=spelling,
        remedy=remedy or f"remove the line `{spelling}`",
        place=config.place(words[0].start, words[-1].end),
        unit=unit,
    )
