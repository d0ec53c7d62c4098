"""Hindsight: for a constraint that a response breaks, the nearest arguments under which the response passes.

"At least 300 words" with 212 written becomes "at least 200 words"; "exactly 4 bullet points" with 5, "exactly 5". A
constraint declares beside its checker where to look, argument by argument:

    @hindsight(num_words=by_relation("relation", least=2))

What is proposed is tried with the checker itself: nothing is counted twice, and the response passes by construction.
One argument is changed, no more: the first one declared for which something is found. Where two would have to change,
or nothing near passes, there is no hindsight, and the caller drops the constraint.

There are two kinds, and each proposal says of which it is:

``looser``  whatever passes as asked passes so, too: a lower "at least", a higher "at most", a wider range, those of the
            keywords that are there. It still demands something.
``other``   the goal becomes what was achieved: another exact number, another language, another first word.

Looser bounds are rounded, away from what was asked: see ``rounding.py``. A bound of 20 or more does not go below a
quarter of what was asked; none goes beyond four times as much, or beyond 20 where that is more. A bound is found by
bisection, in a dozen tries; an exact number takes 40 at most, a language 60, several arguments seldom more than 80.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from constraints.args import choices, items, parse, plain
from constraints.check import bind
from constraints.core import Args, Attempt, Checker, Constraint, ConstraintError, Near
from constraints.registry import get
from constraints.rounding import FARTHEST, SMALL, highest, largest, lowest, rounded_down, rounded_up, smallest
from constraints.text import paragraphs, whole_words

TRIES = 60
"""Values tried for an argument, at most: there are 56 languages."""

ENOUGH_LETTERS = 80
"""So many letters each half of a response must have for its language to be told: of excerpts of 15 English words,
langdetect knows 99 % (see ``language.py``).
"""

STRAY = 0.01
"""The share of letters that may be of another script: a name, a formula."""


@dataclass(frozen=True, slots=True)
class Found:
    """The argument that is changed, its new value, and of which kind the change is."""

    name: str
    value: Any
    kind: Literal["looser", "other"]


def nearest(constraint: Constraint, response: str, rules: str) -> Constraint | None:
    """The same constraint with the nearest arguments under which the response passes, without words of its own.

    None where the response passes as asked or cannot be judged, where nothing is declared, and where nothing near
    passes. Raises ``ConstraintError`` for an unknown id or bad arguments.

    >>> asked = Constraint("length_constraints:number_words", {"relation": "at least", "num_words": 300})
    >>> nearest(asked, "word " * 212, "fixed").args
    {'relation': 'at least', 'num_words': 200}
    """
    found = near(get(constraint.id, rules), constraint.args, response)
    if found is None:
        return None
    return Constraint(constraint.id, plain({**constraint.args, found.name: found.value}))


def near(checker: Checker, args: Args, response: str, fakes: Mapping[str, Any] | None = None) -> Found | None:
    """What to change, and how, for a response that fails; ``fakes`` as in ``check.bind``."""
    asked = parse(checker, args)
    if not checker.hindsight or bind(checker, args, fakes)(response).status != "fail":
        return None

    def passes(change: Args, text: str = response) -> bool:
        try:
            return bind(checker, {**asked, **change}, fakes)(text).status == "pass"
        except ConstraintError:  # no argument to ask for: "between 4 and 3", 51 of 50 names
            return False

    attempt = Attempt(checker, response, asked, passes)
    for name, ways in checker.hindsight.items():
        for way in ways:
            for value in islice(way.values(attempt, name), TRIES):
                if value != asked[name] and passes({name: value}):
                    return Found(name, value, way.kind)
    return None


def at_least(least: int = 1) -> Near:
    """For "at least so many": the next lower round number, from ``least`` on."""

    def values(attempt: Attempt, name: str) -> Iterator[int]:
        asked = attempt.args[name]
        count = largest(lambda n: attempt.passes({name: n}), lowest(asked, least), asked - 1)
        if count is not None:
            yield rounded_down(count)

    return Near("looser", "a lower bound", values)


def at_most(most: int | None = None) -> Near:
    """For "at most so many", or "less than": the next higher round number, up to ``most``, beyond which all pass."""

    def values(attempt: Attempt, name: str) -> Iterator[int]:
        asked = attempt.args[name]
        count = smallest(lambda n: attempt.passes({name: n}), asked + 1, most or highest(asked))
        if count is not None:
            yield rounded_up(count)

    return Near("looser", "a higher bound", values)


def by_relation(relation: str, least: int = 1) -> Near:
    """The next round number down or up, as another argument says: at least, at most, less than."""
    ways = {"at least": at_least(least), "at most": at_most(), "less than": at_most()}

    def values(attempt: Attempt, name: str) -> Iterable[int]:
        way = ways.get(attempt.args[relation])
        return way.values(attempt, name) if way else ()

    return Near("looser", "a lower bound or a higher one", values)


def nearby(least: int = 1) -> Near:
    """For "exactly so many": the number there is, from ``least`` on, if it is less than 20 away."""

    def values(attempt: Attempt, name: str) -> Iterator[int]:
        asked = attempt.args[name]
        return (n for away in range(1, SMALL) for n in (asked - away, asked + away) if n >= least)

    return Near("other", "the number there is", values)


def when(name: str, value: str, way: Near) -> Near:
    """Only where another argument has this value."""

    def values(attempt: Attempt, own: str) -> Iterable[Any]:
        return way.values(attempt, own) if attempt.args[name] == value else ()

    return Near(way.kind, f'{way.says} ("{value}")', values)


def around(relation: str, least: int = 1) -> tuple[Near, ...]:
    """As ``by_relation``; and for "around", whose tolerance the checker knows, a round number near the count, which the
    checker tells when asked for "at least".
    """

    def values(attempt: Attempt, name: str) -> Iterator[int]:
        asked = attempt.args[name]
        low, high = lowest(asked, least), highest(asked)
        count = largest(lambda n: attempt.passes({relation: "at least", name: n}), low, high)
        if count is not None:
            yield from sorted((rounded_down(count), rounded_up(count)), key=lambda n: (abs(n - count), n))
            yield from (round(count, -1), count)

    near = Near("other", "a round number near the one there is", values)
    return by_relation(relation, least), when(relation, "around", near)


Range = tuple[int | None, int | None]


def bounds(least: int = 1) -> tuple[Near, ...]:
    """For a ``Bound``: a lower "at least", a higher "at most", a wider range.

    For "exactly so many" it is the number there is, if that is below 20; else a range that takes in the number asked
    for and what there is, in all or in each part.
    """

    def exact(attempt: Attempt, name: str) -> Iterator[Range]:
        low, high = attempt.args[name]
        moved = widened(attempt, name, least) if low == high else None
        yield from ((n, n) for n in moved or () if n is not None and n < SMALL)

    def looser(attempt: Attempt, name: str) -> Iterator[Range]:
        if (moved := widened(attempt, name, least)) is not None:
            (low, high), (fewest, most) = attempt.args[name], moved
            if fewest is not None and fewest != low:
                fewest = max(least, rounded_down(fewest))
            if most is not None and most != high:
                most = rounded_up(most)
            if fewest is None or most is None or most * low <= FARTHEST * fewest * high:
                yield fewest, most

    return Near("other", "the number there is", exact), Near("looser", "a wider bound", looser)


def widened(attempt: Attempt, name: str, least: int) -> Range | None:
    """The bound, its ends moved just so far that it is met; None where it cannot be.

    The ends are found one by one: the checker is asked for "at least" alone, then for "at most".
    """
    low, high = attempt.args[name]
    if low is not None and not attempt.passes({name: (low, None)}):
        low = largest(lambda n: attempt.passes({name: (n, None)}), lowest(low, least), low - 1)
        if low is None:
            return None
    if high is not None and not attempt.passes({name: (None, high)}):
        high = smallest(lambda n: attempt.passes({name: (None, n)}), high + 1, highest(high))
        if high is None:
            return None
    return low, high


def those_met() -> Near:
    """For a list of which each item is demanded by itself: those that are as asked."""

    def values(attempt: Attempt, name: str) -> Iterator[tuple[Any, ...]]:
        met = tuple(item for item in attempt.args[name] if attempt.passes({name: (item,)}))
        if met:
            yield met

    return Near("looser", "those that are met", values)


def any_of() -> tuple[Near, ...]:
    """For a list of which one item must be met: another one alone, else another one besides."""

    def alone(attempt: Attempt, name: str) -> Iterator[tuple[Any, ...]]:
        return ((item,) for item in choices(items(attempt.checker.arguments[name])[0]))

    def besides(attempt: Attempt, name: str) -> Iterator[tuple[Any, ...]]:
        return (attempt.args[name] + item for item in alone(attempt, name))

    return Near("other", "another one that is met", alone), Near("looser", "another one besides", besides)


def in_other_case() -> Near:
    """The same word in other letters: capitals, small ones, or with a capital at its beginning."""

    def values(attempt: Attempt, name: str) -> Iterator[str]:
        asked = attempt.args[name].strip()
        yield from (asked.upper(), asked.capitalize(), asked.lower()) if asked.isalpha() else ()

    return Near("other", "the same word in other letters", values)


def left_out(value: Any) -> Near:
    """For what need not be asked: this value says that it is not."""
    return Near("looser", "left out", lambda attempt, name: (value,))


def another(*values: Any) -> Near:
    """Another one of a few values: these, or all of the argument's type."""
    return Near(
        "other",
        "another one that is met",
        lambda attempt, name: values or choices(attempt.checker.arguments[name]),
    )


def language() -> Near:
    """The language that the response is in, as the checker tells it: of the whole, whatever the case of its letters, of
    each half, and of each line long enough. Where more than a few letters are Latin among others, or others among
    Latin ones, there is none: a translation below a poem is no text in English.
    """

    def values(attempt: Attempt, name: str) -> Iterator[str]:
        text = attempt.response
        halves = text[: len(text) // 2], text[len(text) // 2 :]
        if min(map(_letters, halves)) >= ENOUGH_LETTERS and not mixed(text):
            lines = (line for line in text.splitlines() if _letters(line) >= ENOUGH_LETTERS)
            parts = (text, text.lower(), *halves, *lines)
            for code in choices(attempt.checker.arguments[name]):
                if all(attempt.passes({name: code}, part) for part in parts):
                    yield code

    return Near("other", "the language the response is in", values)


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def mixed(text: str) -> bool:
    """Whether the letters are of more than one script: some Latin, some not, more than ``STRAY`` of either.

    >>> mixed("Das Meer " * 20 + "α"), mixed("Das Meer, море"), mixed("Biển lặng, tất cả")
    (False, True, False)
    """
    latin = sum(char.isalpha() and (char < "\u0250" or "\u1e00" <= char < "\u1f00") for char in text)
    return min(latin, _letters(text) - latin) > STRAY * _letters(text)


_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE = re.compile(r"[^\W\d_](?:[^\W\d_]|[ ,'’-])*[.!?]")
_SENTENCE_END = re.compile(r"(?<=[.!?]) +")


def first_word(paragraph: str = "") -> Near:
    """The word that the response begins with; or that the paragraph does whose number another argument is."""

    def values(attempt: Attempt, name: str) -> Iterator[str]:
        texts = paragraphs(attempt.response)[attempt.args[paragraph] - 1 :] if paragraph else (attempt.response,)
        yield from (word for text in texts[:1] for word in whole_words(text)[:1] if _WORD.fullmatch(word))

    return Near("other", "the word that is there", values)


def last_word() -> Near:
    """The word that the response ends on."""

    def values(attempt: Attempt, name: str) -> Iterator[str]:
        yield from (word for word in whole_words(attempt.response)[-1:] if _WORD.fullmatch(word))

    return Near("other", "the word that is there", values)


def last_sentence(most: int = 8) -> Near:
    """The sentence that the response ends on, if it can stand in an instruction: of so many words at most, without
    figures, quotes or markdown, and not more than a small part of the response.
    """

    def values(attempt: Attempt, name: str) -> Iterator[str]:
        text = attempt.response.strip()
        for line in text.splitlines()[-1:]:
            sentence = _SENTENCE_END.split(line)[-1]
            short = 2 <= len(sentence.split()) <= most and len(sentence) * FARTHEST <= len(text)
            if short and sentence[0].isupper() and _SENTENCE.fullmatch(sentence):
                yield sentence

    return Near("other", "the sentence that the response ends on", values)
