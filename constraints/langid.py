"""Which language a text is in: the answers of langdetect 1.0.9 seeded with 0, sooner and from any thread.

``detect(text)`` returns the code that langdetect returns after ``DetectorFactory.seed = 0`` with all its profiles, and
raises ``NoLanguage`` where it raises ``LangDetectException``. The algorithm and the data are langdetect's (Apache-2.0,
Nakatani Shuyo, https://pypi.org/project/langdetect/1.0.9/); the data are read from that package at the first call.

1. Drop web and mail addresses, compose Vietnamese letters, keep 10,000 characters; where others outnumber Latin letters
   two to one, drop the Latin ones.
2. List the 1-, 2- and 3-grams of the normalised words that any profile knows, each word between blanks.
3. Seven trials: draw grams with ``random.Random(0)``, multiply up the probability of each language, look after draws
   1, 6, 11, ..., stop when one language has more than 0.99999, or after 1,001. The answer has the highest mean.

Why it is fast: grams are remembered by word; four trials that stop at one language outweigh the other three; and
numpy, where it is installed, does twelve looks at once. What numpy sees is believed by a margin far above rounding
errors; all else is left to ``_literal``, langdetect's arithmetic step by step. So numpy changes the speed, no answer.

Not promised: probabilities, other seeds, answers for less than all profiles.
"""

import json
import random
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from operator import add
from pathlib import Path
from threading import Lock
from typing import Any

from constraints.needs import NoLanguage

_TRIALS, _MAJORITY = 7, 4
_CONVERGED, _MARGIN = 0.99999, 1e-9
_LOOKS = [*[12] * 16, 8]  # so many, of five draws each, numpy does at once; together, with the first draw, all 1,001

_URL = re.compile(r"https?://[-_.?&~;+=/#0-9A-Za-z]{1,2076}")
_MAIL = re.compile(r"[-_.0-9A-Za-z]{1,64}@[-_0-9A-Za-z]{1,255}[-_.0-9A-Za-z]{1,255}")
_LATIN = re.compile(r"[A-z]+")  # the range langdetect tests: it includes [ \ ] ^ _ `
_NOT_LATIN = re.compile("[\u0300-\U0010ffff]+")
_WORD = re.compile(r"[^\x00-@\[-`{-\x7f]+")  # ASCII other than letters is a blank
_BLANKS = {code: chr(code) if chr(code).isalpha() else " " for code in range(128)}
_WORDS_REMEMBERED = 1 << 15
_LOCK = Lock()


@dataclass(frozen=True)
class _Profiles:
    languages: tuple[str, ...]  # L of them, in the order in which langdetect adds them up
    index: dict[str, int]  # the number of each gram, 0 to G - 1
    shares: "array[float]"  # G * L: the share of gram g among the grams of its length in language l
    tables: Any  # langdetect's class NGram, for its character tables
    normal: Callable[[str], str]  # one character, as profiles have it
    remembered: dict[str, bytes]  # the grams of words, as an array's bytes
    np: Any = None  # numpy, where there is one, and for it:
    shares_G_L: Any = None  # the same shares
    numbers_N: Any = None  # the 32-bit numbers that random.Random(0) gives, one after the other
    weights_2_N: Any = None  # what trials weigh shares against: two, from the four numbers at each place


def _profiles() -> _Profiles:
    with _LOCK:
        return _load()


@lru_cache(maxsize=1)
def _load() -> _Profiles:
    folder = Path(import_module("langdetect").PROFILES_DIRECTORY)
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    loaded = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    index = {gram: g for g, gram in enumerate(dict.fromkeys(gram for profile in loaded for gram in profile["freq"]))}
    shares = array("d", bytes(8 * len(index) * len(loaded)))
    for column, profile in enumerate(loaded):
        for gram, count in profile["freq"].items():
            shares[index[gram] * len(loaded) + column] = count / profile["n_words"][len(gram) - 1]
    tables = import_module("langdetect.utils.ngram").NGram
    names, normal = tuple(profile["name"] for profile in loaded), lru_cache(maxsize=1 << 13)(tables.normalize)
    profiles = _Profiles(names, index, shares, tables, normal, {})
    if not find_spec("numpy"):
        return profiles
    np: Any = import_module("numpy")
    size = _TRIALS * (4 + 2 * (1 + 5 * sum(_LOOKS)))  # as many as are drawn, if half are too large to be used
    numbers_N = np.frombuffer(random.Random(0).getrandbits(32 * size).to_bytes(4 * size, "little"), "<u4")
    uniform_N = ((numbers_N[:-1] >> 5) * 67108864.0 + (numbers_N[1:] >> 6)) / 2.0**53  # as random.random
    angle_N, radius_N = 2.0 * np.pi * uniform_N[:-2], np.sqrt(-2.0 * np.log(1.0 - uniform_N[2:]))
    weights_2_N = (0.5 + 0.05 * radius_N * np.stack([np.cos(angle_N), np.sin(angle_N)])) / 10000  # as random.gauss
    shares_G_L = np.frombuffer(profiles.shares).reshape(-1, len(profiles.languages))
    return replace(profiles, np=np, shares_G_L=shares_G_L, numbers_N=numbers_N, weights_2_N=weights_2_N)


def detect(text: str) -> str:
    """Return the code of the main language of *text*, or "unknown" where none has a mean probability above 0.1.

    >>> detect("Der Hund schläft in der Sonne."), detect("今日はとても良い天気ですね")
    ('de', 'ja')
    """
    profiles = _profiles()
    if not (grams := _grams(text, profiles)):
        raise NoLanguage("The text has no letters by which to tell its language; it needs at least one word.")
    return _majority(grams, profiles) or _literal(grams, profiles)


def _grams(text: str, profiles: _Profiles) -> bytes:
    """The numbers of the known grams of *text*, in order of their last character, then of their length: C ints."""
    text = _URL.sub(" ", text) if "http" in text else text
    text = _MAIL.sub(" ", text) if "@" in text else text
    if any(mark in text for mark in profiles.tables.DMARK_CLASS):
        text = profiles.tables.normalize_vi(text)
    text = text[:10000]
    if others := 0 if text.isascii() else sum(map(len, _NOT_LATIN.findall(text))):
        without = _LATIN.sub("", text)
        text = without if (len(text) - len(without)) * 2 < others else text
    words: list[str] = text.translate(_BLANKS).split() if text.isascii() else _WORD.findall(text)
    last = words.pop() if words and text.endswith(words[-1]) else ""  # no blank follows it
    try:
        found = [*map(profiles.remembered.__getitem__, words)]  # almost always all are known
    except KeyError:
        found = [_remembered(word, profiles) for word in words]
    return b"".join([*found, _word_grams(last, profiles)])


def _remembered(word: str, profiles: _Profiles) -> bytes:
    """The grams of a word and the blank after it."""
    known = profiles.remembered
    if (grams := known.get(word)) is None:
        grams = _word_grams(word + " ", profiles)
        if len(known) >= _WORDS_REMEMBERED:
            known.clear()
        if len(word) < 25:
            known[word] = grams
    return grams


def _word_grams(word: str, profiles: _Profiles) -> bytes:
    """The same for one word. No gram ends with two capitals; no profile has one that is, or spans, a blank."""
    padded = "  " + (word if word.isascii() else "".join(map(profiles.normal, word)))
    pairs = list(map(add, padded[1:], padded[2:]))
    ending: Iterable[tuple[str, ...]] = zip(padded[2:], pairs, map(add, padded, pairs), strict=False)
    if not padded[3:].islower() and any(map(str.isupper, padded[3:])):
        befores = zip(padded[1:], ending, strict=False)
        ending = [grams for before, grams in befores if not (before.isupper() and grams[0].isupper())]
    numbers = map(profiles.index.get, chain.from_iterable(ending))
    return array("i", [number for number in numbers if number is not None]).tobytes()


def _majority(grams: bytes, profiles: _Profiles) -> str | None:
    """The language at which most trials stop; None where numpy cannot tell beyond doubt, or is not there.

    Its mean is the highest, for a trial gives the language at which it stops more than 0.99999, and others the rest.
    """
    at, stops = 0, Counter[int | None]()
    for trial in range(_TRIALS if profiles.np else 0):
        if trial % 2 == 0:  # random.gauss takes four numbers for this trial and the next
            place, at = at, at + 4
        if (found := _trial(grams, profiles, at, float(profiles.weights_2_N[trial % 2, place]))) is None:
            return None
        column, at = found
        stops[column] += 1
        if column is not None and stops[column] == _MAJORITY:
            return profiles.languages[column]
    never = stops.pop(None, 0)
    (first, most), (_, second) = [*stops.most_common(2), (0, 0), (0, 0)][:2]
    return profiles.languages[first or 0] if most > second + never else None


def _trial(grams: bytes, profiles: _Profiles, at: int, weight: float) -> tuple[int | None, int] | None:
    """At which language one trial stops, if at any, and before which of the numbers; None where that is in doubt.

    It never stops at the first look: after one draw, 54 languages have at least *weight* each to one's 1 + *weight*.
    Probabilities are kept in units of *weight* per draw, so that none vanishes that langdetect's would not; none can
    overflow, for no weight is below 2e-5, and (1 + 1 / 2e-5) ** 61 is 4e286.
    """
    np, grams_N = profiles.np, profiles.np.frombuffer(grams, "i")
    size, state_L = len(grams_N), None
    shift = 32 - size.bit_length()
    for looks in _LOOKS:
        draws = 5 * looks + (state_L is None)
        drawn = profiles.numbers_N[at : at + 4 * draws] >> shift
        taken = (drawn < size).nonzero()[0][:draws]  # random.choice passes over numbers that are too large
        if len(taken) < draws:
            return None
        grams_D = grams_N.take(drawn.take(taken))
        if state_L is None:
            state_L, grams_D = profiles.shares_G_L[grams_D[0]] / weight + 1.0, grams_D[1:]
        odds_5_K_L = profiles.shares_G_L.take(grams_D.reshape(looks, 5).T, 0)
        odds_5_K_L *= 1.0 / weight
        odds_5_K_L += 1.0
        looks_K_L = np.multiply.reduce(odds_5_K_L, 0)
        looks_K_L[0] *= state_L
        np.multiply.accumulate(looks_K_L, 0, out=looks_K_L)
        best_K = np.maximum.reduce(looks_K_L, 1)
        share_K = best_K / np.add.reduce(looks_K_L, 1)
        k = int((share_K > _CONVERGED - _MARGIN).argmax())
        if share_K[k] > _CONVERGED - _MARGIN:
            stop = int(looks_K_L[k].argmax()), at + int(taken[k * 5 - 5 * looks + 4]) + 1
            return stop if share_K[k] > _CONVERGED + _MARGIN else None
        state_L = looks_K_L[-1] / best_K[-1]
        at += int(taken[-1]) + 1
    return None, at


def _literal(grams: bytes, profiles: _Profiles) -> str:
    """The same operations on the same numbers in the same order as langdetect, so its answer to the last bit."""
    source, width, numbers = random.Random(0), len(profiles.languages), array("i", grams)
    mean, stops = [0.0] * width, Counter[int]()
    for _ in range(_TRIALS):
        w = (0.5 + source.gauss(0.0, 1.0) * 0.05) / 10000
        state = [1.0 / width] * width
        for look in range(0, 1001, 5):
            starts = [source.choice(numbers) * width for _ in range(5 if look else 1)]
            rows = [profiles.shares[start : start + width] for start in starts]
            columns = zip(state, *rows, strict=True)
            if look:
                state = [p * (w + a) * (w + b) * (w + c) * (w + d) * (w + e) for p, a, b, c, d, e in columns]
            else:
                state = [p * (w + a) for p, a in columns]
            total = sum(state)
            state = [p / total for p in state]
            if (best := max(state)) > _CONVERGED:
                stops[state.index(best)] += 1
                break
        if _MAJORITY in stops.values():
            return profiles.languages[state.index(best)]
        mean = [m + p / _TRIALS for m, p in zip(mean, state, strict=True)]
    best = max(mean)
    return profiles.languages[mean.index(best)] if best > 0.1 else "unknown"
