"""No response takes a run down: checks end in time, texts have a length, processes may die."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints import Constraint, Verdict
from hirkit.jsonl import Line
from hirkit.limits import Limits, limited
from hirkit.records import Instruction
from hirkit.runs import Inputs
from hirkit.scoring import BYTES, ROWS, chunks, verify_files
from hirkit.verify import verify
from hirkit.workers import Died, Workers
from tests.conftest import Hirkit

NO_COMMA = Constraint("punctuation:no_comma")


def stuck(_: str) -> Verdict:
    time.sleep(30)
    return Verdict("pass")


def stuck_in_a_pattern(_: str) -> Verdict:
    """Exponential: the alarm must end it in the middle of a search."""
    import re

    return Verdict("pass" if re.match(r"(a+)+$", "a" * 40 + "b") else "fail")


@pytest.mark.parametrize("check", [stuck, stuck_in_a_pattern])
def test_a_stuck_check_ends_in_an_error(check: Callable[[str], Verdict]) -> None:
    begun = time.monotonic()
    verdict = limited(check, "text", Limits(seconds=0.2))
    assert (verdict.status, time.monotonic() - begun < 5) == ("error", True)
    assert "took longer" in verdict.because


def test_a_check_in_time_is_not_touched() -> None:
    assert limited(lambda text: Verdict("pass", text), "x", Limits(seconds=5)) == Verdict("pass", "x")


def test_a_text_that_is_too_long_is_an_error_and_no_pass() -> None:
    asked = Instruction(1, "Do.", (NO_COMMA,))
    (judgement,) = verify(asked, "a" * 11, limits=Limits(chars=10))
    assert (judgement.strict.status, judgement.loose.status) == ("error", "error")
    assert "11 characters; --max-chars allows 10" in judgement.strict.because
    assert verify(asked, "a" * 10, limits=Limits(chars=10))[0].strict


def die_of(text: str) -> str:
    if text == "poison":
        os._exit(9)
    return text.upper()


def test_a_process_that_dies_takes_no_other_job_with_it() -> None:
    workers = Workers(2)
    try:
        waits = [workers.submit(die_of, text) for text in ["a", "poison", "b", "c", "poison", "d"]]
        found = []
        for wait in waits:
            try:
                found.append(wait())
            except Died:
                found.append("died")
        assert found == ["A", "died", "B", "C", "died", "D"]
        assert workers.submit(die_of, "e")() == "E"
    finally:
        workers.close()


def test_without_processes_a_job_is_done_at_once() -> None:
    assert Workers(0).submit(die_of, "a")() == "A"


PLUGIN = '''
import os
from constraints import Source, constraint, fails, passes

@constraint("test:deadly", "Do not say poison.", source=Source("test", "test", "https://example.org", "MIT"))
@passes("water")
@fails("wine")
def deadly(response: str) -> bool:
    """Whoever says poison takes the process with it."""
    if "poison" in response:
        os.kill(os.getpid(), 9)
    return "wine" not in response
'''


@pytest.fixture
def deadly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plugin as users install one: a module on the path, and its entry point."""
    folder = tmp_path / "site"
    (folder / "deadly-1.dist-info").mkdir(parents=True)
    (folder / "deadly_plugin.py").write_text(PLUGIN)
    (folder / "deadly-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: deadly\nVersion: 1\n")
    (folder / "deadly-1.dist-info" / "entry_points.txt").write_text("[hirkit.constraints]\ndeadly = deadly_plugin\n")
    rows = [
        {"key": i, "task": "Drink.", "constraints": [{"id": "test:deadly"}, {"id": NO_COMMA.id}], "response": text}
        for i, text in enumerate(["water"] * 70 + ["poison"] + ["wine"] * 70)
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return tmp_path


def test_verify_survives_a_response_that_kills_its_process(deadly: Path, hirkit: Hirkit) -> None:
    """140 rows are judged, the one in the middle is put aside with its line."""
    out = deadly / "out.jsonl"
    done = hirkit("verify", deadly / "rows.jsonl", "--workers", "2", "-o", out)
    assert done.returncode == 3, done.stderr
    keys = [json.loads(line)["key"] for line in out.read_text().splitlines()]
    assert keys == [i for i in range(141) if i != 70]
    (bad,) = [json.loads(line) for line in Path(f"{out}.rejected.jsonl").read_text().splitlines()]
    assert bad["where"].endswith("rows.jsonl:71")
    assert "died over it" in bad["problem"]


def test_relabel_survives_it_too(deadly: Path, hirkit: Hirkit) -> None:
    """A lot in which a process died is judged row by row; the culprit's verdicts are errors, and it is not replayed."""
    rows = [json.loads(line) for line in (deadly / "rows.jsonl").read_text().splitlines()]
    path = deadly / "many.jsonl"
    path.write_text("".join(json.dumps({**row, "key": i}) + "\n" for i, row in enumerate(rows * 3)))
    done = hirkit(
        "relabel", path, "-o", deadly / "out.jsonl", "--workers", "2", "--rejected", deadly / "no.jsonl", "--json"
    )
    assert done.returncode == 3, done.stderr
    counts = json.loads(done.stdout)["counts"]
    assert (counts["error verdict"], counts["written"], counts["already followed"]) == (3, 210, 210)
    errors = [json.loads(line) for line in (deadly / "no.jsonl").read_text().splitlines()]
    assert ["died over it" in row["detail"] for row in errors if row["reason"] == "error verdict"] == [True] * 3


def test_relabel_survives_it_where_there_is_little_to_share_out(deadly: Path, hirkit: Hirkit) -> None:
    """One lot, which one process judges, and not the one that would then be gone."""
    done = hirkit("relabel", deadly / "rows.jsonl", "-o", deadly / "out.jsonl", "--workers", "2", "--json")
    assert done.returncode == 3, done.stderr
    counts = json.loads(done.stdout)["counts"]
    assert (counts["error verdict"], counts["written"], counts["already followed"]) == (1, 70, 70)


def test_a_bad_row_in_a_chunk_is_put_aside_with_its_line(tmp_path: Path) -> None:
    good = {"key": 1, "task": "Go.", "constraints": [{"id": NO_COMMA.id}], "response": "x"}
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{json.dumps(good)}\n{{\n{json.dumps(good)}\n")
    for workers in (1, 2):
        out = tmp_path / f"{workers}.jsonl"
        tally, bad, _ = verify_files(Inputs(str(path), workers=workers), str(out))
        assert (tally.responses, bad.count, [json.loads(line)["sample"] for line in out.read_text().splitlines()]) == (
            2,
            1,
            [0, 1],
        )
        assert bad.shown[0].startswith(f"{path}:2: column")


@given(st.lists(st.integers(0, 3 * BYTES // 2), max_size=200))
def test_chunks_hold_all_rows_in_order(sizes: list[int]) -> None:
    lines = [Line("f", str(i), _Long(size)) for i, size in enumerate(sizes)]
    found = list(chunks(lines))
    assert [line for chunk in found for line in chunk] == lines
    assert all(0 < len(chunk) <= ROWS for chunk in found)
    assert all(sum(len(line.raw) for line in chunk[:-1]) <= BYTES for chunk in found)


class _Long(bytes):
    """As long as it says, and empty."""

    def __new__(cls, size: int) -> "_Long":
        made = super().__new__(cls)
        made.size = size
        return made

    def __len__(self) -> int:
        return self.size


def test_the_command_line_sets_the_limits(tmp_path: Path, hirkit: Hirkit) -> None:
    row = {"key": 1, "task": "Go.", "constraints": [{"id": NO_COMMA.id}], "response": "a" * 30}
    done = hirkit("verify", "-", "-o", "-", "--max-chars", "20", stdin=json.dumps(row))
    assert done.returncode == 3
    assert json.loads(done.stdout)["constraints"][0]["strict"] == "error"


def test_a_million_characters_are_judged_and_no_more(tmp_path: Path, hirkit: Hirkit) -> None:
    """What no model writes would cost gigabytes of analyses; with 0 any length is judged."""
    rows = [
        {"key": n, "task": "Go.", "constraints": [{"id": NO_COMMA.id}], "response": "a" * n}
        for n in (1_000_000, 1_000_001)
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    for more, expected in (((), ["pass", "error"]), (("--max-chars", "0"), ["pass", "pass"])):
        done = hirkit("verify", "-", "-o", "-", *more, stdin=text)
        assert [json.loads(line)["constraints"][0]["strict"] for line in done.stdout.splitlines()] == expected
