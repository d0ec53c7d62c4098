"""How many of one kind there are for each of another: stop words, kinds of sentences, overlap (IFBench, ``ratio:``)."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from typing import Annotated

from annotated_types import Ge, Le

from constraints.args import Number, Text
from constraints.core import Verdict, judged
from constraints.cut import google_sentences
from constraints.declare import constraint, corrects, draws, fails, formerly, hindsight, passes, touches
from constraints.draws import between, the_task
from constraints.hindsight import another, at_most
from constraints.invisible import folded, visible
from constraints.needs import TEXTS_REMEMBERED, Sentences, StopWords
from constraints.sources import IFBENCH
from constraints.text import whole_words, words

Percentage = Annotated[int, Ge(0), Le(100)]

_MARKS = {".": ".。．｡।", "?": "?？؟", "!": "!！"}
_MARK = {sign: mark for mark, signs in _MARKS.items() for sign in signs}
_STOPS = "。．｡！？।؟"
_PART = re.compile(rf"[^{_STOPS}]*[{_STOPS}]+[」』）]*|[^{_STOPS}]+")
_CLOSING = "\"'»›」』）)]}*_~` \t\r\n"
_LINE_END = re.compile("\n")
_STRAIGHT = str.maketrans("“”„‘’‚", "\"\"\"'''")


@lru_cache(TEXTS_REMEMBERED)
def three_in_a_row(words: tuple[str, ...]) -> frozenset[tuple[str, str, str]]:
    """The different sequences of three words.

    >>> sorted(three_in_a_row(("to", "be", "or", "not")))
    [('be', 'or', 'not'), ('to', 'be', 'or')]
    """
    return frozenset(zip(words, words[1:], words[2:], strict=False))


@lru_cache(TEXTS_REMEMBERED)
def trigrams(text: str) -> frozenset[str]:
    r"""The different sequences of three characters: line by line, for variants of a text have most lines in common.

    >>> sorted(trigrams("lalala")), sorted(trigrams("a\nb\n")), trigrams("hi")
    (['ala', 'lal'], ['\nb\n', 'a\nb'], frozenset())
    """
    starts = [0, *[line.end() for line in _LINE_END.finditer(text)], len(text)]
    parts = [text[start : after + 2] for start, after in pairwise(starts)]  # with those that begin in the line
    return frozenset().union(*[_remembered(part) if len(part) < 1000 else _trigrams(part) for part in parts])


def _trigrams(text: str) -> frozenset[str]:
    return frozenset([text[i : i + 3] for i in range(len(text) - 2)])


_remembered = lru_cache(256)(_trigrams)


def _straight(text: str) -> str:
    """What is visible, with straight quotes: Punkt cuts after closing straight ones, but not after curly ones."""
    return visible(text).translate(_STRAIGHT)


def of_any_script(parts: tuple[str, ...]) -> list[str]:
    """English Punkt's sentences, cut further after the stops of Chinese, Japanese, Hindi and Urdu.

    What has neither a letter nor a digit is no sentence.

    >>> of_any_script(("好！「是吗？」** Yes.", "No", "--"))
    ['好！', '「是吗？」', '** Yes.', 'No']
    """
    return [piece for part in parts for piece in _PART.findall(part) if any(map(str.isalnum, piece))]


def kinds(sentences: list[str]) -> Counter[str]:
    """How many sentences end in a stop, in a question mark, in an exclamation mark, closing quotes and brackets aside.

    >>> sorted(kinds(['"I left."', "*Why?*", "真的？", "and so on"]).items())
    [('.', 1), ('?', 2)]
    """
    ends = (sentence.rstrip(_CLOSING)[-1:] for sentence in sentences)
    return Counter(_MARK[end] for end in ends if end in _MARK)


def _told(statements: int, questions: int, exclamations: int | None = None) -> str:
    told = f"{statements} ending in a stop, {questions} in a question mark"
    return told if exclamations is None else f"{told}, {exclamations} in an exclamation mark"


def _long(lengths: list[int]) -> str:
    return f"{Number(len(lengths)):sentence}, {min(lengths, default=0)} to {max(lengths, default=0)} characters long"


@constraint(
    "ratio:stop_words",
    (
        "Of all the words in your response, at most {percentage} percent may be stop words (the, of, is and the like).",
        "Keep the share of stop words, such as the or of, at {percentage}% of your words or less.",
    ),
    source=IFBENCH,
)
@draws(percentage=between(20, 50, 5))
@touches(sets="stop words", uses="language")
@hindsight(percentage=at_most(45))
@passes("The cat of THE house", stop_words=frozenset({"the", "of"}), percentage=60)
@passes("A cat", stop_words=frozenset({"the", "of"}), percentage=0)
@fails("The cat of THE house", stop_words=frozenset({"the", "of"}), percentage=59)
@fails("!!!", stop_words=frozenset({"the", "of"}), percentage=100)
@fails(
    "a a a a a a a " + 18 * "b ", stop_words=frozenset({"a"}), percentage=27
)  # 28 in a hundred, a little more in floats
def stop_words(response: str, stop_words: StopWords, *, percentage: Percentage) -> Verdict:
    r"""There are words, and at most such a percentage of them are stop words: words are maximal runs of ``\w`` in lower
    case. Stop words are NLTK's English ones where they are installed, else a short list of our own.
    """
    if not words(response):
        return judged(False, "no words")
    count = sum(map(stop_words.__contains__, map(str.lower, words(response))))
    share = count / len(words(response)) * 100
    return judged(share <= percentage, f"{share:.1f} %")


@constraint(
    "ratio:sentence_type",
    (
        "Write exactly two statements, each ending in a full stop, for every question.",
        "Let the sentences that end in a full stop be twice as many as those that end in a question mark.",
    ),
    source=IFBENCH,
)
@touches(sets="sentences, full stops, questions", uses="paragraphs")
@passes("One.\nTwo.\nWhy?\nOh!", sentences=str.splitlines)
@passes("Hello!", sentences=str.splitlines)  # no question, and twice none is none
@fails("One.\nWhy?", sentences=str.splitlines)
@fails("“I left.”\n“It rained.”\nWhy?", sentences=str.splitlines)
def sentence_type(response: str, sentences: Sentences) -> Verdict:
    """Of the sentences, as English Punkt cuts the text, twice as many end in a full stop as in a question mark.

    The very last character decides: with a closing quote or bracket after the mark, a sentence is of neither kind.
    """
    ends = Counter(sentence[-1:] for sentence in sentences(response))
    return judged(ends["."] == 2 * ends["?"], _told(ends["."], ends["?"]))


@formerly(sentence_type, "ifbench@2025-07", "Sentences were cut by Google's patterns, which move a closing quote.")
@passes('"I left." "It rained." Why?')
@passes("Hello!")
@fails("One. Why?")
def sentence_type_google(response: str) -> Verdict:
    """Of the sentences, as Google's patterns cut the text, twice as many end in a full stop as in a question mark."""
    ends = Counter(sentence[-1:] for sentence in google_sentences(response))
    return judged(ends["."] == 2 * ends["?"], _told(ends["."], ends["?"]))


@corrects(sentence_type, "A text without any question passes, and a sentence that ends in a closing quote is neither.")
@passes("“I left.”\n“It rained.”\nWhy?", sentences=str.splitlines)
@passes("好。是。**真的？**\u200b", sentences=str.splitlines)
@fails("One.\nTwo.\nThree.\nWhy?", sentences=str.splitlines)
@fails("Hello!", sentences=str.splitlines)
def sentence_type_told_apart(response: str, sentences: Sentences) -> Verdict:
    """There is a question, and twice as many sentences end in a full stop as in a question mark.

    Quotes, brackets and markdown after a mark do not matter. Chinese, Japanese, Hindi and Urdu marks are marks, too.
    """
    ends = kinds(of_any_script(sentences(_straight(response))))
    return judged(bool(ends["?"]) and ends["."] == 2 * ends["?"], _told(ends["."], ends["?"]))


@constraint(
    "ratio:sentence_balance",
    (
        "Use as many questions as exclamations, and as many of either as statements that end in a full stop.",
        "Let the same number of sentences end in a full stop, in a question mark and in an exclamation mark.",
    ),
    source=IFBENCH,
)
@touches(sets="sentences, full stops, questions", uses="paragraphs")
@passes("One.\nWhy?\nOh!\nwell", sentences=str.splitlines)
@passes("no punctuation at all", sentences=str.splitlines)
@fails("One.\nWhy?", sentences=str.splitlines)
@fails("Why?\nOh!", sentences=str.splitlines)
@fails("One.\n“Why?”\n“Oh!”", sentences=str.splitlines)
def sentence_balance(response: str, sentences: Sentences) -> Verdict:
    """Of the sentences, as English Punkt cuts the text, as many end in a full stop as in a question mark and as in an
    exclamation mark; none of all three is balanced. The very last character decides, be it a closing quote.
    """
    ends = Counter(sentence[-1:] for sentence in sentences(response))
    return judged(ends["."] == ends["?"] == ends["!"], _told(ends["."], ends["?"], ends["!"]))


@formerly(sentence_balance, "ifbench@2025-07", "Sentences were cut by Google's patterns, which move a closing quote.")
@passes('One. "Why?" "Oh!"')
@passes("no punctuation at all")
@fails("One. Why?")
@fails("Why? Oh!")
def sentence_balance_google(response: str) -> Verdict:
    """Of the sentences, as Google's patterns cut the text, as many end in a full stop as in a question mark and as in
    an exclamation mark; none of all three is balanced.
    """
    ends = Counter(sentence[-1:] for sentence in google_sentences(response))
    return judged(ends["."] == ends["?"] == ends["!"], _told(ends["."], ends["?"], ends["!"]))


@corrects(sentence_balance, "A text without any punctuation passes, and a sentence that ends in a quote is of no kind.")
@passes("One.\n“Why?”\n“Oh!”", sentences=str.splitlines)
@passes("好。是吗？好！", sentences=str.splitlines)
@fails("no punctuation at all", sentences=str.splitlines)
@fails("One.\nWhy?", sentences=str.splitlines)
@fails("Why?\nOh!", sentences=str.splitlines)
def sentence_balance_told_apart(response: str, sentences: Sentences) -> Verdict:
    """As many sentences end in a full stop as in a question mark and as in an exclamation mark: one of each at least.

    Quotes, brackets and markdown after a mark do not matter. Chinese, Japanese, Hindi and Urdu marks are marks, too.
    """
    ends = kinds(of_any_script(sentences(_straight(response))))
    return judged(bool(ends["."]) and ends["."] == ends["?"] == ends["!"], _told(ends["."], ends["?"], ends["!"]))


@constraint(
    "ratio:overlap",
    (
        "Of the different trigrams in your response, {percentage} percent (up to two points more or less) should also "
        'occur in this text: "{reference_text}".',
        'Write so that the share of your trigrams found in the text "{reference_text}" is {percentage} percent, '
        "give or take two points.",
    ),
    source=IFBENCH,
)
@draws(reference_text=the_task, percentage=between(20, 60, 5))
@touches(sets="spelling", uses="language, case, lines")
@hindsight(percentage=another(*range(5, 100, 5)))
@passes("abcd", reference_text="abc", percentage=48)
@passes("abcd", reference_text="abc", percentage=52)
@fails("abcd", reference_text="abc", percentage=47)
@fails("abcd", reference_text="abc", percentage=53)
@fails("ABCD", reference_text="abc", percentage=50)
@fails("hi", reference_text="abc", percentage=0)
def overlap(response: str, *, reference_text: Text, percentage: Percentage) -> Verdict:
    """Of the different sequences of three characters in the response, the percentage that occur in the reference text
    is at most two points off. Case and spaces count; a response of fewer than three characters fails.
    """
    own = trigrams(response)
    if not own:
        return judged(False, "no trigrams")
    share = len(own & trigrams(reference_text)) / len(own) * 100
    return judged(percentage - 2 <= share <= percentage + 2, f"{share:.1f} %")


@corrects(overlap, "Trigrams are of characters, so that texts that share no three words in a row still overlap.")
@passes("mat the on sat cat the", reference_text="the cat sat on the mat", percentage=0)
@passes("The CAT sat, down.", reference_text="the cat sat on the mat", percentage=48)
@passes("The CAT sat, down.", reference_text="the cat sat on the mat", percentage=52)
@fails("The CAT sat, down.", reference_text="the cat sat on the mat", percentage=47)
@fails("The CAT sat, down.", reference_text="the cat sat on the mat", percentage=53)
@fails("the cat", reference_text="the cat sat on the mat", percentage=0)
def word_overlap(response: str, *, reference_text: Text, percentage: Percentage) -> Verdict:
    """Of the different sequences of three words in the response, the percentage that occur in the reference text is at
    most two points off. Case and punctuation do not matter; a response of fewer than three words fails.
    """
    own = three_in_a_row(whole_words(folded(response)))
    if not own:
        return judged(False, "no trigrams")
    share = len(own & three_in_a_row(whole_words(folded(reference_text)))) / len(own) * 100
    return judged(percentage - 2 <= share <= percentage + 2, f"{share:.1f} %")


@constraint(
    "ratio:sentence_words",
    (
        "Answer in three sentences that have equally many characters, and use no word twice.",
        "Your response should consist of exactly three sentences of the same length in characters, all of their words "
        "being different.",
    ),
    source=IFBENCH,
)
@touches(sets="sentences, length, repetition, lines, sections")
@passes(" One.\nTwo. \nSix?", sentences=str.splitlines)
@passes("Cat.\nCat.\nCat.", sentences=str.splitlines)
@fails("One.\nTwo.\nThree.", sentences=str.splitlines)
@fails("One.\nTwo.\nSix?\nTen.", sentences=str.splitlines)
def sentence_words(response: str, sentences: Sentences) -> Verdict:
    """There are exactly three sentences, as English Punkt cuts the text, all with the same number of characters: of any
    kind, without spaces at the ends. Which words they have is not looked at.
    """
    lengths = [len(sentence.strip()) for sentence in sentences(response)]
    return judged(len(lengths) == 3 and len(set(lengths)) == 1, _long(lengths))


@formerly(sentence_words, "ifbench@2025-07", "Sentences were cut by Google's patterns, which move a closing quote.")
@passes("One. Cat. Cat?")
@fails("One. Two. Three.")
@fails("One. Two. Six. Ten.")
def sentence_words_google(response: str) -> Verdict:
    """There are exactly three sentences, as Google's patterns cut the text, all with the same number of characters."""
    lengths = [len(sentence) for sentence in google_sentences(response)]
    return judged(len(lengths) == 3 and len(set(lengths)) == 1, _long(lengths))


@corrects(sentence_words, "Whether all words are different is never checked.")
@passes(" One.\nTwo. \nSix?\n--", sentences=str.splitlines)
@passes("我来。你去！他呢？", sentences=str.splitlines)
@fails("Cat.\nDog.\nCAT.", sentences=str.splitlines)
@fails("One.\nTwo.\nThree.", sentences=str.splitlines)
@fails("One.\nTwo.\nSix?\nTen.", sentences=str.splitlines)
@fails("...\n???\n!!!", sentences=str.splitlines)
def sentences_of_different_words(response: str, sentences: Sentences) -> Verdict:
    """There are exactly three sentences, all with the same number of characters, and no word occurs twice.

    Spaces at the ends do not count, nor does the case of a word. Each Chinese ideograph and each kana is a word.
    """
    lengths = [len(sentence.strip()) for sentence in of_any_script(sentences(_straight(response)))]
    used = whole_words(folded(response))
    different = len(set(used))
    because = f"{_long(lengths)}, {different} different words out of {len(used)}"
    return judged(len(lengths) == 3 and len(set(lengths)) == 1 and different == len(used), because)
