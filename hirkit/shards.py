"""Shards, the unit of scale-out: each file of rows is verified or relabelled by itself, on any machine, in any order.

``process_shard`` reads one file and writes one, whole or not at all, and says so last, in a manifest. A shard whose
manifest holds for the same plan and the same inputs is not done again, so the same command goes on where it was
stopped, and the share ``I/N`` of a cluster's job is the shards I, I + N, I + 2N, … of the list. Nothing that is
written depends on who did it.

Of ``OUT/part.jsonl``, ``OUT/manifests/part.json`` is the manifest, ``OUT/rejected/part.jsonl`` holds the bad rows, and
what else was asked for lies in a folder of its name. Responses to one instruction are one group only where they are in
one shard: ``hirkit shard`` cuts files so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from hirkit import manifest
from hirkit.inputs import ROWS, STANDARD, parts, unchanged, unpacked
from hirkit.job import Job
from hirkit.jsonl import put
from hirkit.outcome import Relabelling
from hirkit.outputs import Outputs
from hirkit.pipeline import relabel_files
from hirkit.progress import SILENT, Progress
from hirkit.records import UserError
from hirkit.relabel import Plan
from hirkit.report import Tally
from hirkit.runs import Inputs, keep_inputs
from hirkit.scoring import verify_files
from hirkit.work import locked, tidy
from hirkit.workers import Died, Pool, in_order

if TYPE_CHECKING:
    from hirkit.llm import Endpoint


RESERVED = ("manifests", "rejected")
"""Folders beside the outputs that are always there."""
WHOLE = "_whole"
"""The name of the manifest of all shards together, which no shard may have."""


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """What is done to each shard: it is relabelled by a plan, or verified. ``inputs.responses`` is the shard's."""

    inputs: Inputs
    relabel: Plan | None = None
    exports: tuple[str, ...] = ()
    dropped: str | None = None
    """The folder of what relabelling drops, if it is kept."""
    llm: Endpoint | None = None
    score_model: str | None = None

    @property
    def folders(self) -> tuple[str, ...]:
        """What else is written of each shard."""
        return (*self.exports, *([self.dropped] if self.dropped else []))

    def name(self, shard: str) -> Any:
        """What makes two runs over a shard the same, as JSON has it."""
        plan = self.relabel or Plan(rules=self.inputs.rules)
        exports = self.folders if self.relabel else ("verify",)
        job = Job(replace(self.inputs, responses=shard), plan, Path(), exports, self.llm, self.score_model)
        return orjson.loads(orjson.dumps(job.name))


def process_shard(input: str, output: str, plan: ShardPlan) -> dict[str, Any]:
    """Verify or relabel the file ``input`` into ``output``, unless that was done; returns the manifest."""
    if (found := _done(input, output, plan)) is not None:
        tidy(output)
        return found
    _manifest(output).unlink(missing_ok=True)
    for folder in (*RESERVED, *plan.folders):
        (Path(output).parent / folder).mkdir(exist_ok=True)
    inputs, rejected = replace(plan.inputs, responses=input), str(_beside(output, "rejected"))
    if plan.relabel is None:
        with locked(Path(f"{output}.lock")):
            tally, bad, read = verify_files(inputs, output, rejected=rejected)
            made = _made(tally, read, bad.shown, [(Path(output), "verdicts", tally.responses)])
            _say(output, input, plan, made)
    else:
        exports = {name: str(_beside(output, name)) for name in plan.exports}
        dropped = str(_beside(output, plan.dropped, ".jsonl")) if plan.dropped else None
        outputs = Outputs(output, dropped, exports, rejected)
        relabel_files(
            inputs, plan.relabel, outputs, SILENT, plan.llm, plan.score_model, partial(_say_relabelled, input, plan)
        )
    return _read(output)


def _beside(output: str, folder: str, suffix: str = "") -> Path:
    """What is written of a shard in a folder beside its output: under its name, with the suffix that belongs there."""
    from hirkit.export import EXPORTS

    suffix = suffix or (EXPORTS[folder].suffix if folder in EXPORTS else ".jsonl")
    return Path(output).parent / folder / f"{Path(output).stem}{suffix}"


def _manifest(output: str) -> Path:
    return _beside(output, "manifests", ".json")


def _read(output: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(_manifest(output).read_bytes())
    return found


def _done(input: str, output: str, plan: ShardPlan) -> dict[str, Any] | None:
    """The manifest of an earlier run with the same plan, if what it read and wrote is what it was."""
    try:
        found = _read(output)
        made = [(Path(output).parent / one["file"], one["bytes"]) for one in found["outputs"]]
        whole = all(path.stat().st_size == size for path, size in made)
        same = whole and found["job"] == plan.name(input) and all(map(unchanged, found["inputs"].values()))
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, AttributeError):  # it is cut off, or none of ours
        return None
    return found if same else None


def _made(tally: Tally, read: Mapping[str, Any], shown: Sequence[str], files: Any) -> dict[str, Any]:
    bad = {"bad_rows": tally.bad_rows, "bad_prompts": tally.bad_prompts, "shown": list(shown)}
    return {"tally": tally.counts(), **bad, "inputs": dict(read), "outputs": files}


def _say_relabelled(
    input: str, plan: ShardPlan, done: Relabelling, outputs: Outputs, counts: Mapping[str, int]
) -> None:
    files = [(Path(path), name, counts[path]) for name, path in outputs.named.items()]
    made = _made(done.tally, done.inputs, done.shown, files)
    told = {name: dict(getattr(done, name)) for name in ("counts", "strategies", "refusals", "rates")}
    assert outputs.records is not None
    _say(outputs.records, input, plan, made | told | {"stats": done.stats.to_json(), "score_model": done.scorer})


def _say(output: str, input: str, plan: ShardPlan, made: dict[str, Any]) -> None:
    """Write the manifest: the shard is done."""
    folder = Path(output).parent
    files = [
        manifest.output(path, name, rows) | {"file": path.relative_to(folder).as_posix()}
        for path, name, rows in made["outputs"]
    ]
    put(str(_manifest(output)), manifest.encoded({"job": plan.name(input), **made, "outputs": files}))


# ------------------------------------------------------------------------------------------------- many shards


@dataclass(frozen=True, slots=True)
class Share:
    """What one of ``of`` machines does: every ``of``-th shard from its ``number`` on, counted from 0."""

    number: int = 0
    of: int = 1

    @classmethod
    def read(cls, text: str) -> Share:
        """The share that is written ``I/N``.

        >>> Share.read("2/8")
        Share(number=2, of=8)
        """
        number, _, of = text.partition("/")
        if not (number.isdecimal() and of.isdecimal() and int(number) < int(of)):
            raise UserError(f"--shard {text}: expected I/N, I counted from 0: the first of 8 is 0/8, the last 7/8")
        return cls(int(number), int(of))


def shards_of(given: str, folder: str) -> list[tuple[str, str]]:
    """The files that a path means, each with the output of its name in a folder.

    Files of the same name in different folders keep the folders in which they differ: ``a/x.jsonl`` is ``a__x.jsonl``.
    """
    if given == STANDARD:
        raise UserError("standard input is no file of rows that could be shared out; name files, or an output file")
    files = parts(given)
    split = [unpacked(file).split("/") for file in files]
    levels = zip(*(path[:-1] for path in split), strict=False)
    common = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, levels))
    names = ["__".join(path[common:]) for path in split]
    stems = [name.removesuffix(next(filter(name.endswith, ROWS), "")) for name in names]
    if twice := [stem for stem, count in Counter(stems).items() if count > 1]:
        raise UserError(f"{given}: two files would both be written to {twice[0]}.jsonl; rename one")
    if WHOLE in stems:
        raise UserError(f"{files[stems.index(WHOLE)]}: {WHOLE} is what all files together are called; rename it")
    return [(file, str(Path(folder) / f"{stem}.jsonl")) for file, stem in zip(files, stems, strict=True)]


def process_shards(
    given: str, folder: str, plan: ShardPlan, pool: Pool, share: Share = Share(), progress: Progress = SILENT
) -> list[dict[str, Any]]:
    """Process the shards of a share, here or wherever the pool is; returns their manifests in order, without ``job``.

    Where a process dies over a shard, twice, the shard is done once more with each row in a process of its own.
    """
    shards = shards_of(given, folder)
    if STANDARD in (plan.inputs.prompts, plan.inputs.requests):
        raise UserError("many processes read --prompts and --requests: name files, not standard input")
    keep_inputs(replace(plan.inputs, responses=given), *(output for _, output in shards))
    if not Path(folder).resolve().parent.is_dir():
        raise UserError(f"{folder}: the folder {Path(folder).resolve().parent} does not exist; make it first")
    Path(folder).mkdir(exist_ok=True)
    _refuse_own(given, folder, [file for file, _ in shards])
    mine, made = shards[share.number :: share.of], list[dict[str, Any]]()
    with progress.counting("shards", len(mine)) as step:
        for shard, wait in in_order(pool, partial(_process, plan), mine):
            try:
                found = wait()
            except Died:
                found = _process_carefully(plan, pool, shard)
            made.append(_checked(plan, shard[0], found))
            step()
    _refuse_change(made)
    return made


def _refuse_change(made: Sequence[Mapping[str, Any]]) -> None:
    """Prompts that changed while shards were done, of which some stand on the old ones."""
    for name in ("prompts", "requests"):
        read = [one["inputs"][name] for one in made if name in one["inputs"]]
        if len({file["sha256"] for file in read}) > 1:
            again = "give the same command again to do the shards again that were done before"
            raise UserError(f"{read[0]['file']}: changed during the run; {again}", 3)


def _process(plan: ShardPlan, shard: tuple[str, str]) -> dict[str, Any]:
    return process_shard(*shard, plan)


def _refuse_own(given: str, folder: str, files: Sequence[str]) -> None:
    """A pattern, say, that means what an earlier run has written too."""
    own = Path(folder).resolve()
    if inside := [file for file in files if "://" not in file and Path(file).resolve().parent == own]:
        raise UserError(f"{inside[0]}: {given} means what is in the output folder too; name another folder")


def _checked(plan: ShardPlan, shard: str, made: dict[str, Any]) -> dict[str, Any]:
    """A manifest but for ``job``, most of it and nearly the same for all, if that is what it would be here."""
    if made.pop("job") != plan.name(shard):
        raise UserError(
            f"{shard}: done where hirkit, or data that it uses, is another than here; see `hirkit doctor`", 3
        )
    return made


def _process_carefully(plan: ShardPlan, pool: Pool, shard: tuple[str, str]) -> dict[str, Any]:
    """A shard over which a process died: with processes below the one that does it, so that only they may die."""
    careful = replace(plan, inputs=replace(plan.inputs, workers=2))
    try:
        return pool.submit(_process, careful, shard)()
    except Died as err:
        raise UserError(f"{shard[0]}: {err}; is there enough memory? The same command goes on", 3) from None
