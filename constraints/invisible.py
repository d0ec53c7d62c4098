"""Text as a reader sees it. The corrected checkers compare what is seen, not how it is encoded."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated
from unicodedata import normalize

from annotated_types import MinLen, Predicate

from constraints.needs import TEXTS_REMEMBERED

_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
"""Soft hyphen, zero-width space, word joiner, byte order mark, and marks of writing direction."""

_JOINING = "[\u0590-\u1cff\u2190-\u2bff\u3040-\ud7ff\ufe00-\ufe0f\U00010000-\U0010ffff]"
_LOOSE_JOINER = re.compile(f"[\u200c\u200d](?!{_JOINING})|(?<!{_JOINING})[\u200c\u200d]")
"""A zero-width joiner or non-joiner, unless it stands between two characters that it shapes: Persian, Hindi, emoji."""

_PILE = re.compile(r"[^\w\s\x00-\x7f]{30}")
_PILE_BREAK = "\u034f"
"""Set into a pile of accents, unseen: to sort thousands of them would take minutes (UAX #15, "stream-safe")."""


@lru_cache(TEXTS_REMEMBERED)
def visible(text: str) -> str:
    r"""The text in composed form (NFC), without the characters that have neither a shape nor an effect on one.

    >>> visible("\ufeffc\u200bat, cafe\u0301, \U0001f468\u200d\U0001f680")
    'cat, café, 👨‍🚀'
    """
    seen = _LOOSE_JOINER.sub("", _UNSEEN.sub("", text))
    return normalize("NFC", _PILE.sub(rf"\g<0>{_PILE_BREAK}", seen)).replace(_PILE_BREAK, "")


_STRAIGHT = str.maketrans("‘’‛ʼ“”„‟", "''''" + '""""')


@lru_cache(TEXTS_REMEMBERED)
def folded(text: str) -> str:
    r"""What is visible, with straight quotes, single spaces and no difference of case: for comparing word for word.

    >>> folded("It’s\n  LATE.")
    "it's late."
    """
    return " ".join(visible(text).translate(_STRAIGHT).casefold().split())


def is_seen(text: str) -> bool:
    """Whether there is anything to see."""
    return bool(visible(text).strip())


Seen = Annotated[str, MinLen(1), Predicate(is_seen)]
"""A text that is more than space."""

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u3005-\u31ff\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_ACCENTS = "\u0300-\u036f\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0df3"
_LETTER = rf"(?![_{_UNSPACED}])[\w{_ACCENTS}]"
"""A letter, digit or accent of a script that parts its words by spaces: not Chinese, Japanese, Thai, Lao, Khmer or
Burmese, nor Korean, whose particles join the word. No underscore: it is markdown's emphasis.
"""


_IS_LETTER = re.compile(_LETTER)


def in_one_word(before: str, after: str) -> bool:
    """Whether no word ends where these two texts meet.

    >>> in_one_word("xxx", "thank you"), in_one_word("say: ", "thank you"), in_one_word("我说", "谢谢")
    (True, False, False)
    """
    return all(_IS_LETTER.match(char) for char in (before[-1:], after[:1]))


_folded_word = lru_cache(1024)(folded.__wrapped__)  # of its own, so that many words do not push out the texts


def occurrences(word: str, text: str) -> int:
    """How often the word or phrase occurs in the text as it is seen, not as a part of a longer word.

    >>> occurrences("art", "Art, part, ART’s _art_"), occurrences("$5", "$5 or $50"), occurrences("猫", "小猫")
    (3, 1, 1)
    """
    word, text = _folded_word(word), folded(text)
    count, at = 0, text.find(word)
    while at >= 0:
        end = at + len(word)
        whole = not in_one_word(text[max(at - 1, 0) : at], word) and not in_one_word(word, text[end : end + 1])
        count += whole
        at = text.find(word, end if whole else at + 1)
    return count
