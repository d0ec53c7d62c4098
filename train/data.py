"""What a run learns from: instructions, records replayed from a file, pairs for a supervised warm-up.

Every batch is derived from the seed and its step alone, so that a run that goes on after a break needs no cursor: it
takes up the instructions that it would have taken. One function renders prompts, for all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from hirkit.formats import format_of, replay
from hirkit.jsonl import Source, decode
from hirkit.read import THINK_START, opens_thought, read_prompts
from hirkit.records import BadRow, Instruction, UserError
from train import config

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """A response from a file, and what it answers.

    ``logprob`` is the mean log-probability that its own policy gave its tokens, ``step`` when, where the file says so.
    """

    prompt_ids: Tokens
    ids: Tokens
    logprob: float | None = None
    step: int = 0


@dataclass(frozen=True, slots=True)
class Data:
    """Instructions by step, those held out, and what was left out, in sentences."""

    batch: Callable[[int], list[Instruction]]
    heldout: Sequence[Instruction]
    told: Sequence[str] = ()


def derive(*parts: int | str) -> int:
    """A seed of its own for everything that is drawn: of the run's seed, what it is for, and the step.

    >>> derive(0, "order", 1) == derive(0, "order", 1), derive(0, "order", 1) == derive(0, "order", 11)
    (True, False)
    """
    return int.from_bytes(hashlib.sha256("\0".join(map(str, parts)).encode()).digest()[:7])


def render(tokenizer: Any, prompt: str, settings: config.Data) -> Tokens:
    """A prompt as the policy sees it, in rollouts, replays and evaluation alike: its chat template, ready to answer.

    A tokenizer without a chat template gets the plain text.
    """
    if tokenizer.chat_template is None:
        return tuple(tokenizer(prompt).input_ids)
    system = [{"role": "system", "content": settings.system}] if settings.system else []
    turns = [*system, {"role": "user", "content": prompt}]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, **settings.template)
    return tuple(tokenizer(text, add_special_tokens=False).input_ids)


def endings(path: str, tokenizer: Any) -> frozenset[int]:
    """Every token that ends a response: the tokenizer's, and those of the model's generation config."""
    from transformers import GenerationConfig

    try:
        ids = GenerationConfig.from_pretrained(path).eos_token_id
    except OSError:  # there is no such file
        ids = None
    known = frozenset({tokenizer.eos_token_id, *(ids if isinstance(ids, list) else [ids])} - {None})
    if not known:
        raise UserError(f"model.path: nothing in {path!r} (tokenizer, generation config) says which token ends a text")
    return known


def load(settings: config.Config, rendered: Callable[[str], Tokens]) -> Data:
    """The instructions of a run."""
    data, size = settings.data, settings.hir.prompts
    if not data.prompts:
        return _nano(settings)
    found, told = _read(data.prompts, data, rendered)
    if data.heldout:
        heldout, told_heldout = _read(data.heldout, data, rendered)
        told += told_heldout
    else:
        chance = Random(derive(settings.seed, "heldout"))
        aside = set(chance.sample(range(len(found)), min(data.heldout_size, len(found))))
        heldout = [found[i] for i in sorted(aside)]
        found = [one for i, one in enumerate(found) if i not in aside]
    if len(found) < size:
        raise UserError(
            f"{data.prompts}: {len(found)} instructions to train on; hir.prompts = {size} are wanted a step"
        )
    return Data(lambda step: _drawn(found, settings.seed, (step - 1) * size, size), heldout, told)


def _nano(settings: config.Config) -> Data:
    from hirkit.demo.language import instructions

    sizes, seed, n = (settings.data.least, settings.data.most), settings.seed, settings.hir.prompts
    heldout = instructions(derive(seed, "heldout"), settings.data.heldout_size, *sizes, split="test")
    return Data(lambda step: list(instructions(derive(seed, "batch", step), n, *sizes)), list(heldout))


def _read(path: str, data: config.Data, rendered: Callable[[str], Tokens]) -> tuple[list[Instruction], list[str]]:
    prompts = read_prompts(Source(path), path, data.rules)
    found = [one for same in prompts.by_prompt.values() for one in same]
    short = [one for one in found if len(rendered(one.prompt)) <= data.max_prompt_tokens]
    told = [f"{path}: {len(prompts.rejected)} rows are rejected, the first: {bad}" for bad in prompts.rejected[:1]]
    if too_long := len(found) - len(short):
        told.append(f"{path}: {too_long} prompts of more than {data.max_prompt_tokens} tokens are left out")
    if not short:
        raise UserError(" ".join([f"{path}: no instruction is left.", *told]))
    return short, told


def _drawn(found: Sequence[Instruction], seed: int, start: int, size: int) -> list[Instruction]:
    """Instructions ``start`` to ``start + size`` of epoch after epoch, each in an order of its own."""
    batch: list[Instruction] = []
    for place in range(start, start + size):
        epoch, i = divmod(place, len(found))
        if not batch or i == 0:
            order = Random(derive(seed, "order", epoch)).sample(range(len(found)), len(found))
        batch.append(found[order[i]])
    return batch


def stored(path: str, tokenizer: Any, settings: config.Data) -> list[Stored]:
    """Prompts with their responses, in any format hirkit reads, and its own replay records; a bad row stops the run.

    Their tokens are not those that were sampled: a file has text. They end with the tokenizer's end of a text, and do
    not open the reasoning once more where the prompt does.
    """
    rows = []
    for line in Source(path):
        try:
            row = decode(line)
            form = format_of(row)
            prompt = form.join(row).prompt
            if prompt is None:
                raise BadRow("prompt", "missing; expected the exact prompt")
            for response in form.responses(row):
                asked = render(tokenizer, prompt, settings)
                text = response.text.removeprefix(THINK_START if opens_thought(tokenizer.decode(asked[-8:])) else "")
                ids = (*tokenizer(text, add_special_tokens=False).input_ids, tokenizer.eos_token_id)
                rows.append(Stored(asked, ids, response.meta.get("logprobs"), replay.step(row)))
        except BadRow as err:
            raise UserError(f"{line.where}: {err}") from None
    if not rows:
        raise UserError(f"{path}: no rows")
    return rows


def due(rows: Sequence[Stored], settings: config.Data, seed: int, step: int) -> list[Stored]:
    """The stored records whose turn it is, of those not too old: each once, before any comes again."""
    oldest = step - settings.replay_max_age if settings.replay_max_age else 0
    fresh = [row for row in rows if row.step >= oldest]
    if not fresh:
        return []
    order = Random(derive(seed, "stored")).sample(range(len(fresh)), len(fresh))
    start = (step - 1) * settings.replay_quota
    return [fresh[order[place % len(fresh)]] for place in range(start, start + settings.replay_quota)]
