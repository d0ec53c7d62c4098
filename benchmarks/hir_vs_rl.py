"""HiR beside plain RL on the nano setting: fresh rollouts needed to reach a held-out ILA, over seeds.

    python -m pip install -e '.[train]' matplotlib
    python -m benchmarks.hir_vs_rl                                     # all arms, 5 seeds: hours on 2 cores
    python -m benchmarks.hir_vs_rl --arms hir/grpo,binary/grpo --seeds 0,1 --rollouts 3000 --no-record

An arm is a method under an estimator. Methods: ``hir`` (m = 6 rollouts, k = 2 replays), ``binary`` (reward: all
constraints hold) and ``average`` (reward: the share that holds), both with m = 8, so as many rows in an update; with a
6 or 4 behind they have so many rollouts a step, and so more steps. ``random`` is HiR that selects at random; ``relax``
asks what failed as far as it was achieved; two controls are wrong on purpose, ``wrong-prompt`` (the failure is rewarded
under its original instruction) and ``wrong-subset`` (as many constraints, any of them). Past the paper: ``k4`` replays
all of m = 4, ``recompute`` takes a replay's old log-probabilities under its own prompt; and more, see ``METHODS``.
Estimators: ``grpo``; ``rf++`` and ``rf++kl``, Reinforce++ without KL and with k1 of weight 0.001 in the reward;
``rf++kl-kept`` keeps that KL where no reward varies, as is usual, though whitening then makes it all that is learned.

Every arm gets the same number of fresh rollouts, instructions, base model, learning rate and evaluation: held-out
instructions, greedily, every 480 rollouts or so. Seeds differ in instructions and samples, not in the base model. Each
run is one process of one thread, kept in a folder of its settings, and goes on where it stopped. What is recorded ran
with the code of one commit. Left out: tuning of the learning rate for each arm, other languages and models.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.record import ROOT, provenance, write
from hirkit.settings import to_toml
from train import config, nano

CONFIG = ROOT / "train" / "configs" / "nano.toml"
COMMON = (
    "threads=1",
    "rollout.verifiers=0",
    "save.loggers=[]",
    "save.rollouts=false",
    "data.heldout_size=256",
    "rollout.max_tokens=24",
    "optim.lr=6e-4",  # of 3e-4, 6e-4 and 1e-3 the best for binary GRPO; "@" arms have another
    "nano.steps=3500",  # a base with headroom: see LOG.md
    "nano.clean_share=0.92",
)
ESTIMATORS = {
    "grpo": ("loss.estimator=grpo", "loss.kl=none"),
    "rf++": ("loss.estimator=reinforce++", "loss.kl=none"),
    "rf++kl": ("loss.estimator=reinforce++", "loss.kl=k1", "loss.kl_in=reward", "loss.beta=0.001"),
}
ESTIMATORS["rf++kl-kept"] = (*ESTIMATORS["rf++kl"], "loss.drop_kl_without_variance=false")
METHODS = {
    "hir": ("preset=hir-paper",),
    "binary": ("preset=binary",),
    "average": ("preset=average",),
    "random": ("preset=hir-paper", "hir.replay=random"),
    "wrong-prompt": ("preset=hir-paper", "hir.rewrite=control-original"),
    "wrong-subset": ("preset=hir-paper", "hir.rewrite=control-random"),
    "relax": ("preset=hir-paper", "hir.rewrite=relax"),
    "binary6": ("preset=binary", "hir.m=6"),
    "binary4": ("preset=binary", "hir.m=4"),
    "average6": ("preset=average", "hir.m=6"),
    "average4": ("preset=average", "hir.m=4"),
    "recompute": ("preset=hir-paper", "hir.old=recompute"),
    "average+hir": ("preset=hir-paper", "hir.reward=cla"),
    "k4": ("preset=hir-paper", "hir.m=4", "hir.k=4"),
    "k4+recompute": ("preset=hir-paper", "hir.m=4", "hir.k=4", "hir.old=recompute"),
    "k4+average": ("preset=hir-paper", "hir.m=4", "hir.k=4", "hir.reward=cla"),
    "k4+random": ("preset=hir-paper", "hir.m=4", "hir.k=4", "hir.replay=random"),
    "k4+relax": ("preset=hir-paper", "hir.m=4", "hir.k=4", "hir.rewrite=relax"),
    "m8": ("preset=hir-paper", "hir.m=8"),
    "batch": ("preset=hir-paper", "hir.scope=batch"),
    "half": ("preset=hir-paper", "hir.weight=0.5"),
    "double": ("preset=hir-paper", "hir.weight=2.0"),
}
ARMS = {f"{name}/{how}": (*METHODS[name], *ESTIMATORS[how]) for name in METHODS for how in ESTIMATORS}
RATES = [f"binary/{how}@{rate}" for how in ("grpo", "rf++") for rate in ("3e-4", "1e-3")]
ARMS |= {arm: (*ARMS[arm.split("@")[0]], f"optim.lr={arm.split('@')[1]}") for arm in RATES}
PAPER = ("hir", "binary", "average", "random")
BESIDE = ("wrong-prompt", "wrong-subset", "relax", "binary6", "binary4", "average6", "average4", "k4", "k4+recompute")
DEFAULT = [f"{name}/{how}" for name in PAPER for how in ("grpo", "rf++", "rf++kl")]
DEFAULT += ["binary/rf++kl-kept", *(f"{name}/grpo" for name in BESIDE), *RATES]
BINARY = [arm for arm in ARMS if arm.startswith("binary")]

Curve = list[tuple[float, float]]
"""Fresh rollouts so far, and held-out ILA."""


def settings(arm: str, seed: int, asked: argparse.Namespace) -> tuple[list[str], config.Config]:
    """The overrides of a run, and what they come to: as many steps as spend the rollouts."""
    overrides = [*COMMON, *ARMS[arm], f"seed={seed}", *asked.set]
    c = config.read(str(CONFIG), overrides)
    by_step = c.hir.prompts * c.hir.m
    steps, every = math.ceil(asked.rollouts / by_step), max(1, round(asked.every / by_step))
    overrides += [f"steps={steps}", f"save.eval_every={every}"]
    return overrides, config.read(str(CONFIG), overrides)


def folder(arm: str, seed: int, asked: argparse.Namespace) -> Path:
    """Where a run is kept: told apart by its settings and its base model."""
    made_of = to_toml(replace(settings(arm, seed, asked)[1], out="")) + str(asked.base.name)
    return Path(asked.runs, f"{arm.replace('/', '-')}-{seed}-{hashlib.sha256(made_of.encode()).hexdigest()[:8]}")


def run(arm: str, seed: int, asked: argparse.Namespace) -> Curve:
    """The curve of a run, which is made unless it is there."""
    (overrides, c), out = settings(arm, seed, asked), folder(arm, seed, asked)
    if curve(out, c.steps) is None:
        out.mkdir(parents=True, exist_ok=True)
        mark(out)
        command = [sys.executable, "-m", "train.run", str(CONFIG), *overrides, f"out={out}"]
        env = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
        with (out / "log.txt").open("ab") as told:
            code = subprocess.run(command, stdout=told, stderr=told, env=env, cwd=ROOT).returncode
        if code:
            raise SystemExit(f"{arm}, seed {seed}: exit code {code}; see {out / 'log.txt'}")
    found = curve(out, c.steps)
    assert found is not None, f"{out}: the run ended early"
    print(f"{arm}, seed {seed}: held-out ILA {found[-1][1]:.3f} after {found[-1][0]:.0f} rollouts", flush=True)
    return found


def curve(out: Path, steps: int) -> Curve | None:
    """The curve in a run's folder, None where it is not finished."""
    path = out / "metrics.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    if not rows or rows[-1]["step"] < steps:
        return None
    return [(row["rollouts"], row["eval/ila"]) for row in rows if row.get("eval/ila") is not None]


def code() -> str:
    """The code that decides a run's figures: the trees of its packages in the last commit."""
    folders = ("constraints", "hirkit", "train")
    changed = subprocess.run(["git", "status", "--porcelain", "--", *folders], cwd=ROOT, capture_output=True, text=True)
    trees = [f"HEAD:{folder}" for folder in folders]
    done = subprocess.run(["git", "rev-parse", *trees], cwd=ROOT, capture_output=True, text=True, check=True)
    return "not committed" if changed.stdout else " ".join(done.stdout.split())


def mark(out: Path) -> None:
    """Note the code that a run is made with; a run that goes on under other code has several lines."""
    known = (out / "code.txt").read_text().splitlines() if (out / "code.txt").exists() else []
    (out / "code.txt").write_text("\n".join(dict.fromkeys([*known, code()])) + "\n")


def needed(found: Curve, target: float) -> float:
    """Fresh rollouts to the first time that a curve reaches a target, straight lines between its points; or infinity.

    >>> needed([(0, 0.0), (100, 0.2), (200, 0.6)], 0.3)
    125.0
    >>> needed([(0, 0.0), (100, 0.2)], 0.3)
    inf
    """
    for (x0, y0), (x1, y1) in pairwise(found):
        if y1 >= target:
            return x0 + (x1 - x0) * max(0.0, target - y0) / (y1 - y0) if y1 > y0 else x0
    return math.inf


def at(found: Curve, rollouts: float) -> float:
    """The ILA after so many rollouts, straight lines between the points."""
    for (x0, y0), (x1, y1) in pairwise(found):
        if x0 <= rollouts <= x1:
            return y0 + (y1 - y0) * (rollouts - x0) / (x1 - x0)
    return found[-1][1]


def figures(curves: dict[str, list[Curve]], targets: Sequence[float], rollouts: int) -> dict[str, Any]:
    """What is recorded. None stands for a target that was not reached."""
    arms = {}
    for arm, found in curves.items():
        reached = {str(target): [needed(one, target) for one in found] for target in targets}
        last = [statistics.mean(y for _, y in one[-3:]) for one in found]
        arms[arm] = {
            "overrides": ARMS[arm],
            "rollouts_to": {target: [_finite(x) for x in each] for target, each in reached.items()},
            "median_rollouts_to": {target: _finite(statistics.median(each)) for target, each in reached.items()},
            "ila_at_the_end": [round(y, 4) for y in last],
            "median_ila_at_the_end": round(statistics.median(last), 4),
            "curves": found,
        }
    return {"rollouts": rollouts, "targets": list(targets), "arms": arms, "beside_binary": ratios(arms, targets)}


def _finite(x: float) -> float | None:
    return round(x, 1) if math.isfinite(x) else None


def ratios(arms: dict[str, Any], targets: Sequence[float]) -> dict[str, Any]:
    """For each target the best binary arm, and the share of its rollouts that each other arm needs (medians)."""
    found = {}
    for target in map(str, targets):
        medians = {arm: one["median_rollouts_to"][target] for arm, one in arms.items()}
        binary = {arm: medians[arm] for arm in BINARY if medians.get(arm) is not None}
        if binary:
            best = min(binary, key=binary.__getitem__)
            share = {arm: round(x / binary[best], 3) for arm, x in medians.items() if x is not None}
            found[target] = {"best": best, "share": share}
    return found


def table(found: dict[str, Any]) -> str:
    """The arms as Markdown: median rollouts to each target with the range over seeds, and ILA at the end."""
    targets = [str(target) for target in found["targets"]]
    lines = [
        "| arm | " + " | ".join(f"rollouts to {float(t):.0%}" for t in targets) + " | ILA at the end |",
        "|---" * (len(targets) + 2) + "|",
    ]
    for arm, one in found["arms"].items():
        cells = [_cell(one["median_rollouts_to"][t], one["rollouts_to"][t]) for t in targets]
        ends = one["ila_at_the_end"]
        cells.append(f"{one['median_ila_at_the_end']:.3f} ({min(ends):.3f}-{max(ends):.3f})")
        lines.append(f"| {arm} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(median: float | None, each: Sequence[float | None]) -> str:
    told = ["never" if x is None else f"{x:.0f}" for x in sorted(each, key=lambda x: math.inf if x is None else x)]
    return f"{'never' if median is None else f'{median:.0f}'} ({told[0]}-{told[-1]})"


def draw(curves: dict[str, list[Curve]], path: Path) -> None:
    """A panel for each estimator: the median over seeds, and all of them as a band."""
    from matplotlib.figure import Figure

    shown = [how for how in ESTIMATORS if any(arm.endswith(f"/{how}") for arm in curves)]
    figure = Figure(figsize=(5.2 * len(shown), 4.2), layout="constrained")
    panels = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    names = list(dict.fromkeys(arm.split("/")[0] for arm in curves))
    for axes, how in zip(panels, shown, strict=True):
        for arm, found in curves.items():
            if not arm.endswith(f"/{how}"):
                continue
            xs = sorted({x for one in found for x, _ in one})
            ys = [[at(one, x) for one in found] for x in xs]
            name = arm.split("/")[0]
            (line,) = axes.plot(
                xs,
                [statistics.median(y) for y in ys],
                label=name,
                color=f"C{names.index(name) % 10}",
                linestyle=("-", "--")[names.index(name) // 10],
            )
            axes.fill_between(xs, [min(y) for y in ys], [max(y) for y in ys], alpha=0.12, color=line.get_color())
        axes.set(title=how, xlabel="fresh rollouts", ylim=(0, 1))
        axes.legend(fontsize=7)
    panels[0].set_ylabel("held-out ILA, greedy")
    figure.savefig(path, dpi=120)


def main() -> None:
    """Run what is not there, print the table, and write results/hir_vs_rl.json and .png."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arms", default=",".join(DEFAULT), help="METHOD/ESTIMATOR, with commas between")
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument("--rollouts", type=int, default=7680, help="fresh rollouts of each run")
    parser.add_argument("--targets", default="0.3,0.5,0.6", help="held-out ILA to be reached")
    parser.add_argument("--every", type=int, default=480, help="fresh rollouts between evaluations, about")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / "hir_vs_rl", help="where runs are kept")
    parser.add_argument("--set", nargs="*", default=[], metavar="key=value", help="for every run")
    parser.add_argument("--no-record", action="store_true", help="print only")
    asked = parser.parse_args()
    if not asked.no_record:
        provenance(())  # before hours of work
    arms, seeds = asked.arms.split(","), [int(seed) for seed in asked.seeds.split(",")]
    asked.runs = asked.runs.resolve()
    asked.base = nano.build(asked.runs / "base", config.read(str(CONFIG), [*COMMON, *asked.set]).nano)
    with ThreadPoolExecutor(asked.jobs) as pool:
        jobs = {(arm, seed): pool.submit(run, arm, seed, asked) for seed in seeds for arm in arms}
    curves = {arm: [jobs[arm, seed].result() for seed in seeds] for arm in arms}
    found = figures(curves, [float(target) for target in asked.targets.split(",")], asked.rollouts)
    print(table(found))
    print(json.dumps(found["beside_binary"], indent=2))
    draw(curves, asked.runs / "hir_vs_rl.png")
    print(asked.runs / "hir_vs_rl.png")
    if not asked.no_record:
        record(found, [folder(arm, seed, asked) for arm in arms for seed in seeds], asked.runs)


def record(found: dict[str, Any], made: Sequence[Path], runs: Path) -> None:
    """Write the results, unless a run was made with other code."""
    now = code()
    if others := [str(one) for one in made if (one / "code.txt").read_text().splitlines() != [now]]:
        raise SystemExit("not recorded: made with other code; remove these and run again\n" + "\n".join(others))
    (runs / "hir_vs_rl.png").replace(ROOT / "benchmarks" / "results" / "hir_vs_rl.png")
    print(write("hir_vs_rl", found, ("torch", "transformers")))


if __name__ == "__main__":
    main()
