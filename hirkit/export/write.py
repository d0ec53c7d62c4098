"""Exported rows to disk, one by one: a file or folder that appears whole or not at all, the same bytes each time.

Memory holds one block of rows of a table, whatever the size of the whole. The bytes of tables are the same for the
same version of pyarrow (and of datasets, for folders): both write their version into what they write.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from hirkit.export.arrow import pyarrow
from hirkit.export.parts import Row
from hirkit.jsonl import atomic, encode
from hirkit.records import UserError

BLOCK = 256
"""Rows of a table that are written at a time: a row group of a Parquet file, a batch of an Arrow file."""
SPLIT = "train"


def write_lines(rows: Iterable[Row], path: Path) -> int:
    """Rows as JSON lines. Returns how many there were, as the others do."""
    count = 0
    with atomic(str(path)) as stream:
        assert stream is not None
        for row in rows:
            stream.write(encode(row))
            count += 1
    return count


def write_parquet(rows: Iterable[Row], path: Path, schema: Any) -> int:
    """Rows as a Parquet file."""
    pyarrow(str(path))
    from pyarrow.parquet import ParquetWriter

    with (
        atomic(str(path)) as stream,
        ParquetWriter(stream, schema, version="2.6", compression="zstd", data_page_version="1.0") as writer,
    ):
        return _write_blocks(rows, schema, writer)


def write_folder(rows: Iterable[Row], path: Path, schema: Any, files: Mapping[str, bytes]) -> int:
    """Rows as a folder with a ``DatasetDict`` of one split, ``train``, and more files beside it (a README, plots).

    ``datasets.load_from_disk`` reads it, and ``datasets.load_dataset`` where a README names its files. An older such
    folder is replaced, anything else at ``path`` left alone (``UserError``).
    """
    datasets = _datasets(path)
    with _new_folder(path) as folder:
        table = folder / "rows.arrow"
        with table.open("wb") as stream:
            count = _write_stream(rows, stream, schema)
        with _quietly(datasets):
            _frame(datasets, table, folder, schema)
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    return count


def _write_stream(rows: Iterable[Row], stream: BinaryIO, schema: Any) -> int:
    from pyarrow.ipc import new_stream

    with new_stream(stream, schema) as writer:
        return _write_blocks(rows, schema, writer)


def _write_blocks(rows: Iterable[Row], schema: Any, writer: Any) -> int:
    from pyarrow import Table

    count, rest = 0, iter(rows)
    while block := list(islice(rest, BLOCK)):
        writer.write_table(Table.from_pylist(block, schema=schema))
        count += len(block)
    return count


def _frame(datasets: Any, table: Path, folder: Path, schema: Any) -> None:
    """Have ``datasets`` save a folder without rows, and put the rows into it.

    Saving them itself it would map all of them into memory. The fingerprint, by which it caches, is that of the rows,
    where it would draw one.
    """
    with table.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    empty = datasets.Dataset(schema.empty_table(), fingerprint=digest[:16])
    datasets.DatasetDict({SPLIT: empty}).save_to_disk(str(folder), num_shards={SPLIT: 1})
    [place] = (folder / SPLIT).glob("*.arrow")
    table.replace(place)


@contextmanager
def _new_folder(path: Path) -> Iterator[Path]:
    if path.exists() and not (path / "dataset_dict.json").is_file():
        raise UserError(f"{path}: exists, and is no dataset that hirkit wrote; remove it or name another output")
    if not path.parent.is_dir():
        raise UserError(f"{path}: the folder {path.parent} does not exist; make it first")
    partial, old = Path(f"{path}.partial"), Path(f"{path}.old")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        path.rename(old)
    partial.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def _datasets(path: Path) -> Any:
    try:
        import datasets
    except ImportError:
        raise UserError(f"{path}: this folder needs datasets: python -m pip install 'hirkit[data]'") from None
    return datasets


@contextmanager
def _quietly(datasets: Any) -> Iterator[None]:
    """Without the library's own progress bars."""
    silent = datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if not silent:
            datasets.enable_progress_bars()
