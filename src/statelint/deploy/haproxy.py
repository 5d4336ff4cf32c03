"""HAProxy: backends that pin clients by a cookie, by a table, or by a hash of who they are.

Nothing on the package index reads its configuration. Sections begin with their keyword, indented or not;
directives are a line each. What `defaults` says counts for the sections that follow and do not say it anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from statelint.deploy.affinity_facts import pinned_by
from statelint.deploy.hash_keys import pins_client
from statelint.deploy.lines import Line, read_lines
from statelint.deploy.reading import Reading
from statelint.deploy.storage import is_data_tier
from statelint.model.deployment import WITHOUT_EFFECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import DeploymentFact

LOOKS_HAPROXY: Final = re.compile(
    r"^[ \t]*+(?:(?:frontend|backend|listen)[ \t]++(?=[^\s;{}]*[A-Za-z])[^\s;{}]++"
    r"(?:[ \t]++[^\s;{}]*:\d++)?|global|defaults)"
    r"[ \t]*+(?:\#[^\r\n]*+)?\r?$",
    re.MULTILINE,
)
_SECTIONS: Final = frozenset({
    "backend", "cache", "crt-list", "defaults", "fcgi-app", "frontend", "global", "http-errors", "listen",
    "log-forward", "mailers", "peers", "program", "resolvers", "ring", "traces", "userlist",
})  # fmt: skip
_MODES: Final = frozenset({"insert", "prefix", "rewrite"})
_CHECKS_OF_DATA: Final = frozenset({"ldap-check", "mysql-check", "pgsql-check", "redis-check"})
# What a sample fetch speaks of: the client, or what it asks for.
_OF_THE_CLIENT: Final = re.compile(
    r"\b(?:src|src6|rdp_cookie|ssl_fc_session_id|ssl_c_\w+|payload_lv|url_param|urlp|"
    r"(?:req\.|res\.|s)?cook(?:ie)?(?:_val)?|set-cookie)\b"
)
_HEADER: Final = re.compile(r"\b(?:(?:req|res)\.)?f?s?hdr(?:_ip)?\(([\w-]+)", re.IGNORECASE)
_REPLACED: Final = {"balance": "balance leastconn"}
_COOKIE_IN_TEST: Final = re.compile(r"\b(?:req\.)?s?cook(?:_\w+)?\(")


@dataclass(slots=True, kw_only=True)
class _Section:
    kind: str
    name: str
    lines: list[Line] = field(default_factory=list)

    def say(self, name: str) -> list[Line]:
        return [line for line in self.lines if line.name == name]

    @property
    def servers(self) -> list[Line]:
        return [line for line in self.lines if line.name in {"server", "server-template"}]


def read_haproxy(config: ConfigText) -> Reading:
    """Read a configuration of HAProxy."""
    lines, comments = read_lines(config)
    facts: list[DeploymentFact] = []
    defaults = _Section(kind="defaults", name="")
    for section in _sections(config, lines):
        if section.kind == "defaults":
            defaults = section
        if section.kind in {"backend", "defaults", "listen"}:
            facts.extend(_pins(config, section, defaults))
    spans = tuple((line.words[0].start, line.words[-1].end) for line in lines)
    return Reading(facts=tuple(facts), comments=comments, statements=spans)


def _sections(config: ConfigText, lines: tuple[Line, ...]) -> Iterator[_Section]:
    current: _Section | None = None
    for line in lines:
        if line.name in _SECTIONS and (len(line.words) > 1 or line.name in {"defaults", "global"}):
            if current is not None:
                yield current
            name = " ".join(config.text[word.start : word.end] for word in line.words[1:2])
            current = _Section(kind=line.name, name=name)
        elif current is not None:
            current.lines.append(line)
    if current is not None:
        yield current


def _pins(config: ConfigText, section: _Section, defaults: _Section) -> Iterator[DeploymentFact]:
    if _is_data(section):
        return
    service = " ".join(filter(None, (section.kind, section.name)))
    has_table = False
    for line in section.lines:
        value = ""
        if line.name == "stick":
            if has_table or not _sticks(line):
                continue
            has_table = True
        elif line.name == "cookie":
            if len(line.words) < 3 or _MODES.isdisjoint(line.arguments[1:]):
                continue
            value = "" if _has_effect(line, section, defaults) else WITHOUT_EFFECT
        elif not _decides(line):
            continue
        yield pinned_by(
            config,
            line.words,
            service=service,
            unit="haproxy",
            remedy=f"set `{_REPLACED[line.name]}`" if line.name in _REPLACED else "",
            value=value,
        )


def _decides(line: Line) -> bool:
    said = " ".join(line.arguments)
    if line.name == "balance":
        return _balances_by_client(line)
    if line.name == "use-server":
        return _COOKIE_IN_TEST.search(said) is not None
    return line.name == "appsession" or (line.name == "persist" and said.startswith("rdp-cookie"))


def _balances_by_client(line: Line) -> bool:
    method = line.arguments[0] if line.arguments else ""
    if method in {"source", "url_param"} or method.startswith("rdp-cookie"):
        return True
    if method == "hash":
        return _names_client(" ".join(line.arguments[1:]))
    return method.startswith("hdr(") and _names_client(method)


def _sticks(line: Line) -> bool:
    """Tell `stick on src` from `stick on dst`, which sends everybody to one writer."""
    verb = line.arguments[0] if line.arguments else ""
    is_rule = verb in {"match", "on", "store-request", "store-response"}
    return is_rule and _names_client(" ".join(line.arguments[1:]))


def _names_client(expression: str) -> bool:
    if _OF_THE_CLIENT.search(expression):
        return True
    headers = [f"$http_{name.lower().replace('-', '_')}" for name in _HEADER.findall(expression)]
    return any(map(pins_client, headers))


def _is_data(section: _Section) -> bool:
    options = {word for line in section.say("option") for word in line.arguments[:1]}
    addresses = [line.words[2].text for line in section.servers if len(line.words) > 2]
    return not options.isdisjoint(_CHECKS_OF_DATA) or is_data_tier(section.name, addresses)


def _has_effect(line: Line, section: _Section, defaults: _Section) -> bool:
    """Tell whether the servers have names to put into the cookie, and the traffic is HTTP at all."""
    modes = section.say("mode") or defaults.say("mode")
    if modes and modes[-1].arguments[:1] == ("tcp",):
        return False
    if "dynamic" in line.arguments or section.kind == "defaults" or not section.servers:
        return True
    values = {
        after.text
        for server in section.servers
        for before, after in zip(server.words, server.words[1:], strict=False)
        if before.text == "cookie"
    }
    return len(values) > 1 or (len(values) == 1 and len(section.servers) == 1)
