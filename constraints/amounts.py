"""How much is written, in the whole response or in each of its parts: words, sentences, paragraphs, lines, items.

What IFEval counts, and how, is in ``length.py``; here every count takes a bound: at least, at most, exactly, between.
"""

from __future__ import annotations

from collections.abc import Callable

from constraints.args import Number
from constraints.bounds import Bound, within
from constraints.core import Verdict, judged
from constraints.declare import constraint, draws, fails, hindsight, passes, touches
from constraints.draws import bound, choice
from constraints.hindsight import bounds
from constraints.invisible import visible
from constraints.needs import Sentences
from constraints.pieces import Part, filled_lines, parts, prose_paragraphs, sentences_in, tables, top_items
from constraints.sources import MULDIMIF
from constraints.text import whole_words

"""Its constraints are English sentences; what they say is checked, not what its code makes of them."""


def each_within(found: tuple[str, ...], count: Callable[[str], int], bound: Bound, noun: str) -> Verdict:
    """Pass if there are parts and in each the count is as asked; tells the first that is wrong.

    >>> each_within(("a", "bcd"), len, (1, 2), "character")
    Verdict(status='fail', because="3 characters in 'bcd'")
    """
    if not found:
        return judged(False, "there is no such part")
    counts = [(count(part), part) for part in found]
    wrong = [(n, part) for n, part in counts if not within(n, bound)]
    n, part = (wrong or counts)[0]
    return judged(not wrong, f"{Number(n):{noun}}" + (f" in {part!r:.40}" if len(counts) > 1 else ""))


@constraint(
    "length:words",
    ("Make sure that {part} has {words:word}.", "Write so that {part} is {words:word} long."),
    source=MULDIMIF,
)
@draws(words=bound(50, 400, 10), part=choice("response"))
@touches(sets="length", uses="repetition", limits=True, floor="words")
@hindsight(words=bounds(2))
@passes("Don't be well-known.", words=[3, 3])
@passes("你好，world!", words=[None, 3], part="response")
@passes("One two.\n\n# A heading of five words\n\nThree four.", words=[2, 2], part="paragraph")
@fails("One two. Three.", words=[2, None], part="sentence", sentences=lambda text: tuple(text.split(". ")))
@fails("No table here.", words=[None, 9], part="table cell")
def words(response: str, sentences: Sentences, *, words: Bound, part: Part = "response") -> Verdict:
    """The number of words of the response, or of each such part of it, is as asked; there is such a part.

    A word is a run of letters, digits and combining marks; an apostrophe, hyphen or underscore between two of them
    joins them. Each Chinese ideograph and each kana is a word, whatever else the text holds.
    """
    return each_within(parts(response, part, sentences), lambda text: len(whole_words(text)), words, "word")


@constraint(
    "length:sentences",
    ("Make sure that {part} has {count:sentence}.", "Write so that {part} consists of {count:sentence}."),
    source=MULDIMIF,
)
@draws(count=bound(3, 20), part=choice("response"))
@touches(sets="sentences", uses="paragraphs, repetition", floor="count")
@hindsight(count=bounds(2))
@passes("你好。再见。", sentences=str.splitlines, count=[2, 2])
@passes("1. One.\n2. Two.", sentences=str.splitlines, count=[None, 2])
@passes("One.\nTwo.\n\nThree.\nFour.", sentences=str.splitlines, count=[2, 2], part="paragraph")
@fails("One.\nTwo.", sentences=str.splitlines, count=[3, None])
@fails("One.\nTwo.\n\nThree.", sentences=str.splitlines, count=[2, 2], part="paragraph")
def sentences(response: str, sentences: Sentences, *, count: Bound, part: Part = "response") -> Verdict:
    """The number of sentences of the response, or of each such part of it, is as asked; there is such a part.

    English Punkt cuts them: an abbreviation or decimal point ends none. The stops of other scripts end one too. List
    markers are no sentences, nor is anything without a word.
    """
    found = parts(response, part, sentences)
    return each_within(found, lambda text: len(sentences_in(text, sentences)), count, "sentence")


@constraint(
    "length:paragraphs",
    (
        "Make sure that {part} has {paragraphs:paragraph}.",
        "Write so that {part} is divided into {paragraphs:paragraph}.",
    ),
    source=MULDIMIF,
)
@draws(paragraphs=bound(2, 6), part=choice("response"))
@touches(sets="paragraphs", uses="lines, spelling", floor="paragraphs")
@hindsight(paragraphs=bounds(2))
@passes("# Title\n\nOne.\n\n---\n\nTwo.", paragraphs=[2, 2])
@passes("# A\n\nOne.\n\nTwo.\n\n# B\n\nOne.\n\nTwo.", paragraphs=[2, None], part="section")
@fails("One.\nTwo.", paragraphs=[2, None])  # a line break ends no paragraph
@fails("One.\n\nTwo.", paragraphs=[None, 1])
def paragraphs(response: str, sentences: Sentences, *, paragraphs: Bound, part: Part = "response") -> Verdict:
    """The number of paragraphs of the response, or of each such part of it, is as asked; there is such a part.

    A paragraph is a run of lines between blank ones; headings and rules are none.
    """
    found = parts(response, part, sentences)
    return each_within(found, lambda text: len(prose_paragraphs(text)), paragraphs, "paragraph")


@constraint(
    "length:characters",
    (
        "Make sure that {part} has {characters:character}, spaces included.",
        "Write so that {part} is {characters:character} long, spaces included.",
    ),
    source=MULDIMIF,
)
@draws(characters=bound(200, 2000, 100), part=choice("response"))
@touches(sets="length", uses="repetition")
@hindsight(characters=bounds(2))
@passes(" cafe\u0301 \n", characters=[4, 4])
@passes("a b\nc", characters=[1, 3], part="line")
@fails("a b", characters=[None, 2])
def characters(response: str, sentences: Sentences, *, characters: Bound, part: Part = "response") -> Verdict:
    """The number of characters of the response, or of each such part of it, is as asked; there is such a part.

    Spaces inside count, those around it do not, nor do characters that cannot be seen; an accented letter is one.
    """
    found = parts(response, part, sentences)
    return each_within(found, lambda text: len(visible(text).strip()), characters, "character")


@constraint(
    "length:lines",
    ("Your response must have {lines:line}.", "Write {lines:line}."),
    source=MULDIMIF,
)
@draws(lines=bound(3, 15))
@touches(sets="lines", floor="lines")
@hindsight(lines=bounds(2))
@passes("One\n\n \nTwo", lines=[2, 2])
@fails("One\nTwo", lines=[None, 1])
def lines(response: str, *, lines: Bound) -> Verdict:
    """The number of lines that are not blank is as asked."""
    count = len(filled_lines(response))
    return judged(within(count, lines), f"{Number(count):line}")


@constraint(
    "list:items",
    ("List {items:item}.", "The list in your response must have {items:item}."),
    source=MULDIMIF,
)
@draws(items=bound(2, 8))
@touches(sets="bullets", uses="lines, spelling", floor="items")
@hindsight(items=bounds(2))
@passes("Two seas:\n* North Sea\n  * cold\n* Red Sea\n", items=[2, 2])
@passes("| Sea |\n|---|\n| North |\n| Red |", items=[2, 2])
@passes("North Sea\n\nRed Sea", items=[None, 2])
@passes("North Sea", items=[None, 2])
@fails("a\nb\nc", items=[None, 2])
@fails("", items=[None, 2])
def items(response: str, *, items: Bound) -> Verdict:
    """The number of list items is as asked, and there is one.

    Those of lists within lists do not count. Where nothing is marked as an item, the rows of tables are the items;
    where there is no table either, the lines that are not blank.
    """
    rows = sum(len(table.rows) for table in tables(response))
    count = top_items(response) or rows or len(filled_lines(response))
    return judged(count > 0 and within(count, items), f"{Number(count):item}")
