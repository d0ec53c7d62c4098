"""HiR's replays in verl 0.9: a replay buffer whose batches also have the failures, told as successes.

    trainer.v1.sampler.custom_sampler.path=pkg://train.verl.buffer  trainer.v1.sampler.custom_sampler.name=HiRBuffer

verl hands the trainer what ``sample`` returns: the rollouts of a step, and here, with reward 1, replays of those that
failed in part, each a group of its own. The trainer then takes old and reference log-probabilities under the prompts of
the rows, so a replay's are those under its rewritten prompt (``hir.old = "recompute"``), pads the batch to whole
mini-batches, computes advantages and updates. F_div is minus the mean log-probability of the engine where
``actor_rollout_ref.rollout.calculate_log_probs`` is on, else it is left out. ``sampler_kwargs`` holds ``tokenizer`` (a
path or name), ``rules``, ``seed``, and what ``train.config.Hir`` has (``k``, ``scope``, ``lambda0``, ``eta`` ...).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import transfer_queue as tq
from transfer_queue import KVBatchMeta
from verl.trainer.ppo.v1.replay_buffer import ReplayBuffer
from verl.utils.tensordict_utils import list_of_dict_to_tensordict

from hirkit.formats.native import instruction_of
from hirkit.read import thought
from hirkit.records import Instruction, Response, Scored
from hirkit.verify import verify
from train import replay
from train.config import Data, Hir
from train.data import endings, render


class HiRBuffer(ReplayBuffer):  # type: ignore[misc]
    """A replay buffer of the synchronous trainer, with HiR's replays."""

    def __init__(self, *args: Any, sampler_kwargs: Any, **more: Any) -> None:
        super().__init__(*args, sampler_kwargs=sampler_kwargs, **more)
        from transformers import AutoTokenizer

        given = dict(sampler_kwargs)
        path, self.rules, self.seed = given.pop("tokenizer"), given.pop("rules", "fixed"), given.pop("seed", 0)
        self.tokenizer: Any = AutoTokenizer.from_pretrained(path)
        self.ends, self.hir = endings(path, self.tokenizer), Hir(**given)

    def sample(self, global_steps: int, partition_id: str, batch_size: int) -> tuple[KVBatchMeta, dict[str, Any]]:
        """A step's rollouts and their replays."""
        batch, metrics = super().sample(global_steps, partition_id, batch_size)
        if partition_id == "val":
            return batch, metrics
        found = tq.kv_batch_get(keys=batch.keys, partition_id=partition_id)
        rows = [row_of(found, i) for i in range(len(batch.keys))]
        told = self.told(rows, batch.keys, global_steps)
        made = [self.replayed(batch.keys[i], rows[i], batch.tags[i], new) for i, new in told]
        if made:
            keys, fields, tags = (list(column) for column in zip(*made, strict=True))
            tq.kv_batch_put(keys=keys, partition_id=partition_id, fields=list_of_dict_to_tensordict(fields), tags=tags)
            batch.keys, batch.tags = [*batch.keys, *keys], [*batch.tags, *tags]
        return batch, metrics | {"hir/replays": len(made)}

    def told(self, rows: Sequence[Mapping[str, Any]], keys: Sequence[str], step: int) -> list[tuple[int, Instruction]]:
        """The rows to replay, and the instructions that they follow."""
        groups: dict[str, list[int]] = {}
        for i, key in enumerate(keys):
            groups.setdefault(key.split("_")[0], []).append(i)
        place = {i: sample for group in groups.values() for sample, i in enumerate(group)}
        scored = [self.scored(row, place[i]) for i, row in enumerate(rows)]
        picked = replay.choose(scored, list(groups.values()), self.hir, self.hir.k, step, self.seed)
        how = self.hir.rewrite, self.rules, self.seed
        news = [(i, replay.tell(scored[i], selection, *how)) for i, selection in picked]
        return [(i, new) for i, new in news if isinstance(new, Instruction)]

    def scored(self, row: Mapping[str, Any], sample: int) -> Scored:
        """The verdicts on a trajectory. One whose last token ends nothing was cut off."""
        ids = row["responses"].tolist()
        instruction = instruction_of(row["extra_info"]["instruction"], self.rules)
        text = self.tokenizer.decode(ids, skip_special_tokens=True)
        meta: dict[str, Any] = {} if ids[-1] in self.ends else {"truncated": True}
        if "rollout_log_probs" in row:
            meta["logprobs"] = float(row["rollout_log_probs"].mean())
        response = Response(text, sample, meta, thought=thought(text))
        return Scored(instruction, response, verify(instruction, response.answer, self.rules, loose=False))

    def replayed(self, key: str, row: dict[str, Any], tag: Mapping[str, Any], new: Instruction) -> tuple[str, Any, Any]:
        """Key, fields and tag of a trajectory under its new prompt, with reward 1 at its last token."""
        prompts, responses = torch.tensor(render(self.tokenizer, new.prompt, Data())), row["responses"]
        ids, uid = torch.cat([prompts, responses]), "hir-" + key.replace("_", "-")
        scores = torch.zeros(len(responses))
        scores[-1] = 1.0
        fields = {"prompts": prompts, "input_ids": ids, "position_ids": torch.arange(len(ids)), "rm_scores": scores}
        lengths = {"prompt_len": len(prompts), "response_len": len(responses), "seq_len": len(ids)}
        return f"{uid}_0_0", row | fields | {"uid": uid}, dict(tag) | lengths


def row_of(found: Any, i: int) -> dict[str, Any]:
    """One of the trajectories that were fetched: its tensors, and its other fields as they are."""
    return {
        name: value if torch.is_tensor(value) else getattr(value, "data", value) for name, value in found[i].items()
    }
