"""Taking the words of failed constraints out of a prompt: every id, every refusal, the laws, and a real file.

All prompts are our own. A row of a table: the prompt, the constraint that failed, the one that is kept, the result.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constraints.core import Constraint
from hirkit.span import Reason, Refused, rewrite_span
from hirkit.span.phrases import pattern
from hirkit.span.quantities import quantity
from hirkit.span.sentences import split
from hirkit.span.statements import find
from hirkit.span.wordings import TABLE

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def c(id_: str, **args: Any) -> Constraint:
    return Constraint(id_, args)


NO_COMMA = c("punctuation:no_comma")
LOWER = c("change_case:english_lowercase")
UPPER = c("change_case:english_capital")
QUOTES = c("startend:quotation")
JSON = c("detectable_format:json_format")
TITLE = c("detectable_format:title")
TWO = c("combination:two_responses")
OPTIONS = c("detectable_format:constrained_response")
PS = c("detectable_content:postscript", postscript_marker="P.S.")
WORDS_70 = c("length_constraints:number_words", relation="at least", num_words=70)
WORDS_91 = c("length_constraints:number_words", relation="less than", num_words=91)
SENTENCES = c("length_constraints:number_sentences", relation="at least", num_sentences=6)
STARS_3 = c("length_constraints:number_paragraphs", num_paragraphs=3)
NTH = c("length_constraints:nth_paragraph_first_word", num_paragraphs=3, nth_paragraph=2, first_word="meanwhile")
KITE = c("keywords:existence", keywords=["kite", "wind"])
NOT_RAIN = c("keywords:forbidden_words", forbidden_words=["rain", "wet"])
BOILER = c("keywords:frequency", keyword="boiler", frequency=2, relation="at least")
SUN = c("keywords:frequency", keyword="sun", frequency=3, relation="less than")
LETTER_Z = c("keywords:letter_frequency", letter="z", let_frequency=4, let_relation="at least")
NO_Z = c("keywords:letter_frequency", letter="z", let_frequency=1, let_relation="less than")
SPANISH = c("language:response_language", language="es")
BLANKS = c("detectable_content:number_placeholders", num_placeholders=2)
BULLETS = c("detectable_format:number_bullet_lists", num_bullets=2)
STARRED = c("detectable_format:number_highlighted_sections", num_highlights=2)
PARTS = c("detectable_format:multiple_sections", section_spliter="Part", num_sections=2)
END = c("startend:end_checker", end_phrase="So long.")
CAPS_3 = c("change_case:capital_word_frequency", capital_relation="at least", capital_frequency=3)
CAPS_6 = c("change_case:capital_word_frequency", capital_relation="less than", capital_frequency=6)


def repeat(request: str) -> Constraint:
    return c("combination:repeat_prompt", prompt_to_repeat=request)


def rewritten(prompt: str, dropped: Constraint, *kept: Constraint) -> str | Refused:
    return rewrite_span(prompt, [dropped, *kept], [None, *kept])


def those(asked: Sequence[Constraint], kept: Sequence[bool]) -> list[Constraint | None]:
    """What is asked in hindsight where the others are dropped."""
    return [k if keep else None for k, keep in zip(asked, kept, strict=True)]


# ---------------------------------------------------------------------------------------------- every id goes and stays

TASK = "Tell a short tale about a fisherman who finds a bottle at sea."
SAID = [  # one way to say each, as a sentence of its own; a few take more than one
    (NO_COMMA, "Please avoid commas."),
    (WORDS_70, "Use 70 words or more."),
    (SENTENCES, "Your response should have more than 5 sentences."),
    (STARS_3, "Your answer must have exactly 3 paragraphs. Separate the paragraphs with ***."),
    (NTH, "There must be 3 paragraphs separated by two line breaks. The second paragraph must begin with meanwhile."),
    (KITE, "Mention the keywords 'kite' and 'wind'."),
    (NOT_RAIN, 'Do not use the words "rain" and "wet" anywhere in your answer.'),
    (BOILER, "The word boiler should appear two or more times."),
    (LETTER_Z, "Make sure the letter z appears at least four times."),
    (SPANISH, "Your whole reply must be in Spanish, no other language is allowed."),
    (BLANKS, "Include at least two placeholders in square brackets, such as [name]."),
    (PS, "At the end, please add a postscript starting with P.S."),
    (BULLETS, "Your answer should contain exactly 2 bullet points, such as:\n* one\n* two"),
    (OPTIONS, "Answer with one of the following options: ('Yes.', 'No.')"),
    (STARRED, "Highlight at least 2 sections in markdown, like *this one*."),
    (PARTS, "Your response must have 2 sections. Mark the beginning of each section with Part X."),
    (JSON, "Please wrap the entire output in JSON format."),
    (TITLE, "Include a title in double angular brackets, like <<title>>."),
    (TWO, "Provide exactly two different answers, separated by 6 stars: ******."),
    (END, 'Finish your response with the exact phrase "So long." No other words should follow.'),
    (QUOTES, "Put double quotation marks around your entire response."),
    (CAPS_6, "Words in all capital letters should appear fewer than 6 times."),
    (UPPER, "Everything should be in English and in all capital letters."),
    (LOWER, "Only use lowercase letters. No capital letters are allowed."),
]
UNLIKE = {  # these speak of the same things, and are refused together
    frozenset({STARS_3.id, NTH.id}), frozenset({STARS_3.id, PARTS.id}), frozenset({UPPER.id, LOWER.id}),
    frozenset({CAPS_6.id, UPPER.id}), frozenset({CAPS_6.id, LOWER.id}), frozenset({STARS_3.id, TWO.id}),
}  # fmt: skip


def test_the_table_below_says_every_id() -> None:
    assert {k.id for k, _ in SAID} | {"combination:repeat_prompt"} == set(TABLE)


@pytest.mark.parametrize("gap", [" ", "\n"])
@pytest.mark.parametrize(("dropped", "words"), [pytest.param(k, w, id=k.id) for k, w in SAID])
def test_a_sentence_of_its_own_goes_and_every_other_stays(dropped: Constraint, words: str, gap: str) -> None:
    """With each other id, before and after it: what is left is exactly the task and the other's words."""
    for kept, others in SAID:
        if kept is dropped or frozenset({kept.id, dropped.id}) in UNLIKE:
            continue
        for order in permutations([words, others]):
            prompt = gap.join([TASK, *(f"{w}\n" if "\n" in w else w for w in order)]).strip()
            result = rewritten(prompt, dropped, kept)
            assert isinstance(result, str), (prompt, result)
            assert result.split() == f"{TASK} {others}".split()


# ------------------------------------------------------------------------------------------------ inside sentences

WOVEN = [
    # the end of the task's sentence
    (
        "Write a note to Ann with at least 70 words. Avoid commas.",
        WORDS_70,
        NO_COMMA,
        "Write a note to Ann. Avoid commas.",
    ),
    (
        "Write a note to Ann without commas. Use at least 70 words.",
        NO_COMMA,
        WORDS_70,
        "Write a note to Ann. Use at least 70 words.",
    ),
    (
        "Write a note to Ann, and do not use any commas. Put your answer in double quotes.",
        NO_COMMA,
        QUOTES,
        "Write a note to Ann. Put your answer in double quotes.",
    ),
    (
        "Write a note to Ann and mention the word boiler at least twice, in all lowercase letters.",
        LOWER,
        BOILER,
        "Write a note to Ann and mention the word boiler at least twice.",
    ),
    (
        "Write a poem that has the words 'kite' and 'wind'. It should rhyme. Avoid commas.",
        KITE,
        NO_COMMA,
        "Write a poem. It should rhyme. Avoid commas.",
    ),
    # its middle
    ("Write a 70+ word note to Ann. Avoid commas.", WORDS_70, NO_COMMA, "Write a note to Ann. Avoid commas."),
    ("Write a 70+ word apology to Ann. Avoid commas.", WORDS_70, NO_COMMA, "Write an apology to Ann. Avoid commas."),
    (
        "Write an essay of at least 70 words on rust without commas.",
        WORDS_70,
        NO_COMMA,
        "Write an essay on rust without commas.",
    ),
    (
        "Write a riddle in Spanish, about a comb. Use at least 70 words.",
        SPANISH,
        WORDS_70,
        "Write a riddle about a comb. Use at least 70 words.",
    ),
    # one of two
    (
        "Write a note to Ann with at least 70 words and no commas.",
        WORDS_70,
        NO_COMMA,
        "Write a note to Ann with no commas.",
    ),
    (
        "Write a note to Ann with at least 70 words and no commas.",
        NO_COMMA,
        WORDS_70,
        "Write a note to Ann with at least 70 words.",
    ),
    (
        "Greet Ann. Do not use commas and make sure the letter z appears at least 4 times.",
        NO_COMMA,
        LETTER_Z,
        "Greet Ann. Make sure the letter z appears at least 4 times.",
    ),
    (
        "Greet Ann. Wrap your reply in double quotes and use at least 70 words.",
        QUOTES,
        WORDS_70,
        "Greet Ann. Use at least 70 words.",
    ),
    (
        "Greet Ann. Your answer must contain at least 70 words and must not use commas.",
        WORDS_70,
        NO_COMMA,
        "Greet Ann. Your answer must not use commas.",
    ),
    (
        "Greet Ann. Your answer should be at least 70 words and in all lowercase letters.",
        WORDS_70,
        LOWER,
        "Greet Ann. Your answer should be in all lowercase letters.",
    ),
    (
        "Greet Ann. Your answer should be in lowercase English and contain the keywords 'kite' and 'wind'.",
        LOWER,
        KITE,
        "Greet Ann. Your answer should contain the keywords 'kite' and 'wind'.",
    ),
    (
        "Greet Ann. It must be at least 70 words and it must be in all lowercase letters.",
        WORDS_70,
        LOWER,
        "Greet Ann. It must be in all lowercase letters.",
    ),
    (
        "Greet Ann. In your reply, highlight at least 2 sections, like *this*, and use the word boiler at least twice.",
        STARRED,
        BOILER,
        "Greet Ann. In your reply, use the word boiler at least twice.",
    ),
    (
        "Greet Ann. Use the word boiler at least twice, and the word sun less than 3 times.",
        BOILER,
        SUN,
        "Greet Ann. Use the word sun less than 3 times.",
    ),
    (
        "Greet Ann. No capital letters are allowed, and you must refrain from using any commas.",
        LOWER,
        NO_COMMA,
        "Greet Ann. You must refrain from using any commas.",
    ),
    (
        "Write a note to Ann that is at least 70 words long and is in all lowercase letters.",
        WORDS_70,
        LOWER,
        "Write a note to Ann that is in all lowercase letters.",
    ),
    # half of a range
    ("Greet Ann in 70 to 90 words. Avoid commas.", WORDS_70, WORDS_91, "Greet Ann in at most 90 words. Avoid commas."),
    ("Greet Ann in 70 to 90 words. Avoid commas.", WORDS_91, WORDS_70, "Greet Ann in at least 70 words. Avoid commas."),
    (
        "Greet Ann. Words in all capital letters should appear 3 to 5 times.",
        CAPS_3,
        CAPS_6,
        "Greet Ann. Words in all capital letters should appear at most 5 times.",
    ),
    (
        "Greet Ann. Use words in all capital letters to stress it, but make sure that words in all capitals appear "
        "less than 6 times.",
        CAPS_6,
        c(CAPS_3.id, capital_relation="at least", capital_frequency=1),
        "Greet Ann. Use words in all capital letters to stress it.",
    ),
    (
        "Greet Ann. Use less than 91 words, all in lowercase letters.",
        LOWER,
        WORDS_91,
        "Greet Ann. Use less than 91 words.",
    ),
    # what goes first, and what goes on
    ("In at least 70 words, greet Ann. Avoid commas.", WORDS_70, NO_COMMA, "refused: part of the task"),
    ("In at least 70 words, tell me of Ann. Avoid commas.", WORDS_70, NO_COMMA, "Tell me of Ann. Avoid commas."),
    ("Greet Ann. Avoid commas, and be kind. Use all caps.", NO_COMMA, UPPER, "Greet Ann. Be kind. Use all caps."),
    (
        "Greet Ann. Your answer must have at least 70 words, and it mustn't contain commas.",
        WORDS_70,
        NO_COMMA,
        "Greet Ann. Your answer mustn't contain commas.",
    ),
    (
        "Greet Ann. Make sure your answer is in Spanish and that it has at least 70 words.",
        SPANISH,
        WORDS_70,
        "Greet Ann. Make sure that your answer has at least 70 words.",
    ),
    (
        "Greet Ann with a note that never mentions 'rain' or 'wet' and has at least 70 words.",
        NOT_RAIN,
        WORDS_70,
        "Greet Ann with a note that has at least 70 words.",
    ),
    (
        "Greet Ann. Rules: no commas, at least 70 words.",
        NO_COMMA,
        WORDS_70,
        "Greet Ann. Rules: at least 70 words.",
    ),
    (
        "Greet Ann.\na) Avoid commas.\nb) Use at least 70 words.\nc) Be kind.",
        NO_COMMA,
        WORDS_70,
        "Greet Ann.\na) Use at least 70 words.\nb) Be kind.",
    ),
    # lists, lines and pointers
    (
        "Greet Ann. I want it hard, so:\n1. Avoid commas.\n2. Use at least 70 words.\n3. Be kind.",
        NO_COMMA,
        WORDS_70,
        "Greet Ann. I want it hard, so:\n1. Use at least 70 words.\n2. Be kind.",
    ),
    (
        "Greet Ann.\n\nRequirements:\n- No commas\n- At least 70 words",
        NO_COMMA,
        WORDS_70,
        "Greet Ann.\n\nRequirements:\n- At least 70 words",
    ),
    (
        "Greet Ann.\n\nAvoid commas.\n\nUse at least 70 words.",
        NO_COMMA,
        WORDS_70,
        "Greet Ann.\n\nUse at least 70 words.",
    ),
    (
        "Greet Ann. Your answer must contain exactly 2 bullet points, such as:\n* one\n* two\nAvoid commas.",
        BULLETS,
        NO_COMMA,
        "Greet Ann.\nAvoid commas.",
    ),
    (
        "Greet Ann. Highlight at least 2 parts. For example: *hello*. Avoid commas.",
        STARRED,
        NO_COMMA,
        "Greet Ann. Avoid commas.",
    ),
    (
        "Greet Ann. Your answer must have at least 70 words. It must also not contain any commas.",
        WORDS_70,
        NO_COMMA,
        "Greet Ann. Your answer must also not contain any commas.",
    ),
    (
        "Greet Ann. Include some words in all capital letters. But the number of words in all capital letters should "
        "be less than 6.",
        c(CAPS_3.id, capital_relation="at least", capital_frequency=1),
        CAPS_6,
        "Greet Ann. The number of words in all capital letters should be less than 6.",
    ),
    # what is shared by quotation marks is somebody else's
    (
        "Reply to \"in 70 words, no commas\". Use at least 70 words. Mention the keywords 'kite' and 'wind'.",
        WORDS_70,
        KITE,
        "refused: stated elsewhere too",
    ),
    # what leads up to a demand and has no other meaning goes with it
    (
        "Greet Ann. To make it harder, your answer should avoid commas. Use at least 70 words.",
        NO_COMMA,
        WORDS_70,
        "Greet Ann. Use at least 70 words.",
    ),
    (
        "Greet Ann. Let's make it a game: do not use commas. Use at least 70 words.",
        NO_COMMA,
        WORDS_70,
        "Greet Ann. Use at least 70 words.",
    ),
    (
        "Greet Ann. Keep it short -- your answer must have less than 91 words. Avoid commas.",
        WORDS_91,
        NO_COMMA,
        "Greet Ann. Avoid commas.",
    ),
    (
        "Greet Ann. To please Bob, avoid commas. Use at least 70 words.",
        NO_COMMA,
        WORDS_70,
        "refused: part of the task",
    ),
    (
        "Greet Ann. To make it harder, avoid commas and use at least 70 words.",
        NO_COMMA,
        WORDS_70,
        "refused: unreadable without it",
    ),
    (
        "Greet Ann. Your answer (all of it) must have at least 70 words. Avoid commas.",
        WORDS_70,
        NO_COMMA,
        "Greet Ann. Avoid commas.",
    ),
    # "in English" belongs to lowercase letters, the example to what it shows
    (
        "Greet Ann. Answer in English, and avoid any capital letters. Avoid commas.",
        LOWER,
        NO_COMMA,
        "Greet Ann. Avoid commas.",
    ),
    ("Greet Ann. Answer in English. Avoid commas.", LOWER, NO_COMMA, "refused: not found"),
    (
        "Write a note to Ann, and use two italic phrases. Like: *this one*. Avoid commas.",
        STARRED,
        NO_COMMA,
        "Write a note to Ann. Avoid commas.",
    ),
    # a task that is about more than its form can do without it
    (
        "Rewrite my old note in a kind tone, without commas. Use at least 70 words.",
        NO_COMMA,
        WORDS_70,
        "Rewrite my old note in a kind tone. Use at least 70 words.",
    ),
    (
        "Rewrite my old note without commas. Use at least 70 words.",
        NO_COMMA,
        WORDS_70,
        "refused: part of the task",
    ),
    (
        "Please expand it into exactly 3 paragraphs. Separate the paragraphs with ***. Avoid commas.",
        STARS_3,
        NO_COMMA,
        "Please expand it. Avoid commas.",
    ),
    # one verb for two
    (
        "Write a note to Ann, and include exactly 3 paragraphs with the keywords 'kite' and 'wind'.",
        STARS_3,
        KITE,
        "Write a note to Ann, and include the keywords 'kite' and 'wind'.",
    ),
    # negation of its own
    (
        "Greet old Ann without using the letter z whatsoever. Use at least 70 words.",
        NO_Z,
        WORDS_70,
        "Greet old Ann. Use at least 70 words.",
    ),
]


def expected(result: str | Refused) -> str:
    return f"refused: {result.reason}" if isinstance(result, Refused) else result


@pytest.mark.parametrize(("prompt", "dropped", "kept", "want"), WOVEN, ids=lambda v: str(v)[:40])
def test_words_in_a_sentence(prompt: str, dropped: Constraint, kept: Constraint, want: str) -> None:
    assert expected(rewritten(prompt, dropped, kept)) == want


def test_several_at_once() -> None:
    prompt = (
        "Greet Ann. Your answer must be at least 70 words, must not use commas, and must be in all lowercase letters."
    )
    asked = [WORDS_70, NO_COMMA, LOWER]
    wants = {
        (True, True, False): "Your answer must be at least 70 words and must not use commas.",
        (True, False, True): "Your answer must be at least 70 words, and must be in all lowercase letters.",
        (False, True, True): "Your answer must not use commas, and must be in all lowercase letters.",
        (True, False, False): "Your answer must be at least 70 words.",
        (False, True, False): "Your answer must not use commas.",
        (False, False, True): "Your answer must be in all lowercase letters.",
    }
    for kept, want in wants.items():
        assert rewrite_span(prompt, asked, those(asked, kept)) == f"Greet Ann. {want}"


# ------------------------------------------------------------------------------------------------ the request to repeat

REQUEST = "Write a haiku about moss. Avoid commas."


def test_a_request_that_need_not_be_repeated_loses_the_sentences_around_it() -> None:
    before = "Repeat the request below word for word first. Do not say anything before that.\n\n"
    after = "\n\nFirst repeat the request above without change, then give your answer."
    assert rewritten(before + REQUEST, repeat(REQUEST), NO_COMMA) == REQUEST
    assert rewritten(REQUEST + after, repeat(REQUEST), NO_COMMA) == REQUEST


def test_a_request_that_was_repeated_does_not_change() -> None:
    prompt = REQUEST + "\n\nFirst repeat the request above without change, then give your answer."
    assert expected(rewritten(prompt, NO_COMMA, repeat(REQUEST))) == "refused: repeats the request"


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


# ------------------------------------------------------------------------------------------------ laws

PIECES = st.sampled_from(
    [w for _, w in SAID]
    + [row[0] for row in WOVEN]
    + [TASK, "\n", " ", "and ", ", ", "1. ", "- ", '"', "(", "***", "```", "such as:\n", "at least 3 ", "It must "]
)
PROMPTS = st.one_of(st.text(max_size=200), st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=8).map("".join))
ASKED = st.lists(st.sampled_from([*(k for k, _ in SAID), SUN, NO_Z, WORDS_91, repeat(TASK)]), min_size=2, max_size=4)
REPAIRS = {"and", "at", "least", "most", "a", "an", "your", "answer", "response", "must", "should", "be", "is", "that"}


@settings(deadline=None)
@given(PROMPTS, ASKED, st.data())
def test_any_text_is_rewritten_or_refused(prompt: str, asked: list[Constraint], data: st.DataObject) -> None:
    """Never an exception; a result differs from the prompt, is stable, and has no words but its own and the repairs."""
    kept = data.draw(
        st.lists(st.booleans(), min_size=len(asked), max_size=len(asked)).filter(lambda k: any(k) and not all(k))
    )
    result = rewrite_span(prompt, asked, those(asked, kept))
    assert result == rewrite_span(prompt, asked, those(asked, kept))
    if isinstance(result, Refused):
        return
    assert result.split() != prompt.split()
    words = set(re.findall(r"[^\W\d_]+", prompt.casefold()))
    assert set(re.findall(r"[^\W\d_]+", result.casefold())) <= words | REPAIRS
    assert "\ue000" not in result


@settings(deadline=None)
@given(
    st.sampled_from(sorted(TABLE)),
    st.dictionaries(st.text(max_size=12), st.one_of(st.none(), st.integers(), st.text(max_size=9))),
)
def test_odd_arguments_are_no_exception(id_: str, args: dict[str, Any]) -> None:
    names = (
        "num_words",
        "frequency",
        "keyword",
        "keywords",
        "letter",
        "relation",
        "end_phrase",
        "nth_paragraph",
        "language",
    )
    args |= dict(zip(names, args.values(), strict=False))
    rewrite_span(f"{TASK} Avoid commas. Use at least 70 words.", [Constraint(id_, args), NO_COMMA], [None, NO_COMMA])


@pytest.mark.parametrize(
    "piece", ["no commas, ", "and ", '"', "*a", "1,", " ", "```\n", "such as:\n* a\n", "(", ".", "P.S. "]
)
def test_long_prompts_take_linear_time(piece: str) -> None:
    """Twenty times the length in less than a hundred times the time: quadratic would be four hundred."""

    def seconds(n: int) -> float:
        start = time.process_time()
        rewrite_span(piece * n, [STARS_3, KITE, WORDS_70], [None, KITE, WORDS_70])
        return time.process_time() - start

    seconds(10)
    assert seconds(20_000) < 100 * max(seconds(1_000), 0.004)


# ------------------------------------------------------------------------------------------------ a real file


def failures(model: str) -> list[tuple[str, list[Constraint], list[bool]]]:
    """The rows of a published data set where a response met some constraints of its prompt, but not all."""
    prompts = DATA / "ifeval" / "prompts.jsonl"
    verdicts = DATA / "reference" / f"ifeval_google__{model}.jsonl"
    for path in (prompts, verdicts):
        if not path.exists():
            pytest.skip(f"needs {path}")
    rows = {row["key"]: row for row in map(json.loads, prompts.read_text(encoding="utf-8").splitlines())}
    out = []
    for verdict in map(json.loads, verdicts.read_text(encoding="utf-8").splitlines()):
        row, kept = rows[verdict["key"]], verdict["strict"]
        if any(kept) and not all(kept):
            given_args = ({k: v for k, v in args.items() if v is not None} for args in row["kwargs"])
            asked = [Constraint(i, a) for i, a in zip(row["instruction_id_list"], given_args, strict=True)]
            out.append((row["prompt"], asked, kept))
    return out


@pytest.mark.parametrize("model", ["llama_3b", "qwen25_7b"])
def test_most_partial_failures_of_a_real_model_can_be_rewritten(model: str) -> None:
    """88 of 99 and 79 of 88, each read one by one. Kept words are found again, failed ones are not."""
    cases = failures(model)
    results = [(case, rewrite_span(case[0], case[1], those(*case[1:]))) for case in cases]
    done = [(case, r) for case, r in results if isinstance(r, str)]
    assert len(done) >= 0.85 * len(cases)
    for (_, asked, kept), result in done:
        found = find(result, split(result), asked)
        for i, constraint in enumerate(asked):
            if constraint.id != "combination:repeat_prompt":
                assert any(i in t.owners for t in found) == kept[i] or any(
                    kept[j] and other.id == constraint.id for j, other in enumerate(asked)
                )
