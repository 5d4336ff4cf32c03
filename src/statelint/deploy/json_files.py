"""Files that exist in JSON only: Caddy's own configuration, `app.json` of Heroku, `vercel.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.deploy.hash_keys import pins_client
from statelint.deploy.nodes import MapNode, Node, ScalarNode
from statelint.deploy.pods import replicas
from statelint.deploy.storage import is_data_tier
from statelint.deploy.view import mappings
from statelint.model.deployment import Attribute, Container, DeploymentFact, Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.nodes import Pair
    from statelint.deploy.view import Collected, View

_BY_CLIENT: Final = frozenset({"client_ip_hash", "cookie", "ip_hash", "query"})
_MANY: Final = 2  # a function runs in as many instances as there are requests


def knows(view: View, root: Node) -> bool:
    """Tell whether the root is that of one of these files."""
    return _is_caddy(view, root) or _is_heroku(view, root) or any(True for _ in _functions(view, root))


def read(view: View, root: Node, found: Collected) -> None:
    """Add what the file says."""
    if _is_caddy(view, root):
        found.facts.extend(_policies(view, root))
    elif _is_heroku(view, root):
        # A line of the Procfile has the name of its kind of dyno.
        for dyno in view.document.pairs(view.pairs(root)["formation"].value):
            quantity = view.find(dyno.value, "quantity")
            if quantity is not None:
                found.scalers.append(replicas(view, quantity, dyno.key.value))
    else:
        found.workloads.extend(_functions(view, root))


# --- Caddy -------------------------------------------------------------------------------------------


def _is_caddy(view: View, root: Node) -> bool:
    return view.find(root, "apps.http.servers") is not None


def _policies(view: View, root: Node) -> Iterator[DeploymentFact]:
    for handler in mappings(view.document, root):
        policy = view.find(handler, "load_balancing.selection_policy.policy")
        if policy is None or not isinstance(policy.value, ScalarNode):
            continue
        word = view.literal(policy.value)
        header = view.text(handler, "load_balancing.selection_policy.field").lower().replace("-", "_")
        upstreams = [view.text(each, "dial") for each in view.maps(handler, "upstreams")]
        decides = word in _BY_CLIENT or (word == "header" and pins_client(f"$http_{header}"))
        if decides and not is_data_tier(" ".join(upstreams), upstreams):
            yield DeploymentFact(
                service=", ".join(upstreams)[:60] or "reverse_proxy",
                attribute=Attribute.AFFINITY,
                value=word,
                spelling=f"selection_policy: {word}",
                remedy='set `"selection_policy": {"policy": "least_conn"}`',
                place=view.place_of(policy),
                unit="caddy",
            )


# --- platforms ---------------------------------------------------------------------------------------


def _is_heroku(view: View, root: Node) -> bool:
    formation = view.find(root, "formation")
    dynos = view.document.pairs(formation.value) if formation is not None else ()
    return any({"quantity", "size"} & set(view.pairs(dyno.value)) for dyno in dynos)


def _functions(view: View, root: Node) -> Iterator[Workload]:
    """Yield the Python files that Vercel makes functions of; its `crons` call them from outside."""
    for build in view.maps(root, "builds"):
        source = view.find(build, "src")
        if source is not None and "python" in view.text(build, "use"):
            yield _function(view, source, view.text(build, "src"))
    functions = view.find(root, "functions")
    for pair in view.document.pairs(functions.value) if functions is not None else ():
        if pair.key.value.endswith(".py") and isinstance(pair.value, MapNode):
            yield _function(view, pair, pair.key.value)


def _function(view: View, pair: Pair, path: str) -> Workload:
    place = view.place_of(pair)
    command = () if "*" in path else ("python", path)
    container = Container(name=path, image="", command=command, environment=(), place=place, build=".")
    return Workload(
        service=path, kind="function", unit="vercel", place=place, containers=(container,), presumed=_MANY
    )
