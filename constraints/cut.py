"""How IFBench and IFEvalG cut a text up. What IFEval counts is in ``text.py``.

``google_sentences`` gives what Google's ``split_into_sentences`` gives (Apache-2.0), which IFBench used in July 2025
and IFEvalG still uses: for any str, in time linear in its length. Pinned, since each decides verdicts: the lists, the
order of the steps, that a step never looks twice at a character (so of the two stops in "1.2.3" the second one ends a
sentence), and the marks, at which a text that happens to hold them is cut as well.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from functools import lru_cache

from constraints.needs import TEXTS_REMEMBERED

_KEPT, _END = "<prd>", "<stop>"
"""What stands in for a stop that ends no sentence, and what is put where a sentence ends."""

_LETTER = "([A-Za-z])"
_SUFFIX = "(Inc|Ltd|Jr|Sr|Co)"
_OPENING = r"((?:He|She|It|They|Their|Our|We|But|However|That|This)\s|Wherever|Mr|Ms|Dr|Prof|Capt|Cpt|Lt)"


def _stop_after(*words: str) -> str:
    """A stop right after one of these: ``re`` finds the stop quickly, then looks back."""
    return r"\.(?:" + "|".join(rf"(?<={word}\.)" for word in words) + ")"


def _ellipsis(dots: re.Match[str]) -> str:
    return _KEPT * len(dots[0]) + _END


_INITIALS = rf"{_stop_after('[A-Za-z]')}[A-Za-z]\."
_ABBREVIATED = _stop_after(" Inc", " Ltd", " Jr", " Sr", " Co")
_RULES: tuple[tuple[str, str, str | Callable[[re.Match[str]], str]], ...] = (
    ("", _stop_after("Mr", "St", "Mrs", "Ms", "Dr"), _KEPT),  # anywhere, also as the end of a word
    ("", r"\.(?=com|net|org|io|gov|edu|me)", _KEPT),  # anywhere, also ".metal"
    (_stop_after("[0-9]"), r"([0-9])\.([0-9])", rf"\1{_KEPT}\2"),
    ("", r"\.\.+", _ellipsis),
    ("", r"Ph\.D\.", f"Ph{_KEPT}D{_KEPT}"),
    (_stop_after(r"\s[A-Za-z]"), rf"\s{_LETTER}\. ", rf" \1{_KEPT} "),
    (_INITIALS, rf"([A-Z]\.[A-Z]\.(?:[A-Z]\.)?) {_OPENING}", rf"\1{_END} \2"),
    (_INITIALS, rf"{_LETTER}\.{_LETTER}\.{_LETTER}\.", rf"\1{_KEPT}\2{_KEPT}\3{_KEPT}"),
    (_INITIALS, rf"{_LETTER}\.{_LETTER}\.", rf"\1{_KEPT}\2{_KEPT}"),
    (_ABBREVIATED, rf" {_SUFFIX}\. {_OPENING}", rf" \1{_END} \2"),  # here the stop is lost
    ("", _ABBREVIATED, _KEPT),
    ("", _stop_after(" [A-Za-z]"), _KEPT),
    ("", r"\.”", "”."),
    ("", r"\.\"", '".'),
    ("", r"!\"", '"!'),
    ("", r"\?\"", '"?'),
    ("", r"\.", f".{_END}"),
    ("", r"\?", f"?{_END}"),
    ("", "!", f"!{_END}"),
)
_STEPS = [(re.compile(needs), re.compile(pattern), new) for needs, pattern, new in _RULES]
"""What must be found for the step to do anything (a step that is slow to search for), what it finds, what it writes."""


@lru_cache(TEXTS_REMEMBERED)
def google_sentences(text: str) -> tuple[str, ...]:
    r"""The sentences as Google's regular expressions cut them: after each . ? or !, but for some abbreviations.

    A line end is a space, and a closing quote comes to stand before the mark that ends the sentence. Sentences may be
    empty; only the last one is dropped if it is.

    >>> google_sentences('Dr. No left\nat 3.30. "Why?" U.S. He said... nothing?! Bye')
    ('Dr. No left at 3.30.', '"Why"?', 'U.S.', 'He said...', 'nothing?', '!', 'Bye')
    """
    marked = " " + text.replace("\n", " ") + "  "
    for needs, pattern, new in _STEPS:
        if needs.search(marked):
            marked = pattern.sub(new, marked)
    sentences = [part.strip() for part in marked.replace(_KEPT, ".").split(_END)]
    return tuple(sentences if sentences[-1] else sentences[:-1])


_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


@lru_cache(TEXTS_REMEMBERED)
def bare_words(text: str) -> tuple[str, ...]:
    """The words between spaces once all ASCII punctuation is deleted (IFBench). Case stays; dashes and “” are words.

    >>> bare_words("Don't stop - it's 3.5 – well-known.")
    ('Dont', 'stop', 'its', '35', '–', 'wellknown')
    """
    return tuple(text.translate(_NO_PUNCTUATION).split())


@lru_cache(TEXTS_REMEMBERED)
def trimmed_words(text: str) -> tuple[str, ...]:
    """What stands between spaces, without the ASCII punctuation at its ends (IFBench); nothing may be left of it.

    >>> trimmed_words('"Don\\'t," - he said.')
    ("Don't", '', 'he', 'said')
    """
    return tuple(word.strip(string.punctuation) for word in text.split())
