"""Instructions for RL from plain tasks: each task under drawn constraints, in a drawn layout, in hirkit's own format.

What comes out has ``key``, ``task``, ``constraints`` with ``id``, ``args``, ``text``, ``layout`` and ``prompt``, which
is exactly what the layout makes of task and texts; ``hirkit verify --prompts`` and ``relabel`` read it as it is.

A row of tasks is a JSON object with ``task`` or ``prompt`` and maybe a ``key``, or else a line of plain text; other
fields are left behind. Without a key the place in the file is the key. What is drawn for a task depends on the seed and
its text, not on where it stands. Not looked at: whether the task itself asks for something that a constraint forbids,
except that no word of it is forbidden.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from constraints import Checker
from hirkit.draw import Wanted, draw, row
from hirkit.formats.fields import key as given_key
from hirkit.formats.fields import need
from hirkit.jsonl import Line, Source, atomic, decode, encode
from hirkit.layouts import LAYOUTS, compose
from hirkit.quarantine import Quarantine, kept_beside, quarantined
from hirkit.records import BadRow, Key, Rejected, UserError


@dataclass(frozen=True, slots=True)
class Recipe:
    """How instructions are made of a task: how many, of which constraints, in which layouts."""

    wanted: Wanted
    per_task: int = 1
    layouts: tuple[str, ...] = tuple(LAYOUTS)
    seed: int = 0
    max_bad_rows: int | None = None


@dataclass(slots=True)
class Composed:
    """What came of a file of tasks."""

    tasks: int = 0
    written: int = 0
    ids: Counter[str] = field(default_factory=Counter[str])
    bad: Quarantine = field(default_factory=Quarantine)

    def summary(self) -> dict[str, Any]:
        """The run in one JSON document."""
        return {
            "tasks": self.tasks,
            "written": self.written,
            "bad_rows": self.bad.count,
            "constraints": dict(sorted(self.ids.items())),
        }


def compose_file(tasks: str, out: str, recipe: Recipe) -> Composed:
    """Read tasks, write instructions; bad rows go to ``out.rejected.jsonl``."""
    if unknown := [name for name in recipe.layouts if name not in LAYOUTS]:
        raise UserError(f"no layouts {', '.join(unknown)}; there are {', '.join(LAYOUTS)}")
    checkers = recipe.wanted.checkers(with_task=True)
    with atomic(out) as stream, quarantined(kept_beside(out), recipe.max_bad_rows) as bad:
        done = Composed(bad=bad)
        for key, task in _tasks(Source(tasks), done):
            for instruction in instructions(key, task, recipe, checkers):
                done.written += 1
                done.ids.update(constraint["id"] for constraint in instruction["constraints"])
                if stream is not None:
                    stream.write(encode(instruction))
    return done


def instructions(key: Key, task: str, recipe: Recipe, checkers: Sequence[Checker]) -> Iterator[dict[str, Any]]:
    """The rows made of a task."""
    for number in range(1, recipe.per_task + 1):
        chance = Random(f"{recipe.seed}:{number}:{task}")
        constraints = draw(chance, recipe.wanted, checkers, task)
        layout = chance.choice(recipe.layouts)
        yield {
            "key": key if recipe.per_task == 1 else f"{key}-{number}",
            "task": task,
            **row(constraints),
            "layout": layout,
            "prompt": compose(task, [constraint.text or "" for constraint in constraints], layout),
        }


def _tasks(source: Source, done: Composed) -> Iterator[tuple[Key, str]]:
    """The good rows; the others are put aside, or stop the run when there are too many."""
    places: dict[Key | str, str] = {}
    for line in source:
        try:
            key, task = read_task(line)
            for what, value in (("key", f"key {key!r}"), ("task", task)):
                if value in places:
                    raise BadRow(what, f"the same as that of {places[value]}; leave one out")
        except BadRow as err:
            done.bad.reject(Rejected(line.where, err.field, err.problem, line.text))
            continue
        places |= {f"key {key!r}": line.where, task: line.where}
        done.tasks += 1
        yield key, task


def read_task(line: Line) -> tuple[Key, str]:
    """The key and the text of a task, or ``BadRow``."""
    place = int(line.place) if line.place.isdigit() else line.place
    if not line.raw.lstrip().startswith(b"{"):
        try:
            return place, line.raw.decode("utf-8").strip()
        except UnicodeDecodeError as err:
            raise BadRow(
                "row", f"neither JSON nor text in UTF-8: byte {err.start + 1} is {line.raw[err.start]}"
            ) from None
    found = decode(line)
    if "constraints" in found:
        raise BadRow("constraints", "the row has some already; compose takes plain tasks")
    name = "task" if found.get("task") is not None else "prompt"
    task = need(found, name, str, "the text of the task").strip()
    if not task:
        raise BadRow(name, "blank; expected the text of the task")
    return given_key(found) if found.get("key") is not None else place, task
