"""RLVR-IFeval's rules about how much is written: words, words in capitals, sentences, paragraphs.

"Around" is theirs: so many more or less, of which the prompt says nothing. The others are in ``rlvr_words.py``.
"""

from __future__ import annotations

import re
from typing import Literal

from constraints.args import Count, Number, Positive, Text
from constraints.core import Verdict, judged
from constraints.declare import constraint, corrects, draws, fails, hindsight, passes, touches
from constraints.draws import between, up_to
from constraints.hindsight import around, first_word, nearby
from constraints.invisible import visible
from constraints.length import nth_paragraph_opening
from constraints.needs import Sentences
from constraints.pieces import sentences_in
from constraints.sources import RLVR
from constraints.text import whole_words

Quantifier = Literal["at least", "around", "at most"]

_SENTENCE_END = re.compile(r"(?<=[.?!])(?<!\w\.\w[.?!])(?<![A-Z][a-z]\.)\s")
"""White space after . ? or !, but not after "e.g." or "Mr."."""

_CAPITALS = re.compile(r"\b[A-Z]++\b")
_DIVIDER_LINE = re.compile(r"^[^\S\n]*\* \* \*[^\S\n]*$", re.MULTILINE)


def as_asked(count: int, quantifier: Quantifier, wanted: int, tolerance: int) -> bool:
    """Whether the count is as asked; "around" allows the tolerance on either side.

    >>> as_asked(3, "at least", 3, 1), as_asked(4, "around", 3, 1), as_asked(4, "at most", 3, 1)
    (True, True, False)
    """
    if quantifier == "around":
        return abs(count - wanted) <= tolerance
    return count >= wanted if quantifier == "at least" else count <= wanted


def a_tenth(of: int) -> int:
    """A tenth, rounded (a half to the even number), and 1 at least.

    >>> a_tenth(1), a_tenth(16), a_tenth(25), a_tenth(35)
    (1, 2, 2, 4)
    """
    return max(round(of * 0.1), 1)


@constraint(
    "rlvr:validate_word_constraint",
    (
        "Write {quantifier} {N:word}.",
        "The length of your answer should be {quantifier} {N:word}.",
    ),
    source=RLVR,
)
@draws(N=between(50, 400, 10))
@touches(sets="length", uses="repetition", limits="around, at most", floor="N")
@hindsight(N=around("quantifier", least=2))
@passes("one, two - three", N=4, quantifier="at least")
@passes("one two three four", N=3, quantifier="around")
@passes("one two", N=3, quantifier="around")
@passes("don't 你好，世界", N=2, quantifier="at most")
@fails("one", N=3, quantifier="around")
@fails("one two three", N=4, quantifier="at least")
@fails("one two three", N=2, quantifier="at most")
def validate_word_constraint(response: str, *, N: Positive, quantifier: Quantifier) -> Verdict:
    """The number of words, which are what stands between white space, is as asked.

    Around is within a tenth of the number, rounded, and at least 1. A dash alone is a word, as is a line of Chinese.
    """
    count = len(response.split())
    return judged(as_asked(count, quantifier, N, a_tenth(N)), f"{Number(count):word}")


@corrects(validate_word_constraint, "Dashes, bullets and emoji count as words, a whole line of Chinese as one.")
@passes("- one\n- two", N=2, quantifier="at most")
@passes("你好，世界", N=4, quantifier="at least")
@passes("don't be well-known", N=4, quantifier="around")
@fails("- one\n- two", N=3, quantifier="at least")
@fails("你好，世界", N=3, quantifier="at most")
def validate_whole_word_constraint(response: str, *, N: Positive, quantifier: Quantifier) -> Verdict:
    """The number of words is as asked; around is within a tenth of the number, rounded, and at least 1.

    A word is a run of letters, digits and combining marks; an apostrophe, hyphen or underscore between two of them
    joins them. Each Chinese ideograph and each kana is a word. Punctuation, underscores alone and emoji are none.
    """
    count = len(whole_words(response))
    return judged(as_asked(count, quantifier, N, a_tenth(N)), f"{Number(count):word}")


@constraint(
    "rlvr:validate_frequency_capital_words",
    (
        "Write {quantifier} {N:word} of your response in capital letters.",
        "Your answer should have {quantifier} {N:word} in capitals throughout.",
    ),
    source=RLVR,
)
@draws(N=between(2, 20))
@touches(sets="case", uses="language", floor="N")
@hindsight(N=around("quantifier", least=2))
@passes("I met A man.", N=2, quantifier="at least")
@passes("WELL-KNOWN U.S.", N=4, quantifier="at least")
@passes("GO NOW", N=1, quantifier="around")
@passes("B2B, NASAs ÉTÉ snake_CASE", N=0, quantifier="at most")
@fails("GO ON NOW", N=1, quantifier="around")
@fails("GO NOW", N=1, quantifier="at most")
@fails("Go Now", N=1, quantifier="at least")
def validate_frequency_capital_words(response: str, *, N: Count, quantifier: Quantifier) -> Verdict:
    """The number of runs of A to Z that no other letter, digit or underscore touches is as asked.

    Around is within a tenth of the number, rounded, and at least 1. "I" and "A" count, parts of hyphenated words too.
    """
    count = len(_CAPITALS.findall(response))
    return judged(as_asked(count, quantifier, N, a_tenth(N)), f"{count} in capitals")


@corrects(validate_frequency_capital_words, "Knows A to Z only, and counts the parts of a word by themselves.")
@passes("WELL-KNOWN", N=1, quantifier="at most")
@passes("I read B2B in ÉTÉ.", N=3, quantifier="at least")
@fails("ÉTÉ", N=0, quantifier="at most")
@fails("Don't GO, NASAs", N=2, quantifier="at least")
def validate_frequency_capital_whole_words(response: str, *, N: Count, quantifier: Quantifier) -> Verdict:
    """The number of words that have a capital letter, of any script, and no small one is as asked.

    Around is within a tenth of the number, rounded, and at least 1. An apostrophe or hyphen joins a word; "I" counts.
    """
    count = sum(word.isupper() for word in whole_words(response))
    return judged(as_asked(count, quantifier, N, a_tenth(N)), f"{count} in capitals")


@constraint(
    "rlvr:verify_sentence_constraint",
    (
        "Write {quantifier} {N:sentence}.",
        "Your answer should consist of {quantifier} {N:sentence}.",
    ),
    source=RLVR,
)
@draws(N=between(3, 20))
@touches(sets="sentences", uses="paragraphs, repetition", floor="N")
@hindsight(N=around("quantifier", least=2))
@passes("One. Two!\nThree?", N=3, quantifier="at least")
@passes("Mr. No, e.g. him. Why? 3.5", N=3, quantifier="around")
@passes("One. Two.", N=3, quantifier="around")
@passes("", N=1, quantifier="at least")
@passes("你好。 再见。", N=1, quantifier="at most")
@fails("One. ", N=1, quantifier="at most")  # an empty one follows
@fails("One.", N=3, quantifier="around")
@fails("“One.” “Two.”", N=2, quantifier="at least")
def verify_sentence_constraint(response: str, *, N: Positive, quantifier: Quantifier) -> Verdict:
    r"""The number of parts is as asked, cut at each white space after . ? or !; around is one more or less.

    No cut is made after a dot, character, dot ("e.g.") or after a capital, a small letter and a dot ("Mr."). Parts may
    be empty, as after a last full stop and a space; stops of other scripts and before closing quotes end none.
    """
    count = len(_SENTENCE_END.findall(response)) + 1
    return judged(as_asked(count, quantifier, N, 1), f"{Number(count):sentence}")


@corrects(verify_sentence_constraint, "Empty sentences count, those that end in quotes or in Chinese stops do not.")
@passes("One.\nTwo. \n", sentences=str.splitlines, N=2, quantifier="at most")
@passes("One.\n你好。再见。", sentences=str.splitlines, N=3, quantifier="at least")
@passes("One.\nTwo.", sentences=str.splitlines, N=3, quantifier="around")
@passes("One.\nTwo.", sentences=str.splitlines, N=1, quantifier="around")
@fails("One.\nTwo.\nThree.", sentences=str.splitlines, N=1, quantifier="around")
@fails("One.\n- \n...", sentences=str.splitlines, N=2, quantifier="at least")
def verify_whole_sentence_constraint(
    response: str, sentences: Sentences, *, N: Positive, quantifier: Quantifier
) -> Verdict:
    """The number of sentences is as asked; around is one more or less.

    They are those of English Punkt with a word in them, cut further after the stops of other scripts; a list marker is
    no sentence.
    """
    count = len(sentences_in(response, sentences))
    return judged(as_asked(count, quantifier, N, 1), f"{Number(count):sentence}")


@constraint(
    "rlvr:verify_paragraph_count",
    (
        "Write {N:paragraph}, with the markdown divider * * * between one and the next.",
        "Your answer must have exactly {N:paragraph}, each divided from the next by a line with * * *.",
    ),
    source=RLVR,
)
@touches(sets="paragraphs", uses="lines, spelling, bullets", floor="N")
@hindsight(N=nearby(2))
@passes("One.\n* * *\nTwo.", N=2)
@passes("One.\n\nStill one.", N=1)
@passes("2 * * * 3", N=2)
@passes("One.\n* * * * *\nTwo.", N=2)
@fails("One.\n* * *\n", N=1)
@fails("One.\n***\nTwo.", N=2)
@fails("One.\n* * *\n \n* * *\nTwo.", N=3)
def verify_paragraph_count(response: str, *, N: Positive) -> Verdict:
    """Cut at each ``* * *``, wherever it stands, the text has exactly so many parts, and none of them is blank."""
    parts = response.split("* * *")
    return judged(all(part.strip() for part in parts) and len(parts) == N, f"{Number(len(parts)):paragraph}")


@corrects(verify_paragraph_count, "Three spaced asterisks inside a line divide paragraphs.")
@passes("One.\r\n  * * * \r\nTwo * * * two.", N=2)
@passes("One.\n* * * *\nStill one.", N=1)
@fails("2 * * * 3", N=2)
@fails("One.\n* * *\n", N=1)
@fails("One.\n***\nTwo.", N=2)
@fails("One.\n* * *\n \n* * *\nTwo.", N=3)
def verify_divided_paragraph_count(response: str, *, N: Positive) -> Verdict:
    """Cut at each line that holds ``* * *`` and nothing else, the text has exactly so many parts, and none is blank."""
    parts = _DIVIDER_LINE.split("\n".join(visible(response).splitlines()))
    return judged(all(part.strip() for part in parts) and len(parts) == N, f"{Number(len(parts)):paragraph}")


@constraint(
    "rlvr:validate_paragraphs",
    (
        "Write {N:paragraph} with an empty line between them and nowhere else. "
        'Let paragraph {i} start with the word "{first_word}".',
        "Your answer must have exactly {N:paragraph}, with two line breaks from each to the next; "
        'the first word of paragraph {i} has to be "{first_word}".',
    ),
    source=RLVR,
)
@draws(N=between(2, 5), i=up_to("N"))
@touches(sets="paragraphs, opening", uses="lines, language, spelling", writes="first_word", exactly=True, floor="N")
@hindsight(N=nearby(2), i=nearby(), first_word=first_word("i"))
@passes("One.\n\n Hello you.", N=2, first_word="Hello", i=2)
@passes("Hellos.\n\n", N=2, first_word="Hello", i=1)  # a longer word, and a blank paragraph
@passes("One.\n \nTwo.", N=1, first_word="One", i=1)
@fails("One.\n\nHello.", N=2, first_word="hello", i=2)
@fails("One.\n\nHello.", N=2, first_word="Hello", i=1)
@fails("One.\n\nHello.", N=3, first_word="Hello", i=2)
@fails("One.\n\nHello.", N=2, first_word="Hello", i=3)
def validate_paragraphs(response: str, *, N: Positive, first_word: Text, i: Positive) -> Verdict:
    r"""Cut at each ``\n\n`` the text has exactly so many parts, blank ones included, and the i-th starts with the word.

    White space before it is skipped; the word may be the beginning of a longer one; case matters. Where there is no
    i-th part the published code crashes, and the response fails.
    """
    parts = response.split("\n\n")
    if len(parts) != N:
        return judged(False, f"{Number(len(parts)):paragraph}")
    if i > N:
        return judged(False, f"no paragraph {i} of {N}: the published code crashes")
    return judged(parts[i - 1].strip().startswith(first_word), f"{Number(N):paragraph}")


@corrects(validate_paragraphs, "Takes the beginning of a word for it, counts blank paragraphs, trips over markdown.")
@passes("One.\r\n\r\n**Hello** you.\n\n", N=2, first_word="Hello", i=2)
@fails("Hellos.\n\nTwo.", N=2, first_word="Hello", i=1)
@fails("One.\n\n", N=2, first_word="One", i=1)
@fails("One.\n\nHello.", N=2, first_word="Hello", i=3)
def validate_paragraphs_fixed(response: str, *, N: Positive, first_word: Text, i: Positive) -> Verdict:
    """There are exactly so many paragraphs, and the i-th opens with the word.

    Blank lines, one or more, separate paragraphs. Markdown, quotes and other marks before the word do not matter, nor
    do case and the shape of an apostrophe. No letter, digit or accent follows it, unless of a script without spaces.
    """
    return nth_paragraph_opening(response, num_paragraphs=N, nth_paragraph=i, first_word=first_word)
