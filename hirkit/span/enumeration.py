"""Shortening a list of words as a prompt writes it: "'kite', 'wind' and 'sea'" to "'kite' and 'sea'"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection

from hirkit.span.phrases import list_item, words_in

_JOINT = re.compile(r",? and |,? or |, ?|; ")
_LABEL = re.compile(  # "the following keywords: " before the list
    r"(?P<before>(?:\b[\w-]+ ){0,4}?)(?P<noun>key ?word|word|phrase|term|name)s(?P<after>(?: of| such as)?:? ?)$",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"\b(?:two|three|four|five|six|\d+|both|pair|couple|exact)\b", re.IGNORECASE)
_PLURAL = re.compile(
    r"\b(?:all|both|each|every|any|either|neither|none|these|those|they|them|are|two)\b", re.IGNORECASE
)


def shortened(words: str, keep: Collection[str], all_words: Collection[str]) -> str | None:
    """The list with only the words of ``keep``, which are in lower case; None where it cannot be taken apart.

    >>> shortened("['kite', 'wind', 'sea']", {"wind", "sea"}, {"kite", "wind", "sea"})
    "['wind', 'sea']"
    >>> shortened("kite, wind, and sea", {"kite", "sea"}, {"kite", "wind", "sea"})
    'kite and sea'
    """
    items = list(re.finditer(list_item(all_words), words, re.IGNORECASE))
    joints = [words[a.end() : b.start()] for a, b in itertools.pairwise(items)]
    kept = [m.group() for m in items if words_in(m.group()) <= set(keep)]
    if not kept or len(kept) != len(keep) or not all(_JOINT.fullmatch(joint) for joint in joints):
        return None
    out = kept[0]
    for n, item in enumerate(kept[1:], start=2):
        last = n == len(kept)
        joint = joints[-1] if last else joints[0]
        if last and n == 2:
            joint = re.sub(r"^,(?= (?:and|or) )", "", joint)
        out += joint + item
    return words[: items[0].start()] + out + words[items[-1].end() :]


def speaks_of_many(text: str) -> bool:
    """Whether a text that a list follows says of how many words it is: "Use both words: "."""
    clause = re.split(r"[.!?\n]", text)[-1]
    return _COUNTS.search(clause) is not None or re.search(r"\b(?:words|terms|names|phrases)\W*$", clause) is not None


def relabelled(before: str, after: str, was: int, now: int) -> str | None:
    """The words before a list that has become shorter, in the right number; None where it cannot be told.

    >>> relabelled("include the keywords ", "", 2, 1), relabelled("both of the words ", " appear", 3, 2)
    ('include the keyword ', None)
    """
    if _COUNTS.search(before) or re.search(r"\bboth\b", after):
        return None
    if now > 1 or was == 1:
        return before
    if _PLURAL.search(before) or _PLURAL.search(after) or re.match(r" (?:appear|occur|come)\b", after):
        return None
    m = _LABEL.search(before)
    return before if m is None else before[: m.end("noun")] + m["after"]
