"""What an instruction becomes in hindsight, constraint by constraint: kept, relaxed, or dropped.

*drop* is HiR's own (arXiv 2512.23457): what failed is no longer asked. *relax* goes past it, to hindsight in the
original sense: what failed is asked as far as it was achieved ("at least 300 words" with 212 written: "at least 200
words"), and dropped only where that has no meaning. *discover*, which adds what nobody asked, is in ``discover.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from constraints import Constraint
from constraints.args import describe
from constraints.hindsight import nearest
from constraints.registry import get
from hirkit.records import Judgement, Scored

Hindsight = tuple[Constraint | None, ...]
"""For each constraint of the original: itself where it is kept, another of its id where it is relaxed, None where it
is dropped.
"""


def drop(scored: Scored) -> Hindsight:
    """What passed is kept, the rest dropped. An error is no pass."""
    return tuple(judgement.constraint if judgement.strict else None for judgement in scored.judgements)


def relax(scored: Scored, rules: str) -> Hindsight:
    """What passed is kept; what failed is asked as far as it was achieved, else dropped."""
    return tuple(_relaxed(judgement, scored.response.answer, rules) for judgement in scored.judgements)


def _relaxed(judgement: Judgement, answer: str, rules: str) -> Constraint | None:
    if judgement.strict:
        return judgement.constraint
    if judgement.strict.status == "error":
        return None
    found = nearest(judgement.constraint, answer, rules)
    return None if found is None else replace(found, text=reworded(judgement.constraint, found, rules))


def reworded(before: Constraint, after: Constraint, rules: str) -> str | None:
    """The words of ``after`` in the wording that ``before`` has, where that is one of its checker's; else None."""
    checker = get(before.id, rules)
    for i in range(len(checker.says) if before.text is not None else 0):
        if describe(checker, before.args, i) == before.text:
            return describe(checker, after.args, i)
    return None


def changes(hindsight: Sequence[Constraint | None], judgements: Sequence[Judgement]) -> tuple[int, int, int]:
    """How many constraints are kept, relaxed, dropped.

    Told apart by what they ask, not by which object says it.
    """
    kept = sum(
        after is not None and after.args == judgement.constraint.args
        for after, judgement in zip(hindsight, judgements, strict=True)
    )
    dropped = sum(after is None for after in hindsight)
    return kept, len(hindsight) - kept - dropped, dropped
