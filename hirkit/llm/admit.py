"""Whether a rewritten prompt may be used, whoever wrote it: literal checks only.

The law: what ``admissible`` accepts states every constraint that is kept, relaxed or added, with its arguments; states
none of those dropped, nor the old arguments of those relaxed; and sets the task in the words of the original
(``task.py``). A wrong instruction poisons training and a refusal only costs a row, so whatever cannot be checked is
refused. ``beyond_checking`` tells which asks those are before anyone is asked.

Not promised: good English; nor that nothing hints at a dropped constraint in words that neither the table of wordings
nor its checker knows. Such words are part of the task to us, and stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from hirkit.llm.ask import Ask
from hirkit.llm.reasons import refused
from hirkit.llm.task import (
    CONNECTING,
    Changes,
    denies,
    misnumbered,
    missing,
    number_of,
    pieces,
    surplus,
    tidy,
    unnumbered,
    word_list,
)
from hirkit.llm.wordings import Place, own_words, places, repeated, statements, vocabulary
from hirkit.span import Refused, remains, states
from hirkit.span.editing import dangles
from hirkit.span.ending import append
from hirkit.span.quantities import INF
from hirkit.span.refusals import Refusal
from hirkit.span.relaxing import check_old
from hirkit.span.repeating import REPEAT
from hirkit.span.sentences import split
from hirkit.span.statements import find
from hirkit.span.wordings import TABLE

_COUNTED = re.compile(  # "Follow these 3 rules": one went
    r"\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|both) (?:\w+ )?"
    r"(?:rules|constraints|requirements|conditions|guidelines|restrictions|criteria)\b",
    re.IGNORECASE,
)

LONGEST_WORD = 20
"""Characters that a word of the rewrite may have on average, beyond those of the prompt."""


def beyond_checking(ask: Ask) -> Refused | None:
    """Why no answer to this ask could be admitted: its prompt says a constraint in words that we cannot find."""
    for c in ask.kept:
        found = states(ask.prompt, c, [b for b in ask.before if b is not c], ask.rules)
        if found == "not found":
            return refused("llm: not found in the prompt", f"{c.id}: the prompt does not state it in words we know")
        if found == "disagrees":
            return refused("llm: prompt and arguments disagree", f"{c.id}: it asks for something else than was checked")
    request = repeated(ask.prompt, ask.kept)
    for c, where in zip(ask.changed, places(ask.prompt, ask.changed, ask.kept, ask.rules), strict=True):
        if c.id == REPEAT or any(start < request[1] and request[0] < end for start, end in where):
            return refused("llm: repeats the request", f"{c.id}: the response repeats the request, or was to")
        if not where:
            return refused("llm: not found in the prompt", f"{c.id}: the prompt does not state it in words we know")
    return None


def admissible(ask: Ask, text: str) -> Refused | None:
    """None if the text may take the prompt's place, else the first thing that is wrong with it.

    >>> from constraints import Constraint
    >>> no_comma, lowercase = Constraint("punctuation:no_comma"), Constraint("change_case:english_lowercase")
    >>> ask = Ask("Greet Ann without commas, in all lowercase letters.", [no_comma, lowercase], [no_comma, None])
    >>> admissible(ask, "Greet Ann without commas.")
    >>> admissible(ask, "Greet Bob without commas.").detail
    "'Ann' is gone, or elsewhere"
    """
    if not any(_is_seen(ch) for ch in text):
        return refused("llm: empty answer", "there is no text in it")
    if " ".join(text.split()) == " ".join(ask.prompt.split()):
        return refused("llm: unchanged", "the answer is the prompt as it was")
    prompt, tidied = tidy(ask.prompt), tidy(text)
    return (
        _length(ask, text)
        or beyond_checking(ask)
        or _constraints(ask, text)
        or _task(ask, prompt, tidied)
        or _numbers(ask, prompt, tidied)
        or _repetition(ask, prompt, tidied)
        or _hanging(prompt, tidied)
    )


def _is_seen(ch: str) -> bool:
    return unicodedata.category(ch)[0] not in "CZ"


def _length(ask: Ask, text: str) -> Refused | None:
    """Not much longer than the prompt and the new constraints are: first, so that the rest has little to read."""
    new = (said for c in ask.target if c not in ask.kept for said in own_words(c, ask.rules))
    before, after = len(ask.prompt.split()) + sum(len(said.split()) for said in new), len(text.split())
    if after > before + CONNECTING or len(text) > 2 * len(ask.prompt) + 2 * LONGEST_WORD * (before + CONNECTING):
        return refused("llm: words added", f"{after} words, where there were {len(ask.prompt.split())}")
    return None


def _constraints(ask: Ask, text: str) -> Refused | None:
    """All that is to be stated is, and nothing else."""
    for c in ask.target:
        found = states(text, c, [other for other in ask.target if other is not c], ask.rules)
        if found == "not found":
            return refused("llm: constraint lost", f"{c.id}: not stated in words we know")
        if found == "disagrees":
            return refused("llm: constraint stated otherwise", f"{c.id}: with other arguments, or not of the whole")
    for c in ask.dropped:
        if (words := remains(text, c, ask.target, ask.rules)) is not None:
            return refused("llm: dropped constraint still stated", f"{c.id}: it still says {words!r:.80}")
    for old, new in ask.relaxed:
        try:
            check_old(text, old, new, ask.target, ask.rules)
        except Refusal as still:
            return refused("llm: dropped constraint still stated", still.refused.detail)
    return _ranges(ask, text)


def _ranges(ask: Ask, text: str) -> Refused | None:
    """A range of which one end is no longer asked is gone: "40 to 60" states "at least 40", and more."""
    for t in find(text, split(text), ask.target, ask.rules):
        id = ask.target[min(t.owners)].id
        if t.span is None or not 0 < t.span[0] < t.span[1] < INF or id not in {c.id for c in ask.changed}:
            continue
        bound = TABLE[id].bound
        ends = {end for c in ask.target if c.id == id and bound is not None for end in bound(c.args)}
        if not ends.issuperset(t.span):
            return refused("llm: dropped constraint still stated", f"{id}: it says {text[t.start : t.end]!r:.80}")
    return None


def _task(ask: Ask, prompt: str, text: str) -> Refused | None:
    """The task is the prompt's, and nothing else is in the text."""
    where = places(prompt, ask.changed, ask.kept, ask.rules)
    of_constraints = frozenset(w.text for c in ask.changed for w in word_list(vocabulary(c, ask.rules)))
    changes = Changes([p for found in where for p in found], statements(prompt, ask.kept, ask.rules), of_constraints)
    required, may_go = pieces(prompt, changes)
    if len([word for piece in required for word in word_list(piece.text)]) < 2:
        return refused("llm: task changed", "nothing of the task would be left")
    lost, used = missing(required, text)
    if lost is not None:
        return refused("llm: task changed", f"{lost!r:.80} is gone, or elsewhere")
    known = Counter(w.text for start, end in may_go if "\n" in prompt[start:end] for w in word_list(prompt, start, end))
    known += _still_said(ask, prompt, where[len(ask.dropped) :])
    if (word := surplus(text, used + statements(text, ask.target, ask.rules), prompt, known)) is not None:
        return refused("llm: words added", f"nothing accounts for {word!r:.80}")
    if strange := next((ch for ch in text if not _is_seen(ch) and not ch.isspace() and ch not in prompt), None):
        return refused("llm: words added", f"an invisible character, U+{ord(strange):04X}")
    return _placed(ask, prompt, text, used[-1][1])


def _placed(ask: Ask, prompt: str, text: str, end: int) -> Refused | None:
    """New words do not come last where all that stays ends in a text to work on: they would be read as part of it."""
    now = [i for i, c in enumerate(ask.target) if c not in ask.kept]
    last = max((t.start for t in find(text, split(text), ask.target, ask.rules) if t.owners & {*now}), default=0)
    if last < end:
        return None
    try:
        said_again = [*(old for old, _ in ask.relaxed), *ask.added]
        if append(prompt, ask.before, said_again, ask.rules).startswith(prompt.rstrip()):
            return None
    except Refusal:
        pass
    return refused("llm: constraint stated otherwise", "its words come after a text to work on, as if part of it")


def _still_said(ask: Ask, prompt: str, where: Sequence[Sequence[Place]]) -> Counter[str]:
    """The words that say more of the relaxed constraints, as "Label each section", without what is no longer asked."""
    out = Counter[str]()
    for (old, new), found in zip(ask.relaxed, where, strict=True):
        before, after = ({w.text for said in own_words(c, ask.rules) for w in word_list(said)} for c in (old, new))
        said = (w.text for start, end in found for w in word_list(prompt, start, end))
        out += Counter(w for w in said if w not in before - after and number_of(w) is None and not denies(w))
    return out


def _numbers(ask: Ask, prompt: str, text: str) -> Refused | None:
    """No number but those of the prompt and of the constraints' arguments: "at least 100" may agree with 200."""
    said = (prompt, *(words for c in ask.target for words in own_words(c, ask.rules)))
    known = {number_of(w.text) for words in said for w in word_list(words)}
    counts = (value for c in ask.target for value in c.args.values() if isinstance(value, int))
    known |= {str(value - 1) for value in counts}  # "more than 19" is at least 20, "at most 19" is less than 20
    found = next((w.text for w in word_list(unnumbered(text)) if number_of(w.text) not in known | {None}), None)
    return refused("llm: words added", f"nothing accounts for {found!r:.80}") if found is not None else None


def _repetition(ask: Ask, prompt: str, text: str) -> Refused | None:
    """No constraint is stated in more places than it was: the second statement may say something else."""
    before, after = (
        Counter(i for t in find(said, split(said), list(asked), ask.rules) for i in t.owners)
        for said, asked in ((prompt, ask.before), (text, ask.target))
    )
    remaining = [i for i, new in enumerate(ask.after) if new is not None]
    for now, (was, c) in enumerate(zip(remaining, ask.target, strict=False)):
        ours = (len(statements(said, [c], ask.rules)) for said in own_words(c, ask.rules))
        if after[now] > max(before[was], *ours):
            return refused("llm: words added", f"{c.id} is stated more often than it was")
    return None


def _hanging(prompt: str, text: str) -> Refused | None:
    if dangles(prompt, text):
        return refused("llm: left hanging", "a line leads up to nothing")
    if misnumbered(text) and not misnumbered(prompt):
        return refused("llm: left hanging", "its list skips a number")
    if counted := _COUNTED.search(text):
        return refused("llm: left hanging", f"it counts its {counted.group()!r:.60}, and they are others now")
    return None
