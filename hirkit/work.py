"""The folder of a run beside its output: locked while in use, kept after a failure, gone after a success."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hirkit.inputs import STANDARD
from hirkit.jsonl import claim
from hirkit.records import UserError

SORTED = "sorted.json"
"""The file without which a work folder cannot be gone on with."""


@contextmanager
def work_folder(out: str | None) -> Iterator[Path]:
    """The folder ``OUT.work``; a temporary one where nothing, or standard output, is written."""
    if out is None or out == STANDARD:
        with tempfile.TemporaryDirectory(prefix="hirkit-") as name:
            yield Path(name) / "work"
        return
    folder = Path(f"{out}.work")
    if not folder.parent.is_dir():
        raise UserError(f"{out}: the folder {folder.parent} does not exist; make it first")
    with locked(Path(f"{out}.lock")):
        yield folder
        clear(folder)


def tidy(out: str) -> None:
    """Remove what a run that was killed after its last output left beside it."""
    folder, lock = Path(f"{out}.work"), Path(f"{out}.lock")
    if folder.exists() or lock.exists():
        with locked(lock):
            clear(folder)


def clear(folder: Path) -> None:
    """Remove a work folder; first what says that it can be gone on with, should this be interrupted too."""
    (folder / SORTED).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """A lock that goes with the process that holds it, however it ends."""
    with path.open("wb") as stream:
        claim(stream, str(path.with_suffix("")))
        try:
            yield
        finally:
            path.unlink()
