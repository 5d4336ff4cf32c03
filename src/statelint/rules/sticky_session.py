"""Load balancers and Services that send a client back to the instance that answered before.

## What it finds

Session affinity that is switched on in a deployment file: `sessionAffinity: ClientIP` of a Service, cookie or
hash annotations of an Ingress, a gateway or a mesh, labels of a proxy in Compose, attributes of a load
balancer in Terraform, CloudFormation, Bicep or Elastic Beanstalk, `ip_hash`, `sticky` and hashes over the
client's address, cookie or token in an nginx `upstream`; `cookie`, `stick` and `balance` of HAProxy,
`stickysession` of Apache and mod_jk, `lb_policy` of Caddy, directors of Varnish, `sticky` of Traefik, hash
policies of Envoy; calls of AWS CDK in Python; and commands of scripts that switch it on, or write such
configuration. The value decides, not the key.

## Why it matters

Stickiness is how a service that remembers something gets by: it works until the instance goes. A restart, a
deployment or a scale-in then loses what was kept there, and the clients pinned to a busy instance wait while
others idle. Clients behind one address all land on one instance.

## Do this instead

Keep session data in a store that all instances reach and that expires (Redis, Memcached, a database), then
switch the affinity off. For websockets, use the websocket transport only, with a broker between instances.

## Not reported

Affinity that is off (`sessionAffinity: None`, `stickiness.enabled=false`, a commented line), node and pod
affinity, hashes over what is asked for (`hash $request_uri` keeps caches warm), weights and canaries by
cookie, values that nothing fills in, and a hash in front of a cache tier or a database, which is how such a
store is shared out. Affinity in front of code that was wholly read and remembers nothing is
`unneeded-affinity`. What stands in a test or an example, or in front of one copy, is no more than a note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.model.deployment import WITHOUT_EFFECT, Attribute
from statelint.model.diagnostics import Diagnostic, Evidence, Remedy, Role, State
from statelint.model.rules import RuleMeta
from statelint.program.behind import confidence_of, covered_by, is_before_a_store, is_for_websockets
from statelint.program.topology import copies_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.model.deployment import DeploymentFact
    from statelint.program import Program
    from statelint.program.behind import Covered, Findings

META = RuleMeta(
    summary="a load balancer is configured to send clients back to one instance", since="0.1.0", joins=True
)


def check(program: Program, found: Findings) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each setting that pins clients, but where nothing is behind it."""
    for fact in program.deployment(Attribute.AFFINITY):
        covered = covered_by(program, fact, found)
        if covered.is_read and not covered.states and not is_before_a_store(fact):
            continue
        copies, lines = copies_of(covered.services)
        service, spelling = _quotable(fact.service), _quotable(fact.spelling)
        symbol = spelling.split()[0].rstrip(":")
        yield Diagnostic(
            at=fact.place,
            symbol=symbol,
            message=_message(fact, covered, service, spelling),
            state=State.STICKY_SESSION,
            confidence=confidence_of(fact),
            holder=f"{service} {symbol}",
            site="config",
            evidence=(
                *covered.evidence(),
                *lines,
                Evidence(role=Role.CONFIG, place=fact.place, message=f"`{spelling}` of `{service}`"),
            ),
            remedy=_remedy(fact),
            ephemeral=is_before_a_store(fact),
            copies=copies,
            covers_state=bool(covered.states),
        )


def _message(fact: DeploymentFact, covered: Covered, service: str, spelling: str) -> str:
    said = f"`{service}` is configured for stickiness: `{spelling}`"
    if fact.value == WITHOUT_EFFECT:
        return f"{said}, without effect"
    return f"{said}, which covers up {covered.named}" if covered.states else said


def _quotable(text: str) -> str:
    return text.replace("`", "'")


def _remedy(fact: DeploymentFact) -> Remedy:
    if is_for_websockets(fact):
        return Remedy(
            store="redis",
            title="share messages through a broker, then let any instance take a connection",
            text="An open websocket stays on its instance anyway; only long polling needs affinity. Use the "
            "websocket transport only, and a broker (Redis, NATS) to reach clients of other instances, "
            f"then {fact.remedy}.",
        )
    return Remedy(
        store="redis",
        title="keep sessions in a shared store, then let any instance answer",
        text="Clients are bound to one instance: a restart or a scale-out loses or scatters their sessions. "
        "Keep session data in a shared store with expiry (Redis, Memcached, a database), "
        f"then {fact.remedy}.",
    )
