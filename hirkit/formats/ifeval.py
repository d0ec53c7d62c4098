"""IFEval's prompt rows: ``key``, ``prompt``, ``instruction_id_list`` [str], ``kwargs`` [object].

A null argument is an absent one; a null or missing ``kwargs`` entry has no arguments. The prompt is never stripped:
responses are joined to it by the exact text.
"""

from __future__ import annotations

from typing import Any

from constraints import Constraint
from hirkit.formats.fields import join, key, need, responses
from hirkit.records import BadRow, Instruction

NAME = "ifeval"

__all__ = ["NAME", "instruction", "join", "recognises", "responses"]


def recognises(row: dict[str, Any]) -> bool:
    """Whether the row holds an instruction in this format. A *result* row (``follow_instruction_list``) does not."""
    return "instruction_id_list" in row and "follow_instruction_list" not in row


def instruction(row: dict[str, Any], rules: str = "published") -> Instruction:
    """The row's instruction, its constraints not yet validated."""
    prompt = need(row, "prompt", str, "the text of the prompt")
    ids = need(row, "instruction_id_list", list, "a list of constraint ids")
    kwargs = row.get("kwargs")
    if not isinstance(kwargs, list) or len(kwargs) != len(ids):
        raise BadRow("kwargs", f"expected a list of {len(ids)} objects, one for each id, not {kwargs!r:.60}")
    if not ids:
        raise BadRow("instruction_id_list", "empty; an instruction without constraints cannot be verified")
    constraints = tuple(map(_constraint, range(len(ids)), ids, kwargs))
    return Instruction(key(row), prompt, constraints)


def _constraint(index: int, id: Any, args: Any) -> Constraint:
    if not isinstance(id, str):
        raise BadRow(f"instruction_id_list[{index}]", f"expected a constraint id, not {id!r:.60}")
    if args is not None and not isinstance(args, dict):
        raise BadRow(f"kwargs[{index}]", f"expected an object of arguments, not {args!r:.60}")
    return Constraint(id, args or {})
