"""Memory of ``hirkit verify`` and ``hirkit relabel`` on files of two sizes, the larger of 1 GB: it must not grow.

    python -m pip install -e '.[plots]'
    python -m benchmarks.relabel_memory                                 # 100 MB and 1 GB; some GB of disk for a while
    python -m benchmarks.relabel_memory --bytes 20e6,100e6 --no-record

The rows are our own: instructions of three constraints with their task and layout, each with six responses of about
3,400 characters, of which most keep some constraint and fail another. The file has the first response of every
instruction, then the second of every one: those of one instruction lie as far apart as they can.

Memory is the largest sum, over the processes of a command that live at once, of the most that each ever held (VmHWM
of /proc, so on Linux alone), read every 20 ms: never less than what was in use at once, and exact for one process.
Both commands write their rows, ``relabel`` its card with plots, too. Left out: ``--strategy discover``, score models,
other formats, and what a file system caches.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

SAMPLES, INTERVAL_SECONDS = 6, 0.02
NAMES = ("the", "old", "harbour", "keeper", "counts", "boats", "and", "nets", "while", "rain", "falls", "on", "slate")
RARE = ("lantern", "gull", "rope", "tide")
COMMANDS = {"verify": ("--rules", "fixed"), "relabel": ()}


def rows(instructions: int) -> Iterator[dict[str, Any]]:
    """Sample by sample, a response to every instruction."""
    for sample in range(SAMPLES):
        for key in range(instructions):
            rare = RARE[key % len(RARE)]
            asked = [
                {"id": "length_constraints:number_words", "args": {"relation": "at least", "num_words": 600}},
                {"id": "punctuation:no_comma", "args": {}},
                {"id": "keywords:existence", "args": {"keywords": [rare]}},
            ]
            task = f"Describe the harbour at hour {key}."
            yield {"key": key, "task": task, "layout": "t4", "constraints": asked, "response": text(key, sample, rare)}


def text(key: int, sample: int, rare: str) -> str:
    """450 to 750 words in sentences of ten; a half of them with commas, three in four with the rare word."""
    chance = Random(f"{key} {sample}")
    words = chance.choices(NAMES, k=chance.randint(450, 750))
    if chance.random() < 0.75:
        words[chance.randrange(len(words))] = rare
    between = " and so " if chance.random() < 0.5 else ", "
    halves = [" ".join(words[i : i + 5]) for i in range(0, len(words), 5)]
    sentences = [between.join(halves[i : i + 2]) for i in range(0, len(halves), 2)]
    return ". ".join(sentences) + "."


def written(path: Path, size: int) -> int:
    """A file of about so many bytes; how many rows it has."""
    probe = [len(json.dumps(row)) + 1 for row in rows(50)]
    instructions = max(1, round(size * len(probe) / sum(probe) / SAMPLES))
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows(instructions))
    return instructions * SAMPLES


def measured(command: list[str]) -> dict[str, Any]:
    """Run it: the most memory it held, in MiB, its CPU seconds, and those of the clock."""
    begun, peak = time.perf_counter(), 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while (ended := os.wait4(process.pid, os.WNOHANG))[0] == 0:
        peak = max(peak, sum(map(most_held, family(process.pid))))
        time.sleep(INTERVAL_SECONDS)
    _, status, used = ended
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"exit code {process.returncode} of {' '.join(command)}")
    cpu, clock = used.ru_utime + used.ru_stime, time.perf_counter() - begun
    return {"peak_mib": round(peak / 1024, 1), "cpu_seconds": round(cpu, 1), "clock_seconds": round(clock, 1)}


def family(pid: int) -> list[int]:
    """A process and all that it started, as far as they still live."""
    try:
        children = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:  # it has ended meanwhile
        return []
    return [pid, *(one for of_thread in children for child in of_thread for one in family(int(child)))]


def most_held(pid: int) -> int:
    """The most memory that a living process ever held, in KiB; 0 of one that has ended."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def of_size(size: int, workers: int) -> dict[str, Any]:
    """Both commands on a file of so many bytes."""
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "responses.jsonl"
        n = written(given, size)
        found: dict[str, Any] = {"rows": n, "bytes": given.stat().st_size}
        for name, more in COMMANDS.items():
            out = Path(folder) / f"{name}.jsonl"
            program = [sys.executable, "-c", "from hirkit.cli import main; main()", name]
            found[name] = measured([*program, str(given), "-o", str(out), "--workers", str(workers), *more])
            with out.open("rb") as lines:
                found[name]["rows_out"] = sum(1 for _ in lines)
            out.unlink()
        return found


def table(found: list[dict[str, Any]]) -> Iterator[str]:
    """The figures in Markdown."""
    yield "| | rows | " + " | ".join(f"{name}: MiB, CPU s" for name in COMMANDS) + " |"
    yield "|---" * (2 + len(COMMANDS)) + "|"
    for one in found:
        cells = [f"{one[name]['peak_mib']}, {one[name]['cpu_seconds']}" for name in COMMANDS]
        yield f"| {one['bytes'] / 1e6:,.0f} MB | {one['rows']:,} | " + " | ".join(cells) + " |"


def main() -> None:
    """Measure, print, and write results/relabel_memory.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bytes", default="100e6,1e9", help="sizes of the files, separated by commas")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--no-record", action="store_true", help="print only")
    arguments = parser.parse_args()
    if not Path("/proc/self/status").exists():
        raise SystemExit("memory is read from /proc, which this system has not; run it on Linux")
    found = [of_size(int(float(size)), arguments.workers) for size in arguments.bytes.split(",")]
    growth = {name: round(found[-1][name]["peak_mib"] / found[0][name]["peak_mib"], 2) for name in COMMANDS}
    figures = {"workers": arguments.workers, "files": found, "peak_last_over_first": growth}
    print("\n".join([*table(found), json.dumps(figures, indent=2)]))
    if not arguments.no_record:
        from benchmarks.record import write

        print(write("relabel_memory", figures, ("matplotlib", "orjson")))


if __name__ == "__main__":
    main()
