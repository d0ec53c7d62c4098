"""The card of a replay dataset: what is in it, how it was made, and what came of each constraint, for people.

``CardStats`` counts while records are made, in memory that does not grow with them, and travels as JSON, so that parts
counted in several processes, or before a run was killed, add up to the same card. ``card`` writes it: Markdown, under
front matter that the Hugging Face Hub reads.
"""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hirkit.export import EXPORTS
from hirkit.export.write import SPLIT
from hirkit.records import ReplayRecord, Scored

FATES = ("kept", "relaxed", "dropped", "added")
"""What a constraint becomes in a record: asked as before, asked as far as achieved, no longer asked, newly asked."""
HISTOGRAMS = ("kept", "relaxed", "dropped", "added", "f_int", "prompt", "hindsight", "response")
"""Per record: constraints by fate; F_int in tenths, rounded down; characters by powers of two (``int.bit_length``)."""
LONGEST_TABLE = 40
"""Constraints that the card lists; the rest is summed up."""


@dataclass(slots=True)
class CardStats:
    """Counts over groups of responses and the records told of them.

    ``constraints`` holds by id how many responses were asked for it and passed, failed or could not be judged, and how
    many records kept, relaxed, dropped or added it.
    """

    groups: int = 0
    responses: int = 0
    records: int = 0
    strategies: Counter[str] = field(default_factory=Counter)
    rewriters: Counter[str] = field(default_factory=Counter)
    constraints: dict[str, Counter[str]] = field(default_factory=dict)
    histograms: dict[str, Counter[int]] = field(default_factory=lambda: {name: Counter() for name in HISTOGRAMS})

    def add(self, group: Sequence[Scored], records: Sequence[ReplayRecord]) -> None:
        """Count a group and its records."""
        self.groups += 1
        self.responses += len(group)
        for scored in group:
            for judgement in scored.judgements:
                self._of(judgement.constraint.id)[judgement.strict.status] += 1
        for record in records:
            self._add_record(record)

    def _add_record(self, record: ReplayRecord) -> None:
        self.records += 1
        self.strategies[record.strategy] += 1
        self.rewriters[record.rewriter] += 1
        counted = Counter(dict.fromkeys(FATES, 0))
        for id, fate in fates(record):
            self._of(id)[fate] += 1
            counted[fate] += 1
        measured = {
            **counted,
            "f_int": int(10 * record.selection.f_int + 1e-9),
            "prompt": len(record.original.prompt).bit_length(),
            "hindsight": len(record.hindsight.prompt).bit_length(),
            "response": len(record.response.text).bit_length(),
        }
        for name, value in measured.items():
            self.histograms[name][value] += 1

    def _of(self, id: str) -> Counter[str]:
        return self.constraints.setdefault(id, Counter())

    def merge(self, other: CardStats) -> None:
        """Count what was counted elsewhere."""
        self.groups += other.groups
        self.responses += other.responses
        self.records += other.records
        self.strategies += other.strategies
        self.rewriters += other.rewriters
        for id, counts in other.constraints.items():
            self._of(id).update(counts)
        for name, counts_of_bins in other.histograms.items():
            self.histograms[name].update(counts_of_bins)

    def to_json(self) -> dict[str, Any]:
        """The counts as JSON has them, in an order that does not depend on that of the records."""
        return {
            "groups": self.groups,
            "responses": self.responses,
            "records": self.records,
            "strategies": dict(sorted(self.strategies.items())),
            "rewriters": dict(sorted(self.rewriters.items())),
            "constraints": {id: dict(sorted(self.constraints[id].items())) for id in sorted(self.constraints)},
            "histograms": {
                name: {str(value): count for value, count in sorted(self.histograms[name].items())}
                for name in HISTOGRAMS
            },
        }

    @classmethod
    def from_json(cls, counts: Mapping[str, Any]) -> CardStats:
        """The counts that ``to_json`` gave."""
        return cls(
            counts["groups"],
            counts["responses"],
            counts["records"],
            Counter(counts["strategies"]),
            Counter(counts["rewriters"]),
            {id: Counter(found) for id, found in counts["constraints"].items()},
            {
                name: Counter({int(value): count for value, count in counts["histograms"][name].items()})
                for name in HISTOGRAMS
            },
        )


def fates(record: ReplayRecord) -> Iterable[tuple[str, str]]:
    """The id of each constraint of either instruction, and what became of it."""
    for judgement, became in zip(record.judgements, record.became, strict=True):
        same = became is not None and became.args == judgement.constraint.args
        yield judgement.constraint.id, "dropped" if became is None else "kept" if same else "relaxed"
    told = sum(became is not None for became in record.became)
    yield from ((constraint.id, "added") for constraint in record.hindsight.constraints[told:])


def card(stats: CardStats, made: Mapping[str, Any], plots: Mapping[str, str], folder: bool = False) -> str:
    """The card, as Markdown.

    ``made`` is the manifest (of its outputs only file, export and rows are needed); ``plots`` maps the name of each
    plot to where it stands, and is empty where there are none. With ``folder``, the card lies in the folder of the
    export ``hf`` and speaks of that alone; else beside the files, and speaks of all.
    """
    parts = [
        front_matter(stats, made, folder),
        "# Replays: failures told as successes\n",
        _about(stats, made),
        "## Files\n",
        _load_folder() if folder else _files(made["outputs"]),
        "## What became of each response\n",
        table(("what became of it", "responses"), [(name, f"{n:,}") for name, n in made["counts"].items() if n]),
        "## What became of each constraint\n",
        _yield(stats),
        "## Distributions over records\n",
        _distributions(stats),
        _pictures(plots),
        "## How it was made\n",
        _making(made),
        LIMITS,
    ]
    return "\n".join(part for part in parts if part)


LIMITS = """## Limits

- Programs checked the constraints, by the rule set above: that a response follows them does not say that it does the
  task well, or that what it claims is true.
- A hindsight prompt asks for what this response happens to satisfy: where constraints were dropped or relaxed it is
  easier than what was asked, and replays are as diverse as the responses that they come from.
- Prompts and responses are those of the inputs; so are their licences, and whatever they may contain.
"""


def front_matter(stats: CardStats, made: Mapping[str, Any], folder: bool) -> str:
    """The YAML that the Hub reads. Texts are JSON strings, which YAML understands as they are."""
    lines = [
        "---",
        "license: other",
        "license_name: that-of-the-inputs",
        'pretty_name: "Replays, by hirkit relabel"',
        "task_categories:\n- text-generation",
        "tags:\n- hirkit\n- instruction-following\n- hindsight-relabelling\n- verifiable",
        f"size_categories:\n- {size_category(stats.records)}",
    ]
    configs = {"default": f"{SPLIT}/*.arrow"} if folder else _data_files(made["outputs"])
    if configs:
        lines.append("configs:")
    for name, files in configs.items():
        lines.append(f"- config_name: {name}\n  data_files:\n  - split: {SPLIT}\n    path: {json.dumps(files)}")
    return "\n".join([*lines, "---\n"])


def _data_files(outputs: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The exports that ``datasets`` loads by name: the JSON lines, or else the tables.

    Of files of both formats in one place it takes all for the one that there is more of; a folder is loaded as one.
    """
    found = [made for made in outputs if made["export"] in EXPORTS and made["export"] != "hf"]
    lines = [made for made in found if EXPORTS[made["export"]].schema is None]
    return {made["export"]: made["file"] for made in lines or found}


def size_category(rows: int) -> str:
    """The Hub's word for a number of rows.

    >>> size_category(999), size_category(1000), size_category(10**12)
    ('n<1K', '1K<n<10K', 'n>1T')
    """
    names = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")
    limits = [1000 * 10**i for i in range(len(names))]
    place = sum(rows >= limit for limit in limits)
    if place in (0, len(names)):
        return f"n<{names[0]}" if place == 0 else f"n>{names[-1]}"
    return f"{names[place - 1]}<n<{names[place]}"


def _about(stats: CardStats, made: Mapping[str, Any]) -> str:
    return (
        f"{stats.records:,} replays out of {stats.responses:,} responses to {stats.groups:,} instructions, by hirkit\n"
        f"{made['hirkit']} (hindsight instruction replay, arXiv 2512.23457). A replay is a response under an\n"
        "instruction that it follows: that to which it was written, less what it failed, or with what it failed asked\n"
        "as far as it was achieved, or with what it satisfied unasked. Every replay was verified again by program,\n"
        f"rule set `{made['rules']}`.\n"
    )


def _load_folder() -> str:
    return (
        "```python\nfrom datasets import load_dataset, load_from_disk\n\n"
        'replays = load_from_disk("this folder")["train"]  # or load_dataset("this folder, or its name on the Hub")\n'
        "```\n\n" + table(("column", "what it holds"), list(EXPORTS["hf"].columns.items()))
    )


def _files(outputs: Sequence[Mapping[str, Any]]) -> str:
    rows = [(f"`{made['file']}`", f"{made['rows']:,}", _purpose(made["export"])) for made in outputs]
    columns = [
        f"### {made['export']}\n\n" + table(("column", "what it holds"), list(EXPORTS[made["export"]].columns.items()))
        for made in outputs
        if made["export"] in EXPORTS
    ]
    return "\n".join([table(("file", "rows", "for"), rows), LOADING if columns else "", *columns])


LOADING = """```python
from datasets import load_dataset

load_dataset("json", data_files="the file.jsonl", split="train")  # of a .parquet file: "parquet"
```
"""


def _purpose(export: str) -> str:
    own = {"records": "the replay records, whole", "dropped": "what was not replayed, and why"}
    return EXPORTS[export].reader if export in EXPORTS else own.get(export, export)


def _yield(stats: CardStats) -> str:
    """The constraints most asked for first."""
    order = sorted(stats.constraints, key=lambda id: (-sum(stats.constraints[id].values()), id))
    shown, rest = order[:LONGEST_TABLE], order[LONGEST_TABLE:]
    columns = ("pass", "fail", "error", *FATES)
    rows = [(f"`{id}`", *(f"{stats.constraints[id][name]:,}" for name in columns)) for id in shown]
    if rest:
        sums = [sum(stats.constraints[id][name] for id in rest) for name in columns]
        rows.append((f"{len(rest)} more", *(f"{count:,}" for count in sums)))
    return "Of all responses, then of the replays.\n\n" + table(("constraint", *columns), rows)


def _distributions(stats: CardStats) -> str:
    most = max((value for fate in FATES for value in stats.histograms[fate]), default=0)
    by_fate = [
        (str(value), *(f"{stats.histograms[fate][value]:,}" for fate in FATES)) for value in range(min(most, 20) + 1)
    ]
    tenths = [(tenth_name(value), f"{count:,}") for value, count in sorted(stats.histograms["f_int"].items())]
    lengths = ("prompt", "hindsight", "response")
    bins = sorted({value for name in lengths for value in stats.histograms[name]})
    by_length = [(length_name(bin), *(f"{stats.histograms[name][bin]:,}" for name in lengths)) for bin in bins]
    return "\n".join(
        [
            table(("constraints in a replay", *FATES), by_fate),
            table(("share of the original constraints satisfied (F_int)", "replays"), tenths),
            table(("characters", "original prompt", "hindsight prompt", "response"), by_length),
        ]
    )


def tenth_name(value: int) -> str:
    """A bin of F_int.

    >>> tenth_name(3), tenth_name(10)
    ('0.3 to 0.4', '1')
    """
    return "1" if value == 10 else f"0.{value} to {f'0.{value + 1}' if value < 9 else '1'}"


def length_name(bin: int) -> str:
    """A bin of lengths.

    >>> length_name(0), length_name(1), length_name(7)
    ('0', '1', '64 to 127')
    """
    return str(bin) if bin < 2 else f"{2 ** (bin - 1):,} to {2**bin - 1:,}"


def _pictures(plots: Mapping[str, str]) -> str:
    if not plots:
        return "No plots: they need matplotlib (`python -m pip install 'hirkit[plots]'`).\n"
    return "\n".join(f"![{name}]({where})\n" for name, where in plots.items())


def _making(made: Mapping[str, Any]) -> str:
    settings = [(name, f"`{json.dumps(value)}`") for name, value in made["plan"].items()]
    inputs = [(name, f"{found['bytes']:,}", _digest(found)) for name, found in made["inputs"].items()]
    return "\n".join(
        [
            *([f"{fenced(shlex.join(made['command']))}\n"] if made["command"] else []),
            table(("setting", "value"), settings),
            table(("input", "bytes", "sha256"), inputs),
            "Checkers' revisions, versions and the outputs' digests are in the manifest beside the dataset.\n",
        ]
    )


def _digest(found: Mapping[str, Any]) -> str:
    return f"`{found['sha256']}`" if "sha256" in found else f"of each of the {found['shards']} shards in its manifest"


def fenced(text: str) -> str:
    """A text that Markdown shows as it is, whatever it holds."""
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
    return f"{fence}\n{text}\n{fence}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the last columns are numbers more often than not, and are set right where they are."""
    ends = ["---:" if rows and all(_is_number(row[i]) for row in rows) else "---" for i in range(len(head))]
    lines = [head, ends, *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines) + "\n"


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").isdigit()


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
