"""What can be changed without a release: feature flags and the banner."""

from __future__ import annotations

from shopfront.stores.database import transaction
from shopfront.stores.models import Switch

FLAGS = {
    "gift_wrapping": True,
    "reviews": False,
}


def enabled(name: str) -> bool:
    """Tell whether a feature is on."""
    return _read(f"flag:{name}", "on" if FLAGS.get(name, False) else "off") == "on"


def set_flag(name: str, *, on: bool) -> None:
    """Switch a feature on or off."""
    _write(f"flag:{name}", "on" if on else "off")


def banner() -> str:
    """Tell what stands above every page."""
    return _read("banner", "")


def set_banner(text: str) -> None:
    """Change what stands above every page."""
    _write("banner", text)


def _read(name: str, default: str) -> str:
    with transaction() as session:
        switch = session.get(Switch, name)
        return switch.value if switch else default


def _write(name: str, value: str) -> None:
    with transaction() as session:
        session.merge(Switch(name=name, value=value))
