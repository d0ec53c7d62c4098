"""What leads up to a demand and says nothing itself: "Also, please make sure that your answer", "To make it hard,"."""

from __future__ import annotations

import re

from hirkit.span.vocabulary import THE_THING

_ADVERB = (
    r"(?:please|kindly|also|additionally|finally|lastly|furthermore|moreover|in addition|besides|next|for this|do"
    r"|just|then|however|importantly|note that|keep in mind that|in other words)"
)
_SIZE = r"(?:very |extremely |quite )?(?:short|brief|concise|succinct|long|detailed|simple)"
_SURE = (
    r"(?:(?:please )?(?:make sure|make certain|ensure|be sure|see to it|remember|do not forget|don['’]t forget"
    r"|be careful|take care)(?: to| that)?"
    r"|you (?:should|must|need to|have to|can|may)|(?:that )?you|that|to|let's|try to|there (?:should|must)|it needs"
    rf"|(?:make|keep) (?:it|{THE_THING}) {_SIZE}(?: --?| —|:|,|;)"
    r"|i(?: would|['’]d) (?:also )?like(?: for)?(?: you)?(?: to)?|i (?:do )?(?:also )?(?:want|need)(?: you)?(?: to)?"
    r"|(?:length|format|style|language|form|important|wording|also|note|rules|requirements|constraints|conditions"
    r"|guidelines):)"
)
_PLACE = (
    rf"(?:(?:in|at the (?:very )?(?:end|bottom|top) of|throughout|within|after) {THE_THING},?"
    r"|at the (?:very )?(?:end|bottom|top),?)"
)
_SUBJECT = (
    rf"(?:(?:let )?(?:{THE_THING}|it|they)(?: \([^()\n]{{1,60}}\))?|each (?:response|answer|version|reply)"
    r"|(?:answer|response|output|reply))"
)
_DEMAND = rf"(?:(?:and|but|then|so) )?(?:(?:{_ADVERB},?|{_SURE}|{_PLACE}) ){{0,5}}"
AIM = re.compile(  # "To make it hard, use …", "Let's make it a game: use …"
    r"(?:(?:to make (?:it|this|things|(?:the|your) \w+) [^,.:;!?\n]{3,30},"
    r"|let['’]s make (?:it|this) [^,.:;!?\n]{3,50}:) )?",
    re.IGNORECASE,
)
SAYS_WHY = re.compile(rf"(?:to|let['’]s) make |.*\b{_SIZE}(?: --?| —|:|,|;) ", re.IGNORECASE)
_OPENER = re.compile(rf"{_DEMAND}(?:also |explicitly )?", re.IGNORECASE)
_OPENER_WITH_SUBJECT = re.compile(rf"{_DEMAND}(?:{_SUBJECT} )?(?:also )?(?:explicitly )?", re.IGNORECASE)
ENDS_IN_SUBJECT = re.compile(
    rf"(?:\b{THE_THING}(?: \([^()\n]{{1,60}}\))?|\bit|\bthey|\byou|\beach \w+|\b(?:answer|response|output|reply))"
    r" (?:also )?$",
    re.IGNORECASE,
)
ONLY_ADVERBS = re.compile(rf"(?:{_ADVERB},? ?|explicitly ?)*", re.IGNORECASE)
MAKES_SURE = re.compile(
    r".{0,60}?\b(?:make sure|make certain|ensure|be sure|see to it|remember|be careful|take care)\b", re.IGNORECASE
)
LETS = re.compile(rf"\blet (?:{THE_THING}|it|them) (?:also )?$", re.IGNORECASE)
REACH = 160  # characters: openers and joints are short


def is_opener(words: str, *, subject: bool = True) -> bool:
    """Whether words only lead up to a demand: "", "Please ", and with its subject "Also, make sure your answer ".

    >>> is_opener("Please make sure that your entire response "), is_opener("Write a poem ")
    (True, False)
    """
    return len(words) < REACH and (_OPENER_WITH_SUBJECT if subject else _OPENER).fullmatch(words) is not None
