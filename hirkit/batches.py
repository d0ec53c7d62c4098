"""For people who have a pipeline already: verdicts as columns of a batch of rows, and replays of a group of rows.

``verify_batch`` and ``relabel_group`` are plain functions that Ray Data, ``datasets`` and Spark call, in processes and
on machines of their own, with what they hold: a pandas frame, an Arrow table or record batch, or a mapping of columns
(lists or numpy arrays). They return the same kind. A row is in any format that ``hirkit verify`` reads, a column per
field, and is read as a row of Parquet is: a null or NaN is an absent value. No row is judged otherwise than by the
commands.

    judge = partial(verify_batch, prompts="prompts.jsonl", rules="fixed")
    ray_dataset.map_batches(judge, batch_format="pandas")
    dataset.map(judge, batched=True)
    spark_frame.mapInPandas(partial(verify_batches, prompts="prompts.jsonl"), f"{its_fields}, {ddl(VERDICTS)}")

The prompts file must lie, or be an address, where each process finds it. It is read once in each, and again when the
file changes; what is at an address must stay as it is. ``check_timeout`` needs the main thread of a process (see
``limits.py``), which all three give to a function. In other threads, and in Ray's actors, checks have all the time they
take.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from constraints.registry import layers
from hirkit import inputs
from hirkit.export.flat import NESTED, NUMBERS, TEXTS, flat
from hirkit.formats import FORMATS
from hirkit.jsonl import Line, Source, encode
from hirkit.limits import Limits
from hirkit.read import Item, Rows, numbered, read_items, read_prompts
from hirkit.records import Key, Rejected, Scored, UserError
from hirkit.relabel import Plan, record_row, relabel
from hirkit.report import verdict_row
from hirkit.verify import score

VERDICTS = {
    "followed_all": "boolean",
    "followed_all_loose": "boolean",
    "ila": "bigint",
    "cla": "double",
    "verdict": "string",
    "error": "string",
}
"""The columns of a verdict, and their types as Spark names them."""
REPLAYS = {
    "key": "string",
    "key_is_number": "boolean",
    **dict.fromkeys(NUMBERS, "bigint"),
    **dict.fromkeys((*TEXTS, *NESTED, "more"), "string"),
    "dropped": "string",
    "because": "string",
}
"""The columns of a replay record: those of ``--export parquet`` but for ``constraints``, and why there is none."""
PANDAS = {"boolean": "boolean", "bigint": "Int64", "double": "Float64", "string": "string"}
ARROW = {"boolean": "bool_", "bigint": "int64", "double": "float64", "string": "string"}
PAPER = Plan()
"""HiR's settings."""


def verify_batch(
    batch: Any,
    *,
    prompts: str | None = None,
    rules: str = "published",
    form: str | None = None,
    strip_think: bool = True,
    check_timeout: float = 60.0,
    max_chars: int = 1_000_000,
    prefix: str = "",
) -> Any:
    """The batch with verdicts beside each row: as many rows, in their order, their own columns as they were.

    ``followed_all``, ``followed_all_loose``, ``ila`` and ``cla`` are as in ``hirkit verify``. ``verdict`` is the line
    that it writes, as JSON text, for arguments differ from one constraint to the next; samples, which are numbered over
    a file, are left out of it. ``error`` says what could not be judged, and is empty where all was: of a bad row its
    field and what is wrong, and all other verdict columns are null; else the first constraint in error, which counts as
    not followed. A row is one response; several in one row are an error.

    Verdict columns are called ``prefix`` + name. A batch that has one of them already raises ``UserError``, as does an
    unknown rule set or format, and a prompts file without rows.
    """
    types = {prefix + name: kind for name, kind in VERDICTS.items()}
    if there := [name for name in types if name in _names(batch)]:
        raise UserError(f"the batch has a column {there[0]!r} already; name the verdict columns apart by prefix=")
    made = copy(batch)  # before it is read: datasets tells by it which columns are as they were
    rows = _rows(prompts, rules, form, strip_think, _state(prompts))
    items = [_single(row, number, rows) for number, row in enumerate(_rows_of(batch), start=1)]
    limits = Limits(check_timeout, max_chars)
    judged = [item if isinstance(item, Rejected) else score(item, rules, limits) for item in items]
    columns = _columns([_verdict(one, rules) for one in judged], VERDICTS)
    return _joined(made, {prefix + name: values for name, values in columns.items()}, types)


def verify_batches(batches: Iterable[Any], **settings: Any) -> Iterator[Any]:
    """``verify_batch`` of batches one by one: what Spark's ``mapInPandas`` and ``mapInArrow`` call."""
    for batch in batches:
        yield verify_batch(batch, **settings)


def relabel_group(
    group: Any,
    *,
    plan: Plan = PAPER,
    prompts: str | None = None,
    form: str | None = None,
    strip_think: bool = True,
    check_timeout: float = 60.0,
    max_chars: int = 1_000_000,
) -> Any:
    """Replay records of a group: all responses of one instruction in, a row for each record out.

    For Ray's ``groupby(…).map_groups`` and Spark's ``applyInPandas``. Samples are numbered, and ties drawn, as the rows
    of the group come: sort them where the engine keeps no order. A record's row is that of ``--export parquet``, which
    ``hirkit verify`` and ``verify_batch`` read: ``dropped`` is empty in it. Other rows say what was not replayed:
    ``dropped`` is the reason, "bad row" besides those of ``hirkit relabel``, and ``because`` the details. They have key
    and sample, and are null otherwise. Responses that follow everything are no failures and have no row.

    The plan is one for groups: ``scope`` "batch", "discover" and ``min_information`` look at all responses, and raise
    ``UserError``. No endpoint is asked for rewrites.
    """
    if plan.scope == "batch" or plan.measures:
        raise UserError("scope batch, discover and min_information look at all instructions; use `hirkit relabel`")
    rows = _rows(prompts, plan.rules, form, strip_think, _state(prompts))
    read = list(_numbered(item for n, row in enumerate(_rows_of(group), start=1) for item in _read(row, n, rows)))
    limits, rejected = Limits(check_timeout, max_chars), [item for item in read if isinstance(item, Rejected)]
    told = relabel([score(item, plan.rules, limits, loose=False) for item in read if isinstance(item, Item)], plan)
    found = [flat(record_row(record, plan)) for record in told.records]
    found += [_dropped(one.reason, one.detail, one.scored) for one in told.dropped]
    found += [_dropped("bad row", f"{bad.field}: {bad.problem}") for bad in rejected]
    return _made(group, _columns(found, REPLAYS), REPLAYS)


def ddl(types: Mapping[str, str], prefix: str = "") -> str:
    """Columns as Spark declares them.

    >>> ddl({"ila": "bigint"}, "fixed_")
    '`fixed_ila` bigint'
    """
    return ", ".join(f"`{prefix}{name}` {kind}" for name, kind in types.items())


# ------------------------------------------------------------------------------------------------------ rows in


@lru_cache(4)
def _rows(prompts: str | None, rules: str, form: str | None, strip_think: bool, state: object) -> Rows:
    """How rows are read, the prompts in memory; once in each process, while the file is in this ``state``."""
    layers(rules)  # an unknown rule set is refused before anything is read
    if form is not None and form not in FORMATS:
        raise UserError(f"no format is called {form}; there are {', '.join(FORMATS)}")
    known = None if prompts is None else read_prompts(Source(prompts), prompts, rules)
    return Rows(known, rules, form, strip_think)


def _state(path: str | None) -> object:
    """What tells one state of a file, or of several, from another; of an address nothing does."""
    if path is None or "://" in path:
        return None
    found = [(part, Path(part).stat()) for part in inputs.parts(path)]
    return tuple((part, stat.st_size, stat.st_mtime_ns) for part, stat in found)


def _names(batch: Any) -> list[str]:
    """The columns: an Arrow table lists them, a frame and a mapping are iterated over."""
    return list(batch.column_names if _is_arrow(batch) else batch)


def _is_arrow(batch: Any) -> bool:
    return hasattr(batch, "append_column")


def _is_pandas(batch: Any) -> bool:
    return hasattr(batch, "assign")


def _rows_of(batch: Any) -> Iterator[dict[str, Any]]:
    if _is_arrow(batch):
        yield from batch.to_pylist()
        return
    names = _names(batch)
    for values in zip(*(batch[name] for name in names), strict=True):
        yield dict(zip(names, values, strict=True))


def _single(row: Mapping[str, Any], number: int, rows: Rows) -> Item | Rejected:
    """The one response of a row."""
    found = list(_read(row, number, rows))
    if len(found) == 1:
        return found[0]
    return _rejected(number, "row", f"holds {len(found)} responses; make a row of each")


def _read(row: Mapping[str, Any], number: int, rows: Rows) -> Iterator[Item | Rejected]:
    """The responses of a row, or what is wrong with it."""
    try:
        raw = orjson.dumps(_with_key(row), default=_plain, option=orjson.OPT_NON_STR_KEYS)
    except TypeError as err:  # lone surrogates, numbers of more than 64 bits
        yield _rejected(number, "row", f"cannot be told as JSON: {err}")
        return
    yield from read_items([Line("batch", f"row {number}", raw)], rows)


def _rejected(number: int, field: str, problem: str) -> Rejected:
    return Rejected(f"batch:row {number}", field, problem, "")


def _with_key(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A key made whole again: pandas makes floats of whole numbers where some are missing."""
    key = row.get("key")
    if isinstance(key, float) and key.is_integer() and abs(key) < 2**53:  # beyond, floats skip numbers
        return {**row, "key": int(key)}
    return row


def _plain(value: Any) -> Any:
    """What JSON has no word for: numpy's arrays and scalars, pandas' missing values, times."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return None if type(value).__name__ in ("NAType", "NaTType") else str(value)


def _numbered(items: Iterable[Item | Rejected]) -> Iterator[Item | Rejected]:
    """Samples of a key are numbered as they come."""
    samples: dict[Key, int] = {}
    for item in items:
        if isinstance(item, Rejected):
            yield item
            continue
        key = item.instruction.key
        samples[key] = (number := samples.get(key, -1) + 1)
        yield numbered(item, number - item.response.sample)


# ------------------------------------------------------------------------------------------------- columns out


def _verdict(one: Scored | Rejected, rules: str) -> dict[str, Any]:
    if isinstance(one, Rejected):
        return {"error": f"{one.field}: {one.problem}"}
    row = {"key": one.instruction.key, **verdict_row(one, rules)}
    line = encode(row).decode().rstrip("\n")
    return {**{name: row.get(name) for name in VERDICTS}, "verdict": line, "error": _error(one)}


def _error(scored: Scored) -> str:
    """The first constraint that could not be judged."""
    for judgement in scored.judgements:
        for verdict in (judgement.strict, judgement.loose):
            if verdict.status == "error":
                return f"{judgement.constraint.id}: {verdict.because}"
    return ""


def _dropped(reason: str, detail: str, scored: Scored | None = None) -> dict[str, Any]:
    row: dict[str, Any] = {"dropped": reason, "because": detail}
    if scored is None:
        return row
    key = scored.instruction.key
    return {**row, "key": str(key), "key_is_number": isinstance(key, int), "sample": scored.response.sample}


def _columns(rows: list[dict[str, Any]], types: Mapping[str, str]) -> dict[str, list[Any]]:
    """The rows as columns; what a row does not have is null, and no reason is an empty one."""
    empty = {"dropped": "", "because": "", "error": ""}
    return {name: [row.get(name, empty.get(name)) for row in rows] for name in types}


def _joined(batch: Any, columns: Mapping[str, list[Any]], types: Mapping[str, str]) -> Any:
    """The batch and further columns beside its own."""
    if _is_arrow(batch):
        for name, values in _arrow(columns, types).items():
            batch = batch.append_column(name, values)
        return batch
    if _is_pandas(batch):
        return batch.assign(**_pandas(columns, types))
    for name, values in columns.items():
        batch[name] = values
    return batch


def _made(like: Any, columns: Mapping[str, list[Any]], types: Mapping[str, str]) -> Any:
    """Columns alone, in what the rows came in."""
    if _is_arrow(like):
        import pyarrow

        return pyarrow.table(_arrow(columns, types))
    if _is_pandas(like):
        import pandas

        return pandas.DataFrame(_pandas(columns, types))
    return dict(columns)


def _arrow(columns: Mapping[str, list[Any]], types: Mapping[str, str]) -> dict[str, Any]:
    """Typed, so that a batch of nulls has the type of the others."""
    import pyarrow

    return {name: pyarrow.array(values, getattr(pyarrow, ARROW[types[name]])()) for name, values in columns.items()}


def _pandas(columns: Mapping[str, list[Any]], types: Mapping[str, str]) -> dict[str, Any]:
    import pandas

    return {name: pandas.array(values, dtype=PANDAS[types[name]]) for name, values in columns.items()}
