"""Asking for less, and for more: words of a prompt changed in place, or put at its end. All prompts are our own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from constraints.core import Constraint, ConstraintError
from constraints.registry import every
from hirkit.layouts import words
from hirkit.span import Refused, remains, rewrite_span, states
from hirkit.span.numerals import renumber
from hirkit.span.quantities import INF
from tests.asking import (
    NO_COMMA,
    QUOTES,
    bullets,
    c,
    capitals,
    forbidden,
    highlights,
    keywords,
    language,
    letter,
    nth,
    paragraphs,
    placeholders,
    postscript,
    repeat,
    sentences,
    word,
)
from tests.asking import words as words_


def relaxed(prompt: str, old: Constraint, new: Constraint, *kept: Constraint) -> str | Refused:
    return rewrite_span(prompt, [old, *kept], [new, *kept])


# ------------------------------------------------------------------------------------------------ in place

IN_PLACE: list[tuple[str, Constraint, Constraint, str]] = [
    # a number as it is written
    ("Greet Ann in at least 300 words.", words_("at least", 300), words_("at least", 200), "at least 200 words"),
    ("Greet Ann in at least 1,200 words.", words_("at least", 1200), words_("at least", 1000), "at least 1,000 words"),
    ("Greet Ann. Use 300 words or more.", words_("at least", 300), words_("at least", 45), "Use 45 words or more"),
    ("Greet Ann in more than 30 words.", words_("at least", 31), words_("at least", 21), "more than 20 words"),
    ("Greet Ann in a 300+ word note.", words_("at least", 300), words_("at least", 250), "a 250+ word note"),
    ("Greet Ann in less than 8 words.", words_("less than", 8), words_("less than", 12), "less than 12 words"),
    ("Greet Ann in at most seven words.", words_("less than", 8), words_("less than", 12), "at most eleven words"),
    ("Greet Ann. Use no more than 7 words.", words_("less than", 8), words_("less than", 26), "no more than 25 words"),
    ("Use the word tea at least twice.", word("tea", "at least", 2), word("tea", "at least", 1), "at least once"),
    ("Use the word tea at least 4 times.", word("tea", "at least", 4), word("tea", "at least", 1), "at least once"),
    (
        "Use the word tea at most once.",
        word("tea", "less than", 2),
        word("tea", "less than", 5),
        "at most four times",
    ),
    ("The letter z must appear 4 or more times.", letter("z", "at least", 4), letter("z", "at least", 2), "2 or more"),
    ("Use at least 3 words in all caps.", capitals("at least", 3), capitals("at least", 1), "at least 1 word in all"),
    # the article before it, and the noun after it
    ("Greet Ann in an 80+ word note.", words_("at least", 80), words_("at least", 70), "in a 70+ word note"),
    ("Greet Ann in a 90+ word note.", words_("at least", 90), words_("at least", 85), "in an 85+ word note"),
    ("Give 3 bullet points.", bullets(3), bullets(1), "Give 1 bullet point."),
    ("Use exactly one bullet point.", bullets(1), bullets(3), "exactly three bullet points."),
    ("Include at least two placeholders.", placeholders(2), placeholders(1), "at least one placeholder."),
    # one end of a range
    ("Greet Ann in 40 to 60 words.", words_("at least", 40), words_("at least", 30), "in 30 to 60 words"),
    ("Greet Ann in 40 to 60 words.", words_("less than", 61), words_("less than", 76), "in 40 to 75 words"),
    ("Greet Ann in 6 or 7 words.", words_("less than", 8), words_("less than", 11), "in 6 to 10 words"),
    ("Greet Ann in 6 or 7 words.", words_("at least", 6), words_("at least", 4), "in 4 to 7 words"),
    # a list, in its own manner
    ("Mention the keywords 'kite' and 'wind'.", keywords("kite", "wind"), keywords("wind"), "the keyword 'wind'."),
    ("Mention kite, wind, and sea.", keywords("kite", "wind", "sea"), keywords("kite", "sea"), "Mention kite and sea."),
    ("Include keywords ['a b', 'c', 'd'].", keywords("a b", "c", "d"), keywords("c", "d"), "keywords ['c', 'd']."),
    ("Do not use the words rain or wet.", forbidden("rain", "wet"), forbidden("wet"), "not use the word wet."),
    ('Avoid "rain", "wet" and "sky".', forbidden("rain", "wet", "sky"), forbidden("rain", "sky"), '"rain" and "sky"'),
    ("The words kite and sea must appear.", keywords("kite", "sea"), keywords("kite"), "The word kite must appear."),
    # words as they stand
    ("Answer in French.", language("fr"), language("es"), "Answer in Spanish."),
    ("Answer only in French, no other language is allowed.", language("fr"), language("el"), "only in Greek, no"),
    ("Add a postscript starting with P.P.S", postscript("P.P.S"), postscript("P.S."), "starting with P.S."),
    ("There should be 3 paragraphs.", nth(3, 1, "oh"), nth(4, 1, "oh"), "There should be 4 paragraphs."),
    ("There should be 3 paragraphs.", nth(3, 1, "oh"), nth(3, 1, "ah"), "Start paragraph 1 with ah."),
]
FILLED = {"length_constraints:nth_paragraph_first_word": " Start paragraph 1 with oh."}


@pytest.mark.parametrize(("said", "old", "new", "want"), IN_PLACE, ids=lambda v: str(v)[:40])
def test_the_smallest_edit(said: str, old: Constraint, new: Constraint, want: str) -> None:
    """Beside another constraint, whose words do not change; back again, it is the prompt as it was."""
    prompt = f"Sing of tea. {said}{FILLED.get(old.id, '')} Wrap your answer in double quotes."
    result = relaxed(prompt, old, new, QUOTES)
    assert isinstance(result, str), result
    assert want in result
    assert len(result.split()) <= len(prompt.split()) + 1
    assert result.startswith("Sing of tea. ")
    assert result.endswith(" Wrap your answer in double quotes.")
    assert states(result, new, [QUOTES]) == "agrees"


def test_what_is_the_task_itself_may_be_relaxed_though_it_could_not_go() -> None:
    many, few = words_("at least", 300), words_("at least", 200)
    assert relaxed("Write a 300+ word essay on rust.", many, few) == "Write a 200+ word essay on rust."
    assert relaxed("In at least 300 words, greet Ann.", many, few) == "In at least 200 words, greet Ann."
    assert relaxed("Expand it into at least 300 words.", many, few) == "Expand it into at least 200 words."
    assert isinstance(rewrite_span("Expand it into at least 300 words.", [many, NO_COMMA], [None, NO_COMMA]), Refused)


def test_shared_words_may_be_relaxed_where_both_still_agree() -> None:
    least, most = words_("at least", 40), words_("less than", 61)
    prompt = "Greet Ann in 40 to 60 words. Avoid commas."
    both = rewrite_span(prompt, [least, most, NO_COMMA], [words_("at least", 30), words_("less than", 71), NO_COMMA])
    assert both == "Greet Ann in 30 to 70 words. Avoid commas."
    one = rewrite_span(prompt, [least, most, NO_COMMA], [None, words_("less than", 71), NO_COMMA])
    assert one == "Greet Ann in at most 70 words. Avoid commas."


def test_some_go_and_some_are_relaxed() -> None:
    prompt = "Greet Ann. Your answer must have at least 70 words, no commas and at least 2 placeholders."
    asked = [words_("at least", 70), NO_COMMA, placeholders(2)]
    result = rewrite_span(prompt, asked, [words_("at least", 50), None, placeholders(1)])
    assert result == "Greet Ann. Your answer must have at least 50 words and at least 1 placeholder."


def test_exactly_so_many_is_both_bounds_together() -> None:
    prompt = "Greet Ann. Answer with exactly three sentences. Avoid commas."
    least, most = sentences("at least", 3), sentences("less than", 4)
    asked = [least, most, NO_COMMA]
    assert rewrite_span(prompt, asked, [least, None, NO_COMMA]) == prompt.replace("exactly", "at least")
    assert rewrite_span(prompt, asked, [None, most, NO_COMMA]) == prompt.replace("exactly", "at most")
    assert rewrite_span(prompt, asked, [least, most, None]) == "Greet Ann. Answer with exactly three sentences."
    assert states(prompt, least, [most]) == "agrees"
    assert states(prompt, least) == "disagrees"


# ------------------------------------------------------------------------------------------------ in words of their own

APART: list[tuple[str, Constraint, Constraint, str]] = [
    # never cannot become a number
    ("Greet Ann. Do not use the letter z. Avoid commas.", letter("z", "less than", 1), letter("z", "less than", 4), ""),
    # the words count what would no longer be so many
    ("Greet Ann. Use both words, 'tea' and 'sky'. Avoid commas.", keywords("tea", "sky"), keywords("sky"), "refused"),
    ("Greet Ann. Use all of the words 'tea' and 'sky'. Avoid commas.", keywords("tea", "sky"), keywords("sky"), ""),
    # a list that is open
    (
        "Greet Ann. Do not use the words 'rain', 'wet', etc., in it. Avoid commas.",
        forbidden("rain", "wet"),
        forbidden("wet"),
        "",
    ),
    # the number is there twice
    (
        "Greet Ann. Use less than 5 sentences (not 5). Avoid commas.",
        sentences("less than", 5),
        sentences("less than", 8),
        "",
    ),
    # an example that shows as many
    (
        "Greet Ann. Use exactly 2 bullet points, such as:\n* one\n* two\nAvoid commas.",
        bullets(2),
        bullets(5),
        "",
    ),
    # several verbs and pronouns that would have to change
    ("Greet Ann. There are 2 placeholders. Avoid commas.", placeholders(2), placeholders(1), ""),
]


@pytest.mark.parametrize(("prompt", "old", "new", "want"), APART, ids=lambda v: str(v)[:40])
def test_what_cannot_be_changed_goes_and_is_said_anew_at_the_end(
    prompt: str, old: Constraint, new: Constraint, want: str
) -> None:
    result = relaxed(prompt, old, new, NO_COMMA)
    if want == "refused":
        assert isinstance(result, Refused)
    else:
        gap = "\n" if "\n" in prompt else " "
        assert result == f"Greet Ann.{gap}Avoid commas. {words(new, 'fixed').rstrip('.')}."


NEVER: list[tuple[str, Constraint, Constraint, str]] = [
    ("Give me 5 tips in exactly 5 bullet points. Avoid commas.", bullets(5), bullets(4), "stated elsewhere too"),
    ("Give me five tips. Use exactly 5 bullet points. Avoid commas.", bullets(5), bullets(4), "stated elsewhere too"),
    ("Sing of a French cat. Answer in French. Avoid commas.", language("fr"), language("es"), "stated elsewhere too"),
    (
        "Sing of the word 'kite'. Mention the keywords kite and sea. Avoid commas.",
        keywords("kite", "sea"),
        keywords("sea"),
        "stated elsewhere too",
    ),
    ("Greet Ann. Avoid commas.", bullets(5), bullets(4), "not found"),
    (
        "Greet Ann. Use 5 bullet points in the first section. Avoid commas.",
        bullets(5),
        bullets(4),
        "prompt and arguments disagree",
    ),
]


@pytest.mark.parametrize(("prompt", "old", "new", "reason"), NEVER, ids=lambda v: str(v)[:40])
def test_what_is_refused_altogether(prompt: str, old: Constraint, new: Constraint, reason: str) -> None:
    result = relaxed(prompt, old, new, NO_COMMA)
    assert isinstance(result, Refused)
    assert result.reason == reason


def test_no_word_of_a_request_to_repeat_is_changed() -> None:
    request = "Write a note to Ann in at least 90 words."
    prompt = f"{request}\n\nFirst repeat the request above without change, then give your answer."
    many, few = words_("at least", 90), words_("at least", 70)
    result = rewrite_span(prompt, [many, repeat(request)], [few, repeat(request)])
    assert isinstance(result, Refused)
    assert result.reason == "repeats the request"
    assert rewrite_span(prompt, [many, repeat(request)], [few, None]) == "Write a note to Ann in at least 70 words."


def test_the_id_stays() -> None:
    with pytest.raises(ValueError, match="id"):
        relaxed("Avoid commas.", NO_COMMA, QUOTES)


def test_any_constraint_in_its_checkers_words_is_relaxed_in_them() -> None:
    """Also those that the table of wordings does not know."""
    old = c("length:words", words=[150, None])
    new = c("length:words", words=[120, None])
    for text in (words(old, "fixed"), words(old, "fixed").rstrip(".")):
        result = relaxed(f"Greet Ann.\n\n- {text}\n- Avoid commas.", old, new, NO_COMMA)
        assert result == f"Greet Ann.\n\n- {text.replace('150', '120')}\n- Avoid commas."


def test_the_words_a_constraint_came_with_can_go_and_stay() -> None:
    asked = [
        Constraint("length:words", {"words": [150, None]}, "The response must be at least 150 words"),
        Constraint("ends:mark", {"marks": ["period"]}, "Ending punctuation must be a period."),
    ]
    prompt = (
        "Who was Ada?\nThe output must follow the following rules:\n"
        "    1. The response must be at least 150 words. \n    2. Ending punctuation must be a period."
    )
    head = "Who was Ada?\nThe output must follow the following rules:\n    1. "
    assert rewrite_span(prompt, asked, [None, asked[1]]) == f"{head}Ending punctuation must be a period."
    gone = rewrite_span(prompt, asked, [asked[0], None])
    assert isinstance(gone, str)
    assert gone.strip() == f"{head}The response must be at least 150 words."
    less = c("length:words", words=[100, None])
    result = rewrite_span(prompt, asked, [less, asked[1]])
    assert result == f"{head}Ending punctuation must be a period.\n    2. {words(less, 'fixed').rstrip('.')}."
    hinted = prompt.replace("Who was Ada?", "Who was Ada? Tell me in 150 words.")
    refused = rewrite_span(hinted, asked, [None, asked[1]])
    assert isinstance(refused, Refused)
    assert refused.reason == "stated elsewhere too"


def test_the_words_in_a_worked_example_are_not_the_prompts() -> None:
    said = "The answer must be at least 150 words."
    asked = [Constraint("length:words", {"words": [150, None]}, said), NO_COMMA]
    example = f"# Example 1:\n**Question**: Who was Bob? {said}\n**Answer**: A man.\n\n"
    own = f"**Question**: Who was Ada? {said} Avoid commas.\n**Answer**:"
    result = rewrite_span(example + own, asked, [None, NO_COMMA])
    assert result == example + own.replace(f"{said} ", "")
    assert isinstance(rewrite_span(example + own.replace(said, "Be long."), asked, [None, NO_COMMA]), Refused)


# ------------------------------------------------------------------------------------------------ more at the end

SHORT = words_("less than", 90)
SAID = words(SHORT, "fixed").rstrip(".") + "."
REQUEST = "Write a haiku about moss."
ADDED: list[tuple[str, list[Constraint], str]] = [
    ("Greet Ann. Avoid commas.", [NO_COMMA], f"Greet Ann. Avoid commas. {SAID}"),
    ("Greet Ann.\n\nAvoid commas.", [NO_COMMA], f"Greet Ann.\n\nAvoid commas. {SAID}"),
    ("Greet Ann", [NO_COMMA], f"Greet Ann\n\n{SAID}"),
    ("Greet Ann.\n- Be kind.\n- Avoid commas.", [NO_COMMA], f"Greet Ann.\n- Be kind.\n- Avoid commas.\n- {SAID}"),
    ("Greet Ann:\n1. be kind\n2. no commas", [NO_COMMA], f"Greet Ann:\n1. be kind\n2. no commas\n3. {SAID[:-1]}"),
    (
        "Greet Ann. Use exactly 2 bullet points, such as:\n* one\n* two",
        [bullets(2)],
        f"Greet Ann. Use exactly 2 bullet points, such as:\n* one\n* two\n\n{SAID}",
    ),
    (
        f"First repeat the request below word for word, then answer it.\n\n{REQUEST}",
        [repeat(REQUEST)],
        f"First repeat the request below word for word, then answer it. {SAID}\n\n{REQUEST}",
    ),
    (
        f"{REQUEST}\nFirst repeat the request above word for word, then answer it.",
        [repeat(REQUEST)],
        f"{REQUEST}\nFirst repeat the request above word for word, then answer it. {SAID}",
    ),
    (
        "Rewrite the letter below without commas.\n\nDear Ann\nI am well.",
        [NO_COMMA],
        f"Rewrite the letter below without commas. {SAID}\n\nDear Ann\nI am well.",
    ),
    (
        'Rewrite this without commas:\n\n"I am well."',
        [NO_COMMA],
        f'Rewrite this without commas:\n\n"I am well."\n\n{SAID}',
    ),
    ("Who was Ada? Avoid commas.\nAnswer:", [NO_COMMA], f"Who was Ada? Avoid commas. {SAID}\nAnswer:"),
]


@pytest.mark.parametrize(("prompt", "asked", "want"), ADDED, ids=lambda v: str(v)[:40])
def test_more_is_said_where_it_is_read_as_asked(prompt: str, asked: list[Constraint], want: str) -> None:
    assert rewrite_span(prompt, asked, asked, [SHORT]) == want


NO_PLACE: list[tuple[str, list[Constraint]]] = [
    ("Rewrite this letter:\n\nDear Ann\nI am well.", [NO_COMMA]),
    ("Rewrite this sentence: I am well, thank you.", [NO_COMMA]),
    ("Rewrite this without commas:\n\nDear Ann\nI am well.", [NO_COMMA]),
    ('Go on from here: "It was late, and', [NO_COMMA]),
    ("", [NO_COMMA]),
    ("Repeat the following word for word: Write a haiku.", [repeat("Write a haiku.")]),
    ("Repeat this first. Greet Ann.", [repeat("Greet Bob.")]),
]


@pytest.mark.parametrize(("prompt", "asked"), NO_PLACE, ids=lambda v: str(v)[:40])
def test_where_it_would_be_part_of_a_text_there_is_no_place_for_more(prompt: str, asked: list[Constraint]) -> None:
    result = rewrite_span(prompt, asked, asked, [SHORT])
    assert isinstance(result, Refused)
    assert result.reason == "no place for more"


def test_a_prompt_that_is_to_be_copied_stays_as_it_is() -> None:
    prompt = "Copy this request, and use at least 90 words."
    copied, many = c("copy:copy", prompt_to_repeat=prompt), words_("at least", 90)
    for after, added in (([copied, None], []), ([copied, words_("at least", 70)], []), ([copied, many], [NO_COMMA])):
        result = rewrite_span(prompt, [copied, many], after, added)
        assert isinstance(result, Refused)
        assert result.reason == "repeats the request"


def test_drop_relax_and_add_at_once() -> None:
    prompt = "Greet Ann in at least 300 words. Mention the keywords 'kite' and 'wind'. Avoid commas."
    asked = [words_("at least", 300), keywords("kite", "wind"), NO_COMMA]
    after = [words_("at least", 200), keywords("wind"), None]
    want = "Greet Ann in at least 200 words. Mention the keyword 'wind'. "
    assert rewrite_span(prompt, asked, after, [QUOTES]) == want + words(QUOTES, "fixed").rstrip(".") + "."


def test_nothing_need_be_kept() -> None:
    assert rewrite_span("Greet Ann. Avoid commas.", [NO_COMMA], [None], [SHORT]) == f"Greet Ann. {SAID}"


# ------------------------------------------------------------------------------------------------ the check for others


def test_states() -> None:
    least = words_("at least", 90)
    assert states("Greet Ann in at least 90 words.", least) == "agrees"
    assert states("Greet Ann in at least 80 words.", least) == "agrees"
    assert states("Greet Ann in at least 100 words.", least) == "disagrees"
    assert states("Write at least 90 words in each section.", least) == "disagrees"
    assert states("Greet Ann.", least) == "not found"
    assert states('Reply to "in at least 90 words".', least) == "not found"
    assert states("Separate the paragraphs with ***.", paragraphs(3)) == "not found"
    assert states("Repeat the request below first.\n\nGreet Ann.", repeat("Greet Ann.")) == "agrees"
    assert states("Greet Ann.", repeat("Greet Ann.")) == "not found"


def test_remains() -> None:
    assert remains("Tell of a lost comma.", NO_COMMA) == "comma"
    assert remains("Greet Ann. Skip all commas.", NO_COMMA) == "Skip all commas"
    assert (
        remains("Greet Ann in 40 to 60 words.", words_("at least", 40), [words_("less than", 61)]) == "40 to 60 words"
    )
    assert remains("Greet Ann in at most 60 words.", words_("at least", 40), [words_("less than", 61)]) is None
    said = Constraint("length:words", {"words": [150, None]}, "The response must be at least 150 words.")
    assert remains("Tell me in 150 words.", said) == "Tell me in 150 words."
    assert remains("Tell me of words.", said) is None


@pytest.mark.parametrize("checker", every("fixed"), ids=lambda checker: checker.id)
def test_every_checkers_words_are_read_as_stating_it(checker: Any) -> None:
    args = {name: value for name, value in checker.cases[0].given.items() if name in checker.arguments}
    constraint = Constraint(checker.id, args)
    if checker.id == "combination:repeat_prompt" or '"' in str(args.values()):
        return
    text = words(constraint, "fixed")
    assert states(f"Greet Ann. {text}", constraint) == "agrees"


# ------------------------------------------------------------------------------------------------ laws

NUMBERS = st.integers(1, 2000)


@given(NUMBERS, NUMBERS, st.sampled_from(["at least {}", "{} or more", "{}+", "a total of {}"]))
def test_a_number_is_moved_and_only_that(old: int, new: int, form: str) -> None:
    text = f"Use {form.format(old)} words."
    start = 4
    edit = renumber(text, start, text.index(" words"), (old, INF), (new, INF))
    if old == 1 or new == 1:
        return
    assert edit is not None
    a, b, said = edit
    assert text[:a] + said + text[b:] == f"Use {form.format(new)} words."


LESS = {"num_placeholders", "num_highlights", "num_sections"}
EXACT = {"num_bullets", "num_paragraphs"}


def looser(constraint: Constraint) -> Constraint | None:
    """Some arguments that ask for less, or for another number."""
    args: dict[str, Any] = dict(constraint.args)
    relation = next((str(v) for k, v in args.items() if "relation" in k), None)
    for name, value in args.items():
        if name in ("keywords", "forbidden_words") and len(value) > 1:
            return Constraint(constraint.id, args | {name: value[1:]})
        if isinstance(value, int | float) and name != "nth_paragraph":
            n = int(value)
            more = relation == "less than" or name in EXACT
            return Constraint(constraint.id, args | {name: n + 2 if more else n * 2 // 3}) if more or n > 1 else None
    return Constraint(constraint.id, args | {"language": "cy"}) if "language" in args else None


def ifeval(data: Path) -> Iterator[tuple[str, list[Constraint]]]:
    for line in (data / "ifeval" / "prompts.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        given_args = ({k: v for k, v in args.items() if v is not None} for args in row["kwargs"])
        yield row["prompt"], [Constraint(i, a) for i, a in zip(row["instruction_id_list"], given_args, strict=True)]


def assert_states(text: str, asked: Sequence[Constraint], gone: Sequence[Constraint]) -> None:
    for i, one in enumerate(asked):
        if "prompt_to_repeat" not in one.args:
            assert states(text, one, [*asked[:i], *asked[i + 1 :]]) == "agrees", (one, text)
    for one in gone:
        if one.id != "combination:repeat_prompt" and one.id not in {k.id for k in asked}:
            assert remains(text, one, asked) is None, (one, text)


def test_what_is_rewritten_states_what_is_asked_now_and_nothing_else_of_old(data: Path) -> None:
    """Over a third of IFEval's prompts: each constraint relaxed, then dropped, with one more added where none of it is
    there. 170 prompts, 4 in 5 rewrites succeed.
    """
    done = 0
    for prompt, asked in list(ifeval(data))[::3]:
        for i, one in enumerate(asked):
            less = looser(one)
            if less is not None and isinstance(
                result := rewrite_span(prompt, asked, [*asked[:i], less, *asked[i + 1 :]]), str
            ):
                assert states(result, less, [*asked[:i], *asked[i + 1 :]]) == "agrees", (less, result)
                done += 1
            more = [highlights(2)] if all(k.id != highlights(2).id for k in asked) else []
            if (more or len(asked) > 1) and isinstance(
                result := rewrite_span(prompt, asked, [*asked[:i], None, *asked[i + 1 :]], more), str
            ):
                assert_states(result, [*asked[:i], *asked[i + 1 :], *more], [one])
                done += 1
    assert done > 300


PIECES = st.sampled_from([row[0] for row in IN_PLACE] + [row[0] for row in APART] + [row[0] for row in ADDED])
PROMPTS = st.lists(st.one_of(PIECES, st.sampled_from(["\n", " ", '"', "- ", "1. ", ":\n"])), max_size=6).map("".join)
CHANGES = st.sampled_from([(row[1], row[2]) for row in (*IN_PLACE, *APART, *NEVER)])


@settings(deadline=None)
@given(PROMPTS, st.lists(CHANGES, min_size=1, max_size=3), st.booleans())
def test_any_text_is_relaxed_or_refused(prompt: str, changes: list[tuple[Constraint, Constraint]], add: bool) -> None:
    """Never an exception; the same twice; and the last word of all that is asked now is that it agrees."""
    before, after = [old for old, _ in changes], [new for _, new in changes]
    added = [highlights(7)] if add else []
    result = rewrite_span(prompt, before, after, added)
    assert result == rewrite_span(prompt, before, after, added)
    if isinstance(result, str):
        for one in {repr(k): k for k in (*after, *added)}.values():
            assert states(result, one, [k for k in (*after, *added) if k is not one]) == "agrees"


@settings(deadline=None)
@given(
    st.sampled_from([row[1] for row in IN_PLACE]),
    st.one_of(
        st.none(), st.integers(-3, 3), st.floats(), st.text(max_size=3), st.lists(st.text(max_size=3), max_size=3)
    ),
    st.data(),
)
def test_odd_arguments_are_no_exception(old: Constraint, value: Any, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(old.args)))
    assume(value != old.args[name])
    odd = Constraint(old.id, {**old.args, name: value})
    prompt = " ".join(row[0] for row in IN_PLACE if row[1].id == old.id)
    for before, after in ((old, odd), (odd, old)):
        try:
            rewrite_span(prompt, [before, NO_COMMA], [after, NO_COMMA])
        except ConstraintError:  # such arguments cannot be put into words
            assert after is odd


@pytest.mark.parametrize(
    "piece",
    [
        "Use exactly 3 words. ",
        "Use at least 70 words.\n",
        "Mention the keywords 'kite' and 'wind'. ",
        "1. a\n",
        "'",
        "**Question**: ",
        "150 ",
    ],
)
def test_long_prompts_take_linear_time(piece: str) -> None:
    """Twenty times the length in less than a hundred times the time, best of three: quadratic would be four hundred."""
    said = Constraint("length:words", {"words": [150, None]}, "The response must be at least 150 words.")

    def seconds(n: int) -> float:
        text = piece * n + "\nWrite a poem."
        start = time.process_time()
        rewrite_span(text, [words_("at least", 70)], [words_("at least", 60)])
        rewrite_span(text, [words_("at least", 3), words_("less than", 4)], [words_("at least", 3), None])
        rewrite_span(text, [keywords("kite", "wind")], [keywords("kite")], [QUOTES])
        remains(text, said)
        return time.process_time() - start

    seconds(10)
    short, long = (min(seconds(n) for _ in range(3)) for n in (100, 2_000))
    assert long < 100 * max(short, 0.002)
