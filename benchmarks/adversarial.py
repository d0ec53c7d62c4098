"""Every checker against texts made to hurt it: no exception, no more than 2 s at 100 KB, time linear in the length.

    python -m pip install -e '.[bench]'
    python -m benchmarks.adversarial [--quick] [--workers N] [--only SUBSTRING]

Each declared checker, of every rule set, with the arguments of its own examples and some drawn ones, judges each text
of ``adversarial_inputs.py``, and its own examples and arguments over and over. So does what else reads a response:
hindsight, loose variants, guards. What checkers share (sentences, tokens, ...) is measured under its own name, first;
then it is remembered, as in a run, and their times are what they add. A text is judged in a process of its own, that
may die: of 10 CPU seconds a check, or of 6 GB.

The exponent is the slope of log time over log length, from 12,500 characters to 100,000, where the longest takes 1 ms
or more. A steep one is measured again, three times, up to 400,000, with and without what is remembered; it is a
finding if it stays above 1.3. Others are an exception, a crash that became an error verdict, something that is no
verdict, and more than 2 s. Exit code 1 where there are any.

``--quick`` does two lengths, 6,250 and 25,000, and writes nothing. Times are CPU seconds of one machine; what matters
are the exponents. Python's garbage collector is off meanwhile: in the long run its cost is in proportion, but it comes
in steps that look like growth. Left out: arguments made to hurt (they come from a data set, not from a model), and what
lacks its data here (``hirkit data install``). Needs a system with fork: Linux, macOS.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import inspect
import json
import math
import os
import resource
import signal
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing import get_context
from random import Random
from typing import Any

from benchmarks.adversarial_inputs import INPUTS, MORE, SHORT, Make, over
from constraints.args import plain
from constraints.check import bind, resources
from constraints.core import Args, Checker, ConstraintError, Verdict
from constraints.draws import draw_args
from constraints.hindsight import near
from constraints.needs import LanguageId, Sentences, WordTokens, provide
from constraints.registry import declared
from constraints.testing import arguments_and_fakes
from hirkit.guards import degenerate
from hirkit.read import thought
from hirkit.records import Instruction, Response, Scored
from hirkit.verify import is_blank, loose_variants

LENGTHS, QUICK = (12_500, 25_000, 50_000, 100_000), (6_250, 25_000)
SECONDS, LIMIT, MEMORY = 2.0, 10.0, 6 << 30
MEASURABLE, STEEP, AGAIN = 0.001, 1.3, 3
ORDINARY = "Some text, to begin with: it has two sentences. This is the second one!"


@dataclass(frozen=True, slots=True)
class Subject:
    """What reads a text, in several ways; an error verdict that begins with ``where`` is a crash."""

    name: str
    ways: tuple[Callable[[str], object], ...]
    where: str = ""
    own: Mapping[str, Make] = field(default_factory=dict[str, Make])


@dataclass(slots=True)
class Met:
    """What came of a text: outcomes counted, CPU seconds by length, and what went wrong."""

    subject: str
    input: str
    outcomes: Counter[str] = field(default_factory=Counter[str])
    seconds: dict[int, float] = field(default_factory=dict[int, float])
    wrong: str = ""
    exponent: float | None = None

    @property
    def finding(self) -> str:
        """What is to be mended, in a few words; nothing for most."""
        worst = max(self.seconds.values(), default=0.0)
        slow = f"{worst:.1f} s" if worst > SECONDS else ""
        growth = f"time grows as n^{self.exponent:.2f}" if steep(self.exponent) else ""
        return "; ".join(filter(None, (self.wrong, slow, growth)))


def slope(seconds: Mapping[int, float]) -> float | None:
    """The slope of log time over log length: the median of those from each length to the next, so that one step, where
    a checker begins to look closer, does not count. None where there is too little to see.
    """
    if len(seconds) < 2 or seconds[max(seconds)] < MEASURABLE:
        return None
    points = sorted((math.log(n), math.log(max(s, 1e-7))) for n, s in seconds.items())
    return statistics.median((s - before) / (n - shorter) for (shorter, before), (n, s) in pairwise(points))


def steep(exponent: float | None) -> bool:
    """Whether time grows faster than the length."""
    return exponent is not None and exponent > STEEP


# --- what is tried ---


def arguments(checker: Checker) -> list[dict[str, Any]]:
    """The arguments of its own examples, and three drawn by chance, each once."""
    found = [arguments_and_fakes(checker, case)[0] for case in checker.cases]
    with contextlib.suppress(ConstraintError):  # what only a type says cannot always be drawn
        found += [plain(draw_args(checker, Random(seed), "Write a note to a friend.")) for seed in range(3)]
    return list({json.dumps(args, sort_keys=True, default=list): args for args in found}.values())


def own_texts(checker: Checker, asked: Iterable[Args]) -> dict[str, Make]:
    """A checker's own examples and the words of its arguments, over and over."""
    texts = {f"own example {i + 1}": over(case.response + " ") for i, case in enumerate(checker.cases) if case.response}
    said = [" ".join(_words(args.values())) for args in asked]
    ends = dict.fromkeys(end for words in said if words.split() for end in (words.split()[0], words.split()[-1]))
    texts |= {f"own arguments {i + 1}": over(words + " ") for i, words in enumerate(said) if words}
    return texts | {f"own word {word}": over(f"{word} ") for word in ends}


def _words(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        yield from _words(value) if isinstance(value, list | tuple) else [value] if isinstance(value, str) else []


def checks(checker: Checker) -> Iterator[Subject]:
    """A checker, and its hindsight where it declares any."""
    asked = arguments(checker)
    name, own = f"{checker.id} ({checker.rules})", own_texts(checker, asked)
    yield Subject(name, tuple(bind(checker, args) for args in asked), checker.where, own)
    if checker.hindsight:
        yield Subject(f"hindsight of {name}", tuple(_near(checker, args) for args in asked[:2]))


def _near(checker: Checker, args: Args) -> Callable[[str], object]:
    return lambda text: near(checker, args, text)


def shared() -> Iterator[Subject]:
    """What several checkers stand on: needs, and the functions of ``constraints`` that take a text and remember it."""
    for kind in (LanguageId, Sentences, WordTokens):
        yield Subject(f"shared: {kind.__name__}", (provide(kind),))
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("constraints.")]
    known = {f: f"{f.__module__}.{f.__name__}" for m in modules for f in vars(m).values() if hasattr(f, "cache_clear")}
    for func, name in sorted(known.items(), key=lambda item: item[1]):
        if name.startswith("constraints.") and list(inspect.signature(func).parameters) == ["text"]:
            yield Subject(f"shared: {name}", (func,))


def others() -> Iterator[Subject]:
    """What else reads a response before or after the checkers do."""
    asked = Instruction(1, "Do.", ())
    yield Subject("loose variants", (loose_variants,))
    yield Subject("blankness", (lambda text: is_blank(text, "fixed"), lambda text: is_blank(text, "published")))
    yield Subject("reasoning", (thought, lambda text: thought(f"<think>{text}</think>")))
    yield Subject("guards", (lambda text: degenerate(Scored(asked, Response(text), ())),))


def subjects() -> tuple[list[Subject], list[str]]:
    """All that is tried, what is shared first; and the checkers that cannot be, for their data is missing."""
    missing = [c for c in declared() if "missing" in resources([c]).values()]
    found = [s for checker in declared() if checker not in missing for s in checks(checker)]
    return [*shared(), *found, *others()], [f"{checker.id} ({checker.rules})" for checker in missing]


# --- a text, in a process of its own ---


def outcome(subject: Subject, way: Callable[[str], object], text: str) -> tuple[str, str]:
    """Pass, fail or error, or "done" where no verdict is promised; and what went wrong."""
    try:
        found = way(text)
    except Exception as err:
        if not subject.where and "no letters" in str(err):  # langid: there is no language
            return "done", ""
        return "exception", f"{type(err).__name__}: {err}"[:200]
    if not isinstance(found, Verdict):
        return ("no verdict", f"{found!r:.100}") if subject.where else ("done", "")
    if found.status not in ("pass", "fail", "error") or bool(found) != (found.status == "pass"):
        return "no verdict", f"{found!r:.100}"
    crashed = found.status == "error" and found.because.startswith(subject.where)
    return found.status, found.because[:200] if crashed else ""


def timed(subject: Subject, text: str) -> tuple[float, list[tuple[str, str]]]:
    """CPU seconds of the slowest way, and what came of each."""
    slowest, found = 0.0, []
    for way in subject.ways:
        signal.setitimer(signal.ITIMER_PROF, LIMIT)  # nobody catches this signal: it ends the process
        start = time.thread_time()  # process_time is coarse beside an alarm
        found.append(outcome(subject, way, text))
        slowest = max(slowest, time.thread_time() - start)
    return slowest, found


def meet(chosen: list[Subject], make: Make, lengths: Iterable[int], tell: Callable[[Any], None], *, warm: bool) -> None:
    """Let all of them read a text at growing lengths; ``warm`` times a second reading."""
    for n in lengths:
        text = make(n)
        for i, subject in enumerate(chosen):
            tell([i])
            seconds, found = timed(subject, text)
            tell([i, n, timed(subject, text)[0] if warm else seconds, found])


def told(chosen: list[Subject], make: Make, lengths: Iterable[int], *, warm: bool = False) -> tuple[list[Any], int]:
    """What a process of its own tells, and how it ended: 0, or what killed it, as ``subprocess`` writes it."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(read)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            gc.disable()
            with os.fdopen(write, "w", encoding="utf-8") as pipe:
                meet(chosen, make, lengths, lambda what: print(json.dumps(what), file=pipe, flush=True), warm=warm)
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    return found, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def met_by(chosen: list[Subject], name: str, make: Make, lengths: tuple[int, ...]) -> list[Met]:
    """What comes of a text, subject by subject: without one over which the process dies, the rest is done again."""
    lengths = lengths[-1:] if name in SHORT else lengths
    dead: list[Met] = []
    while True:
        found = [Met(subject.name, name) for subject in chosen]
        lines, ended = told(chosen, make, lengths)
        for i, n, seconds, outcomes in (line for line in lines if len(line) > 1):
            found[i].seconds[n] = seconds
            found[i].outcomes.update(status for status, _ in outcomes)
            found[i].wrong = next((wrong for _, wrong in outcomes if wrong), found[i].wrong)
        if not ended:
            break
        at = lines[-1][0]
        found[at].wrong = f"more than {LIMIT:.0f} s" if ended == -signal.SIGPROF else f"its process died ({ended})"
        dead.append(found[at])
        chosen = [subject for i, subject in enumerate(chosen) if i != at]
    for subject, met in zip(chosen, found, strict=True):
        met.exponent = slope(met.seconds)
        if steep(met.exponent):
            met.exponent = measured_again(subject, make, lengths)
    return [*dead, *found]


def measured_again(subject: Subject, make: Make, lengths: tuple[int, ...]) -> float | None:
    """The exponent of the least times of several processes, of longer texts too: remembered or not, the steeper."""
    found = []
    longer = (*lengths, 2 * lengths[-1], 4 * lengths[-1])
    for warm in (False, True):
        runs = [told([subject], make, longer, warm=warm)[0] for _ in range(AGAIN)]
        lines = [line for run in runs for line in run if len(line) > 1]
        found.append(slope({n: min(line[2] for line in lines if line[1] == n) for n in {line[1] for line in lines}}))
    return max((exponent for exponent in found if exponent is not None), default=None)


# --- all of them ---

_WORK: list[tuple[list[Subject], str, Make, tuple[int, ...]]] = []


def _done(index: int) -> list[Met]:
    return met_by(*_WORK[index])


def run(chosen: list[Subject], lengths: tuple[int, ...], workers: int) -> list[Met]:
    """What came of all texts."""
    for subject in chosen:  # so that what is loaded once is loaded before the processes part
        timed(subject, ORDINARY)
    signal.setitimer(signal.ITIMER_PROF, 0)
    together = [(chosen, name, make, lengths) for name, make in {**INPUTS, **MORE}.items()]
    alone = [([subject], name, make, lengths) for subject in chosen for name, make in subject.own.items()]
    _WORK[:] = [*together, *alone]
    gc.freeze()
    with get_context("fork").Pool(workers) as pool:
        found = []
        for n, some in enumerate(pool.imap(_done, range(len(_WORK))), start=1):
            found += some
            if sys.stderr.isatty():
                print(f"\r{n} of {len(_WORK)} texts", end="\n" if n == len(_WORK) else "", file=sys.stderr)
    return found


def worst(met: list[Met]) -> dict[str, Any]:
    """The text on which a subject is slowest, and the one on which its time grows most."""
    slow = max(met, key=lambda one: max(one.seconds.values(), default=0.0))
    grown = max(met, key=lambda one: one.exponent or -1.0)
    return {
        "seconds": round(max(slow.seconds.values(), default=0.0), 4),
        "input": slow.input,
        "exponent": None if grown.exponent is None else round(grown.exponent, 2),
        "growing": grown.input,
    }


def figures(found: list[Met], missing: list[str], lengths: tuple[int, ...]) -> dict[str, Any]:
    """What is printed and written."""
    of: dict[str, list[Met]] = {}
    for met in found:
        of.setdefault(met.subject, []).append(met)
    outcomes = sum((met.outcomes for met in found), Counter[str]())
    exponents = [met.exponent for met in found if met.exponent is not None]
    table = sorted(((name, worst(some)) for name, some in of.items()), key=lambda row: -row[1]["seconds"])
    return {
        "characters": lengths,
        "subjects": len(of),
        "checkers": sum(f"{checker.id} ({checker.rules})" in of for checker in declared()),
        "inputs": {
            "table": len(INPUTS),
            "more": len(MORE),
            "own": len({(m.subject, m.input) for m in found if "own " in m.input}),
        },
        "pairs": len(found),
        "judgements": sum(outcomes.values()),
        "outcomes": dict(sorted(outcomes.items())),
        "exponents_measured": len(exponents),
        "greatest_exponent": round(max(exponents, default=0.0), 2),
        "most_seconds": table[0][1]["seconds"],
        "missing": missing,
        "findings": [f"{met.subject}: {met.input}: {met.finding}" for met in found if met.finding],
        "worst": dict(table),
    }


def show(measured: Mapping[str, Any]) -> None:
    """The table, the worst first, and the totals."""
    print(f"{'':62} {'seconds':>8}  {'on':28} {'n^':>5}  on")
    for name, row in measured["worst"].items():
        exponent = "-" if row["exponent"] is None else f"{row['exponent']:.2f}"
        print(f"{name:62.62} {row['seconds']:8.4f}  {row['input']:28.28} {exponent:>5}  {row['growing']:.28}")
    print(json.dumps({name: value for name, value in measured.items() if name != "worst"}, indent=2))


def main() -> int:
    """Try, print, and write results/adversarial.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two lengths; nothing is written")
    parser.add_argument("--workers", type=int, default=1, help="processes, 1 by default")
    parser.add_argument("--only", default="", help="what the names of the checkers contain; nothing is written")
    asked = parser.parse_args()
    every, missing = subjects()
    chosen = [subject for subject in every if asked.only in subject.name]
    lengths = QUICK if asked.quick else LENGTHS
    measured = figures(run(chosen, lengths, asked.workers), missing, lengths)
    show(measured)
    if not (asked.quick or asked.only):
        from benchmarks.record import write

        print(write("adversarial", measured, ("langdetect", "markdown-it-py", "syllapy", "emoji")))
    return 1 if measured["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
