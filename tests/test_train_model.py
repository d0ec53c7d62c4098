"""The policy: what it says of tokens is what they were sampled with, and it learns the same however it is cut up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hirkit.records import UserError
from tests import tiny_policy
from train import batch, checkpoint, config, model, rollout
from train.rollout import Ask, Completion, Sampling

pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*deprecated:FutureWarning")  # by peft

PROMPTS = [(7, 8, 9), (10, 11, 12, 13, 14), (15,), (7, 8, 9)]
RESPONSES = [(20, 21), (22, 23, 24, 25, 3), (26,), (27, 28, 29, 3)]
PAIRS = list(zip(PROMPTS, RESPONSES, strict=True))
CPU = torch.device("cpu")


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_policy.save(tmp_path_factory.mktemp("tiny"))


def policy(folder: Path, **settings: Any) -> model.Policy:
    return model.load(config.Model(**settings), str(folder), CPU)


def learner(folder: Path, values: dict[str, Any] | None = None, **settings: Any) -> model.Learner:
    return model.Learner(policy(folder, **settings), config.build({"optim.lr": 0.01} | (values or {})))


@torch.no_grad()
def by_hand(lm: Any, temperature: float) -> tuple[list[list[float]], list[list[float]]]:
    """Row by row, without padding: the logits at a position tell the token after it."""
    logps, entropies = [], []
    for prompt, response in zip(PROMPTS, RESPONSES, strict=True):
        logits_LV = lm(torch.tensor([[*prompt, *response]])).logits[0].double() / temperature
        logp_TV = logits_LV.log_softmax(-1)[len(prompt) - 1 : -1]
        logps.append([float(logp_TV[t, token]) for t, token in enumerate(response)])
        entropies.append([-float((row.exp() * row).sum()) for row in logp_TV])
    return logps, entropies


@pytest.mark.parametrize("at_once", [2**28, 1000])
@torch.no_grad()
def test_token_logps_are_those_of_each_row_alone(folder: Path, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of unlike length, a temperature of 0.7; of 252 words, 1000 logits at once are 3 positions."""
    monkeypatch.setattr(model, "LOGITS_AT_ONCE", at_once)
    lm = policy(folder).lm
    logp_BT, entropy_BT = model.token_logps(lm, PAIRS, 0.7, entropies=True)
    logps, entropies = by_hand(lm, 0.7)
    for b, response in enumerate(RESPONSES):
        n = len(response)
        assert logp_BT[b, :n].tolist() == pytest.approx(logps[b], abs=1e-5)
        assert entropy_BT[b, :n].tolist() == pytest.approx(entropies[b], abs=1e-5)
        assert not logp_BT[b, n:].any()
        assert not entropy_BT[b, n:].any()


def test_chunks_have_the_gradient_of_the_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gradients = []
    for at_once in (2**28, 1000):
        monkeypatch.setattr(model, "LOGITS_AT_ONCE", at_once)
        lm = policy(folder).lm
        model.token_logps(lm, PAIRS, 1.0)[0].sum().backward()
        gradients.append(torch.cat([weight.grad.flatten() for weight in lm.parameters()]))
    assert torch.allclose(*gradients, atol=1e-5)


@torch.no_grad()
def test_a_head_that_does_more_is_not_cut_short() -> None:
    """Gemma 2 squashes its logits after the head: taken as they come, they agree with the model's own."""
    from transformers import Gemma2Config, Gemma2ForCausalLM

    torch.manual_seed(0)
    shape = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    few = {"num_key_value_heads": 1, "head_dim": 8, "final_logit_softcapping": 2.0, "sliding_window": 8}
    lm = Gemma2ForCausalLM(Gemma2Config(vocab_size=64, **shape, **few)).eval()
    lm.lm_head.weight.mul_(30)
    logp_BT, _ = model.token_logps(lm, PAIRS, 1.0)
    assert logp_BT[1].tolist() == pytest.approx(by_hand(lm, 1.0)[0][1], abs=1e-5)


# ------------------------------------------------------------------------------------------------ sampling


def sampled(policy: model.Policy, asks: list[Ask], rows: int = 0, **how: Any) -> list[Completion]:
    engine = rollout.HF(rows)
    engine.sync(policy)
    found: dict[int, Completion] = {}
    sampling = Sampling(**({"temperature": 1.0, "max_tokens": 12, "eos": frozenset({3})} | how))
    engine.generate(asks, sampling, found.__setitem__)
    return [found[i] for i in range(len(asks))]


ASKS = [Ask(prompt, 100 * seed + i) for i, prompt in enumerate(PROMPTS) for seed in range(8)]


def test_sampled_tokens_have_the_log_probabilities_that_training_gives_them(folder: Path) -> None:
    """Left padding, a cache, rows that leave: rollouts agree with the padded-on-the-right forward pass."""
    one = policy(folder)
    found = sampled(one, ASKS, temperature=0.8)
    assert any(x.ended for x in found)
    assert any(not x.ended for x in found)
    with torch.no_grad():
        logp_BT, entropy_BT = model.token_logps(
            one.lm, [(ask.prompt_ids, x.ids) for ask, x in zip(ASKS, found, strict=True)], 0.8, entropies=True
        )
    for x, logp_T, entropy_T in zip(found, logp_BT, entropy_BT, strict=True):
        n = len(x.ids)
        assert x.ended == (x.ids[-1] == 3)
        assert x.ended or n == 12
        assert 3 not in x.ids[:-1]
        assert logp_T[:n].tolist() == pytest.approx(x.logprobs, abs=2e-5)
        assert x.entropies is not None
        assert entropy_T[:n].tolist() == pytest.approx(x.entropies, abs=2e-5)


def test_a_response_does_not_depend_on_its_neighbours(folder: Path) -> None:
    one = policy(folder)
    together = [x.ids for x in sampled(one, ASKS)]
    assert [x.ids for x in sampled(one, ASKS, rows=5)] == together
    assert [x.ids for x in sampled(one, ASKS[::-1])] == together[::-1]
    assert len(set(together)) > 16


def test_temperature_0_is_what_transformers_calls_greedy(folder: Path) -> None:
    one = policy(folder)
    for prompt, mine in zip(PROMPTS, sampled(one, [Ask(p, 0) for p in PROMPTS], temperature=0.0), strict=True):
        theirs = one.lm.generate(
            torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)), max_new_tokens=12, do_sample=False,
            eos_token_id=3, pad_token_id=0,
        )  # fmt: skip
        assert mine.ids == tuple(theirs[0, len(prompt) :].tolist())


def test_every_ending_token_ends(folder: Path) -> None:
    """Every token ends: one token each, all ended. None of them is cut off by a limit of one."""
    found = sampled(policy(folder), ASKS, eos=frozenset(range(300)))
    assert all(x.ended and len(x.ids) == 1 for x in found)


def test_tokens_are_drawn_with_their_probabilities() -> None:
    """Of probabilities 1/2, 1/4, 1/4 and 0, over an even grid of 1000 uniform numbers in (0, 1]."""
    logits_NV = torch.tensor([0.5, 0.25, 0.25, 0.0]).log().expand(1000, 4)
    token_N, logp_N, entropy_N = rollout.draw(logits_NV, 1.0, (torch.arange(1000) + 1) / 1000)
    assert Counter(token_N.tolist()) == pytest.approx({0: 500, 1: 250, 2: 250}, abs=1)
    assert logp_N[0].item() == pytest.approx(math.log(0.5))
    assert entropy_N[0].item() == pytest.approx(1.5 * math.log(2))
    token_N, logp_N, _ = rollout.draw(logits_NV[:2], 0.5, torch.tensor([0.6, 0.7]))
    assert token_N.tolist() == [0, 1], "at temperature 1/2: 2/3, 1/6, 1/6"
    assert logp_N.tolist() == pytest.approx([math.log(2 / 3), math.log(1 / 6)])


def test_memory_that_runs_out_while_sampling_halves_the_rows(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one, whole = policy(folder), rollout.decode
    expected = [x.ids for x in sampled(one, ASKS)]

    def scarce(lm: Any, device: Any, asks: Any, sampling: Any) -> Iterator[tuple[int, Completion]]:
        for i, found in enumerate(whole(lm, device, asks, sampling)):
            yield found
            if len(asks) > 10 and i == 2:
                raise torch.OutOfMemoryError

    monkeypatch.setattr(rollout, "decode", scarce)
    assert [x.ids for x in sampled(one, ASKS)] == expected
    assert "out of memory with 32 rows decoded at once; from here on 16" in capsys.readouterr().out


# ------------------------------------------------------------------------------------------------ learning


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(1, 100), st.integers(1, 4))
def test_micro_batches_have_every_row_once_and_keep_to_the_tokens(lengths: list[int], tokens: int, ranks: int) -> None:
    made = model.micro_batches(lengths, tokens, ranks)
    assert sorted(i for batch in made for rows in batch for i in rows) == list(range(len(lengths)))
    for of_ranks in made:
        assert len(of_ranks) == ranks
        sizes = [len(rows) for rows in of_ranks]
        assert max(sizes) - min(sizes) <= 1
        for rows in of_ranks:
            assert len(rows) <= 1 or len(rows) * max(lengths[i] for i in rows) <= tokens


def mean_logp(total: int) -> model.Objective:
    return lambda logp_BT, rows: (-logp_BT.sum() / total, {"tokens": (logp_BT != 0).sum().float()})


def learned(one: model.Learner, steps: int = 3) -> list[dict[str, float]]:
    return [one.update(PAIRS, [0, 1, 3], mean_logp(11), 0.01) for _ in range(steps)]


def flat(one: model.Learner) -> torch.Tensor:
    return torch.cat([weight.detach().float().flatten() for weight in one.weights.values()])


def test_micro_batches_add_up_to_the_batch(folder: Path) -> None:
    """Rows 0, 1 and 3 have 11 tokens. Weights are told apart only by rounding, which Adam's first step magnifies."""
    large, small = learner(folder), learner(folder, {"optim.micro_tokens": 1})
    for a, b in zip(learned(large), learned(small), strict=True):
        assert a == pytest.approx(b, rel=1e-4)
        assert a["tokens"] == 11
    assert learned(large)[-1]["loss"] < learned(learner(folder), 1)[0]["loss"]


def test_memory_that_runs_out_halves_the_micro_batch(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As if 24 tokens of padded rows were too many: 64 are halved twice, and nothing of the failed attempts is left."""
    expected = learned(learner(folder))
    one, whole = learner(folder, {"optim.micro_tokens": 64}), model.token_logps

    def scarce(lm: Any, pairs: Any, *how: Any) -> Any:
        if len(pairs) * max(len(prompt) + len(response) for prompt, response in pairs) > 24:
            raise torch.OutOfMemoryError
        return whole(lm, pairs, *how)

    monkeypatch.setattr(model, "token_logps", scarce)
    for a, b in zip(learned(one), expected, strict=True):
        assert a == pytest.approx(b, rel=1e-4)
    assert "out of memory; micro-batches of 16 tokens from here on" in capsys.readouterr().out
    monkeypatch.setattr(model, "token_logps", lambda *_: (_ for _ in ()).throw(torch.OutOfMemoryError()))
    with pytest.raises(UserError, match="gradient_checkpointing"):
        one.measure(PAIRS)


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_changes_nothing(folder: Path, broken: float) -> None:
    one = learner(folder)
    learned(one)
    before = flat(one)
    with pytest.raises(model.NotFinite):
        one.update(PAIRS, [0, 1], lambda logp_BT, _: (broken * logp_BT.sum(), {}), 0.01)
    assert torch.equal(flat(one), before)


def test_bfloat16_learns_what_it_could_not_add_up(folder: Path, tmp_path: Path) -> None:
    """A rate of 1e-6 is lost on bfloat16 weights of 0.2, and adds up in their float32 masters; both are kept."""
    one = learner(folder, dtype="bfloat16")
    before = {name: master.detach().clone() for name, master in one.masters.items()}
    for _ in range(3):
        one.update(PAIRS, [0, 1, 3], mean_logp(11), 1e-6)
    moved = max(float((master.detach() - before[name]).abs().max()) for name, master in one.masters.items())
    assert moved == pytest.approx(3e-6, rel=0.1)
    assert {weight.dtype for weight in one.weights.values()} == {torch.bfloat16}
    saved = reopened(one, folder, tmp_path, dtype="bfloat16")
    assert all(torch.equal(saved.masters[name], master) for name, master in one.masters.items())
    assert learned(one) == learned(saved)


def reopened(one: model.Learner, folder: Path, out: Path, **settings: Any) -> model.Learner:
    """The learner of a checkpoint."""
    from transformers import AutoTokenizer

    checkpoint.save(out, 3, one, AutoTokenizer.from_pretrained(folder), {}, keep=1)
    (last,) = checkpoint.found(out)
    again = model.Learner(model.load(config.Model(**settings), str(folder), CPU, last), config.build({}))
    checkpoint.restore(last, again)
    return again


def test_lora_trains_adapters_and_has_its_reference_for_nothing(folder: Path, tmp_path: Path) -> None:
    one = learner(folder, lora_rank=2)
    base_NT = learner(folder).measure(PAIRS)[0]
    assert {"lora" in name for name in one.weights} == {True}
    learned(one)
    assert not torch.allclose(one.measure(PAIRS)[0], base_NT, atol=1e-2)
    assert torch.allclose(one.measure(PAIRS, of_reference=True)[0], base_NT, atol=1e-6)
    saved = reopened(one, folder, tmp_path, lora_rank=2)
    assert learned(one) == learned(saved)
    assert len(sampled(one.policy, ASKS[:2])) == 2


def test_gradient_checkpointing_changes_nothing_but_the_work(folder: Path) -> None:
    """Each layer runs again for the backward pass, once a micro-batch and update; never while sampling."""
    one, runs = learner(folder, gradient_checkpointing=True), [0]
    one.policy.lm.model.layers[0].mlp.register_forward_pre_hook(lambda *_: runs.__setitem__(0, runs[0] + 1))
    for a, b in zip(learned(learner(folder)), learned(one), strict=True):
        assert a == pytest.approx(b, rel=1e-4)
    assert runs[0] == 6
    assert not any(module.training for module in one.policy.modules())
    assert [x.ids for x in sampled(policy(folder), ASKS)] == [
        x.ids for x in sampled(policy(folder, gradient_checkpointing=True), ASKS)
    ]


def test_a_model_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"model\.path: cannot load"):
        policy(tmp_path / "nothing")


def test_measured_entropy_is_the_mean_over_a_response(folder: Path) -> None:
    entropies = by_hand(policy(folder).lm, 1.0)[1]
    one = learner(folder)
    attempts = [
        batch.Attempt(0, p, Completion(r, (0.0,) * len(r), None, True), None)  # type: ignore[arg-type]
        for p, r in zip(PROMPTS, RESPONSES, strict=True)
    ]
    old_NT, ref_NT, entropy_N = batch.measured(attempts, one, config.build({"loss.kl": "none"}))
    assert entropy_N.tolist() == pytest.approx([sum(row) / len(row) for row in entropies], abs=1e-5)
    assert old_NT is ref_NT
    rows = batch.fresh(attempts, [0.0] * 4, old_NT, ref_NT, config.Loss())
    assert batch.engine_gap(rows, attempts) == pytest.approx(-float(old_NT.sum()) / 12, rel=1e-5)
