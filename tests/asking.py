"""Constraints by short names, for prompts in prose; and what the span rewriter makes of such a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constraints.core import Constraint
from hirkit.span import Refused, rewrite_span


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


def words(relation: str, n: int) -> Constraint:
    return c("length_constraints:number_words", relation=relation, num_words=n)


def sentences(relation: str, n: int) -> Constraint:
    return c("length_constraints:number_sentences", relation=relation, num_sentences=n)


def paragraphs(n: int) -> Constraint:
    return c("length_constraints:number_paragraphs", num_paragraphs=n)


def nth(n: int, k: int, word: str) -> Constraint:
    return c("length_constraints:nth_paragraph_first_word", num_paragraphs=n, nth_paragraph=k, first_word=word)


def keywords(*keywords: str) -> Constraint:
    return c("keywords:existence", keywords=list(keywords))


def forbidden(*words: str) -> Constraint:
    return c("keywords:forbidden_words", forbidden_words=list(words))


def word(word: str, relation: str, n: int) -> Constraint:
    return c("keywords:frequency", keyword=word, relation=relation, frequency=n)


def letter(letter: str, relation: str, n: int) -> Constraint:
    return c("keywords:letter_frequency", letter=letter, let_relation=relation, let_frequency=n)


def language(code: str) -> Constraint:
    return c("language:response_language", language=code)


def placeholders(n: int) -> Constraint:
    return c("detectable_content:number_placeholders", num_placeholders=n)


def postscript(marker: str) -> Constraint:
    return c("detectable_content:postscript", postscript_marker=marker)


def bullets(n: int) -> Constraint:
    return c("detectable_format:number_bullet_lists", num_bullets=n)


def highlights(n: int) -> Constraint:
    return c("detectable_format:number_highlighted_sections", num_highlights=n)


def sections(name: str, n: int) -> Constraint:
    return c("detectable_format:multiple_sections", section_spliter=name, num_sections=n)


def end(phrase: str) -> Constraint:
    return c("startend:end_checker", end_phrase=phrase)


def capitals(relation: str, n: int) -> Constraint:
    return c("change_case:capital_word_frequency", capital_relation=relation, capital_frequency=n)


def repeat(request: str) -> Constraint:
    return c("combination:repeat_prompt", prompt_to_repeat=request)


PS = postscript("P.S.")
WORDS_70 = words("at least", 70)
WORDS_91 = words("less than", 91)
SENTENCES = sentences("at least", 6)
STARS_3 = paragraphs(3)
NTH = nth(3, 2, "meanwhile")
KITE = keywords("kite", "wind")
NOT_RAIN = forbidden("rain", "wet")
BOILER = word("boiler", "at least", 2)
SUN = word("sun", "less than", 3)
LETTER_Z = letter("z", "at least", 4)
NO_Z = letter("z", "less than", 1)
SPANISH = language("es")
BLANKS = placeholders(2)
BULLETS = bullets(2)
STARRED = highlights(2)
PARTS = sections("Part", 2)
END = end("So long.")
CAPS_3 = capitals("at least", 3)
CAPS_6 = capitals("less than", 6)


def rewritten(prompt: str, dropped: Constraint, *kept: Constraint) -> str | Refused:
    return rewrite_span(prompt, [dropped, *kept], [None, *kept])


def those(asked: Sequence[Constraint], kept: Sequence[bool]) -> list[Constraint | None]:
    """What is asked in hindsight where the others are dropped."""
    return [k if keep else None for k, keep in zip(asked, kept, strict=True)]


def expected(result: str | Refused) -> str:
    return f"refused: {result.reason}" if isinstance(result, Refused) else result
