"""Rows that TRL's trainers read, and the pairs of instructions for which TRL has no type.

All are conversational: prompt and completion are lists of ``{role, content}``. TRL leaves the columns that it does not
know alone, and hands them to reward functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hirkit.export.pairs import failure_under, success_beside
from hirkit.export.parts import ORIGINAL, Row, answers, asks, distinct, given, instructions, label, listed, proof
from hirkit.records import Instruction, ReplayRecord, Response, Scored
from hirkit.relabel import Plan


def sft(group: Sequence[Scored], records: Sequence[ReplayRecord], plan: Plan) -> Iterator[Row]:
    """Each replay as a success to imitate: the hindsight prompt and the response."""
    for record in distinct(records):
        row = {"prompt": asks(record.hindsight.prompt), "completion": answers(record.response)}
        yield row | proof(record.hindsight, plan.rules, record.strategy) | given(record.response)


def unpaired(group: Sequence[Scored], records: Sequence[ReplayRecord], plan: Plan) -> Iterator[Row]:
    """HiR's dual data: the response under the original prompt, false, and under its hindsight prompt, true.

    A response told by several strategies stands once under its original prompt. One that follows the original, and was
    told as following more, is true under both. Shuffle the rows before KTO: TRL 1.16 estimates the KL term by pairing
    each prompt with the completion of the row before it, which here is often its own.
    """
    seen = set()
    for record in distinct(records):
        if record.response.sample not in seen and (followed := label(record)) is not None:
            seen.add(record.response.sample)
            yield _labelled(record.original, record.response, followed) | proof(record.original, plan.rules, ORIGINAL)
        told = proof(record.hindsight, plan.rules, record.strategy)
        yield _labelled(record.hindsight, record.response, True) | told


def _labelled(instruction: Instruction, response: Response, label: bool) -> Row:
    row = {"prompt": asks(instruction.prompt), "completion": answers(response), "label": label}
    return row | given(response)


def preference(group: Sequence[Scored], records: Sequence[ReplayRecord], plan: Plan) -> Iterator[Row]:
    """Two responses to one prompt, of which the first follows it and the second does not (see ``pairs.py``).

    Under the original prompt: a success of the group, and the replayed failure. Under the hindsight prompt: the
    replayed response, and another of the group that fails there.
    """
    paired = set()
    for record in distinct(records):
        failed = label(record) is False and record.response.sample not in paired
        if failed and (success := success_beside(record, group, plan)) is not None:
            paired.add(record.response.sample)
            told = proof(record.original, plan.rules, ORIGINAL)
            yield _pair(record.original, success.response, record.response) | told
        if (failure := failure_under(record, group, plan)) is not None:
            told = proof(record.hindsight, plan.rules, record.strategy)
            yield _pair(record.hindsight, record.response, failure.response) | told


def _pair(instruction: Instruction, chosen: Response, rejected: Response) -> Row:
    return {
        "prompt": asks(instruction.prompt),
        "chosen": answers(chosen),
        "rejected": answers(rejected),
        "chosen_sample": chosen.sample,
        "chosen_thought": chosen.thought,
        "rejected_sample": rejected.sample,
        "rejected_thought": rejected.thought,
    }


def of_instructions(group: Sequence[Scored], records: Sequence[ReplayRecord], plan: Plan) -> Iterator[Row]:
    """One response and two instructions, of which it follows the first and fails the second."""
    for record in distinct(records):
        if label(record) is False:
            yield {
                "chosen_prompt": asks(record.hindsight.prompt),
                "rejected_prompt": asks(record.original.prompt),
                "response": answers(record.response),
                "key": str(record.original.key),
                "kind": record.strategy,
                "chosen_constraints": listed(record.hindsight.constraints),
                "rejected_constraints": listed(record.original.constraints),
                "rules": plan.rules,
            } | given(record.response)


def prompts(group: Sequence[Scored], records: Sequence[ReplayRecord], plan: Plan) -> Iterator[Row]:
    """The instruction of the group, and each that it became in hindsight, with what the reward function reads."""
    for instruction, kind in instructions(group, records):
        yield {"prompt": asks(instruction.prompt)} | proof(instruction, plan.rules, kind)
