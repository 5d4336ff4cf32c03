"""The quick way to read YAML and the one by events give the same nodes, places and problems."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from deployment import YAML_BITS
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.manifests import manifests
from statelint.deploy import yaml_composed
from statelint.deploy.nodes import AliasNode, ListNode, MapNode, OutOfBudgetError, ScalarNode
from statelint.deploy.text import read_text
from statelint.deploy.yaml_nodes import check_yaml, read_yaml

if TYPE_CHECKING:
    from statelint.deploy.nodes import Document, Node

PAGES = Path(__file__).with_name("deploy")
BLOCK = re.compile(r"^```ya?ml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BITS = [*YAML_BITS, "b", "? ", "!x ", "é"]
needs_libyaml = pytest.mark.skipif(yaml_composed.PARSER is None, reason="PyYAML was built without libyaml")


def told(document: Document, node: Node) -> Any:  # noqa: ANN401 - lists of lists
    """Write down a node and all below it, by way of names and by way of pairs."""
    if isinstance(node, AliasNode):
        return ("alias", node.start)
    head = (node.start, node.end, node.tag)
    if isinstance(node, ScalarNode):
        return (*head, node.value, node.plain, node.block, node.is_null)
    if isinstance(node, ListNode):
        return (*head, [told(document, item) for item in node.items])
    assert isinstance(node, MapNode)
    names = {
        name: [(pair.key.start, pair.value.start) for pair in pairs]
        for name, pairs in document.named(node).items()
    }
    first = {name: pair.value.end for name in names if (pair := document.find(node, name)) is not None}
    inside = [(told(document, key), told(document, value)) for key, value in node.pairs]
    return (*head, inside, names, first)


def both(text: str) -> list[Any]:
    """Read a text in both ways, and write down all that each says of it."""
    config, _ = read_text("a.yaml", text.encode("utf-8", "replace"))
    said = []
    for may_compose in (yaml_composed.may_compose, lambda _: False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(yaml_composed, "may_compose", may_compose)
            file = read_yaml(config)
            documents = []
            for document in file.documents:
                try:
                    documents.append(
                        (told(document, document.root), sorted(key.start for key in document.duplicates))
                    )
                except OutOfBudgetError:
                    documents.append(("endless", []))
            said.append((documents, file.problems, check_yaml(config)))
    return said


@needs_libyaml
def test_whatever_the_pages_show_is_read_alike() -> None:
    texts = [text for page in sorted(PAGES.glob("*.md")) for text in BLOCK.findall(page.read_text("utf-8"))]
    quick = [text for text in texts if yaml_composed.may_compose(text)]
    assert len(quick) > len(texts) * 0.8
    for text in [*quick, *(text for _, text in manifests(40))]:
        composed, events = both(text)
        assert composed == events


@needs_libyaml
@given(st.lists(st.sampled_from(BITS), max_size=30).map("".join))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_alike(text: str) -> None:
    composed, events = both(text)
    assert composed == events


@pytest.mark.parametrize(
    "text",
    [
        "{a: " * 100_000,
        "[" * 5_000,
        "- " * 20_000 + "x\n",
        "? " * 20_000 + "x\n",
        "".join(" " * depth + "a:\n" for depth in range(2_000)),
        "".join(" " * depth + "- a:\n" for depth in range(0, 400, 2)),
        "a: &x 1\nb: *x\n",
        "a: [*x]\n",
        "- &x [*x]\n",
        "a: 1\n" * 60_000,
    ],
    ids=["flow maps", "flow lists", "lists", "keys", "maps", "mixed", "anchor", "alias", "self", "long"],
)
def test_what_is_deep_aliased_or_long_is_read_by_events(text: str) -> None:
    assert not (yaml_composed.may_compose(text) and yaml_composed.is_shallow(text))
    composed, events = both(text)
    assert composed == events


def test_depth_of_what_is_simple_stays_below_the_limit() -> None:
    blocks = "".join(" " * column + "- a:\n" for column in range(0, 46, 2))
    deep = f"a:\n{blocks}{' ' * 49}{'[' * 99}{']' * 99}"
    assert yaml_composed.is_shallow(deep)
    composed, events = both(deep)
    assert composed == events
    assert composed[1] == ()


@needs_libyaml
@pytest.mark.parametrize("levels", [199, 200, 201, 250])
def test_levels_are_counted_where_brackets_are_many(levels: int) -> None:
    text = f"a: {'[' * (levels - 1)}{']' * (levels - 1)}\n"
    assert not yaml_composed.is_shallow(text)
    composed, events = both(text)
    assert composed == events


@needs_libyaml
def test_brackets_in_texts_are_no_levels() -> None:
    text = "a: |\n" + '  {"b": [{"c": [1]}]}\n' * 200
    assert not yaml_composed.is_shallow(text)
    assert yaml_composed.may_compose(text)
    composed, events = both(text)
    assert composed == events
    assert composed[1] == ()
