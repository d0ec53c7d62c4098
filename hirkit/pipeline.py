"""Relabelling files of any size, so that a run that was killed goes on where it stopped, with the same bytes.

Four stages, each lot by lot (``lots.py``), each leaving files in ``OUT.work/`` that appear whole or not at all: sort
the rows into lots; judge every response (``judging.py``); tell what was selected (``telling.py``); write the outputs
(``outputs.py``). Between judging and telling, what concerns the whole file is settled. What is there already, from the
same command and the same inputs, is not done again; a folder of another command is begun anew. When the outputs stand,
the folder goes. Lots are independent, so several processes work on them, and memory holds one lot each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from hirkit.card import CardStats
from hirkit.inputs import STANDARD, unchanged
from hirkit.job import Job, files_of
from hirkit.jsonl import Source
from hirkit.judging import judge_lot, judge_lot_alone, score_lot, settle
from hirkit.lots import Sorted, sort_rows
from hirkit.outcome import Relabelling
from hirkit.outputs import Outputs, describe_outputs, write_outputs
from hirkit.progress import SILENT, Progress
from hirkit.quarantine import Quarantine
from hirkit.records import UserError
from hirkit.relabel import Plan, Relabelled
from hirkit.report import Tally
from hirkit.runs import Inputs, hold_stdin, keep_inputs, reader
from hirkit.telling import tell_lot
from hirkit.work import SORTED, clear, work_folder
from hirkit.workers import Died, Pool, Workers, in_order, several

if TYPE_CHECKING:
    from hirkit.entropy import Scorer
    from hirkit.llm import Endpoint

Describe = Callable[[Relabelling, Outputs, Mapping[str, int]], None]
SCORER = "scorer.json"
"""The file that says which model computed the entropies."""


def relabel_files(
    inputs: Inputs,
    plan: Plan,
    outputs: Outputs,
    progress: Progress = SILENT,
    llm: Endpoint | None = None,
    score_model: str | None = None,
    describe: Describe = describe_outputs,
) -> Relabelling:
    """Relabel a responses file; go on with what an earlier run of the same command has left.

    Without outputs (a dry run) or with standard output only, the work folder is a temporary one. ``describe`` writes
    what is said of the outputs, last.
    """
    keep_inputs(inputs, *outputs.paths)
    with work_folder(outputs.records) as folder, several(inputs.workers) as pool:
        job = Job(inputs, plan, folder, outputs.parts, llm, score_model)
        job, found = sort_stage(job, progress)
        lots = Sorted(found["groups"]).lots
        over_lots(pool, partial(judge_lot, job), lots, progress, "judging", partial(judge_lot_alone, job))
        if score_model is not None:
            _score(job, lots, progress)
        tally = settle(job, lots)
        tally.bad_rows, tally.bad_prompts = found["bad_rows"], found["bad_prompts"]
        over_lots(pool, partial(tell_lot, job), lots, progress, "telling")
        counts = write_outputs(job, lots, outputs)
        done = _relabelling(job, lots, tally, found)
        describe(done, outputs, counts)
        return done


def sort_stage(job: Job, progress: Progress) -> tuple[Job, dict[str, Any]]:
    """Sort the rows into lots, unless that was done; the job then, what was read, and how many rows are bad."""
    done = job.path(SORTED)
    if (found := _resumed(job, done)) is not None:
        return _joined(job, found), found
    clear(job.folder)
    job.folder.mkdir()
    job = replace(job, inputs=hold_stdin(job.inputs, job.path("stdin")))
    rows, sources, bad_prompts = reader(job.inputs)
    sources["responses"] = Source(job.inputs.responses)
    with job.path("rejected.jsonl").open("wb") as stream:
        bad = Quarantine(stream, job.inputs.max_bad_rows)
        for rejected in bad_prompts:
            bad.reject(rejected)
        with progress.over(sources["responses"]) as lines:
            result = sort_rows(islice(lines, job.inputs.limit), rows, job.folder, bad.reject)
    files = {name: source.facts for name, source in sources.items()}
    counts = {"groups": result.groups, "bad_rows": bad.count, "bad_prompts": len(bad_prompts)}
    found = {"job": job.name, **counts, "inputs": files, "shown": bad.shown}
    job.put(found, SORTED)
    return _joined(job, found), found


def _joined(job: Job, found: Mapping[str, Any]) -> Job:
    return replace(job, joined=tuple(file["sha256"] for name, file in found["inputs"].items() if name != "responses"))


def _resumed(job: Job, done: Path) -> dict[str, Any] | None:
    """What an earlier run of the same job sorted, if its inputs are what they were."""
    if not done.exists() or STANDARD in (job.inputs.responses, job.inputs.prompts, job.inputs.requests):
        return None
    found: dict[str, Any] = job.get(SORTED)
    same = orjson.dumps(found["job"], option=orjson.OPT_SORT_KEYS) == orjson.dumps(
        job.name, option=orjson.OPT_SORT_KEYS
    )
    return found if same and all(unchanged(file) for file in found["inputs"].values()) else None


def over_lots(
    pool: Pool,
    work: Callable[[int], None],
    lots: int,
    progress: Progress,
    what: str,
    otherwise: Callable[[Pool, int], None] | None = None,
) -> None:
    """Do a stage's work on every lot, here or in several processes; ``otherwise`` is done where one dies."""
    with progress.counting(what, lots) as step:
        for lot, wait in in_order(pool, work, range(lots)):
            try:
                wait()
            except Died as err:
                if otherwise is None:
                    again = "is there enough memory? The same command goes on"
                    raise UserError(f"{what} lot {lot}: {err}; {again}", 3) from None
                otherwise(pool, lot)
            step()


def _score(job: Job, lots: int, progress: Progress) -> None:
    assert job.score_model is not None
    if all(job.path("entropies", lot).exists() for lot in range(lots)):
        return
    scorer = _loaded(job.score_model, orjson.dumps(files_of(job.score_model)))
    job.put(dict(scorer.identity), SCORER)
    over_lots(Workers(0), lambda lot: score_lot(job, lot, scorer), lots, progress, "scoring")


@lru_cache(1)
def _loaded(model: str, state: bytes) -> Scorer:
    """The score model, loaded once in each process for all the shards that it scores, while it is in this state."""
    from hirkit.entropy import load

    return load(model)


def _relabelling(job: Job, lots: int, tally: Tally, found: Mapping[str, Any]) -> Relabelling:
    total, stats = Relabelled(), CardStats()
    for lot in range(lots):
        told = job.get("told", lot)
        counts, strategies, refusals = (Counter(told[name]) for name in ("counts", "strategies", "refusals"))
        total.add(Relabelled(counts=counts, strategies=strategies, refusals=refusals))
        stats.merge(CardStats.from_json(told["stats"]))
    rates = job.get("reference.json")["rates"]
    scorer = None if job.score_model is None else job.get(SCORER)
    ends = total.counts, total.strategies, total.refusals
    return Relabelling(job.plan, tally, *ends, rates, stats, found["inputs"], found["shown"], scorer)
