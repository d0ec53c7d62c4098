"""The little English that taking words out of a sentence needs.

A sentence that states constraints is read as a run of items, each with a separator, a lead, a head and its words:

    Your answer | must contain | no commas        and then    , and | it | should be | in lowercase
    lead          head           words                         separator lead  head       words

``read_item`` takes this apart, and ``compose`` puts what is kept together again.

Not promised: grammar. What these cannot read they say so (no separator, ``None``), and whoever calls must refuse.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hirkit.span.leads import AIM, ENDS_IN_SUBJECT, LETS, MAKES_SURE, ONLY_ADVERBS, REACH, SAYS_WHY, is_opener
from hirkit.span.vocabulary import CANNOT, MODAL, THE_THING
from hirkit.span.wordings import Kind

_GIVE = rf"(?<!\ban )(?<!\ba )(?<!\bthe )(?<!\byour )(?:answer|respond|reply|write)(?: (?:it|them|{THE_THING}))?"
_HAVE = (
    r"(?:be|contain|have|include|use|provide|add|write|get|put|mention|feature|give(?: me)?|insert|leave|say|see|run to"
    r"|consist of|be made up of|comprise|come with|come in|come to|reach|count|number|span|list|sprinkle in|work in"
    rf"|make use of|{_GIVE} (?:with|in|using|as)|be in)"
)
_HAS = (
    r"(?:that|which)? ?(?:is|are|has|have|contains?|includes?|uses?|mentions?|features?|needs|including|containing"
    r"|having|using|mentioning|featuring)"
)
_START = r"(?:^|(?<=\s))"
_HEAD_WORDS: dict[Kind, str] = {
    "noun": rf"(?:(?:{MODAL} )?(?:also )?{_HAVE}:? (?:also )?|{_HAS} (?:also )?|it['’]s "
    r"|(?:with|using|in|into|to|of|as) )(?:a total of )?",
    "verb": rf"(?:{MODAL} )?(?:also )?(?:use markdown to )?",
    "aside": rf"(?:(?:{MODAL} )?be |(?:that )?(?:is|are) |(?:and )?{_GIVE} )?(?:completely |entirely )?",
    "clause": r"(?:that |let )?",
    "before": "",
}
_HEADS: dict[Kind, re.Pattern[str]] = {
    kind: re.compile(rf"{_START}{head}$", re.IGNORECASE) for kind, head in _HEAD_WORDS.items()
}
_FINITE = re.compile(
    rf"(?:{MODAL}|{CANNOT}|is|are|has|contains|includes|uses|mentions|features|needs|appears|does)\b", re.IGNORECASE
)
_NEGATED = re.compile(rf"(?!never)(?:{CANNOT})\b|never \w+s\b", re.IGNORECASE)  # a verb with its subject
_DEMANDS = re.compile(rf"(?:{_HAVE}|{_GIVE})", re.IGNORECASE)
_CARRIES = re.compile(rf"(?:(?:{MODAL} )?be |(?:is|are) |{_GIVE} )", re.IGNORECASE)  # an aside: "be | in lowercase"
_RELATIVE = re.compile(r"(?:that|which|containing|including|having)\b", re.IGNORECASE)
_ATTACHES = re.compile(rf"(?:with|using|in|into|to|of|as)\b|{_RELATIVE.pattern}", re.IGNORECASE)

_GERUND = re.compile(r"[a-z]{3,12}ing\b(?<!nothing)", re.IGNORECASE)  # "leaving out the word kite"

_CONJUNCTION = re.compile(r"\b(?:and|but|plus|as well as|while|yet|or)\b", re.IGNORECASE)
_JOINT = re.compile(
    rf"(?:,|;|:| -{{1,3}}|\s?—)? {_CONJUNCTION.pattern}(?: also| then)? |[,;:] (?:also |then )?|\s-{{2,3}} | ",
    re.IGNORECASE,
)
_JOINTS = re.compile(rf"(?:[,;]| --?)? {_CONJUNCTION.pattern}(?: also| then)? |[,;:] (?:also |then )?| ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Item:
    """A statement in its sentence, with the words before it that lead up to it."""

    kind: Kind
    start: int
    separator: str
    lead: str
    head: str
    words: str
    drop: bool
    joined: bool  # only the separator and lead stand between it and what is before
    foreign: bool  # its verb has a subject that is not the response: "The hero must say …"

    @property
    def end(self) -> int:
        return self.start + len(self.separator) + len(self.lead) + len(self.head) + len(self.words)


# ------------------------------------------------------------------------------------------------------------- reading


def read_item(left: str, words: str, at: int, kind: Kind, *, drop: bool, first: bool) -> Item:
    """The item of ``words``, at ``at`` in the prompt; ``left`` is its sentence up to there, or since the last."""
    found = _HEADS[kind].search(left[-120:])
    head = found.group() if found else ""
    finite = _is_finite(kind, head, words)
    if kind == "verb" and not head and finite and (relative := re.search(r"(?<=[\w,;] )(?:that|which) $", left)):
        head, finite = relative.group(), False
    before = left[: len(left) - len(head)]
    aim = m.end() if first and (m := AIM.match(before)) else 0
    if first and is_opener(before[aim:], subject=finite or LETS.search(before) is not None):
        separator, lead, joined = "", before, False
    else:
        separator, lead, joined = _split_joint(before, subject=finite or LETS.search(before) is not None)
        bare = separator == " " and (kind in ("verb", "clause") or lead != "")
        joined = joined and not first and not bare
    foreign = False
    shares_subject = lead == "" and (joined or has_conjunction(separator))
    if finite and before and not ENDS_IN_SUBJECT.search(lead) and not shares_subject:
        separator, lead, joined, foreign = "", "", False, True
    return Item(kind, at - len(head) - len(lead) - len(separator), separator, lead, head, words, drop, joined, foreign)


def _is_finite(kind: Kind, head: str, words: str) -> bool:
    """Whether head or words begin with a verb that wants a subject: "must have …", "shouldn't use …"."""
    return _FINITE.match(head) is not None or (kind == "verb" and not head and _NEGATED.match(words) is not None)


def _split_joint(before: str, *, subject: bool) -> tuple[str, str, bool]:
    """ "text, and make sure to ": the joint, the opener after it, and whether there is no text before the joint."""
    if len(before) < REACH and (m := _JOINT.match(before)) and is_opener(before[m.end() :], subject=subject):
        return m.group(), before[m.end() :], True
    for m in _JOINTS.finditer(before, max(0, len(before) - REACH)):
        if is_opener(before[m.end() :], subject=subject):
            return m.group(), before[m.end() :], m.start() == 0
    return "", "", False


def has_conjunction(joint: str) -> bool:
    return _CONJUNCTION.search(joint) is not None


def can_detach(item: Item) -> bool:
    """Whether words can be told from the task before them: by a preposition, or by a conjunction before a demand."""
    if item.kind == "before":
        return True
    attaches = _ATTACHES.match(item.head) or _GERUND.match(item.words)
    if not item.lead and (attaches if item.kind != "aside" else not _CARRIES.match(item.head)):
        return item.separator != ""
    if item.kind == "aside":
        return item.separator.strip() != ""
    if item.kind == "noun" and not item.head:
        return False
    return ";" in item.separator or has_conjunction(item.separator)


# ----------------------------------------------------------------------------------------------------------- composing


def compose(group: Sequence[Item], *, pure: bool) -> str | None:
    """The kept items of a run as one phrase again; None if that cannot be done safely.

    ``pure``: the run begins its sentence. Otherwise it follows the task: "Write a poem | with no commas".
    """
    keepers = [k for k, item in enumerate(group) if not item.drop]
    out = ""
    for n, k in enumerate(keepers):
        item = group[k]
        head = _head(group, k)
        if head is None:
            return None
        joint, lead = item.separator, item.lead
        if n == 0 and k > 0:
            opening = _opening(group[0], item, head, pure=pure)
            if opening is None:
                return None
            joint, lead, head = opening
        elif n > 0 and k == keepers[-1] != len(group) - 1 and not has_conjunction(joint):
            joint = ", and " if n > 1 else " and "
        out += joint + lead + head + item.words
    return out


def _head(group: Sequence[Item], k: int) -> str | None:
    """The head of an item, or the one it shares with an item before it that goes: "contain A and B" without A."""
    item = group[k]
    if item.head or item.kind in ("verb", "clause", "before") or k == 0:
        return item.head
    if item.kind == "aside":
        carrier = _CARRIES.match(group[0].head)
        return carrier.group() if carrier and all(g.drop for g in group[:k]) else ""
    governors = [j for j in range(k) if group[j].kind == "noun" and group[j].head]
    if not governors:
        return "" if group[0].lead.endswith(": ") else None  # "Rules: no commas, at least 60 words"
    between = group[governors[-1] : k]
    if all(g.drop for g in between):
        return between[0].head
    return "" if all(g.kind == "noun" for g in between) else None


def _opening(first: Item, item: Item, head: str, *, pure: bool) -> tuple[str, str, str] | None:
    """Separator, lead and head for the first item that stays, in the place of ``first``, which goes."""
    finite = _is_finite(item.kind, head, item.words)
    if SAYS_WHY.match(first.lead):  # of all that goes
        return None
    if item.lead == "to ":  # "make sure to …, and to": the "to" is there already
        item = replace(item, lead="")
    if item.lead.startswith("that "):  # "make sure your poem …, and that it …"
        sure = MAKES_SURE.match(first.lead)
        item = replace(item, lead=f"{sure.group()} {item.lead}") if sure else item
        if sure is None:
            return None
    if item.lead and not ONLY_ADVERBS.fullmatch(item.lead):  # "…, and your answer must": it stands by itself
        complete = item.head != "" or item.kind in ("verb", "clause")
        return (("" if pure else item.separator), _named(item.lead, first.lead), head) if complete else None
    attribute = item.kind == "aside" or bool(_ATTACHES.match(head) or _GERUND.match(item.words))
    if not pure and not first.lead and finite:  # "a letter that has …, is …, and mentions …"
        relative = re.match(r"(?:that|which) ", first.head, re.IGNORECASE)
        return (first.separator, first.lead, relative.group() + head) if relative else None
    if not pure and item.kind == "noun" and head == "with " and _DEMANDS.match(first.head) and not first.lead:
        return first.separator, "", first.head  # "include 3 paragraphs with the keywords …"
    if not pure and attribute:
        if first.lead or first.kind in ("verb", "clause") or has_conjunction(first.separator):
            return None
        comma = item.separator == ", " and not _RELATIVE.match(head)
        return (item.separator if comma else first.separator), "", head
    if not pure and first.kind in ("aside", "noun") and not first.lead:
        both_demand = _DEMANDS.match(first.head) and _DEMANDS.match(head)
        return (item.separator, item.lead, head) if item.kind != "noun" or both_demand else None
    own = head
    modal = re.match(rf"{MODAL} ", first.head, re.IGNORECASE)
    carrier = _CARRIES.match(first.head)
    if attribute and carrier and not _CARRIES.match(head):
        head = carrier.group() + head
    elif modal and not finite and item.kind != "clause":
        head = modal.group() + head
    if _fits(first.lead, item.kind, head, finite=_is_finite(item.kind, head, item.words)):
        return first.separator, first.lead, head
    return (first.separator, item.lead, own) if _stands_alone(first, item, own) else None


def _stands_alone(first: Item, item: Item, head: str) -> bool:
    """Whether an item needs no lead: a clause, or a demand after a clause that had the lead for itself."""
    demand = item.kind == "verb" or _DEMANDS.match(head) is not None
    clauses = item.kind == "clause" or (first.kind == "clause" and demand and not head.startswith("be "))
    return clauses and not first.lead.endswith(": ")


def _named(lead: str, before: str) -> str:
    """ "it" as a lead, by the name that the lead before it gave: "and it must" after "Your poem must"."""
    name = re.search(rf"{THE_THING}(?= $)", before, re.IGNORECASE)
    if name is None or not re.search(r"\bit $", lead, re.IGNORECASE):
        return lead
    return f"{lead[:-3]}{name.group()[:1].lower()}{name.group()[1:]} "


def _fits(lead: str, kind: Kind, head: str, *, finite: bool) -> bool:
    """Whether a head can follow a lead: "Your answer" wants "must …", "make sure to" a demand, "make sure" a clause."""
    words = lead.strip().lower()
    demand = not finite and (kind == "verb" or _DEMANDS.match(head) is not None)
    if LETS.search(lead):
        return demand
    if re.search(rf"(?:{THE_THING}|\bit|\bthey|\b(?:answer|response|output|reply))$", words):
        return finite and kind != "clause"
    if re.search(r"(?: to|should|must|can|may)$", words):
        return demand
    if re.search(r"(?:rules|requirements|constraints|conditions|guidelines):$", words):
        return True
    if re.match(r"be\b", head) or words.endswith((":", "needs")):
        return False
    if words.endswith("you"):
        return demand or finite
    if re.search(r"(?:that|sure|certain|ensure|remember|care)$", words):
        return kind == "clause"
    return demand or kind == "clause"
