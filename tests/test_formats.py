"""Layouts and rows: what a file may say, and how it is told what is wrong."""

import pytest

from constraints import Constraint
from hirkit.formats import format_of, ifeval, native, plain
from hirkit.formats.fields import responses
from hirkit.layouts import LAYOUTS, compose, layout_of, words
from hirkit.records import BadRow

CLAUSES = ["Use no commas", "Be brief!"]


@pytest.mark.parametrize(
    ("layout", "prompt"),
    [
        ("t1", "Name rivers. Use no commas. Be brief!"),
        ("t2", "Name rivers.\nUse no commas. Be brief!"),
        ("t3", "Name rivers.\n\nThe output must follow the following rules:\n1. Use no commas\n2. Be brief!"),
        ("t4", "Name rivers.\n\n- Use no commas\n- Be brief!"),
        ("t5", "Use no commas. Be brief!\n\nName rivers."),
        ("t6", "Name rivers.\n\nUse no commas\nBe brief!"),
    ],
)
def test_the_six_layouts(layout: str, prompt: str) -> None:
    assert compose("Name rivers.", CLAUSES, layout) == prompt
    assert layout_of(prompt, "Name rivers.", CLAUSES) == layout


def test_a_layout_is_recognised_only_where_it_is_exact() -> None:
    assert layout_of("Name rivers. Use no commas.", "Name rivers.", ["Use no commas"]) == "t1"
    assert layout_of("Name rivers.  Use no commas.", "Name rivers.", ["Use no commas"]) is None
    assert len(LAYOUTS) == 6


def test_words_are_the_rows_own_else_the_checkers() -> None:
    assert words(Constraint("punctuation:no_comma", {}, "No commas, please")) == "No commas, please"
    assert "comma" in words(Constraint("punctuation:no_comma"))


ROW = {"key": 1, "constraints": [{"id": "punctuation:no_comma"}]}


def test_a_native_row_composes_its_prompt() -> None:
    instruction = native.instruction({**ROW, "task": "Name rivers."})
    assert (instruction.layout, instruction.task) == ("t4", "Name rivers.")
    assert instruction.prompt.startswith("Name rivers.\n\n- ")


def test_the_rules_decide_how_a_constraint_without_words_is_worded() -> None:
    args = {"prompt_to_repeat": "one two three", "n_start": 0, "n_end": 1}
    row = {"key": 1, "task": "Copy.", "constraints": [{"id": "repeat:repeat_span", "args": args}]}
    assert "characters" in native.instruction(row).prompt
    assert "words" in native.instruction(row, "fixed").prompt


def test_a_native_row_keeps_its_prompt_and_knows_its_layout() -> None:
    row = {**ROW, "task": "Name rivers.", "constraints": [{"id": "punctuation:no_comma", "text": "No commas!"}]}
    assert native.instruction({**row, "prompt": "No commas!\n\nName rivers."}).layout == "t5"
    assert native.instruction({**row, "prompt": "Name rivers, but no commas!"}).layout is None
    assert native.instruction({**ROW, "prompt": "Name rivers."}).task is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"layout": "t7"}, "layout"),
        ({"prompt": "Other.", "layout": "t1"}, "prompt"),
        ({"task": 3}, "task"),
        ({"task": None}, "prompt"),
        ({"constraints": ["no commas"]}, "constraints[0]"),
        ({"constraints": [{"id": 3}]}, "constraints[0].id"),
        ({"constraints": [{"id": "punctuation:no_comma", "args": []}]}, "constraints[0].args"),
        ({"constraints": [{"id": "punctuation:no_comma", "text": 1}]}, "constraints[0].text"),
    ],
)
def test_a_bad_native_row_names_its_field(change: dict, field: str) -> None:
    with pytest.raises(BadRow) as caught:
        native.instruction({**ROW, "task": "Name rivers.", **change})
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt": None}, "prompt"),
        ({"prompt": 1}, "prompt"),
        ({"instruction_id_list": "punctuation:no_comma"}, "instruction_id_list"),
        ({"instruction_id_list": [1]}, "instruction_id_list[0]"),
        ({"instruction_id_list": [], "kwargs": []}, "instruction_id_list"),
        ({"kwargs": None}, "kwargs"),
        ({"kwargs": [1]}, "kwargs[0]"),
        ({"key": None}, "key"),
        ({"key": 1.5}, "key"),
    ],
)
def test_a_bad_ifeval_row_names_its_field(change: dict, field: str) -> None:
    row = {"key": 1, "prompt": "Do.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}], **change}
    with pytest.raises(BadRow) as caught:
        ifeval.instruction(row)
    assert caught.value.field == field


def test_formats_are_recognised_by_what_they_hold() -> None:
    assert format_of({"instruction_id_list": []}) is ifeval
    assert format_of(ROW) is native
    assert format_of({"prompt": "Do.", "response": "x"}) is plain
    assert format_of(ROW, "plain") is plain
    with pytest.raises(BadRow, match="no known format has these fields: a, b; known: "):
        format_of({"a": 1, "b": 2})


@pytest.mark.parametrize("row", [{"prompt": 1}, {}, {"key": 1.5}])
def test_a_response_must_say_what_it_answers(row: dict) -> None:
    with pytest.raises(BadRow):
        plain.join(row)


def test_what_a_row_says_of_its_response_is_read() -> None:
    (response,) = responses({"response": "x", "entropy": [0.5, 1.5], "logprobs": {"content": [{"logprob": -2.0}]}})
    assert response.meta == {"entropy": 1.0, "logprobs": -2.0}
    (response,) = responses({"response": "", "truncated": True, "model": "m"})
    assert (response.text, response.meta) == ("", {"truncated": True, "model": "m"})


@pytest.mark.parametrize(
    "row",
    [
        {"logprobs": -1.0},
        {"logprobs": [-0.5, -1.5]},
        {"logprobs": {"content": [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": -1.5}]}},  # OpenAI's chats
        {"logprobs": {"tokens": ["a", "b"], "token_logprobs": [-0.5, -1.5]}},  # its completions, vLLM's server
        {"logprobs": [{"7": {"logprob": -0.5, "rank": 1}}, {"9": {"logprob": -1.5, "rank": 4}}]},  # vLLM's LLM
        {"rollout_log_probs": [-0.5, -1.5]},  # verl
        {"logprobs": None, "rollout_log_probs": [-0.5, -1.5]},
        {"logprobs": -1.0, "rollout_log_probs": [-9.0]},
        {"rollout_log_probs": "none", "logprobs": -1.0},
    ],
)
def test_the_mean_log_probability_is_read_in_every_shape(row: dict) -> None:
    (response,) = responses({"response": "x"} | row)
    assert response.meta == {"logprobs": -1.0}


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"response": "x", "logprobs": [{"7": {"logprob": -1.0}, "8": {"logprob": -2.0}}]}, "logprobs"),
        ({"response": "x", "logprobs": {"tokens": ["a"]}}, "logprobs"),
        ({"response": "x", "entropy": []}, "entropy"),
        ({"response": "x", "entropy": True}, "entropy"),
        ({"response": "x", "logprobs": {"content": [{"token": "x"}]}}, "logprobs"),
        ({"response": "x", "truncated": "no"}, "truncated"),
        ({"response": "x", "model": 1}, "model"),
        ({"responses": ["x", None]}, "responses[1]"),
        ({"responses": "x"}, "responses"),
        ({"responses": ["x", "y"], "entropy": 1.0}, "entropy"),
    ],
)
def test_what_is_wrong_with_a_response_names_its_field(row: dict, field: str) -> None:
    with pytest.raises(BadRow) as caught:
        responses(row)
    assert caught.value.field == field
