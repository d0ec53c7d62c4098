"""The request that a response must repeat word for word, and the sentences around it that ask for that."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from hirkit.span.editing import Edit
from hirkit.span.phrases import literal
from hirkit.span.refusals import Refusal
from hirkit.span.row import Row
from hirkit.span.sentences import Sentence

REPEAT = "combination:repeat_prompt"


@dataclass(frozen=True, slots=True)
class Repeating:
    """The request that a response must repeat, and the sentences around it that say so."""

    request: tuple[int, int]
    sentences: frozenset[int]  # where they start
    kept: bool


ON_REPEATING = re.compile(
    r"\brepeat|\bword for word\b|\bverbatim\b|\bdo(?: not|n't) (?:say|change)\b|\bgive your (?:answer|response)"
    r"|\bafter (?:that|you)\b|\bbefore (?:you|saying|answering)\b",
    re.IGNORECASE,
)


def find_repeating(row: Row, sentences: Sequence[Sentence]) -> list[Repeating]:
    """The requests to be repeated. ``Refusal`` where one, or what asks for it, cannot be found or told apart."""
    out = []
    for c, kept in zip(row.constraints, row.kept, strict=True):
        if c.id != REPEAT:
            continue
        m = re.search(literal(c.args.get("prompt_to_repeat") or ""), row.prompt, re.IGNORECASE)
        if m is None:
            raise Refusal("not found", f"{c.id}: the request to be repeated is not in the prompt")
        around = [s for s in sentences if not m.start() <= s.start < m.end()]
        about = frozenset(s.start for s in around if ON_REPEATING.search(row.prompt, s.start, s.end))
        if not kept and any(s.start in about and s.start < m.end() and m.start() < s.block_end for s in around):
            raise Refusal("part of the task", f"{c.id}: the request stands in the sentence that asks to repeat it")
        if not about:
            raise Refusal("not found", f"{c.id}: no sentence asks to repeat the request")
        out.append(Repeating(m.span(), about, kept))
    return out


def check_outside(sentences: Sequence[Sentence], repeating: Iterable[Repeating], known: Container[int]) -> None:
    """Where the response need not repeat the request, each sentence outside it must be one we know, by its start."""
    for r in repeating:
        outside = [s for s in sentences if not r.request[0] <= s.start < r.request[1]]
        if not r.kept and any(s.start not in known for s in outside):
            raise Refusal("stated elsewhere too", f"{REPEAT}: an unknown sentence stands outside the request")


def check_request(edits: Iterable[Edit], repeating: Iterable[Repeating]) -> None:
    """Where the response repeats the request and is to go on doing so, no word of the request may change."""
    for r in repeating:
        if r.kept and any(start < r.request[1] and r.request[0] < end for start, end, _ in edits):
            raise Refusal("repeats the request", f"{REPEAT}: the response repeats the very words that would have to go")
