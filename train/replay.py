"""Failures told as successes, inside the loop: which of a step's responses, and under which instruction.

Selection, hindsight, rewriting and guards are hirkit's own; here is only how a step of training uses them. Never
replayed: a response that was cut off, one with an error verdict, one that is degenerate or repeats another, and one
whose rewritten instruction cannot be had with certainty or is not verified again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from hirkit import guards
from hirkit.records import Instruction, Scored, Selection
from hirkit.rewrite import rewrite
from hirkit.select import candidate, rank
from hirkit.span import Refused
from hirkit.strategies import drop, relax
from hirkit.verify import verify
from hirkit.workers import Died, Workers
from train import config
from train.data import derive

Groups = Sequence[Sequence[int]]
"""The responses of each instruction, by their places among those of the step."""


def candidates(scored: Sequence[Scored], groups: Groups, min_kept: int) -> list[list[int]]:
    """The partial failures of each group that may be replayed."""
    found = []
    for group in groups:
        usable = [i for i in group if _usable(scored[i], min_kept)]
        again = guards.duplicates([scored[i] for i in usable])
        found.append([i for i in usable if scored[i].response.sample not in again])
    return found


def _usable(scored: Scored, min_kept: int) -> bool:
    return (
        not scored.followed_all
        and sum(scored.kept) >= min_kept
        and not scored.errors
        and guards.turned_away(scored, guards.NAMES) is None
    )


def choose(
    scored: Sequence[Scored], groups: Groups, hir: config.Hir, k: int, step: int, seed: int
) -> list[tuple[int, Selection]]:
    """The ``k`` best of each group, or as many of the whole batch, by the measure that ``hir.replay`` names.

    ``entropy`` is F with a lambda of 0; ``integrity`` is F without F_div; ``score`` has both.
    """
    if hir.replay == "none" or k == 0:
        return []
    found = candidates(scored, groups, hir.min_kept)
    pools, budget = ([[i for group in found for i in group]], k * len(groups)) if hir.scope == "batch" else (found, k)
    lambda0 = 0.0 if hir.replay == "entropy" else hir.lambda0
    ties = derive(seed, "ties", step)
    chosen = []
    for pool in pools:
        seen = [candidate(scored[i]) for i in pool]
        if hir.replay == "integrity":
            seen = [replace(one, diversity={}) for one in seen]
        ranked = rank(seen, budget, lambda0, hir.eta, step - 1, ties, hir.replay == "random")
        chosen += [(pool[i], selection) for i, selection in ranked]
    return chosen


def short_by(scored: Sequence[Scored], groups: Groups, hir: config.Hir) -> int:
    """How many more rollouts of each instruction make up for partial failures that are missing ("ReGen"); at most k."""
    if not hir.refill or hir.replay == "none":
        return 0
    missing = hir.k * len(groups) - sum(map(len, candidates(scored, groups, hir.min_kept)))
    return min(hir.k, max(0, math.ceil(missing / len(groups))))


def telling(workers: Workers, scored: Scored, how: str, rules: str, seed: int) -> Callable[[], Instruction | str]:
    """Begin to tell; what is returned waits for what ``tell`` says."""
    wait = workers.submit(tell, scored, how, rules, seed)

    def told() -> Instruction | str:
        try:
            return wait()
        except Died as err:
            return str(err)

    return told


def tell(scored: Scored, how: str, rules: str, seed: int) -> Instruction | str:
    """The instruction that the response follows, or why there is none.

    The controls are wrong on purpose: the original instruction, or one that keeps as many constraints, any of them.
    """
    if how == "control-original":
        return scored.instruction
    if how == "control-random":
        chance = Random(derive(seed, str(scored.instruction.key), scored.response.sample))
        kept = set(chance.sample(range(len(scored.kept)), sum(scored.kept)))
        hindsight = tuple(c if i in kept else None for i, c in enumerate(scored.instruction.constraints))
    else:
        hindsight = relax(scored, rules) if how == "relax" else drop(scored)
    rewritten = rewrite(scored.instruction, hindsight, rules=rules)
    if isinstance(rewritten, Refused):
        return rewritten.reason
    if how in ("drop", "relax") and not all(
        judgement.strict for judgement in verify(rewritten[0], scored.response.answer, rules, loose=False)
    ):
        return "not verified again"
    return rewritten[0]
