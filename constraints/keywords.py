"""Words that must, or must not, appear."""

from __future__ import annotations

import re
from typing import Annotated

from annotated_types import MinLen, Predicate

from constraints.args import Count, Pattern, Patterns, Relation, holds, is_literal, is_pattern, listed
from constraints.core import Verdict, judged
from constraints.declare import constraint, corrects, draws, fails, hindsight, often, passes, touches
from constraints.draws import between
from constraints.hindsight import by_relation, those_met
from constraints.invisible import Seen, occurrences
from constraints.sources import IFEVAL
from constraints.text import as_published, lowered, times_published


def is_stripped_pattern(word: str) -> bool:
    r"""Whether the keyword is still a regular expression when stripped, as "\ " is not."""
    return is_pattern(word.strip())


Stripped = Annotated[Pattern, Predicate(is_stripped_pattern)]
SeenWords = Annotated[tuple[Seen, ...], MinLen(1)]


def _occurs(word: str, text: str) -> bool:
    if is_literal(word) and text.isascii():
        return word.lower() in lowered(text)
    return as_published(word).search(text) is not None


def _is_whole_word(word: str, text: str) -> bool:
    if is_literal(word) and text.isascii():
        small = word.lower()  # sought as it stands, which is quick; then what is around it
        return as_published(rf"{small}(?<=\b{small})\b", re.NOFLAG).search(lowered(text)) is not None
    return as_published(rf"\b{word}\b").search(text) is not None


def _named(label: str, words: list[str]) -> str:
    return f"{label} {listed(tuple(words))}" if words else f"none {label}"


@constraint(
    "keywords:existence",
    (
        "Make sure that each of these keywords occurs in your response: {keywords}.",
        "Your answer must mention {keywords}.",
        "Work the following into your text, each at least once: {keywords}.",
    ),
    source=IFEVAL,
)
@touches(uses="language, spelling", writes="keywords")
@hindsight(keywords=those_met())
@passes("The SEA was calm.", keywords=["calm", "sea"])
@passes("I hate it.", keywords=["ate"])  # inside a word
@passes("axb", keywords=["a.b"])  # a dot is any character
@fails("The sea was rough.", keywords=["calm", "sea"])
@fails("cafe\u0301", keywords=["café"])
def existence(response: str, *, keywords: Patterns) -> Verdict:
    """Each keyword, as a regular expression, is found somewhere, also inside a longer word; case is ignored."""
    missing = [word for word in keywords if not _occurs(word, response)]
    return judged(not missing, _named("missing", missing))


@corrects(existence, "Finds keywords within other words, reads them as regular expressions, misses decomposed accents.")
@passes("The SEA was calm.", keywords=["calm", "sea"])
@passes("cafe\u0301", keywords=["café"])
@passes("Serve the ice\n  cream.", keywords=["ice cream"])
@passes("I know C++, _Go_ (and F#).", keywords=["C++", "go", "F#"])
@passes("我喜欢猫。", keywords=["猫"])
@fails("The sea was rough.", keywords=["calm", "sea"])
@fails("I hate it.", keywords=["ate"])
@fails("axb", keywords=["a.b"])
@fails("हिन्दी", keywords=["हिन"])  # goes on with an accent
def existence_fixed(response: str, *, keywords: SeenWords) -> Verdict:
    """Each keyword occurs literally and as a whole word: no letter or digit touches a letter or digit at its ends.

    Case, line breaks, invisible characters, curly or straight quotes and the encoding of accents make no difference.
    In scripts without spaces between words (Chinese, Japanese, Thai …) a keyword may stand anywhere.
    """
    missing = [word for word in keywords if not occurrences(word, response)]
    return judged(not missing, _named("missing", missing))


@constraint(
    "keywords:frequency",
    (
        'Use the word "{keyword}" {relation} {frequency:time} in your response.',
        'Let "{keyword}" occur {relation} {frequency:time} in the text you write.',
        'The keyword "{keyword}" has to turn up {relation} {frequency:time}.',
    ),
    source=IFEVAL,
)
@draws(frequency=between(2, 5))
@touches(uses="language, spelling, repetition", writes=often("keyword", "frequency"), limits="less than")
@hindsight(frequency=by_relation("relation"))
@passes("Art is art.", keyword="art", frequency=2, relation="at least")
@passes("start party", keyword=" art ", frequency=2, relation="at least")  # inside words; stripped
@passes("None here.", keyword="art", frequency=1, relation="less than")
@fails("Art.", keyword="art", frequency=2, relation="at least")
@fails("Art is art.", keyword="art", frequency=2, relation="less than")
def frequency(response: str, *, keyword: Stripped, frequency: Count, relation: Relation) -> Verdict:
    """The keyword, stripped and read as a regular expression, is found that often: hits that do not overlap, also
    inside longer words; case is ignored.
    """
    n = times_published(keyword.strip(), response)
    return judged(holds(n, relation, frequency), f"{n} found")


@corrects(frequency, "Counts the keyword inside other words, and reads it as a regular expression.")
@passes("Art is art.", keyword="art", frequency=2, relation="at least")
@passes("(a", keyword="(a", frequency=1, relation="at least")
@passes("Start a party.", keyword="art", frequency=1, relation="less than")
@fails("start party", keyword="art", frequency=2, relation="at least")
@fails("Art is art.", keyword="art", frequency=2, relation="less than")
def frequency_fixed(response: str, *, keyword: Seen, frequency: Count, relation: Relation) -> Verdict:
    """The keyword occurs that often, literally and as a whole word: no letter or digit touches a letter or digit at
    its ends (in scripts without spaces it may stand anywhere). Case, line breaks and encoding make no difference.
    """
    n = occurrences(keyword, response)
    return judged(holds(n, relation, frequency), f"{n} found")


@constraint(
    "keywords:forbidden_words",
    (
        "None of these words may occur in your response: {forbidden_words}.",
        "Avoid the following words: {forbidden_words}.",
        "Write it without ever using {forbidden_words}.",
    ),
    source=IFEVAL,
)
@touches(uses="language", limits=True)
@hindsight(forbidden_words=those_met())
@passes("A calm sea.", forbidden_words=["storm"])
@passes("Stormy, not that.", forbidden_words=["storm"])  # another word
@passes("It costs $5.", forbidden_words=["$5"])  # an anchor: never found
@fails("A STORM at sea.", forbidden_words=["rain", "storm"])
@fails("Vitamin C is fine.", forbidden_words=["C++"])  # one or more C
def forbidden_words(response: str, *, forbidden_words: Patterns) -> Verdict:
    r"""No forbidden word, as a regular expression between two ``\b``, is found; case is ignored."""
    found = [word for word in forbidden_words if _is_whole_word(word, response)]
    return judged(not found, _named("found", found))


@corrects(forbidden_words, 'Reads words as regular expressions, so that "$5" is never found and "C++" forbids C.')
@passes("A calm sea.", forbidden_words=["storm"])
@passes("Two cats.", forbidden_words=["cat"])  # inflections are other words
@passes("Vitamin C is fine.", forbidden_words=["C++"])
@fails("It costs $5.", forbidden_words=["$5"])
@fails("c\u200bat", forbidden_words=["rain", "cat"])
@fails("A STORM at sea.", forbidden_words=["rain", "storm"])
def forbidden_words_fixed(response: str, *, forbidden_words: SeenWords) -> Verdict:
    """No forbidden word occurs literally and as a whole word: with no letter or digit touching a letter or digit at its
    ends (in scripts without spaces: anywhere). Case, line breaks, invisible characters and encoding hide nothing.
    """
    found = [word for word in forbidden_words if occurrences(word, response)]
    return judged(not found, _named("found", found))
