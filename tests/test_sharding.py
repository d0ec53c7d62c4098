"""Shards: no row is lost, doubled or changed; what belongs together stays together; the folder is whole or absent."""

import gzip
import hashlib
import json
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hirkit.demo import DATA
from hirkit.jsonl import Source
from hirkit.read import Item, Rows, read_items, read_prompts
from hirkit.records import UserError
from hirkit.relabel import Plan, record_row, relabel
from hirkit.sharding import MOST, Cut, shard_file
from hirkit.verify import score
from tests.conftest import ROOT, Hirkit

PROMPTS, RESPONSES = (str(ROOT / "hirkit" / "demo" / name) for name in DATA)
LINES = Path(RESPONSES).read_bytes().splitlines(keepends=True)


def contents(folder: Path) -> list[bytes]:
    """What each shard holds, in the order of their names."""
    files = sorted(file for file in folder.iterdir() if file.name != "manifest.json")
    return [gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes() for file in files]


def held(folder: Path) -> list[list[bytes]]:
    return [text.splitlines(keepends=True) for text in contents(folder)]


@pytest.mark.parametrize(
    ("cut", "rows"),
    [
        (Cut(rows=50), [50, 50, 12]),
        (Cut(rows=112), [112]),
        (Cut(rows=1), [1] * 112),
        (Cut(shards=3), [38, 37, 37]),  # row i goes to shard 3 i / 112, rounded down: 0..37, 38..74, 75..111
        (Cut(shards=120), [1] * 112 + [0] * 8),
    ],
    ids=str,
)
def test_shards_put_together_are_the_input(cut: Cut, rows: list[int], tmp_path: Path) -> None:
    done = shard_file(RESPONSES, str(tmp_path / "out"), cut)
    found = contents(tmp_path / "out")
    assert b"".join(found) == b"".join(LINES)
    assert sorted(len(text.splitlines()) for text in found) == sorted(rows)
    assert [shard["rows"] for shard in done.manifest["shards"]] == [len(text.splitlines()) for text in found]
    if cut.shards != 120:
        assert [len(text.splitlines()) for text in found] == rows
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_bytes_are_a_bound_that_only_a_row_can_break(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    sizes = [30, 30, 41, 100, 20, 20]  # of 61: 30+30, 41 (+100 would be more), 100 alone, 20+20
    path.write_text("".join(f'"{"a" * (size - 3)}"\n' for size in sizes))
    shard_file(str(path), str(tmp_path / "out"), Cut(bytes=61))
    assert [[len(row) for row in rows] for rows in held(tmp_path / "out")] == [[30, 30], [41], [100], [20, 20]]


def test_the_manifest_says_what_was_cut_and_what_came_of_it(tmp_path: Path) -> None:
    shard_file(RESPONSES, str(tmp_path / "out"), Cut(rows=100, packing=".gz"))
    found = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    whole = b"".join(LINES)
    assert found["input"] == {"file": RESPONSES, "bytes": len(whole), "sha256": hashlib.sha256(whole).hexdigest()}
    assert found["cut"] == {"rows": 100, "bytes": None, "shards": None, "by": None, "packing": ".gz"}
    assert (found["rows"], found["rows_of_no_group"]) == (112, 0)
    for shard, lines in zip(found["shards"], (LINES[:100], LINES[100:]), strict=True):
        stored = (tmp_path / "out" / shard["file"]).read_bytes()
        assert gzip.decompress(stored) == b"".join(lines)
        assert (shard["rows"], shard["bytes"]) == (len(lines), len(b"".join(lines)))
        assert (shard["stored"], shard["sha256"]) == (len(stored), hashlib.sha256(stored).hexdigest())


# ------------------------------------------------------------------------------------------------- together


def replays(path: str) -> list[str]:
    """The records of a file, wherever its rows stand."""
    plan = Plan()
    rows = Rows(read_prompts(Source(PROMPTS), PROMPTS, plan.rules), plan.rules)
    scored = [score(item, plan.rules) for item in read_items(Source(path), rows) if isinstance(item, Item)]
    return [json.dumps(record_row(record, plan) | {"where": ""}) for record in relabel(scored, plan).records]


def test_by_instruction_relabel_finds_in_shards_what_it_finds_in_the_whole(tmp_path: Path) -> None:
    """Rows in an order in which no group stands together; every shard is relabelled by itself."""
    scattered = tmp_path / "scattered.jsonl"
    scattered.write_bytes(b"".join(LINES[i::7][j] for j in range(16) for i in range(7)))
    shard_file(str(scattered), str(tmp_path / "out"), Cut(shards=4, by="instruction"))
    assert Counter(row for rows in held(tmp_path / "out") for row in rows) == Counter(LINES)
    shards = [str(path) for path in sorted((tmp_path / "out").glob("part-*"))]
    found = [record for path in shards for record in replays(path)]
    assert sorted(found) == sorted(replays(str(scattered)))
    assert len(found) > 40


KEYS = st.one_of(st.integers(0, 5), st.sampled_from(["a", "b", "ü", "7"]))
ROWS = st.lists(st.fixed_dictionaries({"key": KEYS, "response": st.text(max_size=5)}), max_size=40)


@settings(max_examples=40)
@given(ROWS, st.integers(1, 9))
def test_by_key_groups_are_whole_and_in_order(rows: list[dict], shards: int) -> None:
    lines = [json.dumps(row).encode() + b"\n" for row in rows]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rows.jsonl").write_bytes(b"".join(lines))
        done = shard_file(str(folder / "rows.jsonl"), str(folder / "out"), Cut(shards=shards, by="key"))
        found = held(folder / "out")
    assert done.without == 0
    assert len(found) == shards
    places: dict[str, int] = {}
    for number, inside in enumerate(found):
        for line in inside:
            assert places.setdefault(str(json.loads(line)["key"]), number) == number
        mine = set(inside)
        assert inside == [line for line in lines if line in mine]


RAW = st.lists(st.binary(min_size=1, max_size=12).filter(lambda raw: b"\n" not in raw and raw.strip()), max_size=30)
CUTS = st.one_of(
    st.builds(Cut, rows=st.integers(1, 7)),
    st.builds(Cut, bytes=st.integers(1, 40)),
    st.builds(Cut, shards=st.integers(1, 7)),
    st.builds(Cut, shards=st.integers(1, 7), by=st.sampled_from(["key", "instruction"])),
)


@settings(max_examples=60)
@given(RAW, CUTS)
def test_no_row_is_lost_or_doubled_whatever_it_is(raws: list[bytes], cut: Cut) -> None:
    """Any bytes, JSON or not: cut in order they are the input again, cut by hash the same rows in another order."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rows.jsonl").write_bytes(b"\n".join(raws))
        expected = [line.raw for line in Source(str(folder / "rows.jsonl"))]
        done = shard_file(str(folder / "rows.jsonl"), str(folder / "out"), cut)
        found = [row for text in contents(folder / "out") for row in text.split(b"\n")[:-1]]
    assert (found if cut.by is None else sorted(found)) == (expected if cut.by is None else sorted(expected))
    assert done.manifest["rows"] == len(expected)


def test_rows_that_belong_to_nothing_are_kept_and_told(tmp_path: Path, hirkit: Hirkit) -> None:
    path = tmp_path / "rows.jsonl"
    lines = ['{"key": 1, "response": "a"}', "no", '{"response": "a"}', '{"key": true, "response": "b"}']
    path.write_text("\n".join(lines))
    done = hirkit("shard", path, "-o", tmp_path / "out", "--shards", "2", "--by", "instruction")
    assert done.returncode == 3
    assert shard_file(str(path), str(tmp_path / "out"), Cut(shards=2, by="instruction")).without == 3  # again
    assert "3 rows do not say what they belong to" in done.stderr
    assert f"{path}:2: column" in done.stderr
    assert sorted(row for rows in held(tmp_path / "out") for row in rows) == sorted(f"{x}\n".encode() for x in lines)


def test_what_names_instructions_in_two_ways_is_refused(tmp_path: Path) -> None:
    """A group could be split: its prompt in one row, its key in another."""
    path = tmp_path / "rows.jsonl"
    path.write_text('{"prompt": "Do.", "response": "a"}\n{"key": 1, "response": "a"}\n')
    with pytest.raises(UserError, match="some rows name their instruction by prompt, others by key"):
        shard_file(str(path), str(tmp_path / "out"), Cut(shards=2, by="instruction"))
    path.write_text('{"custom_id": "1", "response": {"body": {"choices": [{"message": {"content": "x"}}]}}}\n')
    with pytest.raises(UserError, match="--by custom_id"):
        shard_file(str(path), str(tmp_path / "out"), Cut(shards=2, by="instruction"))
    assert [file.name for file in tmp_path.iterdir()] == ["rows.jsonl"]


# ------------------------------------------------------------------------------------------------ in and out


@pytest.mark.parametrize("packing", ["", ".gz", ".zst"])
def test_the_folder_is_read_as_the_file(packing: str, tmp_path: Path) -> None:
    pytest.importorskip("zstandard")
    shard_file(RESPONSES, str(tmp_path / "out"), Cut(rows=40, packing=packing))
    assert [line.raw + b"\n" for line in Source(str(tmp_path / "out"))] == LINES


def test_packed_tables_and_standard_input_are_cut_too(tmp_path: Path, hirkit: Hirkit) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    pa = pytest.importorskip("pyarrow")
    rows = [json.loads(line) for line in LINES]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    (tmp_path / "rows.json.gz").write_bytes(gzip.compress(json.dumps(rows).encode()))
    for name in ("rows.parquet", "rows.json.gz"):
        shard_file(str(tmp_path / name), str(tmp_path / f"{name}.out"), Cut(shards=5))
        found = [json.loads(line) for rows in held(tmp_path / f"{name}.out") for line in rows]
        assert [row["response"] for row in found] == [row["response"] for row in rows]
    done = hirkit("shard", "-", "-o", tmp_path / "out", "--rows", "60", stdin=b"".join(LINES).decode())
    assert done.returncode == 0, done.stderr
    assert b"".join(contents(tmp_path / "out")) == b"".join(LINES)


def test_the_same_cut_is_there_and_another_is_refused(tmp_path: Path, hirkit: Hirkit) -> None:
    mine, out = tmp_path / "rows.jsonl", tmp_path / "out"
    mine.write_bytes(b"".join(LINES))
    shard_file(str(mine), str(out), Cut(rows=30))
    before = {file.name: file.stat().st_mtime_ns for file in out.iterdir()}
    again = hirkit("shard", mine, "-o", out, "--rows", "30", "--json")
    assert (again.returncode, json.loads(again.stdout)["rows"]) == (0, 112)
    assert "from before" in again.stderr
    assert {file.name: file.stat().st_mtime_ns for file in out.iterdir()} == before
    refused = pytest.raises(UserError, match="is there already, and is not this cut")
    with refused:
        shard_file(str(mine), str(out), Cut(rows=31))
    for path, content in ((out / "part-00001.jsonl", b"{}\n"), (mine, b"".join(LINES[:-1]))):
        kept = path.read_bytes()
        path.write_bytes(content)
        with refused:
            shard_file(str(mine), str(out), Cut(rows=30))
        path.write_bytes(kept)
    assert shard_file(str(mine), str(out), Cut(rows=30)).there_before


def test_an_empty_folder_gives_way_and_another_file_does_not(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    shard_file(RESPONSES, str(tmp_path / "out"), Cut(rows=60))
    assert len(contents(tmp_path / "out")) == 2
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match="is there already"):
        shard_file(RESPONSES, str(tmp_path / "file"), Cut(rows=60))
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("cut", "told"),
    [
        (Cut(), "one of --rows N, --bytes N and --shards N"),
        (Cut(rows=2, shards=2), "one of --rows N, --bytes N and --shards N"),
        (Cut(rows=2, by="key"), "name it by --shards N, not --rows"),
        (Cut(shards=MOST + 1), f"at most {MOST}"),
    ],
    ids=str,
)
def test_what_cannot_be_cut_is_said(cut: Cut, told: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=told):
        shard_file(RESPONSES, str(tmp_path / "out"), cut)
    with pytest.raises(UserError, match="cannot be counted"):
        shard_file("-", str(tmp_path / "out"), Cut(shards=2))
    assert list(tmp_path.iterdir()) == []


def test_a_killed_run_leaves_no_folder_and_the_next_is_whole(tmp_path: Path) -> None:
    """Killed while rows come in through a pipe; then again, over what was left."""
    command = [sys.executable, "-c", "from hirkit.cli import main; main()", "shard", "-", "-o", str(tmp_path / "out")]
    command += ["--rows", "10"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT) as first:
        assert first.stdin is not None
        first.stdin.write(b"".join(LINES))
        first.stdin.flush()
        while not (tmp_path / "out.partial").exists():
            time.sleep(0.01)
        other = subprocess.run(command, input=b"".join(LINES), capture_output=True, cwd=ROOT)
        assert other.returncode == 2
        assert b"another run is writing the same folder" in other.stderr
        first.send_signal(signal.SIGKILL)
    assert first.returncode == -signal.SIGKILL
    (tmp_path / "out.partial" / "part-00077.jsonl").write_text("half")
    assert not (tmp_path / "out").exists()
    assert subprocess.run(command, input=b"".join(LINES), cwd=ROOT, stderr=subprocess.PIPE).returncode == 0
    assert b"".join(contents(tmp_path / "out")) == b"".join(LINES)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_memory_and_open_files_have_a_bound(tmp_path: Path) -> None:
    """300 shards with 60 files allowed; 150 MB of rows in the memory of 15, and a buffer."""

    def peak(times: int) -> int:
        path = tmp_path / f"{times}.jsonl"
        with path.open("w") as stream:
            for key in range(1500 * times):
                stream.write(json.dumps({"key": key, "response": f"{key} " * 1500}) + "\n")
        code = (
            "import resource\n"
            "resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60))\n"
            "from hirkit.cli import app\n"
            f"app(['shard', {str(path)!r}, '-o', {str(path) + '.out'!r}, '--shards', '300', '--by', 'key'],"
            " standalone_mode=False)\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 0, done.stderr
        return int(done.stdout.split()[-1])

    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 60
    small, large = peak(1), peak(10)
    assert large - small < 2 * (1 << 25) / 1024  # the buffer, which the small file does not fill; in kB
    assert (tmp_path / "10.jsonl").stat().st_size > 100 << 20
