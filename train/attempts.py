"""The responses of a step, judged: what they are, what there is to say of many, how they are kept in a file."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hirkit.formats import native
from hirkit.jsonl import atomic, encode
from hirkit.read import THINK_START, opens_thought, thought
from hirkit.records import Response, Scored

if TYPE_CHECKING:
    from train.rollout import Completion

Metrics = dict[str, float]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A response to the ``group``-th instruction of its step: its tokens, its text with the verdicts."""

    group: int
    prompt_ids: tuple[int, ...]
    completion: Completion
    scored: Scored

    @property
    def followed(self) -> bool:
        """HiR's binary success: all constraints hold, and the response came to its end."""
        return self.scored.followed_all and self.completion.ended

    @property
    def cla(self) -> float:
        """The share of constraints that hold; none do in a response that was cut off."""
        return self.scored.cla * self.completion.ended

    def with_entropy(self, entropy: float) -> Attempt:
        """The same, its mean token entropy known: HiR's F_div."""
        response = self.scored.response
        meta = {"entropy": entropy, **response.meta}
        return replace(self, scored=replace(self.scored, response=replace(response, meta=meta)))


def responded(tokenizer: Any, prompt_ids: Sequence[int], completion: Completion, sample: int) -> Response:
    """The text of a response, without the token that ended it. What was cut off says so.

    Where the prompt ends by opening the reasoning, as some chat templates have it, the text opens with it, too.
    """
    ids = completion.ids[:-1] if completion.ended else completion.ids
    text = tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    if opens_thought(tokenizer.decode(prompt_ids[-8:])):
        text = THINK_START + text
    meta = {"logprobs": mean(completion.logprobs)} | ({} if completion.ended else {"truncated": True})
    return Response(text, sample, meta, thought=thought(text))


def grouped(attempts: Sequence[Attempt]) -> list[list[int]]:
    """The places of each instruction's responses."""
    groups: dict[int, list[int]] = defaultdict(list)
    for i, one in enumerate(attempts):
        groups[one.group].append(i)
    return list(groups.values())


def accuracy(attempts: Sequence[Attempt]) -> Metrics:
    """ILA, CLA, the share that was cut off, error verdicts, and how often each constraint is followed."""
    by_id: dict[str, list[bool]] = defaultdict(list)
    for one in attempts:
        for judgement in one.scored.judgements:
            by_id[judgement.constraint.id].append(bool(judgement.strict) and one.completion.ended)
    return {
        "ila": mean([one.followed for one in attempts]),
        "cla": mean([one.cla for one in attempts]),
        "truncated": mean([not one.completion.ended for one in attempts]),
        "errors": sum(one.scored.errors for one in attempts),
        **{f"pass/{id}": mean(passes) for id, passes in sorted(by_id.items())},
    }


def described(attempts: Sequence[Attempt], rewards: Sequence[float]) -> Metrics:
    """What a step's fresh responses were like."""
    lengths = [len(one.completion.ids) for one in attempts]
    entropies = [one.scored.response.meta["entropy"] for one in attempts]
    groups = grouped(attempts)
    return accuracy(attempts) | {
        "reward": mean(rewards),
        "entropy": sum(n * entropy for n, entropy in zip(lengths, entropies, strict=True)) / sum(lengths),
        "length": mean(lengths),
        "length_followed": mean([n for n, one in zip(lengths, attempts, strict=True) if one.followed]),
        "length_failed": mean([n for n, one in zip(lengths, attempts, strict=True) if not one.followed]),
        "flat_groups": mean([len({rewards[i] for i in group}) == 1 for group in groups]),
        "pass_at_m": mean([any(attempts[i].followed for i in group) for group in groups]),
    }


def mean(values: Sequence[float]) -> float:
    """NaN, which the log tells as not measured, where there are none."""
    return sum(values) / len(values) if values else math.nan


def dump(path: Path, attempts: Sequence[Attempt], step: int) -> None:
    """The responses as `hirkit verify` and `hirkit relabel` read them; the file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic(str(path)) as out:
        assert out is not None
        out.writelines(encode(row(one, step)) for one in attempts)


def row(attempt: Attempt, step: int) -> dict[str, Any]:
    """A response with its instruction, in hirkit's own format."""
    instruction, response = attempt.scored.instruction, attempt.scored.response
    return {**native.row(instruction), "response": response.text, **response.meta, "step": step}
