"""Moving the number in a quantity's words, in the form it has: "three" to "two", "at least twice" to "… once"."""

from __future__ import annotations

import re

from hirkit.span.editing import Edit
from hirkit.span.quantities import INF, NUMBER, NUMBERS, Range

_TOKEN = re.compile(rf"\b(?:once|twice|{NUMBER})(?!\w)", re.IGNORECASE)
_WORDS = {n: word for word, n in NUMBERS.items() if word not in ("once", "twice", "hundred")}
_BEFORE_AN = re.compile(r"(?:8\d{0,2}(?:,?\d{3})*|1[18](?:,?\d{3})?)(?!\d)|eight|eleven", re.IGNORECASE)
_GAP = (
    r"(?P<gap>[ -](?:(?:very|short|markdown|text|bullet|italic|bold|highlighted|capitali[sz]ed|square|key|important"
    r"|main|exclamation|question) ){0,3})"
)
_PLURAL = re.compile(rf"{_GAP}(?P<noun>\w{{2,20}}?)s(?!\w)", re.IGNORECASE)
_SINGULAR = re.compile(rf"{_GAP}(?P<noun>\w{{2,20}}?)(?!\w)", re.IGNORECASE)
_REACH = 60  # characters from a number to its noun


def renumber(text: str, start: int, end: int, was: Range, now: Range) -> Edit | None:
    """The edit by which the quantity at ``text[start:end]``, which allowed ``was``, allows ``now``.

    None where moving one number does not say the difference, or it cannot be told what else would have to change.

    >>> renumber("write an 80-word note", 9, 11, (80, INF), (75, INF)), renumber("use 3 words", 4, 5, (3, 3), (1, 1))
    ((6, 11, 'a 75'), (4, 11, '1 word'))
    """
    tokens = list(_TOKEN.finditer(text[start:end]))
    low, high = was[1] == now[1] == INF, was[0] == now[0] == 0 and INF not in (*was, *now)
    exact = was[0] == was[1] and now[0] == now[1]
    if not (low or high or exact):
        return None
    by = int(now[1] - was[1] if high else now[0] - was[0])
    if len(tokens) == 2 and not exact:
        return _one_end(text[start:end], start, tokens, int(was[0] if low else was[1]), by)
    return _one_number(text, start + tokens[0].start(), tokens[0].group(), by) if len(tokens) == 1 else None


def _one_end(words: str, start: int, tokens: list[re.Match[str]], end: int, by: int) -> Edit | None:
    """Of "40 to 60" the number at the end that moves; "6 or 7" becomes "6 to 9"."""
    first, last = numbers = [value(token.group()) for token in tokens]
    if end not in numbers:
        return None
    new = (first + by, last) if end == first else (first, last + by)
    joint = words[tokens[0].end() : tokens[1].start()]
    if new[1] - new[0] > 1:
        joint = joint.replace(" or ", " to ")
    said = joint.join(written(n, token.group()) for n, token in zip(new, tokens, strict=True))
    return (start + tokens[0].start(), start + tokens[1].end(), said) if 0 < new[0] < new[1] else None


def _one_number(text: str, at: int, number: str, by: int) -> Edit | None:
    """The number, the article before it, and the noun after it."""
    old, end = value(number), at + len(number)
    new = old + by
    after = text[end : end + _REACH]
    tail = after if number.lower() in ("once", "twice") else inflected(after, old, new)
    if new < 1 or tail is None:
        return None
    said = written(new, number)
    if new == 1 and (times := re.match(r" times?\b", tail)):
        said, tail = as_in("once", number), tail[times.end() :]
    start = at
    if found := re.search(r"\b(a)n? $", text[max(0, at - 4) : at], re.IGNORECASE):
        start -= len(found.group())
        said = found[1] + ("n " if _BEFORE_AN.match(said) else " ") + said
    return trimmed(text, (start, end + len(after), said + tail))


def value(token: str) -> int:
    """The number of a token."""
    word = token.lower().split()[-1]
    return int(word.replace(",", "")) if word[0].isdigit() else NUMBERS[word]


def written(n: int, like: str) -> str:
    """A number in the form of another: digits, with commas or not, or a word, or "once".

    >>> written(1200, "1,000"), written(1200, "1000"), written(3, "Two"), written(3, "twice"), written(45, "forty")
    ('1,200', '1200', 'Three', 'three times', '45')
    """
    if like.lower() in ("once", "twice"):
        return as_in({1: "once", 2: "twice"}.get(n, f"{_WORDS.get(n, n)} times"), like)
    if like[0].isdigit():
        return f"{n:,}" if "," in like else str(n)
    return as_in(_WORDS.get(n, str(n)), like)


def as_in(word: str, like: str) -> str:
    """A word in the case of another."""
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word.capitalize() if like[:1].isupper() else word


def spelled(span: Range) -> re.Pattern[str]:
    """The number that words for this range have in them, however it is written: 30 or 31 in "more than 30"."""
    low, high = span
    numbers = {low} if low == high else {low, low - 1} if high == INF else {high, high + 1}
    words = [f"{int(n):{comma}}" for n in sorted(numbers) for comma in ("", ",")]
    words += [word for word, n in NUMBERS.items() if n in numbers]
    return re.compile(rf"(?<![\w.,])(?:{'|'.join(words)})(?![\w]|[.,]\d)", re.IGNORECASE)


def inflected(after: str, was: int, now: int) -> str | None:
    """What follows a number, its noun in the right number; None where it cannot be told what the noun is.

    >>> inflected(" text sections of it", 3, 1), inflected("-word essay", 3, 1), inflected(" or more words", 3, 1)
    (' text section of it', '-word essay', ' or more words')
    """
    if (was == 1) == (now == 1) or re.match(r" (?:or|and) (?:more|less|fewer)|-\w+ |\W*$|\+", after):
        return after
    m = (_PLURAL if now == 1 else _SINGULAR).match(after)
    if m is None:
        return None
    return m["gap"] + m["noun"] + ("s" if was == 1 else "") + after[m.end() :]


def trimmed(text: str, edit: Edit) -> Edit:
    """The same edit without what does not change at its end."""
    start, end, new = edit
    same = 0
    while same < min(end - start, len(new)) and text[end - 1 - same] == new[len(new) - 1 - same]:
        same += 1
    return start, end - same, new[: len(new) - same]
