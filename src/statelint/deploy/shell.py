"""Shell text as simple commands with places: enough of the language to see what is started beside what.

No parser on the package index serves: `shlex` has no places and no heredocs, `bashlex` is under the GPL, the
others embed a native grammar. Nothing is expanded or run. Commands know the arms of `if` and `case` in which
they stand, whether an endless loop repeats them, and whether the shell waits for them; calls of functions of
the same script are replaced by what the functions hold. What is no valid shell is read as far as it goes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.deploy.text import Word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_COMMANDS: Final = 20_000
MOST_FRAMES: Final = 40

_TOKEN: Final = re.compile(
    r"""
      (?P<blank>(?:[ \t]|\\\r?\n|\\\r)++)
    | (?P<line>\r\n|\n|\r)
    | (?P<comment>\#[^\r\n]*+)
    | (?P<redirect>\d?(?:<<<|<<-?|>>|[<>]&|&>>?|>\||[<>]))
    | (?P<mark>&&|\|\||;;&?|;&|;|\|&?|&|\(|\))
    | (?P<word>(?:
          \\. | '[^']*+' | "(?:[^"\\]|\\.)*+" | `[^`]*+`
        | \$\((?:[^()]|\([^()]*+\))*+\) | \$\{[^}\r\n]{0,200}+\}
        | [^\s;&|<>()]
      )++)
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTED: Final = re.compile(r"""'([^']*+)'|"((?:[^"\\]|\\.)*+)"|\\(?:\r\n|(.))""", re.DOTALL)
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*\+?=")
_BODY: Final = re.compile(r"(?:[ \t\r\n]|\#[^\r\n]*+)*+\{(?=\s)")
_ENDLESS: Final = frozenset({"true", ":", "/bin/true", "1", "[ 1 ]", "[ true ]", "[[ 1 ]]", "[[ true ]]"})

Arms = tuple[tuple[int, int], ...]


class Command(NamedTuple):
    """One simple command.

    `arms` are the branches that it stands in (number of the statement, number of the arm); `loop` is the
    number of the endless loop around it, or 0; `waits` is false where `&` sends it to the background;
    `piped` says that it reads what the command before it writes. `files` are the targets of `>` and `>>`,
    `heredoc` the span of the text that it is given.
    """

    words: tuple[Word, ...]
    arms: Arms
    loop: int
    waits: bool
    piped: bool
    files: tuple[Word, ...]
    heredoc: tuple[int, int] | None

    @property
    def start(self) -> int:
        """Give the offset of the first word."""
        return self.words[0].start

    @property
    def end(self) -> int:
        """Give the offset behind the last word."""
        return self.words[-1].end


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The commands in the order of the text, the spans of the comments, and where reading stopped early."""

    commands: tuple[Command, ...]
    comments: tuple[tuple[int, int], ...]
    stopped: int | None = None


def compatible(one: Command, other: Command) -> bool:
    """Tell whether one run of the script may come by both commands."""
    arms = dict(one.arms)
    return all(arms.get(number, arm) == arm for number, arm in other.arms)


def read_shell(text: str, start: int = 0, end: int | None = None) -> Script:
    """Read a script, or the part of a text that is one."""
    reader = _Reader(text, start, len(text) if end is None else end)
    reader.run()
    return Script(commands=tuple(reader.commands), comments=tuple(reader.comments), stopped=reader.stopped_at)


def unquote(text: str) -> str:
    """Take quotes and backslashes out of a word as it is written."""
    if not any(mark in text for mark in "'\"\\"):
        return text
    return _QUOTED.sub(lambda found: found[1] or found[2] or found[3] or "", text)


@dataclass(slots=True)
class _Frame:
    """A compound statement whose end has not come yet."""

    word: str
    number: int
    first: int  # index of its first command
    arm: int = 0
    wants_pattern: bool = False
    endless: bool = False
    name: str = ""  # of a function


@dataclass(slots=True)
class _Reader:
    text: str
    at: int
    end: int
    commands: list[Command] = field(default_factory=list)
    comments: list[tuple[int, int]] = field(default_factory=list)
    stopped_at: int | None = None
    frames: list[_Frame] = field(default_factory=list)
    functions: dict[str, list[Command]] = field(default_factory=dict)
    words: list[Word] = field(default_factory=list)
    files: list[Word] = field(default_factory=list)
    waiting: list[tuple[str, int]] = field(default_factory=list)  # heredocs: delimiter, index of the command
    redirect: str = ""
    piped: bool = False
    numbers: int = 0
    closed: _Frame | None = None
    pipeline: int = 0  # index of the first command of the pipe that is being read

    def run(self) -> None:
        while self.at < self.end:
            if len(self.commands) > MOST_COMMANDS:
                self.stopped_at = self.at
                return
            found = _TOKEN.match(self.text, self.at, self.end)
            if found is None:  # a quote without its end is a letter like any other
                self.take_word(Word(self.text[self.at], self.at, self.at + 1))
                self.at += 1
                continue
            self.at = found.end()
            kind = found.lastgroup
            if kind == "word":
                self.take_word(Word(unquote(found.group()), found.start(), found.end()))
            elif kind == "comment":
                self.comments.append(found.span())
            elif kind == "redirect":
                self.redirect = found.group().lstrip("0123456789")
            elif kind == "mark":
                self.take_mark(found.group())
            elif kind == "line":
                self.finish(waits=True)
                self.piped = False
                self.skip_heredocs()
        self.finish(waits=True)

    # -- words ----------------------------------------------------------------------------------------

    def take_word(self, word: Word) -> None:
        if self.redirect:
            self.take_target(word)
        elif self.words:
            self.words.append(word)
            if self.words[0].text == "case" and word.text == "in":
                self.words.clear()
        elif not self.take_keyword(word.text) and not _ASSIGNMENT.match(word.text):
            self.closed = None
            self.words.append(word)

    def take_target(self, word: Word) -> None:
        if self.redirect in {"<<", "<<-"}:
            self.waiting.append((word.text, len(self.commands)))
        elif self.redirect in {">", ">>", ">|"}:
            self.files.append(word)
        self.redirect = ""

    def take_keyword(self, text: str) -> bool:
        action = _KEYWORDS.get(text)
        if action is None:
            return False
        action(self, text)
        return True

    def push(self, word: str) -> None:
        self.numbers += 1
        if len(self.frames) < MOST_FRAMES:
            frame = _Frame(word, self.numbers, len(self.commands), wants_pattern=word == "case")
            self.frames.append(frame)

    def push_and_keep(self, word: str) -> None:
        """Open a statement whose head is no command: `case "$1" in`, `for x in a b`."""
        self.push(word)
        self.words.append(Word(word, self.at, self.at))

    def begin_body(self, _word: str) -> None:
        if self.frames and self.frames[-1].word in {"while", "until"}:
            frame = self.frames[-1]
            tested = self.commands[frame.first :]
            said = " ".join(word.text for command in tested[-1:] for word in command.words)
            frame.endless = frame.word == "while" and (said in _ENDLESS or said.startswith("sleep "))

    def next_arm(self, _word: str) -> None:
        if self.frames:
            self.frames[-1].arm += 1

    def pop(self, word: str) -> None:
        if not self.frames or self.frames[-1].word not in _OPENS[word]:
            return
        frame = self.frames.pop()
        if frame.endless:
            self.mark(frame.first, lambda command: command._replace(loop=command.loop or frame.number))
        if frame.name:
            self.functions[frame.name] = self.commands[frame.first :]
            del self.commands[frame.first :]
        self.closed = frame

    def ignore(self, _word: str) -> None:
        """Leave out a word that changes nothing: `then`, `!`, `time`."""

    def mark(self, first: int, change: Callable[[Command], Command]) -> None:
        self.commands[first:] = [change(command) for command in self.commands[first:]]

    # -- what parts commands --------------------------------------------------------------------------

    def take_mark(self, mark: str) -> None:
        top = self.frames[-1] if self.frames else None
        if top is not None and top.word == "case" and top.wants_pattern:
            self.words.clear()
            if mark == ")":
                top.wants_pattern = False
                top.arm += 1
        elif mark == "(":
            self.open_bracket()
        elif mark == ")":
            self.finish(waits=True)
            self.pop(mark)
        else:
            self.finish(waits=mark != "&")
            if mark.startswith(";;") or mark == ";&":
                self.end_arm()
            self.piped = mark.startswith("|") and mark != "||"

    def open_bracket(self) -> None:
        is_named = len(self.words) == 1 or (len(self.words) == 2 and self.words[0].text == "function")
        if is_named and self.text[self.at : self.at + 1] == ")":
            self.at += 1
            self.open_function(self.words[-1].text)
            self.words.clear()
        elif not self.words:
            self.push("(")

    def open_function(self, name: str) -> None:
        found = _BODY.match(self.text, self.at, self.end)
        if found:
            self.at = found.end()
            self.push_function(name)

    def push_function(self, name: str) -> None:
        self.push("{")
        if self.frames[-1].word == "{" and self.frames[-1].number == self.numbers:
            self.frames[-1].name = name

    def end_arm(self) -> None:
        for frame in reversed(self.frames):
            if frame.word == "case":
                frame.wants_pattern = True
                return

    def finish(self, *, waits: bool) -> None:
        """End the command that is being read; a `&` behind a loop or a group speaks of all that is in it."""
        words, files, self.words, self.files = self.words, self.files, [], []
        if not words:
            if not waits and self.closed is not None:
                self.mark(self.closed.first, lambda command: command._replace(waits=False))
            self.closed = None
        elif words[0].text == "function" and len(words) > 1:
            self.push_function(words[1].text)
        elif words[0].text not in {"case", "for"}:
            if not self.piped:
                self.pipeline = len(self.commands)
            command = Command(tuple(words), self.arms(), 0, waits, self.piped, tuple(files), None)
            self.commands.append(command)
            self.commands.extend(
                inner._replace(arms=command.arms + inner.arms, waits=waits and inner.waits)
                for inner in self.functions.get(words[0].text, ())
            )
            if not waits:
                self.mark(self.pipeline, lambda command: command._replace(waits=False))

    def arms(self) -> Arms:
        return tuple((frame.number, frame.arm) for frame in self.frames if frame.word in {"if", "case"})

    def skip_heredocs(self) -> None:
        for delimiter, index in self.waiting:
            ending = re.compile(rf"^[ \t]*{re.escape(delimiter)}[ \t]*\r?$", re.MULTILINE)
            found = ending.search(self.text, self.at, self.end)
            span = (self.at, found.start() if found else self.end)
            if index < len(self.commands):
                self.commands[index] = self.commands[index]._replace(heredoc=span)
            self.at = found.end() if found else self.end
        self.waiting.clear()


_OPENS: Final = {
    "fi": {"if"},
    "done": {"while", "until", "for"},
    "esac": {"case"},
    "}": {"{"},
    ")": {"("},
}
_KEYWORDS: Final[Mapping[str, Callable[[_Reader, str], None]]] = {
    "if": _Reader.push,
    "case": _Reader.push_and_keep,
    "for": _Reader.push_and_keep,
    "while": _Reader.push,
    "until": _Reader.push,
    "do": _Reader.begin_body,
    "then": _Reader.ignore,
    "!": _Reader.ignore,
    "time": _Reader.ignore,
    "else": _Reader.next_arm,
    "elif": _Reader.next_arm,
    "fi": _Reader.pop,
    "done": _Reader.pop,
    "esac": _Reader.pop,
    "{": _Reader.push,
    "}": _Reader.pop,
}
