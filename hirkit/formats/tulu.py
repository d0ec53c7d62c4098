"""AllenAI's RL instruction sets: ``messages`` and ``ground_truth``, in two dialects.

``IF_multi_constraints_upto5``: ``ground_truth`` is text, a Python list of one object with ``instruction_id`` and
``kwargs`` (read as a literal, never evaluated); an item may itself be JSON text. ``RLVR-IFeval`` (tulu-3): JSON text
with ``func_name`` and that function's arguments, the others null; its rules are not IFEval's, so its ids are our own,
``rlvr:`` and the name. NeMo-Gym's and Dolci's variants wrap either in a list. A response is the assistant's last turn,
or ``response``.
"""

from __future__ import annotations

import ast
from typing import Any

import orjson

from constraints import Constraint
from hirkit.formats import fields
from hirkit.formats.fields import Asked
from hirkit.formats.messages import answered, asked, turns
from hirkit.records import BadRow, Instruction, Response

NAME = "tulu"
LONGEST = 100_000
"""Characters of a ground truth: literals of more are refused, for reading them could take the process down."""


def recognises(row: dict[str, Any]) -> bool:
    """Whether the row is in this format."""
    return "ground_truth" in row and ("messages" in row or "responses_create_params" in row)


def instruction(row: dict[str, Any], rules: str = "published") -> Instruction:
    """The row's instruction; without a key, its prompt is the key."""
    prompt = asked(_turns(row), "messages")
    constraints = tuple(constraint for truth in _truths(row.get("ground_truth")) for constraint in _constraints(truth))
    if not constraints:
        raise BadRow("ground_truth", "empty; an instruction without constraints cannot be verified")
    key = fields.key(row) if row.get("key") is not None else prompt
    return Instruction(key, prompt, constraints)


def join(row: dict[str, Any]) -> Asked:
    """By what the user asked last."""
    return Asked(asked(_turns(row), "messages"))


def responses(row: dict[str, Any]) -> tuple[Response, ...]:
    """The row's ``response`` or ``responses``, else the assistant's last turn."""
    if "response" in row or "responses" in row:
        return fields.responses(row)
    answer = answered(_turns(row))
    if answer is None:
        raise BadRow("messages", "the last turn is not the assistant's, and there is no response")
    return fields.with_meta(row, [answer])


def _turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    if "messages" in row:
        return turns(row["messages"], "messages")
    params = fields.need(row, "responses_create_params", dict, "an object with the input")
    return turns(params.get("input"), "responses_create_params.input")


def _truths(value: Any) -> list[dict[str, Any]]:
    """The objects in a ground truth, however often it is wrapped in lists and in text."""
    if isinstance(value, str):
        value = _read(value)
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise BadRow("ground_truth", f"expected objects that name constraints, not {value!r:.60}")
    return [truth for item in value for truth in _truths(item)]


def _read(text: str) -> Any:
    if len(text) > LONGEST:
        raise BadRow("ground_truth", f"{len(text)} characters; no more than {LONGEST} are read")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError) as err:
        raise BadRow("ground_truth", f"neither JSON nor a Python literal ({err!s:.80}): {text:.60}") from None


def _constraints(truth: dict[str, Any]) -> list[Constraint]:
    if isinstance(name := truth.get("func_name"), str):
        given = {field: value for field, value in truth.items() if field != "func_name" and value is not None}
        return [Constraint(f"rlvr:{name}", given)]
    ids, kwargs = truth.get("instruction_id"), truth.get("kwargs")
    if isinstance(ids, str):
        ids, kwargs = [ids], kwargs if isinstance(kwargs, list) else [kwargs]
    if not isinstance(ids, list) or not isinstance(kwargs, list) or len(ids) != len(kwargs):
        raise BadRow("ground_truth", f"expected func_name, or instruction_id and as many kwargs, not {truth!r:.80}")
    return [_constraint(id, args) for id, args in zip(ids, kwargs, strict=True)]


def _constraint(id: Any, args: Any) -> Constraint:
    if not isinstance(id, str) or not isinstance(args, dict | None):
        raise BadRow(
            "ground_truth", f"expected a constraint id and an object of arguments, not {id!r:.40}, {args!r:.40}"
        )
    return Constraint(id, {name: value for name, value in (args or {}).items() if value is not None})
