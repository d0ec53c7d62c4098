"""Find the words of a prompt that state its constraints.

``find`` returns every statement it knows (``wordings.py``, ``own_words.py``), with the constraints that own it and
whether its words agree with their arguments: a response that passes the check must be sure to do what the words ask.
"At least 3" agrees with a check for exactly 3; "exactly 3" does not agree with a check for at least 3. Words inside
quotation marks are what someone else says.

A statement that is ``limited``, to a part of the response ("no commas in the last line") or by a condition, is not
what the check is about. Not promised: that every limit is seen.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from constraints.core import Args, Constraint
from hirkit.span.own_words import places
from hirkit.span.phrases import filled, listed, lists, words_in
from hirkit.span.quantities import INF, Range, opposite, quantity
from hirkit.span.sentences import Sentence
from hirkit.span.vocabulary import CANNOT, MODAL
from hirkit.span.wordings import TABLE, Entry, Kind


@dataclass(frozen=True, slots=True)
class Statement:
    """Words ``[start, end)`` of the prompt that state the constraints ``owners`` (indices)."""

    start: int
    end: int
    kind: Kind
    owners: frozenset[int]
    agrees: bool = True
    supports: bool = False  # says something about the constraint, but not its number
    number: tuple[int, int] | None = None  # where the words of its quantity are
    span: Range | None = None  # what they say
    words: tuple[int, int] | None = None  # where its list of words is
    limited: bool = False  # to a part of the response, or by a condition
    own: bool = False  # the words that the constraint comes with, or that its checker gives it


def find(
    prompt: str, sentences: Sequence[Sentence], constraints: Sequence[Constraint], rules: str = "fixed"
) -> list[Statement]:
    """Every statement of every constraint, in order, none overlapping: the longest words win.

    Words that disagree with the arguments are a statement only of a constraint that is the only one of its id.
    """
    ids = [c.id for c in constraints]
    said = [
        t
        for i, c in enumerate(constraints)
        for t in (*_own(prompt, sentences, i, c, rules), *_statements_of(prompt, sentences, i, c))
    ]
    exact = _said_exactly(said, constraints)
    candidates = [replace(t, agrees=True) if t in exact else t for t in said]
    candidates = [t for t in candidates if t.agrees or all(ids.count(constraints[i].id) == 1 for i in t.owners)]
    candidates.sort(key=lambda t: (t.start - t.end, not t.agrees, t.start, min(t.owners)))
    chosen: dict[tuple[int, int], Statement] = {}
    starts: list[int] = []
    ends: list[int] = []
    for t in candidates:
        at = bisect_right(starts, t.start)
        if same := chosen.get((t.start, t.end)):
            chosen[t.start, t.end] = replace(same, owners=same.owners | t.owners, agrees=same.agrees and t.agrees)
        elif (at == 0 or ends[at - 1] <= t.start) and (at == len(starts) or t.end <= starts[at]):
            chosen[t.start, t.end] = t
            starts.insert(at, t.start)
            ends.insert(at, t.end)
    return [chosen[span] for span in zip(starts, ends, strict=True)]


def _said_exactly(said: Sequence[Statement], constraints: Sequence[Constraint]) -> set[Statement]:
    """ "Exactly 3" states "at least 3" and "less than 4" together, where one constraint asks for each."""
    exact: dict[tuple[int, int, Range], list[Statement]] = {}
    for t in said:
        if t.span is not None and t.span[0] == t.span[1]:
            exact.setdefault((t.start, t.end, t.span), []).append(t)
    out: set[Statement] = set()
    for (_, _, span), same in exact.items():
        wants = [bound(constraints[i].args) for t in same for i in t.owners if (bound := bound_of(constraints[i]))]
        if (max(low for low, _ in wants), min(high for _, high in wants)) == span:
            out.update(same)
    return out


def bound_of(c: Constraint) -> Callable[[Args], Range] | None:
    """What range of counts its arguments allow, where it is about one and the table knows it."""
    return TABLE[c.id].bound if c.id in TABLE else None


def by_sentence(sentences: Sequence[Sentence], found: Sequence[Statement]) -> dict[int, list[Statement]]:
    """Statements by the start of their sentence."""
    starts = [s.start for s in sentences]
    out: dict[int, list[Statement]] = {}
    for t in found:
        out.setdefault(starts[bisect_right(starts, t.start) - 1], []).append(t)
    return out


def cue(c: Constraint) -> re.Pattern[str]:
    """What must not be left of a constraint once its statements are gone. ``KeyError`` for ids outside the table."""
    entry = TABLE[c.id]
    pattern = entry.cue
    for name, value in entry.fields(c.args).items():
        pattern = pattern.replace(f"@{name}@", value)
    return re.compile(pattern, re.IGNORECASE)


_REACH = 160  # characters
_PLEASE = r"(?:,? (?:please|thank you|thanks)(?=[.,;!?]|$| and\b))?"
_WHICH = r"(?:first|second|third|fourth|fifth|last|final|opening|closing|other|same|very|main|\d+(?:st|nd|rd|th))"
_PARTS = r"(?:sections?|paragraphs?|stanzas?|lines?|sentences?|bullets?|bullet points?|items?|chapters?)"
_MARGINS = r"(?:titles?|headings?|headers?|headlines?|captions?|subject lines?|introductions?|conclusions?)"
_A_PART = rf"(?:(?:{_WHICH} ){{0,2}}(?:{_PARTS}|{_MARGINS})|{_WHICH} (?!of\b)\w+)\b"
_LIMITED_AFTER = re.compile(  # "no commas | in the last line", "avoid commas | unless …"
    r" ?\(?,? ?(?:in|for|on|within|per|to|of|inside|as|from|at the (?:start|beginning|end) of) (?:(?:just|only) )?"
    rf"(?:(?:each|every|any|all|both|one|some) (?:of )?)?(?:(?:the|its|your|a|an) )?{_A_PART}|,? each\b"
    r"|,? (?:except|unless|if|apart from|other than|when|where possible|if possible)\b",
    re.IGNORECASE,
)
_LIMITED_BEFORE = re.compile(
    # "Each paragraph must have | at least 3 sentences", "In the title, use | no commas", "The last line | must not …"
    rf"(?:\b(?:each|every)(?: (?:of|one of) the)?|\b(?:the|its|your|both|\w+['’]s)) {_A_PART}"
    r"(?: (?:of|in) [^.,;]{1,30})?"
    rf"(?:,? (?:{MODAL}|is|are|has|have|contains?|with|in|of|to|using|without|at|use|write) (?:[\w']+ ){{0,2}}| )$"
    # "a story with dialogue | in Spanish"
    rf"|\b(?:{_MARGINS}|dialogues?|quotes?|quotations?) (?:entirely |only |all |just )?$"
    # "If it rhymes, use | no commas", "You don't have to | avoid commas", "Feel free to | skip commas"
    r"|^(?:please )?(?:if|unless)\b|\b(?:needn['’]t|need not|(?:do(?:es)?(?: not|n['’]t)) (?:have|need)|not necessary"
    r"|no need|never mind|feel free|not required)\b[^.,;]*$",
    re.IGNORECASE,
)
_NOT_AFTER = re.compile(rf" (?:{CANNOT}|{MODAL} (?:not|never))\b", re.IGNORECASE)  # "the word kite | must not appear"


@lru_cache(4096)  # the cache of ``re`` holds fewer patterns than a file of prompts needs
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _own(prompt: str, sentences: Sequence[Sentence], i: int, c: Constraint, rules: str) -> Iterator[Statement]:
    bound = bound_of(c)
    span = bound(c.args) if bound else None
    for start, end in places(prompt, sentences, c, rules):
        yield Statement(start, end, "clause", frozenset({i}), span=span, own=True)


def _statements_of(prompt: str, sentences: Sequence[Sentence], i: int, c: Constraint) -> Iterator[Statement]:
    entry = TABLE.get(c.id)
    if entry is None:
        return
    fields = entry.fields(c.args)
    read = prompt if (words := _keywords(c)) is None else lists(prompt, words)  # a list is one character, repeated
    if read is None:
        return
    for kind, phrase in entry.says:
        pattern = _compiled(rf"(?<![\w*<])(?:{filled(phrase, fields)})(?!\w){_PLEASE}")
        for s in sentences:
            for m in pattern.finditer(read, s.start, s.end):
                before = prompt[s.start : m.start()]
                if m.group() and not s.quotes(m.start()) and not _denied(before, kind):
                    if kind == "noun" and _NOT_AFTER.match(prompt, m.end(), s.end):
                        continue
                    limits = _LIMITED_AFTER.match(prompt, m.end(), s.end) or _LIMITED_BEFORE.search(before[-_REACH:])
                    yield from _statement(prompt, m, i, kind, entry, c, limited=limits is not None)


def _statement(
    prompt: str, m: re.Match[str], i: int, kind: Kind, entry: Entry, c: Constraint, *, limited: bool
) -> Iterator[Statement]:
    groups = m.groupdict()
    span, agrees = _agreement(groups, entry, c)
    if (letter := groups.get("letter")) and letter.casefold() != str(c.args.get("letter")).casefold():
        return  # all letters share their patterns
    words = m.span("words") if groups.get("words") else None
    if words is not None:
        named, ours = words_in(prompt[slice(*words)]), _keywords(c) or set()
        if not ours <= named or (c.id == "keywords:frequency" and ours != named):
            return
        agrees = agrees and named == ours
    number = m.span("q") if groups.get("q") else None
    end = m.start() + len(m.group().rstrip(" ,"))
    supports = bool(groups.get("aids")) or (entry.bound is not None and span is None)
    yield Statement(m.start(), end, kind, frozenset({i}), agrees, supports, number, span, words, limited)


def _denied(before: str, kind: Kind) -> bool:
    """ "Do not include | the word kite": no noun or verb begins after a negation that is not part of it."""
    negation = r"(?:\bnot|n't|n’t|\bnever|\bavoid|\bwithout|\bfrom|\bexclude)(?: \w+)? $"
    return kind in ("noun", "verb") and re.search(negation, before[-40:], re.IGNORECASE) is not None


def _agreement(groups: Mapping[str, str | None], entry: Entry, c: Constraint) -> tuple[Range | None, bool]:
    """The counts that the words allow, and whether whoever passes the check is sure to be among them."""
    if entry.bound is None:
        return None, True
    want = entry.bound(c.args)
    if groups.get("some"):
        return (1, INF), want == (1, INF)
    if groups.get("pair"):
        return (2, 2), want == (2, 2)
    if groups.get("never"):
        return (0, 0), want == (0, 0)
    if not groups.get("q"):
        return None, True
    read = quantity(f"{groups['q']}{groups.get('after') or ''}")
    if read is None:
        return None, False
    (low, high), bare = read
    if groups.get("no"):  # "nothing longer than 30"
        meant = None if bare else opposite((low, high))
        if meant is None:
            return None, False
        low, high = meant
    elif groups.get("cap") and bare:  # "limit it to 30"
        low = 0
    elif bare and entry.vague:
        return (low, high), low == want[0]
    one_end = low == want[0] or high == want[1]
    is_range = low != high and low > 0 and high != INF  # "5 to 7": either end may be ours
    return (low, high), one_end and (is_range or (low <= want[0] and want[1] <= high))


def _keywords(c: Constraint) -> set[str] | None:
    """The words that the constraint names in a list, in lower case; None where it names none."""
    names = [name for name in ("keywords", "forbidden_words", "keyword") if name in c.args]
    return {w.strip().casefold() for name in names for w in listed(c.args[name])} if names else None
