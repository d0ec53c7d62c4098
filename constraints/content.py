"""Pieces a response must hold: placeholders to fill in, a postscript."""

from __future__ import annotations

import re
from typing import Annotated

from annotated_types import Predicate

from constraints.args import Number, Pattern, Positive, Text, is_pattern
from constraints.core import Verdict, judged
from constraints.declare import constraint, corrects, draws, fails, hindsight, passes, touches
from constraints.draws import choice
from constraints.hindsight import another, at_least
from constraints.sources import IFEVAL
from constraints.text import as_published, paragraphs


def is_lowered_pattern(marker: str) -> bool:
    r"""Whether the marker is still a regular expression when stripped and lower-cased, as "\Z" is not."""
    return is_pattern(marker.strip().lower())


Marker = Annotated[Pattern, Predicate(is_lowered_pattern)]

_BRACKETS = re.compile(r"\[[^]\n]*(]?)")  # to the line's end where no "]" is left: the hits of \[.*?\] in linear time
_TASK_BOX = re.compile(r"^[^\S\n]*(?:[-*+]|\d+[.)])[^\S\n]+\[[ xX]]", re.MULTILINE)
_PLACEHOLDER = re.compile(
    r"""\[ (?! \^ )                                 # no footnote,
        (?! (?<= [A-Za-z0-9_)\]] \[ ) [A-Za-z] ] )  # no index as in a[i], no plural as in word[s],
        (?= [^][\n]*? [^\W\d_] ) [^][\n]*+ ]        # with a letter inside,
        (?! \( )                                    # no link""",
    re.VERBOSE,
)
_POSTSCRIPTS = {"P.S.": r"p\.\s?s\.", "P.P.S": r"p\.\s?p\.\s?s"}
_ANY_POSTSCRIPT = re.compile(r"[\W_]*+(?:p\.?\s?)+s\b", re.IGNORECASE)


@constraint(
    "detectable_content:number_placeholders",
    (
        "Include at least {num_placeholders:placeholder} in square brackets, for example [date].",
        "Leave at least {num_placeholders:placeholder} to be filled in, each named in square brackets: [phone number].",
    ),
    source=IFEVAL,
)
@touches(sets="brackets", uses="spelling", floor="num_placeholders")
@hindsight(num_placeholders=at_least())
@passes("Dear [name]: [date]", num_placeholders=2)
@passes("[] or [[x](http://a.b)", num_placeholders=2)
@fails("Dear [name]: [date", num_placeholders=2)
@fails("Dear [first\nname]", num_placeholders=1)
def number_placeholders(response: str, *, num_placeholders: Positive) -> Verdict:
    """There are at least so many ``[...]``, each from a bracket to the first closing one on the same line.

    Empty brackets, links and indexes count.
    """
    count = _BRACKETS.findall(response).count("]")
    return judged(count >= num_placeholders, f"{Number(count):placeholder}")


@corrects(number_placeholders, "Empty brackets, the text of links, indexes, footnotes and task boxes count.")
@passes("Dear[name], [2 dates], 我叫[姓名], [X] years", num_placeholders=4)
@passes("- [x] pay [the amount]", num_placeholders=1)
@fails("[] [ ] [1] [^note] [Site](http://a.b) ![Logo](b.png) m[i][j] word[s]\n1. [X] done", num_placeholders=1)
@fails("[first\nname]", num_placeholders=1)
def number_named_placeholders(response: str, *, num_placeholders: Positive) -> Verdict:
    """There are at least so many ``[...]`` on one line with a letter inside.

    Not counted: the text of a link or an image, a footnote, a single letter right after a Latin letter, a digit or a
    bracket (an index, a plural), the box of a task at the start of a list item.
    """
    count = len(_PLACEHOLDER.findall(_TASK_BOX.sub("", response)))
    return judged(count >= num_placeholders, f"{Number(count):placeholder}")


@constraint(
    "detectable_content:postscript",
    (
        'Add a postscript at the end of your response. It must begin with "{postscript_marker}".',
        'Close your response with a postscript that starts with "{postscript_marker}".',
    ),
    source=IFEVAL,
)
@draws(postscript_marker=choice("P.S.", "P.P.S"))
@touches(sets="ending", uses="lines, spelling", writes="postscript_marker", exactly=True)
@hindsight(postscript_marker=another("P.S.", "P.P.S"))
@passes("Bye.\n\np. s. More.", postscript_marker="P.S.")
@passes("The app.p.serious", postscript_marker="P.P.S")
@passes("Bye. NB more\nBye.", postscript_marker=" ^.*NB ")
@fails("Bye. PS: more", postscript_marker="P.S.")
@fails("Bye. P.S. more", postscript_marker="P.P.S")
def postscript(response: str, *, postscript_marker: Marker) -> Verdict:
    r"""The marker occurs anywhere in the text, ignoring case.

    White space is allowed after a "." inside "P.S." and "P.P.S", which end in "s." and "s". Another marker is stripped,
    lower-cased and searched for as a regular expression.
    """
    marker = postscript_marker.strip()
    found = as_published(_POSTSCRIPTS.get(marker, marker.lower()), re.MULTILINE).search(response.lower())
    return judged(found is not None, "marker found" if found else "no marker")


@corrects(postscript, "The marker may be a part of a word or of a sentence, and anything may follow.")
@passes("Bye.\n\n**P. S.** More.", postscript_marker="P.S.")
@passes("P.S. Mind:\n\nBye.\nP.S.\n\nMore.\n\n---\n\n*PPS* And more.", postscript_marker="P.S.")
@passes("Bye.\nnb: more", postscript_marker=" NB ")
@fails("We love the U.P.S. guys.", postscript_marker="P.S.")
@fails("P.P.Some app", postscript_marker="P.P.S")
@fails("P.S. More.\n\nAnd now to the point.", postscript_marker="P.S.")
@fails("P.S. More.\n\nTo the point.\n\nP.P.S. And more.", postscript_marker="P.S.")
@fails("Bye.\n\nP.S. --", postscript_marker="P.S.")
def postscript_at_the_end(response: str, *, postscript_marker: Text) -> Verdict:
    r"""A line starts with the marker, with words after it, and the response ends there.

    Before the marker only markdown and punctuation may stand; after it at most one paragraph, then further postscripts
    ("P.P.S. ..."). Where several lines start with the marker the last one counts. Case is ignored, white space is
    allowed after each "." of the marker, and the marker is taken literally.
    """
    marker = re.escape(postscript_marker.strip()).replace(r"\.", r"\.\s?")
    starts = list(re.finditer(rf"^(?:[^\w\n]|_)*?{marker}(?!(?<=\w)\w)", response, re.MULTILINE | re.IGNORECASE))
    if not starts:
        return judged(False, f"no line starts with {postscript_marker!r:.40}")
    after = [part for part in paragraphs(response[starts[-1].end() :]) if re.search(r"[^\W_]", part)]
    extra = [part for part in after[1:] if not _ANY_POSTSCRIPT.match(part)]
    return judged(after != [] and extra == [], f"{Number(len(extra)):paragraph} after it" if after else "it is empty")
