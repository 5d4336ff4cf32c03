"""The form of a knowledge file: what statelint knows of one framework or library, as data.

Every name is a dotted name as an import gives it (`flask.Flask`, `threading.Thread`); a method is the name
of its type plus the method (`flask.Flask.route`). Builtins are named bare (`dict`, `open`).
"""

from typing import Literal

import msgspec

Position = int | str
"""An argument: its position from 0 (the receiver not counted), or its keyword."""

EntryKind = Literal["request", "websocket", "message", "task", "background", "startup", "metrics"]
"""Who sets a function off: a client, a message, the program itself; `metrics`: those who run the service."""

Bit = Literal[
    "clock",
    "random",
    "request",
    "connection",
    "task",
    "handle",
    "io-db",
    "io-http",
    "io-file",
    "io-process",
    "digest",
]
"""Where a value comes from."""


class TypeEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A class of a library, or an object that a module offers (`flask.request`).

    `names`: all dotted names under which it is imported; the first one is canonical.
    `kind`: `app` and `router` serve; `request` is what a client sent (its values carry the bit `request`);
      `connection` is a client's open connection; `bag` keeps what is put on it, for the process;
      `container` keeps elements; `record` keeps attributes (`types.SimpleNamespace`);
      `per-request` is a home that ends with the request, thread or task (`flask.g`, context variables): what
      is written there is no state; `handle` is the cure or harmless (client, pool, engine, lock);
      `lock`, `task` (tasks, futures, processes), `metrics`, `logger`, `plain` (anything else).
    `object`: true where the dotted name itself is the object, not its class (`flask.request`).
    `lifetime`: how long such an object lives wherever it is made; absent: as the code that makes it says.
    `bags`: attributes of it that keep for the application what is put under their keys (`config`); where
      things are put on them as attributes, too, `attributes` names a type that is a `bag`.
    `items`: true where `x[key] = value` puts something into the application (`app["db"]` in aiohttp).
    `keyed`: true where what is put under a key is found there by who else handles the request (`environ`).
    `attributes`: attribute -> canonical name of the type it holds; `results`: method -> type that a call
      gives.
    `fields`: the argument of its constructor whose items become attributes (`State({"carts": {}})`).
    `prefix`: the argument of its constructor that stands before the routes registered on it.
    `bases`: canonical names of types whose entries hold for this one too.
    `mutators`: methods that change the object; `adders`: those of them that put an argument into it,
      method -> position of the element (`append = 0`); `mergers`: those that put the elements of an argument
      into it (`extend = 0`); `keys`: method -> position of the key it takes (`setdefault = 0`);
      `getters`: methods that hand an element out (`get`, `pop`, `values`, ...); `same`: methods that give a
      copy or the object's like (`copy`).
    `factory`: argument of the constructor that is called to make a missing element (`defaultdict`: 0).
    `copies_defaults`: true for a base class that gives each object a copy of a default in the class body
      (`pydantic.BaseModel`).
    `bits`: where what its methods give comes from, unless a function entry says otherwise (a database
      client).
    `expires`: true for a container that drops its elements when they are too old (`cachetools.TTLCache`).
    `process`: true for settings that hold for the whole process (`os.environ`).
    `exclusive`: for a lock, whom it keeps out: the threads or tasks of one `process`, or all processes of one
      `host` (a lock file).
    """

    names: tuple[str, ...]
    kind: Literal[
        "app",
        "router",
        "request",
        "connection",
        "bag",
        "container",
        "record",
        "per-request",
        "handle",
        "lock",
        "task",
        "metrics",
        "logger",
        "plain",
    ]
    object: bool = False
    lifetime: Literal["process", "connection", "request", ""] = ""
    bags: tuple[str, ...] = ()
    items: bool = False
    keyed: bool = False
    attributes: dict[str, str] = {}
    results: dict[str, str] = {}
    bases: tuple[str, ...] = ()
    mutators: tuple[str, ...] = ()
    adders: dict[str, Position] = {}
    mergers: dict[str, Position] = {}
    keys: dict[str, Position] = {}
    getters: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    factory: Position | None = None
    copies_defaults: bool = False
    fields: Position | None = None
    prefix: Position | None = None
    bits: tuple[Bit, ...] = ()
    expires: bool = False
    process: bool = False
    exclusive: Literal["", "process", "host"] = ""


class RegisterEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A call or decorator that is given a function which something else will call.

    `runs`: `serve` (a handler), `boot` (a start-up or shut-down hook), `now` (called at once, in the era of
      the caller: `map`, `sorted`), `later` (callback, task, timer), `thread` (its endless loop serves, what
      stands before the loop runs where it was started), `end` (when the process ends: nobody is served then).
    `entry`: what it is then called in a finding. `arguments`: which arguments are such functions; empty: any.
    `path`: where the route stands, `methods`: the keyword with HTTP methods, `method`: the one that it always
      is; `*`: the name of the call says it (`app.post`, `router.add_post`).
    `route`: where a name stands that another call gives a path, or that this call, with a path, gives one.
    `handlers`: methods that are called on the objects it is given, and on an object of each class: method
      name, or a pattern that ends in `*` (alone: every public method), -> how it is named in a finding.
    `lifetime`: how long an object lives whose class is given, or in whose class a method is decorated.
    `table`: arguments that are tables of routes; a row holds the path, the handler and, where `row_options`
      names the method of the handler's class that is given them by keyword, a dict of options.
    `gives`: the type of what the call returns (`task`), as a canonical type name; with `now`, a container
      of what the functions give.
    `yields`: with `boot`, the type of the object of each request whose attributes are the items of the dict
      that the function yields (`lifespan`).
    `passes`: the types of what the function is then called with, by position (`aiohttp.web.Request`); an
      annotation of the function itself goes before.
    `of_module`: the function that stands for a module which is given, or named by a text (`includeme`).
    """

    names: tuple[str, ...]
    runs: Literal["serve", "boot", "now", "later", "thread", "end"]
    entry: EntryKind = "request"
    arguments: tuple[Position, ...] = ()
    path: tuple[Position, ...] = ()
    methods: str = ""
    method: str = ""
    gives: str = ""
    passes: tuple[str, ...] = ()
    yields: str = ""
    route: Position | None = None
    handlers: dict[str, str] = {}
    lifetime: Literal["process", "connection", "request"] = "process"
    table: tuple[Position, ...] = ()
    row_options: str = ""
    of_module: str = ""


class BaseEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A class that applications derive from, some of whose methods the framework calls while serving.

    `methods`: method name, or a pattern that ends in `*`, -> how it is named in a finding (`GET`,
      `on message`).
    `boot_methods`: methods that run at start-up (`ready`, `setup`).
    `lifetime`: `process`: one object serves all requests; `request`: one each; `connection`: one a
      connection.
    `passes`: the types of what these methods are called with, by position (`sanic.Request`; empty: unknown).
    """

    names: tuple[str, ...]
    lifetime: Literal["process", "connection", "request"]
    methods: dict[str, str] = {}
    boot_methods: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()
    entry: EntryKind = "request"


class FunctionEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A function of a library: what a call does and gives.

    `bits`: where the result comes from. `returns`: `container` (a new one), `argument:N` (what it was given),
      `elements:N` (a new container with the elements of argument N), `copy:N` (one of the same type),
      `deep:N` (and what is in it is new as well), `element:N` (an element of argument N),
      `next:N` (what the iterator N gives next), `module:0` (the module that argument 0 names),
      `named:0` (the module, or what a module binds, that argument 0 names),
      `result:N` (what calling argument N gives), `partial` (the function it was given, some arguments bound),
      `receiver` (the class or object whose method it is: `Cart.as_view()`), `instance` (the one object that a
      class keeps of itself),
      `provider:N` (dependency injection: the parameter that has this as default or annotation is given what
      argument N returns when it is called while serving), or a canonical type name. N is a position or a
      keyword (`result:default_factory`).
      `maker:0` (what calls argument 0 with the others when it is asked, makers among them asked first),
      `single:0` (the same, once for the process).
    `changes`: arguments that are changed (`heapq.heappush` changes 0); `puts`: position of what is put there.
    `memo`: a decorator that remembers results, by `arguments` (`functools.lru_cache`), once for each
      `object` (`cached_property`), or in a `backend` that its configuration names.
    `expires`: arguments of a memo which, when given, make it forget what is too old (`ttl`); `store`: the one
      that is the container of what it remembers; `clears`: attributes of what it makes that forget
      (`cache_clear`); `copies`: true where each caller is given a copy of what it remembers.
    `starts_server`: true for `uvicorn.run`. `writes_file`: position of the path that is written, with
      `mode` the positions of the mode argument that must ask for writing (absent: it always writes).
    `receiver`: for methods: true where the receiver, not an argument, is the path
      (`pathlib.Path.write_text`); `writes_file` then only says that it is written.
    `content`: where what is written stands (`self`: the receiver); with `binary` it is bytes. `dumps`: true
      where a record is made a text, or written to the file that `changes` names first (`json.dump`).
    `temporary`: true where it gives a temporary file or folder, or the path of one. `leaves_file`: true where
      it makes a temporary file that may outlive the call; `removes_file`: true where it removes one.
    `takes`: true where it waits for the next message of a broker (`__aiter__`: a loop over the object does),
      so that a loop around it serves.
    `shows`: true where what it is given goes to those who run the service, not to its users (`logging.info`).
    """

    names: tuple[str, ...]
    bits: tuple[Bit, ...] = ()
    returns: str = ""
    changes: tuple[Position, ...] = ()
    puts: tuple[Position, ...] = ()
    memo: Literal["", "arguments", "object", "backend"] = ""
    expires: tuple[Position, ...] = ()
    store: tuple[Position, ...] = ()
    clears: tuple[str, ...] = ()
    copies: bool = False
    starts_server: bool = False
    writes_file: Position | None = None
    mode: tuple[Position, ...] = ()
    receiver: bool = False
    content: Position | None = None
    binary: bool = False
    dumps: bool = False
    temporary: bool = False
    leaves_file: bool = False
    removes_file: bool = False
    takes: bool = False
    shows: bool = False


class SignatureEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A function or method that a server calls because of its shape (`application(environ, start_response)`).

    `function`: name it must have (empty: any name), `parameters`: names of its parameters in order without
    `self`; `method`: true for methods of a class (the object then lives as `lifetime` says).
    `requires`: parameters of `__init__` that the class must have (`get_response`). `more`: true where further
      parameters may follow. `base`: how the last name of one of its base classes must end (`Servicer`).
    """

    parameters: tuple[str, ...]
    function: str = ""
    method: bool = False
    requires: tuple[str, ...] = ()
    more: bool = False
    base: str = ""
    lifetime: Literal["process", "connection", "request"] = "process"
    entry: EntryKind = "request"
    label: str = ""
    passes: tuple[str, ...] = ()


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


class CommandEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A decorator whose functions are commands or tests: neither boot nor serve (`click.command`).

    `names` may also name base classes, all of whose methods are such (`unittest.TestCase`).
    """

    names: tuple[str, ...]
    era: Literal["cli", "test"]


Rule = Literal[
    "local-session-backend",
    "local-cache-backend",
    "local-rate-limit",
    "local-message-backend",
    "local-job-backend",
    "local-conversation-store",
    "local-upload",
    "local-database",
    "local-log-file",
    "in-process-scheduler",
]
"""The rules that report what the knowledge files call a keeper or a setting."""

Kept = Literal[
    "session",
    "upload",
    "records",
    "cache",
    "config",
    "queue",
    "job-result",
    "counter",
    "rate-limit",
    "idempotency",
    "websocket",
    "lock",
    "scheduler",
    "log",
    "registry",
    "other",
]
"""The kind of state that is kept."""


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


class TextEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A call whose result is a text: what it says can be read from its arguments.

    `default`: arguments that hold where the environment or a settings file says nothing, `setting` the one
      that names what is asked (`os.environ.get`: 1 and 0). `same`: arguments that are the text, one after the
      other; `more`: true where further text follows that is not known.
    A method of texts (`str.format`) takes the text that it is called on for its first one.
    """

    names: tuple[str, ...]
    default: tuple[Position, ...] = ()
    setting: Position | None = None
    same: tuple[Position, ...] = ()
    more: bool = False


class TimerEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A call that is given a function which then runs again and again, or once and some time later.

    `function`: where it stands (empty: it is decorated). `repeats`: `always` (what is planned is a job), or
    `periodic` (it may be any housekeeping of the process, and counts only if it changes something outside);
    `rearmed`: only if the function hands itself over again (`threading.Timer`); `loop`: only if it has an
    endless loop that sleeps (`asyncio.create_task`). `accepts`: true where work handed over while serving is
    kept in this process only, and lost with it.
    `started_by`: as in a keeper.
    """

    names: tuple[str, ...]
    repeats: Literal["always", "periodic", "rearmed", "loop"]
    function: tuple[Position, ...] = ()
    accepts: bool = False
    started_by: tuple[str, ...] = ()


class ActEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Calls that change something outside of the process: a row, a message, a mail, a remote resource."""

    names: tuple[str, ...]


class SleepEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Calls that wait for a time: `asyncio.sleep`."""

    names: tuple[str, ...]


class SecretEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A call that signs, encrypts or checks with a key, or names a cookie: each process must have the same.

    `arguments`: where the key stands; `receiver`: the object was made with it (`Fernet(key).encrypt`).
    `keeps`: true where a class keeps the key for the requests to come, so that the call may stand in start-up
      code. `use`: what is done with it, as a finding says it.
    """

    names: tuple[str, ...]
    arguments: tuple[Position, ...] = ()
    receiver: bool = False
    keeps: bool = False
    use: Literal["signs", "encrypts", "compares", "names cookies"] = "signs"


class WriterEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A call that changes what all processes share: rows of a database, something behind another service.

    `statement`: where the SQL stands that tells whether it changes anything; absent: it always does. `alone`:
      true for a method of what only one thread may use at a time, so that a lock may guard the object itself.
    """

    names: tuple[str, ...]
    statement: Position | None = None
    alone: bool = False


class ProcessEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A call that changes a setting of the whole process (`os.chdir`).

    `value`: where the new value stands; absent: the call always changes something. `sent`: true where only a
    value that a client has sent matters (the level of a logger). `state`: what kind of state that is.
    `asked`: functions that give the present value, which is later set back.
    """

    names: tuple[str, ...]
    value: Position | None = None
    sent: bool = False
    state: Literal["environment", "config"] = "environment"
    asked: tuple[str, ...] = ()


class KnowledgeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file under `knowledge/`.

    `checked`: the releases against whose own code the entries were checked (`litestar 2.12`).
    `elsewhere`: releases that no package index has, and names that no code tells; the first word is how the
      names begin, what follows says where they were read.
    `packages`: import names that belong to it. `server`: true where importing it makes a module server-side.
    `route_words`: attribute names that look like a route decorator on an object that could not be resolved.
    `act_words`: method names that tell of a change outside on an object that is not known (`commit`).
    `take_words`: method names that wait for the next message of a queue or a broker (`get_message`).
    `secret_settings`: names of settings, attributes and keywords with whose value its packages sign.
    """

    name: str
    checked: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    server: bool = False
    route_words: tuple[str, ...] = ()
    act_words: tuple[str, ...] = ()
    take_words: tuple[str, ...] = ()
    type: tuple[TypeEntry, ...] = ()
    register: tuple[RegisterEntry, ...] = ()
    base: tuple[BaseEntry, ...] = ()
    function: tuple[FunctionEntry, ...] = ()
    signature: tuple[SignatureEntry, ...] = ()
    script: tuple[ScriptEntry, ...] = ()
    worker: tuple[WorkerEntry, ...] = ()
    command: tuple[CommandEntry, ...] = ()
    keeper: tuple[KeeperEntry, ...] = ()
    setting: tuple[SettingEntry, ...] = ()
    text: tuple[TextEntry, ...] = ()
    timer: tuple[TimerEntry, ...] = ()
    act: tuple[ActEntry, ...] = ()
    sleep: tuple[SleepEntry, ...] = ()
    secret_settings: tuple[str, ...] = ()
    secret: tuple[SecretEntry, ...] = ()
    writer: tuple[WriterEntry, ...] = ()
    process: tuple[ProcessEntry, ...] = ()
