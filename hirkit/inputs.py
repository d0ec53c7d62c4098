"""What a path may mean: a file, compressed or not, a folder or pattern of shards, an address, standard input.

``.gz`` and ``.zst`` are read as what they hold. Of a folder every file is read whose name says that it holds rows, but
no ``manifest.json``; of a pattern (``runs/*.jsonl``) every file that it matches, in the order of their names. Addresses
(``s3://…``, of files and folders, or with ``*``) are opened by fsspec.
"""

from __future__ import annotations

import glob
import gzip
import hashlib
import io
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from hirkit.records import UserError

STANDARD = "-"
"""Standard input or output, where a path is asked for."""
ROWS = (".jsonl", ".json", ".ndjson", ".parquet")
PACKED = (".gz", ".zst")
MANIFEST = "manifest.json"
"""The file of a folder that says what the others are, and is none of them."""
FRAME = 1 << 13
"""Bytes of a ``.zst`` that are unpacked at a time: few, for they may hold thousands of times as many."""


def parts(path: str) -> list[str]:
    """The files that a path means, in order."""
    utf8(path)
    if path == STANDARD or Path(path).is_file():
        return [path]
    if "://" in path:
        found = _at(path)
    elif Path(path).is_dir():
        files = [file for file in Path(path).iterdir() if _is_file(file) and file.name != MANIFEST]
        found = [str(file) for file in files if unpacked(file.name).endswith(ROWS)]
    else:
        named = glob.glob(path) if glob.has_magic(path) else [path]  # noqa: PTH207 (a pattern may begin anywhere)
        found = [file for file in named if file == path or _is_file(Path(file))]
    if not found:
        raise UserError(f"{path}: no file of rows ({', '.join(ROWS)}, or packed as {', '.join(PACKED)}) is there")
    return sorted(map(utf8, found))


def _at(address: str) -> list[str]:
    """The files that an address means: that of a folder (of whatever has folders), or one with ``*``, several."""
    if "*" not in address and (unpacked(address).endswith(ROWS) or address.startswith("http")):
        return [address]
    files, name = _found(address)
    if "*" in address:
        found = files.glob(name)
    elif not files.isdir(name):
        return [address]
    else:
        found = [file for file in files.ls(name, detail=False) if file.rpartition("/")[2] != MANIFEST]
        found = [file for file in found if unpacked(file).endswith(ROWS)]
    return [files.unstrip_protocol(file) for file in found]


def _is_file(path: Path) -> bool:
    """Also a link to nothing: the file that it stands for is missing, which is told when it is opened."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def utf8(path: str) -> str:
    """The path, unless results could not name it: its bytes must be UTF-8, and the locale must not say otherwise."""
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        raise UserError(f"{shown}: the name is not read as UTF-8; rename it, or set LC_ALL=C.UTF-8") from None
    return path


def unpacked(path: str) -> str:
    """The name without what says that the file is compressed.

    >>> unpacked("a.jsonl.gz"), unpacked("a.jsonl")
    ('a.jsonl', 'a.jsonl')
    """
    return next((path.removesuffix(suffix) for suffix in PACKED if path.endswith(suffix)), path)


def size(path: str) -> int | None:
    """The bytes of all that a path means, as they are stored; None where there is no telling."""
    sizes = [_size(part) for part in parts(path)]
    return None if None in sizes else sum(size or 0 for size in sizes)


def _size(part: str) -> int | None:
    if part == STANDARD:
        return None
    if "://" not in part:
        return Path(part).stat().st_size
    files, name = _found(part)
    found: int | None = files.size(name)
    return found


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """One file's bytes, as they are stored."""
    if path == STANDARD:
        yield sys.stdin.buffer
    elif "://" in path:
        files, name = _found(path)
        with files.open(name, "rb") as stream:
            yield stream
    else:
        with Path(path).open("rb") as stream:
            yield stream


def _found(address: str) -> tuple[Any, str]:
    """The file system of an address, and what the file is called there."""
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise UserError(f"{address}: addresses need fsspec: python -m pip install 'hirkit[data]'") from None
    try:
        files, name = url_to_fs(address)
    except (ImportError, ValueError) as err:  # s3 needs s3fs, say; or there is no such protocol
        raise UserError(f"{address}: {err}") from None
    return files, str(name)


def unpacking(path: str, stream: BinaryIO) -> BinaryIO:
    """What a file holds, given its bytes."""
    if path.endswith(".gz"):
        return cast(BinaryIO, gzip.open(stream))
    if path.endswith(".zst"):
        try:
            import zstandard
        except ImportError:
            raise UserError(f"{path}: .zst needs zstandard: python -m pip install 'hirkit[data]'") from None
        return io.BufferedReader(_Frames(stream, zstandard.ZstdDecompressor().decompressobj, zstandard.ZstdError))
    return stream


class _Frames(io.RawIOBase):
    """What the frames of a ``.zst`` hold, one after the other; an ``EOFError`` if one is cut off or broken."""

    def __init__(self, stream: BinaryIO, begin: Callable[[], Any], broken: type[Exception]) -> None:
        self.stream, self.begin, self.broken = stream, begin, broken
        self.frame: Any = None
        self.text = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self.text:
            packed = self.stream.read(FRAME)
            if not packed and self.frame is not None:
                raise EOFError("the compressed data end in the middle")
            if not packed:
                return 0
            self.text = memoryview(self._unpacked(packed))
        part = self.text[: len(buffer)]
        buffer[: len(part)], self.text = part, self.text[len(part) :]
        return len(part)

    def _unpacked(self, packed: bytes) -> bytes:
        texts = []
        while packed:
            self.frame = self.frame or self.begin()
            try:
                texts.append(self.frame.decompress(packed))
            except self.broken as err:
                raise EOFError(str(err)) from None
            packed = self.frame.unused_data
            self.frame = None if self.frame.eof else self.frame
        return b"".join(texts)


def unchanged(found: Mapping[str, Any]) -> bool:
    """Whether a file still is what was read of it, by its ``Source.facts``: of what was read whole, nothing more."""
    try:
        if found["whole"] and size(found["file"]) not in (found["bytes"], None):
            return False
        return bool(digest(found["file"], found["bytes"] + found["whole"]) == found["sha256"])
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
