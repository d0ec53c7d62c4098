"""Settings: typed, overridden in a fixed order, written down so that they read back, refused in sentences."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirkit.records import UserError
from hirkit.settings import flat, keys, to_toml
from tests.conftest import ROOT
from train import config
from train.config import PRESETS, Config, build, read

KEYS = keys(Config)
CONFIGS = sorted((ROOT / "train" / "configs").glob("*.toml"))


@pytest.fixture
def toml(tmp_path: Path) -> Any:
    def write(text: str, *overrides: str) -> config.Config:
        path = tmp_path / "given.toml"
        path.write_text(text)
        return read(str(path), overrides)

    return write


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configs_read_and_take_every_preset(path: Path, tmp_path: Path) -> None:
    for preset in ("", *PRESETS):
        settings = read(str(path), [f"preset={preset}"] if preset else [])
        (tmp_path / "again.toml").write_text(to_toml(settings))
        assert read(str(tmp_path / "again.toml")) == settings


def test_the_papers_settings_are_the_papers() -> None:
    """m = 6, k = 2, lambda_0 = 2, eta = 0.05, 64 prompts, lr 1e-6, lengths 2048/4096 in each of its three configs."""
    papers = [read(str(path)) for path in CONFIGS if path.stem.startswith("hir-")]
    assert len(papers) == 3
    for c in papers:
        assert (c.hir.m, c.hir.k, c.hir.lambda0, c.hir.eta, c.hir.prompts) == (6, 2, 2.0, 0.05, 64)
        assert (c.optim.lr, c.data.max_prompt_tokens, c.rollout.max_tokens) == (1e-6, 2048, 4096)
        assert (c.loss.estimator, c.loss.kl, c.loss.kl_in, c.loss.beta) == ("reinforce++", "k1", "reward", 0.001)
        assert (c.model.dtype, c.model.trust_remote_code) == ("bfloat16", False)


def test_what_is_said_later_counts(toml: Any) -> None:
    """Defaults < the file's preset < the file < the command line's preset < its other overrides.

    ``binary`` says nothing of the estimator, so it stays that of the file's preset.
    """
    text = 'preset = "robust"\n[hir]\nk = 1\nscope = "batch"'
    assert toml("").loss.estimator == "reinforce++"
    c = toml(text)
    assert (c.loss.estimator, c.hir.k, c.hir.scope, c.hir.old) == ("grpo", 1, "batch", "recompute")
    c = toml(text, "hir.eta=0.1", "preset=hir-paper")
    assert (c.loss.estimator, c.hir.k, c.hir.scope, c.hir.eta) == ("reinforce++", 2, "group", 0.1)
    c = toml(text, "preset=binary")
    assert (c.loss.estimator, c.hir.k, c.hir.replay, c.hir.m) == ("grpo", 1, "none", 8)


def test_presets_differ_where_the_papers_code_differs_from_the_paper() -> None:
    paper, release = build(PRESETS["hir-paper"]), build(PRESETS["hir-release"])
    assert (paper.hir.scope, release.hir.scope) == ("group", "batch")
    assert (paper.hir.refill, release.hir.refill) == (False, True)
    assert paper.hir.old == release.hir.old == "behavior"


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("data.prompts=1", "1"),
        ("data.prompts=a=b.jsonl", "a=b.jsonl"),
        ('out="runs/x"', "runs/x"),
        ("optim.lr=1", 1.0),
        ("optim.lr=3e-4", 3e-4),
        ("hir.advantage=0.5", 0.5),
        ("hir.advantage=none", None),
        ("save.loggers=[]", ()),
        ('save.loggers=["wandb"]', ("wandb",)),
        ("data.template={enable_thinking = false}", {"enable_thinking": False}),
        ("nano.layers=2", 2),
        (" steps = 7 ", 7),
    ],
)
def test_overrides_are_read_by_the_type_of_their_key(toml: Any, said: str, value: Any) -> None:
    found: Any = toml("", said)
    for name in said.partition("=")[0].strip().split("."):
        found = getattr(found, name)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "said", "told"),
    [
        ("[hir]\nlamda0 = 1.0", [], r"unknown key 'hir\.lamda0'; did you mean 'hir\.lambda0'\?"),
        ("", ["lr=1"], r"unknown key 'lr'; did you mean 'optim\.lr'\?"),
        ("", ["optim.layers=1"], r"did you mean 'nano\.layers'\?"),
        ("", ["nano.layers=two"], r"nano\.layers: Input should be a valid integer"),
        ("", ["preset=hirpaper"], r"unknown preset 'hirpaper'; did you mean 'hir-paper'\?"),
        ("", ["steps"], "'steps' is no key=value"),
        ("steps = ", [], "not TOML"),
        ("steps = 1.5", [], r"steps: Input should be a valid integer.*, not 1\.5"),
        ("steps = true", [], "steps: Input should be a valid integer, not True"),
        ("out = 3", [], "out: Input should be a valid string, not 3"),
        ("", ["optim.lr=fast"], r"optim\.lr: Input should be a valid number, not 'fast'"),
        ("", ["hir.refill=1"], r"hir\.refill: Input should be a valid boolean, not 1"),
        ("", ["save.loggers=wandb"], r"save\.loggers: Input should be a valid .*, not 'wandb'"),
        ("", ["hir.reward=dense"], r"hir\.reward: Input should be 'ila' or 'cla', not 'dense'"),
        ("hir = 3", [], "unknown key 'hir'"),
        ("", ["optim.lr=-1"], r"optim\.lr: Input should be greater than or equal to 0, not -1"),
        ("", ["optim.lr=inf"], "a valid number"),
        ("", ["optim.lr=nan"], "a valid number"),
        ("", ["rollout.temperature=0"], "should be greater than 0"),
        ("", ["hir.k=7"], "never more replays than rollouts"),
        ("", ["loss.kl_in=loss"], "k1: its gradient is no KL's"),
        ("", ["loss.clip_low=1"], "should be less than 1"),
        ("", ["data.replay=x.jsonl"], "give both or neither"),
        ("", ["data.least=9"], r"must not be less than data\.least"),
        ("", ["data.rules=published@x"], r"data\.rules: no rule set"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(toml: Any, text: str, said: list[str], told: str) -> None:
    with pytest.raises(UserError, match=told):
        toml(text, *said)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(UserError, match=r"nothing\.toml: no such file; train/configs has"):
        read("nothing.toml")


def values(kind: Any) -> st.SearchStrategy[Any]:
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    by_type = {
        bool: st.booleans(),
        int: st.integers(1, 10**9),
        float: st.floats(1e-300, 0.5),
        str: st.text(max_size=8),
        dict: st.dictionaries(st.text(max_size=3), st.one_of(st.booleans(), st.integers(-9, 9), st.text(max_size=3))),
        tuple: st.lists(st.text(max_size=3), max_size=3),
    }
    return by_type[get_origin(kind) or kind] if kind != float | None else st.none() | by_type[float]


RELATED = ("hir.k", "hir.m", "loss.kl", "loss.kl_in", "data.replay", "data.replay_quota", "data.least", "data.most")
FREE = [key for key in KEYS if key not in (*RELATED, "preset", "data.rules")]


@given(st.data())
def test_any_configuration_reads_back_as_itself(data: Any) -> None:
    keys = data.draw(st.lists(st.sampled_from(FREE), unique=True, max_size=6))
    settings = build({key: data.draw(values(KEYS[key]), label=key) for key in keys})
    assert build(dict(flat(tomllib.loads(to_toml(settings)), KEYS))) == settings


def test_the_command_line_prints_a_configuration_without_importing_torch(tmp_path: Path) -> None:
    """The verifiers' processes import ``train.run``, too: torch would cost each of them seconds and memory."""
    program = "import sys, train.run as r; c = r.main(sys.argv[1:]); assert 'torch' not in sys.modules; sys.exit(c)"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", program, *arguments],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=60,
        )

    nano = str(ROOT / "train" / "configs" / "nano.toml")
    done = run(nano, "hir.k=3", "--print-config")
    (tmp_path / "printed.toml").write_text(done.stdout)
    assert read(str(tmp_path / "printed.toml")) == read(nano, ["hir.k=3"])
    wrong = run(nano, "hir.kk=3")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "error: unknown key 'hir.kk'; did you mean 'hir.k'?\n"
