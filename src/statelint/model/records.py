"""Records: frozen as far as a type checker sees, and as quick to make as what may be changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

_Class = TypeVar("_Class")


# Each field of a frozen dataclass is set by a call, which takes three times as long; files have many facts.
@dataclass_transform(frozen_default=True, kw_only_default=True)
def record(made: type[_Class]) -> type[_Class]:
    """Make a class a slotted dataclass whose fields are given by name, and which nobody changes."""
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(made)
