"""HiR, trained: ``python -m train.run CONFIG.toml [key=value ...]``. One step, top to bottom, is ``one_step``.

Roll out m responses to each instruction, judge them while others are still being sampled, choose k failures, tell them
as successes, update the policy on both (arXiv 2512.23457). Whatever is drawn is derived from the seed and the step, so
that a run that was killed goes on as if it had not been.

Under torchrun every rank samples and judges its share, all of them know everything, and each does its share of the
update. Left out: value functions, several turns, tools, asynchronous sampling, schedulers of clusters (there is verl,
with ``train/verl``).
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hirkit import settings
from hirkit.records import Instruction, Response, Scored, UserError
from hirkit.select import lambda_at
from hirkit.workers import Workers
from train import config, data, replay, reward
from train.attempts import Attempt, Metrics, accuracy, described, dump, grouped, mean, responded

if TYPE_CHECKING:  # torch is imported by those who use it: the verifiers' processes import this module, too
    from train.model import Learner
    from train.rollout import Backend, Completion, Sampling


@dataclass(slots=True)
class Run:
    """What a run holds on to."""

    c: config.Config
    tokenizer: Any
    instructions: data.Data
    stored: Sequence[data.Stored]
    learner: Learner
    backend: Backend
    sampling: Sampling
    workers: Workers
    rollouts: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Add the seconds within to those of a phase."""
        begun = time.perf_counter()
        yield
        self.seconds[phase] += time.perf_counter() - begun

    def render(self, prompt: str) -> data.Tokens:
        """A prompt as the policy sees it."""
        return data.render(self.tokenizer, prompt, self.c.data)


def one_step(run: Run, step: int) -> Metrics:
    """A step of HiR, from instructions to an update; what there is to say of it."""
    from train import batch, model

    c, hir = run.c, run.c.hir
    run.seconds.clear()
    instructions = run.instructions.batch(step)
    attempts = roll_out(run, instructions, range(hir.m), f"step {step}")
    extra = replay.short_by([one.scored for one in attempts], grouped(attempts), hir)
    if extra:
        attempts += roll_out(run, instructions, range(hir.m, hir.m + extra), f"step {step}")
    run.backend.rest()
    run.rollouts += len(attempts)
    with run.timed("logprobs"):
        old_NT, ref_NT, entropy_N = batch.measured(attempts, run.learner, c)
    attempts = [one.with_entropy(entropy) for one, entropy in zip(attempts, entropy_N.tolist(), strict=True)]
    rewards = [one.cla if hir.reward == "cla" else float(one.followed) for one in attempts]
    with run.timed("replay"):
        told, said = hindsight(run, attempts, hir.k - extra, step)
        rows = batch.fresh(attempts, rewards, old_NT, ref_NT, c.loss)
        said["engine_gap"] = batch.engine_gap(rows, attempts)
        replays = batch.replays(rows, told, hir.weight)
        if hir.old == "recompute":
            replays = batch.recomputed(replays, run.learner, c.loss)
        rows += replays
        due = data.due(run.stored, c.data, c.seed, step)
        rows += batch.stored(due, len(rows), run.learner, c)
    with run.timed("update"):
        said |= batch.update(batch.batch(rows, c), run.learner, c, step)

    if c.save.rollouts and model.rank() == 0:
        dump(Path(c.out) / "rollouts" / f"step-{step:06d}.jsonl", attempts, step)
    return described(attempts, rewards) | said | {"stored": len(due), "rollouts": run.rollouts} | timings(run, attempts)


def roll_out(
    run: Run, instructions: Sequence[Instruction], samples: range, salt: str, greedy: bool = False
) -> list[Attempt]:
    """Responses to every instruction, judged. Instructions are dealt to the ranks; what they got, all of them get."""
    from train.model import gathered, rank, world
    from train.rollout import Ask

    c = run.c
    mine = [(g, s) for g in range(rank(), len(instructions), world()) for s in samples]
    prompts = {g: run.render(instructions[g].prompt) for g, _ in mine}
    asks = [Ask(prompts[g], data.derive(c.seed, salt, g, s)) for g, s in mine]
    answered: dict[int, tuple[Completion, Response, Callable[[], reward.Judgements]]] = {}

    def done(i: int, completion: Completion) -> None:
        g, s = mine[i]
        response = responded(run.tokenizer, prompts[g], completion, s)
        judging = reward.judging(run.workers, instructions[g], response.answer, c.data.rules, c.rollout.verdict_seconds)
        answered[i] = completion, response, judging

    with run.timed("generate"):
        run.backend.sync(run.learner.policy)
        run.backend.generate(asks, replace(run.sampling, temperature=0.0) if greedy else run.sampling, done)
    with run.timed("verify"):  # what is still to be waited for
        attempts = []
        for i, (g, _) in enumerate(mine):
            completion, response, judgements = answered[i]
            attempts.append(Attempt(g, prompts[g], completion, Scored(instructions[g], response, judgements())))
    return sorted(gathered(attempts), key=lambda one: (one.group, one.scored.response.sample))


def hindsight(
    run: Run, attempts: Sequence[Attempt], k: int, step: int
) -> tuple[list[tuple[int, data.Tokens]], Metrics]:
    """The failures to replay, each with the prompt that it follows; and what selection and rewriting did.

    They are dealt to the ranks, as rollouts are: what one has told, all go on with.
    """
    from train.model import gathered, rank, world

    c, scored = run.c, [one.scored for one in attempts]
    chosen = replay.choose(scored, grouped(attempts), c.hir, k, step, c.seed)
    how = c.hir.rewrite, c.data.rules, c.seed
    mine = chosen[rank() :: world()]
    jobs = [(i, run.workers.submit(replay.tell, scored[i], selection, *how)) for i, selection in mine]
    news = dict(gathered([(i, reward.surely(wait, str)()) for i, wait in jobs]))
    told = [(i, news[i]) for i, _ in chosen]
    followed = [(i, new) for i, new in told if isinstance(new, Instruction)]
    return [(i, run.render(new.prompt)) for i, new in followed], {
        "replay_share": len(followed) / (len(attempts) + len(followed)),
        "refused": len(told) - len(followed),
        "replayed_constraints": mean([len(new.constraints) for _, new in followed]),
        "lambda": lambda_at(step - 1, c.hir.lambda0, c.hir.eta),
        "f_div": mean([selection.f_div for _, selection in chosen if selection.f_div is not None]),
        "f_int": mean([selection.f_int for _, selection in chosen]),
    }


def evaluate(run: Run) -> Metrics:
    """The held-out instructions, each answered once, greedily."""
    with run.timed("eval"):
        found = accuracy(roll_out(run, run.instructions.heldout, range(1), "eval", greedy=True))
        run.backend.rest()
    return {f"eval/{name}": value for name, value in found.items()} | {"seconds/eval": run.seconds["eval"]}


def timings(run: Run, attempts: Sequence[Attempt]) -> Metrics:
    """What differs from one run to the next: seconds by phase, fresh tokens by the second, memory at its most."""
    from train.model import memory

    tokens = sum(len(one.completion.ids) for one in attempts)
    phases = {f"seconds/{phase}": seconds for phase, seconds in run.seconds.items()}
    return {"tokens_per_second": tokens / sum(run.seconds.values()), "memory_gb": memory(), **phases}


def warm_up(run: Run) -> Metrics:
    """Supervised learning on the pairs of ``data.warmup``, where there are any, in the place of step 0."""
    from train import batch

    if run.c.data.warmup:
        rows = data.stored(run.c.data.warmup, run.tokenizer, run.c.data)
        batch.supervised(rows, run.learner, run.c)
    return {"rollouts": 0}


def opened(c: config.Config, device: Any, last: Path | None) -> Run:
    """Everything that a run needs; model and optimizer of its last checkpoint, where there is one.

    What is small is read first, so that a name that is wrong is told at once.
    """
    from transformers import AutoTokenizer

    from train import checkpoint, model, rollout

    workers = Workers(c.rollout.verifiers)
    path = c.model.path or model.from_first(lambda: nano_base(c))
    with model.loading(path):
        tokenizer = AutoTokenizer.from_pretrained(path, trust_remote_code=c.model.trust_remote_code)
    eos = data.endings(path, tokenizer)
    found = data.load(c, lambda prompt: data.render(tokenizer, prompt, c.data))
    stored = data.stored(c.data.replay, tokenizer, c.data) if c.data.replay else []
    apart = c.loss.kl != "none" and not c.model.lora_rank
    reference = model.load(c.model, path, device, frozen=True) if apart else None
    learner = model.Learner(model.load(c.model, path, device, last), c, reference)
    sampling = rollout.Sampling(c.rollout.temperature, c.rollout.max_tokens, eos)
    run = Run(c, tokenizer, found, stored, learner, rollout.backend(c), sampling, workers)
    if last is not None:
        run.rollouts = checkpoint.restore(last, learner)["rollouts"]
    return run


def nano_base(c: config.Config) -> str:
    """The folder of the nano base model, made on first use, beside the runs that share it."""
    from train import nano

    return str(nano.build(Path(c.out).parent / "base", c.nano))


def train(c: config.Config, command: str = "") -> None:
    """The run, from its last checkpoint where there is one, to its end or a SIGTERM."""
    from train import checkpoint, model
    from train.log import Log

    device, out = model.start(c.threads), Path(c.out)
    stop = model.asked_to_stop()
    begun, last = model.from_first(lambda: checkpoint.begin(out, c))
    run = opened(c, device, last)
    log = Log(out, asdict(c), trackers=c.save.loggers, start=begun, command=command) if model.rank() == 0 else None
    for said in run.instructions.told if log else ():
        print(said, flush=True)
    try:
        for step in range(begun, c.steps + 1):
            metrics = one_step(run, step) if step else warm_up(run)
            if c.save.eval_every and (step % c.save.eval_every == 0 or step == c.steps):
                metrics |= evaluate(run)
            if log:
                log.write(step, metrics)
            stopping = stop()
            if stopping or step == c.steps or (step % c.save.every == 0 and (step or c.data.warmup)):
                checkpoint.save(out, step, run.learner, run.tokenizer, {"rollouts": run.rollouts}, c.save.keep)
            if stopping:
                break
    finally:
        run.backend.close()
        run.workers.close()
        if log:
            log.close()
    if log:
        print(conclusion(log.rows, c.steps), flush=True)


def conclusion(rows: Sequence[dict[str, Any]], steps: int) -> str:
    """The last line: what it was all for."""
    if not rows or rows[-1]["step"] < steps:
        return f"stopped after step {rows[-1]['step'] if rows else 0}; the same command goes on from there"
    measured = [row["eval/ila"] for row in rows if row.get("eval/ila") is not None]
    if not measured:
        return f"{steps} steps; nothing was held out to measure them by"
    return f"held-out ILA: {measured[0]:.1%} before, {measured[-1]:.1%} after {steps} steps"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = argparse.ArgumentParser(prog="python -m train.run", description="Train a policy with HiR.")
    parser.add_argument("config", help="a TOML file; train/configs has some to start from")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="such as hir.k=4 or preset=robust")
    parser.add_argument("--print-config", action="store_true", help="print what the settings come to, and stop")
    asked = parser.parse_args(given)
    try:
        c = config.read(asked.config, asked.overrides)
        if asked.print_config:
            print(settings.to_toml(c), end="")
        else:
            train(c, shlex.join(["python", "-m", "train.run", *given]))
        return 0
    except UserError as err:
        said, code = f"error: {err}", err.code
    except FileNotFoundError as err:
        said, code = f"error: {err.filename or err}: no such file", 2
    except KeyboardInterrupt:
        said, code = "interrupted; the same command goes on from the last checkpoint", 130
    print(said, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
