"""Which word sentences and responses begin and end with, and which stands where in between (IF-RLVR).

The published rules cut sentences with Google's regular expressions and take for a word whatever stands between spaces,
commas, quotes and all. The corrected ones cut sentences as Punkt does, and words as a reader would.
"""

from __future__ import annotations

import re
from typing import Annotated

from annotated_types import MinLen, Predicate

from constraints.args import Positive, Said, Text, Words
from constraints.core import Verdict, judged
from constraints.cut import google_sentences
from constraints.declare import constraint, corrects, draws, fails, hindsight, passes, touches
from constraints.draws import between
from constraints.hindsight import first_word, last_word, nearby
from constraints.invisible import folded
from constraints.needs import Sentences, WordTokens
from constraints.sources import IFEVALG
from constraints.text import whole_words

_MARKS = re.compile(r"[^\w\s]")
_FULL_STOPS = re.compile("[。！？]")
_OUTER_MARKS = " *_~`\"'«»「」『』"


def only(word: str | tuple[str, ...]) -> str:
    """The word, or the first one of a list: where a file has a list, the published code reads no more of it."""
    return word if isinstance(word, str) else word[0]


def is_spoken(text: str) -> bool:
    """Whether there is a letter or digit in it."""
    return bool(whole_words(folded(text)))


Spoken = Annotated[str, MinLen(1), Predicate(is_spoken)]
OneWord = Annotated[Text | Words, Said(only)]
OneSpoken = Annotated[Spoken | Annotated[tuple[Spoken, ...], MinLen(1)], Said(only)]


def sentence_words(text: str, sentences: Sentences) -> list[tuple[str, ...]]:
    """The words of each sentence that has any, in lower case; Chinese and Japanese stops end a sentence, too.

    >>> sentence_words("Don’t stop! ...\\n好。是", str.splitlines)
    [("don't", 'stop'), ('好',), ('是',)]
    """
    pieces = [piece for sentence in sentences(text) for piece in _FULL_STOPS.split(sentence)]
    return [words for words in (whole_words(folded(piece)) for piece in pieces) if words]


@constraint(
    "first_word:first_word_sent",
    (
        'Begin each of your sentences with the word "{first_word}".',
        'Whatever sentence you write, its first word has to be "{first_word}".',
    ),
    source=IFEVALG,
)
@touches(sets="opening, sentence edges", uses="language, spelling, repetition", writes="first_word")
@passes("Cat sat. CAT ran.", first_word=" cAt ")
@passes("Cat sat.", first_word=["cat", "dog"])
@passes("", first_word="cat")
@fails("Cat sat. It ran.", first_word="cat")
@fails("Cat, sit.", first_word="cat")
@fails("Cat?! Cat.", first_word="cat")  # "!" is a sentence
@fails("Cat...!", first_word="cat")
@fails(". Cat.", first_word="cat")
def first_word_sent(response: str, *, first_word: OneWord) -> Verdict:
    """What stands before the first space of each sentence is the word; case is ignored, a comma or a quote is not.

    Sentences are those of Google's regular expressions, which end one at each of . ? and !; none at all pass.
    """
    wanted = only(first_word).strip().lower()
    others = [cut for cut in google_sentences(response) if [word.lower() for word in cut.split()[:1]] != [wanted]]
    return judged(not others, f"{len(others)} sentences begin otherwise")


@corrects(first_word_sent, "Takes the word for another one where a comma or a quote stands next to it.")
@passes("Cat, sit.\n“Cat” ran.\n?!", sentences=str.splitlines, first_word="CAT")
@passes("Cat sat.", sentences=str.splitlines, first_word=["Cat", "dog"])
@passes("Don’t go.", sentences=str.splitlines, first_word="don't")
@passes("今天好。今天不", sentences=str.splitlines, first_word="今天")
@fails("今天好。明天不", sentences=str.splitlines, first_word="今天")
@fails("Cat sat.\nIt ran.", sentences=str.splitlines, first_word="cat")
@fails("Cat-like.", sentences=str.splitlines, first_word="cat")
@fails("...", sentences=str.splitlines, first_word="cat")
def first_word_sent_fixed(response: str, sentences: Sentences, *, first_word: OneSpoken) -> Verdict:
    """The first word of each sentence is the word, and there is a sentence. Case and marks before and after the word
    do not matter; what is joined to it by a hyphen or an apostrophe makes another word. No word, no sentence.
    """
    wanted = whole_words(folded(only(first_word)))
    first = [words[: len(wanted)] == wanted for words in sentence_words(response, sentences)]
    return judged(bool(first) and all(first), f"{len(first) - sum(first)} sentences begin otherwise")


@constraint(
    "first_word:first_word_answer",
    (
        'Begin your response with the word "{first_word}".',
        'Let "{first_word}" be the very first word that you write.',
    ),
    source=IFEVALG,
)
@touches(sets="opening", uses="language, spelling", writes="first_word")
@hindsight(first_word=first_word())
@passes(" CAT sat.", first_word="cAt ")
@fails("Cat, sit.", first_word="cat")
@fails("“Cat” sat.", first_word="cat")
@fails("The cat.", first_word="cat")
@fails(" ", first_word="cat")
def first_word_answer(response: str, *, first_word: Text) -> bool:
    """What stands before the first space of the response is the word; case is ignored, a comma or a quote is not."""
    return [word.lower() for word in response.split()[:1]] == [first_word.strip().lower()]


@corrects(first_word_answer, "Takes the word for another one where a comma or a quote stands next to it.")
@passes("**CAT**, sit.", first_word="cat")
@passes("“Don’t!”", first_word="Don't")
@fails("The cat.", first_word="cat")
@fails("Cats sat.", first_word="cat")
@fails("", first_word="cat")
def first_word_answer_fixed(response: str, *, first_word: Spoken) -> bool:
    """The first word of the response is the word. Case and marks before and after it do not matter; what is joined to
    it by a hyphen or an apostrophe makes another word.
    """
    wanted = whole_words(folded(first_word))
    return whole_words(folded(response))[: len(wanted)] == wanted


def _unmarked(token: str) -> str:
    return _MARKS.sub("", token).lower()


@constraint(
    "last_word:last_word_sent",
    (
        'End each of your sentences on the word "{last_word}", with only punctuation after it.',
        'Whatever sentence you write, the last word in it has to be "{last_word}".',
    ),
    source=IFEVALG,
)
@touches(sets="ending, sentence edges", uses="language, spelling, repetition", writes="last_word")
@passes("The cat! A (Cat).", last_word=" cAt ")
@passes("The cat.", last_word=["cat", "dog"])
@passes("", last_word="cat")
@passes("A c-a-t.", last_word="cat")
@fails("The cat. It ran.", last_word="cat")
@fails("I don't.", last_word="don't")
@fails("The cat .", last_word="cat")
@fails("The cat?! A cat.", last_word="cat")  # "!" is a sentence
@fails("The _cat_.", last_word="cat")
def last_word_sent(response: str, *, last_word: OneWord) -> Verdict:
    """What stands after the last space of each sentence is the word, once rid of whatever is no letter, digit or
    underscore; case is ignored. The word itself is not rid of it, so that "don't" is never found.

    Sentences are those of Google's regular expressions, which end one at each of . ? and !; none at all pass.
    """
    wanted = only(last_word).strip().lower()
    others = [cut for cut in google_sentences(response) if [_unmarked(word) for word in cut.split()[-1:]] != [wanted]]
    return judged(not others, f"{len(others)} sentences end otherwise")


@corrects(last_word_sent, "Never finds a word with an apostrophe, nor one with a space between it and the full stop.")
@passes("The cat!\n“A (cat) .”\n?!", sentences=str.splitlines, last_word="CAT")
@passes("I don’t.", sentences=str.splitlines, last_word=["don't", "do"])
@fails("The cat.\nIt ran.", sentences=str.splitlines, last_word="cat")
@fails("A c-a-t.", sentences=str.splitlines, last_word="cat")
@fails("...", sentences=str.splitlines, last_word="cat")
def last_word_sent_fixed(response: str, sentences: Sentences, *, last_word: OneSpoken) -> Verdict:
    """The last word of each sentence is the word, and there is a sentence. Case and marks before and after the word do
    not matter; what is joined to it by a hyphen or an apostrophe makes another word. No word, no sentence.
    """
    wanted = whole_words(folded(only(last_word)))
    last = [words[-len(wanted) :] == wanted for words in sentence_words(response, sentences)]
    return judged(bool(last) and all(last), f"{len(last) - sum(last)} sentences end otherwise")


@constraint(
    "last_word:last_word_answer",
    (
        'End your response on the word "{last_word}", with only punctuation after it.',
        'Let "{last_word}" be the very last word that you write.',
    ),
    source=IFEVALG,
)
@touches(sets="ending", uses="language, spelling", writes="last_word")
@hindsight(last_word=last_word())
@passes("The (CAT). ", last_word=" cAt")
@fails("The cat. It ran.", last_word="cat")
@fails("I don't", last_word="don't")
@fails("I saw a cat .", last_word="cat")
@fails("  ", last_word="cat")
def last_word_answer(response: str, *, last_word: Text) -> Verdict:
    """What stands after the last space of the response is the word, once rid of whatever is no letter, digit or
    underscore; case is ignored. The word itself is not rid of it. The published code crashes on a blank text.
    """
    last = [_unmarked(word) for word in response.split()[-1:]]
    found = f"{last[0]!r:.40} is last" if last else "the published code crashes here: no word"
    return judged(last == [last_word.strip().lower()], found)


@corrects(last_word_answer, "Crashes without a word, never finds one with an apostrophe or apart from the full stop.")
@passes("I saw a “cat” .", last_word="CAT")
@passes("I don’t!", last_word="don't")
@fails("The cat. It ran.", last_word="cat")
@fails("A tom-cat.", last_word="cat")
@fails("  ", last_word="cat")
def last_word_answer_fixed(response: str, *, last_word: Spoken) -> bool:
    """The last word of the response is the word. Case and marks before and after it do not matter; what is joined to
    it by a hyphen or an apostrophe makes another word.
    """
    wanted = whole_words(folded(last_word))
    return whole_words(folded(response))[-len(wanted) :] == wanted


@constraint(
    "keywords:start_end",
    (
        "Let your response end on the very word it starts with, and put nothing after that word, not even a full stop.",
        "The first and the last word of your answer must be the same; no punctuation may follow the last one.",
    ),
    source=IFEVALG,
)
@touches(sets="opening, ending", uses="repetition")
@passes("Cat ran caT", word_tokens=str.split)
@passes("! !", word_tokens=str.split)
@fails("cat", word_tokens=str.split)
@fails("Cat ran cat .", word_tokens=str.split)
@fails("Cat ran", word_tokens=str.split)
def start_end(response: str, word_tokens: WordTokens) -> bool:
    """There are two or more of NLTK's word tokens, the first and the last of them the same but for case.

    Marks are tokens: a text in quotes, or with a full stop at its end, fails, and one between two stars may pass.
    """
    tokens = word_tokens(response)
    return len(tokens) > 1 and tokens[0].lower() == tokens[-1].lower()


@corrects(start_end, "Takes quotes and markdown for words.")
@passes('"Cat ran cat"')
@passes("**Don’t, I said, _don't_**\n")
@passes("Bye bye")
@fails("“Cat ran cat.”")
@fails("Cat ran cat …")
@fails("Cat")
@fails("Cat ran")
@fails("! !")
def start_end_fixed(response: str) -> bool:
    """There are two or more words, the first and the last of them the same but for case, and nothing but quotes and
    markdown's emphasis comes after the last one.
    """
    text = folded(response).strip(_OUTER_MARKS)
    words = whole_words(text)
    return len(words) > 1 and words[0] == words[-1] and text.endswith(words[-1])


@constraint(
    "keywords:keyword_specific_position",
    (
        'In sentence number {n} of your response, word number {m} has to be "{keyword}".',
        'Place "{keyword}" so that it is word {m} of sentence {n}, counting both from 1.',
    ),
    source=IFEVALG,
)
@draws(n=between(1, 4), m=between(2, 6))
@touches(uses="language, spelling, sentences, opening", writes="keyword", exactly=True)
@hindsight(m=nearby())
@passes("One. Two , cat", word_tokens=str.split, keyword=" cat ", n=2, m=3)  # the comma is a word
@passes("Two cat", word_tokens=str.split, keyword=["cat", "dog"], n=1, m=2)
@fails("Two cat", word_tokens=str.split, keyword="cat", n=2, m=2)
@fails("Two cat", word_tokens=str.split, keyword="cat", n=1, m=3)
@fails("Two cat", word_tokens=str.split, keyword="cat", n=1, m=1)
@fails("Two Cat", word_tokens=str.split, keyword="cat", n=1, m=2)
def keyword_specific_position(
    response: str, word_tokens: WordTokens, *, keyword: OneWord, n: Positive, m: Positive
) -> Verdict:
    """The mth of NLTK's word tokens in the nth sentence is the keyword; case matters, and marks are tokens.

    Sentences are those of Google's regular expressions, which end one at each of . ? and !, whatever follows.
    """
    tokens = [token for cut in google_sentences(response)[n - 1 : n] for token in word_tokens(cut)][m - 1 : m]
    return judged(tokens == [only(keyword).strip()], f"{tokens[0]!r:.40} is there" if tokens else "no such word")


@corrects(keyword_specific_position, "Counts a comma or a quote as a word, and minds a capital.")
@passes("One.\n?\nWell, “Cat” sat.", sentences=str.splitlines, keyword="cat", n=2, m=2)
@passes("The ice cream.", sentences=str.splitlines, keyword=["Ice Cream", "x"], n=1, m=2)
@fails("Well, cat sat.", sentences=str.splitlines, keyword="cat", n=1, m=3)
@fails("One.\nA cat.", sentences=str.splitlines, keyword="cat", n=1, m=2)
@fails("A cat.", sentences=str.splitlines, keyword="cat", n=2, m=2)
@fails("A cat sat.", sentences=str.splitlines, keyword="cat", n=1, m=1)
def keyword_position_fixed(
    response: str, sentences: Sentences, *, keyword: OneSpoken, n: Positive, m: Positive
) -> Verdict:
    """The mth word of the nth sentence is the keyword, or the mth and following are, if it is several words. Case and
    marks do not matter, nor does a sentence of marks alone; hyphens and apostrophes join a word.
    """
    wanted = whole_words(folded(only(keyword)))
    found = [words[m - 1 :][: len(wanted)] for words in sentence_words(response, sentences)[n - 1 : n]]
    return judged(found == [wanted], f"{' '.join(found[0])!r:.40} is there" if found else "no such sentence")
