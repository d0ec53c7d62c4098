"""Telling the lots of a job: what was selected of each is rewritten, verified again and written, with its counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, BinaryIO

from constraints import Verdict
from hirkit.card import CardStats
from hirkit.information import Reference
from hirkit.job import Job
from hirkit.jsonl import atomic, encode
from hirkit.judging import judged_with_entropies
from hirkit.lots import read_lot
from hirkit.read import Item
from hirkit.records import Judgement, Scored, Selection, UserError
from hirkit.relabel import Picks, Relabelled, Sifted, Tools, choose, dropped_row, record_row, tell_groups


def tell_lot(job: Job, lot: int) -> None:
    """Tell what was selected of a lot, unless that was done; the counts are written last."""
    done = job.path("told", lot)
    if done.exists():
        return
    groups = sifted_lot(job, lot)
    tools = Tools(Reference(tuple(job.get("reference.json")["texts"]), job.plan.rules), job.llm)
    picks = choose(groups, job.plan) if job.plan.scope == "group" else _picked(groups, _batch_picks_of(job, lot))
    total, stats, dropped = Relabelled(), CardStats(), 0
    with ExitStack() as stack:
        streams = {name: stack.enter_context(atomic(str(job.path(name, lot)))) for name in job.parts}
        for group, result in zip(groups, tell_groups(groups, picks, job.plan, tools), strict=True):
            _write(job, streams, group, result)
            stats.add([one.scored for one in group], result.records)
            dropped += len(result.dropped)
            total.add(Relabelled(counts=result.counts, strategies=result.strategies, refusals=result.refusals))
    counted = {"counts": total.counts, "strategies": total.strategies, "refusals": total.refusals}
    job.put(counted | {"stats": stats.to_json(), "rows": {"records": stats.records, "dropped": dropped}}, "told", lot)


def sifted_lot(job: Job, lot: int) -> list[list[Sifted]]:
    """The groups of a lot as judging left them."""
    groups = [items for _, items in read_lot(job.folder, lot, job.rows)]
    rows = list(judged_with_entropies(job, lot))
    if len(rows) != sum(map(len, groups)):
        raise UserError(f"{job.folder}: lot {lot} is not whole; remove the folder, and give the same command again", 3)
    found = iter(rows)
    return [[_sifted(item, *next(found)) for item in items] for items in groups]


def _sifted(item: Item, row: Mapping[str, Any], meta: Mapping[str, float]) -> Sifted:
    judgements = tuple(
        Judgement(constraint, verdict, verdict, revision)
        for constraint, (status, because, revision) in zip(item.instruction.constraints, row["verdicts"], strict=True)
        for verdict in [Verdict(status, because)]
    )
    response = replace(item.response, meta={**item.response.meta, **meta}) if meta else item.response
    return Sifted(Scored(item.instruction, response, judgements), row["out"] and tuple(row["out"]), row["sound"])


def _batch_picks_of(job: Job, lot: int) -> dict[str, dict[int, Selection]]:
    """A batch's selection from a lot, by pool and place."""
    found = job.get("picks", lot)
    return {pool: {place: _selection(selection) for place, selection in some} for pool, some in found.items()}


def _selection(row: Mapping[str, Any]) -> Selection:
    return Selection(**{**row, "lambda_": float(row["lambda_"] or "inf")})  # JSON has no infinity, but null


def _picked(groups: Sequence[Sequence[Sifted]], chosen: Mapping[str, Mapping[int, Selection]]) -> list[Picks]:
    """A batch's selection, group by group; places are counted through the lot."""
    place, picks = 0, []
    for group in groups:
        of_group: dict[str, list[tuple[Scored, Selection]]] = {"replay": [], "discover": []}
        for one in group:
            for pool, found in chosen.items():
                if place in found:
                    of_group[pool].append((one.scored, found[place]))
            place += 1
        picks.append({pool: sorted(found, key=lambda pair: pair[1].rank) for pool, found in of_group.items()})
    return list(picks)


def _write(job: Job, streams: Mapping[str, BinaryIO | None], group: Sequence[Sifted], result: Relabelled) -> None:
    """What came of a group, to each of the parts."""
    from hirkit.export import EXPORTS

    scored = [one.scored for one in group]
    for name, stream in streams.items():
        assert stream is not None
        if name == "records":
            stream.writelines(encode(record_row(record, job.plan)) for record in result.records)
        elif name == "dropped":
            stream.writelines(encode(dropped_row(dropped)) for dropped in result.dropped)
        else:
            stream.writelines(map(encode, EXPORTS[name].rows(scored, result.records, job.plan)))
