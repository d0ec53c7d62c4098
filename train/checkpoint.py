"""Checkpoints: a folder each, that is there whole or not at all, and nothing in it is pickled.

``checkpoints/step-000100`` holds the model as transformers (or peft) loads it, its tokenizer, the optimizer's tensors
with the float32 weights where the model's are not, and ``state.json``. There is no random state: whatever is drawn is
derived from the seed and the step.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor

from hirkit import settings
from hirkit.records import UserError
from train import config
from train.model import Learner, rank, whole, world

SETTINGS, STATE, LEARNING = "config.toml", "state.json", "learning.safetensors"
MAY_CHANGE = ("out", "preset", "steps", "threads", "save.", "rollout.batch", "rollout.memory", "rollout.ver")
"""Settings that have no say in what is learned."""


def found(out: Path) -> list[Path]:
    """The checkpoints of a run, the oldest first."""
    return sorted(path for path in (out / "checkpoints").glob("step-*") if (path / STATE).is_file())


def begin(out: Path, c: config.Config) -> tuple[int, Path | None]:
    """The step to come, 0 for a new run, and the last checkpoint; what goes beyond it is removed, settings are kept.

    Refuses to go on under other settings, but for those of ``MAY_CHANGE``.
    """
    last = next(reversed(found(out)), None)
    if c.save.resume == "never" and (out / SETTINGS).exists():
        raise UserError(f"{out}: there is a run already; name another out, or leave save.resume at auto")
    if last is not None:
        before, now = (settings.dotted(one) for one in (config.read(str(out / SETTINGS)), c))
        if other := [key for key in now if now[key] != before[key] and not key.startswith(MAY_CHANGE)]:
            told = ", ".join(f"{key} = {before[key]!r}" for key in other)
            raise UserError(f"{out}: a run with other settings: {told}; go on with these, or name another out")
    out.mkdir(parents=True, exist_ok=True)
    (out / SETTINGS).write_text(settings.to_toml(c), "utf-8")
    begun = 1 + int(last.name.removeprefix("step-")) if last else 0
    for path in out.glob("rollouts/step-*.jsonl"):
        if int(path.stem.removeprefix("step-")) >= begun:
            path.unlink(missing_ok=True)
    return begun, last


def save(out: Path, step: int, learner: Learner, tokenizer: Any, said: Mapping[str, Any], keep: int) -> None:
    """Save a run after a step, and remove the oldest checkpoints beyond ``keep``. All ranks together; the first writes.

    A folder that is there already stays: it was made from the same seed and step.
    """
    folder = out / "checkpoints" / f"step-{step:06d}"
    lm = learner.policy.lm
    if not folder.exists():
        weights = {name: weight.cpu() for name, weight in learner.policy.weights() if rank() == 0}
        weights |= {name: buffer.cpu() for name, buffer in lm.named_buffers() if name in lm.state_dict()}
        tensors = {name: tensor.cpu() for name, tensor in _learning(learner) if rank() == 0}
        if rank() == 0:
            partial = folder.with_name(f".{folder.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            lm.save_pretrained(partial, state_dict=weights)
            tokenizer.save_pretrained(partial)
            save_file(tensors, partial / LEARNING)
            told = {"step": step, "micro_tokens": learner.micro_tokens, **said}
            (partial / STATE).write_text(json.dumps(told), "utf-8")
            _on_disk(partial)
            partial.rename(folder)
    if rank() == 0:
        for old in found(out)[:-keep]:
            (old / STATE).unlink()  # from here on it is none, should removing it break off
            shutil.rmtree(old)
    if world() > 1:
        dist.barrier()


def _learning(learner: Learner) -> Iterator[tuple[str, Tensor]]:
    """The optimizer's tensors by kind and weight, and the float32 weights that are not the model's own."""
    for name, master in learner.masters.items():
        if master is not learner.weights[name]:
            yield f"master/{name}", master.detach()
        for kind, value in learner.optimizer.state[master].items():
            yield f"{kind}/{name}", whole(value) if isinstance(value, Tensor) else torch.tensor(value)


def restore(folder: Path, learner: Learner) -> dict[str, Any]:
    """Put back what ``save`` kept of the optimizer, and return what it was told; the model is loaded already."""
    for key, value in load_file(folder / LEARNING).items():
        kind, _, name = key.partition("/")
        master = learner.masters[name]
        if kind == "master":
            master.data.copy_(_like(master, value))
        else:
            learner.optimizer.state[master][kind] = _like(master, value)
    said: dict[str, Any] = json.loads((folder / STATE).read_text("utf-8"))
    learner.micro_tokens = min(learner.micro_tokens, said["micro_tokens"])
    return said


def _like(master: Tensor, value: Tensor) -> Tensor:
    """The tensor where its weight is, sharded as it is."""
    if isinstance(master, DTensor) and value.shape == master.shape:
        return distribute_tensor(value.to(master.device), master.device_mesh, master.placements)
    return value.to(master.device)


def _on_disk(folder: Path) -> None:
    """Wait until the files are on the disk, so that a folder with its final name is whole even after a power cut."""
    for path in folder.iterdir():
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
