"""Rewards for other people's trainers: whether what the policy wrote follows its instruction.

``trl_reward`` is for TRL's GRPO and RLOO, ``compute_score`` for verl, ``reward_func`` for OpenRLHF; each reads what
``hirkit relabel --export`` wrote beside the prompt. The reward is HiR's: 1 if every constraint passes as the response
is (IFEval's strict), else 0. With ``mean`` it is the share of constraints that pass.

Reasoning up to ``</think>`` is not judged; reasoning that never closes is no answer, and follows nothing (unless it is
the chat template that opens it: then nobody sees that it was open).
A constraint that could not be judged is never a success. TRL knows rewards that are missing, so there such a completion
is not scored: None, unless another constraint fails for certain and the reward is 0 all the same. verl and OpenRLHF
know numbers only: there it counts as not followed. Both count it, and the log says why, once per reason. A ground truth
that cannot be read, or names an unknown constraint, raises: that is no response's fault. (OpenRLHF 0.11 logs what a
reward function raises, and goes on without a reward.)
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from constraints import Constraint, Verdict
from hirkit.formats.rollout import ENDS
from hirkit.read import thought
from hirkit.verify import EMPTY, check_of, is_blank

LOG = logging.getLogger(__name__)
TAIL = 64
"""By so many of its last characters a prompt is found again in a text whose beginning was cut off."""


class Score(NamedTuple):
    """The verdicts of one response.

    No dataclass, for Python makes none in a file that is loaded by its path, as trainers do.
    """

    verdicts: tuple[Verdict, ...]

    @property
    def errors(self) -> int:
        """How many constraints could not be judged."""
        return sum(verdict.status == "error" for verdict in self.verdicts)

    @property
    def dense(self) -> float:
        """The share of constraints that pass (CLA); an error is no pass."""
        return sum(map(bool, self.verdicts)) / len(self.verdicts)

    @property
    def sparse(self) -> float:
        """1 if every constraint passes (ILA), else 0; an error is no pass."""
        return float(all(self.verdicts))

    def certain(self, mean: bool) -> float | None:
        """The reward, None where an error leaves it open."""
        if mean:
            return None if self.errors else self.dense
        failed = any(verdict.status == "fail" for verdict in self.verdicts)
        return None if self.errors and not failed else self.sparse


def judge(constraints: Sequence[Constraint], answer: str, rules: str) -> tuple[Verdict, ...]:
    """The strict verdict of each constraint on an answer. A blank one follows nothing."""
    if is_blank(answer, rules):
        return tuple(EMPTY for _ in constraints)
    return tuple(check_of(constraint, rules)[1](answer) for constraint in constraints)


def score(constraints: Sequence[Constraint], text: str, rules: str, strip_think: bool = True) -> Score:
    """The score of a response, its reasoning left out unless told otherwise. Errors are logged."""
    verdicts = judge(constraints, text[thought(text) if strip_think else 0 :], rules)
    for constraint, verdict in zip(constraints, verdicts, strict=True):
        if verdict.status == "error":
            _log_once(constraint.id, verdict.because)
    return Score(verdicts)


@lru_cache(1024)
def _log_once(id: str, because: str) -> None:
    LOG.warning("%s could not be judged: %s", id, because)


@lru_cache(4096)
def constraints_of(text: str) -> tuple[Constraint, ...]:
    """The constraints in a column of TRL's: JSON text, a list of ``{"id", "args"}``. Raises ``ValueError``."""
    listed = _json(text)
    if not isinstance(listed, list) or not listed:
        raise ValueError(f'constraints: expected a list of {{"id", "args"}} as JSON text, not {text!r:.80}')
    return tuple(map(_constraint, listed))


@lru_cache(4096)
def named_by(truth: str) -> tuple[tuple[Constraint, ...], str]:
    """The constraints in a ground truth, JSON text in IFEval's words, and their rule set. Raises ``ValueError``.

    Where it names no rule set, as HiR's own data, it means the published rules.
    """
    named = _json(truth)
    ids, kwargs = (named.get("instruction_id_list"), named.get("kwargs")) if isinstance(named, dict) else (None, None)
    if not isinstance(ids, list) or not isinstance(kwargs, list) or not ids or len(ids) != len(kwargs):
        raise ValueError(
            f"ground truth: expected instruction_id_list and as many kwargs as JSON text, not {truth!r:.80}"
        )
    items = [{"id": id, "args": args} for id, args in zip(ids, kwargs, strict=True)]
    return tuple(map(_constraint, items)), named.get("rules", "published")


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as err:
        raise ValueError(f"not JSON ({err.msg}): {text!r:.80}") from None


def _constraint(item: Any) -> Constraint:
    id, args = (item.get("id"), item.get("args")) if isinstance(item, dict) else (None, None)
    if not isinstance(id, str) or not isinstance(args, dict | None):
        raise ValueError(f"expected a constraint's id and an object of arguments, not {item!r:.80}")
    return Constraint(id, {name: value for name, value in (args or {}).items() if value is not None})


def trl_reward(
    prompts: Sequence[Any],
    completions: Sequence[str | Sequence[Mapping[str, Any]]],
    constraints: Sequence[str],
    rules: Sequence[str],
    *,
    mean: bool = False,
    strip_think: bool = True,
    **columns: Any,
) -> list[float | None]:
    """The reward function of TRL: one reward per completion, a text or a conversation, whose last turn counts.

    ``functools.partial(trl_reward, mean=True)`` is the share. Columns beyond these are let through.
    """
    scores = [
        score(constraints_of(asked), _last(completion), by, strip_think)
        for completion, asked, by in zip(completions, constraints, rules, strict=True)
    ]
    if (log_metric := columns.get("log_metric")) is not None:
        log_metric("hirkit/errors", float(sum(one.errors for one in scores)))
    return [one.certain(mean) for one in scores]


def _last(completion: str | Sequence[Mapping[str, Any]]) -> str:
    """The text that a completion ends with. A turn of tool calls alone has none."""
    if isinstance(completion, str):
        return completion
    content = completion[-1].get("content") if completion else None
    if isinstance(content, list):
        return "".join(part.get("text") or "" for part in content)
    return content or ""


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: Mapping[str, Any] | None = None,
    mean: bool = False,
    strip_think: bool = True,
    **settings: Any,
) -> dict[str, float | str]:
    """The reward function of verl: ``reward.custom_reward_function.path=pkg://hirkit.reward``.

    Besides ``score`` it returns HiR's ``sparse`` (ILA), ``dense`` (CLA) and ``judge_list``, and ``errors``, the number
    of constraints not judged. ``judge_list`` is JSON text, a 1 or 0 per constraint: verl 0.9 makes an array of each
    value over the batch, which lists of different lengths do not fit into.
    """
    constraints, rules = named_by(ground_truth)
    found = score(constraints, solution_str, rules, strip_think)
    return {
        "score": found.dense if mean else found.sparse,
        "sparse": found.sparse,
        "dense": found.dense,
        "judge_list": orjson.dumps([int(bool(verdict)) for verdict in found.verdicts]).decode(),
        "errors": float(found.errors),
    }


def reward_func(
    queries: Sequence[str],
    prompts: Sequence[str],
    labels: Sequence[str],
    mean: bool = False,
    strip_think: bool = True,
    **settings: Any,
) -> dict[str, Any]:
    """The reward function of OpenRLHF: ``--reward.remote_url`` takes the path of this file, or of one that imports it.

    ``queries`` are prompt and response decoded as one text, special tokens included. Returns tensors, one reward each.
    """
    import torch

    scores = [
        score(*_asked(label, query, prompt), strip_think)
        for query, prompt, label in zip(queries, prompts, labels, strict=True)
    ]
    rewards = torch.tensor([one.dense if mean else one.sparse for one in scores], dtype=torch.float32)
    logs = {
        "sparse": torch.tensor([one.sparse for one in scores]).mean(),
        "dense": torch.tensor([one.dense for one in scores]).mean(),
        "errors": torch.tensor(float(sum(one.errors for one in scores))),
    }
    return {"rewards": rewards, "scores": rewards, "extra_logs": logs}


def _asked(label: str, query: str, prompt: str) -> tuple[tuple[Constraint, ...], str, str]:
    constraints, rules = named_by(label)
    return constraints, response_in(query, prompt), rules


def response_in(query: str, prompt: str) -> str:
    """What follows the prompt in a query, without the token that ended it. Raises ``ValueError`` if nothing does.

    A tokenizer may put a token before the prompt, and OpenRLHF cuts off the beginning of one that is too long: then the
    end of the prompt is looked for.

    >>> response_in("user: Hi\\nassistant: Hello!<|im_end|>", "user: Hi\\nassistant: ")
    'Hello!'
    """
    known = prompt if prompt in query else prompt[-TAIL:]
    if known not in query:
        raise ValueError(f"the prompt does not stand in the query: {prompt!r:.80}")
    text = query[query.index(known) + len(known) :]
    return next((text.removesuffix(closing) for closing in ENDS if text.endswith(closing)), text)
