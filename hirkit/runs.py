"""What a run reads: responses, what they are joined to, and how; never a file that it also writes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

from constraints.registry import layers
from hirkit import inputs
from hirkit.inputs import STANDARD
from hirkit.jsonl import Source
from hirkit.limits import NONE, Limits
from hirkit.progress import Progress
from hirkit.quarantine import Quarantine
from hirkit.read import Item, Prompts, Rows, read_items, read_prompts, read_requests
from hirkit.records import Rejected, UserError


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


def reader(job: Inputs) -> tuple[Rows, dict[str, Source], list[Rejected]]:
    """How the rows are read: what they are joined to, in memory; the files read for it, and the bad rows in them."""
    layers(job.rules)  # an unknown rule set is refused before anything is read
    sources, prompts, requests = dict[str, Source](), None, dict[str, str]()
    if job.prompts is not None:
        state = _state(job.prompts, job.stdin)
        sources["prompts"], prompts = _prompts_of(job.prompts, job.stdin, job.rules, state)
    if job.requests is not None:
        sources["requests"], requests = _requests_of(job.requests, job.stdin, _state(job.requests, job.stdin))
    rows = Rows(prompts, job.rules, job.form, job.strip_think, requests)
    return rows, sources, prompts.rejected if prompts else []


def _state(path: str, held: str | None) -> object:
    """What a file holds, in short; standard input that is not held has a state that never comes again."""
    path = held if held and path == STANDARD else path
    return object() if path == STANDARD else inputs.digest(path, sys.maxsize)


@lru_cache(1)
def _prompts_of(path: str, held: str | None, rules: str, state: object) -> tuple[Source, Prompts]:
    """A prompts file, read once in each process for all the shards that are joined to it, while it is in this state."""
    source = Source(path, held)
    return source, read_prompts(source, source.name, rules)


@lru_cache(1)
def _requests_of(path: str, held: str | None, state: object) -> tuple[Source, dict[str, str]]:
    """A batch input file, in the same way."""
    source = Source(path, held)
    return source, read_requests(source)


@lru_cache(1)
def rows_of(inputs: Inputs, joined: tuple[str, ...]) -> Rows:
    """How the rows are read, once in each process. ``joined`` is the sha256 of each file that they are joined to."""
    rows, sources, _ = reader(inputs)
    if joined_to(sources) != joined:
        names = " or ".join(source.name for source in sources.values())
        raise UserError(f"{names}: changed during the run; give the same command again to begin anew", code=3)
    return rows


def joined_to(sources: dict[str, Source]) -> tuple[str, ...]:
    """The sha256 of each file that rows are joined to."""
    return tuple(source.sha256 for name, source in sources.items() if name != "responses")


def hold_stdin(job: Inputs, path: Path) -> Inputs:
    """The same inputs, what standard input says of prompts or requests copied to ``path``."""
    if STANDARD not in (job.prompts, job.requests):
        return job
    with inputs.opened(STANDARD) as given, path.open("wb") as held:
        shutil.copyfileobj(given, held)
    return replace(job, stdin=str(path))


@contextmanager
def opened(job: Inputs, progress: Progress) -> Iterator[tuple[Iterator[Item], Quarantine]]:
    """The usable rows of a responses file, joined to its prompts; the bad ones are counted as they come."""
    rows, _, bad_prompts = reader(job)
    bad = Quarantine(None, job.max_bad_rows)
    for rejected in bad_prompts:
        bad.reject(rejected)

    def good() -> Iterator[Item]:
        for row in read_items(islice(lines, job.limit), rows):
            if isinstance(row, Rejected):
                bad.reject(row)
            else:
                yield row

    with progress.over(Source(job.responses)) as lines:
        yield good(), bad


def keep_inputs(job: Inputs, *outputs: str | None) -> None:
    """Refuse to read two files from standard input, to write over what is read, and to write two files to one place."""
    given = [path for path in (job.responses, job.prompts, job.requests) if path is not None]
    if given.count(STANDARD) > 1:
        raise UserError("standard input is one file: name another of RESPONSES, --prompts and --requests")
    read = [part for path in given if path != STANDARD for part in inputs.parts(path)]
    known = {Path(path).resolve(): path for path in read}
    for out in outputs:
        if out is not None and out != STANDARD:
            if (path := known.get(Path(out).resolve())) is not None:
                raise UserError(f"{out}: would overwrite {path}; name another output")
            known[Path(out).resolve()] = out
