"""Answers on disk, so that no request is made twice: one file per request, named by the sha256 of what was asked.

The request is model, messages and sampling settings, not the endpoint's address and not its key. Files appear whole,
and the first answer to a request stays: many threads and processes may share a folder, and all of them go on with the
same answer. A file that cannot be read as such an answer is asked for again and replaced. To ask anew, remove it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from hirkit.records import UserError

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint answered: the text, and why it ended there; or why it refuses this request, ever."""

    text: str
    finish: str | None = None
    refusal: str | None = None


def key(body: Body) -> str:
    """The sha256 of a request, whatever the order of its fields.

    >>> key({"model": "m", "seed": 0}) == key({"seed": 0, "model": "m"}) != key({"model": "n", "seed": 0})
    True
    """
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def place(folder: Path, key: str) -> Path:
    """The file of a request."""
    return folder / key[:2] / f"{key}.json"


def count(folder: Path) -> int:
    """How many answers there are."""
    return sum(1 for _ in folder.glob("*/*.json"))


def load(folder: Path, body: Body) -> Reply | None:
    """The answer to this request, if there is one on disk."""
    try:
        row = orjson.loads(place(folder, key(body)).read_bytes())
        reply = Reply(**row["reply"])
    except (FileNotFoundError, NotADirectoryError, orjson.JSONDecodeError, KeyError, TypeError):
        return None
    as_asked = row["request"] == orjson.loads(orjson.dumps(body))
    return reply if as_asked and isinstance(reply.text, str) else None


def store(folder: Path, body: Body, reply: Reply) -> Reply:
    """Keep an answer; returned is the one that is kept, which another process may have stored before."""
    path = place(folder, key(body))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise UserError(f"{folder}: is no folder; name one for the cache of answers") from None
    row = orjson.dumps({"request": body, "reply": asdict(reply)}, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
    handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(row)
            stream.flush()
            os.fsync(stream.fileno())
        return _publish(Path(partial), path, folder, body, reply)
    finally:
        Path(partial).unlink(missing_ok=True)


def _publish(partial: Path, path: Path, folder: Path, body: Body, reply: Reply) -> Reply:
    """Give a whole file its name, unless a good one has it."""
    try:
        os.link(partial, path)
    except FileExistsError:
        if (first := load(folder, body)) is not None:
            return first
        partial.replace(path)
    except OSError:  # a file system without hard links: the last answer stays, as whole as the first
        partial.replace(path)
    return reply
