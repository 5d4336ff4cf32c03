"""The map: which facts come out of a source text."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import msgspec
import pytest

from statelint.model.facts import Body, CallFlag, How, ModuleFacts, Op, Param, Test, Unit, UnitFlag, WriteHow
from statelint.model.files import FileRole, Language, SourceFile
from statelint.python.index import index_module

if TYPE_CHECKING:
    from collections.abc import Callable


def index(source: str | bytes) -> ModuleFacts:
    data = dedent(source).encode() if isinstance(source, str) else source
    file = SourceFile(
        path="app.py",
        absolute=Path("/app.py"),
        language=Language.PYTHON,
        role=FileRole.APPLICATION,
        size=len(data),
        module="app",
    )
    return index_module(file, data)


@dataclass(frozen=True)
class Reading:
    """One unit, with its places written as Python would write them."""

    facts: ModuleFacts
    unit: Unit
    body: Body

    @classmethod
    def of(cls, source: str | bytes, qualified: str = "") -> Reading:
        facts = index(source)
        assert facts.problems == ()
        (unit,) = (unit for unit in facts.units if unit.qualified == qualified)
        return cls(facts, unit, msgspec.msgpack.decode(unit.body, type=Body))

    def text(self, place: int) -> str:
        op, a, b = self.body.ops[place], self.body.a[place], self.body.b[place]
        strings = self.facts.strings
        texts: dict[int, Callable[[], str]] = {
            Op.NOTHING: str,
            Op.CONST: lambda: repr(self.facts.constants[a]) if a >= 0 else "<large>",
            Op.NAME: lambda: strings[a],
            Op.ATTR: lambda: f"{self.text(a)}.{strings[b]}",
            Op.ITEM: lambda: f"{self.text(a)}[{self.text(b)}]",
            Op.CALL: lambda: f"{self.text(self.body.calls[a][0])}()",
            Op.SITE: lambda: f"<{self.body.sites[a][0]}>",
            Op.ANY: lambda: f"ANY({', '.join(map(self.text, self.body.joins[a]))})",
            Op.MIX: lambda: f"MIX({', '.join(map(self.text, self.body.joins[a]))})",
            Op.FUNC: lambda: f"<{self.facts.units[a].qualified}>",
            Op.CLASS: lambda: f"<{self.facts.units[a].qualified}>",
            Op.IMPORT: lambda: f"IMPORT({a})",
        }
        return texts[op]() if op in texts else f"{Op.name_of(op).upper()}({self.text(a)})"

    @property
    def binds(self) -> list[tuple[str, str]]:
        return [(self.facts.strings[name], self.text(value)) for name, value, *_ in self.body.binds]

    @property
    def writes(self) -> list[tuple[str, int]]:
        return [(self.text(target), how) for target, how, *_ in self.body.writes]

    def guards(self, number: int) -> list[tuple[int, str]]:
        """Spell out the guards that hold, the innermost first."""
        held = []
        while number:
            number, test, place, _, _ = self.body.guards[number]
            held.append((test, self.text(place)))
        return held

    def how(self, text: str) -> How:
        (place,) = (place for place in range(len(self.body.ops)) if self.text(place) == text)
        return How(self.body.hows[place])

    def guards_of_call(self, callee: str) -> list[tuple[int, str]]:
        (guard,) = (record[4] for record in self.body.calls if self.text(record[0]) == callee)
        return self.guards(guard)


def test_equal_paths_are_one_place() -> None:
    read = Reading.of("self.items[1] = self.items\nself.items.clear()\n")
    texts = [read.text(place) for place in range(len(read.body.ops))]
    assert texts.count("self.items") == 1
    assert texts.count("self") == 1
    assert read.writes == [("self.items", WriteHow.ITEM)]


def test_each_call_and_each_display_is_a_place_of_its_own() -> None:
    read = Reading.of("a = make()\nb = make()\nc = {}\nd = {}\n")
    places = [value for _, value, *_ in read.body.binds]
    assert len(set(places)) == 4
    assert read.binds == [("a", "make()"), ("b", "make()"), ("c", "<dict>"), ("d", "<dict>")]


def test_a_true_is_not_a_one() -> None:
    read = Reading.of("a = True\nb = 1\nc = None\nd = 'x'\ne = 1.5\nf = 10 ** 9\n")
    assert [text for _, text in read.binds[:5]] == ["True", "1", "None", "'x'", "<large>"]
    assert [repr(constant) for constant in read.facts.constants] == ["True", "1", "None", "'x'", "9", "10"]


def test_a_text_with_a_lone_surrogate_can_be_encoded() -> None:
    facts = index(r"a = '\ud800'; a.b('plain', True)")
    assert facts.constants == ("\\ud800", "plain", True)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(facts))


def test_a_name_bound_anew_at_the_top_of_a_function_has_a_version() -> None:
    source = """
        def f(items):
            items = list(items)
            items.append(1)
            items = sorted(items)
            if items:
                items = []
            return items
    """
    read = Reading.of(source, "f")
    assert read.binds == [("items@2", "list()"), ("items@3", "sorted()"), ("items@3", "<list>")]
    assert read.unit.local_names == ("items", "items@2", "items@3")
    assert [read.text(arguments[0]) for _, arguments, *_ in read.body.calls if arguments] == [
        "items",
        "1",
        "items@2",
    ]
    assert read.text(read.body.flows[0][1]) == "items@3"


def test_a_class_body_reads_the_name_outside_until_it_binds_it() -> None:
    read = Reading.of(
        """
        class Shop:
            first = prices
            prices = prices
            last = prices
        """,
        "Shop",
    )
    assert read.binds == [("first", "prices@0"), ("prices", "prices@0"), ("last", "prices")]
    assert read.unit.local_names == ("first", "prices", "last")


def test_what_only_gets_another_name_or_is_given_back_is_not_read() -> None:
    read = Reading.of(
        """
        def show(self):
            rooms = ROOMS
            first, last = NAMES
            self.tokens = TOKENS
            return self.users
        """,
        "show",
    )
    uses = {
        "ROOMS": How.NAMED,
        "NAMES": How.WHOLE,
        "TOKENS": How.WHOLE,
        "self.users": How.RETURNED,
    }
    assert {name: read.how(name) for name in uses} == uses


def test_a_comprehension_has_names_of_its_own() -> None:
    read = Reading.of("x = 1\ny = [x for x in x if x]\nz = x\n")
    assert read.binds == [("x", "1"), ("x@2.4", "ELEMENT(x)"), ("y", "<elements>"), ("z", "x")]


def test_after_an_early_return_the_opposite_holds() -> None:
    source = """
        def get(self):
            if self.client is not None:
                return self.client
            self.client = connect()
            for one in self.waiting:
                one.wake()
    """
    read = Reading.of(source, "get")
    guard = read.body.writes[0][4]
    assert read.guards(guard) == [(Test.IS_NONE, "self.client")]
    assert read.guards_of_call("one.wake") == [(Test.EACH, "self.waiting"), (Test.IS_NONE, "self.client")]
    assert How.TEST in read.how("self.client")


def test_the_opposite_ends_with_the_block() -> None:
    read = Reading.of(
        "def f(a, b):\n    with a:\n        if b: return\n        inside()\n    outside()\n", "f"
    )
    assert read.guards_of_call("inside") == [(Test.FALSY, "b"), (Test.HELD, "a")]
    assert read.guards_of_call("outside") == []


@pytest.mark.parametrize(
    ("test", "guards"),
    [
        ("x in y", [(Test.PRESENT, "y")]),
        ("not x in y", [(Test.ABSENT, "y")]),
        ("hasattr(x, 'y')", [(Test.NOT_NONE, "x.y")]),
        ("__name__ == '__main__'", [(Test.MAIN, "")]),
        ("x < y", [(Test.COMPARE, "x")]),
        ("x and not y", [(Test.FALSY, "y"), (Test.TRUTHY, "x")]),
    ],
)
def test_what_a_condition_asks(test: str, guards: list[tuple[int, str]]) -> None:
    read = Reading.of(f"if {test}:\n    run()\n")
    assert read.guards_of_call("run") == guards


def test_what_a_value_is_used_for() -> None:
    read = Reading.of("len(a); b[0]; c.d; e(); print(f)\nfor g in h: pass\nif i: pass\nif j in k: pass\n")
    uses = {
        "a": How.LENGTH,
        "b": How.GET,
        "c": How.RECEIVER,
        "e": How.CALLED,
        "f": How.WHOLE,
        "h": How.ITERATE,
        "i": How.TEST,
        "k": How.TEST,
    }
    assert {name: read.how(name) for name in uses} == uses


def test_writes_to_what_is_not_local() -> None:
    source = """
        def f(self, key):
            global COUNT
            COUNT += 1
            self.last = key
            self.seen[key] = key
            del self.seen[key], self.last, COUNT
            rows = []
            rows += [key]
    """
    assert Reading.of(source, "f").writes == [
        ("COUNT", WriteHow.INPLACE),
        ("COUNT", WriteHow.NAME),
        ("self", WriteHow.ATTR),
        ("self.seen", WriteHow.ITEM),
        ("self.seen", WriteHow.DEL_ITEM),
        ("self", WriteHow.DEL_ATTR),
        ("COUNT", WriteHow.DEL_NAME),
        ("rows", WriteHow.INPLACE),
    ]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_columns_count_code_points(mark: bytes, end: bytes) -> None:
    lines = ["größe = 'ü' + f('é', 1)", "g(2); h(3)", "# ü"]
    read = Reading.of(mark + end.join(line.encode() for line in lines) + end)
    assert [record[6:] for record in read.body.calls] == [(1, 15, 1, 24), (2, 1, 2, 5), (2, 7, 2, 11)]
    assert read.body.binds[0][3:] == (1, 1, 1, 6)


def test_a_call_keeps_its_arguments_and_how_it_stands() -> None:
    read = Reading.of("async def f(a, b):\n    await a.b(1, *b, key='x', **a)\n", "f")
    ((_, arguments, keywords, star, _, flags, *span),) = read.body.calls
    assert [read.text(place) for place in arguments] == ["1", "ELEMENT(b)"]
    ((name, value),) = keywords
    assert (read.facts.strings[name], read.text(value)) == ("key", "'x'")
    assert read.text(star) == "ANY(b, a)"
    assert flags == CallFlag.AWAITED | CallFlag.DROPPED
    assert span == [2, 11, 2, 35]


def test_definitions() -> None:
    source = """
        @app.route("/")
        @property
        async def view(a, /, b=LIMIT, *rest, c: "m.Form | None" = None, **more):
            return lambda: a

        class Base(Root, metaclass=Meta):
            name: str = "x"

            @classmethod
            def make(cls): yield cls
    """
    read = Reading.of(source)
    module, view, inner, base, make = read.facts.units
    assert [unit.qualified for unit in read.facts.units] == [
        "",
        "view",
        "view.<locals>.<lambda>",
        "Base",
        "Base.make",
    ]
    assert (view.parent, inner.parent, base.parent, make.parent, module.end_line) == (0, 1, 0, 3, 11)
    assert [(p.name, p.kind, read.text(p.default)) for p in view.params] == [
        ("a", 0, ""),
        ("b", 0, "LIMIT"),
        ("rest", 2, ""),
        ("c", 1, "None"),
        ("more", 3, ""),
    ]
    assert view.flags == UnitFlag.ASYNC | UnitFlag.PROPERTY
    assert make.flags == UnitFlag.CLASSMETHOD | UnitFlag.GENERATOR
    assert make.params == (Param("cls", 0, 0, 0),)
    assert [read.text(place) for place in base.bases] == ["Root"]
    assert [(field.name, field.line) for field in base.fields] == [("name", 8)]
    # the name is bound to what the decorator makes of the function; `@property` is a flag
    assert read.binds == [("view", "app.route()()"), ("Base", "<Base>")]
    assert view.span == (4, 1, 4, 15)
    assert base.span == (7, 1, 7, 11)
    assert read.body.calls[-1][5:7] == (CallFlag.DECORATOR, 2)


def test_quoted_and_optional_annotations() -> None:
    read = Reading.of('def f(a: "m.Form", b: "Form" | None, c: "list[int]", d: A | B): pass\n')
    (_, function) = read.facts.units
    assert [read.text(param.annotation) for param in function.params] == ["m.Form", "Form", "", "ANY(B, A)"]


def test_imports() -> None:
    source = """
        import a.b, c as d
        from ..e import f as g, h
        if TYPE_CHECKING:
            from i import j
            k = 1
    """
    read = Reading.of(source)
    assert [tuple(fact) for fact in read.facts.imports] == [
        ("a", "a", "", 0, 2),
        ("", "a.b", "", 0, 2),
        ("d", "c", "", 0, 2),
        ("g", "e", "f", 2, 3),
        ("h", "e", "h", 2, 3),
        ("j", "i", "j", 0, 5),
    ]
    assert [name for name, _ in read.binds] == ["a", "d", "g", "h", "j"]


def test_a_syntax_error_is_a_problem_with_its_line() -> None:
    facts = index("x = 1\ndef f(:\n")
    assert [(problem.path, problem.line) for problem in facts.problems] == [("app.py", 2)]
    assert facts.problems[0].message.startswith("not valid Python 3.")
    assert facts.units == ()
    assert facts.digest == sha256(b"x = 1\ndef f(:\n").hexdigest()


def test_what_is_nested_too_deeply_is_a_problem() -> None:
    facts = index("x = a" + ".b()" * 1_400 + "\n")
    assert [problem.message for problem in facts.problems] == ["nested too deeply to be analysed"]
    assert facts.units == ()


def test_a_long_chain_of_elif_is_read() -> None:
    branches = "".join(f"elif x == {number}:\n    f({number})\n" for number in range(400))
    facts = index("if x:\n    pass\n" + branches)
    assert facts.problems == ()
    assert len(msgspec.msgpack.decode(facts.units[0].body, type=Body).calls) == 400


MEANT = "# statelint: allow[module-state] because it is meant"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (f"X = 1\nY = [\n    1,\n]  {MEANT}\n", (2, 4)),
        (f"{MEANT}\n@one\n@two(\n    3)\ndef f(\n    a,\n):\n    pass\n", (2, 7)),
        (f"@one  {MEANT}\nclass A:\n    x = 1\n", (1, 2)),
        (f"class A:  {MEANT}\n    @one\n    def f(self): pass\n", (1, 1)),
        (f"class A(\n    B,\n):  {MEANT}\n    # more\n\n    x = 1\n", (1, 3)),
        (f"class A:\n    {MEANT}\n    @one\n    def f(self):\n        pass\n", (3, 4)),
        (f"class A: x = 1  {MEANT}\n", (1, 1)),
    ],
    ids=[
        "statement",
        "above decorators",
        "on a decorator",
        "class header",
        "long class header",
        "first in a class",
        "one line",
    ],
)
def test_what_a_suppression_covers(source: str, lines: tuple[int, int]) -> None:
    (allow,) = index(source).allows
    assert (allow.line, allow.end_line) == lines
    assert allow.rules == ("module-state",)
    assert allow.reason == "it is meant"


def test_a_suppression_in_a_string_is_none() -> None:
    assert index(f'x = """\n{MEANT}\n"""\ny = f"{MEANT}"\n').allows == ()
