"""Whether a rewritten prompt still sets the same task, by counting words.

A sentence that says nothing of what changes must stay, character for character, in its order, on a line of its own if
it had one. Of a sentence that does, the words that state it may go, and those that lead to them ("your answer must
contain"); every other must stay, in its order. What the rewrite has beyond that must be words that state its
constraints, or that lead to them. There is no threshold below all: a refusal costs a row, a wrong word poisons
training.

Not promised: that what is left reads well, or that a word of the task that also belongs to a changed constraint, in
the same sentence and beside it, is missed. In scripts without spaces a word is a run of letters: few rewrites pass.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hirkit.llm.wordings import Place, without
from hirkit.span.quantities import NUMBERS
from hirkit.span.sentences import Sentence, split
from hirkit.span.vocabulary import THE_THING

_THE_THING = re.compile(rf"\b{THE_THING}", re.IGNORECASE)
_MARKERS = re.compile(r"^[ \t]*(?:\(?(?:\d{1,3}|[a-h])[.)]|[-*•])(?=\s|$)", re.MULTILINE)
_NUMBERED = re.compile(r"^[ \t]*\(?(\d{1,3})[.)](?=\s)", re.MULTILINE)
_TOKEN = re.compile(r"\w+(?:['’.,:@/]\w+)*|[^\w\s.,;:!?'\"…()“”‘’`*–—-]")
FUNCTION = frozenset({
    "a", "an", "the", "and", "but", "or", "nor", "so", "yet", "of", "in", "on", "at", "to", "for", "with", "by",
    "from", "as", "into", "than", "that", "which", "who", "it", "its", "they", "them", "their", "this", "these",
    "those", "there", "is", "are", "be", "been", "being", "was", "were", "has", "have", "had", "having", "do",
    "does", "did", "will", "would", "should", "must", "may", "might", "can", "could", "shall", "i", "you",
    "your", "me", "my", "we", "us", "our", "he", "she", "if", "then", "also", "too", "both", "each", "either",
    "such", "while", "when", "all", "any", "it's", "that's", "there's", "i'd", "i'm", "i'll", "let's", "you'll",
    "you're", "s", "t", "d", "ll", "re", "ve", "m",
})  # fmt: skip
"""Words that hold a sentence together. None of them denies, counts or names anything."""
GENERIC = frozenset({
    "answer", "answers", "response", "responses", "reply", "replies", "respond", "output", "text", "entire",
    "whole", "please", "make", "makes", "making", "sure", "ensure", "certain", "need", "needs", "use", "uses",
    "using", "write", "writes", "writing", "written", "give", "gives", "contain", "contains", "containing",
    "include", "includes", "including", "mention", "mentions", "mentioning", "provide", "put", "add", "keep",
    "want", "like", "forget", "remember", "additionally", "finally", "furthermore", "moreover", "however",
    "note", "following", "appear", "appears", "end", "beginning", "start", "explicitly", "after", "example",
})  # fmt: skip
"""Words that lead to a demand: "Please make sure that your answer contains"."""
POINTERS = frozenset({
    "it", "they", "them", "this", "that", "these", "those", "but", "however", "also", "and", "then", "yet",
    "still", "additionally", "finally",
})  # fmt: skip
"""Words that a sentence may begin with because of the one before it, which may have gone."""
NEGATIONS = frozenset({
    "no", "not", "never", "none", "nothing", "without", "neither", "cannot", "avoid", "except", "unless", "only",
})  # fmt: skip
CONNECTING = 12
"""How many words more than the original and the new constraints have a rewrite may hold."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word, number or sign of the prompt, in lower case, and where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """What must stay: ``text`` as it is, or as a word in either case; ``new_line`` if a line ended before it."""

    text: str
    exact: bool
    new_line: bool = False


def word_list(text: str, start: int = 0, end: int | None = None) -> list[Word]:
    """The words, numbers and signs of a text.

    >>> [word.text for word in word_list("Add 3.5 + 2, don't stop.")]
    ['add', '3.5', '+', '2', "don't", 'stop']
    """
    found = _TOKEN.finditer(text, start, len(text) if end is None else end)
    return [Word(m.group().casefold().replace("’", "'"), *m.span()) for m in found]


def tidy(text: str) -> str:
    """Typographic quotation marks and odd spaces made plain, runs of blanks one, as models do without being asked."""
    plain = text.translate(str.maketrans("“”‘’\u00a0\u202f", "\"\"''  "))
    return re.sub(r"[ \t]+", " ", plain)


def number_of(word: str) -> str | None:
    """What a word counts, in digits or letters; None where it counts nothing.

    >>> number_of("1,200"), number_of("twice"), number_of("3rd"), number_of("rain")
    ('1200', '2', '3rd', None)
    """
    if word in NUMBERS:
        return str(NUMBERS[word])
    return word.replace(",", "") if any(ch.isdigit() for ch in word) else None


def denies(word: str) -> bool:
    """Whether a word turns its sentence into the opposite."""
    return word in NEGATIONS or word.endswith("n't")


@dataclass(frozen=True, slots=True)
class Changes:
    """What changes in a prompt: the places of words that may go, of those that state what is kept, and the
    ``vocabulary`` of what goes.
    """

    free: Sequence[Place]
    kept: Sequence[Place]
    vocabulary: frozenset[str]

    def touches(self, start: int, end: int) -> bool:
        """Whether any of these words may go."""
        return any(a < end and start < b for a, b in self.free)

    def keeps(self, start: int, end: int) -> bool:
        """Whether these words state what is kept."""
        return any(a <= start and end <= b for a, b in self.kept)


def pieces(prompt: str, changes: Changes) -> tuple[list[Piece], list[Place]]:
    """What must stay of a prompt, in order; and the places of what may go or stay."""
    out: list[Piece] = []
    may_go: list[Place] = []
    last_end, follows = 0, False
    for s in split(prompt):
        touched = changes.touches(s.start, s.block_end)
        gone: list[Place] = []
        if follows and _EXAMPLE.match(prompt, s.start, s.end):
            mine, gone = list[Piece](), [(s.start, s.block_end)]
        elif touched:
            mine, gone = _parts(prompt, s, changes)
        else:
            mine = _whole(prompt, s, after_touched=follows)
        may_go += gone
        if mine:
            broken = last_end > 0 and "\n" in prompt[last_end : s.start]
            out += [replace(mine[0], new_line=broken), *mine[1:]]
            last_end = s.block_end
        follows = touched
    return out, may_go


_EXAMPLE = re.compile(  # "For example: *text*" goes with what it is an example of
    r"(?:for (?:example|instance)|examples?|e\.g\.|such as|like this|i\.e\.)[,: ].{0,90}$", re.IGNORECASE | re.DOTALL
)


def _whole(prompt: str, s: Sentence, *, after_touched: bool) -> list[Piece]:
    """A sentence that nothing changes, and the lines that it shows; after one that changes, without "it" or "but"."""
    words = word_list(prompt, s.start, s.end)
    lead = 0
    while after_touched and lead < min(2, len(words) - 1) and words[lead].text in POINTERS:
        lead += 1
    start = words[lead].start if lead else s.start
    lines = [line.strip() for line in prompt[start : s.block_end].splitlines()]
    return [Piece(line, exact=True, new_line=i > 0) for i, line in enumerate(lines) if line]


def _parts(prompt: str, s: Sentence, changes: Changes) -> tuple[list[Piece], list[Place]]:
    """Of a sentence of which words go: what must stay, and what may go. Lines that it shows go with its end."""
    words = word_list(prompt, s.start, s.end)
    goes = _going(words, changes, [m.span() for m in _THE_THING.finditer(prompt, s.start, s.end)])
    if not all(goes):  # what the rest is about must stay
        goes = _going(words, changes, [])
    stays = [Piece(prompt[w.start : w.end], exact=False) for w, gone in zip(words, goes, strict=True) if not gone]
    gone = [(w.start, w.end) for w, gone in zip(words, goes, strict=True) if gone]
    if s.block_end == s.end or not goes or goes[-1]:
        return stays, [*gone, (s.end, s.block_end)]
    lines = [line.strip() for line in prompt[s.end : s.block_end].splitlines()]
    return [*stays, *(Piece(line, exact=True, new_line=True) for line in lines if line)], gone


def _going(words: Sequence[Word], changes: Changes, things: Sequence[Place]) -> list[bool]:
    """Which words go: those that may, and what leads to them on either side: "your answer must contain"."""
    goes = [changes.touches(w.start, w.end) for w in words]
    leads = [
        not changes.keeps(w.start, w.end)
        and (_leads(words, i, changes.vocabulary) or any(a <= w.start and w.end <= b for a, b in things))
        for i, w in enumerate(words)
    ]
    for order in (range(len(words)), reversed(range(len(words)))):
        near = False
        for i in order:
            goes[i] = near = goes[i] or (near and leads[i])
    return goes


def _leads(words: Sequence[Word], i: int, vocabulary: frozenset[str]) -> bool:
    """Whether a word may belong to a demand beside it. A denial does so only in "do not forget to"."""
    word = words[i].text
    if denies(word):
        return i + 1 < len(words) and words[i + 1].text == "forget"
    return number_of(word) is None and (word in FUNCTION or word in GENERIC or word in vocabulary)


def missing(required: Sequence[Piece], text: str) -> tuple[str | None, list[Place]]:
    """The first piece that is not where it should be, None if all are; and the places of those that are."""
    at, places = 0, list[Place]()
    for piece in required:
        m = _pattern(piece).search(text, at)
        if m is None or (piece.new_line and "\n" not in text[at : m.start()]):
            return piece.text, places
        places.append(m.span())
        at = m.end()
    return None, places


def _pattern(piece: Piece) -> re.Pattern[str]:
    """The piece as whole words; of an exact one only the first letter may be in either case."""
    first, rest = re.escape(piece.text[0]), re.escape(piece.text[1:])
    start = r"(?<!\w)" if piece.text[0].isalnum() else ""
    end = r"(?!\w)" if piece.text[-1].isalnum() else ""
    return re.compile(f"{start}(?i:{first}){rest}{end}", 0 if piece.exact else re.IGNORECASE)


def surplus(text: str, accounted: Sequence[Place], prompt: str, known: Counter[str]) -> str | None:
    """The first word of a rewrite that nothing accounts for; None if there is none.

    ``accounted`` are the places of what had to stay, and of what states the constraints; ``known`` are words that may
    stand elsewhere. Words that only lead to a demand may too, and "It must" may have become "Your poem must".
    """
    bare = unnumbered(without(text, accounted))
    words = word_list(bare)
    rest = Counter(w.text for i, w in enumerate(words) if not _leads(words, i, frozenset()))
    things = {w.text for m in _THE_THING.finditer(bare) for w in word_list(m.group())}
    things &= {w.text for w in word_list(prompt)}
    return next((word for word, count in rest.items() if count > known[word] + (word in things)), None)


def unnumbered(text: str) -> str:
    """The text without the numbers of its lists."""
    return _MARKERS.sub("", text)


def misnumbered(text: str) -> bool:
    """Whether a numbered list skips or repeats a number, or begins with another than 1."""
    last = 0
    for m in _NUMBERED.finditer(text):
        if int(m[1]) not in (1, last + 1):
            return True
        last = int(m[1])
    return False
