"""Words and phrases that must, or must not, be there: taken literally, whole, in the response or in each of its parts.

IFEval's keywords, which are regular expressions, are in ``keywords.py``.
"""

from __future__ import annotations

from typing import Annotated

from annotated_types import MinLen

from constraints.args import listed
from constraints.bounds import Bound, within
from constraints.core import Verdict, judged
from constraints.declare import constraint, draws, fails, hindsight, often, passes, touches
from constraints.draws import bound, choice, words
from constraints.hindsight import bounds, those_met
from constraints.invisible import Seen, occurrences
from constraints.needs import Sentences
from constraints.pieces import Part, parts
from constraints.sources import MULDIMIF

Phrases = Annotated[tuple[Seen, ...], MinLen(1)]


@constraint(
    "mention:all",
    (
        "Make sure that {part} mentions {phrases}.",
        "Write so that {part} includes all of these, word for word: {phrases}.",
    ),
    source=MULDIMIF,
)
@draws(part=choice("response"))
@touches(uses="language, spelling", writes="phrases")
@hindsight(phrases=those_met())
@passes("The SEA was **calm**.", phrases=["calm", "sea"])
@passes("One cat. A cat.", phrases=["cat"], part="sentence", sentences=lambda text: tuple(text.split(". ")))
@fails("The sea was rough.", phrases=["calm", "sea"])
@fails("One cat. A dog.", phrases=["cat"], part="sentence", sentences=lambda text: tuple(text.split(". ")))
@fails("Concatenate.", phrases=["cat"])
@fails("cat", phrases=["cat"], part="list item")
def mention_all(response: str, sentences: Sentences, *, phrases: Phrases, part: Part = "response") -> Verdict:
    """Each phrase occurs, in the response or in each such part of it, of which there is one.

    It occurs where it stands literally and whole: no letter or digit touches a letter or digit at its ends. Case, line
    breaks, curly quotes and encoding do not matter; in scripts without spaces a phrase may stand anywhere.
    """
    found = parts(response, part, sentences)
    missing = [phrase for phrase in phrases if not all(occurrences(phrase, text) for text in found)]
    return judged(found != () and not missing, f"missing {listed(tuple(missing))}" if missing else "")


@constraint(
    "mention:any",
    (
        "Make sure that {part} mentions {phrases}: at least one of them.",
        "Write so that {part} includes, word for word, one or more of these: {phrases}.",
    ),
    source=MULDIMIF,
)
@draws(part=choice("response"))
@touches(uses="language, spelling", writes="phrases")
@passes("A calm sea.", phrases=["lake", "sea"])
@passes("A lake. The sea.", phrases=["lake", "sea"], part="sentence", sentences=lambda text: tuple(text.split(". ")))
@fails("A calm river.", phrases=["lake", "sea"])
@fails("A lake. A river.", phrases=["lake", "sea"], part="sentence", sentences=lambda text: tuple(text.split(". ")))
@fails("sea", phrases=["sea"], part="list item")
def mention_any(response: str, sentences: Sentences, *, phrases: Phrases, part: Part = "response") -> Verdict:
    """One of the phrases occurs, literally and whole, in the response or in each such part of it; there is one."""
    found = parts(response, part, sentences)
    without = [text for text in found if not any(occurrences(phrase, text) for phrase in phrases)]
    return judged(found != () and not without, f"none in {without[0]!r:.60}" if without else "")


@constraint(
    "mention:times",
    ("Use each of {phrases} {times:time}.", "In your response {phrases} must occur {times:time} each."),
    source=MULDIMIF,
)
@draws(phrases=words(1, 3), times=bound(1, 4))
@touches(uses="language, spelling, repetition", writes=often("phrases", "times"), limits=True)
@hindsight(times=bounds(), phrases=those_met())
@passes("Art is art; part of a start.", phrases=["art"], times=[2, 2])
@passes("A sea, a lake.", phrases=["sea", "lake"], times=[None, 1])
@fails("A sea, a sea, a lake.", phrases=["sea", "lake"], times=[2, None])
def mention_times(response: str, *, phrases: Phrases, times: Bound) -> Verdict:
    """Each phrase occurs, literally and whole, as often as asked, in any case."""
    counts = [occurrences(phrase, response) for phrase in phrases]
    return judged(all(within(count, times) for count in counts), f"{counts} times")


@constraint(
    "mention:none",
    ("Do not mention {phrases}.", "Avoid all of these: {phrases}.", "Write it without {phrases}."),
    source=MULDIMIF,
)
@touches(uses="language", limits=True)
@hindsight(phrases=those_met())
@passes("Stormy, not that.", phrases=["storm"])
@fails("A calm. A STORM.", phrases=["rain", "storm"])
def mention_none(response: str, *, phrases: Phrases) -> Verdict:
    """None of the phrases occurs, literally and whole, in any case."""
    found = [phrase for phrase in phrases if occurrences(phrase, response)]
    return judged(not found, f"found {listed(tuple(found))}" if found else "")
