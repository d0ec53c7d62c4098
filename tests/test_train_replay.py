"""Replays: what may be one, which are chosen, what they become, what they count for; and verdicts, never lost."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier, local
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from constraints import Constraint, Verdict
from hirkit import relabel
from hirkit.records import Instruction, Judgement, Response, Scored, Selection, UserError
from hirkit.workers import Died, Workers
from tests import tiny_policy
from tests.conftest import Hirkit
from train import attempts, batch, config, data, model, replay, reward, run
from train.rollout import Completion

LOWER = Constraint("case:style", {"style": "lower"}, "Write in small letters.")
COMMA = Constraint("punctuation:no_comma", {}, "Do not use commas.")
WORDS = Constraint("length_constraints:number_words", {"relation": "at least", "num_words": 5}, "Use at least 5 words.")
RIVER = Constraint("keywords:existence", {"keywords": ["river"]}, "Name the river.")
ALL = (LOWER, COMMA, WORDS, RIVER)


def asked(key: str = "a", *constraints: Constraint) -> Instruction:
    from hirkit.layouts import compose, words

    given = constraints or ALL
    return Instruction(key, compose("Tell a story.", [words(c) for c in given], "t6"), given, "Tell a story.", "t6")


def scored(text: str, sample: int = 0, key: str = "a", **meta: Any) -> Scored:
    instruction = asked(key)
    return Scored(instruction, Response(text, sample, meta), reward.judge(instruction, text, "fixed"))


BEST = Selection(0.75, None, None, 2.0, 0, 0)

# Judged in order LOWER, COMMA, WORDS, RIVER:
THREE = "the Moon and the river sleep"  # a capital: 3 of 4 hold
TWO = "the Moon, and the river sleep"  # a comma, too
ONE = "a Moon, every River"  # too few words, no "river": IFEval looks for it in any case, so RIVER holds
NONE = "A,"
EVERY = "the moon and the river sleep"


def test_the_texts_are_what_they_are_said_to_be() -> None:
    assert [sum(scored(text).kept) for text in (THREE, TWO, ONE, NONE, EVERY)] == [3, 2, 1, 0, 4]


def test_only_certain_partial_failures_are_candidates() -> None:
    wrong = scored(TWO, 5)
    error = Judgement(LOWER, Verdict("error", "?"), Verdict("error", "?"), 1)
    group = [
        scored(EVERY, 0),
        scored(NONE, 1),
        scored(THREE, 2),
        scored(THREE, 3),
        scored(ONE, 4, truncated=True),
        Scored(wrong.instruction, wrong.response, (error, *wrong.judgements[1:])),
        scored(ONE, 6),
    ]
    assert replay.candidates(group, [range(7)], 1) == [[2, 6]], "3 repeats 2, 4 was cut off, 5 has an error"
    assert replay.candidates(group, [range(3), range(3, 7)], 2) == [[2], [3]], "two constraints at least"


def chosen(hir: dict[str, Any], step: int = 1, k: int = 1, lower: float = 1.0) -> list[tuple[int, float | None]]:
    """Group 0: texts of 3 and of 1 with entropies .1 and 2; group 1: of 2 and of 1 with entropies 1 and ``lower``."""
    all = [
        scored(THREE, 0, entropy=0.1),
        scored(ONE, 1, entropy=2.0),
        scored(TWO, 0, "b", entropy=1.0),
        scored(ONE, 1, "b", entropy=lower),
    ]
    settings = config.build({f"hir.{key}": value for key, value in hir.items()}).hir
    return [(i, selection.f_div) for i, selection in replay.choose(all, [[0, 1], [2, 3]], settings, k, step, 0)]


def test_the_measure_is_as_asked() -> None:
    """F = entropy + 2 F_int at step 1: .1 + 1.5 against 2 + .5 (the second wins), 1 + 1 against 1 + .5 (the first).

    lambda has grown to 2 * 1.05^19 = 5.05 at step 20: .1 + 3.79 against 2 + 1.26; now the first wins in both.
    """
    assert chosen({}) == [(1, 2.0), (2, 1.0)]
    assert chosen({}, step=20) == [(0, 0.1), (2, 1.0)]
    assert chosen({"replay": "entropy"}, step=20, lower=1.1) == [(1, 2.0), (3, 1.1)]
    assert chosen({"replay": "integrity"}) == [(0, None), (2, None)]
    assert chosen({"replay": "none"}) == []
    assert chosen({}, k=0) == []


def test_lambda_never_overflows() -> None:
    """After a million steps 2 * 1.05^s is far beyond any float; F_int decides, and entropy breaks its ties."""
    assert chosen({}, step=1_000_000) == [(0, 0.1), (2, 1.0)]
    assert chosen({"scope": "batch"}, step=1_000_000, k=2) == [(0, 0.1), (2, 1.0), (1, 2.0), (3, 1.0)][:4]


def test_a_batch_wide_budget_takes_the_best_wherever_they_are() -> None:
    """k = 1 of two instructions is 2: the two with F = 2.5 and 4.5 may be of one group."""
    assert [i for i, _ in chosen({"scope": "batch"}, lower=4.0)] == [3, 1]


def test_random_choice_is_of_seed_and_step_alone() -> None:
    picks = {tuple(i for i, _ in chosen({"replay": "random"}, step=step)) for step in range(1, 40)}
    assert picks == {(a, b) for a in (0, 1) for b in (2, 3)}
    assert chosen({"replay": "random"}, step=7) == chosen({"replay": "random"}, step=7)


@pytest.mark.parametrize(("partial", "k", "extra"), [(4, 2, 0), (3, 2, 1), (2, 2, 1), (1, 2, 2), (0, 2, 2), (0, 1, 1)])
def test_refill_samples_what_is_missing(partial: int, k: int, extra: int) -> None:
    """Two instructions want 2k replays. 3 of 4: one is missing, so one more rollout each; 0 of 4: two more each."""
    texts = [THREE, TWO][:partial] + [NONE] * (2 - min(partial, 2)), [THREE, TWO][: partial - 2 if partial > 2 else 0]
    all = [scored(text, i, key) for key, group in zip("ab", texts, strict=True) for i, text in enumerate(group)]
    groups = [[i for i, one in enumerate(all) if one.instruction.key == key] for key in "ab"]
    settings = {"hir.k": k, "hir.refill": True}
    assert replay.short_by(all, groups, config.build(settings).hir) == extra
    assert replay.short_by(all, groups, config.build(settings | {"hir.refill": False}).hir) == 0
    assert replay.short_by(all, groups, config.build(settings | {"hir.replay": "none"}).hir) == 0


def test_what_a_response_is_told_as() -> None:
    """drop asks for what held, relax for what was achieved; the controls are wrong as they are meant to be."""
    one = scored("the Moon, a river")  # LOWER and COMMA fail, and 4 words are fewer than 5
    dropped = replay.tell(one, BEST, "drop", "fixed", 0)
    assert isinstance(dropped, Instruction)
    assert dropped.prompt == "Tell a story.\n\nName the river."
    assert dropped.constraints == (RIVER,)
    relaxed = replay.tell(one, BEST, "relax", "fixed", 0)
    assert isinstance(relaxed, Instruction)
    assert [c.id for c in relaxed.constraints] == [WORDS.id, RIVER.id]
    assert relaxed.constraints[0].args == {"relation": "at least", "num_words": 4}
    assert replay.tell(one, BEST, "control-original", "fixed", 0) is one.instruction
    told = [replay.tell(one, BEST, "control-random", "fixed", seed) for seed in range(40)]
    assert {new.prompt for new in told if isinstance(new, Instruction)} == {asked("a", c).prompt for c in ALL}


def test_what_cannot_be_told_says_why() -> None:
    prose = Instruction("a", "Tell a story of dragons.", ALL)
    refused = replay.tell(Scored(prose, Response(THREE), scored(THREE).judgements), BEST, "drop", "fixed", 0)
    assert isinstance(refused, str)
    assert refused.startswith("no certain rewrite: no wording known: case:style: ")
    held = Judgement(LOWER, Verdict("pass"), Verdict("pass"), 1)  # a verdict that is wrong: the text has a capital
    lied = Scored(asked(), Response(TWO), (held, *scored(TWO).judgements[1:]))
    told = replay.tell(lied, BEST, "drop", "fixed", 0)
    assert isinstance(told, str)
    assert told.startswith("not verified again: case:style: ")


def test_each_rank_tells_its_share_and_all_go_on_with_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a worker that dies on one rank alone would leave the ranks with unlike batches, waiting for each other."""
    texts = (THREE, TWO, ONE, "the Moon, a river")
    tries = [
        attempts.Attempt(0, (1,), Completion((2,), (-1.0,), None, True), scored(t, i)) for i, t in enumerate(texts)
    ]
    one = SimpleNamespace(c=config.build({}), workers=Workers(0), render=lambda prompt: prompt)
    whole = run.hindsight(one, tries, 3, 1)  # type: ignore[arg-type]
    here, shares, both = local(), dict[int, list[Any]](), Barrier(2)

    def gathered(mine: list[Any]) -> list[Any]:
        shares[here.rank] = mine
        both.wait(60)
        return [*shares[0], *shares[1]]

    def told_by(rank: int) -> Any:
        here.rank = rank
        return run.hindsight(one, tries, 3, 1)  # type: ignore[arg-type]

    for name, fake in {"rank": lambda: here.rank, "world": lambda: 2, "gathered": gathered}.items():
        monkeypatch.setattr(model, name, fake)
    with ThreadPoolExecutor(2) as ranks:
        assert list(ranks.map(told_by, (0, 1))) == [whole, whole]
    assert sorted(map(len, shares.values())) == [1, 2]


def test_where_nothing_relaxes_what_failed_is_dropped() -> None:
    """Of THREE, LOWER fails, and a text is in small letters or it is not."""
    assert replay.tell(scored(THREE), BEST, "relax", "fixed", 0) == replay.tell(scored(THREE), BEST, "drop", "fixed", 0)


def test_the_loop_replays_what_hirkit_relabel_would() -> None:
    """The same responses under the same instructions, but for ties, of which there are none here."""
    texts = [EVERY, NONE, THREE, THREE, TWO, ONE, "the Moon, a river"]
    group = [scored(text, i, entropy=i / 8) for i, text in enumerate(texts)]
    picked = replay.choose(group, [range(7)], config.build({}).hir, 3, 1, 0)
    told = {i: replay.tell(group[i], selection, "drop", "fixed", 0) for i, selection in picked}
    records = relabel.relabel(group, relabel.Plan(k=3)).records
    assert told == {record.response.sample: record.hindsight for record in records}
    assert dict(picked) == {record.response.sample: record.selection for record in records}


# ------------------------------------------------------------------------------------------------ rows of an update


@pytest.fixture(scope="module")
def learner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[model.Learner]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = tiny_policy.save(tmp_path_factory.mktemp("tiny"))
    yield model.Learner(model.load(config.Model(), str(folder), torch.device("cpu")), config.build({}))
    torch.set_num_threads(threads)


def rows(learner: model.Learner, c: config.Loss = config.Loss()) -> list[batch.Row]:  # noqa: B008 (it is frozen)
    given = [((5, 6), (7, 8, 3)), ((5, 6), (9, 3))]
    tries = [
        attempts.Attempt(0, p, Completion(ids, (-1.0,) * len(ids), None, True), scored(THREE, i))
        for i, (p, ids) in enumerate(given)
    ]
    old_NT = learner.measure(given)[0]
    return batch.fresh(tries, [0.0, 1.0], old_NT, old_NT, c)


def test_a_replay_keeps_its_tokens_and_what_it_is_held_against(learner: model.Learner) -> None:
    """behavior: log-probabilities under the original prompt, as released; recompute: under its own."""
    first = rows(learner)
    (told,) = batch.replays(first, [(0, (11, 12, 13))], weight=0.5)
    assert (told.pair, told.reward, told.replay) == (((11, 12, 13), (7, 8, 3)), 1.0, True)
    assert told.group not in {row.group for row in first}
    assert told.old_T is first[0].old_T
    assert told.weight_T.tolist() == [0.5] * 3
    (again,) = batch.recomputed([told], learner, config.Loss(kl="none"))
    (expected,) = learner.measure([((11, 12, 13), (7, 8, 3))])[0]
    assert torch.equal(again.old_T, expected)
    assert not torch.allclose(again.old_T, told.old_T)


def test_importance_weights_are_capped(learner: model.Learner) -> None:
    """The engine said -1 for each token; the trainer's own say exp(old + 1), at most 1.5."""
    for row in rows(learner, config.Loss(importance_cap=1.5)):
        assert row.weight_T.tolist() == pytest.approx([min(1.5, math.exp(old + 1)) for old in row.old_T.tolist()])


def test_stored_records_are_weighed_by_how_the_policy_changed(learner: model.Learner) -> None:
    """Twice as likely by the token now as then counts 1, half as likely 1/2; unknown, or kept, counts 1. Times 0.4."""
    mean = float(learner.measure([((5, 6), (7, 3))])[0].mean())
    due = [data.Stored((5, 6), (7, 3), logprob) for logprob in (mean - math.log(2), mean + math.log(2), None)]
    free = {"data.replay": "x", "data.replay_quota": 3, "loss.kl": "none"}
    c = config.build(free | {"data.replay_weight": 0.4})
    made = batch.stored(due, 10, learner, c)
    assert [row.weight_T.tolist() for row in made] == [pytest.approx([w, w]) for w in (0.4, 0.2, 0.4)]
    assert [(row.group, row.replay, row.reward) for row in made] == [(10 + i, True, 1.0) for i in range(3)]
    kept = config.build(free | {"data.replay_stale": "keep"})
    assert [row.weight_T.tolist() for row in batch.stored(due, 10, learner, kept)] == [[1.0, 1.0]] * 3


def test_stored_records_take_turns_and_grow_old() -> None:
    """Five records, two a step: ten steps take each four times. At most 3 steps old at step 9: those of 6 and on."""
    settings = config.build({"data.replay": "x", "data.replay_quota": 2}).data
    all = [data.Stored((1,), (2,), None, step) for step in (0, 2, 4, 6, 8)]
    taken = [one.step for step in range(1, 11) for one in data.due(all, settings, 0, step)]
    assert sorted(taken) == sorted([0, 2, 4, 6, 8] * 4)
    assert sorted(taken[:4]) != sorted(taken[4:8])
    aged = config.build({"data.replay": "x", "data.replay_quota": 2, "data.replay_max_age": 3}).data
    assert {one.step for step in (9, 9) for one in data.due(all, aged, 0, step)} == {6, 8}
    assert data.due(all, aged, 0, 100) == []


def test_records_of_relabel_are_read_with_their_age_and_probability(tmp_path: Path, learner: model.Learner) -> None:
    from train import nano

    tokens, path = nano.tokenizer(), tmp_path / "replays.jsonl"
    record = {"key": "a", "prompt": "Write about the old moon.", "response": "the river sings", "hindsight": {}}
    rows = [record | {"selection": {"step": 7}, "meta": {"logprobs": -0.5}}, {"prompt": "Hi", "completion": "moon"}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    first, second = data.stored(str(path), tokens, config.Data())
    assert (first.step, first.logprob, second.step, second.logprob) == (7, -0.5, 0, None)
    assert tokens.decode(first.ids) == "the river sings<|end|>"
    assert tokens.decode(first.prompt_ids).replace("> ", ">") == "<|user|>Write about the old moon.<|assistant|>"
    rows[0] |= {name: json.dumps(rows[0][name]) for name in ("hindsight", "selection", "meta")}  # as in its tables
    rows[1] |= {"step": 4}  # as in rollouts
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert data.stored(str(path), tokens, config.Data()) == [first, replace(second, step=4)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"response": 3}, r"response: expected the text"),
        ({"response": "x", "hindsight": {}, "selection": 3}, r"selection: expected an object"),
        ({"response": "x", "hindsight": {}, "selection": {"step": "x"}}, r"step: expected a whole number"),
        ({"response": "x", "hindsight": {}, "meta": {"logprobs": "x"}}, r"logprobs: expected a number"),
        ({"response": "x", "step": "x"}, r"step: expected a whole number"),
    ],
)
def test_a_bad_record_stops_the_run_with_its_place(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    from train import nano

    path = tmp_path / "replays.jsonl"
    path.write_text(json.dumps({"prompt": "Hi"} | row) + "\n")
    with pytest.raises(UserError, match=rf"replays\.jsonl:1: {said}"):
        data.stored(str(path), nano.tokenizer(), config.Data())


def test_records_in_a_table_of_relabel_are_read_alike(tmp_path: Path, hirkit: Hirkit) -> None:
    from train import nano

    asked = [{"id": COMMA.id}, {"id": WORDS.id, "args": {"relation": "at least", "num_words": 50}}]
    row = {"key": 1, "task": "Write about the moon.", "constraints": asked, "response": "the river", "logprobs": -0.5}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row) + "\n")
    for name in ("out.jsonl", "out.parquet"):
        done = hirkit("relabel", tmp_path / "rows.jsonl", "-o", tmp_path / name, "--step", "3")
        assert done.returncode == 0, done.stderr
    lines, table = (
        data.stored(str(tmp_path / name), nano.tokenizer(), config.Data()) for name in ("out.jsonl", "out.parquet")
    )
    assert lines == table
    assert [(one.step, one.logprob) for one in lines] == [(3, -0.5)]


# ------------------------------------------------------------------------------------------------ data


def test_every_epoch_has_every_instruction_once_in_an_order_of_its_own(tmp_path: Path) -> None:
    """Seven instructions, two held out, two a step: steps 1 to 5 are two epochs of the five others."""
    path = tmp_path / "prompts.jsonl"
    lines = [
        {"key": i, "prompt": f"Story {i}. Do not use commas.", "constraints": [{"id": COMMA.id}]} for i in range(7)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in [*lines, {"key": 8}]))
    c = config.build({"data.prompts": str(path), "data.heldout_size": 2, "hir.prompts": 2})
    found = data.load(c, lambda prompt: tuple(prompt.encode()))
    seen = [one.key for step in range(1, 6) for one in found.batch(step)]
    held = {one.key for one in found.heldout}
    assert len(held) == 2
    assert set(seen[:5]) == set(seen[5:]) == set(range(7)) - held
    assert seen[:5] != seen[5:]
    assert [one.key for one in found.batch(3)] == seen[4:6], "a batch is of its step alone"
    assert found.told[0].startswith(f"{path}: 1 rows are rejected, the first: {path}:8:")
    with pytest.raises(UserError, match=r"7 prompts of more than 3 tokens are left out"):
        data.load(config.build({"data.prompts": str(path), "data.max_prompt_tokens": 3}), lambda prompt: (0,) * 4)
    with pytest.raises(UserError, match=r"5 instructions to train on; hir\.prompts = 6"):
        data.load(config.build({"data.prompts": str(path), "data.heldout_size": 2, "hir.prompts": 6}), lambda _: ())


def test_a_prompt_is_rendered_by_its_chat_template() -> None:
    class Tokens:
        chat_template = "…"

        def apply_chat_template(self, turns: Any, **how: Any) -> str:
            return json.dumps([turns, how])

        def __call__(self, text: str, **how: Any) -> Any:
            return type("Encoded", (), {"input_ids": [text, how]})

    text, how = data.render(Tokens(), "Hi", config.Data(system="Be kind.", template={"enable_thinking": False}))
    turns, told = json.loads(text)  # type: ignore[arg-type]
    assert turns == [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}]
    assert told == {"tokenize": False, "add_generation_prompt": True, "enable_thinking": False}
    assert how == {"add_special_tokens": False}


# ------------------------------------------------------------------------------------------------ verdicts


def test_verdicts_and_tellings_of_a_process_that_dies_are_errors() -> None:
    """Whatever the workers are asked, the answer of a dead one is told as such, and never as a success."""

    class Dead:
        n = 1

        def submit(self, *_: Any) -> Any:
            def wait() -> Any:
                raise Died("a process died over it, twice")

            return wait

    judged = reward.judging(Dead(), asked(), EVERY, "fixed", 60.0)()  # type: ignore[arg-type]
    assert [j.strict.status for j in judged] == ["error"] * 4
    told = reward.surely(Dead().submit(replay.tell, scored(EVERY), BEST, "drop", "fixed", 0), str)()
    assert told == "a process died over it, twice"


def test_verdicts_come_from_workers_as_from_here() -> None:
    workers = Workers(1)
    judged = reward.judging(workers, asked(), EVERY, "fixed", 60.0)()
    workers.close()
    assert [j.strict.status for j in judged] == ["pass"] * 4
    assert judged == reward.judge(asked(), EVERY, "fixed")


def test_a_response_that_was_cut_off_follows_nothing() -> None:
    ended, cut = (
        attempts.Attempt(0, (1,), Completion((2,), (-1.0,), None, end), scored(EVERY)) for end in (True, False)
    )
    assert (ended.followed, ended.cla) == (True, 1.0)
    assert (cut.followed, cut.cla) == (False, 0.0)
    said = attempts.accuracy([ended, cut])
    assert (said["ila"], said["cla"], said["truncated"], said["pass/punctuation:no_comma"]) == (0.5, 0.5, 0.5, 0.5)


@pytest.mark.parametrize(("opened", "same"), [("", True), ("<think>\n", False)])
def test_reasoning_that_the_prompt_opens_is_not_opened_twice(tmp_path: Path, opened: str, same: bool) -> None:
    """A rollout is kept with the tag that its prompt ended with. What is learned from it is what was sampled."""
    from train import nano

    tokens, path = nano.tokenizer(), tmp_path / "rollouts.jsonl"
    tokens.chat_template += opened
    path.write_text(json.dumps({"prompt": "Hi", "response": "<think>moon</think>the river"}) + "\n")
    (found,) = data.stored(str(path), tokens, config.Data())
    assert tokens.decode(found.prompt_ids).endswith(opened.rstrip())
    assert tokens.decode(found.ids) == ("<think>" if same else "") + "moon</think>the river<|end|>"


def test_reasoning_is_not_judged_wherever_it_was_opened() -> None:
    class Tokens:
        def decode(self, ids: Any, **_: Any) -> str:
            return "".join(map(chr, ids))

    def answer(prompt: str, text: str) -> tuple[str, str]:
        ids = (*map(ord, text), 0)
        found = attempts.responded(Tokens(), tuple(map(ord, prompt)), Completion(ids, (0.0,) * len(ids), None, True), 0)
        return found.text, found.answer

    assert answer("Hi.", "<think>Hm.</think>Ho.") == ("<think>Hm.</think>Ho.", "Ho.")
    assert answer("Hi.<think>\n", "Hm.</think>Ho.") == ("<think>Hm.</think>Ho.", "Ho.")
    assert answer("Hi.<think>\n", "Hm.") == ("<think>Hm.", ""), "it never came to an answer"
