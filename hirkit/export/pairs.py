"""Which two responses of a group make a pair: one that follows an instruction, and one that certainly does not.

Each replayed failure is paired once under its original prompt and once under each of its hindsight prompts, where the
group has a partner for it. Which of several partners is drawn by a hash of seed, key and samples: file order and
machine do not matter, and different failures get different partners. Responses that a guard turns away, and blank ones,
are no partners: such a pair would teach something else. Verdicts under a hindsight prompt are taken afresh.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from hirkit.guards import turned_away
from hirkit.records import Instruction, ReplayRecord, Scored
from hirkit.relabel import Plan
from hirkit.verify import is_blank, verify


def success_beside(record: ReplayRecord, group: Sequence[Scored], plan: Plan) -> Scored | None:
    """A response of the group that follows the original instruction, if there is one."""
    followed = [scored for scored in group if scored.followed_all]
    return next(_partners(record, followed, plan), None)


def failure_under(record: ReplayRecord, group: Sequence[Scored], plan: Plan) -> Scored | None:
    """Another response of the group that fails a constraint of the hindsight instruction, if there is one."""
    for scored in _partners(record, group, plan):
        if fails(record.hindsight, scored.response.answer, plan.rules):
            return scored
    return None


def fails(instruction: Instruction, text: str, rules: str) -> bool:
    """Whether a response certainly breaks a constraint. An error is no failure."""
    return any(judgement.strict.status == "fail" for judgement in verify(instruction, text, rules, loose=False))


def _partners(record: ReplayRecord, group: Sequence[Scored], plan: Plan) -> Iterator[Scored]:
    """The usable other responses, in the order in which they are drawn."""

    def drawn(scored: Scored) -> bytes:
        what = f"{plan.seed}\0{record.original.key}\0{record.response.sample}\0{scored.response.sample}"
        return hashlib.sha256(what.encode()).digest()

    for scored in sorted(group, key=drawn):
        if scored.response.sample == record.response.sample or is_blank(scored.response.answer, plan.rules):
            continue
        if turned_away(scored, plan.guards) is None:
            yield scored
