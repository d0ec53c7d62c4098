"""How many failures become records, by strategy: of real responses to prompts whose constraints stand in prose.

    NLTK_DATA=… python -m benchmarks.relabel_yield --prompts P.jsonl --responses A.jsonl --responses B.jsonl

Counted under both rule sets. A *failure that keeps something* passes at least one of its constraints and is turned
away by no guard. ``--sample N`` draws so many records of each strategy, to be read by people: prompts, constraints,
response.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hirkit.audit import draw
from hirkit.outcome import Relabelling
from hirkit.outputs import Outputs
from hirkit.pipeline import relabel_files
from hirkit.relabel import Plan
from hirkit.runs import Inputs

STRATEGIES = (("drop",), ("relax",), ("drop", "relax"), ("discover",))
RULES = ("published", "fixed")


def told(prompts: str, responses: str, rules: str, strategies: tuple[str, ...]) -> tuple[Relabelling, list[dict]]:
    """A file relabelled by some strategies: what came of it, and the records."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.jsonl"
        done = relabel_files(
            Inputs(responses, prompts, rules=rules), Plan(rules, k=10**6, strategies=strategies), Outputs(str(out))
        )
        return done, [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def figures(done: Relabelling, rows: list[dict]) -> dict[str, Any]:
    """Of the failures, how many keep something, and how many of these were written; records by rewriter."""
    kept = [row for row in rows if row["selection"]["f_int"] not in (0, 1)]
    written = len({(row["key"], row["sample"]) for row in kept})
    left = ("nothing to relax", "nothing discovered", "no certain rewrite", "not verified again")
    return {
        "counts": {name: count for name, count in done.by_reason.items() if count},
        "records": dict(done.strategies),
        "written_of_failures_that_keep_something": written,
        "written_that_keep_nothing": len({(r["key"], r["sample"]) for r in rows if r["selection"]["f_int"] == 0}),
        "left": sum(done.counts[reason] for reason in left),
        "refusals": dict(sorted(done.refusals.items())),
        "rewriters": dict(Counter(row["rewriter"].split("@")[0] for row in rows)),
    }


def main() -> None:
    """Measure, print, and write results/relabel_yield.json; or draw a sample."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", required=True)
    parser.add_argument("--responses", required=True, action="append")
    parser.add_argument("--sample", type=int, help="print so many records of each strategy as JSON lines, and stop")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-record", action="store_true", help="print only")
    arguments = parser.parse_args()
    if arguments.sample:
        for strategy in ("drop", "relax", "discover"):
            rows = [r for path in arguments.responses for r in told(arguments.prompts, path, "fixed", (strategy,))[1]]
            for row in draw(rows, arguments.sample, arguments.seed):
                sys.stdout.write(json.dumps(row) + "\n")
        return
    found: dict[str, Any] = {}
    for rules in RULES:
        for path in arguments.responses:
            partial, _ = told(arguments.prompts, path, rules, ("drop",))
            keeping = partial.counts["written"] + partial.counts["no certain rewrite"]
            keeping += partial.counts["not verified again"]
            of_file = found[f"{rules}/{Path(path).stem}"] = {"failures_that_keep_something": keeping}
            for strategies in STRATEGIES:
                of_file["+".join(strategies)] = figures(*told(arguments.prompts, path, rules, strategies))
    print(json.dumps(found, indent=2))
    if not arguments.no_record:
        from benchmarks.record import write

        print(write("relabel_yield", {"files": found}))


if __name__ == "__main__":
    main()
