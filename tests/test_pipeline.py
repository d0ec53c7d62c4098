"""Relabelling over files: in little memory, killed and gone on with, the same bytes whatever the machine does."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from constraints import Constraint
from hirkit.job import Job
from hirkit.jsonl import Source
from hirkit.judging import judge_lot
from hirkit.lots import GROUPS
from hirkit.outputs import Outputs
from hirkit.pipeline import relabel_files, sort_stage
from hirkit.progress import SILENT
from hirkit.read import read_items
from hirkit.records import Instruction, Rejected, UserError
from hirkit.relabel import Plan, record_row, relabel
from hirkit.runs import Inputs, rows_of
from hirkit.verify import score, verify
from hirkit.work import locked
from tests.conftest import Hirkit

WORDS = ["river", "stone", "light", "garden", "window", "early", "under", "quiet", "road", "winter", "letter", "story"]
ALL, SAMPLES = GROUPS + 40, 3
ASKED = [
    {"id": "punctuation:no_comma", "args": {}, "text": "Use no commas."},
    {
        "id": "length_constraints:number_words",
        "args": {"relation": "at least", "num_words": 30},
        "text": "Use at least 30 words in your answer.",
    },
    {"id": "keywords:existence", "args": {"keywords": ["river", "castle"]}, "text": "Mention river and castle."},
    {"id": "startend:quotation", "args": {}, "text": "Wrap your answer in double quotes."},
]


def rows(groups: int, samples: int = 3, words: int = 40, seed: int = 0) -> Iterator[dict]:
    """Responses to so many instructions, sample by sample, so that no group stands together."""
    for sample in range(samples):
        for key in range(groups):
            draw = random.Random(f"{seed}:{key}:{sample}")
            chosen = random.Random(f"{seed}:{key}").sample(ASKED, 3)
            text = " ".join(draw.choices(WORDS, k=draw.choice([words // 2, words]))) + draw.choice([".", ", so."])
            if draw.random() < 0.3:
                text = f'"{text}"'
            yield {
                "key": key,
                "task": f"Write about thing {key}.",
                "layout": "t1",
                "constraints": chosen,
                "response": text,
                "entropy": draw.random(),
            }


def written(path: Path, found: Iterator[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in found), encoding="utf-8")
    return path


def outputs(folder: Path) -> dict[str, bytes]:
    """Every file that a run leaves, but for the command that the manifest quotes."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}


def command(responses: Path, *more: str) -> list[str]:
    """In the folder that it is run in, so that every run has the same command."""
    options = ["-o", "out.jsonl", "--rejected", "dropped.jsonl", "--export", "trl-unpaired", *more]
    return [sys.executable, "-c", "from hirkit.cli import main; main()", "relabel", str(responses), *options]


def run(folder: Path, responses: Path, *more: str, **env: str) -> dict[str, bytes]:
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        command(responses, *more), cwd=folder, capture_output=True, text=True, env={**os.environ, **env}
    )
    assert done.returncode in (0, 3), done.stderr
    return outputs(folder)


@pytest.fixture(scope="module")
def responses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two lots of rows, two of them bad."""
    path = written(tmp_path_factory.mktemp("data") / "responses.jsonl", rows(ALL, SAMPLES))
    with path.open("a", encoding="utf-8") as stream:
        stream.write('{"key": 1, "response": \n{"key": 2}\n')
    return path


@pytest.fixture(scope="module")
def straight(responses: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return run(tmp_path_factory.mktemp("runs") / "straight", responses, "--strategy", "drop,relax")


def test_every_row_is_accounted_for(straight: dict[str, bytes]) -> None:
    assert set(straight) == {
        "out.jsonl", "out.jsonl.rejected.jsonl", "out.jsonl.manifest.json", "out.jsonl.README.md",
        "dropped.jsonl", "out.trl-unpaired.jsonl",
    }  # fmt: skip
    made = json.loads(straight["out.jsonl.manifest.json"])
    assert sum(made["counts"].values()) == SAMPLES * ALL
    records = [json.loads(line) for line in straight["out.jsonl"].splitlines()]
    assert len({(row["key"], row["sample"]) for row in records}) == made["counts"]["written"]
    assert {row["strategy"] for row in records} == {"drop", "relax"}
    assert len(straight["out.jsonl.rejected.jsonl"].splitlines()) == 2
    keys = [row["key"] for row in records]
    assert keys == sorted(keys)  # in the order of their instructions, wherever their responses stand
    dropped = [json.loads(line) for line in straight["dropped.jsonl"].splitlines()]
    assert len(dropped) == sum(made["counts"].values()) - made["counts"]["written"] - made["counts"]["already followed"]


def test_every_record_verifies(straight: dict[str, bytes]) -> None:
    for line in straight["out.jsonl"].splitlines():
        row = json.loads(line)
        asked = tuple(Constraint(c["id"], c["args"]) for c in row["hindsight"]["constraints"])
        again = verify(Instruction(row["key"], row["prompt"], asked), row["response"], row["rules"])
        assert all(judgement.strict for judgement in again)
        relaxed = [c for c in row["hindsight"]["constraints"] if "asked" in c]
        assert bool(relaxed) == (row["strategy"] == "relax")
        for constraint in row["hindsight"]["constraints"]:
            assert constraint["text"] in row["prompt"]


def test_killed_at_twenty_random_moments_it_goes_on_with_the_same_bytes(
    responses: Path, straight: dict[str, bytes], tmp_path: Path
) -> None:
    """kill -9, somewhere between the start and the end of a run; then the same command again."""
    started = time.monotonic()
    run(tmp_path / "timed", responses, "--strategy", "drop,relax")
    seconds = time.monotonic() - started

    def killed_and_resumed(i: int) -> tuple[bool, dict[str, bytes]]:
        folder = tmp_path / f"killed-{i}"
        folder.mkdir()
        process = subprocess.Popen(
            command(responses, "--strategy", "drop,relax"),
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(random.Random(i).uniform(0.1, 1.0) * seconds)
        process.send_signal(signal.SIGKILL)
        return process.wait() == -signal.SIGKILL, run(folder, responses, "--strategy", "drop,relax")

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(killed_and_resumed, range(20)))
    assert sum(was_killed for was_killed, _ in found) >= 10  # the others had ended before
    for _, left in found:
        assert left == straight


@pytest.mark.parametrize("more", [("--workers", "2"), ("--workers", "3")])
def test_workers_and_hash_seeds_change_nothing(
    more: tuple[str, ...], responses: Path, straight: dict[str, bytes], tmp_path: Path
) -> None:
    left = run(
        tmp_path / "out", responses, "--strategy", "drop,relax", *more, PYTHONHASHSEED="7", LC_ALL="C", TZ="Asia/Tokyo"
    )
    assert {name for name in left if left[name] != straight[name]} == {"out.jsonl.manifest.json", "out.jsonl.README.md"}
    made, before = (json.loads(files["out.jsonl.manifest.json"]) for files in (left, straight))
    assert {name for name in made if made[name] != before[name]} == {"command"}


def test_what_was_judged_is_not_judged_again(responses: Path, tmp_path: Path) -> None:
    """A lot of an earlier run is taken as it is: here, one in which nothing is a failure to replay any more."""
    inputs, out = Inputs(str(responses), rules="fixed"), tmp_path / "out.jsonl"
    job = Job(inputs, Plan(), tmp_path / "out.jsonl.work")
    job, _ = sort_stage(job, SILENT)
    judge_lot(job, 0)
    judged = job.path("judged", 0).read_bytes()
    job.path("judged", 0).write_bytes(judged.replace(b'"out":null', b'"out":["nothing kept","so it was said"]'))
    done = relabel_files(inputs, Plan(), Outputs(str(out)))
    assert min(json.loads(line)["key"] for line in out.read_text(encoding="utf-8").splitlines()) == GROUPS
    assert done.tally.responses == SAMPLES * ALL
    assert not job.folder.exists()
    again = relabel_files(inputs, Plan(), Outputs(str(out)))
    assert again.counts["written"] > done.counts["written"]


def test_a_changed_input_is_begun_anew(tmp_path: Path, responses: Path) -> None:
    mine = tmp_path / "mine.jsonl"
    mine.write_bytes(responses.read_bytes())
    out = tmp_path / "out.jsonl"
    work = tmp_path / "out.jsonl.work"
    process = subprocess.Popen(
        [sys.executable, "-c", "from hirkit.cli import main; main()", "relabel", str(mine), "-o", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not (work / "sorted.json").exists():
        time.sleep(0.01)
    process.kill()
    process.wait()
    written(mine, rows(3, seed=1))
    done = relabel_files(Inputs(str(mine), rules="fixed"), Plan(), Outputs(str(out)))
    assert done.tally.responses == 9


def asked_for_words(path: Path, number: int) -> None:
    words = {"id": "length_constraints:number_words", "args": {"relation": "at least", "num_words": number}}
    row = {"task": "Name rivers.", "constraints": [{"id": "punctuation:no_comma", "args": {}}, words]}
    written(path, ({"key": key, **row, "task": f"Name {key} rivers."} for key in range(6)))


def test_prompts_that_changed_between_two_runs_of_one_process(tmp_path: Path) -> None:
    """Asked for two words, each response (of three, with a comma) keeps one; asked for five, it keeps none."""
    prompts = tmp_path / "prompts.jsonl"
    responses = written(tmp_path / "r.jsonl", ({"key": key, "response": "Nile, Rhine, Po"} for key in range(6)))
    inputs = Inputs(str(responses), str(prompts), rules="fixed")
    for words, plan, kept in ((2, Plan(), 6), (5, Plan(), 0), (2, Plan(scope="batch", budget=4), 4)):
        asked_for_words(prompts, words)
        assert relabel_files(inputs, plan, Outputs(str(tmp_path / "out.jsonl"))).counts["written"] == kept
    done = relabel_files(inputs, Plan(scope="batch", budget=2), Outputs(str(tmp_path / "out.jsonl")))
    assert done.counts["written"] == 2


def test_prompts_that_change_during_a_run_end_it(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.jsonl"
    asked_for_words(prompts, 2)
    responses = written(tmp_path / "r.jsonl", ({"key": key, "response": "Nile, Rhine, Po"} for key in range(6)))
    job, _ = sort_stage(Job(Inputs(str(responses), str(prompts)), Plan(), tmp_path / "work"), SILENT)
    asked_for_words(prompts, 5)
    with pytest.raises(UserError, match="changed during the run"):
        judge_lot(job, 0)


def test_prompts_come_from_standard_input_too(tmp_path: Path, hirkit: Hirkit) -> None:
    prompts, out = tmp_path / "prompts.jsonl", tmp_path / "out.jsonl"
    asked_for_words(prompts, 2)
    responses = written(tmp_path / "r.jsonl", ({"key": key, "response": "Nile, Rhine, Po"} for key in range(6)))
    done = hirkit("relabel", responses, "--prompts", "-", "-o", out, "--workers", "2", stdin=prompts.read_text())
    assert (done.returncode, len(out.read_text().splitlines())) == (0, 6), done.stderr
    assert json.loads(Path(f"{out}.manifest.json").read_text())["inputs"]["prompts"]["file"] == "stdin"
    both = hirkit("verify", "-", "--prompts", "-", stdin="")
    assert (both.returncode, "standard input is one file" in both.stderr) == (2, True)


def test_two_runs_do_not_write_one_output(tmp_path: Path, responses: Path) -> None:
    with locked(tmp_path / "out.jsonl.lock"), pytest.raises(UserError, match="another run is writing it"):
        relabel_files(Inputs(str(responses), rules="fixed"), Plan(), Outputs(str(tmp_path / "out.jsonl")))


@pytest.mark.parametrize("name", ["replays.jsonl", "replays.parquet"])
def test_verify_reads_what_relabel_writes(name: str, responses: Path, hirkit: Hirkit, tmp_path: Path) -> None:
    """Prompts joined again with the responses: every record is a success, under the rules that it was made by."""
    pytest.importorskip("pyarrow")
    out = tmp_path / name
    assert hirkit("relabel", responses, "-o", out, "--strategy", "drop,relax").returncode == 3  # two bad rows
    done = hirkit("verify", out, "--rules", "fixed", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["prompt_strict"] == 1
    assert json.loads(done.stdout)["responses"] > SAMPLES * ALL / 2


def test_standard_input_and_output(responses: Path, straight: dict[str, bytes], hirkit: Hirkit) -> None:
    text = responses.read_text(encoding="utf-8")
    done = hirkit("relabel", "-", "-o", "-", "--strategy", "drop,relax", stdin=text)
    assert done.returncode == 3  # two bad rows
    mine = [json.loads(line) for line in done.stdout.splitlines()]
    others = [json.loads(line) for line in straight["out.jsonl"].splitlines()]
    assert [row | {"where": ""} for row in mine] == [row | {"where": ""} for row in others]


def test_a_dry_run_counts_and_writes_nothing(
    responses: Path, straight: dict[str, bytes], hirkit: Hirkit, tmp_path: Path
) -> None:
    done = hirkit("relabel", responses, "--dry-run", "--strategy", "drop,relax", "--json")
    assert json.loads(done.stdout)["counts"] == json.loads(straight["out.jsonl.manifest.json"])["counts"]
    assert hirkit("relabel", responses).returncode == 2
    assert hirkit("relabel", responses, "--dry-run", "-o", tmp_path / "x").returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_over_a_batch_files_and_memory_agree(responses: Path, tmp_path: Path) -> None:
    """One way through the files, another in memory: the same records."""
    plan = Plan(scope="batch", budget=50, strategies=("drop", "relax", "discover"))
    inputs, out = Inputs(str(responses), rules="fixed"), tmp_path / "out.jsonl"
    relabel_files(inputs, plan, Outputs(str(out)))
    items = [item for item in read_items(Source(str(responses)), rows_of(inputs, ())) if not isinstance(item, Rejected)]
    done = relabel([score(item, "fixed") for item in items], plan)
    told = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len([row for row in told if row["strategy"] == "drop"]) <= 50
    assert told == json.loads(json.dumps([record_row(record, plan) for record in done.records]))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Twelve times the rows in the same memory, within a fifth."""

    def peak(groups: int) -> int:
        path = written(tmp_path / f"{groups}.jsonl", rows(groups, samples=2, words=300))
        code = (
            "import resource, sys\n"
            "from hirkit.cli import app\n"
            f"app(['relabel', {str(path)!r}, '-o', {str(path) + '.out'!r}], standalone_mode=False)\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return int(done.stderr.split()[-1])

    small, large = peak(GROUPS), peak(12 * GROUPS)
    assert large < 1.2 * small
