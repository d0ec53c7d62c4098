"""The mathematics of the update: advantages, the clipped loss, KL, importance weights. Pure functions of tensors.

N rows of T response tokens: fresh rollouts and replays, padded anywhere; ``mask_NT`` is 1 on the tokens that were
sampled (the end of sequence included), and what stands at the others, NaN too, never matters. Statistics are taken in
double precision, so that a group of equal rewards has an advantage of 0, not of its rounding noise divided by 1e-6.

Left out: discounting (gamma is 1), value functions, entropy bonuses, sequence-level ratios. Advantages need the whole
batch, of all ranks; the loss does not: given the batch's ``denominator``, the losses (and gradients) of micro-batches
sum to that of the batch. Trainers that average gradients over ranks multiply by their number.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor

Estimator = Literal["reinforce++", "reinforce++-baseline", "grpo", "rloo", "dr-grpo"]
Aggregate = Literal["token-mean", "sequence-mean", "constant"]
KL = Literal["k1", "k2", "k3"]
Level = Literal["token", "sequence", "sequence-mean"]

WHITENED = ("reinforce++", "reinforce++-baseline")
"""The estimators that whiten over all tokens of the batch; the others compare within a group only."""
NO_SPREAD = 1e-9
"""Outcomes closer together than this are equal."""


def advantages(
    estimator: Estimator,
    rewards_N: Tensor,
    groups_N: Tensor,
    replay_N: Tensor,
    mask_NT: Tensor,
    kl_NT: Tensor | None = None,
    beta: float = 0.0,
    replay_advantage: float | None = None,
    replay_weight: float = 1.0,
    drop_kl_without_variance: bool = True,
) -> Tensor:
    """The advantage of every token, 0 where masked.

    - ``reinforce++`` (arXiv 2501.03262): the return from a token on, G_t = r - beta * sum of kl from t to the end,
      whitened over all tokens of the batch, replays among them (as HiR's released code and verl have it).
    - ``reinforce++-baseline`` (the same paper): r minus its group's mean in the place of r.
    - ``grpo`` (arXiv 2402.03300, 4.1.2): (r - mean) / (std + 1e-6) of the group, std unbiased.
    - ``rloo`` (arXiv 2402.14740): r minus the mean of the others, (r - mean) * n / (n - 1).
    - ``dr-grpo`` (arXiv 2503.20783): r - mean.

    A replay is asked another question than its group, so it is a group of its own, and a group of one has its reward
    for advantage (as in verl). With ``replay_advantage`` set, replays have that constant, no KL, and no part in the
    whitening. ``replay_weight`` multiplies the advantages of replays at the very end.

    ``kl_NT`` is the KL that goes into the reward (k1, usually). It is added after the group's statistics, which would
    blow it up where rewards are equal. Whitening does the same to a batch whose outcomes are all equal: there nothing
    but KL is left, and whitening makes it as large as any reward; ``drop_kl_without_variance`` leaves it out then.
    """
    if estimator not in get_args(Estimator):
        raise ValueError(f"unknown estimator {estimator!r}; known are {', '.join(get_args(Estimator))}")
    constant_N = replay_N.bool() & (replay_advantage is not None)
    outcome_N = rewards_N.double() if estimator == "reinforce++" else outcomes(estimator, rewards_N, groups_N, replay_N)
    counted_NT = mask_NT.bool() & ~constant_N[:, None]
    returns_NT = outcome_N[:, None].expand(mask_NT.shape)
    if kl_NT is not None and not (
        drop_kl_without_variance and estimator in WHITENED and spread(returns_NT, counted_NT) < NO_SPREAD
    ):
        returns_NT = returns_NT - beta * to_go(kl_NT, mask_NT)
    if estimator in WHITENED:
        returns_NT = whiten(returns_NT, counted_NT)
    if replay_advantage is not None:
        returns_NT = torch.where(constant_N[:, None], replay_advantage, returns_NT)
    returns_NT = torch.where(replay_N.bool()[:, None], replay_weight * returns_NT, returns_NT)
    return torch.where(mask_NT.bool(), returns_NT, 0.0).to(rewards_N.dtype)


def outcomes(estimator: Estimator, rewards_N: Tensor, groups_N: Tensor, replay_N: Tensor) -> Tensor:
    """Each reward against those of its group. Replays, and groups of one, keep their reward."""
    rewards_N, fresh_N = rewards_N.double(), (~replay_N.bool()).double()
    group_N = torch.unique(groups_N, return_inverse=True)[1]
    size_N = _over_group(fresh_N, group_N)
    centred_N = rewards_N - _over_group(rewards_N * fresh_N, group_N) / size_N.clamp(min=1)
    others_N = (size_N - 1).clamp(min=1)
    against_N = centred_N
    if estimator == "grpo":
        variance_N = _over_group(centred_N.square() * fresh_N, group_N) / others_N
        against_N = centred_N / (variance_N.sqrt() + 1e-6)
    if estimator == "rloo":
        against_N = centred_N * size_N / others_N
    return torch.where(replay_N.bool() | (size_N < 2), rewards_N, against_N)


def _over_group(values_N: Tensor, group_N: Tensor) -> Tensor:
    """The sum over its group, for every row."""
    return torch.zeros_like(values_N).index_add(0, group_N, values_N)[group_N]


def to_go(values_NT: Tensor, mask_NT: Tensor) -> Tensor:
    """The sum from each token on, masked tokens adding nothing."""
    return torch.where(mask_NT.bool(), values_NT.double(), 0.0).flip(1).cumsum(1).flip(1)


def whiten(values_NT: Tensor, mask_NT: Tensor) -> Tensor:
    """(x - mean) / sqrt(var + 1e-8) over the tokens of the mask, var with Bessel's correction; others are 0."""
    counted, n = mask_NT.bool(), mask_NT.sum()
    values_NT = torch.where(counted, values_NT, 0.0)
    centred_NT = torch.where(counted, values_NT - values_NT.sum() / n.clamp(min=1), 0.0)
    return centred_NT * torch.rsqrt(centred_NT.square().sum() / (n - 1).clamp(min=1) + 1e-8)


def spread(values_NT: Tensor, mask_NT: Tensor) -> float:
    """Largest minus smallest over the tokens of the mask; 0 where there are none."""
    kept = values_NT[mask_NT.bool()]
    return float(kept.max() - kept.min()) if kept.numel() else 0.0


def kl(estimator: KL, logp_NT: Tensor, ref_NT: Tensor) -> Tensor:
    """Schulman's estimators of KL(pi, pi_ref) for tokens sampled from pi, with l = log pi - log pi_ref.

    k1 = l is unbiased and belongs in the reward; k2 = l^2 / 2 is the one whose gradient, as a loss, is that of the
    KL on policy; k3 = exp(-l) - 1 + l (arXiv 2402.03300, eq. 4) is unbiased and never negative. l is held within
    +-20 and k3 below 10, as in verl.
    """
    l_NT = logp_NT - ref_NT
    if estimator == "k1":
        return l_NT
    if estimator == "k2":
        return l_NT.square() / 2
    l_NT = l_NT.clamp(-20, 20)
    return (torch.expm1(-l_NT) + l_NT).clamp(0, 10)


def policy_loss(
    logp_NT: Tensor,
    old_NT: Tensor,
    advantages_NT: Tensor,
    mask_NT: Tensor,
    clip_low: float = 0.2,
    clip_high: float = 0.2,
    dual_clip: float | None = 3.0,
    how: Aggregate = "token-mean",
    weights_NT: Tensor | None = None,
    total: Tensor | float | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """PPO's clipped loss (arXiv 1707.06347, eq. 7) and what happened in it, as sums over tokens.

    With ratio rho = exp(log pi - log pi_old), its exponent held within +-20, a token's loss is the larger of -A rho
    and -A clip(rho, 1 - clip_low, 1 + clip_high) (two bounds: DAPO, arXiv 2503.14476); where A < 0 it is at most
    -dual_clip * A (arXiv 1912.09729). ``weights_NT`` multiplies it. Without ``total`` the rows are a whole batch.

    The sums, for adding up over micro-batches and ranks and dividing by their ``tokens``: ``clipped_low``,
    ``clipped_high`` and ``clipped_dual`` (tokens without gradient for that reason), ``ratio``, and ``kl_old`` (k3).
    """
    mask, a_NT = mask_NT.bool(), torch.where(mask_NT.bool(), advantages_NT, 0.0)
    ratio_NT = torch.where(mask, logp_NT - old_NT, 0.0).clamp(-20, 20).exp()
    plain_NT, clipped_NT = -a_NT * ratio_NT, -a_NT * ratio_NT.clamp(1 - clip_low, 1 + clip_high)
    loss_NT = torch.maximum(plain_NT, clipped_NT)
    binds_NT = clipped_NT > plain_NT
    dual_NT = torch.zeros_like(mask)
    if dual_clip is not None:
        dual_NT = (a_NT < 0) & (loss_NT > -dual_clip * a_NT)
        loss_NT = torch.where(dual_NT, -dual_clip * a_NT, loss_NT)
    loss = aggregate(loss_NT if weights_NT is None else loss_NT * weights_NT, mask_NT, how, total)
    sums = {
        "tokens": mask.sum(),
        "clipped_low": (binds_NT & (a_NT < 0)).sum(),
        "clipped_high": (binds_NT & (a_NT > 0)).sum(),
        "clipped_dual": dual_NT.sum(),
        "ratio": ratio_NT[mask].sum(),
        "kl_old": kl("k3", old_NT, logp_NT)[mask].sum(),
    }
    return loss, {name: value.detach().float() for name, value in sums.items()}


def aggregate(values_NT: Tensor, mask_NT: Tensor, how: Aggregate, total: Tensor | float | None = None) -> Tensor:
    """One number of many tokens: their sum, or with ``sequence-mean`` the sum of the rows' means, over ``total``."""
    total = denominator(mask_NT, how) if total is None else total
    values_NT = torch.where(mask_NT.bool(), values_NT, 0.0)
    if how == "sequence-mean":
        values_NT = values_NT / mask_NT.sum(1, keepdim=True).clamp(min=1)
    return values_NT.sum() / total


def denominator(mask_NT: Tensor, how: Aggregate, length: int | None = None) -> Tensor:
    """What the losses of a batch are divided by. Sums over micro-batches and ranks; rows without a token count nothing.

    ``token-mean`` (DAPO): tokens. ``sequence-mean`` (GRPO): rows. ``constant`` (Dr. GRPO): rows times ``length``, the
    most tokens that a response may have, so that a long failure weighs no less by the token.
    """
    if how == "token-mean":
        return mask_NT.sum()
    rows = mask_NT.bool().any(1).sum()
    if how == "sequence-mean":
        return rows
    if length is None:
        raise ValueError("the aggregate 'constant' needs the most tokens a response may have; pass length")
    return rows * length


def importance_weights(
    logp_NT: Tensor, behavior_NT: Tensor, mask_NT: Tensor, cap: float = 2.0, level: Level = "token"
) -> Tensor:
    """min(cap, pi / pi_behavior), without gradient: truncated importance weights, 0 where masked.

    For rollouts of another engine, ``logp_NT`` is the trainer's at the time and ``behavior_NT`` the engine's own
    (Yao et al. 2025, "Your efficient RL framework secretly brings you off-policy RL training"). For replays of an
    earlier policy, from a file, ``behavior_NT`` is what was recorded then; a cap of 1 only ever turns them down.
    The ratio is a token's; the whole ``sequence``'s, unbiased and wild; or ``sequence-mean``, its geometric mean by
    token (arXiv 2507.18071, eq. 7).
    """
    l_NT = torch.where(mask_NT.bool(), logp_NT.detach() - behavior_NT, 0.0)
    if level != "token":
        l_NT = l_NT.sum(1, keepdim=True).expand(l_NT.shape)
    if level == "sequence-mean":
        l_NT = l_NT / mask_NT.sum(1, keepdim=True).clamp(min=1)
    return torch.where(mask_NT.bool(), l_NT.clamp(-20, 20).exp().clamp(max=cap), 0.0)
