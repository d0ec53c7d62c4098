"""How a response begins and ends."""

from __future__ import annotations

import re

from constraints.args import Text
from constraints.core import Verdict, judged
from constraints.declare import constraint, corrects, draws, fails, hindsight, passes, touches
from constraints.draws import ending
from constraints.hindsight import last_sentence
from constraints.invisible import Seen, folded, in_one_word, visible
from constraints.sources import IFEVAL

CLOSING = " *_~`\"'»」』"
"""What may follow the last word without being one: space, markdown's emphasis and closing quotes."""


@constraint(
    "startend:end_checker",
    (
        'Close your response with exactly this phrase, and let nothing follow it: "{end_phrase}".',
        'The very last words of your answer must be "{end_phrase}".',
        'End on "{end_phrase}" and add no word after that.',
    ),
    source=IFEVAL,
)
@draws(end_phrase=ending)
@touches(sets="ending", uses="language, spelling, neighbours, lines", writes="end_phrase", exactly=True)
@hindsight(end_phrase=last_sentence())
@passes("Well. Peace! ", end_phrase="PEACE! ")
@passes('"Well. Peace!"', end_phrase="Peace!")
@passes("xxxthank you.", end_phrase="Thank you.")  # no word boundary is asked for
@fails("Peace! Bye.", end_phrase="Peace!")
@fails("Peace!*", end_phrase="Peace!")
@fails('I said "Bye"', end_phrase='"Bye"')  # the response has lost its quotes, the phrase has not
def end_checker(response: str, *, end_phrase: Text) -> bool:
    """The response ends with the phrase: both stripped and lower-cased, the response of double quotes too."""
    return response.strip().strip('"').lower().endswith(end_phrase.strip().lower())


@corrects(end_checker, "Takes the quotes from the response but not from the phrase, and ends within words.")
@passes('I said "Bye"', end_phrase='"Bye"')
@passes("**Any other questions?**\u200b", end_phrase="Any other questions?")
@passes("“It’s\nover.”", end_phrase=" IT'S OVER.")
@passes("我说谢谢", end_phrase="谢谢")
@fails("xxxthank you.", end_phrase="Thank you.")
@fails("Peace! Bye.", end_phrase="Peace!")
@fails("I said bye.", end_phrase='"Bye."')
def end_checker_fixed(response: str, *, end_phrase: Seen) -> bool:
    """The response ends with the phrase, which starts no later than a word does; only space, closing quotes and
    markdown's emphasis may follow. Case, line breaks, curly quotes and invisible characters make no difference.
    """
    before, found, after = folded(response).rpartition(folded(end_phrase))
    return bool(found) and not after.strip(CLOSING) and not in_one_word(before, found)


@constraint(
    "startend:quotation",
    (
        "Put your whole response between double quotation marks.",
        "Your answer should open with a double quotation mark, close with one, and have nothing outside of them.",
    ),
    source=IFEVAL,
)
@touches(sets="opening, ending, quotes")
@passes(' "Hi."\n')
@passes('""')
@passes('"Hi" he said. "Bye"')  # what lies between is not looked at
@fails("“Hi.”")
@fails('"Hi.')
@fails('Hi."')
@fails('"')
@fails('"Hi."\u200b')
def quotation(response: str) -> bool:
    """The first and the last character, once stripped, are ASCII double quotes, and not the same one."""
    text = response.strip()
    return text != '"' and text.startswith('"') and text.endswith('"')


_PAIRS = {'"': '"', "“": "”", "„": "“", "«": "»", "»": "«", "「": "」", "『": "』"}
_STRAIGHT = re.compile(r'(?P<opens>(?<!\w)"(?=\w)|(?<!\S)"(?=\S))|(?<=\w)"(?!\w)|(?<=\S)"(?!\S)')
"""A straight quote opens or closes by what touches it: ``("yes"``, not ``6"x4`` or ``."!``, which may be either."""


def _unquoted(text: str, opens: str) -> str:
    """Find what stands outside of all quotations, in a text that begins inside one."""
    marks = _STRAIGHT if opens == '"' else re.compile(f"(?P<opens>{opens})|{_PAIRS[opens]}")
    depth, end, outside = 1, 0, []
    for mark in marks.finditer(text):
        if depth == 0:
            outside.append(text[end : mark.start()])
        depth = depth + 1 if mark["opens"] else max(depth - 1, 0)
        end = mark.end()
    return "".join([*outside, text[end:] if depth == 0 else ""]).strip()


@corrects(quotation, "Looks at the first and last character only, and at no quotes but ASCII ones.")
@passes(' "Hi."\n')
@passes("“Hi.”")
@passes("„Hallo.“")
@passes('"Hi."\u200b')
@passes('"She said "hello" and left."')
@passes("«Un «deux» trois»")
@passes('"One."\n\n"Two."')
@passes('"A"')
@fails('"Hi" he said. "Bye"')
@fails("“Hi” he said. “Bye”")
@fails('"Title"\n\nText."')
@fails('"Hi.')
@fails('Hi."')
@fails('" "')
@fails('"')
@fails('“Hi."')
def quotation_fixed(response: str) -> Verdict:
    """The response begins with one of " “ „ « » 「 『, ends with that one's partner, has something in between, and
    nothing but space outside of such quotation marks. Quotations within quotations are fine.
    """
    text = visible(response).strip()
    inner = text[1:-1]
    if _PAIRS.get(text[:1]) != text[-1:] or not inner.strip():
        return judged(False, "not between quotation marks")
    outside = _unquoted(inner, text[:1])
    return judged(not outside, f"outside of quotation marks: {outside:.40}" if outside else "quoted")
