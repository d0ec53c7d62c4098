r"""Rows of any number sorted into lots on disk: whole groups, in order, few enough to hold in memory.

A group is the responses of one instruction, wherever they stand in the file. Groups are counted as they first appear;
each ``GROUPS`` of them make a lot, a file of lines ``group \t first sample \t file \t place \t row``, the row byte for
byte. In memory are one number per group and per key, and what is not yet written. A lot is read back row by row, as the
file was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from hirkit.jsonl import Line
from hirkit.read import Item, Rows, numbered
from hirkit.records import BadRow, Instruction, Key, Rejected

GROUPS = 256
"""Groups in a lot."""
BUFFERED = 1 << 25
"""Bytes of rows that are held before they are written."""


@dataclass(slots=True)
class Sorted:
    """What was sorted: how many groups, and so how many lots."""

    groups: int = 0

    @property
    def lots(self) -> int:
        """How many lots there are."""
        return -(-self.groups // GROUPS)


def sort_rows(lines: Iterable[Line], rows: Rows, folder: Path, reject: Callable[[Rejected], None]) -> Sorted:
    """Sort the rows of a file into lots in ``folder``, which holds none yet; bad rows are handed to ``reject``."""
    known: dict[bytes, int] = {}
    samples: dict[Key, int] = {}
    pending = _Pending(folder)
    for line in lines:
        try:
            items = rows.read(line)
        except BadRow as err:
            reject(Rejected(line.where, err.field, err.problem, line.text))
            continue
        if items:
            key = items[0].instruction.key
            group = known.setdefault(_digest(items[0].instruction), len(known))
            first = samples.get(key, 0)
            samples[key] = first + len(items)
            where = line.file.replace("\t", " "), line.place
            pending.add(group // GROUPS, "\t".join((str(group), str(first), *where, "")).encode() + line.raw + b"\n")
    pending.write()
    return Sorted(len(known))


def _digest(instruction: Instruction) -> bytes:
    name = orjson.dumps([instruction.key, instruction.prompt])
    return hashlib.blake2b(name, digest_size=16).digest()


@dataclass(slots=True)
class _Pending:
    """Rows on their way to their lots."""

    folder: Path
    held: dict[int, list[bytes]] = field(default_factory=dict[int, list[bytes]])
    size: int = 0

    def add(self, lot: int, row: bytes) -> None:
        self.held.setdefault(lot, []).append(row)
        self.size += len(row)
        if self.size > BUFFERED:
            self.write()

    def write(self) -> None:
        for lot, rows in self.held.items():
            with lot_path(self.folder, lot).open("ab") as stream:
                stream.writelines(rows)
        self.held.clear()
        self.size = 0


def lot_path(folder: Path, lot: int) -> Path:
    """The file of a lot."""
    return folder / f"rows-{lot:06d}"


def read_lot(folder: Path, lot: int, rows: Rows) -> Iterator[tuple[int, list[Item]]]:
    """The groups of a lot, by their numbers, each with its responses in the order of the file."""
    groups: dict[int, list[Item]] = {}
    with lot_path(folder, lot).open("rb") as stream:
        for row in stream:
            group, first, file, place, raw = row.rstrip(b"\n").split(b"\t", 4)
            items = rows.read(Line(file.decode(), place.decode(), raw))
            groups.setdefault(int(group), []).extend(numbered(item, int(first)) for item in items)
    yield from sorted(groups.items())
