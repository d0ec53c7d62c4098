"""Fields of a row, with their types held to: shared by the formats."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from hirkit.layouts import LAYOUTS
from hirkit.records import BadRow, Key, Response


def need(row: dict[str, Any], field: str, kind: type, what: str) -> Any:
    """A field that must be there and of the right type, or ``BadRow``."""
    value = row.get(field)
    if value is None:
        raise BadRow(field, f"missing; expected {what}")
    if not isinstance(value, kind):
        raise BadRow(field, f"expected {what}, not {type(value).__name__} {value!r:.60}")
    return value


def key(row: dict[str, Any]) -> Key:
    """The row's key: text or a whole number."""
    value = row.get("key")
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise BadRow("key", f"expected text or a whole number, not {value!r:.60}")
    return value


def layout(row: dict[str, Any], field: str) -> str | None:
    """The layout that the row names, None where it names none."""
    value = row.get(field)
    if value is not None and (not isinstance(value, str) or value not in LAYOUTS):
        raise BadRow(field, f"expected one of {', '.join(LAYOUTS)}, not {value!r:.60}")
    return value


@dataclass(frozen=True, slots=True)
class Asked:
    """By what a response is joined to its instruction: the exact prompt, else the key."""

    prompt: str | None = None
    key: Key | None = None


def join(row: dict[str, Any]) -> Asked:
    """By the row's own ``prompt`` and ``key``."""
    prompt, found = row.get("prompt"), row.get("key")
    if prompt is not None and not isinstance(prompt, str):
        raise BadRow("prompt", f"expected the text of the prompt, not {type(prompt).__name__} {prompt!r:.60}")
    if prompt is None and found is None:
        raise BadRow("prompt", "missing; expected the exact prompt, or the key, of the instruction it answers")
    return Asked(prompt, None if found is None else key(row))


def responses(row: dict[str, Any]) -> tuple[Response, ...]:
    """The responses of a row: ``response`` (text) or ``responses`` (a list of texts).

    ``entropy``, ``logprobs``, ``truncated`` and ``model`` beside them are kept as ``meta``. A null response is no
    empty one: it was never generated, and is refused.
    """
    if "responses" in row:
        texts = need(row, "responses", list, "a list of texts")
        if not texts:
            raise BadRow("responses", "empty; expected a list of texts, at least one")
        for i, text in enumerate(texts):
            if not isinstance(text, str):
                raise BadRow(f"responses[{i}]", f"expected text, not {type(text).__name__} {text!r:.60}")
    else:
        texts = [need(row, "response", str, "the text of the response")]
    return with_meta(row, texts)


def with_meta(row: dict[str, Any], texts: list[str]) -> tuple[Response, ...]:
    """Responses with what the row says of them beside their text: the fields of ``META``."""
    named = {name: value for name, value in row.items() if value is not None}
    known = {META_ALSO[name]: value for name, value in named.items() if name in META_ALSO} | named
    meta = {name: check(known[name]) for name, check in META.items() if name in known}
    if len(texts) > 1 and (single := sorted(set(meta) - {"model"})):
        raise BadRow(single[0], f"one value for {len(texts)} responses; write one row per response")
    return tuple(Response(text, meta=meta) for text in texts)


HUGE = 1e300
"""Nothing that is measured: numbers from here on, infinite ones and NaN are refused, for their sum may be no number."""


def _numbers(name: str, value: Any) -> float:
    values = value if isinstance(value, list) else [value]
    if not values or any(isinstance(v, bool) or not isinstance(v, int | float) or not abs(v) < HUGE for v in values):
        raise BadRow(name, f"expected a number or a list of numbers, one per token, not {value!r:.60}")
    return math.fsum(values) / len(values)


def _entropy(value: Any) -> float:
    return _numbers("entropy", value)


def _logprobs(value: Any) -> float:
    """The mean log-probability of the tokens of a response, in any of these shapes.

    A number; a list of numbers (verl's ``rollout_log_probs``); of OpenAI's chats ``{"content": [{"logprob": …}, …]}``,
    of its completions and vLLM's ``{"token_logprobs": […]}``; a list of vLLM's ``{token id: {"logprob": …}}``, if it
    holds the sampled token alone: with others beside it there is no telling which was sampled.
    """
    if isinstance(value, dict):
        tokens = value.get("content")
        value = tokens if isinstance(tokens, list) else value.get("token_logprobs")
    if isinstance(value, list):
        value = [_logprob(token) for token in value]
    return _numbers("logprobs", value)


def _logprob(token: Any) -> Any:
    """The log-probability in what stands for a token; what is none is left for the caller to refuse."""
    if not isinstance(token, dict) or "logprob" in token:
        return token.get("logprob") if isinstance(token, dict) else token
    if len(token) != 1:
        raise BadRow(
            "logprobs", f"{len(token)} tokens at one place: ask vLLM for logprobs=0, the sampled token's alone"
        )
    return _logprob(next(iter(token.values())))


def _truncated(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadRow("truncated", f"expected true or false, not {value!r:.60}")
    return value


def _model(value: Any) -> str:
    if not isinstance(value, str):
        raise BadRow("model", f"expected a name, not {value!r:.60}")
    return value


META = {"entropy": _entropy, "logprobs": _logprobs, "truncated": _truncated, "model": _model}
"""What a row may say of a response: mean token entropy and log-probability (nats), whether it was cut off, by whom."""
META_ALSO = {"rollout_log_probs": "logprobs"}
"""What trainers call some of these; where a row has both, its ``logprobs`` count."""
