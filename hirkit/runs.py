"""Files in, verdicts out: read, judge, write. Output appears whole or not at all; nothing is lost unseen."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from constraints.registry import layers
from hirkit import inputs
from hirkit.inputs import STANDARD
from hirkit.jsonl import Line, Source, atomic, encode
from hirkit.limits import NONE, Limits
from hirkit.read import Item, Rows, read_items, read_prompts, read_requests
from hirkit.records import Rejected, Scored, UserError
from hirkit.report import Tally, rejected_row, verdict_row
from hirkit.verify import verify_all

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Inputs:
    """What to read, and how."""

    responses: str
    prompts: str | None = None
    rules: str = "published"
    workers: int = 1
    limit: int | None = None
    max_bad_rows: int | None = None
    form: str | None = None
    strip_think: bool = True
    requests: str | None = None
    limits: Limits = NONE
    stdin: str | None = None
    """A file that holds what standard input held of prompts or requests, which every process reads."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A bar over a file's bytes, on a terminal; nothing elsewhere."""

    console: Console | None = None
    enabled: bool = False

    @contextmanager
    def over(self, source: Source) -> Iterator[Iterable[Line]]:
        """The lines of a source, the bar moving as they are read."""
        if not self.enabled:
            yield source
            return
        from rich.progress import Progress as Bar

        with Bar(console=self.console, transient=True) as bar:
            task = bar.add_task(source.name, total=inputs.size(source.path))
            yield self._moving(source, bar, task)

    @contextmanager
    def counting(self, what: str, total: int) -> Iterator[Callable[[], None]]:
        """A function to call at each of so many steps of some work."""
        if not self.enabled:
            yield lambda: None
            return
        from rich.progress import Progress as Bar

        with Bar(console=self.console, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.update(task, advance=1)

    def _moving(self, source: Source, bar: Any, task: Any) -> Iterator[Line]:
        for line in source:
            yield line
            bar.update(task, completed=source.size)


SILENT = Progress()


@dataclass(slots=True)
class Opened:
    """Inputs being read: the rows to come, and the bad ones so far."""

    rows: Iterator[Item | Rejected]
    sources: dict[str, Source]
    rejected: list[Rejected]
    max_bad_rows: int | None

    def reject(self, bad: Rejected) -> None:
        """Put a bad row aside, or stop when there are too many."""
        self.rejected.append(bad)
        if self.max_bad_rows is not None and len(self.rejected) > self.max_bad_rows:
            raise UserError(f"more than {self.max_bad_rows} bad rows; nothing was written; the last: {bad}", code=3)

    def good(self) -> Iterator[Item]:
        """The usable rows; the others are put aside."""
        for row in self.rows:
            if isinstance(row, Rejected):
                self.reject(row)
            else:
                yield row


def reader(job: Inputs) -> tuple[Rows, dict[str, Source], list[Rejected]]:
    """How the rows are read: what they are joined to, in memory; the files read for it, and the bad rows in them."""
    layers(job.rules)  # an unknown rule set is refused before anything is read
    sources, prompts, requests = {}, None, {}
    if job.prompts is not None:
        sources["prompts"] = Source(job.prompts, job.stdin)
        prompts = read_prompts(sources["prompts"], sources["prompts"].name, job.rules)
    if job.requests is not None:
        sources["requests"] = Source(job.requests, job.stdin)
        requests = read_requests(sources["requests"])
    rows = Rows(prompts, job.rules, job.form, job.strip_think, requests)
    return rows, sources, prompts.rejected if prompts else []


def hold_stdin(job: Inputs, path: Path) -> Inputs:
    """The same inputs, what standard input says of prompts or requests copied to ``path``."""
    if STANDARD not in (job.prompts, job.requests):
        return job
    with inputs.opened(STANDARD) as given, path.open("wb") as held:
        shutil.copyfileobj(given, held)
    return replace(job, stdin=str(path))


@contextmanager
def opened(job: Inputs, progress: Progress) -> Iterator[Opened]:
    """Open a responses file, and its prompts file where there is one."""
    rows, others, bad_prompts = reader(job)
    sources = {"responses": Source(job.responses)} | others
    with progress.over(sources["responses"]) as lines:
        opened = Opened(read_items(islice(lines, job.limit), rows), sources, [], job.max_bad_rows)
        for bad in bad_prompts:
            opened.reject(bad)
        yield opened


def judged(files: Opened, job: Inputs, tally: Tally) -> Iterator[Scored]:
    """The scored responses, counted; bad rows are put aside."""
    for row in verify_all(files.rows, job.rules, job.workers, job.limits):
        if isinstance(row, Rejected):
            files.reject(row)
        else:
            tally.add(row)
            yield row
    tally.bad_rows = len(files.rejected)


def verify_files(
    job: Inputs, out: str | None = None, progress: Progress = SILENT
) -> tuple[Tally, list[Rejected], dict[str, Source]]:
    """Judge a responses file; write verdicts to ``out``, bad rows to ``out.rejected.jsonl``."""
    tally = Tally(job.rules, job.strip_think)
    keep_inputs(job, out)
    with atomic(out) as stream, opened(job, progress) as files:
        for scored in judged(files, job, tally):
            if stream is not None:
                stream.write(encode(verdict_row(scored, job.rules)))
        quarantine(out, files.rejected)
    return tally, files.rejected, files.sources


def keep_inputs(job: Inputs, *outputs: str | None) -> None:
    """Refuse to read two files from standard input, to write over what is read, and to write two files to one place."""
    given = [path for path in (job.responses, job.prompts, job.requests) if path is not None]
    if given.count(STANDARD) > 1:
        raise UserError("standard input is one file: name another of RESPONSES, --prompts and --requests")
    read = [part for path in given if path != STANDARD for part in inputs.parts(path)]
    written: list[str] = []
    for out in outputs:
        if out is None or out == STANDARD:
            continue
        for path in (*read, *written):
            if Path(path).resolve() == Path(out).resolve():
                raise UserError(f"{out}: would overwrite {path}; name another output")
        written.append(out)


def quarantine(out: str | None, rejected: list[Rejected]) -> None:
    """Keep the bad rows beside the output; where there are none, an older file of them goes."""
    if out is None or out == STANDARD:
        return
    path = f"{out}.rejected.jsonl"
    if not rejected:
        Path(path).unlink(missing_ok=True)
        return
    with atomic(path) as stream:
        assert stream is not None
        stream.writelines(encode(rejected_row(bad)) for bad in rejected)
