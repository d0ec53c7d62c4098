"""The words that a constraint comes with, or that its checker gives it: sentences that state it whole, as they stand.

They are known for every constraint, whether the table of wordings has its id or not: hirkit's own instructions are made
of them, some files hold the words of each constraint, and a rewritten prompt has them at its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from constraints.args import describe
from constraints.core import Constraint, ConstraintError
from constraints.registry import get
from hirkit.span.quantities import NUMBERS
from hirkit.span.sentences import Sentence, between

_STOPS = ".!?"
_EXAMPLE = re.compile(r"^[#* ]{0,8}Example \d{1,3}[:* ]{0,4}$", re.MULTILINE)
_QUESTION = re.compile(r"^[#* ]{0,8}Question[:* ]{1,4}", re.MULTILINE)


def wordings(c: Constraint, rules: str) -> tuple[str, ...]:
    """What its checker tells a user, in each of its wordings; none for unknown ids and bad arguments."""
    try:
        checker = get(c.id, rules)
        return tuple(describe(checker, c.args, k) for k in range(len(checker.says)))
    except ConstraintError:
        return ()


def places(prompt: str, sentences: Sequence[Sentence], c: Constraint, rules: str) -> Iterator[tuple[int, int]]:
    """Where the prompt has these words, sentence by sentence, without the stops at their ends.

    The questions of worked examples before the prompt's own do not count.
    """
    given = () if c.text is None else (c.text,)
    examples = own_question(prompt)
    for words in dict.fromkeys((*given, *wordings(c, rules))):
        if bare := words.strip().rstrip(_STOPS):
            at = prompt.find(bare, examples)
            while at != -1:
                yield from _by_sentence(prompt, sentences, at, at + len(bare))
                at = prompt.find(bare, at + len(bare))


def own_question(prompt: str) -> int:
    """Where the prompt's own question begins, after the worked examples that some of MulDimIF's prompts have."""
    first = _EXAMPLE.search(prompt)
    return max((m.end() for m in _QUESTION.finditer(prompt, first.end())), default=0) if first else 0


def _by_sentence(prompt: str, sentences: Sequence[Sentence], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The place, cut where sentences are; none if it is in quotes, or in the middle of a word."""
    within = between(sentences, start, end)
    whole = not prompt[start - 1 : start].isalnum() and not prompt[end : end + 1].isalnum()
    if not whole or not within or within[0].quotes(start) or within[0].start > start:
        return
    for s in within:
        a, b = max(start, s.start), min(end, s.end)
        bare = prompt[a:b].rstrip(_STOPS)
        if re.search(r"\w", bare):
            yield a, a + len(bare)


_PLAIN = re.compile(
    r"able|about|also|answers?|any|each|ensure|every|formatted|have|includ\w+|into|least|less|long|more|most|must|only"
    r"|organize|output|present\w*|provide|reply|response|should|such|than|that|the|this|using|with|written|your"
)


def echo(words: str, text: str) -> bool:
    """Whether a text speaks of what these words ask: half of what they are about, and two things at least.

    >>> echo("The answer must not exceed 150 words.", "Describe it in 150 words.")
    True
    >>> echo("The answer must not exceed 150 words.", "Which words rhyme?")
    False
    """
    about = _subjects(words)
    both = about & _subjects(text)
    return len(both) > 1 and len(both) * 2 >= len(about)


def _subjects(text: str) -> frozenset[str]:
    """The words that tell what a text is about, and its numbers; what is in quotes is only an example."""
    bare = re.sub(r"\"[^\"]*\"|“[^”]*”|(?<!\w)'[^'\n]*'(?!\w)", " ", text.lower())
    words = [str(NUMBERS.get(w, w)) for w in re.findall(r"\w+", bare)]
    return frozenset(w.removesuffix("s") for w in words if w.isdigit() or (len(w) > 3 and not _PLAIN.fullmatch(w)))
