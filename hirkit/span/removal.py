"""Taking out of a prompt the words of constraints that are to go, and nothing else.

Prompts in the manner of IFEval weave their constraints into prose: "Write a poem about rain, in all lowercase
letters. Do not use commas." The words that state each constraint are found (``statements.py``), those that are to go
are removed sentence by sentence, and what the removal leaves is repaired (``prose.py``, ``editing.py``): conjunctions,
commas, a capital, an article, the numbers of a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hirkit.span import attached, editing, prose
from hirkit.span.editing import GAP, Edit
from hirkit.span.prose import Item
from hirkit.span.quantities import INF
from hirkit.span.refusals import Refusal
from hirkit.span.repeating import REPEAT, Repeating, check_outside, check_request, find_repeating
from hirkit.span.result import check_result
from hirkit.span.row import Row
from hirkit.span.sentences import Sentence, split
from hirkit.span.statements import Statement, bound_of, by_sentence, find
from hirkit.span.vocabulary import THE_THING
from hirkit.span.wordings import TABLE


def remove(row: Row) -> str:
    """The prompt without the words of what is not kept. Raises ``Refusal`` where that is not certain."""
    sentences = split(row.prompt)
    found = find(row.prompt, sentences, row.constraints, row.rules)
    repeating = find_repeating(row, sentences)
    _check_found(row, found)
    edits = list(_edits(row, sentences, found, repeating))
    check_request(edits, repeating)
    result = editing.apply(row.prompt, edits)
    check_result(row, sentences, found, result)
    if editing.dangles(row.prompt, result):
        raise Refusal("unreadable without it", "a line would lead up to nothing")
    return result


def _check_found(row: Row, found: Sequence[Statement]) -> None:
    """Each constraint is stated, with its number if it has one; each kept one as it was checked."""
    for i, c in enumerate(row.constraints):
        mine = [t for t in found if i in t.owners]
        if c.id != REPEAT and all(t.supports for t in mine):
            if c.id not in TABLE:
                raise Refusal("no wording known", f"{c.id}: hirkit does not know how prompts word this constraint")
            raise Refusal("not found", f"{c.id}: the prompt does not state it in words we know")
        if any(t.limited for t in mine):
            raise Refusal("prompt and arguments disagree", f"{c.id}: asked of a part only, or under a condition")
        if row.kept[i] and not all(t.agrees for t in mine):
            raise Refusal(
                "prompt and arguments disagree", f"{c.id}: the prompt asks for something else than was checked"
            )


# ------------------------------------------------------------------------------------------------ sentence by sentence

# "For example: *text*" goes with what it is an example of.
_FOLLOWS = re.compile(
    r"(?:for (?:example|instance)|examples?|e\.g\.|such as|like(?: this)?|i\.e\.)(?:[,: ].{0,90}|:)$",
    re.IGNORECASE | re.DOTALL,
)
_TURNS = re.compile(r"(?:but|however,|yet|still,|then,?) ", re.IGNORECASE)
_POINTS_BACK = re.compile(
    r"(?:in particular|each|every|both|this|these|those|that|they|such|each of|the total|the sentences)\b",
    re.IGNORECASE,
)


def _edits(
    row: Row, sentences: Sequence[Sentence], found: Sequence[Statement], repeating: Sequence[Repeating]
) -> Iterator[Edit]:
    stated = by_sentence(sentences, found)
    no_more = frozenset[int]().union(*(r.sentences for r in repeating if not r.kept))
    check_outside(sentences, repeating, no_more | stated.keys())
    gone: Sentence | None = None  # the sentence before, if all of it went
    shown = False  # whether what the sentence before ended in went, so that its example must go
    for s in sentences:
        mine = stated.get(s.start, [])
        if s.start in no_more:
            if any(row.keeps(t) for t in mine):
                raise Refusal("shared with a kept constraint", f"{REPEAT}: its sentence also states a kept constraint")
            edits = [(s.start, s.block_end, GAP)]
        elif shown and not mine and _FOLLOWS.match(row.prompt, s.start, s.end):
            edits = [(s.start, s.block_end, GAP)]
        else:
            edits = list(_edits_of(row, s, mine))
        whole = edits == [(s.start, s.block_end, GAP)]
        if gone and not whole:
            yield from _mend_start(row.prompt, gone, s, edits)
        yield from edits
        gone = s if whole else None
        shown = whole or bool(mine and not row.keeps(mine[-1]))


def _mend_start(prompt: str, gone: Sentence, s: Sentence, edits: Sequence[Edit]) -> Iterator[Edit]:
    """After a removed "Your answer must …", "It must also …" says whose "it" is, and "But" has nothing to turn against.

    Other words that point back cannot be mended.
    """
    text = prompt[s.start : s.end]
    subject = re.match(
        rf"(?:also,? |additionally,? |please ){{0,3}}({THE_THING}) ", prompt[gone.start : gone.end], re.I
    )
    if subject and (it := re.match(r"(?:(?:also|additionally|finally),? )?(it) ", text, re.IGNORECASE)):
        name = subject[1][0].upper() if it.start(1) == 0 else subject[1][0].lower()
        mended = (s.start + it.start(1), s.start + it.end(1), name + subject[1][1:])
    elif turn := _TURNS.match(text):
        mended = (s.start, s.start + turn.end() + 1, text[turn.end() : turn.end() + 1].upper())
    elif _POINTS_BACK.match(text):
        raise Refusal("unreadable without it", "the next sentence refers back to the one that would go")
    else:
        return
    if any(start < mended[1] for start, _, _ in edits):
        raise Refusal("unreadable without it", "the next sentence refers back to the one that would go")
    yield mended


def _edits_of(row: Row, s: Sentence, statements: Sequence[Statement]) -> Iterator[Edit]:
    """The edits to one sentence: none, all of it, or one for each run of statements that are joined to each other."""
    failed = [t for t in statements if not row.keeps(t)]
    halves = [t for t in statements if row.keeps(t) and row.fails(t)]
    if failed and halves:
        raise Refusal("shared with a kept constraint", f"{row.name(halves[0])}: stated with a kept one, beside others")
    yield from (_halve(row, t) for t in halves)
    for run in _runs(row, s, statements):
        if any(item.drop for item in run):
            yield _edit_run(row.prompt, s, run, row.name(failed[0]))


_A_RANGE = re.compile(r"(?:in )?(?:the range of |between )?\b\w+(?:-| - |–| to | and | or )\w+\b", re.IGNORECASE)


_EXACTLY = re.compile(r"^(?:(?:exactly|precisely|just|only) )?(?=\w+$)", re.IGNORECASE)


def _halve(row: Row, t: Statement) -> Edit:
    """ "40 to 60" becomes "at least 40" where only the lower bound was met, and "exactly 3" "at most 3"."""
    name = row.name(t)
    keepers = [row.constraints[i] for i in t.owners if row.kept[i]]
    bound = bound_of(keepers[0])
    if t.number is None or t.span is None or bound is None or {c.id for c in keepers} != {name} or len(keepers) > 1:
        raise Refusal("shared with a kept constraint", f"{name}: the same words state a kept constraint")
    low, high = bound(keepers[0].args)
    bounded, n = ("at most", high) if low == 0 else ("at least", low)
    words = row.prompt[slice(*t.number)]
    half, done = _EXACTLY.subn(f"{bounded} ", words)
    if t.span[0] < t.span[1]:
        half, done = _A_RANGE.subn(f"{bounded} {n:g}", words, count=1)
    if done != 1 or not 0 < t.span[0] <= t.span[1] < INF or not (low == t.span[0] or high == t.span[1]):
        raise Refusal("shared with a kept constraint", f"{name}: the same words state both ends, and cannot be split")
    return *t.number, half


def _runs(row: Row, s: Sentence, statements: Sequence[Statement]) -> list[list[Item]]:
    """The statements of a sentence, those that are joined only by a comma, "and", "but" … together."""
    runs: list[list[Item]] = []
    last = s.start
    for t in statements:
        left, words = row.prompt[last : t.start], row.prompt[t.start : t.end]
        item = prose.read_item(left, words, t.start, t.kind, drop=not row.keeps(t), first=last == s.start)
        if item.foreign and (item.drop or row.name(t) != "keywords:existence"):  # a keyword may stand anywhere
            raise Refusal("part of the task", f"{row.name(t)}: said of something else than the response")
        if item.joined and runs:
            runs[-1].append(item)
        else:
            runs.append([item])
        last = t.end
    return runs


# ---------------------------------------------------------------------------------------------------------- run by run


def _edit_run(prompt: str, s: Sentence, run: Sequence[Item], name: str) -> Edit:
    """Take out what goes of a run, or the whole sentence where that is all it says."""
    start, end, last = run[0].start, run[-1].end, run[-1]
    rest = prompt[end : s.end]
    pure = start == s.start and run[0].separator == ""  # the run begins its sentence: there is no task before it
    all_goes = all(item.drop for item in run)
    if last.drop:
        attached.check_block(prompt, s, name)
    if any(re.search(r"\bor\b", item.separator, re.IGNORECASE) for item in run):
        raise Refusal("shared with a kept constraint", f"{name}: the prompt leaves a choice")
    goes_on = attached.NEXT.match(rest)
    if pure and last.drop and not (goes_on or attached.ENDS.fullmatch(rest)):
        raise Refusal("part of the task", f"{name}: its words go on into the task")
    if pure and all_goes and goes_on:
        if s.block_end > s.end:
            raise Refusal("unreadable without it", f"{name}: its sentence goes on after the lines it shows")
        end += goes_on.end()
        return start, end + 1, prompt[end].upper()
    if pure and all_goes:
        return s.start, s.block_end, GAP
    if not pure:
        attached.check_attached(prompt[s.start : start], run, rest, name)
    new = prose.compose(run, pure=pure)
    if new is None:
        raise Refusal("unreadable without it", f"{name}: the sentence cannot be put together again without it")
    if last.drop and not pure and re.match(r", (?!and|but|or)\w", rest):
        end += 1  # "in Hindi, about …": the comma belonged to what goes
    if last.drop and s.block_end > s.end:
        end = s.block_end
    stopped = prompt[s.start : s.end].rstrip("\"”’')").endswith((".", "!", "?"))
    if last.drop and (end > s.end or (end == s.end and stopped)) and not new.rstrip("\"”’'").endswith((".", "!", "?")):
        new += "."
    if pure and prompt[start].isupper():
        new = new[:1].upper() + new[1:]
    return start, end, new + (GAP if all_goes else "")
