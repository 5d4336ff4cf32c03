"""Kubernetes resources, and what stands for them: lists, patches, chart values and templates.

A mapping with `kind` and `apiVersion` is a resource, wherever it stands; what it says is decided by the
table `affinity.toml`. Mappings outside any resource are chart values or patches: there only settings count
whose names cannot mean anything else. nginx configuration in a block of text is read in its place.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.deploy.affinity import Setting, fields, is_true, load_table, named_annotations
from statelint.deploy.comments import WORD, comments_of_yaml
from statelint.deploy.nginx import affinity_of_upstreams, read_nginx
from statelint.deploy.nodes import (
    ENDLESS,
    ListNode,
    MapNode,
    Node,
    OutOfBudgetError,
    Pair,
    ScalarNode,
)
from statelint.deploy.pods import read_running, replicas
from statelint.deploy.text import read_text
from statelint.deploy.view import Collected, Part, View
from statelint.deploy.yaml_nodes import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_UPSTREAM: Final = re.compile(r"\bupstream[ \t]++[^\s{};]++\s*+\{")
_KIND: Final = re.compile(r"[A-Z]\w*\Z")
_KUSTOMIZATION: Final = "Kustomization"
_KUSTOMIZED: Final = frozenset({"Component", _KUSTOMIZATION})
_PATCHES: Final = ("patches", "patchesJson6902", "patchesStrategicMerge")
_FILES: Final = ("resources", "bases", "components")
_CHANGES: Final = (*_PATCHES, "configMapGenerator", "replicas", "secretGenerator")
_REPLICAS: Final = ["spec", "replicas"]
_MAX_VALUE: Final = 60


class KubernetesReader:
    """Reads the documents of one file, and of the parts embedded in it, into what is collected."""

    def __init__(self, found: Collected) -> None:
        self.found = found
        self.containers, self.annotations, self.fields, self.loose = _tables()

    def read_document(self, view: View, *, embedded: bool = False) -> None:
        """Add what a document says; text in an embedded one is not looked into once more."""
        try:
            walk = _Walk(reader=self, view=view, embedded=embedded)
            walk.run()
            walk.report_duplicates()
        except OutOfBudgetError:
            self.found.problems.append(view.part.config.problem(view.document.root.start, ENDLESS))

    def read_embedded(self, part: Part) -> None:
        """Add what a part says that stands in the text of another file."""
        file = read_yaml(part.config, part.start, part.end)
        self.found.problems.extend(replace(each, fatal=False) for each in file.problems)
        if part.at is None and WORD in part.config.text:
            self.found.comments.extend(comments_of_yaml(part.config, part.start, part.end, file.scalars))
        for document in file.documents:
            self.read_document(View(part, document), embedded=True)


class _Tables(NamedTuple):
    containers: Mapping[str, tuple[str, ...]]
    annotations: Mapping[str, Setting]
    fields: Mapping[str, tuple[Setting, ...]]
    loose: Mapping[str, Setting]


@cache
def _tables() -> _Tables:
    table = load_table()
    loose = {row.path.rpartition(".")[2]: row for row in table.field if row.loose}
    return _Tables(table.containers, named_annotations(), fields("kubernetes"), loose)


class _Walk:
    """Visits each value of one document once, and hands what matters to the reader."""

    def __init__(self, *, reader: KubernetesReader, view: View, embedded: bool) -> None:
        self._reader = reader
        self._view = view
        self._part = view.part
        self._document = view.document
        self._embedded = embedded

    def run(self) -> None:
        """Visit everything that is no inside of a resource; raises `OutOfBudgetError`."""
        waiting: list[tuple[Node, tuple[str, ...]]] = [(self._document.root, ())]
        seen: set[int] = set()
        while waiting:
            unresolved, path = waiting.pop()
            node = self._document.resolve(unresolved)
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, ListNode):
                waiting.extend((item, path) for item in reversed(node.items))
            elif isinstance(node, MapNode):
                kind = self._kind_of(node)
                waiting.extend(self._read_resource(node, kind) if kind else self._read_loose(node, path))
            elif not self._embedded and "upstream" in node.value and _UPSTREAM.search(node.value):
                self._read_nginx(node, path)

    def _kind_of(self, node: Node) -> str:
        get = self._document.get
        pairs = get(node, "kind")
        if not pairs:
            return _KUSTOMIZATION if node is self._document.root and self._is_customized(node) else ""
        value = pairs[-1].value
        if not isinstance(value, ScalarNode) or not _KIND.match(value.value) or self._view.is_open(value):
            return ""
        is_resource = get(node, "apiVersion") or (get(node, "metadata") and get(node, "spec"))
        return value.value if is_resource else ""

    def _is_customized(self, root: Node) -> bool:
        """Tell a Kustomization that leaves its kind out: a list of files, and what is changed in them."""
        find = self._document.find
        files = next(filter(None, (find(root, name) for name in _FILES)), None)
        return (
            files is not None
            and isinstance(files.value, ListNode)
            and any(find(root, name) is not None for name in _CHANGES)
        )

    def _read_resource(self, node: MapNode, kind: str) -> Iterator[tuple[Node, tuple[str, ...]]]:
        service = self._name_of(node, kind)
        for row in self._reader.fields.get(kind, ()):
            for pair in self._view.settings(row, node):
                self._judge(row, pair, service, {}, " ".join(self._view.texts_below(node, row.front)))
        for holder in self._document.at(node, "metadata.annotations"):
            self._judge_annotations(holder.value, service, kind)
        if kind in _KUSTOMIZED and not self._embedded:
            self._read_patches(node)
        read_running(self._view, node, kind, service, self._reader.found)
        containers = self._reader.containers.get(kind, ())
        for inside in (*containers, *(("items",) if kind.endswith("List") else ())):
            for pair in self._document.at(node, inside):
                yield pair.value, (pair.key.value,)

    def _judge_annotations(self, holder: Node, service: str, kind: str) -> None:
        annotations = self._reader.annotations
        for name in [name for name in self._document.names(holder) if name in annotations]:
            row = annotations[name]
            if row.is_for(kind):
                siblings = self._view.pairs(holder)
                for pair in self._document.get(holder, name):
                    self._judge(row, pair, service, siblings)

    def report_duplicates(self) -> None:
        """Tell which keys of a resource stand twice, among those that were looked at."""
        root = self._document.root
        if not self._document.duplicates or not self._kind_of(root):
            return
        for key in {key.start: key for key in self._document.duplicates}.values():
            said = f"`{key.value[:_MAX_VALUE]}` stands twice in one mapping, the last one counts"
            problem = self._part.config.problem(key.start, said)
            self._reader.found.problems.append(replace(problem, fatal=False))

    def _name_of(self, node: Node, kind: str) -> str:
        for path in ("metadata.name", "metadata.generateName"):
            name = self._view.text(node, path)
            if name:
                return f"{kind}/{' '.join(name.split())}"
        return self._part.service or kind

    def _read_loose(self, node: MapNode, path: tuple[str, ...]) -> Iterator[tuple[Node, tuple[str, ...]]]:
        pairs = self._document.pairs(node)
        named = {pair.key.value: pair for pair in pairs}
        owner = ".".join(name for name in path if name not in {"annotations", "metadata"})
        service = self._part.service or owner or self._part.config.path.rpartition("/")[2]
        if "op" in named:
            self._judge_patch(named, self._part.service or "patch")
        for pair in pairs:
            row = self._reader.annotations.get(pair.key.value) or self._reader.loose.get(pair.key.value)
            if row is not None:
                self._judge(row, pair, service, named)
            yield pair.value, (*path, pair.key.value)

    def _judge_patch(self, named: dict[str, Pair], service: str) -> None:
        """Read `{op: add, path: /spec/sessionAffinity, value: ClientIP}`."""
        op, path, value = (named.get(key) for key in ("op", "path", "value"))
        if op is None or path is None or value is None:
            return
        if not isinstance(op.value, ScalarNode) or not isinstance(path.value, ScalarNode):
            return
        if op.value.value not in {"add", "replace"}:
            return
        steps = [step.replace("~1", "/").replace("~0", "~") for step in path.value.value.split("/")[1:]]
        if steps == _REPLICAS:
            self._reader.found.scalers.append(replicas(self._view, value, service))
        row = self._reader.annotations.get(steps[-1]) if steps[:-1] == ["metadata", "annotations"] else None
        rows = [row] if row else [row for row in load_table().field if row.path == ".".join(steps)]
        for each in rows:
            self._judge(each, value, service, {})

    def _judge(
        self, row: Setting, pair: Pair, service: str, siblings: dict[str, Pair], target: str = ""
    ) -> None:
        fact = self._view.judge(row, pair, service, target=target)
        if fact is not None and not _is_decided_elsewhere(row, siblings):
            self._reader.found.facts.append(fact)

    def _read_patches(self, node: MapNode) -> None:
        for name in _PATCHES:
            pair = self._document.find(node, name)
            for unresolved in self._view.items(pair.value) if pair is not None else ():
                item = self._document.resolve(unresolved)
                text = item if isinstance(item, ScalarNode) else self._document.text_at(item, "patch")
                if text is not None and ("\n" in text.value or text.value.lstrip().startswith(("[", "{"))):
                    self._reader.read_embedded(self._inside(text, self._target_of(item)))

    def _target_of(self, patch: Node) -> str:
        kind, name = (self._document.text_at(patch, f"target.{key}") for key in ("kind", "name"))
        return "/".join(node.value for node in (kind, name) if node is not None)

    def _inside(self, node: ScalarNode, service: str = "") -> Part:
        config = self._part.config
        if node.block and self._part.at is None:
            # A common indentation means nothing to YAML and nginx, so the text is read where it stands.
            line = config.line_of(node.start)
            body = config.starts[line] if line < len(config.starts) else node.end
            return Part(config, body, node.end, None, service)
        inner, _ = read_text(config.path, node.value.encode("utf-8", "replace"))
        at = self._part.at or config.place(node.start, node.end)
        return Part(inner, 0, len(inner.text), at, service)

    def _read_nginx(self, node: ScalarNode, path: tuple[str, ...]) -> None:
        part = self._inside(node)
        file = read_nginx(part.config, part.start, part.end)
        for fact in affinity_of_upstreams(part.config, file):
            self._reader.found.facts.append(replace(fact, place=part.at) if part.at else fact)
        # A shell script may hold nginx configuration too; only what is named so is expected to be whole.
        if part.at is None and path[-1:] and path[-1].endswith(".conf"):
            self._reader.found.problems.extend(replace(problem, fatal=False) for problem in file.problems)
        if part.at is None:
            text = part.config.text
            self._reader.found.comments.extend(span for span in file.comments if WORD in text[slice(*span)])


def _is_decided_elsewhere(row: Setting, siblings: dict[str, Pair]) -> bool:
    if row.unless_set in siblings:
        return True
    other = siblings.get(row.unless_true)
    return other is not None and isinstance(other.value, ScalarNode) and is_true(other.value.value)
