"""Do the same to many things in worker processes; what ends a worker is found out and left out."""

from __future__ import annotations

import gc
import heapq
import multiprocessing
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Item = TypeVar("Item")
Result = TypeVar("Result")

SHARES_A_WORKER = 4
"""Shares that a worker takes one after the other: the last ones even out when the workers are done."""


def work_apart(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    jobs: int,
    *,
    size: Callable[[Item], int],
    tell: Callable[[int], None] = lambda _number: None,
) -> tuple[list[tuple[Item, Result]], list[Item]]:
    """Give the result of each item, in any order, and the items that end the process that works on them.

    `work` is a function of a module. The share of a worker that died is done again item by item in one
    other process at a time: only so is it sure which item it was, and that it was not all of them together.
    `tell` hears how many results there are.
    """
    done: list[tuple[Item, Result]] = []
    deadly: list[Item] = []
    lost: list[Item] = []
    pool = _start(jobs)
    try:
        with _undisturbed():
            futures = [(share, pool.submit(_do_all, work, share)) for share in _shares(items, jobs, size)]
        for share, future in futures:
            tell(len(done))
            try:
                done += zip(share, future.result(), strict=True)
            except BrokenProcessPool:
                lost += share
    finally:
        pool.shutdown(cancel_futures=True)
    for item, results in _one_by_one(work, lost):
        tell(len(done))
        done += [(item, result) for result in results]
        deadly += [] if results else [item]
    return done, deadly


def _one_by_one(
    work: Callable[[Item], Result], items: Sequence[Item]
) -> Iterator[tuple[Item, Sequence[Result]]]:
    """Work on one item at a time; an item that ends the process has no result."""
    pool = _start(1)
    try:
        for item in items:
            try:
                with _undisturbed():
                    future = pool.submit(work, item)
                yield item, (future.result(),)
            except BrokenProcessPool:
                yield item, ()
                pool.shutdown()
                pool = _start(1)
    finally:
        pool.shutdown(cancel_futures=True)


def _shares(items: Sequence[Item], jobs: int, size: Callable[[Item], int]) -> list[list[Item]]:
    """Divide into shares of about equal size: the largest item left goes to the share that is smallest."""
    shares: list[list[Item]] = [[] for _ in range(min(len(items), jobs * SHARES_A_WORKER))]
    smallest = [(0, number) for number in range(len(shares))]
    for item in sorted(items, key=size, reverse=True):
        total, number = smallest[0]
        shares[number].append(item)
        heapq.heapreplace(smallest, (total + size(item) + 1, number))  # an empty one is not for nothing
    return shares


def _start(jobs: int) -> ProcessPoolExecutor:
    # A fork starts in milliseconds and needs no import, but it copies locks as they stand, so it is safe only
    # without other threads; and on macOS system libraries do not survive it.
    method = "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"
    context = multiprocessing.get_context(method)
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_prepare)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let Ctrl-C wait until workers are started: what a hook of a fork raises is printed and forgotten."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows has no forks either
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare() -> None:
    gc.disable()  # as in the process that started this one
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; who started the workers ends them


def _do_all(work: Callable[[Item], Result], share: Sequence[Item]) -> list[Result]:
    return [work(item) for item in share]
