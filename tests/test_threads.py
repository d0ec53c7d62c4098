"""Sixteen threads that start cold, nothing loaded, find the verdicts that one thread finds."""

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import json, sys, threading
from constraints.check import bind
from constraints.registry import declared
from constraints.testing import arguments_and_fakes

sys.setswitchinterval(1e-5)
THREADS = int(sys.argv[1])
PROSE = "Dr. Hale asked the keeper; he shrugged. \\"It burns,\\" he said, because somebody wants it to!"
TEXTS = [
    PROSE,
    "Der Wind war kalt, und niemand ging hinaus.\\n\\n* eins\\n* zwei\\n\\nP.S. Morgen!",
    "今天天气很好，我们去公园散步。你呢？",
    "# Title\\n\\n1. One **bold** point\\n2. Two\\n\\n| a | b |\\n|---|---|\\n| 1 | 2 |\\n",
    "Yes. My answer is yes. 🙂 {\\"a\\": [1, 2]} <a b='c'/>",
    " ".join(PROSE.split()[::-1]),
]
CHECKERS = declared()
start = threading.Barrier(THREADS)
found = [None] * THREADS


def judge(n):
    start.wait()
    turn = len(CHECKERS) * n // THREADS  # each begins elsewhere, so that all is loaded at once
    verdicts = {}
    for checker in CHECKERS[turn:] + CHECKERS[:turn]:
        for i, case in enumerate(checker.cases[:2]):
            check = bind(checker, arguments_and_fakes(checker, case)[0])
            for k, text in enumerate(TEXTS):
                verdict = check(text)
                verdicts[f"{checker.id} {checker.rules} {i} {k}"] = [verdict.status, verdict.because]
    found[n] = dict(sorted(verdicts.items()))


threads = [threading.Thread(target=judge, args=(n,)) for n in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert all(one == found[0] for one in found), "threads differ"
json.dump(found[0], sys.stdout)
"""


def verdicts(threads: int, data: Path) -> dict[str, list[str]]:
    command = [sys.executable, "-W", "error", "-c", SCRIPT, str(threads)]
    environment = {**os.environ, "NLTK_DATA": str(data / "nltk_data")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_sixteen_threads_from_a_cold_start_find_what_one_finds(data: Path) -> None:
    one = verdicts(1, data)
    assert len(one) > 3000
    assert {status for status, _ in one.values()} == {"pass", "fail"}
    assert verdicts(16, data) == one
