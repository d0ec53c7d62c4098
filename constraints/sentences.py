"""What each sentence of a response holds, compared with the one before it or looked up by its number.

Until 2026 IFBench cut sentences by regular expressions, now Punkt does it; so every rule here has both versions.
"""

from __future__ import annotations

import re
import string
from itertools import groupby, pairwise

from constraints.args import Count, Positive, Text
from constraints.core import Verdict, judged
from constraints.cut import bare_words, google_sentences
from constraints.declare import constraint, fails, formerly, hindsight, passes, touches
from constraints.hindsight import nearby
from constraints.needs import Sentences
from constraints.sources import IFBENCH


def _alliterating(sentence: str) -> int:
    """How many words stand next to one with the same first character, past ASCII punctuation.

    >>> _alliterating("Big (bad) bears 'run rather slowly, so – they – say.")
    7
    """
    words = [word.lstrip(string.punctuation) for word in sentence.lower().split()]
    runs = [len(list(run)) for _, run in groupby(word[0] for word in words if word)]
    return sum(run for run in runs if run > 1)


def _steps(counts: list[int]) -> list[int]:
    return [following - count for count, following in pairwise(counts)]


def _shown(counts: list[int]) -> str:
    return f"{', '.join(map(str, counts)):.60} words" if counts else "no sentence"


@constraint(
    "sentence:alliteration_increment",
    (
        "From sentence to sentence, more and more neighbouring words must start with the same letter.",
        "Let every sentence alliterate, with more words in a row that share their first letter than the one before.",
    ),
    source=IFBENCH,
)
@touches(sets="sentences, neighbours", uses="paragraphs")
@passes("I am.\nA big 'Bear.\nSo so – –, do.\nSo so so, do do.", sentences=str.splitlines)
@passes("One.", sentences=str.splitlines)
@fails("Big bears.\nBad boys.", sentences=str.splitlines)
@fails("Big bad bears.\nBad boys.", sentences=str.splitlines)
def alliteration_increment(response: str, sentences: Sentences) -> Verdict:
    """In every sentence more words alliterate than in the one before; in the first, none needs to.

    A word alliterates if one next to it has the same first character, case and ASCII punctuation before it aside; so
    several short runs count together. A single sentence is fine.
    """
    counts = [_alliterating(sentence) for sentence in sentences(response)]
    return judged(all(step > 0 for step in _steps(counts)), _shown(counts))


@formerly(alliteration_increment, "ifbench@2025-07", "Other sentences.")
@passes("Big Bear, Mr. No. So so so, no")
@passes("One! Big bears")
@fails("Big bears. Bad boys.")
@fails("Big bears?! Bad boys go.")
def alliteration_increment_2025(response: str) -> Verdict:
    """In every sentence more words alliterate than in the one before; in the first, none needs to.

    A word alliterates if one next to it has the same first character. Sentences are those of Google's regular
    expressions, which end one at each of . ? and !.
    """
    counts = [_alliterating(sentence) for sentence in google_sentences(response)]
    return judged(all(step > 0 for step in _steps(counts)), _shown(counts))


@constraint(
    "sentence:increment",
    (
        "Each sentence has to be exactly {small_n:word} longer than the sentence before it.",
        "Let your sentences grow: from one to the next by exactly {small_n:word}.",
    ),
    source=IFBENCH,
)
@touches(sets="sentences, length", uses="paragraphs")
@hindsight(small_n=nearby())
@passes("Go!\nDo - it now.\nI can't – do it.", sentences=str.splitlines, small_n=2)
@passes("One.", sentences=str.splitlines, small_n=1)
@fails("Go.\nDo it now.\nDo it now, I say, go.", sentences=str.splitlines, small_n=2)
@fails("Do it now.\nGo.", sentences=str.splitlines, small_n=2)
@fails("", sentences=str.splitlines, small_n=2)
def increment(response: str, sentences: Sentences, *, small_n: Count) -> Verdict:
    """Each sentence has exactly so many words more than the one before; a single sentence is fine.

    Words stand between spaces, ASCII punctuation deleted. Where there is no sentence, the published code crashes; here
    the response fails.
    """
    counts = [len(bare_words(sentence)) for sentence in sentences(response)]
    return judged(counts != [] and set(_steps(counts)) <= {small_n}, _shown(counts))


@formerly(increment, "ifbench@2025-07", "Other sentences.")
@passes("Go! Do Mr. No. I can't do it now", small_n=2)
@fails("Go! Do it. I can't do it now.", small_n=2)
@fails("Yes?! Do it.", small_n=1)
@fails(" ", small_n=1)
def increment_2025(response: str, *, small_n: Count) -> Verdict:
    """Each sentence has exactly so many words more than the one before; a single sentence is fine, none is not.

    Sentences are those of Google's regular expressions, which end one at each of . ? and !; words stand between spaces,
    ASCII punctuation deleted.
    """
    counts = [len(bare_words(sentence)) for sentence in google_sentences(response)]
    return judged(counts != [] and set(_steps(counts)) <= {small_n}, _shown(counts))


@constraint(
    "sentence:keyword",
    (
        'Use the keyword "{word}" in sentence number {N} of your response.',
        'Sentence number {N} of your answer must contain the word "{word}".',
    ),
    source=IFBENCH,
)
@touches(uses="sentences, language, spelling", writes="word")
@hindsight(N=nearby())
@passes("No.\nMy ART.", sentences=str.splitlines, word="Art", N=2)
@passes("So. it", sentences=str.splitlines, word="so. it", N=1)
@fails("My art.\nNo.", sentences=str.splitlines, word="art", N=2)
@fails("My art.", sentences=str.splitlines, word="art", N=2)
@fails("We start.", sentences=str.splitlines, word="art", N=1)
@fails("So, it", sentences=str.splitlines, word="so. it", N=1)
@fails("I like C++.", sentences=str.splitlines, word="C++", N=1)
def keyword(response: str, sentences: Sentences, *, word: Text, N: Positive) -> Verdict:
    r"""The Nth sentence holds the keyword, literally and between two ``\b``; case is ignored.

    A keyword that ends in punctuation is not found before a space.
    """
    pattern = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
    found = [sentence for sentence in sentences(response)[N - 1 : N] if pattern.search(sentence)]
    return judged(bool(found), f"sentence {N} {'has it' if found else 'lacks it'}")


@formerly(keyword, "ifbench@2025-07", "Other sentences; the keyword may stand inside a longer word.")
@passes("No. We START", word="Art", N=2)
@fails("We start. No.", word="art", N=2)
@fails("We start", word="art", N=2)
def keyword_2025(response: str, *, word: Text, N: Positive) -> Verdict:
    """The Nth sentence holds the keyword, also inside a longer word; case is ignored.

    Sentences are those of Google's regular expressions, which end one at each of . ? and !.
    """
    found = [sentence for sentence in google_sentences(response)[N - 1 : N] if word.lower() in sentence.lower()]
    return judged(bool(found), f"sentence {N} {'has it' if found else 'lacks it'}")
