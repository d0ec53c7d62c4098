"""How many words, names, numbers, pronouns or marks of some kind there are (IFBench, ``count:``)."""

from __future__ import annotations

import re
from typing import Annotated

from annotated_types import Ge, Le

from constraints.args import Count, Number, Positive
from constraints.core import Verdict, judged
from constraints.cut import bare_words, trimmed_words
from constraints.declare import constraint, corrects, draws, fails, formerly, hindsight, passes, touches
from constraints.draws import above, between
from constraints.hindsight import at_least, at_most, nearby
from constraints.invisible import Seen, folded, occurrences, visible
from constraints.needs import WordTokens
from constraints.sources import IFBENCH
from constraints.text import lowered, whole_words, words

CONJUNCTIONS = ("and", "but", "for", "nor", "or", "so", "yet")
_NAMES = """Emma Liam Sophia Jackson Olivia Noah Ava Lucas Isabella Mason Mia Ethan Charlotte Alexander Amelia Benjamin
    Harper Leo Zoe Daniel Chloe Samuel Lily Matthew Grace Owen Abigail Gabriel Ella Jacob Scarlett Nathan Victoria
    Elijah Layla Nicholas Audrey David Hannah Christopher Penelope Thomas Nora Andrew Aria Joseph Claire Ryan Stella
    Jonathan"""
_PERSONAL = """i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself
    she her hers herself it its itself they them their theirs themselves"""
_OTHER = """this that these those who whom whose which what whoever whomever whatever whichever
    anybody anyone anything everybody everyone everything nobody nothing somebody someone something
    each either neither both all some any none"""
NAMES = tuple(_NAMES.split())
PERSONAL_PRONOUNS = frozenset(_PERSONAL.split())
PRONOUNS = PERSONAL_PRONOUNS.union(_OTHER.split())
MARKS = ".,;:?!"
TIMES = (1, 2, 3, 5, 7)
"""How often the five keywords of ``count:keywords_multiple`` have to occur."""

ConjunctionCount = Annotated[int, Ge(1), Le(len(CONJUNCTIONS))]
NameCount = Annotated[int, Ge(1), Le(len(NAMES))]

_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?")
_IDEOGRAPH = r"\u4e00-\u9fff"
_JAPANESE = re.compile(rf"[\u3040-\u30ff{_IDEOGRAPH}]")
_KANA_OR_IDEOGRAPH = re.compile(rf"[\u3041-\u30ff\uff66-\uff9d\u3400-\u4dbf{_IDEOGRAPH}\uf900-\ufaff]")


@constraint(
    "count:word_count_range",
    (
        "Write no fewer than {min_words} and no more than {max_words:word}.",
        "Keep the length of your answer between {min_words} and {max_words:word}, both included.",
    ),
    source=IFBENCH,
)
@draws(min_words=between(50, 300, 10), max_words=above("min_words", 20, 200, 10))
@touches(sets="length", uses="repetition", limits=True, floor="min_words")
@hindsight(min_words=at_least(2), max_words=at_most())
@passes("one two", min_words=2, max_words=3)
@passes("Don't!", min_words=1, max_words=2)  # two words
@fails("one two", min_words=3, max_words=4)
@fails("one two", min_words=0, max_words=1)
def word_count_range(response: str, *, min_words: Count, max_words: Count) -> Verdict:
    r"""The number of maximal runs of ``\w`` lies within the bounds, which both belong to the range.

    An apostrophe or hyphen splits ("don't" is two words), a run of underscores is a word, and so is a run of Chinese.
    """
    n = len(words(response))
    return judged(min_words <= n <= max_words, f"{Number(n):word}")


@corrects(word_count_range, "Contractions and hyphenated words count twice, underscores count, Chinese counts once.")
@passes("Don't stop!", min_words=2, max_words=3)
@passes("__ 你好 __", min_words=1, max_words=2)
@fails("state-of-the-art", min_words=2, max_words=4)
@fails("One two.", min_words=0, max_words=1)
def whole_word_count_range(response: str, *, min_words: Count, max_words: Count) -> Verdict:
    """The number of words lies within the bounds, which both belong to the range.

    A word is a run of letters, digits and combining marks; an apostrophe, hyphen or underscore between two of them
    joins them. Each Chinese ideograph and each kana is a word. Punctuation, underscores alone and emoji are none.
    """
    n = len(whole_words(response))
    return judged(min_words <= n <= max_words, f"{Number(n):word}")


@constraint(
    "count:unique_word_count",
    (
        "Let at least {N:different word} occur in your response.",
        "Your vocabulary here should be {N:distinct word} or more.",
    ),
    source=IFBENCH,
)
@draws(N=between(40, 200, 10))
@touches(sets="length", uses="repetition", floor="N")
@hindsight(N=at_least(2))
@passes("The cat, (the) CAT and don't!", N=4)
@passes("a - b", N=3)  # of the dash nothing is left: a third "word"
@fails("The cat, (the) CAT and don't!", N=5)
def unique_word_count(response: str, *, N: Positive) -> Verdict:
    """At least so many different strings stand between spaces, in lower case and without the ASCII punctuation at
    their ends. What consists of such punctuation only is one of them, the empty string.
    """
    n = len(set(trimmed_words(lowered(response))))
    return judged(n >= N, f"{Number(n):different word}")


@corrects(unique_word_count, "Punctuation between spaces counts as a word, and a word counts again in curly quotes.")
@passes("a - b", N=2)
@passes("You’re in, you're IN!", N=2)
@fails("a - b", N=3)
@fails("“cat” – cat", N=2)
def unique_whole_word_count(response: str, *, N: Positive) -> Verdict:
    """There are at least so many different words, whatever their case and the shape of their apostrophes.

    A word is a run of letters and digits, joined by apostrophes, hyphens and underscores; an ideograph is one, too.
    """
    n = len(set(whole_words(folded(response))))
    return judged(n >= N, f"{Number(n):different word}")


@constraint(
    "count:conjunctions",
    (
        "Use at least {small_n} of the coordinating conjunctions: " + ", ".join(CONJUNCTIONS) + ".",
        "Let {small_n:different coordinating conjunction} or more occur in your response.",
    ),
    source=IFBENCH,
)
@draws(small_n=between(3, 6))
@touches(uses="language, spelling, stop words", floor="small_n")
@hindsight(small_n=at_least(2))
@passes("and And and,", small_n=3)  # three ways to write one
@passes('He came, "but" (so they say) left.', small_n=2)
@fails('He came, "but" (so they say) left.', small_n=3)
@fails("and and", small_n=2)
def conjunctions(response: str, *, small_n: ConjunctionCount) -> Verdict:
    """At least so many different strings between spaces are and, but, for, nor, or, so or yet: in any case, with any
    ASCII punctuation at their ends. Two that differ in these two ways only are different.
    """
    both = zip(response.split(), trimmed_words(response), strict=True)
    n = len({raw for raw, word in both if word.lower() in CONJUNCTIONS})
    return judged(n >= small_n, f"{n} found")


@corrects(conjunctions, 'The same conjunction counts again with a capital or a comma: "and And and," are three.')
@passes("Now AND/or “never”, but *not*.", small_n=3)
@passes("and And and,", small_n=1)
@fails("and And and,", small_n=2)
def different_conjunctions(response: str, *, small_n: ConjunctionCount) -> Verdict:
    """At least so many of the words and, but, for, nor, or, so and yet occur, in whatever case."""
    n = len(set(CONJUNCTIONS).intersection(whole_words(folded(response))))
    return judged(n >= small_n, f"{n} found")


@constraint(
    "count:person_names",
    (
        "Mention at least {N:different person} by a name from this list: " + ", ".join(NAMES) + ".",
        "Let {N:different name} or more of the following occur in your response: " + ", ".join(NAMES) + ".",
    ),
    source=IFBENCH,
)
@touches(uses="language, spelling, case", floor="N")
@hindsight(N=at_least())
@passes("Mia's friend (Leo) met Mia.", N=2)
@passes("Mia-Leo", N=2)
@fails("Mia's friend (Leo) met Mia.", N=3)
@fails("Miami, leo", N=1)
def person_names(response: str, *, N: NameCount) -> Verdict:
    r"""At least so many of 50 given first names occur, spelled with their capital, as a maximal run of ``\w``."""
    n = len(set(NAMES).intersection(words(response)))
    return judged(n >= N, f"{Number(n):name}")


@formerly(person_names, "ifbench@2025-07", "Names were found within other words: Mia in Miami.")
@passes("Miami Leopard Graceful", N=3)
@fails("Miami Leopard Graceful", N=4)
@fails("mia", N=1)
def person_names_anywhere(response: str, *, N: NameCount) -> Verdict:
    """At least so many of 50 given first names occur, spelled with their capital, also within a longer word."""
    n = sum(1 for name in NAMES if name in response)
    return judged(n >= N, f"{Number(n):name}")


@constraint(
    "count:numbers",
    (
        "Let exactly {N:number} occur in your response, written in digits.",
        "Write {N:number} in digits, no more and no fewer.",
    ),
    source=IFBENCH,
)
@touches(sets="digits", uses="spelling")
@hindsight(N=nearby())
@passes("3.14 and 1,000", N=2)
@passes("3-5", N=1)  # read as 35
@passes("No. I have three.", N=0)
@fails("3.14 and 1,000", N=1)
def numbers(response: str, *, N: Count) -> Verdict:
    """Once all ASCII punctuation is deleted, there are exactly so many runs of digits.

    So 3.14 and 1,000 are one number each, but so are 3-5 and 2023-01-15. Number words do not count.
    """
    n = len(_DIGITS.findall(" ".join(bare_words(response))))
    return judged(n == N, f"{Number(n):number}")


@corrects(numbers, "Punctuation between two numbers makes one of them: 3-5 is read as 35, a date as 20230115.")
@passes("3.14 and 1,000,000.5", N=2)
@passes("3-5", N=2)
@passes("(1,2); 12345,678", N=4)
@passes("I have three.", N=0)
@fails("2023-01-15 and more", N=1)
@fails("3.14", N=2)
def whole_numbers(response: str, *, N: Count) -> Verdict:
    """There are exactly so many numbers in digits, also next to letters.

    A decimal point with digits after it, and commas before groups of exactly three digits, belong to their number;
    all else between digits separates two numbers, as in 3-5, 10:30 or 2023-01-15. Number words do not count.
    """
    n = len(_NUMBER.findall(visible(response)))
    return judged(n == N, f"{Number(n):number}")


@constraint(
    "count:pronouns",
    (
        "Use at least {N:pronoun} in your response.",
        "Your answer has to contain {N:pronoun} or more; the same one may count repeatedly.",
    ),
    source=IFBENCH,
)
@draws(N=between(3, 15))
@touches(uses="language, spelling, stop words", floor="N")
@hindsight(N=at_least(2))
@passes("THIS I know: she/her", word_tokens=str.split, N=4)
@passes("I 'm it", word_tokens=str.split, N=2)
@fails("I 'm it", word_tokens=str.split, N=3)
def pronouns(response: str, word_tokens: WordTokens, *, N: Positive) -> Verdict:
    """At least so many word tokens of the text, in lower case and with spaces for slashes, are pronouns: personal,
    possessive, reflexive (of these, all but oneself), demonstrative, interrogative and most indefinite ones.

    That and this, what and which, all and some count wherever they stand. Contractions come apart: I'm holds an I.
    """
    n = sum(1 for token in word_tokens(response.replace("/", " ").lower()) if token in PRONOUNS)
    return judged(n >= N, f"{Number(n):pronoun}")


@formerly(pronouns, "ifbench@2025-07", "Only personal, possessive and reflexive pronouns counted, and no contractions.")
@passes("She/her, (It)self: I.", N=4)
@fails("She/her, (It)self: I.", N=5)
@fails("This? I'm someone.", N=1)
def personal_pronouns(response: str, *, N: Positive) -> Verdict:
    """At least so many words, in lower case, with spaces for slashes and all other ASCII punctuation deleted, are
    personal, possessive or reflexive pronouns. Contractions are none: I'm is read as im.
    """
    n = sum(1 for word in bare_words(response.replace("/", " ").lower()) if word in PERSONAL_PRONOUNS)
    return judged(n >= N, f"{Number(n):pronoun}")


@constraint(
    "count:punctuation",
    (
        "Use each of these marks at least once: full stop, comma, semicolon, colon, question mark, exclamation mark "
        "and, besides these, an interrobang (?!).",
        "No standard punctuation mark may be missing: . and , and ; and : and ? and ! and, as a seventh, ?! as one.",
    ),
    source=IFBENCH,
)
@touches(uses="commas, full stops, questions, sentences, sentence edges")
@passes("A, b; c: d. E? F! G?!")
@passes("A, b; c: d. E? F! G!?")
@passes("A, b; c: d. E? F! G‽")
@passes("A, b; c: d. E?! F?!")
@fails("A, b; c: d. E? F! G")
@fails("A, b; c: d. E? G?!")
@fails("A, b; c: d. F! G!?")
def punctuation(response: str) -> Verdict:
    """There is an interrobang (?!, !? or ‽), and each of . , ; : ? ! somewhere else.

    The marks of one ?! (of one !? if there is no ?!) do not count for the latter, but those of any further one do.
    """
    rest = response.replace("?!" if "?!" in response else "!?", "", 1)
    missing = [mark for mark in MARKS if mark not in rest]
    if rest == response and "‽" not in response:
        missing.append("?!")
    return judged(missing == [], f"missing: {' '.join(missing)}" if missing else "")


@constraint(
    "count:words_japanese",
    (
        "Of every {N:word} that you write, let the last one be Japanese.",
        "Write each word whose position in your response is a multiple of {N} in Japanese.",
    ),
    source=IFBENCH,
)
@draws(N=between(3, 8))
@touches(sets="language, spelling")
@passes("a (ねこ) b 犬!", N=2)
@passes("a 1! b -", N=2)  # digits and punctuation are passed over
@passes("a b c", N=4)
@passes("a 中文 b 汉字", N=2)
@fails("a ねこ b dog", N=2)
def words_japanese(response: str, *, N: Positive) -> Verdict:
    """Of the words between spaces, each whose position is a multiple of the number holds hiragana, katakana or an
    ideograph, be it a Chinese one. Those of digits or ASCII punctuation only are not looked at, but take up a place.
    """
    wrong = [w for w in trimmed_words(response)[N - 1 :: N] if w and not w.isdigit() and not _JAPANESE.search(w)]
    return judged(not wrong, f"{wrong[0]!r:.40} is not Japanese" if wrong else "")


@corrects(words_japanese, "Any Chinese ideograph counts as Japanese, also those that Japanese does not have.")
@passes("a (ﾈｺ) b 髙い!", N=2)
@passes("a 1! b -", N=2)
@passes("a 中文 b", N=2)  # as well Japanese
@fails("a ねこ b dog", N=2)
@fails("a 中文 b 汉字", N=2)
def words_truly_japanese(response: str, *, N: Positive) -> Verdict:
    """Of the words between spaces, each whose position is a multiple of the number holds hiragana, katakana or an
    ideograph, and no ideograph that Japanese does not have (that is in no Japanese character set).

    Those of digits or ASCII punctuation only are not looked at, but take up a place.
    """
    wrong = [w for w in trimmed_words(visible(response))[N - 1 :: N] if w and not w.isdigit() and not _is_japanese(w)]
    return judged(not wrong, f"{wrong[0]!r:.40} is not Japanese" if wrong else "")


def _is_japanese(word: str) -> bool:
    found = "".join(_KANA_OR_IDEOGRAPH.findall(word))
    return found != "" and all(
        char.encode("cp932", "ignore") or char.encode("euc_jis_2004", "ignore") for char in found
    )


@constraint(
    "count:keywords_multiple",
    (
        'Use the keyword "{keyword1}" exactly once, "{keyword2}" twice, "{keyword3}" three times, "{keyword4}" five '
        'times and "{keyword5}" seven times.',
        'Your text has to contain "{keyword1}" 1 time, "{keyword2}" 2 times, "{keyword3}" 3 times, "{keyword4}" 5 '
        'times and "{keyword5}" 7 times, no more and no less.',
    ),
    source=IFBENCH,
)
@touches(
    uses="language, spelling, repetition",
    writes="keyword1" + ", keyword2" * 2 + ", keyword3" * 3 + ", keyword4" * 5 + ", keyword5" * 7,
    limits=True,
)
@passes("a Be BE c c cd f fff f xxxxxxx", keyword1="A", keyword2=" be ", keyword3="c", keyword4="f", keyword5="x")
@fails("a be be c c c e e e e e x x x x x x", keyword1="a", keyword2="be", keyword3="c", keyword4="e", keyword5="x")
def keywords_multiple(
    response: str, *, keyword1: Seen, keyword2: Seen, keyword3: Seen, keyword4: Seen, keyword5: Seen
) -> Verdict:
    """The five keywords, stripped, occur exactly 1, 2, 3, 5 and 7 times, also within other words; case is ignored.

    Where a keyword is contained in another one, the other one counts for both.
    """
    keywords = [keyword.strip().lower() for keyword in (keyword1, keyword2, keyword3, keyword4, keyword5)]
    found = [lowered(response).count(keyword) for keyword in keywords]
    return judged(found == [*TIMES], f"found {found} times")


@corrects(keywords_multiple, "Counts keywords within other words.")
@passes(
    "a start b b c c c d d d d d e e e e e e e", keyword1="A", keyword2="b", keyword3="c", keyword4="d", keyword5="e"
)
@fails("ba b b c c c d d d d d e e e e e e e", keyword1="a", keyword2="b", keyword3="c", keyword4="d", keyword5="e")
def whole_keywords_multiple(
    response: str, *, keyword1: Seen, keyword2: Seen, keyword3: Seen, keyword4: Seen, keyword5: Seen
) -> Verdict:
    """The five keywords occur exactly 1, 2, 3, 5 and 7 times, literally and as whole words.

    No letter or digit touches a letter or digit at their ends; case, line breaks and encoding make no difference.
    """
    found = [occurrences(keyword, response) for keyword in (keyword1, keyword2, keyword3, keyword4, keyword5)]
    return judged(found == [*TIMES], f"found {found} times")
