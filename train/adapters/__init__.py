"""HiR inside other people's trainers. What they share: an instruction as the text in a column of their data."""

from __future__ import annotations

from functools import lru_cache

import orjson

from hirkit.export.parts import Row
from hirkit.formats import native
from hirkit.records import Instruction


def native_row(instruction: Instruction) -> Row:
    """An instruction in hirkit's own format."""
    constraints = [{"id": c.id, "args": c.args, "text": c.text} for c in instruction.constraints]
    row = {"key": instruction.key, "prompt": instruction.prompt, "constraints": constraints}
    return row | ({} if instruction.task is None else {"task": instruction.task, "layout": instruction.layout})


@lru_cache(4096)
def instruction_of(text: str, rules: str) -> Instruction:
    """The instruction in JSON text."""
    return native.instruction(orjson.loads(text), rules)
