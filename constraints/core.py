"""What a constraint is.

Five nouns, used everywhere:

``Constraint``  data: an id and its arguments, exactly what a JSONL row holds.
``Checker``     behaviour: the function behind an id, with its wording, source and examples.
``Verdict``     result: pass, fail, or error ("could not be judged"), and why.
``Case``        one example: a response, its arguments, and the verdict it must get.
``Source``      provenance: the paper and the code whose rule a checker follows.

How a checker is declared is in ``declare.py``; how one is found, in ``registry.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

Args = Mapping[str, Any]
Status = Literal["pass", "fail", "error"]


class ConstraintError(ValueError):
    """A constraint was declared or used wrongly. Never raised for a bad *response*."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a checker found. ``because`` is a short reason for a reader, never parsed."""

    status: Status
    because: str = ""

    def __bool__(self) -> bool:
        """Only a pass is true: a constraint that could not be judged is never a success."""
        return self.status == "pass"


def judged(ok: bool, because: str) -> Verdict:
    """Pass or fail, with what was counted."""
    return Verdict("pass" if ok else "fail", because)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a constraint comes from, so that a score can be traced to a paper."""

    name: str
    paper: str
    url: str
    license: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """What a file says: an id, arguments, and the words it had in its prompt where those are known."""

    id: str
    args: Args = field(default_factory=dict[str, Any])
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An example. ``given`` holds arguments and, by parameter name, fakes of what the checker needs."""

    response: str
    given: Args
    expect: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a random argument is drawn from: chance, the arguments drawn before it, and the task where there is one."""

    chance: Random
    args: Args = field(default_factory=dict[str, Any])
    task: str | None = None


Draw = Callable[[Drawing], Any]


@dataclass(frozen=True, slots=True)
class Touch:
    """What a constraint does to a response, for those that may stand beside it: see ``compatible.py``."""

    sets: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    beside: tuple[str, ...] = ()
    writes: Callable[[Args], tuple[str, ...]] | None = None
    exactly: bool = False
    limits: bool | tuple[str, ...] = False
    floor: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A response that fails as asked, for those who look for arguments under which it passes: see ``hindsight.py``.

    ``args`` are the arguments that were asked, parsed. ``passes`` tells whether the response, or another text, passes
    once some of them are changed.
    """

    checker: Checker
    response: str
    args: Args
    passes: Callable[..., bool]


@dataclass(frozen=True, slots=True)
class Near:
    """Where to look for another value of an argument: ``values`` offers some, the nearest first.

    Of kind "looser": whatever passes as asked passes with each of them. Of kind "other": they ask for something else.
    """

    kind: Literal["looser", "other"]
    says: str
    values: Callable[[Attempt, str], Iterable[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Checker:
    """The behaviour behind an id under a rule set. Made by ``@constraint``, never by hand.

    ``arguments`` maps each argument to its type; ``needs`` each needed parameter to what provides it.
    ``revision`` goes up whenever a verdict changes for any response. ``why`` says in what a checker of another rule set
    differs from the published one. ``draws`` says how realistic arguments are drawn, ``touches`` what the constraint
    may stand beside, ``hindsight`` where other arguments are looked for, under which a failed response passes.
    """

    id: str
    rules: str
    says: tuple[str, ...]
    source: Source
    revision: int
    func: Callable[..., bool | Verdict]
    arguments: Mapping[str, Any]
    defaults: Args
    needs: Mapping[str, Any]
    cases: tuple[Case, ...]
    where: str
    why: str = ""
    draws: Mapping[str, Draw] = field(default_factory=dict[str, Draw])
    touches: Touch = Touch()
    hindsight: Mapping[str, tuple[Near, ...]] = field(default_factory=dict[str, tuple[Near, ...]])

    @property
    def rule(self) -> str:
        """The exact rule, as the docstring states it."""
        lines = [line.strip() for line in (self.func.__doc__ or "").strip().splitlines()]
        return " ".join(line for line in lines if line)
