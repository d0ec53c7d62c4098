"""How text is cut up. One definition per function; the sources disagree, so each says whose it is.

Each function is remembered for the last few texts: however many checkers ask, a text is cut once.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from functools import cache, lru_cache
from itertools import groupby

from constraints.args import is_literal
from constraints.invisible import visible
from constraints.needs import TEXTS_REMEMBERED

_WORD = re.compile(r"\w+")
_BLANKS = {code: chr(code) if _WORD.match(chr(code)) else " " for code in range(128)}
# Ideographs and kana, written without spaces. Not the middle dot (U+30FB), which is punctuation.
_CJK = (
    r"\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_FULL_STOPS = "。｡．！？।॥۔؟"
_SENTENCE = re.compile(rf"""[^{_FULL_STOPS}]*[{_FULL_STOPS}]+[”’」』）)*_~"']*|[^{_FULL_STOPS}]+""")


@lru_cache(TEXTS_REMEMBERED)
def words(text: str) -> tuple[str, ...]:
    r"""Maximal runs of ``\w`` (IFEval): an apostrophe splits, and so does a hyphen.

    >>> words("I don't")
    ('I', 'don', 't')
    """
    return tuple(text.translate(_BLANKS).split() if text.isascii() else _WORD.findall(text))


@lru_cache(TEXTS_REMEMBERED)
def lowered(text: str) -> str:
    """The text in lower case."""
    return text.lower()


@lru_cache(256)
def as_published(pattern: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    """A keyword or marker of a file as the published code reads it: as a regular expression; "[[" as it stands."""
    with warnings.catch_warnings(action="ignore", category=FutureWarning):
        return re.compile(pattern, flags)


def times_published(pattern: str, text: str) -> int:
    """How often ``as_published(pattern)`` is found; without ``re`` where pattern and text allow.

    >>> times_published("art", "Art, part"), times_published("a.t", "Art, part")
    (2, 2)
    """
    if is_literal(pattern) and text.isascii():
        return lowered(text).count(pattern.lower())
    return len(as_published(pattern).findall(text))


@cache
def _whole_word() -> re.Pattern[str]:
    """A CJK character, or letters, digits and their combining marks, joined by single apostrophes, hyphens or ``_``."""
    marks = "".join(char for char in map(chr, range(0x300, 0x10000)) if unicodedata.category(char)[0] == "M")
    run = rf"[^\W_{_CJK}](?:[^\W_{_CJK}]|[{marks}\u200c\u200d])*"  # with the joiners inside Hindi and Persian words
    return re.compile(rf"[{_CJK}]|{run}(?:['’‐_-]{run})*")


@lru_cache(TEXTS_REMEMBERED)
def whole_words(text: str) -> tuple[str, ...]:
    """The words as a reader counts them; each ideograph or kana is one.

    >>> whole_words("State-of-the-art, isn’t it? __ 你好")
    ('State-of-the-art', 'isn’t', 'it', '你', '好')
    """
    return tuple(_whole_word().findall(visible(text)))


@lru_cache(TEXTS_REMEMBERED)
def paragraphs(text: str) -> tuple[str, ...]:
    r"""The runs of lines that are not blank, whatever the line ends are.

    >>> paragraphs("\nOne,\nstill one.\r\n \r\n\r\nTwo.")
    ('One,\nstill one.', 'Two.')
    """
    runs = groupby(text.splitlines(), key=lambda line: bool(line.strip()))
    return tuple("\n".join(lines) for filled, lines in runs if filled)


def cut_at_stops(sentence: str) -> tuple[str, ...]:
    """What English Punkt takes for one sentence, cut after the stops of Chinese, Japanese, Hindi and Urdu.

    Several stops in a row, and the closing quotes and emphasis after them, end one sentence.

    >>> cut_at_stops("「好！？」是吗？ Yes.")
    ('「好！？」', '是吗？', ' Yes.')
    """
    return tuple(_SENTENCE.findall(sentence))
