"""From deployment files to services: what each thing starts, in how many copies, with which code."""

from __future__ import annotations

import itertools
import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands import load_table
from statelint.deploy.storage import is_foreign_image, is_store_image
from statelint.model.deployment import Attribute, Process
from statelint.model.diagnostics import Copies
from statelint.model.files import FileRole
from statelint.program.bounds import bound_by, copies_for, instances_of, is_variable, workers_of
from statelint.program.deployed import is_whole
from statelint.program.images import Images, folders_of
from statelint.program.services import Bound, Code, Service, bare_name
from statelint.program.started import facts_of_container

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.model.deployment import (
        Container,
        DeploymentFact,
        Image,
        Variable,
        Workload,
    )
    from statelint.program.code_map import CodeMap
    from statelint.program.deployed import Deployed, Deployment

_MOST_USED: Final = 4
"""Files that start what the next one says: a Dockerfile a script, that a supervisor, that a Procfile."""

_GROUPS: Final = ("procfile", "platform", "systemd", "supervisord", "uwsgi")
"""Units whose groups of commands are services by themselves, where nothing else uses their files."""

_DECIDES: Final = frozenset(
    {Process.SERVER.value, Process.CONSUMER.value, Process.SCHEDULER.value, Process.PROGRAM.value}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A service before its code is known; `folders` are where its command may have been started."""

    service: Service
    image: Image | None
    folders: tuple[str, ...]
    settings: tuple[DeploymentFact, ...]
    is_foreign: bool


class Launching:
    """Builds the services of a project.

    Invariant: each deployment file that another one uses is a part of that one's service.
    """

    def __init__(
        self, deployment: Deployment, code: CodeMap, server_settings: Sequence[DeploymentFact]
    ) -> None:
        self._deployment = deployment
        self._code = code
        self._images = Images(deployment, code.tops)
        self._settings = server_settings
        self._roles = {file.path: file.role for file in deployment.files}
        self._in_file: dict[str, list[DeploymentFact]] = {}
        self._named: dict[str, list[str]] = {}
        for file in deployment.files:
            self._in_file[file.path] = [fact for fact in file.facts if not fact.reference]
            self._named.setdefault(posixpath.basename(file.path), []).append(file.path)
        self._used: set[str] = set()

    def services(self) -> tuple[Service, ...]:
        """List the services in order of place."""
        drafts = [
            self._of_workload(deployed)
            for deployed in self._deployment.deployed
            if is_whole(deployed.workload)
            and deployed.role is not FileRole.TEST
            and not _is_store(deployed.workload)
        ]
        built = {draft.image for draft in drafts}
        unused = (self._of_image(image) for image in self._images.all if image not in built)
        drafts += [draft for draft in unused if draft is not None]
        drafts += self._of_groups()
        return tuple(sorted(self._with_code(drafts), key=lambda one: (one.place, one.name)))

    # -- workloads ----------------------------------------------------------------------------------------

    def _of_workload(self, deployed: Deployed) -> _Draft:
        workload = deployed.workload
        serving = [one for one in workload.containers if not one.is_init]
        own = [one for one in serving if not is_foreign_image(self._images.resolved(one))] or serving
        found = [(one, self._images.of(workload, one)) for one in own]
        image = next((image for _, image in found if image is not None), None)
        folders = self._folders(workload, own, image)
        commands = [fact for one, built in found for fact in self._commands(workload, one, built, folders)]
        facts = self._with_used(commands, folders)
        variables, takes_unknown = self._variables(workload, found)
        service = Service(
            name=workload.service,
            unit=workload.unit,
            place=workload.place,
            role=deployed.role,
            commands=tuple(fact for fact in facts if fact.attribute is Attribute.COMMAND),
            instances=instances_of(deployed),
            workers=None,
            code=None,
            labels=workload.labels,
            mounts=workload.mounts,
            files=frozenset({fact.place.path for fact in facts} | ({image.place.path} if image else set())),
            variables=variables,
            takes_unknown=takes_unknown,
            runs_to_end=workload.runs_to_end,
            held=workload.held,
        )
        is_foreign = all(is_foreign_image(self._images.resolved(one)) for one in serving if not one.build)
        is_foreign = is_foreign and not any(one.build for one in serving)
        return self._draft(service, image, folders, facts, is_foreign=is_foreign)

    def _folders(
        self, workload: Workload, containers: Sequence[Container], image: Image | None
    ) -> tuple[str, ...]:
        home = posixpath.dirname(workload.place.path)
        contexts = [posixpath.normpath(posixpath.join(home, one.build)) for one in containers if one.build]
        context = "" if not contexts else contexts[0] if contexts[0] != "." else ""
        held = folders_of(image, context) if image is not None else ()
        built = [posixpath.dirname(image.place.path)] if image is not None else []
        return tuple(dict.fromkeys([*held, *(one for one in contexts if one != "."), *built, home]))

    def _commands(
        self, workload: Workload, container: Container, image: Image | None, folders: Sequence[str]
    ) -> list[DeploymentFact]:
        """Give what a container is told to start, else what its image starts."""
        own = list(facts_of_container(workload, container))
        in_image = self._facts_of(image) if image is not None else []
        kept = [fact for fact in in_image if fact.attribute is Attribute.WORKERS and is_variable(fact)]
        for used in self._with_used(own, folders):
            if used.attribute is Attribute.COMMAND and used.value in _DECIDES:
                return [*own, *kept]
        return [*own, *in_image]

    def _facts_of(self, image: Image) -> list[DeploymentFact]:
        return [fact for fact in self._in_file.get(image.place.path, ()) if _group(fact) == image.group]

    def _with_used(self, facts: Iterable[DeploymentFact], folders: Sequence[str]) -> list[DeploymentFact]:
        """Add what the files say that are used: scripts, supervisors, Procfiles, settings of servers."""
        found = [self._as_own(fact) for fact in facts]
        paths: set[str] = set()
        for fact in found:  # grows while it is read
            if fact.attribute is not Attribute.USES or len(paths) >= _MOST_USED:
                continue
            path = self._used_file(fact.value, folders)
            if path and path not in paths:
                paths.add(path)
                self._used.add(path)
                found += self._in_file[path]
        return found

    def _as_own(self, fact: DeploymentFact) -> DeploymentFact:
        """Take an unknown program that is called like a package of the project for that package."""
        is_own = fact.attribute is Attribute.RUNS and bool(self._code.package(fact.value))
        if not is_own:
            return fact
        return replace(fact, attribute=Attribute.COMMAND, value=Process.PROGRAM.value, setting=fact.value)

    def _used_file(self, name: str, folders: Sequence[str]) -> str:
        places = self._named.get(posixpath.basename(name), ())
        for folder in folders:
            inside = [path for path in places if not folder or path.startswith(f"{folder}/")]
            if len(inside) == 1:
                return inside[0]
        return places[0] if len(places) == 1 else ""

    def _variables(
        self, workload: Workload, found: Sequence[tuple[Container, Image | None]]
    ) -> tuple[dict[str, tuple[Variable, ...]], bool]:
        """Gather the environment: what a container says beats what it takes, and that what its image has."""
        known: dict[str, tuple[Variable, ...]] = {}
        unknown = False
        patches = [
            (other.place.path, one)
            for other in self._deployment.patches.get(workload.service, ())
            for one in other.containers
        ]
        for _, image in found:
            known |= _by_name(image.environment if image is not None else ())
        given = [(workload.place.path, one) for one, _ in found]
        for path, container in (*given, *patches):
            for name in container.takes:
                taken = self._deployment.environment(name, path)
                unknown |= taken is None
                known |= _by_name(taken or ())
        for _, container in given:
            known |= _by_name(container.environment)
        for _, container in patches:
            for name, more in _by_name(container.environment).items():
                known[name] = (*known.get(name, ()), *more)
        return known, unknown

    # -- images and groups of commands ----------------------------------------------------------------------

    def _of_image(self, image: Image) -> _Draft | None:
        folders = tuple(dict.fromkeys((*folders_of(image), posixpath.dirname(image.place.path))))
        facts = self._with_used(self._facts_of(image), folders)
        commands = tuple(fact for fact in facts if fact.attribute is Attribute.COMMAND)
        if not commands:
            return None
        service = Service(
            name=commands[0].service if commands[0].unit == "dockerfile" else image.place.path,
            unit="dockerfile",
            place=image.place,
            role=self._roles[image.place.path],
            commands=commands,
            instances=None,
            workers=None,
            code=None,
            files=frozenset(fact.place.path for fact in facts) | {image.place.path},
            variables=_by_name(image.environment),
        )
        return self._draft(service, image, folders, facts, is_foreign=False)

    def _of_groups(self) -> Iterator[_Draft]:
        for path, facts in self._in_file.items():
            if path in self._used or self._roles[path] is FileRole.TEST:
                continue
            own = [fact for fact in facts if fact.unit in _GROUPS]
            by_group = itertools.groupby(sorted(own, key=_group), key=_group)
            for _, group in by_group:
                draft = self._of_group(path, sorted(group, key=lambda fact: fact.place))
                if draft is not None:
                    yield draft

    def _of_group(self, path: str, group: list[DeploymentFact]) -> _Draft | None:
        folders = (posixpath.dirname(path),)
        facts = self._with_used(group, folders)
        commands = tuple(fact for fact in facts if fact.attribute is Attribute.COMMAND)
        if not commands:
            return None
        service = Service(
            name=commands[0].service,
            unit=commands[0].unit,
            place=commands[0].place,
            role=self._roles[path],
            commands=commands,
            instances=self._scaled(path, commands[0].service),
            workers=None,
            code=None,
            files=frozenset(fact.place.path for fact in facts) - {path},
            takes_unknown=True,
        )
        return self._draft(service, None, folders, facts, is_foreign=False)

    def _scaled(self, path: str, name: str) -> Bound | None:
        said = self._deployment.scalers.get((path, name), [])
        known = max(
            (one for one in said if one.most is not None), key=lambda one: one.most or 0, default=None
        )
        if known is not None:
            return bound_by(known, copies_for(known.most))
        return bound_by(said[0], Copies.UNKNOWN) if said else None

    # -- workers and code -----------------------------------------------------------------------------------

    def _draft(
        self,
        service: Service,
        image: Image | None,
        folders: tuple[str, ...],
        facts: Sequence[DeploymentFact],
        *,
        is_foreign: bool,
    ) -> _Draft:
        settings = (*facts, *self._server_settings(service, facts, folders))
        with_workers = replace(service, workers=workers_of(service, settings))
        return _Draft(
            service=with_workers, image=image, folders=folders, settings=settings, is_foreign=is_foreign
        )

    def _server_settings(
        self, service: Service, facts: Sequence[DeploymentFact], folders: Sequence[str]
    ) -> Iterator[DeploymentFact]:
        """Yield what files in Python say that a server is told to read, or reads where it is started."""
        if Process.SERVER.value not in service.kinds:
            return
        named = {posixpath.basename(fact.value) for fact in facts if fact.attribute is Attribute.USES}
        by_path: dict[str, list[DeploymentFact]] = {}
        for fact in self._settings:
            if posixpath.basename(fact.place.path) in named:
                by_path.setdefault(fact.place.path, []).append(fact)
        for folder in (*folders, "") if by_path else ():
            inside = [path for path in by_path if not folder or path.startswith(f"{folder}/")]
            if inside:
                yield from by_path[min(inside, key=lambda path: (path.count("/"), path))]
                return

    def _with_code(self, drafts: Sequence[_Draft]) -> Iterator[Service]:
        coded = [(draft, self._code_of(draft)) for draft in drafts]
        unknown = [draft for draft, code in coded if code is None and not draft.is_foreign]
        alone = self._alone([one for one in unknown if one.service.role is FileRole.APPLICATION])
        is_only = not any(code is not None and code.found_by != "image" for _, code in coded)
        only = self._only_code(is_only=is_only) if alone else None
        for draft, code in coded:
            yield replace(draft.service, code=only if code is None and draft in alone else code)

    def _code_of(self, draft: _Draft) -> Code | None:
        texts = [fact.value for fact in draft.settings if fact.attribute is Attribute.ENTRY]
        for name in load_table().variables.entry if not texts else ():
            texts += [each.value for each in draft.service.variables.get(name, ()) if not each.is_open]
        found = [self._code.entry(text, draft.folders) for text in texts]
        entries = tuple(sorted({one for one in found if one is not None}))
        if entries:
            code = self._code.closure(entries)
            is_whole = None not in found and self._code.is_whole(code)
            return Code(entries=entries, modules=code, found_by="command", is_whole=is_whole)
        own = [one for fact in draft.service.commands for one in self._code.package(fact.setting)]
        if own:
            return Code(entries=(), modules=self._code.closure(own), found_by="program", is_whole=False)
        if draft.image is None or draft.is_foreign:
            return None
        inside = self._code.inside(draft.folders[:-1] or draft.folders)
        if not inside:
            return None
        return Code(entries=(), modules=self._code.closure(inside), found_by="image", is_whole=False)

    def _alone(self, unknown: Sequence[_Draft]) -> Sequence[_Draft]:
        """Give the services without code if all of them are one, written for several technologies."""
        names = {bare_name(draft.service.name) for draft in unknown}
        return unknown if len(names) == 1 else ()

    def _only_code(self, *, is_only: bool) -> Code | None:
        """Give all code of the application to the only service there is."""
        inside = self._code.inside([""]) if is_only else ()
        return (
            Code(entries=(), modules=frozenset(inside), found_by="only service", is_whole=False)
            if inside
            else None
        )


def _group(fact: DeploymentFact) -> str:
    return fact.group.partition(" #")[0]


def _is_store(workload: Workload) -> bool:
    serving = [one for one in workload.containers if not one.is_init]
    return bool(serving) and all(is_store_image(one.image) and not one.build for one in serving)


def _by_name(variables: Iterable[Variable]) -> dict[str, tuple[Variable, ...]]:
    return {each.name: (each,) for each in variables}
