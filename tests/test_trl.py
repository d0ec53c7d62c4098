"""TRL's own trainers take one real step on each of our exports, on the CPU, with a tiny model made here.

The model is random, and its tokenizer reads bytes: nothing is downloaded, and nothing is learned. What is shown is that
the columns are those that each trainer expects, that its loss is a number, and that GRPO calls our reward function with
them.
"""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from hirkit import reward
from hirkit.export import EXPORTS
from tests import tiny_llama
from tests.test_export import rows_of, turn, written

pytest.importorskip("trl", reason="the trainers under test")
torch = pytest.importorskip("torch", reason="the trainers under test")
datasets = pytest.importorskip("datasets", reason="reads the exports")
pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*deprecated:FutureWarning")

LONGEST = 640
TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """Bytes, four special tokens, and a chat template."""
    special = ["<|end|>", "<|pad|>", "<|user|>", "<|assistant|>"]
    roles = {"eos_token": "<|end|>", "pad_token": "<|pad|>", "extra_special_tokens": special[2:]}
    return tiny_llama.tokenizer(TEMPLATE, special, **roles)


@pytest.fixture(scope="module")
def model(tokenizer: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder, for trainers load their reference from it again."""
    folder = tmp_path_factory.mktemp("model")
    shape = {"num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 2 * LONGEST}
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    tiny_llama.llama(len(tokenizer), **shape, **ends).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def loaded(name: str, folder: Path, rows: int = 8) -> Any:
    """The export as its reader gets it, shuffled as KTO wants it, and so many rows of it."""
    path = written(folder, name)
    found = datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=str(folder / "cache"))
    assert len(found) == len(rows_of(name))
    return found.shuffle(seed=0).select(range(rows))


def one_step(folder: Path) -> dict[str, Any]:
    """What each trainer's settings have in common."""
    return {
        "output_dir": str(folder / "run"),
        "max_steps": 1,
        "per_device_train_batch_size": 4,
        "learning_rate": 1e-3,
        "logging_steps": 1,
        "report_to": "none",
        "save_strategy": "no",
        "use_cpu": True,
        "bf16": False,
        "disable_tqdm": True,
        "seed": 0,
    }


def step(trainer: Any) -> dict[str, Any]:
    """Take it; the loss must be a number, and the weights must have moved."""
    before = [weight.detach().clone() for weight in trainer.model.parameters()]
    result = trainer.train()
    assert result.global_step == 1
    assert math.isfinite(result.training_loss)
    moved = [bool((a != b).any()) for a, b in zip(before, trainer.model.parameters(), strict=True)]
    logged: dict[str, Any] = {}
    for entry in trainer.state.log_history:
        logged |= entry
    return logged | {"moved": any(moved)}


def test_sft(tokenizer: Any, model: str, tmp_path: Path) -> None:
    """Only the completion is trained on: as many labels as the response has bytes, and the end."""
    from trl import SFTConfig, SFTTrainer

    rows = loaded("trl-sft", tmp_path)
    trainer = SFTTrainer(
        model, SFTConfig(**one_step(tmp_path), max_length=2 * LONGEST), train_dataset=rows, processing_class=tokenizer
    )
    [batch] = [next(iter(trainer.get_train_dataloader()))]
    responses = sorted(len(turn(row, "completion").encode()) + 1 for row in rows)
    assert set((batch["labels"] != -100).sum(1).tolist()) <= set(responses)
    assert step(trainer)["moved"]


def test_kto(tokenizer: Any, model: str, tmp_path: Path) -> None:
    from trl import KTOConfig, KTOTrainer

    rows = loaded("trl-unpaired", tmp_path, 16)
    assert set(rows["label"]) == {True, False}
    config = KTOConfig(**one_step(tmp_path), max_length=2 * LONGEST)
    logged = step(KTOTrainer(model, args=config, train_dataset=rows, processing_class=tokenizer))
    assert logged["moved"]


def test_dpo(tokenizer: Any, model: str, tmp_path: Path) -> None:
    """At the first step policy and reference are one, so that the loss is log 2."""
    from trl import DPOConfig, DPOTrainer

    rows = loaded("trl-preference", tmp_path)
    config = DPOConfig(**one_step(tmp_path), max_length=2 * LONGEST)
    logged = step(DPOTrainer(model, args=config, train_dataset=rows, processing_class=tokenizer))
    assert logged["loss"] == pytest.approx(math.log(2), abs=1e-3)
    assert logged["moved"]


def test_grpo_calls_our_reward_with_our_columns(tokenizer: Any, model: str, tmp_path: Path) -> None:
    """A random model writes bytes at random: some have commas and capitals, some have not, so rewards differ."""
    from trl import GRPOConfig, GRPOTrainer

    calls: list[dict[str, Any]] = []

    def trl_reward(**given: Any) -> list[float | None]:
        calls.append(given)
        return reward.trl_reward(**given, mean=True)

    rows = loaded("trl-prompts", tmp_path)
    config = GRPOConfig(
        **one_step(tmp_path) | {"per_device_train_batch_size": 8}, num_generations=4, max_completion_length=24
    )
    trainer = GRPOTrainer(model, trl_reward, args=config, train_dataset=rows, processing_class=tokenizer)
    logged = step(trainer)
    [call] = calls
    assert set(call) >= {"prompts", "completions", "completion_ids", "constraints", "rules", "key", "kind"}
    by_prompt = {turn(row, "prompt"): row["constraints"] for row in rows_of("trl-prompts")}
    assert [by_prompt[prompt[-1]["content"]] for prompt in call["prompts"]] == call["constraints"]
    rewards = reward.trl_reward(**call, mean=True)
    assert all(value is not None and 0 <= value <= 1 for value in rewards)
    assert logged["rewards/trl_reward/mean"] == pytest.approx(sum(rewards) / len(rewards), abs=1e-6)
    assert logged["hirkit/errors"] == 0.0


def test_a_reward_that_is_missing_is_left_out_by_grpo(tokenizer: Any, model: str, tmp_path: Path) -> None:
    """One of four completions of each prompt is not scored: its advantage is 0, and the mean is that of the others."""
    from trl import GRPOConfig, GRPOTrainer

    def some(completions: list[Any], **columns: Any) -> list[float | None]:
        return [None if i % 4 == 0 else float(i % 2) for i in range(len(completions))]

    config = GRPOConfig(
        **one_step(tmp_path) | {"per_device_train_batch_size": 8}, num_generations=4, max_completion_length=4
    )
    trainer = GRPOTrainer(
        model, some, args=config, train_dataset=loaded("trl-prompts", tmp_path), processing_class=tokenizer
    )
    assert step(trainer)["reward"] == pytest.approx(2 / 3)


def test_trl_has_no_type_for_pairs_of_instructions() -> None:
    """So that no trainer takes them for something else."""
    from trl.data_utils import is_conversational

    columns = set(EXPORTS["instruction-preference"].columns)
    assert not columns & {"prompt", "chosen", "rejected", "completion", "messages", "label"}
    assert not is_conversational(json.loads(json.dumps(rows_of("instruction-preference")[0])))
