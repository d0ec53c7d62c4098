"""Single letters, counted."""

from __future__ import annotations

from collections import Counter

from constraints.args import Count, Letter, Relation, holds
from constraints.core import Verdict, judged
from constraints.declare import constraint, corrects, draws, fails, hindsight, passes, touches
from constraints.draws import between, choice
from constraints.hindsight import by_relation
from constraints.invisible import visible
from constraints.sources import IFEVAL
from constraints.text import lowered


@constraint(
    "keywords:letter_frequency",
    (
        'The letter "{letter}" should occur {let_relation} {let_frequency:time} in your response.',
        'Use the character "{letter}" {let_relation} {let_frequency:time}, counting capitals too.',
    ),
    source=IFEVAL,
)
@draws(let_relation=choice("at least", "less than"), let_frequency=between(3, 30))
@touches(sets="letters", uses="language", limits="less than")
@hindsight(let_frequency=by_relation("let_relation"))
@passes("Anna", letter="A", let_frequency=2, let_relation="at least")
@passes("# # # #", letter="#", let_frequency=4, let_relation="at least")
@passes("cafe\u0301", letter="é", let_frequency=1, let_relation="less than")
@fails("Anna", letter="a", let_frequency=2, let_relation="less than")
@fails("İ", letter="i", let_frequency=1, let_relation="less than")  # lower-cased to i and a dot
@fails("İ", letter="İ", let_frequency=1, let_relation="at least")  # which is no single character, so never found
def letter_frequency(response: str, *, letter: Letter, let_frequency: Count, let_relation: Relation) -> Verdict:
    """The character, letter or not, occurs that often in the response, both lower-cased.

    This follows google-research PR #2301; the code before it replaced whatever is not a to z by a random letter.
    """
    small = letter.lower()
    n = lowered(response).count(small) if len(small) == 1 else 0
    return judged(holds(n, let_relation, let_frequency), f"{n} found")


@corrects(letter_frequency, "Misses a letter whose accent is a character of its own, and takes İ for i.")
@passes("Anna", letter="A", let_frequency=2, let_relation="at least")
@passes("# # # #", letter="#", let_frequency=4, let_relation="at least")
@passes("CAFE\u0301", letter="é", let_frequency=1, let_relation="at least")
@passes("İ", letter="i", let_frequency=1, let_relation="less than")
@fails("Anna", letter="A", let_frequency=2, let_relation="less than")
@fails("Anna", letter="n", let_frequency=3, let_relation="at least")
def letter_frequency_fixed(response: str, *, letter: Letter, let_frequency: Count, let_relation: Relation) -> Verdict:
    """The character, letter or not, occurs that often, in whatever case; a letter with its accent is one character."""
    counted = Counter(visible(response)).items()
    n = sum(times for char, times in counted if char.casefold() == letter.casefold())
    return judged(holds(n, let_relation, let_frequency), f"{n} found")
