r"""Sentences and words as NLTK 3.9.1 cuts them, whatever NLTK is installed, or none.

The law: with punkt_tab English, ``sentence_model()(text)`` is ``sent_tokenize(text)`` and ``word_tokens(text, model)``
is ``word_tokenize(text)`` of NLTK 3.9.1 (Apache-2.0), for any str, in time linear in its length, without a clock.

Own code, not NLTK's classes: published verdicts follow 3.9.1, and in 3.10 the patterns, the token class, the word
tokenizer and the loader all differ (and give up after five seconds), so little is left to inherit. Pinned: the
algorithm (Kiss & Strunk 2006) and the regular expressions. Without NLTK's token objects sentences take 2/3 and words
1/3 of 3.9.1's time, and NLTK itself need not be imported.

What Punkt knows of English is data that we do not ship: ``punkt_tab``, found where NLTK looks for it. Without it our
own short list stands in: other cuts in 4 % of real responses, and another ``digest`` in every result. Data that other
accounts can write is used only if its bytes are the published ones. Zipped data is not read (nor does 3.9.1).
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shlex
import string
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal

FILES = ("abbrev_types.txt", "collocations.tab", "ortho_context.tab", "sent_starters.txt")
PUBLISHED = "87b7437941fb4df1"  # cat FILES | sha256sum | head -c 16: punkt_tab/english as nltk_data publishes it
INSTALL = "hirkit data install"
MID_UPPER, UPPER, BEGIN_LOWER, LOWER = 4, 14, 16, 112  # how a word was seen: bits in ortho_context.tab


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What Punkt learnt about one language; words in lower case and without a final stop."""

    abbreviations: frozenset[str]
    pairs: frozenset[tuple[str, str]]  # never a sentence break between these two
    starters: frozenset[str]
    seen: Mapping[str, int]
    breaks: dict[str, bool] = field(default_factory=dict)  # in which contexts a sentence ends, remembered


@dataclass(frozen=True, slots=True)
class SentenceModel:
    name: str
    digest: str  # of the parameters: the first 16 hex digits of a sha256
    knowledge: Knowledge = field(repr=False, compare=False)

    def __call__(self, text: str) -> tuple[str, ...]:
        """The sentences of ``text``, in order; nothing is lost but whitespace between and after them.

        >>> built_in_model()("Dr. Smith left. “Stop!” She ran.")
        ('Dr. Smith left.', '“Stop!” She ran.')
        """
        return tuple(text[a:b] for a, b in _with_closing_marks(text, _cuts(text, self.knowledge)))


@dataclass(frozen=True, slots=True)
class PunktStatus:
    """Whether punkt_tab can be used; if not (or not quite), why, and the command that mends it."""

    state: Literal["installed", "missing", "refused", "damaged"]
    path: str
    why: str = ""
    mend: str = ""


# --- finding the parameters ---

_LOCK = threading.Lock()


def sentence_model() -> SentenceModel:
    """The model of this process: punkt_tab English if it can be used, else the built-in one. Looked up once."""
    with _LOCK:
        return _chosen_model()


@functools.cache
def _chosen_model() -> SentenceModel:
    return _look()[0] or built_in_model()


def punkt_status() -> PunktStatus:
    """The state of punkt_tab now; it may be newer than ``sentence_model()``."""
    return _look()[1]


def search_path() -> tuple[Path, ...]:
    """NLTK's: ``nltk.data.path`` if somebody has loaded it, ``NLTK_DATA``; if it is not loaded, its default places."""
    loaded = [str(p) for p in getattr(sys.modules.get("nltk.data"), "path", ())]
    bases = ["~", sys.prefix, f"{sys.prefix}/share", f"{sys.prefix}/lib"]
    unix = ["/usr/share", "/usr/local/share", "/usr/lib", "/usr/local/lib"]
    bases += unix if os.name == "posix" else [os.environ.get("APPDATA", "C:/"), "C:/", "D:/", "E:/"]
    places = [*loaded, *os.environ.get("NLTK_DATA", "").split(os.pathsep)]
    places += [] if loaded else [f"{base}/nltk_data" for base in bases]
    return tuple(Path(os.path.expanduser(p)) for p in dict.fromkeys(places) if p)  # noqa: PTH111 - never raises


def _look() -> tuple[SentenceModel | None, PunktStatus]:
    """The first punkt_tab that can be used; if none can, the first one's trouble."""
    why = f"no tokenizers/punkt_tab/english in {', '.join(map(str, search_path()))}"
    found = [_read(root) for root in search_path() if os.path.isdir(root / "tokenizers/punkt_tab/english")]  # noqa: PTH112
    return next((f for f in found if f[0]), found[0] if found else (None, PunktStatus("missing", "", why, INSTALL)))


def _read(root: Path) -> tuple[SentenceModel | None, PunktStatus]:
    folder = root / "tokenizers/punkt_tab/english"
    files = [folder / name for name in FILES]
    try:
        raw = [file.read_bytes() for file in files]
        digest = hashlib.sha256(b"".join(raw)).hexdigest()[:16]
        model = SentenceModel("punkt_tab/english", digest, _parse(raw))
        places = [root, root / "tokenizers", folder.parent, folder, *files]
        writable = [p for p in places if os.name == "posix" and p.stat().st_mode & 0o022]  # elsewhere bits say nothing
    except (OSError, ValueError) as err:
        return None, PunktStatus("damaged", str(folder), f"cannot be used: {err}", INSTALL)
    protect = f"chmod -R go-w {shlex.quote(str(root))}" if writable else ""
    others = f"other accounts can write {writable[0]}" if writable else ""
    if digest == PUBLISHED:
        why = others and f"{others}: NLTK 3.10 refuses it; used here, for its bytes are the published ones"
        return model, PunktStatus("installed", str(folder), why, protect)
    why = f"not the published files ({digest}, not {PUBLISHED}): verdicts may differ"
    if writable:
        return None, PunktStatus("refused", str(folder), f"{others}, and these are {why}", f"{protect} && {INSTALL}")
    return model, PunktStatus("installed", str(folder), why, INSTALL)


def _parse(raw: list[bytes]) -> Knowledge:
    """ValueError, naming file and line, where a file is not what it should be."""
    tables: list[list[list[str]]] = []
    for name, columns, data in zip(FILES, (1, 2, 2, 1), raw, strict=True):
        lines = data.decode("utf-8").replace("\r\n", "\n").removesuffix("\n").split("\n")
        tables.append([line.split("\t") for line in lines])
        for n, row in enumerate(tables[-1], 1):
            if len(row) != columns or "" in row or (name == FILES[2] and not row[1].isdecimal()):
                raise ValueError(f"{name}, line {n} reads {row!r:.80}")
    words, pairs, seen, starters = tables
    bits = {word: int(flags) for word, flags in seen}
    first, second = frozenset(w[0] for w in words), frozenset((a, b) for a, b in pairs)
    return Knowledge(first, second, frozenset(w[0] for w in starters), bits)


# --- without the parameters: our own selection ---

_SHORT = """adm capt dr gen gov hon jr lt maj messrs mr mrs ms prof rep rev sen sgt sr st
    jan feb mar apr jun jul aug sep sept oct nov dec a.m p.m e.g i.e etc vs viz cf approx est fig figs vols nos
    inc ltd co corp bros dept univ ave blvd rd u.s u.k u.s.a u.n d.c ph.d m.d b.a m.a b.c a.d"""
_COMMON = """a about after all also although an and another any are as at be because been before both but by can could
    did do does during each even every few first for from had has have he her here his how however i if in into is it
    its let many may more most much my never next no nor not now of on once one only or other our over she should since
    so some such than that the their then there these they this those though to too two under until up use very was we
    were what when where which while who why will with without would yet you your"""


@functools.cache
def built_in_model() -> SentenceModel:
    """Punkt's algorithm on abbreviations, and on words that are capitalised only where a sentence starts."""
    short, common = frozenset(_SHORT.split()), frozenset(_COMMON.split())
    digest = hashlib.sha256(f"{sorted(short)}{sorted(common)}".encode()).hexdigest()[:16]
    knowledge = Knowledge(short, frozenset(), frozenset(), dict.fromkeys(common, LOWER & ~BEGIN_LOWER))
    return SentenceModel("built-in abbreviations", digest, knowledge)


# --- sentences ---

_INNER = r"""[?!)";}\]*:@'({\[]"""  # never inside a word
_MANY = r"(?:-{2,}|\.{2,}|(?:\.\s){2,}\.)"
_WORD_END = rf"(?=\s|$|{_INNER}|{_MANY}|,(?=$|\s|{_INNER}|{_MANY}))"
_TOKEN = re.compile(rf"{_MANY}|[^\s(\"`{{\[:;&#*@)}}\]\-,]\S*?{_WORD_END}|\S")
_STOP = re.compile(rf"[.?!](?=(?P<after>{_INNER}|\s+(?P<next>\S+)))")
_CLOSING = re.compile(r"""["')\]}]+?(?:\s+|(?=--)|$)""", re.MULTILINE)
_NUMBER = re.compile(r"-?[.,]?\d[\d,.-]*\.?")
_INITIAL = re.compile(r"[^\W\d]\.")
_PLAIN = re.compile(r"([A-Za-z]{2,})\.\s+([A-Za-z]+),?")
_CONTEXTS_REMEMBERED = 1 << 13


def _cuts(text: str, know: Knowledge) -> Iterator[tuple[int, int]]:
    """Sentences by their stops alone; the last may be empty."""
    start = 0
    for stop, word in _stops(text):
        context = text[word : stop.end("after")]
        if (ends := know.breaks.get(context)) is None:
            ends = _remembered(context, know)
        if ends:
            yield start, stop.end()
            start = stop.start("next") if stop["next"] else stop.end()
    yield start, len(text.rstrip())


def _stops(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Stops that may end a sentence, each with the start of its word; of several in one word the last.

    As in 3.9.1 only ASCII whitespace bounds a word here, and not right after the text's start or another stop.
    """
    last, begin, end, spaced = None, 0, 0, text
    for char in string.whitespace:
        spaced = spaced.replace(char, " ")
    for stop in _STOP.finditer(text):
        start = stop.start()
        word = spaced.rfind(" ", end + 1, start) + 1 or begin
        if last and end <= word:
            yield last, begin
        last, begin, end = stop, word, start
    if last:
        yield last, begin


def _remembered(context: str, know: Knowledge) -> bool:
    ends = _has_break(context, know)
    if len(know.breaks) >= _CONTEXTS_REMEMBERED:
        know.breaks.clear()
    if len(context) < 60:
        know.breaks[context] = ends
    return ends


def _has_break(context: str, know: Knowledge) -> bool:
    if (plain := _PLAIN.fullmatch(context)) and (word := plain[1].lower()) not in know.abbreviations:
        return (word, plain[2].lower()) not in know.pairs  # what the two passes below come to
    tokens = [token for line in context.split("\n") for token in _TOKEN.findall(line)]
    return any(_ends(*pair, know) for pair in pairwise(tokens))


def _by_itself(token: str, know: Knowledge) -> tuple[bool, bool]:
    """First pass: (looks like the end of a sentence, is an abbreviation or an ellipsis)."""
    if token in (".", "?", "!"):
        return True, False
    if not token.endswith(".") or token.endswith(".."):
        return False, token.endswith("..") and not token.strip(".")
    word = token[:-1].lower()
    short = word in know.abbreviations or word.rsplit("-", 1)[-1] in know.abbreviations
    return not short, short


def _ends(token: str, after: str, know: Knowledge) -> bool:
    """Second pass: whether a sentence ends between these two tokens."""
    ends, short = _by_itself(token, know)
    if not token.endswith("."):
        return ends
    kind, following = _kind(token, undot=True), _kind(after, undot=_by_itself(after, know)[0])
    initial, number = _INITIAL.fullmatch(token) is not None, kind == "##number##"
    if (kind, following) in know.pairs:
        return False
    if not (short or initial or number):
        return ends
    seen = know.seen.get(following, 0)
    starts = _starts_sentence(after, seen)
    if short and not initial and (starts or (after[0].isupper() and following in know.starters)):
        return True
    name = initial and starts is None and after[0].isupper() and not seen & LOWER
    return ends and not name and not (starts is False and (initial or number))


def _kind(token: str, *, undot: bool) -> str:
    word = token.lower()
    if _NUMBER.fullmatch(word):
        return "##number##"
    return word[:-1] if undot and len(word) > 1 and word[-1] == "." else word


def _starts_sentence(token: str, seen: int) -> bool | None:
    """Whether this token's case says that it starts a sentence; None where it says nothing."""
    if token in (";", ":", ",", ".", "!", "?"):
        return False
    if token[0].isupper() and seen & LOWER and not seen & MID_UPPER:
        return True
    return False if token[0].islower() and (seen & UPPER or not seen & BEGIN_LOWER) else None


def _with_closing_marks(text: str, cuts: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Closing quotes and brackets that begin a sentence go to the one before; empty sentences go."""
    start, stop = next(cuts)
    for begin, end in cuts:
        closing = _CLOSING.match(text[begin:end]) if text[begin] in "\"')]}" else None
        if closing or start < stop:
            yield start, begin + len(closing[0].rstrip()) if closing else stop
        start, stop = begin + (closing.end() if closing else 0), end
    if start < stop:
        yield start, stop


# --- words: each step is (what must occur for it to do anything, what it finds, what it writes), in this order ---
# All sentences of a text go through a step at once, one on a line: $ is the end of a sentence, and _SPACE ends there.
# Patterns begin with the character they look for, for which re searches quickly, and look back for what precedes it.

_SPACE = r"[^\S\n]"
_LAST = rf"{_SPACE}*+$"  # possessive, as are the closing marks before it: in 3.9.1 quadratic, same matches
_BEFORE_PADDING = (
    ("«“‘„`", r"[«“‘„]|`+", r" \g<0> "),
    ('"', r'"(?<=^")', "``"),
    (("``",), "``", " `` "),
    ("\"'", r"""["'](?:(?<=[ (\[{<]")|(?<=[ (\[{<]')')""", " `` "),
    ("'", r"(?i)'(?!re|ve|ll|m|t|s|d|n)(\w)\b", r"' \1"),
    (".", rf"""\.(?<=[^.\n]\.)(?=[\])}}>"'»”’ ]*+{_LAST})""", " . "),
    (",", r",(?<![,:],)(?![,:\d])", " , "),
    (":", r":(?<![,:]:)(?![,:\d])", " : "),
    ((",,", ",:", ":,", "::"), r"([:,])([^\d\n]|$)", r" \1 \2"),
    (("..",), r"\.\.+", r" \g<0> "),
    *((char, re.escape(char), f" {char} ") for char in ";@#$%&"),
    (".", rf"""\.(?<=[^.\n]\.)(?=[\])}}>"']*+{_LAST})""", " . "),
    *((char, re.escape(char), f" {char} ") for char in "?!"),
    (("' ",), r"'(?<=[^'\n]') ", " ' "),
    *((char, re.escape(char), f" {char} ") for char in "][(){}<>*»”’"),
    (("--",), "--", " -- "),
)
_AFTER_PADDING = (
    (("''",), "''", " '' "),
    ('"', '"', " '' "),
    ("\"'", r"[^\S\n ]", " "),
    ("'", r"'(?<=[^' \n]')([sSmMdD]?) ", r" '\1 "),
    (
        ("'ll ", "'LL ", "'re ", "'RE ", "'ve ", "'VE ", "n't ", "N'T "),
        r"(?:'(?<=[^' \n]')(?:ll|LL|re|RE|ve|VE)|(?:n't|N'T)(?<=[^' \n]...)) ",  # in one step: "can't'll" loses one
        r" \g<0>",
    ),
)
_STEPS = [[(tuple(needs), re.compile(p, re.M), new) for needs, p, new in s] for s in (_BEFORE_PADDING, _AFTER_PADDING)]


def _contraction(first: str, second: str) -> tuple[str, re.Pattern[str]]:
    before, after = " " if first == "'t" else r"\b", r"(?=\s)" if first == "wan" else r"\b"
    return first + second, re.compile(rf"(?i){before}({first})({second}){after}")


_PAIRS = "can not  d 'ye  gim me  gon na  got ta  lem me  more 'n  wan na  't is  't was"
_CONTRACTED = [_contraction(*pair.split()) for pair in _PAIRS.split("  ")]
_ALSO_LETTERS = "İıſ\u212a"  # i, s and k match these too when case is ignored


def word_tokens(text: str, sentences: SentenceModel) -> tuple[str, ...]:
    """Penn Treebank words of each sentence; straight double quotes become `` and ''.

    >>> word_tokens('She can\\'t say "gonna" here.', built_in_model())
    ('She', 'ca', "n't", 'say', '``', 'gon', 'na', "''", 'here', '.')
    """
    return tuple(_words("\n".join(sentence.replace("\n", "\v") for sentence in sentences(text))))


def _words(text: str) -> list[str]:
    """The words of sentences, one on a line; white space ends none."""
    lower, odd = text.lower(), any(letter in text for letter in _ALSO_LETTERS)
    for steps in _STEPS:
        for needs, pattern, new in steps:
            if any(need in text for need in needs):
                text = pattern.sub(new, text)
        text = f" {text} ".replace("\n", " \n ")
    for letters, pattern in _CONTRACTED:
        if odd or letters in lower:
            text = pattern.sub(r" \1 \2 ", text)
    return text.split()
