"""Big files of rows cut into a folder of smaller ones: shards, each of which a machine can work on alone.

In order, by rows, bytes or number: put together the shards are the rows of the input, byte for byte (blank lines and
carriage returns before line ends are no part of a row; rows of an array or a table are written as JSON lines). By
instruction, as ``relabel`` needs them: a row goes to the shard that a hash of its instruction names, so that all
responses of one are in one shard, and shards put together are in another order than the input. Within a shard rows are
in the order of the input. No row is judged or left out, not even a bad one: where it has no instruction, its own bytes
decide.

Rows pass through memory a few megabytes at a time. The folder appears whole or not at all, with ``manifest.json``: what
was cut, how, and what is in each shard. The same command on the same input leaves a folder that is there as it is.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from constraints import ConstraintError
from hirkit import __version__, inputs
from hirkit.formats import format_of
from hirkit.formats.fields import Asked
from hirkit.inputs import MANIFEST, STANDARD
from hirkit.jsonl import Line, Source, decode
from hirkit.manifest import encoded
from hirkit.progress import SILENT, Progress
from hirkit.records import BadRow, Rejected, UserError

MOST = 100_000
"""Shards in a folder: their names have five digits, so that they stand in order."""
BUFFERED = 1 << 25
"""Bytes of rows that are held before they are written."""
SHOWN = 5
"""Rows without an instruction that are told; all are counted."""
INSTRUCTION = "instruction"
"""What ``by`` is where the row's format says which instruction it belongs to."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How to cut: one of so many ``rows`` or ``bytes`` a shard, or so many ``shards``.

    ``by`` keeps together what has the same value in that field, or belongs to the same "instruction"; the packing is
    ``""``, ``".gz"`` or ``".zst"``, and bytes are counted before it.
    """

    rows: int | None = None
    bytes: int | None = None
    shards: int | None = None
    by: str | None = None
    packing: str = ""

    def check(self, path: str) -> None:
        """Refuse what cannot be done, with what to do instead."""
        named = [name for name in ("rows", "bytes", "shards") if getattr(self, name) is not None]
        if len(named) != 1:
            raise UserError("say how large the shards shall be: one of --rows N, --bytes N and --shards N")
        if self.shards is not None and self.shards > MOST:
            raise UserError(f"--shards {self.shards}: at most {MOST}")
        if self.by is not None and self.shards is None:
            raise UserError(f"--by spreads rows over a number of shards: name it by --shards N, not --{named[0]}")
        if self.shards is not None and self.by is None and path == STANDARD:
            raise UserError("standard input cannot be counted before it is cut: use --rows N, or a file")


@dataclass(slots=True)
class Sharded:
    """What came of a file: the manifest, and rows whose instruction is not to be told."""

    manifest: dict[str, Any] = field(default_factory=dict[str, Any])
    without: int = 0
    shown: list[Rejected] = field(default_factory=list[Rejected])
    there_before: bool = False


def shard_file(path: str, folder: str, cut: Cut, progress: Progress = SILENT) -> Sharded:
    """Cut a file, or all that ``path`` means, into ``folder``."""
    cut.check(path)
    target = Path(inputs.utf8(folder))
    if not target.parent.is_dir():
        raise UserError(f"{folder}: the folder {target.parent} does not exist; make it first")
    if (found := _there(path, target, cut)) is not None:
        return found
    total = _count(path, progress) if cut.shards is not None and cut.by is None else 0
    with _new(target) as partial:
        done, source = Sharded(), Source(path)
        with progress.over(source) as lines:
            rows = _written(_placed(lines, total, cut, done), partial)
        shards = [_finished(partial, number, n, cut) for number, n in enumerate(_padded(rows, cut))]
        done.manifest = _manifest(source, cut, shards, done.without)
        (partial / MANIFEST).write_bytes(encoded(done.manifest))
    return done


def _count(path: str, progress: Progress) -> int:
    with progress.over(Source(path)) as lines:
        return sum(1 for _ in lines)


def _manifest(source: Source, cut: Cut, shards: list[dict[str, Any]], without: int) -> dict[str, Any]:
    return {
        "hirkit": __version__,
        "input": {"file": source.name, "bytes": source.size, "sha256": source.sha256},
        "cut": asdict(cut),
        "rows": sum(shard["rows"] for shard in shards),
        "rows_of_no_group": without,
        "shards": shards,
    }


# ------------------------------------------------------------------------------------------------------ where to


def _placed(lines: Iterable[Line], total: int, cut: Cut, done: Sharded) -> Iterator[tuple[int, bytes]]:
    """Each row as it is written, and the number of its shard; ``total`` is how many there are, where it matters."""
    if cut.by is not None:
        return _together(lines, cut, done)
    if cut.bytes is not None:
        return _by_bytes(lines, cut.bytes)
    rows, shards = cut.rows, cut.shards or 1
    numbers = (i // rows if rows is not None else min(i * shards // total, shards - 1) for i in count())
    return ((number, line.raw + b"\n") for line, number in zip(lines, numbers, strict=False))


def _by_bytes(lines: Iterable[Line], size: int) -> Iterator[tuple[int, bytes]]:
    """As many rows as fit; a row that is larger stands alone."""
    number = held = 0
    for line in lines:
        row = line.raw + b"\n"
        if held and held + len(row) > size:
            number, held = number + 1, 0
        held += len(row)
        yield number, row


def _together(lines: Iterable[Line], cut: Cut, done: Sharded) -> Iterator[tuple[int, bytes]]:
    """What belongs together in one shard, by a hash; a row of which that is not to be told, by its own bytes."""
    name = _Instructions() if cut.by == INSTRUCTION else _field(cut.by or "")
    for line in lines:
        try:
            group = name(decode(line))
        except BadRow as err:
            group = line.raw
            done.without += 1
            if done.without <= SHOWN:
                done.shown.append(Rejected(line.where, err.field, err.problem, line.text))
        digest = hashlib.blake2b(group, digest_size=8).digest()
        yield int.from_bytes(digest) % (cut.shards or 1), line.raw + b"\n"


def _field(name: str) -> Callable[[dict[str, Any]], bytes]:
    """Whatever has the same value in a field, as text: 7 and "7" are one."""

    def value(row: dict[str, Any]) -> bytes:
        found = row.get(name)
        if isinstance(found, bool) or not isinstance(found, str | int):
            raise BadRow(name, f"expected text or a whole number to tell groups by, not {found!r:.60}")
        return str(found).encode()

    return value


@dataclass(slots=True)
class _Instructions:
    """The instruction that a row belongs to: by its prompt if the rows have one, else by its key, all in one way."""

    by: str | None = None

    def __call__(self, row: dict[str, Any]) -> bytes:
        form = format_of(row)
        try:
            instruction = form.instruction(row)
        except ConstraintError as err:
            raise BadRow("constraints", str(err)) from None
        asked = form.join(row) if instruction is None else Asked(instruction.prompt, instruction.key)
        by = "key" if asked.prompt is None else "prompt"
        if form.NAME == "batch" and by == "key":
            raise UserError("outputs of batches name a request, no instruction: say which field does, --by custom_id")
        if self.by not in (None, by):
            raise UserError(f"some rows name their instruction by prompt, others by key: say which, --by {by}")
        self.by = by
        return str(asked.key if asked.prompt is None else asked.prompt).encode()


# ----------------------------------------------------------------------------------------------------- to disk


def _written(rows: Iterable[tuple[int, bytes]], folder: Path) -> dict[int, int]:
    """Write rows to their shards, a bufferful at a time, so that few files are open; the rows of each."""
    counts: dict[int, int] = {}
    held: dict[int, list[bytes]] = {}
    size = 0
    for number, row in rows:
        if number >= MOST:
            raise UserError(f"more than {MOST} shards: make them larger; nothing was written")
        counts[number] = counts.get(number, 0) + 1
        held.setdefault(number, []).append(row)
        size += len(row)
        if size > BUFFERED:
            _append(held, folder)
            size = 0
    _append(held, folder)
    return counts


def _append(held: dict[int, list[bytes]], folder: Path) -> None:
    for number, rows in held.items():
        with _path(folder, number).open("ab") as stream:
            stream.writelines(rows)
    held.clear()


def _path(folder: Path, number: int) -> Path:
    return folder / f"part-{number:05d}.jsonl"


def _padded(counts: dict[int, int], cut: Cut) -> list[int]:
    """The rows of each shard, those without rows too: as many shards as were asked for."""
    return [counts.get(number, 0) for number in range(cut.shards or len(counts))]


def _finished(folder: Path, number: int, rows: int, cut: Cut) -> dict[str, Any]:
    """A shard packed, if it shall be, and on the disk; what the manifest says of it."""
    path = _path(folder, number)
    path.touch()
    size = path.stat().st_size
    if cut.packing:
        path = _packed(path, cut.packing)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        os.fsync(stream.fileno())
    return {"file": path.name, "rows": rows, "bytes": size, "stored": path.stat().st_size, "sha256": digest}


def _packed(path: Path, suffix: str) -> Path:
    target = path.with_name(path.name + suffix)
    with path.open("rb") as rows, target.open("wb") as stored, _packing(suffix, stored) as stream:
        shutil.copyfileobj(rows, stream)
    path.unlink()
    return target


def _packing(suffix: str, stored: BinaryIO) -> Any:
    if suffix == ".gz":
        return gzip.GzipFile(filename="", mode="wb", fileobj=stored, mtime=0)
    try:
        import zstandard
    except ImportError:
        raise UserError("--pack zst needs zstandard: python -m pip install 'hirkit[data]'") from None
    return zstandard.ZstdCompressor().stream_writer(stored)


@contextmanager
def _new(folder: Path) -> Iterator[Path]:
    """A folder that appears when all went well; until then it is ``folder`` + ``.partial``, locked by who writes it."""
    partial = Path(f"{folder}.partial")
    partial.mkdir(exist_ok=True)
    with _locked(partial):
        try:
            for left in partial.iterdir():  # by a run that was killed
                left.unlink()
            yield partial
            partial.rename(folder)  # an empty one that is there gives way
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    import fcntl

    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not folder.exists() or not os.path.samestat(os.fstat(opened), folder.stat()):
            raise BlockingIOError  # another run has just finished it
        yield
    except BlockingIOError:
        raise UserError(f"{folder}: another run is writing the same folder; wait for it, or stop it") from None
    finally:
        os.close(opened)


def _there(path: str, folder: Path, cut: Cut) -> Sharded | None:
    """The same cut of the same input, if an earlier run made it; None where there is nothing yet."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    try:
        found = orjson.loads((folder / MANIFEST).read_bytes())
        before = found["input"]
        same = found["cut"] == asdict(cut) and found["hirkit"] == __version__ and path != STANDARD
        same = same and _sizes(folder) == {shard["file"]: shard["stored"] for shard in found["shards"]}
        same = same and inputs.size(path) in (before["bytes"], None)
        if same and inputs.digest(path, before["bytes"] + 1) == before["sha256"]:
            return Sharded(found, found["rows_of_no_group"], there_before=True)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise UserError(f"{folder}: is there already, and is not this cut of this input; remove it or name another")


def _sizes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_size for file in folder.iterdir() if file.name != MANIFEST}
