"""Whether words can go without harm to the task around them: what they are attached to, before and after.

"Write a note to Ann | without commas" can do without them; "Explain how to write | without commas" cannot. Whatever
is not certain is refused. Not promised: that no task is shaped in a way that these patterns miss.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hirkit.span import prose
from hirkit.span.prose import Item
from hirkit.span.refusals import Refusal
from hirkit.span.sentences import Sentence

ENDS = re.compile(r"[\s.!?,;:)]*")
_A_PART = (  # "in all capital letters for the title" is about a part of the task
    r"(?: (?:the|each|every|its|your|all|both|any|an?))? (?:titles?|headings?|headers?|names?|answers?|sections?"
    r"|paragraphs?|stanzas?|verses?|lines?|sentences?|words?|characters?|first|second|third|last|opening|end|ending)\b"
)
_GOES_ON = re.compile(
    rf",? (?:about|on|for|to|that|which|from|by|explaining|describing)\b(?!{_A_PART})|:|\?", re.IGNORECASE
)
_MEASURES = re.compile(r"(?:words|sentences)(?: long)?$", re.IGNORECASE)
_GOES_ON_ABOUT = re.compile(rf" (?:about|on|for|to|explaining|describing)\b(?! each| every|{_A_PART})", re.IGNORECASE)
_DANGLES = re.compile(
    r"\b(?:that|to|and|or|but|the|an?|of|in|on|at|with|is|are|be|has|have|should|must|will|make|sure|it|your|which"
    r"|who|not|for|by|as|from|than|first|second|third|last|other|one|each|only|either|both|even|just|also|always|never"
    r"|necessarily|mostly|entirely|all|everything|if|when|while|using)[,;:]?$|[-—(:]$",
    re.IGNORECASE,
)
_OBJECT = re.compile(r"\b(?:expand|describe|explain|write|summari[sz]e|answer|present|organi[sz]e) (?:it|them)$", re.I)
_RECASTS = re.compile(  # the form is what such a task is about
    r"(?:please |can you |could you ){0,3}(?:\w+ )?(?:change|turn|format|make (?:this|it|the following)\b)"
    r"|.{0,200}\b(?:rewrite|rephrase|paraphrase|convert|translate|transform|capitali[sz]e|lowercase|reformat)\b",
    re.IGNORECASE | re.DOTALL,
)
_RESIZES = re.compile(r".{0,200}\b(?:expand|shorten)\b", re.IGNORECASE | re.DOTALL)
_AIMS = re.compile(  # what such a task is about besides: "rewrite it in a formal tone, without commas"
    r"\b(?:in (?:an?|the) (?:[\w-]+,? ){0,4}(?:tone|style|way|manner|voice|fashion|format|form)\b"
    r"|as (?:an?|if|though|the)\b|so that\b|to make (?:it|them)\b|for (?:an?|the|my|your) \w+|from the \w+ of\b"
    r"|more \w+)",
    re.IGNORECASE,
)
_VERBS = (  # with which the task goes on: "…, and be brief"
    r"(?:tell|write|describe|explain|give|create|make|keep|say|add|use(?! of)|be|include|mention|start|begin|end|finish"
    r"|close|put|provide|suggest|propose|compose|invent|do|don['’]t|try|respond|compare|discuss|focus|talk|let|have"
    r"|leave|avoid|imagine|remember|speak|recommend|summari[sz]e|ensure|set|contain|feature|highlight|wrap"
    r"|(?:can|could) you)\b"
)
NEXT = re.compile(
    rf",? (?:and|but|then|so) (?:then |also |please )*(?={_VERBS})|[,;] (?:please |also |then )*(?={_VERBS})",
    re.IGNORECASE,
)
_LISTS = re.compile(  # "say this, say that", but not "In three words, say that"
    rf"(?!in |with |without |using |for ).*,(?: please| also)? {_VERBS}(?!.*\band {_VERBS})", re.IGNORECASE | re.DOTALL
)
_TELLS_OF = re.compile(  # "how to write a letter without commas", "people who answer in Spanish"
    r"\b(?:who|whose|which|how|why|where|when|that|what|whether|says?|said|telling|tells|told|people)\b.*"
    r"\b(?:write|writes|speaks?|speaking|say|says|answers?|answering|reads?|reading|talks?|talking|replies|texts?"
    r"|types?|sings?|uses?)\b|.* (?:says?|said|telling|tells|told)\b",
    re.IGNORECASE | re.DOTALL,
)
_HEDGES = re.compile(  # "You need not write it in lowercase", "If it rhymes, use no commas": not what they seem
    r"(?:please )?(?:if|unless|when|while|although|you|it|i|we|there|this|do)\b.{0,60}\b(?:not|never|no need)\b"
    r"|(?:please )?(?:if|unless|when|while|although)\b|.{0,60}n['’]t\b",
    re.IGNORECASE | re.DOTALL,
)


def check_block(prompt: str, s: Sentence, name: str) -> None:
    """The lines that show the format of what goes must be there, and must be all that comes after the colon."""
    if s.block_end > s.end and prompt[s.block_end : s.block_end + 200].lstrip()[:1].islower():
        raise Refusal("unreadable without it", f"{name}: the sentence goes on after the lines it shows")
    if prompt[s.start : s.end].endswith(":") and s.block_end == s.end:
        raise Refusal("unreadable without it", f"{name}: the lines after its colon would hang in the air")


def check_attached(task: str, run: Sequence[Item], rest: str, name: str) -> None:
    """A run that follows the task in its sentence: be sure that the task can do without it."""
    first, last = run[0], run[-1]
    short = len(task.split()) < 3 and first.kind != "before"
    recasts = bool(_RECASTS.match(task) or (_MEASURES.search(first.words) and _RESIZES.match(task)))
    if _AIMS.search(task) or _AIMS.search(rest) or not all(item.drop for item in run):
        recasts = False
    if first.drop and (short or recasts or re.search(r"\b(?:each|every)\b", task, re.IGNORECASE)):
        raise Refusal("part of the task", f"{name}: what is asked for is this form itself")
    enumerates = first.separator == ": " and not all(item.drop for item in run)  # "make it hard: no commas, and …"
    told = task + first.head if first.separator == " " else task
    if first.drop and (_HEDGES.match(task) or _TELLS_OF.search(told) or not (enumerates or prose.can_detach(first))):
        raise Refusal("part of the task", f"{name}: its words cannot be told from the task's")
    if first.drop and first.kind == "before":
        return
    all_go = all(item.drop for item in run)
    if all_go and _DANGLES.search(task.rstrip()) and not _OBJECT.search(task.rstrip()):
        raise Refusal("part of the task", f"{name}: the words before it need it")
    if all_go and prose.has_conjunction(first.separator) and _LISTS.match(task):  # "say this, say that, and …"
        raise Refusal("unreadable without it", f"{name}: it ends a list, which would lose its 'and'")
    if last.kind == "noun":  # "with 2 bullet points that list …": what goes on is about the points
        goes_on = _MEASURES.search(last.words) and _GOES_ON_ABOUT.match(rest)
    else:
        goes_on = _GOES_ON.match(rest)
    if last.drop and not (goes_on or NEXT.match(rest) or ENDS.fullmatch(rest)):
        raise Refusal("part of the task", f"{name}: its words go on into the task")
