"""Where the output of ``verify`` or ``relabel`` is a folder: each file of rows by itself, by whatever engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hirkit.options import Engine

if TYPE_CHECKING:
    from hirkit.outcome import Relabelling
    from hirkit.progress import Progress
    from hirkit.report import Tally
    from hirkit.runs import Inputs
    from hirkit.shards import ShardPlan


def folder(out: str | None) -> str | None:
    """The folder that an output is: one that exists, or a name that ends in ``/``. No name is none: it is refused."""
    if not out or not (out.endswith("/") or Path(out).is_dir()):
        return None
    return out.rstrip("/") or "/"


def refuse(shard: str | None, engine: Engine) -> None:
    """Options that mean nothing for a single output are refused."""
    from hirkit.records import UserError

    if shard is not None or engine is not Engine.processes:
        raise UserError("--shard and --engine go file by file: name a folder as output, -o OUT/")


def verify(
    inputs: Inputs, out: str, shard: str | None, engine: Engine, progress: Progress
) -> tuple[Tally, Sequence[str], Mapping[str, Any]]:
    """Verify the shards: the counts, the first bad rows, what was read."""
    from hirkit.gathered import read_together, shown_together, together
    from hirkit.shards import ShardPlan

    plan = ShardPlan(inputs)
    made = process(plan, out, shard, engine, progress)
    return together(plan, made), shown_together(made), read_together(made)


def relabel(plan: ShardPlan, out: str, shard: str | None, engine: Engine, progress: Progress) -> Relabelling:
    """Relabel the shards, and say what became of all of them."""
    from hirkit.gathered import relabelled_together

    return relabelled_together(plan, process(plan, out, shard, engine, progress))


def process(plan: ShardPlan, out: str, shard: str | None, engine: Engine, progress: Progress) -> list[dict[str, Any]]:
    """Process the shards, those of a share if one is named; what concerns all of them is written where all are done."""
    from hirkit.gathered import say_together
    from hirkit.on_ray import RayTasks
    from hirkit.records import UserError
    from hirkit.shards import Share, process_shards
    from hirkit.workers import several

    given = plan.inputs
    if given.limit is not None:
        raise UserError("--limit counts the rows of one output; it is not for a folder of them")
    plan = replace(plan, inputs=replace(given, workers=1))
    share = Share.read(shard) if shard is not None else Share()
    with RayTasks(given.workers) if engine is Engine.ray else several(given.workers) as pool:
        made = process_shards(given.responses, out, plan, pool, share, progress)
    if share == Share():
        say_together(out, plan, made)
    return made
