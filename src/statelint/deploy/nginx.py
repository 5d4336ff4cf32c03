"""nginx configuration: words with places, and the directives of `upstream` blocks that pin clients.

The words follow nginx's own reader: quotes only open at the start of a word, `${name}` does not open a
block, and what a `*_by_lua_block` holds is Lua, not configuration. An included file is read when it is a file
of the project, and then on its own; what stands in it outside of any block is a part of the upstream that
includes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.deploy.hash_keys import pins_client
from statelint.deploy.reading import Reading
from statelint.deploy.storage import is_data_tier
from statelint.deploy.text import Word
from statelint.model.deployment import Attribute, DeploymentFact, Front

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.text import ConfigText
    from statelint.model.diagnostics import Problem

MAX_DEPTH: Final = 100
_MAX_SPELLING: Final = 60

_TOKEN: Final = re.compile(
    r"""
      (?P<blank>\s++)
    | (?P<comment>\#[^\r\n]*+)
    | (?P<mark>[{};])
    | (?P<quoted>"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')
    | (?P<word>(?!["'])(?:\\.?|\$\{|[^\s;{\\])++)
    """,
    re.VERBOSE | re.DOTALL,
)
_LUA: Final = re.compile(
    r"""
      (?P<open>\{) | (?P<close>\})
    | (?:--)?\[(?P<level>=*)\[
    | --[^\r\n]*+
    | "(?:[^"\\\n]|\\.)*+" | '(?:[^'\\\n]|\\.)*+'
    | (?P<unclosed>["'])
    """,
    re.VERBOSE | re.DOTALL,
)

# `ip_hash` and `sticky` are nginx's own, the others come with modules (session_sticky, jvm_route).
_STICKY: Final = frozenset({"ip_hash", "sticky", "sticky_cookie_insert", "session_sticky", "jvm_route"})
_HASHES: Final = frozenset({"hash", "consistent_hash"})
_MAP_ARGUMENTS: Final = 2


# A block of nginx, its `{` at most a few lines below; the bound keeps the search linear.
_LOOKS_NGINX: Final = re.compile(
    r"^[ \t]*+(?:events|geo|http|location|mail|map|server|stream|types|upstream)\b[^;{}]{0,300}+\{",
    re.MULTILINE,
)


_EXPECTED: Final = re.compile(r"nginx|(?:^|/)(?:conf\.d|sites-(?:available|enabled))/")

# A part of an `upstream` block, in a file that the block includes.
LOOKS_INCLUDED: Final = re.compile(
    r"^[ \t]*+(?:ip_hash|sticky|session_sticky|hash|consistent_hash|jvm_route)\b[^;{}\r\n]{0,200};",
    re.MULTILINE,
)


def looks_like_nginx(config: ConfigText) -> bool:
    """Tell nginx configuration from the other formats that are kept in files of the same names."""
    return _LOOKS_NGINX.search(config.text) is not None


class Directive(NamedTuple):
    """A directive, and the blocks that it stands in, outermost first; `end` is after its last word."""

    words: tuple[Word, ...]
    within: tuple[tuple[Word, ...], ...]
    end: int

    @property
    def name(self) -> str:
        """Give the directive's first word."""
        return self.words[0].text

    @property
    def arguments(self) -> tuple[str, ...]:
        """Give the words after the first."""
        return tuple(word.text for word in self.words[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class NginxFile:
    """The directives before the first error, the error if any, and the spans of the comments."""

    directives: tuple[Directive, ...]
    problems: tuple[Problem, ...]
    comments: tuple[tuple[int, int], ...]


class _BrokenError(Exception):
    def __init__(self, offset: int, said: str) -> None:
        super().__init__(said)
        self.offset = offset
        self.said = said


def read_nginx_file(config: ConfigText) -> Reading:
    """Read a file of nginx configuration."""
    file = read_nginx(config)
    # Other formats have blocks of these names too; that they are no whole nginx configuration is no problem.
    is_expected = _EXPECTED.search(config.path.lower()) is not None
    return Reading(
        facts=tuple(affinity_of_upstreams(config, file)),
        fronts=tuple(fronts_of_upstreams(config, file)),
        problems=file.problems if is_expected else (),
        comments=file.comments,
        statements=tuple((each.words[0].start, each.end) for each in file.directives),
    )


def read_nginx(config: ConfigText, start: int = 0, end: int | None = None) -> NginxFile:
    """Read the directives of a file, or of the part of it that is nginx configuration."""
    reader = _Reader(config.masked, start, len(config.masked) if end is None else end)
    problems: tuple[Problem, ...] = ()
    try:
        reader.run()
    except _BrokenError as error:
        problems = (config.problem(error.offset, f"broken nginx configuration: {error.said}"),)
    return NginxFile(directives=tuple(reader.directives), problems=problems, comments=tuple(reader.comments))


class _Reader:
    """Collects directives from words; what was collected stays valid when a later word is broken."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.directives: list[Directive] = []
        self.comments: list[tuple[int, int]] = []
        self._text = text
        self._at = start
        self._end = end
        self._words: list[Word] = []
        self._within: tuple[tuple[Word, ...], ...] = ()

    def run(self) -> None:
        """Read to the end; raises `_BrokenError` at the first place that nginx would refuse."""
        while self._at < self._end:
            found = _TOKEN.match(self._text, self._at, self._end)
            if found is None:
                raise _BrokenError(self._at, "a quoted string does not end")
            self._at = found.end()
            self._take(found)
        if self._words:
            raise _BrokenError(self._words[0].start, f"`{self._words[0].text[:40]}` does not end with `;`")
        if self._within:
            opened = self._within[-1][0]
            raise _BrokenError(opened.start, f"the block of `{opened.text[:40]}` is not closed")

    def _take(self, found: re.Match[str]) -> None:
        kind, text, start = found.lastgroup, found.group(), found.start()
        if kind == "word":
            self._words.append(Word(text, start, found.end()))
        elif kind == "quoted":
            self._words.append(Word(text[1:-1], start, found.end()))
        elif kind == "comment":
            self.comments.append(found.span())
        elif kind == "mark":
            self._take_mark(text, start)

    def _take_mark(self, mark: str, at: int) -> None:
        if mark == "}":
            if self._words:
                raise _BrokenError(
                    self._words[0].start, f"`{self._words[0].text[:40]}` does not end with `;`"
                )
            if not self._within:
                raise _BrokenError(at, "`}` without a block that it closes")
            self._within = self._within[:-1]
            return
        if not self._words:
            raise _BrokenError(at, f"`{mark}` without a directive before it")
        words = tuple(self._words)
        self._words.clear()
        self.directives.append(Directive(words, self._within, words[-1].end))
        if mark == ";":
            return
        if words[0].text.endswith("_by_lua_block"):
            self._at = _end_of_lua(self._text, self._at, self._end)
            return
        if len(self._within) >= MAX_DEPTH:
            raise _BrokenError(at, f"nested deeper than {MAX_DEPTH} blocks")
        self._within = (*self._within, words)


def _end_of_lua(text: str, start: int, end: int) -> int:
    depth = 1
    at = start
    while found := _LUA.search(text, at, end):
        at = found.end()
        if found.lastgroup == "open":
            depth += 1
        elif found.lastgroup == "close":
            depth -= 1
            if depth == 0:
                return at
        elif found.lastgroup == "unclosed":
            raise _BrokenError(found.start(), "a string in a Lua block does not end")
        elif found.lastgroup == "level":
            closing = f"]{found.group('level')}]"
            at = text.find(closing, at, end) + len(closing)
            if at < found.end():
                raise _BrokenError(found.start(), "a long string in a Lua block does not end")
    raise _BrokenError(start, "a Lua block is not closed")


def affinity_of_upstreams(config: ConfigText, file: NginxFile) -> Iterator[DeploymentFact]:
    """Yield each directive of an `upstream` block that sends a client to the same instance again."""
    named = {
        directive.arguments[1].lstrip("$"): directive.arguments[0]
        for directive in file.directives
        if directive.name == "map" and len(directive.arguments) == _MAP_ARGUMENTS
    }
    addresses: dict[tuple[Word, ...], list[str]] = {}
    for directive in file.directives:
        if directive.name == "server" and directive.within:
            addresses.setdefault(directive.within[-1], []).extend(directive.arguments[:1])
    for directive in file.directives:
        block = directive.within[-1] if directive.within else ()
        if block and block[0].text != "upstream":
            continue
        service = " ".join(word.text for word in _original(config, block))
        if directive.name == "include" and block and directive.arguments:
            yield _included(config, directive, service)
        elif _pins(directive, named) and not is_data_tier(service, addresses.get(block, ())):
            yield _pinned(config, directive, service)


def fronts_of_upstreams(config: ConfigText, file: NginxFile) -> Iterator[Front]:
    """Yield each `upstream` block with the hosts of its servers."""
    hosts: dict[int, list[str]] = {}  # by where the block begins
    for directive in file.directives:
        if directive.name == "server" and directive.within and directive.arguments:
            start = directive.within[-1][0].start
            hosts.setdefault(start, []).append(directive.arguments[0].partition(":")[0])
    for block in file.directives:
        if block.name == "upstream":
            service = " ".join(word.text for word in _original(config, block.words))
            place = config.place(block.words[0].start, block.end)
            leads_to = tuple(dict.fromkeys(hosts.get(block.words[0].start, ())))
            yield Front(name=service, selects=(), leads_to=leads_to, place=place)


def _included(config: ConfigText, directive: Directive, service: str) -> DeploymentFact:
    """Note that a file is a part of an upstream: what it says there is settled where all files are known."""
    return DeploymentFact(
        service=service,
        attribute=Attribute.USES,
        value=directive.arguments[0],
        spelling=f"include {directive.arguments[0]}",
        remedy="",
        place=config.place(directive.words[0].start, directive.end),
        unit="nginx",
        group=config.path,
    )


def _pinned(config: ConfigText, directive: Directive, service: str) -> DeploymentFact:
    words = " ".join((directive.name, *directive.arguments))
    spelling = " ".join(words.split())
    if len(spelling) > _MAX_SPELLING:
        spelling = f"{spelling[:_MAX_SPELLING]}..."
    return DeploymentFact(
        service=service,
        attribute=Attribute.AFFINITY,
        value=" ".join(directive.arguments) or directive.name,
        spelling=spelling,
        remedy=f"remove the line `{spelling}`",
        place=config.place(directive.words[0].start, directive.end),
        unit="nginx",
    )


def _original(config: ConfigText, words: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple(
        word._replace(text=config.text[word.start : word.end])
        if config.is_templated(word.start, word.end)
        else word
        for word in words
    )


def _pins(directive: Directive, named: dict[str, str]) -> bool:
    if directive.name in _STICKY:
        return directive.arguments[:1] != ("off",)
    return directive.name in _HASHES and pins_client(" ".join(directive.arguments[:1]), named)
