"""Taking the words of failed constraints out of a prompt: every id, the laws, and a real file.

All prompts are our own. A row of a table: the prompt, the constraint that failed, the one that is kept, the result.
"""

from __future__ import annotations

import json
import re
import time
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constraints.core import Constraint
from hirkit.span import Refused, rewrite_span
from hirkit.span.sentences import split
from hirkit.span.statements import find
from hirkit.span.wordings import TABLE
from tests.asking import (
    BLANKS,
    BOILER,
    BULLETS,
    CAPS_3,
    CAPS_6,
    END,
    JSON,
    KITE,
    LETTER_Z,
    LOWER,
    NO_COMMA,
    NO_Z,
    NOT_RAIN,
    NTH,
    OPTIONS,
    PARTS,
    PS,
    QUOTES,
    SENTENCES,
    SPANISH,
    STARRED,
    STARS_3,
    SUN,
    TITLE,
    TWO,
    UPPER,
    WORDS_70,
    WORDS_91,
    c,
    expected,
    repeat,
    rewritten,
    those,
)

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


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
