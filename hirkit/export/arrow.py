"""The schemas of the exports that are tables, in Arrow's types; pyarrow is imported only when one is asked for."""

from __future__ import annotations

from typing import Any

from hirkit.export.flat import NESTED, NUMBERS, TEXTS
from hirkit.records import UserError


def pyarrow(what: str) -> Any:
    """The library, or how to get it."""
    try:
        import pyarrow
    except ImportError:
        raise UserError(f"{what} needs pyarrow: python -m pip install 'hirkit[data]'") from None
    return pyarrow


def native() -> Any:
    """Of replay records: see ``flat.py``."""
    pa = pyarrow("this table")
    constraint = pa.struct([("id", pa.string()), ("args", pa.string()), ("text", pa.string())])
    return pa.schema(
        [
            ("key", pa.string()),
            ("key_is_number", pa.bool_()),
            *((name, pa.int64()) for name in NUMBERS),
            *((name, pa.string()) for name in TEXTS),
            ("constraints", pa.list_(constraint)),
            *((name, pa.string()) for name in (*NESTED, "more")),
        ]
    )


def verl() -> Any:
    """Of verl's data: see ``rl.py``."""
    pa = pyarrow("this table")
    text = pa.string()
    extra = ("split", "key", "kind", "question", "q_type")
    return pa.schema(
        [
            ("data_source", text),
            ("prompt", pa.list_(pa.struct([("role", text), ("content", text)]))),
            ("ability", text),
            ("reward_model", pa.struct([("style", text), ("ground_truth", text)])),
            (
                "extra_info",
                pa.struct([("index", pa.int64()), *((name, text) for name in extra), ("criteria", pa.list_(text))]),
            ),
        ]
    )
