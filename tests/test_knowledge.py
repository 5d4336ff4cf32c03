"""Knowledge files: the loader and its errors, the lookups, and what the shipped files say."""

from __future__ import annotations

import ast
import builtins
import importlib
import sys
import time
from pathlib import Path

import pytest

from statelint.engine.select import PRECEDENCE
from statelint.errors import KnowledgeError
from statelint.knowledge import (
    Knowledge,
    KnowledgeFile,
    build,
    compiled,
    load_knowledge,
    loading,
    parse,
    shipped_files,
    validate,
)
from statelint.model.diagnostics import State

FRAMEWORK = """
name = "acme"
packages = ["acme.web"]
server = true
route_words = ["route"]

[[type]]
names = ["acme.web.Base", "acme.base.Base"]
kind = "router"
mutators = ["clear"]
adders = { append = 0 }
mergers = { extend = 0 }
keys = { take = "key" }
getters = ["take"]
same = ["copy"]
bits = ["io-db"]
attributes = { parent = "acme.web.App" }
results = { open = "acme.web.App" }

[[type]]
names = ["acme.web.App", "acme.App"]
kind = "app"
bases = ["acme.web.Base"]
bags = ["state"]
items = true

[[type]]
names = ["acme.current"]
kind = "app"
object = true
bases = ["acme.App"]

[[type]]
names = ["acme.Ring"]
kind = "plain"
bases = ["acme.Gnir"]

[[type]]
names = ["acme.Gnir"]
kind = "plain"
bases = ["acme.Ring"]

[[register]]
names = ["acme.web.Base.route"]
runs = "serve"

[[function]]
names = ["acme.web.Base.now"]
bits = ["clock"]

[[base]]
names = ["acme.web.Base"]
lifetime = "process"
methods = { get = "GET", "on_*" = "event", "on_close_*" = "close" }

[[command]]
names = ["acme.Base.command", "acme.web.Base.command"]
era = "cli"
"""


@pytest.fixture
def acme() -> Knowledge:
    return build({"acme.toml": parse("acme.toml", FRAMEWORK)})


def file(text: str) -> KnowledgeFile:
    return parse("acme.toml", f'name = "acme"\n{text}')


# What the loader says of a broken file


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[[type]]\nnames = ["acme.App"]\nkind = "app"\nmutator = ["x"]',
            "`acme.toml`, entry `acme.App`: unknown key `mutator`, did you mean `mutators`",
        ),
        (
            '[[type]]\nnames = ["acme.App"]\nkind = "contaner"',
            "`acme.toml`, entry `acme.App`: `kind` cannot be `contaner`, did you mean `container`",
        ),
        (
            '[[function]]\nnames = ["acme.now"]\nbits = ["clock", "io-bd"]',
            "`acme.toml`, entry `acme.now`: `bits` cannot be `io-bd`, did you mean `io-db`",
        ),
        ("[[typ]]\nx = 1", "`acme.toml`: unknown key `typ`, did you mean `type`"),
        ("zzzzzz = 1", "`acme.toml`: unknown key `zzzzzz`"),
        (
            '[[register]]\nnames = ["acme.run"]\nruns = "serve"\narguments = 3',
            "`acme.toml`, entry `acme.run`: `arguments`: expected `array`, got `int`",
        ),
        (
            '[[type]]\nnames = ["acme.App"]',
            "`acme.toml`, entry `acme.App`: `type`: object missing required field `kind`",
        ),
        (
            '[[type]]\nnames = ["acme.App"]\nkind = "app"\nadders = { put = [1] }',
            "`acme.toml`, entry `acme.App`: `adders`: expected `int | str`, got `array`",
        ),
    ],
)
def test_a_broken_file_is_named_with_key_and_nearest_word(text: str, message: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        file(text)
    assert str(caught.value) == message


def test_broken_toml_is_named_with_its_line() -> None:
    with pytest.raises(KnowledgeError, match=r"^`acme.toml`: .*line 2"):
        file("x = = 1")


def test_a_name_stands_in_one_entry_of_a_kind() -> None:
    twice = '[[type]]\nnames = ["acme.App"]\nkind = "app"\n'
    with pytest.raises(KnowledgeError, match=r"`second\.toml`: `acme\.App` has two"):
        build({"first.toml": file(twice), "second.toml": file(twice)})


def test_validate_names_unknown_types_and_the_nearest() -> None:
    text = """
        [[type]]
        names = ["acme.App"]
        kind = "app"
        attributes = { router = "acme.Ruoter" }
        results = { open = "nowhere" }
        [[type]]
        names = ["acme.Router"]
        kind = "router"
        bases = ["acme.Ap"]
        [[register]]
        names = ["acme.run"]
        runs = "later"
        gives = "q"
        [[function]]
        names = ["acme.one"]
        returns = "acme.Routr"
        [[function]]
        names = ["acme.two"]
        returns = "elements:0"
        [[function]]
        names = ["acme.three"]
        returns = "elements:"
        [[setting]]
        names = ["ACME"]
        rule = "local-database"
        state = "records"
        what = "a file"
        behind = { "" = "ACMEE" }
    """
    files = {"acme.toml": file(text)}
    entry = "`acme.toml`, entry "
    assert validate(build(files), files) == (
        f"{entry}`ACME`: unknown setting `ACMEE`, did you mean `ACME`",
        f"{entry}`acme.App`: unknown type `acme.Ruoter`, did you mean `acme.Router`",
        f"{entry}`acme.App`: unknown type `nowhere`",
        f"{entry}`acme.Router`: unknown type `acme.Ap`, did you mean `acme.App`",
        f"{entry}`acme.one`: unknown type `acme.Routr`, did you mean `acme.Router`",
        f"{entry}`acme.run`: unknown type `q`",
        f"{entry}`acme.three`: `returns` cannot be `elements:`, did you mean `elements`",
    )


# Lookups


def test_every_name_is_a_key_and_methods_are_found_under_each_name_of_their_type(acme: Knowledge) -> None:
    assert acme.types["acme.App"] is acme.types["acme.web.App"]
    assert acme.registers["acme.base.Base.route"] is acme.registers["acme.web.Base.route"]
    assert acme.bases["acme.base.Base"] is acme.bases["acme.web.Base"]


def test_objects_are_no_types(acme: Knowledge) -> None:
    assert "acme.current" not in acme.types
    assert acme.objects["acme.current"].object
    assert acme.type_of("acme.current") is acme.objects["acme.current"]
    assert acme.type_of("acme.nothing") is None


def test_inherited_entries_are_found_through_the_bases(acme: Knowledge) -> None:
    for owner in ("acme.App", "acme.web.App", "acme.current"):
        assert acme.register(f"{owner}.route") is acme.registers["acme.web.Base.route"]
        assert acme.function(f"{owner}.now") is acme.functions["acme.web.Base.now"]
        assert acme.command(f"{owner}.command") is acme.commands["acme.web.Base.command"]
        assert acme.bases_of(owner) == (acme.bases["acme.web.Base"],)
    for _ in range(2):  # the second answer comes from memory
        assert acme.register("acme.App.rout") is None
        assert acme.bases_of("acme.Ring") == ()


def test_mro_is_nearest_first_and_survives_a_circle(acme: Knowledge) -> None:
    assert [one.names[0] for one in acme.mro("acme.current")] == [
        "acme.current",
        "acme.web.App",
        "acme.web.Base",
    ]
    assert [one.names[0] for one in acme.mro("acme.Ring")] == ["acme.Ring", "acme.Gnir"]
    assert acme.mro("acme.nothing") == ()
    assert acme.is_a("acme.current", "acme.base.Base")
    assert not acme.is_a("acme.base.Base", "acme.current")


def test_members_of_a_type_are_inherited(acme: Knowledge) -> None:
    assert acme.attribute("acme.current", "parent") == "acme.web.App"
    assert acme.attribute("acme.current", "nothing") == ""
    assert acme.result("acme.App", "open") == "acme.web.App"
    assert acme.result("acme.App", "parent") == ""
    assert acme.is_bag("acme.current", "state")
    assert not acme.is_bag("acme.web.Base", "state")
    assert acme.keeps_items("acme.current")
    assert not acme.keeps_items("acme.web.Base")
    clear, take = acme.method("acme.App", "clear"), acme.method("acme.App", "take")
    append, extend = acme.method("acme.App", "append"), acme.method("acme.App", "extend")
    assert (clear.changes, take.changes) == (True, False)
    assert (clear.gives, take.gives) == (False, True)
    assert (acme.method("acme.App", "copy").copies, take.copies) == (True, False)
    assert (append.adds, extend.adds) == (0, None)
    assert (append.merges, extend.merges) == (None, 0)
    assert (append.key, take.key) == (None, "key")


def test_bits_of_a_function_win_over_those_of_its_type(acme: Knowledge) -> None:
    assert acme.bits("acme.App.now") == ("clock",)
    assert acme.bits("acme.App.take") == ("io-db",)
    assert acme.bits("acme.Ring.take") == ()


def test_handlers_are_named_exactly_or_by_the_longest_pattern(acme: Knowledge) -> None:
    (base,) = acme.bases_of("acme.App")
    named = {method: acme.handler(base, method) for method in ("get", "on_open", "on_close_now", "getter")}
    assert named == {"get": "GET", "on_open": "event", "on_close_now": "close", "getter": ""}


def test_server_imports_are_matched_by_whole_parts(acme: Knowledge) -> None:
    assert acme.is_server_import("acme.web")
    assert acme.is_server_import("acme.web.deep.inside")
    assert not acme.is_server_import("acme.website")
    assert not acme.is_server_import("acme")


# What the shipped files say


@pytest.fixture(scope="module")
def shipped() -> Knowledge:
    return load_knowledge()


def test_shipped_references_name_what_is_known(shipped: Knowledge) -> None:
    assert validate(shipped, shipped_files()) == ()


def test_knowledge_is_read_once(shipped: Knowledge) -> None:
    assert load_knowledge() is shipped


# The compiled form


def texts() -> dict[str, bytes]:
    return loading._package_files()[0]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Forget what was read, before and after."""
    monkeypatch.setattr(loading, "shipped_files", shipped_files.__wrapped__)
    return monkeypatch


def load_from(
    patch: pytest.MonkeyPatch, files: dict[str, bytes], packed: bytes
) -> tuple[dict[str, object], int]:
    """Load files and their compiled form; say how many files were parsed."""
    parsed: list[str] = []

    def count(source: str, text: str) -> KnowledgeFile:
        parsed.append(source)
        return parse(source, text)

    patch.setattr(loading, "_package_files", lambda: (files, packed))
    patch.setattr(loading, "parse", count)
    return dict(loading.shipped_files()), len(parsed)


def test_the_compiled_form_says_what_the_files_say(fresh: pytest.MonkeyPatch) -> None:
    files = texts()
    packed = compiled.compile_files(dict(reversed(files.items())))
    loaded, parsed = load_from(fresh, files, packed)
    assert parsed == 0
    assert list(loaded.items()) == list(load_from(fresh, files, b"")[0].items())


def test_the_compiled_form_is_never_believed_for_other_files(fresh: pytest.MonkeyPatch) -> None:
    files = texts()
    packed = compiled.compile_files(files)
    name = min(files)
    changes = (
        files | {name: files[name] + b"# another\n"},
        {other: content for other, content in files.items() if other != name},
        files | {"acme.toml": FRAMEWORK.encode()},
    )
    for changed in changes:
        loaded, parsed = load_from(fresh, changed, packed)
        assert (loaded.keys(), parsed) == (changed.keys(), len(changed))


@pytest.mark.parametrize("packed", [b"", b"x", b"\n{}"])
def test_a_compiled_form_that_is_damaged_is_passed_by(fresh: pytest.MonkeyPatch, packed: bytes) -> None:
    files = {"acme.toml": FRAMEWORK.encode()}
    assert load_from(fresh, files, packed)[1] == 1


def test_a_compiled_form_that_breaks_the_form_is_told_by_its_file(fresh: pytest.MonkeyPatch) -> None:
    files = {"acme.toml": b'name = "acme"\nserver = 3\n'}
    with pytest.raises(KnowledgeError, match=r"`acme.toml`: `server`: expected `bool`, got `int`"):
        load_from(fresh, files, compiled.compile_files(files))


def test_the_compiled_form_is_quick_to_load(fresh: pytest.MonkeyPatch) -> None:
    files = texts()
    packed = compiled.compile_files(files)
    quick = min(_seconds_to_load(fresh, files, packed) for _ in range(5))
    slow = min(_seconds_to_load(fresh, files, b"") for _ in range(5))
    assert quick < slow / 2, "a fifth on an idle machine: 5 ms, where 10 ms are the most that it may cost"


def _seconds_to_load(patch: pytest.MonkeyPatch, files: dict[str, bytes], packed: bytes) -> float:
    patch.setattr(loading, "_package_files", lambda: (files, packed))
    start = time.process_time()
    build(loading.shipped_files())
    return time.process_time() - start


def test_files_are_read_in_the_order_of_their_names() -> None:
    assert list(texts()) == sorted(file.name for file in Path(loading.__file__).parent.glob("*.toml"))


def test_what_adds_to_a_container_also_changes_it(shipped: Knowledge) -> None:
    for entry in shipped.types.values():
        for method in (*entry.adders, *entry.mergers):
            assert shipped.method(entry.names[0], method).changes, f"{entry.names[0]}.{method}"


def test_a_mode_is_that_of_a_file_that_is_written(shipped: Knowledge) -> None:
    for entry in shipped.functions.values():
        assert entry.mode == () or entry.writes_file is not None, entry.names


def test_route_paths_and_arguments_do_not_overlap(shipped: Knowledge) -> None:
    for entry in shipped.registers.values():
        assert not set(entry.path) & set(entry.arguments), entry.names
        assert not (entry.method and entry.methods), entry.names


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_names_of_the_standard_library_exist(shipped: Knowledge) -> None:
    kinds = (*shipped.types.values(), *shipped.objects.values(), *shipped.functions.values())
    calls = (*shipped.registers.values(), *shipped.bases.values(), *shipped.commands.values())
    names = {name for entry in (*kinds, *calls) for name in entry.names}
    checked = [name for name in names if name.split(".")[0] in STANDARD]
    assert len(checked) > 400
    assert {name for name in checked if not _exists(name)} <= ELSEWHERE


STANDARD = (set(sys.stdlib_module_names) | set(dir(builtins))) - {"antigravity", "this", "distutils"}

# Names that only newer or older Pythons, or other builds of this one, have.
ELSEWHERE = {
    "asyncio.Queue.shutdown",
    "asyncio.taskgroups.TaskGroup",
    "dbm.gnu.open",
    "dbm.sqlite3.open",
    "http.server.CGIHTTPRequestHandler",
    "itertools.batched",
    "os.getrandom",
    "pathlib.Path.copy",
    "pathlib.Path.move",
    "uuid.uuid6",
    "uuid.uuid7",
}


def _exists(name: str) -> bool:
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:count]))
        except ImportError:
            continue
        return _has(found, parts[count:])
    return _has(builtins, parts)


def _has(found: object, parts: list[str]) -> bool:
    for part in parts:
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True


@pytest.mark.parametrize(
    ("call", "runs", "method"),
    [
        ("flask.Flask.route", "serve", ""),
        ("flask.app.Flask.post", "serve", "*"),
        ("flask.Blueprint.add_url_rule", "serve", ""),
        ("flask.current_app.before_request", "serve", ""),
        ("fastapi.FastAPI.get", "serve", "*"),
        ("fastapi.routing.APIRouter.delete", "serve", "*"),
        ("fastapi.FastAPI.on_event", "boot", ""),
        ("fastapi.FastAPI", "boot", ""),
        ("fastapi.BackgroundTasks.add_task", "serve", ""),
        ("starlette.routing.Route", "serve", ""),
        ("django.urls.path", "serve", ""),
        ("django.db.models.signals.post_save.connect", "serve", ""),
        ("django.db.models.signals.post_migrate.connect", "boot", ""),
        ("aiohttp.web.Application.on_startup.append", "boot", ""),
        ("aiohttp.web_app.Application", "serve", ""),
        ("aiohttp.web.RouteTableDef.post", "serve", "*"),
        ("sanic.Sanic.get", "serve", "*"),
        ("sanic.Blueprint.before_server_start", "boot", ""),
        ("cherrypy.expose", "serve", ""),
        ("tornado.ioloop.PeriodicCallback", "later", ""),
        ("celery.shared_task", "serve", ""),
        ("threading.Thread", "thread", ""),
        ("concurrent.futures.ThreadPoolExecutor.submit", "thread", ""),
        ("apscheduler.schedulers.background.BackgroundScheduler.add_job", "later", ""),
        ("quart.Quart.get", "serve", "*"),
        ("sorted", "now", ""),
    ],
)
def test_calls_that_register_functions(shipped: Knowledge, call: str, runs: str, method: str) -> None:
    entry = shipped.register(call)
    assert entry is not None
    assert (entry.runs, entry.method) == (runs, method)


@pytest.mark.parametrize(
    ("base", "method", "label", "lifetime"),
    [
        ("flask.views.MethodView", "get", "GET", "request"),
        ("django.views.generic.ListView", "post", "POST", "request"),
        ("django.contrib.admin.ModelAdmin", "get_queryset", "admin", "process"),
        ("rest_framework.viewsets.ModelViewSet", "list", "GET", "request"),
        ("tornado.web.RequestHandler", "put", "PUT", "request"),
        ("tornado.websocket.WebSocketHandler", "on_message", "message", "connection"),
        ("starlette.middleware.base.BaseHTTPMiddleware", "dispatch", "middleware", "process"),
        ("http.server.BaseHTTPRequestHandler", "do_MKCOL", "request", "request"),
        ("http.server.BaseHTTPRequestHandler", "do_GET", "GET", "request"),
        ("celery.Task", "run", "task", "process"),
        ("threading.Thread", "run", "thread", "process"),
        ("channels.generic.websocket.AsyncWebsocketConsumer", "receive", "receive", "connection"),
        ("asyncio.Protocol", "data_received", "data", "connection"),
        ("django.db.models.Model", "compute_total", "", "request"),
    ],
)
def test_classes_that_frameworks_call(
    shipped: Knowledge, base: str, method: str, label: str, lifetime: str
) -> None:
    entry = shipped.bases_of(base)[0]
    assert (shipped.handler(entry, method), entry.lifetime) == (label, lifetime)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("dict", "container"),
        ("collections.deque", "container"),
        ("queue.Queue", "container"),
        ("types.SimpleNamespace", "record"),
        ("contextvars.ContextVar", "per-request"),
        ("threading.local", "per-request"),
        ("threading.Lock", "lock"),
        ("asyncio.Task", "task"),
        ("flask.g", "per-request"),
        ("flask.request", "request"),
        ("fastapi.WebSocket", "connection"),
        ("redis.Redis", "handle"),
        ("prometheus_client.Counter", "metrics"),
        ("logging.Logger", "logger"),
        ("pydantic.BaseModel", "plain"),
    ],
)
def test_kinds_of_types(shipped: Knowledge, name: str, kind: str) -> None:
    entry = shipped.type_of(name)
    assert entry is not None
    assert entry.kind == kind


def test_state_of_an_application_stays_and_that_of_a_request_goes(shipped: Knowledge) -> None:
    kinds = {}
    for owner, attr in (
        ("fastapi.FastAPI", "state"),
        ("fastapi.Request", "state"),
        ("sanic.Sanic", "ctx"),
        ("sanic.Request", "ctx"),
        ("flask.current_app", "config"),
    ):
        entry = shipped.type_of(shipped.attribute(owner, attr))
        assert entry is not None
        kinds[f"{owner}.{attr}"] = entry.kind
    assert kinds == {
        "fastapi.FastAPI.state": "bag",
        "fastapi.Request.state": "per-request",
        "sanic.Sanic.ctx": "bag",
        "sanic.Request.ctx": "per-request",
        "flask.current_app.config": "bag",
    }
    assert shipped.attribute("fastapi.Request", "app") == "fastapi.FastAPI"
    assert shipped.keeps_items("aiohttp.web.Application")


def test_functions_of_the_language(shipped: Knowledge) -> None:
    said = {name: (one.returns, one.changes, one.puts) for name, one in shipped.functions.items()}
    expected = {
        "heapq.heappush": ("", (0,), (1,)),
        "next": ("next:0", (0,), ()),
        "collections.defaultdict": ("elements:1", (), ()),
        "types.MappingProxyType": ("argument:0", (), ()),
        "fastapi.Depends": ("provider:0", (), ()),
    }
    assert {name: said[name] for name in expected} == expected
    assert shipped.types["collections.defaultdict"].factory == 0


def test_files_are_written_by_path_and_mode(shipped: Knowledge) -> None:
    opened, written = shipped.function("open"), shipped.function("pathlib.Path.write_text")
    assert opened is not None
    assert written is not None
    assert (opened.writes_file, opened.mode, opened.receiver) == (0, (1, "mode"), False)
    assert written.receiver
    assert written.mode == ()


@pytest.mark.parametrize("name", ["uvicorn.run", "flask.Flask.run", "tornado.ioloop.IOLoop.start"])
def test_servers_are_started(shipped: Knowledge, name: str) -> None:
    entry = shipped.function(name)
    assert entry is not None
    assert entry.starts_server


def test_only_server_frameworks_make_a_module_server_side(shipped: Knowledge) -> None:
    asked = ("flask", "django.http", "http.server", "aiohttp.web", "aiohttp", "click", "http", "redis")
    assert [name for name in asked if shipped.is_server_import(name)] == [
        "flask",
        "django.http",
        "http.server",
        "aiohttp.web",
    ]


def test_commands_and_tests(shipped: Knowledge) -> None:
    asked = ("click.command", "flask.cli.AppGroup.command", "pytest.fixture", "unittest.TestCase", "flask.g")
    found = {name: shipped.command(name) for name in asked}
    assert {name: entry and entry.era for name, entry in found.items()} == {
        "click.command": "cli",
        "flask.cli.AppGroup.command": "cli",
        "pytest.fixture": "test",
        "unittest.TestCase": "test",
        "flask.g": None,
    }


# What keeps state here


def test_every_rule_and_kind_of_a_keeper_is_known(shipped: Knowledge) -> None:
    keeps = (*shipped.keepers.values(), *shipped.settings.values())
    assert {entry.rule for entry in keeps} <= set(PRECEDENCE)
    assert {entry.state for entry in keeps} <= {state.value for state in State}


def test_patterns_are_compared_in_lower_case(shipped: Knowledge) -> None:
    keeps = (*shipped.keepers.values(), *shipped.settings.values())
    patterns = [p for entry in keeps for p in (*entry.local, *entry.outside, *entry.scratch, *entry.unless)]
    assert [pattern for pattern in patterns if pattern != pattern.lower()] == []


def test_samples_are_python(shipped: Knowledge) -> None:
    samples = {entry.sample for entry in (*shipped.keepers.values(), *shipped.settings.values())} - {""}
    assert samples
    for sample in sorted(samples):
        ast.parse(sample)
        assert len(sample.strip().splitlines()) <= 8


def test_a_keeper_is_found_under_every_name_of_its_type(shipped: Knowledge) -> None:
    for name in (
        "apscheduler.schedulers.background.BackgroundScheduler",
        "sqlite3.dbapi2.connect",
        "logging.handlers.RotatingFileHandler",
    ):
        assert shipped.keeper(name) is not None
    assert shipped.keeper("redis.Redis") is None
    assert shipped.timer("threading.Timer") is not None
    assert shipped.acts_outside("requests.sessions.Session.post")
    assert not shipped.acts_outside("requests.Session.get")


# What the rules about memos, keys, locks and settings ask


def test_the_type_behind_attributes_and_results_is_named() -> None:
    known = load_knowledge()
    assert known.owner_of("django.db.models.Model.objects.filter()") == "django.db.models.QuerySet"
    assert known.owner_of("pymongo.MongoClient.shop.orders") == "pymongo.MongoClient"
    assert known.owner_of("nobody.knows.this") == ""


def test_bits_are_found_behind_attributes() -> None:
    known = load_knowledge()
    assert known.bits("pymongo.MongoClient.shop.orders.find_one") == ("io-db",)
    assert known.bits("nobody.knows.this.call") == ()


def test_a_setting_names_the_packages_that_sign_with_it() -> None:
    settings = load_knowledge().secret_settings
    assert "flask" in settings["SECRET_KEY"]
    assert "tornado" not in settings["SECRET_KEY"]
    assert settings["cookie_secret"] == frozenset({"tornado"})


def test_a_file_s_settings_and_secrets_are_read(acme: Knowledge) -> None:
    assert (acme.secret_settings, dict(acme.secrets), dict(acme.writers), dict(acme.process)) == (
        {},
        {},
        {},
        {},
    )
    text = """
        packages = ["acme"]
        secret_settings = ["ACME_KEY"]
        [[secret]]
        names = ["acme.sign"]
        arguments = [0]
        [[writer]]
        names = ["acme.put"]
        [[process]]
        names = ["acme.tune"]
        [[type]]
        names = ["acme.Lock"]
        kind = "lock"
        exclusive = "host"
        [[type]]
        names = ["acme.Box"]
        kind = "container"
        expires = true
    """
    known = build({"acme.toml": file(text)})
    assert known.secret_settings == {"ACME_KEY": frozenset({"acme"})}
    assert known.secret("acme.sign") is not None
    assert known.writer("acme.put") is not None
    assert known.process_setting("acme.tune") is not None
    assert (known.excludes("acme.Lock"), known.excludes("acme.Box")) == ("host", "")
    assert (known.expires("acme.Box"), known.expires("acme.Lock")) == (True, False)


def test_an_inherited_method_changes_what_is_shared() -> None:
    known = load_knowledge()
    assert known.writer("django.db.models.Manager.bulk_create") is not None
    assert known.writer("django.db.models.Model.objects.filter().update") is not None
    assert known.writer("django.db.models.Model.objects.filter().count") is None
