"""What earlier runs have found out: facts by content, what the microscope saw by statement, a whole report.

Nothing is asked for by time or by name alone. A key is a digest of everything that the conclusion was drawn
from, and each file in the store bears the fingerprint of the code that drew it. So what is given here is what
would be found again, and a run with a cache says the same as one without.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from statelint.engine.fingerprint import Fingerprint, fingerprint
from statelint.engine.store import Store
from statelint.model.deployment import DeploymentFacts
from statelint.model.diagnostics import Report  # noqa: TC001 - msgspec reads it back
from statelint.model.facts import ModuleFacts
from statelint.model.usage import Usage
from statelint.sources.reading import SourceError, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from statelint.model.files import SourceFile
    from statelint.model.settings import Settings
    from statelint.model.usage import Hints, Statement
    from statelint.sources.finding import Sources

Facts = ModuleFacts | DeploymentFacts

_Value = TypeVar("_Value")

_encoder = msgspec.msgpack.Encoder()
_key_encoder = msgspec.msgpack.Encoder(order="deterministic")  # sets have another order in each process


class KeptReport(NamedTuple):
    """A report without its lines of source, and the digest of all that it was made of."""

    inputs: bytes
    report: Report


_REPORT = msgspec.msgpack.Decoder(KeptReport)
_TABLE = msgspec.msgpack.Decoder(dict[bytes, msgspec.Raw])
_FACTS: msgspec.msgpack.Decoder[Facts] = msgspec.msgpack.Decoder(Facts)
_USAGE = msgspec.msgpack.Decoder(Usage)


class Cache:
    """What earlier runs have found out about one project; this one knows nothing and keeps nothing."""

    complaint: str = ""
    """What was wrong with the cache, in one line; empty where all is well."""

    def report(self) -> KeptReport | None:
        """Give the last report for these settings; it holds for as long as its inputs are the same."""
        return None

    def inputs(self, sources: Sources) -> bytes | None:
        """Digest what a report is made of besides settings and code; nothing if a file cannot be read."""
        del sources
        return None

    def keep_report(self, sources: Sources, inputs: bytes | None, report: Report) -> None:
        """Keep a report until there is another one for these settings, if its inputs are as they were."""

    def facts(self, files: Sequence[SourceFile]) -> dict[str, Facts]:
        """Give the facts that are known of these files as they are now, by path."""
        del files
        return {}

    def keep_facts(self, fresh: Iterable[tuple[SourceFile, Facts, bytes | None]]) -> None:
        """Keep what was read just now, packed where it is already, and what was asked for.

        The rest is dropped: it is of files that are no more.
        """

    def look(self, statements: Sequence[Statement], hints: Hints) -> Usage:
        """Give what was seen in these statements before, or look at them."""
        from statelint.usage.look import look_closely

        return look_closely(statements, hints)


class StoredCache(Cache):
    """A cache that lies in a store."""

    def __init__(self, store: Store, made_by: Fingerprint, settings: Settings) -> None:
        # What an editor holds of a file is an input like all files, and no setting.
        asked = repr(replace(settings, jobs=1, exit_zero=False, output_format="", buffer=None)).encode()
        scope = repr(settings.scope).encode()
        self._store = store
        self._report = _Shelf(store, "report", asked, made_by.report)
        self._facts = _Table(_Shelf(store, "facts", scope, made_by.facts))
        self._looks = _Table(_Shelf(store, "looks", scope, made_by.report))
        self._digests: dict[str, str] = {}

    @property
    def complaint(self) -> str:  # type: ignore[override] # read only
        """What the store complained of first."""
        return self._store.complaint

    def report(self) -> KeptReport | None:
        """Unpack the report; its lines of source are not kept with it."""
        return self._report.read(_REPORT)

    def inputs(self, sources: Sources) -> bytes | None:
        """Hash every file as it is now: times say nothing about contents."""
        self._digests = {file.path: _digest(file) for file in sources.files}
        if not all(self._digests.values()):
            return None
        digest = hashlib.sha256(repr((sources.problems, sources.skipped)).encode())
        for file in sources.files:
            digest.update(_key(file, self._digests[file.path]))
        return digest.digest()

    def keep_report(self, sources: Sources, inputs: bytes | None, report: Report) -> None:
        """Keep the report, and what was seen on the way to it."""
        self._looks.save()
        packed = pack(KeptReport(inputs, replace(report, sources={}))) if inputs is not None else None
        if packed is not None and self.inputs(sources) == inputs:
            self._report.write(packed)

    def facts(self, files: Sequence[SourceFile]) -> dict[str, Facts]:
        """Unpack the facts of those files whose content is known."""
        found: dict[str, Facts] = {}
        for file in files:
            digest = self._digests.get(file.path) or _digest(file)
            facts = self._facts.get(_key(file, digest), _FACTS)
            if facts is not None:
                found[file.path] = facts
        return found

    def keep_facts(self, fresh: Iterable[tuple[SourceFile, Facts, bytes | None]]) -> None:
        """Keep facts under the content that they are of: the file may have changed since it was hashed."""
        for file, facts, ready in fresh:
            packed = ready or pack(facts)
            if facts.digest and packed is not None:
                self._facts.put(_key(file, facts.digest), packed)
        self._facts.save()

    def look(self, statements: Sequence[Statement], hints: Hints) -> Usage:
        """Remember by everything that the microscope is shown."""
        question = pack((statements, hints), _key_encoder)
        if question is None:
            return super().look(statements, hints)
        key = hashlib.sha256(question).digest()
        usage = self._looks.get(key, _USAGE)
        if usage is None:
            usage = super().look(statements, hints)
            packed = pack(usage)
            if packed is not None:
                self._looks.put(key, packed)
        return usage


NO_CACHE = Cache()


def open_cache(folder: Path, settings: Settings) -> Cache:
    """Open the cache of a project; there is none for a statelint that cannot tell itself from another one."""
    made_by = fingerprint()
    if made_by is None:
        return NO_CACHE
    return StoredCache(Store(folder, settings.project), made_by, settings)


def pack(value: object, encoder: msgspec.msgpack.Encoder = _encoder) -> bytes | None:
    """Write a value out, or give nothing for one that has no form: names may hold lone surrogates."""
    try:
        return encoder.encode(value)
    except UnicodeEncodeError:
        return None


class _Shelf(NamedTuple):
    """Where one kind of conclusion lies in the store, and the code that drew it."""

    store: Store
    kind: str
    of: bytes
    made_by: bytes

    def read(self, form: msgspec.msgpack.Decoder[_Value]) -> _Value | None:
        packed = self.store.read(self.kind, self.of, self.made_by)
        return self.unpack(packed, form) if packed is not None else None

    def unpack(self, packed: bytes | msgspec.Raw, form: msgspec.msgpack.Decoder[_Value]) -> _Value | None:
        try:
            return form.decode(packed)
        except (ValueError, RecursionError):
            self.store.complain_of(self.kind, self.of)
            return None

    def write(self, packed: bytes) -> None:
        self.store.write(self.kind, self.of, self.made_by, packed)


class _Table:
    """Many values in one file, each unpacked when it is asked for; what nobody asks for is not kept."""

    def __init__(self, shelf: _Shelf) -> None:
        self._shelf = shelf
        self._known: dict[bytes, msgspec.Raw] | None = None
        self._used: dict[bytes, msgspec.Raw] = {}

    def get(self, key: bytes, form: msgspec.msgpack.Decoder[_Value]) -> _Value | None:
        if self._known is None:
            self._known = self._shelf.read(_TABLE) or {}
        packed = self._used.get(key) or self._known.get(key)
        value = self._shelf.unpack(packed, form) if packed is not None else None
        if packed is not None and value is not None:
            self._used[key] = packed
        return value

    def put(self, key: bytes, packed: bytes) -> None:
        self._used[key] = msgspec.Raw(packed)

    def save(self) -> None:
        if self._known is None or self._used.keys() != self._known.keys():
            self._shelf.write(_encoder.encode(self._used))
        self._known, self._used = {}, {}


def _digest(file: SourceFile) -> str:
    try:
        return hashlib.sha256(read_bytes(file)).hexdigest()
    except SourceError:
        return ""


def _key(file: SourceFile, digest: str) -> bytes:
    """Digest a file's content and name: its facts name the path, and its role makes problems fatal or not."""
    words = (file.path, file.module, file.role, file.language, digest)
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).digest()
