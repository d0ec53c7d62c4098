"""Whatever bytes choose: verdicts, rows accounted for, a text or a refusal; and what was found so, to stay mended.

``benchmarks/fuzz.py`` gives the same functions bytes for minutes, and looks which of them reach new code.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import fuzz, fuzz_targets
from benchmarks.fuzz import reported
from benchmarks.fuzz_targets import TARGETS
from hirkit.formats import FORMATS
from hirkit.jsonl import Line, Source
from hirkit.read import Item, Rows, read_items, read_prompts, read_requests
from hirkit.records import Rejected, UserError


@pytest.mark.parametrize(("target", "tries"), [("checkers", 2500), ("readers", 2000), ("rewriter", 400)])
def test_no_bytes_do_harm(target: str, tries: int) -> None:
    @settings(max_examples=tries)
    @given(raw=st.binary(max_size=200))
    def harmless(raw: bytes) -> None:
        TARGETS[target](raw)

    harmless()


# --- found by it ---


def rejected(row: dict[str, Any], form: str | None = None) -> Rejected:
    (found,) = read_items([Line("f", "1", json.dumps(row).encode())], Rows(None, "fixed", form))
    assert isinstance(found, Rejected)
    return found


@pytest.mark.parametrize("form", [name for name in FORMATS if name != "replay"])
@pytest.mark.parametrize("row", [{}, {"key": 1, "response": "Hi."}, {"output": "Hi."}], ids=str)
def test_a_row_that_is_not_in_the_format_named_is_rejected(form: str, row: dict[str, Any]) -> None:
    """``--format`` overrides recognition, so a format meets rows that have none of its fields."""
    assert rejected(row, form).problem


DEEP = json.loads("[" * 800 + "]" * 800)


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{"role": "user", "content": "Do."}], "ground_truth": DEEP},
        {
            "key": 1,
            "prompt": "Do.",
            "response": "Hi.",
            "instruction_id_list": ["length_constraints:number_words"],
            "kwargs": [{"relation": DEEP, "num_words": 3}],
        },
    ],
    ids=["ground truth", "argument"],
)
def test_lists_in_lists_in_lists_are_a_bad_row(row: dict[str, Any]) -> None:
    assert "nested too deep to be read" in rejected(row).problem
    (bad,) = read_prompts([Line("f", "1", json.dumps(row).encode())], "f", "fixed").rejected
    assert "nested too deep to be read" in bad.problem


def test_a_request_that_is_nested_too_deep_is_told_of() -> None:
    row = {"custom_id": "1", "body": {"messages": [{"role": "user", "content": DEEP}]}}
    with pytest.raises(UserError, match=r"f:1: (row: nested too deep|body\.messages)"):
        read_requests([Line("f", "1", json.dumps(row).encode())])


def test_a_row_of_an_array_that_cannot_be_written_again_is_rejected_alone(tmp_path: Path) -> None:
    good = {
        "key": 2,
        "prompt": "Do.",
        "response": "Hi.",
        "instruction_id_list": ["punctuation:no_comma"],
        "kwargs": [{}],
    }
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{**good, "extra": DEEP[0]}, good]))
    first, second = read_items(Source(str(path)), Rows(None, "fixed"))
    assert isinstance(first, Rejected)
    assert "cannot be written" in first.raw
    assert isinstance(second, Item)


def test_a_row_of_no_responses_does_not_vanish() -> None:
    assert rejected({"responses": [], "key": 1, "prompt": "Do.", "instruction_id_list": ["x"], "kwargs": [{}]})
    row = {"responses": [], "key": 1, "task": "Do.", "constraints": [{"id": "punctuation:no_comma"}]}
    assert rejected(row).field == "responses"


def test_numbers_whose_sum_is_none_are_refused() -> None:
    row = {"response": "x", "key": 1, "task": "Do.", "constraints": [{"id": "punctuation:no_comma"}]}
    assert rejected({**row, "entropy": [1e308, 1e308]}).field == "entropy"
    assert rejected({**row, "logprobs": [-1e308, -1e308]}).field == "logprobs"


# --- the fuzzer ---


def test_bytes_that_raise_are_written_once_for_each_line(tmp_path: Path) -> None:
    def target(raw: bytes) -> None:
        if raw.startswith(b"a"):
            raise RuntimeError("an a")
        if raw:
            raise RuntimeError("no a")

    run = reported(target, "readers", tmp_path)
    for raw in (b"", b"a1", b"a2", b"b"):
        run(raw)
    assert sorted(path.read_bytes() for path in tmp_path.glob("readers-RuntimeError-*[!t]")) == [b"a1", b"b"]
    assert sum("RuntimeError: an a" in path.read_text() for path in tmp_path.glob("*.txt")) == 1


def test_bytes_are_run_again_by_the_name_of_their_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    monkeypatch.setattr(fuzz_targets, "TARGETS", {"readers": seen.append})
    (tmp_path / "readers-timeout-0123").write_bytes(b"\x00\xff")
    fuzz.again(tmp_path / "readers-timeout-0123")
    assert seen == [b"\x00\xff"]


def test_without_atheris_the_command_is_told_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fuzz, "find_spec", lambda name: None)
    monkeypatch.setattr("sys.argv", ["fuzz"])
    assert fuzz.main() == 2
    assert "python -m pip install" in capsys.readouterr().err


def test_the_names_of_the_targets_are_the_targets() -> None:
    assert list(fuzz_targets.TARGETS) == list(fuzz.NAMES)
