"""The nouns that flow through the pipeline, frozen.

``row -> formats -> Instruction + Response -> verify -> Scored -> select -> rewrite -> re-verify -> ReplayRecord``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from constraints import Constraint, Verdict

Key = str | int


class BadRow(ValueError):
    """A row that cannot be used: which field, and what is wrong and what to do about it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class UserError(ValueError):
    """What stops a run and the user can mend, in one sentence; ``code`` is the exit code of the command line."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Rejected:
    """A bad row in quarantine: where it stands, why it is there, and the row itself, byte for byte."""

    where: str
    field: str
    problem: str
    raw: str

    def __str__(self) -> str:
        """``file:line: field: what is wrong and what to do``."""
        return f"{self.where}: {self.field}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a model was asked. ``task`` and ``layout`` are known only where a row holds task and constraints apart."""

    key: Key
    prompt: str
    constraints: tuple[Constraint, ...]
    task: str | None = None
    layout: str | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """What a model answered: the ``sample``-th response to its instruction in the file, counted from 0.

    ``meta`` holds what else the row says of it: ``entropy``, ``logprobs``, ``truncated``, ``model``. ``thought`` is how
    many characters of reasoning stand before the answer.
    """

    text: str
    sample: int = 0
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])
    where: str = ""
    thought: int = 0

    @property
    def answer(self) -> str:
        """What is judged: the text after the reasoning, character for character."""
        return self.text[self.thought :]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One constraint's verdicts on one response: of the text as it is, and of its most lenient variant."""

    constraint: Constraint
    strict: Verdict
    loose: Verdict
    revision: int


@dataclass(frozen=True, slots=True)
class Scored:
    """A response with the verdicts of all constraints of its instruction."""

    instruction: Instruction
    response: Response
    judgements: tuple[Judgement, ...]

    @property
    def followed_all(self) -> bool:
        """Whether every constraint passes: HiR's binary reward, IFEval's strict prompt-level score."""
        return all(judgement.strict for judgement in self.judgements)

    @property
    def followed_all_loose(self) -> bool:
        """The same, each constraint judged on its most lenient variant."""
        return all(judgement.loose for judgement in self.judgements)

    @property
    def cla(self) -> float:
        """The share of constraints that pass, 0 to 1 (constraint-level accuracy; HiR's F_int)."""
        return sum(map(bool, self.kept)) / len(self.judgements)

    @property
    def kept(self) -> tuple[bool, ...]:
        """Which constraints the response satisfied as it is."""
        return tuple(bool(judgement.strict) for judgement in self.judgements)

    @property
    def errors(self) -> int:
        """How many constraints could not be judged."""
        return sum("error" in (judgement.strict.status, judgement.loose.status) for judgement in self.judgements)


@dataclass(frozen=True, slots=True)
class Selection:
    """Why a response was chosen: F = F_div + lambda * F_int, its parts, and its rank in its group (0 is best).

    ``f_div`` is None, and left out of F, unless every candidate of the group carries it.
    """

    f_int: float
    f_div: float | None
    f_div_from: str | None
    lambda_: float
    step: int
    rank: int


@dataclass(frozen=True, slots=True)
class ReplayRecord:
    """A failed attempt, told as a success. Law: the response passes every constraint of ``hindsight``.

    ``became`` holds for each constraint of the original what it is in hindsight: itself, a relaxed one, or None where
    it was dropped; what ``hindsight`` asks beyond these was discovered. ``verified`` are the verdicts of the second
    verification; ``information`` is how telling the hindsight constraints are, in bits, where that was measured.
    """

    original: Instruction
    hindsight: Instruction
    response: Response
    judgements: tuple[Judgement, ...]
    selection: Selection
    rewriter: str
    strategy: str = "drop"
    became: tuple[Constraint | None, ...] = ()
    verified: tuple[Judgement, ...] = ()
    information: float | None = None
