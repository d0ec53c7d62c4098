"""How fast a training step is, and beside it TRL's GRPOTrainer on the same model, batch and lengths.

    python -m pip install -e '.[train]' trl datasets
    python -m benchmarks.train_speed                       # on a GPU: randomly initialised Qwen2.5-0.5B and 1.5B shapes
    python -m benchmarks.train_speed --small --no-record   # on a CPU: a toy shape, to see that it runs

A step: ``--prompts`` instructions, ``--group`` responses to each, verdicts, log-probabilities, one optimizer step; no
replays, no KL, group baseline. A random model hardly ever ends a response, so all have ``--tokens`` tokens. Contenders
run in turn, each in a process of its own, ``--runs`` times; the first step is not counted, and the median of the others
is. Samples a second are end to end. TRL runs at its defaults but for what makes the work the same.

Model FLOPs are 2 for each parameter and token forward, 4 backward (what gradient checkpointing repeats is not counted),
of prompts and responses, attention left out; utilisation is of the accelerator's dense bfloat16 peak, and told only for
accelerators whose peak is known. Left out: several GPUs, long prompts, convergence.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

SHAPES: dict[str, dict[str, int]] = {
    "qwen2.5-0.5b": {"hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
                     "num_attention_heads": 14, "num_key_value_heads": 2, "vocab_size": 151_936},
    "qwen2.5-1.5b": {"hidden_size": 1536, "intermediate_size": 8960, "num_hidden_layers": 28,
                     "num_attention_heads": 12, "num_key_value_heads": 2, "vocab_size": 151_936},
    "toy": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 1024},
}  # fmt: skip
PEAKS = {"A100": 312e12, "H100": 989e12, "H200": 989e12}
"""Dense bfloat16 FLOPs a second, from NVIDIA's data sheets (SXM)."""
SMALL = {"shapes": "toy", "prompts": 4, "group": 4, "tokens": 16, "micro": 8, "steps": 3, "runs": 1}


def make_model(shape: str, folder: Path) -> None:
    """A model of that shape with random weights, and the nano tokenizer: nothing is downloaded."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    from train import nano

    tokens = nano.tokenizer()
    torch.manual_seed(0)
    config = Qwen2Config(**SHAPES[shape], tie_word_embeddings=True, max_position_embeddings=4096)
    config.eos_token_id, config.pad_token_id = tokens.eos_token_id, tokens.pad_token_id
    Qwen2ForCausalLM(config).save_pretrained(folder)
    tokens.model_max_length = 4096
    tokens.save_pretrained(folder)


def ours(asked: argparse.Namespace) -> list[dict[str, float]]:
    """The steps of ``train.run``."""
    import torch

    from train import config, model, run

    length = asked.tokens + 256
    c = config.build(
        {
            "model.path": str(asked.model),
            "model.dtype": "bfloat16" if torch.cuda.is_available() else "float32",
            "model.gradient_checkpointing": True,
            "out": str(asked.model / "run"),
            "hir.prompts": asked.prompts,
            "hir.m": asked.group,
            "hir.replay": "none",
            "rollout.backend": asked.backend,
            "rollout.max_tokens": asked.tokens,
            "loss.estimator": "grpo",
            "loss.kl": "none",
            "optim.minibatches": 1,
            "optim.micro_tokens": asked.micro * length,
            "data.heldout_size": 1,
            "save.rollouts": False,
        }
    )
    opened = run.opened(c, model.start(), None)
    steps = []
    for step in range(1, asked.steps + 1):
        begun = time.perf_counter()
        said = run.one_step(opened, step)
        settled()
        seconds = time.perf_counter() - begun
        phases = {name: value for name, value in said.items() if name.startswith("seconds/")}
        steps.append({"seconds": seconds, "tokens": said["length"] * asked.prompts * asked.group, **phases})
    opened.backend.close()
    opened.workers.close()
    return steps


def theirs(asked: argparse.Namespace) -> list[dict[str, float]]:
    """The steps of TRL's trainer, one optimizer step each, between the ends of consecutive steps."""
    import torch
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    from hirkit.demo.language import instructions
    from hirkit.export.parts import ORIGINAL, asks, proof
    from hirkit.reward import trl_reward

    n = asked.prompts * asked.group
    asked_of = instructions(0, asked.prompts * asked.steps, 6, 8)
    rows = [{"prompt": asks(one.prompt), **proof(one, "fixed", ORIGINAL)} for one in asked_of]
    ends: list[float] = []

    class Clock(TrainerCallback):  # type: ignore[misc]
        def on_train_begin(self, *_: Any, **__: Any) -> None:
            ends.append(time.perf_counter())

        def on_step_end(self, *_: Any, **__: Any) -> None:
            settled()
            ends.append(time.perf_counter())

    settings = GRPOConfig(
        output_dir=str(asked.model / "trl"),
        per_device_train_batch_size=asked.micro,
        gradient_accumulation_steps=n // asked.micro,
        num_generations=asked.group,
        max_completion_length=asked.tokens,
        max_steps=asked.steps,
        learning_rate=1e-6,
        bf16=torch.cuda.is_available(),
        use_cpu=not torch.cuda.is_available(),
        use_vllm=asked.backend == "vllm",
        vllm_mode="colocate",
        report_to="none",
        save_strategy="no",
        disable_tqdm=True,
    )
    GRPOTrainer(
        str(asked.model), trl_reward, args=settings, train_dataset=Dataset.from_list(rows), callbacks=[Clock()]
    ).train()
    return [{"seconds": b - a, "tokens": float(n * asked.tokens)} for a, b in pairwise(ends)]


CONTENDERS = {"hirkit": ours, "trl": theirs}


def settled() -> None:
    """Wait for what the accelerator still does."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()


def contend(name: str, asked: argparse.Namespace) -> dict[str, Any]:
    """One contender's steps, the first left out, and its memory."""
    from train import model

    return {"steps": CONTENDERS[name](asked)[1:], "memory_gib": round(model.memory(), 2)}


def compare(shape: str, asked: argparse.Namespace) -> dict[str, Any]:
    """All contenders on one shape, in turn, several times."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTENDERS}
    with tempfile.TemporaryDirectory() as folder:
        make_model(shape, Path(folder))
        for _ in range(asked.runs):
            for name in CONTENDERS:
                command = [sys.executable, "-m", "benchmarks.train_speed", *sys.argv[1:]]
                command += ["--contender", name, "--model", folder]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                found[name].append(json.loads(done.stdout.splitlines()[-1]))
    told = {name: summary(runs, shape, asked) for name, runs in found.items()}
    share = told["hirkit"]["samples_per_second"] / told["trl"]["samples_per_second"]
    return {**told, "samples_per_second_over_trl": round(share, 2)}


def summary(runs: list[dict[str, Any]], shape: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Medians over the steps of all runs; tokens of responses by second of generation and of update."""
    steps = [step for one in runs for step in one["steps"]]
    median = {name: statistics.median(step[name] for step in steps) for name in steps[0]}
    told = {
        "samples_per_second": round(asked.prompts * asked.group / median["seconds"], 3),
        "seconds_by_step": round(median["seconds"], 3),
        "memory_gib": max(one["memory_gib"] for one in runs),
    }
    for phase, flops in (("generate", 2), ("update", 6)):
        if seconds := median.get(f"seconds/{phase}"):
            rate = median["tokens"] / seconds
            told |= {f"{phase}_tokens_per_second": round(rate, 1)} | utilisation(
                phase, flops * parameters(shape) * rate
            )
    return told


def parameters(shape: str) -> int:
    """Weights that every token is multiplied with: layers and head, which is tied to the embedding."""
    s = SHAPES[shape]
    d, kv = s["hidden_size"], s["hidden_size"] // s["num_attention_heads"] * s["num_key_value_heads"]
    layer = 2 * d * d + 2 * d * kv + 3 * d * s["intermediate_size"]
    return s["num_hidden_layers"] * layer + d * s["vocab_size"]


def utilisation(phase: str, flops: float) -> dict[str, float]:
    """The share of the accelerator's peak, where that is known; response tokens only, so a little too low."""
    import torch

    name = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    peak = next((peak for known, peak in PEAKS.items() if known in name), None)
    return {} if peak is None else {f"{phase}_mfu": round(flops / peak, 4)}


def main() -> None:
    """Measure, print, and write results/train_speed.json."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", default="qwen2.5-0.5b,qwen2.5-1.5b")
    parser.add_argument("--prompts", type=int, default=32)
    parser.add_argument("--group", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--micro", type=int, default=16, help="rows of a micro-batch")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--backend", choices=("hf", "vllm"), default="hf", help="what both sample with")
    parser.add_argument("--small", action="store_true", help="a toy shape and batch, for a CPU")
    parser.add_argument("--no-record", action="store_true", help="print only")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--model", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.small:
        vars(asked).update(SMALL)
    if asked.contender:
        print(json.dumps(contend(asked.contender, asked)))
        return
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    kept = {name: getattr(asked, name) for name in ("prompts", "group", "tokens", "micro", "steps", "runs", "backend")}
    figures = {"device": device, **kept, **{shape: compare(shape, asked) for shape in asked.shapes.split(",")}}
    print(json.dumps(figures, indent=2))
    if not asked.no_record:
        from benchmarks.record import write

        print(write("train_speed", figures, ("torch", "transformers", "trl")))


if __name__ == "__main__":
    main()
