"""What a run tells: diagnostics, the findings made of them, problems, and the report."""

from __future__ import annotations

# Imported at run time: msgspec reads the annotations when a report is written out and read back.
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, field
from enum import StrEnum

from statelint.model.baseline import Entry  # noqa: TC001
from statelint.model.places import Place  # noqa: TC001


class Severity(StrEnum):
    """How much it matters, worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Confidence(StrEnum):
    """How sure the analysis is, by the weakest link of the best chain, surest first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class State(StrEnum):
    """What the remembered thing is for; decides severity and replacement."""

    SESSION = "session"
    UPLOAD = "upload"
    RECORDS = "records"
    CACHE = "cache"
    CONFIG = "config"
    QUEUE = "queue"
    JOB_RESULT = "job-result"
    COUNTER = "counter"
    RATE_LIMIT = "rate-limit"
    IDEMPOTENCY = "idempotency"
    WEBSOCKET = "websocket"
    LOCK = "lock"
    SCHEDULER = "scheduler"
    SECRET = "secret"  # noqa: S105 - the name of a kind of state
    LOG = "log"
    ENVIRONMENT = "environment"
    REGISTRY = "registry"
    STICKY_SESSION = "sticky-session"
    VOLUME = "volume"
    POOL = "pool"
    METRICS = "metrics"
    OTHER = "other"


class Copies(StrEnum):
    """How many processes or instances of a service run at once."""

    MANY = "many"
    UNKNOWN = "unknown"
    ONE = "one"


class Role(StrEnum):
    """What a piece of evidence shows; the order of the members is the order in a finding."""

    DECLARED = "declared"
    ENTRY = "entry"
    CALL = "call"
    WRITTEN = "written"
    READ = "read"
    COPIES = "copies"
    CONFIG = "config"


MOST_EVIDENCE = 12
"""Entries of evidence in one finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One place on the path of a finding, and what happens there."""

    role: Role
    place: Place
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What to use instead.

    `store` is a short word (`redis`, `object-storage`, `postgresql`, ...), `title` one short line,
    `text` one to three sentences, `sample` a short piece of code with the user's own names (may be empty).
    """

    store: str
    title: str
    text: str
    sample: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """What a rule yields; the engine adds the rule's id, the fingerprint and the severity.

    `holder` is the qualified, module-relative name of what holds the state (`CartStore._carts`), and `site`
    the kind of site (`cell`, `call`, `config`): with the rule's id they make the fingerprint. `ephemeral`
    marks what the kill test does not convict: it is never more than a note. `copies` is what deployment files
    say of the very service; what the user states counts more. `entry` is the kind of the entry from which the
    state is written (`request`, `task`), `covers_state` marks a setting of the deployment behind which there
    is state. `spared` names the services whose environment keeps it elsewhere, but not all of them. What is
    `on_disk` is shared by the workers of an instance.
    """

    at: Place
    symbol: str
    message: str
    state: State
    confidence: Confidence
    holder: str
    site: str
    evidence: tuple[Evidence, ...]
    remedy: Remedy
    ephemeral: bool = False
    copies: Copies = Copies.UNKNOWN
    entry: str = ""
    covers_state: bool = False
    spared: tuple[str, ...] = ()
    on_disk: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A diagnostic with everything a reader of the report needs.

    `holder` and `site` are those of the diagnostic: with the rule, they are what the fingerprint is made of.
    """

    rule: str
    severity: Severity
    confidence: Confidence
    state: State
    symbol: str
    message: str
    fingerprint: str
    place: Place
    evidence: tuple[Evidence, ...]
    remedy: Remedy
    holder: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """Something that kept statelint from doing its whole job; `line` is 0 where no line is known.

    `fatal` problems make exit status 2; the others are told and change nothing.
    """

    path: str
    line: int
    message: str
    fatal: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts over the whole run.

    `elsewhere` counts what would be shown, but does not concern the files that the user named or that
    changed; `stale` counts entries of the baseline that hide nothing.
    """

    files_read: int
    files_skipped: int
    problems: int
    entries: int
    by_severity: Mapping[str, int]
    by_rule: Mapping[str, int]
    suppressed: int
    in_baseline: int = 0
    elsewhere: int = 0
    stale: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of one run: what reporters turn into bytes.

    Findings are sorted by path, line, column, rule; problems by path and line. Every path is relative to
    the project root. `sources` maps such a path to the file's lines, for those that a code frame needs
    (undecodable bytes replaced, no line ends). `kept` are the entries of the baseline that are still needed,
    with what they say brought up to date, and `stale` those that are not.
    """

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    summary: Summary
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kept: tuple[Entry, ...] = ()
    stale: tuple[Entry, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Tell whether the whole job was done: something was read, and whatever was to be read could be."""
        return bool(self.summary.files_read) and not any(problem.fatal for problem in self.problems)
