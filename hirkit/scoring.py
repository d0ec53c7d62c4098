"""Responses in, verdicts out: a file is read in chunks, judged here or in several processes, written in order.

Processes get rows as they stand in the file and give back lines as they are written: nothing else travels. What only
the whole file knows, the number of a response among those to its instruction, is put in when lines are written.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from hirkit.jsonl import Line, Source, atomic, encode
from hirkit.progress import SILENT, Progress
from hirkit.quarantine import Quarantine, kept_beside, quarantined
from hirkit.read import Rows
from hirkit.records import BadRow, Key, Rejected
from hirkit.report import Tally, verdict_line, verdict_row
from hirkit.runs import Inputs, hold_stdin, joined_to, keep_inputs, reader, rows_of
from hirkit.verify import score
from hirkit.workers import Died, Pool, in_order, several

ROWS, BYTES = 256, 1 << 20
"""A chunk ends after so many rows, or as many bytes: enough that sending it costs little, few enough to share out."""


@dataclass(slots=True)
class Judged:
    """What came of a chunk: for each response its key and its row, encoded, the bad rows, and the counts."""

    rows: list[tuple[Key, bytes]] = field(default_factory=list[tuple[Key, bytes]])
    rejected: list[Rejected] = field(default_factory=list[Rejected])
    counts: dict[str, Any] | None = None


def verify_files(
    job: Inputs, out: str | None = None, progress: Progress = SILENT, rejected: str | None = None
) -> tuple[Tally, Quarantine, dict[str, Any]]:
    """Judge a responses file; write verdicts to ``out``, bad rows to ``rejected``: ``out.rejected.jsonl`` if left out.

    Returns the counts, the bad rows, and what was read.
    """
    keep_inputs(job, out)
    tally = Tally(job.rules, job.strip_think)
    samples: Counter[Key] = Counter()
    with (
        tempfile.TemporaryDirectory(prefix="hirkit-") as folder,
        atomic(out) as stream,
        quarantined(rejected or kept_beside(out), job.max_bad_rows) as bad,
        several(job.workers) as pool,  # they begin while prompts are read
    ):
        job = hold_stdin(job, Path(folder) / "stdin")
        rows, sources, bad_prompts = reader(job)
        for bad_prompt in bad_prompts:
            bad.reject(bad_prompt)
        sources = {"responses": Source(job.responses)} | sources
        with progress.over(sources["responses"]) as lines:
            work = partial(judge_elsewhere, job, joined_to(sources)) if pool.n else partial(judge_lines, job, rows)
            for judged in judge_in_order(pool, work, chunks(islice(lines, job.limit))):
                for bad_row in judged.rejected:
                    bad.reject(bad_row)
                if judged.counts is not None:
                    tally.add_counts(judged.counts)
                for key, row in judged.rows:
                    if stream is not None:
                        stream.write(verdict_line(key, samples[key], row))
                    samples[key] += 1
    tally.bad_rows, tally.bad_prompts = bad.count, len(bad_prompts)
    return tally, bad, {name: source.facts for name, source in sources.items()}


def chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Rows, so many at a time, fewer where they are long."""
    chunk, size = list[Line](), 0
    for line in lines:
        chunk.append(line)
        size += len(line.raw)
        if len(chunk) == ROWS or size > BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def judge_in_order(pool: Pool, work: Callable[[list[Line]], Judged], every: Iterable[list[Line]]) -> Iterator[Judged]:
    """What came of each chunk. Where a process dies over one, of each of its rows alone: the culprit is rejected."""
    for chunk, wait in in_order(pool, work, every):
        try:
            yield wait()
            continue
        except Died:
            pass
        for line in chunk:
            try:
                yield pool.submit(work, [line])()
            except Died as err:
                yield Judged(rejected=[Rejected(line.where, "response", str(err), line.text)])


def judge_elsewhere(job: Inputs, joined: tuple[str, ...], lines: list[Line]) -> Judged:
    """Judge a chunk in a process that has read nothing yet, or what it has read for the chunk before."""
    return judge_lines(job, rows_of(job, joined), lines)


def judge_lines(job: Inputs, rows: Rows, lines: list[Line]) -> Judged:
    """Judge the responses of a chunk."""
    tally = Tally(job.rules, job.strip_think)
    judged = Judged()
    for line in lines:
        try:
            items = rows.read(line)
        except BadRow as err:
            judged.rejected.append(Rejected(line.where, err.field, err.problem, line.text))
            continue
        for item in items:
            scored = score(item, job.rules, job.limits)
            tally.add(scored)
            judged.rows.append((item.instruction.key, encode(verdict_row(scored, job.rules))))
    judged.counts = tally.counts()
    return judged
