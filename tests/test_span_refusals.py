"""Prompts that the span rewriter must leave alone, each with the reason; and the parts that read them.

All prompts are our own. A row of the table: the prompt, the constraint that failed, the one that is kept, the reason.
"""

from __future__ import annotations

import re
from typing import get_args

import pytest

from constraints.core import Constraint
from hirkit.span import Reason, Refused, rewrite_span
from hirkit.span.phrases import pattern
from hirkit.span.quantities import quantity
from hirkit.span.sentences import split
from tests.asking import (
    BOILER,
    BULLETS,
    JSON,
    KITE,
    LOWER,
    NO_COMMA,
    QUOTES,
    SPANISH,
    STARS_3,
    TITLE,
    UPPER,
    WORDS_70,
    WORDS_91,
    c,
    expected,
    repeat,
    rewritten,
)

# ------------------------------------------------------------------------------------------------ refusals

REFUSALS: list[tuple[str, Constraint, Constraint, str]] = [
    ("Greet Ann. Avoid commas.", c("no:such_id"), NO_COMMA, "no wording known"),
    ("Greet Ann. Avoid commas.", NO_COMMA, c("no:such_id"), "no wording known"),
    ("Greet Ann. Keep the little curved marks out.", NO_COMMA, QUOTES, "not found"),
    ("Grüße Anna ohne Kommas. Use at least 70 words.", NO_COMMA, WORDS_70, "not found"),
    ("Greet Ann. Avoid commas.", NO_COMMA, WORDS_70, "not found"),
    ("Greet Ann. Separate the paragraphs with ***. Avoid commas.", STARS_3, NO_COMMA, "not found"),
    ("Greet Ann. Repeat nothing.", repeat("Greet Bob."), NO_COMMA, "not found"),
    ("Greet Ann. Use at least 80 words. Avoid commas.", NO_COMMA, WORDS_70, "prompt and arguments disagree"),
    ("Greet Ann. Use less than 70 words. Avoid commas.", NO_COMMA, WORDS_70, "prompt and arguments disagree"),
    ("Greet Ann in a 70-word note. Avoid commas.", NO_COMMA, WORDS_70, "prompt and arguments disagree"),
    (
        "Greet Ann. Mention the keywords 'kite', 'sea' and 'wind'. Avoid commas.",
        NO_COMMA,
        KITE,
        "prompt and arguments disagree",
    ),
    ("Greet Ann. Wrap your answer in double quotes.", QUOTES, c(QUOTES.id), "shared with a kept constraint"),
    ("Greet Ann and Bob in all lowercase letters or without commas.", LOWER, NO_COMMA, "shared with a kept constraint"),
    ("Rewrite this letter in all lowercase letters. Avoid commas.", LOWER, NO_COMMA, "part of the task"),
    ("Translate it in Spanish. Avoid commas.", SPANISH, NO_COMMA, "part of the task"),
    ("Tell me in Spanish. Avoid commas.", SPANISH, NO_COMMA, "part of the task"),
    ("Expand my text into at least 70 words. Avoid commas.", WORDS_70, NO_COMMA, "part of the task"),
    ("Write 3 paragraphs on hail separated by *** and use no commas.", STARS_3, NO_COMMA, "part of the task"),
    ("Write a note with 2 bullet points that list my debts. Avoid commas.", BULLETS, NO_COMMA, "part of the task"),
    (
        "Write a note in all capital letters for the title. Avoid commas.",
        UPPER,
        NO_COMMA,
        "prompt and arguments disagree",
    ),
    ("Give each ferry a name in all capital letters. Avoid commas.", UPPER, NO_COMMA, "part of the task"),
    ("If Ann is in, use no commas. Use at least 70 words.", NO_COMMA, WORDS_70, "prompt and arguments disagree"),
    (
        "You need not write it all in all lowercase letters. Avoid commas.",
        LOWER,
        NO_COMMA,
        "prompt and arguments disagree",
    ),
    (
        "Write two notes to Ann, the second with no commas. Use at least 70 words.",
        NO_COMMA,
        WORDS_70,
        "prompt and arguments disagree",
    ),
    ("Write a note to Ann with at least 70 words and a poem. Avoid commas.", WORDS_70, NO_COMMA, "part of the task"),
    ("Use at least 70 words. Avoid commas.", WORDS_70, NO_COMMA, "part of the task"),
    (
        "Greet Ann. Use exactly 2 bullet points. These should be short. Avoid commas.",
        BULLETS,
        NO_COMMA,
        "unreadable without it",
    ),
    (
        "Greet Ann. Your answer must contain exactly 2 bullet points such as:\nmilk and honey\nAvoid commas.",
        BULLETS,
        NO_COMMA,
        "unreadable without it",
    ),
    (
        "Greet Ann. Follow these two rules:\n1. Avoid commas.\n2. Use at least 70 words.",
        NO_COMMA,
        WORDS_70,
        "unreadable without it",
    ),
    (
        "Greet Ann.\n1. Avoid commas.\n2. Use at least 70 words.\nRule 2 matters most.",
        NO_COMMA,
        WORDS_70,
        "unreadable without it",
    ),
    (
        "Greet Ann. Try to use less than 91 words, and I would like no commas.",
        WORDS_91,
        NO_COMMA,
        "unreadable without it",
    ),
    (
        "Greet Ann. Use all lowercase letters, the word boiler at least twice and so on.",
        LOWER,
        BOILER,
        "unreadable without it",
    ),
    ("Tell of a lost comma. Avoid commas. Use at least 70 words.", NO_COMMA, WORDS_70, "stated elsewhere too"),
    (
        "Greet Ann. Include a title in double angular brackets. The title should rhyme. Avoid commas.",
        TITLE,
        NO_COMMA,
        "stated elsewhere too",
    ),
    ("Draw up a JSON file. Wrap the output in JSON format. Avoid commas.", JSON, NO_COMMA, "stated elsewhere too"),
    (
        "Greet Ann.\nAvoid commas.\nBefore you answer, repeat the request.\nThen stop.",
        repeat("Greet Ann.\nAvoid commas."),
        NO_COMMA,
        "stated elsewhere too",
    ),
    ("Greet Ann. \ue000 Avoid commas. Use at least 70 words.", NO_COMMA, WORDS_70, "unreadable without it"),
]


@pytest.mark.parametrize(("prompt", "dropped", "kept", "reason"), REFUSALS, ids=lambda v: str(v)[:40])
def test_refusals(prompt: str, dropped: Constraint, kept: Constraint, reason: str) -> None:
    assert expected(rewritten(prompt, dropped, kept)) == f"refused: {reason}"


def test_every_reason_has_its_example_and_names_a_constraint() -> None:
    """The request that is repeated has its own test above."""
    assert {r for *_, r in REFUSALS} | {"repeats the request", "no place for more"} == set(get_args(Reason))
    result = rewritten("Greet Ann.", NO_COMMA, QUOTES)
    assert result == Refused("not found", "punctuation:no_comma: the prompt does not state it in words we know")


@pytest.mark.parametrize("after", [[NO_COMMA, WORDS_70], [None, None], [NO_COMMA], [WORDS_70, None]])
def test_nothing_to_do_is_a_mistake_of_the_caller(after: list[Constraint | None]) -> None:
    with pytest.raises(ValueError, match="constraint"):
        rewrite_span("Greet Ann. Avoid commas. Use at least 70 words.", [NO_COMMA, WORDS_70], after)


# ------------------------------------------------------------------------------------------------ the parts


@pytest.mark.parametrize(
    ("words", "want"),
    [
        ("at least 3", (3, float("inf"))), ("3 or more", (3, float("inf"))), ("3+", (3, float("inf"))),
        ("more than 3", (4, float("inf"))), ("less than three", (0, 2)), ("at most 3", (0, 3)), ("3 or less", (0, 3)),
        ("exactly 3", (3, 3)), ("only once", (1, 1)), ("at least twice", (2, float("inf"))), ("5 to 7", (5, 7)),
        ("between 40 and 60", (40, 60)), ("1,200", (1200, 1200)), ("a few", (1, float("inf"))),
        ("less than a total of 10", (0, 9)), ("no longer than 3", (0, 3)), ("no shorter than 3", (3, float("inf"))),
        ("below 3", (0, 2)), ("above 3", (4, float("inf"))), ("max 3", (0, 3)), ("3 at minimum", (3, float("inf"))),
        ("a hundred", (100, 100)), ("one hundred", (100, 100)), ("3 at most", (0, 3)),
        ("a minimum of 3", (3, float("inf"))),
    ],
)  # fmt: skip
def test_quantities(words: str, want: tuple[float, float]) -> None:
    read = quantity(words)
    assert read is not None
    assert read[0] == want


@pytest.mark.parametrize("words", ["7 to 5", "no number", "1 2 3"])
def test_what_is_not_a_quantity(words: str) -> None:
    assert quantity(words) is None


@pytest.mark.parametrize(
    ("phrase", "yes", "no"),
    [
        ("use [any] commas?", ["use commas", "use any comma"], ["use  commas", "useany commas"]),
        ("[the|a] (small|big) [red] cat", ["big cat", "the small red cat"], ["red cat", "the cat"]),
    ],
)
def test_the_notation(phrase: str, yes: list[str], no: list[str]) -> None:
    assert all(re.fullmatch(pattern(phrase), text) for text in yes)
    assert not any(re.fullmatch(pattern(phrase), text) for text in no)


@pytest.mark.parametrize(
    "sentences",
    [
        ["Write a note, e.g. a haiku.", "Avoid commas."],
        ['She said "Go. Now." to me.', "Why?"],
        ["Add a postscript starting with P.S.", "Use all caps."],
        ["Start with P.P.S", "Your answer must rhyme."],
        ["Mark each with Part X.", "Avoid commas."],
        ["Separate them with: ***", "Avoid commas."],
        ["a fish... and a chip.", "no more."],
    ],
)
def test_sentences(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [text[s.start : s.end] for s in split(text)] == sentences
