"""Why the span rewriter leaves a prompt alone: a closed list of reasons, and the exception that carries one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal[
    "no wording known",  # the table has no entry for the id
    "not found",  # the prompt states a constraint in words we do not know, or not at all
    "prompt and arguments disagree",  # a kept constraint is worded otherwise than it was checked
    "shared with a kept constraint",  # the same words state a kept and a failed one
    "part of the task",  # without the words the task would be another
    "unreadable without it",  # what would be left is not a sentence, or points to what went
    "stated elsewhere too",  # the prompt would still ask for it, or seem to
    "no place for more",  # what is added would be read as part of a text to work on
    "repeats the request",  # the response repeats the request word for word, and was right to
]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a prompt was left alone: ``reason`` is for counting, ``detail`` for reading.

    A ``Reason`` here; other rewriters have their own.
    """

    reason: str
    detail: str


class Refusal(Exception):
    """Carries a ``Refused`` from wherever doubt arises to ``rewrite_span`` and ``states``, where alone it is caught."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.refused = Refused(reason, detail)
