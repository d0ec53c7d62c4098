"""What a relabelling run did, for the summary and the tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hirkit.card import CardStats
from hirkit.relabel import REASONS, Plan
from hirkit.report import Tally, percent

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True, slots=True)
class Relabelling:
    """What a run did: responses by what became of them, records by strategy, refused rewrites by reason."""

    plan: Plan
    tally: Tally
    counts: Counter[str]
    strategies: Counter[str]
    refusals: Counter[str]
    rates: Mapping[str, float]
    stats: CardStats
    inputs: Mapping[str, Any]
    shown: Sequence[str]
    scorer: Mapping[str, Any] | None = None

    @property
    def records(self) -> int:
        """How many replay records there are."""
        return self.strategies.total()

    @property
    def by_reason(self) -> dict[str, int]:
        """What became of each response; the sum is all of them."""
        return {reason: self.counts[reason] for reason in (*REASONS, "written")}

    @property
    def meta(self) -> dict[str, Any]:
        """What the verdicts stand on."""
        return self.tally.meta(self.inputs)

    def summary(self) -> dict[str, Any]:
        """The run in one JSON document."""
        return {
            "responses": self.tally.responses,
            "counts": self.by_reason,
            "records": {strategy: self.strategies[strategy] for strategy in self.plan.strategies},
            "refusals": dict(sorted(self.refusals.items())),
            "base_rates": dict(self.rates),
            "errors": self.tally.errors,
            "bad_rows": self.tally.bad_rows,
            "meta": self.meta,
        }

    def tables(self) -> list[Table]:
        """What became of each response, and of each constraint."""
        return [self._of_responses(), self._of_constraints()]

    def _of_responses(self) -> Table:
        from rich.table import Table

        total = self.tally.responses
        table = Table(title=f"{total} responses, rules: {self.plan.rules}")
        table.add_column("what became of it")
        table.add_column("responses", justify="right")
        table.add_column("share", justify="right")
        for reason in REASONS:
            if (count := self.counts[reason]) or reason in REASONS[:3]:
                table.add_row(reason, str(count), percent(count, total))
            if reason == "no certain rewrite":
                for why, count in sorted(self.refusals.items()):
                    table.add_row(f"  {why}", str(count), "", style="dim")
        table.add_section()
        table.add_row("written", str(self.counts["written"]), percent(self.counts["written"], total), style="bold")
        for strategy in self.plan.strategies:
            table.add_row(f"  records: {strategy}", str(self.strategies[strategy]), "", style="dim")
        return table

    def _of_constraints(self) -> Table:
        from rich.table import Table

        table = Table(title="constraints; base rate: the share of any texts that pass")
        told = {"drop": "dropped", "relax": "relaxed", "discover": "added"}
        fates = ["kept", *(told[strategy] for strategy in self.plan.strategies)]
        for name in ("constraint", "asked", "failed", "base rate", *fates):
            table.add_column(name, justify="left" if name == "constraint" else "right", overflow="fold")
        for id, counts in sorted(self.stats.constraints.items(), key=lambda item: (-item[1]["fail"], item[0])):
            rate = f"{self.rates[id]:.0%}" if id in self.rates else ""
            asked = counts["pass"] + counts["fail"] + counts["error"]
            table.add_row(id, str(asked), str(counts["fail"]), rate, *(str(counts[fate]) for fate in fates))
        return table
