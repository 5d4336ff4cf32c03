"""Configuration kept as YAML or JSON: a search for words first, then documents, each to its reader."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.deploy.openapi import MAY_NAME
from statelint.deploy.view import Collected
from statelint.model.files import Language

if TYPE_CHECKING:
    from statelint.model.diagnostics import Problem
    from statelint.model.files import SourceFile
    from statelint.model.suppressions import Suppression

# Each setting of the tables and each directive holds one of these, in lower case; a test holds them to it.
MAY_PIN: Final = (
    b"affinity", b"stick", b"cookie", b"upstream", b"balanc", b"lb-method", b"haproxy", b"persistence",
    b"hash", b"lb_policy", b"sessiontype", b"load_distribution", b"lb_method", b"statelint:",
)  # fmt: skip
# What runs has an image or containers; what scales it, gives it storage or hands requests on to it has one of
# the others. What most files have comes first.
_MAY_RUN: Final = (
    b"selector", b"image:", b"backend", b"ConfigMap", b"replicas", b"accessModes", b"maxReplica",
    b'image"', b"build:", b"containers", b"containerDefinitions", b"volumes", b"TaskDefinition",
    b"option_settings", b"Microsoft.", b"configMapGenerator", b"handler:", b"Handler", b"scriptFile",
)  # fmt: skip
_WORDS_OF_DEPLOYMENT: Final = (
    b"kind",
    b"services",
    b"esource",
    b"option_settings",
    b"containerD",
    b"replicas",
    b"functions",
    b"scriptFile",
)
# A large file of something else has many words: without one of these it holds no setting.
_IN_LARGE: Final = (b"sessionAffinity", b"upstream ", b"annotations", b"statelint:")
# Text about resources: what it says of images and affinity is documentation.
_SCHEMA: Final = re.compile(rb"^kind:[ \t]*[\"']?CustomResourceDefinition\b", re.MULTILINE)
_LOOKS_DEPLOYED: Final = re.compile(
    rb"^[ \t{]*+[\"']?(?:kind|apiVersion|services|Resources|option_settings|resources|resource"
    rb"|containerDefinitions|replicas|functions|scriptFile)[\"']?[ \t]*:",
    re.MULTILINE,
)
_VALUES: Final = re.compile(r"(?:.*[-_.])?values(?:[-_.].*)?\.ya?ml\Z")
_OF_PLATFORMS: Final = (b'"formation"', b'"functions"', b'"builds"')  # roots of `json_files.py`
_SMALL: Final = 64 * 1024
# A larger file that does not look like a deployment is data: icons, translations. Its words are everybody's.
_LARGEST_STARTING: Final = 256 * 1024
_WITH_BEAT: Final = re.compile(rb"-B\b")
# Each reader of `services.py` needs one of these, in lower case; a test holds them to it.
_MAY_START: Final = (
    b"cron", b"haproxy", b"supervisor", b"balanc", b".timer", b"beat", b"schedul", b"startcommand",
    b"dockercommand", b"runtime:", b"run.googleapis.com", b"hash_policy", b"session_state",
    b"_format_version",
)  # fmt: skip


def read_structured(
    file: SourceFile, data: bytes
) -> tuple[Collected, tuple[Suppression, ...], tuple[Problem, ...]]:
    """Read a YAML or JSON file.

    A file without a word that matters holds no fact; it is then only checked for being well formed, and not
    even that if it is large and does not look like a deployment file, so big data files cost nothing.
    """
    found = Collected()
    is_json = file.language is Language.JSON
    # JSON is often written on one line.
    deployed = _holds(data, _WORDS_OF_DEPLOYMENT) and (is_json or _LOOKS_DEPLOYED.search(data) is not None)
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    is_large = len(data) > _SMALL and not deployed
    is_values = _is_values(file)
    runs = deployed and _holds(data, _MAY_RUN)
    is_data = not deployed and len(data) > _LARGEST_STARTING
    starts = not runs and not is_data and (is_wide or may_start(data))
    may_matter = (
        runs
        or starts
        or is_values
        or (is_json and _holds(data, _OF_PLATFORMS))
        or (b"operationId" in data and MAY_NAME.search(data) is not None)
        or (may_pin(data) and (not is_large or _holds(data, _IN_LARGE)))
    )
    if may_matter and _is_schema(data):
        may_matter = False
    if not may_matter and (is_json or is_large):
        return found, (), ()
    # Imported late: a project without such a file should not pay for the YAML library.
    from statelint.deploy.documents import check_documents, read_documents

    if not may_matter:
        return found, (), check_documents(file, data)
    told = read_documents(file, data, found)
    if is_values:
        told.add_values()
    if starts or (runs and not told.are_settled() and may_start(data)):
        told.add_services()
    return found, *told.finish()


def _is_schema(data: bytes) -> bool:
    if b"CustomResourceDefinition" not in data or b"statelint:" in data:
        return False
    return data.count(b"\nkind:") <= 1 and _SCHEMA.search(data) is not None


def may_pin(data: bytes) -> bool:
    """Tell whether a file holds a word without which nothing pins clients."""
    return _holds(data.lower(), MAY_PIN)


def may_start(data: bytes) -> bool:
    """Tell whether a file holds a word without which nothing in it starts a clock or balances."""
    if _holds(data.lower(), _MAY_START):
        return True
    return b"B" in data and b"-B" in data and _WITH_BEAT.search(data) is not None


def _holds(data: bytes, words: tuple[bytes, ...]) -> bool:
    # Several searches for a word are faster than one for any of them, and a loop is faster than `any`.
    for word in words:  # noqa: SIM110
        if word in data:
            return True
    return False


def _is_values(file: SourceFile) -> bool:
    return file.language is Language.YAML and _VALUES.match(file.path.rpartition("/")[2].lower()) is not None
