"""Settings of a server that are written in Python (`gunicorn.conf.py`): read as configuration, never run."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from statelint.model.deployment import Attribute, DeploymentFact
from statelint.model.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILE: Final = re.compile(r"(?:^|/)[\w.-]*gunicorn[\w.-]*\.py\Z")
_SETTINGS: Final = {"workers": Attribute.WORKERS, "wsgi_app": Attribute.ENTRY}
_ENVIRONMENT: Final = frozenset({"get", "getenv"})
_MAX_VALUE: Final = 60


def server_settings(path: str, tree: ast.Module) -> tuple[DeploymentFact, ...]:
    """Give the workers and the entry that such a file says; nothing for any other file.

    A value that is computed is given as it is written, one with a default in the environment as that default.
    """
    return tuple(_settings(path, tree)) if _FILE.search(path) else ()


def _settings(path: str, tree: ast.Module) -> Iterator[DeploymentFact]:
    for statement in tree.body:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            continue
        target = statement.targets[0]
        if not isinstance(target, ast.Name) or target.id not in _SETTINGS:
            continue
        value, variable = _value_of(statement.value)
        yield DeploymentFact(
            service=path.rpartition("/")[2],
            attribute=_SETTINGS[target.id],
            value=value,
            spelling=f"{target.id} = {value}",
            remedy="",
            place=Place(path, statement.lineno, target.col_offset + 1, statement.lineno, len(target.id) + 1),
            unit="gunicorn",
            group=path,
            overruled_by=variable,
        )


def _value_of(value: ast.expr) -> tuple[str, str]:
    """Give a value, and the environment variable that is asked before it."""
    if isinstance(value, ast.Constant):
        return str(value.value)[:_MAX_VALUE], ""
    if isinstance(value, ast.Call):
        called = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        if called in {"int", "str"} and len(value.args) == 1:
            return _value_of(value.args[0])
        if called in _ENVIRONMENT and len(value.args) == 2:
            variable = value.args[0].value if isinstance(value.args[0], ast.Constant) else ""
            return _value_of(value.args[1])[0], str(variable)
    try:
        return ast.unparse(value)[:_MAX_VALUE], ""
    except RecursionError:
        return "", ""
