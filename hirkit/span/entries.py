"""What the table of wordings is made of: an ``Entry`` per constraint id, and the shapes that many entries share.

``says`` are the phrases that *state* the constraint, each with a kind, which is all that the rewriter needs of English
grammar:

``noun``    what a response can have:    "at least 300 words", "a title in double angular brackets"
``verb``    what one can be told to do:  "wrap your answer in double quotes", "do not use any commas"
``aside``   how a response can be:       "in all lowercase letters", "without commas"
``clause``  a sentence of its own:       "the letter q should appear at least twice"
``before``  what stands before a noun:   "300+ word"

``cue`` finds the leftover words that would betray that the prompt still asks for it. ``fields`` makes patterns of the
arguments, ``bound`` is the range of counts they allow. The notation of the phrases is explained in ``phrases.py``;
a phrase with a quantity states the number, and one without, where the id has one, supports it ("Separate the paragraphs
with ***."), as does one with a group ``aids``. Groups say how to read it: ``q`` is a quantity and ``after`` more of it,
``no`` turns it round, ``cap`` makes it the most; ``some``, ``pair`` and ``never`` are one or more, two and none;
``words`` is a list, ``letter`` a letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from constraints.language import ANY_CHINESE, LANGUAGES
from hirkit.span.phrases import A_LIST, Args, any_of, listed, literal
from hirkit.span.quantities import Range, bound, count

Kind = Literal["noun", "verb", "aside", "clause", "before"]
Says = tuple[tuple[Kind, str], ...]
Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """All that is known about the words of one constraint id."""

    says: Says
    cue: str
    fields: Callable[[Args], Fields] = lambda args: {}
    bound: Callable[[Args], Range] | None = None
    vague: bool = False  # a bare number ("3 sections") agrees with "at least 3"


def entry(*says: tuple[Kind, str], cue: str, **more: Any) -> Entry:
    return Entry(says, cue, **more)


# ------------------------------------------------------------------------------------------------------ from arguments


def related(relation: str, n: str) -> Callable[[Args], Range]:
    return lambda args: bound(args.get(relation), args.get(n))


def exactly(n: str) -> Callable[[Args], Range]:
    return lambda args: (count(args.get(n)), count(args.get(n)))


def at_least(n: str) -> Callable[[Args], Range]:
    return lambda args: bound("at least", args.get(n))


def words(name: str) -> Callable[[Args], Fields]:
    def fields(args: Args) -> Fields:
        given = listed(args.get(name))
        return {"words": A_LIST, "any": any_of(given)}

    return fields


def language_name(code: object) -> str | None:
    """What people call a language, in English; None for codes we do not know."""
    return {**LANGUAGES, **ANY_CHINESE}.get(str(code))


def language(args: Args) -> Fields:
    name = literal(language_name(args.get("language")) or "")
    return {"language": re.sub(r"^(Simplified|Traditional)\\s\+", r"(?:\1\\s+)?", name)}


# -------------------------------------------------------------------------------------------------------------- shapes


def absent(what: str, *, never: bool = False) -> Says:
    """The ways to forbid the use of something. ``never``: as a count of none, where other counts can be asked for."""
    mark = "(?P<never>" if never else "("
    return (
        # "do not use any commas", "refrain from the use of commas in your answer"
        (
            "verb",
            f"{mark}<not have>) [any|all|the|a|a single|even one|the use of|the use of any|any use of"
            f"|of] {what}<where>",
        ),
        # "leave commas out", "keep every comma out of your answer", "do not let commas appear"
        ("verb", f"{mark}leave|keep) [any|all|all the|every|the] {what} (out|out of <it>)<where>"),
        ("verb", f"{mark}do not let|don't let) [any|a] {what} <appear><where>"),
        # "without using any commas"
        ("aside", f"{mark}<without>) {what}<where>"),
        # "commas are not allowed", "commas should not be used"
        ("clause", f"[any|the use of|using] {what} {mark}<forbidden>|<should not> <appear>)<where>"),
        # "I don't want to see any commas"
        ("clause", f"{mark}i (do not|don't|don’t) want [to (see|read|find)]) [any|a|a single] {what}<where>"),
    )


def none_of(what: str) -> Says:
    """The same of things that have a plural: "no commas"."""
    return (
        # after "contain" or alone: "no commas"
        ("noun", f"(no|zero) [use of] {what}<where>"),
        # "there should be no commas", "no commas are allowed"
        ("clause", f"there (<should> be|are) no {what}<where>"),
        ("clause", f"no {what} (are allowed|is allowed|<should> <appear>)<where>"),
    )


def measured(units: str) -> Says:
    """The ways to say how long a response is."""
    end = "<or more> [long|in length|in total|total|altogether|overall|in all]<aside><where>"
    return (
        # "at least 90 words", "90 words or more in total"
        ("noun", f"<q>(-| ){units}{end}"),
        # "nothing over 90 words"
        ("noun", f"(?P<no>nothing) <q> {units}{end}"),
        # "keep your answer under 90 words"
        ("verb", f"(make|write|organize|structure|let) <it> [in|into|to|with|at|be] <q> {units}{end}"),
        # "limit your answer to 90 words": at most, that is
        ("verb", f"(?P<cap>(limit|restrict|confine) <it> to|keep <it> [down] to|keep <it>) <q> {units}{end}"),
        # "stay below 90 words"
        ("verb", f"(stay|keep|remain) <q> {units}{end}"),
        # "do not exceed 90 words", "must not be longer than 90 words"
        (
            "verb",
            f"(?P<no><not>|<cannot>|not to) [<have>|be|go|write|run|make it|let it be|use up|give me|answer with]"
            f" [any] <q> {units}{end}",
        ),
        # "I don't want anything longer than 90 words"
        ("clause", f"(?P<no>i (do not|don't|don’t) want (anything|it|it to be|<the thing> to be)) <q> {units}{end}"),
    )
