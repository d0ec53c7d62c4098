"""HiR in TRL: a ``GRPOTrainer`` whose update also has the failures of the batch, told as successes.

    HiRTrainer(model, trl_reward, args=GRPOConfig(...), train_dataset=Dataset.from_list(rows(instructions, "fixed")))

Selection and rewriting are those of ``train.replay``, advantages those of ``train.loss`` over all processes; loss,
clipping, KL (TRL's k3 in the loss) and old log-probabilities are TRL's. Each process adds as many rows as the others,
and as many to each of its optimizer steps: what is not filled has no tokens. ``hir.old = "recompute"`` under one
optimizer step a batch leaves TRL's ratio at 1. With the loss types ``dapo`` (TRL's default) and ``bnpo`` an empty row
counts nothing; ``grpo`` and ``dr_grpo`` divide by the number of rows, empty ones among them.

The methods that this overrides are private to TRL: written for 1.16.0. Left out: refilling, judging in processes of
its own, images, tools, environments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from trl.trainer.grpo_trainer import GRPOTrainer

from hirkit.export.parts import ORIGINAL, Row, as_json, asks, proof
from hirkit.formats import native
from hirkit.read import thought
from hirkit.records import Instruction, Response, Scored, UserError
from hirkit.verify import verify
from train import loss, replay
from train.config import Hir

BY_ROW = ("completion_ids", "completion_mask", "old_per_token_logps", "ref_per_token_logps", "sampling_per_token_logps")
ALSO = ("importance_sampling_ratio", "prompt_ids", "prompt_mask", "advantages", "num_items_in_batch")


def rows(instructions: Iterable[Instruction], rules: str) -> list[Row]:
    """The dataset to train on: prompts, what ``hirkit.reward.trl_reward`` reads, and the whole instruction."""
    return [
        {"prompt": asks(one.prompt), "instruction": as_json(native.row(one)), **proof(one, rules, ORIGINAL)}
        for one in instructions
    ]


PAPER = Hir()


class HiRTrainer(GRPOTrainer):
    """GRPO with replays: ``hir`` says how many and which, ``estimator`` what an advantage is (see ``train.loss``)."""

    args: Any
    model: Any

    def __init__(self, *args: Any, hir: Hir = PAPER, estimator: loss.Estimator = "reinforce++", **more: Any) -> None:
        super().__init__(*args, **more)
        self.hir, self.estimator = hir, estimator

    def _calculate_rewards(self, inputs: Any, prompts: Any, completions: Any, completion_ids_list: Any) -> Any:
        rewards = super()._calculate_rewards(inputs, prompts, completions, completion_ids_list)
        self._rolled_out = inputs, completion_ids_list, rewards
        return rewards

    def _generate_and_score_completions(self, inputs: Any) -> Any:
        out = super()._generate_and_score_completions(inputs)
        if not self.model.training:
            return out
        if unknown := set(out) - {*BY_ROW, *ALSO}:
            raise UserError(f"HiRTrainer knows no {', '.join(sorted(unknown))}: train on text alone, without tools")
        inputs, ids, rewards = self._rolled_out
        old_NT, entropy_NT = self._measured(out)
        scored = [self._scored(*each) for each in zip(inputs, ids, entropy_NT, samples(inputs), strict=True)]
        steps = self.args.steps_per_generation
        added = -(-self.hir.k * len(ids) // (self.num_generations * steps)) * steps
        replays = self._chosen(scored)[:added]
        if self.hir.old == "behavior" or "old_per_token_logps" in out:
            out["old_per_token_logps"] = old_NT
        self._append(out, inputs, replays, added - len(replays))
        self._advantages(out, rewards, len(ids))
        said = {"replays": len(replays), "cla": sum(one.cla for one in scored) / len(scored)}
        for name, value in said.items():
            self._metrics["train"][f"hir/{name}"].append(float(value))
        return out

    @torch.no_grad()
    def _measured(self, out: Any) -> tuple[Tensor, Tensor]:
        """Log-probabilities and entropies of the policy as it is, for the rows of a batch."""
        ids, mask = (torch.cat([out[f"prompt_{x}"], out[f"completion_{x}"]], 1) for x in ("ids", "mask"))
        size, length = self.args.per_device_train_batch_size, out["completion_ids"].size(1)
        found = self._get_per_token_logps_and_entropies(self.model, ids, mask, length, size, compute_entropy=True)
        return found[0], found[1]

    def _scored(self, row: Row, ids: list[int], entropy_T: Tensor, sample: int) -> Scored:
        instruction = native.instruction_of(row["instruction"], row["rules"])
        text = self._tokenizer.decode(ids, skip_special_tokens=True)
        meta: Row = {"entropy": float(entropy_T[: len(ids)].mean())}
        meta |= {} if ids[-1] in self.eos_token_ids else {"truncated": True}
        response = Response(text, sample, meta, thought=thought(text))
        return Scored(instruction, response, verify(instruction, response.answer, row["rules"], loose=False))

    def _chosen(self, scored: Sequence[Scored]) -> list[tuple[int, Instruction]]:
        """The rows to replay, and under which instructions."""
        inputs = self._rolled_out[0]
        groups: dict[str, list[int]] = {}
        for i, row in enumerate(inputs):
            groups.setdefault(row["instruction"], []).append(i)
        seed = self.args.seed
        picked = replay.choose(scored, list(groups.values()), self.hir, self.hir.k, self.state.global_step + 1, seed)
        how = self.hir.rewrite
        told = [(i, replay.tell(scored[i], selection, how, inputs[i]["rules"], seed)) for i, selection in picked]
        return [(i, new) for i, new in told if isinstance(new, Instruction)]

    def _append(self, out: Any, inputs: Any, replays: Sequence[tuple[int, Instruction]], blank: int) -> None:
        """The rows of the replays, under their new prompts, and rows without tokens."""
        sources = [i for i, _ in replays] + [0] * blank
        if not sources:
            return
        prompts = [asks(new.prompt) for _, new in replays] + [inputs[0]["prompt"]] * blank
        told = self._tokenize_prompts(prompts)[0]
        width = max(out["prompt_ids"].size(1), *map(len, told))
        pad = self._tokenizer.pad_token_id
        for name, filler, new in (("prompt_ids", pad, told), ("prompt_mask", 0, [[1] * len(ids) for ids in told])):
            padded = [[filler] * (width - len(ids)) + list(ids) for ids in new]
            widened = torch.nn.functional.pad(out[name], (width - out[name].size(1), 0), value=filler)
            out[name] = torch.cat([widened, torch.tensor(padded, device=widened.device, dtype=widened.dtype)])
        for name in (*BY_ROW, "importance_sampling_ratio"):
            if name in out:
                out[name] = torch.cat([out[name], out[name][sources]])
        out["completion_mask"][len(out["completion_mask"]) - blank :] = 0
        if self.hir.old == "recompute" and "old_per_token_logps" in out:
            n = len(inputs)
            out["old_per_token_logps"][n:] = self._measured(out)[0][n:]
        out["num_items_in_batch"] = self.accelerator.gather(out["completion_mask"].sum()).sum()

    def _advantages(self, out: Any, rewards: Tensor, fresh: int) -> None:
        """The advantages of all rows of all processes; those of this one are kept.

        A completion that no reward function could score has advantage 0 and no part in any mean, as in TRL.
        """
        here, rank = out["completion_mask"], self.accelerator.process_index
        mine = rewards[rank * fresh : (rank + 1) * fresh]
        scorable = ~mine.isnan().all(1)
        columns = torch.zeros(len(here), 4, device=here.device)  # reward, tokens, group, whether it is a replay
        columns[:fresh, 0] = (mine * self.reward_weights.to(mine.device)).nansum(1)
        columns[fresh:, 0], columns[fresh:, 3] = 1.0, 1.0
        columns[:, 1] = here.sum(1)
        columns[:fresh, 1] *= scorable
        columns[:fresh, 2] = (rank * fresh + torch.arange(fresh, device=here.device)) // self.num_generations
        columns[:fresh, 2][~scorable] = -1
        reward_N, length_N, group_N, replay_N = self.accelerator.gather(columns).unbind(1)
        mask_NT = torch.arange(max(1, int(length_N.max())), device=here.device)[None] < length_N[:, None]
        found_NT = loss.advantages(
            self.estimator, reward_N, group_N, replay_N, mask_NT, None, 0.0, self.hir.advantage, self.hir.weight
        )
        out["advantages"] = found_NT[rank * len(here) : (rank + 1) * len(here), 0]


def samples(inputs: Sequence[Row]) -> list[int]:
    """Which response to its instruction each row is."""
    seen: dict[str, int] = {}
    found = []
    for row in inputs:
        found.append(seen.get(row["instruction"], 0))
        seen[row["instruction"]] = found[-1] + 1
    return found
