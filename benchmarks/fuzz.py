"""Checkers, readers and the span rewriter under a fuzzer that looks for bytes that reach new code (atheris, libFuzzer).

    python -m pip install -e '.[bench]'
    python -m benchmarks.fuzz --minutes 3 [--target checkers] [--crashes FOLDER] [--corpus FOLDER]
    python -m benchmarks.fuzz --again FOLDER/checkers-AssertionError-0123abcd

What is fuzzed, and what is a finding, stands in ``fuzz_targets.py``. The minutes are shared by the targets, each in a
process of its own. Bytes that raise are written to the folder of crashes once for each kind of exception and line, with
the traceback beside them; ``--again`` runs them again. Bytes that take longer than 20 s, or the process down, end
their target and are written there by libFuzzer. ``--corpus`` keeps the bytes that reached new code, for the next time.
Exit code 1 where there is a finding. Nothing is promised of what was not found.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

INSTALL = "fuzzing needs atheris (Linux on x86-64): python -m pip install 'atheris>=3'"
LONGEST, SECONDS = 600, 20
NAMES = ("checkers", "readers", "rewriter")


def reported(target: Callable[[bytes], None], name: str, folder: Path) -> Callable[[bytes], None]:
    """The target, going on after what it raises, having written it down."""

    def run(raw: bytes) -> None:
        try:
            target(raw)
        except Exception as err:
            line = traceback.extract_tb(err.__traceback__)[-1]
            kind = hashlib.sha256(f"{type(err).__name__} {line.filename}:{line.lineno}".encode()).hexdigest()[:8]
            path = folder / f"{name}-{type(err).__name__}-{kind}"
            if not path.exists():
                path.write_bytes(raw)
                path.with_suffix(".txt").write_text(traceback.format_exc(), encoding="utf-8", errors="backslashreplace")

    return run


def fuzz(name: str, seconds: int, folder: Path, corpus: Path) -> None:
    """Fuzz one target; libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["constraints", "hirkit"]):
        from benchmarks.fuzz_targets import TARGETS
    flags = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-timeout={SECONDS}", "-print_final_stats=1"]
    atheris.Setup(
        ["fuzz", *flags, f"-artifact_prefix={folder}/{name}-", str(corpus)], reported(TARGETS[name], name, folder)
    )
    atheris.Fuzz()


def measured(name: str, seconds: int, folder: Path, corpus: Path) -> dict[str, Any]:
    """What a process that fuzzes says of itself, and what it found."""
    corpus.mkdir(parents=True, exist_ok=True)
    before = set(folder.iterdir())
    command = [sys.executable, "-m", "benchmarks.fuzz", "--in-process", name, str(seconds), str(folder), str(corpus)]
    done = subprocess.run(command, capture_output=True, text=True, errors="backslashreplace")
    said = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stderr))
    new = sorted(path.name for path in set(folder.iterdir()) - before if path.suffix != ".txt")
    if done.returncode:
        new.append(f"its process ended with {done.returncode}: {done.stderr[-300:]}")
    edges = re.findall(r"cov: (\d+)", done.stderr)
    return {
        "executions": int(said.get("number_of_executed_units", 0)),
        "seconds": seconds,
        "edges": int(edges[-1]) if edges else 0,
        "corpus": sum(1 for _ in corpus.iterdir()),
        "findings": new,
    }


def show(found: dict[str, dict[str, Any]]) -> None:
    """The table, and the same in JSON."""
    print(f"{'target':12} {'executions':>10} {'seconds':>8} {'edges':>8} {'corpus':>8} {'findings':>9}")
    for name, row in found.items():
        print(f"{name:12} {row['executions']:10} {row['seconds']:8} {row['edges']:8} {row['corpus']:8}", end=" ")
        print(f"{len(row['findings']):9}")
    print(json.dumps(found, indent=2))


def again(path: Path) -> None:
    """Run the bytes of a finding again: they raise as they did, if they still do."""
    from benchmarks.fuzz_targets import TARGETS

    TARGETS[path.name.partition("-")[0]](path.read_bytes())
    print(f"{path}: nothing is raised")


def main() -> int:
    """Fuzz, print, and write results/fuzz.json where the code is a commit and all targets had their turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=3.0, help="of all targets together; 3 by default")
    parser.add_argument("--target", choices=NAMES, help="only this one; nothing is written")
    parser.add_argument("--crashes", type=Path, default=Path("fuzz-crashes"), help="folder of findings")
    parser.add_argument("--corpus", type=Path, help="folder of bytes that reached new code")
    parser.add_argument("--again", type=Path, metavar="FILE", help="run the bytes of a finding again")
    parser.add_argument("--in-process", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.again:
        again(asked.again)
        return 0
    if find_spec("atheris") is None:
        print(INSTALL, file=sys.stderr)
        return 2
    if asked.in_process:
        name, seconds, folder, corpus = asked.in_process
        fuzz(name, int(seconds), Path(folder), Path(corpus))
        return 0
    names = (asked.target,) if asked.target else NAMES
    asked.crashes.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as empty:
        corpora = asked.corpus or Path(empty)
        each = max(int(asked.minutes * 60 / len(names)), 1)
        found = {name: measured(name, each, asked.crashes, corpora / name) for name in names}
    show(found)
    if not asked.target:
        from benchmarks.record import write

        print(write("fuzz", {"targets": found}, ("atheris",)))
    return 1 if any(row["findings"] for row in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
