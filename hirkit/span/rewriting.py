"""Rewrite a prompt so that it asks for what a response achieved: take words out, change words, add words, nothing else.

Where to begin reading. A constraint may be dropped: the words that state it are taken out (``removal.py``). It may be
relaxed, that is, have other arguments: they are changed where they stand (``relaxing.py``), and where that is not
certain the old words are taken out and its checker's words put at the end. And others may be added there
(``ending.py``).

The law: the result asks for every kept constraint in its own words, for every other that is asked now in words that
agree with its arguments, for nothing else that was asked of old, and holds the rest of the prompt unchanged; or the
answer is ``Refused`` with a reason. A wrong instruction poisons training and a refusal only costs a row, so whatever is
not certain is refused: words not found, words shared with a kept constraint, words that are the task. Same input, same
output; no state; linear in the length of the prompt.

Not promised: that the prompt asks for nothing beyond its constraints, or that wordings outside the table are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from constraints.core import Constraint
from hirkit.span.editing import GAP
from hirkit.span.ending import append
from hirkit.span.phrases import LIST
from hirkit.span.refusals import Refusal, Refused
from hirkit.span.relaxing import check_old, relax
from hirkit.span.removal import remove
from hirkit.span.repeating import REPEAT
from hirkit.span.row import Row


def rewrite_span(
    prompt: str,
    before: Sequence[Constraint],
    after: Sequence[Constraint | None],
    added: Sequence[Constraint] = (),
    rules: str = "fixed",
) -> str | Refused:
    """The prompt that asks for ``after`` and ``added`` in the place of ``before``, or why there is none.

    ``after[i]`` is ``before[i]`` itself where it is kept, None where it is dropped, another constraint of its id where
    it is relaxed. ``added`` are stated at the end, in the words they have or their checkers under ``rules`` give them.
    Raises ``ValueError`` if nothing changes or nothing is left to ask, ``ConstraintError`` if the arguments of what is
    new cannot be put into words.

    >>> length, no_comma = asked = [
    ...     Constraint("length_constraints:number_words", {"relation": "at least", "num_words": 90}),
    ...     Constraint("punctuation:no_comma"),
    ... ]
    >>> rewrite_span("Write a note to Ann with at least 90 words and no commas.", asked, [None, no_comma])
    'Write a note to Ann with no commas.'
    >>> fewer = Constraint(length.id, {"relation": "at least", "num_words": 70})
    >>> rewrite_span("Write a note to Ann with at least 90 words and no commas.", asked, [fewer, no_comma])
    'Write a note to Ann with at least 70 words and no commas.'
    """
    if len(before) != len(after):
        raise ValueError(f"{len(before)} constraints before, but {len(after)} after")
    now = [old if new == old else new for old, new in zip(before, after, strict=True)]
    if any(new is not None and new.id != old.id for old, new in zip(before, now, strict=True)):
        raise ValueError("a relaxed constraint must have the id it had")
    same = all(new is old for old, new in zip(before, now, strict=True))
    if (same and not added) or not (added or any(now)):
        raise ValueError("nothing to rewrite: change or add at least one of the constraints, and keep something")
    if GAP in prompt or LIST in prompt:
        return Refused("unreadable without it", "the prompt contains a character that is reserved for editing")
    try:
        return _rewrite(prompt, before, now, added, rules)
    except Refusal as refusal:
        return refusal.refused


def _rewrite(
    prompt: str,
    before: Sequence[Constraint],
    after: Sequence[Constraint | None],
    added: Sequence[Constraint],
    rules: str,
) -> str:
    for c in after:
        if c is not None and c.id != REPEAT and "prompt_to_repeat" in c.args:
            raise Refusal("repeats the request", f"{c.id}: what the response copies would be another text")
    relaxed = {i: new for i, new in enumerate(after) if new is not None and new is not before[i]}
    known = {i: c for i, c in enumerate(before) if after[i] is not None or c.id != REPEAT}
    apart = [i for i, new in relaxed.items() if _relaxed(prompt, known, i, new, rules) is None]
    kept = [new is not None and i not in apart for i, new in enumerate(after)]
    text = prompt if all(kept) else remove(Row(prompt, tuple(before), tuple(kept), rules))
    stated = {i: c for i, c in enumerate(before) if kept[i]}
    for i in [i for i in relaxed if i not in apart]:
        changed = _relaxed(text, stated, i, relaxed[i], rules)
        if changed is None:
            raise Refusal("unreadable without it", f"{before[i].id}: not to be found as it was, without the others")
        text, stated[i] = changed, relaxed[i]
    at_end = [relaxed[i] for i in apart] + list(added)
    if at_end:
        text = append(text, list(stated.values()), at_end, rules)
    for i, new in relaxed.items():
        check_old(text, before[i], new, [*stated.values(), *at_end], rules)
    return text


def _relaxed(text: str, stated: Mapping[int, Constraint], i: int, new: Constraint, rules: str) -> str | None:
    return relax(text, list(stated.values()), list(stated).index(i), new, rules)
