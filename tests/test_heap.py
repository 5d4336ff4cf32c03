"""What a solved program keeps in memory, and what it lets go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specs import PLAIN, read_project, write_project
from statelint.engine.analysis import judge, link_facts

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.program.heap import Heap

APP = """
from flask import Flask

app = Flask(__name__)
carts = {}


@app.post("/<name>")
def put(name):
    carts[name] = carts.get(name, 0) + 1
    return carts


@app.get("/")
def show():
    return carts


class Report:
    def __init__(self):
        self.lines = []

    def never_called(self):
        self.lines.append(1)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project({"app.py": APP}, tmp_path, PLAIN)


def unit_named(heap: Heap, name: str) -> int:
    (uid,) = [uid for uid, unit in enumerate(heap.modules.units) if unit.qualified == name]
    return uid


def test_only_bodies_of_code_that_runs_are_kept(project: Path) -> None:
    settings, _, facts = read_project(project, PLAIN)
    heap = link_facts(settings, facts).heap
    modules, runs, rests = heap.modules, unit_named(heap, "put"), unit_named(heap, "Report.never_called")
    assert modules.glance(runs) is modules.body(runs)
    assert modules.glance(rests) == modules.glance(rests)
    assert modules.glance(rests) is not modules.glance(rests)
    assert modules.glance(rests) == modules.body(rests)


def test_nobody_waits_for_a_cell_when_all_is_solved(project: Path) -> None:
    settings, files, facts = read_project(project, PLAIN)
    solved = link_facts(settings, facts).heap
    assert any(slot.reader is not None and slot.mask for slot in solved.slots.values())
    assert any(slot.readers for slot in solved.slots.values())
    judged = judge(settings, files, facts)
    waiting = [slot for slot in judged.program.heap.slots.values() if slot.reader or slot.readers]
    assert not waiting
    assert [each.rule for each in judged.selection.findings] == ["module-state"]


MANY = """
from fastapi import APIRouter, FastAPI

seen = {{}}


class Slashes(APIRouter):
    def add_api_route(self, path, *args, **kwargs):
        super().add_api_route(path, *args, **kwargs)
        super().add_api_route(path + "/", *args, **kwargs)


{handlers}

router = Slashes()
{routes}
app = FastAPI()
app.include_router(router)
"""


@pytest.mark.parametrize(("number", "is_followed"), [(3, True), (200, True), (600, False)])
def test_hundreds_of_handlers_go_through_the_arguments_of_one_function(
    number: int, *, is_followed: bool, tmp_path: Path
) -> None:
    handler = "async def handler_{0}(name: str):\n    seen[name] = {0}\n    return seen\n"
    route = 'router.add_api_route("/{0}/{{name}}", handler_{0}, methods=["POST"])'
    text = MANY.format(
        handlers="\n\n".join(handler.format(each) for each in range(number)),
        routes="\n".join(route.format(each) for each in range(number)),
    )
    settings, files, facts = read_project(write_project({"app.py": text}, tmp_path, PLAIN), PLAIN)
    heap = judge(settings, files, facts).program.heap
    names = {heap.modules.units[uid].qualified for uid, _ in heap.entries}
    assert (f"handler_{number - 1}" in names) is is_followed
