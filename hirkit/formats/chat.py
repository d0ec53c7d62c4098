"""Chats: ``messages`` (OpenAI's) or ``conversations`` (ShareGPT's), the last turn the assistant's.

They hold no constraints; they are joined to a prompts file by what the user asked last, or by ``key``.
"""

from __future__ import annotations

from typing import Any

from hirkit.formats.fields import Asked, key, with_meta
from hirkit.formats.messages import answered, asked, turns
from hirkit.records import BadRow, Response

NAME = "chat"


def recognises(row: dict[str, Any]) -> bool:
    """Whether the row is in this format."""
    return ("messages" in row or "conversations" in row) and "response" not in row and "responses" not in row


def instruction(row: dict[str, Any], rules: str = "published") -> None:
    """No constraints here."""


def join(row: dict[str, Any]) -> Asked:
    """By the user's last turn, and the key where there is one."""
    return Asked(asked(_turns(row), _field(row)), key(row) if row.get("key") is not None else None)


def responses(row: dict[str, Any]) -> tuple[Response, ...]:
    """The assistant's last turn."""
    answer = answered(_turns(row))
    if answer is None:
        raise BadRow(_field(row), "the last turn is not the assistant's: there is no response")
    return with_meta(row, [answer])


def _field(row: dict[str, Any]) -> str:
    return "messages" if "messages" in row else "conversations"


def _turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    return turns(row.get(_field(row)), _field(row))
