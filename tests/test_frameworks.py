"""Which frameworks are known: each package that knowledge files claim has a case that uses it."""

from __future__ import annotations

import ast
import re

import pytest

from specs import ROOT, parse_page
from statelint.knowledge import shipped_files

CASES = [case for page in sorted((ROOT / "tests/frameworks").glob("*.md")) for case in parse_page(page)]

# What the page of a project says that it knows must be here, by the name that people have for it.
WEB = """
Flask, Quart, FastAPI, Starlette, Django, Django REST framework, Django Ninja, Channels, aiohttp, Sanic,
Tornado, Litestar, Falcon, Bottle, Pyramid, CherryPy, BlackSheep, Robyn, web2py, py4web, Twisted, Plone, Zope,
Connexion, Eve, Masonite, http.server, wsgiref, socketserver, ASGI, WSGI
"""
REMOTE = """
gRPC, gRPC in an event loop, Thrift, XML-RPC, json-rpc, jsonrpcserver, Socket.IO, websockets, Strawberry,
Graphene, Ariadne, Nameko, FastStream, Faust, aiokafka, pika
"""
WORK = """
Celery, RQ, Dramatiq, Huey, arq, taskiq, Django Q, APScheduler 3, APScheduler 4, schedule, Rocketry, aiocron,
fastapi-utils, Flask-APScheduler, django-apscheduler, django-crontab, Prefect, Airflow
"""
FUNCTIONS = """
AWS Lambda, Powertools, Chalice, Zappa, Mangum, Google Cloud Functions, Azure Functions, Ray Serve, BentoML,
KServe, LitServe, Gradio, Streamlit, Dash, Panel, NiceGUI, Reflex, Solara, Chainlit, MCP, FastMCP, LangServe
"""
BOTS = "python-telegram-bot, aiogram, Slack, Discord, Bot Framework, Rasa actions"
NAMES = [name.strip() for names in (WEB, REMOTE, WORK, FUNCTIONS, BOTS) for name in names.split(",")]

# Packages that need no case of their own, each with the reason.
NOT_SHOWN = {
    "aiohttp_cors": "adds nothing that is called",
    "aiohttp_jinja2": "adds nothing that is called",
    "aiohttp_security": "adds nothing that is called",
    "bjoern": "a server that is started like those that are shown",
    "daphne": "a server that is started by its command",
    "emmett55": "another distribution of emmett",
    "engineio": "the transport of socketio",
    "fastapi_restful": "the former name of fastapi_utils",
    "graphene_django": "the types of graphene, behind a view of Django",
    "granian": "a server that is started by its command",
    "gunicorn": "a server that is started by its command",
    "kombu": "the transport of celery",
    "meinheld": "a server that is started like those that are shown",
    "mod_wsgi": "a server that is started by its command",
    "nextcord": "has the names of disnake",
    "sanic_ext": "adds nothing that is called",
    "starlite": "the former name of litestar",
    "webob": "the requests of pyramid",
    "zappa": "calls an application of another framework",
}


def imported(text: str) -> set[str]:
    """List the packages that a file of a case imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found


USED = {
    package
    for case in CASES
    for name, text in case.files.items()
    if name.endswith(".py")
    for package in imported(text)
}
CLAIMED = {
    name.partition(".")[0] for file in shipped_files().values() if file.server for name in file.packages
}


@pytest.mark.parametrize("package", sorted(CLAIMED))
def test_each_package_that_serves_has_a_case(package: str) -> None:
    assert (package in USED) is not (package in NOT_SHOWN)


def test_each_reason_is_for_a_package_that_is_known() -> None:
    assert set(NOT_SHOWN) <= CLAIMED


@pytest.mark.parametrize("name", NAMES)
def test_each_framework_that_people_ask_for_has_a_case(name: str) -> None:
    titles = [case.title for case in CASES]
    assert any(re.search(rf"(?i)(?<!\w){re.escape(name)}(?!\w)", title) for title in titles)


def test_there_are_enough_frameworks() -> None:
    assert len(CLAIMED & USED) >= 60
    releases = {one.split()[0] for file in shipped_files().values() if file.server for one in file.checked}
    assert len(releases) >= 60
