"""Shards: the same bytes whoever does them, none done twice, none lost."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import ClassVar

import pytest

from hirkit import entropy, runs
from hirkit.on_ray import RayTasks
from hirkit.read import read_prompts
from hirkit.records import UserError
from hirkit.relabel import Plan
from hirkit.runs import Inputs
from hirkit.shards import ShardPlan, Share, process_shard, process_shards, shards_of
from hirkit.workers import Died, Workers
from tests.conftest import Hirkit
from tests.test_limits import deadly
from tests.test_pipeline import rows, written

__all__ = ["deadly"]  # a fixture
SHARDS, GROUPS = 24, 5
COMMANDS = {
    "verify": ["verify", "given", "-o", "out/"],
    "relabel": [
        "relabel", "given", "-o", "out/", "--strategy", "drop,relax", "--export", "trl-unpaired", "--export", "parquet",
        "--rejected", "dropped",
    ],
}  # fmt: skip
HIRKIT = [sys.executable, "-c", "from hirkit.cli import main; main()"]


def left(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def shards(folder: Path, number: int = SHARDS, **more: int) -> Path:
    """Files of five instructions each, three responses to each; a bad row in the second."""
    given = folder / "given"
    given.mkdir(parents=True)
    for i in range(number):
        written(given / f"part-{i:02}.jsonl", rows(GROUPS, seed=i, **more))
    if number > 1:
        with (given / "part-01.jsonl").open("a") as stream:
            stream.write("{\n")
    return given


def run(folder: Path, command: list[str], *more: str) -> dict[str, bytes]:
    """In a folder that has the shards, so that every run has the same paths."""
    done = subprocess.run([*HIRKIT, *command, *more], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr  # the bad row
    return left(folder / "out")


@pytest.fixture(scope="module", params=COMMANDS)
def serial(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict]:
    folder = tmp_path_factory.mktemp("serial")
    shards(folder)
    return COMMANDS[request.param], run(folder, COMMANDS[request.param])


def test_each_shard_has_its_output_its_manifest_and_its_bad_rows(serial: tuple[list[str], dict]) -> None:
    command, found = serial
    top = {name for name in found if "/" not in name}
    assert {name for name in top if name.startswith("part")} == {f"part-{i:02}.jsonl" for i in range(SHARDS)}
    assert {name for name in found if name.startswith("rejected/")} == {"rejected/part-01.jsonl"}
    whole = json.loads(found["manifests/_whole.json"])
    assert whole.get("meta", whole)["inputs"]["responses"]["shards"] == SHARDS
    if command[0] == "verify":
        assert whole["responses"] == SHARDS * GROUPS * 3
        assert sum(len(found[name].splitlines()) for name in top) == whole["responses"]
        assert whole["bad_rows"] == 1
    else:
        assert sum(whole["counts"].values()) == SHARDS * GROUPS * 3
        records = sum(len(found[name].splitlines()) for name in top if name.startswith("part"))
        assert [made["rows"] for made in whole["outputs"] if made["export"] == "records"] == [records]
        assert b"## What became of each response" in found["README.md"]
        assert {"trl-unpaired/part-07.trl-unpaired.jsonl", "parquet/part-07.parquet", "dropped/part-07.jsonl"} < {
            *found
        }


def test_processes_change_nothing(serial: tuple[list[str], dict], tmp_path: Path) -> None:
    shards(tmp_path)
    assert run(tmp_path, serial[0], "--workers", "2") == serial[1]


def test_shares_of_a_cluster_change_nothing(serial: tuple[list[str], dict], tmp_path: Path) -> None:
    """Three machines, the last one first; then the command without a share puts it together, and does nothing again."""
    shards(tmp_path)
    for share in ("2/3", "0/3", "1/3"):
        subprocess.run([*HIRKIT, *serial[0], "--shard", share], cwd=tmp_path, capture_output=True)
    assert not (tmp_path / "out" / "manifests" / "_whole.json").exists()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("part-*")}
    assert len(before) == SHARDS
    assert run(tmp_path, serial[0]) == serial[1]
    assert {path: path.stat().st_mtime_ns for path in before} == before


def tasks_of(ray: str) -> list[int]:
    """The processes that are busy with one of our tasks, of the cluster whose files lie in a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            busy = path.read_bytes().startswith(b"ray::_do")
            if busy and ray.encode() in (path.parent / "environ").read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def test_ray_changes_nothing_also_when_a_worker_is_killed(serial: tuple[list[str], dict], tmp_path: Path) -> None:
    """A local cluster with two workers, of which one is killed in the middle of a task."""
    pytest.importorskip("ray", reason="--engine ray needs Ray")
    shards(tmp_path)
    mark = f"HIRKIT_TEST={tmp_path}"
    environment = {**os.environ, "HIRKIT_TEST": str(tmp_path), "RAY_ADDRESS": "local"}
    command = [*HIRKIT, *serial[0], "--engine", "ray", "--workers", "2"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    while not (killed := tasks_of(mark)) and process.poll() is None:
        time.sleep(0.002)
    os.kill(killed[0], signal.SIGKILL)
    _, stderr = process.communicate()
    assert process.returncode == 3, stderr  # the bad row
    assert left(tmp_path / "out") == serial[1]


@pytest.mark.parametrize(("address", "told"), [("garbage", "garbage"), ("a b:c", "Unable to parse port number")])
def test_what_is_no_address_of_a_cluster_is_said(
    address: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray", reason="--engine ray needs Ray")
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(UserError, match=f"no Ray cluster answers at RAY_ADDRESS={address}: .*{told}"):
        RayTasks(1)


def test_ray_leaves_sigterm_to_us(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="--engine ray needs Ray")
    given = shards(tmp_path)
    for path in given.iterdir():
        path.write_bytes(path.read_bytes() * 20)
    command = [*HIRKIT, *COMMANDS["verify"], "--engine", "ray", "--workers", "1"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, "RAY_ADDRESS": "local"}, stderr=subprocess.PIPE, text=True
    )
    while not list((tmp_path / "out").glob("manifests/*.json")) and process.poll() is None:
        time.sleep(0.01)
    process.terminate()
    _, stderr = process.communicate()
    assert (process.returncode, "what is done is kept; give the same command again" in stderr) == (143, True), stderr


def test_a_killed_run_goes_on(serial: tuple[list[str], dict], tmp_path: Path) -> None:
    shards(tmp_path)
    process = subprocess.Popen(
        [*HIRKIT, *serial[0]], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not list((tmp_path / "out" / "manifests").glob("part-0[3-9].json")) and process.poll() is None:
        time.sleep(0.002)
    process.kill()
    process.wait()
    assert not (tmp_path / "out" / "manifests" / "_whole.json").exists()
    assert run(tmp_path, serial[0]) == serial[1]


def test_a_shard_is_done_again_when_what_it_stands_on_has_changed(tmp_path: Path) -> None:
    given = shards(tmp_path, 1) / "part-00.jsonl"
    out = tmp_path / "out"
    out.mkdir()
    output = out / "part-00.jsonl"
    times = []

    def process(**more: str) -> int:
        process_shard(str(given), str(output), ShardPlan(Inputs("", **more)))
        times.append(output.stat().st_mtime_ns)
        return len(set(times))

    assert process() == 1
    assert process() == 1
    assert process(rules="fixed") == 2
    assert process(rules="fixed") == 2
    output.write_bytes(output.read_bytes()[:-1])
    assert process(rules="fixed") == 3
    written(given, rows(GROUPS, seed=9))
    assert process(rules="fixed") == 4
    for number, found in enumerate(("{", "[]", "null", '{"outputs": []}', '{"outputs": 3}'), start=5):
        (out / "manifests" / "part-00.json").write_text(found)
        assert process(rules="fixed") == number


def joined(folder: Path) -> tuple[Path, Path]:
    """Shards of one response each, and the prompts of all of them, of which one is bad."""
    constraints = [{"id": "punctuation:no_comma"}]
    rows = [{"key": i, "prompt": f"Write {i}. Use no commas.", "constraints": constraints} for i in range(4)]
    prompts = written(folder / "prompts.jsonl", rows)
    with prompts.open("a") as stream:
        stream.write("{\n")
    (folder / "given").mkdir()
    for i in range(4):
        written(folder / "given" / f"{i}.jsonl", [{"key": i, "response": f"text {i}"}])
    return folder / "given", prompts


@pytest.mark.parametrize("command", ["verify", "relabel"])
def test_a_bad_row_of_the_prompts_counts_once(command: str, tmp_path: Path, hirkit: Hirkit) -> None:
    given, prompts = joined(tmp_path)
    done = hirkit(command, given, "--prompts", prompts, "-o", f"{tmp_path}/out/", "--json")
    assert (done.returncode, json.loads(done.stdout)["bad_rows"]) == (3, 1)
    assert done.stderr.count("prompts.jsonl:5") == 1
    assert json.loads((tmp_path / "out" / "rejected" / "3.jsonl").read_text())["where"] == f"{prompts}:5"


@pytest.mark.parametrize("plan", [None, Plan()])
def test_prompts_are_read_once_for_all_shards(
    plan: Plan | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, prompts = joined(tmp_path)
    read = []
    monkeypatch.setattr(runs, "read_prompts", lambda *given: read.append(0) or read_prompts(*given))
    work = ShardPlan(Inputs("", str(prompts), rules="fixed"), plan)
    made = process_shards(str(given), str(tmp_path / "out"), work, Workers(0))
    assert (len(made), len(read)) == (4, 1)


class Even:
    """A score model that finds all the same."""

    identity: ClassVar = {"model": "even"}

    def mean_entropies(self, pairs: list) -> list[float]:
        return [1.0 for _ in pairs]


def test_a_score_model_is_loaded_once_for_all_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []
    monkeypatch.setattr(entropy, "load", lambda name: loaded.append(name) or Even())
    plan = ShardPlan(Inputs("", rules="fixed"), Plan(), score_model="even")
    made = process_shards(str(shards(tmp_path, 3)), str(tmp_path / "out"), plan, Workers(0))
    assert [one["score_model"] for one in made] == [Even.identity] * 3
    assert loaded == ["even"]


def test_what_a_folder_leaves_beside_it_has_one_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hirkit: Hirkit
) -> None:
    """Whether it is called by its name or with a slash."""
    shards(tmp_path, 1)
    monkeypatch.chdir(tmp_path)
    endpoint = ("--llm-url", "http://localhost:1/v1", "--llm-model", "m", "--rewriter", "auto")
    for out in ("out/", "out", "./out//"):
        done = hirkit("relabel", "given", "-o", out, "--audit", "1", *endpoint)
        assert done.returncode == 0, done.stderr
        assert "out/audit.html" in done.stderr + done.stdout
    assert {path.name for path in tmp_path.iterdir()} <= {"given", "out", "out.llm"}
    assert not list((tmp_path / "out").glob(".*"))


def test_prompts_that_change_while_shards_are_done(tmp_path: Path) -> None:
    """The second shard is done with other prompts than the first; then the same command does the first again."""
    given, prompts = joined(tmp_path)

    class Changing(Workers):
        def submit(self, job, *given):  # type: ignore[no-untyped-def]
            if given[0][0].endswith("1.jsonl"):
                prompts.write_bytes(prompts.read_bytes().replace(b"Write", b"Tell"))
            return super().submit(job, *given)

    work = ShardPlan(Inputs("", str(prompts)))
    with pytest.raises(UserError, match=r"prompts\.jsonl: changed during the run; give the same command again"):
        process_shards(str(given), str(tmp_path / "out"), work, Changing(0))
    before = {path: path.stat().st_ino for path in (tmp_path / "out").glob("*.jsonl")}
    process_shards(str(given), str(tmp_path / "out"), work, Workers(0))
    assert {path.name for path, number in before.items() if path.stat().st_ino != number} == {"0.jsonl"}


def test_relabelling_a_shard_is_relabelling_a_file(tmp_path: Path, hirkit: Hirkit) -> None:
    given = shards(tmp_path, 1) / "part-00.jsonl"
    (tmp_path / "out").mkdir()
    plan = ShardPlan(Inputs("", rules="fixed"), Plan(), ("trl-sft",))
    made = process_shard(str(given), str(tmp_path / "out" / "a.jsonl"), plan)
    assert hirkit("relabel", given, "-o", tmp_path / "b.jsonl", "--export", "trl-sft").returncode == 0
    assert (tmp_path / "out" / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert (tmp_path / "out/trl-sft/a.trl-sft.jsonl").read_bytes() == (tmp_path / "b.trl-sft.jsonl").read_bytes()
    assert made["outputs"][0]["rows"] == len((tmp_path / "b.jsonl").read_bytes().splitlines())


def test_a_response_that_kills_its_process_costs_itself_only(deadly: Path, hirkit: Hirkit) -> None:
    """Of two shards one holds it: its shard is done once more with each row alone, and it is put aside; what relabel
    cannot judge is an error verdict.
    """
    given = deadly / "given"
    given.mkdir()
    lines = (deadly / "rows.jsonl").read_text().splitlines(keepends=True)
    (given / "a.jsonl").write_text("".join(lines[:65]))
    (given / "b.jsonl").write_text("".join(lines[65:80]))
    done = hirkit("verify", given, "-o", f"{deadly}/out/", "--workers", "2", "--json")
    assert done.returncode == 3, done.stderr
    assert (json.loads(done.stdout)["responses"], json.loads(done.stdout)["bad_rows"]) == (79, 1)
    (bad,) = (deadly / "out" / "rejected" / "b.jsonl").read_text().splitlines()
    assert json.loads(bad)["where"].endswith("b.jsonl:6")
    done = hirkit("relabel", given, "-o", f"{deadly}/replays/", "--workers", "2", "--json")
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout)["counts"]["error verdict"] == 1


class Elsewhere(Workers):
    """A machine where another version is installed."""

    def submit(self, job, *given):  # type: ignore[no-untyped-def]
        made = super().submit(job, *given)()
        return lambda: {**made, "job": {**made["job"], "hirkit": "0.0.0"}}


def test_a_machine_where_another_hirkit_is_installed_is_told(tmp_path: Path) -> None:
    given = shards(tmp_path, 2)
    with pytest.raises(UserError, match=r"part-00\.jsonl: done where hirkit, .*, is another than here"):
        process_shards(str(given), str(tmp_path / "out"), ShardPlan(Inputs("")), Elsewhere(0))


class Deadly(Workers):
    """Whoever does a shard dies of it."""

    def submit(self, job, *given):  # type: ignore[no-untyped-def]
        def wait() -> None:
            raise Died("a process died over it, twice")

        return wait


def test_a_shard_that_cannot_be_done_is_named(tmp_path: Path) -> None:
    given = shards(tmp_path, 2)
    with pytest.raises(UserError, match=r"part-00.jsonl: a process died over it, twice; is there enough memory"):
        process_shards(str(given), str(tmp_path / "out"), ShardPlan(Inputs("")), Deadly(0))


def test_files_of_the_same_name_keep_the_folders_in_which_they_differ(tmp_path: Path) -> None:
    for name in ("runs/a/x.jsonl", "runs/b/x.jsonl.gz", "runs/b/y.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = shards_of(str(tmp_path / "runs" / "*" / "*"), "out")
    assert [output for _, output in found] == ["out/a__x.jsonl", "out/b__x.jsonl", "out/b__y.jsonl"]
    assert shards_of(str(tmp_path / "runs/b/y.json"), "out") == [(str(tmp_path / "runs/b/y.json"), "out/y.jsonl")]
    (tmp_path / "runs/b/x.parquet").touch()
    with pytest.raises(UserError, match=r"two files would both be written to x\.jsonl"):
        shards_of(str(tmp_path / "runs/b"), "out")
    (tmp_path / "_whole.jsonl").touch()
    with pytest.raises(UserError, match="_whole is what all files together are called"):
        shards_of(str(tmp_path / "_whole.jsonl"), "out")


def test_outputs_are_no_inputs_of_the_next_run(tmp_path: Path) -> None:
    given = shards(tmp_path, 2)
    (given / "out").mkdir()
    plan, out = ShardPlan(Inputs("")), str(given / "out")
    (given / "a").mkdir()
    (given / "part-00.jsonl").rename(given / "a" / "part-00.jsonl")
    process_shards(f"{given}/*/*", out, plan, Workers(0))
    with pytest.raises(UserError, match=r"out/part-00\.jsonl: .* means what is in the output folder too"):
        process_shards(f"{given}/*/*", out, plan, Workers(0))


@pytest.mark.parametrize("command", ["verify", "relabel"])
def test_a_share_without_rows_is_no_error(command: str, tmp_path: Path, hirkit: Hirkit) -> None:
    """Of two shards one is empty, and a third machine has none; all shares together have rows, or it is one."""
    given = shards(tmp_path, 2)
    (given / "part-01.jsonl").write_text("")
    shares = [hirkit(command, given, "-o", f"{tmp_path}/out/", "--shard", f"{i}/3") for i in range(3)]
    assert [done.returncode for done in shares] == [0, 0, 0]
    (given / "part-00.jsonl").write_text("")
    assert hirkit(command, given, "-o", f"{tmp_path}/out/").returncode == 3


@pytest.mark.parametrize("text", ["3", "3/3", "-1/3", "a/b", "1/0", "/"])
def test_no_share(text: str) -> None:
    with pytest.raises(UserError, match=re.escape("the first of 8 is 0/8")):
        Share.read(text)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("-o", "out.jsonl", "--shard", "0/2"), "name a folder as output"),
        (("-o", "out.jsonl", "--engine", "ray"), "name a folder as output"),
        (("-o", "out/", "--limit", "3"), "--limit counts the rows of one output"),
        (("-o", "out/", "--prompts", "-"), "name files, not standard input"),
        (("-o", "none/out/"), "make it first"),
        (("-o", "given/"), "would overwrite"),
        (("-o", ""), "name a file"),
    ],
)
def test_what_shards_cannot_do_is_said(
    more: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hirkit: Hirkit
) -> None:
    shards(tmp_path, 2)
    monkeypatch.chdir(tmp_path)
    done = hirkit("verify", "given", *more, stdin="")
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["given"]


def test_relabels_own_options_for_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hirkit: Hirkit) -> None:
    shards(tmp_path, 2)
    monkeypatch.chdir(tmp_path)
    for more, said in (
        (("--export", "hf"), "is a dataset by itself"),
        (("--rejected", "a/b"), "a folder of its own"),
        (("--rejected", "manifests"), "a folder of its own"),
        (("--rejected", ".."), "a folder of its own"),
        (("--rejected", ""), "a folder of its own"),
        (("--rejected", "part-00.jsonl"), "a folder of its own"),
        (("--scope", "batch", "--budget", "3"), "--budget counts the records of one output"),
    ):
        done = hirkit("relabel", "given", "-o", "out/", *more)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
