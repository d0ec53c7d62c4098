"""HiR's training data: HIR-16K (JSONL) and the parquet that the released code makes of it for verl.

A row holds the task (``question``) and the words of its constraints (``criteria``) apart: it is rewritten by template.
That text i is about constraint i is not said in the data; where it visibly is not, the row is refused.
Types 1 and 2 name constraints by id, type 3 in MulDimIF's sentences. Type 4 (VerIF) carries Python source, or asks a
judge model: it is never executed, and reported as unsupported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from constraints import Constraint
from constraints.format import ANSWERS
from hirkit.formats import fields, muldimif
from hirkit.formats.fields import Asked, need
from hirkit.formats.messages import asked, turns
from hirkit.layouts import compose, layout_of
from hirkit.records import BadRow, Instruction, Response

NAME = "hir"
DEFAULT_LAYOUT = "t1"
FIXED_ANSWERS = "detectable_format:constrained_response"
SPELLED_OUT = {"keyword", "keywords", "forbidden_words", "end_phrase", "first_word", "postscript_marker"}
"""Arguments that the words of a constraint cannot but spell out."""


def recognises(row: dict[str, Any]) -> bool:
    """Whether the row is in this format."""
    return _criteria(row) is not None or "functions" in row


def _criteria(row: dict[str, Any]) -> Any:
    extra = row.get("extra_info")
    return row["criteria"] if "criteria" in row else extra.get("criteria") if isinstance(extra, dict) else None


def instruction(row: dict[str, Any], rules: str = "published") -> Instruction:
    """The row's instruction, task and constraints apart."""
    kind = str(row.get("source", row.get("data_source")))
    if "functions" in row or kind == "type4":
        raise BadRow(
            "functions", "unsupported: these constraints are Python source or a judge's, and are never executed"
        )
    extra = row if "criteria" in row else need(row, "extra_info", dict, "an object with question and criteria")
    task = need(extra, "question", str, "the text of the task")
    texts = need(extra, "criteria", list, "the words of the constraints")
    named = _named(_truth(row))
    if len(named) != len(texts) or not all(isinstance(text, str) for text in texts):
        raise BadRow("criteria", f"{len(texts)} texts for {len(named)} constraints; each needs one")
    layout = fields.layout(extra, "q_type")
    constraints = tuple(_worded(i, *pair) for i, pair in enumerate(zip(named, texts, strict=True)))
    prompt = compose(task, texts, layout or DEFAULT_LAYOUT)
    if row.get("prompt") is not None:
        prompt = _prompt(row["prompt"])
        layout = layout_of(prompt, task, texts)
    else:
        layout = layout or DEFAULT_LAYOUT
    id = row.get("id")
    return Instruction(id if isinstance(id, str | int) else prompt, prompt, constraints, task, layout)


def _worded(index: int, constraint: Constraint, text: str) -> Constraint:
    """The constraint with its words, or ``BadRow`` where they are visibly another's: dropping them would poison."""
    field = f"criteria[{index}]"
    said = text.casefold()
    if constraint.id == FIXED_ANSWERS and not all(answer.casefold().rstrip(".") in said for answer in ANSWERS):
        raise BadRow(field, f"unsupported: its options are not those that {FIXED_ANSWERS} is about: {text!r:.80}")
    if constraint.text is not None and constraint.text.strip() != text.strip():
        raise BadRow(field, f"not the sentence at its place in ground_truth: {text!r:.80}")
    for name in sorted(SPELLED_OUT & set(constraint.args)):
        value = constraint.args[name]
        missing = [v for v in (value if isinstance(value, list) else [value]) if str(v).strip().casefold() not in said]
        if missing:
            raise BadRow(
                field, f"does not say {missing[0]!r:.40}, the {name} of {constraint.id} at its place: {text!r:.80}"
            )
    return replace(constraint, text=text)


def _prompt(prompt: Any) -> str:
    return prompt if isinstance(prompt, str) else asked(turns(prompt, "prompt"), "prompt")


def _truth(row: dict[str, Any]) -> Mapping[str, Any]:
    truth = row.get("ground_truth")
    if truth is None and isinstance(row.get("reward_model"), dict):
        truth = row["reward_model"].get("ground_truth")
    if isinstance(truth, str):
        try:
            truth = orjson.loads(truth)
        except orjson.JSONDecodeError as err:
            raise BadRow("ground_truth", f"not JSON ({err.msg})") from None
    if not isinstance(truth, dict):
        raise BadRow("ground_truth", f"expected an object that names the constraints, not {truth!r:.60}")
    return truth


def _named(truth: Mapping[str, Any]) -> list[Constraint]:
    if isinstance(sentences := truth.get("constraints"), list):
        return list(muldimif.constraints(sentences))
    ids, kwargs = truth.get("instruction_id_list"), truth.get("kwargs")
    if not isinstance(ids, list) or not isinstance(kwargs, list) or len(ids) != len(kwargs):
        raise BadRow("ground_truth", "expected instruction_id_list and as many kwargs, or constraints")
    for i, (id, args) in enumerate(zip(ids, kwargs, strict=True)):
        if not isinstance(id, str) or not isinstance(args, dict | None):
            raise BadRow(f"ground_truth.kwargs[{i}]", f"expected an id and its arguments, not {id!r:.40}, {args!r:.40}")
    given = [{name: value for name, value in (args or {}).items() if value is not None} for args in kwargs]
    return [Constraint(id, args) for id, args in zip(ids, given, strict=True)]


def join(row: dict[str, Any]) -> Asked:
    """By the prompt, else by the row's id."""
    return Asked(_prompt(row["prompt"])) if row.get("prompt") is not None else Asked(key=row.get("id"))


def responses(row: dict[str, Any]) -> tuple[Response, ...]:
    """The row's ``response`` or ``responses``."""
    return fields.responses(row)
