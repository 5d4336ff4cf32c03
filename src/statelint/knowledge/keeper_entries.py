"""What keeps state here unless something that it is told moves it out: calls and settings of libraries."""

from typing import Literal

import msgspec

from statelint.knowledge.words import Kept, Position, Rule


class Keeps(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What keeps state in the process or on the local disk, unless something that it is told moves it out.

    `rule` reports it, `state` is what is kept, `what` how a finding names it (`a SQLite database`).
    `local`: how texts begin that keep it here (`sqlite:`); none listed: every text that is not `outside`.
      `outside`: how texts begin that keep it elsewhere, or keep nothing (`postgresql:`, `/dev/`).
      `scratch`: how texts begin with which it lives no longer than the object (`:memory:`): state only where
      that is made at start-up. All are compared in lower case; one that ends in `$` is the whole text.
    `unless`: words anywhere in the text that keep it quiet (`mode=ro`).
    `unknown`: what to think where it is told a place that cannot be read from the code.
    `at`: it is told a table: the path to the entries that matter (`handlers.*`). Such an entry is a text like
      any other, or a table that keeps something here if its `key` is one of `kinds` (a name that ends in a
      dot and one of them will do); `place` is then the key under which it says where (empty: none does).
    `things`: dotted names of classes, objects and constants which keep it here where they are given instead
      of a text (`aiocache.Cache.MEMORY`); a class counts uncalled, what it makes is a keeper of its own.
    `keys`: keys of the table that move it out; for a setting, others that do where they name something else.
    `behind`: how a text begins -> the setting that says where the library then keeps it (`CACHES`): it is
      here only if that keeps it here; an empty text stands for any, and for none.
    `sample`: a line or more that shows the replacement (empty: as for other state of the kind).
    `bad`: a line that keeps it here, `cure`: one that does not; both are tested. Classes stand by their last
      name.
    `checked`: the distribution and version that it was read off (`flask-limiter 3.12`); it holds from version
      `since` on and up to, not including, `until` (empty: no bounds known). `defaults`: what the library's
      code has for an argument that is left out. All four are for `tools/knowledge_check.py`.
    """

    names: tuple[str, ...]
    rule: Rule
    state: Kept
    what: str
    local: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    scratch: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    unknown: Literal["here", "outside"] = "outside"
    at: str = ""
    key: str = ""
    kinds: tuple[str, ...] = ()
    place: str = ""
    things: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    behind: dict[str, str] = {}
    sample: str = ""
    bad: str = ""
    cure: str = ""
    checked: str = ""
    since: str = ""
    until: str = ""
    defaults: dict[str, str] = {}


class KeeperEntry(Keeps, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A class, function or method of a library that keeps state here when it is called at start-up or later.

    `where`: the arguments that say where it keeps it; the first one that is given decides.
    `omitted`: what to think where none of them is given (`scratch`: it lives no longer than the object, which
      is state only where it is made at start-up, or once for all by a memoised function).
    `told_by`: methods of the object, or dotted names, that may be told the same by the same arguments
      (`init_app`); `settings`: settings that hold where no argument says it.
    `moved_by`: arguments that move the state out whatever they are, unless None or False (`message_queue`).
    `held_by`: arguments that keep it here whatever they are, unless None or False (`path`).
    `requires`: arguments without which it keeps nothing (absent, None and False count as without).
    `says`: texts of which one must stand in the argument, or in the list that it is (`-B`).
    `started_by`: methods of the object, or dotted names, one of which must be called while or before serving.
    `jobs`: methods of the object, or dotted names, that are given the functions it will run (as their
      `register` entries say); where all of them only tidy up this process, nothing is reported.
    `queries`: true where it is a database that is only told SQL: nothing but queries keeps it quiet.
    `mode`: the argument that says how it is opened; `r` keeps it quiet, and none too where `reads` is true.
    `table`: the argument that is the table which `at` speaks of.
    """

    where: tuple[Position, ...] = ()
    omitted: Literal["here", "outside", "scratch"] = "here"
    moved_by: tuple[Position, ...] = ()
    held_by: tuple[Position, ...] = ()
    told_by: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    requires: tuple[Position, ...] = ()
    says: tuple[str, ...] = ()
    started_by: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    queries: bool = False
    mode: tuple[Position, ...] = ()
    reads: bool = False
    table: tuple[Position, ...] = ()


class SettingEntry(Keeps, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A setting that keeps state here; `names` are its keys (`DATABASES`, `SQLALCHEMY_DATABASE_URI`).

    `beside`: names of which a module must bind one to be a module of such settings; none listed: the key is
      enough, also as the attribute of a class, as a constant key (`app.config[...]`) and as a keyword.
    `used_by`: one of these, or what stands below it, must be called or imported (a class of fields that hold
      files, `django.core.cache`); none listed: nothing.
    `switch`: true where it is on or off: True, or a list that is not empty, keeps it here.
    `missing`: true where it also is here if no module of such settings (`beside`) sets it.
    `through`: objects of the library through which it is changed (`cherrypy.session`); shown as evidence.
    `instead`: names that move it out where the module binds one of them to something that does not end in one
      of `kinds`, each with the path to it in a table (`STORAGES = "default.BACKEND"`; empty: it is no table).
    """

    beside: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()
    switch: bool = False
    missing: bool = False
    through: tuple[str, ...] = ()
    instead: dict[str, str] = {}
