"""Back ends that the environment chooses: whether the branch that keeps state here is taken in a service.

    store = RedisStore(url) if (url := os.environ.get("REDIS_URL")) else MemoryStore()

Where every service that runs this code sets `REDIS_URL`, the fallback is dead. Where one is known not to, it
is alive; else nobody knows, and the finding stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.model.diagnostics import Evidence, Role
from statelint.model.facts import Test
from statelint.program import guards
from statelint.program.cell_names import Home
from statelint.program.constants import constant
from statelint.program.places_kept import is_here
from statelint.program.texts import Text
from statelint.program.told import asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from statelint.model.deployment import Variable
    from statelint.program.callsites import CallSites
    from statelint.program.contexts import Context
    from statelint.program.heap import Heap
    from statelint.program.places_kept import Kept
    from statelint.program.services import Service
    from statelint.program.sites import Site
    from statelint.program.topology import Topology

_UNSET: Final = (Test.FALSY, Test.IS_NONE, Test.ABSENT)
_OFF: Final = frozenset({"", "0", "false", "no", "none", "off"})
_MOST_SHOWN: Final = 2


class Verdict(NamedTuple):
    """Whether state is never kept here, because each service says otherwise, and the lines that decide.

    `spared` names the services that say otherwise where others do not.
    """

    is_dead: bool = False
    evidence: tuple[Evidence, ...] = ()
    spared: tuple[str, ...] = ()


OPEN: Final = Verdict()


class Backends:
    """Answers for each piece of state whether the environment of the services lets it come into being."""

    def __init__(self, heap: Heap, calls: CallSites, topology: Topology) -> None:
        self._heap = heap
        self._calls = calls
        self._topology = topology

    def of_site(self, site: Site, services: Sequence[Service]) -> Verdict:
        """Judge a cell by the condition under which it, or the object that has it, is made."""
        if not services:
            return OPEN
        asked_for = self._asked_for(site)
        return self._judge(asked_for, services, _is_off) if asked_for else OPEN

    def of_kept(self, kept: Kept, services: Sequence[Service]) -> Verdict:
        """Judge what a library keeps by the variable that may tell it another place."""
        if not services:
            return OPEN
        if kept.text is not None and kept.text.setting.isidentifier():
            return self._judge(
                kept.text.setting,
                services,
                lambda text: not text or is_here(Text((text,)), kept.entry, at_boot=True),
            )
        asked_for = self._at(kept.context, kept.place.line)
        return self._judge(asked_for, services, _is_off) if asked_for else OPEN

    # -- which variable ---------------------------------------------------------------------------------

    def _asked_for(self, site: Site) -> str:
        """Name the variable without which a cell is made; empty where it is made anyway."""
        if site.home is Home.MODULE:
            module = site.cell[1]
            context = self._heap.contexts.get(self._heap.module_key(module))
            return self._at(context, site.place.line) if context is not None else ""
        if site.home is not Home.INSTANCE:
            return ""
        made = self._calls.of_unit.get(self._heap.values.parts[site.cell[1]][0], ())
        names = {self._named(one.context, one.record.guard) for one in made}
        return names.pop() if len(names) == 1 else ""

    def _at(self, context: Context, line: int) -> str:
        body = context.body
        binds = {guard for _, _, guard, start, *_ in body.binds if start == line}
        calls = {call[4] for call in body.calls if call[6] == line}
        names = {self._named(context, guard) for guard in binds | calls}
        return names.pop() if len(names) == 1 else ""

    def _named(self, context: Context, guard: int) -> str:
        for one in guards.chain(context.body, guard):
            _, test, place, key, _ = context.body.guards[one]
            if test not in _UNSET or not place:
                continue
            if test != Test.ABSENT:
                name: object = asked(self._heap, context, place)
            else:
                name = constant(self._heap, context, key)
            if isinstance(name, str) and name.isidentifier() and not name.startswith("_"):
                return name
        return ""

    # -- what services say of it --------------------------------------------------------------------------

    def _judge(self, name: str, services: Sequence[Service], keeps_here: Callable[[str], bool]) -> Verdict:
        given = [(service, self._topology.variable(service, name)) for service in services]
        if not any(variables for _, variables in given):
            return OPEN
        dead: list[Evidence] = []
        alive: list[Evidence] = []
        is_open = False
        spared: list[str] = []
        for service, variables in given:
            if variables is None or any(_is_unknown(each) for each in variables):
                is_open = True
            elif not variables:
                said = f"`{name}` is not set for `{_quotable(service.name)}`"
                alive.append(Evidence(role=Role.CONFIG, place=service.place, message=said))
            else:
                here = [one for one in variables if not one.is_open and keeps_here(one.value)]
                alive += _told(here, "so it is kept here")
                if not here:
                    spared.append(service.name)
                    dead += _told(variables, "so it is kept elsewhere")
        if is_open or alive:
            return Verdict(evidence=tuple(alive[:_MOST_SHOWN]), spared=tuple(spared))
        return Verdict(is_dead=True, evidence=tuple(dead[:_MOST_SHOWN]))


def _told(variables: Sequence[Variable], words: str) -> Iterator[Evidence]:
    for each in variables:
        yield Evidence(role=Role.CONFIG, place=each.place, message=f"`{each.name}` is set here, {words}")


def _is_unknown(variable: Variable) -> bool:
    """Whether what a variable is set to stands elsewhere, and may be nothing; a Secret holds something."""
    return variable.is_open and bool(variable.value)


def _is_off(text: str) -> bool:
    return text.lower() in _OFF


def _quotable(text: str) -> str:
    return text.replace("`", "'")
