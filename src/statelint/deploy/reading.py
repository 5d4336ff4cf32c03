"""What a reader of one format gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statelint.model.deployment import DeploymentFact, Front, Image, Scaler
    from statelint.model.diagnostics import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The facts of one file; the spans (offsets) of comments and statements are for suppressions."""

    facts: tuple[DeploymentFact, ...] = ()
    scalers: tuple[Scaler, ...] = ()
    fronts: tuple[Front, ...] = ()
    images: tuple[Image, ...] = ()
    problems: tuple[Problem, ...] = ()
    comments: tuple[tuple[int, int], ...] = ()
    statements: tuple[tuple[int, int], ...] = ()
