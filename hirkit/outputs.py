"""What a relabelling run writes in the end: records, exports, bad rows; a manifest and a card that describe them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from hirkit import manifest
from hirkit.card import CardStats, card
from hirkit.inputs import STANDARD
from hirkit.job import Job
from hirkit.jsonl import atomic, put
from hirkit.outcome import Relabelling
from hirkit.plots import plots
from hirkit.quarantine import kept_beside


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is written: replay records, what was dropped, datasets for trainers by name."""

    records: str | None
    dropped: str | None = None
    exports: Mapping[str, str] = field(default_factory=dict[str, str])
    rejected: str | None = None
    """The bad rows; beside the records if left out."""

    @property
    def paths(self) -> tuple[str | None, ...]:
        """Where they go."""
        return (self.records, self.dropped, *self.exports.values())

    @property
    def named(self) -> dict[str, str]:
        """Those that are files, by name."""
        every = {"records": self.records, "dropped": self.dropped, **self.exports}
        return {name: path for name, path in every.items() if path is not None and path != STANDARD}

    @property
    def parts(self) -> tuple[str, ...]:
        """The exports whose rows are made as groups are told."""
        table = {"parquet"} if self.records is not None and self.records.endswith(".parquet") else set()
        return tuple(sorted({*self.exports, *table}))


def write_outputs(job: Job, lots: int, outputs: Outputs) -> dict[str, int]:
    """Put the parts of all lots together; each output appears whole, the records last. Returns the rows of each."""
    from hirkit.export import EXPORTS, write

    counts = {}
    for name, out in outputs.exports.items():
        counts[out] = write(_part(job, name, lots), Path(out), EXPORTS[name])
    for part, path in (("dropped", outputs.dropped), ("records", outputs.records)):
        if path is not None and path.endswith(".parquet") and part == "records":
            counts[path] = write(_part(job, "parquet", lots), Path(path), EXPORTS["parquet"])
        elif path is not None:
            with atomic(path) as stream:
                assert stream is not None
                for lot in range(lots):
                    with job.path(part, lot).open("rb") as found:
                        shutil.copyfileobj(found, stream)
            rows = (job.get("told", lot) for lot in range(lots))
            counts[path] = sum(told["rows"][part] for told in rows)
    if (rejected := outputs.rejected or kept_beside(outputs.records)) is not None:
        _quarantine(job, rejected)
    return counts


def _part(job: Job, part: str, lots: int) -> Iterator[dict[str, Any]]:
    for lot in range(lots):
        with job.path(part, lot).open("rb") as rows:
            yield from map(orjson.loads, rows)


def _quarantine(job: Job, out: str) -> None:
    """The bad rows beside the output; where there are none, an older file of them goes."""
    rejected = job.path("rejected.jsonl")
    if rejected.stat().st_size == 0:
        Path(out).unlink(missing_ok=True)
        return
    with atomic(out) as stream, rejected.open("rb") as found:
        assert stream is not None
        shutil.copyfileobj(found, stream)


def describe_outputs(
    done: Relabelling, outputs: Outputs, counts: Mapping[str, int], command: Sequence[str] = ()
) -> None:
    """Beside the records: a manifest and a card with its plots; the card also in the folder of ``hf``."""
    out = outputs.records
    if out is None or out == STANDARD:
        return
    files = [(Path(path), name, counts[path]) for name, path in outputs.named.items()]
    ids = [*done.tally.asked, *done.stats.constraints]
    about = (command, asdict(done.plan), done.meta, done.by_reason, done.refusals, ids)
    made = manifest.manifest(*about, [{"file": path.name, "export": name, "rows": n} for path, name, n in files])
    write_card(done.stats, made, Path(f"{out}.README.md"), Path(f"{out}.plots"))
    if "hf" in outputs.exports:
        folder = Path(outputs.exports["hf"])
        write_card(done.stats, made, folder / "README.md", folder, of_folder=True)
    hashed = manifest.manifest(*about, [manifest.output(*file) for file in files])
    more = {"base_rates": dict(done.rates), "score_model": done.scorer}
    put(f"{out}.manifest.json", manifest.encoded(hashed | more))


def write_card(
    stats: CardStats, made: Mapping[str, Any], page: Path, pictures: Path, *, of_folder: bool = False
) -> None:
    """Write a card and its pictures; ``of_folder`` says that it speaks of the files of its folder alone."""
    drawn = plots(stats)
    for name, content in drawn.items():
        pictures.mkdir(exist_ok=True)
        put(str(pictures / name), content)
    beside = {name: (pictures / name).relative_to(page.parent).as_posix() for name in drawn}
    put(str(page), card(stats, made, beside, of_folder).encode())
