"""Judging the lots of a job: each response's verdicts, and what the lots say of the whole file when all are judged.

That is: the tally, the reference with its base rates, and the selection over a batch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from itertools import repeat
from typing import Any

import orjson

from constraints import Constraint
from hirkit.information import REFERENCE, Reference, Text, base_rates, first
from hirkit.job import Job
from hirkit.jsonl import atomic, encode
from hirkit.lots import read_lot
from hirkit.read import Item
from hirkit.records import Scored
from hirkit.relabel import Sifted, reference_texts, sift
from hirkit.report import Tally
from hirkit.select import Candidate, candidate, rank
from hirkit.verify import score, undecided
from hirkit.workers import Died, Pool

ASKED = 4
"""Argument sets of an id that a lot names for its base rate."""


def judge_lot(job: Job, lot: int, judge: Callable[[Item], Scored] | None = None) -> None:
    """Judge the responses of a lot, unless that was done: a line of what it adds up to, then a line per response."""
    judge = judge or partial(score, rules=job.plan.rules, limits=job.inputs.limits, loose=False)
    path = job.path("judged", lot)
    if path.exists():
        return
    tally = Tally(job.plan.rules, job.inputs.strip_think)
    texts: list[Text] = []
    asked: dict[str, dict[str, Any]] = {}
    lines = []
    for group, items in read_lot(job.folder, lot, job.rows):
        sifted = sift([judge(item) for item in items], job.plan)
        texts = first([*texts, *reference_texts(sifted, job.plan)], REFERENCE)
        for one in sifted:
            tally.add(one.scored)
            lines.append(encode(_judged_row(group, one)))
        for constraint in items[0].instruction.constraints:
            _name_args(asked.setdefault(constraint.id, {}), constraint)
    summary = {"tally": tally.counts(), "texts": [[text.draw, text.text] for text in texts], "asked": asked}
    with atomic(str(path)) as stream:
        assert stream is not None
        stream.writelines([encode(summary), *lines])


def judge_lot_alone(job: Job, pool: Pool, lot: int) -> None:
    """Judge a lot over which a process died: each response in a job of its own. The culprit's verdicts are errors."""

    strictly = partial(score, rules=job.plan.rules, limits=job.inputs.limits, loose=False)

    def judge(item: Item) -> Scored:
        try:
            return pool.submit(strictly, item)()
        except Died as err:
            return Scored(item.instruction, item.response, undecided(item.instruction, job.plan.rules, str(err)))

    judge_lot(job, lot, judge)


def _name_args(sets: dict[str, Any], constraint: Constraint) -> None:
    """Name the arguments of an id, those with the smallest digests."""
    args = orjson.dumps(constraint.args, option=orjson.OPT_SORT_KEYS)
    sets[hashlib.sha256(args).hexdigest()] = dict(constraint.args)
    if len(sets) > ASKED:
        del sets[max(sets)]


def _judged_row(group: int, one: Sifted) -> dict[str, Any]:
    seen = candidate(one.scored)
    return {
        "group": group,
        "key": seen.key,
        "sample": seen.sample,
        "diversity": dict(seen.diversity),
        "verdicts": [[j.strict.status, j.strict.because, j.revision] for j in one.scored.judgements],
        "out": one.out,
        "sound": one.sound,
    }


def judged_rows(job: Job, lot: int) -> Iterator[dict[str, Any]]:
    """What judging a lot left: its responses, a row each."""
    with job.path("judged", lot).open("rb") as stream:
        next(stream)
        yield from map(orjson.loads, stream)


def judged_summary(job: Job, lot: int) -> dict[str, Any]:
    """What a lot adds up to."""
    with job.path("judged", lot).open("rb") as stream:
        summary: dict[str, Any] = orjson.loads(next(stream))
    return summary


def score_lot(job: Job, lot: int, scorer: Any) -> None:
    """Compute the entropies of a lot's candidates, unless that was done: one per response, null where not needed."""
    path = job.path("entropies", lot)
    if path.exists():
        return
    rows = [row["out"] is None or row["sound"] for row in judged_rows(job, lot)]
    items = [item for _, group in read_lot(job.folder, lot, job.rows) for item in group]
    pairs = [(i.instruction.prompt, i.response.text) for i, wanted in zip(items, rows, strict=True) if wanted]
    values = iter(scorer.mean_entropies(pairs))
    job.put([next(values) if wanted else None for wanted in rows], "entropies", lot)


def settle(job: Job, lots: int) -> Tally:
    """Put together what the lots say of the file: the tally, the reference with base rates, a batch's selection."""
    tally = Tally(job.plan.rules, job.inputs.strip_think)
    texts: list[Text] = []
    asked: dict[str, dict[str, Any]] = {}
    for lot in range(lots):
        summary = judged_summary(job, lot)
        tally.add_counts(summary["tally"])
        texts = first([*texts, *(Text(*text) for text in summary["texts"])], REFERENCE)
        for id, sets in summary["asked"].items():
            for args in sets.values():
                _name_args(asked.setdefault(id, {}), Constraint(id, args))
    reference = Reference(tuple(text.text for text in texts), job.plan.rules)
    every = [Constraint(id, args) for id, sets in sorted(asked.items()) for args in sets.values()]
    if not job.path("reference.json").exists():
        if job.plan.scope == "batch":
            for lot, picks in enumerate(_batch_picks(job, lots)):
                job.put(picks, "picks", lot)
        job.put({"texts": reference.texts, "rates": base_rates(every, reference)}, "reference.json")
    return tally


def _batch_picks(job: Job, lots: int) -> list[dict[str, list[Any]]]:
    """What is selected over the whole file, by lot and pool: the place in the lot, and why."""
    plan, groups = job.plan, 0
    found: dict[str, list[tuple[int, int, Candidate]]] = {"replay": [], "discover": []}
    for lot in range(lots):
        names = set()
        for place, (row, meta) in enumerate(judged_with_entropies(job, lot)):
            names.add(row["group"])
            kept = sum(status == "pass" for status, _, _ in row["verdicts"])
            n = len(row["verdicts"])
            seen = Candidate(row["key"], row["sample"], kept / n, n, row["diversity"] | meta)
            if row["out"] is None and {"drop", "relax"} & set(plan.strategies):
                found["replay"].append((lot, place, seen))
            if row["sound"]:
                found["discover"].append((lot, place, seen))
        groups += len(names)
    budget = plan.k * groups if plan.budget is None else plan.budget
    settings = (budget, plan.lambda0, plan.eta, plan.step, plan.seed, plan.at_random)
    picks: list[dict[str, list[Any]]] = [{pool: [] for pool in found} for _ in range(lots)]
    for pool, some in found.items():
        for i, selection in rank([one[2] for one in some], *settings):
            lot, place, _ = some[i]
            picks[lot][pool].append([place, asdict(selection)])
    return picks


def judged_with_entropies(job: Job, lot: int) -> Iterator[tuple[dict[str, Any], dict[str, float]]]:
    """What judging a lot left, each row with what the score model says of the response."""
    if job.score_model is None:
        return zip(judged_rows(job, lot), repeat({}), strict=False)
    values = job.get("entropies", lot)
    return zip(judged_rows(job, lot), [{} if v is None else {"score_model": v} for v in values], strict=True)
