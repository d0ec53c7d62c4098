"""From files to instructions and responses, in order, every row accounted for: an ``Item`` or a ``Rejected``.

A response row carries its constraints itself, or is joined to a prompts file by its exact prompt, else by its key.
Constraints are validated here, so that an unknown id or a bad argument is told once, with its line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import orjson

from constraints import Constraint, ConstraintError
from constraints.args import parse, plain
from constraints.registry import get
from hirkit.formats import Format, batch, format_of
from hirkit.formats.fields import Asked
from hirkit.jsonl import Line, decode
from hirkit.records import BadRow, Instruction, Key, Rejected, Response, UserError

THINK_START, THINK_END = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class Item:
    """A response, and what it answers."""

    instruction: Instruction
    response: Response


@dataclass(slots=True)
class Prompts:
    """A prompts file in memory: its instructions by prompt and by key, and what was wrong with the bad rows."""

    name: str
    by_prompt: dict[str, list[Instruction]] = field(default_factory=dict)
    by_key: dict[Key, list[Instruction]] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    bad_prompts: dict[str, Rejected] = field(default_factory=dict)
    _stripped: dict[str, str] = field(default_factory=dict)

    def find(self, asked: Asked) -> Instruction:
        """The instruction that a response answers, or ``BadRow``."""
        if asked.prompt is not None:
            found = self.by_prompt.get(asked.prompt, [])
            if len(found) > 1 and asked.key is not None:
                found = [instruction for instruction in found if instruction.key == asked.key]
            if not found:
                raise BadRow("prompt", self._unmatched(asked.prompt))
        else:
            found = self.by_key.get(asked.key, []) if asked.key is not None else []
            if not found and isinstance(asked.key, str) and asked.key.isascii() and asked.key.isdigit():
                found = self.by_key.get(int(asked.key), [])  # a custom_id is text, IFEval's keys are numbers
            if not found:
                raise BadRow("key", f"no row of {self.name} has key {asked.key!r}")
        if len(found) > 1:
            places = ", ".join(instruction.where for instruction in found)
            raise BadRow("prompt", f"answers {len(found)} rows alike: {places}; remove one, or give the response a key")
        return found[0]

    def _unmatched(self, prompt: str) -> str:
        if (bad := self.bad_prompts.get(prompt)) is not None:
            return f"its row is rejected: {bad}"
        if not self._stripped:
            self._stripped.update((known.strip(), found[0].where) for known, found in self.by_prompt.items())
        near = self._stripped.get(prompt.strip())
        hint = f"; {near} differs from it in white space at the ends only, and must not" if near else ""
        return f"no row of {self.name} has exactly this prompt{hint}"


def read_prompts(lines: Iterable[Line], name: str, rules: str, form: str | None = None) -> Prompts:
    """Read a prompts file whole."""
    prompts = Prompts(name)
    for line in lines:
        row: dict[str, Any] = {}
        try:
            row = decode(line)
            with _deep_rows_are_bad():
                instruction = _instruction(row, format_of(row, form), line, rules)
            if instruction is None:
                raise BadRow("row", "holds no constraints, as each row of a prompts file must")
        except BadRow as err:
            bad = Rejected(line.where, err.field, err.problem, line.text)
            prompts.rejected.append(bad)
            if isinstance(prompt := row.get("prompt"), str):
                prompts.bad_prompts[prompt] = bad
            continue
        prompts.by_prompt.setdefault(instruction.prompt, []).append(instruction)
        prompts.by_key.setdefault(instruction.key, []).append(instruction)
    return prompts


def thought(text: str) -> int:
    r"""How many characters of reasoning a response opens with: up to its last ``</think>``; all, if it never closes.

    Nothing around the tag is stripped: a first line that is empty counts as one when verdicts are loose.

    >>> thought("<think>Hm.</think>\nYes."), thought("<think>Hm."), thought("Yes.")
    (18, 10, 0)
    """
    end = text.rfind(THINK_END)
    if end >= 0:
        return end + len(THINK_END)
    return len(text) if text.lstrip().startswith(THINK_START) else 0


def opens_thought(prompt: str) -> bool:
    """Whether a prompt ends by opening the reasoning, as some chat templates have it. Rollouts begin after the tag."""
    return prompt.rstrip().endswith(THINK_START)


def read_items(lines: Iterable[Line], rows: Rows) -> Iterator[Item | Rejected]:
    """The responses of a file, each with its instruction, in order. Samples of a key are numbered as they come."""
    samples: dict[Key, int] = {}
    for line in lines:
        try:
            row = rows.read(line)
        except BadRow as err:
            yield Rejected(line.where, err.field, err.problem, line.text)
            continue
        first = samples.get(row[0].instruction.key, 0) if row else 0
        for item in row:
            yield numbered(item, first)
        if row:
            samples[row[0].instruction.key] = first + len(row)


@dataclass(frozen=True, slots=True)
class Rows:
    """How the rows of a responses file are read, one by one, each on its own.

    ``requests`` maps the ids of batch requests to their prompts.
    """

    prompts: Prompts | None
    rules: str
    form: str | None = None
    strip_think: bool = True
    requests: Mapping[str, str] = field(default_factory=dict[str, str])

    def read(self, line: Line) -> list[Item]:
        """The responses of a row, numbered from 0, each with its instruction; or ``BadRow``."""
        row = decode(line)
        with _deep_rows_are_bad():
            found = format_of(row, self.form)
            instruction = _instruction(row, found, line, self.rules)
            if instruction is None:
                instruction = _joined(found.join(row), self.prompts, self.requests)
            return [Item(instruction, self._placed(i, one, line)) for i, one in enumerate(found.responses(row))]

    def _placed(self, sample: int, response: Response, line: Line) -> Response:
        reasoning = thought(response.text) if self.strip_think else 0
        return Response(response.text, sample, response.meta, line.where, reasoning)


def numbered(item: Item, first: int) -> Item:
    """The item, its sample counted on from those of the rows before."""
    return item if first == 0 else replace(item, response=replace(item.response, sample=first + item.response.sample))


def _joined(asked: Asked, prompts: Prompts | None, requests: Mapping[str, str]) -> Instruction:
    if prompts is None:
        raise BadRow("row", "holds no constraints; name the file that does: --prompts PROMPTS.jsonl")
    if asked.prompt is None and str(asked.key) in requests:
        asked = Asked(prompt=requests[str(asked.key)])
    return prompts.find(asked)


def read_requests(lines: Iterable[Line]) -> dict[str, str]:
    """The prompts of a batch input file, by request id. A bad row in it is an error of the user's, not quarantined."""
    found = {}
    for line in lines:
        try:
            with _deep_rows_are_bad():
                id, prompt = batch.request(decode(line))
        except BadRow as err:
            raise UserError(f"{line.where}: {err}") from None
        found[id] = prompt
    return found


@contextmanager
def _deep_rows_are_bad() -> Iterator[None]:
    """A row that holds lists in lists a thousand deep is refused, and takes nothing down."""
    try:
        yield
    except RecursionError:
        raise BadRow("row", "nested too deep to be read") from None


def _instruction(row: dict[str, Any], form: Format, line: Line, rules: str) -> Instruction | None:
    try:
        instruction = form.instruction(row, rules)
    except ConstraintError as err:
        raise BadRow("constraints", str(err)) from None
    if instruction is None:
        return None
    valid = tuple(_valid(i, constraint, rules) for i, constraint in enumerate(instruction.constraints))
    return replace(instruction, constraints=valid, where=line.where)


def _valid(index: int, constraint: Constraint, rules: str) -> Constraint:
    """The constraint with its arguments as its checker reads them: nulls gone, integral floats as integers."""
    try:
        named = orjson.dumps(constraint.args)
    except TypeError as err:  # what it has read it can always write, but for lists in lists
        raise BadRow(f"constraint {index + 1}", f"arguments nested too deep to be read ({err})") from None
    try:
        args = _parsed(constraint.id, named, rules)
    except ConstraintError as err:
        raise BadRow(f"constraint {index + 1}", str(err)) from None
    return Constraint(constraint.id, args, constraint.text)


@lru_cache(4096)
def _parsed(id: str, args: bytes, rules: str) -> dict[str, Any]:
    """Arguments as a checker reads them; rows that ask for the same share them."""
    return plain(parse(get(id, rules), orjson.loads(args)))
