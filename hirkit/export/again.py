"""The law of the exports, checked by nothing but the row: successes follow every constraint, failures break one.

For tests, and for whoever wants to know whether a file is still what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from constraints import Constraint
from hirkit.export.parts import Row, as_json
from hirkit.reward import constraints_of, judge, named_by


@dataclass(frozen=True, slots=True)
class Claim:
    """What a row says of a response: that it follows these constraints, all of them, or that it does not."""

    constraints: tuple[Constraint, ...]
    rules: str
    answer: str
    follows: bool


def broken(name: str, row: Row) -> str | None:
    """What is wrong with a row of the export ``name``; None where all that it claims of responses holds."""
    for claim in claims(name, row):
        verdicts = judge(claim.constraints, claim.answer, claim.rules)
        if claim.follows and not all(verdicts):
            return next(f"does not follow: {verdict.because}" for verdict in verdicts if not verdict)
        if not claim.follows and not any(verdict.status == "fail" for verdict in verdicts):
            return "breaks no constraint of the prompt that it is said not to follow"
    return None


def claims(name: str, row: Row) -> Iterator[Claim]:
    """What a row claims; nothing where it holds no response."""
    if name in ("trl-sft", "trl-unpaired"):
        yield _claim(row, "constraints", "completion", "thought", row.get("label", True))
    elif name == "trl-preference":
        yield _claim(row, "constraints", "chosen", "chosen_thought", True)
        yield _claim(row, "constraints", "rejected", "rejected_thought", False)
    elif name == "instruction-preference":
        yield _claim(row, "chosen_constraints", "response", "thought", True)
        yield _claim(row, "rejected_constraints", "response", "thought", False)
    elif name == "openrlhf":
        yield Claim(*named_by(row["label"]), row["output"][row["thought"] :], True)
    elif name in ("parquet", "hf"):
        asked = as_json(orjson.loads(row["hindsight"])["constraints"])
        yield Claim(constraints_of(asked), row["rules"], row["response"][row["thought"] :], True)


def _claim(row: Row, constraints: str, response: str, thought: str, follows: bool) -> Claim:
    text: str = row[response][-1]["content"]
    return Claim(constraints_of(row[constraints]), row["rules"], text[row[thought] :], follows)
