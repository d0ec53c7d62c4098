"""Rows in and JSON lines out: rows read one by one with their places, files that appear whole or not at all."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson

from hirkit import inputs
from hirkit.inputs import STANDARD
from hirkit.records import BadRow, UserError


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file as JSON bytes, and its place: the line number, or ``[7]`` in an array, ``row 7`` in a table."""

    file: str
    place: str
    raw: bytes

    def __reduce__(self) -> tuple[type[Line], tuple[str, str, bytes]]:
        """Pickled by its parts: lines travel to processes by the million, and dataclasses are slow at it."""
        return Line, (self.file, self.place, self.raw)

    @property
    def where(self) -> str:
        """``file:line``, as compilers and editors write it."""
        return f"{self.file}:{self.place}"

    @property
    def text(self) -> str:
        """The line as it can be shown and kept, whatever its bytes are."""
        return self.raw.decode("utf-8", errors="backslashreplace")


@dataclass(slots=True)
class Source:
    """Rows of a file, or of several (see ``inputs.py``). ``sha256`` and ``size`` say what was read of them, as stored;
    ``whole``, that it was all of it. ``held`` is a file that holds what standard input held, where it was read before.
    """

    path: str
    held: str | None = None
    size: int = 0
    whole: bool = False
    _hash: Any = field(default_factory=hashlib.sha256)

    @property
    def name(self) -> str:
        """What messages call it."""
        return "stdin" if self.path == STANDARD else self.path

    @property
    def sha256(self) -> str:
        """Of the bytes read so far."""
        return str(self._hash.hexdigest())

    @property
    def facts(self) -> dict[str, Any]:
        """What results record of it."""
        return {"file": self.name, "bytes": self.size, "sha256": self.sha256, "whole": self.whole}

    def __iter__(self) -> Iterator[Line]:
        """The rows: the lines that are not blank, the items of a JSON array, or the rows of a Parquet file."""
        for part in inputs.parts(self.path):
            name = "stdin" if part == STANDARD else part
            with inputs.opened(self.held if self.held and part == STANDARD else part) as stored:
                try:
                    yield from self._rows(part, name, stored)
                except (EOFError, gzip.BadGzipFile, zlib.error) as err:
                    raise UserError(f"{part}: not read to its end: {err}", code=3) from None
        self.whole = True

    def _rows(self, part: str, name: str, stored: BinaryIO) -> Iterator[Line]:
        if part.endswith(".parquet"):
            return self._parquet(name, stored)
        if inputs.unpacked(part) == part:
            return self._lines(name, stored, self._count)
        return self._lines(name, inputs.unpacking(part, cast(BinaryIO, _Counted(stored, self._count))), _ignore)

    def _count(self, raw: bytes) -> None:
        self._hash.update(raw)
        self.size += len(raw)

    def _lines(self, name: str, stream: BinaryIO, count: Callable[[bytes], None]) -> Iterator[Line]:
        for number, raw in enumerate(stream, start=1):
            count(raw)
            if number == 1 and raw.lstrip().startswith(b"["):
                rest = stream.read()
                count(rest)
                yield from self._array(name, raw + rest)
                return
            if raw.strip():
                yield Line(name, str(number), raw.rstrip(b"\r\n"))

    def _array(self, name: str, text: bytes) -> Iterator[Line]:
        try:
            rows = orjson.loads(text)
        except orjson.JSONDecodeError:  # JSON lines, of which the first is a list; or an array that is cut off
            for number, line in enumerate(text.splitlines(), start=1):
                if line.strip():
                    yield Line(name, str(number), line)
            return
        for number, row in enumerate(rows, start=1):
            yield Line(name, f"[{number}]", _written(row))

    def _parquet(self, name: str, stream: BinaryIO) -> Iterator[Line]:
        try:
            from pyarrow.lib import ArrowException
            from pyarrow.parquet import ParquetFile
        except ImportError:
            raise UserError(f"{name}: Parquet needs pyarrow: python -m pip install 'hirkit[data]'") from None
        while block := stream.read(1 << 20):
            self._count(block)
        stream.seek(0)
        number = 0
        try:
            for batch in ParquetFile(stream).iter_batches(batch_size=256):
                for row in batch.to_pylist():
                    number += 1
                    yield Line(name, f"row {number}", orjson.dumps(row, default=str))
        except (ArrowException, OSError) as err:
            raise UserError(f"{name}: not read to its end: {err}", code=3) from None


def _written(row: Any) -> bytes:
    """The row as a line; it is a bad one where it is nested deeper than can be written."""
    try:
        return orjson.dumps(row)
    except orjson.JSONEncodeError as err:
        return f"<a row that cannot be written: {err}>".encode()


class _Counted(io.RawIOBase):
    """A file's bytes, counted as they are read."""

    def __init__(self, stream: BinaryIO, count: Callable[[bytes], None]) -> None:
        self.stream, self.count = stream, count

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        block = self.stream.read(size)
        self.count(block)
        return block


def _ignore(_: bytes) -> None:
    pass


def decode(line: Line) -> dict[str, Any]:
    """The row on a line; ``BadRow`` says in which column it breaks."""
    try:
        row = orjson.loads(line.raw)
    except orjson.JSONDecodeError as err:
        hint = "; was the file cut off?" if "end of" in err.msg else ""
        raise BadRow(f"column {err.colno}", f"not JSON ({err.msg}){hint}") from None
    if not isinstance(row, dict):
        raise BadRow("row", f"a JSON {type(row).__name__}, but each line must be one JSON object")
    return row


def encode(row: Any) -> bytes:
    """The row on one line, keys in the order given. No text that was read has lone surrogates: such rows are bad."""
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)


@contextmanager
def atomic(path: str | None) -> Iterator[BinaryIO | None]:
    """A file to write that appears at ``path`` only when all went well; ``-`` is standard output, None is nowhere.

    Until then it is ``path`` + ``.partial``; after an exception nothing is left, and an older file at ``path`` stays.
    Another run that writes the same is refused. Devices and pipes are written to as they are.
    """
    if path is None:
        yield None
        return
    if path == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if not Path(inputs.utf8(path)).parent.is_dir():
        raise UserError(f"{path}: the folder {Path(path).parent} does not exist; make it first")
    if Path(path).is_dir():
        raise UserError(f"{path}: is a folder; name a file")
    if Path(path).exists() and not Path(path).is_file():  # a device or a pipe takes what comes, and stays what it is
        with Path(path).open("wb") as stream:
            yield stream
        return
    partial = Path(f"{path}.partial")
    with partial.open("ab") as stream:
        claim(stream, path)
        try:
            stream.truncate(0)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def claim(stream: BinaryIO, path: str) -> None:
    """Take an open file for oneself while it is open; refuse if another run has it, which is writing ``path``."""
    import fcntl

    another = UserError(f"{path}: another run is writing it; wait for it, or stop it")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if Path(stream.name).stat().st_ino != os.fstat(stream.fileno()).st_ino:
            raise another  # it has just finished, and this was its file
    except (BlockingIOError, FileNotFoundError):
        raise another from None
    except OSError as err:
        if err.errno not in (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK):  # file systems that have no locks
            raise


def put(path: str, content: bytes) -> None:
    """Write a file that appears whole or not at all."""
    with atomic(path) as stream:
        assert stream is not None
        stream.write(content)
