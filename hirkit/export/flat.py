"""Replay records as rows of a table with a fixed schema: what is nested is JSON text. Nothing is lost by it.

``constraints``, those of the hindsight prompt, are listed besides, for whoever looks at the table: ids as they are,
arguments as JSON text. A field of a record that has no column of its own is kept in ``more``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from hirkit.export.parts import Row, as_json
from hirkit.records import ReplayRecord, Scored
from hirkit.relabel import Plan, record_row

NUMBERS = ("sample", "thought", "reward", "seed")
TEXTS = ("prompt", "response", "strategy", "rewriter", "rules", "hirkit", "where")
NESTED = ("hindsight", "original", "selection", "meta", "resources", "guards")
"""Fields that become JSON text."""


def native(group: Sequence[Scored], records: Sequence[ReplayRecord], plan: Plan) -> Iterator[Row]:
    """Each replay record, flat."""
    for record in records:
        yield flat(record_row(record, plan))


def flat(row: Row) -> Row:
    """The line of a replay record as a row of the table."""
    own = {"key", *NUMBERS, *TEXTS, *NESTED}
    return {
        "key": str(row["key"]),
        "key_is_number": isinstance(row["key"], int),
        **{name: row[name] for name in (*NUMBERS, *TEXTS)},
        "constraints": [
            {"id": item["id"], "args": as_json(item["args"]), "text": item.get("text")}
            for item in row["hindsight"]["constraints"]
        ],
        **{name: as_json(row[name]) for name in NESTED},
        "more": as_json({name: value for name, value in row.items() if name not in own}),
    }


def nested(row: Row) -> Row:
    """The line of the replay record that a row of the table was made from, but for the order of its fields."""
    return {
        "key": int(row["key"]) if row["key_is_number"] else row["key"],
        **{name: row[name] for name in (*NUMBERS, *TEXTS)},
        **{name: orjson.loads(row[name]) for name in NESTED},
        **orjson.loads(row["more"]),
    }
