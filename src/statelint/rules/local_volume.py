"""Volumes with data that each copy of a service has for itself.

## What it finds

A service that runs in several copies and keeps data on a volume that they do not share: `emptyDir`,
`hostPath`, a claim that only one node may mount (`ReadWriteOnce`) or that lies on a node's disk, a bind mount
or a named volume under `deploy.replicas`, a host folder of a task; a folder with data that an image declares
as `VOLUME`, and queues that uWSGI keeps in files. What is mounted where, the number of
copies and the image decide; the copies may be said in another file (an autoscaler, an overlay, a chart's
values).

## Why it matters

What one copy writes, the others do not see: an upload is there on every third click. A copy that is moved or
replaced starts with nothing, and a claim that one node holds keeps a second copy from starting at all.

## Do this instead

Keep files in object storage and records in a database. Where code needs a file system, mount one that many
nodes may write (`ReadWriteMany`, NFS, EFS) at that path.

## Not reported

Scratch folders, caches, sockets and rendered configuration; read-only mounts; volumes of databases and
brokers; claims of each copy of a StatefulSet; one copy a node (DaemonSet); jobs; shared volumes. One copy is
no more than a note, and so is what stands in tests and examples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint import remedies
from statelint.model.deployment import Storage
from statelint.model.diagnostics import Copies, Diagnostic, Evidence, Role, State
from statelint.model.rules import RuleMeta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program import Program
    from statelint.program.local_volumes import LocalVolume

META = RuleMeta(summary="copies of a service keep data on volumes that they do not share", since="0.1.0")

_BEHIND: Final = {
    Storage.EPHEMERAL: "goes with the copy",
    Storage.HOST: "is a folder of the node",
    Storage.NAMED: "lies on one host",
    Storage.CLAIM: "is for one node at a time",
}


def check(program: Program) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each volume with data that copies do not share."""
    for volume in program.local_volumes():
        workload, mount = volume.deployed.workload, volume.mount
        service, target = _quotable(workload.service), _quotable(volume.target)
        symbol = _quotable(mount.name or mount.source or volume.target)
        yield Diagnostic(
            at=mount.place,
            symbol=symbol,
            message=f"`{target}` of `{service}` {_behind(volume)}, and {_copies(volume)}",
            state=State.VOLUME,
            confidence=volume.confidence,
            holder=f"{service} {symbol}",
            site="config",
            evidence=tuple(_evidence(volume)),
            remedy=remedies.suggest_for_volume(
                workload.unit, name=symbol, path=target, preferred=program.stores
            ),
            copies=volume.deployed.copies,
        )


def _quotable(text: str) -> str:
    return text.replace("`", "'")


def _behind(volume: LocalVolume) -> str:
    if volume.claim is not None and volume.claim.is_local:
        return _BEHIND[Storage.HOST]
    return _BEHIND[volume.mount.storage]


def _copies(volume: LocalVolume) -> str:
    deployed = volume.deployed
    if deployed.copies is Copies.MANY:
        return f"{deployed.most} copies may run" if deployed.most else "several copies may run"
    return "one copy runs" if deployed.copies is Copies.ONE else "a second copy sees another one"


def _evidence(volume: LocalVolume) -> Iterator[Evidence]:
    mount, claim, said_by = volume.mount, volume.claim, volume.deployed.said_by
    service = _quotable(volume.deployed.workload.service)
    if said_by is not None:
        said = f"`{_quotable(said_by.spelling)}` of `{service}`"
        yield Evidence(role=Role.COPIES, place=said_by.place, message=said)
    yield Evidence(
        role=Role.CONFIG, place=mount.place, message=f"`{_quotable(mount.spelling)}` of `{service}`"
    )
    for place, target in zip(mount.seen_at, mount.targets, strict=False):
        if target == volume.target:
            said = f"mounted at `{_quotable(target)}`"
            yield Evidence(role=Role.CONFIG, place=place, message=said)
            break
    if claim is not None:
        said = f"`{_quotable(claim.spelling)}` of `{_quotable(claim.name)}`"
        yield Evidence(role=Role.CONFIG, place=claim.place, message=said)
