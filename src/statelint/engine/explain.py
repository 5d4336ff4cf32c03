"""What is believed about one line: its function, its cells, its calls, each answer with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.errors import UsageError
from statelint.model.facts import Op, UnitKind, WriteHow
from statelint.program import inspect
from statelint.program.calling import call_record
from statelint.program.cell_names import Home
from statelint.program.labels import worded
from statelint.program.values import SERVING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program import Program
    from statelint.program.contexts import Context
    from statelint.program.sites import Site

_ERAS = ("boot", "serve", "command", "serve, when a service uses it")


def explain(program: Program, path: str, line: int) -> str:
    """Say what is believed about a line of a Python file; raise UsageError where the file was not read."""
    modules = program.heap.modules
    number = next((n for n, module in enumerate(modules.facts) if module.path == path), -1)
    if number < 0:
        raise UsageError(f"`{path}` is no Python file of the project that could be read")
    source = program.read_lines(path)
    text = source[line - 1].strip() if 0 < line <= len(source) else ""
    uid = inspect.innermost_unit(modules, number, line)
    pages = [f"{path}:{line}  {text}", "", *_function(program, uid)]
    for context in inspect.contexts_of(program.heap, uid):
        pages += _context(program, context, line)
    sites = [site for site in program.all_sites if _concerns(program, site, path, line)]
    for site in sites:
        pages += ["", *_site(program, site)]
    if not sites:
        pages += ["", "no cell that is written while serving is made, written or read on this line"]
    return "\n".join(pages) + "\n"


def _function(program: Program, uid: int) -> Iterator[str]:
    modules = program.heap.modules
    unit = modules.units[uid]
    kind = UnitKind.name_of(unit.kind)
    yield f"{kind} `{unit.qualified or modules.facts[modules.module_of(uid)].module}`"
    contexts = inspect.contexts_of(program.heap, uid)
    if not contexts:
        yield "  era: never reached, so nothing in it runs at start-up or while serving, as far as is known"
    for context in contexts:
        yield f"  era: {_ERAS[context.era]}, because {_why_reached(program, context)}"


def _why_reached(program: Program, context: Context) -> str:
    heap = program.heap
    entry = heap.entries.get(context.key)
    if entry is not None:
        entry = worded(heap, entry)
        return f"it is an entry ({entry.kind}{f' {entry.label}' if entry.label else ''})"
    if context.era in SERVING:
        path = program.path_to(context)
        names = [program.qualified(step.context) for step in path.steps]
        if len(names) > 1:
            return " -> ".join(f"`{name}`" for name in names)
    callers = sorted(context.callers, key=lambda one: one.key)
    if callers:
        return f"`{program.qualified(callers[0])}` calls it"
    is_module = heap.modules.units[context.uid].kind == UnitKind.MODULE
    return "the module is imported" if is_module else "it is a root"


def _context(program: Program, context: Context, line: int) -> Iterator[str]:
    """Tell the calls and writes of one context on the line, with what each may be."""
    heap, body = program.heap, context.body
    era = _ERAS[context.era]
    for number in range(len(body.calls)):
        record = call_record(body, number)
        if record.line == line:
            callee = inspect.words(heap, inspect.found_at(heap, context, record.callee))
            runs = _ERAS[inspect.era_of_call(heap, context, record.guard)]
            yield f"  call ({era}): may be {callee}; what it calls runs in {runs}"
    for target, how, key, value, *rest in body.writes:
        if rest[2] == line:
            name = heap.modules.string(context.module, key) if how == WriteHow.ATTR else ""
            owner = inspect.words(heap, inspect.found_at(heap, context, target))
            yield f"  write ({era}): to {'.' + name if name else 'an element or name'} of {owner}"
            yield f"    value: {inspect.words(heap, inspect.found_at(heap, context, value))}"
    for place in range(1, len(body.ops)):
        if body.line_of(place) == line and body.ops[place] in (Op.NAME, Op.ATTR):
            found = inspect.found_at(heap, context, place)
            if found.values:
                yield f"  `{inspect.spelling(heap, context, place)}` ({era}): {inspect.words(heap, found)}"


def _concerns(program: Program, site: Site, path: str, line: int) -> bool:
    if (site.place.path, site.place.line) == (path, line):
        return True
    if any(program.path_of(w.context) == path and w.span[0] == line for w in site.writes):
        return True
    return any(program.path_of(r.context) == path and r.line == line for r in site.reads)


def _site(program: Program, site: Site) -> Iterator[str]:
    verdict = "ephemeral" if site.decision.ephemeral else "state"
    yield f"cell `{site.symbol}` ({Home(site.home).value}), made at {site.place.path}:{site.place.line}"
    held = f"held by `{site.kept_by[1]}`" if site.kept_by else "by its own name"
    yield f"  lifetime: outlives the request, {held}"
    yield f"  effect: {verdict} ({site.decision.row}: {site.decision.reason})"
    confidence, reason = program.sureness_of(site)
    yield f"  confidence: {confidence.value}{f', because {reason}' if reason else ''}"
    for write in site.writes:
        path = program.path_to(write.context)
        guard = " once" if write.once else " where absent" if write.absent else ""
        what = "removed" if write.removes or write.empties else "written"
        place = f"{program.path_of(write.context)}:{write.span[0]} in `{program.qualified(write.context)}`"
        yield f"  {what}{guard}: {place}, from `{program.entry_name(path)}`"
        if write.key is not None:
            yield f"    key: {inspect.words(program.heap, write.key)}"
        if write.value is not None:
            yield f"    value: {inspect.words(program.heap, write.value)}"
    for read in site.reads:
        use = ", ".join(inspect.uses(read.how)) + (f" (`{read.method}`)" if read.method else "")
        place = f"{program.path_of(read.context)}:{read.line} in `{program.qualified(read.context)}`"
        yield f"  read: {place}: {use}"
