"""Failures told as successes, inside the loop: which of a step's responses, and under which instruction.

Selection, hindsight, rewriting and guards are hirkit's own; here is only how a step of training uses them. Never
replayed: a response that was cut off, one with an error verdict, one that is degenerate or repeats another, and one
whose rewritten instruction cannot be had with certainty or is not verified again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hirkit import relabel
from hirkit.records import Instruction, Scored, Selection
from hirkit.rewrite import rewrite
from hirkit.select import candidate, rank
from hirkit.span import Refused
from train import config
from train.data import derive

Groups = Sequence[Sequence[int]]
"""The responses of each instruction, by their places among those of the step."""


def candidates(scored: Sequence[Scored], groups: Groups, min_kept: int) -> list[list[int]]:
    """The partial failures of each group that may be replayed."""
    plan = relabel.Plan(min_kept=min_kept)
    sifted = [zip(group, relabel.sift([scored[i] for i in group], plan), strict=True) for group in groups]
    return [[i for i, one in group if one.out is None] for group in sifted]


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


def tell(scored: Scored, selection: Selection, how: str, rules: str, seed: int) -> Instruction | str:
    """The instruction that the response follows, or why there is none. Where nothing relaxes, what failed is dropped.

    The controls are wrong on purpose, so neither is verified again: see ``control``.
    """
    if how.startswith("control"):
        return control(scored, how, rules, seed)
    plan = relabel.Plan(rules)
    record = relabel.tell(scored, selection, plan, how)
    if isinstance(record, relabel.Dropped) and record.reason == "nothing to relax":
        record = relabel.tell(scored, selection, plan, "drop")
    return f"{record.reason}: {record.detail}" if isinstance(record, relabel.Dropped) else record.hindsight


def control(scored: Scored, how: str, rules: str, seed: int) -> Instruction | str:
    """The original instruction, or one that keeps as many constraints as the response does, any of them."""
    if how == "control-original":
        return scored.instruction
    chance = Random(derive(seed, str(scored.instruction.key), scored.response.sample))
    kept = set(chance.sample(range(len(scored.kept)), sum(scored.kept)))
    hindsight = [c if i in kept else None for i, c in enumerate(scored.instruction.constraints)]
    rewritten = rewrite(scored.instruction, hindsight, rules=rules)
    return rewritten.reason if isinstance(rewritten, Refused) else rewritten[0]
