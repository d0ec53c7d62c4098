"""What is known about single words: stop words, the tag of a first word, syllables, emoji.

The law: with NLTK's data, ``stop_words().words`` is ``nltk.corpus.stopwords.words("english")``, and
``tagger().first_tag(tokens)`` is the tag that NLTK's ``pos_tag(tokens)`` gives the first token, whatever NLTK is
installed, or none. ``pos_tag`` goes from left to right and looks two tokens ahead, so three tokens are enough, and a
text of a megabyte is tagged in microseconds instead of seconds. Own code: NLTK 3.10 refuses to load data that 3.9.1
loads. What is not promised: any tag but the first.

The data is not ours and not shipped; it is looked for where NLTK looks. Without a list of stop words our own short one
stands in, under another ``digest`` in every result; nothing can stand in for the tagger. As with ``punkt_tab``, data
that other accounts can write is used only if it is the published one.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shlex
import string
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from constraints.needs import MissingNeed
from constraints.punkt import search_path


@dataclass(frozen=True, slots=True)
class StopWordList:
    """English stop words, in lower case."""

    words: frozenset[str] = field(repr=False)
    name: str
    digest: str  # of the words: the first 16 hex digits of a sha256


@dataclass(frozen=True, slots=True)
class Tagger:
    """An averaged perceptron: each feature of a token votes for tags, and the tag with most votes is its tag."""

    name: str
    digest: str
    weights: Mapping[str, Mapping[str, float]] = field(repr=False, compare=False)
    known: Mapping[str, str] = field(repr=False, compare=False)  # words that have one tag only
    tags: tuple[str, ...] = field(repr=False, compare=False)

    def first_tag(self, tokens: tuple[str, ...]) -> str:
        """The Penn Treebank tag of the first token; "" where there is none."""
        if not tokens:
            return ""
        if tag := self.known.get(tokens[0]):
            return tag
        votes = dict.fromkeys(self.tags, 0.0)
        for feature in _opening(tokens):
            for tag, weight in self.weights.get(feature, {}).items():
                votes[tag] += weight
        return max(self.tags, key=lambda tag: (votes[tag], tag))


def _opening(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The features of a first token, in NLTK's order: the votes are floats, so their order decides close calls."""
    word, after, later = [*map(_kind, tokens[:3]), "-END-", "-END2-"][:3]
    return (
        "bias",
        f"i suffix {tokens[0][-3:]}",
        f"i pref1 {tokens[0][:1]}",
        "i-1 tag -START-",
        "i-2 tag -START2-",
        "i tag+i-2 tag -START- -START2-",
        f"i word {word}",
        f"i-1 tag+i word -START- {word}",
        "i-1 word -START2-",
        "i-1 suffix T2-",
        "i-2 word -START-",
        f"i+1 word {after}",
        f"i+1 suffix {after[-3:]}",
        f"i+2 word {later}",
    )


def _kind(token: str) -> str:
    if "-" in token and not token.startswith("-"):
        return "!HYPHEN"
    if token.isdigit() and len(token) == 4:
        return "!YEAR"
    return "!DIGITS" if token[:1].isdigit() else token.lower()


# --- finding the data ---


@dataclass(frozen=True, slots=True)
class DataStatus:
    """Whether a resource can be used; if not (or not quite), why, and the command that mends it."""

    state: Literal["installed", "missing", "refused", "damaged"]
    path: str
    why: str = ""
    mend: str = ""


T = TypeVar("T", bound=StopWordList | Tagger)


@dataclass(frozen=True, slots=True)
class _Resource(Generic[T]):
    folder: str  # below a folder of NLTK data
    files: tuple[str, ...]
    parse: Callable[[list[bytes]], T]  # ValueError where they are not what they should be
    published: str  # the digest of what NLTK publishes today
    install: str


_LOCK = threading.Lock()


def stop_words() -> StopWordList:
    """The stop words of this process: NLTK's English ones if they can be used, else the built-in ones."""
    with _LOCK:
        return _chosen_words()


@functools.cache
def _chosen_words() -> StopWordList:
    return _look(_STOP_WORDS)[0] or built_in_stop_words()


def tagger() -> Tagger:
    """NLTK's English tagger, read once; ``MissingNeed`` where it is missing or cannot be used."""
    with _LOCK:
        return _chosen_tagger()


@functools.cache
def _chosen_tagger() -> Tagger:
    found, status = _look(_TAGGER)
    if found is None:
        raise MissingNeed(
            f"The part-of-speech tagger is {status.state}: {status.why}. To mend it: {status.mend}; "
            "or set NLTK_DATA to a folder that has it"
        )
    return found


def stop_words_status() -> DataStatus:
    """The state of NLTK's stop words now; it may be newer than ``stop_words()``."""
    return _look(_STOP_WORDS)[1]


def tagger_status() -> DataStatus:
    """The state of NLTK's tagger now; it may be newer than ``tagger()``."""
    return _look(_TAGGER)[1]


def _look(resource: _Resource[T]) -> tuple[T | None, DataStatus]:
    """The first one that can be used; if none can, the first one's trouble."""
    first = f"{resource.folder}/{resource.files[0]}"
    found = [_read(root, resource) for root in search_path() if os.path.isfile(root / first)]  # noqa: PTH113 - never raises
    why = f"there is no {first} in {', '.join(map(str, search_path()))}"
    nothing = (None, DataStatus("missing", "", why, resource.install))
    return next((f for f in found if f[0] is not None), found[0] if found else nothing)


def _read(root: Path, resource: _Resource[T]) -> tuple[T | None, DataStatus]:
    folder = root / resource.folder
    files = [folder / name for name in resource.files]
    try:
        data = resource.parse([file.read_bytes() for file in files])
        places = [root, folder.parent, folder, *files]
        writable = [p for p in places if os.name == "posix" and p.stat().st_mode & 0o022]  # elsewhere bits say nothing
    except (OSError, ValueError, RecursionError) as err:
        return None, DataStatus("damaged", str(folder), f"{folder} cannot be used: {err}", resource.install)
    if data.digest == resource.published:
        return data, DataStatus("installed", str(folder))
    why = f"{folder} is not what NLTK publishes ({data.digest}, not {resource.published}): verdicts may differ"
    if writable:
        mend = f"chmod -R go-w {shlex.quote(str(root))} && {resource.install}"
        return None, DataStatus("refused", str(folder), f"other accounts can write {writable[0]}, and {why}", mend)
    return data, DataStatus("installed", str(folder), why, resource.install)


def _hash(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def _parse_words(raw: list[bytes]) -> StopWordList:
    words = [line for line in raw[0].decode("utf-8").splitlines() if line.strip()]
    if not words or any(not word.isprintable() or len(word.split()) != 1 for word in words):
        raise ValueError("english is no list of words, one on each line")
    return StopWordList(frozenset(words), "stopwords/english", _hash("\n".join(sorted(set(words))).encode()))


def _parse_tagger(raw: list[bytes]) -> Tagger:
    weights, known, tags = map(json.loads, raw)
    if not (_is_list_of_str(tags) and tags and isinstance(known, dict) and isinstance(weights, dict)):
        raise ValueError("the three files are not weights, a dictionary of tags and a list of tags")
    all_tags = frozenset(tags)
    if not all_tags.issuperset(map(str, known.values())):
        raise ValueError("a word has a tag that is none")
    for feature, votes in weights.items():
        if not (isinstance(votes, dict) and all_tags.issuperset(votes) and all(map(_is_number, votes.values()))):
            raise ValueError(f"the weights of {feature!r:.60} are no numbers by tag")
    digest = _hash(raw[0], raw[1], json.dumps(sorted(all_tags)).encode())  # published in a set's order: not one order
    return Tagger("averaged_perceptron_tagger_eng", digest, weights, known, tuple(sorted(all_tags)))


def _is_list_of_str(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


_STOP_WORDS = _Resource(
    "corpora/stopwords",
    ("english",),
    _parse_words,
    "47608d511aa4fec9",
    "hirkit data install stopwords",
)
_TAGGER = _Resource(
    "taggers/averaged_perceptron_tagger_eng",
    tuple(f"averaged_perceptron_tagger_eng.{part}.json" for part in ("weights", "tagdict", "classes")),
    _parse_tagger,
    "6b0c1a41969cc389",
    "hirkit data install tagger",
)

# --- without NLTK's stop words: our own selection ---

_FUNCTION_WORDS = """
    a an the this that these those each every either neither both all any some none no such same other another
    i me my mine myself you your yours yourself yourselves he him his himself she her hers herself it its itself
    we us our ours ourselves they them their theirs themselves who whom whose which what one
    am is are was were be been being do does did doing have has had having
    can could may might must shall should will would ought
    about above after against along among around at before behind below beneath between beyond by despite down during
    except for from in inside into near of off on onto out outside over per since through throughout to toward towards
    under until up upon via with within without
    and but or nor so yet if because as although though while unless whereas whether than then when where why how
    there here now once again also just only very too not more most less least few much many own
    s t d m re ve ll"""  # the last line is what words() leaves of "it's", "don't", "I'd", "I'm", "we're", …


@functools.cache
def built_in_stop_words() -> StopWordList:
    """Function words of English: articles, pronouns, auxiliaries, prepositions, conjunctions and the like."""
    words = frozenset(_FUNCTION_WORDS.split())
    return StopWordList(words, "built-in stop words", _hash("\n".join(sorted(words)).encode()))


# --- syllables and emoji ---

_DEPTH = 99


def syllables(word: str) -> int:
    """As syllapy counts: from its list, else by runs of vowels; none in a word with a digit."""
    return _remembered(word) if len(word) < 25 else _syllables(word)


@functools.lru_cache(1 << 14)
def _remembered(word: str) -> int:
    return _syllables(word)


def _syllables(word: str) -> int:
    """The syllables counted anew.

    syllapy calls itself for each hyphen, and a thousand are too many: all but the last hundred parts are counted here.
    """
    from syllapy import count  # importing it reads its list, once and under Python's import lock

    bare = word.strip().strip(string.punctuation)
    parts = bare.split("-", max(0, bare.count("-") - _DEPTH))
    counts = [count(part) for part in parts if part.strip(string.punctuation)]
    return sum(counts) if all(counts) else 0


def is_emoji(text: str) -> bool:
    """Whether this is one emoji, as the emoji package lists them."""
    from emoji import is_emoji as is_listed

    return is_listed(text)
