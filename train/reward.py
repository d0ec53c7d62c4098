"""Verdicts on responses while others are still being sampled: hirkit's checkers, in processes that stay.

What cannot be judged is an error verdict, never a pass: a check that takes too long, a response over which a process
died twice. The processes import hirkit; torch stays out of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hirkit.limits import Limits
from hirkit.records import Instruction, Judgement
from hirkit.verify import undecided, verify
from hirkit.workers import Died, Workers

Judgements = tuple[Judgement, ...]
Result = TypeVar("Result")


def judging(
    workers: Workers, instruction: Instruction, answer: str, rules: str, seconds: float
) -> Callable[[], Judgements]:
    """Begin to judge; what is returned waits for the verdicts."""
    wait = workers.submit(judge, instruction, answer, rules, seconds if workers.n else 0.0)
    return surely(wait, lambda why: undecided(instruction, rules, why))


def surely(wait: Callable[[], Result], otherwise: Callable[[str], Result]) -> Callable[[], Result]:
    """Wait for a job; of one over which a process died twice, what is made of the reason."""

    def result() -> Result:
        try:
            return wait()
        except Died as err:
            return otherwise(str(err))

    return result


def judge(instruction: Instruction, answer: str, rules: str, seconds: float = 0.0) -> Judgements:
    """Strict verdicts of all constraints, each within ``seconds`` (of a worker's own alarm clock); 0 sets no limit."""
    return verify(instruction, answer, rules, loose=False, limits=Limits(seconds))
