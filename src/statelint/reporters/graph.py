"""Write a graph: JSON for programs, DOT and Mermaid for a picture.

What is drawn is numbered: a name of the user's is never more than a label.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from statelint.model.graph import CallGraph
from statelint.reporters.concise import problem_lines
from statelint.reporters.machine import json_page
from statelint.reporters.text import display_path, display_text, guard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.model.graph import GraphReport, Spot, StateGraph
    from statelint.reporters.options import RenderOptions

_NOT_PLAIN = re.compile(r"[^\w ./:*,=+(){}\[\]-]")
"""What could end a quoted text of Mermaid, or be taken for markup in it."""


def render_graph(graph: CallGraph | StateGraph, options: RenderOptions) -> str:
    """Write a call graph as JSON, a graph of state as `dot` or `mermaid`."""
    if isinstance(graph, CallGraph):
        return json_page(graph.calls)
    lines = _LANGUAGES[options.format_name](_picture(graph, options))
    return guard("".join(f"{line}\n" for line in lines), options)


def render_problems(report: GraphReport, options: RenderOptions) -> str:
    """Write what could not be read as lines for standard error: a picture has no room for it."""
    return guard("".join(f"{line}\n" for line in problem_lines(report, options)), options)


class _Node(NamedTuple):
    """Something that is drawn; `kind` is the first letter of its number: entry, function or state."""

    number: str
    lines: Sequence[str]

    @property
    def kind(self) -> str:
        return self.number[0]


class _Picture(NamedTuple):
    """Nodes, and arrows between their numbers with what stands on them."""

    nodes: list[_Node]
    arrows: list[tuple[str, str, str]]


def _picture(graph: StateGraph, options: RenderOptions) -> _Picture:
    holders = sorted({holder for _, holder in graph.writes})
    called = {one for pair in graph.calls for one in pair}
    functions = sorted({spot for _, spot in graph.entries} | called | {one for one, _ in graph.writes})
    numbers = {spot: f"f{index}" for index, spot in enumerate(functions, 1)}
    states = {spot: f"s{index}" for index, spot in enumerate(holders, 1)}
    entries = [
        _Node(f"e{n}", [display_text(label, options)]) for n, (label, _) in enumerate(graph.entries, 1)
    ]
    nodes = [
        *entries,
        *(_Node(numbers[spot], _told(spot, options)) for spot in functions),
        *(_Node(states[spot], _told(spot, options)) for spot in holders),
    ]
    arrows = [
        *((node.number, numbers[spot], "") for node, (_, spot) in zip(entries, graph.entries, strict=True)),
        *((numbers[caller], numbers[callee], "") for caller, callee in graph.calls),
        *((numbers[function], states[holder], "writes") for function, holder in graph.writes),
    ]
    return _Picture(nodes, arrows)


def _told(spot: Spot, options: RenderOptions) -> list[str]:
    return [display_text(spot.name, options), f"{display_path(spot.path, options)}:{spot.line}"]


# -- DOT --------------------------------------------------------------------------------------------------

_DOT_SHAPES = {"e": "oval", "f": "box", "s": "cylinder"}


def _dot(picture: _Picture) -> list[str]:
    nodes = (
        f'  {node.number} [shape={_DOT_SHAPES[node.kind]}, label="{_dot_text(node.lines)}"];'
        for node in picture.nodes
    )
    arrows = (
        f'  {start} -> {end} [label="{label}"];' if label else f"  {start} -> {end};"
        for start, end, label in picture.arrows
    )
    return ["digraph statelint {", "  rankdir=LR;", *nodes, *arrows, "}"]


def _dot_text(lines: Sequence[str]) -> str:
    """Quote a label: a backslash would begin an escape, and entities (`&amp;`) are decoded by Graphviz."""
    quoted = (line.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return "\\n".join(quoted)


# -- Mermaid ----------------------------------------------------------------------------------------------

_MERMAID_SHAPES = {"e": ("([", "])"), "f": ("[", "]"), "s": ("[(", ")]")}


def _mermaid(picture: _Picture) -> list[str]:
    nodes = []
    for node in picture.nodes:
        opened, closed = _MERMAID_SHAPES[node.kind]
        nodes.append(f'  {node.number}{opened}"{_mermaid_text(node.lines)}"{closed}')
    arrows = (
        f"  {start} -- {label} --> {end}" if label else f"  {start} --> {end}"
        for start, end, label in picture.arrows
    )
    return ["flowchart LR", *nodes, *arrows]


def _mermaid_text(lines: Sequence[str]) -> str:
    """Quote a label: whatever is no plain text becomes a numbered entity, which Mermaid writes as `#35;`."""
    return "<br>".join(_NOT_PLAIN.sub(lambda found: f"#{ord(found[0])};", line) for line in lines)


_LANGUAGES = {"dot": _dot, "mermaid": _mermaid}
