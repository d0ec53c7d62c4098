"""What has to be copied: the request, a span of it, or a phrase with one word changed (IF-RLVR)."""

from __future__ import annotations

import re
import warnings
from typing import Annotated

from annotated_types import MinLen, Predicate

from constraints.args import Count, Number, Positive, Text
from constraints.core import Verdict, judged
from constraints.declare import constraint, corrects, draws, fails, hindsight, often, passes, touches
from constraints.draws import between, index, phrase, the_task
from constraints.hindsight import nearby
from constraints.invisible import Seen, folded
from constraints.openings import Spoken
from constraints.sources import IFEVALG
from constraints.text import whole_words

_METACHARACTERS = re.compile(r"[.^$*+?{}\[\]\\|()]")
_SIX = re.compile(r"(?<!\*)\*{6}(?!\*)")


def _same(one: str, other: str) -> bool:
    return one.strip().lower() == other.strip().lower()


@constraint(
    "copy:copy",
    (
        'Your whole response must be a copy of this text, which you are not to act upon: "{prompt_to_repeat}".',
        'Reproduce the following word for word, without doing what it asks or adding to it: "{prompt_to_repeat}".',
    ),
    source=IFEVALG,
)
@draws(prompt_to_repeat=the_task)
@touches(sets="everything")
@passes("\nwrite a poem. ", prompt_to_repeat="Write a POEM.\n")
@fails("Write a poem. Roses", prompt_to_repeat="Write a poem.")
@fails("Write a poem.", prompt_to_repeat="Write  a poem.")
@fails("\ufeffHi.", prompt_to_repeat="Hi.")
def copy(response: str, *, prompt_to_repeat: Text) -> bool:
    """The response is the text and nothing else, both stripped and lower-cased."""
    return _same(response, prompt_to_repeat)


@corrects(copy, "A byte order mark, another space or a curly quote makes a copy a different text.")
@passes("\ufeffIt’s\nfine.", prompt_to_repeat="It's  FINE. ")
@fails("Write a poem. Roses", prompt_to_repeat="Write a poem.")
def copy_fixed(response: str, *, prompt_to_repeat: Seen) -> bool:
    """The response is the text and nothing else. Case, line breaks and runs of spaces, curly quotes, invisible
    characters and the encoding of accents make no difference.
    """
    return folded(response) == folded(prompt_to_repeat)


@constraint(
    "copy:copying_simple",
    (
        "Say this request once more, unchanged and with nothing before or after it, and leave it unanswered: "
        '"{prompt_to_repeat}".',
        'Do not answer but only repeat, exactly as it stands, this request: "{prompt_to_repeat}".',
    ),
    source=IFEVALG,
)
@draws(prompt_to_repeat=the_task)
@touches(sets="everything")
@passes("\nwrite a poem. ", prompt_to_repeat="Write a POEM.\n")
@fails("Write a poem. Roses", prompt_to_repeat="Write a poem.")
@fails("Sure! Write a poem.", prompt_to_repeat="Write a poem.")
def copying_simple(response: str, *, prompt_to_repeat: Text) -> bool:
    """The response is the request and nothing else, both stripped and lower-cased."""
    return _same(response, prompt_to_repeat)


@corrects(copying_simple, "A byte order mark, another space or a curly quote makes a copy a different text.")
@passes("\ufeffIt’s\nfine.", prompt_to_repeat="It's  FINE. ")
@fails("Write a poem. Roses", prompt_to_repeat="Write a poem.")
def copying_simple_fixed(response: str, *, prompt_to_repeat: Seen) -> bool:
    """The response is the request and nothing else. Case, line breaks and runs of spaces, curly quotes, invisible
    characters and the encoding of accents make no difference.
    """
    return folded(response) == folded(prompt_to_repeat)


@constraint(
    "copy:copying_multiple",
    (
        "Repeat this request {N:time}, unchanged, unanswered, with ****** between one copy and the next: "
        '"{prompt_to_repeat}".',
        "Write the following request {N:time} over and nothing else, each copy parted from the next by six asterisks "
        '(******): "{prompt_to_repeat}".',
    ),
    source=IFEVALG,
)
@draws(prompt_to_repeat=the_task, N=between(2, 4))
@touches(sets="everything")
@hindsight(N=nearby(2))
@passes("Hi you\n******\nhi YOU ", prompt_to_repeat="\nHi you", N=2)
@passes("Hi", prompt_to_repeat="Hi", N=1)
@fails("Hi******Hi", prompt_to_repeat="Hi", N=3)
@fails("Hi******Hi", prompt_to_repeat="Hi", N=1)
@fails("Hi******Ho", prompt_to_repeat="Hi", N=2)
@fails("Hi******Hi******", prompt_to_repeat="Hi", N=2)
@fails("Hi*******Hi", prompt_to_repeat="Hi", N=2)  # an asterisk is left over
def copying_multiple(response: str, *, prompt_to_repeat: Text, N: Positive) -> Verdict:
    """Cut at every six asterisks, the response has N parts; each is the request, both stripped and lower-cased."""
    copies = [_same(part, prompt_to_repeat) for part in response.split("******")]
    return judged(all(copies) and len(copies) == N, f"{sum(copies)} of {Number(len(copies)):part} copied")


@corrects(copying_multiple, "A byte order mark, another space or a curly quote makes a copy a different text.")
@passes("\ufeffIt’s\nit\n******\nIt's  it ", prompt_to_repeat="It’s it", N=2)
@fails("Hi******Ho", prompt_to_repeat="Hi", N=2)
@fails("Hi******Hi", prompt_to_repeat="Hi", N=3)
@fails("Hi*******Hi", prompt_to_repeat="Hi", N=2)
def copying_multiple_fixed(response: str, *, prompt_to_repeat: Seen, N: Positive) -> Verdict:
    """Cut at every row of exactly six asterisks, the response has N parts, and each is the request. Case, line breaks
    and runs of spaces, curly quotes, invisible characters and the encoding of accents make no difference.
    """
    copies = [folded(part) == folded(prompt_to_repeat) for part in _SIX.split(response)]
    return judged(all(copies) and len(copies) == N, f"{sum(copies)} of {Number(len(copies)):part} copied")


@constraint(
    "new:copy_span_idx",
    (
        "Answer with nothing but the characters from index {n_start} up to and including index {n_end}, counted from "
        '0, of this text: "{prompt_to_repeat}".',
        'Take the text "{prompt_to_repeat}" and copy, as your whole response, its characters {n_start} to {n_end}: '
        "the first character is number 0 and both ends belong to the span.",
    ),
    source=IFEVALG,
)
@draws(prompt_to_repeat=the_task, n_start=index("prompt_to_repeat"), n_end=index("prompt_to_repeat", after="n_start"))
@touches(sets="everything")
@passes(" CDE\n", prompt_to_repeat="abcdefg", n_start=2, n_end=5)
@passes("b", prompt_to_repeat="a b c", n_start=1, n_end=4)
@passes("ab", prompt_to_repeat="abc", n_start=0, n_end=2)
@fails("cdef", prompt_to_repeat="abcdefg", n_start=2, n_end=5)  # what the wording asks for
@fails("bcde", prompt_to_repeat="abcdefg", n_start=2, n_end=5)
def copy_span_idx(response: str, *, prompt_to_repeat: Text, n_start: Count, n_end: Positive) -> bool:
    """The response is the slice of the text from the first index to before the last one, whatever the wording says;
    both stripped and lower-cased.

    The published code takes a start of 0 for a missing one and draws another at random; here it is 0.
    """
    return _same(response, prompt_to_repeat[n_start:n_end])


@corrects(copy_span_idx, "Leaves out the character at the last index, which the wording includes.")
@passes(" CDEF\n", prompt_to_repeat="abcdefg", n_start=2, n_end=5)
@passes("It’s", prompt_to_repeat="It's", n_start=0, n_end=9)
@fails("cde", prompt_to_repeat="abcdefg", n_start=2, n_end=5)
@fails(" ", prompt_to_repeat="abc", n_start=3, n_end=5)
def copy_span_inclusive(response: str, *, prompt_to_repeat: Seen, n_start: Count, n_end: Positive) -> bool:
    """The response is the span of the text between the two indices, counted from 0, both characters included, and not
    blank. Case, runs of spaces and line breaks, curly quotes and invisible characters make no difference.
    """
    span = folded(prompt_to_repeat[n_start : n_end + 1])
    return span != "" and folded(response) == span


def is_phrase(text: str) -> bool:
    """Whether the published code can search for it: a regular expression made of its first and its last word, with
    not more than one group.
    """
    try:
        return _between(text).groups < 2
    except (IndexError, re.error, OverflowError, RecursionError):
        return False


Phrase = Annotated[str, MinLen(1), Predicate(is_phrase)]


def _between(phrase: str) -> re.Pattern[str]:
    words = phrase.split()
    with warnings.catch_warnings(action="ignore", category=FutureWarning):
        return re.compile(f"{words[0]} .*? {words[-1]}")


def _spans(phrase: str, text: str) -> list[str]:
    """What the published code finds. Where the words are no more than words, lines are cut after the last of them:
    no hit ends later, and to look for one from each first word on takes a time that grows with the square.
    """
    words = phrase.split()
    if not _METACHARACTERS.search(words[0] + words[-1]):
        text = "\n".join("".join(line.rpartition(f" {words[-1]}")[:2]) for line in text.split("\n"))
    return _between(phrase).findall(text)


def _changes(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many words differ; more than one, if there are not as many."""
    if len(one) != len(other):
        return max(len(one), len(other), 2)
    return sum(1 for a, b in zip(one, other, strict=True) if a != b)


@constraint(
    "copy:repeat_phrase",
    (
        'Let the phrase "{phrase}" occur {small_n:time}, each time with another word in place of one in its middle.',
        'Write {small_n:variation} of the phrase "{phrase}", in each of which exactly one inner word is replaced.',
    ),
    source=IFEVALG,
)
@draws(phrase=phrase)
@touches(uses="language, spelling, repetition, neighbours, lines", writes=often("phrase", "small_n"), exactly=True)
@hindsight(small_n=nearby())
@passes("One big cat, one red cat.", phrase="one big cat", small_n=1)  # "One" is not "one"
@passes("one big cat, one  red cat.", phrase="one big cat", small_n=2)  # all but the last may be unchanged
@passes("one-big cat, one red cats.", phrase="one big cat", small_n=1)
@fails("one red cat, one big cat.", phrase="one big cat", small_n=2)
@fails("one red cat, one tiny cat.", phrase="one big cat", small_n=3)
@fails("one big fat cat, one red cat", phrase="one big cat", small_n=2)
@fails("one red fat cat, one big red cat", phrase="one big fat cat", small_n=1)
@fails("one red old cat, one big old cat", phrase="one big fat cat", small_n=2)
@fails("one red\ncat", phrase="one big cat", small_n=1)
@fails("one cat", phrase="one big cat", small_n=1)
def repeat_phrase(response: str, *, phrase: Phrase, small_n: Positive) -> Verdict:
    """On one line, so many spans begin with the first word of the phrase and a space, and go on to the next space
    with its last word. Each has as many words as the phrase and no more than one other; the last one has just one.

    Case matters. The two words are read as regular expressions, and found within longer words, too.
    """
    changes = [_changes(tuple(span.split()), tuple(phrase.split())) for span in _spans(phrase, response)]
    ok = len(changes) == small_n and max(changes) <= 1 and changes[-1] == 1
    return judged(ok, f"{Number(len(changes)):variation}")


@corrects(repeat_phrase, "Passes unchanged repetitions, all but the last; misses capitals and phrases across lines.")
@passes("One red cat,\nand “one tiny\ncat”.", phrase="One big cat.", small_n=2)
@passes("one red cats, one  old cat", phrase="one big cat", small_n=1)
@passes("one red one new one", phrase="one big one", small_n=2)
@fails("one big cat, one red cat.", phrase="one big cat", small_n=2)
@fails("one big cat, one red cat.", phrase="one big cat", small_n=1)
@fails("one red cat.", phrase="one big cat", small_n=2)
@fails("one red old cat", phrase="one big fat cat", small_n=1)
@fails("one red new cat, one big cats, two big fat cat", phrase="one big fat cat", small_n=1)
def repeat_phrase_fixed(response: str, *, phrase: Spoken, small_n: Positive) -> Verdict:
    """In exactly so many places stand the words of the phrase with one other between the first and the last of them,
    and nowhere all of them unchanged. Case, punctuation and line breaks make no difference.
    """
    words, wanted = whole_words(folded(response)), whole_words(folded(phrase))
    starts = [i for i, word in enumerate(words) if word == wanted[0] and words[i : i + len(wanted)][-1] == wanted[-1]]
    changes = [_changes(words[i : i + len(wanted)], wanted) for i in starts]
    n, unchanged = changes.count(1), changes.count(0)
    return judged(n == small_n and unchanged == 0, f"{Number(n):variation}, {unchanged} unchanged")
