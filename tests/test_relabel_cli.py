"""hirkit relabel with what it may ask for help: another model's rewrites, and a model's entropies."""

import json
from pathlib import Path

import pytest

from tests.conftest import Hirkit
from tests.llm_server import good, serving

NO_COMMA = "punctuation:no_comma"
LENGTH = "length_constraints:number_words"


def rows(path: Path, n: int = 3) -> Path:
    """Responses that use no comma and are too short, to prompts in prose."""
    made = []
    for i in range(n):
        prompt = f"Write a letter to Ann about kite number {i}. Use at least 90 words. Do not use any commas."
        asked = [{"id": LENGTH, "args": {"relation": "at least", "num_words": 90}}, {"id": NO_COMMA, "args": {}}]
        made += [{"key": i, "prompt": prompt, "constraints": asked, "response": f"Dear Ann {w}"} for w in ("x", "yy z")]
    path.write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
    return path


def test_the_llm_rewriter_is_asked_once_and_its_answers_are_kept(tmp_path: Path, hirkit: Hirkit) -> None:
    given = rows(tmp_path / "rows.jsonl")
    with serving(good) as server:
        command = ("relabel", given, "-o", tmp_path / "out.jsonl", "--rewriter", "llm", "--k", "1", "--json")
        command += ("--llm-url", server.url, "--llm-model", "m")
        done = hirkit(*command)
        assert done.returncode == 0, done.stderr
        assert (json.loads(done.stdout)["counts"]["written"], len(server.bodies)) == (3, 3)
        first = (tmp_path / "out.jsonl").read_bytes()
        assert hirkit(*command).returncode == 0
        assert ((tmp_path / "out.jsonl").read_bytes(), len(server.bodies)) == (first, 3)
    told = [json.loads(line) for line in first.splitlines()]
    assert {row["rewriter"].split("@")[0] for row in told} == {"llm"}
    assert told[0]["prompt"] == "Write a letter to Ann about kite number 0. Do not use any commas."


def test_where_our_own_rewriters_are_sure_nobody_else_is_asked(tmp_path: Path, hirkit: Hirkit) -> None:
    with serving(good) as server:
        done = hirkit("relabel", rows(tmp_path / "rows.jsonl"), "-o", "-", "--llm-url", server.url, "--llm-model", "m")
        assert done.returncode == 0, done.stderr
        assert server.bodies == []
    assert hirkit("relabel", "x.jsonl", "-o", "-", "--rewriter", "llm").returncode == 2


def test_f_div_by_a_model_is_named_and_recorded(tmp_path: Path, hirkit: Hirkit) -> None:
    pytest.importorskip("torch")
    from tests.test_entropy import llama, tokenizer

    llama().save_pretrained(tmp_path / "model")
    tokenizer().save_pretrained(tmp_path / "model")
    out = tmp_path / "out.jsonl"
    given = rows(tmp_path / "rows.jsonl")
    done = hirkit("relabel", given, "-o", out, "--score-model", tmp_path / "model", "--k", "1")
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert {row["selection"]["f_div_from"] for row in told} == {"score_model"}
    for row in told:
        assert row["selection"]["f_div"] == row["meta"]["score_model"] > 0
    assert json.loads(Path(f"{out}.manifest.json").read_text())["score_model"]["model"]
