"""Saying more at the end of a prompt, in its layout: a sentence more, a paragraph, or further items of a list.

What is added must be read as asked of the response. So it does not go to the end where that is a text to work on, or
the request that the response is to repeat, but before that: after the last line that states a constraint. Where there
is no such line, nothing is added.

Not promised: that every text to work on is recognised. What comes after a colon, or in lines of its own after words
such as "the following", is taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from constraints.core import Constraint
from hirkit.layouts import run_on, words
from hirkit.span.phrases import literal
from hirkit.span.refusals import Refusal
from hirkit.span.repeating import ON_REPEATING, REPEAT
from hirkit.span.sentences import MARKER, Sentence, between, split
from hirkit.span.statements import Statement, find


def append(prompt: str, stated: Sequence[Constraint], new: Sequence[Constraint], rules: str) -> str:
    """The prompt that states ``new`` besides ``stated``. Raises ``Refusal`` where there is no place for that."""
    sentences = split(prompt)
    at = _place(prompt, sentences, find(prompt, sentences, stated, rules), stated)
    result = _joined(prompt[:at].rstrip(), [words(c, rules) for c in new], sentences) + prompt[at:]
    after = find(result, split(result), [*stated, *new], rules)
    for i, c in enumerate(new, start=len(stated)):
        mine = [t for t in after if i in t.owners]
        if all(t.supports for t in mine) or not all(t.agrees and not t.limited for t in mine):
            raise Refusal("no place for more", f"{c.id}: not to be read in the result as it is meant")
    return result


def _place(prompt: str, sentences: Sequence[Sentence], found: Sequence[Statement], stated: Sequence[Constraint]) -> int:
    """Where words that are added are read as asked of the response."""
    for request in [c.args.get("prompt_to_repeat") for c in stated if c.id == REPEAT]:
        m = re.search(literal(request), prompt, re.IGNORECASE)
        if m is None:
            raise Refusal("no place for more", f"{REPEAT}: the request to be repeated is not in the prompt")
        if not prompt[m.end() :].strip():
            return _end_of_line(prompt, [s for s in sentences if s.end <= m.start()], m.start())
    if not sentences:
        raise Refusal("no place for more", "the prompt is empty")
    last = sentences[-1]
    asks = [t for t in found if t.start >= last.start] or ON_REPEATING.search(prompt, last.start, last.end)
    if asks or not _may_be_passage(prompt, found[-1].end if found else 0):
        return len(prompt)
    return _end_of_line(prompt, between(sentences, found[-1].start, found[-1].end) if found else (), len(prompt))


_REFERS = re.compile(
    r"\b(?:following|below|here is|here['’]s|this is|these are"
    r"|(?:rewrite|rephrase|paraphrase|translate|edit|correct|summari[sz]e|proofread|critique|analy[sz]e|continue|complete"
    r"|improve|revise|expand|shorten) (?:this|these|my))\b",
    re.IGNORECASE,
)


def _may_be_passage(prompt: str, at: int) -> bool:
    """Whether what comes after the last statement may be a text to work on."""
    rest = prompt[at:].rstrip()
    last = rest[rest.rfind("\n") + 1 :]
    if re.match(r"[ \t]*[|>]", last) or last.endswith(":") or _in_open_quotes(prompt):
        return True
    closed = re.search(r"[\"”](?:\))?[.!?]?$|```$", last) is not None
    if ":" in re.sub(r"https?:|\d:\d", "", last) and not closed:
        return True
    lines = "\n" in rest.lstrip() or "\n" in prompt.strip()
    return lines and not closed and (re.search(r":[ \t]*\n", prompt) or _REFERS.search(prompt)) is not None


def _in_open_quotes(text: str) -> bool:
    paragraph = text.rstrip().rsplit("\n\n", 1)[-1]
    return paragraph.count('"') % 2 == 1 or paragraph.count("“") > paragraph.count("”")


def _end_of_line(prompt: str, sentences: Sequence[Sentence], limit: int) -> int:
    """The end of the line of the last of these sentences, which must not lead to what comes next."""
    if sentences:
        end = prompt.find("\n", sentences[-1].block_end)
        end = limit if end == -1 else min(end, limit)
        following = prompt[end:].lstrip("\n")
        leads = ":" in prompt[sentences[-1].end : end] or prompt[:end].rstrip().endswith(":")
        if not leads and not MARKER.match(following):
            return len(prompt[:end].rstrip())
    raise Refusal("no place for more", "the prompt ends in a text to work on, or in what the response is to repeat")


def _joined(text: str, new: Sequence[str], sentences: Sequence[Sentence]) -> str:
    """The text with more said after it, in its layout."""
    line = text[text.rfind("\n") + 1 :]
    shows = any(s.end < len(text) <= s.block_end for s in sentences)
    marker = MARKER.match(line)
    if marker and not shows and "\n" in text:
        return _listed(text, marker.group(), new)
    goes_on = re.search(r"[.!?][\"”’')*]{0,2}$", line) and not re.match(r"[\"“>|`#]", line.lstrip())
    gap = " " if goes_on and not shows and not marker else "\n\n"
    return text + gap + run_on(new)


def _listed(text: str, marker: str, new: Sequence[str]) -> str:
    """Further items of the list that the text ends with."""
    for clause in new:
        if number := re.search(r"\d+|[a-z](?=[.)])", marker):
            n = number.group()
            marker = marker.replace(n, str(int(n) + 1) if n.isdigit() else chr(ord(n) + 1), 1)
        ended = re.search(r"[.!?]$", text) is not None
        text += f"\n{marker}{run_on([clause]) if ended else clause.rstrip('.')}"
    return text
