"""State of the code behind a setting of the deployment: what rules that join the two ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from statelint.deploy.storage import is_cache, is_store
from statelint.model.deployment import WITHOUT_EFFECT
from statelint.model.diagnostics import Confidence, Evidence, Role, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.model.deployment import DeploymentFact
    from statelint.model.diagnostics import Diagnostic
    from statelint.model.places import Place
    from statelint.program.program import Program
    from statelint.program.services import Service
    from statelint.program.topology import Topology

_WEBSOCKETS: Final = re.compile(
    r"(?:^|[^a-z0-9])(?:live|realtime|signalr|socket|socketio|sockets|sse|websocket|websockets|ws|wss)(?![a-z0-9])",
    re.IGNORECASE,
)
_NAME_BEGINS: Final = re.compile(r"[/.]")  # `Service/web`, `services.web`, `aws_lb_target_group.web`
_SEVERAL_VARIABLES: Final = re.compile(r"\$.*\$")
# What stickiness is there for comes first: who was here, what was looked up, who is connected.
_ORDER: Final = {
    state: rank for rank, state in enumerate((State.SESSION, State.WEBSOCKET, State.CACHE, State.UPLOAD))
}
_MOST_SHOWN: Final = 6
_MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What a setting of the deployment covers up.

    `services` are those behind it, `states` what was found in their code, the likeliest reason first.
    `is_read` tells that all of that code was found and read, so that without `states` there is nothing.
    """

    services: tuple[Service, ...]
    states: tuple[Diagnostic, ...]
    is_read: bool

    @property
    def named(self) -> str:
        """The states in words: `CARTS`, `hub._watchers` and 2 more."""
        names = [f"`{each.symbol}`" for each in self.states[:_MOST_NAMED]]
        more = len(self.states) - len(names)
        if more:
            return f"{', '.join(names)} and {more} more"
        return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))

    def evidence(self) -> tuple[Evidence, ...]:
        """Point at the states."""
        return tuple(
            Evidence(
                role=Role.DECLARED, place=each.at, message=f"`{each.symbol}` ({each.state}) is behind it"
            )
            for each in self.states[:_MOST_SHOWN]
        )


def is_before_a_store(fact: DeploymentFact) -> bool:
    """Tell whether what answers keeps data for others: which node has which part is its own affair."""
    names = (fact.target, _NAME_BEGINS.split(fact.service)[-1])
    return any(is_store(name) or is_cache(name) for name in names)


def is_for_websockets(fact: DeploymentFact) -> bool:
    """Tell by its name a service that keeps connections open."""
    return _WEBSOCKETS.search(fact.service) is not None


def confidence_of(fact: DeploymentFact) -> Confidence:
    """Say how sure it is that a setting binds clients to an instance."""
    # `hash $remote_addr$request_uri` spreads the pages of a client; each page still comes from one instance.
    is_mixed = _SEVERAL_VARIABLES.search(fact.value) is not None
    is_weak = is_mixed or fact.value == WITHOUT_EFFECT or is_for_websockets(fact)
    return Confidence.MEDIUM if is_weak else Confidence.HIGH


class Findings:
    """What rules found in the code, by the services that run it."""

    def __init__(self, topology: Topology, found: Iterable[tuple[str, Diagnostic]]) -> None:
        self._of: dict[Service, list[Diagnostic]] = {}
        for _, diagnostic in found:
            if not diagnostic.ephemeral and topology.is_code(diagnostic.at.path):
                for service in topology.services_of(diagnostic):
                    self._of.setdefault(service, []).append(diagnostic)

    def of(self, services: Sequence[Service]) -> tuple[tuple[Diagnostic, ...], bool]:
        """List the state in the code of some services, each once, and tell whether there may be more."""
        states: dict[tuple[Place, str], Diagnostic] = {}
        doubtful = False
        for diagnostic in (each for service in services for each in self._of.get(service, ())):
            if diagnostic.confidence is Confidence.LOW:
                doubtful = True
            else:
                states.setdefault((diagnostic.at, diagnostic.symbol), diagnostic)
        likeliest = sorted(
            states.values(), key=lambda one: (_ORDER.get(one.state, len(_ORDER)), one.at, one.symbol)
        )
        return tuple(likeliest), doubtful


def covered_by(program: Program, fact: DeploymentFact, found: Findings) -> Covered:
    """Find the services that a setting pins clients to, and the state in their code."""
    topology = program.topology
    behind = topology.behind(fact)
    states, doubtful = found.of(behind.services)
    is_read = behind.is_known and not doubtful and topology.is_read(behind.services)
    return Covered(services=behind.services, states=states, is_read=is_read)
