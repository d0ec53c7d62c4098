"""Changing what a prompt asks for where it asks for it: another number, fewer words in a list, another language.

The smallest edit that says it: "at least 300 words" becomes "at least 200 words", "three" "two", "'kite' and 'wind'"
"'wind'", "in French" "in Spanish". Afterwards the prompt is read again, and must state the new arguments wherever it
stated the old ones, and everything else as before. So words may be changed that could not go: those of the task itself
("Write a 300-word essay"), and those that two constraints share.

Not promised: grammar beyond the number of a noun; where it would suffer, nothing is changed in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from constraints.core import Constraint
from hirkit.span.editing import Edit
from hirkit.span.entries import language_name
from hirkit.span.enumeration import relabelled, shortened, speaks_of_many
from hirkit.span.numerals import renumber, spelled
from hirkit.span.own_words import wordings
from hirkit.span.phrases import listed, literal
from hirkit.span.quantities import INF, Range
from hirkit.span.refusals import Refusal
from hirkit.span.repeating import REPEAT
from hirkit.span.sentences import Sentence, between, split
from hirkit.span.statements import Statement, bound_of, cue, find
from hirkit.span.wordings import TABLE


def relax(prompt: str, constraints: Sequence[Constraint], i: int, new: Constraint, rules: str) -> str | None:
    """The prompt with the words of the constraint ``i`` changed to state ``new``; None where that is not certain."""
    old = constraints[i]
    if dict(old.args) == dict(new.args):
        return prompt
    sentences = split(prompt)
    found = find(prompt, sentences, constraints, rules)
    mine = [t for t in found if i in t.owners]
    if all(t.supports for t in mine) or not all(t.agrees and not t.limited for t in mine):
        return None
    shown = max(_lines_shown(prompt, s) for t in mine for s in between(sentences, t.start, t.end))
    made = [_edits(prompt, shown, t, old, new, rules) for t in mine]
    edits = sorted({edit for some in made for edit in some or ()})
    if None in made or not edits or _in_request(prompt, constraints, edits):
        return None
    result = _applied(prompt, edits)
    if result is None:
        return None
    after = find(result, split(result), [*constraints[:i], new, *constraints[i + 1 :]], rules)
    return result if _as_before(prompt, found, result, after, i) else None


def _edits(prompt: str, shown: int, t: Statement, old: Constraint, new: Constraint, rules: str) -> list[Edit] | None:
    """What to change in the words of one statement; None where it says something that cannot be changed.

    ``shown`` is how many things the example beside the statements shows.
    """
    if t.own:
        return _reworded(prompt, t, old, new, rules)
    bound = bound_of(old)
    was, now = (bound(old.args), bound(new.args)) if bound else (None, None)
    edits: list[Edit | None] = []
    if was is not None and now is not None and was != now and t.span is not None:
        edits.append(_renumbered(prompt, shown, t, was, now))
    if t.words is not None and (names := _shorter_list(old, new)) is not None:
        edits += _relisted(prompt, t, *names)
    for before, after in _other_words(old, new):
        for m in re.finditer(rf"(?<!\w){literal(before)}(?!\w)", prompt[t.start : t.end], re.IGNORECASE):
            edits.append((t.start + m.start(), t.start + m.end(), after))
    return None if None in edits else [edit for edit in edits if edit is not None]


def _reworded(prompt: str, t: Statement, old: Constraint, new: Constraint, rules: str) -> list[Edit] | None:
    """One of the checker's wordings, with the new arguments in it."""
    for before, after in zip(wordings(old, rules), wordings(new, rules), strict=False):
        if before.rstrip(".!?") == prompt[t.start : t.end] and "\n" not in after:
            return [(t.start, t.end, after.rstrip(".!?"))]
    return None


_ARE_MANY = re.compile(r"\b(?:are|different|separate|each|them|these|between|separated?|divided?)\b", re.IGNORECASE)


def _renumbered(prompt: str, shown: int, t: Statement, was: Range, now: Range) -> Edit | None:
    edit = None if t.number is None else renumber(prompt, *t.number, was, now)
    old, new = (int(high) + 1 if low == 0 and high < INF else int(low) for low, high in (was, now))
    if 1 in (old, new) and _ARE_MANY.search(prompt, t.start, t.end):
        return None
    if t.span is None or (t.span[0] != was[0] and t.span[1] != was[1]) or (was[1] == INF and t.span[0] != was[0]):
        return None
    again = len(spelled(was).findall(prompt[t.start : t.end])) > 1  # "less than 5 sentences (excluding 5)"
    return None if again or shown > new or shown == old > 1 else edit


_ROW = re.compile(r"\b(?:[A-Z]\w* )?1(?:[\"'”’]?(?:, and |,? and |, ?)[\"'“‘]?(?:[A-Z]\w* )?\d+)+")


def _lines_shown(prompt: str, s: Sentence) -> int:
    """How many lines there are in the example that the sentence shows, or things in a row that it names: "1, 2, 3"."""
    lines = [line for line in prompt[s.end : s.block_end].splitlines() if re.search(r"\w", line)]
    row = _ROW.search(prompt, s.start, s.end)
    return max(len(lines), len(re.findall(r"\d+", row.group())) if row else 0)


def _shorter_list(old: Constraint, new: Constraint) -> tuple[list[str], list[str]] | None:
    """All words of the list that differs, and those that are left."""
    for name in ("keywords", "forbidden_words"):
        words, left = ([w.strip().casefold() for w in listed(c.args.get(name))] for c in (old, new))
        if words != left:
            return words, left
    return None


def _relisted(prompt: str, t: Statement, words: Sequence[str], left: Sequence[str]) -> list[Edit | None]:
    assert t.words is not None
    start, end = t.words
    fewer = shortened(prompt[start:end], left, words)
    if speaks_of_many(prompt[max(0, t.start - 40) : t.start]):
        return [None]
    label = relabelled(prompt[t.start : start], prompt[end : t.end], len(words), len(left))
    goes_on = re.search(r"\b(?:such as|like|etc|e\.g|and so on)\b", prompt[t.start : t.end], re.IGNORECASE)
    if fewer is None or label is None or goes_on:
        return [None]
    return [(t.start, start, label), (start, end, fewer)]


def _other_words(old: Constraint, new: Constraint) -> Iterator[tuple[str, str]]:
    """The arguments that stand in the prompt as they are, and differ: the word itself, a language by its name."""
    for name, value in old.args.items():
        other = new.args.get(name)
        if name == "language":
            value, other = language_name(value), language_name(other)
        if isinstance(value, str) and isinstance(other, str) and value != other and "relation" not in name:
            yield value, other


def _in_request(prompt: str, constraints: Sequence[Constraint], edits: Sequence[Edit]) -> bool:
    """Whether an edit is in a request that the response was right to repeat word for word."""
    for c in constraints:
        found = re.search(literal(c.args.get("prompt_to_repeat")), prompt, re.IGNORECASE) if c.id == REPEAT else None
        if found and any(start < found.end() and found.start() < end for start, end, _ in edits):
            return True
    return False


def _applied(text: str, edits: Sequence[Edit]) -> str | None:
    """The text with the edits made; None where one is in the way of another."""
    pieces, at = [], 0
    for start, end, new in edits:
        if start < at:
            return None
        pieces += [text[at:start], new]
        at = end
    return "".join([*pieces, text[at:]])


# --------------------------------------------------------------------------------------------------- afterwards: check


def _as_before(prompt: str, before: Sequence[Statement], result: str, after: Sequence[Statement], i: int) -> bool:
    """Whether the same statements are there, those of constraint ``i`` agreeing now, the others' words unchanged."""
    if [(t.owners, t.kind, t.supports, t.limited) for t in before] != [
        (t.owners, t.kind, t.supports, t.limited) for t in after
    ]:
        return False
    return all(
        new.agrees if i in new.owners else prompt[old.start : old.end] == result[new.start : new.end]
        for old, new in zip(before, after, strict=True)
    )


def check_old(text: str, old: Constraint, new: Constraint, stated: Sequence[Constraint], rules: str) -> None:
    """Nothing in the prompt may ask for the old arguments besides, outside the statements of what it asks now.

    Things to list may be counted in other words ("Give me 5 tips"): where exactly so many were asked for, the number
    may not be left anywhere; else only not beside words that hint at the constraint.
    """
    sentences = split(text)
    rest = list(text)
    for t in find(text, sentences, stated, rules):
        rest[t.start : t.end] = " " * (t.end - t.start)
    left = "".join(rest)
    words = [before for before, _ in _other_words(old, new)]
    if (names := _shorter_list(old, new)) is not None:
        gone = [w for w in names[0] if w not in names[1]]
        if old.id in TABLE:
            hint = cue(Constraint(old.id, {**old.args, "keywords": gone, "forbidden_words": gone}))
            words += [m.group() for m in hint.finditer(left)]
    for word in words:
        if re.search(rf"(?<!\w){literal(word)}(?!\w)", left, re.IGNORECASE):
            raise Refusal("stated elsewhere too", f"{old.id}: the result would still say {word!r}")
    _check_number(left, sentences, old, new)


def _check_number(left: str, sentences: Sequence[Sentence], old: Constraint, new: Constraint) -> None:
    bound = bound_of(old)
    if bound is None or (was := bound(old.args)) == bound(new.args):
        return
    exactly, hint = was[0] == was[1], cue(old)
    number = spelled(was)
    for s in sentences:
        part = left[s.start : s.end]
        if (m := number.search(part)) and (exactly or hint.search(part)):
            raise Refusal("stated elsewhere too", f"{old.id}: the result would still say {m.group()!r}")
