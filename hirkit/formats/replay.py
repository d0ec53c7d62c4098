"""Replay records, as ``hirkit relabel`` writes them: the response under the instruction that it follows in hindsight.

To judge them is to check the law of every record once more. In its tables, ``hindsight`` and ``meta`` are JSON text.
"""

from __future__ import annotations

from typing import Any

import orjson

from hirkit.formats import native
from hirkit.formats.fields import join, need, with_meta
from hirkit.records import BadRow, Instruction, Response

NAME = "replay"

__all__ = ["NAME", "instruction", "join", "recognises", "responses", "step"]


def recognises(row: dict[str, Any]) -> bool:
    """Whether the row is a replay record."""
    return "hindsight" in row and "response" in row


def instruction(row: dict[str, Any], rules: str = "published") -> Instruction:
    """The hindsight instruction."""
    hindsight = unpacked(row, "hindsight")
    return native.instruction({**hindsight, "key": row.get("key")}, rules)


def responses(row: dict[str, Any]) -> tuple[Response, ...]:
    """The response."""
    return with_meta(unpacked(row, "meta"), [need(row, "response", str, "the text of the response")])


def step(row: dict[str, Any]) -> int:
    """The step of training that a record, or a rollout that the loop dumped, is of; 0 where its row says nothing."""
    found = unpacked(row, "selection").get("step", row.get("step"))
    if found is not None and (isinstance(found, bool) or not isinstance(found, int)):
        raise BadRow("step", f"expected a whole number, not {found!r:.60}")
    return found or 0


def unpacked(row: dict[str, Any], field: str) -> dict[str, Any]:
    """An object, or its JSON text; empty where the row has none."""
    value = row.get(field) or {}
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as err:
            raise BadRow(field, f"not JSON ({err.msg})") from None
    if not isinstance(value, dict):
        raise BadRow(field, f"expected an object, not {value!r:.60}")
    return value
