"""Whether a prompt states a constraint, in words we know: for prompts that someone else has rewritten.

``states`` looks for the words of one constraint and compares them with its arguments; ``remains`` looks for anything
that still hints at one that should be gone. Both know what the table of wordings knows (``wordings.py``), and the
words that the constraint itself has, or that its checker would give it.

Not promised: that "not found" means that the prompt does not ask for it. It may do so in words that are not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from constraints.core import Constraint
from hirkit.span.refusals import Refusal
from hirkit.span.repeating import REPEAT, find_repeating
from hirkit.span.result import hint_of
from hirkit.span.row import Row
from hirkit.span.sentences import split
from hirkit.span.statements import find

Found = Literal["agrees", "disagrees", "not found"]


def states(prompt: str, constraint: Constraint, beside: Sequence[Constraint] = (), rules: str = "fixed") -> Found:
    """Whether the prompt states the constraint, and with its arguments.

    ``beside`` are the other constraints that it states; they matter where several have one id. "agrees": whoever passes
    the check has done what the words ask, which may be less: "at least 80 words" agrees with a check for 90.
    "disagrees": some words ask for something else, or ask it of a part of the response only, or under a condition.

    >>> at_least = lambda n: Constraint("length_constraints:number_words", {"relation": "at least", "num_words": n})
    >>> [states("Greet Ann in at least 90 words.", at_least(n)) for n in (90, 70)]
    ['agrees', 'disagrees']
    >>> states("Greet Ann.", at_least(90))
    'not found'
    """
    sentences = split(prompt)
    if constraint.id == REPEAT:
        try:
            find_repeating(Row(prompt, (constraint,), (True,), rules), sentences)
        except Refusal:
            return "not found"
        return "agrees"
    mine = [t for t in find(prompt, sentences, [constraint, *beside], rules) if 0 in t.owners]
    if all(t.supports for t in mine):
        return "not found"
    return "agrees" if all(t.agrees and not t.limited for t in mine) else "disagrees"


def remains(prompt: str, dropped: Constraint, beside: Sequence[Constraint] = (), rules: str = "fixed") -> str | None:
    """The words of the prompt that state or hint at a constraint that should be gone; None where there are none.

    Words that state one of ``beside``, the constraints that the prompt is to state, are no hint.

    >>> no_comma = Constraint("punctuation:no_comma")
    >>> remains("Tell Ann about commas.", no_comma), remains("Greet Ann.", no_comma)
    ('commas', None)
    """
    found = find(prompt, split(prompt), [dropped, *beside], rules)
    for t in found:
        both_ends = 0 in t.owners and t.agrees and t.number is not None  # "70 to 90" says "at least 70" besides
        if t.owners == {0} or both_ends:
            return prompt[t.start : t.end]
    return hint_of(prompt, dropped, found)
