"""The mean token entropy of a policy along responses: HiR's F_div, where the rows do not carry it.

For each token of a response, the entropy in nats of the distribution from which the policy would have drawn it, over
the whole vocabulary, given the prompt and the tokens before it; then the mean over the response's tokens. The prompt
is rendered as it is trained on: by the tokenizer's chat template as one user turn with the opening of the assistant's
after it, and without a template as it is, after the tokenizer's begin token if it has one. The response is tokenised
apart from the prompt, as in training: what a policy generated begins with a token of its own, whatever one tokenizer
run over both would join; a ``<think>`` that the template ends with is not repeated. Not in the mean: the end token,
because rows do not say whether a response ended or was cut off; and the first token of all, where nothing comes before.

Arithmetic: logits of the response's positions only, ``LOGITS_AT_ONCE`` of them at a time; entropies in float32, rounded
to 6 decimals. On a CPU in float32 the result does not depend on what else is in the batch, within 1e-5; in bfloat16 it
may, by what that type rounds. The same pairs in the same order are always batched alike.

Left out: several devices, quantised models, prompts of several turns.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from hirkit.read import THINK_START, opens_thought
from hirkit.records import UserError

if TYPE_CHECKING:
    from torch import Tensor

TOKENS_AT_ONCE = 1 << 14
"""Tokens in a batch, padding included."""
LOGITS_AT_ONCE = 1 << 28
"""Positions times vocabulary in a batch: 1 GiB in float32."""
ENTROPIES_AT_ONCE = 1 << 24
"""Positions times vocabulary that are in float32 once more, as probabilities."""
SAMPLED = 1024
"""Values of each weight that go into a model's fingerprint."""


@dataclass(frozen=True, slots=True)
class Row:
    """A prompt and a response as tokens, the response's from ``start`` on; ``place`` is its number in the input."""

    place: int
    tokens: tuple[int, ...]
    start: int


@dataclass(frozen=True, slots=True)
class Scorer:
    """A model that scores responses. ``identity`` says which, for the record of a run; ``tell`` hears of mishaps."""

    model: Any
    tokenizer: Any
    identity: Mapping[str, Any]
    tell: Callable[[str], None]

    @property
    def longest(self) -> int | None:
        """How many tokens the model reads at most, as its configuration says; None where it does not."""
        found = getattr(self.model.config.get_text_config(), "max_position_embeddings", None)
        return found if isinstance(found, int) and found > 0 else None

    def mean_entropies(
        self, pairs: Sequence[tuple[str, str]], progress: Callable[[int], None] | None = None
    ) -> list[float | None]:
        """The mean token entropy of each response under its prompt, in nats, in the order of the pairs.

        None for a response without tokens, and for one that is too long for the model with its prompt; ``tell`` hears
        how many are too long. ``progress`` hears how many responses more are done. ``UserError`` where the model gives
        no numbers, or does not fit in memory even alone.
        """
        found: list[float | None] = [None] * len(pairs)
        rows = [row for row in map(self._row, range(len(pairs)), pairs) if row.start < len(row.tokens)]
        fitting = [row for row in rows if self.longest is None or len(row.tokens) <= self.longest]
        if too_long := len(rows) - len(fitting):
            self.tell(
                f"{too_long} responses are longer with their prompts than the {self.longest} tokens that "
                f"{self.identity['model']} reads: no entropy for them"
            )
        heard = progress or (lambda done: None)
        heard(len(pairs) - len(fitting))
        for row, mean in self._means(fitting):
            found[row.place] = round(mean, 6)
            heard(1)
        return found

    def _row(self, place: int, pair: tuple[str, str]) -> Row:
        prompt = self.prompt_tokens(pair[0])
        opened = opens_thought(self.tokenizer.decode(prompt[-8:]))
        response = self._tokens(pair[1].removeprefix(THINK_START if opened else ""))
        return Row(place, (*prompt, *response), max(len(prompt), 1))

    def prompt_tokens(self, prompt: str) -> list[int]:
        """The tokens before a response: the prompt as it is trained on."""
        if self.tokenizer.chat_template is None:
            begin, nothing = self.tokenizer.bos_token_id, self.tokenizer("").input_ids
            return [*nothing[: begin is not None and nothing[:1] == [begin]], *self._tokens(prompt)]
        import jinja2

        try:
            turns = [{"role": "user", "content": prompt}]
            text = self.tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        except jinja2.TemplateError as err:
            raise UserError(f"{self.identity['model']}: its chat template takes no lone user turn: {err}") from None
        return self._tokens(text)

    def _tokens(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False).input_ids)

    def _means(self, rows: Sequence[Row]) -> Iterator[tuple[Row, float]]:
        """The rows, longest first, each with its mean entropy. What does not fit in memory is tried in halves."""
        vocabulary = self.model.config.get_text_config().vocab_size
        left = sorted(rows, key=lambda row: (-len(row.tokens), row.place))
        tokens, logits = TOKENS_AT_ONCE, LOGITS_AT_ONCE
        while left:
            size = batch_size(left, tokens, logits // vocabulary)
            means = self._fitting(left[:size], max(1, logits // vocabulary // size))
            if means is not None:
                yield from zip(left[:size], means, strict=True)
                left = left[size:]
                continue
            tokens, logits = min(tokens, size * len(left[0].tokens)) // 2, logits // 2
            if size == 1 and logits < vocabulary:
                raise UserError(f"{self.identity['model']} does not fit in memory with one response", code=3)
            self.tell(f"out of memory with {size} responses at a time; going on with half as much")

    def _fitting(self, rows: Sequence[Row], positions: int) -> list[float] | None:
        """The mean entropies of a few rows; None where they do not fit in memory."""
        import torch

        try:
            return self._batch(rows, positions)
        except (MemoryError, RuntimeError) as err:
            if not isinstance(err, (MemoryError, torch.OutOfMemoryError)) and "not enough memory" not in str(err):
                raise
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return None

    def _batch(self, rows: Sequence[Row], positions: int) -> list[float]:
        """The mean entropies of a few rows, ``positions`` of each at a time."""
        import torch

        longest = max(len(row.tokens) for row in rows)
        ids_BT = torch.tensor([[*row.tokens, *[0] * (longest - len(row.tokens))] for row in rows])
        mask_BT = torch.tensor([[1] * len(row.tokens) + [0] * (longest - len(row.tokens)) for row in rows])
        first = min(row.start for row in rows) - 1  # position t predicts token t + 1
        sums = [0.0] * len(rows)
        for at in range(first, longest - 1, positions):
            end = min(at + positions, longest - 1)
            entropy_BP = self._entropies(ids_BT, mask_BT, torch.arange(at, end))
            for i, row in enumerate(rows):
                mine = entropy_BP[i, max(row.start - 1 - at, 0) : max(len(row.tokens) - 1 - at, 0)]
                sums[i] += float(mine.sum(dtype=torch.float64))
        if not all(abs(total) < float("inf") for total in sums):
            raise UserError(f"{self.identity['model']}: its logits are not finite in {self.identity['dtype']}", code=3)
        return [total / (len(row.tokens) - row.start) for total, row in zip(sums, rows, strict=True)]

    def _entropies(self, ids_BT: Tensor, mask_BT: Tensor, positions_P: Tensor) -> Tensor:
        """The entropy of the distribution at each of these positions, in float32 on the CPU."""
        import torch

        device = self.model.device
        places_BT = torch.arange(ids_BT.shape[1]).expand_as(ids_BT)
        given = {"input_ids": ids_BT, "attention_mask": mask_BT, "position_ids": places_BT}
        accepted = inspect.signature(self.model.forward).parameters
        given = {name: value.to(device) for name, value in given.items() if name in accepted}
        chosen = positions_P.to(device)
        with torch.inference_mode():
            if "logits_to_keep" in accepted:
                logits_BPV = self.model(**given, use_cache=False, logits_to_keep=chosen).logits
            else:
                logits_BPV = self.model(**given, use_cache=False).logits[:, chosen]
            step = max(1, ENTROPIES_AT_ONCE // (logits_BPV.shape[0] * logits_BPV.shape[2]))
            parts = [torch.special.entr(part.float().softmax(-1)).sum(-1) for part in logits_BPV.split(step, dim=1)]
            return torch.cat(parts, dim=1).cpu()


def batch_size(rows: Sequence[Row], tokens: int, positions: int) -> int:
    """How many of these rows, longest first, make a batch: so many tokens with padding, so many positions to predict.

    At least one, whatever its length.

    >>> rows = [Row(0, tuple(range(10)), 8), Row(1, tuple(range(9)), 8), Row(2, tuple(range(9)), 2)]
    >>> batch_size(rows, 20, 99), batch_size(rows, 99, 5), batch_size(rows, 99, 99), batch_size(rows, 1, 1)
    (2, 2, 3, 1)
    """
    longest, start = len(rows[0].tokens), rows[0].start
    for size, row in enumerate(rows, start=1):
        start = min(start, row.start)
        if size > 1 and (size * longest > tokens or size * (longest - start) > positions):
            return size - 1
    return len(rows)


def _to_stderr(message: str) -> None:
    sys.stderr.write(f"{message}\n")


def load(
    path_or_name: str,
    device: str | None = None,
    dtype: str | None = None,
    trust_remote_code: bool = False,
    tell: Callable[[str], None] = _to_stderr,
) -> Scorer:
    """A causal language model of transformers, from a folder or by its name on a hub, ready to score.

    ``device`` is a GPU where there is one, else the CPU; ``dtype`` bfloat16 on a GPU, else float32. Code that comes
    with a model is run only with ``trust_remote_code``. ``UserError`` where there is no such model, or no transformers.
    """
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError:
        raise UserError("--score-model needs torch and transformers: python -m pip install 'hirkit[train]'") from None
    place = device or ("cuda" if torch.cuda.is_available() else "cpu")
    kind = dtype or ("bfloat16" if place.startswith("cuda") else "float32")
    if not isinstance(getattr(torch, kind, None), torch.dtype):
        raise UserError(f"dtype {kind!r}: no such type of torch's; try float32 or bfloat16")
    try:
        tokenizer = AutoTokenizer.from_pretrained(path_or_name, trust_remote_code=trust_remote_code)
        model: Any = AutoModelForCausalLM.from_pretrained(
            path_or_name, dtype=getattr(torch, kind), trust_remote_code=trust_remote_code
        )
    except (OSError, ValueError, KeyError) as err:
        raise UserError(
            f"--score-model {path_or_name}: transformers cannot load it: {' '.join(str(err).split())}"
        ) from None
    model.to(place).eval()
    return Scorer(model, tokenizer, identity(path_or_name, model, tokenizer), tell)


_NOT_THE_MODEL = frozenset({"_name_or_path", "transformers_version"})


def identity(name: str, model: Any, tokenizer: Any) -> dict[str, Any]:
    """Which model this is, told apart from its other checkpoints: for the record of a run.

    ``weights_sample`` is of ``SAMPLED`` values of each weight, evenly spread, as they were loaded.
    """
    from transformers import __version__

    config = {name: value for name, value in model.config.to_dict().items() if name not in _NOT_THE_MODEL}
    template = tokenizer.chat_template
    return {
        "model": name,
        "revision": getattr(model.config, "_commit_hash", None),
        "config_sha256": _sha256([json.dumps(config, sort_keys=True, default=str).encode()]),
        "weights_sample_sha256": _sha256(chain.from_iterable(_samples(model))),
        "chat_template_sha256": None if template is None else _sha256([str(template).encode()]),
        "dtype": str(model.dtype).removeprefix("torch."),
        "device": model.device.type,
        "transformers": __version__,
    }


def _samples(model: Any) -> Iterator[tuple[bytes, bytes]]:
    import torch

    for name, weight in sorted(model.state_dict().items()):
        values = weight.reshape(-1)[:: max(1, weight.numel() // SAMPLED)]
        yield name.encode(), values.contiguous().view(torch.uint8).cpu().numpy().tobytes()


def _sha256(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
