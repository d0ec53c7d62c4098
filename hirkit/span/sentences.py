"""Cut a prompt into sentences, with exact offsets, and find the lines that only show a format.

A prompt is not an essay: it has list items, quotations, "i.e. <<title>>", "P.S.", ``***``, and after "such as:" lines
that belong to the sentence above them. Those lines are its *block*, and no sentences of their own.

Not promised: sentences as a grammarian has them. A line break ends one; a full stop inside quotation marks or
brackets does not.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text[start:end]``, without the marker of a list item; up to ``block_end`` the lines that show a format."""

    start: int
    end: int
    block_end: int
    quoted: tuple[tuple[int, int], ...]

    def quotes(self, at: int) -> bool:
        """Whether the place is within quotation marks: what somebody else says, not what the prompt asks."""
        i = bisect_right(self.quoted, (at, at)) - 1
        return i >= 0 and self.quoted[i][0] < at < self.quoted[i][1]


MARKER = re.compile(r"[ \t]*(?:\(?(?:\d{1,3}|[a-h])[.)]|[-*•])[ \t]+")  # of a list item

_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^“”\n]*”|\([^()\n]*\)")
_CLOSING = "\"”’'*)]>"
_STOP = re.compile(r"(?<![.!?])[.!?]+[\"”’'*)\]>]*(?=\s|$)|\bP\.P\.S(?=\s)|(?<=[: ])\*{3,6}(?= [A-Z][a-z])")
_POSTSCRIPT = re.compile(r"\bP\.\s?(?:P\.\s?)?S\.?$")
_ABBREVIATION = re.compile(
    r"(?:(?i:\b(?:i\.?e|e\.?g|etc|vs|mr|mrs|ms|dr|st|inc|jr|sr|u\.s|a\.m|p\.m))|\b[A-WYZ]|\.\.)\.$"  # not "Part X."
)
_PAGE = 4000  # characters
_SHOWS = re.compile(
    r"(?:\blike|\bsuch as|\bfor example),?:?$"
    r"|(?:\b(?:example|instance|formats?|forms?(?: of)?|below|indicated by|follows|symbols?)|\*{3}):$",
    re.IGNORECASE,
)
_EXAMPLE_LINE = re.compile(
    r"[ \t]*(?:(?:\d{1,2}[.)][ \t]*)?\*.*|[•-][ \t]*\S?.*|\*{3,6}|\[.*\][ \t]*|(?:\d{1,2}[.)][ \t]*)?\.{3}|\""
    r"|[A-Z][\w&]*[ \t](?:[\w&]+[ \t]){0,3}#?[ \t]?(?:\d+|[A-Z])[:.]?[ .…]*)[ \t]*$"  # "Part 1", "Step 2: ......"
)


def split(text: str) -> list[Sentence]:
    """All sentences in order.

    >>> [(s.start, s.end) for s in split("Write a poem, e.g. a limerick. Be brief.")]
    [(0, 30), (31, 40)]
    """
    out: list[Sentence] = []
    at = taken = 0
    for line in text.splitlines(keepends=True):
        start, end = at, at + len(line.rstrip())
        at += len(line)
        if start < taken:
            continue
        if marker := MARKER.match(text, start, end):
            start = marker.end()
        out.extend(_sentences_of_line(text, start, end))
        if out and out[-1].end == end and _SHOWS.search(text, max(out[-1].start, end - 40), end):
            taken = _block_end(text, end)
            out[-1] = replace(out[-1], block_end=max(end, taken))
    return out


def between(sentences: Sequence[Sentence], start: int, end: int) -> Sequence[Sentence]:
    """The sentences that have something of ``text[start:end]``."""
    first = bisect_right(sentences, start, key=lambda s: s.start)
    if first and sentences[first - 1].end > start:
        first -= 1
    return sentences[first : bisect_left(sentences, end, key=lambda s: s.start)]


def _sentences_of_line(text: str, start: int, end: int) -> Iterator[Sentence]:
    spans = [m.span() for m in _QUOTED.finditer(text, start, end)]
    starts = [a for a, _ in spans]
    begin = start
    for m in _STOP.finditer(text, start, end):
        i = bisect_right(starts, m.start()) - 1
        inside = i >= 0 and m.start() < spans[i][1] - 1 and m.end() < spans[i][1]
        if not inside and _is_end(text, m, end):
            yield from _sentence(text, begin, m.end(), spans)
            begin = m.end()
    yield from _sentence(text, begin, end, spans)


def _is_end(text: str, stop: re.Match[str], end: int) -> bool:
    """Whether a full stop is one: not in "e.g.", not in "P.S." before a lower-case word, not in an ellipsis."""
    after = text[stop.end() : min(end, stop.end() + 20)].lstrip()
    before = text[max(0, stop.start() - 12) : stop.end()].rstrip(_CLOSING)
    if _POSTSCRIPT.search(before):
        return not after or re.match(r"[A-Z][a-z]", after) is not None
    if stop.group() == "." and _ABBREVIATION.search(before):
        return not after
    goes_on = stop.group()[-1] in _CLOSING or stop.group().startswith("..")  # '"Is it?" asked …'
    return not (goes_on and (after[:1].islower() or after[:1] == "/"))


def _sentence(text: str, begin: int, end: int, spans: list[tuple[int, int]]) -> Iterator[Sentence]:
    while begin < end and text[begin].isspace():
        begin += 1
    while begin < end and text[end - 1].isspace():
        end -= 1
    if begin < end:
        some = spans[bisect_left(spans, (begin, begin)) : bisect_left(spans, (end, end))]
        quoted = tuple((a, b - 1) for a, b in some if text[a] != "(")
        yield Sentence(begin, end, end, quoted)


def _block_end(text: str, at: int) -> int:
    """Where the example lines below ``at`` end; ``at`` itself if there are none. They fill a page at most."""
    end, fenced = at, False
    pos = text.find("\n", at) + 1
    for line in text[pos : pos + _PAGE].splitlines(keepends=True) if pos else ():
        bare = line.strip()
        fenced ^= bare.startswith("```")
        if fenced or bare.startswith("```") or _EXAMPLE_LINE.match(line.rstrip()):
            end = pos + len(line.rstrip())
        elif bare or end > at:
            break
        pos += len(line)
    return at if fenced else end
