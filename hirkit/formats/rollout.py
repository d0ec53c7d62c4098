"""Rollouts that trainers dump: verl's ``{input, output, …}`` and TRL's ``{prompt, completion, …}``.

verl's ``input`` is text in which the chat template has been filled in: the user's last turn is taken out of it, for
the templates below or, where special tokens were left out on decoding, for role names on lines of their own. TRL's
prompt and completion are texts or chats. Constraints come from ``gts`` where that is IFEval's
``{instruction_id_list, kwargs}``, else from a prompts file, joined by the prompt.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from hirkit.formats import ifeval
from hirkit.formats.fields import Asked, need, with_meta
from hirkit.formats.messages import answered, asked, turns
from hirkit.records import BadRow, Instruction, Response

NAME = "rollout"

TEMPLATES = (  # what opens the user's turn, and what closes it
    ("<|im_start|>user\n", "<|im_end|>"),
    ("<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>"),
    ("<start_of_turn>user\n", "<end_of_turn>"),
    ("<|user|>\n", "<|end|>"),
    ("<|user|>\n", "<|assistant|>"),
    ("[INST] ", " [/INST]"),
    ("<｜User｜>", "<｜Assistant｜>"),
)
BARE = (("\nuser\n\n", "assistant\n\n"), ("\nuser\n", "\nassistant\n"))
"""The same where special tokens were left out: role names on lines of their own (Llama's, Qwen's)."""
ENDS = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>", "<|endoftext|>", "<|end_of_text|>", "</s>")
"""What a response may still end with: the token by which the model stopped."""


def recognises(row: dict[str, Any]) -> bool:
    """Whether the row is in this format."""
    return ("input" in row and "output" in row) or ("prompt" in row and "completion" in row)


def instruction(row: dict[str, Any], rules: str = "published") -> Instruction | None:
    """The row's instruction where ``gts`` holds its constraints. Its key is a hash of the prompt."""
    truth = row.get("gts")
    if isinstance(truth, str) and truth.lstrip().startswith("{"):
        try:
            truth = orjson.loads(truth)
        except orjson.JSONDecodeError:
            return None
    if not isinstance(truth, dict) or "instruction_id_list" not in truth:
        return None
    prompt = _prompt(row)
    key = hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return ifeval.instruction({**truth, "key": key, "prompt": prompt})


def join(row: dict[str, Any]) -> Asked:
    """By what the user asked."""
    return Asked(_prompt(row))


def responses(row: dict[str, Any]) -> tuple[Response, ...]:
    """The one response."""
    if "output" in row:
        return with_meta(row, [_unended(need(row, "output", str, "the text of the response"))])
    completion = row.get("completion")
    if isinstance(completion, str):
        return with_meta(row, [_unended(completion)])
    answer = answered(turns(completion, "completion"))
    if answer is None:
        raise BadRow("completion", "the last turn is not the assistant's: there is no response")
    return with_meta(row, [answer])


def _prompt(row: dict[str, Any]) -> str:
    if "output" in row:
        return user_turn(need(row, "input", str, "the templated prompt"))
    prompt = row.get("prompt")
    return user_turn(prompt) if isinstance(prompt, str) else asked(turns(prompt, "prompt"), "prompt")


def _unended(text: str) -> str:
    return next((text.removesuffix(end) for end in ENDS if text.endswith(end)), text)


def user_turn(text: str) -> str:
    r"""The user's last turn in a templated prompt; a text in no known template is taken as it is.

    >>> user_turn("<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi!<|im_end|>\n<|im_start|>assistant\n")
    'Hi!'
    >>> user_turn("system\nBe kind.\nuser\nHi\nthere!\nassistant\n")
    'Hi\nthere!'
    """
    for opening, closing in TEMPLATES:
        start = text.rfind(opening)
        if start >= 0 and (end := text.find(closing, start)) >= 0:
            return text[start + len(opening) : end]
    for opening, closing in BARE:
        start = f"\n{text}".rfind(opening)
        if start >= 0 and text.endswith(closing):
            return text[start + len(opening) - 1 : -len(closing)]
    return text
