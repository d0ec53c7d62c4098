"""How a response, or each of its parts, opens and closes: phrases, letters, punctuation marks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import ascii_lowercase
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import MinLen

from constraints.args import Letter, Said
from constraints.core import Verdict, judged
from constraints.declare import constraint, draws, fails, hindsight, passes, touches
from constraints.draws import choice
from constraints.hindsight import another, any_of, first_word, those_met
from constraints.invisible import Seen, folded, in_one_word, visible
from constraints.needs import Sentences
from constraints.pieces import Part, parts
from constraints.sources import MULDIMIF

MARKS: Mapping[str, str] = {
    "period": ".。｡．।۔",
    "question mark": "?？؟",
    "exclamation mark": "!！",
    "colon": ":：",
    "semicolon": ";；؛",
    "comma": ",，、،",
    "ellipsis": "…",
}
"""The characters that each mark is written with, in any script."""

MarkName = Literal["period", "question mark", "exclamation mark", "colon", "semicolon", "comma", "ellipsis"]


def either(marks: tuple[str, ...]) -> str:
    """Marks as a sentence offers them.

    >>> either(("period", "ellipsis"))
    'a period or an ellipsis'
    """
    return " or ".join(f"{'an' if mark[0] == 'e' else 'a'} {mark}" for mark in marks)


def plurals(marks: tuple[str, ...]) -> str:
    """Marks as a sentence forbids them.

    >>> plurals(("comma", "ellipsis"))
    'commas or ellipses'
    """
    return " or ".join("ellipses" if mark == "ellipsis" else f"{mark}s" for mark in marks)


def marks_in(words: str) -> tuple[str, ...]:
    """The marks that are named so.

    >>> marks_in("a period or an ellipsis"), marks_in("commas or ellipses")
    (('period', 'ellipsis'), ('comma', 'ellipsis'))
    """
    named = {form: mark for mark in MARKS for form in (either((mark,)), plurals((mark,)))}
    return tuple(named[part] for part in words.split(" or "))


if TYPE_CHECKING:
    Marks = tuple[MarkName, ...]
    NoMarks = tuple[MarkName, ...]
else:
    Marks = Annotated[tuple[MarkName, ...], MinLen(1), Said(either, marks_in)]
    NoMarks = Annotated[tuple[MarkName, ...], MinLen(1), Said(plurals, marks_in)]

_AFTER = " \t\n*_~`|\"'»”’」』›"
_BEFORE = re.compile(r"\A[\s\W_]+")


def last_mark(text: str) -> str:
    """The mark a text ends with, or "": space, closing quotes, markdown's emphasis and a table's pipe aside.

    >>> last_mark("He said: **“Go!”**\\u200b"), last_mark("And so on..."), last_mark("(Well.)")
    ('exclamation mark', 'ellipsis', '')
    """
    end = visible(text).rstrip().rstrip(_AFTER)
    if end.endswith("..."):
        return "ellipsis"
    return next((mark for mark, chars in MARKS.items() if end.endswith(tuple(chars))), "")


def tail(text: str) -> str:
    """The last characters of a text, to be shown."""
    return text.rstrip()[-30:]


def opening(text: str) -> str:
    """The text from its first letter or digit on, folded."""
    return _BEFORE.sub("", folded(text))


def opens_with(text: str, phrase: str) -> bool:
    """Whether the text opens with the phrase, whole; marks before the first letter of either do not matter.

    >>> opens_with('**"Note"**: a', "*Note"), opens_with("Notes", "note"), opens_with("#1", "#")
    (True, False, True)
    """
    text, phrase = (opening(text), opening(phrase)) if opening(phrase) else (folded(text), folded(phrase))
    return text.startswith(phrase) and not in_one_word(phrase, text[len(phrase) :])


@constraint(
    "ends:mark",
    ("Make sure that {part} ends with {marks}.", "Write so that {part} closes with {marks}."),
    source=MULDIMIF,
)
@draws(part=choice("response", "sentence"))
@touches(sets="ending, sentence edges", uses="commas, full stops, questions")
@hindsight(marks=any_of())
@passes("Why not? It is fine. ", marks=["period"])
@passes("好。", marks=["period"])
@passes("Is it?\nIt is!", marks=["question mark", "exclamation mark"], part="line")
@passes("| a |\n|---|\n| Yes. |", marks=["period"], part="table cell")
@fails("It is fine", marks=["period"])
@fails("It is. Is it?", marks=["period"])
@fails("Is it?\nIt is.", marks=["question mark"], part="line")
@fails("It is fine.", marks=["period"], part="table cell")
def ends_with_mark(response: str, sentences: Sentences, *, marks: Marks, part: Part = "response") -> Verdict:
    """The response, or each such part of it, ends with one of the marks; there is such a part.

    Space, closing quotes, markdown's emphasis and a table's last pipe may follow it. Three dots are an ellipsis, not a
    period. The marks of other scripts count: a Chinese full stop is a period.
    """
    found = parts(response, part, sentences)
    wrong = [text for text in found if last_mark(text) not in marks]
    return judged(found != () and not wrong, f"ends with {tail(wrong[0])!r}" if wrong else "")


@constraint(
    "ends:not_mark",
    ("Make sure that {part} does not end with {marks}.", "Write so that {part} ends otherwise than with {marks}."),
    source=MULDIMIF,
)
@draws(part=choice("response", "sentence"))
@touches(sets="ending, sentence edges", uses="commas, full stops, questions")
@hindsight(marks=those_met())
@passes("# Title\n\n## Part", marks=["period"], part="heading")
@passes("What? Yes", marks=["question mark"])
@fails("# Title\n\n## Part.", marks=["comma", "period"], part="heading")
@fails("Text", marks=["period"], part="heading")
def ends_without_mark(response: str, sentences: Sentences, *, marks: Marks, part: Part = "response") -> Verdict:
    """The response, or each such part of it, ends with none of the marks, read as in ``ends:mark``; there is a part."""
    found = parts(response, part, sentences)
    wrong = [text for text in found if last_mark(text) in marks]
    return judged(found != () and not wrong, f"ends with {tail(wrong[0])!r}" if wrong else "")


@constraint(
    "mark:none",
    ("Do not use {marks}.", "Write it without {marks}."),
    source=MULDIMIF,
)
@touches(sets="commas, full stops, questions, sentences", limits=True)
@hindsight(marks=those_met())
@passes("Well... It is 1.5 times as good.", marks=["exclamation mark", "ellipsis"])
@fails("Well！", marks=["comma", "exclamation mark"])
def without_mark(response: str, *, marks: NoMarks) -> Verdict:
    """None of the marks occurs anywhere, of any script; an ellipsis is the single character."""
    found = [mark for mark in marks if set(MARKS[mark]) & set(response)]
    return judged(not found, ", ".join(found))


@constraint(
    "starts:phrase",
    ('Make sure that {part} starts with "{phrase}".', 'Write so that {part} opens with exactly this: "{phrase}".'),
    source=MULDIMIF,
)
@draws(part=choice("response"))
@touches(sets="opening, sentence edges", uses="language, spelling", writes="phrase")
@hindsight(phrase=first_word())
@passes("**Note:** this.", phrase="note")
@passes("- Try it.\n- Try that.", phrase="try", part="list item")
@fails("Noted.", phrase="note")
@fails("Say it.\nTry it.", phrase="try", part="line")
@fails("Try it.", phrase="try", part="list item")
def starts_with_phrase(response: str, sentences: Sentences, *, phrase: Seen, part: Part = "response") -> Verdict:
    """The response, or each such part of it, opens with the phrase, literally and whole; there is such a part.

    Case, and what stands before the first letter or digit (markdown, quotes, brackets), do not matter.
    """
    found = parts(response, part, sentences)
    wrong = [text for text in found if not opens_with(text, phrase)]
    return judged(found != () and not wrong, f"starts with {wrong[0]!r:.60}" if wrong else "")


@constraint(
    "starts:letter",
    (
        'Make sure that {part} starts with the letter "{letter}".',
        'Write so that {part} has "{letter}" as its first letter.',
    ),
    source=MULDIMIF,
)
@draws(part=choice("response"))
@touches(sets="opening, sentence edges", uses="language")
@hindsight(letter=another(*ascii_lowercase))
@passes("**Silver Hall**", letter="s")
@passes("1. Ada\n2. Alan", letter="A", part="list item")
@fails("The Silver Hall", letter="s")
@fails("1. Ada\n2. Grace", letter="A", part="list item")
@fails("Ada", letter="A", part="list item")
def starts_with_letter(response: str, sentences: Sentences, *, letter: Letter, part: Part = "response") -> Verdict:
    """The first letter or digit of the response, or of each such part of it, is this one; there is such a part.

    Case, and whatever stands before it, do not matter.
    """
    found = parts(response, part, sentences)
    wrong = [text for text in found if not opening(text).startswith(folded(letter) or letter)]
    return judged(found != () and not wrong, f"starts with {wrong[0]!r:.60}" if wrong else "")
