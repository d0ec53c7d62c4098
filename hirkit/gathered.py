"""What many shards say together: their counts, and of replays a card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import fsum
from operator import mul
from pathlib import Path
from typing import Any

from hirkit import manifest
from hirkit.card import CardStats
from hirkit.jsonl import put
from hirkit.outcome import Relabelling
from hirkit.outputs import write_card
from hirkit.quarantine import SHOWN
from hirkit.report import Tally
from hirkit.shards import WHOLE, ShardPlan


def together(plan: ShardPlan, made: Sequence[Mapping[str, Any]]) -> Tally:
    """The counts of all shards. Bad rows of the prompts, which each of them has read, count once."""
    tally = Tally(plan.inputs.rules, plan.inputs.strip_think)
    for one in made:
        tally.add_counts(one["tally"])
        tally.bad_rows += one["bad_rows"] - one["bad_prompts"]
    tally.bad_prompts = max((one["bad_prompts"] for one in made), default=0)
    tally.bad_rows += tally.bad_prompts
    return tally


def read_together(made: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What was read: of the responses how many files and bytes, each of which its own manifest describes."""
    others = {name: file for one in made for name, file in one["inputs"].items() if name != "responses"}
    size = sum(one["inputs"]["responses"]["bytes"] for one in made)
    return {"responses": {"shards": len(made), "bytes": size}, **others}


def shown_together(made: Sequence[Mapping[str, Any]]) -> list[str]:
    """The first bad rows, those of the prompts once."""
    return list(dict.fromkeys(row for one in made for row in one["shown"]))[:SHOWN]


def relabelled_together(plan: ShardPlan, made: Sequence[Mapping[str, Any]]) -> Relabelling:
    """What relabelling did to all shards. A base rate is the mean of the shards', by how often they ask for the id."""
    assert plan.relabel is not None
    counts, strategies, refusals = (_sum(made, name) for name in ("counts", "strategies", "refusals"))
    stats, tally = CardStats(), together(plan, made)
    for one in made:
        stats.merge(CardStats.from_json(one["stats"]))
    rates = {id: _mean_rate(id, made) for id in sorted({id for one in made for id in one["rates"]})}
    scorer = made[0]["score_model"] if made else None
    ends, read = (counts, strategies, refusals), read_together(made)
    return Relabelling(plan.relabel, tally, *ends, rates, stats, read, shown_together(made), scorer)


def _sum(made: Sequence[Mapping[str, Any]], name: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in made:
        total.update(one[name])
    return total


def _mean_rate(id: str, made: Sequence[Mapping[str, Any]]) -> float:
    asked = [int(one["tally"]["asked"].get(id, 0)) for one in made if id in one["rates"]]
    rates = [float(one["rates"][id]) for one in made if id in one["rates"]]
    return fsum(map(mul, rates, asked)) / sum(asked)


def say_together(folder: str, plan: ShardPlan, made: Sequence[Mapping[str, Any]]) -> None:
    """Write what concerns all shards: a manifest, and for replays a card with its plots."""
    where = Path(folder) / "manifests" / f"{WHOLE}.json"
    if plan.relabel is None:
        put(str(where), manifest.encoded(together(plan, made).summary(read_together(made))))
        return
    done = relabelled_together(plan, made)
    rows: Counter[str] = Counter()
    for output in (output for one in made for output in one["outputs"]):
        rows[output["export"]] += output["rows"]
    files = [{"file": _pattern(plan, name), "export": name, "rows": n} for name, n in rows.items()]
    ids = [*done.tally.asked, *done.stats.constraints]
    whole = manifest.manifest([], asdict(plan.relabel), done.meta, done.by_reason, done.refusals, ids, files)
    write_card(done.stats, whole, Path(folder) / "README.md", Path(folder) / "README.plots")
    more = {"base_rates": dict(done.rates), "score_model": done.scorer}
    put(str(where), manifest.encoded(whole | more))


def _pattern(plan: ShardPlan, name: str) -> str:
    folder = {"records": "", "dropped": f"{plan.dropped}/"}.get(name, f"{name}/")
    return f"{folder}*{'' if name in plan.exports else '.jsonl'}"
