"""What machines run when they start: scripts of user data, commands and files of cloud-init and its kin."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.deploy.commands import is_housekeeping
from statelint.deploy.launched import text_span
from statelint.deploy.nodes import ListNode, MapNode, Node, ScalarNode
from statelint.deploy.processes import CRON_FOLDER, Owner, cut, fact
from statelint.deploy.scripts import facts_of_script
from statelint.deploy.text import Word, read_text
from statelint.deploy.timetable import first_job, read_jobs
from statelint.deploy.view import mappings
from statelint.model.deployment import HOUSEKEEPING, Attribute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.nodes import Document
    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import DeploymentFact

MOST_SCRIPTS: Final = 50
"""Scripts of one file that are looked into."""

# Keys whose value is a script, without the marks in their names.
_SCRIPTS: Final = frozenset(
    {
        "bootcmd", "cloudinit", "customdata", "metadatastartupscript", "runcmd", "startupscript", "userdata",
        "userdatabase64",
    }
)  # fmt: skip
_HEREDOC: Final = re.compile(r"<<[-~]?(\w+)[ \t]*\r?\n([\s\S]*?)^[ \t]*\1\b", re.MULTILINE)
MAY_START: Final = re.compile(
    r"user_?data|custom_?data|startup[-_]script|runcmd|write_files|cloud_?init|AWS::CloudFormation::Init",
    re.IGNORECASE,
)
_TEXTS: Final = frozenset({"", "!", "!Sub"})  # the tags of what is taken as it is written
_UNKNOWN: Final = "${Unknown}"
_KEPT: Final = frozenset({Attribute.AFFINITY, Attribute.JOB})


def facts_of_machines(config: ConfigText, document: Document) -> Iterator[DeploymentFact]:
    """Yield the timetables and balancers that such scripts set up; raises `OutOfBudgetError`."""
    if not MAY_START.search(config.text):
        return
    read = 0
    for mapping in mappings(document, document.root):
        for pair in document.pairs(mapping):
            key = re.sub(r"[-_]", "", pair.key.value).lower()
            if key in _SCRIPTS:
                for script in _scripts(document, pair.value):
                    if read >= MOST_SCRIPTS:
                        return
                    read += 1
                    if isinstance(script, ScalarNode):
                        yield from _script(config, script)
                    else:
                        yield from _joined_script(config, script)
            elif key in {"writefiles", "files"}:
                yield from _files(config, document, pair.value)


class _Piece(NamedTuple):
    """A part of a text that a template joins; `node` is what it stands in, or the one before."""

    text: str
    node: ScalarNode


def _scripts(document: Document, root: Node) -> Iterator[ScalarNode | list[_Piece]]:
    """Yield the texts below a value (`UserData: {Fn::Base64: ...}`), one that is joined in pieces."""
    waiting: list[Node] = [root]
    for _ in range(MOST_SCRIPTS):
        if not waiting:
            return
        node = document.resolve(waiting.pop(0))
        pieces = _pieces(document, node)
        if pieces:
            yield pieces
        elif isinstance(node, ScalarNode):
            yield node
        elif isinstance(node, ListNode):
            waiting.extend(node.items)
        else:
            waiting.extend(pair.value for pair in document.pairs(node))


def _pieces(document: Document, node: Node) -> list[_Piece]:
    """Give the parts of `Fn::Join: [separator, [...]]`, and a name in place of each that is not known."""
    arguments: Node | None = node if isinstance(node, ListNode) and node.tag == "!Join" else None
    if isinstance(node, MapNode):
        arguments = next((pair.value for pair in document.get(node, "Fn::Join")), None)
    if not isinstance(arguments, ListNode) or len(arguments.items) != 2:
        return []
    separator, parts = map(document.resolve, arguments.items)
    if not isinstance(separator, ScalarNode) or not isinstance(parts, ListNode):
        return []
    found: list[_Piece] = []
    for part in map(document.resolve, parts.items):
        near = found[-1].node if found else separator
        if found:
            found.append(_Piece(separator.value, near))
        if isinstance(part, ScalarNode) and part.tag in _TEXTS:
            found.append(_Piece(part.value, part))
        else:
            found.append(_Piece(_UNKNOWN, near))
    return found


def _joined_script(config: ConfigText, pieces: list[_Piece]) -> Iterator[DeploymentFact]:
    """Read a script in one, and place what it says in the pieces that say it."""
    text = "".join(piece.text for piece in pieces)
    inner, _ = read_text(config.path, text.encode("utf-8", "replace"), templates=False)
    starts = list(accumulate((len(piece.text) for piece in pieces), initial=0))
    for each in facts_of_script(inner, (0, len(inner.text)), _owner(config, pieces[0].node)):
        if each.attribute in _KEPT:
            at = inner.starts[each.place.line - 1] + each.place.column - 1
            node = pieces[min(bisect_right(starts, at), len(pieces)) - 1].node
            yield replace(each, place=config.place(node.start, node.end))


def _owner(config: ConfigText, node: ScalarNode) -> Owner:
    return Owner(
        service=config.path.rpartition("/")[2],
        group=f"{config.path}:{node.start}",
        unit="shell",
        remedy="take it out of what the machine runs when it starts",
    )


def _script(config: ConfigText, node: ScalarNode) -> Iterator[DeploymentFact]:
    owner = _owner(config, node)
    found = _HEREDOC.search(config.text, node.start, node.end)
    if node.block or node.plain:
        # A heredoc within an expression: `base64encode(<<-EOF ... EOF)`.
        span = found.span(2) if found and not node.block else text_span(config, node)
        facts = facts_of_script(config, span, owner)
    else:  # offsets in a text in quotes are none of the file
        inner, _ = read_text(config.path, node.value.encode("utf-8", "replace"), templates=False)
        place = config.place(node.start, node.end)
        told = facts_of_script(inner, (0, len(inner.text)), owner)
        facts = (replace(each, place=place) for each in told)
    yield from (each for each in facts if each.attribute in _KEPT)


def _files(config: ConfigText, document: Document, holder: Node) -> Iterator[DeploymentFact]:
    """Read files that are written where cron looks for them: a list with `path`, or a mapping of paths."""
    if config.path.endswith(".config"):  # those of Elastic Beanstalk have a reader of their own
        return
    node = document.resolve(holder)
    if isinstance(node, ListNode):
        entries = [(document.text_at(item, "path"), item) for item in node.items]
    elif isinstance(node, MapNode):
        entries = [(pair.key, pair.value) for pair in document.pairs(node)]
    else:
        return
    for path, item in entries:
        content = document.text_at(item, "content")
        job = first_job(content.value) if content is not None else None
        if path is None or content is None or job is None or not CRON_FOLDER.match(path.value):
            continue
        jobs = " ".join(each.command for each in read_jobs(content.value))
        spared = is_housekeeping(f"{path.value} {jobs}")
        owner = Owner(
            service=config.path.rpartition("/")[2],
            group=f"{config.path}:{path.start}",
            unit="shell",
            remedy="remove this file",
        )
        value = HOUSEKEEPING if spared else cut(job.command)
        yield fact(config, owner, Attribute.JOB, value, [Word(path.value, path.start, path.end)])
