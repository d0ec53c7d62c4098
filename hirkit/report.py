"""What a run found: the rows it writes, and the summary it shows.

An error is neither a pass nor a fail: it counts as not followed in every rate, and is counted on its own.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import orjson

from constraints.registry import get
from hirkit import __version__
from hirkit.records import Key, Scored
from hirkit.verify import resources_of

if TYPE_CHECKING:
    from rich.table import Table


def verdict_row(scored: Scored, rules: str) -> dict[str, Any]:
    """The row of a response in OUT, but for its first fields, the key and the sample."""
    followed = scored.followed_all
    return {
        "thought": scored.response.thought,
        "followed_all": followed,
        "followed_all_loose": scored.followed_all_loose,
        "ila": int(followed),
        "cla": scored.cla,
        "constraints": [
            {
                "id": judgement.constraint.id,
                "args": judgement.constraint.args,
                "strict": judgement.strict.status,
                "loose": judgement.loose.status,
                "because": judgement.strict.because,
                "revision": judgement.revision,
            }
            for judgement in scored.judgements
        ],
        "rules": rules,
        "resources": resources_of(scored.instruction, rules),
    }


def verdict_line(key: Key, sample: int, row: bytes) -> bytes:
    """The line of a response in OUT, its ``verdict_row`` encoded already.

    >>> verdict_line(7, 0, b'{"thought":0}')
    b'{"key":7,"sample":0,"thought":0}'
    """
    return b'{"key":%b,"sample":%d,%b' % (orjson.dumps(key), sample, row[1:])


DECIDING = ("emoji", "langdetect", "markdown-it-py", "syllapy")
"""The libraries whose version may decide a verdict."""


@dataclass(slots=True)
class Tally:
    """Counts over a run. Rates are shares of what could be read; bad rows are outside them, and said beside them."""

    rules: str
    strip_think: bool = True
    responses: int = 0
    followed: int = 0
    followed_loose: int = 0
    bad_rows: int = 0
    bad_prompts: int = 0
    """Of the bad rows those of the prompts, which all shards read."""
    asked: Counter[str] = field(default_factory=Counter)
    strict: Counter[tuple[str, str]] = field(default_factory=Counter)
    loose: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: int = 0
    resources: dict[str, str] = field(default_factory=dict)

    def add(self, scored: Scored) -> None:
        """Count a response."""
        self.responses += 1
        self.followed += scored.followed_all
        self.followed_loose += scored.followed_all_loose
        self.errors += scored.errors
        self.resources.update(resources_of(scored.instruction, self.rules))
        for judgement in scored.judgements:
            id = judgement.constraint.id
            self.asked[id] += 1
            self.strict[id, judgement.strict.status] += 1
            self.loose[id, judgement.loose.status] += 1

    def counts(self) -> dict[str, Any]:
        """What was counted, as JSON has it."""
        return {
            "responses": self.responses,
            "followed": self.followed,
            "followed_loose": self.followed_loose,
            "errors": self.errors,
            "asked": dict(self.asked),
            "strict": [[id, status, count] for (id, status), count in self.strict.items()],
            "loose": [[id, status, count] for (id, status), count in self.loose.items()],
            "resources": self.resources,
        }

    def add_counts(self, counts: dict[str, Any]) -> None:
        """Count what was counted elsewhere."""
        self.responses += counts["responses"]
        self.followed += counts["followed"]
        self.followed_loose += counts["followed_loose"]
        self.errors += counts["errors"]
        self.asked.update(counts["asked"])
        self.strict.update({(id, status): count for id, status, count in counts["strict"]})
        self.loose.update({(id, status): count for id, status, count in counts["loose"]})
        self.resources.update(counts["resources"])

    @property
    def prompt_strict(self) -> float | None:
        """The share of responses that follow every constraint; None of none."""
        return _share(self.followed, self.responses)

    def summary(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The run in one JSON document; ``inputs`` says what was read."""
        asked = self.asked.total()
        return {
            "responses": self.responses,
            "prompt_strict": self.prompt_strict,
            "constraint_strict": _share(_passes(self.strict), asked),
            "prompt_loose": _share(self.followed_loose, self.responses),
            "constraint_loose": _share(_passes(self.loose), asked),
            "errors": self.errors,
            "bad_rows": self.bad_rows,
            "constraints": {
                id: {
                    "asked": self.asked[id],
                    "strict": {status: self.strict[id, status] for status in ("pass", "fail", "error")},
                    "loose": {status: self.loose[id, status] for status in ("pass", "fail", "error")},
                }
                for id in sorted(self.asked)
            },
            "meta": self.meta(inputs),
        }

    def meta(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """What the verdicts stand on: enough to get the same ones in a year."""
        return {
            "hirkit": __version__,
            "rules": self.rules,
            "strip_think": self.strip_think,
            "revisions": {id: get(id, self.rules).revision for id in sorted(self.asked)},
            "resources": dict(sorted(self.resources.items())),
            "versions": {name: version(name) for name in DECIDING} | {"unicode": unicodedata.unidata_version},
            "inputs": dict(inputs),
        }

    def table(self) -> Table:
        """The run as a table: rates over all, then each constraint."""
        from rich.table import Table

        asked = self.asked.total()
        table = Table(title=f"{self.responses} responses, {asked} constraints, rules: {self.rules}")
        table.add_column("constraint")
        for column in ("asked", "strict", "loose", "errors"):
            table.add_column(column, justify="right")
        followed = percent(self.followed, self.responses), percent(self.followed_loose, self.responses)
        table.add_row("all constraints of a prompt", str(self.responses), *followed, "", style="bold", end_section=True)
        for id in sorted(self.asked):
            n = self.asked[id]
            passes = percent(self.strict[id, "pass"], n), percent(self.loose[id, "pass"], n)
            errors = max(self.strict[id, "error"], self.loose[id, "error"])
            table.add_row(id, str(n), *passes, str(errors or ""))
        table.add_section()
        passes = percent(_passes(self.strict), asked), percent(_passes(self.loose), asked)
        table.add_row("every constraint", str(asked), *passes, str(self.errors or ""), style="bold")
        return table


def _passes(verdicts: Counter[tuple[str, str]]) -> int:
    return sum(n for (_, status), n in verdicts.items() if status == "pass")


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def percent(part: int, whole: int) -> str:
    """A share as a table shows it."""
    return f"{100 * part / whole:.1f} %" if whole else "-"
