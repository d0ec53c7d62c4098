"""The nano setting: every instruction has a witness under the real checkers; text survives the tokenizer; a base is
made once, whole, and the same every time.
"""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.wording import parse_text
from hirkit.demo.language import KINDS, NOUNS, RULES, instructions, write
from hirkit.layouts import compose
from hirkit.records import UserError
from hirkit.rewrite import rewrite
from hirkit.verify import verify
from train.nano import ASSISTANT, UNKNOWN, USER, NanoSettings, build, tokenizer

pytest.importorskip("torch")


def kept(instruction, text):
    return [bool(judgement.strict) for judgement in verify(instruction, text, RULES, loose=False)]


def test_the_writer_is_a_witness_of_every_instruction():
    for number, instruction in enumerate(instructions(0, 1500, 1, len(KINDS))):
        text = write(instruction, Random(number))
        assert all(kept(instruction, text)), (text, instruction.prompt)


@given(st.integers(), st.integers(), st.sampled_from(["train", "test"]))
def test_all_ten_kinds_at_once_have_a_witness(seed, chance, split):
    (instruction,) = instructions(seed, 1, len(KINDS), len(KINDS), split)
    assert all(kept(instruction, write(instruction, Random(chance))))


def test_the_eleven_ids_are_those_of_the_registry_in_its_own_words():
    """Ten kinds; one of them is "once" or "at least 2 times"."""
    asked = [c for instruction in instructions(1, 50, 10, 10) for c in instruction.constraints]
    assert len({c.id for c in asked}) == 11
    for constraint in asked:
        read = parse_text(constraint.id, constraint.text, RULES)
        assert read is not None
        assert read == read | constraint.args  # besides, it has defaults


def test_a_writer_that_seldom_obeys_fails_almost_all_of_what_has_many_constraints():
    """At 0.2 a constraint is kept in 0.2 to 0.7 of texts, so six or more at once in about 0.4 to the 6th, 0.4 %."""
    many = [kept(i, write(i, Random(i.key), 0.2)) for i in instructions(2, 1000, 6, 8)]
    assert sum(map(all, many)) <= 20
    assert 0.3 < sum(sum(one) / len(one) for one in many) / len(many) < 0.5


def test_instruction_number_i_does_not_depend_on_how_many_are_drawn():
    assert list(instructions(3, 5, 2, 4)) == list(islice(instructions(3, 100, 2, 4), 5))
    assert {len(i.constraints) for i in instructions(3, 100, 2, 4)} == {2, 3, 4}
    assert next(instructions(4, 1, 2, 4)) != next(instructions(3, 1, 2, 4))


def test_the_splits_share_words_but_no_task():
    train, test = ({i.task for i in instructions(0, 500, 1, 1, split)} for split in ("train", "test"))
    assert (len(train), len(test)) == (24, 8)
    assert not train & test
    assert {noun for task in test for noun in NOUNS if noun in task} == set(NOUNS)


@pytest.mark.parametrize(("least", "most"), [(0, 3), (3, 2), (6, 11)])
def test_too_many_constraints_are_refused(least, most):
    with pytest.raises(UserError, match="1 to 10 constraints"):
        next(instructions(0, 1, least, most))


def test_dropping_a_constraint_rewrites_the_prompt_by_the_template():
    (instruction,) = instructions(5, 1, 3, 3)
    first, _, last = instruction.constraints
    told, by = rewrite(instruction, [first, None, last], rules=RULES)
    assert by == "template"
    assert told.constraints == (first, last)
    assert told.prompt == compose(instruction.task, [first.text, last.text], "t6")


def test_a_prompt_is_short():
    """``<|user|>``, five for "Write about the old moon.", an empty line, one for each constraint, ``<|assistant|>``."""
    tokens = tokenizer()
    for instruction in instructions(6, 200, 1, 10):
        ids = tokens(f"{USER}{instruction.prompt}{ASSISTANT}").input_ids
        assert len(ids) == len(instruction.constraints) + 8
        assert tokens.decode(ids, skip_special_tokens=True) == instruction.prompt


def test_a_response_has_one_token_for_each_word_and_mark_and_comes_back_exactly():
    tokens = tokenizer()
    for instruction in instructions(7, 200, 1, 10):
        text = write(instruction, Random(7))
        ids = tokens(text).input_ids
        assert len(ids) == len(text.split()) + sum(mark in ",.!?" for mark in text)
        assert tokens.decode(ids) == text


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.just("\n")))
def test_any_ascii_text_comes_back(text):
    ids = TOKENS(text).input_ids
    assert TOKENS.decode(ids) == text
    assert TOKENS.unk_token_id not in ids or UNKNOWN in text


TOKENS = tokenizer()


def test_the_chat_template_is_what_the_model_learned():
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "The moon."}]
    assert TOKENS.apply_chat_template(turns, tokenize=False) == "<|user|>Hi<|assistant|>The moon.<|end|>"
    asked = TOKENS.apply_chat_template(turns[:1], tokenize=False, add_generation_prompt=True)
    assert asked == f"{USER}Hi{ASSISTANT}"


def test_a_base_is_made_once_whole_and_the_same_every_time(tmp_path):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    said: list[str] = []
    before = torch.get_rng_state()
    one = build(tmp_path / "a", NanoSettings.tiny(), said.append)
    assert torch.equal(torch.get_rng_state(), before)
    assert said[0].startswith("nano: warming up ")
    assert build(tmp_path / "a", NanoSettings.tiny(), lambda _: pytest.fail("made twice")) == one
    two = build(tmp_path / "b", NanoSettings.tiny(), said.append)
    assert (one / "model.safetensors").read_bytes() == (two / "model.safetensors").read_bytes()
    assert [path.name for path in (tmp_path / "a").iterdir()] == [one.name] == [two.name]
    model, loaded = AutoModelForCausalLM.from_pretrained(one), AutoTokenizer.from_pretrained(one)
    assert loaded("The moon sings.").input_ids == TOKENS("The moon sings.").input_ids
    assert (model.config.eos_token_id, model.config.pad_token_id) == (TOKENS.eos_token_id, TOKENS.pad_token_id)
    assert model.generation_config.eos_token_id == TOKENS.eos_token_id


def test_other_settings_are_another_base_and_a_failure_leaves_nothing(tmp_path):
    def fail(line):
        raise RuntimeError(line)

    with pytest.raises(RuntimeError):
        build(tmp_path, NanoSettings.tiny(), fail)
    assert list(tmp_path.iterdir()) == []
    made = {
        build(tmp_path, NanoSettings(d_model=16, layers=1, heads=1, steps=1, batch=2, seed=seed)) for seed in (0, 1)
    }
    assert len(made) == 2


def test_the_warm_up_learns(tmp_path):
    """Twenty steps take the loss well below that of a guess among all tokens, ln 251 = 5.5."""
    said: list[str] = []
    build(tmp_path, NanoSettings.tiny(), said.append)
    assert float(said[-1].split("loss ")[1].split(",")[0]) < 4.5
