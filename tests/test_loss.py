"""The update's mathematics: by hand, against naive loops, and by laws."""

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from train import loss  # noqa: E402

tensor = torch.tensor
ESTIMATORS = ("reinforce++", "reinforce++-baseline", "grpo", "rloo", "dr-grpo")


def advantages(
    estimator: str,
    rewards: list[float],
    groups: list[int],
    lengths: list[int],
    replay: tuple[int, ...] = (),
    **more: Any,
) -> Any:
    rewards_N, longest = tensor(rewards), max(lengths)
    mask_NT = (torch.arange(longest)[None] < tensor(lengths)[:, None]).float()
    replay_N = torch.zeros(len(rewards), dtype=torch.bool)
    replay_N[list(replay)] = True
    return loss.advantages(estimator, rewards_N, tensor(groups), replay_N, mask_NT, **more)


def close(found: Any, expected: list[Any]) -> None:
    torch.testing.assert_close(found, tensor(expected), atol=1e-5, rtol=1e-5)


# ------------------------------------------------------------------------------------------------ advantages, by hand


def test_reinforce_plus_plus_whitens_over_tokens() -> None:
    """Tokens 1, 1 | 0: mean 2/3, var (2 * 1/9 + 4/9) / 2 = 1/3, so (1/3) / sqrt(1/3) = 0.57735 and -1.15470."""
    close(advantages("reinforce++", [1, 0.0], [0, 0], [2, 1]), [[0.57735, 0.57735], [-1.15470, 0]])


def test_reinforce_plus_plus_takes_kl_token_by_token() -> None:
    """Returns 1 - (.1 + .3) = .6, 1 - .3 = .7 | 0 - .2: mean .366667, var .486667 / 2, sd .493288."""
    kl = tensor([[0.1, 0.3], [0.2, math.nan]])
    found = advantages("reinforce++", [1, 0.0], [0, 0], [2, 1], kl_NT=kl, beta=1.0)
    close(found, [[0.473016, 0.675738], [-1.148754, 0]])


def test_replays_are_whitened_with_the_rest_as_released() -> None:
    """One token each, 0, 0, 1 and the replay's 1: mean 1/2, var 1/3. Without it: mean 1/3, var 1/3."""
    close(
        advantages("reinforce++", [0, 0, 1, 1.0], [0] * 4, [1] * 4, (3,)), [[-0.866025], [-0.866025]] + [[0.866025]] * 2
    )
    alone = advantages("reinforce++", [0, 0, 1, 1.0], [0] * 4, [1] * 4, (3,), replay_advantage=0.5)
    close(alone, [[-0.577350], [-0.577350], [1.154701], [0.5]])


def test_baseline_subtracts_the_group_first() -> None:
    """1, 0 | 1 (two tokens), 1: tokens .5, -.5, 0, 0, 0: mean 0, var .5 / 4, sd .353553."""
    found = advantages("reinforce++-baseline", [1, 0, 1, 1.0], [0, 0, 1, 1], [1, 1, 2, 1])
    close(found, [[1.414214, 0], [-1.414214, 0], [0, 0], [0, 0]])


@pytest.mark.parametrize(
    ("estimator", "first"),
    [
        ("grpo", [1.154701, -0.577350, -0.577350]),
        ("rloo", [1.0, -0.5, -0.5]),
        ("dr-grpo", [2 / 3, -1 / 3, -1 / 3]),
    ],
)
def test_group_estimators(estimator: str, first: list[float]) -> None:
    """1, 0, 0: mean 1/3, unbiased std sqrt((4/9 + 2/9) / 2) = .577350; the mean of the others is 0, 1/2, 1/2.

    The second group is all right and learns nothing. The replay (row 3) changes neither and has its reward.
    """
    found = advantages(estimator, [1, 0, 0, 1, 1, 1.0], [7, 7, 7, 7, 2, 2], [1] * 6, (3,))
    close(found[:, 0], [*first, 1.0, 0.0, 0.0])


@pytest.mark.parametrize("estimator", ["grpo", "rloo", "dr-grpo"])
def test_a_group_of_one_has_its_reward(estimator: str) -> None:
    close(advantages(estimator, [0.5, 1.0], [0, 1], [1, 1])[:, 0], [0.5, 1.0])


@pytest.mark.parametrize("estimator", ["grpo", "rloo", "dr-grpo"])
def test_kl_is_added_outside_the_group_statistics(estimator: str) -> None:
    """Equal rewards leave -beta * (.1 + .2), -.1 * .2 and -.1 * .3: small, whatever the group's std."""
    kl = tensor([[0.1, 0.2], [0.3, 0.0]])
    found = advantages(estimator, [0.0, 0.0], [0, 0], [2, 1], kl_NT=kl, beta=0.1)
    close(found, [[-0.03, -0.02], [-0.03, 0]])


def test_a_constant_replay_has_no_kl_and_its_weight_comes_last() -> None:
    kl = torch.full((3, 1), 0.5)
    found = advantages("dr-grpo", [1, 0, 1.0], [0] * 3, [1] * 3, (2,), kl_NT=kl, beta=1.0, replay_advantage=2.0)
    close(found, [[0.0], [-1.0], [2.0]])
    close(advantages("dr-grpo", [1, 0, 1.0], [0] * 3, [1] * 3, (2,), replay_weight=0.25), [[0.5], [-0.5], [0.25]])


@pytest.mark.parametrize("estimator", ["reinforce++", "reinforce++-baseline"])
@pytest.mark.parametrize("reward", [0.0, 0.3])
def test_a_batch_without_reward_variance_learns_nothing_from_the_noise_of_kl(estimator: str, reward: float) -> None:
    """KL of 1e-4 whitened is of order 1: the pitfall that keeps binary Reinforce++ at its start."""
    kl = 1e-4 * tensor([[1.0, 2.0], [-1.0, 1.0], [0.5, 3.0]])
    settings = {"rewards": [reward] * 3, "groups": [0, 0, 0], "lengths": [2, 2, 2], "kl_NT": kl, "beta": 1.0}
    assert advantages(estimator, **settings).abs().max() < 1e-6
    assert advantages(estimator, drop_kl_without_variance=False, **settings).abs().max() > 0.5


def test_groups_that_differ_but_do_not_vary_within_are_no_variance_for_the_baseline() -> None:
    kl = 1e-4 * tensor([[1.0], [2.0], [-1.0], [3.0]])
    found = advantages("reinforce++-baseline", [0, 0, 1, 1.0], [0, 0, 1, 1], [1] * 4, kl_NT=kl, beta=1.0)
    assert found.abs().max() < 1e-6


def test_an_unknown_estimator_is_named() -> None:
    with pytest.raises(ValueError, match=r"'ppo'; known are reinforce\+\+"):
        advantages("ppo", [1.0], [0], [1])


# --------------------------------------------------------------------------------------- loss, KL and weights, by hand


def test_policy_loss() -> None:
    """A rho: 1 * 1.5 -> -1.2 (clipped high); -1 * 5 -> 3 (dual); -1 * .5 -> .8 (clipped low); 1 * .5 -> -.5.

    Token mean (-1.2 + 3 + .8 - .5) / 4 = .525; by sequence ((-1.2 + 3 + .8) / 3 - .5) / 2 = .183333; with at most 5
    tokens, 2.1 / (2 * 5) = .21.
    """
    logp = tensor([[1.5, 5.0, 0.5], [0.5, 9.0, 9.0]]).log().requires_grad_()
    a, mask = tensor([[1.0, -1.0, -1.0], [1.0, 9.0, math.nan]]), tensor([[1, 1, 1], [1, 0, 0]])
    old = torch.zeros(2, 3)
    found, sums = loss.policy_loss(logp, old, a, mask)
    assert found.item() == pytest.approx(0.525)
    assert loss.policy_loss(logp, old, a, mask, how="sequence-mean")[0].item() == pytest.approx(0.1833333)
    total = loss.denominator(mask, "constant", length=5)
    assert loss.policy_loss(logp, old, a, mask, how="constant", total=total)[0].item() == pytest.approx(0.21)
    assert {name: round(value.item(), 4) for name, value in sums.items()} == {
        "tokens": 4.0,
        "clipped_low": 1.0,
        "clipped_high": 1.0,
        "clipped_dual": 1.0,
        "ratio": 7.5,
        "kl_old": round(sum(r - 1 - math.log(r) for r in (1.5, 5.0, 0.5, 0.5)), 4),
    }
    found.backward()
    close(logp.grad, [[0, 0, 0], [-0.125, 0, 0]])  # only the last has a gradient: -A rho / 4


def test_wider_upper_clip_no_dual_clip_and_weights() -> None:
    """-1.5 within (.8, 1.6); 5 unbounded; halved: (-.75 + 2.5) / 2 = .875."""
    logp, a, mask = tensor([[1.5, 5.0]]).log(), tensor([[1.0, -1.0]]), torch.ones(1, 2)
    weights = tensor([[0.5, 0.5]])
    found, _ = loss.policy_loss(logp, 0 * logp, a, mask, clip_high=0.6, dual_clip=None, weights_NT=weights)
    assert found.item() == pytest.approx(0.875)


def test_the_lower_clip_is_its_own() -> None:
    """A = -1: ratios .75 and .85 under (.9, 1.3) cost .9 each, and both bind; so does .5 under (.7, 1.3): .7."""
    a, mask = -torch.ones(1, 2), torch.ones(1, 2)
    found, sums = loss.policy_loss(tensor([[0.75, 0.85]]).log(), 0 * a, a, mask, clip_low=0.1, clip_high=0.3)
    assert found.item() == pytest.approx(0.9)
    assert (sums["clipped_low"].item(), sums["clipped_high"].item()) == (2, 0)
    assert loss.policy_loss(tensor([[0.5, 0.5]]).log(), 0 * a, a, mask, 0.3)[0].item() == pytest.approx(0.7)


def test_ratios_and_k3_stay_finite() -> None:
    """A log-ratio of 200 counts as 20 in the ratio, and k3 of -200 as 10."""
    far, zero, one = tensor([[200.0]]), torch.zeros(1, 1), torch.ones(1, 1)
    found, sums = loss.policy_loss(far, zero, -one, one, dual_clip=None)
    assert found.item() == sums["ratio"].item() == pytest.approx(math.exp(20))
    assert loss.kl("k3", -far, zero).item() == 10
    assert loss.importance_weights(far, zero, one, cap=math.inf).item() == pytest.approx(math.exp(20))


def test_rows_without_tokens_are_no_rows() -> None:
    mask = tensor([[1, 1], [0, 0], [1, 0]])
    assert [loss.denominator(mask, how, 5).item() for how in ("token-mean", "sequence-mean", "constant")] == [3, 2, 10]


def test_kl_estimators() -> None:
    """l = ln 2: k1 .693147, k2 .240227, k3 1/2 - 1 + ln 2 = .193147."""
    logp, ref = tensor([[0.5]]).log(), tensor([[0.25]]).log()
    found = [loss.kl(name, logp, ref).item() for name in ("k1", "k2", "k3")]
    assert found == pytest.approx([0.693147, 0.240227, 0.193147], abs=1e-6)


def test_the_gradient_of_k2_is_that_of_the_reverse_kl() -> None:
    """E_pi[grad k2] = sum_x pi (log pi/ref) grad log pi = grad KL(pi, ref); E_pi[grad k1] = 0. Over 3 words."""
    logits, ref = tensor([0.3, -1.0, 0.5]).double().requires_grad_(), tensor([0.2, 0.5, 0.3]).double().log()
    logp = logits.log_softmax(0)
    (expected,) = torch.autograd.grad((logp.exp() * (logp - ref)).sum(), logits, retain_graph=True)
    for name, wanted in (("k2", expected), ("k1", torch.zeros(3).double())):
        (found,) = torch.autograd.grad(
            (logp.exp().detach() * loss.kl(name, logp, ref)).sum(), logits, retain_graph=True
        )
        torch.testing.assert_close(found, wanted)


def test_importance_weights() -> None:
    """Ratios 3 and 1/2: 2 (capped) and .5; of the sequence 1.5; its geometric mean 1.224745."""
    logp, behavior, mask = tensor([[3.0, 0.5, 1.0]]).log(), tensor([[0.0, 0.0, math.nan]]), tensor([[1, 1, 0]])
    close(loss.importance_weights(logp, behavior, mask), [[2.0, 0.5, 0.0]])
    close(loss.importance_weights(logp, behavior, mask, cap=1.0), [[1.0, 0.5, 0.0]])
    close(loss.importance_weights(logp, behavior, mask, level="sequence"), [[1.5, 1.5, 0.0]])
    close(loss.importance_weights(logp, behavior, mask, level="sequence-mean"), [[1.224745, 1.224745, 0.0]])
    logp.requires_grad_()
    assert not loss.importance_weights(logp, behavior, mask).requires_grad


def test_the_constant_aggregate_asks_for_a_length() -> None:
    with pytest.raises(ValueError, match="pass length"):
        loss.denominator(torch.ones(1, 1), "constant")


# ---------------------------------------------------------------------------------------------------------------- laws


def batch(seed: int) -> dict[str, Any]:
    """Rewards in sevenths, 3 groups, some replays, ragged rows (some empty), and noise behind the mask."""
    g = torch.Generator().manual_seed(seed)
    n, t = 2 + seed % 9, 1 + seed % 6
    lengths = torch.randint(0, t + 1, (n, 1), generator=g)
    lengths[0] = t
    return {
        "rewards": torch.randint(0, 8, (n,), generator=g) / 7,
        "groups": torch.randint(0, 3, (n,), generator=g),
        "replay": torch.rand(n, generator=g) < 0.3,
        "mask": (torch.arange(t)[None] < lengths).float(),
        "kl": 0.1 * torch.randn(n, t, generator=g),
        "logp": -torch.rand(n, t, generator=g),
        "old": -torch.rand(n, t, generator=g),
        "a": torch.randn(n, t, generator=g),
    }


seeds = st.integers(0, 2**20)


@given(seeds, st.sampled_from(("reinforce++", "reinforce++-baseline")))
def test_whitened_advantages_have_mean_0_and_variance_1(seed: int, estimator: str) -> None:
    b = batch(seed)
    found = loss.advantages(estimator, b["rewards"], b["groups"], b["replay"], b["mask"], b["kl"], beta=0.1)
    kept = found[b["mask"].bool()].double()
    assert kept.mean().item() == pytest.approx(0, abs=1e-5)
    if kept.abs().max() > 1e-3:
        assert kept.var().item() == pytest.approx(1, abs=1e-2)


@given(seeds, st.floats(-5, 5), st.sampled_from(("reinforce++-baseline", "grpo", "rloo", "dr-grpo")))
def test_group_estimators_ignore_a_shift_of_all_rewards(seed: int, shift: float, estimator: str) -> None:
    """Of groups of two and more; without replays, whose reward is not compared with anything."""
    b = batch(seed)
    groups, none = torch.arange(len(b["rewards"])) // 2 * (len(b["rewards"]) % 2 == 0), torch.zeros_like(b["replay"])
    plain, moved = (loss.advantages(estimator, b["rewards"] + by, groups, none, b["mask"]) for by in (0.0, shift))
    torch.testing.assert_close(plain, moved, atol=1e-3, rtol=1e-3)


@given(seeds, st.sampled_from(ESTIMATORS), st.sampled_from((None, 1.0)))
def test_masked_tokens_never_matter(seed: int, estimator: str, constant: float | None) -> None:
    b = batch(seed)
    hole = b["mask"] == 0
    dirty = {name: b[name].masked_fill(hole, math.nan) for name in ("kl", "logp", "old", "a")}
    first, second = (
        loss.advantages(estimator, b["rewards"], b["groups"], b["replay"], b["mask"], x, 0.1, constant)
        for x in (b["kl"], dirty["kl"])
    )
    assert torch.equal(first, second)
    assert first[hole].abs().sum() == 0
    for how in ("token-mean", "sequence-mean"):
        grads, values = [], []
        for x in (b, dirty):
            logp = x["logp"].clone().requires_grad_()
            weights = loss.importance_weights(x["logp"], x["old"], b["mask"])
            value, _ = loss.policy_loss(logp, x["old"], x["a"], b["mask"], how=how, weights_NT=weights)
            value.backward()
            values.append(value.detach())
            grads.append(logp.grad)
        assert torch.equal(*values)
        assert torch.equal(*grads)


@given(seeds)
def test_inside_the_clip_the_loss_is_minus_a_rho(seed: int) -> None:
    b = batch(seed)
    old = b["logp"] + b["kl"].clamp(-0.18, 0.18)
    found, sums = loss.policy_loss(b["logp"], old, b["a"], b["mask"])
    expected = -(b["a"] * (b["logp"] - old).exp() * b["mask"]).sum() / b["mask"].sum()
    torch.testing.assert_close(found, expected)
    assert sums["clipped_low"] + sums["clipped_high"] + sums["clipped_dual"] == 0


@given(seeds)
def test_k2_and_k3_are_never_negative(seed: int) -> None:
    b = batch(seed)
    for scale in (1e-4, 1.0, 100.0):
        assert loss.kl("k3", scale * b["logp"], scale * b["old"]).min() >= 0
        assert loss.kl("k2", scale * b["logp"], scale * b["old"]).min() >= 0


@settings(max_examples=50)
@given(seeds, st.sampled_from(("token-mean", "sequence-mean", "constant")), st.integers(1, 4))
def test_micro_batches_sum_to_the_batch(seed: int, how: Any, size: int) -> None:
    """Each cut to its own longest row, as a loop does it; loss, gradient, KL and sums are those of the whole."""
    b = batch(seed)
    total = loss.denominator(b["mask"], how, length=8)

    def step(rows: Any) -> tuple[Any, Any, dict[str, Any]]:
        width = max(1, int(b["mask"][rows].sum(1).max()))
        cut = {name: b[name][rows, :width] for name in ("old", "a", "mask")}
        logp = b["logp"].clone().requires_grad_()
        here = logp[rows, :width]
        found, sums = loss.policy_loss(here, cut["old"], cut["a"], cut["mask"], how=how, total=total)
        found = found + 0.1 * loss.aggregate(loss.kl("k3", here, cut["old"]), cut["mask"], how, total)
        found.backward()
        return found.detach(), logp.grad, sums

    whole, grad, sums = step(torch.arange(len(b["mask"])))
    parts = [step(rows) for rows in torch.arange(len(b["mask"])).split(size)]
    torch.testing.assert_close(sum(part[0] for part in parts), whole)
    torch.testing.assert_close(sum(part[1] for part in parts), grad)
    for name, value in sums.items():
        torch.testing.assert_close(sum(part[2][name] for part in parts), value)


@given(seeds)
def test_reinforce_plus_plus_is_the_naive_loop(seed: int) -> None:
    """verl's recurrence, G_t = rho_t + G_{t+1} from the last token back, then whitening, token by token in Python."""
    b = batch(seed)
    returns: dict[tuple[int, int], float] = {}
    for i, row in enumerate(b["mask"].tolist()):
        running, last = 0.0, int(sum(row)) - 1
        for t in range(last, -1, -1):
            running += -0.1 * b["kl"][i, t].item() + (b["rewards"][i].item() if t == last else 0.0)
            returns[i, t] = running
    if len(returns) < 2 or len({b["rewards"][i].item() for i, _ in returns}) < 2:
        return
    mean = sum(returns.values()) / len(returns)
    var = sum((g - mean) ** 2 for g in returns.values()) / (len(returns) - 1)
    found = loss.advantages("reinforce++", b["rewards"], b["groups"], b["replay"], b["mask"], b["kl"], beta=0.1)
    for (i, t), value in returns.items():
        assert found[i, t].item() == pytest.approx((value - mean) / math.sqrt(var + 1e-8), abs=1e-4)


@pytest.mark.filterwarnings("ignore")  # of verl and what it imports, other ones with each version
@pytest.mark.parametrize("seed", [4, 17, 26, 35])
def test_verl_says_the_same(seed: int) -> None:
    """Its own functions, where verl 0.9 is installed: advantages (KL in the reward of the first), loss, KL."""
    verl = pytest.importorskip("verl.trainer.ppo.core_algos", reason="verl is in no extra: it wants Ray and vLLM")
    from types import SimpleNamespace

    b = batch(seed)
    b["mask"][:, 0] = 1  # verl has no empty rows
    n, last = len(b["mask"]), b["mask"].sum(1).long() - 1
    none = torch.zeros(n, dtype=torch.bool)
    rho = torch.zeros_like(b["mask"])
    rho[torch.arange(n), last] = b["rewards"]
    index = b["groups"].numpy()
    with_kl, _ = verl.compute_reinforce_plus_plus_outcome_advantage(
        rho - 0.1 * b["kl"] * b["mask"], b["mask"], SimpleNamespace(gamma=1.0)
    )
    theirs = {
        "reinforce++-baseline": verl.compute_reinforce_plus_plus_baseline_outcome_advantage(rho, b["mask"], index),
        "grpo": verl.compute_grpo_outcome_advantage(rho, b["mask"], index),
        "dr-grpo": verl.compute_grpo_outcome_advantage(rho, b["mask"], index, norm_adv_by_std_in_grpo=False),
        "rloo": verl.compute_rloo_outcome_advantage(rho, b["mask"], index),
    }
    ours = loss.advantages("reinforce++", b["rewards"], b["groups"], none, b["mask"], b["kl"], 0.1)
    torch.testing.assert_close(ours, with_kl * b["mask"], atol=1e-4, rtol=1e-3)
    for name, (expected, _) in theirs.items():
        found = loss.advantages(name, b["rewards"], b["groups"], none, b["mask"])
        torch.testing.assert_close(found, expected * b["mask"], atol=1e-4, rtol=1e-3)
    for how, name in (("token-mean", "token-mean"), ("sequence-mean", "seq-mean-token-mean")):
        expected, *_ = verl.compute_policy_loss(
            b["old"], b["logp"], b["a"], b["mask"], 0.2, 0.1, 0.3, loss_agg_mode=name
        )
        found, _ = loss.policy_loss(b["logp"], b["old"], b["a"], b["mask"], 0.1, 0.3, how=how)
        torch.testing.assert_close(found, expected)
    for name, theirs_name in (("k1", "kl"), ("k2", "mse"), ("k3", "low_var_kl")):
        torch.testing.assert_close(
            loss.kl(name, b["logp"], b["old"]), verl.kl_penalty_forward(b["logp"], b["old"], theirs_name)
        )
