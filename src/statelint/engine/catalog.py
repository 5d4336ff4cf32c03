"""Find the rules: each module of the package `rules` is one, and its file name is its id."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from statelint.errors import StatelintError, UsageError, nearest
from statelint.model.rules import RuleMeta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import ModuleType

    from statelint.model.diagnostics import Diagnostic

UNUSED_SUPPRESSION = "unused-suppression"
SUPPRESSION_WITHOUT_REASON = "suppression-without-reason"

_UNUSED_PAGE = """\
## What it finds

A `# statelint: allow[...]` comment, or an entry `[[tool.statelint.allow]]`, on which nothing is found any
more; one that names a rule that does not exist; and one that cannot be understood. `statelint baseline check`
says the same of entries of the baseline.

## Why it matters

A suppression that outlives its finding hides the next one, which nobody has looked at.

## Do this instead

Remove it, or write the id that is shown for this place: `# statelint: allow[module-state] because ...`.
`statelint baseline prune` removes such entries of the baseline.

## Not reported

Suppressions of rules that were not run, because `--select` or `--ignore` leave them out.
"""

_REASON_PAGE = """\
## What it finds

A `# statelint: allow[...]` comment that does not say why. `statelint baseline check` finds entries of the
baseline whose `because` is empty, too.

## Why it matters

Whoever runs the service on two machines next year needs to know whether the state is meant or was in the way.

## Do this instead

Say it in the comment: `# statelint: allow[instance-state] because games are played on one instance`.

## Not reported

Entries `[[tool.statelint.allow]]`: without `because` they are an error in the configuration.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What can be read about an id: its facts, and its text under the four headings."""

    meta: RuleMeta
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; `check` is pure and yields what it finds in any order, or is given what others found."""

    id: str
    meta: RuleMeta
    page: str
    check: Callable[..., Iterator[Diagnostic]]


# What the selection itself reports; selected, ignored and explained like rules.
ENGINE_PAGES: Mapping[str, Page] = MappingProxyType(
    {
        SUPPRESSION_WITHOUT_REASON: Page(
            meta=RuleMeta(summary="a suppression does not say why", since="0.1.0"), text=_REASON_PAGE
        ),
        UNUSED_SUPPRESSION: Page(
            meta=RuleMeta(summary="a suppression suppresses nothing", since="0.1.0"), text=_UNUSED_PAGE
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All rules by id, in the order of their ids."""

    rules: Mapping[str, Rule]

    @property
    def ids(self) -> frozenset[str]:
        """Every id that a report can show: those of the rules and the engine's own."""
        return frozenset(self.rules) | frozenset(ENGINE_PAGES)

    def pages(self) -> Mapping[str, Page]:
        """Collect the page of every id, in the order of the ids."""
        own = {rule.id: Page(meta=rule.meta, text=rule.page) for rule in self.rules.values()}
        return dict(sorted({**own, **ENGINE_PAGES}.items()))

    def page(self, rule_id: str) -> Page:
        """Give the page of an id; raise UsageError that names the nearest one where there is none."""
        pages = self.pages()
        if rule_id not in pages:
            raise unknown_rule(rule_id, pages)
        return pages[rule_id]


def unknown_rule(word: str, known: Iterable[str]) -> UsageError:
    """Word the error for an id that is none, with the nearest that is."""
    close = nearest(word, known)
    hint = f"did you mean `{close}`?" if close else "`statelint rules` lists them"
    return UsageError(f"there is no rule `{word}`; {hint}")


def load_catalog(package: str = "statelint.rules") -> Catalog:
    """Import every module of a package as a rule; modules whose name starts with `_` are none."""
    home = importlib.import_module(package)
    names = sorted(found.name for found in pkgutil.iter_modules(home.__path__))
    public = (name for name in names if not name.startswith("_"))
    rules = (_rule(name, importlib.import_module(f"{package}.{name}")) for name in public)
    return Catalog(rules=MappingProxyType({rule.id: rule for rule in rules}))


def _rule(name: str, module: ModuleType) -> Rule:
    meta = getattr(module, "META", None)
    if not isinstance(meta, RuleMeta):
        raise StatelintError(f"the rule module `{module.__name__}` has no `META` of the type `RuleMeta`")
    check = getattr(module, "check", None)
    if not inspect.isfunction(check):
        raise StatelintError(f"the rule module `{module.__name__}` has no function `check`")
    page = inspect.getdoc(module)
    if not page:
        raise StatelintError(f"the rule module `{module.__name__}` has no docstring to be its page")
    return Rule(id=name.replace("_", "-"), meta=meta, page=page, check=check)
