"""What the span rewriter works on: a prompt, what it states, and which of that is to stay."""

from __future__ import annotations

from dataclasses import dataclass

from constraints.core import Constraint
from hirkit.span.statements import Statement


@dataclass(frozen=True, slots=True)
class Row:
    """A prompt and its constraints; those that are not ``kept`` are to go. ``rules`` say what words checkers have."""

    prompt: str
    constraints: tuple[Constraint, ...]
    kept: tuple[bool, ...]
    rules: str = "fixed"

    def keeps(self, t: Statement) -> bool:
        """Whether a constraint that is kept owns these words."""
        return any(self.kept[i] for i in t.owners)

    def fails(self, t: Statement) -> bool:
        """Whether a constraint that is to go owns these words."""
        return not all(self.kept[i] for i in t.owners)

    def name(self, t: Statement) -> str:
        """The id of the constraint whose words these are, of one that is to go if there is one."""
        return self.constraints[min(t.owners, key=lambda i: (self.kept[i], i))].id
