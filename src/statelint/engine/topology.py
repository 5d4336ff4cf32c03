"""The pipeline of `statelint topology`: files -> facts -> Program -> services, with what each holds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from statelint.engine.analysis import judge
from statelint.engine.cache import NO_CACHE
from statelint.engine.collector import collector_off
from statelint.engine.facts import read_facts
from statelint.model.deployment import Attribute, Process
from statelint.model.diagnostics import Severity
from statelint.model.progress import Tell, tell_nobody
from statelint.model.topology import Factor, Said, ServiceRow, TopologyReport
from statelint.program.services import worded_copies
from statelint.sources.finding import chosen_by_paths, find_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from statelint.engine.analysis import Judged
    from statelint.engine.cache import Cache
    from statelint.model.deployment import DeploymentFact
    from statelint.model.settings import Settings
    from statelint.program.services import Service


def read_topology(settings: Settings, tell: Tell = tell_nobody, *, cache: Cache = NO_CACHE) -> TopologyReport:
    """Read a project and give its services; PATHS choose those that have code or a file there."""
    with collector_off():
        files = find_files(settings)
        facts = read_facts(files.files, settings.jobs, tell, cache=cache)
        judged = judge(settings, files, facts, look=cache.look, tell=tell)
        return topology_of(judged, chosen_by_paths(settings))


def topology_of(judged: Judged, is_chosen: Callable[[str], bool]) -> TopologyReport:
    """Make rows of the services of a judged project."""
    topology = judged.program.topology
    homes = {(each.at, each.symbol): topology.services_of(each) for each in judged.diagnostics}
    fronts = {fact: topology.behind(fact).services for fact in judged.program.deployment(Attribute.AFFINITY)}
    counts: dict[Service | None, Counter[str]] = {}
    for finding in judged.selection.findings:
        services = homes.get((finding.place, finding.symbol), ())
        if finding.site == "config" and not services:
            pinned = [found for fact, found in fronts.items() if fact.place == finding.place]
            services = pinned[0] if pinned else ()
        for service in services or (None,):
            counts.setdefault(service, Counter())[finding.severity.value] += 1
    rows = [
        _row(judged, service, fronts, counts.get(service, Counter()))
        for service in topology.services
        if any(map(is_chosen, _paths(judged, service)))
    ]
    unplaced = _by_severity(counts.get(None, Counter()))
    return TopologyReport(services=tuple(rows), unplaced=unplaced, problems=judged.problems)


def _paths(judged: Judged, service: Service) -> Iterator[str]:
    yield service.place.path
    yield from sorted(service.files)
    modules = judged.program.heap.modules
    for number in sorted(service.code.modules) if service.code is not None else ():
        yield modules.facts[number].path


def _row(
    judged: Judged,
    service: Service,
    fronts: Mapping[DeploymentFact, tuple[Service, ...]],
    found: Counter[str],
) -> ServiceRow:
    modules = judged.program.heap.modules
    code = service.code
    named = (("instances", service.instances), ("workers", service.workers))
    factors = tuple(
        Factor(
            what=what,
            number=bound.most,
            copies=bound.copies,
            said=Said(text=bound.spelling, place=bound.place),
        )
        for what, bound in named
        if bound is not None
    )
    processes = tuple((fact.value, Said(text=fact.spelling, place=fact.place)) for fact in service.commands)
    return ServiceRow(
        name=service.name,
        unit=service.unit,
        place=service.place,
        role=service.role,
        copies=service.copies,
        worded=worded_copies(service),
        factors=factors,
        processes=processes,
        entries=tuple(modules.facts[number].path for number in code.entries) if code is not None else (),
        modules=len(code.modules) if code is not None else 0,
        found_by=code.found_by if code is not None else "",
        schedulers=tuple(said for kind, said in processes if kind == Process.SCHEDULER.value),
        volumes=tuple(
            Said(text=mount.spelling, place=mount.place) for mount in service.mounts if mount.targets
        ),
        affinity=tuple(
            Said(text=fact.spelling, place=fact.place)
            for fact in judged.program.deployment(Attribute.AFFINITY)
            if service in fronts[fact]
        ),
        findings=_by_severity(found),
    )


def _by_severity(found: Counter[str]) -> dict[str, int]:
    return {severity.value: found[severity.value] for severity in Severity}
