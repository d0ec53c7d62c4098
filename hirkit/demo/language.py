"""A tiny language of instructions that a program can follow: for models that are made and trained in minutes.

The instructions are real: ids, arguments and words are the registry's, and its checkers judge the responses (rule set
``fixed``). What is small is the world: eight nouns and six other words, ten kinds of constraints of which each is asked
once, texts of five to ten words that make grammar but no sense. Every instruction has a witness: what ``write`` writes
for it. (``constraints.compatible`` is stricter: to it a last word and a last mark exclude each other.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import product
from random import Random
from typing import Any, Literal

from constraints import Constraint
from constraints.args import describe
from constraints.core import Args
from constraints.registry import get
from hirkit.layouts import compose
from hirkit.records import Instruction, UserError

RULES, LAYOUT = "fixed", "t6"
WORDS, SENTENCES = "length_constraints:number_words", "length_constraints:number_sentences"
RELATIONS = ("at least", "less than")
NOUNS = ("river", "moon", "tree", "bird", "stone", "wind", "fire", "rain")
ARTICLES, ADJECTIVES, VERBS = ("the", "every"), ("old", "calm"), ("sings", "sleeps")
FILLERS = ARTICLES + ADJECTIVES + VERBS
MARKS = {"period": ".", "exclamation mark": "!", "question mark": "?"}
Split = Literal["train", "test"]


# ---- the instructions


@cache
def _ask(id: str, **args: Any) -> Constraint:
    """The constraint, in the first of its checker's wordings; a tuple stands for JSON's list."""
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in args.items()}
    return Constraint(id, plain, describe(get(id, RULES), plain))


KINDS: tuple[Callable[[Random, str], Constraint], ...] = (
    lambda chance, noun: _ask("keywords:existence", keywords=(noun,)),
    lambda chance, noun: _ask("first_word:first_word_answer", first_word=noun),
    lambda chance, noun: _ask("last_word:last_word_answer", last_word=noun),
    lambda chance, noun: (
        _ask("keywords:word_once", keyword=noun)
        if chance.random() < 0.5
        else _ask("keywords:frequency", keyword=noun, relation="at least", frequency=2)
    ),
    lambda chance, _: _ask("keywords:forbidden_words", forbidden_words=(chance.choice(FILLERS),)),
    lambda chance, _: _ask(WORDS, relation=chance.choice(RELATIONS), num_words=chance.randint(6, 9)),
    lambda chance, _: _ask(SENTENCES, relation=chance.choice(RELATIONS), num_sentences=chance.randint(2, 3)),
    lambda chance, _: _ask("case:style", style=chance.choice(("lower", "upper"))),
    lambda chance, _: _ask("punctuation:no_comma"),
    lambda chance, _: _ask("ends:mark", marks=(chance.choice(tuple(MARKS)),)),
)
"""What may be asked, given a noun that no other constraint of the instruction is about. Together they need five words
(a first, a last, one that occurs, one that occurs twice), and the shortest text that can be asked for has five.
"""


def instructions(seed: int, n: int, least: int, most: int, split: Split = "train") -> Iterator[Instruction]:
    """``n`` instructions of ``least`` to ``most`` constraints (1 to 10), each drawn from seed, split and its index.

    No task of one split is in the other, so that dropping or relaxing constraints does not lead from one to the other.
    """
    for index in range(n):
        yield instruction(f"{split}-{seed}-{index}", least, most, split)


def instruction(key: str, least: int, most: int, split: Split) -> Instruction:
    """The instruction of a key."""
    if not 1 <= least <= most <= len(KINDS):
        raise UserError(f"nano instructions have 1 to {len(KINDS)} constraints, not {least} to {most}")
    chance = Random(key)
    task = chance.choice(_tasks(split))
    nouns = chance.sample(NOUNS, len(NOUNS))
    kinds = chance.sample(range(len(KINDS)), chance.randint(least, most))
    constraints = tuple(KINDS[kind](chance, nouns[kind % len(nouns)]) for kind in kinds)
    prompt = compose(task, [str(constraint.text) for constraint in constraints], LAYOUT)
    return Instruction(key, prompt, constraints, task, LAYOUT)


@cache
def _tasks(split: Split) -> tuple[str, ...]:
    """A quarter of the combinations is held out: one for each noun, and its words are in others."""
    tasks = enumerate(product(ARTICLES, ADJECTIVES, NOUNS))
    return tuple(
        f"Write about {' '.join(words)}." for n, words in tasks if ((n // len(NOUNS) + n) % 4 == 0) == (split == "test")
    )


# ---- the writer


def write(instruction: Instruction, chance: Random, obey: float = 1.0) -> str:
    """A text that obeys each constraint with probability ``obey``, and is otherwise as chance has it.

    With 1 it passes every constraint of what ``instructions`` draws; of others it knows those with ids in ``KINDS``.
    """
    asked = {c.id: c.args for c in instruction.constraints if chance.random() < obey}
    count = _number(asked.get(WORDS), "num_words", 5, 10, chance)
    sentences = _number(asked.get(SENTENCES), "num_sentences", 1, 3, chance)
    starts = {0, *chance.sample(range(1, count), min(count, sentences) - 1)}
    words = _words(count, starts, _without(asked), instruction.task or "", chance)
    _place(words, asked, chance)
    return _put_together(words, starts, asked, chance)


def _number(args: Args | None, name: str, low: int, high: int, chance: Random) -> int:
    """A number as asked, from ``low`` to ``high`` if there is one."""
    if args is not None:
        low, high = (args[name], high) if args["relation"] == "at least" else (low, args[name] - 1)
    return max(1, chance.randint(min(low, high), high))


def _without(asked: Mapping[str, Args]) -> set[str]:
    """Words that are not to come by chance."""
    forbidden = asked.get("keywords:forbidden_words", {}).get("forbidden_words", ())
    return {*forbidden, asked.get("keywords:word_once", {}).get("keyword", "")}


def _words(count: int, starts: set[int], without: set[str], task: str, chance: Random) -> list[str]:
    """Articles, adjectives, nouns and verbs as they follow one another; the task's noun more often than others."""
    about = (*NOUNS, *[noun for noun in NOUNS if noun in task] * 4)
    words: list[str] = []
    for place in range(count):
        before = "" if place in starts else words[-1]
        if before in ARTICLES or before in ADJECTIVES:
            kind = chance.choice((ADJECTIVES, about)) if before in ARTICLES else about
        else:
            kind = VERBS if before in NOUNS else chance.choice((ARTICLES, about))
        words.append(chance.choice([word for word in kind if word not in without]))
    return words


def _place(words: list[str], asked: Mapping[str, Args], chance: Random) -> None:
    """Put the words that are asked for in the places of others."""
    first, last = "first_word:first_word_answer", "last_word:last_word_answer"
    if first in asked:
        words[0] = asked[first]["first_word"]
    if last in asked:
        words[-1] = asked[last]["last_word"]
    often = asked.get("keywords:frequency", {"keyword": "", "frequency": 0})
    once = asked.get("keywords:word_once")
    wanted = [*asked.get("keywords:existence", {}).get("keywords", ()), *([once["keyword"]] if once else ())]
    wanted += [often["keyword"]] * often["frequency"]
    free = range(first in asked, len(words) - (last in asked))
    for place, word in zip(chance.sample(free, min(len(free), len(wanted))), wanted, strict=False):
        words[place] = word


def _put_together(words: list[str], starts: set[int], asked: Mapping[str, Args], chance: Random) -> str:
    """Capitals, marks and commas."""
    style = asked.get("case:style", {}).get("style") or chance.choice(("sentence", "sentence", "lower", "upper"))
    ends = [MARKS[name] for name in asked.get("ends:mark", {}).get("marks", ())] or ["", *MARKS.values()]
    marks = {place - 1: chance.choice(tuple(MARKS.values())) for place in sorted(starts) if place}
    marks[len(words) - 1] = chance.choice(ends)
    gaps = [place for place in range(len(words)) if place not in marks]
    if gaps and "punctuation:no_comma" not in asked and chance.random() < 0.7:
        marks[chance.choice(gaps)] = ","
    if style == "sentence":
        words = [word.title() if place in starts else word for place, word in enumerate(words)]
    text = " ".join(word + marks.get(place, "") for place, word in enumerate(words))
    return text.upper() if style == "upper" else text
