"""Feature flags and what they are when nobody has touched them."""

from __future__ import annotations

FLAGS = {
    "gift_wrapping": True,
    "reviews": False,
}


def enabled(name: str) -> bool:
    """Tell whether a feature is on."""
    return FLAGS.get(name, False)
