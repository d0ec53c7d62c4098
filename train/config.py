"""The settings of a run, frozen and typed, and the presets. How they are read is in ``hirkit/settings.py``.

A preset is a set of values like any other: ``--print-config`` shows what it came to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Lt
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from constraints import ConstraintError
from constraints.registry import layers
from hirkit import settings
from hirkit.records import UserError
from train.nano import NanoSettings

STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
Count = Annotated[int, Ge(0)]
Positive = Annotated[int, Gt(0)]
Amount = Annotated[float, Ge(0)]


@dataclass(frozen=True, slots=True, config=STRICT)
class Model:
    """What is trained: a folder or a hub name; without one, ``train.nano`` makes its own, by the section ``nano``."""

    path: str = ""
    dtype: Literal["float32", "bfloat16"] = "float32"  # computed in; weights that learn are kept in float32 besides
    attention: Literal["sdpa", "eager", "flash_attention_2"] = "sdpa"
    gradient_checkpointing: bool = False
    trust_remote_code: bool = False
    lora_rank: Count = 0  # 0 trains all weights
    lora_alpha: Positive = 32


@dataclass(frozen=True, slots=True, config=STRICT)
class Data:
    """Instructions, in any format hirkit reads (the nano language without a file), and what is mixed in."""

    prompts: str = ""
    heldout: str = ""  # a file of its own; without one, ``heldout_size`` instructions are set aside
    heldout_size: Count = 64
    least: Positive = 6  # constraints of a nano instruction
    most: Positive = 8
    rules: str = "fixed"  # a wrong pass would be trained on
    system: str = ""
    template: dict[str, Any] = field(default_factory=dict[str, Any])  # what the chat template is given besides
    max_prompt_tokens: Positive = 2048  # longer ones are left out, and counted
    replay: str = ""  # records of `hirkit relabel`, mixed into every update
    replay_quota: Count = 0  # so many of them a step
    replay_weight: Amount = 1.0
    replay_max_age: Count = 0  # leave out those older than so many steps (their ``selection.step``); 0 takes all
    replay_stale: Literal["correct", "keep"] = "correct"  # weigh by how the policy changed since, or take as they are
    warmup: str = ""  # supervised learning before step 1: rows with a prompt and a response
    warmup_epochs: Positive = 1
    warmup_lr: Amount = 1e-5
    warmup_batch: Positive = 32


@dataclass(frozen=True, slots=True, config=STRICT)
class Rollout:
    """How responses are sampled and judged."""

    backend: Literal["hf", "vllm"] = "hf"
    temperature: Annotated[float, Gt(0)] = 1.0
    max_tokens: Positive = 4096
    batch: Count = 0  # rows decoded at once; 0 is as many as memory holds
    trust_logprobs: bool = False  # the engine's log-probabilities are the old ones: exact in float32 with hf only
    memory: Amount = 0.5  # of the accelerator, for vllm
    verifiers: Count = 2  # processes a rank; 0 judges in this one
    verdict_seconds: Amount = 60.0  # a constraint that takes longer to judge is an error verdict


@dataclass(frozen=True, slots=True, config=STRICT)
class Hir:
    """The method (arXiv 2512.23457): ``m`` rollouts of each instruction, ``k`` of their failures told as successes."""

    prompts: Positive = 64
    m: Positive = 6
    reward: Literal["ila", "cla"] = "ila"
    replay: Literal["none", "score", "random", "entropy", "integrity"] = "score"
    k: Count = 2
    scope: Literal["group", "batch"] = "group"
    lambda0: Amount = 2.0
    eta: Amount = 0.05
    min_kept: Positive = 1
    rewrite: Literal["drop", "relax", "control-original", "control-random"] = "drop"
    old: Literal["behavior", "recompute"] = "behavior"  # log-probabilities of a replay: under q, as released, or q'
    advantage: float | None = None  # a constant for replays, instead of the estimator's
    weight: Amount = 1.0
    refill: bool = False  # too few partial failures: sample more, replay fewer (the release's "ReGen")


@dataclass(frozen=True, slots=True, config=STRICT)
class Loss:
    """The objective; ``train/loss.py`` has the formulae."""

    estimator: Literal["reinforce++", "reinforce++-baseline", "grpo", "rloo", "dr-grpo"] = "reinforce++"
    kl: Literal["none", "k1", "k2", "k3"] = "k1"
    kl_in: Literal["reward", "loss"] = "reward"
    beta: Amount = 0.001
    drop_kl_without_variance: bool = True
    clip_low: Annotated[float, Ge(0), Lt(1)] = 0.2
    clip_high: Amount = 0.2
    dual_clip: Amount = 3.0  # 0 is none
    aggregate: Literal["token-mean", "sequence-mean", "constant"] = "token-mean"
    importance_cap: Amount = 0.0  # of truncated importance weights, trainer over engine; 0 is none
    importance_level: Literal["token", "sequence", "sequence-mean"] = "token"


@dataclass(frozen=True, slots=True, config=STRICT)
class Optim:
    """AdamW, and how a batch is cut up."""

    lr: Amount = 1e-6
    lr_warmup: Count = 0  # steps
    weight_decay: Amount = 0.0
    beta1: Amount = 0.9
    beta2: Amount = 0.999
    eight_bit: bool = False  # bitsandbytes
    grad_clip: Annotated[float, Gt(0)] = 1.0
    epochs: Positive = 1
    minibatches: Positive = 2  # optimizer steps an epoch
    micro_tokens: Positive = 16_384  # padding included; halved when memory runs out


@dataclass(frozen=True, slots=True, config=STRICT)
class Save:
    """Checkpoints, evaluation, logs."""

    every: Positive = 100  # steps
    keep: Positive = 2
    resume: Literal["auto", "never"] = "auto"
    eval_every: Count = 10  # steps; 0 is never
    rollouts: bool = True  # dump them, a file a step
    loggers: tuple[str, ...] = ("tensorboard",)  # besides metrics.jsonl; also wandb, trackio


@dataclass(frozen=True, slots=True, config=STRICT)
class Config:
    """A run."""

    out: str = "runs/hir"
    preset: str = ""
    seed: int = 0
    steps: Count = 100
    threads: Count = 0  # of torch; 0 leaves its own choice
    model: Model = field(default_factory=Model)
    nano: NanoSettings = field(default_factory=NanoSettings)
    data: Data = field(default_factory=Data)
    rollout: Rollout = field(default_factory=Rollout)
    hir: Hir = field(default_factory=Hir)
    loss: Loss = field(default_factory=Loss)
    optim: Optim = field(default_factory=Optim)
    save: Save = field(default_factory=Save)


_HIR: dict[str, Any] = {
    "hir.m": 6, "hir.k": 2, "hir.reward": "ila", "hir.replay": "score", "hir.rewrite": "drop", "hir.lambda0": 2.0,
    "hir.eta": 0.05, "hir.scope": "group", "hir.old": "behavior", "hir.advantage": None, "hir.weight": 1.0,
    "hir.refill": False, "loss.estimator": "reinforce++", "loss.kl": "k1", "loss.kl_in": "reward", "loss.beta": 0.001,
}  # fmt: skip
PRESETS: Mapping[str, dict[str, Any]] = {
    "": {},
    "hir-paper": _HIR,
    "hir-release": _HIR | {"hir.scope": "batch", "hir.refill": True, "loss.drop_kl_without_variance": False},
    "robust": _HIR | {"hir.old": "recompute", "loss.estimator": "grpo", "loss.kl": "none"},
    "binary": {"hir.m": 8, "hir.reward": "ila", "hir.replay": "none"},
    "average": {"hir.m": 8, "hir.reward": "cla", "hir.replay": "none"},
}
"""HiR as the paper has it, as its code (sastpg/HIR at ffd6919) does it, and as it held up best in our own trials; then
two baselines, with as many rows in an update, that leave estimator and KL as they are.
"""


def read(path: str, overrides: Sequence[str] = ()) -> Config:
    """The configuration in a TOML file under ``key=value`` overrides, or ``UserError``."""
    return _checked(settings.read(Config, path, overrides, PRESETS, "train/configs has some to start from"))


def build(values: Mapping[str, Any]) -> Config:
    """The configuration of dotted keys and their values, all others at their defaults; or ``UserError``."""
    return _checked(settings.build(Config, values))


def _checked(config: Config) -> Config:
    if problem := next(_problems(config), None):
        raise UserError(problem)
    return config


def _problems(c: Config) -> Iterator[str]:
    """What is wrong with settings that are right by themselves, in sentences."""
    if c.hir.k > c.hir.m:
        yield f"hir.k = {c.hir.k}: there are never more replays than rollouts, hir.m = {c.hir.m}"
    if c.loss.kl == "k1" and c.loss.kl_in == "loss":
        yield "loss.kl = k1: its gradient is no KL's, so it has no place in the loss; take k2 or k3, or kl_in = reward"
    if bool(c.data.replay) != bool(c.data.replay_quota):
        yield "data.replay and data.replay_quota: a file of records, and how many of them a step; give both or neither"
    if c.data.most < c.data.least:
        yield f"data.most = {c.data.most}: must not be less than data.least = {c.data.least}"
    try:
        layers(c.data.rules)
    except ConstraintError as err:
        yield f"data.rules: {err}"
