"""Rows for verl and OpenRLHF. What their reward functions read is one JSON text, in IFEval's own words.

``{"instruction_id_list": […], "kwargs": […], "rules": "fixed"}``: rollouts that verl dumps carry it as ``gts``, and
``hirkit verify`` reads them as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hirkit.export.parts import Row, as_json, asks, distinct, given, instructions
from hirkit.layouts import words
from hirkit.records import Instruction, ReplayRecord, Scored
from hirkit.relabel import Plan


def truth(instruction: Instruction, rules: str) -> str:
    """The constraints of an instruction, as its ground truth."""
    return as_json(
        {
            "instruction_id_list": [constraint.id for constraint in instruction.constraints],
            "kwargs": [constraint.args for constraint in instruction.constraints],
            "rules": rules,
        }
    )


def verl(group: Sequence[Scored], records: Sequence[ReplayRecord], plan: Plan) -> Iterator[Row]:
    """The instruction of the group, and each that it became in hindsight."""
    for instruction, kind in instructions(group, records):
        yield {
            "data_source": "hirkit",
            "prompt": asks(instruction.prompt),
            "ability": "instruction_following",
            "reward_model": {"style": "rule", "ground_truth": truth(instruction, plan.rules)},
            "extra_info": {"key": str(instruction.key), "kind": kind} | _apart(instruction, plan.rules),
        }


def _apart(instruction: Instruction, rules: str) -> Row:
    """Task and words apart, as HiR's own data has them; null where they are known only as one prompt."""
    if instruction.task is None or instruction.layout is None:
        return {"question": None, "criteria": None, "q_type": None}
    criteria = [words(constraint, rules) for constraint in instruction.constraints]
    return {"question": instruction.task, "criteria": criteria, "q_type": instruction.layout}


def openrlhf(group: Sequence[Scored], records: Sequence[ReplayRecord], plan: Plan) -> Iterator[Row]:
    """Each replay: for SFT (``input``, ``output``) and for RL on the hindsight prompts (``input``, ``label``)."""
    for record in distinct(records):
        yield {
            "input": record.hindsight.prompt,
            "output": record.response.text,
            "label": truth(record.hindsight, plan.rules),
            "datasource": "hirkit",
            "key": str(record.original.key),
            "kind": record.strategy,
        } | given(record.response)


def numbered(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, each with its number in the file and the split, as verl's own data has them."""
    for index, row in enumerate(rows):
        yield row | {"extra_info": {"index": index, "split": "train"} | row["extra_info"]}
