"""What millions of rows cost: CPU seconds a million, and how much sooner two workers are done.

    python -m pip install -e '.[bench]'
    python -m benchmarks.scale [--rows 12000]
    python -m benchmarks.scale --prompts P.jsonl --responses R.jsonl [--prompts Q.jsonl --responses S.jsonl …]

Each figure is that of the command line in a process of its own: CPU seconds of it and of what it started, for some rows
and for four times as many; the difference is the cost of the rows, what is left is ``start``. So start-up, prompts and
tables do not count, and what grows with the file does. ``floor`` reads the rows and writes them again, judging nothing.
Speed-up is wall time, workers 1 over workers 2, start-up included, the median of ``--runs``: it says something only on
a machine that does nothing else. CPU hours for N rows are seconds a million * N / 10^6 / 3600.

Without files the rows are ours: drawn sets of 2 to 5 constraints, six responses of ``--words`` words each to a task,
``composed`` (task and constraints apart) and in ``prose`` (one text, from which the span rewriter takes words). Given
files are joined by the prompt and read as far as they go: repeated they would cost less, for words and texts once seen
are remembered. So would ours, which have few different words: believe your own files. Memory is measured by
``relabel_memory``. Not measured: disks and networks that are slower than these files, compression, score models,
endpoints, and rows that are longer or ask for more.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Any

from hirkit.draw import Wanted, draw, row
from hirkit.layouts import compose

SAMPLES = 6
SCALES = (10**6, 10**8, 10**10)
TASKS = ("a lighthouse", "the first snow", "an old bakery", "a train at night", "two brothers", "a market in spring")
TEXT = (
    "the harbour was quiet and a boat came in with bread for all who had waited since early morning while children ran"
    " along under grey light someone told how winter had been long but roads were open again so letters came they read"
    " them slowly at tables near windows every door stood wide because summer would follow soon"
)


def prose(chance: Random, words: int) -> str:
    """Sentences and paragraphs of about so many words."""
    text, left, words_of_ours = "", words, TEXT.split()
    while left > 0:
        length = min(left, chance.randint(6, 18))
        text += " ".join(chance.choices(words_of_ours, k=length)).capitalize() + chance.choice(
            [". ", ". ", ".\n\n", ", so. "]
        )
        left -= length
    return text.strip()


def synthetic(words: int, composed: bool) -> Iterator[dict[str, Any]]:
    """Rows of our own, sample by sample, without end."""
    wanted = Wanted(2, 5)
    checkers = wanted.checkers(with_task=True)
    for key in count():
        chance = Random(f"scale:{key}")
        task = f"Write about {chance.choice(TASKS)}, number {key}."
        asked = draw(chance, wanted, checkers, task)
        texts = [constraint.text or "" for constraint in asked]
        apart = {"task": task, "layout": "t1"} if composed else {}
        for _ in range(SAMPLES):
            said = prose(chance, chance.randint(words // 2, words * 3 // 2))
            found = {"key": key, **apart, **row(asked), "prompt": compose(task, texts, "t1"), "response": said}
            yield found | {"entropy": chance.random()}


def given(prompts: list[str], responses: list[str]) -> Iterator[dict[str, Any]]:
    """The rows of files, joined by the exact prompt; responses to one prompt are samples of it."""
    rows = [json.loads(line) for path in prompts for line in Path(path).read_text("utf-8").splitlines()]
    asked = {found["prompt"]: found for found in rows}
    for path in responses:
        for line in Path(path).read_text("utf-8").splitlines():
            answer = json.loads(line)
            yield asked[answer["prompt"]] | {"response": answer["response"]}


def spent(command: list[str]) -> dict[str, float]:
    """CPU seconds of a command and all it started, wall seconds."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode not in (0, 3):  # 3: some verdicts are in error, as constraints drawn for no data are
        raise SystemExit(f"{' '.join(command)}: {told.decode()}")
    seconds = time.perf_counter() - begun
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": seconds}


FLOOR = """
import sys
from hirkit.jsonl import Source, atomic, decode, encode
with atomic(sys.argv[2]) as stream:
    for line in Source(sys.argv[1]):
        stream.write(encode(decode(line)))
"""
HIRKIT = [sys.executable, "-c", "from hirkit.cli import main; main()"]


def command_of(what: str, path: Path, out: Path, workers: int = 1) -> list[str]:
    """The command of a measurement."""
    if what == "floor":
        return [sys.executable, "-c", FLOOR, str(path), str(out)]
    if what == "verify":
        return [*HIRKIT, "verify", str(path), "-o", str(out), "--workers", str(workers)]
    strategy = what.removeprefix("relabel ")
    return [*HIRKIT, "relabel", str(path), "-o", str(out), "--strategy", strategy, "--workers", str(workers)]


def written(path: Path, rows: list[str]) -> Path:
    """Rows in a file."""
    path.write_text("".join(rows), encoding="utf-8")
    return path


def cost(what: str, files: tuple[Path, Path], rows: int, folder: Path, runs: int) -> dict[str, Any]:
    """The cost of the rows that the larger file has more: the median of some runs."""
    pairs = [[spent(command_of(what, path, folder / "out")) for path in files] for _ in range(runs)]
    seconds = statistics.median((large["cpu"] - small["cpu"]) / (rows - rows // 4) for small, large in pairs)
    return {
        "cpu_seconds_per_million": round(seconds * 1e6, 1),
        "start_cpu_seconds": round(statistics.median(large["cpu"] for _, large in pairs) - seconds * rows, 2),
        "cpu_hours": {f"{scale:.0e}".replace("+", ""): round(seconds * scale / 3600, 2) for scale in SCALES},
    }


def speedup(what: str, path: Path, folder: Path, runs: int) -> dict[str, Any]:
    """Wall seconds with one worker and with two."""
    walls = [[spent(command_of(what, path, folder / "out", n))["wall"] for n in (1, 2)] for _ in range(runs)]
    one, two = (statistics.median(wall[i] for wall in walls) for i in (0, 1))
    ratio = statistics.median(wall[0] / wall[1] for wall in walls)
    return {"workers_1": round(one, 2), "workers_2": round(two, 2), "speed_up": round(ratio, 2)}


def about(path: Path) -> dict[str, Any]:
    """What the rows are like: the cost is theirs."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    asked = [len(found.get("constraints") or found.get("instruction_id_list") or ()) for found in rows]
    return {
        "rows": len(rows),
        "bytes_per_row": round(path.stat().st_size / len(rows)),
        "characters_per_response": round(statistics.mean(len(found["response"]) for found in rows)),
        "constraints_per_row": round(statistics.mean(asked), 2),
    }


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All figures."""
    if arguments.responses:
        kinds = {"given": lambda: given(arguments.prompts, arguments.responses)}
    else:
        kinds = {
            "composed": lambda: synthetic(arguments.words, composed=True),
            "prose": lambda: synthetic(arguments.words, composed=False),
        }
    found: dict[str, Any] = {}
    for kind, rows in kinds.items():
        lines = [json.dumps(found) + "\n" for found in islice(rows(), arguments.rows)]
        small = written(folder / f"{kind}-some", lines[: len(lines) // 4])
        large = written(folder / f"{kind}-all", lines)
        todo = ["relabel drop", "relabel drop,relax"] if kind == "prose" else list(WHAT)
        of_kind = found[kind] = about(large)
        for what in todo:
            of_kind[what] = cost(what, (small, large), len(lines), folder, arguments.runs)
            show(kind, what, of_kind[what])
        if kind != "prose":
            of_kind["speed-up"] = {what: speedup(what, large, folder, arguments.runs) for what in WHAT[1:3]}
            for what, walls in of_kind["speed-up"].items():
                print(f"{kind}: {what}: {walls['speed_up']} times as fast with two workers (wall)")
    return found


WHAT = ("floor", "verify", "relabel drop", "relabel drop,relax")


def show(kind: str, what: str, figures: Mapping[str, Any]) -> None:
    """A line of the table."""
    hours = "  ".join(f"{scale}: {n:>10,.2f} h" for scale, n in figures["cpu_hours"].items())
    seconds = figures["cpu_seconds_per_million"]
    print(f"{kind:9} {what:19} {seconds:>8,.0f} CPU s/million rows  {hours}", flush=True)


def main() -> None:
    """Measure, print, and write results/scale.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=12_000)
    parser.add_argument("--words", type=int, default=250, help="words of a response of ours, about")
    parser.add_argument("--prompts", action="append", help="IFEval's or hirkit's rows")
    parser.add_argument("--responses", action="append", help="rows with prompt and response")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-record", action="store_true", help="print only")
    arguments = parser.parse_args()
    if bool(arguments.prompts) != bool(arguments.responses):
        parser.error("--prompts and --responses go together")
    with tempfile.TemporaryDirectory() as folder:
        figures = {"runs": arguments.runs, **measure(arguments, Path(folder))}
    print(json.dumps(figures, indent=2))
    if not arguments.no_record:
        from benchmarks.record import write

        print(write("scale", figures))


if __name__ == "__main__":
    main()
