"""HiR in other people's trainers, for a real step each where they install on a CPU; and our loss beside TRL's."""

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*deprecated:FutureWarning")

from hirkit.formats import native  # noqa: E402
from hirkit.records import Instruction  # noqa: E402
from hirkit.reward import trl_reward  # noqa: E402
from tests import tiny_llama  # noqa: E402
from tests.conftest import ROOT  # noqa: E402
from train import loss  # noqa: E402
from train.config import Hir  # noqa: E402

WORDS = ["the", "river", "moon", "sleeps", "sings", "old", "calm", "stone", "fire", "rain", "wind", "and", "over"]
SPECIAL = ["<pad>", "<eos>", "<unk>", "<user>", "<assistant>"]


def instruction(key: int) -> Instruction:
    """No word of the vocabulary has a comma or is "zebra": every response that ends follows one constraint, not two."""
    listed = [
        {"id": "punctuation:no_comma", "args": {}},
        {"id": "keywords:existence", "args": {"keywords": ["zebra"]}},
    ]
    return native.instruction({"key": key, "task": f"river {key}", "layout": "t4", "constraints": listed}, "fixed")


def tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(SPECIAL + WORDS)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.add_special_tokens(SPECIAL)
    found = PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>", padding_side="left"
    )
    found.chat_template = (
        "{% for m in messages %}<user> {{ m.content }} {% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
    )
    return found


def model(folder: Path) -> Any:
    """A random model, loaded from a folder: TRL loads its reference from where the policy came."""
    from transformers import LlamaForCausalLM

    shape = {"max_position_embeddings": 256, "initializer_range": 0.1, "pad_token_id": 0, "eos_token_id": 1}
    tiny_llama.llama(len(SPECIAL + WORDS), **shape).save_pretrained(folder / "base")
    return LlamaForCausalLM.from_pretrained(folder / "base")


def trainer(folder: Path, hir: Hir, **config: Any) -> Any:
    pytest.importorskip("trl")
    from datasets import Dataset
    from trl import GRPOConfig

    from train.adapters.trl import HiRTrainer, rows

    settings = {
        "per_device_train_batch_size": 8,
        "num_generations": 4,
        "max_completion_length": 48,
        "learning_rate": 1e-2,
        "max_steps": 2,
        "logging_steps": 1,
        "report_to": "none",
        "bf16": False,
        "use_cpu": True,
        "save_strategy": "no",
        "gradient_checkpointing": False,
        "disable_tqdm": True,
        "seed": 3,
    }
    return HiRTrainer(
        model(folder),
        trl_reward,
        args=GRPOConfig(output_dir=str(folder), **(settings | config)),
        train_dataset=Dataset.from_list(rows(map(instruction, range(8)), "fixed")),
        processing_class=tokenizer(),
        hir=hir,
    )


def batches(made: Any) -> list[Any]:
    """Train, and keep what each step learned from."""
    kept: list[Any] = []
    generate = made._generate_and_score_completions

    def keep(inputs: Any) -> Any:
        kept.append({name: value.clone() for name, value in generate(inputs).items()})
        return kept[-1]

    made._generate_and_score_completions = keep
    made.train()
    return kept


@pytest.mark.parametrize("old", ["behavior", "recompute"])
def test_a_step_of_trl_learns_from_replays(tmp_path: Path, old: Any) -> None:
    """8 rollouts of 2 instructions all keep 1 of 2 constraints: rewards 0, and 4 replays of reward 1.

    F tokens of failures and R of replays: mean R/(F+R), variance FR/(F+R)/(F+R-1), so advantages are -R and F over
    (F+R) times its root.
    """
    made = trainer(tmp_path, Hir(m=4, k=2, old=old))
    before = {name: value.clone() for name, value in made.model.named_parameters()}
    out = batches(made)[0]
    assert made.state.log_history[0]["hir/replays"] == 4
    assert made.state.log_history[0]["hir/cla"] == 0.5
    assert any(not torch.equal(value, before[name]) for name, value in made.model.named_parameters())

    lengths = out["completion_mask"].sum(1).float()
    f, r = lengths[:8].sum(), lengths[8:].sum()
    sd = (f * r / (f + r) / (f + r - 1)).sqrt()
    torch.testing.assert_close(out["advantages"][:8], (-r / (f + r) / sd).expand(8), rtol=1e-4, atol=0)
    torch.testing.assert_close(out["advantages"][8:], (f / (f + r) / sd).expand(4), rtol=1e-4, atol=0)
    assert out["num_items_in_batch"] == f + r

    texts = made.processing_class.batch_decode(out["prompt_ids"])
    zebra = made.processing_class("zebra").input_ids  # unknown, so <unk>; the dropped words leave fewer of them
    for i in range(8, 12):
        source = next(j for j in range(8) if torch.equal(out["completion_ids"][j], out["completion_ids"][i]))
        assert texts[i].count("<unk>") < texts[source].count("<unk>")
        assert ("old_per_token_logps" in out) == (old == "behavior")
        if old == "behavior":
            assert torch.equal(out["old_per_token_logps"][i], out["old_per_token_logps"][source])
    assert zebra == [2]


def test_rows_that_are_not_filled_have_no_tokens(tmp_path: Path) -> None:
    """Of 16 rollouts of 8 tokens at most few end, and only those are replayed; 8 rows more all the same, 6 a step."""
    made = trainer(tmp_path, Hir(m=4, k=2, old="recompute"), max_completion_length=8, steps_per_generation=4)
    out = batches(made)[0]
    replays = int(made.state.log_history[0]["hir/replays"])
    assert 0 < replays < 16
    assert len(out["completion_ids"]) == 48
    assert out["completion_mask"][32 + replays :].sum() == 0
    assert out["advantages"][32 + replays :].abs().sum() == 0
    assert (out["completion_mask"][: 32 + replays].sum(1) > 0).all()
    n = 32  # the first rows' log-probabilities are of their own prompts, the replays' of theirs
    assert not torch.equal(out["old_per_token_logps"][n : n + replays], out["old_per_token_logps"][:replays])
    assert math.isfinite(made.state.log_history[-1]["train_loss"])


def test_our_loss_is_that_of_trl(tmp_path: Path) -> None:
    """The same rows through both: one clip, its two-sided bound off, k3 of weight .3 in the loss."""
    made = trainer(tmp_path, Hir(), beta=0.3, epsilon=0.1, epsilon_high=0.3, use_bias_correction_kl=False)
    g = torch.Generator().manual_seed(0)
    ids = torch.randint(5, len(SPECIAL + WORDS), (6, 17), generator=g)
    mask = (torch.arange(11)[None] < torch.tensor([11, 3, 7, 1, 9, 5])[:, None]).long()
    noise = [0.3 * torch.randn(6, 11, generator=g) for _ in range(2)]
    made.model.eval()
    with torch.no_grad():
        logp, _, _ = made._get_per_token_logps_and_entropies(
            made.model, ids, torch.cat([torch.ones(6, 6).long(), mask], 1), 11
        )
        inputs = {
            "prompt_ids": ids[:, :6],
            "prompt_mask": torch.ones(6, 6).long(),
            "completion_ids": ids[:, 6:],
            "completion_mask": mask,
            "advantages": torch.randn(6, generator=g),
            "old_per_token_logps": logp + noise[0],
            "ref_per_token_logps": logp + noise[1],
        }
    a_NT, old, ref = inputs["advantages"][:, None].expand(6, 11), logp + noise[0], logp + noise[1]
    for made.loss_type, how in (("bnpo", "token-mean"), ("grpo", "sequence-mean"), ("dr_grpo", "constant")):
        with torch.no_grad():
            expected = made._compute_loss(made.model, inputs)
        total = loss.denominator(mask, how, length=made.max_completion_length)
        found, _ = loss.policy_loss(logp, old, a_NT, mask, 0.1, 0.3, None, how, total=total)
        found = found + 0.3 * loss.aggregate(loss.kl("k3", logp, ref), mask, how, total)
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


# ---------------------------------------------------------------------------------------------------------------- verl


def test_data_for_verl(tmp_path: Path) -> None:
    """What verl's data loader reads, and a score of it by the function that the launch script names."""
    pandas = pytest.importorskip("pandas")
    from hirkit.formats.native import instruction_of
    from hirkit.formats.native import row as native_row
    from hirkit.reward import compute_score
    from train.verl.data import main

    source, out = tmp_path / "prompts.jsonl", tmp_path / "train.parquet"
    bad = {"key": 9, "task": "x", "constraints": [{"id": "no:such"}]}
    source.write_text("".join(json.dumps(row) + "\n" for row in (*map(native_row, map(instruction, range(3))), bad)))
    main([str(source), str(out)])
    frame = pandas.read_parquet(out)
    assert list(frame.columns) == ["data_source", "prompt", "ability", "reward_model", "extra_info"]
    assert [info["index"] for info in frame.extra_info] == [0, 1, 2]
    row = frame.iloc[2]
    assert row.prompt[0] == {"content": instruction(2).prompt, "role": "user"}
    assert instruction_of(row.extra_info["instruction"], "fixed") == instruction(2)
    truth = row.reward_model["ground_truth"]
    scores = [
        compute_score(row.data_source, text, truth, row.extra_info) for text in ("A zebra.", "A moon.", "Oh, no.")
    ]
    assert [(one["score"], one["dense"]) for one in scores] == [(1.0, 1.0), (0.0, 0.5), (0.0, 0.0)]


@pytest.mark.filterwarnings("ignore")  # of verl and what it imports, other ones with each version
def test_a_reward_manager_of_verl_calls_our_function() -> None:
    """Loaded by the name that the launch script gives it: a zebra and no comma is 1, no zebra is 0."""
    pytest.importorskip("verl", reason="verl is in no extra: it wants Ray and vLLM")
    import numpy as np
    from verl import DataProto
    from verl.utils.import_utils import load_extern_object
    from verl.workers.reward_manager.naive import NaiveRewardManager

    from train.verl.data import rows

    words = tokenizer()
    words.add_tokens(["zebra"])
    (row,) = rows([instruction(0)], "fixed")
    prompts = torch.tensor([words("the river").input_ids] * 2)
    responses = torch.tensor([words("zebra sings <eos>").input_ids, words("moon sings <eos>").input_ids])
    names = ("data_source", "reward_model", "extra_info")
    data = DataProto.from_dict(
        {"prompts": prompts, "responses": responses, "attention_mask": torch.ones(2, 5).long()},
        {name: np.array([row[name]] * 2, dtype=object) for name in names},
    )
    manager = NaiveRewardManager(words, 0, load_extern_object("pkg://hirkit.reward", "compute_score"))
    found = manager(data, return_dict=True)
    assert found["reward_tensor"].tolist() == [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    assert found["reward_extra_info"]["dense"] == [1.0, 0.5]


@pytest.mark.filterwarnings("ignore")  # of OpenRLHF and what it imports, other ones with each version
def test_an_executor_of_openrlhf_calls_our_function() -> None:
    """It loads the file by its path, and asks for the reward of what its engine answers; the engine is ours."""
    agent = pytest.importorskip("openrlhf.utils.agent", reason="OpenRLHF is in no extra: it wants Ray and vLLM")
    import asyncio
    from types import SimpleNamespace

    import hirkit.reward
    from hirkit.export.rl import truth

    words = tokenizer()
    words.add_tokens(["zebra"])

    answers = ["zebra sings", "moon sings"]

    async def generate(prompt: list[int], *_: Any, **__: Any) -> Any:
        ids = words(f"{answers.pop(0)} <eos>").input_ids
        return SimpleNamespace(outputs=[SimpleNamespace(token_ids=ids, finish_reason="stop", logprobs=None)])

    executor = agent.SingleTurnAgentExecutor(hirkit.reward.__file__)
    engine, sampling = SimpleNamespace(generate=generate), SimpleNamespace(max_tokens=8, logprobs=None)
    given = ("the river", truth(instruction(0), "fixed"), sampling, 64, words, engine)
    found = [asyncio.run(executor.execute(*given)) for _ in range(2)]
    assert [float(one["reward"]) for one in found] == [1.0, 0.0]


@pytest.mark.filterwarnings("ignore")  # of verl and what it imports, other ones with each version
def test_verl_takes_the_settings_of_our_script() -> None:
    """What the script says, put together by verl's Hydra with all that it leaves out, passes verl's own checks."""
    verl = pytest.importorskip("verl", reason="verl is in no extra: it wants Ray and vLLM")
    from hydra import compose, initialize_config_dir
    from verl.utils.config import validate_config

    script = (ROOT / "train" / "verl" / "run.sh").read_text("utf-8")
    said = script.replace("exec python -m verl.trainer.main_ppo", "printf '%s\\n'")
    files = ("model", "train.parquet", "heldout.parquet")
    done = subprocess.run(["bash", "-c", said, "run.sh", *files], capture_output=True, text=True, check=True)
    with initialize_config_dir(str(Path(verl.__file__).parent / "trainer" / "config"), version_base=None):
        found = compose("ppo_trainer", overrides=done.stdout.split())
    validate_config(found, use_reference_policy=True, use_critic=False)
    assert found.trainer.v1.sampler.custom_sampler.name == "HiRBuffer"


@pytest.mark.filterwarnings("ignore")  # of Ray, TransferQueue and verl, other ones with each version
def test_a_batch_of_verl_has_replays(tmp_path: Path) -> None:
    """Two groups of two, through a real TransferQueue: what ended and followed one of two is replayed."""
    ray = pytest.importorskip("ray", reason="Ray is in no extra: it is for verl")
    tq = pytest.importorskip("transfer_queue", reason="TransferQueue is in no extra: it is verl's")
    pytest.importorskip("verl", reason="verl is in no extra: it wants Ray and vLLM")
    from omegaconf import OmegaConf
    from verl.utils.tensordict_utils import list_of_dict_to_tensordict

    from hirkit.formats.native import row as native_row
    from train.verl.buffer import HiRBuffer

    words = tokenizer()
    words.save_pretrained(tmp_path)
    ray.init(num_cpus=8, include_dashboard=False, log_to_driver=False)
    tq.init()
    texts = {
        ("a", 0): "the moon sings <eos>",
        ("a", 1): "the moon",
        ("b", 0): "fire <eos>",
        ("b", 1): "rain rain <eos>",
    }
    keys, fields, tags = [], [], []
    for place, ((uid, session), text) in enumerate(texts.items()):
        asked = native_row(instruction(place // 2))
        prompts = torch.tensor(words(f"<user> {asked['prompt']} <assistant>").input_ids)
        responses = torch.tensor(words(text).input_ids)
        keys.append(f"{uid}_{session}_0")
        fields.append(
            {
                "prompts": prompts,
                "responses": responses,
                "response_mask": torch.ones_like(responses),
                "loss_mask": torch.ones_like(responses),
                "input_ids": torch.cat([prompts, responses]),
                "position_ids": torch.arange(len(prompts) + len(responses)),
                "rm_scores": torch.zeros(len(responses)),
                "rollout_log_probs": torch.full((len(responses),), -1.0 - place),
                "uid": uid,
                "extra_info": {"instruction": json.dumps(asked)},
            }
        )
        tags.append({"status": "success", "prompt_len": len(prompts), "response_len": len(responses), "seq_len": 0})
    tq.kv_batch_put(keys=keys, partition_id="train", fields=list_of_dict_to_tensordict(fields), tags=tags)
    groups = [{"is_prompt": True, "status": "finished", "global_steps": 1}] * 2
    tq.kv_batch_put(keys=["a", "b"], partition_id="train", tags=groups)
    buffer = HiRBuffer(
        trainer_mode="sync",
        trainer_config=OmegaConf.create({}),
        max_off_policy_threshold=8,
        max_off_policy_strategy="drop",
        sampler_kwargs=OmegaConf.create({"tokenizer": str(tmp_path), "k": 1}),
        refill_fn=None,
    )
    batch, metrics = buffer.sample(global_steps=1, partition_id="train", batch_size=2)
    assert metrics["hir/replays"] == 2
    assert sorted(batch.keys) == sorted([*keys, "hir-a-0-0_0_0", "hir-b-1-0_0_0"])  # of b the less likely one
    found = tq.kv_batch_get(keys=batch.keys, partition_id="train")
    for i, key in enumerate(batch.keys):
        if not key.startswith("hir"):
            continue
        source, row = batch.keys.index(key[4:9].replace("-", "_")), found[i]
        assert torch.equal(row["responses"], found[source]["responses"])
        assert row["rm_scores"].tolist() == [0.0] * (len(row["responses"]) - 1) + [1.0]
        assert len(row["prompts"]) < len(found[source]["prompts"])
        assert torch.equal(row["input_ids"], torch.cat([row["prompts"], row["responses"]]))
        assert batch.tags[i]["seq_len"] == len(row["input_ids"]) == len(row["position_ids"])
    tq.close()
    ray.shutdown()
