"""What the figures were measured with."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path


def machine() -> tuple[str, ...]:
    """Name the processor, its cores and memory, the system, and how busy it is at this moment."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"machine: {_processor()}, {cores} cores in use, {memory:.0f} GB, {platform.system()}",
        f"{platform.python_implementation()} {platform.python_version()}",
        f"load in the minute before: {os.getloadavg()[0]:.1f}",
    )


def versions(programs: Path) -> str:
    """Name each tool with its version, as far as it is installed and says so."""
    told = []
    for name in ("statelint", "ruff", "flake8", "bandit", "semgrep"):
        words = _first_words((str(programs / name), "--version"))
        told.append(f"{name} {words}" if words else f"{name} not installed")
    return f"tools: {', '.join(told)}"


def _first_words(command: tuple[str, ...]) -> str:
    environment = os.environ | {"SEMGREP_ENABLE_VERSION_CHECK": "0", "SEMGREP_SEND_METRICS": "off"}
    try:
        done = subprocess.run(  # noqa: S603 - commands of our own
            command, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    numbers = (word for word in done.stdout.split() if word[:1].isdigit())
    return next(numbers, "") if done.returncode == 0 else ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
