"""Ansible: tasks that give each host of a play a clock.

A task is a mapping with the name of a module as key. The module `cron` takes a mapping, or a line of `k=v`;
`cron:` with a schedule as value is something else (workflows of code hosts, CronJobs).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.deploy.commands import is_housekeeping
from statelint.deploy.nodes import Document, ListNode, MapNode, Pair, ScalarNode
from statelint.deploy.processes import CRON_FOLDER, cut
from statelint.deploy.view import mappings
from statelint.model.deployment import HOUSEKEEPING, Attribute, DeploymentFact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.text import ConfigText


MAY_KEEP_TIME: Final = re.compile(r"cron|\.timer", re.IGNORECASE)

_BUILTIN: Final = re.compile(r"ansible\.(?:builtin|legacy)\.")
_COPIES: Final = frozenset({"copy", "template"})
_UNITS: Final = frozenset({"service", "systemd", "systemd_service"})
_PAIR: Final = re.compile(r"""(\w+)=("(?:[^"\\]|\\.)*"|'[^']*'|\S+)""")
_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_ONE_HOST: Final = re.compile(r"inventory_hostname\s*(?:==|in\b)|groups\[|\bfirst\b|ansible_play_hosts")


def clocks_of_tasks(config: ConfigText, document: Document) -> Iterator[DeploymentFact]:
    """Yield the timetables and timers that tasks install; raises `OutOfBudgetError` as its document does."""
    for node in mappings(document, document.root):
        pairs = {pair.key.value: pair for pair in document.pairs(node)}
        for name, pair in pairs.items():
            yield from _task(config, document, _BUILTIN.sub("", name), pair, pairs)


def _task(
    config: ConfigText, document: Document, module: str, pair: Pair, task: dict[str, Pair]
) -> Iterator[DeploymentFact]:
    if module != "cron" and module not in _COPIES and module not in _UNITS:
        return
    said = _arguments(document, pair)
    known = ""
    if module == "cron" and _is_job(said):
        known = f"{said.get('job', '')} {said.get('name', '')}"
    elif module in _COPIES and CRON_FOLDER.match(said.get("dest", "")):
        known = f"{said['dest']} {said.get('content', '')}"
    elif module in _UNITS and said.get("name", "").endswith(".timer") and _is_started(said):
        known = said["name"]
    if not known:
        return
    shown = said.get("job") or said.get("dest") or said.get("name", "")
    key = pair.key
    yield DeploymentFact(
        service=cut(said.get("name", "") or _text(task.get("name")) or config.path.rpartition("/")[2]),
        attribute=Attribute.JOB,
        value=HOUSEKEEPING if is_housekeeping(known) else cut(shown),
        spelling=f"{key.value}: {cut(' '.join(shown.split()))}",
        remedy="set `state: absent`",
        place=config.place(key.start, key.end),
        unit="ansible",
        group=f"{config.path}:{key.start}",
        pinned=_is_for_one_host(document, task),
    )


def _arguments(document: Document, pair: Pair) -> dict[str, str]:
    if isinstance(pair.value, MapNode):
        return {each.key.value: _text(each) for each in document.pairs(pair.value)}
    if isinstance(pair.value, ScalarNode):
        return {name: value.strip("\"'") for name, value in _PAIR.findall(pair.value.value)}
    return {}


def _text(pair: Pair | None) -> str:
    return pair.value.value if pair is not None and isinstance(pair.value, ScalarNode) else ""


def _is_job(said: dict[str, str]) -> bool:
    is_off = said.get("state", "") == "absent" or said.get("disabled", "").lower() in _TRUE
    return "job" in said and not is_off and said.get("env", "").lower() not in _TRUE


def _is_started(said: dict[str, str]) -> bool:
    return said.get("state", "") in {"started", "restarted"} or said.get("enabled", "").lower() in _TRUE


def _is_for_one_host(document: Document, task: dict[str, Pair]) -> bool:
    """Tell a task that one host of several gets: it runs once, and is gone with that host."""
    if _text(task.get("run_once")).lower() in _TRUE or "delegate_to" in task:
        return True
    condition = task.get("when")
    if condition is None:
        return False
    items = condition.value.items if isinstance(condition.value, ListNode) else (condition.value,)
    tests = [item.value for item in map(document.resolve, items) if isinstance(item, ScalarNode)]
    return any(_ONE_HOST.search(test) for test in tests)
