"""The policy: a transformers model, what it thinks of responses, and how it learns.

Everything that runs the model goes through ``Policy.forward``, so that FSDP's hooks are in one place. Without
torchrun there is one process and no FSDP. In bfloat16 the weights that learn are kept in float32 besides: a learning
rate of 1e-6 is far below what bfloat16 can add to a weight.

torch.distributed is used as it is, without accelerate: what that would wrap is the dozen lines of ``_shard``.
Left out: tensor and pipeline parallelism, packing, dropout (old and new log-probabilities must be of one model).
"""

from __future__ import annotations

import math
import os
import resource
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.checkpoint import checkpoint

from hirkit.records import UserError
from train import config

Tokens = tuple[int, ...]
Pair = tuple[Tokens, Tokens]
"""A prompt and a response to it."""
Objective = Callable[[Tensor, list[int]], tuple[Tensor, dict[str, Tensor]]]
"""From the log-probabilities of some rows (BT) and their numbers: what they add to the loss, and sums to report."""
Result = TypeVar("Result")

LOGITS_AT_ONCE = 2**28
"""Positions times vocabulary: so many logits are held in float32 at a time, 1 GiB."""


class NotFinite(UserError):
    """A loss or gradient that is NaN or infinite; nothing was changed by it."""


def rank() -> int:
    """Which process this is, of ``world()``."""
    return dist.get_rank() if dist.is_initialized() else 0


def world() -> int:
    """How many processes there are."""
    return dist.get_world_size() if dist.is_initialized() else 1


def gathered(mine: list[Result]) -> list[Result]:
    """What all ranks have, on every one of them."""
    if world() == 1:
        return mine
    parts: list[list[Result]] = [[] for _ in range(world())]
    dist.all_gather_object(parts, mine)
    return [one for part in parts for one in part]


def asked_to_stop() -> Callable[[], bool]:
    """Whether any rank was told to end (SIGTERM), asked by all of them together."""
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: told.append(1))
    return lambda: any(gathered([bool(told)]))


def summed(values: Tensor) -> Tensor:
    """The sum over all ranks, on every one of them."""
    if world() > 1:
        dist.all_reduce(values)
    return values


def from_first(make: Callable[[], Result]) -> Result:
    """What the first rank makes, on every rank: for files that are made once."""
    if world() == 1:
        return make()
    made = [make() if rank() == 0 else None]
    dist.broadcast_object_list(made)
    return made[0]  # type: ignore[return-value]


def memory() -> float:
    """The most memory that was held, in GiB: of the accelerator, else of this process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def start(threads: int = 0) -> torch.device:
    """The device of this process, in its process group where torchrun started it."""
    if threads:
        torch.set_num_threads(threads)
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo")
    return device


class Policy(nn.Module):
    """A causal language model, whole or sharded over all processes."""

    def __init__(self, lm: Any) -> None:
        super().__init__()
        self.lm = lm

    def forward(self, job: Callable[[Any], Any]) -> Any:
        """Run a job on the language model."""
        return job(self.lm)

    @contextmanager
    def whole(self) -> Iterator[Callable[..., Any]]:
        """The language model to call with all its weights in this process: to sample, each rank at its own pace."""
        from torch.distributed.fsdp import FSDPModule

        shards = [module for module in self.modules() if isinstance(module, FSDPModule)]
        for shard in shards:
            shard.set_reshard_after_forward(False)
            shard.unshard()
        yield lambda **given: self(lambda lm: lm(**given))
        for shard in shards:
            shard.reshard()
            shard.set_reshard_after_forward(True)

    @contextmanager
    def recomputing(self) -> Iterator[None]:
        """Gradient checkpointing on, where the settings ask for it; everything else stays as it samples: no dropout."""
        layers = [module for module in self.modules() if getattr(module, "gradient_checkpointing", False)]
        try:
            for layer in layers:
                layer.training = True  # of the layer alone: those within it do what they always do
            yield
        finally:
            for layer in layers:
                layer.training = False

    def weights(self) -> Iterator[tuple[str, Tensor]]:
        """Its weights by their names in ``lm``, one after the other, each whole; all ranks must iterate together."""
        for name, weight in self.lm.named_parameters():
            yield name, whole(weight.detach())


def whole(tensor: Tensor) -> Tensor:
    """All of a tensor that may be sharded."""
    from torch.distributed.tensor import DTensor

    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def load(
    settings: config.Model, path: str, device: torch.device, checkpoint: Path | None = None, frozen: bool = False
) -> Policy:
    """A policy to train, from a folder, the hub, or a checkpoint of it; ``frozen``, a reference that never learns."""
    adapted = settings.lora_rank and not frozen
    kept = getattr(torch, settings.dtype) if frozen or world() == 1 else torch.float32
    lm = _lm(settings, path if adapted or checkpoint is None else str(checkpoint), kept)
    policy = Policy(_adapted(lm, settings, checkpoint) if adapted else lm)
    if frozen:
        policy.requires_grad_(False)
    elif settings.gradient_checkpointing:
        old_name = lm.gradient_checkpointing_enable
        getattr(lm, "activation_checkpointing_enable", old_name)({"use_reentrant": False})
    policy.eval()
    return _shard(policy, getattr(torch, settings.dtype), device) if world() > 1 else policy.to(device)


@contextmanager
def loading(path: str) -> Iterator[None]:
    """What transformers cannot load is told in a sentence."""
    try:
        yield
    except (OSError, ValueError) as err:
        said = str(err).partition("\n")[0]
        raise UserError(f"model.path: cannot load {path!r}: {said}") from None


def _lm(settings: config.Model, path: str, kept: torch.dtype) -> Any:
    from transformers import AutoModelForCausalLM
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    how = {"attn_implementation": settings.attention, "trust_remote_code": settings.trust_remote_code}
    with loading(path):
        return AutoModelForCausalLM.from_pretrained(path, dtype=kept, **how)


def _adapted(lm: Any, settings: config.Model, adapter: Path | None) -> Any:
    try:
        from peft import LoraConfig, PeftModel, get_peft_model
    except ImportError:
        raise UserError("model.lora_rank needs peft: python -m pip install peft") from None
    if adapter is not None:
        return PeftModel.from_pretrained(lm, str(adapter), is_trainable=True)
    how: dict[str, Any] = {"target_modules": "all-linear", "task_type": "CAUSAL_LM"}
    with torch.random.fork_rng():
        torch.manual_seed(0)  # all ranks, and a run that begins again, start from the same adapters
        return get_peft_model(lm, LoraConfig(r=settings.lora_rank, lora_alpha=settings.lora_alpha, **how))


def _shard(policy: Policy, dtype: torch.dtype, device: torch.device) -> Policy:
    """FSDP2: each decoder layer by itself, the rest together; computed in ``dtype``, reduced in float32."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

    mesh = init_device_mesh(device.type, (world(),))
    mixed = MixedPrecisionPolicy(param_dtype=dtype, reduce_dtype=torch.float32)
    layers = policy.lm._no_split_modules or []
    for module in [module for module in policy.modules() if type(module).__name__ in layers]:
        fully_shard(module, mesh=mesh, mp_policy=mixed)
    fully_shard(policy, mesh=mesh, mp_policy=mixed)
    return policy


def token_logps(lm: Any, pairs: Sequence[Pair], temperature: float, entropies: bool = False) -> tuple[Tensor, Tensor]:
    """The log-probability of every response token and, if asked, the entropy it was drawn from; both BT, 0 beyond.

    Rows are padded on the right, so that no position is off and causal attention needs no mask. Softmax in float32 of
    logits divided by the temperature, as they were sampled. Logits of prompts are not computed.
    """
    ids_BL = pad_sequence([torch.tensor(prompt + response) for prompt, response in pairs], batch_first=True)
    places = [(b, t, len(prompt) + t) for b, (prompt, response) in enumerate(pairs) for t in range(len(response))]
    row_M, column_M, place_M = torch.tensor(places, device=lm.device).unbind(1)
    ids_BL = ids_BL.to(lm.device)
    told, head = _told(lm, ids_BL)
    vocabulary = lm.config.get_text_config().vocab_size
    found_M2 = _in_chunks(head, told[row_M, place_M - 1], ids_BL[row_M, place_M], temperature, vocabulary, entropies)
    zeros_BT = torch.zeros(len(pairs), max(len(response) for _, response in pairs), device=lm.device)
    logp_BT, entropy_BT = (zeros_BT.index_put((row_M, column_M), found_M) for found_M in found_M2)
    return logp_BT, entropy_BT


def _told(lm: Any, ids_BL: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """The states after each position and the head that makes logits of them; or logits, where a head does more."""
    base = lm.get_base_model() if hasattr(lm, "get_base_model") else lm
    c = base.config.get_text_config()
    scaled = any(getattr(c, name, None) for name in ("final_logit_softcapping", "logit_scale", "logits_scaling"))
    if scaled or base.base_model is base:
        return lm(input_ids=ids_BL, use_cache=False).logits, lambda logits: logits
    return base.base_model(input_ids=ids_BL, use_cache=False).last_hidden_state, base.get_output_embeddings()


def _in_chunks(
    head: Callable[[Tensor], Tensor],
    told_MD: Tensor,
    token_M: Tensor,
    temperature: float,
    vocabulary: int,
    entropies: bool,
) -> tuple[Tensor, Tensor]:
    def one(told_CD: Tensor, token_C: Tensor) -> tuple[Tensor, Tensor]:
        logp_CV = (head(told_CD).float() / temperature).log_softmax(-1)
        entropy_C = torch.special.entr(logp_CV.detach().exp()).sum(-1) if entropies else torch.zeros_like(logp_CV[:, 0])
        return logp_CV.gather(-1, token_C[:, None])[:, 0], entropy_C

    size = max(1, LOGITS_AT_ONCE // vocabulary)
    if len(token_M) <= size // 4:
        return one(told_MD, token_M)
    chunks = zip(torch.split(told_MD, size), torch.split(token_M, size), strict=True)
    parts = [checkpoint(one, *chunk, use_reentrant=False) for chunk in chunks]
    return torch.cat([logp_C for logp_C, _ in parts]), torch.cat([entropy_C for _, entropy_C in parts])


def micro_batches(lengths: Sequence[int], tokens: int, ranks: int) -> list[list[list[int]]]:
    """Rows in micro-batches of so many tokens a rank, padding included, the longest first; then rank by rank.

    Every rank gets as many micro-batches, with rows of like lengths; at the end some ranks may have no row.

    >>> micro_batches([5, 3, 4, 1, 2], 8, 2)
    [[[0], [2]], [[1, 3], [4]]]
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    batches: list[list[list[int]]] = []
    for deal in (order[i : i + ranks] for i in range(0, len(order), ranks)):
        if not batches or (len(batches[-1]) + 1) * lengths[batches[-1][0][0]] > tokens:
            batches.append([])
        batches[-1].append(deal)
    return [[[deal[r] for deal in batch if r < len(deal)] for r in range(ranks)] for batch in batches]


class Learner:
    """A policy with its optimizer; and its reference, where there is one."""

    def __init__(self, policy: Policy, c: config.Config, reference: Policy | None = None) -> None:
        self.policy, self.reference, self.settings = policy, reference, c.optim
        self.temperature, self.micro_tokens = c.rollout.temperature, c.optim.micro_tokens
        self.weights = {name: weight for name, weight in policy.lm.named_parameters() if weight.requires_grad}
        self.masters = {name: _master(weight) for name, weight in self.weights.items()}
        self.optimizer = _adamw(list(self.masters.values()), c.optim)

    def measure(self, pairs: Sequence[Pair], of_reference: bool = False) -> tuple[Tensor, Tensor]:
        """Log-probabilities and entropies of all rows, NT, on the CPU, without gradient; the same on every rank."""
        return self._fitting(lambda: self._measure(pairs, of_reference))

    @torch.no_grad()
    def _measure(self, pairs: Sequence[Pair], of_reference: bool) -> tuple[Tensor, Tensor]:
        policy = self.reference if of_reference and self.reference is not None else self.policy
        zeros_NT = torch.zeros(2, len(pairs), max(len(response) for _, response in pairs))
        with policy.lm.disable_adapter() if of_reference and self.reference is None else nullcontext():
            for rows in self._mine(pairs, range(len(pairs))):
                found = policy(self._job(pairs, rows or [0], entropies=True))
                for values_NT, values_BT in zip(zeros_NT, found, strict=True):
                    values_NT[rows, : values_BT.size(1)] = values_BT[: len(rows)].float().cpu()
        logp_NT, entropy_NT = summed(zeros_NT)
        return logp_NT, entropy_NT

    def update(self, pairs: Sequence[Pair], rows: Sequence[int], objective: Objective, lr: float) -> dict[str, float]:
        """One optimizer step on these rows; their sums, ``loss`` and ``grad_norm``. ``NotFinite`` changes nothing."""
        said = self._fitting(lambda: self._gradients(pairs, rows, objective))
        said["grad_norm"] = float(whole(nn.utils.clip_grad_norm_(self.masters.values(), self.settings.grad_clip)))
        if not math.isfinite(said["loss"] + said["grad_norm"]):
            told = f"loss {said['loss']}, gradient norm {said['grad_norm']} at a learning rate of {lr}"
            raise NotFinite(told, code=1)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.step()
        self.optimizer.zero_grad()
        with torch.no_grad():
            for name, master in self.masters.items():
                if master is not self.weights[name]:
                    self.weights[name].copy_(master)
        return said

    def _gradients(self, pairs: Sequence[Pair], rows: Sequence[int], objective: Objective) -> dict[str, float]:
        """Gradients of the objective's sum, its ``loss`` and sums; FSDP averages gradients over ranks."""
        self.optimizer.zero_grad()
        total: Counter[str] = Counter()
        with self.policy.recomputing():
            for mine in self._mine(pairs, rows):
                logp_BT, _ = self.policy(self._job(pairs, mine or [rows[0]]))
                loss, sums = objective(logp_BT[: len(mine)], mine)
                torch.autograd.backward(loss * world())
                total.update({name: float(value) for name, value in (*sums.items(), ("loss", loss.detach()))})
        return dict(zip(total, summed(torch.tensor(list(total.values()), dtype=torch.float64)).tolist(), strict=True))

    def _mine(self, pairs: Sequence[Pair], rows: Sequence[int]) -> Iterator[list[int]]:
        """This rank's rows, micro-batch by micro-batch."""
        lengths = [len(pairs[i][0]) + len(pairs[i][1]) for i in rows]
        for batch in micro_batches(lengths, self.micro_tokens, world()):
            yield [rows[i] for i in batch[rank()]]

    def _job(self, pairs: Sequence[Pair], rows: list[int], entropies: bool = False) -> Callable[[Any], Any]:
        return lambda lm: token_logps(lm, [pairs[i] for i in rows], self.temperature, entropies)

    def _fitting(self, job: Callable[[], Result]) -> Result:
        """Do it; when memory runs out, again with micro-batches of half the tokens."""
        while True:
            try:
                return job()
            except torch.OutOfMemoryError:
                if world() > 1 or self.micro_tokens < 2:
                    raise UserError(
                        f"out of memory with optim.micro_tokens={self.micro_tokens}: lower it, turn on "
                        "model.gradient_checkpointing, or train with model.lora_rank"
                    ) from None
            self.optimizer.zero_grad()
            self.micro_tokens //= 2
            print(f"out of memory; micro-batches of {self.micro_tokens} tokens from here on", flush=True)


def _master(weight: Tensor) -> Tensor:
    """The float32 tensor that learns for a weight: itself, or a copy that its gradients are gathered in."""
    if weight.dtype == torch.float32:
        return weight
    master = weight.detach().float().requires_grad_()

    def gather(weight: Tensor) -> None:
        assert weight.grad is not None
        master.grad = weight.grad.float() if master.grad is None else master.grad.add_(weight.grad)
        weight.grad = None

    weight.register_post_accumulate_grad_hook(gather)  # type: ignore[no-untyped-call]
    return master


def _adamw(weights: list[Tensor], c: config.Optim) -> torch.optim.Optimizer:
    given: dict[str, Any] = {"lr": c.lr, "betas": (c.beta1, c.beta2), "weight_decay": c.weight_decay}
    if not c.eight_bit:
        return torch.optim.AdamW(weights, fused=True, **given)
    try:
        from bitsandbytes.optim import AdamW8bit  # type: ignore[import-not-found]
    except ImportError:
        raise UserError("optim.eight_bit needs bitsandbytes: python -m pip install bitsandbytes") from None
    return AdamW8bit(weights, **given)  # type: ignore[no-any-return]
