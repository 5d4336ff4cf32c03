"""Elastic Beanstalk: options in `.ebextensions` and in saved configurations, as a list or as a mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.deploy.affinity import load_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.nodes import Node, Pair
    from statelint.deploy.view import Collected, View

_ROOTS: Final = ("option_settings", "OptionSettings")


def knows(view: View, root: Node) -> bool:
    """Tell whether the root holds options."""
    return any(view.find(root, name) is not None for name in _ROOTS)


def read(view: View, root: Node, found: Collected) -> None:
    """Add the options that pin clients."""
    rows = {row.name: row for row in load_table("beanstalk").label}
    for namespace, name, pair in _options(view, root):
        row = rows.get(name)
        fact = view.judge(row, pair, namespace or "environment") if row is not None else None
        if fact is not None:
            found.facts.append(fact)


def _options(view: View, root: Node) -> Iterator[tuple[str, str, Pair]]:
    for holder in (pair for name in _ROOTS for pair in view.document.at(root, name)):
        for each in view.items(holder.value):
            name = view.text(each, "option_name") or view.text(each, "OptionName")
            for key in ("value", "Value"):
                for pair in view.document.at(each, key):
                    yield view.text(each, "namespace") or view.text(each, "Namespace"), name, pair
        for namespace in view.document.pairs(holder.value):
            for pair in view.document.pairs(namespace.value):
                yield namespace.key.value, pair.key.value, pair
