"""Verdicts on responses while others are still being sampled: hirkit's verifiers, in processes that stay.

What cannot be judged is an error verdict, never a pass: a checker that takes too long, a response over which a process
died twice. The processes import hirkit; torch stays out of them.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any, TypeVar

from constraints import Verdict
from constraints.registry import get
from hirkit.records import Instruction, Judgement
from hirkit.verify import verify

Judgements = tuple[Judgement, ...]
Result = TypeVar("Result")


class TookTooLong(Exception):
    """Raised inside a checker when its time is up; it becomes that checker's error verdict."""


class Workers:
    """So many processes; with none, what is asked is done at once, here."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.pool = self._started()

    def _started(self) -> ProcessPoolExecutor | None:
        if self.n == 0:
            return None
        pool = ProcessPoolExecutor(self.n, mp_context=get_context("spawn"), initializer=_begin)
        for _ in range(self.n):
            pool.submit(_ready)  # they start now, while the model is still being loaded
        return pool

    def submit(self, job: Callable[..., Result], *given: Any) -> Callable[[], Result | None]:
        """Begin a job; what is returned waits for its result, None if a process died over it twice.

        A process that dies takes the jobs of all others with it. They are done again one by one, so that no job is
        given up for another's sake.
        """
        if self.pool is None:
            result = job(*given)
            return lambda: result
        pool = self.pool
        try:
            future = pool.submit(job, *given)
        except BrokenProcessPool:
            return lambda: self._again(pool, job, *given)

        def wait() -> Result | None:
            try:
                return future.result()
            except BrokenProcessPool:
                return self._again(pool, job, *given)

        return wait

    def _again(self, broken: ProcessPoolExecutor | None, job: Callable[..., Result], *given: Any) -> Result | None:
        if self.pool is broken:
            self.pool = self._started()
        pool = self.pool
        assert pool is not None
        try:
            return pool.submit(job, *given).result()
        except BrokenProcessPool:
            self.pool = self._started()
            return None

    def close(self) -> None:
        """Stop them."""
        if self.pool is not None:
            self.pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """A process leaves Ctrl-C and SIGTERM, which its whole group gets, to the run, and ends when the run is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Thread(target=_end_with, args=(parent_process(),), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _ready() -> None:
    get("punctuation:no_comma", "published")  # loads the registry


def judging(
    workers: Workers, instruction: Instruction, answer: str, rules: str, seconds: float
) -> Callable[[], Judgements]:
    """Begin to judge; what is returned waits for the verdicts."""
    wait = workers.submit(judge, instruction, answer, rules, seconds if workers.n else 0.0)
    return lambda: wait() or undecided(instruction, rules, "a verifier process died over this response")


def judge(instruction: Instruction, answer: str, rules: str, seconds: float = 0.0) -> Judgements:
    """Strict verdicts of all constraints, each within ``seconds`` (of a worker's own alarm clock); 0 sets no limit."""
    if not seconds:
        return verify(instruction, answer, rules, loose=False)
    signal.signal(signal.SIGALRM, _time_is_up)
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        return verify(instruction, answer, rules, loose=False)
    except TookTooLong as err:
        return undecided(instruction, rules, str(err))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _time_is_up(*_: Any) -> None:
    raise TookTooLong("took too long to judge (rollout.verdict_seconds)")


def undecided(instruction: Instruction, rules: str, because: str) -> Judgements:
    """Error verdicts for all constraints."""
    error = Verdict("error", because)
    return tuple(Judgement(c, error, error, get(c.id, rules).revision) for c in instruction.constraints)
