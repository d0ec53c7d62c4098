"""Verdicts and replays for people who have a pipeline: the same as the commands', row for row, from each engine."""

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from constraints import ConstraintError, Verdict
from hirkit.batches import REPLAYS, VERDICTS, relabel_group, verify_batch, verify_batches
from hirkit.demo import DATA
from hirkit.export.flat import nested
from hirkit.jsonl import Source, decode
from hirkit.limits import Limits, limited
from hirkit.pipeline import Outputs, relabel_files
from hirkit.records import UserError
from hirkit.relabel import Plan
from hirkit.runs import Inputs
from hirkit.scoring import verify_files
from tests.conftest import ROOT

np = pytest.importorskip("numpy", reason="a kind of batch")
pa = pytest.importorskip("pyarrow", reason="a kind of batch")
pd = pytest.importorskip("pandas", reason="a kind of batch")

PROMPTS, RESPONSES = (str(ROOT / "hirkit" / "demo" / name) for name in DATA)
ROWS = [decode(line) for line in Source(RESPONSES)]
NO_COMMA = {"id": "punctuation:no_comma", "args": {}}


def lists(rows: list[dict]) -> dict[str, list]:
    return {name: [row.get(name) for row in rows] for name in rows[0]}


def arrays(rows: list[dict]) -> dict[str, Any]:
    return {name: pd.Series(values).to_numpy() for name, values in lists(rows).items()}


KINDS: dict[str, Callable[[list[dict]], Any]] = {
    "lists": lists,
    "arrays": arrays,
    "pandas": pd.DataFrame,
    "table": pa.Table.from_pylist,
    "record batch": pa.RecordBatch.from_pylist,
}
kinds = pytest.mark.parametrize("kind", KINDS)


def back(batch: Any) -> list[dict]:
    """The rows of a batch, missing values as None."""
    if hasattr(batch, "to_pylist"):
        return batch.to_pylist()
    if isinstance(batch, pd.DataFrame):
        return batch.astype(object).where(batch.notna(), None).to_dict("records")
    return [dict(zip(batch, values, strict=True)) for values in zip(*batch.values(), strict=True)]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """The lines of `hirkit verify`, without the samples."""
    out = tmp_path_factory.mktemp("expected") / "out.jsonl"
    verify_files(Inputs(RESPONSES, PROMPTS), str(out))
    return [{name: value for name, value in decode(line).items() if name != "sample"} for line in Source(str(out))]


@kinds
def test_each_kind_of_batch_gets_the_verdicts_of_the_command(kind: str, expected: list[dict]) -> None:
    batch = KINDS[kind](ROWS)
    found = verify_batch(batch, prompts=PROMPTS)
    assert type(found) is type(batch)
    rows = back(found)
    assert [json.loads(row["verdict"]) for row in rows] == expected
    for row, before, line in zip(rows, ROWS, expected, strict=True):
        assert {name: row[name] for name in before} == before
        assert list(row) == [*ROWS[0], *VERDICTS]
        assert row["error"] == ""
        assert all(row[name] == line[name] for name in ("followed_all", "followed_all_loose", "ila", "cla"))


@kinds
def test_a_bad_row_is_neither_dropped_nor_passed(kind: str) -> None:
    good = {"key": 1, "prompt": "Do.", "constraints": [NO_COMMA], "response": "fine"}
    rows = [
        good,
        {**good, "response": None},
        {**good, "constraints": [{"id": "no:such", "args": {}}]},
        {**good, "constraints": []},
        {**good, "key": None},
        {**good, "response": "a, b"},
    ]
    if kind == "lists":
        rows.append({**good, "response": "\ud800"})
    found = back(verify_batch(KINDS[kind](rows)))
    assert [row["followed_all"] for row in found] == [True, None, None, None, None, False, None][: len(rows)]
    bad = [row for row in found if row["followed_all"] is None]
    assert all(row[name] is None for row in bad for name in VERDICTS if name != "error")
    told = ["response: missing", "constraint 1: no constraint", "constraints: empty", "key: expected text", "surrogate"]
    assert all(words in row["error"] for words, row in zip(told, bad, strict=False)), [row["error"] for row in bad]


@kinds
def test_null_arguments_of_uniform_structs_are_absent_ones(kind: str) -> None:
    """Arrow gives each struct of a column the fields of all; both rows pass only if the nulls are left out."""
    rows = [
        {
            "key": 1,
            "prompt": "a",
            "instruction_id_list": ["length_constraints:number_words", "punctuation:no_comma"],
            "kwargs": [{"num_words": 2, "relation": "at least", "keywords": None}, None],
            "response": "two words",
        },
        {
            "key": 2,
            "prompt": "b",
            "instruction_id_list": ["keywords:existence"],
            "kwargs": [{"num_words": None, "relation": None, "keywords": ["river"]}],
            "response": "A river.",
        },
    ]
    batch = KINDS[kind](rows)
    if kind == "table":  # as pandas has it: arrays of objects whose lists are arrays again
        frame = batch.to_pandas()
        assert isinstance(frame.kwargs[1][0]["keywords"], np.ndarray)
        batch = frame
    found = back(verify_batch(batch))
    assert [row["error"] for row in found] == ["", ""]
    assert [row["followed_all"] for row in found] == [True, True]
    assert json.loads(found[1]["verdict"])["constraints"][0]["args"] == {"keywords": ["river"]}


def test_keys_that_pandas_made_floats_find_their_prompts() -> None:
    frame = pd.DataFrame({"key": [1, None, 2], "response": ["a", "b", "c"]})
    assert frame.key.dtype == float
    found = back(verify_batch(frame, prompts=PROMPTS))
    assert [row["error"] == "" for row in found] == [True, False, True]
    assert [json.loads(row["verdict"])["key"] for row in found if row["verdict"]] == [1, 2]
    too_large = verify_batch(pd.DataFrame({"key": [2.0**60], "response": ["a"]}), prompts=PROMPTS)
    assert "expected text or a whole number" in too_large.error[0]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT], ids=str)
def test_whatever_pandas_calls_missing_is_missing(missing: Any) -> None:
    frame = pd.DataFrame({"key": [1, 1], "response": pd.Series(["fine", missing], dtype=object), "entropy": missing})
    found = back(verify_batch(frame, prompts=PROMPTS))
    assert [row["error"][:17] for row in found] == ["", "response: missing"]


def test_types_do_not_depend_on_the_rows() -> None:
    """Engines put batches together: one of bad rows only, or of none, has the types of all others."""
    judge, good = partial(verify_batch, prompts=PROMPTS), ROWS[:2]
    bad = [{"key": -1, "response": "x", "entropy": 0.1, "truncated": False}]
    schemas = {
        judge(pa.Table.from_pylist(rows, schema=pa.Table.from_pylist(good).schema)).schema for rows in (good, bad, [])
    }
    assert len(schemas) == 1
    kinds = {tuple(map(str, judge(pd.DataFrame(rows))[list(VERDICTS)].dtypes)) for rows in (good, bad)}
    assert kinds == {("boolean", "boolean", "Int64", "Float64", "string", "string")}


def test_several_responses_in_a_row_are_an_error() -> None:
    found = verify_batch({"key": [1, 1, 1], "responses": [["a"], ["a", "b"], []]}, prompts=PROMPTS)
    assert [text[:18] for text in found["error"]] == ["", "row: holds 2 respo", "responses: empty; "]


def test_an_error_verdict_is_told_and_is_no_pass() -> None:
    row = {"key": [1], "prompt": ["Do."], "constraints": [[NO_COMMA]], "response": ["a" * 11]}
    found = verify_batch(row, max_chars=10)
    assert found["followed_all"] == [False]
    assert found["error"] == ["punctuation:no_comma: 11 characters; --max-chars allows 10"]


def test_no_column_is_written_over() -> None:
    batch = {"key": [1], "response": ["a"], "error": ["mine"]}
    with pytest.raises(UserError, match="has a column 'error' already"):
        verify_batch(batch, prompts=PROMPTS)
    once = verify_batch(batch, prompts=PROMPTS, prefix="published_")
    twice = verify_batch(once, prompts=PROMPTS, rules="fixed", prefix="fixed_")
    assert list(twice) == [*batch, *(f"{rules}_{name}" for rules in ("published", "fixed") for name in VERDICTS)]
    assert twice["error"] == ["mine"]
    assert list(batch) == ["key", "response", "error"]


def test_what_is_wrong_with_the_settings_is_said_at_once() -> None:
    with pytest.raises(ConstraintError, match="rule set"):
        verify_batch({}, rules="mine")
    with pytest.raises(UserError, match="no format is called"):
        verify_batch({}, form="mine")
    with pytest.raises(FileNotFoundError):
        verify_batch({"key": [1], "response": ["a"]}, prompts="none.jsonl")
    for plan in (Plan(scope="batch"), Plan(strategies=("discover",)), Plan(min_information=1.0)):
        with pytest.raises(UserError, match="all instructions"):
            relabel_group({}, plan=plan)


def test_a_prompts_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "prompts.jsonl"
    found = []
    for number in (1, 3000):
        args = {"relation": "at least", "num_words": number}
        asked = [{"id": "length_constraints:number_words", "args": args}]
        path.write_text(json.dumps({"key": 1, "prompt": "Do.", "constraints": asked}))
        found += verify_batch({"key": [1], "response": ["two words"]}, prompts=str(path))["followed_all"]
    assert found == [True, False]


def test_it_travels_to_processes_that_are_spawned(expected: list[dict]) -> None:
    parts = [ROWS[:50], ROWS[50:]]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(partial(verify_batch, prompts=PROMPTS), [lists(part) for part in parts]))
    assert [json.loads(text) for batch in found for text in batch["verdict"]] == expected


def test_batches_one_by_one(expected: list[dict]) -> None:
    """What Spark's mapInPandas asks for: an iterator in, an iterator out, neither held in memory."""
    begun = []

    def frames():
        for i in range(0, len(ROWS), 40):
            begun.append(i)
            yield pd.DataFrame(ROWS[i : i + 40])

    found = verify_batches(frames(), prompts=PROMPTS)
    first = next(found)
    assert begun == [0]
    rest = list(found)
    assert [json.loads(text) for frame in (first, *rest) for text in frame.verdict] == expected


def test_in_another_thread_a_check_has_all_its_time() -> None:
    """Alarms are the main thread's. The verdict is the check's own: late, and no error."""

    def slow(_: str) -> Verdict:
        time.sleep(0.3)
        return Verdict("pass")

    found = [limited(slow, "x", Limits(seconds=0.05))]
    other = threading.Thread(target=lambda: found.append(limited(slow, "x", Limits(seconds=0.05))))
    other.start()
    other.join()
    assert [verdict.status for verdict in found] == ["error", "pass"]


# ------------------------------------------------------------------------------------------------------ groups


def groups(rows: list[dict]) -> list[list[dict]]:
    return [[row for row in rows if row["key"] == key] for key in dict.fromkeys(row["key"] for row in rows)]


@kinds
def test_groups_are_told_as_the_command_tells_them(kind: str, tmp_path: Path) -> None:
    plan, out, no = Plan(strategies=("drop", "relax")), tmp_path / "out.jsonl", tmp_path / "no.jsonl"
    relabel_files(Inputs(RESPONSES, PROMPTS, rules="fixed"), plan, Outputs(str(out), str(no)))
    tell = partial(relabel_group, plan=plan, prompts=PROMPTS)
    found = [row for group in groups(ROWS) for row in back(tell(KINDS[kind](group)))]
    assert all(list(row) == list(REPLAYS) for row in found)
    records = [nested(row) | {"where": ""} for row in found if not row["dropped"]]
    assert records == [decode(line) | {"where": ""} for line in Source(str(out))]
    dropped = [(row["key"], row["sample"], row["dropped"], row["because"]) for row in found if row["dropped"]]
    lines = map(decode, Source(str(no)))
    assert dropped == [(str(row["key"]), row["sample"], row["reason"], row["detail"]) for row in lines]


def test_the_records_of_a_group_verify_again() -> None:
    """The law of every record, by the other callable: what comes out of one goes into the other as it is."""
    told = relabel_group(pa.Table.from_pylist(ROWS), prompts=PROMPTS)
    kept = told.filter(pa.compute.equal(told["dropped"], ""))
    assert kept.num_rows > 40
    found = verify_batch(kept.drop_columns(["dropped", "because"]), rules="fixed")
    assert set(found["followed_all"].to_pylist()) == {True}


def test_a_bad_row_of_a_group_is_accounted_for() -> None:
    rows = [{"key": 1, "response": None}, *({"key": row["key"], "response": row["response"]} for row in ROWS[:3])]
    found = back(relabel_group(lists(rows), prompts=PROMPTS))
    (bad,) = [row for row in found if row["dropped"] == "bad row"]
    assert bad["because"].startswith("response: missing")
    empty = relabel_group(pd.DataFrame({"key": [1], "response": [ROWS[0]["response"]]}), prompts=PROMPTS)
    assert (len(empty), list(empty)) == (0, list(REPLAYS))  # it follows everything


# ----------------------------------------------------------------------------------------------------- engines


@pytest.mark.parametrize("form", [None, "arrow"])
def test_datasets_map(form: str | None, expected: list[dict]) -> None:
    datasets = pytest.importorskip("datasets", reason="the engine under test")
    datasets.disable_progress_bars()
    dataset = datasets.Dataset.from_list(ROWS).with_format(form)
    found = dataset.map(partial(verify_batch, prompts=PROMPTS), batched=True, batch_size=50).with_format(None)
    assert found.remove_columns(list(VERDICTS)).features == dataset.features
    assert [json.loads(text) for text in found["verdict"]] == expected
    assert set(found["error"]) == {""}


def script(code: str) -> Any:
    """What a script prints last, as JSON; in a process of its own, for engines leave threads and servers behind."""
    head = "import json\nfrom functools import partial\nfrom hirkit.batches import *\n"
    head += f"PROMPTS, ROWS = {PROMPTS!r}, list(map(json.loads, open({RESPONSES!r})))\n"
    done = subprocess.run([sys.executable, "-c", head + code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


RAY = """
import ray
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
import ray.data
ray.data.DataContext.get_current().enable_progress_bars = False
ray.data.DataContext.get_current().execution_options.preserve_order = True
judge, tell = partial(verify_batch, prompts=PROMPTS), partial(relabel_group, prompts=PROMPTS)
rows = ray.data.from_items([*ROWS, {**ROWS[0], "response": None}], override_num_blocks=3)
found = {}
for kind in ("numpy", "pandas", "pyarrow"):
    out = rows.map_batches(judge, batch_format=kind, batch_size=30).take_all()
    found[kind] = [[json.loads(row["verdict"] or "null"), row["followed_all"], row["error"]] for row in out]
told = rows.groupby("key").map_groups(tell, batch_format="pandas").take_all()
found["told"] = sorted([row["key"] or "", row["dropped"]] for row in told)
print(json.dumps(found))
"""


@pytest.mark.skipif(find_spec("ray") is None, reason="needs ray: python -m pip install 'ray[data]'")
def test_ray_data(expected: list[dict]) -> None:
    found = script(RAY)
    for kind in ("numpy", "pandas", "pyarrow"):
        *good, bad = found[kind]
        assert [row[0] for row in good] == expected
        assert [row[1] for row in good] == [row["followed_all"] for row in expected]
        assert {row[2] for row in good} == {""}
        assert bad[:2] == [None, None]
        assert bad[2].startswith("response: missing")
    told = back(relabel_group(lists([*ROWS, {**ROWS[0], "response": None}]), prompts=PROMPTS))
    assert found["told"] == sorted([row["key"] or "", row["dropped"]] for row in told)


SPARK = """
import os, sys
os.environ["PYSPARK_PYTHON"] = sys.executable
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType
spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
judge, tell = partial(verify_batch, prompts=PROMPTS), partial(relabel_group, prompts=PROMPTS)
fields = "key long, response string, entropy double, truncated boolean"
rows = [[row.get(name) for name in ("key", "response", "entropy", "truncated")] for row in ROWS]
frame = spark.createDataFrame([*rows, [1, None, None, None]], fields).coalesce(1)
out = frame.mapInPandas(partial(verify_batches, prompts=PROMPTS), f"{fields}, {ddl(VERDICTS)}").collect()
found = [[json.loads(row.verdict or "null"), row.followed_all, row.ila, row.error] for row in out]
told = frame.groupBy("key").applyInPandas(tell, ddl(REPLAYS)).collect()
print(json.dumps({"found": found, "told": sorted([row.key or "", row.dropped] for row in told)}))
"""


@pytest.mark.skipif(find_spec("pyspark") is None or shutil.which("java") is None, reason="needs pyspark and Java")
def test_spark(expected: list[dict]) -> None:
    found = script(SPARK)
    *good, bad = found["found"]
    assert [row[0] for row in good] == expected
    assert [row[2] for row in good] == [row["ila"] for row in expected]
    assert bad[:3] == [None, None, None]
    assert bad[3].startswith("response: missing")
    told = back(relabel_group(lists([*ROWS, {**ROWS[0], "response": None}]), prompts=PROMPTS))
    assert found["told"] == sorted([row["key"] or "", row["dropped"]] for row in told)
