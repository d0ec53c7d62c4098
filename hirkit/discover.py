"""Constraints that nobody asked for and the response satisfies all the same: harder instructions out of what is there.

Constraint back-translation, by program: checkers are drawn, given realistic arguments and, where the response does not
pass, arguments fitted to it (words that it holds, numbers that it reaches). What the response passes and goes with
what is asked already is ranked by the information that it adds (``information.py``): "has a title" in a file where few
responses have one comes before "has at least 20 words". Every addition is verified like everything else.

Left out: ids that the instruction asks already, those that are a task of their own, those that add less than one bit
(they would be asked of nearly every response), and ``LEFT_OUT``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

from constraints import Checker, Constraint, ConstraintError
from constraints.args import base, choices, describe, items, parse, plain
from constraints.compatible import contradictions
from constraints.draws import draw_args, drawable
from constraints.hindsight import nearest
from constraints.registry import every
from hirkit.information import Reference
from hirkit.verify import check_of

TRIED, GLANCE, MEASURED = 40, 16, 8
"""So many checkers are tried on a response, so many texts are looked at to see what is rare, so much of that is
measured.
"""
LEAST_BITS = 1.0
_WORD = re.compile(r"[^\W\d_]{5,}")
_LAST = re.compile(r"(?:(?<=[.!?] )|(?<=\n)|\A)[A-Z][\w',’ -]{5,60}[.!?]?\Z")
"""A short last sentence, such as a person would ask a text to end with."""
LEFT_OUT = frozenset({"keywords:word_count_different_numbers", "sentence:increment"})
"""One whose words are hard to read, one that every text of one sentence satisfies."""


def discover(
    answer: str, asked: Sequence[Constraint], also_not: Sequence[str], number: int, reference: Reference, chance: Random
) -> tuple[Constraint, ...]:
    """Up to so many constraints that the answer satisfies besides those ``asked``, the most telling first.

    ``also_not`` are further ids that are not to be added: those that the answer failed.
    """
    taken = {*(constraint.id for constraint in asked), *also_not, *LEFT_OUT}
    checkers = [c for c in every(reference.rules) if c.id not in taken and drawable(c, with_task=False)]
    tried = chance.sample(checkers, min(TRIED, len(checkers)))
    found = [constraint for checker in tried for constraint in fitted(checker, answer, reference.rules, chance)]
    short = reference.short(GLANCE)
    short.measure(found)
    found = [one for one in sorted(found, key=short.rate) if short.rate(one) <= 0.5][:MEASURED]
    reference.measure([*asked, *found])
    chosen: list[Constraint] = []
    while len(chosen) < number and (best := _best(answer, [*asked, *chosen], found, reference)) is not None:
        chosen.append(best)
    return tuple(chosen)


def _best(
    answer: str, asked: Sequence[Constraint], found: Sequence[Constraint], reference: Reference
) -> Constraint | None:
    """Of those that go with what is asked, the one that adds most, if that is enough.

    Where no other text passes what is asked already, the reference cannot tell what is added; then each is taken by
    itself.
    """
    told = asked if reference.any_passes(asked, answer) else []
    known = reference.bits(told, answer)
    gains = [(reference.bits([*told, one], answer) - known, -i) for i, one in enumerate(found)]
    for gain, i in sorted(gains, reverse=True):
        if gain < LEAST_BITS:
            return None
        together = [*asked, found[-i]]
        if not any(contradictions(together, rules) for rules in {reference.rules, "fixed"}):
            return found[-i]
    return None


def fitted(checker: Checker, answer: str, rules: str, chance: Random) -> Iterator[Constraint]:
    """The constraint with arguments under which the answer passes, in words; nothing where none are found."""
    try:
        drawn: dict[str, Any] = plain(parse(checker, draw_args(checker, chance)))
        wording = chance.randrange(len(checker.says))
        for args in (drawn, _with_words_of(checker, drawn, answer, chance)):
            asked = Constraint(checker.id, plain(parse(checker, args)))
            fits = asked if check_of(asked, rules)[1](answer) else nearest(asked, answer, rules)
            if fits is not None:
                yield Constraint(fits.id, fits.args, describe(checker, fits.args, wording))
                return
    except ConstraintError:  # no such arguments can be drawn, or the answer's words are none
        return


def _with_words_of(checker: Checker, drawn: Mapping[str, Any], answer: str, chance: Random) -> dict[str, Any]:
    """The arguments, their free words replaced by words of the answer."""
    known = sorted({word.lower() for word in _WORD.findall(answer)})
    last = _LAST.search(answer.rstrip())
    args = dict(drawn)
    for name, kind in checker.arguments.items():
        if name == "end_phrase":
            args[name] = last[0] if last else drawn[name]
        elif name in checker.draws or not known:
            continue
        elif base(kind) is str and not choices(kind):
            args[name] = chance.choice(known)
        elif base(kind) is tuple and base(items(kind)[0]) is str and not choices(items(kind)[0]):
            args[name] = chance.sample(known, min(len(known), len(drawn[name])))
    return args
