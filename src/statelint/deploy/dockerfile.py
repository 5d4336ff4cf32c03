"""Dockerfiles: what each image starts, installs as a timetable, and declares as a volume.

`dockerfile-parse` knows no heredocs (it takes a `VOLUME` inside of one for an instruction) and gives lines
only; the parser of BuildKit comes as a native Go library. So the instructions are read here: `# escape=`,
continuation lines with comments between them, heredocs, the shell and the JSON form, stages that build on
each other.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.deploy.commands import classify, load_table, number_of
from statelint.deploy.processes import Owner, copied, fact, facts_of, unknown_programs
from statelint.deploy.reading import Reading
from statelint.deploy.shell import Command, Script, read_shell
from statelint.deploy.text import Word
from statelint.model.deployment import Attribute, Image, Process, Variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.deploy.text import ConfigText
    from statelint.model.deployment import DeploymentFact
    from statelint.model.places import Place

_ESCAPE: Final = re.compile(r"\s*#\s*escape\s*=\s*`", re.IGNORECASE)
_LINE: Final = re.compile(r"[^\r\n]*+(?:\r\n|\n|\r|\Z)")
_INSTRUCTION: Final = re.compile(r"[ \t]*+([A-Za-z]+)[ \t]++")
_HEREDOC: Final = re.compile(r"(?<!<)<<-?(?:\"(\w+)\"|'(\w+)'|(\w+))")
_STRING: Final = re.compile(r'"(?:[^"\\\r\n]|\\.)*+"')
_FROM: Final = re.compile(r"(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_WORD: Final = re.compile(r"""(?:"(?:[^"\\]|\\.)*+"|'[^']*+'|\\.|\S)+""", re.DOTALL)
_WORKERS_NAMES: Final = frozenset({"WEB_CONCURRENCY", "UVICORN_WORKERS", "GUNICORN_WORKERS"})
_MAY_HAVE_HEREDOC: Final = frozenset({"RUN", "COPY", "ADD"})


class Instruction(NamedTuple):
    """One instruction; the offsets are those of its arguments."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Launch:
    """What `CMD` or `ENTRYPOINT` says: one list of words, or a line for the shell."""

    words: tuple[Word, ...] = ()
    script: Script | None = None


@dataclass(slots=True, kw_only=True)
class _Stage:
    name: str
    base: str
    entrypoint: _Launch | None = None
    command: _Launch | None = None
    inherits_command: bool = True
    place: Place
    others: list[DeploymentFact] = field(default_factory=list)
    copied: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)


def read_dockerfile(config: ConfigText) -> Reading:
    """Read a Dockerfile; what is none, having no `FROM`, holds no fact."""
    text, instructions, comments = _instructions(config.masked)
    # Comments between continued lines are no part of the command, and offsets stay what they are.
    clean = replace(config, masked=text)
    facts: list[DeploymentFact] = []
    stages = _stages(clean, instructions)
    bases = {stage.base for stage in stages}
    built = [stage for stage in stages if stage.name not in bases]
    for stage in built:
        facts.extend(_image(clean, stage, stages))
    return Reading(
        facts=tuple(facts),
        images=tuple(_built(clean, stage, stages) for stage in built),
        comments=tuple(comments),
        statements=tuple((each.start, each.end) for each in instructions),
    )


# --- instructions ------------------------------------------------------------------------------------


def _instructions(text: str) -> tuple[str, list[Instruction], list[tuple[int, int]]]:
    """Part a file into instructions; in the text given back comments and odd escapes are masked."""
    escape = "`" if _ESCAPE.match(text) else "\\"
    found: list[Instruction] = []
    comments: list[tuple[int, int]] = []
    pieces: list[str] = []
    at, name, start = 0, "", 0
    heredocs: list[str] = []
    while at < len(text):
        line = _LINE.match(text, at)
        if line is None or line.end() == at:
            break
        said = line.group()
        body = said.rstrip("\r\n")
        stripped = body.strip()
        if stripped.startswith("#"):
            comments.append((at + body.index("#"), at + len(body)))
            pieces.append(
                " " * len(body) + (said[len(body) :] if not name else " " * (len(said) - len(body)))
            )
            at = line.end()
            continue
        head = None if name else _INSTRUCTION.match(body)
        if head:
            name, start, heredocs = head[1].upper(), at + head.end(), []
        continued = stripped.endswith(escape) or (bool(name) and not stripped and not head)
        if name in _MAY_HAVE_HEREDOC:
            heredocs += ["".join(filter(None, each)) for each in _HEREDOC.findall(body)]
        pieces.append(_without_escape(said, body, escape) if continued else said)
        at = line.end()
        if name and not continued:
            end = at - (len(said) - len(body))
            for delimiter in heredocs:
                at = _end_of_heredoc(text, at, delimiter)
                end = at
            pieces.append(text[line.end() : at])
            found.append(Instruction(name, start, min(end, len(text))))
            name = ""
    if name:
        found.append(Instruction(name, start, len(text)))
    return "".join(pieces), found, comments


def _without_escape(line: str, body: str, escape: str) -> str:
    """Blank the mark of a continued line and its end, so that the command reads as one line."""
    kept = body.rstrip()
    if kept.endswith(escape):
        kept = kept[:-1]
    return kept + " " * (len(line) - len(kept))


def _end_of_heredoc(text: str, start: int, delimiter: str) -> int:
    found = re.compile(rf"^\t*{re.escape(delimiter)}[ \t]*(?:\r\n|\n|\r|\Z)", re.MULTILINE).search(
        text, start
    )
    return found.end() if found else len(text)


# --- stages ------------------------------------------------------------------------------------------


def _stages(config: ConfigText, instructions: list[Instruction]) -> list[_Stage]:
    stages: list[_Stage] = []
    for each in instructions:
        if each.name == "FROM":
            found = _FROM.match(config.masked, each.start, each.end)
            base, name = (found[1], found[2]) if found else ("", "")
            place = config.place(each.start, each.end)
            stages.append(_Stage(name=name or str(len(stages)), base=base, place=place))
        elif stages:
            _take(config, stages[-1], each)
    return stages


def _take(config: ConfigText, stage: _Stage, each: Instruction) -> None:
    owner = _owner(config, stage)
    if each.name == "CMD":
        stage.command = _launch(config, each)
    elif each.name == "ENTRYPOINT":
        stage.entrypoint = _launch(config, each)
        # An ENTRYPOINT of its own makes the CMD of the base image void.
        stage.inherits_command = False
    elif each.name == "RUN":
        script = _script_of(config, each)
        # Processes of a build end with it; only what is installed remains.
        stage.others += [one for one in facts_of(config, script, owner) if one.attribute in _INSTALLED]
    elif each.name in {"COPY", "ADD"}:
        words = _words(config, each)
        stage.others += copied(config, words, words, owner) if words else []
        _take_copy(stage, [word.text for word in words])
    elif each.name == "VOLUME":
        for word in _words(config, each):
            stage.others.append(
                fact(config, owner, Attribute.VOLUME, word.text, [word], f"VOLUME {word.text}")
            )
    elif each.name == "ENV":
        stage.others += _workers_of_env(config, each, owner)
        stage.variables += _variables(config, each)


def _take_copy(stage: _Stage, words: list[str]) -> None:
    """Note what comes from the folder of the build, or from which stage."""
    source = next((word.partition("=")[2] for word in words if word.startswith("--from=")), "")
    if source:
        stage.sources.append(source)
    else:
        stage.copied += [word for word in words[:-1] if not word.startswith("--")]


def _variables(config: ConfigText, each: Instruction) -> Iterator[Variable]:
    words = _words(config, each)
    if len(words) > 1 and "=" not in words[0].text:  # `ENV NAME value`
        said = config.masked[words[1].start : each.end].strip()
        yield Variable(name=words[0].text, value=said, place=config.place(words[0].start, words[0].end))
        return
    for word in words:
        name, equals, value = word.text.partition("=")
        if equals:
            value = value.strip("\"'")
            place = config.place(word.start, word.end)
            yield Variable(name=name, value=value, place=place, is_open="$" in value)


_INSTALLED: Final = frozenset({Attribute.JOB, Attribute.USES})


def _owner(config: ConfigText, stage: _Stage) -> Owner:
    name = config.path.rpartition("/")[2]
    return Owner(
        service=name if stage.name.isdigit() else f"{name} ({stage.name})",
        group=f"{config.path}:{stage.name}",
        unit="dockerfile",
        remedy="take it out of the image",
    )


def _launch(config: ConfigText, each: Instruction) -> _Launch:
    words = _json_words(config.masked, each)
    if words is not None:
        return _Launch(words=words)
    return _Launch(script=read_shell(config.masked, each.start, each.end))


def _script_of(config: ConfigText, each: Instruction) -> Script:
    words = _json_words(config.masked, each)
    if words is not None:
        return Script(commands=(_command(words),) if words else (), comments=())
    start = each.start
    if config.masked.startswith("<<", start):  # the heredoc is the script
        start = next((one.end() for one in _LINE.finditer(config.masked, start, each.end)), start)
    return read_shell(config.masked, start, each.end)


def _command(words: tuple[Word, ...]) -> Command:
    return Command(words, (), 0, True, False, (), None)  # noqa: FBT003 - the fields of a plain command


def _words(config: ConfigText, each: Instruction) -> tuple[Word, ...]:
    words = _json_words(config.masked, each)
    if words is None:
        found = _WORD.finditer(config.masked, each.start, each.end)
        words = tuple(Word(one.group().strip("\"'"), one.start(), one.end()) for one in found)
    return words


def _json_words(text: str, each: Instruction) -> tuple[Word, ...] | None:
    """Read `["gunicorn", "app:app"]`; None if it is not that, and so a line for the shell."""
    said = text[each.start : each.end].strip()
    if not (said.startswith("[") and said.endswith("]")):
        return None
    words = []
    for found in _STRING.finditer(text, each.start, each.end):
        try:
            words.append(Word(str(json.loads(found.group())), found.start(), found.end()))
        except ValueError:
            return None
    if re.sub(r"[\s,]+", "", _STRING.sub("", said)) != "[]":
        return None
    return tuple(words)


def _workers_of_env(config: ConfigText, each: Instruction, owner: Owner) -> Iterator[DeploymentFact]:
    words = _words(config, each)
    for at, word in enumerate(words):
        name, equals, value = word.text.partition("=")
        if name in _WORKERS_NAMES and (equals or at + 1 < len(words)):
            said = value if equals else words[at + 1].text
            yield fact(config, owner, Attribute.WORKERS, number_of(said.strip("\"'")), [word])


# --- images ------------------------------------------------------------------------------------------


def _image(config: ConfigText, stage: _Stage, stages: list[_Stage]) -> Iterator[DeploymentFact]:
    """Yield the facts of an image and of the stages that it is built on."""
    owner = _owner(config, stage)
    by_name = {each.name.lower(): each for each in stages}
    entrypoint, command, inherits = stage.entrypoint, stage.command, stage.inherits_command
    seen: set[str] = set()
    current: _Stage | None = stage
    while current is not None and current.name not in seen:
        seen.add(current.name)
        for one in current.others:
            yield replace(one, service=owner.service, group=owner.group)
        current = by_name.get(current.base.lower())
        if current is None:
            break
        command = command or (current.command if inherits else None)
        inherits = inherits and current.inherits_command
        entrypoint = entrypoint or current.entrypoint
    script = _started(entrypoint, command)
    yield from facts_of(config, script, owner)
    yield from unknown_programs(config, script, owner)


def _built(config: ConfigText, stage: _Stage, stages: list[_Stage]) -> Image:
    """Tell what an image is made of: of the stages that it is built on or copies from, too."""
    by_name = {each.name.lower(): each for each in stages}
    parts = [stage]
    for part in parts:  # grows while it is read
        named = (by_name.get(name.lower()) for name in (part.base, *part.sources))
        parts += [each for each in named if each is not None and each not in parts]
    below = [stage]
    for part in below:  # grows while it is read
        base = by_name.get(part.base.lower())
        below += [base] if base is not None and base not in below else []
    return Image(
        group=_owner(config, stage).group,
        stage="" if stage.name.isdigit() else stage.name,
        copied=tuple(dict.fromkeys(path for part in parts for path in part.copied)),
        environment=tuple(each for part in reversed(below) for each in part.variables),
        place=stage.place,
    )


def _started(entrypoint: _Launch | None, command: _Launch | None) -> Script:
    """Join ENTRYPOINT and CMD: a wrapper or a program takes the words, a script is given them to start."""
    commands: list[Command] = []
    for launch in (entrypoint, command):
        if launch is None:
            continue
        if launch.script is not None:
            commands.extend(launch.script.commands)
        elif launch.words:
            commands.append(_command(launch.words))
    if entrypoint and command and entrypoint.words and command.words:
        first = entrypoint.words[0].text.rpartition("/")[2]
        started = classify(entrypoint.words)
        is_program = started is not None and started.kind is not Process.SCRIPT
        if first in load_table().wrappers or is_program:
            commands = [_command(entrypoint.words + command.words)]
    return Script(commands=tuple(commands), comments=())
