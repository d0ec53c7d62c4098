"""From an instruction to one that asks only for what was achieved: HiR's q', by whichever rewriter is sure of itself.

``template`` composes the prompt anew where a row holds task and constraints apart; ``span`` changes the words of a
prose prompt that state what is dropped or relaxed. Either refuses, with a reason, rather than guess: an instruction
that still asks for what was dropped, or lost what was kept, poisons training. ``llm`` is in its own package: it asks
others, and is asked only where these two refuse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from constraints import Constraint
from hirkit.layouts import compose, words
from hirkit.records import Instruction
from hirkit.span import Refused, rewrite_span


def rewrite(
    instruction: Instruction,
    hindsight: Sequence[Constraint | None],
    added: Sequence[Constraint] = (),
    rules: str = "fixed",
    by: str = "auto",
) -> tuple[Instruction, str] | Refused:
    """The hindsight instruction and the name of its rewriter, or why there is none.

    ``hindsight`` holds, for each constraint of the instruction, itself (kept), another of its id (relaxed) or None
    (dropped); ``added`` is asked besides. ``by`` names the only rewriter that may do it, "auto" the surest. Raises
    ``ValueError`` if nothing changes or nothing is left to ask.
    """
    before = instruction.constraints
    changed = [new is not old for old, new in zip(before, hindsight, strict=True)]
    remaining = tuple(c for c in (*hindsight, *added) if c is not None)
    if not (any(changed) or added) or not remaining:
        raise ValueError("nothing to rewrite: change at least one constraint, keep or add at least one")
    gone = {c.text for c, new in zip(before, changed, strict=True) if new and c.text is not None}
    if shared := gone & {c.text for c, new in zip(before, changed, strict=True) if not new}:
        return Refused("shared with a kept constraint", f"one clause states both: {min(map(str, shared))!r:.80}")
    if by != "span" and instruction.task is not None and instruction.layout is not None:
        worded = tuple(replace(constraint, text=words(constraint, rules)) for constraint in remaining)
        prompt = compose(instruction.task, [str(constraint.text) for constraint in worded], instruction.layout)
        return replace(instruction, prompt=prompt, constraints=worded), "template"
    if by == "template":
        return Refused("not found", "the row does not hold task and constraints apart, as template needs")
    result = rewrite_span(instruction.prompt, before, hindsight, added, rules)
    if isinstance(result, Refused):
        return result
    return replace(instruction, prompt=result, constraints=remaining), "span"
