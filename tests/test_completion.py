"""Shells complete commands, options, rules and formats; what they run is the real program."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from statelint.cli import main

SHELLS = ("bash", "fish", "zsh")
BIN = Path(sys.executable).parent
SECONDS = 30.0


def environment(**more: str) -> dict[str, str]:
    return os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"} | more


def offered(*words: str) -> list[str]:
    """Ask as the script of bash does; the last word is the one to complete."""
    done = subprocess.run(
        [BIN / "statelint"],
        env=environment(
            _STATELINT_COMPLETE="bash_complete",
            COMP_WORDS=" ".join(("statelint", *words)),
            COMP_CWORD=str(len(words)),
        ),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.stderr == ""
    return [line.removeprefix("plain,") for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("expl",), ["file,expl", "explain"]),
        (("explain", "module-s"), ["file,module-s", "module-state"]),
        (("--select", "module-s"), ["module-state"]),
        (("check", "--ignore", "module-state,unused-s"), ["module-state,unused-suppression"]),
        (("--select", "module-state,module-s"), []),
        (("--format", "con"), ["concise"]),
        (("src", "--audience", "aud"), ["auditor"]),
        (("--min-c",), ["--min-confidence"]),
        (("completion", "z"), ["zsh"]),
        (("rules", "--format", "j"), ["json"]),
        (("--stdin-filename", "a"), ["file,a"]),
        (("src/a",), ["file,src/a"]),
    ],
)
def test_words_are_offered(words: tuple[str, ...], expected: list[str]) -> None:
    assert offered(*words) == expected


def test_the_first_word_may_be_a_command_a_path_or_an_option() -> None:
    first = offered("")
    assert {"check", "completion", "explain", "init", "rules"} <= set(first)
    assert "file," in first
    assert {"--select", "--version", "--help"} <= set(offered("--"))


def test_the_script_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for shell in SHELLS:
        assert main(["completion", shell]) == 0
        assert f"_STATELINT_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_another_shell_is_told_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "fsh"]) == 2
    assert "there is no `fsh`; did you mean `fish`?" in capsys.readouterr().err


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_bash_completes() -> None:
    asked = """\
eval "$(statelint completion bash)"
compopt() { :; }  # what only a shell that completes may call
COMP_WORDS=(statelint --select module-s) COMP_CWORD=2
_statelint_completion statelint
printf '%s\\n' "${COMPREPLY[@]}"
complete -p statelint
"""
    done = subprocess.run(
        ["bash", "--norc", "-c", asked],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "module-state",
        "complete -o nosort -F _statelint_completion statelint",
    ]


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_completes(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            "fish",
            "--no-config",
            "-c",
            "statelint completion fish | source; complete -C 'statelint explain mod'",
        ],
        env=environment(HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1].split("\t")[0] == "module-state"


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
def test_zsh_completes(tmp_path: Path) -> None:
    """Type into a terminal, since zsh completes nowhere else."""
    ours, theirs = pty.openpty()
    shell = subprocess.Popen(
        ["zsh", "-f", "-i"],
        env=environment(HOME=str(tmp_path), TERM="xterm", PS1="> "),
        cwd=tmp_path,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        set_up = 'autoload -Uz compinit; compinit -u; eval "$(statelint completion zsh)"; echo re""ady\n'
        os.write(ours, set_up.encode())
        assert "ready" in typed(ours, "ready")
        os.write(ours, b"statelint --select module-s\t")
        assert "module-state" in typed(ours, "module-state")
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)


def typed(terminal: int, until: str) -> str:
    """Read what a terminal shows until some words are there, or for too long."""
    seen = ""
    end = time.monotonic() + SECONDS
    while until not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            seen += os.read(terminal, 65536).decode("utf-8", "replace")
            seen = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", seen)
    return seen
