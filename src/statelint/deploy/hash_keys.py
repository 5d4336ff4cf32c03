"""What a load balancer's hash key says about the client: the classes that decide stickiness."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_CLIENT: Final = frozenset({
    "remote_addr",
    "binary_remote_addr",
    "realip_remote_addr",
    "proxy_protocol_addr",
    "remote_user",
    "jsessionid",
    "sessionid",
    "ssl_session_id",
    "ssl_client_fingerprint",
    "ssl_client_s_dn",
    "ssl_client_serial",
})  # fmt: skip
# Another one for each request or connection: with one of these in the key nobody comes back.
_PASSING: Final = frozenset({
    "connection", "connection_requests", "msec", "proxy_protocol_port", "realip_remote_port", "remote_port",
    "request_id",
})  # fmt: skip
# What a request asks for, not who asks: hashing it keeps caches warm and pins nobody.
_HEADERS_OF_THE_REQUEST: Final = frozenset({
    "accept",
    "accept_encoding",
    "accept_language",
    "content_type",
    "host",
    "if_none_match",
    "range",
    "x_forwarded_host",
    "x_forwarded_proto",
    "x_original_uri",
    "x_request_id",
    "x_rewrite_url",
})  # fmt: skip
_PERSON: Final = re.compile(
    r"(?:^|_)(?:auth|client|jsessionid|session|sessionid|sid|token|uid|user|userid)(?:_|$)"
)
_MAX_HOPS: Final = 8


def pins_client(key: str, named: Mapping[str, str] | None = None) -> bool:
    """Tell whether a hash over `key` sends a client to the same instance each time.

    Keys of the client's address, a cookie, a header or token that names a user or session do; the address of
    what is asked for (`$request_uri`, `$host`) does not. One variable of the first class is enough.
    `named` gives the source of variables that a `map` block of the same file defines.
    """
    names = [first or second for first, second in _VARIABLE.findall(key)]
    if not _PASSING.isdisjoint(names):
        return False
    for _ in range(_MAX_HOPS):
        if any(map(_is_client, names)):
            return True
        sources = [named[name] for name in names if named and name in named]
        names = [first or second for source in sources for first, second in _VARIABLE.findall(source)]
        if not names:
            return False
    return False


def _is_client(variable: str) -> bool:
    name = variable.lower()
    if name in _CLIENT or name.startswith("cookie_"):
        return True
    if name.startswith("http_"):
        return name.removeprefix("http_") not in _HEADERS_OF_THE_REQUEST
    return name.startswith("arg_") and _PERSON.search(name.removeprefix("arg_")) is not None
