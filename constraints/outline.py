"""Headings in Markdown: their levels, numbers and titles, and which other markup is used.

Headings are CommonMark's: ``## Title``, or a line underlined with ``===`` or ``---``; none stand in a code block.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Ge, Le, MinLen

from constraints.args import Number, Said, listed
from constraints.bounds import Bound, within
from constraints.core import Verdict, judged
from constraints.declare import constraint, draws, fails, hindsight, passes, touches
from constraints.draws import between, bound, choice
from constraints.hindsight import another, at_most, bounds, left_out, those_met
from constraints.invisible import Seen
from constraints.markdown import markdown
from constraints.pieces import filled_lines, headings, tables, text_lines
from constraints.sources import MULDIMIF
from constraints.text import whole_words

Level = Annotated[int, Ge(1), Le(6)]
Titles = Annotated[tuple[Seen, ...], MinLen(1)]


def named(levels: tuple[int, ...]) -> str:
    """Levels as a wording adds them.

    >>> named((1, 2)), named(())
    (', with level 1 and level 2 among them', '')
    """
    return f", with {listed(tuple(f'level {level}' for level in levels))} among them" if levels else ""


def titled(title: str | None) -> str:
    """A title as a wording adds it.

    >>> titled("Facts"), titled(None)
    (' titled "Facts"', '')
    """
    return "" if title is None else f' titled "{title}"'


def levels_in(words: str) -> tuple[int, ...]:
    """The levels that ``named`` names."""
    return tuple(map(int, re.findall(r"\d+", words)))


def title_in(words: str) -> str | None:
    """The title that ``titled`` adds."""
    return words.removeprefix(' titled "').removesuffix('"') if words else None


def features_in(words: str) -> tuple[str, ...]:
    """The features of a list of them."""
    return tuple(re.split(", | and ", words))


FeatureName = Literal[
    "headings",
    "subheadings",
    "bullet points",
    "numbered list",
    "bold",
    "italics",
    "block quote",
    "code block",
    "table",
]
if TYPE_CHECKING:
    Levels = tuple[int, ...]
    Title = str | None
    Features = tuple[FeatureName, ...]
else:
    Levels = Annotated[tuple[Level, ...], Said(named, levels_in)]
    Title = Annotated[Seen | None, Said(titled, title_in)]
    Features = Annotated[tuple[FeatureName, ...], MinLen(1), Said(listed, features_in)]

_NUMBERED = re.compile(r"[ \t>]*\d{1,9}[.)](?:\s|$)")
_BULLETED = re.compile(r"[ \t>]*[-*+•](?:\s|$)")


def title_words(title: str) -> tuple[str, ...]:
    """A title's words in lower case, without a number before them.

    >>> title_words("2.1 Key *Facts*:"), title_words("1984")
    (('key', 'facts'), ('1984',))
    """
    found = tuple(word.casefold() for word in whole_words(title))
    first = next((n for n, word in enumerate(found) if not word.isdecimal()), 0)
    return found[first:]


def is_titled(heading: str, title: str) -> bool:
    """Whether a heading has the title: the same words, a number before them aside."""
    return title_words(heading) == title_words(title)


def markup(text: str) -> frozenset[str]:
    """What markup a text uses.

    >>> sorted(markup("# A\\n\\n> *Why?*\\n\\n1. __Well__\\n"))
    ['block quote', 'bold', 'headings', 'italics', 'numbered list']
    """
    tokens = markdown(text)
    types = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}
    lines = text_lines(text)
    found = {
        "headings": bool(headings(text)),
        "subheadings": len({heading.level for heading in headings(text)}) > 1,
        "bullet points": any(map(_BULLETED.match, lines)),
        "numbered list": any(map(_NUMBERED.match, lines)),
        "bold": "strong_open" in types,
        "italics": "em_open" in types,
        "block quote": any(line.lstrip().startswith(">") for line in lines),
        "code block": "fence" in types,
        "table": bool(tables(text)),
    }
    return frozenset(name for name, used in found.items() if used)


@constraint(
    "outline:levels",
    (
        "Use {count:heading level} in Markdown{levels}.",
        "Structure your response with Markdown headings of {count:different level}{levels}.",
    ),
    source=MULDIMIF,
)
@draws(count=choice((2, 2), (2, None), (3, 3)), levels=choice(()))
@touches(sets="headings", uses="lines, spelling, sections", floor="count")
@hindsight(count=bounds(), levels=(those_met(), left_out(())))
@passes("# A\n## B\n## C", count=[2, 2])
@passes("A\n===\n\n#### B", count=[2, None], levels=[4, 1])
@fails("```\n# a\n## b\n```", count=[2, None])
@fails("# A\n## B", count=[3, None])
@fails("# A\n## B", count=[2, None], levels=[1, 3])
def outline_levels(response: str, *, count: Bound, levels: Levels = ()) -> Verdict:
    """The number of different heading levels in use is as asked, and each of the named ones is in use."""
    used = {heading.level for heading in headings(response)}
    return judged(within(len(used), count) and used.issuperset(levels), f"levels {sorted(used)}")


@constraint(
    "outline:level",
    (
        "Include {count:heading} of level {level} in Markdown.",
        "Your response must have {count:Markdown heading} of level {level}.",
    ),
    source=MULDIMIF,
)
@draws(level=between(1, 3), count=bound(1, 5))
@touches(sets="headings", uses="lines, spelling, sections", floor="count")
@hindsight(count=bounds(), level=another(*range(1, 7)))
@passes("# A\n## B\n## C", level=2, count=[2, 2])
@passes("# A", level=2, count=[None, 1])
@fails("# A\n### B", level=2, count=[1, None])
@fails("##B", level=2, count=[1, None])
def outline_level(response: str, *, level: Level, count: Bound) -> Verdict:
    """The number of headings of that level is as asked."""
    found = sum(heading.level == level for heading in headings(response))
    return judged(within(found, count), f"{Number(found):heading} of level {level}")


@constraint(
    "outline:headings",
    ("Use {count:Markdown heading}.", "Your response must have {count:heading} in Markdown, of any level."),
    source=MULDIMIF,
)
@draws(count=bound(2, 6))
@touches(sets="headings", uses="lines, spelling, sections", floor="count")
@hindsight(count=bounds())
@passes("# A\n## B", count=[2, 2])
@fails("**A**", count=[1, None])
def outline_headings(response: str, *, count: Bound) -> Verdict:
    """The number of headings, of any level, is as asked; a line in bold is none."""
    found = len(headings(response))
    return judged(within(found, count), f"{Number(found):heading}")


@constraint(
    "outline:depth",
    (
        "Use Markdown headings, none of them below level {level}.",
        "Structure your response with Markdown headings of levels 1 to {level} only.",
    ),
    source=MULDIMIF,
)
@draws(level=between(2, 4))
@touches(sets="headings", uses="lines, spelling, sections")
@hindsight(level=at_most(5))
@passes("# A\n## B", level=2)
@fails("# A\n### B", level=2)
@fails("A", level=2)
def outline_depth(response: str, *, level: Level) -> Verdict:
    """There is a heading, and none is of a deeper level (of a higher number) than this."""
    used = {heading.level for heading in headings(response)}
    return judged(used != set() and all(deep <= level for deep in used), f"levels {sorted(used)}")


@constraint(
    "outline:titled",
    (
        'Include a Markdown heading of level {level} titled "{title}".',
        'One of your headings, of level {level} in Markdown, must read "{title}".',
    ),
    source=MULDIMIF,
)
@draws(level=between(1, 3))
@touches(sets="headings", uses="lines, spelling, sections, language", writes="title")
@hindsight(level=another(*range(1, 7)))
@passes("# Sea\n## 1. Key *Facts*:", level=2, title="key facts")
@fails("# Sea\n### Key Facts", level=2, title="key facts")
@fails("# Sea\n## Key Facts of It", level=2, title="key facts")
def outline_titled(response: str, *, level: Level, title: Seen) -> bool:
    """A heading of that level has the title: the same words, in any case; a number before them does not matter."""
    return any(heading.level == level and is_titled(heading.title, title) for heading in headings(response))


@constraint(
    "outline:titles",
    ("Include Markdown headings titled {titles}.", "Among your Markdown headings there must be {titles}."),
    source=MULDIMIF,
)
@touches(sets="headings", uses="lines, spelling, sections, language", writes="titles")
@hindsight(titles=those_met())
@passes("# Sea\n\n## Facts\n\n### 2) LAKES:", titles=["Lakes", "Facts"])
@fails("# Sea\n\n**Facts**", titles=["Sea", "Facts"])
@fails("", titles=["Sea"])
def outline_titles(response: str, *, titles: Titles) -> Verdict:
    """Each title is that of a heading of any level: the same words, in any case, a number before them aside."""
    missing = [title for title in titles if not any(is_titled(found.title, title) for found in headings(response))]
    return judged(not missing, f"missing {listed(tuple(missing))}" if missing else "")


@constraint(
    "outline:first",
    (
        "Begin with a Markdown heading of level {level}{title}.",
        "The first line of your response must be a heading of level {level} in Markdown{title}.",
    ),
    source=MULDIMIF,
)
@draws(level=between(1, 3))
@touches(sets="headings, opening", uses="lines, spelling, sections, language", writes="title")
@hindsight(level=another(*range(1, 7)), title=left_out(None))
@passes("\n## Sea\nText.", level=2)
@passes("## Sea", level=2, title="sea")
@fails("Text.\n## Sea", level=2)
@fails("# Sea", level=2)
@fails("## Lake", level=2, title="Sea")
@fails("Sea", level=2)
def outline_first(response: str, *, level: Level, title: Title = None) -> bool:
    """What is not blank opens with a heading of that level, and with that title if there is one."""
    start = min(filled_lines(response), default=None)
    first = [heading for heading in headings(response) if heading.lines[0] == start]
    return any(heading.level == level and (title is None or is_titled(heading.title, title)) for heading in first)


@constraint(
    "outline:whole",
    (
        "Format your whole response as a Markdown heading of level {level}.",
        "Each line of your response must be a Markdown heading of level {level}.",
    ),
    source=MULDIMIF,
)
@draws(level=between(1, 3))
@touches(sets="everything")
@hindsight(level=another(*range(1, 7)))
@passes("\n## The sea is calm.\n", level=2)
@fails("## Sea\nIt is calm.", level=2)
@fails("# The sea is calm.", level=2)
@fails("", level=2)
def outline_whole(response: str, *, level: Level) -> bool:
    """Every line that is not blank belongs to a heading of that level, and there is one."""
    inside = {n for heading in headings(response) if heading.level == level for n in range(*heading.lines)}
    filled = filled_lines(response)
    return filled != set() and filled <= inside


@constraint(
    "markdown:uses",
    ("Use all of this in Markdown: {features}.", "Your response must be formatted with Markdown, using {features}."),
    source=MULDIMIF,
)
@touches(sets="headings, bullets, emphasis, table, code", uses="lines, spelling")
@hindsight(features=those_met())
@passes("# Sea\n\n- **calm**\n- _blue_\n\n> Why?", features=["headings", "bullet points", "bold", "italics"])
@passes("1. a\n\n```\nb\n```\n\n| A |\n|--|", features=["numbered list", "code block", "table"])
@fails("**Sea** 2 * 3", features=["bold", "italics"])
def markdown_uses(response: str, *, features: Features) -> Verdict:
    """Each of these occurs, as CommonMark reads the text; subheadings means headings of more than one level.

    A bullet point is a line that starts with ``-``, ``*``, ``+`` or ``•`` and a space, a numbered one has a number and
    a full stop or bracket; tables are GitHub's.
    """
    missing = [feature for feature in features if feature not in markup(response)]
    return judged(not missing, f"no {listed(tuple(missing))}" if missing else "")


@constraint(
    "markdown:avoids",
    ("Use none of this: {features}.", "Your response must do without {features}."),
    source=MULDIMIF,
)
@touches(sets="headings, bullets, emphasis, table, code", uses="lines, spelling")
@hindsight(features=those_met())
@passes("2 - 1 = **1**", features=["bullet points", "italics"])
@fails("Why:\n• calm", features=["headings", "bullet points"])
def markdown_avoids(response: str, *, features: Features) -> Verdict:
    """None of these occurs, as read in ``markdown:uses``."""
    found = [feature for feature in features if feature in markup(response)]
    return judged(not found, listed(tuple(found)))
