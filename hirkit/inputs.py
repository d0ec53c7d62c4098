"""What a path may mean: a file, compressed or not, a folder or pattern of shards, an address, standard input.

``.gz`` and ``.zst`` are read as what they hold. Of a folder every file is read whose name says that it holds rows, of a
pattern (``runs/*.jsonl``) every file that it matches, in the order of their names. Addresses (``s3://…``) are opened by
fsspec.
"""

from __future__ import annotations

import glob
import gzip
import hashlib
import io
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from hirkit.records import UserError

STANDARD = "-"
"""Standard input or output, where a path is asked for."""
ROWS = (".jsonl", ".json", ".ndjson", ".parquet")
PACKED = (".gz", ".zst")


def parts(path: str) -> list[str]:
    """The files that a path means, in order."""
    if path == STANDARD or "://" in path or Path(path).is_file():
        return [path]
    if Path(path).is_dir():
        found = [str(file) for file in Path(path).iterdir() if file.is_file() and unpacked(file.name).endswith(ROWS)]
    else:
        named = glob.glob(path) if glob.has_magic(path) else [path]  # noqa: PTH207 (a pattern may begin anywhere)
        found = [file for file in named if file == path or Path(file).is_file()]
    if not found:
        raise UserError(f"{path}: no file of rows ({', '.join(ROWS)}, or packed as {', '.join(PACKED)}) is there")
    return sorted(found)


def unpacked(path: str) -> str:
    """The name without what says that the file is compressed.

    >>> unpacked("a.jsonl.gz"), unpacked("a.jsonl")
    ('a.jsonl', 'a.jsonl')
    """
    return next((path.removesuffix(suffix) for suffix in PACKED if path.endswith(suffix)), path)


def size(path: str) -> int | None:
    """The bytes of all that a path means, as they are stored; None where there is no telling."""
    if path == STANDARD or "://" in path:
        return None
    return sum(Path(part).stat().st_size for part in parts(path))


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """One file's bytes, as they are stored."""
    if path == STANDARD:
        yield sys.stdin.buffer
    elif "://" in path:
        with _fsspec(path).open(path, "rb") as stream:
            yield stream
    else:
        with Path(path).open("rb") as stream:
            yield stream


def _fsspec(path: str) -> Any:
    try:
        import fsspec
    except ImportError:
        raise UserError(f"{path}: addresses need fsspec: python -m pip install 'hirkit[data]'") from None
    return fsspec


def unpacking(path: str, stream: BinaryIO) -> BinaryIO:
    """What a file holds, given its bytes."""
    if path.endswith(".gz"):
        return cast(BinaryIO, gzip.open(stream))
    if path.endswith(".zst"):
        try:
            import zstandard
        except ImportError:
            raise UserError(f"{path}: .zst needs zstandard: python -m pip install 'hirkit[data]'") from None
        return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(stream))
    return stream


def unchanged(found: Mapping[str, Any]) -> bool:
    """Whether a file still is what was read of it, by its ``Source.facts``."""
    try:
        grown = found["whole"] and size(found["file"]) != found["bytes"]
        return not grown and digest(found["file"], found["bytes"]) == found["sha256"]
    except (OSError, UserError):  # it is gone
        return False


def digest(path: str, length: int) -> str:
    """The sha256 of so many bytes from the start of all that a path means, as they are stored."""
    found = hashlib.sha256()
    for part in parts(path):
        with opened(part) as stream:
            while length and (block := stream.read(min(length, 1 << 20))):
                found.update(block)
                length -= len(block)
    return found.hexdigest()
