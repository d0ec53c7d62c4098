"""RLVR-IFeval's rules about markdown and brackets: placeholders, bullet points, highlights, sections, a title.

The others are in ``rlvr_words.py``, where it is said what RLVR-IFeval is.
"""

from __future__ import annotations

import re

from constraints.args import Count, Number, Positive, Text
from constraints.content import number_named_placeholders, number_placeholders
from constraints.core import Verdict, judged
from constraints.declare import constraint, corrects, draws, fails, hindsight, passes, touches
from constraints.draws import choice
from constraints.hindsight import at_least, nearby
from constraints.invisible import Seen
from constraints.markdown import multiple_headed_sections, number_bullet_points, number_highlights, title_of_its_own
from constraints.sources import RLVR


@constraint(
    "rlvr:validate_placeholders",
    (
        "Leave at least {N:placeholder} in your response, in square brackets as in [street].",
        "Your answer needs {N:placeholder} or more, each between square brackets, for instance [price].",
    ),
    source=RLVR,
)
@touches(sets="brackets", uses="spelling", floor="N")
@hindsight(N=at_least())
@passes("Dear [name]: [date]", N=2)
@passes("[] or [Site](http://a.b)", N=2)
@fails("Dear [name]: [date", N=2)
@fails("[first\nname]", N=1)
def validate_placeholders(response: str, *, N: Positive) -> Verdict:
    """There are at least so many ``[...]``, each from a bracket to the first closing one on the same line.

    Empty brackets, links and indexes count.
    """
    return number_placeholders(response, num_placeholders=N)


@corrects(validate_placeholders, "Empty brackets, the text of links, indexes, footnotes and task boxes count.")
@passes("Dear [name]: [date]", N=2)
@fails("[] [1] [^note] [Site](http://a.b) m[i]\n- [x] done", N=1)
def validate_named_placeholders(response: str, *, N: Positive) -> Verdict:
    """There are at least so many ``[...]`` on one line with a letter inside.

    Not counted: the text of a link or an image, a footnote, a single letter right after a Latin letter, a digit or a
    bracket (an index, a plural), the box of a task at the start of a list item.
    """
    return number_named_placeholders(response, num_placeholders=N)


@constraint(
    "rlvr:verify_bullet_points",
    (
        "Give exactly {N:bullet point}, written in markdown as in:\n* A point.",
        "Your answer must have {N:markdown bullet point}, no more and no fewer, such as:\n* A point.",
    ),
    source=RLVR,
)
@touches(sets="bullets", uses="lines, spelling, paragraphs", floor="N")
@hindsight(N=nearby())
@passes("* a\n\n  - b\n+ c\n• d", N=2)
@passes("**bold**\n---\n-5\n*italic*", N=4)
@fails("* a\n* b", N=1)
def verify_bullet_points(response: str, *, N: Count) -> Verdict:
    """There are exactly so many lines that start, white space aside, with ``*`` or ``-``.

    No space is needed after it, so rules, negative numbers, bold and italic lines count.
    """
    count = sum(line.strip().startswith(("*", "-")) for line in response.split("\n"))
    return judged(count == N, f"{Number(count):bullet point}")


@corrects(verify_bullet_points, "Rules, negative numbers, bold and italic lines and code count, + does not.")
@passes("* a\n  - b\n+ c\n---", N=3)
@passes("**bold**\n---\n-5\n*italic*\n```\n- code\n```", N=0)
@fails("* a\n* b", N=1)
def verify_markdown_bullet_points(response: str, *, N: Count) -> Verdict:
    """There are exactly so many lines that start with ``-``, ``*`` or ``+`` and white space (or nothing) after it.

    They may be indented or quoted. Rules (``---``, ``* * *``) and lines in a fenced code block do not count.
    """
    return number_bullet_points(response, num_bullets=N)


@constraint(
    "rlvr:validate_highlighted_sections",
    (
        "Highlight {N:section} of your answer or more in markdown, like *this one*.",
        "At least {N:passage} of your response must be highlighted with markdown, as in *highlighted*.",
    ),
    source=RLVR,
)
@touches(sets="emphasis", uses="sections", floor="N")
@hindsight(N=at_least())
@passes("*one* and *two*", N=2)
@passes("**one**", N=2)  # two empty ones
@passes("* a\n* b\n2 * 3 * 4", N=1)
@fails("*one* two*", N=2)
@fails("*one\ntwo*", N=1)
def validate_highlighted_sections(response: str, *, N: Positive) -> Verdict:
    """There are at least so many pairs of asterisks, those of each line paired from the left.

    Whatever is between two of them, if anything: ``**bold**`` has two pairs, and multiplication counts.
    """
    count = sum(line.count("*") // 2 for line in response.split("\n"))
    return judged(count >= N, f"{Number(count):highlight}")


@corrects(validate_highlighted_sections, "Empty pairs of asterisks count, so bold counts twice; so does code.")
@passes("**one** and _two_", N=2)
@fails("**one**", N=2)
@fails("2 * 3 * 4 `*p = *q`", N=1)
def validate_highlights(response: str, *, N: Positive) -> Verdict:
    """There are at least so many runs of emphasis, with ``*`` or ``_``, as CommonMark reads them.

    Emphasis inside emphasis, as in ``***...***``, counts once; what is in code does not count.
    """
    return number_highlights(response, num_highlights=N)


@constraint(
    "rlvr:validate_sections",
    (
        'Give your response {N:section} or more, and head each with "{section_splitter}" and its number.',
        'Split your answer into at least {N:section}; mark where they begin with "{section_splitter} 1" and so on.',
    ),
    source=RLVR,
)
@draws(section_splitter=choice("Section", "SECTION", "Part", "PART", "Day"))
@touches(sets="sections", uses="language, digits, lines, spelling", writes="section_splitter", exactly=True, floor="N")
@hindsight(N=at_least(2))
@passes("Section 1\na\nSECTION2\nb", N=2, section_splitter="Section")
@passes("See section 12 and section 3.", N=2, section_splitter="Section")
@passes("C++ 1", N=1, section_splitter="C++")
@fails("Section 1\na\nSection two", N=2, section_splitter="Section")
@fails("Section  1", N=1, section_splitter="Section")
def validate_sections(response: str, *, N: Positive, section_splitter: Text) -> Verdict:
    """The marker with a number after it is found at least so often, anywhere in a line.

    It is taken literally, not stripped; case is ignored; one white space at most stands before the number.
    """
    header = rf"\s?{re.escape(section_splitter)}\s?\d+\s?"
    count = len(re.findall(header, response, re.IGNORECASE))
    return judged(count >= N, f"{Number(count):section}")


@corrects(validate_sections, "A mention of a section inside a sentence counts as the start of one.")
@passes("**Section 1**\na\n## SECTION2: b", N=2, section_splitter="Section")
@fails("See section 12 and section 3.", N=1, section_splitter="Section")
@fails("Section 1\na\nSection two", N=2, section_splitter="Section")
def validate_headed_sections(response: str, *, N: Positive, section_splitter: Seen) -> Verdict:
    """At least so many lines start with the marker and a number.

    No letter stands before the marker on its line (markdown or a list number may), and at most one white space between
    it and the number. The marker is stripped and taken literally; case is ignored.
    """
    return multiple_headed_sections(response.casefold(), section_spliter=section_splitter.casefold(), num_sections=N)


@constraint(
    "rlvr:validate_title",
    (
        "Give your answer a title, set in double angular brackets like <<a day at sea>>.",
        "Your response must have a title in double angular brackets, as in <<title>>.",
    ),
    source=RLVR,
)
@touches(sets="title", uses="opening")
@passes("A poem:\n<<joy>>")
@passes("<<>>")
@passes("cout << x >> y;")
@fails("<<\njoy>>")
@fails("<<>")
@fails(">> and <<")
def validate_title(response: str) -> bool:
    """Some line has ``<<`` and a later ``>>``, whatever stands between them, if anything."""
    return any(">>" in line.partition("<<")[2] for line in response.split("\n"))


@corrects(validate_title, "An empty title passes, and any line with << and >>, as in code or inside a sentence.")
@passes("**<<Joy>>** - a poem")
@fails("cout << x >> y;")
@fails("<<>>")
def validate_title_of_its_own(response: str) -> Verdict:
    """There is ``<<...>>`` on one line, with something inside, at the start of the line or after a colon.

    Markdown and a list number may stand before it, and anything after it.
    """
    return title_of_its_own(response)
