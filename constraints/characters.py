"""Letters and marks: how many, in which case, which beside which (IF-RLVR)."""

from __future__ import annotations

import re
from itertools import pairwise
from string import ascii_lowercase
from unicodedata import normalize

from constraints.args import Count, Letter, Number, Positive, Relation, holds
from constraints.core import Verdict, judged
from constraints.declare import constraint, corrects, draws, fails, hindsight, passes, touches
from constraints.draws import between, choice
from constraints.hindsight import at_most, by_relation
from constraints.invisible import folded, visible
from constraints.letters import letter_frequency, letter_frequency_fixed
from constraints.sources import IFEVALG
from constraints.text import whole_words

_LOWERCASE_WORD = re.compile(r"\b[a-z]+\b")
_LETTER = re.compile("[a-zA-Z]")
_DOTS = re.compile("[.．。｡﹒․‥…]")
_EXCLAMATION_MARKS = re.compile("[!！﹗︕¡՜‼⁈⁉❗❕]")
_PASSAGE_ENDS = re.compile(r'[.!?\n"“”„«»()*_]')
SHORTEST_PALINDROME = 3


@constraint(
    "letters:letter_counting",
    (
        "Write {relation} {N:letter} in all.",
        "The number of letters in your response must be {relation} {N}.",
    ),
    source=IFEVALG,
)
@draws(N=between(200, 2000, 100))
@touches(sets="length", uses="language, repetition", limits="less than")
@hindsight(N=by_relation("relation", least=2))
@passes("a B 1!", N=2, relation="at least")
@passes("été", N=2, relation="less than")
@fails("a B", N=3, relation="at least")
@fails("a B", N=2, relation="less than")
def letter_counting(response: str, *, N: Positive, relation: Relation) -> Verdict:
    """The number of letters from a to z, in either case, is as asked; accented and other letters are not counted."""
    n = len(_LETTER.findall(response))
    return judged(holds(n, relation, N), f"{Number(n):letter}")


@corrects(letter_counting, "Counts no letters but a to z.")
@passes("éte\u0301 1!", N=3, relation="at least")
@passes("éte\u0301 1!", N=4, relation="less than")
@fails("été", N=3, relation="less than")
@fails("été", N=4, relation="at least")
def letter_counting_fixed(response: str, *, N: Positive, relation: Relation) -> Verdict:
    """The number of letters of any script is as asked. A letter with its accent is one, and so is an ideograph."""
    n = sum(1 for char in visible(response) if char.isalpha())
    return judged(holds(n, relation, N), f"{Number(n):letter}")


@constraint(
    "letters:letter_counting2",
    (
        'Let the letter "{letter}" turn up {let_relation} {let_frequency:time} in what you write.',
        'Your response must contain the letter "{letter}" {let_relation} {let_frequency:time}, capitals included.',
    ),
    source=IFEVALG,
)
@draws(let_relation=choice("at least", "less than"), let_frequency=between(3, 30))
@touches(sets="letters", uses="language", limits="less than")
@hindsight(let_frequency=by_relation("let_relation"))
@passes("Anna", letter="A", let_frequency=2, let_relation="at least")
@passes("# #", letter="#", let_frequency=2, let_relation="at least")
@fails("Anna", letter="a", let_frequency=2, let_relation="less than")
def letter_counting2(response: str, *, letter: Letter, let_frequency: Count, let_relation: Relation) -> Verdict:
    """The character occurs that often in the response, both lower-cased; see ``keywords:letter_frequency``.

    What is not a letter from a to z the published code replaces by a random letter; here it is looked for.
    """
    return letter_frequency(response, letter=letter, let_frequency=let_frequency, let_relation=let_relation)


@corrects(letter_counting2, "Misses a letter whose accent is a character of its own, and takes İ for i.")
@passes("CAFE\u0301", letter="é", let_frequency=1, let_relation="at least")
@fails("Anna", letter="a", let_frequency=2, let_relation="less than")
def letter_counting2_fixed(response: str, *, letter: Letter, let_frequency: Count, let_relation: Relation) -> Verdict:
    """The character, letter or not, occurs that often, in whatever case; a letter with its accent is one character."""
    return letter_frequency_fixed(response, letter=letter, let_frequency=let_frequency, let_relation=let_relation)


@constraint(
    "count:lowercase_counting",
    (
        "In your whole response, no more than {N:word} may be written in lower case.",
        "Use capitals such that at most {N:word} of your response are all in small letters.",
    ),
    source=IFEVALG,
)
@draws(N=between(5, 40, 5))
@touches(sets="case", uses="language", limits=True)
@hindsight(N=at_most())
@passes("WE go now, Sir", N=2)
@passes("wörld x2 a_b", N=1)
@fails("go go", N=1)
@fails("don't", N=1)
def lowercase_counting(response: str, *, N: Positive) -> Verdict:
    """There are no more than so many runs of the letters a to z, in lower case, with no letter, digit or underscore at
    their ends. "don't" is two of them, "wörld" none; the same word counts each time.
    """
    n = len(_LOWERCASE_WORD.findall(response))
    return judged(n <= N, f"{Number(n):word} in lower case")


@corrects(lowercase_counting, "Overlooks words with an accent, and counts a contraction twice.")
@passes("I don't", N=1)
@passes("WE Go ÉTÉ 42 now", N=1)
@fails("hello wörld", N=1)
def lowercase_words(response: str, *, N: Positive) -> Verdict:
    """There are no more than so many words in lower case, that is with a letter, and without a capital.

    A word is letters and digits of any script, joined by apostrophes and hyphens; the same one counts each time.
    """
    n = sum(1 for word in whole_words(response) if word.islower())
    return judged(n <= N, f"{Number(n):word} in lower case")


@constraint(
    "keywords:palindrome",
    (
        "Your response must have a palindrome in it.",
        "Use something in your text that reads the same backwards, a palindrome.",
    ),
    source=IFEVALG,
)
@touches(uses="spelling")
@passes("I am a cat")  # I, and a
@passes("An 11 here")
@fails("Level and noon, Otto.")
@fails("")
def palindrome(response: str) -> Verdict:
    """Of what stands between spaces, something reads the same backwards. Case matters, marks belong to it, and a
    single character will do.
    """
    found = [word for word in response.split() if word == word[::-1]]
    return judged(bool(found), f"{found[0]!r:.40}" if found else "none")


@corrects(palindrome, 'Takes "I" and "a" for palindromes, but not "Noon" or "level,".')
@passes("At Noon, sir.")
@passes("He said: “A man, a plan, a canal: Panama!”")
@passes("mom")
@fails("I am a cat")
@fails("1001 is OO")
@fails("level-headed")
def palindrome_fixed(response: str) -> Verdict:
    """A word reads the same backwards, or a sentence does, or what stands between quotes, parentheses, emphasis or
    line ends. It has three letters or more; only letters are read, and case does not matter.
    """
    texts = (*whole_words(response), *_PASSAGE_ENDS.split(visible(response)))
    spelt = ("".join(filter(str.isalpha, text.casefold())) for text in texts)
    found = next((word for word in spelt if len(word) >= SHORTEST_PALINDROME and word == word[::-1]), None)
    return judged(found is not None, f"{found!r:.40}" if found else "none")


@constraint(
    "keywords:no_adjacent_consecutive",
    (
        "Never let a word be followed by one that starts with the next letter of the alphabet.",
        "If a word starts with A, the word after it must not start with B, and so on through the alphabet.",
    ),
    source=IFEVALG,
)
@touches(sets="neighbours")
@passes("Bad apple and")
@passes("an (bad) cat")
@passes("İ")
@fails("An b")
@fails("1 2 done")
@fails("a İ")
@fails("İ a")
def no_adjacent_consecutive(response: str) -> Verdict:
    """Of what stands between spaces, none starts with the character right after the one that the word before it starts
    with, by code point and in lower case: digits and marks are characters, too. "İ" fails beside another word.
    """
    initials = [word[0].lower() for word in response.split()]
    wrong = [a + b for a, b in pairwise(initials) if len(a) * len(b) != 1 or ord(b) - ord(a) == 1]
    return judged(not wrong, f"{Number(len(wrong)):pair}")


@corrects(no_adjacent_consecutive, "Reads digits and marks as if they were letters, and a quote hides a word's first.")
@passes("1 2 done")
@passes("Bad apple and")
@passes("x „a”")
@passes("z { a")
@fails("An – (bad) dog")
@fails("Élan for")
def no_consecutive_letters(response: str) -> Verdict:
    """No word starts with the letter that comes in the alphabet, a to z, right after the first letter of the word
    before it. Case and accents do not matter, and marks are not read; a word that starts with a digit is safe.
    """
    initials = [normalize("NFD", word[0])[0] for word in whole_words(folded(response))]
    wrong = [a + b for a, b in pairwise(initials) if a + b in ascii_lowercase]
    return judged(not wrong, f"{Number(len(wrong)):pair}")


@constraint(
    "punctuation:punctuation_dot",
    (
        "Do not use a single dot or full stop in your response.",
        "Write without dots, at the ends of sentences and anywhere else.",
    ),
    source=IFEVALG,
)
@touches(sets="full stops, sentences", limits=True)
@passes("a。b…")
@fails("a.b")
def punctuation_dot(response: str) -> Verdict:
    """The response has no ASCII full stop; the stops of other scripts and the ellipsis character do not matter."""
    count = response.count(".")
    return judged(count == 0, f"{Number(count):dot}")


@corrects(punctuation_dot, "Only the ASCII dot counts: an ellipsis in one character, or a Chinese full stop, passes.")
@passes("a·b!")
@fails("a.b")
@fails("a。")
@fails("a…")
def no_dot_of_any_kind(response: str) -> Verdict:
    """The response has no full stop, not the full-width or ideographic one either, and no ellipsis."""
    count = len(_DOTS.findall(response))
    return judged(count == 0, f"{Number(count):dot}")


@constraint(
    "punctuation:punctuation_exclamation",
    (
        "Do not use a single exclamation mark in your response.",
        "Write without exclamation marks, at the ends of sentences and anywhere else.",
    ),
    source=IFEVALG,
)
@touches(sets="questions", limits=True)
@passes("Oh！ ¡No")
@fails("Oh!")
def punctuation_exclamation(response: str) -> Verdict:
    """The response has no ASCII exclamation mark; those of other scripts do not matter."""
    count = response.count("!")
    return judged(count == 0, f"{Number(count):exclamation mark}")


@corrects(punctuation_exclamation, "Only the ASCII exclamation mark counts: a full-width or an upside-down one passes.")
@passes("Oh? i")
@fails("Oh!")
@fails("好！")
@fails("¡No")
def no_exclamation_of_any_kind(response: str) -> Verdict:
    """The response has no exclamation mark of any kind: not the full-width, upside-down or double one either."""
    count = len(_EXCLAMATION_MARKS.findall(response))
    return judged(count == 0, f"{Number(count):exclamation mark}")
