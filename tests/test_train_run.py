"""Whole runs, in processes as users start them: what they leave, what a kill costs, what two processes change."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from hirkit import runpage
from hirkit.records import UserError
from hirkit.settings import to_toml
from tests import tiny_policy
from tests.conftest import ROOT, Hirkit
from train import checkpoint, config, run

pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*deprecated:FutureWarning")  # by peft

SMALL: dict[str, Any] = {
    "threads": 1, "steps": 3, "data.least": 2, "data.most": 4, "data.heldout_size": 5, "hir.prompts": 5, "hir.m": 4,
    "hir.k": 2, "rollout.max_tokens": 16, "optim.lr": 0.01, "save.every": 2, "save.eval_every": 2, "save.loggers": [],
    "rollout.verifiers": 0,
}  # fmt: skip
OF_THE_MACHINE = ("seconds/", "tokens_per_second", "memory_gb")


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    threads = torch.get_num_threads()
    yield tiny_policy.save(tmp_path_factory.mktemp("tiny"))
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def no_curves(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Runs in this process draw nothing; the others do. The signal handler they set goes with them."""
    monkeypatch.setattr(runpage, "draw", lambda *_: [])
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def settings(policy: Path, out: Path, **given: Any) -> config.Config:
    named = {key.replace("__", "."): value for key, value in given.items()}
    return config.build(SMALL | {"model.path": str(policy), "out": str(out)} | named)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def rows(out: Path) -> list[dict[str, Any]]:
    return lines(out / "metrics.jsonl")


def measured(out: Path) -> list[dict[str, Any]]:
    """The metrics that there are, without those that tell the machine and not the run."""
    return [
        {key: value for key, value in row.items() if not key.startswith(OF_THE_MACHINE) and value is not None}
        for row in rows(out)
    ]


def started(c: config.Config, *before: str, **env: str) -> subprocess.Popen[str]:
    """A run as a user starts it."""
    path = Path(c.out).with_suffix(".toml")
    path.write_text(to_toml(c))
    command = [*(before or (sys.executable,)), "-m", "train.run", str(path)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **env}
    )


# ------------------------------------------------------------------------------------------------ what a run is


def test_a_run_learns_measures_and_keeps(policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    run.train(settings(policy, out))
    assert [row["step"] for row in rows(out)] == [0, 1, 2, 3]
    assert {"ila", "cla", "reward", "replay_share", "f_div", "f_int", "lambda", "kl", "clipped", "entropy", "length",
            "grad_norm", "tokens_per_second", "memory_gb", "rollouts", "truncated", "errors", "refused", "engine_gap",
            "seconds/generate", "seconds/verify", "seconds/update"} <= rows(out)[1].keys()  # fmt: skip
    assert any(key.startswith("pass/") for key in rows(out)[1])
    assert [row["step"] for row in rows(out) if "eval/ila" in row] == [0, 2, 3]
    assert [row["rollouts"] for row in rows(out)] == [0, 20, 40, 60]
    assert [path.name for path in checkpoint.found(out)] == ["step-000002", "step-000003"]
    assert config.read(str(out / "config.toml")) == settings(policy, out)
    assert capsys.readouterr().out.splitlines()[-1].startswith("held-out ILA: ")


def test_binary_reward_is_all_or_nothing_and_replays_are_counted(policy: Path, tmp_path: Path) -> None:
    run.train(settings(policy, tmp_path / "run", steps=1))
    step = rows(tmp_path / "run")[1]
    dumped = lines(tmp_path / "run/rollouts/step-000001.jsonl")
    assert len(dumped) == 20
    assert step["reward"] == step["ila"] <= step["cla"]
    replays = round(step["replay_share"] * 20 / (1 - step["replay_share"]))
    assert 0 < replays <= 10
    assert step["truncated"] == sum("truncated" in row for row in dumped) / 20
    assert step["f_div"] <= max(row["entropy"] for row in dumped)


@pytest.mark.parametrize(
    "given",
    [
        {"preset": "hir-release"},
        {"preset": "robust"},
        {"preset": "average", "loss.estimator": "dr-grpo", "loss.aggregate": "constant"},
        {"hir.rewrite": "relax", "loss.estimator": "rloo", "loss.kl": "k3", "loss.kl_in": "loss"},
        {"hir.rewrite": "control-random", "loss.estimator": "reinforce++-baseline", "loss.aggregate": "sequence-mean"},
        {"hir.rewrite": "control-original", "hir.replay": "random", "hir.advantage": 1.0, "hir.weight": 0.5},
        {"hir.replay": "integrity", "rollout.trust_logprobs": True, "loss.kl": "none", "optim.epochs": 2},
        {"hir.replay": "entropy", "model.lora_rank": 2, "loss.importance_cap": 2.0, "optim.minibatches": 5},
        {"model.dtype": "bfloat16", "model.gradient_checkpointing": True, "loss.dual_clip": 0, "optim.lr_warmup": 2},
    ],
    ids=lambda given: next(iter(given.values())),
)
def test_every_option_runs(policy: Path, tmp_path: Path, given: dict[str, Any]) -> None:
    small = {key: value for key, value in SMALL.items() if key not in ("hir.m", "hir.k") or "preset" not in given}
    values = config.PRESETS[given.get("preset", "")] | small | given
    c = config.build(values | {"model.path": str(policy), "out": str(tmp_path / "run"), "steps": 2})
    run.train(c)
    step = rows(tmp_path / "run")[1]
    assert (step["replay_share"] > 0) == (c.hir.replay != "none")
    assert step["loss"] is not None
    assert step["engine_gap"] < (1e-5 if c.model.dtype == "float32" else 0.2)
    if c.hir.refill:
        assert step["rollouts"] > 6 * 5, "there are too few partial failures: more rollouts, fewer replays"


def test_the_loop_closes(policy: Path, tmp_path: Path, hirkit: Hirkit) -> None:
    """hirkit verifies the dumped rollouts as the run did and makes replays of them, which warm up and join a run."""
    run.train(settings(policy, tmp_path / "first", steps=1, hir__prompts=12))
    dump = tmp_path / "first/rollouts/step-000001.jsonl"
    done = hirkit("verify", dump, "--rules", "fixed", "--json")
    assert done.returncode == 0, done.stderr
    verified, step = json.loads(done.stdout), rows(tmp_path / "first")[1]
    assert verified["responses"] == 48
    ended = lines(dump)
    assert verified["prompt_strict"] >= step["ila"]
    assert any("truncated" in row for row in ended)
    done = hirkit("relabel", dump, "-o", tmp_path / "replays.jsonl", "--k", "2")
    assert done.returncode == 0, done.stderr
    records = lines(tmp_path / "replays.jsonl")
    assert len(records) == round(step["replay_share"] * 48 / (1 - step["replay_share"])), "as many as the run replayed"
    file = str(tmp_path / "replays.jsonl")
    c = settings(policy, tmp_path / "second", data__replay=file, data__replay_quota=3, data__warmup=file, steps=2)
    run.train(c)
    assert [row.get("stored") for row in rows(tmp_path / "second")] == [None, 3, 3]
    assert rows(tmp_path / "second")[1]["length"] != step["length"], "it was warmed up"
    assert [path.name for path in checkpoint.found(tmp_path / "second")] == ["step-000000", "step-000002"]


def test_a_loss_that_is_not_finite_stops_the_run_with_its_batch(policy: Path, tmp_path: Path) -> None:
    """A learning rate of 1e38 makes weights infinite, so the next loss is NaN."""
    with pytest.raises(UserError, match=r"step 1: .*nan.*broken-step-000001\.jsonl"):
        run.train(settings(policy, tmp_path / "run", optim__lr=1e38))
    kept = lines(tmp_path / "run/broken-step-000001.jsonl")
    assert all(len(row["ids"]) == len(row["old"]) == len(row["advantages"]) for row in kept)
    assert checkpoint.found(tmp_path / "run") == []


def test_a_warm_up_that_is_not_finite_stops_the_run(policy: Path, tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text('{"prompt": "Hi", "response": "the moon"}\n')
    warm = {"data.warmup": str(tmp_path / "pairs.jsonl"), "data.warmup_lr": 1e38, "data.warmup_epochs": 2}
    with pytest.raises(UserError, match=r"^loss nan, gradient norm nan at a learning rate of 1e\+38"):
        run.train(config.build(config.PRESETS[""] | SMALL | warm | {"model.path": str(policy), "out": str(tmp_path)}))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("data.prompts", "nothing.jsonl: no such file"),
        ("data.replay", "nothing.jsonl: no such file"),
        ("data.warmup", "nothing.jsonl: no such file"),
        ("model.path", "model.path: cannot load '{}"),
    ],
)
def test_what_is_not_there_is_told_in_a_sentence(
    policy: Path, tmp_path: Path, given: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.toml"
    path.write_text(to_toml(settings(policy, tmp_path / "run")))
    missing = str(tmp_path / "nothing.jsonl")
    more = ["data.replay_quota=1"] if given == "data.replay" else []
    assert run.main([str(path), f"{given}={missing}", *more]) == 2
    assert said.format(missing) in capsys.readouterr().err


def test_a_run_does_not_go_on_under_other_settings(policy: Path, tmp_path: Path) -> None:
    run.train(settings(policy, tmp_path / "run", steps=2))
    with pytest.raises(UserError, match=r"other settings: hir\.k = 2; go on with these"):
        run.train(settings(policy, tmp_path / "run", hir__k=1))
    with pytest.raises(UserError, match="there is a run already"):
        run.train(settings(policy, tmp_path / "run", save__resume="never"))
    run.train(settings(policy, tmp_path / "run", steps=3, save__keep=1, rollout__verifiers=1))
    assert [row["step"] for row in rows(tmp_path / "run")] == [0, 1, 2, 3]
    assert [path.name for path in checkpoint.found(tmp_path / "run")] == ["step-000003"]


# ------------------------------------------------------------------------------------------------ kills and ranks


def wait_for(path: Path, n: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not path.exists() or path.read_bytes().count(b"\n") < n:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_run_that_is_killed_goes_on_as_if_it_had_not_been(policy: Path, tmp_path: Path) -> None:
    """Killed outright at a random step, resumed, told to end (SIGTERM) in passing, resumed: bit for bit the same."""
    steps, killed_at = 12, random.randint(3, 6)  # a row is written before its checkpoint: at 3, that of step 2 is there
    run.train(settings(policy, tmp_path / "straight", steps=steps))
    c = settings(policy, tmp_path / "broken", steps=steps, rollout__verifiers=1)
    first = started(c)
    wait_for(tmp_path / "broken/metrics.jsonl", killed_at + 1, first)
    first.kill()
    first.communicate()
    assert checkpoint.found(tmp_path / "broken"), "every second step is kept"
    second = started(c)
    done = len(rows(tmp_path / "broken"))
    time.sleep(0.5)
    wait_for(tmp_path / "broken/metrics.jsonl", 1, second)
    while len(rows(tmp_path / "broken")) in (done, done - 1) and second.poll() is None:
        time.sleep(0.01)
    second.send_signal(signal.SIGTERM)
    said = second.communicate(timeout=120)[0]
    assert second.returncode == 0, said
    last = checkpoint.found(tmp_path / "broken")[-1]
    assert int(last.name[-6:]) == rows(tmp_path / "broken")[-1]["step"], said
    run.train(c)
    assert measured(tmp_path / "broken") == measured(tmp_path / "straight")
    for path in (tmp_path / "straight/rollouts").iterdir():
        assert path.read_bytes() == (tmp_path / "broken/rollouts" / path.name).read_bytes()
    ends = [
        (tmp_path / name / "checkpoints/step-000012/model.safetensors").read_bytes() for name in ("straight", "broken")
    ]
    assert ends[0] == ends[1]


def test_ctrl_c_ends_a_run_with_a_sentence(policy: Path, tmp_path: Path) -> None:
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs in a shell's background ignore it
    run_of_many = started(settings(policy, tmp_path / "run", steps=500, rollout__verifiers=1))
    signal.signal(signal.SIGINT, usual)
    wait_for(tmp_path / "run/metrics.jsonl", 2, run_of_many)
    run_of_many.send_signal(signal.SIGINT)
    said = run_of_many.communicate(timeout=120)[0]
    assert run_of_many.returncode == 130, said
    assert said.splitlines()[-1] == "interrupted; the same command goes on from the last checkpoint"
    assert "Traceback" not in said


def test_two_processes_do_what_one_does(policy: Path, tmp_path: Path) -> None:
    """FSDP2 over gloo, five instructions for two ranks: losses to 1e-5; one process goes on from their checkpoint."""
    one, two = (
        settings(policy, tmp_path / name, steps=4, save__every=3, save__eval_every=1) for name in ("one", "two")
    )
    run.train(one)
    c = settings(policy, tmp_path / "two", steps=3, save__every=3, save__eval_every=1)
    process = started(
        c, sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", OMP_NUM_THREADS="1"
    )
    said = process.communicate(timeout=200)[0]
    assert process.returncode == 0, said
    run.train(two)
    for a, b in zip(measured(tmp_path / "one"), measured(tmp_path / "two"), strict=True):
        assert a == pytest.approx(b, rel=1e-5, abs=1e-5)
