"""How often a word occurs: once, twice, never, or none of them again (IF-RLVR)."""

from __future__ import annotations

from constraints.args import Count, Number, Relation, Text
from constraints.core import Verdict, judged
from constraints.declare import constraint, corrects, draws, fails, hindsight, often, passes, touches
from constraints.draws import between
from constraints.hindsight import at_most, by_relation, nearby, when
from constraints.invisible import Seen, folded, occurrences
from constraints.keywords import Stripped
from constraints.keywords import frequency as keyword_frequency
from constraints.needs import WordTokens
from constraints.sources import IFEVALG
from constraints.text import as_published, whole_words


def _hits(keyword: str, text: str) -> int:
    """How often the published code finds a keyword: as a regular expression, also inside words, ignoring case."""
    return len(as_published(keyword.strip()).findall(text))


@constraint(
    "keywords:word_once",
    (
        'Use the word "{keyword}" in your response, but only once.',
        'Let "{keyword}" occur exactly one time in the text you write.',
    ),
    source=IFEVALG,
)
@touches(uses="language, spelling", writes="keyword", limits=True)
@passes("A CAT.", keyword=" cat ")
@passes("concatenate", keyword="c.t")
@fails("Cat or concatenate.", keyword="cat")
@fails("A dog.", keyword="cat")
def word_once(response: str, *, keyword: Stripped) -> Verdict:
    """The keyword, stripped and read as a regular expression, is found exactly once, be it inside a longer word; case
    is ignored. The published text only says to include it.
    """
    n = _hits(keyword, response)
    return judged(n == 1, f"{n} found")


@corrects(word_once, "Finds the keyword inside other words, and reads it as a regular expression.")
@passes("Cat (do not concatenate).", keyword="cat")
@passes("I know C++.", keyword="c++")
@fails("concatenate", keyword="cat")
@fails("Cat, cat.", keyword="cat")
def word_once_fixed(response: str, *, keyword: Seen) -> Verdict:
    """The keyword occurs exactly once, literally and as a whole word: no letter or digit touches a letter or digit at
    its ends (in scripts without spaces it may stand anywhere). Case, line breaks and encoding make no difference.
    """
    n = occurrences(keyword, response)
    return judged(n == 1, f"{n} found")


@constraint(
    "keywords:word_count_different_numbers",
    (
        'Let the word "{keyword}" appear {frequency:time} in your response (what is checked: {relation} {frequency}).',
        'In the text you write, "{keyword}" should occur {frequency:time}; it has to be {relation} {frequency}.',
    ),
    source=IFEVALG,
)
@draws(frequency=between(2, 5))
@touches(uses="language, spelling, repetition", writes=often("keyword", "frequency"), limits="less than")
@hindsight(frequency=by_relation("relation"))
@passes("Cat, cat, cat.", keyword=" cat ", frequency=2, relation="at least")
@passes("concatenate", keyword="c.t", frequency=1, relation="at least")
@passes("A dog.", keyword="cat", frequency=2, relation="less than")
@fails("A cat.", keyword="cat", frequency=2, relation="at least")
@fails("Cat or concatenate.", keyword="cat", frequency=2, relation="less than")
def word_count(response: str, *, keyword: Stripped, frequency: Count, relation: Relation) -> Verdict:
    """The number of times that the keyword, stripped and read as a regular expression, is found is to the frequency as
    the relation says; hits inside longer words count, and case is ignored.

    The published text says "should appear 2 times" and keeps the relation to itself.
    """
    return keyword_frequency(response, keyword=keyword, frequency=frequency, relation=relation)


@corrects(word_count, 'Accepts three where the text says "2 times", and counts the keyword inside other words.')
@hindsight(frequency=(when("relation", "at least", nearby()), when("relation", "less than", at_most())))
@passes("Cat, cat; concatenate.", keyword="cat", frequency=2, relation="at least")
@passes("Concatenate.", keyword="cat", frequency=1, relation="less than")
@fails("Cat, cat, cat.", keyword="cat", frequency=2, relation="at least")
@fails("Cat.", keyword="cat", frequency=2, relation="at least")
@fails("Cat.", keyword="cat", frequency=1, relation="less than")
@fails("Cat, cat.", keyword="cat", frequency=1, relation="less than")
def word_count_fixed(response: str, *, keyword: Seen, frequency: Count, relation: Relation) -> Verdict:
    """The keyword occurs just that often, literally and as a whole word: no letter or digit touches a letter or digit
    at its ends (in scripts without spaces it may stand anywhere). Case, line breaks and encoding make no difference.

    So it is where the relation is "at least". With "less than", which that number itself would break, it occurs less
    often.
    """
    n = occurrences(keyword, response)
    return judged(n == frequency if relation == "at least" else n < frequency, f"{n} found")


@constraint(
    "keywords:exclude_word_harder",
    (
        'The word "{keyword}" must not occur in your response.',
        'Write your answer without once using "{keyword}".',
    ),
    source=IFEVALG,
)
@touches(uses="language", limits=True)
@passes("Cat! I like my cat. (cat)", keyword="cat")
@passes("My Cat sat.", keyword="cat")
@fails("My cat sat.", keyword=" cat")
def exclude_word_harder(response: str, *, keyword: Text) -> bool:
    """The keyword, stripped, does not occur between two spaces. Case matters, and so does any mark beside it: a word
    at the start, at the end, or before a comma is not noticed.
    """
    return f" {keyword.strip()} " not in response


@corrects(exclude_word_harder, "Notices the word only between two spaces.")
@passes("Concatenate.", keyword="cat")
@fails("I like my Cat.", keyword="cat")
@fails("(c\u200bat)", keyword="cat")
def exclude_word_fixed(response: str, *, keyword: Seen) -> Verdict:
    """The keyword does not occur literally and as a whole word: with no letter or digit touching a letter or digit at
    its ends (in scripts without spaces: anywhere). Case, line breaks, invisible characters and encoding hide nothing.
    """
    n = occurrences(keyword, response)
    return judged(n == 0, f"{n} found")


@constraint(
    "count:count_increment_word",
    (
        'Use the word "{keyword1}" exactly once and the word "{keyword2}" exactly twice.',
        'In your response, "{keyword1}" has to occur one time and "{keyword2}" two times, no more and no fewer.',
    ),
    source=IFEVALG,
)
@touches(uses="language, spelling, repetition", writes="keyword1, keyword2, keyword2", limits=True)
@passes("Cat, DOG, hotdogs.", keyword1=" cat", keyword2="d.g")
@fails("Cat, concatenate, dog, dog.", keyword1="cat", keyword2="dog")
@fails("Cat, dog.", keyword1="cat", keyword2="dog")
@fails("Dog, dog.", keyword1="cat", keyword2="dog")
@fails("Cat, dog, dog, dog.", keyword1="cat", keyword2="dog")
def count_increment_word(response: str, *, keyword1: Stripped, keyword2: Stripped) -> Verdict:
    """The first keyword is found exactly once and the second exactly twice, both stripped and read as regular
    expressions, also inside longer words; case is ignored.
    """
    once, twice = _hits(keyword1, response), _hits(keyword2, response)
    return judged(once == 1 and twice == 2, f"{once} and {twice} found")


@corrects(count_increment_word, "Finds the keywords inside other words, and reads them as regular expressions.")
@passes("Cat, concatenate, dog, DOG.", keyword1="cat", keyword2="dog")
@fails("Cat, dog, hotdogs.", keyword1="cat", keyword2="dog")
@fails("Dog, dog.", keyword1="cat", keyword2="dog")
@fails("Cat, cat, dog, dog.", keyword1="cat", keyword2="dog")
def count_increment_fixed(response: str, *, keyword1: Seen, keyword2: Seen) -> Verdict:
    """The first keyword occurs exactly once and the second exactly twice, literally and as whole words: no letter or
    digit touches a letter or digit at their ends (in scripts without spaces: anywhere). Case, line breaks and encoding
    make no difference.
    """
    once, twice = occurrences(keyword1, response), occurrences(keyword2, response)
    return judged(once == 1 and twice == 2, f"{once} and {twice} found")


@constraint(
    "count:count_unique",
    (
        "Do not use any word twice.",
        "Every word of your response has to be a different one.",
    ),
    source=IFEVALG,
)
@touches(sets="repetition, sentences, lines, brackets, emphasis, sections, title, code, quotes", limits=True)
@passes("The the cat", word_tokens=str.split)
@passes("", word_tokens=str.split)
@fails("Cats run . Dogs sit .", word_tokens=str.split)
def count_unique(response: str, word_tokens: WordTokens) -> Verdict:
    """No two of NLTK's word tokens are the same. Case matters, and marks are tokens: a second full stop fails."""
    tokens = word_tokens(response)
    again = len(tokens) - len(set(tokens))
    return judged(again == 0, f"{Number(again):token} repeated")


@corrects(count_unique, "Takes a full stop for a word, and a capital for another word.")
@passes("Cats run. Dogs sit. “You”, you’re.")
@passes("Cats")
@fails("The the")
@fails("Don't, I don’t")
@fails("...")
def count_unique_fixed(response: str) -> Verdict:
    """No word occurs twice, and there is one. Case does not matter, nor do marks; a word is letters and digits, joined
    by apostrophes and hyphens.
    """
    words = whole_words(folded(response))
    again = len(words) - len(set(words))
    return judged(again == 0 and words != (), f"{Number(again):word} repeated")
