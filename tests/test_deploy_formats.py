"""Formats of deployment files beside YAML and nginx: odd forms are read, and no file raises or takes long."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from deployment import SECONDS, places, read
from hypothesis import given, settings
from hypothesis import strategies as st

from statelint import remedies
from statelint.deploy import MOST_FACTS
from statelint.deploy.compose import short_mount
from statelint.deploy.constructs import load_table, read_calls
from statelint.deploy.storage import Use, is_local_class, is_store, is_store_image, load_words, use_of
from statelint.model.deployment import Attribute, DeploymentFacts, Scaler, Storage
from statelint.model.files import FileRole, Language, SourceFile
from statelint.program.declared_volumes import declared_volumes
from statelint.python.constructs import written_calls
from statelint.remedies.offers import for_volumes

if TYPE_CHECKING:
    from collections.abc import Mapping

# One sticky setting a format, and what may be written behind it.
STICKY: Mapping[str, str] = {
    "main.tf": 'resource "aws_lb_target_group" "web" {\n  stickiness {\n    enabled = true\n  }\n}\n',
    "shop.nomad": (
        'job "shop" {\n  group "web" {\n    service {\n'
        '      tags = ["traefik.http.services.a.loadbalancer.sticky=true"]\n    }\n  }\n}\n'
    ),
    "main.bicep": (
        "resource web 'Microsoft.Web/sites@2022-09-01' = {\n  properties: {\n"
        "    clientAffinityEnabled: true\n  }\n}\n"
    ),
}
PLACES = {"main.tf": (3, 5, 3, 19), "shop.nomad": (4, 15, 4, 65), "main.bicep": (3, 5, 3, 32)}
SERVICE_JSON = '{"apiVersion": "v1", "kind": "Service", "spec": {"sessionAffinity": "ClientIP"}}'


@pytest.mark.parametrize("name", STICKY)
@pytest.mark.parametrize("change", ["", "CR LF", "BOM"])
def test_places_are_those_of_an_editor(name: str, change: str) -> None:
    text = STICKY[name]
    text = text.replace("\n", "\r\n") if change == "CR LF" else text
    facts = read(f"\ufeff{text}" if change == "BOM" else text, name)
    assert facts.problems == ()
    assert places(facts) == [PLACES[name]]


HOSTILE: Mapping[str, str] = {
    "blocks": "a {" * 100_000,
    "brackets": "a = " + "[" * 100_000,
    "braces": "a = " + "{ a = " * 100_000,
    "calls": "a = " + "f(" * 100_000,
    "string": 'a = "' + "x" * 1_000_000,
    "quote": "a = '" + "x" * 1_000_000,
    "interpolations": 'a = "' + '${"' * 100_000,
    "heredoc": "a = <<EOF\n" + "x\n" * 500_000,
    "comment": "/*" + "*" * 1_000_000,
    "closing": "a = 1 }" * 10,
    "word": "a" * 1_000_000,
    "labels": "a " + "b " * 300_000,
    "values": "a = [" + "1," * 1_100_000 + "]",
}


@pytest.mark.parametrize("form", HOSTILE)
@pytest.mark.parametrize("name", STICKY)
def test_what_is_made_to_hurt_is_told_and_what_stands_before_it_counts(name: str, form: str) -> None:
    facts = read(STICKY[name] + HOSTILE[form], name)
    assert places(facts) == [PLACES[name]]
    assert len(facts.problems) <= 1


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("a {\n  b = 1\n", 2, "a block is not closed"),
        ('a = "x\n', 1, "a string does not end"),
        ("a = <<EOF\nx\n", 1, "the heredoc `EOF` does not end"),
        ("a =\n", 1, "a value is missing"),
        ("variable\n", 1, "neither `=` nor a block"),
        ("a = [1, 2\n", 1, "`[` is not closed"),
        ("a = f(1]\n", 1, "`]` closes nothing"),
        ("!\n", 1, "`!` is no name"),
    ],
)
def test_broken_hcl_is_told_with_its_line(content: str, line: int, words: str) -> None:
    (problem,) = read(f"locals {{}}\n{content}", "main.tf").problems
    assert (problem.line, problem.fatal) == (line + 1, True)
    assert words in problem.message


def test_blocks_before_a_broken_one_count() -> None:
    facts = read(f'{STICKY["main.tf"]}resource "a" "b" {{\n', "main.tf")
    assert places(facts) == [PLACES["main.tf"]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SERVICE_JSON[:-1], "`{` is not closed"),
        (SERVICE_JSON + "]", "`]` closes nothing"),
        (SERVICE_JSON + SERVICE_JSON, "text after the end"),
        (SERVICE_JSON[:-1] + ', "a}', "does not end"),
        ('{"kind": "sessionAffinity", "a" }', "a key without a value"),
        ('{: "kind", "sessionAffinity"}', "`:` without a key"),
        (SERVICE_JSON + "[" * 100_000, "nested deeper than 200 levels"),
        ('{"kind": 1, "sessionAffinity": ' + "[" * 100_000, "nested deeper than 200 levels"),
        ('{"kind": 1, "sessionAffinity": [' + "1," * 1_100_000 + "]}", "more than 1,000,000 values"),
        ('{"kind": "sessionAffinity' + "x" * 1_000_000, "does not end"),
        ("{" + "/*" * 500_000 + '"kind": "sessionAffinity"', "broken JSON"),
    ],
)
def test_broken_json_is_told(content: str, words: str) -> None:
    problems = read(content, "k8s/web.json").problems
    assert [words in problem.message for problem in problems] == [True]


def test_json_that_the_yaml_parser_does_not_read() -> None:
    value = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "\U0001f600"}, "x" * 2_000: "\x7f"}
    text = json.dumps(value | {"spec": {"sessionAffinity": "ClientIP"}})
    (fact,) = read(text, "k8s/web.json").facts
    assert fact.service == "Service/\U0001f600"
    assert read(text.replace("\\ude00", ""), "k8s/web.json").facts[0].service == "Service/\ufffd"


def test_data_in_json_costs_nothing() -> None:
    assert read('{"rows": [' * 100_000, "deploy/data.json").problems == ()


BITS = ["a", " ", "\n", "=", ":", "{", "}", "[", "]", "(", ")", '"', "'", "${", "<<EOF\n", "EOF\n", "#", "//",
        "/*", "*/", ",", "1", "true", "resource", "stickiness", "\\", "é", "\r", "%{", "for ",
        "job ", "@"]  # fmt: skip


@given(st.lists(st.sampled_from(BITS), max_size=40).map("".join), st.sampled_from(sorted(STICKY)))
@settings(max_examples=400, deadline=None)
def test_anything_is_read_or_told(text: str, name: str) -> None:
    facts = read(STICKY[name] + text, name)
    assert PLACES[name] in places(facts)
    lines = re.split(r"\r\n|\n|\r", STICKY[name] + text)
    assert all(1 <= problem.line <= len(lines) for problem in facts.problems)
    assert all(1 <= one.place.line <= one.place.end_line <= len(lines) for one in facts.facts)


@given(
    st.lists(
        st.sampled_from(['"', "{", "}", "[", "]", ":", ",", "a", "1", "\\", "//", "/*", "\n"]), max_size=40
    ).map("".join)
)
@settings(max_examples=300, deadline=None)
def test_any_json_is_read_or_told(text: str) -> None:
    read(f'{{"kind": 1, "sessionAffinity": {text}', "k8s/a.json")
    read(f"{SERVICE_JSON}{text}", "k8s/a.json")


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_told(data: bytes) -> None:
    for name in ("main.tf", "main.bicep", "k8s/a.json", "compose.yaml", "values.yaml"):
        read(b"affinity = 1 #\n" + data, name)


# --- what names say ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "use"),
    [
        ("/app/uploads", Use.DATA),
        ("/var/lib/shop/data", Use.DATA),
        ("/usr/share/app/media_files", Use.DATA),
        ("/data/cache", Use.SCRATCH),
        ("/tmp/data", Use.SCRATCH),  # noqa: S108 - a path in a container
        ("/var/run/docker.sock", Use.SCRATCH),
        ("/etc/app/data", Use.SCRATCH),
        ("/data/app.conf", Use.SCRATCH),
        ("/opt/thing", Use.UNKNOWN),
        ("", Use.UNKNOWN),
    ],
)
def test_the_path_says_what_a_folder_is_for(path: str, use: Use) -> None:
    assert use_of(path) is use


@pytest.mark.parametrize(
    ("image", "is_one"),
    [
        ("postgres:16", True),
        ("docker.io/bitnami/postgresql:16.1@sha256:abc", True),
        ("redis", True),
        ("registry.example.com:5000/mysql8", True),
        ("acme/shop-redis-admin", False),
        ("registry.example.com/shop:redis", False),
        ("", False),
    ],
)
def test_the_image_says_whether_it_is_a_store(image: str, *, is_one: bool) -> None:
    assert is_store_image(image) is is_one


def test_names_of_stores_and_classes() -> None:
    assert is_store("shop-redis-headless")
    assert not is_store("predisposition")
    assert is_local_class("local-path")
    assert not is_local_class("efs-sc")


def test_no_word_is_both_data_and_scratch() -> None:
    words = load_words()
    assert words.data & words.scratch == frozenset()
    assert all(word == word.lower() for words in (words.data, words.scratch, words.stores) for word in words)


@pytest.mark.parametrize(
    ("text", "mount"),
    [
        ("./media:/media", (Storage.HOST, "./media", "/media")),
        ("media:/media", (Storage.NAMED, "media", "/media")),
        ("/media", (Storage.NAMED, "", "/media")),
        ("~/m:/media:rw,z", (Storage.HOST, "~/m", "/media")),
        ("${DIR:-./m}:/media", (Storage.HOST, "${DIR:-./m}", "/media")),
        ("C:\\media:/media", (Storage.HOST, "C:\\media", "/media")),
        ("media:/media:ro", None),
        ("media:/media:ro,z", None),
    ],
)
def test_short_mounts(text: str, mount: tuple[Storage, str, str] | None) -> None:
    assert short_mount(text) == mount


# --- remedies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", for_volumes())
def test_each_format_has_both_remedies_in_its_own_words(unit: str) -> None:
    first = remedies.suggest_for_volume(unit, name="media", path="/media")
    other = remedies.suggest_for_volume(unit, name="m", path="/m`x", preferred={"volume": "shared-volume"})
    assert (first.store, other.store) == ("object-storage", "shared-volume")
    assert bool(first.sample) == (unit != "any")
    assert other.title.count("`") % 2 == 0
    assert "$" not in first.title + first.text + first.sample + other.text


def test_a_format_without_remedies_of_its_own_has_the_general_ones() -> None:
    assert remedies.suggest_for_volume("other", name="a", path="/a") == remedies.suggest_for_volume(
        "any", name="a", path="/a"
    )


# --- what people write -------------------------------------------------------------------------------

HCL_FORMS = """\
locals {
  both  = var.a && var.b ? concat([x.y[0].id], var.z) : var.z
  made  = { for k, v in var.x : (k) => merge(v, { n = split(":", v.id)[6] }) if try(v.on, false) }
  spread = merge(flatten([
    for i, group in var.groups : [
      for k, each in group : { for a, b in each : join(".", [i, a]) => b }
      if k == "targets"
    ]
  ])...)
  not_it = !var.x
  below  = -1
  splat  = var.a[*].id
  told   = "%{ if true }a%{ endif } of ${x["y"]}"
  text   = <<-EOT
  {"a": "${var.x}"}
  EOT
}
"""
BICEP_FORMS = """\
targetScope = 'resourceGroup'
import * as foo from './types.bicep'
@secure()
param pw string
@allowed([
  'a'
  'b'
])
param sku 'a' | 'b' = 'a'
param parts array = []
type t = {
  a: string
  b: int?
}
func f(x string) string => '${x}-y'
module plan './plan.bicep' = {
  params: {
    a: f('x')
    b: empty(x) ? 'a' : 'b'
  }
}
resource vault 'Microsoft.KeyVault/vaults@2023-02-01' existing = {
  name: 'kv'
}
resource other 'Microsoft.Web/sites@2021-01-15' = {
  name:uniqueName
  properties:{
    settings: union([
      {
        'name': 'A'
        'value': reference(resourceId('Microsoft.Insights/components', x), '2014-04-01').Key
      }
    ], parts)
    more: [for setting in config: {
      name: setting.name
    } ]
    ...common
  }
  dependsOn: [
    plan
    ...others
  ]
}
output name string = other.name
"""


@pytest.mark.parametrize(("name", "forms"), [("main.tf", HCL_FORMS), ("main.bicep", BICEP_FORMS)])
def test_forms_that_people_write_are_read(name: str, forms: str) -> None:
    facts = read(forms + STICKY[name], name)
    assert facts.problems == ()
    assert len(facts.facts) == 1


# --- platforms in JSON -------------------------------------------------------------------------------


def test_formation_of_heroku_says_how_many_dynos_run() -> None:
    text = """{
  "name": "shop",
  "addons": ["scheduler:standard", "heroku-redis:mini"],
  "scripts": {"postdeploy": "python manage.py migrate"},
  "formation": {
    "web": {"quantity": 3, "size": "standard-1x"},
    "clock": {"quantity": 1, "size": "standard-1x"}
  },
  "environments": {"review": {"formation": {"web": {"quantity": 9}}}}
}
"""
    facts = read(text, "app.json")
    scalers = [(one.target, one.least, one.most, one.place.line) for one in facts.scalers]
    assert scalers == [("web", 3, 3, 6), ("clock", 1, 1, 7)]
    assert not facts.facts
    # The same name is that of a React Native app.
    assert not read('{"expo": {"name": "shop", "slug": "shop"}}', "app.json").scalers


def test_functions_of_vercel_run_in_many_instances_and_its_crons_are_no_clock_of_theirs() -> None:
    text = """{
  "version": 2,
  "builds": [
    {"src": "api/index.py", "use": "@vercel/python"},
    {"src": "web/package.json", "use": "@vercel/static-build"}
  ],
  "functions": {"api/report.py": {"maxDuration": 60}, "api/page.ts": {"memory": 512}},
  "crons": [{"path": "/api/report", "schedule": "0 5 * * *"}]
}
"""
    facts = read(text, "vercel.json")
    found = [
        (one.service, one.presumed, one.containers[0].command, one.place.line) for one in facts.workloads
    ]
    assert found == [
        ("api/index.py", 2, ("python", "api/index.py"), 4),
        ("api/report.py", 2, ("python", "api/report.py"), 7),
    ]
    assert not facts.facts


def test_pods_in_json_start_what_those_in_yaml_do() -> None:
    text = """{
  "apiVersion": "apps/v1",
  "kind": "Deployment",
  "metadata": {"name": "web"},
  "spec": {"replicas": 3, "template": {"spec": {"containers": [
    {"name": "web", "image": "shop", "command": ["sh", "-c", "crond && gunicorn shop.wsgi"]}
  ]}}}
}
"""
    kinds = [fact.value for fact in read(text, "k8s/web.json").facts if fact.attribute is Attribute.COMMAND]
    assert kinds == ["scheduler", "server"]


# --- infrastructure in Python ------------------------------------------------------------------------

STACK = """import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs, aws_ecs_patterns as patterns

class Shop(cdk.Stack):
    def __init__(self, scope, name):
        super().__init__(scope, name)
        self.web = patterns.ApplicationLoadBalancedFargateService(
            self, "Web", desired_count=2,
            task_image_options=patterns.ApplicationLoadBalancedTaskImageOptions(
                image=ecs.ContainerImage.from_asset("../shop"),
                entry_point=["gunicorn"], command=["shop.wsgi"],
            ),
        )
        self.web.service.auto_scale_task_count(min_capacity=2, max_capacity=8)
        task = ecs.FargateTaskDefinition(self, "Task")
        task.add_container("clock", image=ecs.ContainerImage.from_asset("clock"), command=["celery", "beat"])
        ecs.FargateService(self, id="Clock", task_definition=task, desired_count=count)
        ecs.FargateService(self, "Plain", task_definition=other)
"""


def described(text: str, path: str = "infra/stack.py") -> DeploymentFacts:
    data = text.encode()
    file = SourceFile(
        path=path,
        absolute=Path("/") / path,
        language=Language.PYTHON,
        role=FileRole.APPLICATION,
        size=len(data),
    )
    said = read_calls(written_calls(file.path, data, load_table().packages))
    return DeploymentFacts(
        path=path, digest="", facts=said.facts, allows=(), problems=(),
        workloads=said.workloads, scalers=said.scalers,
    )  # fmt: skip


def test_services_of_cdk_have_their_copies_their_folder_and_their_command() -> None:
    facts = described(STACK)
    found = [
        (one.service, one.presumed, one.containers[0].build, one.containers[0].command)
        for one in facts.workloads
    ]
    assert found == [
        ("Web", None, "../shop", ("gunicorn", "shop.wsgi")),
        ("Clock", None, "clock", ("celery", "beat")),
        ("Plain", 1, "", ()),
    ]
    counts = [(one.target, one.least, one.most, one.spelling) for one in facts.scalers]
    assert counts == [
        ("Web", 2, 2, "desired_count=2"),
        ("Web", 2, 8, "max_capacity=8"),
        ("Clock", None, None, "desired_count=count"),
    ]


@pytest.mark.parametrize("end", range(0, len(STACK), 7))
def test_a_stack_that_is_cut_off_is_no_crash(end: int) -> None:
    described(STACK[:end])


def test_places_in_python_count_code_points() -> None:
    (fact,) = described('import aws_cdk\nx("é", "Ä", stickiness_cookie_duration=hour)\n').facts
    assert (fact.place.line, fact.place.column, fact.place.end_column) == (2, 13, 44)
    assert fact.service == "Ä"


def test_many_services_and_deep_calls_take_no_long_time() -> None:
    started = time.monotonic()
    described("import aws_cdk\n" + "ecs.FargateService(self, 'a', task_definition=task)\n" * 5_000)
    described("import aws_cdk\nx" + ".a()" * 3_000)
    described("import aws_cdk\n" + "f(" * 150 + ")" * 150)
    assert time.monotonic() - started < SECONDS


# --- what other files hold in them, and platforms in JSON --------------------------------------------


HEREDOC = "cat > /etc/nginx/a.conf <<EOF\nupstream a {\n ip_hash;\n}\nEOF\n"
CRON = "echo '* * * * * root /x' > /etc/cron.d/a\n"
USER_DATA = f'resource "aws_instance" "a" {{\n user_data = <<EOF\n{CRON}EOF\n}}\n'
POLICY = '{"handler":"reverse_proxy","load_balancing":{"selection_policy":{"policy":"ip_hash"}}},'
INSIDE = {
    "setup.sh": HEREDOC * 15_000,
    "one.sh": f"cat > a.conf <<EOF\n{'upstream a {}' * 70_000}\nEOF\n",
    "main.tf": USER_DATA * 8_000,
    "bait.tf": 'resource "a" "b" {\n user_data = base64encode("' + "<<EOF " * 150_000 + '")\n}\n',
    "cloud-init.yaml": "#cloud-config\nruncmd:\n" + f"- {CRON}" * 20_000,
    "files.yaml": "#cloud-config\nwrite_files:\n"
    + "- {path: /etc/cron.d/a, content: '* * * * * root /x'}\n" * 8_000,
    "caddy.json": '{"apps":{"http":{"servers":{"s":{"routes":[' + POLICY * 10_000 + "{}]}}}}}",
    "deep/caddy.json": '{"apps":{"http":{"servers":' + '{"a":' * 100_000,
    "app.json": '{"formation":{' + '"w":{"quantity":2},' * 40_000 + '"x":{"quantity":1}}}',
    "vercel.json": '{"functions":{' + '"api/a.py":{},' * 50_000 + '"b.py":{}}}',
    "kong.yml": "_format_version: '3'\nupstreams:\n" + "- {name: a, hash_on: cookie}\n" * 25_000,
    "haproxy.cfg": "listen a " + ":1" * 500_000,
}


@pytest.mark.parametrize("path", sorted(INSIDE))
def test_texts_within_files_are_bounded(path: str) -> None:
    started = time.monotonic()
    facts = read(INSIDE[path], path)
    assert time.monotonic() - started < SECONDS
    assert len(facts.facts) <= MOST_FACTS


def test_settings_beyond_the_limit_are_told() -> None:
    facts = read("upstream a {\n ip_hash;\n}\n" * (MOST_FACTS + 10), "nginx.conf")
    assert len(facts.facts) == MOST_FACTS
    (problem,) = facts.problems
    assert problem.line == 3 * MOST_FACTS + 2
    assert "settings of interest" in problem.message


# --- volumes of machines -----------------------------------------------------------------------------

FLY = """app = "shop"
[mounts]
source = "data"
destination = "/data"
[http_service]
internal_port = 8000
min_machines_running = 2
"""


def test_each_machine_of_several_has_a_volume_of_its_own() -> None:
    facts = read(FLY, "fly.toml")
    (volume,) = (fact for fact in facts.facts if fact.attribute is Attribute.VOLUME)
    many = Scaler(
        target=volume.service, least=2, most=2, spelling="min_machines_running = 2", place=volume.place
    )
    ((deployed, mount),) = declared_volumes([replace(facts, scalers=(many,))], ())
    assert (mount.targets, mount.storage, deployed.most) == (("/data",), Storage.NAMED, 2)
    one = replace(many, least=1, most=1)
    assert not list(declared_volumes([replace(facts, scalers=(one,))], ()))
    assert not list(declared_volumes([replace(facts, scalers=())], ()))
