"""How much is written: words, sentences, paragraphs, and how a paragraph opens."""

from __future__ import annotations

import re

from constraints.args import Number, Positive, Relation, Text, holds
from constraints.core import Verdict, judged
from constraints.declare import constraint, corrects, draws, fails, hindsight, passes, touches
from constraints.draws import between, up_to
from constraints.hindsight import by_relation, first_word, nearby
from constraints.invisible import folded, in_one_word
from constraints.needs import Sentences
from constraints.sources import IFEVAL
from constraints.text import cut_at_stops, paragraphs, whole_words, words

_DIVIDER = re.compile(r"\s?\*\*\*\s?")
_DIVIDER_LINE = re.compile(r"^[^\S\n]*\*\*\*[^\S\n]*$", re.MULTILINE)
_NO_WORD = re.compile(r"\A[\W_]+")
_TO_PUNCTUATION = re.compile(r"""[^.,?!'"]*""")


@constraint(
    "length_constraints:number_words",
    (
        "Use {relation} {num_words:word} in your answer.",
        "The length of your response must be {relation} {num_words:word}.",
        "Write {relation} {num_words:word} in total.",
    ),
    source=IFEVAL,
)
@draws(num_words=between(50, 400, 10))
@touches(sets="length", uses="repetition", limits="less than", floor="num_words")
@hindsight(num_words=by_relation("relation", least=2))
@passes("one two three", relation="at least", num_words=3)
@passes("one two three", relation="less than", num_words=4)
@passes("state-of-the-art", relation="at least", num_words=4)
@passes("__ __", relation="at least", num_words=2)
@fails("one two three", relation="less than", num_words=3)
@fails("don't", relation="less than", num_words=2)
@fails("你好，世界", relation="at least", num_words=3)
def number_words(response: str, *, relation: Relation, num_words: Positive) -> Verdict:
    r"""The number of maximal runs of ``\w`` is as asked.

    An apostrophe or hyphen splits ("don't" is two words), a run of underscores is a word, and so is a run of Chinese.
    """
    count = len(words(response))
    return judged(holds(count, relation, num_words), f"{Number(count):word}")


@corrects(number_words, "Contractions and hyphenated words count twice, underscores count, Chinese text counts once.")
@passes("你好，世界", relation="at least", num_words=4)
@passes("don't can’t well-known snake_case", relation="less than", num_words=5)
@passes("नमस्ते दुनिया", relation="less than", num_words=3)
@fails("state-of-the-art", relation="at least", num_words=2)
@fails("__ -- 🙂 ❤️", relation="at least", num_words=1)
def number_whole_words(response: str, *, relation: Relation, num_words: Positive) -> Verdict:
    """The number of words is as asked.

    A word is a run of letters, digits and combining marks; an apostrophe, hyphen or underscore between two of them
    joins them. Each Chinese ideograph and each kana is a word. Punctuation, underscores alone and emoji are none.
    """
    count = len(whole_words(response))
    return judged(holds(count, relation, num_words), f"{Number(count):word}")


@constraint(
    "length_constraints:number_sentences",
    (
        "Use {relation} {num_sentences:sentence} in your answer.",
        "The length of your response must be {relation} {num_sentences:sentence}.",
        "Write {relation} {num_sentences:sentence} in total.",
    ),
    source=IFEVAL,
)
@draws(num_sentences=between(3, 20))
@touches(sets="sentences", uses="paragraphs, repetition", floor="num_sentences")
@hindsight(num_sentences=by_relation("relation", least=2))
@passes("One.\nTwo.", sentences=str.splitlines, relation="at least", num_sentences=2)
@passes("One.\nTwo.", sentences=str.splitlines, relation="less than", num_sentences=3)
@fails("One.\nTwo.", sentences=str.splitlines, relation="less than", num_sentences=2)
@fails("你好。再见。", sentences=str.splitlines, relation="at least", num_sentences=2)
def number_sentences(response: str, sentences: Sentences, *, relation: Relation, num_sentences: Positive) -> Verdict:
    """The number of sentences is as asked, as English Punkt cuts the whole text.

    The end of a line ends no sentence, "1." before a list item may be one, and Chinese stops end none.
    """
    count = len(sentences(response))
    return judged(holds(count, relation, num_sentences), f"{Number(count):sentence}")


@corrects(number_sentences, "Only ASCII punctuation ends a sentence: a text in Chinese or Hindi is a single one.")
@passes("你好。再见。", sentences=str.splitlines, relation="at least", num_sentences=2)
@passes("**你好。** 再见。", sentences=str.splitlines, relation="less than", num_sentences=3)
@passes("「好！？」是吗？\nYes.", sentences=str.splitlines, relation="less than", num_sentences=4)
@fails("好！是吗？", sentences=str.splitlines, relation="less than", num_sentences=2)
@fails("One.\nTwo", sentences=str.splitlines, relation="at least", num_sentences=3)
def number_sentences_any_script(
    response: str, sentences: Sentences, *, relation: Relation, num_sentences: Positive
) -> Verdict:
    """The number of sentences is as asked: those of English Punkt, cut further after the stops of other scripts.

    Those are the full stop, question and exclamation mark of Chinese and Japanese, the danda of Hindi, and the full
    stop and question mark of Urdu; several in a row, and the closing quotes and emphasis after them, end one sentence.
    """
    count = sum(len(cut_at_stops(sentence)) for sentence in sentences(response))
    return judged(holds(count, relation, num_sentences), f"{Number(count):sentence}")


@constraint(
    "length_constraints:number_paragraphs",
    (
        "Write exactly {num_paragraphs:paragraph}, with the markdown divider *** between one and the next.",
        "Your response must consist of exactly {num_paragraphs:paragraph}, each divided from the next by ***.",
    ),
    source=IFEVAL,
)
@touches(sets="paragraphs", uses="lines, spelling", floor="num_paragraphs")
@hindsight(num_paragraphs=nearby(2))
@passes("One.\n***\nTwo.", num_paragraphs=2)
@passes(" \n***\nOne.\n\n***\n\n", num_paragraphs=1)
@passes("One ***x*** two.", num_paragraphs=3)
@fails("One.\n\nTwo.", num_paragraphs=2)
@fails("One.\n***\n \n***\nTwo.\n***\nThree.", num_paragraphs=3)
@fails("One.\n***\nTwo.\n***\n\n***\nThree.", num_paragraphs=3)
def number_paragraphs(response: str, *, num_paragraphs: Positive) -> Verdict:
    """Cut at each ``***``, wherever it stands, the text has exactly so many parts.

    A blank part at the start or at the end does not count; one in the middle fails the response.
    """
    parts = _DIVIDER.split(response) if "***" in response else [response]
    filled = [bool(part.strip()) for part in parts]
    return judged(all(filled[1:-1]) and sum(filled) == num_paragraphs, f"{Number(sum(filled)):paragraph}")


@corrects(number_paragraphs, "Three asterisks inside a line, as in bold italics, divide paragraphs.")
@passes("One.\n***\nTwo ***x*** two.", num_paragraphs=2)
@passes("***\r\nOne.\r\n  ***  \r\n ", num_paragraphs=1)
@fails("One ***x*** two.", num_paragraphs=3)
@fails("One.\n* * *\nTwo.", num_paragraphs=2)
@fails("One.\n***\n \n***\nTwo.\n***\nThree.", num_paragraphs=3)
@fails("One.\n***\nTwo.\n***\n\n***\nThree.", num_paragraphs=3)
def number_divided_paragraphs(response: str, *, num_paragraphs: Positive) -> Verdict:
    """Cut at each line that holds ``***`` and nothing else, the text has exactly so many parts.

    A blank part at the start or at the end does not count; one in the middle fails the response.
    """
    filled = [bool(part.strip()) for part in _DIVIDER_LINE.split("\n".join(response.splitlines()))]
    return judged(all(filled[1:-1]) and sum(filled) == num_paragraphs, f"{Number(sum(filled)):paragraph}")


@constraint(
    "length_constraints:nth_paragraph_first_word",
    (
        "Write exactly {num_paragraphs:paragraph} with one blank line between them, "
        'and make "{first_word}" the first word of paragraph {nth_paragraph}.',
        "Your answer must have exactly {num_paragraphs:paragraph}, separated by blank lines and by nothing else; "
        'paragraph {nth_paragraph} has to start with the word "{first_word}".',
    ),
    source=IFEVAL,
)
@draws(num_paragraphs=between(2, 5), nth_paragraph=up_to("num_paragraphs"))
@touches(sets="paragraphs, opening", uses="lines, language, spelling", writes="first_word", floor="num_paragraphs")
@hindsight(num_paragraphs=nearby(2), nth_paragraph=nearby(), first_word=first_word("nth_paragraph"))
@passes("One.\n\nHello you.", num_paragraphs=2, nth_paragraph=2, first_word="HELLO")
@passes("'\"hello's\" it.\n\nBye.", num_paragraphs=2, nth_paragraph=1, first_word="hello")
@passes("One.\n\nBye.\n\n \n", num_paragraphs=2, nth_paragraph=2, first_word="bye")
@fails("One.\n\nHello, you.", num_paragraphs=2, nth_paragraph=1, first_word="hello")
@fails("One.\n\nHello, you.", num_paragraphs=3, nth_paragraph=2, first_word="hello")
@fails("One.\n\n \n\nBye.", num_paragraphs=2, nth_paragraph=2, first_word="bye")
@fails("One.\n\n \n\nBye.", num_paragraphs=2, nth_paragraph=3, first_word="bye")
@fails("**Hello** there.", num_paragraphs=1, nth_paragraph=1, first_word="hello")
def nth_paragraph_first_word(
    response: str, *, num_paragraphs: Positive, nth_paragraph: Positive, first_word: Text
) -> Verdict:
    r"""Cut at each ``\n\n``, exactly so many parts are not blank, and the nth part opens with the word.

    Blank parts are not counted, but they do take up a place when the nth is looked up. The first word runs to white
    space or to one of . , ? ! ' " once leading quotes are gone; other marks belong to it. Case is ignored.
    """
    parts = response.split("\n\n")
    count = sum(1 for part in parts if part.strip())
    if count != num_paragraphs or nth_paragraph > count:
        return judged(False, f"{Number(count):paragraph}")
    opening = "".join(parts[nth_paragraph - 1].split()[:1]).lstrip("'").lstrip('"')
    word = "".join(char.lower() for char in _TO_PUNCTUATION.findall(opening)[0])  # by character: Σ is never ς
    return judged(word == first_word.lower(), f"{Number(count):paragraph}, this one opens with {word!r:.40}")


@corrects(
    nth_paragraph_first_word,
    "Blank lines shift the paragraph looked at, CRLF separates none; markdown, a colon or an apostrophe spoil a word.",
)
@passes("\n\nOne.\r\n\r\n\r\nDon’t: go.", num_paragraphs=2, nth_paragraph=2, first_word="don't")
@passes('> **"Hello"** there.', num_paragraphs=1, nth_paragraph=1, first_word="HELLO")
@passes("今天很好。", num_paragraphs=1, nth_paragraph=1, first_word="今天")
@fails("One.\n\nHello.", num_paragraphs=2, nth_paragraph=1, first_word="hello")
@fails("One.\n\nHello.", num_paragraphs=2, nth_paragraph=3, first_word="hello")
@fails("One.\n\nHello.", num_paragraphs=3, nth_paragraph=2, first_word="hello")
@fails("Hellos.", num_paragraphs=1, nth_paragraph=1, first_word="hello")
@fails("! Hello.", num_paragraphs=1, nth_paragraph=1, first_word="!")
def nth_paragraph_opening(
    response: str, *, num_paragraphs: Positive, nth_paragraph: Positive, first_word: Text
) -> Verdict:
    """There are exactly so many paragraphs, and the nth opens with the word.

    Blank lines, one or more, separate paragraphs. Markdown, quotes and other marks before the word do not matter, nor
    do case and the shape of an apostrophe. No letter, digit or accent follows it, unless of a script without spaces.
    """
    parts = paragraphs(response)
    if len(parts) != num_paragraphs or nth_paragraph > len(parts):
        return judged(False, f"{Number(len(parts)):paragraph}")
    opening, wanted = (_NO_WORD.sub("", folded(text)) for text in (parts[nth_paragraph - 1], first_word))
    found = opening.startswith(wanted) and not in_one_word(wanted, opening[len(wanted) :])
    return judged(wanted != "" and found, f"{Number(len(parts)):paragraph}, this one opens with {opening!r:.40}")
