"""Entries of knowledge files about whole files: those that run anew, and what a program is told to run."""

import msgspec

from statelint.knowledge.words import EntryKind


class ScriptEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Files that a framework runs anew for each request, so that what they bind does not last.

    `packages`: those of the framework. What its decorators remember stays (`streamlit.cache_resource`).
    `files`: how their paths end, a `*` standing for one name, in the order in which they run; those below one
      folder run together, and each finds what those before it have bound. None listed: each file that imports
      one of the `packages` and is itself imported by none.
    `given`: names that they find without importing them -> what these are (`request`). A file where scripts
      stand is one if it, or one that runs with it, uses such a name and does not bind it.
    `actions`: how the paths of those end whose functions without parameters are called (`entry` says by
      whom), under the path `/FILE/FUNCTION`.
    """

    packages: tuple[str, ...]
    files: tuple[str, ...] = ()
    given: dict[str, str] = {}
    actions: str = ""
    entry: EntryKind = "request"


class WorkerEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A dict or a class by which a program that is started by its own command learns what to run.

    `call`: what its items or attributes are the keywords of (`arq.worker.Worker`); the `register` entry of
      that says what becomes of them. `keys`: those that it must have.
    `packages`: a file that imports one of them may give it any name; `classes`: names that tell a class
      without.
    """

    call: str
    keys: tuple[str, ...]
    packages: tuple[str, ...]
    classes: tuple[str, ...] = ()
