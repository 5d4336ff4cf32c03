"""What libraries offer: classes and objects, functions, what calls code of a service and what it calls."""

from typing import Literal

import msgspec

from statelint.knowledge.words import Bit, EntryKind, Position


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
    `frozen`: true for a base class whose objects cannot be changed (`typing.NamedTuple`).
    `fields`: the argument of its constructor whose items become attributes (`State({"carts": {}})`).
    `keywords`: the one of its `attributes` that keeps what its constructor is given under other names
      (`Application(routes, store=store)`).
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
    frozen: bool = False
    fields: Position | None = None
    keywords: str = ""
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
    `lifetime`: how long an object lives whose class is given, or in whose class a method is decorated; `own`:
      the class is only marked, and its objects are those that the project makes.
    `table`: arguments that are tables of routes; a row holds the path, the handler and, where `row_options`
      names the methods of the handler's class that are given them by keyword, a dict of options.
    `gives`: the type of what the call returns (`task`), as a canonical type name; with `now`, a container
      of what the functions give.
    `yields`: with `boot`, the type of the object of each request whose attributes are the items of the dict
      that the function yields (`lifespan`).
    `passes`: the types of what the function is then called with, by position (`aiohttp.web.Request`); an
      annotation of the function itself goes before.
    `of_module`: the function that stands for a module which is given, or named by a text (`includeme`).
    `boot_events`: texts among the arguments that name an event of start-up (`after_configured`).
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
    lifetime: Literal["process", "connection", "request", "own"] = "process"
    table: tuple[Position, ...] = ()
    row_options: tuple[str, ...] = ()
    of_module: str = ""
    boot_events: tuple[str, ...] = ()


class BaseEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A class that applications derive from, some of whose methods the framework calls while serving.

    `methods`: method name, or a pattern that ends in `*`, -> how it is named in a finding (`GET`,
      `on message`).
    `boot_methods`: methods that run at start-up (`ready`, `setup`).
    `lifetime`: `process`: one object serves all requests; `request`: one each; `connection`: one a
      connection; `own`: as the project makes them, one for all where it is not seen to make any.
    `passes`: the types of what these methods are called with, by position (`sanic.Request`; empty: unknown).
    """

    names: tuple[str, ...]
    lifetime: Literal["process", "connection", "request", "own"]
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
      `named:0` (the module, or what a module binds, that argument 0 names), `members:0` (a list of pairs: the
      names and members of the module or object that argument 0 is, as a predicate keeps them),
      `class:N` (the class that argument N, or 0, is or names), `object:N` (an object of it, if the call says
      how it is made), `default:0` (a decorator: the method gives the field that argument 0 names its value),
      `result:N` (what calling argument N gives), `partial` (the function it was given, some arguments bound),
      `receiver` (the class or object whose method it is: `Cart.as_view()`), `instance` (the one object that a
      class keeps of itself), `made` (a new object of the class whose method it is, made with all arguments),
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
    `starts_server`: true for `uvicorn.run`; `beside`: not in a thread of a command, which only helps there.
    `writes_file`: position of the path that is written, with `mode` the positions of the mode argument that
      must ask for writing (absent: it always writes).
    `receiver`: for methods: true where the receiver, not an argument, is the path that is read, written,
      removed or asked for (`pathlib.Path.write_text`); `writes_file` then only says that it is written.
    `content`: where what is written stands (`self`: the receiver); with `binary` it is bytes. `dumps`: true
      where a record is made a text, or written to the file that `changes` names first (`json.dump`).
    `temporary`: true where it gives a temporary file or folder, or the path of one. `leaves_file`: true where
      it makes a temporary file that may outlive the call; `removes_file`: true where it removes one, with
      `removes_tree` a folder with all that lies in it. `asks_file`: true where it says whether one is there.
    `moves`: true where a file that is written already gets the path (`os.replace`), with `keeps_source` as
      another copy (`shutil.copy`). `locks_file`: true where it locks an open file that it is given.
    `takes`: true where it waits for the next message of a broker (`__aiter__`: a loop over the object does),
      so that a loop around it serves. `listens`: true where the program connects itself, and for what
      takes from there: a loop serves only if it goes on beside the rest of the program, as a task or thread.
    `chained`: for a call in the body of a class that declares a field: methods of the declaration that give
      it back (`Set().tag(sync=True)`); classes that derive from what is called declare fields in that way.
    `shows`: true where what it is given goes to those who run the service, not to its users (`logging.info`).
    `ends_process`: true where the process ends with it, or another program takes its place (`os.execv`).
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
    beside: bool = False
    writes_file: Position | None = None
    mode: tuple[Position, ...] = ()
    receiver: bool = False
    content: Position | None = None
    binary: bool = False
    dumps: bool = False
    temporary: bool = False
    leaves_file: bool = False
    removes_file: bool = False
    removes_tree: bool = False
    asks_file: bool = False
    moves: bool = False
    keeps_source: bool = False
    locks_file: bool = False
    takes: bool = False
    listens: bool = False
    chained: tuple[str, ...] = ()
    shows: bool = False
    ends_process: bool = False


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


class CommandEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A decorator whose functions are commands or tests: neither boot nor serve (`click.command`).

    `names` may also name base classes, all of whose methods are such (`unittest.TestCase`).
    """

    names: tuple[str, ...]
    era: Literal["cli", "test"]
