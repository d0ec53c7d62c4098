"""Which failed responses are worth replaying: HiR's F(y) = F_div(y) + lambda * F_int(y), the top k of each group.

F_int is the share of constraints satisfied; F_div the mean token entropy of the policy along the response, or minus the
mean log-probability where only that is known; lambda = lambda0 * (1 + eta)^step grows with training, from
diversity to integrity (arXiv 2512.23457). Candidates are *partial* failures (0 < F_int < 1), as in the released code.
The paper takes k of each instruction, the released code k times as many as there are instructions out of all of them.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hirkit.records import Key, Scored, Selection

DIVERSITY = {"score_model": 1.0, "entropy": 1.0, "logprobs": -1.0}
"""What may stand for F_div, the better first, and its sign: the mean token entropy that ``--score-model`` computed, or
that the row carries, in nats; the mean log-probability of the row's tokens.
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What selection looks at in a response: F_int of so many constraints, and what may stand for F_div."""

    key: Key
    sample: int
    f_int: float
    constraints: int
    diversity: Mapping[str, float]


def candidate(scored: Scored) -> Candidate:
    """A scored response as selection sees it."""
    meta = scored.response.meta
    diversity = {name: meta[name] for name in DIVERSITY if name in meta}
    return Candidate(scored.instruction.key, scored.response.sample, scored.cla, len(scored.judgements), diversity)


def lambda_at(step: int, lambda0: float, eta: float) -> float:
    """lambda0 * (1 + eta)^step, infinite where no float can hold it.

    >>> lambda_at(0, 2.0, 0.05), round(lambda_at(50, 2.0, 0.05), 2), lambda_at(20_000, 2.0, 0.05)
    (2.0, 22.93, inf)
    """
    try:
        return lambda0 * (1 + eta) ** step
    except OverflowError:
        return math.inf if lambda0 else 0.0


def rank(
    group: Sequence[Candidate],
    k: int,
    lambda0: float = 2.0,
    eta: float = 0.05,
    step: int = 0,
    seed: int = 0,
    at_random: bool = False,
) -> list[tuple[int, Selection]]:
    """The places of the k best in a group (of one instruction, or of a whole batch), best first, or of any k
    ``at_random``; and why.

    F_div counts only where every candidate carries the same measure of it: means of different things do not compare.
    Ties are broken by a hash of seed, key and sample, so that neither file order nor machine matters.
    """
    if not group:
        return []
    source = next((name for name in DIVERSITY if all(name in one.diversity for one in group)), None)
    f_div = [DIVERSITY[source] * one.diversity[source] if source else None for one in group]
    lambda_ = lambda_at(step, lambda0, eta)
    weight = _enough(lambda_, group, f_div)

    def best_first(i: int) -> tuple[float, bytes]:
        worth = 0.0 if at_random else (f_div[i] or 0.0) + weight * group[i].f_int
        return -worth, _draw(group[i], seed)

    order = sorted(range(len(group)), key=best_first)[:k]
    return [(i, Selection(group[i].f_int, f_div[i], source, lambda_, step, place)) for place, i in enumerate(order)]


def _enough(lambda_: float, group: Sequence[Candidate], f_div: Sequence[float | None]) -> float:
    """Lambda, but no larger than it takes to put F_int first: beyond that the order is the same for every lambda.

    Two different F_int of n constraints are at least 1/n apart (of n and m constraints, 1/nm), so from a lambda of n
    (nm) times the spread of F_div on, F_div only breaks ties. A lambda of 1e28 would lose it in rounding.
    """
    sizes = {one.constraints for one in group}
    finest = max(sizes) * (max(sizes) if len(sizes) > 1 else 1)
    known = [value for value in f_div if value is not None]
    spread = max(known) - min(known) if known else 0.0
    return min(lambda_, 2 * finest * (spread + 1.0))


def _draw(one: Candidate, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\0{one.key}\0{one.sample}".encode()).digest()
