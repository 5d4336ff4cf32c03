"""Balancers whose files are small: Apache, mod_jk, Caddy, Varnish."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from statelint.deploy.affinity_facts import pinned_by
from statelint.deploy.hash_keys import pins_client
from statelint.deploy.lines import Line, read_lines
from statelint.deploy.reading import Reading
from statelint.deploy.storage import is_data_tier
from statelint.deploy.text import Word

if TYPE_CHECKING:
    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import DeploymentFact

# --- Apache ------------------------------------------------------------------------------------------

LOOKS_APACHE: Final = re.compile(
    r"^[ \t]*+(?:<(?:VirtualHost|Proxy|Location|IfModule|Directory|LocationMatch)\b"
    r"|(?:ProxyPass|ProxySet|BalancerMember)\b)",
    re.MULTILINE | re.IGNORECASE,
)
_BALANCER: Final = re.compile(r"balancer://([^\s/\"'>]+)", re.IGNORECASE)
_STICKY_OPTION: Final = re.compile(r"stickysession=(.+)", re.IGNORECASE)


def read_apache(config: ConfigText) -> Reading:
    """Read the balancers of an Apache configuration."""
    lines, comments = read_lines(config)
    facts: list[DeploymentFact] = []
    within = ""
    for line in lines:
        name = line.name.lower()
        named = _BALANCER.search(line.text)
        if name.startswith("<proxy") and named:
            within = named[1]
        elif name.startswith("</proxy"):
            within = ""
        if name not in {"proxyset", "proxypass", "proxypassmatch", "<proxy"}:
            continue
        service = f"balancer://{named[1] if named else within}"
        for word in line.words[1:]:
            if _STICKY_OPTION.match(word.text) and not is_data_tier(service):
                option = f"`{word.text}`"
                facts.append(
                    pinned_by(config, [word], service=service, unit="apache", remedy=f"remove {option}")
                )
    return Reading(facts=tuple(facts), comments=comments, statements=_spans(lines))


# --- mod_jk ------------------------------------------------------------------------------------------

LOOKS_JK: Final = re.compile(r"^[ \t]*+worker\.(?:list[ \t]*=|[\w-]+\.\w+[ \t]*=)", re.MULTILINE)
_PROPERTY: Final = re.compile(r"^[ \t]*+(worker\.([\w-]+)\.(\w+))[ \t]*+=[ \t]*+([^\r\n]*+)", re.MULTILINE)
_HASHED: Final = re.compile(r"^[ \t]*+(#[^\r\n]*+)", re.MULTILINE)
_NO: Final = frozenset({"0", "f", "false", "n", "no"})


def read_workers(config: ConfigText) -> Reading:
    """Read the workers of mod_jk; a balancer that does not say otherwise is sticky."""
    workers: dict[str, dict[str, tuple[str, Word]]] = defaultdict(dict)
    for found in _PROPERTY.finditer(config.masked):
        value = found[4].strip()
        said_at = found.start(1), found.start(4) + len(value)
        workers[found[2]][found[3]] = value, Word(f"{found[1]}={value}", *said_at)
    facts = []
    word: Word | None
    for name, said in workers.items():
        kind, decides = said.get("type", ("", None))
        sticky, explicit = said.get("sticky_session", ("", None))
        if kind.lower() != "lb" or sticky.lower() in _NO or is_data_tier(name):
            continue
        word = explicit or decides
        if word is not None:
            off = f"set `worker.{name}.sticky_session=False`"
            facts.append(pinned_by(config, [word], service=f"worker {name}", unit="mod_jk", remedy=off))
    comments = tuple(found.span(1) for found in _HASHED.finditer(config.masked))
    return Reading(facts=tuple(facts), comments=comments)


# --- Caddy -------------------------------------------------------------------------------------------

LOOKS_CADDY: Final = re.compile(r"^[ \t]*+(?:lb_policy|reverse_proxy|policy)\b", re.MULTILINE)
_BY_CLIENT: Final = frozenset({"client_ip_hash", "cookie", "ip_hash", "query"})


def read_caddyfile(config: ConfigText) -> Reading:
    """Read the upstreams of a Caddyfile, of version 1 (`proxy { policy }`) or 2."""
    lines, comments = read_lines(config)
    facts: list[DeploymentFact] = []
    blocks: list[str] = []
    for line in lines:
        if line.name == "}":
            del blocks[-1:]
            continue
        opener = blocks[-1] if blocks else ""
        is_policy = line.name == "lb_policy" or (line.name == "policy" and opener.startswith("proxy "))
        if is_policy and _is_by_client(line) and not is_data_tier(opener, _addresses(opener)):
            service = next((block for block in blocks if block), config.path.rpartition("/")[2])
            off = f"set `{line.name} least_conn`"
            facts.append(pinned_by(config, line.words, service=service, unit="caddy", remedy=off))
        if line.words[-1].text.endswith("{"):
            blocks.append(line.text.rstrip("{ "))
    return Reading(facts=tuple(facts), comments=comments, statements=_spans(lines))


def _addresses(opener: str) -> list[str]:
    return [word for word in opener.split()[1:] if ":" in word]


def _is_by_client(line: Line) -> bool:
    policy = line.arguments[0].lower() if line.arguments else ""
    if policy == "header":
        return len(line.words) > 2 and pins_client(f"$http_{line.words[2].text.lower().replace('-', '_')}")
    return policy in _BY_CLIENT


# --- Varnish -----------------------------------------------------------------------------------------

LOOKS_VARNISH: Final = re.compile(
    r"^[ \t]*+(?:vcl[ \t]+\d|sub[ \t]+vcl_|import[ \t]+directors|director[ \t])", re.MULTILINE
)
_VCL_COMMENT: Final = re.compile(r"#[^\r\n]*+|//[^\r\n]*+|/\*[\s\S]*?\*/|\"[^\"\r\n]*+\"")
_HINT: Final = re.compile(r"\b(?:set\s++[\w.]++\s*+=\s*+)?(\w++)\.backend\s*+\(([^;]{0,300})\)\s*+;")
_DIRECTOR: Final = re.compile(r"\bnew\s++(\w++)\s*+=\s*+directors\.(shard|hash)\s*+\(")
_OLD_CLIENT: Final = re.compile(r"^[ \t]*+(director\s++(\w++)\s++client)\b", re.MULTILINE)
_OF_CLIENT: Final = re.compile(
    r"\b(?:client\.(?:identity|ip)|cookie|x-forwarded-for|authorization)\b", re.IGNORECASE
)


def read_vcl(config: ConfigText) -> Reading:
    """Read the directors of Varnish; a hash over what is asked for keeps caches warm and pins nobody."""
    comments: list[tuple[int, int]] = []

    def blank(found: re.Match[str]) -> str:
        if not found.group().startswith('"'):
            comments.append(found.span())
            return re.sub(r"[^\r\n]", " ", found.group())
        return found.group()

    text = _VCL_COMMENT.sub(blank, config.masked)
    kinds = {found[1]: found[2] for found in _DIRECTOR.finditer(text)}
    facts = []
    for found in _HINT.finditer(text):
        if found[1] in kinds and _OF_CLIENT.search(found[2]) and not is_data_tier(found[1]):
            word = Word(" ".join(found.group().split()), *found.span())
            service = f"director {found[1]}"
            off = "use `directors.round_robin()`"
            facts.append(pinned_by(config, [word], service=service, unit="varnish", remedy=off))
    for found in _OLD_CLIENT.finditer(text):
        word = Word(found[1], *found.span(1))
        service = f"director {found[2]}"
        off = f"declare it as `director {found[2]} round-robin`"
        facts.append(pinned_by(config, [word], service=service, unit="varnish", remedy=off))
    return Reading(facts=tuple(facts), comments=tuple(comments))


def _spans(lines: tuple[Line, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((line.words[0].start, line.words[-1].end) for line in lines)
