"""Records for people to look at: what was asked, what is asked in hindsight, the difference marked, verdicts beside.

``draw`` picks records of a file at random, by a hash of seed and record, so that the same file shows the same ones.
``show`` prints them on a terminal, ``audit_html`` makes a page that needs nothing else. Both work on the lines of a
replay file. Prompts and responses are anyone's text: nothing in them is taken as markup, and characters that control a
terminal or turn the direction of writing are shown by their code points, never obeyed.
"""

from __future__ import annotations

import hashlib
import heapq
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

Row = dict[str, Any]
Piece = tuple[str, bool]
"""A stretch of a prompt, and whether it is only in this one of the two."""
MOST_WORK = 1_000_000
"""Two texts are compared word by word while the product of their lengths in words is no larger than this."""
_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but tab and line feed, marks of writing direction, line separators, lone surrogates."""


def draw(rows: Iterable[Row], number: int, seed: int = 0) -> list[Row]:
    """So many rows at random, in their order; memory holds no more than these."""

    def drawn(row: Row) -> bytes:
        what = f"{seed}\0{row['key']}\0{row['sample']}\0{row['strategy']}"
        return hashlib.sha256(what.encode()).digest()

    found = heapq.nsmallest(number, ((drawn(row), i, row) for i, row in enumerate(rows)))
    return [row for _, _, row in sorted(found, key=lambda one: one[1])]


def plain(text: str) -> str:
    r"""The text as it may be shown anywhere: what a terminal or a browser would obey, by its code point.

    >>> plain("a\x1b[31mb\u202ec\r\nd")
    'a<U+001B>[31mb<U+202E>c\nd'
    """
    return _UNSAFE.sub(lambda found: f"<U+{ord(found[0]):04X}>", text.replace("\r\n", "\n"))


def difference(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces, those marked that the other has not, word by word.

    Of very long texts only what they begin and end with alike is told apart from the rest.
    """
    a, b = _WORD.findall(before), _WORD.findall(after)
    start = _alike(a, b)
    end = _alike(a[start:][::-1], b[start:][::-1])
    middle_a, middle_b = a[start : len(a) - end], b[start : len(b) - end]
    left: list[Piece] = [("".join(a[:start]), False)]
    right: list[Piece] = [("".join(b[:start]), False)]
    for i1, i2, j1, j2, changed in _stretches(middle_a, middle_b):
        left.append(("".join(middle_a[i1:i2]), changed))
        right.append(("".join(middle_b[j1:j2]), changed))
    tail = ("".join(a[len(a) - end :]), False)
    return [one for one in (*left, tail) if one[0]], [one for one in (*right, tail) if one[0]]


def _alike(a: Sequence[str], b: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def _stretches(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[int, int, int, int, bool]]:
    if len(a) * len(b) > MOST_WORK:
        yield 0, len(a), 0, len(b), True
        return
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        yield i1, i2, j1, j2, tag != "equal"


def constraints(row: Row) -> list[tuple[str, str, str, str]]:
    """Each constraint of either instruction: what became of it, its id, what is asked, what the response has.

    A kept or relaxed constraint stands in the hindsight instruction in the order of the original.
    """
    told = list(row["hindsight"]["constraints"])
    found = []
    for asked in row["original"]["constraints"]:
        now = told[0] if told and _same(asked, told[0]) else None
        if now is None:
            found.append(("dropped", asked["id"], _arguments(asked["args"]), _verdict(asked)))
            continue
        told.pop(0)
        relaxed = "asked" in now
        args = _arguments(asked["args"]) + (f" → {_arguments(now['args'])}" if relaxed else "")
        found.append(("relaxed" if relaxed else "kept", now["id"], args, _verdict(now)))
    return found + [("added", now["id"], _arguments(now["args"]), _verdict(now)) for now in told]


def _same(asked: Row, now: Row) -> bool:
    """Whether a constraint in hindsight is what became of one that was asked."""
    before = now.get("asked", now["args"])
    return not now.get("added") and (asked["id"], asked["args"]) == (now["id"], before)


def _arguments(args: Row) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in args.items())


def _verdict(constraint: Row) -> str:
    because = f": {constraint['because']}" if constraint["because"] else ""
    return f"{constraint['strict']}{because}"


COLOURS = {"kept": "green", "relaxed": "yellow", "dropped": "red", "added": "blue"}


def show(console: Console, rows: Sequence[Row]) -> None:
    """Print records, each with its prompts side by side."""
    for row in rows:
        console.print(_printed(row))


def _printed(row: Row) -> Table:
    from rich.table import Table
    from rich.text import Text

    page = Table(title=_text(title(row)), title_justify="left", expand=True, show_lines=True)
    page.add_column("asked", ratio=1)
    page.add_column(_text(f"in hindsight ({row['strategy']}, {row['rewriter']})"), ratio=1)
    before, after = difference(row["original"]["prompt"], row["prompt"])
    page.add_row(_marked(before, "red"), _marked(after, "green"))
    lines = [
        _text(f"{fate:8}", COLOURS[fate]) + _text(f"{id} ", "bold") + _text(f"{args} " if args else "") + _text(verdict)
        for fate, id, args, verdict in constraints(row)
    ]
    page.add_row(Text("\n").join(lines), _text(row["response"]))
    return page


def title(row: Row) -> str:
    """What a record is called."""
    return f"{row['key']}, sample {row['sample']} ({row['where']})"


def _text(text: str, style: str = "") -> Text:
    """Text for the terminal: no markup is looked for in it, and nothing in it controls anything."""
    from rich.text import Text

    return Text(plain(text), style)


def _marked(pieces: Sequence[Piece], colour: str) -> Text:
    from rich.text import Text

    return Text.assemble(*((plain(text), f"bold {colour} underline" if own else "") for text, own in pieces))


def audit_html(rows: Sequence[Row]) -> str:
    """A page of records: one file, no scripts, nothing fetched, for light and dark screens."""
    return f"{HEAD}<h1>{len(rows)} replays</h1>\n" + "\n".join(map(_section, rows)) + "\n</body>\n</html>\n"


def _section(row: Row) -> str:
    before, after = difference(row["original"]["prompt"], row["prompt"])
    lines = "".join(
        f'<tr class="{fate}"><td>{fate}</td>' + "".join(f"<td>{_escaped(text)}</td>" for text in texts) + "</tr>\n"
        for fate, *texts in constraints(row)
    )
    told = f"in hindsight ({row['strategy']}, {row['rewriter']})"
    return (
        f"<section>\n<h2>{_escaped(title(row))}</h2>\n"
        f'<div class="two"><div><h3>asked</h3><p>{_pieces(before, "del")}</p></div>\n'
        f"<div><h3>{_escaped(told)}</h3><p>{_pieces(after, 'ins')}</p></div></div>\n"
        f"<table>\n{lines}</table>\n"
        f"<details open><summary>response, {len(row['response']):,} characters</summary>"
        f"<p>{_escaped(row['response'])}</p></details>\n</section>"
    )


def _pieces(pieces: Sequence[Piece], mark: str) -> str:
    return "".join(f"<{mark}>{_escaped(text)}</{mark}>" if own else _escaped(text) for text, own in pieces)


def _escaped(text: str) -> str:
    return html.escape(plain(text))


HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Replays</title>
<style>
:root { color-scheme: light dark; --line: light-dark(#ccc, #444); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 80rem; margin: 2rem auto; padding: 0 1rem; }
section { border-top: 2px solid var(--line); margin-top: 2.5rem; }
h2 { font-size: 1rem; } h3 { font-size: .85rem; font-weight: normal; opacity: .7; margin: 0; }
p { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; margin: .3rem 0 1rem; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 2rem; }
@media (max-width: 50rem) { .two { grid-template-columns: 1fr; } }
del { background: light-dark(#ffd7d5, #67201c); }
ins { background: light-dark(#c9f0cf, #14502b); text-decoration: none; }
table { border-collapse: collapse; font-size: .85rem; margin-bottom: 1rem; }
td { border-bottom: 1px solid var(--line); padding: .15rem .8rem .15rem 0; vertical-align: top; }
td { overflow-wrap: anywhere; unicode-bidi: plaintext; }
tr td:first-child { font-weight: bold; }
.kept td:first-child { color: light-dark(#1a7f37, #57ab5a); }
.dropped td:first-child { color: light-dark(#b3261e, #f47067); }
.relaxed td:first-child { color: light-dark(#8a6100, #d4a72c); }
.added td:first-child { color: light-dark(#0b5cad, #6cb6ff); }
</style>
</head>
<body>
"""
