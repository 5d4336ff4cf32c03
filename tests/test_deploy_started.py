"""Files that say what is started and balanced: facts to the column, and no file that raises or takes long."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from deployment import read
from hypothesis import given, settings
from hypothesis import strategies as st

from specs import PLAIN, lint_project
from statelint import remedies
from statelint.deploy.commands import classify, is_housekeeping, load_table, number_of
from statelint.deploy.shell import compatible, read_shell
from statelint.deploy.timetable import read_jobs
from statelint.model.deployment import Attribute, DeploymentFact, DeploymentFacts, Process
from statelint.model.files import FileRole, Language, SourceFile
from statelint.program.clocks import find_clocks
from statelint.program.deployed import Deployment
from statelint.python.index import index_module
from statelint.remedies.offers import for_clocks
from statelint.sources.languages import language_of

# One file a format with exactly one fact that decides, on its first lines, and a comment of the format.
DOCKERFILE = "FROM a\nCMD cron && gunicorn app:app\n"
SCRIPT = "cron\nexec gunicorn app:app\n"
SUPERVISORD = "[supervisord]\n[program:a]\ncommand=gunicorn app:app\n[program:b]\ncommand=cron -f\n"
PROCFILE = "worker: celery -A app worker -B\n"
CRONTAB = "* * * * * python job.py\n"
TIMER = "[Timer]\nOnCalendar=daily\n"
UWSGI = "[uwsgi]\ncron = 1 -1 -1 -1 -1 python job.py\n"
HAPROXY = "backend a\n  balance source\n"
APACHE = "ProxyPass / balancer://a stickysession=R\n"
WORKERS = "worker.a.type=lb\n"
CADDY = "a.example.com {\n  reverse_proxy a b {\n    lb_policy ip_hash\n  }\n}\n"
VCL = "vcl 4.1;\nsub vcl_init { new a = directors.hash(); }\nsub vcl_recv { a.backend(client.ip); }\n"
FLY = 'app = "a"\n[processes]\nw = "sh -c \'cron && gunicorn app:app\'"\n'
TRAEFIK = "[http.services.a.loadBalancer.sticky.cookie]\n"
ANSIBLE = "- cron: {name: a, job: /srv/a}\n"
RENDER = "services:\n- type: web\n  startCommand: cron && gunicorn app:app\n"
APP_ENGINE = "runtime: python\nnetwork:\n  session_affinity: true\n"
DYNAMIC = "http:\n  services:\n    a:\n      loadBalancer:\n        sticky: {cookie: {}}\n"
ENVOY = "x:\n- name: a\n  lb_policy: MAGLEV\n- cluster: a\n  hash_policy:\n  - cookie: {name: r}\n"
FORMATS = {
    "Dockerfile": DOCKERFILE,
    "entrypoint.sh": SCRIPT,
    "supervisord.conf": SUPERVISORD,
    "Procfile": PROCFILE,
    "crontab": CRONTAB,
    "a.timer": TIMER,
    "uwsgi.ini": UWSGI,
    "haproxy.cfg": HAPROXY,
    "a.conf": APACHE,
    "workers.properties": WORKERS,
    "Caddyfile": CADDY,
    "default.vcl": VCL,
    "fly.toml": FLY,
    "traefik.toml": TRAEFIK,
    "site.yml": ANSIBLE,
    "render.yaml": RENDER,
    "app.yaml": APP_ENGINE,
    "dynamic.yml": DYNAMIC,
    "envoy.yaml": ENVOY,
}
EACH = pytest.mark.parametrize(("path", "content"), FORMATS.items(), ids=FORMATS)


def deciding(facts: DeploymentFacts) -> list[DeploymentFact]:
    """List what a rule reports of this file alone."""
    found = [clock.fact for clock in find_clocks(Deployment([facts]))]
    return found + [fact for fact in facts.facts if fact.attribute is Attribute.AFFINITY]


def the_place(facts: DeploymentFacts) -> tuple[int, int]:
    (fact,) = deciding(facts)
    return fact.place.line, fact.place.column


def of(facts: DeploymentFacts, attribute: Attribute) -> list[str]:
    return [fact.value for fact in facts.facts if fact.attribute is attribute]


# --- each format -------------------------------------------------------------------------------------


@EACH
def test_windows_lines_and_byte_order_marks_move_nothing(path: str, content: str) -> None:
    place = the_place(read(content, path))
    assert the_place(read(content.replace("\n", "\r\n"), path)) == place
    assert the_place(read(f"\ufeff{content}", path)) == place
    assert the_place(read(content.rstrip("\n"), path)) == place


@EACH
def test_blank_lines_move_the_place_along(path: str, content: str) -> None:
    line, column = the_place(read(content, path))
    assert the_place(read(f"\n\n{content}", path)) == (line + 2, column)


@EACH
def test_a_commented_file_says_nothing(path: str, content: str) -> None:
    mark = "//" if path.endswith(".vcl") else "#"
    commented = "".join(f"{mark} {line}" for line in content.splitlines(keepends=True))
    assert deciding(read(commented, path)) == []


@EACH
def test_a_comment_above_the_line_allows_it(path: str, content: str) -> None:
    place = the_place(read(content, path))
    lines = content.splitlines(keepends=True)
    lines.insert(place[0] - 1, "# statelint: allow[cron-per-instance] because it is alone\n")
    facts = read("".join(lines), path)
    assert the_place(facts)[0] == place[0] + 1
    (allow,) = facts.allows
    assert allow.line <= place[0] + 1 <= allow.end_line


@EACH
def test_text_that_is_not_utf_8_is_read_as_far_as_it_is(path: str, content: str) -> None:
    facts = read(content.encode() + b"# caf\xe9\n", path)
    assert the_place(facts) == the_place(read(content, path))
    assert [problem.fatal for problem in facts.problems] == [True]


@EACH
def test_binary_data_is_told_and_not_read(path: str, content: str) -> None:
    facts = read(content.encode() + b"\0\1\2", path)
    assert deciding(facts) == []
    assert "NUL" in facts.problems[0].message


HOSTILE = {
    "brackets": "[" * 25_000,
    "braces": "{" * 25_000,
    "parentheses": "(" * 25_000,
    "substitutions": "$(" * 12_500,
    "variables": "${" * 12_500,
    "quotes": "'\"" * 12_500,
    "backquotes": "`" * 25_001,
    "backslashes": "\\" * 25_001,
    "continued lines": "a \\\n" * 12_500,
    "heredocs": "RUN cat <<A\n" * 2_500,
    "heredocs of a script": "cat <<A <<B <<C\n" * 2_500,
    "cases": "case x in\n" * 6_250,
    "loops": "while true; do\n" * 6_250,
    "functions": "f() {\n" * 2_500 + "}\nf\n" * 2_500,
    "comments": "#" * 125_000,
    "a line": "x" * 5_000_000,
    "words": "x " * 125_000,
    "stars": "* " * 62_500,
    "fields": "* * * * * x\n" * 12_500,
    "blank lines": "\n" * 250_000,
    "sections": "[a]\n" * 25_000,
    "settings": "a = b\n" * 25_000,
    "dots": "a" + ".a" * 12_500 + " = 1\n",
    "commands": "cron &\n" * 2_500,
    "stages": "FROM a AS b\nFROM b AS a\n" * 2_000,
    "marks": "{{" * 12_500,
    "directors": "set req.backend_hint = x.backend(" * 3_750,
    "comments of C": "/*" * 25_000,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
@EACH
def test_hostile_text_is_bounded(path: str, content: str, body: str) -> None:
    read(body, path)
    read(f"{content}{body}", path)


BITS = [
    *(bit for content in FORMATS.values() for bit in re.findall(r"\S+|\s+", content)),
    *(
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "'",
        '"',
        "`",
        "\\",
        "#",
        ";",
        ";;",
        "&",
        "|",
        "<<A",
        "A\n",
        "$(",
        "${x",
        "é",
    ),
    *("if ", "fi\n", "case x in ", "esac\n", "do ", "done ", "{{ x }}", "\r", "\u2028", "\ufeff", "\n"),
    "# statelint: allow[x] because y\n",
]


@EACH
@given(st.lists(st.sampled_from(BITS), max_size=40).map("".join))
@settings(max_examples=25, deadline=None)
def test_any_text_is_read_or_told(path: str, content: str, text: str) -> None:
    for whole in (text, content + text):
        facts = read(whole, path)
        lines = re.split(r"\r\n|\n|\r", whole.removeprefix("\ufeff"))
        for fact in facts.facts:
            assert 1 <= fact.place.line <= fact.place.end_line <= len(lines)
            assert 1 <= fact.place.column <= len(lines[fact.place.line - 1]) + 1
            assert fact.place.end_column <= len(lines[fact.place.end_line - 1]) + 1
            assert len(fact.spelling) <= 80
        assert all(1 <= problem.line <= len(lines) for problem in facts.problems)
        assert all(allow.line <= allow.end_line for allow in facts.allows)


# --- facts for the join with code ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "entry", "workers"),
    [
        ("gunicorn -w 4 -b 0.0.0.0:8000 shop.wsgi:application", "shop.wsgi:application", "4"),
        ("gunicorn --workers=${WEB_CONCURRENCY:-3} -k gevent wsgi", "wsgi", "3"),
        ("gunicorn -w4 'shop:create_app()'", "shop:create_app()", "4"),
        ("gunicorn --bind unix:app.sock -w $(nproc) a.b:c", "a.b:c", "$(nproc)"),
        ("python3 -u -m uvicorn shop:app --host 0.0.0.0 --workers 2", "shop:app", "2"),
        ("exec gosu app poetry run hypercorn shop:app -w 5", "shop:app", "5"),
        ("opentelemetry-instrument uvicorn --factory shop.main:make --port 80", "shop.main:make", None),
        ("daphne -b 0.0.0.0 -p 8000 shop.asgi:application", "shop.asgi:application", None),
        ("granian --interface asgi shop:app --workers 6", "shop:app", "6"),
        ("uwsgi --http :80 --module shop.wsgi --processes 4", "shop.wsgi", "4"),
        ("fastapi run app/main.py --workers 4", "app/main.py", "4"),
        ("flask --app shop run", "shop", None),
        ("python manage.py runserver 0.0.0.0:80", "manage.py", None),
        ("python app.py", "app.py", None),
        ("tini -- python -m shop.server", "shop.server", None),
        ("wait-for-it.sh db:5432 -- gunicorn app:app", "app:app", None),
        ("sudo -u www-data gunicorn app:app", "app:app", None),
        ("PORT=80 waitress-serve --port=80 --call shop:create", "shop:create", None),
    ],
)
def test_a_command_names_the_code_that_it_loads_and_its_workers(
    command: str, entry: str, workers: str | None
) -> None:
    facts = read(f"FROM a\nCMD {command}\n", "Dockerfile")
    assert of(facts, Attribute.ENTRY) == [entry]
    assert of(facts, Attribute.WORKERS) == ([] if workers is None else [workers])
    (place,) = [fact.place for fact in facts.facts if fact.attribute is Attribute.ENTRY]
    assert (
        entry.split("(", maxsplit=1)[0]
        in f"FROM a\nCMD {command}".split("\n")[1][place.column - 1 : place.end_column]
    )


def test_an_image_tells_its_volumes_and_the_workers_of_its_environment() -> None:
    facts = read(
        'FROM a\nVOLUME ["/data", "/media"]\nVOLUME /x /y\nENV WEB_CONCURRENCY=4 A=b\n', "Dockerfile"
    )
    assert of(facts, Attribute.VOLUME) == ["/data", "/media", "/x", "/y"]
    assert of(facts, Attribute.WORKERS) == ["4"]


def test_environment_files_tell_workers_and_nothing_else() -> None:
    text = 'SECRET=hunter2\nexport WEB_CONCURRENCY="4"\n#WEB_CONCURRENCY=9\n'
    text += 'GUNICORN_CMD_ARGS="--workers=3 -b :80"\n'
    facts = read(text, ".env.production")
    assert [(fact.value, fact.place.line) for fact in facts.facts] == [("4", 2), ("3", 4)]
    assert "hunter2" not in repr(facts)


def test_uwsgi_tells_workers_entry_and_what_it_keeps_on_disk() -> None:
    text = "[uwsgi]\nmodule = a.b:c\nprocesses = 4\nspooler = /var/spool\ncache2 = name=sessions,store=/srv\n"
    facts = read(text, "uwsgi.ini")
    assert of(facts, Attribute.ENTRY) == ["a.b:c"]
    assert of(facts, Attribute.WORKERS) == ["4"]
    assert of(facts, Attribute.VOLUME) == ["/var/spool", "/srv"]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("workers = 4", "4"),
        ("workers = multiprocessing.cpu_count() * 2 + 1", "multiprocessing.cpu_count() * 2 + 1"),
        ('workers = int(os.environ.get("WEB_CONCURRENCY", "3"))', "3"),
        ('workers = os.getenv("N", 2)', "2"),
    ],
)
def test_settings_in_python_are_read_and_never_run(line: str, value: str, tmp_path: Path) -> None:
    path = tmp_path / "gunicorn.conf.py"
    path.write_text(f"open('marker', 'w')\n{line}\nwsgi_app = 'shop:app'\n", encoding="utf-8")
    file = SourceFile(
        path=path.name, absolute=path, language=Language.PYTHON, role=FileRole.APPLICATION, size=1
    )
    facts = index_module(file, path.read_bytes()).deployment
    assert [(fact.attribute, fact.value, fact.place.line) for fact in facts] == [
        (Attribute.WORKERS, value, 2),
        (Attribute.ENTRY, "shop:app", 3),
    ]
    other = SourceFile(
        path="app.py", absolute=path, language=Language.PYTHON, role=FileRole.APPLICATION, size=1
    )
    assert index_module(other, path.read_bytes()).deployment == ()
    assert not Path("marker").exists()


def test_platforms_tell_how_many_copies_there_are() -> None:
    def most(facts: DeploymentFacts) -> list[int | None]:
        return [scaler.most for scaler in facts.scalers]

    assert most(read(f"{RENDER}  numInstances: 3\n", "render.yaml")) == [3]
    scaled = f"{APP_ENGINE}automatic_scaling: {{max_num_instances: 7}}\n"
    assert most(read(scaled, "app.yaml")) == [7]
    running = f"{FLY}[http_service]\nmin_machines_running"
    assert most(read(f"{running} = 2\n", "fly.toml")) == [2]
    assert most(read(f"{running} = 1\n", "fly.toml")) == [None]


@pytest.mark.parametrize(("text", "number"), [("4", "4"), ("${N:-3}", "3"), ("${N-3}", "3"), ("$N", "$N")])
def test_the_number_of_workers_may_be_a_default(text: str, number: str) -> None:
    assert number_of(text) == number


# --- parts -------------------------------------------------------------------------------------------


def kind(command: str) -> str:
    (found, *_) = read_shell(command).commands
    started = classify(found.words)
    return "nothing" if started is None else started.kind.value


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("celery -A a beat", Process.SCHEDULER),
        ("celery -A a worker -l info", Process.CONSUMER),
        ("celery -A a worker -Bl info", Process.SCHEDULER),
        ("celery -A a flower", Process.OTHER),
        ("python manage.py migrate", Process.OTHER),
        ("python manage.py qcluster", Process.CONSUMER),
        ("./manage.py runserver", Process.SERVER),
        ("service cron stop", "nothing"),
        ("apt-get install -y cron", "nothing"),
        ("/usr/sbin/crond -f", Process.SCHEDULER),
        ("busybox crond -f", Process.SCHEDULER),
        ("python -c 'import cron'", "nothing"),
        ("bash /start.sh", Process.SCRIPT),
        ("exec $CMD", Process.HANDOVER),
        ("echo $@", "nothing"),
        ("/usr/bin/supervisord -n", Process.SUPERVISOR),
        ("gcc -B x", "nothing"),
        ("taskiq scheduler a:b", Process.SCHEDULER),
        ("taskiq worker a:b", Process.CONSUMER),
        ("php artisan queue:work", Process.CONSUMER),
        ("env", "nothing"),
        ("exec", "nothing"),
    ],
)
def test_a_command_line_is_known_by_what_it_starts(command: str, expected: str) -> None:
    assert kind(command) == expected


def test_arms_of_one_statement_exclude_each_other() -> None:
    script = read_shell("if a; then b; else c; fi; case x in 1) d;; 2|3) e;; esac; f\n")
    named = {command.words[0].text: command for command in script.commands}
    assert not compatible(named["b"], named["c"])
    assert not compatible(named["d"], named["e"])
    assert compatible(named["b"], named["d"])
    assert compatible(named["c"], named["f"])


def test_a_script_that_is_too_long_is_told() -> None:
    facts = read(SCRIPT + "python a.py\n" * 25_000, "long.sh")
    assert the_place(facts) == (1, 1)
    assert "too long" in facts.problems[0].message


def test_broken_toml_is_told_with_its_line() -> None:
    (problem,) = read('app = "a"\n[processes]\nweb = \n', "fly.toml").problems
    assert (problem.line, problem.fatal) == (3, True)
    assert problem.message.startswith("broken TOML: ")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("*/5 * * * * a b", "a b"),
        ("0 2 1-5 JAN,FEB mon-fri a", "a"),
        ("@daily a", "a"),
        ("@every 1h30m a", "a"),
        ("H H * * * a", "a"),
        ("30 * * * * * a", "a"),
        ("# * * * * * a", None),
        ("@reboot a", None),
        ("the quick brown fox jumps over", None),
        ("A = * * * * *", None),
        ("* * * * *", None),
    ],
)
def test_lines_of_a_timetable(line: str, command: str | None) -> None:
    assert [job.command for job in read_jobs(line)] == ([] if command is None else [command])


@pytest.mark.parametrize(
    ("job", "spared"),
    [
        ("certbot renew --quiet", True),
        ("root test -x /usr/bin/certbot && certbot -q renew", True),
        ("/usr/sbin/logrotate /etc/logrotate.conf", True),
        ("docker system prune -f", True),
        ("python manage.py certbot_report", False),
        ("python /app/logrotated.py", False),
        ("cp -r /apt-cache /x", False),
    ],
)
def test_jobs_that_care_for_their_machine(job: str, *, spared: bool) -> None:
    assert is_housekeeping(job) is spared


def test_each_row_of_the_table_of_commands_is_used_once() -> None:
    seen = set()
    for row in load_table().program:
        assert row.names
        for name in row.names:
            form = (name, row.words, row.also, row.flags)
            assert form not in seen
            seen.add(form)


# --- what the rule makes of a fact -------------------------------------------------------------------


@EACH
def test_each_format_has_a_remedy_of_its_own(path: str, content: str, tmp_path: Path) -> None:
    (tmp_path / path).write_text(content, encoding="utf-8")
    (finding,) = lint_project(tmp_path, PLAIN).findings
    assert finding.remedy.title
    assert finding.remedy.text.endswith(".")
    if finding.rule == "cron-per-instance":
        (fact,) = deciding(read(content, path))
        assert finding.remedy.title == remedies.suggest_for_clock(fact.unit, finding.symbol).title
    else:
        assert finding.remedy.text.count("then ") == 1


def test_every_remedy_of_a_clock_can_be_worded() -> None:
    for unit in for_clocks():
        remedy = remedies.suggest_for_clock(unit, "cron `x`\n")
        assert "$" not in remedy.title + remedy.text
        assert "\n" not in remedy.title


def test_a_clock_in_a_test_is_a_note(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    assert [finding.severity for finding in lint_project(tmp_path, PLAIN).findings] == ["note"]


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("Dockerfile.prod", Language.DOCKERFILE),
        ("web-Containerfile", Language.DOCKERFILE),
        ("Dockerfile.dockerignore", None),
        ("dockerfile.py", Language.PYTHON),
        ("Procfile.dev", Language.PROCFILE),
        ("deploy/crontab.prod", Language.CRONTAB),
        ("crontab.md", None),
        ("etc/cron.d/job", Language.CRONTAB),
        ("app.service", Language.SYSTEMD),
        ("backup.timer.j2", Language.SYSTEMD),
        ("docker-entrypoint", Language.SHELL),
        ("rootfs/etc/services.d/web/run", Language.SHELL),
        ("web/run", None),
        ("prod.env", Language.ENV),
        (".env.local", Language.ENV),
        ("haproxy.cfg.j2", Language.CONF),
        ("Caddyfile", Language.CONF),
        ("conf/workers.properties", Language.CONF),
        ("gradle.properties", None),
        ("fly.toml", Language.TOML),
        ("fly.staging.toml", Language.TOML),
        ("Cargo.toml", None),
        ("user-data.tftpl", Language.SHELL),
    ],
)
def test_the_name_of_a_file_tells_its_reader(path: str, language: Language | None) -> None:
    assert language_of(path) is language
