"""Bad rows, put aside as they come: counted, the first ones shown, all of them kept beside the output."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from hirkit.inputs import STANDARD
from hirkit.jsonl import atomic, encode
from hirkit.records import Rejected, UserError

SHOWN = 5
"""Bad rows that are shown; all are in the file."""


@dataclass(slots=True)
class Quarantine:
    """Where bad rows go, and how many are too many. Without a stream they are counted only."""

    stream: BinaryIO | None = None
    most: int | None = None
    count: int = 0
    shown: list[str] = field(default_factory=list[str])

    def reject(self, bad: Rejected) -> None:
        """Put a row aside, or stop the run when there are too many."""
        self.count += 1
        if self.stream is not None:
            self.stream.write(encode(rejected_row(bad)))
        if self.count <= SHOWN:
            self.shown.append(str(bad))
        if self.most is not None and self.count > self.most:
            raise UserError(f"more than {self.most} bad rows; nothing was written; the last: {bad}", code=3)


def rejected_row(rejected: Rejected) -> dict[str, Any]:
    """The line of a bad row in quarantine."""
    return {"where": rejected.where, "field": rejected.field, "problem": rejected.problem, "row": rejected.raw}


def kept_beside(out: str | None) -> str | None:
    """The file of an output's bad rows; None where nothing is written, or to standard output, a device or a pipe."""
    if out is None or out == STANDARD or (Path(out).exists() and not Path(out).is_file()):
        return None
    return f"{out}.rejected.jsonl"


@contextmanager
def quarantined(path: str | None, most: int | None = None) -> Iterator[Quarantine]:
    """A quarantine in a file; where no row is bad, none is left, nor an older one. Without a path, rows are counted."""
    with atomic(path) as stream:
        bad = Quarantine(stream, most)
        yield bad
    if path is not None and not bad.count:
        Path(path).unlink()
