"""Markdown: bullet points, highlights, sections, a title.

The corrected checkers read CommonMark with markdown-it-py, which rich brings along: emphasis has seventeen rules and
fences a dozen, and its parser follows them (from 4.3 on; before 4.1 in quadratic time). Left out are links, HTML and
entities, which are of no use here, indented code, which is seldom meant, and quotes, on which that parser takes
quadratic time: their marks are taken away first.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from constraints.args import Count, Number, Pattern, Positive, Text
from constraints.core import Verdict, judged
from constraints.declare import constraint, corrects, draws, fails, hindsight, passes, touches
from constraints.draws import choice
from constraints.hindsight import at_least, in_other_case, nearby
from constraints.needs import TEXTS_REMEMBERED
from constraints.sources import IFEVAL

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_NOT_READ = ("html_block", "html_inline", "autolink", "link", "image", "reference", "entity", "code", "blockquote")
# The published patterns start with \s*, which takes in blank lines: the same number of hits, in quadratic time.
_STAR_LINE = re.compile(r"^[^\S\n]*\*[^*].*$", re.MULTILINE)
_DASH_LINE = re.compile(r"^[^\S\n]*-.*$", re.MULTILINE)
_INDENT = re.compile(r"^(?:[^\S\n]|>)+", re.MULTILINE)
_BULLET = re.compile(r"[-*+](?:\s|$)")
_ANGLED = re.compile(r"^(?>.*?<<)(.+)>>", re.MULTILINE)  # a line's first "<<" to its last ">>": <<[^\n]+>>, linear
_TITLE = re.compile(
    r"""(?: ^ (?: [^\w\n<] | [\d_] )* | : [^\S\n]* [*_]* )  # at the start of a line, or after a colon:
        <<+ ( (?: [^<>\n] | <(?!<) | >(?!>) )+ ) >>""",
    re.MULTILINE | re.VERBOSE,
)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").disable(_NOT_READ)


@lru_cache(TEXTS_REMEMBERED)
def flush_left(text: str) -> str:
    r"""The text without indentation and quote marks; a line ends wherever ``str.splitlines`` ends one.

    >>> flush_left("a\r > > b\u2028  - c")
    'a\nb\n- c'
    """
    return _INDENT.sub("", "\n".join(text.splitlines()))


@lru_cache(TEXTS_REMEMBERED)
def markdown(text: str) -> tuple[Token, ...]:
    """The text, flush left, as CommonMark tokens."""
    return tuple(_parser().parse(flush_left(text)))


@lru_cache(TEXTS_REMEMBERED)
def prose_lines(text: str) -> tuple[str, ...]:
    r"""The lines, flush left, that are no code block and no rule.

    >>> prose_lines("a\n***\n```\nb\n```\nc")
    ('a', 'c')
    """
    left_out = {n for token in markdown(text) if token.type in ("fence", "hr") for n in range(*token.map or ())}
    return tuple(line for n, line in enumerate(flush_left(text).split("\n")) if n not in left_out)


@lru_cache(TEXTS_REMEMBERED)
def emphasised(text: str) -> tuple[str, ...]:
    r"""What is emphasised, with one or more ``*`` or ``_``; emphasis inside emphasis is no item of its own.

    >>> emphasised("***one*** 2 * 3 * 4 _two **and** a half_ `*code*` \\*no\\*")
    ('one', 'two and a half')
    """
    found, depth = [], 0
    for token in (child for block in markdown(text) for child in block.children or ()):
        if token.type in ("em_open", "strong_open") and depth == 0:
            found.append("")
        depth += token.nesting
        if depth:
            found[-1] += token.content
    return tuple(found)


@constraint(
    "detectable_format:number_bullet_lists",
    (
        "Use exactly {num_bullets:markdown bullet point} in your answer, such as: * A point.",
        "Your answer must contain exactly {num_bullets:bullet point} in markdown, such as: - A point.",
    ),
    source=IFEVAL,
)
@touches(sets="bullets", uses="lines, spelling", floor="num_bullets")
@hindsight(num_bullets=nearby())
@passes("* a\n\n  - b\n**bold**\n+ c\n• d", num_bullets=2)
@passes("- a\n---\n-5", num_bullets=3)
@passes("*\n* a", num_bullets=1)
@fails("*italic* line", num_bullets=0)
def number_bullet_lists(response: str, *, num_bullets: Count) -> Verdict:
    """There are exactly so many lines that start, white space aside, with ``-`` or with ``*`` and not ``**``.

    No space is needed after it, so rules, negative numbers and italics count; a ``*`` alone takes in the next line.
    """
    count = len(_STAR_LINE.findall(response)) + len(_DASH_LINE.findall(response))
    return judged(count == num_bullets, f"{Number(count):bullet point}")


@corrects(number_bullet_lists, "Rules, negative numbers, italics and code count as bullet points, + does not.")
@passes("* a\r  - b\n\n+ c\n> - d\n-\n\n* * *\n---", num_bullets=5)
@passes("-5\n--\n*italic* line\n**bold**\n• a\n```\n- code\n```", num_bullets=0)
@fails("- a\n- b", num_bullets=1)
def number_bullet_points(response: str, *, num_bullets: Count) -> Verdict:
    """There are exactly so many lines that start with ``-``, ``*`` or ``+`` and white space (or nothing) after it.

    They may be indented or quoted. Rules (``---``, ``* * *``) and lines in a fenced code block do not count.
    """
    count = sum(1 for line in prose_lines(response) if _BULLET.match(line))
    return judged(count == num_bullets, f"{Number(count):bullet point}")


@constraint(
    "detectable_format:number_highlighted_sections",
    (
        "Highlight at least {num_highlights:section} of your answer with markdown, as in *highlighted section*.",
        "Mark at least {num_highlights:passage} of your answer with markdown emphasis, i.e. *like this*.",
    ),
    source=IFEVAL,
)
@touches(sets="emphasis", uses="sections", floor="num_highlights")
@hindsight(num_highlights=at_least())
@passes("*one* and **two**", num_highlights=2)
@passes("Only ***one*** here.", num_highlights=2)
@passes("2 * 3 * 4 = 24", num_highlights=1)
@fails("*one* * * ** ** _two_ *three\nfour*", num_highlights=2)
@fails("**one** *", num_highlights=2)
def number_highlighted_sections(response: str, *, num_highlights: Positive) -> Verdict:
    """There are at least so many ``*...*`` and ``**...**`` on one line, with more than white space inside.

    Both are looked for on their own: ``***...***`` counts twice, and asterisks count that multiply numbers.
    """
    single = [text for text in re.findall(r"\*([^\n*]*)\*", response) if text.strip()]
    double = [text for text in re.findall(r"\*\*([^\n*]*)\*\*", response) if text.strip()]
    count = len(single) + len(double)
    return judged(count >= num_highlights, f"{Number(count):highlight}")


@corrects(
    number_highlighted_sections, "Bold italics count twice, underscores never, and multiplication and code count."
)
@passes("***one*** and _two_", num_highlights=2)
@passes("*one\ntwo* and **three *and* more**", num_highlights=2)
@fails("***one***", num_highlights=2)
@fails("2 * 3 * 4, `*p = *q`, snake_case_name, \\*x\\*\n```\nint *p = *q;\n```", num_highlights=1)
def number_highlights(response: str, *, num_highlights: Positive) -> Verdict:
    """There are at least so many runs of emphasis, with ``*`` or ``_``, as CommonMark reads them.

    Emphasis inside emphasis, as in ``***...***``, counts once; what is in code does not count.
    """
    count = len(emphasised(response))
    return judged(count >= num_highlights, f"{Number(count):highlight}")


@constraint(
    "detectable_format:multiple_sections",
    (
        "Divide your response into at least {num_sections:section}. "
        'Begin each with "{section_spliter}" and its number, such as "{section_spliter} 1".',
        'Your response must have at least {num_sections:section}, headed "{section_spliter} 1" and so on.',
    ),
    source=IFEVAL,
)
@draws(section_spliter=choice("Section", "SECTION", "Part", "PART", "Day"))
@touches(
    sets="sections",
    uses="language, digits, lines, spelling",
    writes="section_spliter",
    exactly=True,
    floor="num_sections",
)
@hindsight(num_sections=at_least(2), section_spliter=in_other_case())
@passes("Section 1\na\nSection2\nb", section_spliter=" Section ", num_sections=2)
@passes("See Section 12 and Section 3.", section_spliter="Section", num_sections=2)
@passes("Day 1 or Week 2", section_spliter="(Day|Week)", num_sections=4)
@fails("Section 1\na\nSection two\nb\nSECTION 3", section_spliter="Section", num_sections=2)
@fails("Section  1", section_spliter="Section", num_sections=1)
def multiple_sections(response: str, *, section_spliter: Pattern, num_sections: Positive) -> Verdict:
    """Cut where the marker and a number stand, anywhere in a line, the text has at least so many parts after the first.

    The marker is stripped and taken as a regular expression, whose groups count as parts. Case matters; one white
    space at most stands before the number.
    """
    count = len(re.split(rf"\s?{section_spliter.strip()}\s?\d+\s?", response)) - 1
    return judged(count >= num_sections, f"{Number(count):section}")


@corrects(multiple_sections, "A mention of a section inside a sentence counts as the start of one.")
@passes("**Section 1**\na\r\n## Section2: b", section_spliter=" Section ", num_sections=2)
@passes("C++ 1\nC++ 2", section_spliter="C++", num_sections=2)
@passes("1. Day 1: sea\n2. Day 2: sun", section_spliter="Day", num_sections=2)
@fails("See Section 12\nand Section 3.", section_spliter="Section", num_sections=1)
@fails("Section 1\nSECTION 2", section_spliter="Section", num_sections=2)
def multiple_headed_sections(response: str, *, section_spliter: Text, num_sections: Positive) -> Verdict:
    """At least so many lines start with the marker and a number.

    No letter stands before the marker on its line (markdown or a list number may), and at most one white space between
    it and the number. The marker is stripped and taken literally; case matters.
    """
    header = re.compile(rf"[\W\d_]*?{re.escape(section_spliter.strip())}\s?\d")
    count = sum(1 for line in response.splitlines() if header.match(line))
    return judged(count >= num_sections, f"{Number(count):section}")


@constraint(
    "detectable_format:title",
    (
        "Give your answer a title in double angular brackets, such as <<a quiet evening>>.",
        "Your answer must have a title, wrapped in double angular brackets: <<title>>.",
    ),
    source=IFEVAL,
)
@touches(sets="title", uses="opening")
@passes("A poem: <<joy>>")
@passes("cout << x >> y;")
@passes("<< >> a >>")
@fails("<<\njoy>>")
@fails("<<<>>>\n<<>>\n< <x>>")
@fails("<< >>")
def title(response: str) -> Verdict:
    """Some line has ``<<`` and a later ``>>``, with more between the first and the last than brackets and white space.

    Leading ``<`` and trailing ``>`` are left out. What else is on the line does not matter.
    """
    angled = _ANGLED.findall(response) if "<<" in response else []
    found = [text for text in angled if text.lstrip("<").rstrip(">").strip()]
    return judged(found != [], f"<<{found[0]:.40}>>" if found else "no title")


@corrects(title, "Any line with << and >> passes, as in code or in an aside of a sentence.")
@passes("cout << x >> y;\n**<<Joy>>** - a poem")
@passes("2. Title: **<< Joy -> Woe >>**")
@fails("cout << x >> y;")
@fails("A title in brackets, such as <<title>>.")
@fails("<<joy\n>> << >>")
def title_of_its_own(response: str) -> Verdict:
    """There is ``<<...>>`` on one line, with something inside, at the start of the line or after a colon.

    Markdown and a list number may stand before it, and anything after it.
    """
    found = [text for text in _TITLE.findall(response) if text.strip()]
    return judged(found != [], f"<<{found[0]:.40}>>" if found else "no title")
