"""How much a set of constraints asks: the share of a file's other responses that satisfy it by the way.

"At least 5 words" under which any text passes teaches nothing when a failure is replayed as its success. The *base
rate* of a constraint is the share of a reference, some responses of the file whatever they were asked, that passes
it. The *information* of a set is -log2 of the share that passes all of it, counted on the texts themselves and not
multiplied up: constraints hang together. With n texts and h that pass, the share is taken as (h + 1) / (n + 2)
(Laplace), so a set that no text passes has log2(n + 2) bits, and never infinitely many.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import orjson

from constraints import Constraint
from hirkit.records import Key
from hirkit.verify import check_of, is_blank

REFERENCE = 64
"""Texts in a reference: enough to tell 1 bit from 5."""
MARK_SETS, MARK_TEXTS = 4, 48
"""The base rate of an id is measured on so many of its argument sets, each on so many texts."""


@dataclass(frozen=True, slots=True, order=True)
class Text:
    """A response that may stand in the reference: its place in the draw, and its text."""

    draw: str
    text: str


def drawn(seed: int, key: Key, prompt: str, sample: int, text: str) -> Text:
    """A response with its place in the draw, which depends on nothing but the seed and what it is."""
    return Text(hashlib.sha256(orjson.dumps([seed, key, prompt, sample])).hexdigest(), text)


def first(texts: Iterable[Text], number: int = REFERENCE) -> list[Text]:
    """The texts that come first in the draw. The first of many lots are among the first of each."""
    return heapq.nsmallest(number, texts)


@dataclass(frozen=True, slots=True)
class Reference:
    """Texts against which constraints are measured, under a rule set. What was measured is remembered."""

    texts: tuple[str, ...]
    rules: str
    _passing: dict[tuple[str, bytes], int] = field(default_factory=dict[tuple[str, bytes], int])

    def measure(self, constraints: Iterable[Constraint]) -> None:
        """Find which texts pass each constraint, text by text, so that each is analysed once for all of them."""
        new = {_name(constraint): check_of(constraint, self.rules)[1] for constraint in constraints}
        checks = {name: check for name, check in new.items() if name not in self._passing}
        self._passing.update(dict.fromkeys(checks, 0))
        for i, text in enumerate(self.texts if checks else ()):
            if not is_blank(text, self.rules):
                for name, check in checks.items():
                    self._passing[name] |= bool(check(text)) << i

    def passing(self, constraint: Constraint) -> int:
        """Which texts pass, one bit each. A text that cannot be judged does not pass."""
        self.measure([constraint])
        return self._passing[_name(constraint)]

    def rate(self, constraint: Constraint) -> float:
        """The base rate, 0 to 1; 0 without texts."""
        return self.passing(constraint).bit_count() / max(1, len(self.texts))

    def short(self, number: int) -> Reference:
        """The first texts alone: a rougher measure, at less cost."""
        return Reference(self.texts[:number], self.rules)

    def any_passes(self, constraints: Sequence[Constraint], answer: str) -> bool:
        """Whether any text besides the answer passes a set."""
        return self._others(constraints, answer)[1] > 0

    def bits(self, constraints: Sequence[Constraint], answer: str) -> float:
        """The information of a set, the answer that it was made for left out of the reference."""
        n, passing = self._others(constraints, answer)
        return math.log2((n + 2) / (passing + 1))

    def _others(self, constraints: Sequence[Constraint], answer: str) -> tuple[int, int]:
        """How many texts there are besides the answer, and how many of them pass a set."""
        others = sum(1 << i for i, text in enumerate(self.texts) if text != answer)
        n = others.bit_count()
        for constraint in constraints:
            others &= self.passing(constraint)
        return n, others.bit_count()


def _name(constraint: Constraint) -> tuple[str, bytes]:
    return constraint.id, orjson.dumps(constraint.args, option=orjson.OPT_SORT_KEYS)


def base_rates(asked: Iterable[Constraint], reference: Reference) -> dict[str, float]:
    """The base rate of each id: the mean over some of the arguments that the file asks it with; empty without texts."""
    short = reference.short(MARK_TEXTS)
    by_id: dict[str, dict[bytes, Constraint]] = {}
    for constraint in asked:
        place = hashlib.sha256(_name(constraint)[1]).digest()
        by_id.setdefault(constraint.id, {})[place] = constraint
    few = {id: [sets[place] for place in sorted(sets)[:MARK_SETS]] for id, sets in sorted(by_id.items())}
    short.measure(constraint for sets in few.values() for constraint in sets)
    return {id: math.fsum(map(short.rate, sets)) / len(sets) for id, sets in few.items() if short.texts}
