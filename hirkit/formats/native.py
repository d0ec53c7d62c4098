"""hirkit's own instruction rows, task and constraints apart.

``key``, ``constraints`` [{``id``, ``args``, ``text``?}], ``task`` and/or ``prompt``, ``layout``?. ``text`` holds the
words that a constraint has in the prompt. Without ``prompt`` it is composed of task and texts in the ``layout`` (see
``layouts.py``); with both, the layout is recognised where the row does not name it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson

from constraints import Constraint
from hirkit.formats import fields
from hirkit.formats.fields import join, key, need, responses
from hirkit.layouts import compose, layout_of, words
from hirkit.records import BadRow, Instruction

NAME = "native"

__all__ = ["NAME", "instruction", "instruction_of", "join", "recognises", "responses", "row"]
DEFAULT_LAYOUT = "t4"


def recognises(row: dict[str, Any]) -> bool:
    """Whether the row holds an instruction in this format."""
    return "constraints" in row


def instruction(row: dict[str, Any], rules: str = "published") -> Instruction:
    """The row's instruction, its constraints not yet validated unless they must be put into words."""
    listed = need(row, "constraints", list, "a list of constraints")
    if not listed:
        raise BadRow("constraints", "empty; an instruction without constraints cannot be verified")
    constraints = tuple(_constraint(f"constraints[{i}]", item) for i, item in enumerate(listed))
    task = None if row.get("task") is None else need(row, "task", str, "the text of the task")
    layout = fields.layout(row, "layout")
    if task is None:
        return Instruction(key(row), need(row, "prompt", str, "the text of the prompt, or a task"), constraints)
    texts = [words(constraint, rules) for constraint in constraints]
    constraints = tuple(replace(constraint, text=text) for constraint, text in zip(constraints, texts, strict=True))
    if row.get("prompt") is None:
        layout = layout or DEFAULT_LAYOUT
        return Instruction(key(row), compose(task, texts, layout), constraints, task, layout)
    prompt = need(row, "prompt", str, "the text of the prompt")
    found = layout_of(prompt, task, texts)
    if layout is not None and compose(task, texts, layout) != prompt:
        raise BadRow("prompt", f"not what layout {layout} makes of task and constraints; leave one of them out")
    return Instruction(key(row), prompt, constraints, task, layout or found)


def _constraint(field: str, item: Any) -> Constraint:
    if not isinstance(item, dict):
        raise BadRow(field, f"expected an object with id and args, not {item!r:.60}")
    id, args, text = item.get("id"), item.get("args"), item.get("text")
    if not isinstance(id, str):
        raise BadRow(f"{field}.id", f"expected a constraint id, not {id!r:.60}")
    if args is not None and not isinstance(args, dict):
        raise BadRow(f"{field}.args", f"expected an object of arguments, not {args!r:.60}")
    if text is not None and not isinstance(text, str):
        raise BadRow(f"{field}.text", f"expected the words of the constraint, not {text!r:.60}")
    return Constraint(id, args or {}, text)


def row(instruction: Instruction) -> dict[str, Any]:
    """The row that reads back as this instruction."""
    constraints = [
        {"id": c.id, "args": c.args} | ({} if c.text is None else {"text": c.text}) for c in instruction.constraints
    ]
    made = {"key": instruction.key, "prompt": instruction.prompt, "constraints": constraints}
    return made if instruction.task is None else made | {"task": instruction.task, "layout": instruction.layout}


@lru_cache(4096)
def instruction_of(text: str, rules: str = "published") -> Instruction:
    """The instruction of such a row, in JSON text: a column of other people's data."""
    return instruction(orjson.loads(text), rules)
