"""Selection: the paper's argmax, by hand and at every step."""

import random
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints import Constraint, Verdict
from hirkit.records import Instruction, Judgement, Response, Scored, Selection
from hirkit.select import candidate, lambda_at, rank


def scored(sample: int, kept: int, of: int, **meta: float) -> Scored:
    verdicts = [Verdict("pass")] * kept + [Verdict("fail")] * (of - kept)
    judgements = tuple(Judgement(Constraint("x:y"), v, v, 1) for v in verdicts)
    return Scored(Instruction(1, "Do.", ()), Response("text", sample, meta), judgements)


def best(group: list[Scored], **settings: float) -> list[tuple[int, Selection]]:
    return [(group[i].response.sample, selection) for i, selection in rank([*map(candidate, group)], **settings)]


def samples(group: list[Scored], **settings: float) -> list[int]:
    return [sample for sample, _ in best(group, **settings)]


def test_f_by_hand() -> None:
    """lambda = 2. F: 0.9 + 2/4 = 1.4; 0.2 + 2 * 2/4 = 1.2; 0.1 + 2 * 3/4 = 1.6."""
    group = [scored(0, 1, 4, entropy=0.9), scored(1, 2, 4, entropy=0.2), scored(2, 3, 4, entropy=0.1)]
    assert samples(group, k=2) == [2, 0]
    assert samples(group, k=9) == [2, 0, 1]
    (first, selection), _ = best(group, k=2)
    assert first == 2
    assert (selection.f_int, selection.f_div, selection.f_div_from) == (0.75, 0.1, "entropy")
    assert (selection.lambda_, selection.rank) == (2.0, 0)


def test_lambda_grows_from_diversity_to_integrity() -> None:
    """F at lambda 2: 1.9 + 2/4 = 2.4 beats 0.1 + 2 * 3/4 = 1.6; at step 50 (22.93): 7.6 loses to 17.3."""
    group = [scored(0, 1, 4, entropy=1.9), scored(1, 3, 4, entropy=0.1)]
    assert samples(group, k=1) == [0]
    assert samples(group, k=1, step=50) == [1]


def test_minus_log_probability_stands_in_for_entropy_and_is_named() -> None:
    group = [scored(0, 1, 2, logprobs=-0.5), scored(1, 1, 2, logprobs=-1.5)]
    (first, selection), _ = best(group, k=2)
    assert (first, selection.f_div, selection.f_div_from) == (1, 1.5, "logprobs")


def test_diversity_is_left_out_unless_every_candidate_has_it() -> None:
    group = [scored(0, 1, 3, entropy=99.0), scored(1, 2, 3)]
    (first, selection), _ = best(group, k=2)
    assert (first, selection.f_div, selection.f_div_from) == (1, None, None)


@pytest.mark.parametrize("step", [1, 100, 10_000, 1_000_000])
def test_entropy_breaks_ties_at_every_step(step: int) -> None:
    """At step 10,000 lambda is 1e212: added to it, an entropy of 0.3 would be lost."""
    group = [scored(0, 1, 3, entropy=0.1), scored(1, 2, 3, entropy=0.3), scored(2, 2, 3, entropy=0.300001)]
    assert samples(group, k=3, step=step)[:2] == ([2, 1] if step > 0 else [])


def test_ties_do_not_depend_on_file_order_but_on_the_seed() -> None:
    group = [scored(i, 1, 2) for i in range(6)]
    assert samples(group, k=3) == samples(group[::-1], k=3)
    assert len({tuple(samples(group, k=3, seed=seed)) for seed in range(20)}) > 1


def test_nothing_to_select_from() -> None:
    assert rank([], k=2) == []


def test_lambda_is_never_more_than_it_can_be() -> None:
    """2 * 1.05^(10^9) is beyond any float; 0 times as much is still 0, and entropy alone decides."""
    assert lambda_at(10**9, 2.0, 0.05) == float("inf")
    assert lambda_at(10**9, 0.0, 0.05) == 0.0
    group = [scored(0, 1, 3, entropy=0.2), scored(1, 2, 3, entropy=0.1)]
    assert samples(group, k=2, step=10**9, lambda0=0.0) == [0, 1]


candidates = st.tuples(st.integers(1, 4), st.integers(5, 9), st.integers(0, 400))


@given(st.lists(candidates, min_size=1, max_size=6), st.integers(1, 3), st.sampled_from([0, 1, 20, 100, 10_000]))
def test_law_no_other_k_responses_have_a_larger_sum(parts: list[tuple[int, int, int]], k: int, step: int) -> None:
    """Brute force over every subset, as the paper writes it: T = argmax over |T| = k of the sum of F.

    In fractions, which lose nothing at any step, and over instructions of different lengths, as in a batch.
    """
    group = [scored(i, kept, of, entropy=hundredths / 100) for i, (kept, of, hundredths) in enumerate(parts)]
    k = min(k, len(group))
    lambda_ = 2 * Fraction(21, 20) ** step
    worth = [Fraction(scored.response.meta["entropy"]) + lambda_ * Fraction(kept, of)
             for scored, (kept, of, _) in zip(group, parts, strict=True)]  # fmt: skip
    best = max(sum(subset) for subset in combinations(worth, k))
    found = sum(worth[i] for i in samples(group, k=k, step=step))
    assert best - found <= Fraction(1, 10**9)  # absolute, however large F is: two that differ by rounding are a tie


@pytest.mark.parametrize("step", [1, 100, 10_000])
def test_a_thousand_random_groups_by_brute_force(step: int) -> None:
    """The paper's argmax over all subsets of size k, written once more, in whole numbers: F times 27,720,000 * 20^step.

    27,720 is a multiple of every number of constraints from 1 to 12; entropies are thousandths.
    """
    chance = random.Random(step)
    for _ in range(1000):
        of = chance.randint(2, 12)
        parts = [(chance.randint(1, of - 1), chance.randint(0, 4000)) for _ in range(chance.randint(1, 7))]
        k = min(chance.randint(1, 3), len(parts))
        worth = [27_720 * 20**step * h + 2 * 21**step * 27_720_000 // of * kept for kept, h in parts]
        best = max(sum(subset) for subset in combinations(worth, k))
        group = [scored(i, kept, of, entropy=h / 1000) for i, (kept, h) in enumerate(parts)]
        assert sum(worth[i] for i in samples(group, k=k, step=step)) == best


@pytest.mark.parametrize(("step", "order"), [(1, [1, 2, 0]), (100, [2, 1, 0]), (10_000, [2, 1, 0])])
def test_at_no_step_is_anything_lost(step: int, order: list[int]) -> None:
    """F at step 1 (lambda 2.1): 0.1 + 1.05 = 1.15; 0.2 + 1.05 = 1.25; 0 + 2.1 * 5/9 = 1.17. Later 5/9 is first, and of
    1/2 and 4/8, which are the same, the larger entropy, by whatever lambda they are multiplied.
    """
    group = [scored(0, 1, 2, entropy=0.1), scored(1, 4, 8, entropy=0.2), scored(2, 5, 9, entropy=0.0)]
    assert samples(group, k=3, step=step) == order
