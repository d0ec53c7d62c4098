"""Responses sampled from the policy, as token ids, and never turned into text and back.

A backend takes prompts that are already rendered and hands over each response as soon as it is known, so that it can
be judged while others are still being written. Every response has a seed of its own and is drawn from it alone: what
it is does not depend on which others are sampled beside it, save for rounding. top-p and top-k are left out on
purpose: they would make the sampling distribution another one than what is trained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor

from train import config
from train.model import Policy


@dataclass(frozen=True, slots=True)
class Ask:
    """One response to sample."""

    prompt_ids: tuple[int, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class Completion:
    """A sampled response. ``ids`` end with the end-of-sequence token where it ``ended`` by itself.

    ``logprobs`` are those of the distribution each token was drawn from, ``entropies`` its entropy, in nats; an engine
    that does not know the latter has None.
    """

    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    entropies: tuple[float, ...] | None
    ended: bool


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to sample; ``temperature`` 0 takes the likeliest token. Any of ``eos`` ends a response."""

    temperature: float
    max_tokens: int
    eos: frozenset[int]


Done = Callable[[int, Completion], None]
"""Told of each response when it is finished, by its place among those asked for."""


class Backend(Protocol):
    """An engine that samples."""

    def sync(self, policy: Policy) -> None:
        """Take over the policy's weights; called before every phase of sampling."""

    def generate(self, asks: Sequence[Ask], sampling: Sampling, done: Done) -> None:
        """Sample them all."""

    def rest(self) -> None:
        """Give memory back until the next ``sync``, where any is held."""
        return

    def close(self) -> None:
        """Shut down, where anything runs."""
        return


@dataclass(slots=True)
class HF(Backend):
    """Sampling with the policy's own transformers model: nothing to copy, the weights are the same tensors."""

    rows: int = 0
    policy: Policy | None = field(default=None, init=False)

    def sync(self, policy: Policy) -> None:
        """The policy itself is what samples."""
        self.policy = policy

    def generate(self, asks: Sequence[Ask], sampling: Sampling, done: Done) -> None:
        """Batch by batch, the longest prompts first; a batch that does not fit into memory is halved."""
        assert self.policy is not None
        order = sorted(range(len(asks)), key=lambda i: (-len(asks[i].prompt_ids), i))
        device = self.policy.lm.device
        with self.policy.whole() as lm:
            while order:
                longest = len(asks[order[0]].prompt_ids) + sampling.max_tokens
                rows = self.rows or rows_that_fit(self.policy.lm, longest)
                batch, order = order[:rows], order[rows:]
                try:
                    for place, completion in decode(lm, device, [asks[i] for i in batch], sampling):
                        done(batch[place], completion)
                        batch[place] = -1
                except torch.OutOfMemoryError:
                    if len(batch) == 1:
                        raise
                    self.rows = len(batch) // 2
                    print(f"out of memory with {len(batch)} rows decoded at once; from here on {self.rows}", flush=True)
                    order = [i for i in batch if i >= 0] + order


def backend(c: config.Config) -> Backend:
    """The engine that the settings name."""
    if c.rollout.backend == "hf":
        return HF(c.rollout.batch)
    from train.vllm_rollout import VLLM

    return VLLM(c.data.max_prompt_tokens + c.rollout.max_tokens, c.model.dtype, c.rollout.memory)


def rows_that_fit(lm: Any, tokens: int) -> int:
    """How many rows of so many tokens have room for their keys and values in what is free of the accelerator."""
    if lm.device.type != "cuda":
        return 256
    c = lm.config.get_text_config()
    heads = getattr(c, "num_key_value_heads", None) or c.num_attention_heads
    width = getattr(c, "head_dim", None) or c.hidden_size // c.num_attention_heads
    row: int = 2 * c.num_hidden_layers * heads * width * lm.dtype.itemsize * tokens + 16 * c.vocab_size
    free = torch.cuda.mem_get_info()[0] + torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
    return max(1, int(0.4 * free) // row)  # a cache that grows is copied, so twice its size is needed at times


@torch.no_grad()
def decode(
    lm: Callable[..., Any], device: torch.device, asks: Sequence[Ask], sampling: Sampling
) -> Iterator[tuple[int, Completion]]:
    """Sample a response to each, token by token, with a KV cache; yields (place, response) as they finish.

    N rows are alive, of which those that ended leave when they are a quarter; L tokens are in the cache. A prompt that
    is asked many times is read once.
    """
    prompts = {ids: i for i, ids in enumerate(dict.fromkeys(ask.prompt_ids for ask in asks))}
    logits_NV, cache, mask_NL = _prefill(lm, device, list(prompts), [prompts[ask.prompt_ids] for ask in asks])
    next_N = mask_NL.sum(1)
    shape = len(asks), sampling.max_tokens
    uniform_NT = torch.stack([_uniforms(ask.seed, sampling.max_tokens) for ask in asks]).to(device)
    ids_NT = torch.zeros(shape, dtype=torch.long, device=device)
    logp_NT, entropy_NT = torch.zeros(shape, device=device), torch.zeros(shape, device=device)
    place_N, length_N = torch.arange(len(asks), device=device), torch.zeros_like(next_N)
    eos = torch.tensor(sorted(sampling.eos), device=device)
    for t in range(sampling.max_tokens):
        token_N, logp_NT[:, t], entropy_NT[:, t] = draw(logits_NV, sampling.temperature, uniform_NT[:, t])
        ids_NT[:, t] = token_N
        length_N[torch.isin(token_N, eos) & (length_N == 0)] = t + 1
        leaving = length_N > 0 if t + 1 < sampling.max_tokens else torch.ones_like(length_N, dtype=torch.bool)
        if 4 * int(leaving.sum()) >= len(leaving):
            yield from _completions(place_N, length_N, t + 1, ids_NT, logp_NT, entropy_NT, leaving)
            stay = (~leaving).nonzero()[:, 0]
            if not len(stay):
                return
            cache.batch_select_indices(stay)
            place_N, length_N, next_N, token_N, mask_NL = (
                x[stay] for x in (place_N, length_N, next_N, token_N, mask_NL)
            )
            uniform_NT, ids_NT, logp_NT, entropy_NT = (x[stay] for x in (uniform_NT, ids_NT, logp_NT, entropy_NT))
        mask_NL = torch.cat([mask_NL, mask_NL.new_ones(len(mask_NL), 1)], 1)
        where = {"attention_mask": mask_NL, "position_ids": next_N[:, None] + t, "past_key_values": cache}
        logits_NV = lm(input_ids=token_N[:, None], use_cache=True, **where).logits[:, -1]


def _prefill(
    lm: Callable[..., Any], device: torch.device, prompts: Sequence[Sequence[int]], which: Sequence[int]
) -> tuple[Tensor, Any, Tensor]:
    """The prompts read, padded on the left: logits, cache and mask, with a row for each of ``which``."""
    longest = max(map(len, prompts))
    ids_UL = torch.tensor([[0] * (longest - len(ids)) + list(ids) for ids in prompts], device=device)
    mask_UL = torch.tensor([[0] * (longest - len(ids)) + [1] * len(ids) for ids in prompts], device=device)
    where = {"attention_mask": mask_UL, "position_ids": (mask_UL.cumsum(1) - 1).clamp(min=0)}
    out = lm(input_ids=ids_UL, use_cache=True, logits_to_keep=1, **where)
    which_N = torch.tensor(which, device=device)
    out.past_key_values.batch_select_indices(which_N)
    return out.logits[which_N, -1], out.past_key_values, mask_UL[which_N]


def _uniforms(seed: int, n: int) -> Tensor:
    """Numbers above 0, up to 1: with 0, a first token of no probability could be drawn."""
    return 1 - torch.rand(n, generator=torch.Generator().manual_seed(seed))


def draw(logits_NV: Tensor, temperature: float, uniform_N: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """A token of each row, its log-probability, and the entropy, in float32.

    The token is where the distribution function reaches ``uniform_N``; at temperature 0, the likeliest one.
    """
    logp_NV = (logits_NV.float() / (temperature or 1.0)).log_softmax(-1)
    p_NV = logp_NV.exp()
    if temperature:
        cdf_NV = p_NV.cumsum(-1)
        token_N = torch.searchsorted(cdf_NV, uniform_N[:, None] * cdf_NV[:, -1:])[:, 0]
        token_N = token_N.clamp(max=logp_NV.size(-1) - 1)  # of a row of NaN; the update will refuse it
    else:
        token_N = logp_NV.argmax(-1)
    return token_N, logp_NV.gather(-1, token_N[:, None])[:, 0], torch.special.entr(p_NV).sum(-1)


def _completions(
    place_N: Tensor, length_N: Tensor, t: int, ids_NT: Tensor, logp_NT: Tensor, entropy_NT: Tensor, leaving_N: Tensor
) -> Iterator[tuple[int, Completion]]:
    rows = leaving_N.nonzero()[:, 0]
    columns = (x[rows].tolist() for x in (place_N, length_N, ids_NT[:, :t], logp_NT[:, :t], entropy_NT[:, :t]))
    for place, length, ids, logps, entropies in zip(*columns, strict=True):
        n = length or t
        yield place, Completion(tuple(ids[:n]), tuple(logps[:n]), tuple(entropies[:n]), bool(length))
