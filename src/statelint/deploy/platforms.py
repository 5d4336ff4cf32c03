"""Files of platforms in YAML: Render, App Engine, Cloud Run; and dynamic files of Traefik and Envoy."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands import is_housekeeping
from statelint.deploy.launched import text_span
from statelint.deploy.nodes import Document, ListNode, MapNode, Node, Pair, ScalarNode
from statelint.deploy.pods import replicas
from statelint.deploy.processes import CRON_FOLDER, Owner, cut, fact, read_commands
from statelint.deploy.text import Word
from statelint.deploy.timetable import first_job, read_jobs
from statelint.deploy.view import Part, View, mappings
from statelint.model.deployment import HOUSEKEEPING, Attribute, DeploymentFact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import Scaler

_TRUE: Final = frozenset({"true", "yes", "on"})
_SCHEDULED: Final = frozenset({"cron", "static", "keyvalue", "redis"})
_APP_ENGINE_SCALING: Final = (
    "manual_scaling.instances",
    "automatic_scaling.max_num_instances",
    "automatic_scaling.max_instances",
    "basic_scaling.max_instances",
)
_CLOUD_RUN: Final = "spec.template.metadata.annotations"
_SESSION_AFFINITY: Final = "run.googleapis.com/sessionAffinity"


def read_platform(config: ConfigText, document: Document) -> Iterator[DeploymentFact]:
    """Yield the facts of one document, if it is one of these; raises `OutOfBudgetError` as it does."""
    root = document.resolve(document.root)
    if not isinstance(root, MapNode):
        return
    names = {pair.key.value.lower() for pair in document.pairs(root)}
    if _is_render(config, names):
        yield from _render(config, document, root)
    elif _is_app_engine(names):
        yield from _app_engine(config, document, root)
    elif "apiversion" in names and "kind" in names:
        yield from _cloud_run(config, document, root)
    elif config.path.endswith(".config"):
        yield from _beanstalk(config, document, root)
    elif "_format_version" in names:
        yield from _kong(config, document, root)
    elif names & {"http", "tcp", "udp"}:
        yield from _traefik(config, document, root)
    if "hash_policy" in config.text or "session_state" in config.text:
        yield from _envoy(config, document)


# --- Render ------------------------------------------------------------------------------------------


def _render(config: ConfigText, document: Document, root: Node) -> Iterator[DeploymentFact]:
    for service in _items(document, root, "services"):
        kind, name = document.text_at(service, "type"), document.text_at(service, "name")
        if kind is not None and kind.value in _SCHEDULED:
            continue
        owner = _owner("platform", name.value if name else "service", f"{config.path}:{service.start}")
        for key in ("startCommand", "dockerCommand"):
            yield from _command(config, document.text_at(service, key), owner)
        for pair in document.at(service, "disk.mountPath"):
            yield from _scalar(config, pair, Attribute.VOLUME, owner)


# --- copies ------------------------------------------------------------------------------------------


def read_copies(config: ConfigText, document: Document) -> Iterator[Scaler]:
    """Yield in how many copies Render and App Engine run what they start; Cloud Run is told as Knative is."""
    root = document.resolve(document.root)
    if not isinstance(root, MapNode):
        return
    names = {pair.key.value.lower() for pair in document.pairs(root)}
    if _is_render(config, names):
        for service in _items(document, root, "services"):
            name = document.text_at(service, "name")
            paths = ("numInstances", "scaling.maxInstances")
            yield from _counts(config, document, service, paths, name.value if name else "service")
    elif _is_app_engine(names):
        name = document.text_at(root, "service")
        yield from _counts(config, document, root, _APP_ENGINE_SCALING, name.value if name else "default")


def _is_render(config: ConfigText, names: set[str]) -> bool:
    return "services" in names and re.search(r"(?:^|/)render[^/]*\.ya?ml\Z", config.path.lower()) is not None


def _is_app_engine(names: set[str]) -> bool:
    return "runtime" in names and not {"kind", "services", "resources"} & names


# --- Elastic Beanstalk -------------------------------------------------------------------------------


def _beanstalk(config: ConfigText, document: Document, root: Node) -> Iterator[DeploymentFact]:
    """Read files and commands of `.ebextensions`, which each instance gets; a leader may be replaced."""
    owner = _owner("eb", config.path.rpartition("/")[2], config.path)
    for files in document.at(root, "files"):
        for pair in document.pairs(files.value):
            content = document.text_at(pair.value, "content")
            job = first_job(content.value) if content is not None else None
            if job is None or not CRON_FOLDER.match(pair.key.value):
                continue
            jobs = " ".join(each.command for each in read_jobs(content.value if content else ""))
            value = HOUSEKEEPING if is_housekeeping(f"{pair.key.value} {jobs}") else cut(job.command)
            word = Word(pair.key.value, pair.key.start, pair.key.end)
            yield fact(config, owner, Attribute.JOB, value, [word])
    for name in ("commands", "container_commands"):
        for holder in document.at(root, name):
            for pair in document.pairs(holder.value):
                leader = document.text_at(pair.value, "leader_only")
                told = _command(config, document.text_at(pair.value, "command"), owner)
                for each in told:
                    if each.attribute is Attribute.JOB:
                        yield replace(each, pinned=leader is not None and leader.value.lower() in _TRUE)


# --- App Engine --------------------------------------------------------------------------------------


def _app_engine(config: ConfigText, document: Document, root: Node) -> Iterator[DeploymentFact]:
    name = document.text_at(root, "service")
    service = name.value if name is not None else "default"
    owner = _owner("platform", service, config.path)
    yield from _command(config, document.text_at(root, "entrypoint"), owner)
    for pair in document.at(root, "network.session_affinity"):
        if isinstance(pair.value, ScalarNode) and pair.value.value.lower() in _TRUE:
            yield _pinned(config, pair, service, "app-engine", "set `session_affinity: false`")


# --- Cloud Run ---------------------------------------------------------------------------------------


def _cloud_run(config: ConfigText, document: Document, root: Node) -> Iterator[DeploymentFact]:
    version = document.text_at(root, "apiVersion")
    if version is None or not version.value.startswith(("serving.knative.dev/", "run.googleapis.com/")):
        return
    name = document.text_at(root, "metadata.name")
    service = f"Service/{name.value}" if name is not None else "Service"
    for holder in document.at(root, _CLOUD_RUN):
        for pair in document.pairs(holder.value):
            value = pair.value.value if isinstance(pair.value, ScalarNode) else ""
            if pair.key.value == _SESSION_AFFINITY and value.lower() in _TRUE:
                yield _pinned(config, pair, service, "cloud-run", f"set `{_SESSION_AFFINITY}: 'false'`")


# --- Kong --------------------------------------------------------------------------------------------


def _kong(config: ConfigText, document: Document, root: Node) -> Iterator[DeploymentFact]:
    """Read declarative files: what an upstream hashes says whether it pins clients."""
    for upstream in _items(document, root, "upstreams"):
        said = {pair.key.value: pair for pair in document.pairs(upstream)}
        method, header = _text(said.get("hash_on")), _text(said.get("hash_on_header"))
        algorithm = _text(said.get("algorithm"))
        if algorithm == "sticky-sessions":
            off = "set `algorithm: round-robin`"
            yield _pinned(config, said["algorithm"], _text(said.get("name")), "kong", off)
        elif method in _HASHED or (method == "header" and header.lower() not in _REQUEST_HEADERS):
            yield _pinned(config, said["hash_on"], _text(said.get("name")), "kong", "set `hash_on: none`")


# --- Traefik -----------------------------------------------------------------------------------------


def _traefik(config: ConfigText, document: Document, root: Node) -> Iterator[DeploymentFact]:
    """Read the file provider: its keys may be written in any case."""
    for services in _children(document, root, ("http", "services")):
        for named in document.pairs(services):
            for balancer in _children(document, named.value, ("loadbalancer",)):
                for pair in document.pairs(balancer):
                    if pair.key.value.lower() == "sticky" and is_on(document, pair.value):
                        yield _pinned(config, pair, named.key.value, "traefik", "remove `sticky`")


def is_on(document: Document, node: Node) -> bool:
    """Tell whether `sticky`, a bare switch or a block that may be empty, is on."""
    value = document.resolve(node)
    if isinstance(value, ScalarNode):
        return value.is_null or value.value.lower() in _TRUE
    return isinstance(value, MapNode)


# --- Envoy -------------------------------------------------------------------------------------------

_HASHED: Final = frozenset({"consumer", "cookie", "ip"})
_RINGS: Final = frozenset({"RING_HASH", "MAGLEV"})
_RING_POLICIES: Final = re.compile(r"envoy\.load_balancing_policies\.(?:ring_hash|maglev)\Z")
_SESSION_STATES: Final = re.compile(r"envoy\.http\.stateful_session\.\w+\Z")
_REQUEST_HEADERS: Final = frozenset(
    {":authority", ":method", ":path", ":scheme", "host", "x-envoy-original-path"}
)


def _envoy(config: ConfigText, document: Document) -> Iterator[DeploymentFact]:
    """Read routes that hash who asks for clusters that place by hash, and filters that keep sessions."""
    hashed: list[tuple[Pair, str, str]] = []
    rings: dict[str, bool] = {}
    for mapping in mappings(document, document.root):
        pairs = {pair.key.value: pair for pair in document.pairs(mapping)}
        name = _text(pairs.get("name"))
        if "session_state" in pairs:
            state = document.text_at(pairs["session_state"].value, "name")
            if state is not None and _SESSION_STATES.match(state.value):
                off = "remove the filter"
                yield _pinned(config, pairs["session_state"], "stateful_session", "envoy", off, state.value)
        if "lb_policy" in pairs and name:
            rings[name] = _text(pairs["lb_policy"]).upper() in _RINGS
        elif _RING_POLICIES.match(name):
            rings[""] = True
        decides = _client_in(document, pairs.get("hash_policy"))
        if decides:
            hashed.append((pairs["hash_policy"], decides, _text(pairs.get("cluster"))))
    for holder, decides, cluster in hashed:
        # A cluster that this file does not name is decided by any ring that there is.
        if rings.get(cluster, any(rings.values())):
            off = "set `lb_policy: LEAST_REQUEST` and remove `hash_policy`"
            yield _pinned(config, holder, cluster or "route", "envoy", off, decides)


def _client_in(document: Document, policy: Pair | None) -> str:
    """Name what of the client a hash policy uses, empty if it uses nothing of it."""
    items = policy.value.items if policy is not None and isinstance(policy.value, ListNode) else ()
    found = (_hashes_client(document, item) for item in items)
    return next((pair.key.value for pair in found if pair is not None), "")


def _hashes_client(document: Document, item: Node) -> Pair | None:
    for pair in document.pairs(item):
        header = document.text_at(pair.value, "header_name")
        if pair.key.value == "cookie" or (
            pair.key.value == "header" and header is not None and header.value.lower() not in _REQUEST_HEADERS
        ):
            return pair
        source = document.text_at(pair.value, "source_ip")
        if pair.key.value == "connection_properties" and source is not None and source.value == "true":
            return pair
    return None


# --- parts -------------------------------------------------------------------------------------------


def _children(document: Document, node: Node, path: tuple[str, ...]) -> Iterator[Node]:
    for pair in document.pairs(node):
        if pair.key.value.lower() == path[0]:
            if len(path) == 1:
                yield pair.value
            else:
                yield from _children(document, pair.value, path[1:])


def _items(document: Document, node: Node, name: str) -> Iterator[MapNode]:
    for pair in document.at(node, name):
        if isinstance(pair.value, ListNode):
            for item in map(document.resolve, pair.value.items):
                if isinstance(item, MapNode):
                    yield item


def _text(pair: Pair | None) -> str:
    return pair.value.value if pair is not None and isinstance(pair.value, ScalarNode) else ""


def _owner(unit: str, service: str, group: str) -> Owner:
    return Owner(service=service, group=group, unit=unit, remedy="give the clock a process of its own")


def _command(config: ConfigText, node: ScalarNode | None, owner: Owner) -> Iterator[DeploymentFact]:
    if node is not None and not node.is_null:
        yield from read_commands(config, *text_span(config, node), owner)


def _counts(
    config: ConfigText, document: Document, node: Node, paths: Iterable[str], service: str
) -> Iterator[Scaler]:
    view = View(Part(config, 0, len(config.text)), document)
    for path in paths:
        for pair in document.at(node, path):
            yield replicas(view, pair, service)


def _scalar(config: ConfigText, pair: Pair, attribute: Attribute, owner: Owner) -> Iterator[DeploymentFact]:
    if isinstance(pair.value, ScalarNode) and pair.value.value:
        word = Word(f"{pair.key.value}: {pair.value.value}", pair.key.start, pair.value.end)
        yield fact(config, owner, attribute, pair.value.value, [word])


def _pinned(  # noqa: PLR0913, PLR0917 - a fact says that much
    config: ConfigText, pair: Pair, service: str, unit: str, remedy: str, value: str = ""
) -> DeploymentFact:
    told = value or (pair.value.value if isinstance(pair.value, ScalarNode) else "")
    end = pair.key.end
    if isinstance(pair.value, ScalarNode) and config.line_of(pair.value.end) == config.line_of(end):
        end = max(end, pair.value.end)
    return DeploymentFact(
        service=service,
        attribute=Attribute.AFFINITY,
        value=told or pair.key.value,
        spelling=f"{pair.key.value}: {cut(told)}" if told else pair.key.value,
        remedy=remedy,
        place=config.place(pair.key.start, end),
        unit=unit,
    )
