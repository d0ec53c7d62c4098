"""Making edits to a prompt, and tidying white space, articles and list numbers around what was taken out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from hirkit.span.sentences import MARKER

Edit = tuple[int, int, str]  # start, end, new words

GAP = "\ue000"  # a private character: "something was taken out here"; it never leaves ``apply``


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Make the edits (start, end, new words), and tidy what is around each ``GAP``.

    >>> apply("1. Be kind.\\n2. Be brief.\\n3. Be bold.", [(15, 24, GAP)])
    '1. Be kind.\\n2. Be bold.'
    """
    pieces: list[str] = []
    at = 0
    for start, end, new in sorted(edits):
        pieces += [text[at:start], new]
        at = end
    out: list[str] = []
    gone = 0  # items taken out of the list that we are in
    for line in "".join([*pieces, text[at:]]).split("\n"):
        marker = MARKER.match(line)
        number = re.search(r"\d+|[a-h]", marker.group()) if marker else None
        if number is None and line.strip(GAP + " \t"):
            gone = 0
        if GAP in line and not line[marker.end() if marker else 0 :].strip(GAP + " \t.,;:!?"):
            gone += number is not None
            out.append(GAP)
            continue
        if number and gone:
            line = line.replace(number.group(), _less(number.group(), gone), 1)
        out.append(_tidy(line) if GAP in line else line)
    return _close_up(out)


_OPEN = re.compile(r"(?:[:;,]|\b(?:and|or))$", re.IGNORECASE)


def dangles(before: str, after: str) -> bool:
    """Whether a line that leads to the next ("Rules:", "a) be kind;") has lost what it led to.

    >>> dangles("Rules:\\n- no commas\\n\\nBe brief.", "Rules:\\n\\nBe brief.")
    True
    """
    had = {line: (following, gap) for line, following, gap in _open_lines(before)}
    for line, following, gap in _open_lines(after):
        was, was_gap = had.get(line, ("", False))
        if was and (not following or (MARKER.match(was) and not MARKER.match(following)) or (gap and not was_gap)):
            return True
    return False


def _open_lines(text: str) -> Iterator[tuple[str, str, bool]]:
    """Each line that leads to the next, the next that is not blank, and whether there are blank ones between."""
    lines = text.split("\n")
    following, gap = "", False
    for line in reversed([x.rstrip() for x in lines]):
        if _OPEN.search(line):
            yield MARKER.sub("", line, count=1).strip(), following, gap
        following, gap = (line, False) if line else (following, True)


def _less(number: str, by: int) -> str:
    """The number, or letter, of a list item that moves up."""
    return str(int(number) - by) if number.isdigit() else chr(ord(number) - by)


def _tidy(line: str) -> str:
    """ "a ␣ summary." and "a poem ␣ ." without the gaps, and "an ␣ note" with its right article."""
    line = re.sub(rf"\b([Aa])n?{GAP} (?=([aeiou])?)", lambda m: f"{m[1]}n " if m[2] else f"{m[1]} ", line)
    line = re.sub(rf"(?<=\S)[ \t]*{GAP}[ \t{GAP}]*(?=[^\s.,;:?!)])", " ", line)
    return line.replace(GAP, "") if line[:1] in " \t" else re.sub(rf"(?<![ \t])[ \t]*{GAP}[ \t{GAP}]*", "", line)


def _close_up(lines: Sequence[str]) -> str:
    """Take out the lines that are only a gap, and one of the two blank lines that would then meet."""
    out: list[str] = []
    gap = False
    for line in lines:
        if line == GAP:
            gap = True
        elif not (gap and not line.strip() and (not out or not out[-1].strip())):
            out.append(line)
            gap = False
    while gap and out and not out[-1].strip():
        out.pop()
    return "\n".join(out)
