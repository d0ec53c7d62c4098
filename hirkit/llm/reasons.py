"""Why an answer of the llm rewriter is not used: a closed list, counted beside the reasons of the span rewriter."""

from __future__ import annotations

from typing import Literal

from hirkit.span.refusals import Refused

LlmReason = Literal[
    "llm: not found in the prompt",  # it states a constraint in words we do not know: no answer could be checked
    "llm: prompt and arguments disagree",  # the prompt asks for something else than was checked
    "llm: repeats the request",  # the response repeats the very words that would change, or was to
    "llm: request refused",  # the endpoint will not work on this one: too long, or against its rules
    "llm: empty answer",  # or nothing between its tags
    "llm: answer cut off",  # the model reached its limit of tokens
    "llm: unchanged",  # the answer is the prompt
    "llm: constraint lost",  # one to keep, relax or add is not stated
    "llm: constraint stated otherwise",  # with other arguments, of a part only, or under a condition
    "llm: dropped constraint still stated",  # or hinted at; or the old arguments of a relaxed one
    "llm: task changed",  # a word of the task is gone, or elsewhere
    "llm: words added",  # what neither the prompt nor a constraint says: a preface, an answer, an apology
    "llm: left hanging",  # a line that leads to nothing, a count of rules that is no longer true
]


def refused(reason: LlmReason, detail: str) -> Refused:
    """A refusal like the span rewriter's."""
    return Refused(reason, detail)
