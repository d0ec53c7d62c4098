"""What a dataset was made from and how, in one JSON document beside it: enough to make it again, and to check it.

Nothing in it depends on when or where it was made: the same command on the same inputs gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import orjson

from constraints.check import resources
from constraints.registry import get
from hirkit.export import EXPORTS

TABLES = ("datasets", "pyarrow")
"""The libraries that decide the bytes of exports that are tables."""


def manifest(
    command: Sequence[str],
    plan: Mapping[str, Any],
    meta: Mapping[str, Any],
    counts: Mapping[str, int],
    refusals: Mapping[str, int],
    ids: Iterable[str],
    outputs: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The document. ``meta`` is ``Tally.meta``; ``ids`` are all constraints asked for or discovered.

    ``counts`` says of each response what became of it; ``outputs`` are as ``output`` gives them.
    """
    checkers = [get(id, meta["rules"]) for id in sorted(set(ids))]
    tables = any(EXPORTS[made["export"]].schema for made in outputs if made["export"] in EXPORTS)
    return {
        "hirkit": meta["hirkit"],
        "command": list(command),
        "plan": dict(plan),
        "rules": meta["rules"],
        "strip_think": meta["strip_think"],
        "inputs": meta["inputs"],
        "counts": dict(counts),
        "refusals": dict(sorted(refusals.items())),
        "outputs": list(outputs),
        "revisions": {checker.id: checker.revision for checker in checkers},
        "resources": resources(checkers),
        "versions": {**meta["versions"], **(_installed(TABLES) if tables else {})},
    }


def _installed(names: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def output(path: Path, export: str, rows: int) -> dict[str, Any]:
    """What was written at ``path``: its name, which export it is ("records", "dropped", …), rows, bytes and sha256.

    A folder is the list of its files.
    """
    made = {"file": path.name, "export": export, "rows": rows}
    if not path.is_dir():
        return made | _digest(path)
    files = sorted(found for found in path.rglob("*") if found.is_file())
    return made | {"files": [{"file": found.relative_to(path).as_posix(), **_digest(found)} for found in files]}


def _digest(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def encoded(document: Mapping[str, Any]) -> bytes:
    """The document as it is written: indented, keys in their order."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE)
