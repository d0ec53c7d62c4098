"""However it came about: what is left states what is kept as before, nothing that should be gone, and a task."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

from constraints.core import Constraint
from hirkit.span.leads import is_opener
from hirkit.span.own_words import echo, own_question
from hirkit.span.refusals import Refusal
from hirkit.span.repeating import ON_REPEATING
from hirkit.span.row import Row
from hirkit.span.sentences import Sentence, split
from hirkit.span.statements import Statement, by_sentence, cue, find
from hirkit.span.vocabulary import MODAL
from hirkit.span.wordings import TABLE

_COUNTED = re.compile(
    r"\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|both) (?:\w+ )?"
    r"(?:rules|constraints|requirements|conditions|instructions|guidelines|restrictions|criteria|things)\b"
    r"|\b(?:rules?|constraints?|requirements?|conditions?|instructions?) #?\d|\bboth of (?:these|the following)\b",
    re.IGNORECASE,
)


def check_result(row: Row, sentences: Sequence[Sentence], before: Sequence[Statement], result: str) -> None:
    """However it came about: the result states what is kept as before, nothing that failed, and a task."""
    after_sentences = split(result)
    after = find(result, after_sentences, row.constraints, row.rules)
    for i, c in enumerate(row.constraints):
        if row.kept[i] and _words_of(row, row.prompt, before, i) != _words_of(row, result, after, i):
            raise Refusal("unreadable without it", f"{c.id}: kept, but not to be found in the result as it was")
    for t in after:
        if not row.keeps(t):
            raise Refusal(
                "stated elsewhere too", f"{row.name(t)}: the result would still say {result[t.start : t.end]!r}"
            )
    _check_cues(row, after, result)
    lists = any(line.endswith(":") or ": " in line for line in result.split("\n"))
    if (lists or len(after_sentences) < len(sentences)) and (m := _COUNTED.search(result)):
        raise Refusal("unreadable without it", f"the prompt counts its {m.group()!r}, and one would go")
    stated = by_sentence(after_sentences, after)
    if not any(_is_task(result, s, stated.get(s.start, ())) for s in after_sentences):
        raise Refusal("part of the task", "nothing of the task would be left")


def _words_of(row: Row, text: str, statements: Sequence[Statement], i: int) -> Counter[str]:
    """The words that state a constraint, however often; those that were halved count as one."""
    mine = [t for t in statements if i in t.owners]
    halved = {
        c.id for c, kept in zip(row.constraints, row.kept, strict=True) if not kept and c.id == row.constraints[i].id
    }
    return Counter("" if halved and t.span else _bare(text[t.start : t.end]) for t in mine)


def _bare(words: str) -> str:
    """Words without the "must" before them, which they may get or lose with their place in the sentence."""
    return re.sub(rf"^{MODAL} ", "", " ".join(words.split()).casefold())


def _check_cues(row: Row, after: Sequence[Statement], result: str) -> None:
    """No word that hints at a failed constraint may be left, except in what states a kept one."""
    for c, kept in zip(row.constraints, row.kept, strict=True):
        if not kept and (hint := hint_of(result, c, after)) is not None:
            raise Refusal("stated elsewhere too", f"{c.id}: the result would still say {hint!r}")


def hint_of(text: str, gone: Constraint, stated: Sequence[Statement]) -> str | None:
    """The first words outside all that is ``stated`` that hint at a constraint that should be gone; None for none.

    Where the table does not know it, a sentence hints at it that speaks of the same things.
    """
    if gone.id not in TABLE:
        return _echo(text, gone.text or "", stated)
    starts = [t.start for t in stated]
    for m in cue(gone).finditer(text):
        at = bisect_right(starts, m.start()) - 1
        if at < 0 or m.end() > stated[at].end:
            return m.group()
    return None


def _echo(text: str, words: str, stated: Sequence[Statement]) -> str | None:
    sentences, begin = split(text), own_question(text)
    found = by_sentence(sentences, stated)
    for s in sentences:
        if s.start >= begin and echo(words, rest := _unstated(text, s, found.get(s.start, ()))):
            return rest
    return None


def _unstated(text: str, s: Sentence, stated: Sequence[Statement]) -> str:
    """A sentence without what it states."""
    rest, at = "", s.start
    for t in stated:
        rest += text[at : t.start]
        at = t.end
    return rest + text[at : s.end]


def _is_task(text: str, s: Sentence, stated: Sequence[Statement]) -> bool:
    """Whether a sentence says more than that the response must have this or that form."""
    rest = _unstated(text, s, stated).strip()
    return len(rest.split()) >= 2 and not is_opener(rest + " ") and not ON_REPEATING.search(rest)
