"""What an update is made on: fresh responses, their replays, records from a file; and the update."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from hirkit.jsonl import atomic, encode
from hirkit.records import UserError
from train import config, loss
from train.attempts import Attempt
from train.data import Stored, Tokens, derive
from train.model import Learner, NotFinite, Objective, Pair, rank


@dataclass(frozen=True, slots=True)
class Row:
    """A prompt with a response, its reward, and token by token the log-probabilities that it is held against.

    ``group`` is that of the rewards it is compared with; a replay is alone in its own. ``weight_T`` weighs its loss.
    """

    pair: Pair
    reward: float
    group: int
    replay: bool
    old_T: Tensor
    ref_T: Tensor
    weight_T: Tensor


def measured(attempts: Sequence[Attempt], learner: Learner, c: config.Config) -> tuple[Tensor, Tensor, Tensor]:
    """Log-probabilities of the policy that sampled and of the reference, NT, and the mean entropy of each response, N.

    The engine's own count for the policy's where they are trusted. Without KL the policy stands in for the reference.
    """
    entropies = [one.completion.entropies for one in attempts if one.completion.entropies is not None]
    pairs = [(one.prompt_ids, one.completion.ids) for one in attempts]
    if c.rollout.trust_logprobs and len(entropies) == len(attempts):
        old_NT = padded([torch.tensor(one.completion.logprobs) for one in attempts])
        entropy_NT = padded([torch.tensor(row) for row in entropies])
    else:
        old_NT, entropy_NT = learner.measure(pairs)
    ref_NT = old_NT if c.loss.kl == "none" else learner.measure(pairs, of_reference=True)[0]
    return old_NT, ref_NT, entropy_NT.sum(1) / torch.tensor([len(ids) for _, ids in pairs])


def padded(rows: Sequence[Tensor]) -> Tensor:
    """Rows of unlike length, NT, 0 beyond."""
    return pad_sequence(list(rows), batch_first=True)


def engine_gap(rows: Sequence[Row], attempts: Sequence[Attempt]) -> float:
    """How far the engine's log-probabilities are from the trainer's: the mean distance by the token."""
    engine_N = torch.cat([torch.tensor(one.completion.logprobs) for one in attempts])
    return float((torch.cat([row.old_T for row in rows]) - engine_N).abs().mean())


def fresh(
    attempts: Sequence[Attempt], rewards: Sequence[float], old_NT: Tensor, ref_NT: Tensor, c: config.Loss
) -> list[Row]:
    """The responses of a step, weighted where their engine's log-probabilities are not the trainer's."""
    rows = []
    for one, r, old_T, ref_T in zip(attempts, rewards, old_NT, ref_NT, strict=True):
        n = len(one.completion.ids)
        weight_1T = torch.ones(1, n)
        if c.importance_cap:
            engine_1T, how = torch.tensor([one.completion.logprobs]), (c.importance_cap, c.importance_level)
            weight_1T = loss.importance_weights(old_T[None, :n], engine_1T, weight_1T, *how)
        pair = one.prompt_ids, one.completion.ids
        rows.append(Row(pair, r, one.group, False, old_T[:n], ref_T[:n], weight_1T[0]))
    return rows


def replays(rows: Sequence[Row], told: Sequence[tuple[int, Tokens]], weight: float) -> list[Row]:
    """Responses again as successes, each under the prompt that it follows; all else is its source's (``behavior``)."""
    again = []
    for j, (i, prompt) in enumerate(told):
        one = replace(rows[i], pair=(prompt, rows[i].pair[1]), weight_T=weight * rows[i].weight_T)
        again.append(replace(one, reward=1.0, group=len(rows) + j, replay=True))
    return again


def recomputed(rows: Sequence[Row], learner: Learner, c: config.Loss) -> list[Row]:
    """The rows held against the log-probabilities of policy and reference as they are now, under their own prompts."""
    if not rows:
        return []
    old_NT = learner.measure([row.pair for row in rows])[0]
    ref_NT = old_NT if c.kl == "none" else learner.measure([row.pair for row in rows], of_reference=True)[0]
    cut = [(row, len(row.pair[1])) for row in rows]
    return [replace(row, old_T=old_NT[i, :n], ref_T=ref_NT[i, :n]) for i, (row, n) in enumerate(cut)]


def stored(due: Sequence[Stored], first: int, learner: Learner, c: config.Config) -> list[Row]:
    """Records from a file, as replays from group ``first`` on.

    ``correct`` weighs each by min(1, (now / then)^(1/T)) of its probability, where then is what the file says of it.
    """
    none = torch.zeros(0)
    rows = [Row((one.prompt_ids, one.ids), 1.0, first + i, True, none, none, none) for i, one in enumerate(due)]
    weighed = []
    for row, one in zip(recomputed(rows, learner, c.loss), due, strict=True):
        weight = c.data.replay_weight
        if c.data.replay_stale == "correct" and one.logprob is not None:
            weight *= math.exp(min(0.0, float(row.old_T.mean()) - one.logprob))
        weighed.append(replace(row, weight_T=torch.full_like(row.old_T, weight)))
    return weighed


@dataclass(frozen=True, slots=True)
class Batch:
    """N rows of at most T tokens as tensors, 0 beyond each row's end."""

    rows: Sequence[Row]
    mask_NT: Tensor
    old_NT: Tensor
    ref_NT: Tensor
    weight_NT: Tensor
    kl_NT: Tensor
    advantages_NT: Tensor


def batch(rows: Sequence[Row], c: config.Config) -> Batch:
    """The rows with their advantages."""
    mask_NT = padded([torch.ones_like(row.old_T) for row in rows])
    old_NT, ref_NT = padded([row.old_T for row in rows]), padded([row.ref_T for row in rows])
    kl_NT = torch.zeros_like(old_NT) if c.loss.kl == "none" else loss.kl(c.loss.kl, old_NT, ref_NT)
    advantages_NT = loss.advantages(
        c.loss.estimator,
        torch.tensor([row.reward for row in rows]),
        torch.tensor([row.group for row in rows]),
        torch.tensor([row.replay for row in rows]),
        mask_NT,
        kl_NT if c.loss.kl != "none" and c.loss.kl_in == "reward" else None,
        c.loss.beta,
        c.hir.advantage,
        drop_kl_without_variance=c.loss.drop_kl_without_variance,
    )
    return Batch(rows, mask_NT, old_NT, ref_NT, padded([row.weight_T for row in rows]), kl_NT, advantages_NT)


def update(made: Batch, learner: Learner, c: config.Config, step: int) -> dict[str, float]:
    """The optimizer's steps on a batch, and what they did."""
    said: Counter[str] = Counter()
    lr = c.optim.lr * min(1.0, step / (c.optim.lr_warmup + 1))
    for epoch in range(c.optim.epochs):
        order = list(range(len(made.rows)))
        Random(derive(c.seed, "minibatches", step, epoch)).shuffle(order)
        for part in (order[b :: c.optim.minibatches] for b in range(min(c.optim.minibatches, len(order)))):
            try:
                sums = learner.update([row.pair for row in made.rows], part, _objective(made, part, c), lr)
            except NotFinite as err:
                path = Path(c.out) / f"broken-step-{step:06d}.jsonl"
                _keep(path, made, part)
                raise UserError(f"step {step}: {err}; the rows of this update are in {path}", code=1) from None
            said.update(sums | {"updates": 1})
    fresh_NT = made.mask_NT * torch.tensor([not row.replay for row in made.rows])[:, None]
    return {
        **{name: said[name] / said["updates"] for name in ("loss", "grad_norm")},
        **{name: said[name] / said["tokens"] for name in ("ratio", "kl_old")},
        "clipped": (said["clipped_low"] + said["clipped_high"] + said["clipped_dual"]) / said["tokens"],
        "kl": math.nan if c.loss.kl == "none" else float((made.kl_NT * fresh_NT).sum() / fresh_NT.sum()),
        "lr": lr,
    }


def _objective(made: Batch, part: Sequence[int], c: config.Config) -> Objective:
    """What some rows add to the loss of a minibatch; all of them together are the whole of it."""
    total = float(loss.denominator(made.mask_NT[list(part)], c.loss.aggregate, c.rollout.max_tokens))
    clip = c.loss.clip_low, c.loss.clip_high, c.loss.dual_clip or None

    def objective(logp_BT: Tensor, rows: list[int]) -> tuple[Tensor, dict[str, Tensor]]:
        tensors = made.old_NT, made.advantages_NT, made.mask_NT, made.weight_NT, made.ref_NT
        of_rows = (x[rows, : logp_BT.size(1)].to(logp_BT.device) for x in tensors)
        old_BT, advantages_BT, mask_BT, weight_BT, ref_BT = of_rows
        how = c.loss.aggregate, weight_BT, total
        value, sums = loss.policy_loss(logp_BT, old_BT, advantages_BT, mask_BT, *clip, *how)
        if c.loss.kl != "none" and c.loss.kl_in == "loss":
            kl_BT = loss.kl(c.loss.kl, logp_BT, ref_BT)
            value = value + c.loss.beta * loss.aggregate(kl_BT, mask_BT, c.loss.aggregate, total)
        return value, sums

    return objective


def _keep(path: Path, made: Batch, part: Sequence[int]) -> None:
    """The rows that broke an update, as JSON lines."""
    with atomic(str(path) if rank() == 0 else None) as out:
        for row, advantages_T in ((made.rows[i], made.advantages_NT[i]) for i in part):
            tensors = {"old": row.old_T, "ref": row.ref_T, "weight": row.weight_T, "advantages": advantages_T}
            told = {name: tensor[: len(row.old_T)].tolist() for name, tensor in tensors.items()}
            line = encode({"prompt_ids": row.pair[0], "ids": row.pair[1], "reward": row.reward, **told})
            _ = out and out.write(line)


def supervised(rows: Sequence[Stored], learner: Learner, c: config.Config) -> None:
    """Learn pairs from a file: the mean negative log-likelihood by the token."""
    pairs, size = [(row.prompt_ids, row.ids) for row in rows], c.data.warmup_batch
    for epoch in range(c.data.warmup_epochs):
        order = Random(derive(c.seed, "warmup", epoch)).sample(range(len(rows)), len(rows))
        for part in (order[i : i + size] for i in range(0, len(order), size)):
            learner.update(pairs, part, _likelihood(sum(len(pairs[i][1]) for i in part)), c.data.warmup_lr)


def _likelihood(total: int) -> Objective:
    return lambda logp_BT, _: (-logp_BT.sum() / total, {})
