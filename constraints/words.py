"""How the words of a response are spelt: first letters, vowels, consonants, lengths, syllables, repetitions.

What a word is differs from rule to rule, and each says it: mostly whatever stands between two spaces once ASCII
punctuation is deleted, so that a dash in Unicode is a word. The corrected rules count words as a reader does.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from math import isqrt
from string import ascii_lowercase
from unicodedata import normalize

from constraints.args import Count, Number
from constraints.core import Verdict, judged
from constraints.cut import bare_words
from constraints.declare import constraint, corrects, fails, hindsight, passes, touches
from constraints.hindsight import at_most
from constraints.needs import Syllables
from constraints.sources import IFBENCH
from constraints.text import lowered, whole_words

_CLUSTER = re.compile("[b-df-hj-np-tv-z]{2}")
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)


def _plain(word: str) -> str:
    """Without accents, in lower case: ``É`` is an e."""
    return "".join(normalize("NFD", char)[0] for char in word).lower()


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, isqrt(number) + 1))


def _named(words: list[str], what: str) -> str:
    more = f" and {len(words) - 3} more" if len(words) > 3 else ""
    return f"{what}: {', '.join(words[:3]):.60}{more}" if words else f"none {what}"


@constraint(
    "words:alphabet",
    (
        "The first letters of your words must run through the alphabet letter by letter, from any one on, A after Z.",
        "Start every word with the letter that follows the first letter of the word before it; Z is followed by A.",
    ),
    source=IFBENCH,
)
@touches(sets="spelling, neighbours", uses="language")
@passes("Xylophones, yes! Zebras 'are' b-c.")
@passes("alone")
@passes("h İlk")  # lower-cased to i and a dot
@fails("İlk j")
@fails("a c")
@fails("a b b")
@fails("!!!")
@fails("a – b")
@fails("é f")
@fails("1 2")
def alphabet(response: str) -> Verdict:
    """Each word starts with the letter of a to z that comes after the first letter of the word before, a after z.

    Words stand between spaces, ASCII punctuation deleted; so a dash in Unicode, a digit or an accented letter at the
    start of a word fails the response. There must be a word. Case is ignored.
    """
    words = bare_words(response)
    initials = "".join([word[0].lower() for word in words[:1]] + [word.lower()[0] for word in words[1:]])
    return judged(initials != "" and initials in ascii_lowercase * len(initials), f"first letters {initials:.40}")


@corrects(alphabet, "Takes a dash between spaces for a word, and an accented letter for none of the alphabet's.")
@passes("a – b “can’t” D’Arcy.")
@passes("Élan for Gaël")
@passes("**Y** zebra\u200b a")
@fails("a c")
@fails("1 2")
@fails("– !!!")
@fails("我 们")
def alphabet_fixed(response: str) -> Verdict:
    """Each word starts with the letter of a to z that comes after the first letter of the word before, a after z.

    A word is letters and digits, joined by apostrophes and hyphens; other marks are none, and there must be a word. An
    accent makes no other letter, nor does case; a word that starts with a digit fails the response.
    """
    initials = "".join(_plain(word[0]) for word in whole_words(response))
    return judged(initials != "" and initials in ascii_lowercase * len(initials), f"first letters {initials:.40}")


@constraint(
    "words:vowel",
    (
        "Answer in a single paragraph, with no more than three different vowels in all of its words together.",
        "Write one paragraph in which at most three of the vowels a, e, i, o and u occur.",
    ),
    source=IFBENCH,
)
@touches(sets="spelling, lines", uses="language")
@passes("\nA sip, a POP.\n")
@passes("bcd")  # none at all
@passes("café")  # the accented one is none
@fails("A sip, a pop, a BET.")
@fails("one\ntwo")
def vowel(response: str) -> Verdict:
    """The stripped response is one line and uses at most three of a e i o u, in all, not in each word.

    Case is ignored. Accented vowels and y count for nothing, and using fewer than three is fine.
    """
    text = response.strip()
    used = [letter for letter in "aeiou" if letter in text.lower()]
    return judged("\n" not in text and len(used) <= 3, _named(used, "used"))


@constraint(
    "words:consonants",
    (
        "Every word you write must have two or more consonants in a row somewhere.",
        "Use only words in which at least two consonants stand next to each other.",
    ),
    source=IFBENCH,
)
@touches(sets="spelling", uses="language")
@passes("THE best-of Fly!")  # y is a consonant
@passes("")
@fails("the cat")
@fails("the – best")
@fails("don't")
def consonants(response: str) -> Verdict:
    """Whatever stands between two spaces holds two consonants next to each other; y is one. Case is ignored.

    So a dash or a number between spaces fails the response, and so does "don't", for its apostrophe.
    """
    missing = [word for word in lowered(response).split() if not _CLUSTER.search(word)]
    return judged(not missing, _named(missing, "without a cluster"))


@corrects(consonants, "Takes a dash or a number between spaces for a word without consonants.")
@passes("THE – best 20 plants, “Fly!”")
@passes("Montaña")
@fails("the cat")
@fails("don't")
@fails("the 2a")
@fails("20 – 30")
def consonants_fixed(response: str) -> Verdict:
    """Every word with a letter in it has two consonants next to each other; y is one, and accents change none.

    A word is letters and digits, joined by apostrophes and hyphens; dashes and numbers are none. There must be a word.
    """
    words = [word for word in whole_words(response) if any(char.isalpha() for char in word)]
    missing = [word for word in words if not _CLUSTER.search(_plain(word))]
    return judged(bool(words) and not missing, _named(missing, "without a cluster"))


@constraint(
    "words:palindrome",
    (
        "Let at least ten words of your response be palindromes of five or more characters.",
        "Work in ten or more palindromes, each a single word with at least five characters.",
    ),
    source=IFBENCH,
)
@touches(uses="spelling")
@passes("Le-vel " * 10)
@passes("11511 " * 10)
@fails("Level " * 9)
@fails("noon " * 10)
@fails("levels " * 10)
def palindrome(response: str) -> Verdict:
    """At least ten words of five or more characters read the same backwards; ten times the same word is ten.

    Words stand between spaces, ASCII punctuation deleted, lower-cased; digits count.
    """
    words = [word.lower() for word in bare_words(response)]
    found = [word for word in words if len(word) >= 5 and word == word[::-1]]
    return judged(len(found) >= 10, f"{Number(len(found)):palindrome}")


_NINE = "Level, radar – civic. Kayak: rotor; refer! “Madam” tenet? Stats"


@corrects(palindrome, "Counts one palindrome ten times, and takes repeated letters and numbers for words.")
@passes(f"{_NINE}. Sagas")
@passes(f"{_NINE}. Ababa")
@fails(_NINE)
@fails(f"{_NINE}. level")
@fails(f"{_NINE}. Aaaaa")
@fails(f"{_NINE}. 11511")
@fails(f"{_NINE}. noon")
@fails(f"{_NINE}. tat-tat")
def palindrome_fixed(response: str) -> Verdict:
    """At least ten different words of five or more letters, not all the same letter, read the same backwards.

    A word is letters and digits, joined by apostrophes and hyphens, and here it must be letters only. Case is ignored.
    """
    words = {word.lower() for word in whole_words(response) if word.isalpha() and len(set(word.lower())) > 1}
    found = sorted(word for word in words if len(word) >= 5 and word == word[::-1])
    return judged(len(found) >= 10, f"{Number(len(found)):palindrome}")


@constraint(
    "words:prime_lengths",
    (
        "Use no word whose number of letters is not a prime number.",
        "The length of every word in your response has to be a prime number.",
    ),
    source=IFBENCH,
)
@touches(sets="spelling")
@passes("We do sit, to-day.")
@passes("...")
@fails("a")
@fails("Four")
@fails("don’t – we")
@fails("a" * 101)  # prime, but past the list
def prime_lengths(response: str) -> Verdict:
    """The length of every word is one of the primes up to 97; no word at all is fine.

    Words stand between spaces, ASCII punctuation deleted; a dash in Unicode is one of length 1, and “ counts.
    """
    wrong = [word for word in bare_words(response) if len(word) not in _PRIMES]
    return judged(not wrong, _named(wrong, "of other length"))


@corrects(prime_lengths, "Passes a text without words, counts quotes and dashes in Unicode, knows no prime over 97.")
@passes("We do – “sit”.")
@passes("a" * 101)
@fails("don’t")
@fails("a")
@fails("...")
def prime_lengths_fixed(response: str) -> Verdict:
    """There is a word, and the number of letters and digits in every word is prime.

    A word is letters and digits, joined by apostrophes and hyphens, which add nothing to its length.
    """
    words = whole_words(response)
    wrong = [word for word in words if not _is_prime(sum(char.isalnum() for char in word))]
    return judged(bool(words) and not wrong, _named(wrong, "of other length"))


@constraint(
    "words:odd_even_syllables",
    (
        "Make a word with an odd number of syllables follow each one with an even number, and the other way round.",
        "Odd and even numbers of syllables have to take turns from one word to the next.",
    ),
    source=IFBENCH,
)
@touches(sets="spelling, neighbours", uses="language")
@passes("One, t'wo: three four", syllables={"one": 1, "two": 2, "three": 1, "four": 4}.get)
@passes("!!!", syllables=len)
@fails("a – bbb", syllables=len)
@fails("a ccc", syllables=len)
@fails("A b", syllables=str.islower)
def odd_even_syllables(response: str, syllables: Syllables) -> Verdict:
    """Of two neighbouring words, one has an odd number of syllables and one an even, as syllapy counts them.

    Words stand between spaces, ASCII punctuation deleted, lower-cased. Whatever has a digit has no syllable, which is
    even, and a dash in Unicode has one. A single word is fine.
    """
    parities = [syllables(word.lower()) % 2 for word in bare_words(response)]
    same = sum(first == second for first, second in pairwise(parities))
    return judged(not same, f"{Number(same):pair} of neighbours alike")


@constraint(
    "words:repeats",
    (
        "Do not use any word more than {small_n:time}, not even a small one.",
        "Each word, small ones included, may occur {small_n:time} at most in your whole response.",
    ),
    source=IFBENCH,
)
@touches(sets="repetition", limits=True)
@hindsight(small_n=at_most())
@passes("Do it, do!", small_n=2)
@passes("!!!", small_n=0)
@fails("Do it, do!", small_n=1)
@fails("– – –", small_n=2)
def repeats(response: str, *, small_n: Count) -> Verdict:
    """No word occurs more often than that, stop words included; other forms of a word are other words.

    Words stand between spaces, lower-cased, ASCII punctuation deleted.
    """
    times = max(Counter(bare_words(lowered(response))).values(), default=0)
    return judged(times <= small_n, f"one word occurs {Number(times):time}")


@constraint(
    "words:no_consecutive",
    (
        "Two words that follow each other must never start with the same letter.",
        "Let each word begin with another letter than the word before it.",
    ),
    source=IFBENCH,
)
@touches(sets="neighbours")
@passes("One two 'an' o'clock")
@passes("one “one”")
@fails("All 'apples are ripe.")
@fails("One Orange")
@fails("– –")
def no_consecutive(response: str) -> Verdict:
    """No two neighbouring words have the same first character.

    Words stand between spaces, lower-cased, ASCII punctuation deleted; a curly quote is the first character of a word.
    """
    alike = [f"{one} {other}" for one, other in pairwise(bare_words(lowered(response))) if one[0] == other[0]]
    return judged(not alike, _named(alike, "with one first letter"))
