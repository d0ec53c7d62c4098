"""What exported rows share: chat turns, and the columns by which each row can be verified again by itself.

``constraints`` is JSON text, a list of ``{"id", "args"}``: Arrow would merge arguments of different types into one
struct and fill it with nulls. With it go ``rules``, the rule set, and ``thought``, how many characters of reasoning the
response opens with; what is judged is what follows them. The response itself is exported whole, its reasoning included.
``key`` is always text: a column that mixes numbers and texts has no Arrow type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from constraints import Constraint
from hirkit.records import Instruction, ReplayRecord, Response, Scored

Row = dict[str, Any]
ORIGINAL = "original"
"""The kind of a row about an instruction as it was asked; of any other, the kind is the strategy that told it."""


def asks(prompt: str) -> list[dict[str, str]]:
    """A conversation in which the user asks."""
    return [{"role": "user", "content": prompt}]


def answers(response: Response) -> list[dict[str, str]]:
    """What the assistant answers to it."""
    return [{"role": "assistant", "content": response.text}]


def as_json(value: Any) -> str:
    """A value as JSON text, keys in their order."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def listed(constraints: Sequence[Constraint]) -> str:
    """Constraints as JSON text.

    >>> listed([Constraint("punctuation:no_comma")])
    '[{"id":"punctuation:no_comma","args":{}}]'
    """
    return as_json([{"id": constraint.id, "args": constraint.args} for constraint in constraints])


def proof(instruction: Instruction, rules: str, kind: str) -> Row:
    """What a row says of the instruction in it."""
    return {
        "key": str(instruction.key),
        "kind": kind,
        "constraints": listed(instruction.constraints),
        "rules": rules,
    }


def given(response: Response) -> Row:
    """What a row says of the one response in it."""
    return {"sample": response.sample, "thought": response.thought}


def distinct(records: Sequence[ReplayRecord]) -> Iterator[ReplayRecord]:
    """The records of a group, those left out that say what an earlier one says: two strategies may tell the same."""
    seen = set()
    for record in records:
        told = (record.response.sample, record.hindsight.prompt, listed(record.hindsight.constraints))
        if told not in seen:
            seen.add(told)
            yield record


def instructions(group: Sequence[Scored], records: Sequence[ReplayRecord]) -> Iterator[tuple[Instruction, str]]:
    """The instruction of a group, then each that it became in hindsight, once; and of what kind each is."""
    if group:
        yield group[0].instruction, ORIGINAL
    seen = set()
    for record in records:
        told = (record.hindsight.prompt, listed(record.hindsight.constraints))
        if told not in seen:
            seen.add(told)
            yield record.hindsight, record.strategy


def label(record: ReplayRecord) -> bool | None:
    """Whether the response follows its original instruction; None where an error leaves it open."""
    status = [judgement.strict.status for judgement in record.judgements]
    return False if "fail" in status else None if "error" in status else True
