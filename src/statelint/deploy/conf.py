"""Files whose name says only that they are configuration: their text tells the format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.deploy.balancers import (
    LOOKS_APACHE,
    LOOKS_CADDY,
    LOOKS_JK,
    LOOKS_VARNISH,
    read_apache,
    read_caddyfile,
    read_vcl,
    read_workers,
)
from statelint.deploy.haproxy import LOOKS_HAPROXY, read_haproxy
from statelint.deploy.nginx import LOOKS_INCLUDED, looks_like_nginx, read_nginx_file
from statelint.deploy.reading import Reading
from statelint.deploy.supervisord import LOOKS_SUPERVISED, read_supervisord
from statelint.deploy.uwsgi import LOOKS_UWSGI, read_uwsgi

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from statelint.deploy.text import ConfigText


def _has(pattern: re.Pattern[str]) -> Callable[[ConfigText], object]:
    return lambda config: pattern.search(config.masked)


def _is_caddyfile(config: ConfigText) -> bool:
    return "caddyfile" in config.path.rpartition("/")[2].lower()


# The first format that the text looks like is taken.
_FORMATS: Final[tuple[tuple[Callable[[ConfigText], object], Callable[[ConfigText], Reading]], ...]] = (
    (_is_caddyfile, read_caddyfile),
    (_has(LOOKS_SUPERVISED), read_supervisord),
    (_has(LOOKS_UWSGI), read_uwsgi),
    (_has(LOOKS_VARNISH), read_vcl),
    (_has(LOOKS_APACHE), read_apache),
    (_has(LOOKS_HAPROXY), read_haproxy),
    (looks_like_nginx, read_nginx_file),
    (_has(LOOKS_JK), read_workers),
    (_has(LOOKS_CADDY), read_caddyfile),
    (_has(LOOKS_INCLUDED), read_nginx_file),
)


def read_conf(config: ConfigText) -> Reading:
    """Read a file of one of the known formats; what is none of them holds no fact."""
    reader = next((reader for looks, reader in _FORMATS if looks(config)), None)
    return reader(config) if reader is not None else Reading()
