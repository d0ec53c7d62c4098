"""Prompts that the wordings were not written for: one constraint of each is dropped and the result read by a person.

All prompts are our own. They were written before the table of wordings was widened, and only measured afterwards: at
first 82 of their 102 single drops could be rewritten, one of them wrongly. A row: the prompt, its constraints, which
one is dropped, and the result; None for a refusal. Below them are prompts that ask for something of a part of the
response, or on a condition, or of somebody else, which must never be rewritten.
"""

from __future__ import annotations

import pytest

from constraints.core import Constraint
from hirkit.span import Refused, rewrite_span
from hirkit.span.sentences import split
from hirkit.span.statements import find
from hirkit.span.wordings import TABLE
from tests.asking import (
    JSON,
    LOWER,
    NO_COMMA,
    OPTIONS,
    QUOTES,
    TITLE,
    TWO,
    UPPER,
    bullets,
    capitals,
    end,
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
    sections,
    sentences,
    word,
    words,
)

Row = tuple[str, list[Constraint], int, str | None]
ROWS: list[Row] = [
    (
        "Draft a thank-you card for the fire brigade. Make it 50 words at least, and see to it that no commas "
        "creep in.",
        [words("at least", 50), NO_COMMA],
        0,
        None,
    ),
    (
        'How do bees find their way home? Your reply must not go beyond 90 words. Also, the words "sun" and '
        '"dance" must appear.',
        [words("less than", 91), keywords("sun", "dance")],
        0,
        'How do bees find their way home? Also, the words "sun" and "dance" must appear.',
    ),
    (
        'Write a ballad about a stolen weathercock that never mentions "wind" and has the word "rooster" '
        "at least four times.",
        [forbidden("wind"), word("rooster", "at least", 4)],
        0,
        'Write a ballad about a stolen weathercock that has the word "rooster" at least four times.',
    ),
    (
        "Tell me how to whistle with two fingers. I'd like 4 bullet points exactly. I'd also like it without a comma.",
        [bullets(4), NO_COMMA],
        0,
        "Tell me how to whistle with two fingers. I'd also like it without a comma.",
    ),
    (
        "Write a prayer for lost keys. It must be entirely lowercase and enclosed in double quotation marks.",
        [LOWER, QUOTES],
        1,
        "Write a prayer for lost keys. It must be entirely lowercase.",
    ),
    (
        'Describe the sound of snow.\n\n- at least 7 sentences\n- the letter "h" at least 10 times\n- no '
        "capital letters",
        [sentences("at least", 7), letter("h", "at least", 10), LOWER],
        0,
        'Describe the sound of snow.\n\n- the letter "h" at least 10 times\n- no capital letters',
    ),
    (
        "Write a note to the milkman in Dutch style but in English. Keep the note to a maximum of 40 words and "
        'finish it with the words "Two pints, please."',
        [words("less than", 41), end("Two pints, please.")],
        1,
        "Write a note to the milkman in Dutch style but in English. Keep the note to a maximum of 40 words.",
    ),
    (
        "Explain gravity. 3 paragraphs. Separate paragraphs using ***. Avoid commas.",
        [paragraphs(3), NO_COMMA],
        0,
        "Explain gravity. Avoid commas.",
    ),
    (
        "Please write a menu for a café on the moon as a JSON object. It should have at least 3 placeholders "
        'wrapped in square brackets, such as [price], and use the word "crater" once or more.',
        [JSON, placeholders(3), word("crater", "at least", 1)],
        0,
        "Please write a menu for a café on the moon. It should have at least 3 placeholders wrapped in square "
        'brackets, such as [price], and use the word "crater" once or more.',
    ),
    (
        "Write a puppet show about two jealous teapots. The title should be put in double angular brackets "
        "(e.g. <<Steam>>). The words 'spout' and 'lid' should both be mentioned. Please do not exceed 250 "
        "words.",
        [TITLE, keywords("spout", "lid"), words("less than", 251)],
        0,
        "Write a puppet show about two jealous teapots. The words 'spout' and 'lid' should both be mentioned. "
        "Please do not exceed 250 words.",
    ),
    (
        'Is it wrong to eat soup for breakfast? Respond with one of these options: "My answer is yes.", "My '
        'answer is no.", "My answer is maybe." And no commas, please.',
        [OPTIONS, NO_COMMA],
        0,
        "Is it wrong to eat soup for breakfast? And no commas, please.",
    ),
    (
        "Write two different mottos for a school of clowns. Separate the two mottos with six asterisks ******. "
        "Each of them must have fewer than 12 words.",
        [TWO, words("less than", 12)],
        0,
        None,
    ),
    (
        "Give me directions from the station to the cathedral in Polish. Use at least 5 sentences. Don't "
        'mention the word "kino".',
        [language("pl"), sentences("at least", 5), forbidden("kino")],
        0,
        "Give me directions from the station to the cathedral. Use at least 5 sentences. Don't mention the "
        'word "kino".',
    ),
    (
        "Compose an elegy for a snowman. Rules: (a) everything in capital letters; (b) at least 45 words.",
        [UPPER, words("at least", 45)],
        0,
        None,
    ),
    (
        "Rate my plan to row across the lake in a bathtub. Your answer has to be in Finnish, with no other "
        "languages allowed. Put a P.S. at the end.",
        [language("fi"), postscript("P.S.")],
        1,
        "Rate my plan to row across the lake in a bathtub. Your answer has to be in Finnish, with no other "
        "languages allowed.",
    ),
    (
        'What is a glacier? Highlight two or more key terms with asterisks, like *ice*. Use the word "slow" '
        "fewer than 3 times.",
        [highlights(2), word("slow", "less than", 3)],
        0,
        'What is a glacier? Use the word "slow" fewer than 3 times.',
    ),
    (
        "Write a love letter to a library card. The letter should have 3 paragraphs with two new lines between "
        'them. The third paragraph must begin with the word "yours". The letter must be under 150 words.',
        [nth(3, 3, "yours"), words("less than", 150)],
        0,
        "Write a love letter to a library card. The letter must be under 150 words.",
    ),
    (
        "Write the script of a cooking show hosted by a raccoon. Make at least 5 words all caps. The script "
        "needs 3 sections: mark them Scene 1, Scene 2, Scene 3.",
        [capitals("at least", 5), sections("Scene", 3)],
        0,
        "Write the script of a cooking show hosted by a raccoon. The script needs 3 sections: mark them Scene "
        "1, Scene 2, Scene 3.",
    ),
    (
        "List the rules of hopscotch.\n\nRepeat the request above word for word before you answer it. Answer "
        "in at most 6 sentences. Use no commas.",
        [repeat("List the rules of hopscotch."), sentences("less than", 7), NO_COMMA],
        0,
        "List the rules of hopscotch.\n\nAnswer in at most 6 sentences. Use no commas.",
    ),
    (
        "Write a message in a bottle. The message must not use the letter u, should be no longer than 30 "
        'words, and must end with "Find me."',
        [letter("u", "less than", 1), words("less than", 31), end("Find me.")],
        0,
        'Write a message in a bottle. The message should be no longer than 30 words, and must end with "Find me."',
    ),
    (
        'Say something kind about mosquitoes. In all lowercase. With the word "song" in it. In more than 25 words.',
        [LOWER, keywords("song"), words("at least", 26)],
        0,
        'Say something kind about mosquitoes. With the word "song" in it. In more than 25 words.',
    ),
    (
        "Write a packing label for a crate of antique mirrors. At least two placeholders must be included, for "
        "example [sender]. The text should be in upper case only.",
        [placeholders(2), UPPER],
        0,
        "Write a packing label for a crate of antique mirrors. The text should be in upper case only.",
    ),
    (
        "Could you write a review of a haunted hotel? Please make sure there are at least 3 highlighted "
        "phrases in markdown (*phrase*), and that the review ends with a postscript starting with P.S.",
        [highlights(3), postscript("P.S.")],
        0,
        "Could you write a review of a haunted hotel? Please make sure that the review ends with a postscript "
        "starting with P.S.",
    ),
    (
        "Write a letter from a cactus to the rain. Don't let the word \"water\" appear, and don't use more "
        "than 8 sentences. Wrap the letter in double quotes.",
        [forbidden("water"), sentences("less than", 9), QUOTES],
        0,
        "Write a letter from a cactus to the rain. Don't use more than 8 sentences. Wrap the letter in double quotes.",
    ),
    (
        "Explain how a sundial works. No more than 3 words in all caps. Title required, in double angle brackets.",
        [capitals("less than", 4), TITLE],
        0,
        None,
    ),
    (
        "Write a fairy tale about a button. I need 4 paragraphs, separated with the markdown divider: ***. I "
        'need the name "Oswin" at least 3 times. I don\'t need any commas.',
        [paragraphs(4), word("Oswin", "at least", 3), NO_COMMA],
        0,
        None,
    ),
    (
        'Write an invitation to a tree-planting day.\n\nKeep in mind:\n• Use the keywords "spade" and '
        '"oak".\n• Leave out the word "free".\n• Write fewer than 100 words.',
        [keywords("spade", "oak"), forbidden("free"), words("less than", 100)],
        0,
        'Write an invitation to a tree-planting day.\n\nKeep in mind:\n• Leave out the word "free".\n• Write '
        "fewer than 100 words.",
    ),
    (
        "Invent a proverb. Your whole answer should be in Japanese. Give two responses separated by ******.",
        [language("ja"), TWO],
        1,
        "Invent a proverb. Your whole answer should be in Japanese.",
    ),
    (
        'Write about the first day of spring, using small letters only and using the letter "o" at least 15 times.',
        [LOWER, letter("o", "at least", 15)],
        0,
        'Write about the first day of spring, using the letter "o" at least 15 times.',
    ),
    (
        "Write a guide to surviving a family reunion. It should include a minimum of 3 sections, each "
        'beginning with "Tip X", for example "Tip 1". It should have at least 200 words and a title in '
        "double angular brackets.",
        [sections("Tip", 3), words("at least", 200), TITLE],
        0,
        "Write a guide to surviving a family reunion. It should have at least 200 words and a title in double "
        "angular brackets.",
    ),
    (
        "My uncle collects traffic cones. Write him a limerick, and do so in fewer than 50 words. The limerick "
        "should contain the word 'orange' and it shouldn't contain the word 'road'.",
        [words("less than", 50), keywords("orange"), forbidden("road")],
        1,
        "My uncle collects traffic cones. Write him a limerick, and do so in fewer than 50 words. The limerick "
        "shouldn't contain the word 'road'.",
    ),
    (
        "Write a bug report about a calendar that skips Thursdays. Give the answer in JSON. Do not use the "
        'words "bug" and "error" in your answer.',
        [JSON, forbidden("bug", "error")],
        0,
        'Write a bug report about a calendar that skips Thursdays. Do not use the words "bug" and "error" '
        "in your answer.",
    ),
    (
        'Write a monologue for a lift attendant. Finish with "Going down." Nothing should follow that '
        "phrase. There should be more than 9 sentences. Do not capitalise any letters.",
        [end("Going down."), sentences("at least", 10), LOWER],
        0,
        "Write a monologue for a lift attendant. There should be more than 9 sentences. Do not capitalise any letters.",
    ),
    (
        "Which is older, cheese or bread? Answer in Hindi, and keep your answer shorter than 60 words.",
        [language("hi"), words("less than", 60)],
        0,
        "Which is older, cheese or bread? Keep your answer shorter than 60 words.",
    ),
    (
        "Write an audio guide for the town's only statue. It must have at least 110 words, with at least 3 of "
        "them in all capital letters. Commas are forbidden.",
        [words("at least", 110), capitals("at least", 3), NO_COMMA],
        0,
        None,
    ),
    (
        "Write a eulogy for a houseplant with exactly 3 markdown bullet points, a postscript that starts with "
        'P.P.S, and the word "leaf" used at least twice.',
        [bullets(3), postscript("P.P.S"), word("leaf", "at least", 2)],
        0,
        'Write a eulogy for a houseplant, with a postscript that starts with P.P.S, and the word "leaf" used '
        "at least twice.",
    ),
    (
        "Teach me a card trick in 4 paragraphs, separated by two line breaks. The first word of the second "
        'paragraph must be "shuffle". Don\'t use double quotes? Not needed. Just keep commas out.',
        [nth(4, 2, "shuffle"), NO_COMMA],
        1,
        "Teach me a card trick in 4 paragraphs, separated by two line breaks. The first word of the second "
        'paragraph must be "shuffle". Don\'t use double quotes? Not needed.',
    ),
    (
        "Write a headline and a short article about a runaway ostrich. Wrap your response in double quotation "
        'marks. The response should be all in capitals. It should mention "ostrich" five times or more.',
        [QUOTES, UPPER, word("ostrich", "at least", 5)],
        1,
        "Write a headline and a short article about a runaway ostrich. Wrap your response in double quotation "
        'marks. The response should mention "ostrich" five times or more.',
    ),
    (
        "Should I paint my door yellow? Choose one of the following answers: 'My answer is yes.', 'My answer "
        "is no.', 'My answer is maybe.' Explain your choice in less than 4 sentences.",
        [OPTIONS, sentences("less than", 4)],
        0,
        "Should I paint my door yellow? Explain your choice in less than 4 sentences.",
    ),
    (
        "Summarise the plot of Hamlet for a busy octopus, using no more than 70 words, including the word "
        '"ghost" and leaving out the word "king".',
        [words("less than", 71), keywords("ghost"), forbidden("king")],
        0,
        'Summarise the plot of Hamlet for a busy octopus, including the word "ghost" and leaving out the word "king".',
    ),
    (
        "Write the rules for a silent disco in a monastery. Use upper case throughout, and let the letter "
        '"x" occur fewer than 2 times.',
        [UPPER, letter("x", "less than", 2)],
        0,
        'Write the rules for a silent disco in a monastery. Let the letter "x" occur fewer than 2 times.',
    ),
    (
        "Write a postcard from Mars. Include exactly three bullet points (markdown, starting with *). Include "
        "at least one placeholder in square brackets. Don't include any commas.",
        [bullets(3), placeholders(1), NO_COMMA],
        1,
        "Write a postcard from Mars. Include exactly three bullet points (markdown, starting with *). Don't "
        "include any commas.",
    ),
]


def without(prompt: str, asked: list[Constraint], dropped: int) -> str | Refused:
    return rewrite_span(prompt, asked, [None if i == dropped else k for i, k in enumerate(asked)])


@pytest.mark.parametrize(("prompt", "asked", "dropped", "want"), ROWS, ids=lambda v: str(v)[:40])
def test_the_result_that_was_read(prompt: str, asked: list[Constraint], dropped: int, want: str | None) -> None:
    result = without(prompt, asked, dropped)
    assert (result if isinstance(result, str) else None) == want


def test_every_id_is_among_them() -> None:
    assert {k.id for _, asked, *_ in ROWS for k in asked} == set(TABLE)


def test_most_single_drops_can_be_rewritten_and_none_is_left_of_what_was_dropped() -> None:
    drops = [(prompt, asked, k) for prompt, asked, *_ in ROWS for k in range(len(asked))]
    results = [without(*drop) for drop in drops]
    assert sum(isinstance(r, str) for r in results) >= 0.75 * len(drops)
    for (_, asked, dropped), result in zip(drops, results, strict=True):
        if isinstance(result, str):
            owners = {i for t in find(result, split(result), asked) for i in t.owners}
            stated = {i for i, k in enumerate(asked) if k.id != "combination:repeat_prompt"}
            assert owners == stated - {dropped}, result


# ------------------------------------------------------------------------------------------------ what is not asked so

SIXTY = words("at least", 60)
LIMITED: list[tuple[str, list[Constraint]]] = [
    # of a part of the response
    ("Sing of rust. No commas in the last line. Use at least 60 words.", [NO_COMMA, SIXTY]),
    ("Sing of rust. In the last line, use no commas. Use at least 60 words.", [NO_COMMA, SIXTY]),
    ("Sing of rust. The first stanza must not contain commas. Use at least 60 words.", [NO_COMMA, SIXTY]),
    ("Sing of rust. Each stanza should have at least 60 words. Avoid commas.", [SIXTY, NO_COMMA]),
    ("Sing of rust. The title should be in all capital letters. Avoid commas.", [UPPER, NO_COMMA]),
    ("Sing of rust. Write the title in all capital letters. Avoid commas.", [UPPER, NO_COMMA]),
    ('Sing of rust. Every paragraph must mention the word "iron". Avoid commas.', [keywords("iron"), NO_COMMA]),
    ('Sing of rust. Mention the word "iron" in the first sentence. Avoid commas.', [keywords("iron"), NO_COMMA]),
    (
        "Sing of rust. Use the word iron at least twice per stanza. Avoid commas.",
        [word("iron", "at least", 2), NO_COMMA],
    ),
    ("Sing of rust. Keep the introduction to at least 60 words. Avoid commas.", [SIXTY, NO_COMMA]),
    ("Sing of rust in at least 60 words each for iron and steel. Avoid commas.", [SIXTY, NO_COMMA]),
    ("Tell a tale with dialogue in Spanish. Avoid commas.", [language("es"), NO_COMMA]),
    # on a condition, or not at all
    ("Sing of rust. If it is short, use no commas. Use at least 60 words.", [NO_COMMA, SIXTY]),
    ("Sing of rust. You don't have to avoid commas. Use at least 60 words.", [NO_COMMA, SIXTY]),
    ("Sing of rust. Feel free to skip commas. Use at least 60 words.", [NO_COMMA, SIXTY]),
    ("Sing of rust. Avoid commas unless you need them. Use at least 60 words.", [NO_COMMA, SIXTY]),
    ("Sing of rust. Avoid commas, except in names. Use at least 60 words.", [NO_COMMA, SIXTY]),
    ('Sing of rust. Do not leave out the word "iron". Avoid commas.', [forbidden("iron"), NO_COMMA]),
    ('Sing of rust. The word "iron" must not appear. Avoid commas.', [keywords("iron"), NO_COMMA]),
    # of somebody else
    ("Tell of a sea where the hero must say at least 60 words. Avoid commas.", [SIXTY, NO_COMMA]),
    ('Tell of a man who never uses the word "love". Avoid commas.', [forbidden("love"), NO_COMMA]),
]


@pytest.mark.parametrize(("prompt", "asked"), LIMITED, ids=lambda v: str(v)[:50])
def test_what_is_limited_neither_goes_nor_counts_as_stated(prompt: str, asked: list[Constraint]) -> None:
    assert isinstance(without(prompt, asked, 0), Refused)
    assert isinstance(without(prompt, asked, 1), Refused)


TASKS: list[tuple[str, list[Constraint]]] = [  # the first is the task itself, and cannot go
    ("Write a guide on how to write a letter without commas. Use at least 60 words.", [NO_COMMA, SIXTY]),
    ("Explain why people write in all lowercase letters. Avoid commas.", [LOWER, NO_COMMA]),
    ("Write an email telling Bob that his answer must be in Spanish. Avoid commas.", [language("es"), NO_COMMA]),
    ("Describe a teacher who answers only in Spanish. Avoid commas.", [language("es"), NO_COMMA]),
    ("How do you say 'rust' in Spanish? Use at least 60 words.", [language("es"), SIXTY]),
    ("Write two jokes about rust, separated by ******. Avoid commas.", [TWO, NO_COMMA]),
    ("Sing of rust. There are two conditions: no commas and at least 60 words.", [SIXTY, NO_COMMA]),
    ("Sing of rust. Be kind, be brief, and avoid commas. Use at least 60 words.", [NO_COMMA, SIXTY]),
    ("Sing of rust.\n\nOne more rule:\n- no commas\n\nUse at least 60 words.", [NO_COMMA, SIXTY]),
    ("Sing of rust.\na) use at least 60 words; and\nb) avoid commas", [NO_COMMA, SIXTY]),
    ('Start by repeating this request: "Sing of rust." Avoid commas.', [repeat("Sing of rust."), NO_COMMA]),
]


@pytest.mark.parametrize(("prompt", "asked"), TASKS, ids=lambda v: str(v)[:50])
def test_what_would_harm_the_rest_is_refused(prompt: str, asked: list[Constraint]) -> None:
    assert isinstance(without(prompt, asked, 0), Refused)
