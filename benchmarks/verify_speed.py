"""How fast responses are judged, strict and loose, against published ports: lm-eval's IFEval, lighteval's IFBench.

    python -m pip install -e '.[bench]'           # for IFEval; a light install
    python -m pip install -e '.[bench-ifbench]'   # and for IFBench: lighteval, which brings torch along
    python -m benchmarks.verify_speed [--prompts P.jsonl --responses R.jsonl ...]

Files are IFEval's or IFBench's, several of each if you like; without any, prompts are drawn and responses made up. Both
sides judge the same rows in processes of their own, in turn, one thread each, and their verdicts are compared. Counted
are CPU seconds. Start-up is not: the first row of every constraint is judged before, which loads models and tables.
Then each side goes through all rows (``first_pass``), and through them once more (what is quoted: words whose language
grams are known, patterns compiled, constraints bound, as in a long run; no verdict or text is remembered from pass to
pass, but by ``hirkit`` the last 16). Of each pair of runs the ratio is taken, and the median of these quoted: absolute
times on a shared machine mean little. A third pass judges each constraint alone, for the ratio by family.

``whole_run`` is microseconds a response for what ``hirkit verify`` does with the files (``judged``), and for the same
with all but the judging (``floor``: rows read, validated, joined, written).

What is held still: language detection is seeded (``DetectorFactory.seed = 0``; lm-eval then finds the same languages
in every process), NLTK's data is the one both find, lighteval's attempts to download data at every check are made
no-ops. lm-eval replaces a letter to be counted that is not a to z ("!" or "#", in two of IFEval's prompts) by a random
one: ``random`` is seeded before every pass, else these verdicts, and no others, change from run to run. lighteval has
IFBench's rules of July 2025, so hirkit judges by these. Left out: the harnesses around the checkers.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Row = tuple[dict[str, Any], str]
"""A prompt's row, and a response to it."""
Judge = Callable[[dict[str, Any], str], list[list[bool]]]
PORTS = {"IFEval": ("lm-eval", "lm_eval", "published"), "IFBench": ("lighteval", "lighteval", "ifbench@2025-07")}
"""For each benchmark the package of the port, its module, and the rules it has."""


def hirkit_judge(rules: str) -> Judge:
    """Strict and loose verdicts by hirkit."""
    from hirkit.formats import ifeval
    from hirkit.verify import verify

    def judge(row: dict[str, Any], response: str) -> list[list[bool]]:
        judgements = verify(ifeval.instruction(row), response, rules)
        return [[bool(j.strict) for j in judgements], [bool(j.loose) for j in judgements]]

    return judge


def lm_eval_judge(_: str) -> Judge:
    """The same by lm-eval."""
    from langdetect import DetectorFactory
    from lm_eval.tasks.ifeval.utils import process_results

    DetectorFactory.seed = 0

    def judge(row: dict[str, Any], response: str) -> list[list[bool]]:
        scores = process_results(row, [response])
        return [scores["inst_level_strict_acc"], scores["inst_level_loose_acc"]]

    return judge


def lighteval_judge(_: str) -> Judge:
    """The same by lighteval."""
    import nltk

    nltk.download = lambda *_, **__: True
    from lighteval.tasks.tasks.ifbench import evaluation_lib, instructions

    instructions.RESOURCES_DOWNLOADED = True

    def judge(row: dict[str, Any], response: str) -> list[list[bool]]:
        kwargs = list(row["kwargs"])  # it writes to the list
        asked = evaluation_lib.InputExample(0, row["instruction_id_list"], row["prompt"], kwargs)
        answers = {row["prompt"]: response}
        strict = evaluation_lib.test_instruction_following_strict(asked, answers)
        loose = evaluation_lib.test_instruction_following_loose(asked, answers)
        return [strict.follow_instruction_list, loose.follow_instruction_list]

    return judge


JUDGES = {"hirkit": hirkit_judge, "lm-eval": lm_eval_judge, "lighteval": lighteval_judge}


def files(prompts: list[str], responses: list[str]) -> list[Row]:
    """The rows of all files, joined by the exact prompt."""
    lines = [line for file in prompts for line in Path(file).read_text("utf-8").splitlines()]
    by_prompt = {row["prompt"]: row for row in map(json.loads, lines)}
    answers = [json.loads(line) for file in responses for line in Path(file).read_text("utf-8").splitlines()]
    return [(by_prompt[row["prompt"]], row["response"]) for row in answers]


def made_up(number: int = 400) -> list[Row]:
    """Drawn constraints of both benchmarks, and responses of common words: to run without data, not to be quoted."""
    from constraints.args import plain
    from constraints.draws import WORDS, draw_args, drawable
    from constraints.registry import every

    chance = random.Random(0)
    drawn = [c for c in every("ifbench@2025-07") if c.source.name in PORTS and drawable(c)]
    rows = []
    for i, checker in enumerate(chance.choices(drawn, k=number)):
        sentences = [" ".join(chance.choices(WORDS, k=chance.randint(3, 20))).capitalize() + "." for _ in range(20)]
        response = "".join(sentence + chance.choice([" ", "\n", "\n\n* "]) for sentence in sentences)
        kwargs = json.loads(json.dumps(plain(draw_args(checker, chance, "Write about the sea and the boats on it."))))
        if "language" in kwargs:
            kwargs["language"] = "de"  # lm-eval does not know all of langdetect's
        rows.append(({"key": i, "prompt": str(i), "instruction_id_list": [checker.id], "kwargs": [kwargs]}, response))
    return rows


def alone(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Each constraint of each row as a row of its own, by family: what stands before the colon of its id."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row, response in rows:
        for id, kwargs in zip(row["instruction_id_list"], row["kwargs"], strict=True):
            found[id.split(":")[0]].append(({**row, "instruction_id_list": [id], "kwargs": [kwargs]}, response))
    return dict(sorted(found.items()))


def seconds(judge: Judge, rows: Iterable[Row]) -> tuple[float, list[list[list[bool]]]]:
    """CPU seconds over the rows, and the verdicts. Garbage of earlier passes is collected before, on nobody's time."""
    random.seed(0)
    gc.collect()
    start = time.process_time()
    verdicts = [judge(row, response) for row, response in rows]
    return time.process_time() - start, verdicts


def contend(name: str, rules: str, rows: list[Row]) -> dict[str, Any]:
    """One side's CPU seconds and verdicts."""
    judge, by_id = JUDGES[name](rules), {row["instruction_id_list"][0]: (row, text) for row, text in rows[::-1]}
    seconds(judge, by_id.values())
    first, _ = seconds(judge, rows)
    again, verdicts = seconds(judge, rows)
    families = {family: seconds(judge, ones)[0] for family, ones in alone(rows).items()}
    return {"first": first, "again": again, "families": families, "verdicts": verdicts}


def whole_run(rules: str, rows: list[Row]) -> dict[str, float]:
    """CPU seconds of ``hirkit verify`` on the rows as files, and of the same without judging; each the second time."""
    from hirkit.jsonl import Source, encode
    from hirkit.read import Rows, read_items, read_prompts
    from hirkit.records import Scored
    from hirkit.report import verdict_row
    from hirkit.runs import Inputs
    from hirkit.scoring import verify_files
    from hirkit.verify import undecided

    with tempfile.TemporaryDirectory() as folder:
        prompts, responses, out = (
            str(Path(folder) / name) for name in ("prompts.jsonl", "responses.jsonl", "out.jsonl")
        )
        asked = {row["prompt"]: row for row, _ in rows}
        Path(prompts).write_bytes(b"".join(map(encode, asked.values())))
        Path(responses).write_bytes(b"".join(encode({"prompt": row["prompt"], "response": text}) for row, text in rows))

        def judged() -> None:
            verify_files(Inputs(responses, prompts, rules), out)

        def floor() -> None:
            known = Rows(read_prompts(Source(prompts), prompts, rules), rules)
            with Path(out).open("wb") as stream:
                for item in read_items(Source(responses), known):
                    judgements = undecided(item.instruction, rules, "not judged")
                    stream.write(encode(verdict_row(Scored(item.instruction, item.response, judgements), rules)))

        spent = {}
        for name, work in (("judged", judged), ("floor", floor)):
            work()
            start = time.process_time()
            work()
            spent[name] = time.process_time() - start
    return spent


def in_a_process(name: str, rules: str, rows: Path) -> dict[str, Any]:
    """What a side finds, in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.verify_speed", "--side", name, rules, str(rows)]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=env)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(port: str, rules: str, rows: list[Row], runs: int) -> dict[str, Any]:
    """Run both sides in turn, several times."""
    found: dict[str, list[dict[str, Any]]] = {"hirkit": [], port: []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.json"
        path.write_text(json.dumps(rows), "utf-8")
        for _ in range(runs):
            for name in found:
                found[name].append(in_a_process(name, rules, path))
        spent = [in_a_process("whole run", rules, path) for _ in range(runs)]
    pairs = list(zip(found["hirkit"], found[port], strict=True))
    ratios = [theirs["again"] / ours["again"] for ours, theirs in pairs]
    verdicts = [(ours["verdicts"], theirs["verdicts"]) for ours, theirs in pairs]
    return {
        "port": port,
        "rules": rules,
        "responses": len(rows),
        "runs": runs,
        "responses_per_cpu_second": {
            name: round(len(rows) / statistics.median(one["again"] for one in ones)) for name, ones in found.items()
        },
        "ratio_median": round(statistics.median(ratios), 2),
        "ratio_min": round(min(ratios), 2),
        "ratio_max": round(max(ratios), 2),
        "ratio_first_pass": round(statistics.median(theirs["first"] / ours["first"] for ours, theirs in pairs), 2),
        "verdicts": sum(len(mode) for row in verdicts[0][0] for mode in row),
        "verdicts_that_differ": [dict(differing(rows, ours, theirs)) for ours, theirs in verdicts],
        "microseconds_a_response": {
            "judging": micro([ours["again"] for ours, _ in pairs], rows),
            "whole_run": micro([one["judged"] for one in spent], rows),
            "floor": micro([one["floor"] for one in spent], rows),
        },
        "families": families(pairs, alone(rows)),
    }


def micro(times: list[float], rows: list[Row]) -> float:
    """The median of times over these rows, in microseconds a row."""
    return round(statistics.median(times) / len(rows) * 1e6, 1)


def differing(rows: list[Row], ours: list[list[list[bool]]], theirs: list[list[list[bool]]]) -> Counter[str]:
    """How many verdicts differ, by id."""
    ids = [row["instruction_id_list"] for row, _ in rows]
    modes = [
        (i, mode)
        for i, pair in zip(ids, zip(ours, theirs, strict=True), strict=True)
        for mode in zip(*pair, strict=True)
    ]
    return Counter(id for names, (a, b) in modes for id, x, y in zip(names, a, b, strict=True) if x != y)


def families(pairs: list[tuple[dict[str, Any], dict[str, Any]]], rows: dict[str, list[Row]]) -> dict[str, Any]:
    """Microseconds a constraint, judged alone, by family and side; the median ratio."""
    return {
        family: {
            "constraints": len(ones),
            "hirkit": micro([ours["families"][family] for ours, _ in pairs], ones),
            "port": micro([theirs["families"][family] for _, theirs in pairs], ones),
            "ratio": round(statistics.median(b["families"][family] / a["families"][family] for a, b in pairs), 1),
        }
        for family, ones in rows.items()
    }


def show(name: str, found: dict[str, Any]) -> None:
    """Print what was found."""
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=f"{name} against {found['port']}: {found['ratio_median']}x, first pass {found['ratio_first_pass']}x"
    )
    for column in ("family", "constraints", "hirkit, us each", f"{found['port']}, us each", "ratio"):
        table.add_column(column, justify="left" if column == "family" else "right")
    for family, of in found["families"].items():
        table.add_row(family, *(str(of[column]) for column in ("constraints", "hirkit", "port", "ratio")))
    Console().print(table)


def side(name: str, rules: str, path: str) -> dict[str, Any]:
    """What one process of a run does; what libraries print goes to standard error."""
    rows = [(row, response) for row, response in json.loads(Path(path).read_text("utf-8"))]
    with contextlib.redirect_stdout(sys.stderr):
        return whole_run(rules, rows) if name == "whole run" else contend(name, rules, rows)


def main() -> None:
    """Measure, print, and write results/verify_speed.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", action="append", default=[], help="IFEval's or IFBench's; may be repeated")
    parser.add_argument("--responses", action="append", default=[], help="rows of prompt and response; may be repeated")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--side", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--no-record", action="store_true", help="print only")
    arguments = parser.parse_args()
    if arguments.side:
        print(json.dumps(side(*arguments.side)))
        return
    from constraints.registry import get

    rows = files(arguments.prompts, arguments.responses) if arguments.prompts else made_up()
    figures: dict[str, Any] = {"input": "files" if arguments.prompts else "made up"}
    for name, (port, module, rules) in PORTS.items():
        chosen = [one for one in rows if get(one[0]["instruction_id_list"][0]).source.name == name]
        if chosen and not find_spec(module):
            print(f"{name}: not measured, for {port} is not installed; see --help")
        elif chosen:
            figures[name] = compare(port, rules, chosen, arguments.runs)
            show(name, figures[name])
    print(json.dumps(figures, indent=2))
    if not arguments.no_record:
        from benchmarks.record import write

        ports = tuple(port for name, (port, _, _) in PORTS.items() if name in figures)
        print(write("verify_speed", figures, (*ports, "langdetect", "nltk")))


if __name__ == "__main__":
    main()
