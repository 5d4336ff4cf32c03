"""Volumes that each copy of a service has for itself, though what they hold belongs to all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statelint.deploy.storage import Use, is_shared_driver, is_store, is_store_image, use_of
from statelint.model.deployment import Storage
from statelint.model.diagnostics import Confidence, Copies
from statelint.program.declared_volumes import declared_volumes
from statelint.program.deployed import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from statelint.model.deployment import Claim, Mount, Workload
    from statelint.program.deployed import Deployed, Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalVolume:
    """One volume that is not shared by the copies of its workload; `claim` says why, where it is a claim."""

    deployed: Deployed
    mount: Mount
    claim: Claim | None
    target: str
    confidence: Confidence


def find_local_volumes(deployment: Deployment) -> Iterator[LocalVolume]:
    """Yield each volume with data that copies of a service do not share.

    Not: volumes of databases, brokers and other stores; what one copy a node is for; jobs; claims of ordered
    copies; scratch, sockets and configuration. Where nothing but the technology says that one copy runs,
    nothing is yielded either.
    """
    claims = deployment.claims()
    for deployed in deployment.deployed:
        workload = deployed.workload
        is_one_by_default = deployed.copies is Copies.ONE and deployed.said_by is None
        if workload.each_node or workload.runs_to_end or is_one_by_default or _is_store(workload):
            continue
        for mount in workload.mounts:
            yield from _judge(deployed, mount, claims)
    for deployed, mount in declared_volumes(deployment.files, deployment.deployed):
        if deployed.copies is not Copies.ONE or deployed.said_by is not None:
            sure = Confidence.HIGH if deployed.copies is Copies.MANY else Confidence.MEDIUM
            target = mount.targets[0]
            yield LocalVolume(deployed=deployed, mount=mount, claim=None, target=target, confidence=sure)


def _is_store(workload: Workload) -> bool:
    serving = [container for container in workload.containers if not container.is_init]
    return any(is_store_image(one.image) for one in serving) or is_store(workload.service)


def _judge(deployed: Deployed, mount: Mount, claims: Mapping[str, Sequence[Claim]]) -> Iterator[LocalVolume]:
    claim = _claim_of(mount, claims)
    use = _use(mount)
    if not mount.targets or use is Use.SCRATCH or (claim is not None and claim.shared and not claim.is_local):
        return
    confidence = _confidence(deployed, mount, claim, use)
    if confidence is None:
        return
    by_data = sorted(mount.targets, key=lambda target: use_of(target) is not Use.DATA)
    yield LocalVolume(deployed=deployed, mount=mount, claim=claim, target=by_data[0], confidence=confidence)


def _claim_of(mount: Mount, claims: Mapping[str, Sequence[Claim]]) -> Claim | None:
    if mount.storage not in {Storage.CLAIM, Storage.NAMED}:
        return None
    places = nearest(mount.place.path, (claim.place for claim in claims.get(mount.source, ())))
    return next((claim for claim in claims.get(mount.source, ()) if claim.place in places), None)


def _use(mount: Mount) -> Use:
    """Tell what a volume is for: by where it is mounted, else by its own name or the folder behind it."""
    uses = {use_of(target) for target in mount.targets}
    if Use.DATA in uses:
        use = Use.DATA
    elif uses == {Use.SCRATCH}:
        return Use.SCRATCH
    else:
        use = use_of(mount.name)
    if mount.storage is Storage.HOST:
        if is_shared_driver(mount.source) or use_of(mount.source) is Use.SCRATCH:
            return Use.SCRATCH
        return use if use is not Use.UNKNOWN else use_of(mount.source)
    return use


def _confidence(deployed: Deployed, mount: Mount, claim: Claim | None, use: Use) -> Confidence | None:
    """Say how sure it is that users miss what the copies do not share; None where it is not even likely."""
    many = deployed.copies is Copies.MANY
    if mount.storage is Storage.CLAIM:
        is_known = claim is not None and (claim.shared is not None or claim.is_local)
        unsaid = Confidence.LOW if many else None
        return (Confidence.HIGH if many else _if_data(use)) if is_known else unsaid
    if mount.storage is Storage.NAMED:
        is_elsewhere = claim is not None and claim.shared is None
        return None if is_elsewhere else Confidence.HIGH if use is Use.DATA else Confidence.MEDIUM
    if use is Use.DATA:
        return Confidence.HIGH if many else Confidence.MEDIUM
    if mount.storage is Storage.HOST:
        # Compose files bind the sources of a service, too.
        is_code = deployed.workload.unit == "compose"
        return Confidence.MEDIUM if many and not is_code else Confidence.LOW
    is_own = not mount.is_filled and len(mount.targets) == 1
    return Confidence.LOW if many and is_own else None


def _if_data(use: Use) -> Confidence:
    return Confidence.MEDIUM if use is Use.DATA else Confidence.LOW
