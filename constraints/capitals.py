"""Capital and small letters, in the whole response or in each of its parts. IFEval's are in ``case.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from constraints.args import Said
from constraints.case import LONG
from constraints.core import Verdict, judged
from constraints.declare import constraint, draws, fails, hindsight, passes, touches
from constraints.draws import choice
from constraints.hindsight import another, left_out
from constraints.invisible import visible
from constraints.language import looks_english
from constraints.needs import LanguageId, Sentences
from constraints.pieces import Part, parts
from constraints.sources import MULDIMIF
from constraints.text import whole_words

SAID = {
    "upper": "in capital letters only",
    "lower": "in small letters only",
    "capitalized": "with the first letter of each word capitalized",
}
StyleName = Literal["upper", "lower", "capitalized"]


def in_english(english: bool) -> str:
    """English or any language, as a wording says it."""
    return "in English, " if english else ""


if TYPE_CHECKING:
    Style = StyleName
    English = bool
else:
    Style = Annotated[StyleName, Said(SAID.get)]
    English = Annotated[bool, Said(in_english)]


def offender(text: str, style: str) -> str:
    """The first word that is not in the style, "" where all are; "?" where no letter has a case.

    >>> offender("The Sea-side, (calm)", "capitalized"), offender("ICH WEIß", "upper"), offender("42", "lower")
    ('calm', 'WEIß', '?')
    """
    found = whole_words(text)
    if not any(word != word.lower() or word != word.upper() for word in found):
        return "?"
    turned = {"upper": str.upper, "lower": str.lower, "capitalized": capitalized}[style]
    return next((word for word in found if word != turned(word)), "")


def capitalized(word: str) -> str:
    """The word with a capital first letter, where that has one; what opens with a digit stays as it is.

    >>> capitalized("élan"), capitalized("iPhone"), capitalized("3rd")
    ('Élan', 'IPhone', '3rd')
    """
    return word[:1].upper() + word[1:]


@constraint(
    "case:style",
    ("Make sure that {part} is written {english}{style}.", "Write so that {part} is {english}{style}."),
    source=MULDIMIF,
)
@draws(part=choice("response"))
@touches(sets="case", uses="language", limits="upper, lower")
@hindsight(style=another(), english=left_out(False))
@passes("ALL 2 CAPS: HERE.", style="upper")
@passes("Élan Du 3rd 'Well-known' NATO.", style="capitalized")
@passes("# The Sea\n\nIt was calm.", style="capitalized", part="heading")
@passes("The Sea.", style="capitalized", english=True, detect={}.get)
@passes(LONG, style="lower", english=True, detect={LONG: "en"}.get)
@fails(LONG, style="lower", english=True, detect={LONG: "nl"}.get)
@fails("Die See.", style="upper")
@fails('"hello" (World)', style="capitalized")
@fails("# THE SEA\n\n## Calm", style="upper", part="heading")
@fails("123 !!!", style="upper")
@fails("THE SEA", style="upper", part="heading")
def case_style(
    response: str,
    sentences: Sentences,
    detect: LanguageId,
    *,
    style: Style,
    part: Part = "response",
    english: English = False,
) -> Verdict:
    """Each word of the response, or of each such part of it, is in the style; a letter has a case; there is a part.

    A word is a run of letters, digits and marks, joined by hyphens and apostrophes ("Well-known" is one). Capitalized
    means that its first character is no small letter. English is judged as in ``change_case:english_capital``, fixed.
    """
    found = parts(response, part, sentences)
    wrong = [word for text in found if (word := offender(text, style))]
    if not found or wrong:
        return judged(False, f"{wrong[0]!r:.40}" if wrong else "there is no such part")
    return judged(not english or looks_english(visible(response), detect), "")
