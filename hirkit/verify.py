"""Verdicts: each constraint of an instruction on a response, strict and loose, as IFEval defines them.

Strict judges the text as it is. Loose accepts if any of eight variants passes: the text, without its first line,
without its last, without both, and these four without asterisks. An empty (blank) text follows nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain

import orjson

from constraints import Checker, Constraint, Verdict
from constraints.check import Check, bind, resources
from constraints.invisible import is_seen
from constraints.registry import get, layers
from hirkit.limits import NONE, Limits, limited
from hirkit.read import Item
from hirkit.records import Instruction, Judgement, Scored

EMPTY = Verdict("fail", "empty response")
_LETTER = re.compile(r"[0-9A-Za-z]")


def loose_variants(text: str) -> tuple[str, ...]:
    r"""The variants besides the text itself, in IFEval's order, without blanks and repetitions.

    >>> loose_variants("Sure!\n*Yes.*")
    ('Sure!\nYes.', '*Yes.*', 'Yes.', 'Sure!')
    """
    first, last = text.find("\n"), text.rfind("\n")
    cut = (text[first + 1 :].strip(), text[:last].strip(), text[first + 1 : last].strip()) if last >= 0 else ()
    variants = (text.replace("*", ""), *chain.from_iterable((part, part.replace("*", "")) for part in cut))
    return tuple(variant for variant in dict.fromkeys(variants) if variant.strip() and variant != text)


def verify(
    instruction: Instruction, text: str, rules: str = "published", *, loose: bool = True, limits: Limits = NONE
) -> tuple[Judgement, ...]:
    """Judge a response by every constraint of its instruction, in order.

    Without ``loose``, which costs as much again, a constraint's loose verdict is its strict one. What exceeds the
    ``limits`` is an error.
    """
    if is_blank(text, rules):
        return tuple(
            Judgement(constraint, EMPTY, EMPTY, get(constraint.id, rules).revision)
            for constraint in instruction.constraints
        )
    checks = [check_of(constraint, rules) for constraint in instruction.constraints]
    strict = [limited(check, text, limits) for _, check in checks]
    found = loose_variants(text) if loose and not all(strict) else ()
    variants = tuple(variant for variant in found if not is_blank(variant, rules))
    return tuple(
        Judgement(constraint, verdict, _loose(verdict, check, variants, limits), checker.revision)
        for constraint, (checker, check), verdict in zip(instruction.constraints, checks, strict, strict=True)
    )


def is_blank(text: str, rules: str) -> bool:
    r"""Whether there is no response: only white space and, under rule set ``fixed``, what nobody can see.

    >>> is_blank("\u200b", "published"), is_blank("\u200b", "fixed")
    (False, True)
    """
    return not text.strip() or ("fixed" in layers(rules) and not _LETTER.search(text) and not is_seen(text))


def _loose(strict: Verdict, check: Check, variants: tuple[str, ...], limits: Limits = NONE) -> Verdict:
    """A pass if the text or any variant passes; else an error if any could not be judged, for it might have passed."""
    worst = strict
    for variant in () if strict else variants:
        verdict = limited(check, variant, limits)
        if verdict:
            return verdict
        if verdict.status == "error" and worst.status != "error":
            worst = verdict
    return worst


def score(item: Item, rules: str, limits: Limits = NONE, *, loose: bool = True) -> Scored:
    """A response with the verdicts of all constraints of its instruction; of strict ones alone, see ``verify``."""
    judgements = verify(item.instruction, item.response.answer, rules, loose=loose, limits=limits)
    return Scored(item.instruction, item.response, judgements)


def undecided(instruction: Instruction, rules: str, because: str) -> tuple[Judgement, ...]:
    """Error verdicts for all constraints, where nothing could be judged."""
    error = Verdict("error", because)
    return tuple(Judgement(c, error, error, get(c.id, rules).revision) for c in instruction.constraints)


def check_of(constraint: Constraint, rules: str) -> tuple[Checker, Check]:
    """The checker of a constraint and its check, arguments bound; remembered."""
    return _check_of(constraint.id, orjson.dumps(constraint.args, option=orjson.OPT_SORT_KEYS), rules)


@lru_cache(4096)
def _check_of(id: str, args: bytes, rules: str) -> tuple[Checker, Check]:
    checker = get(id, rules)
    return checker, bind(checker, orjson.loads(args))


def resources_of(instruction: Instruction, rules: str) -> dict[str, str]:
    """What the verdicts of this instruction stand on, besides code: data and libraries by name."""
    return dict(_resources_of(tuple([constraint.id for constraint in instruction.constraints]), rules))


@lru_cache(4096)
def _resources_of(ids: tuple[str, ...], rules: str) -> dict[str, str]:
    return resources([get(id, rules) for id in ids])
