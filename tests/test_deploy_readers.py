"""Deployment files as they are read: places to the column, and no file that raises or takes long."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from deployment import YAML_BITS, places, read
from hypothesis import given, settings
from hypothesis import strategies as st

from specs import PLAIN, lint_project
from statelint.deploy import read_deployment
from statelint.deploy.affinity import load_table
from statelint.deploy.hash_keys import pins_client
from statelint.deploy.nodes import ListNode, MapNode, ScalarNode
from statelint.deploy.structured import may_pin
from statelint.deploy.text import mask_templates, read_text
from statelint.deploy.yaml_nodes import read_yaml
from statelint.model.deployment import Attribute, DeploymentFacts
from statelint.model.files import FileRole, Language, SourceFile
from statelint.model.suppressions import Suppression

if TYPE_CHECKING:
    from statelint.model.diagnostics import Finding, Problem

UNITS = ("azure", "beanstalk", "cloudformation", "kubernetes", "labels", "terraform")

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  sessionAffinity: ClientIP
"""
UPSTREAM = """\
upstream app {
    ip_hash;
}
"""


def the_problem(facts: DeploymentFacts) -> Problem:
    (problem,) = facts.problems
    return problem


# --- what a fact says --------------------------------------------------------------------------------


def test_a_fact_names_the_resource_the_setting_and_the_off_switch() -> None:
    (fact,) = read(SERVICE, "k8s/web.yaml").facts
    assert (fact.service, fact.attribute, fact.value) == ("Service/web", Attribute.AFFINITY, "ClientIP")
    assert (fact.spelling, fact.unit) == ("sessionAffinity: ClientIP", "kubernetes")
    assert fact.remedy == "set `sessionAffinity: None`"
    assert fact.place.path == "k8s/web.yaml"
    assert places(read(SERVICE)) == [(5, 3, 5, 28)]


def test_an_upstream_is_named_and_its_line_is_to_be_removed() -> None:
    (fact,) = read(UPSTREAM, "nginx.conf").facts
    assert (fact.service, fact.spelling, fact.unit) == ("upstream app", "ip_hash", "nginx")
    assert fact.remedy == "remove the line `ip_hash`"
    assert places(read(UPSTREAM, "nginx.conf")) == [(2, 5, 2, 12)]


def test_a_long_spelling_is_cut() -> None:
    zone = "z" * 200
    (fact,) = read(f"upstream a {{ sticky learn zone={zone}:1m; }}", "nginx.conf").facts
    assert fact.spelling.startswith("sticky learn zone=zzz")
    assert fact.spelling.endswith("...")
    assert len(fact.spelling) < 80


def test_the_digest_is_that_of_the_bytes() -> None:
    assert read(SERVICE).digest == read(SERVICE, "other.yaml").digest
    assert read(SERVICE).digest != read(f"{SERVICE}# x\n").digest


def test_the_role_of_the_file_is_kept() -> None:
    facts = read(SERVICE, "tests/web.yaml", FileRole.TEST)
    assert (facts.role, len(facts.facts)) == (FileRole.TEST, 1)


def test_a_file_of_another_language_gives_nothing() -> None:
    file = SourceFile(
        path="a.py", absolute=Path("/a.py"), language=Language.PYTHON, role=FileRole.APPLICATION, size=1
    )
    facts = read_deployment(file, SERVICE.encode())
    assert (facts.facts, facts.problems) == ((), ())


# --- places ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (SERVICE.replace("\n", "\r\n"), (5, 3, 5, 28)),
        (SERVICE.replace("\n", "\r"), (5, 3, 5, 28)),
        (f"\ufeff{SERVICE}", (5, 3, 5, 28)),
        (SERVICE.replace("web", '"a\u2028b\u2029c\x85d"'), (5, 3, 5, 28)),
        (SERVICE.replace("spec:\n ", 'spec: {"😀é": 1,').replace("IP", "IP}"), (4, 17, 4, 42)),
        (SERVICE.replace("  session", "\n\n    session"), (7, 5, 7, 30)),
        (SERVICE.replace(" ClientIP", "\n    ClientIP"), (5, 3, 5, 18)),
        (SERVICE.replace("ClientIP", "|-\n    ClientIP"), (5, 3, 5, 18)),
    ],
    ids=["CR LF", "CR", "BOM", "other breaks", "wide", "blank lines", "value below", "block value"],
)
def test_places_count_lines_as_editors_do_and_columns_in_code_points(
    content: str, place: tuple[int, int, int, int]
) -> None:
    facts = read(content.encode())
    assert facts.problems == ()
    assert places(facts) == [place]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_a_byte_order_mark_is_read(encoding: str) -> None:
    facts = read(f"\ufeff{SERVICE}".encode(encoding))
    assert facts.problems == ()
    assert places(facts) == [(5, 3, 5, 28)]


def test_places_in_embedded_nginx_configuration_are_those_of_the_file() -> None:
    content = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: edge}
data:
  😀.conf: |2
      upstream a {
        ip_hash;
      }
  quoted: "upstream b {\\n ip_hash;\\n}"
"""
    assert places(read(content)) == [(7, 9, 7, 16), (9, 11, 9, 39)]


def test_a_directive_over_several_lines_is_one_place() -> None:
    content = "upstream a {\n  sticky learn\n    create=$x # why\n    zone=a:1m;\n}\n"
    assert places(read(content, "nginx.conf")) == [(2, 3, 4, 14)]


def test_what_an_alias_brings_to_two_services_is_told_once() -> None:
    content = """\
apiVersion: v1
kind: List
items:
  - &service {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {sessionAffinity: ClientIP}}
  - *service
"""
    assert [fact.service for fact in read(content).facts] == ["Service/a"]


# --- suppressions ------------------------------------------------------------------------------------


def test_comments_of_yaml_allow_the_line_or_the_next() -> None:
    content = """\
apiVersion: v1
kind: Service
spec:
  # statelint: allow[sticky-session] because of old clients
  # and of older ones
  sessionAffinity: ClientIP
  x: 1  # statelint: allow[a, b]
  y: 1  # statelint: alow[a]
  text: "# statelint: allow[in-quotes] because"
  block: |
    # statelint: allow[in-block] because
"""
    assert read(content).allows == (
        Suppression(at=4, line=6, end_line=6, rules=("sticky-session",), reason="of old clients"),
        Suppression(at=7, line=7, end_line=7, rules=("a", "b"), reason=""),
        Suppression(at=8, line=8, end_line=8, rules=(), reason="alow[a]"),
    )


def test_comments_of_nginx_allow_the_whole_directive() -> None:
    content = """\
upstream a {
    # statelint: allow[sticky-session] because x
    sticky learn
        create=$a  # not this one
        zone=a:1m;
    hash $remote_addr; # statelint: allow[sticky-session] because y
    server "# statelint: allow[in-quotes] because";
}
"""
    assert read(content, "nginx.conf").allows == (
        Suppression(at=2, line=3, end_line=5, rules=("sticky-session",), reason="x"),
        Suppression(at=6, line=6, end_line=6, rules=("sticky-session",), reason="y"),
    )


def test_comments_of_embedded_text_count_where_it_is_read() -> None:
    content = """\
apiVersion: v1
kind: ConfigMap
data:
  a.conf: |
    upstream a {
      ip_hash;  # statelint: allow[sticky-session] because x
    }
---
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
patches:
  - patch: |
      # statelint: allow[sticky-session] because y
      - {op: add, path: /spec/sessionAffinity, value: ClientIP}
"""
    facts = read(content)
    assert [(allow.at, allow.line, allow.reason) for allow in facts.allows] == [(6, 6, "x"), (13, 14, "y")]
    assert [fact.place.line for fact in facts.facts] == [6, 14]


# --- what cannot be read -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("a: [1, 2\nb: 3\n", 2, "broken YAML: while parsing a flow sequence"),
        ("a: 1\n\tb: 2\n", 2, "broken YAML: while scanning"),
        ("a: 'never closed\n", 1, "found unexpected end of stream"),
        ("a: 1\nb: *nowhere\n", 2, "the alias `*nowhere` has no anchor"),
        ("a: &x 1\n---\nb: *x\n", 3, "the alias `*x` has no anchor"),
        ("a: 1\nb: \x1b[31m\n", 2, "the character U+001B is not allowed"),
        ("a: 1\nb: \0\n", 2, "a NUL character"),
        (b"a: 1\nb: caf\xe9\n", 2, "not UTF-8 text (byte 0xe9)"),
        ("%FOO", 1, "broken YAML"),
    ],
)
@pytest.mark.parametrize("head", ["", "# affinity\n"], ids=["checked only", "looked through"])
def test_broken_yaml_is_told_with_its_line(head: str, content: str | bytes, line: int, words: str) -> None:
    data = content.encode() if isinstance(content, str) else content
    problem = the_problem(read(head.encode() + data))
    assert (problem.path, problem.line, problem.fatal) == ("deploy.yaml", line + head.count("\n"), True)
    assert words in problem.message


def test_documents_before_a_broken_one_count() -> None:
    facts = read(f"{SERVICE}---\na: [\n---\n{SERVICE}")
    assert places(facts) == [(5, 3, 5, 28)]
    assert the_problem(facts).line >= 7


def test_text_that_is_not_utf_8_is_read_as_far_as_it_is() -> None:
    facts = read(b"# caf\xe9\n" + SERVICE.encode())
    assert places(facts) == [(6, 3, 6, 28)]
    assert the_problem(facts).fatal


def test_a_key_that_stands_twice_is_told_and_the_last_one_counts() -> None:
    facts = read(f"{SERVICE}  sessionAffinity: None\n")
    assert facts.facts == ()
    assert (the_problem(facts).line, the_problem(facts).fatal) == (6, False)
    assert "`sessionAffinity` stands twice" in the_problem(facts).message


@pytest.mark.parametrize(
    "content",
    ["{{ if .x }}\na: [\n{{ end }}\n", "affinity: {{ .x }}\n  b: c\n", "{% for x in y %}\n a: 'b\n"],
)
def test_a_template_that_does_not_parse_is_no_failure(content: str) -> None:
    assert not the_problem(read(content)).fatal


def test_a_broken_file_of_a_test_is_no_failure() -> None:
    assert not the_problem(read("a: [\n", "tests/broken.yaml", FileRole.TEST)).fatal


def test_large_data_is_not_searched_for_timetables() -> None:
    tasks = "- ansible.builtin.cron: name=report hour=2 job=/srv/report\n"
    words = "- a schedule in balance\n"
    assert [fact.attribute for fact in read(tasks + words).facts] == [Attribute.JOB]
    assert read(tasks + words * 11_000).facts == ()


def test_a_large_file_of_something_else_is_not_even_checked() -> None:
    large = "- row\n" * 20_000 + "- [\n"
    assert read(large).problems == ()
    assert the_problem(read(f"kind: Deployment\nspec:\n{large}")).fatal


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("http {\n  a 'b;\n}\n", 2, "a quoted string does not end"),
        ("http {\n  server {\n}\n", 1, "the block of `http` is not closed"),
        ("http { a; }\n}\n", 2, "`}` without a block"),
        ("http {\n  listen 80\n}\n", 2, "`listen` does not end with `;`"),
        ("http { a; }\nlisten 80\n", 2, "`listen` does not end with `;`"),
        ("http { a; ; }\n", 1, "`;` without a directive"),
        ("server {\n x_by_lua_block { { }\n", 2, "a Lua block is not closed"),
        ("server {\n x_by_lua_block { [[ }\n", 2, "a long string in a Lua block does not end"),
        ("server {\n x_by_lua_block { 'a }\n}}\n", 2, "a string in a Lua block does not end"),
        ("http {\n}\n\0", 3, "a NUL character"),
        (b"http {\n # caf\xe9\n}\n", 2, "not UTF-8 text"),
    ],
)
def test_broken_nginx_is_told_with_its_line(content: str | bytes, line: int, words: str) -> None:
    problem = the_problem(read(content, "nginx.conf"))
    assert (problem.line, problem.fatal) == (line, True)
    assert words in problem.message


def test_directives_before_a_broken_one_count() -> None:
    facts = read(f"{UPSTREAM}http {{ 'a\n", "nginx.conf")
    assert places(facts) == [(2, 5, 2, 12)]
    assert the_problem(facts).line == 4


@pytest.mark.parametrize(
    "content", ["", "\n\n", "\ufeff", "# only a comment\n", "---\n---\n", "plain\n", "42\n"]
)
@pytest.mark.parametrize("path", ["deploy.yaml", "nginx.conf"])
def test_files_that_say_nothing(content: str, path: str) -> None:
    facts = read(content, path)
    assert (facts.facts, facts.allows, facts.problems) == ((), (), ())


# --- what is made to hurt ----------------------------------------------------------------------------

NESTED = "YAML is not read further: nested deeper than 200 levels"
ENDLESS = "YAML is not read further: aliases and merge keys make it endless"
BOMB = "\n".join(
    ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))]
)
MERGES = "\n".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}], k{n}: 1}}" for n in range(1, 30))
FLAT = "b: &b {" + ", ".join(f"k{n}: 1" for n in range(5_000)) + "}\n"
ROUTES = "apiVersion: v1\nkind: IngressRoute\nspec: {routes: [&r {services: [&s {sticky: false},%s]},%s]}\n"


@pytest.mark.parametrize("head", [SERVICE, "kind: Job\n"], ids=["looked through", "checked only"])
@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "".join(f"{' ' * depth}a:\n" for depth in range(2_000)),
    ],
    ids=["brackets", "mappings", "lists", "keys", "indents"],
)
def test_nesting_is_limited(head: str, body: str) -> None:
    facts = read(f"{head}---\n{body}")
    assert len(facts.facts) == (head == SERVICE)
    assert the_problem(facts).message == NESTED


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (BOMB, None),
        (f"a0: &a0 {{x: 1}}\n{MERGES}", None),
        ("a: &a [*a]\nb: &b {<<: *b, c: *b}\nd: &d {<<: [*d, *d]}\ne: &e [*e, {<<: *e}]", None),
        (FLAT + "".join(f"x{n}: {{<<: *b}}\n" for n in range(20_000)), ENDLESS),
        (ROUTES % (",".join(["*s"] * 2_000), ",".join(["*r"] * 2_000)), ENDLESS),
        ("a: 1\n---\n" * 20_000, "YAML is not read further: more than 10,000 documents"),
        (f"a: [{'1,' * 1_100_000}]", "YAML is not read further: more than 1,000,000 values"),
        (
            f'a: "{"x" * 1_000_000}',
            "broken YAML: while scanning a quoted scalar, found unexpected end of stream",
        ),
        ("a: " + "x" * 5_000_000, None),
        ("a: {" + ", ".join(f"k{n}: 1" for n in range(100_000)) + "}", None),
        ("# statelint: allow[x] because y\n" * 50_000, None),
        ("a: b # statelint: allow[x] because y\n" * 1 + "\n" * 2_000_000, None),
        (" " * 1_000_000 + "a: {{ x }}", None),
        ("a: " + "{{ x }} " * 100_000, None),
    ],
    ids=[
        "alias bomb",
        "merge bomb",
        "itself",
        "merges of much",
        "paths of aliases",
        "documents",
        "values",
        "unterminated",
        "long line",
        "many keys",
        "comments",
        "blank lines",
        "blanks",
        "masks",
    ],
)
def test_hostile_yaml_is_bounded_and_the_first_document_counts(body: str, message: str | None) -> None:
    facts = read(f"{SERVICE}---\n{body}")
    assert places(facts) == [(5, 3, 5, 28)]
    assert [problem.message for problem in facts.problems] == ([message] if message else [])


def test_marks_without_an_end_are_left_alone() -> None:
    facts = read(f"{SERVICE}---\n{'{{' * 300_000}")
    assert places(facts) == [(5, 3, 5, 28)]
    assert the_problem(facts).message == NESTED


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("http {" * 100_000, "nested deeper than 100 blocks"),
        ("x 'aaa" + "y" * 1_000_000, "a quoted string does not end"),
        ("\\" * 1_000_000, "does not end with `;`"),
        ("${" * 500_000, "does not end with `;`"),
        ("server\n" * 200_000, "does not end with `;`"),
        ('x_by_lua_block {"' + '\\"' * 300_000, "a string in a Lua block does not end"),
        ("x_by_lua_block {" + "[=[" * 300_000, "a long string in a Lua block does not end"),
        ("x_by_lua_block {" + "{" * 300_000, "a Lua block is not closed"),
    ],
    ids=["blocks", "quote", "backslashes", "variables", "words", "Lua strings", "Lua brackets", "Lua blocks"],
)
def test_hostile_nginx_is_bounded_and_the_first_block_counts(body: str, words: str) -> None:
    facts = read(UPSTREAM + body, "nginx.conf")
    assert places(facts) == [(2, 5, 2, 12)]
    assert words in the_problem(facts).message


def test_maps_that_name_each_other_end() -> None:
    content = "map $a $b {}\nmap $b $a {}\nupstream x { hash $a; }\n"
    assert read(content, "nginx.conf").facts == ()


NAMES = ["&x ", "*x"]
WORDS = [
    "sessionAffinity: ClientIP",
    "kind: Service\n",
    "apiVersion: v1\n",
    "spec:\n",
    "upstream a {\n ip_hash;\n}",
    "{{ x }}",
]
NGINX_BITS = [
    "upstream a ",
    "{",
    "}",
    ";",
    "ip_hash",
    " ",
    "\n",
    "'",
    '"',
    "#",
    "\\",
    "$",
    "hash $remote_addr",
    "x_by_lua_block",
]
ALLOWS = ["# statelint: allow[x] because y", "é", "\u2028", "\r", "\ufeff"]


def assert_inside(facts: DeploymentFacts, text: str) -> None:
    lines = re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff"))
    for fact in facts.facts:
        place = fact.place
        assert 1 <= place.line <= place.end_line <= len(lines)
        assert 1 <= place.column <= len(lines[place.line - 1])
        assert place.end_column <= len(lines[place.end_line - 1]) + 1
    assert all(1 <= problem.line <= len(lines) for problem in facts.problems)
    assert all(1 <= allow.at <= len(lines) and allow.line <= allow.end_line for allow in facts.allows)


@given(st.lists(st.sampled_from([*YAML_BITS, *NAMES, *WORDS, *ALLOWS]), max_size=40).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_yaml_is_read_or_told(text: str) -> None:
    assert_inside(read(text), text)
    assert_inside(read(f"{SERVICE}---\n{text}"), f"{SERVICE}---\n{text}")


@given(st.lists(st.sampled_from([*NGINX_BITS, *ALLOWS]), max_size=40).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_nginx_is_read_or_told(text: str) -> None:
    facts = read(UPSTREAM + text, "nginx.conf")
    assert_inside(facts, UPSTREAM + text)
    assert facts.facts[0].spelling == "ip_hash"


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_told(data: bytes) -> None:
    read(data)
    read(b"affinity: 1\n" + data)
    read(b"server {}\n" + data, "nginx.conf")


# --- the parts ---------------------------------------------------------------------------------------


def test_nodes_keep_tags_as_text_and_aliases_as_references() -> None:
    config, _ = read_text("a.yaml", b"a: !Ref [&x 1, *x, !!python/name:os.system '']\nb: ~\n")
    (document,) = read_yaml(config).documents
    assert isinstance(document.root, MapNode)
    (_, value), (_, null) = document.root.pairs
    assert isinstance(value, ListNode)
    assert isinstance(null, ScalarNode)
    first, second, third = value.items
    assert (value.tag, null.is_null) == ("!Ref", True)
    assert document.resolve(second) is first
    assert isinstance(third, ScalarNode)
    assert third.tag == "tag:yaml.org,2002:python/name:os.system"
    assert not third.is_null


def test_merge_keys_yield_to_what_is_written_and_the_first_wins() -> None:
    config, _ = read_text("a.yaml", b"- &a {x: 1, y: 1}\n- &b {y: 2, z: 2}\n- {<<: [*a, *b], x: 0}\n")
    (document,) = read_yaml(config).documents
    assert isinstance(document.root, ListNode)
    pairs = document.pairs(document.root.items[2])
    assert {pair.key.value: getattr(pair.value, "value", "") for pair in pairs} == {
        "x": "0",
        "y": "1",
        "z": "2",
    }


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("a: {{ .b }}\n", "a: T_______\n"),
        ("  {{ toYaml .b }}  \na", "                   \na"),
        ("a{{- if .b }} c\n", "a             c\n"),
        ("a{{/* c */}}b", "a           b"),
        ("a: {{ b\n c }}d", "a: T___\n     d"),
        ("{% if x %}a{# b #}<% c %><%= d %>", "          a              T_______"),
        ("a {{ b", "a {{ b"),
        ("a: ${{ b }}", "a: $T______"),
    ],
)
def test_template_marks_are_masked_in_their_length(text: str, masked: str) -> None:
    assert mask_templates(text) == masked
    assert len(masked) == len(text)


@given(
    st.lists(st.sampled_from(["{{", "}}", "{%", "%}", "\n", "\r", " ", "if", "a"]), max_size=40).map("".join)
)
@settings(deadline=None)
def test_masks_keep_length_and_lines(text: str) -> None:
    masked = mask_templates(text)
    assert len(masked) == len(text)
    assert re.sub(r"[^\r\n]", "", masked) == re.sub(r"[^\r\n]", "", text)


@pytest.mark.parametrize(
    ("key", "pins"),
    [
        ("$remote_addr", True),
        ("${binary_remote_addr}", True),
        ("$cookie_JSESSIONID", True),
        ("$http_authorization", True),
        ("$arg_session_id", True),
        ("$arg_resident", False),
        ("$http_host", False),
        ("$request_uri", False),
        ("remote_addr", False),
        ("", False),
    ],
)
def test_the_key_of_a_hash_decides(key: str, *, pins: bool) -> None:
    assert pins_client(key) is pins


@pytest.mark.parametrize("unit", UNITS)
def test_each_row_of_a_table_can_be_found_and_tested(unit: str) -> None:
    for row in load_table(unit).rows():
        assert bool(row.name) != bool(row.path)
        assert row.off
        assert bool(row.on) == (row.test == "words")
        assert row.decisive("something else entirely") in (None, "something else entirely")
        # A file is only looked through if it holds one of these words.
        written = f"{row.name or row.path}: {'stickiness.enabled=true' if row.test == 'attributes' else ''}"
        assert may_pin(f"{written} {row.where} {row.needs} {row.on} {row.kinds}".encode())


def test_each_row_of_the_table_is_in_the_specs() -> None:
    names = ("kubernetes.md", "gateways.md")
    page = "".join((Path(__file__).parent / "deploy" / name).read_text(encoding="utf-8") for name in names)
    table = load_table()
    on = "".join(line for line in page.splitlines(keepends=True) if not line.lstrip().startswith("#"))
    missing = [row.name for row in table.annotation if on.count(row.name) < 2]
    ends = ((row, re.split(r"[.~]", row.path)[-1].removesuffix("[]")) for row in table.field)
    missing += [row.path for row, end in ends if on.count(end) < 2]
    assert [
        name for name in missing if not name.endswith(("no-dynamic", "cookie.name", "cookie-persistence"))
    ] == []


# --- what the rule makes of a fact -------------------------------------------------------------------


def the_finding(root: Path, name: str, content: str) -> Finding:
    (root / name).write_text(content, encoding="utf-8")
    (finding,) = lint_project(root, PLAIN).findings
    return finding


def test_a_finding_says_how_to_switch_it_off_and_where_sessions_go(tmp_path: Path) -> None:
    finding = the_finding(tmp_path, "web.yaml", SERVICE)
    assert (finding.rule, finding.symbol, finding.confidence) == ("sticky-session", "sessionAffinity", "high")
    assert finding.remedy.store == "redis"
    assert finding.remedy.text.endswith("(Redis, Memcached, a database), then set `sessionAffinity: None`.")


@pytest.mark.parametrize(("name", "is_soft"), [("chat-ws", True), ("websocket", True), ("news", False)])
def test_websockets_are_spoken_of_more_softly(name: str, *, is_soft: bool, tmp_path: Path) -> None:
    finding = the_finding(tmp_path, "web.yaml", SERVICE.replace("name: web", f"name: {name}"))
    assert (finding.confidence == "medium") is is_soft
    assert ("broker" in finding.remedy.text) is is_soft
    assert finding.remedy.text.endswith("then set `sessionAffinity: None`.")


def test_a_key_of_client_and_page_is_less_certain(tmp_path: Path) -> None:
    finding = the_finding(tmp_path, "nginx.conf", "upstream a { hash $remote_addr$request_uri; }\n")
    assert (finding.symbol, finding.confidence) == ("hash", "medium")


def test_a_name_with_a_backtick_leaves_none_open(tmp_path: Path) -> None:
    finding = the_finding(tmp_path, "web.yaml", SERVICE.replace("name: web", "name: 'we`b'"))
    assert finding.message.startswith("`Service/we'b` is configured for stickiness")
