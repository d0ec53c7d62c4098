"""Processes that judge, and that may die of what they judge: nothing else is lost with them.

A process that dies (out of memory, killed, a crash in a library) takes the jobs of all others in its pool with it.
They are done again one by one, each alone, so that no job is given up for another's sake.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Thread
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from constraints.registry import get

PARENTS = (signal.SIGINT, signal.SIGTERM)
"""What a process leaves to its parent, from its first moment on: it is begun with these blocked."""
Given = TypeVar("Given")
Result = TypeVar("Result")


class Died(Exception):
    """A process died over a job, twice: at first among others, then alone."""


class Pool(Protocol):
    """What does jobs: ``ahead`` of them are begun before the first is waited for."""

    ahead: int

    def submit(self, job: Callable[..., Result], *given: Any) -> Callable[[], Result]:
        """Begin a job; what is returned waits for its result, or raises ``Died``."""


def in_order(
    pool: Pool, job: Callable[[Given], Result], every: Iterable[Given]
) -> Iterator[tuple[Given, Callable[[], Result]]]:
    """Do a job on each of many things: each thing, and what waits for its result, in order."""
    waiting: deque[tuple[Given, Callable[[], Result]]] = deque()
    for given in every:
        waiting.append((given, pool.submit(job, given)))
        if len(waiting) > pool.ahead:
            yield waiting.popleft()
    yield from waiting


def several(n: int) -> Workers:
    """So many processes, if they are more than the one that is here already."""
    return Workers(n if n > 1 else 0)


class Workers:
    """So many processes; with none, what is asked is done at once, here."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.ahead = 2 * self.n
        self.pool = self._started()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None and self.pool is not None:  # whoever was told to end does not wait for what is under way
            for process in list(self.pool._processes.values()):
                process.kill()
        self.close()

    def close(self) -> None:
        """Stop them, when they have done what they are at."""
        if self.pool is not None:
            self.pool.shutdown(wait=True, cancel_futures=True)

    def _started(self) -> ProcessPoolExecutor | None:
        if self.n == 0:
            return None
        pool = ProcessPoolExecutor(self.n, mp_context=get_context("spawn"), initializer=_begin)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, PARENTS)
        for _ in range(self.n):
            pool.submit(_ready)  # they start now, while others are still busy
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return pool

    def submit(self, job: Callable[..., Result], *given: Any) -> Callable[[], Result]:
        """Begin a job; what is returned waits for its result, or raises ``Died``."""
        if self.pool is None:
            return _Done(job(*given))
        pool = self.pool
        try:
            future: Future[Result] | None = pool.submit(job, *given)
        except BrokenProcessPool:
            future = None

        def wait() -> Result:
            try:
                if future is not None:
                    return future.result()
            except BrokenProcessPool:
                pass
            return self._again(pool, job, *given)

        return wait

    def _again(self, broken: ProcessPoolExecutor, job: Callable[..., Result], *given: Any) -> Result:
        """Once more, alone: others wait for their own results, or are done again after this one."""
        if self.pool is broken:
            self.pool = self._started()
        pool = self.pool
        assert pool is not None
        try:
            return pool.submit(job, *given).result()
        except BrokenProcessPool:
            self.pool = self._started()
            raise Died("a process died over it, twice") from None


class _Done(Generic[Result]):
    """The result of a job that was done at once."""

    def __init__(self, result: Result) -> None:
        self.result = result

    def __call__(self) -> Result:
        return self.result


def _begin() -> None:
    """A process leaves Ctrl-C and SIGTERM, which its whole group gets, to its parent, and ends when that is killed."""
    for number in PARENTS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PARENTS)
    Thread(target=_end_with, args=(parent_process(),), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _ready() -> None:
    get("punctuation:no_comma", "published")  # loads the registry
