"""Where a prompt states its constraints: what the span rewriter's table and our own wordings find, as places."""

from __future__ import annotations

from collections.abc import Sequence
from string import Formatter

from constraints import Constraint
from constraints.registry import get
from hirkit.span.own_words import wordings
from hirkit.span.repeating import REPEAT
from hirkit.span.sentences import split
from hirkit.span.statements import cue, find
from hirkit.span.wordings import TABLE

Place = tuple[int, int]
NOWHERE: Place = (0, 0)
LONG = 60
"""Characters from which an argument is a text of its own, not a word of its constraint."""


def own_words(constraint: Constraint, rules: str) -> tuple[str, ...]:
    """All the words that we would write for a constraint."""
    return (*wordings(constraint, rules), *([constraint.text] if constraint.text else []))


def statements(text: str, constraints: Sequence[Constraint], rules: str) -> list[Place]:
    """The places of the words that state these constraints, whatever their arguments say."""
    return [(t.start, t.end) for t in find(text, split(text), constraints, rules)]


def places(prompt: str, changed: Sequence[Constraint], beside: Sequence[Constraint], rules: str) -> list[list[Place]]:
    """For each changed constraint the places of the words that state it, or hint at it outside what others state."""
    known = (*changed, *beside)
    found = find(prompt, split(prompt), known, rules)
    others = [(t.start, t.end) for t in found if min(t.owners) >= len(changed)]
    out = []
    for i, c in enumerate(changed):
        stated = [(t.start, t.end) for t in found if i in t.owners]
        pattern = cue(c) if c.id in TABLE else None
        hints = [m.span() for m in pattern.finditer(prompt)] if pattern is not None else []
        out.append(stated + [hint for hint in hints if not _inside(hint, others)])
    return out


def _inside(place: Place, others: Sequence[Place]) -> bool:
    return any(start <= place[0] and place[1] <= end for start, end in others)


def without(text: str, places: Sequence[Place]) -> str:
    """The text with a gap in the place of each of these."""
    for start, end in sorted(places, reverse=True):
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def repeated(text: str, constraints: Sequence[Constraint]) -> Place:
    """Where the request stands that one of these wants repeated word for word."""
    requests = [str(c.args.get("prompt_to_repeat") or "") for c in constraints if c.id == REPEAT]
    at = text.find(requests[0]) if requests else -1
    return (at, at + len(requests[0])) if at >= 0 else NOWHERE


def vocabulary(constraint: Constraint, rules: str) -> str:
    """The words that belong to a constraint, however it is stated: those of its wordings and its short arguments."""
    says = (part[0] for said in get(constraint.id, rules).says for part in Formatter().parse(said))
    args = (str(v) for v in constraint.args.values() if len(str(v)) < LONG)
    return " ".join([*says, *args])
