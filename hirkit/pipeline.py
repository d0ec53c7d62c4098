"""Relabelling files of any size, so that a run that was killed goes on where it stopped, with the same bytes.

Four stages, each lot by lot (``lots.py``), each leaving files in ``OUT.work/`` that appear whole or not at all: sort
the rows into lots; judge every response; tell what was selected; write the outputs. Between judging and telling,
what concerns the whole file is settled: base rates, the reference, the selection over a batch. What is there already,
from the same command and the same inputs, is not done again; a folder of another command is begun anew. When the
outputs stand, the folder goes. Lots are independent, so several processes work on them, and memory holds one lot each.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache, partial
from itertools import islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from constraints import Constraint, Verdict
from hirkit import __version__, manifest
from hirkit.card import CardStats, card
from hirkit.information import REFERENCE, Reference, Text, base_rates, first
from hirkit.inputs import STANDARD, digest, size
from hirkit.jsonl import Source, atomic, encode
from hirkit.limits import NONE, Limits
from hirkit.lots import Sorted, read_lot, sort_rows
from hirkit.plots import plots
from hirkit.read import Item, Rows
from hirkit.records import Judgement, Rejected, Scored, Selection, UserError
from hirkit.relabel import (
    REASONS,
    Picks,
    Plan,
    Relabelled,
    Sifted,
    Tools,
    choose,
    dropped_row,
    record_row,
    reference_texts,
    sift,
    tell_groups,
)
from hirkit.report import Tally, percent, rejected_row
from hirkit.runs import SILENT, Inputs, Progress, hold_stdin, keep_inputs, reader
from hirkit.select import Candidate, candidate, rank
from hirkit.verify import undecided, verify
from hirkit.workers import Died, Workers

if TYPE_CHECKING:
    from rich.table import Table

    from hirkit.llm import Endpoint

SORTED = "sorted.json"
"""The file that says that the rows are sorted, of which job and inputs."""
SCORER = "scorer.json"
"""The file that says which model computed the entropies."""
SHOWN = 5
"""Bad rows that are shown; all are in the file."""
ASKED = 4
"""Argument sets of an id that a lot names for its base rate."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is written: replay records, what was dropped, datasets for trainers by name."""

    records: str | None
    dropped: str | None = None
    exports: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def parts(self) -> tuple[str, ...]:
        """The exports whose rows are made as groups are told."""
        table = {"parquet"} if self.records is not None and self.records.endswith(".parquet") else set()
        return tuple(sorted({*self.exports, *table}))


@dataclass(frozen=True, slots=True)
class Job:
    """What every stage knows; it travels to the workers."""

    inputs: Inputs
    plan: Plan
    folder: Path
    exports: tuple[str, ...] = ()
    llm: Endpoint | None = None
    score_model: str | None = None
    joined: tuple[str, ...] = ()
    """The sha256 of what rows are joined to, prompts and requests, as they were when the rows were sorted."""

    @property
    def parts(self) -> tuple[str, ...]:
        """What telling a lot leaves."""
        return ("records", "dropped", *self.exports)

    def path(self, what: str, lot: int | None = None) -> Path:
        """A file of the work folder."""
        return self.folder / (what if lot is None else f"{what}-{lot:06d}")

    @property
    def name(self) -> dict[str, Any]:
        """What makes two jobs the same, whatever the number of workers."""
        inputs = {name: value for name, value in asdict(self.inputs).items() if name not in ("workers", "stdin")}
        llm = None if self.llm is None else [self.llm.url, self.llm.model, self.llm.seed, dict(self.llm.extra)]
        return {
            "hirkit": __version__,
            "inputs": inputs,
            "plan": asdict(self.plan) | {"guards": list(self.plan.guards), "strategies": list(self.plan.strategies)},
            "exports": list(self.exports),
            "llm": llm,
            "score_model": [self.score_model, _files_of(self.score_model)],
        }


def _files_of(model: str | None) -> list[list[Any]]:
    """What tells one state of a model's folder from another; nothing of a name on the hub."""
    files = sorted(Path(model).iterdir()) if model is not None and Path(model).is_dir() else []
    return [[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in files]


@lru_cache(1)
def rows_of(inputs: Inputs, joined: tuple[str, ...]) -> Rows:
    """How the rows are read, the prompts in memory; once in each process, for what they are joined to then."""
    rows, sources, _ = reader(inputs)
    if tuple(source.sha256 for source in sources.values()) != joined:
        names = " or ".join(source.name for source in sources.values())
        raise UserError(f"{names}: changed during the run; give the same command again to begin anew", code=3)
    return rows


# ------------------------------------------------------------------------------------------------------ 1. sort


def sort_stage(job: Job, progress: Progress) -> tuple[Job, dict[str, Any]]:
    """Sort the rows into lots, unless that was done; the job then, what was read, and how many rows are bad."""
    done = job.path(SORTED)
    if (found := _resumed(job, done)) is not None:
        return _joined(job, found), found
    clear(job.folder)
    job.folder.mkdir()
    job = replace(job, inputs=hold_stdin(job.inputs, job.path("stdin")))
    rows, sources, bad_prompts = reader(job.inputs)
    sources["responses"] = Source(job.inputs.responses)
    with job.path("rejected.jsonl").open("wb") as stream:
        bad = _Bad(stream, job.inputs.max_bad_rows)
        for rejected in bad_prompts:
            bad.reject(rejected)
        with progress.over(sources["responses"]) as lines:
            result = sort_rows(islice(lines, job.inputs.limit), rows, job.folder, bad.reject)
    files = {
        name: {"file": source.name, "bytes": source.size, "sha256": source.sha256, "whole": source.whole}
        for name, source in sources.items()
    }
    found = {"job": job.name, "groups": result.groups, "inputs": files, "bad_rows": bad.count, "shown": bad.shown}
    _put(done, found)
    return _joined(job, found), found


def _joined(job: Job, found: Mapping[str, Any]) -> Job:
    return replace(job, joined=tuple(file["sha256"] for name, file in found["inputs"].items() if name != "responses"))


@dataclass(slots=True)
class _Bad:
    """Bad rows, put aside as they come."""

    stream: BinaryIO
    most: int | None
    count: int = 0
    shown: list[str] = field(default_factory=list[str])

    def reject(self, bad: Rejected) -> None:
        self.count += 1
        self.stream.write(encode(rejected_row(bad)))
        if self.count <= SHOWN:
            self.shown.append(str(bad))
        if self.most is not None and self.count > self.most:
            raise UserError(f"more than {self.most} bad rows; nothing was written; the last: {bad}", code=3)


def _resumed(job: Job, done: Path) -> dict[str, Any] | None:
    """What an earlier run of the same job sorted, if its inputs are what they were."""
    if not done.exists() or STANDARD in (job.inputs.responses, job.inputs.prompts, job.inputs.requests):
        return None
    found: dict[str, Any] = orjson.loads(done.read_bytes())
    same = orjson.dumps(found["job"], option=orjson.OPT_SORT_KEYS) == orjson.dumps(
        job.name, option=orjson.OPT_SORT_KEYS
    )
    return found if same and all(_unchanged(file) for file in found["inputs"].values()) else None


def _unchanged(file: Mapping[str, Any]) -> bool:
    try:
        grown = file["whole"] and size(file["file"]) != file["bytes"]
        return not grown and digest(file["file"], file["bytes"]) == file["sha256"]
    except (OSError, UserError):  # it is gone
        return False


def _put(path: Path, document: Any) -> None:
    with atomic(str(path)) as stream:
        assert stream is not None
        stream.write(orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS))


# ------------------------------------------------------------------------------------------------------ 2. judge


def judge_lot(job: Job, lot: int, judge: Callable[[Item], Scored] | None = None) -> None:
    """Judge the responses of a lot, unless that was done: a line of what it adds up to, then a line per response."""
    judge = judge or partial(judged, rules=job.plan.rules, limits=job.inputs.limits)
    path = job.path("judged", lot)
    if path.exists():
        return
    tally = Tally(job.plan.rules, job.inputs.strip_think)
    texts: list[Text] = []
    asked: dict[str, dict[str, Any]] = {}
    lines = []
    for group, items in read_lot(job.folder, lot, rows_of(job.inputs, job.joined)):
        sifted = sift([judge(item) for item in items], job.plan)
        texts = first([*texts, *reference_texts(sifted, job.plan)], REFERENCE)
        for one in sifted:
            tally.add(one.scored)
            lines.append(encode(_judged_row(group, one)))
        for constraint in items[0].instruction.constraints:
            _name_args(asked.setdefault(constraint.id, {}), constraint)
    summary = {"tally": tally.counts(), "texts": [[text.draw, text.text] for text in texts], "asked": asked}
    with atomic(str(path)) as stream:
        assert stream is not None
        stream.writelines([encode(summary), *lines])


def judged(item: Item, rules: str, limits: Limits = NONE) -> Scored:
    """A response with its strict verdicts; nothing here asks for loose ones."""
    judgements = verify(item.instruction, item.response.answer, rules, loose=False, limits=limits)
    return Scored(item.instruction, item.response, judgements)


def judge_lot_alone(job: Job, workers: Workers, lot: int) -> None:
    """Judge a lot over which a process died: each response in a job of its own. The culprit's verdicts are errors."""

    def judge(item: Item) -> Scored:
        try:
            return workers.submit(judged, item, job.plan.rules, job.inputs.limits)()
        except Died as err:
            return Scored(item.instruction, item.response, undecided(item.instruction, job.plan.rules, str(err)))

    judge_lot(job, lot, judge)


def _name_args(sets: dict[str, Any], constraint: Constraint) -> None:
    """Name the arguments of an id, those with the smallest digests."""
    args = orjson.dumps(constraint.args, option=orjson.OPT_SORT_KEYS)
    sets[hashlib.sha256(args).hexdigest()] = dict(constraint.args)
    if len(sets) > ASKED:
        del sets[max(sets)]


def _judged_row(group: int, one: Sifted) -> dict[str, Any]:
    seen = candidate(one.scored)
    return {
        "group": group,
        "key": seen.key,
        "sample": seen.sample,
        "diversity": dict(seen.diversity),
        "verdicts": [[j.strict.status, j.strict.because, j.revision] for j in one.scored.judgements],
        "out": one.out,
        "sound": one.sound,
    }


def judged_rows(job: Job, lot: int) -> Iterator[dict[str, Any]]:
    """What judging a lot left: its responses, a row each."""
    with job.path("judged", lot).open("rb") as stream:
        next(stream)
        yield from map(orjson.loads, stream)


def judged_summary(job: Job, lot: int) -> dict[str, Any]:
    """What a lot adds up to."""
    with job.path("judged", lot).open("rb") as stream:
        summary: dict[str, Any] = orjson.loads(next(stream))
    return summary


# ------------------------------------------------------------------------------- between: what concerns the whole file


def score_lot(job: Job, lot: int, scorer: Any) -> None:
    """Compute the entropies of a lot's candidates, unless that was done: one per response, null where not needed."""
    path = job.path("entropies", lot)
    if path.exists():
        return
    rows = [row["out"] is None or row["sound"] for row in judged_rows(job, lot)]
    items = [item for _, group in read_lot(job.folder, lot, rows_of(job.inputs, job.joined)) for item in group]
    pairs = [(i.instruction.prompt, i.response.text) for i, wanted in zip(items, rows, strict=True) if wanted]
    values = iter(scorer.mean_entropies(pairs))
    _put(path, [next(values) if wanted else None for wanted in rows])


def settle(job: Job, lots: int) -> Tally:
    """Put together what the lots say of the file: the tally, the reference with base rates, a batch's selection."""
    tally = Tally(job.plan.rules, job.inputs.strip_think)
    texts: list[Text] = []
    asked: dict[str, dict[str, Any]] = {}
    for lot in range(lots):
        summary = judged_summary(job, lot)
        tally.add_counts(summary["tally"])
        texts = first([*texts, *(Text(*text) for text in summary["texts"])], REFERENCE)
        for id, sets in summary["asked"].items():
            for args in sets.values():
                _name_args(asked.setdefault(id, {}), Constraint(id, args))
    reference = Reference(tuple(text.text for text in texts), job.plan.rules)
    every = [Constraint(id, args) for id, sets in sorted(asked.items()) for args in sets.values()]
    if not job.path("reference.json").exists():
        if job.plan.scope == "batch":
            for lot, picks in enumerate(_batch_picks(job, lots)):
                _put(job.path("picks", lot), picks)
        _put(job.path("reference.json"), {"texts": reference.texts, "rates": base_rates(every, reference)})
    return tally


def _batch_picks(job: Job, lots: int) -> list[dict[str, list[Any]]]:
    """What is selected over the whole file, by lot and pool: the place in the lot, and why."""
    plan, groups = job.plan, 0
    found: dict[str, list[tuple[int, int, Candidate]]] = {"replay": [], "discover": []}
    for lot in range(lots):
        names = set()
        for place, (row, meta) in enumerate(_judged_with_entropies(job, lot)):
            names.add(row["group"])
            kept = sum(status == "pass" for status, _, _ in row["verdicts"])
            n = len(row["verdicts"])
            seen = Candidate(row["key"], row["sample"], kept / n, n, row["diversity"] | meta)
            if row["out"] is None and {"drop", "relax"} & set(plan.strategies):
                found["replay"].append((lot, place, seen))
            if row["sound"]:
                found["discover"].append((lot, place, seen))
        groups += len(names)
    budget = plan.k * groups if plan.budget is None else plan.budget
    settings = (budget, plan.lambda0, plan.eta, plan.step, plan.seed, plan.at_random)
    picks: list[dict[str, list[Any]]] = [{pool: [] for pool in found} for _ in range(lots)]
    for pool, some in found.items():
        for i, selection in rank([one[2] for one in some], *settings):
            lot, place, _ = some[i]
            picks[lot][pool].append([place, asdict(selection)])
    return picks


def _judged_with_entropies(job: Job, lot: int) -> Iterator[tuple[dict[str, Any], dict[str, float]]]:
    """What judging a lot left, each row with what the score model says of the response."""
    if job.score_model is None:
        return zip(judged_rows(job, lot), repeat({}), strict=False)
    values = orjson.loads(job.path("entropies", lot).read_bytes())
    return zip(judged_rows(job, lot), [{} if v is None else {"score_model": v} for v in values], strict=True)


# ------------------------------------------------------------------------------------------------------- 3. tell


def sifted_lot(job: Job, lot: int) -> list[list[Sifted]]:
    """The groups of a lot as judging left them."""
    groups = [items for _, items in read_lot(job.folder, lot, rows_of(job.inputs, job.joined))]
    rows = list(_judged_with_entropies(job, lot))
    if len(rows) != sum(map(len, groups)):
        raise UserError(f"{job.folder}: lot {lot} is not whole; remove the folder, and give the same command again", 3)
    found = iter(rows)
    return [[_sifted(item, *next(found)) for item in items] for items in groups]


def _sifted(item: Item, row: Mapping[str, Any], meta: Mapping[str, float]) -> Sifted:
    judgements = tuple(
        Judgement(constraint, verdict, verdict, revision)
        for constraint, (status, because, revision) in zip(item.instruction.constraints, row["verdicts"], strict=True)
        for verdict in [Verdict(status, because)]
    )
    response = replace(item.response, meta={**item.response.meta, **meta}) if meta else item.response
    return Sifted(Scored(item.instruction, response, judgements), row["out"] and tuple(row["out"]), row["sound"])


def tell_lot(job: Job, lot: int) -> None:
    """Tell what was selected of a lot, unless that was done; the counts are written last."""
    done = job.path("told", lot)
    if done.exists():
        return
    groups = sifted_lot(job, lot)
    tools = Tools(
        Reference(tuple(orjson.loads(job.path("reference.json").read_bytes())["texts"]), job.plan.rules), job.llm
    )
    picks = choose(groups, job.plan) if job.plan.scope == "group" else _picked(groups, _batch_picks_of(job, lot))
    total, stats, dropped = Relabelled(), CardStats(), 0
    with ExitStack() as stack:
        streams = {name: stack.enter_context(atomic(str(job.path(name, lot)))) for name in job.parts}
        for group, result in zip(groups, tell_groups(groups, picks, job.plan, tools), strict=True):
            _write(job, streams, group, result)
            stats.add([one.scored for one in group], result.records)
            dropped += len(result.dropped)
            total.add(Relabelled(counts=result.counts, strategies=result.strategies, refusals=result.refusals))
    counted = {"counts": total.counts, "strategies": total.strategies, "refusals": total.refusals}
    _put(done, counted | {"stats": stats.to_json(), "rows": {"records": stats.records, "dropped": dropped}})


def _batch_picks_of(job: Job, lot: int) -> dict[str, dict[int, Selection]]:
    """A batch's selection from a lot, by pool and place."""
    found = orjson.loads(job.path("picks", lot).read_bytes())
    return {pool: {place: _selection(selection) for place, selection in some} for pool, some in found.items()}


def _selection(row: Mapping[str, Any]) -> Selection:
    return Selection(**{**row, "lambda_": float(row["lambda_"] or "inf")})  # JSON has no infinity, but null


def _picked(groups: Sequence[Sequence[Sifted]], chosen: Mapping[str, Mapping[int, Selection]]) -> list[Picks]:
    """A batch's selection, group by group; places are counted through the lot."""
    place, picks = 0, []
    for group in groups:
        of_group: dict[str, list[tuple[Scored, Selection]]] = {"replay": [], "discover": []}
        for one in group:
            for pool, found in chosen.items():
                if place in found:
                    of_group[pool].append((one.scored, found[place]))
            place += 1
        picks.append({pool: sorted(found, key=lambda pair: pair[1].rank) for pool, found in of_group.items()})
    return list(picks)


def _write(job: Job, streams: Mapping[str, BinaryIO | None], group: Sequence[Sifted], result: Relabelled) -> None:
    """What came of a group, to each of the parts."""
    from hirkit.export import EXPORTS

    scored = [one.scored for one in group]
    for name, stream in streams.items():
        assert stream is not None
        if name == "records":
            stream.writelines(encode(record_row(record, job.plan)) for record in result.records)
        elif name == "dropped":
            stream.writelines(encode(dropped_row(dropped)) for dropped in result.dropped)
        else:
            stream.writelines(map(encode, EXPORTS[name].rows(scored, result.records, job.plan)))


# ------------------------------------------------------------------------------------------------------ 4. write


@dataclass(frozen=True, slots=True)
class Relabelling:
    """What a run did: responses by what became of them, records by strategy, refused rewrites by reason."""

    plan: Plan
    tally: Tally
    counts: Counter[str]
    strategies: Counter[str]
    refusals: Counter[str]
    rates: Mapping[str, float]
    stats: CardStats
    inputs: Mapping[str, Any]
    shown: Sequence[str]
    scorer: Mapping[str, Any] | None = None

    @property
    def records(self) -> int:
        """How many replay records there are."""
        return self.strategies.total()

    @property
    def by_reason(self) -> dict[str, int]:
        """What became of each response; the sum is all of them."""
        return {reason: self.counts[reason] for reason in (*REASONS, "written")}

    @property
    def meta(self) -> dict[str, Any]:
        """What the verdicts stand on."""
        return self.tally.meta({}) | {"inputs": dict(self.inputs)}

    def summary(self) -> dict[str, Any]:
        """The run in one JSON document."""
        return {
            "responses": self.tally.responses,
            "counts": self.by_reason,
            "records": {strategy: self.strategies[strategy] for strategy in self.plan.strategies},
            "refusals": dict(sorted(self.refusals.items())),
            "base_rates": dict(self.rates),
            "errors": self.tally.errors,
            "bad_rows": self.tally.bad_rows,
            "meta": self.meta,
        }

    def tables(self) -> list[Table]:
        """What became of each response, and of each constraint."""
        return [self._of_responses(), self._of_constraints()]

    def _of_responses(self) -> Table:
        from rich.table import Table

        total = self.tally.responses
        table = Table(title=f"{total} responses, rules: {self.plan.rules}")
        table.add_column("what became of it")
        table.add_column("responses", justify="right")
        table.add_column("share", justify="right")
        for reason in REASONS:
            if (count := self.counts[reason]) or reason in REASONS[:3]:
                table.add_row(reason, str(count), percent(count, total))
            if reason == "no certain rewrite":
                for why, count in sorted(self.refusals.items()):
                    table.add_row(f"  {why}", str(count), "", style="dim")
        table.add_section()
        table.add_row("written", str(self.counts["written"]), percent(self.counts["written"], total), style="bold")
        for strategy in self.plan.strategies:
            table.add_row(f"  records: {strategy}", str(self.strategies[strategy]), "", style="dim")
        return table

    def _of_constraints(self) -> Table:
        from rich.table import Table

        table = Table(title="constraints; base rate: the share of any texts that pass")
        told = {"drop": "dropped", "relax": "relaxed", "discover": "added"}
        fates = ["kept", *(told[strategy] for strategy in self.plan.strategies)]
        for name in ("constraint", "asked", "failed", "base rate", *fates):
            table.add_column(name, justify="left" if name == "constraint" else "right", overflow="fold")
        for id, counts in sorted(self.stats.constraints.items(), key=lambda item: (-item[1]["fail"], item[0])):
            rate = f"{self.rates[id]:.0%}" if id in self.rates else ""
            asked = counts["pass"] + counts["fail"] + counts["error"]
            table.add_row(id, str(asked), str(counts["fail"]), rate, *(str(counts[fate]) for fate in fates))
        return table


def relabel_files(
    inputs: Inputs,
    plan: Plan,
    outputs: Outputs,
    progress: Progress = SILENT,
    llm: Endpoint | None = None,
    score_model: str | None = None,
    command: Sequence[str] = (),
) -> Relabelling:
    """Relabel a responses file; go on with what an earlier run of the same command has left.

    Without outputs (a dry run) or with standard output only, the work folder is a temporary one.
    """
    keep_inputs(inputs, outputs.records, outputs.dropped, *outputs.exports.values())
    with _work_folder(outputs.records) as folder:
        job = Job(inputs, plan, folder, outputs.parts, llm, score_model)
        job, found = sort_stage(job, progress)
        lots = Sorted(found["groups"]).lots
        over_lots(partial(judge_lot, job), lots, inputs.workers, progress, "judging", partial(judge_lot_alone, job))
        if score_model is not None:
            _score(job, lots, progress)
        tally = settle(job, lots)
        tally.bad_rows = found["bad_rows"]
        over_lots(partial(tell_lot, job), lots, inputs.workers, progress, "telling")
        counts = write_outputs(job, lots, outputs)
        done = _relabelling(job, lots, tally, found)
        describe_outputs(done, outputs, counts, command)
        return done


@contextmanager
def _work_folder(out: str | None) -> Iterator[Path]:
    """The folder beside the output, which stays after a failure and goes after a success; locked while in use."""
    if out is None or out == STANDARD:
        with tempfile.TemporaryDirectory(prefix="hirkit-") as name:
            yield Path(name) / "work"
        return
    folder = Path(f"{out}.work")
    if not folder.parent.is_dir():
        raise UserError(f"{out}: the folder {folder.parent} does not exist; make it first")
    with locked(Path(f"{out}.lock")):
        yield folder
        clear(folder)


def clear(folder: Path) -> None:
    """Remove a work folder; first what says that it can be gone on with, should this be interrupted too."""
    (folder / SORTED).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """A lock that goes with the process that holds it, however it ends."""
    import fcntl

    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"{path}: another run is writing the same output; wait for it, or stop it") from None
        yield
        path.unlink()


def over_lots(
    work: Callable[[int], None],
    lots: int,
    workers: int,
    progress: Progress,
    what: str,
    otherwise: Callable[[Workers, int], None] | None = None,
) -> None:
    """Do a stage's work on every lot, here or in several processes; ``otherwise`` is done where a process dies."""
    pool = Workers(min(workers, lots) if min(workers, lots) > 1 else 0)
    try:
        with progress.counting(what, lots) as step:
            waiting: deque[tuple[int, Callable[[], None]]] = deque()
            for lot in range(lots + workers):
                if lot < lots:
                    waiting.append((lot, pool.submit(work, lot)))
                if waiting and lot >= workers:
                    _finish(*waiting.popleft(), pool, what, otherwise)
                    step()
    finally:
        pool.close()


def _finish(
    lot: int,
    wait: Callable[[], None],
    pool: Workers,
    what: str,
    otherwise: Callable[[Workers, int], None] | None,
) -> None:
    try:
        wait()
    except Died as err:
        if otherwise is None:
            raise UserError(f"{what} lot {lot}: {err}; is there enough memory? The same command goes on", 3) from None
        otherwise(pool, lot)


def _score(job: Job, lots: int, progress: Progress) -> None:
    from hirkit.entropy import load

    assert job.score_model is not None
    if all(job.path("entropies", lot).exists() for lot in range(lots)):
        return
    scorer = load(job.score_model)
    _put(job.path(SCORER), dict(scorer.identity))
    over_lots(lambda lot: score_lot(job, lot, scorer), lots, 1, progress, "scoring")


def write_outputs(job: Job, lots: int, outputs: Outputs) -> dict[str, int]:
    """Put the parts of all lots together; each output appears whole, the records last. Returns the rows of each."""
    from hirkit.export import EXPORTS, write

    counts = {}
    for name, out in outputs.exports.items():
        counts[out] = write(_part(job, name, lots), Path(out), EXPORTS[name])
    for part, path in (("dropped", outputs.dropped), ("records", outputs.records)):
        if path is not None and path.endswith(".parquet") and part == "records":
            counts[path] = write(_part(job, "parquet", lots), Path(path), EXPORTS["parquet"])
        elif path is not None:
            with atomic(path) as stream:
                assert stream is not None
                for lot in range(lots):
                    with job.path(part, lot).open("rb") as found:
                        shutil.copyfileobj(found, stream)
            rows = (orjson.loads(job.path("told", lot).read_bytes()) for lot in range(lots))
            counts[path] = sum(told["rows"][part] for told in rows)
    if outputs.records not in (None, STANDARD):
        _quarantine(job, f"{outputs.records}.rejected.jsonl")
    return counts


def _part(job: Job, part: str, lots: int) -> Iterator[dict[str, Any]]:
    for lot in range(lots):
        with job.path(part, lot).open("rb") as rows:
            yield from map(orjson.loads, rows)


def _quarantine(job: Job, out: str) -> None:
    """The bad rows beside the output; where there are none, an older file of them goes."""
    rejected = job.path("rejected.jsonl")
    if rejected.stat().st_size == 0:
        Path(out).unlink(missing_ok=True)
        return
    with atomic(out) as stream, rejected.open("rb") as found:
        assert stream is not None
        shutil.copyfileobj(found, stream)


def _relabelling(job: Job, lots: int, tally: Tally, found: Mapping[str, Any]) -> Relabelling:
    total, stats = Relabelled(), CardStats()
    for lot in range(lots):
        told = orjson.loads(job.path("told", lot).read_bytes())
        counts, strategies, refusals = (Counter(told[name]) for name in ("counts", "strategies", "refusals"))
        total.add(Relabelled(counts=counts, strategies=strategies, refusals=refusals))
        stats.merge(CardStats.from_json(told["stats"]))
    rates = orjson.loads(job.path("reference.json").read_bytes())["rates"]
    scorer = None if job.score_model is None else orjson.loads(job.path(SCORER).read_bytes())
    ends = total.counts, total.strategies, total.refusals
    return Relabelling(job.plan, tally, *ends, rates, stats, found["inputs"], found["shown"], scorer)


def describe_outputs(done: Relabelling, outputs: Outputs, counts: Mapping[str, int], command: Sequence[str]) -> None:
    """Beside the records: a manifest and a card with its plots; the card also in the folder of ``hf``."""
    out = outputs.records
    if out is None or out == STANDARD:
        return
    named = {"records": out, **({"dropped": outputs.dropped} if outputs.dropped else {}), **outputs.exports}
    drawn = plots(done.stats)
    pictures = {name: f"{out}.plots/{name}" for name in drawn}
    for name, path in pictures.items():
        Path(path).parent.mkdir(exist_ok=True)
        _put_bytes(path, drawn[name])
    files = [(Path(path), name, counts[path]) for name, path in named.items() if path != STANDARD]
    ids = [*done.tally.asked, *done.stats.constraints]
    about = (command, asdict(done.plan), done.meta, done.by_reason, done.refusals, ids)
    made = manifest.manifest(*about, [{"file": path.name, "export": name, "rows": n} for path, name, n in files])
    beside = {name: f"{Path(path).parent.name}/{name}" for name, path in pictures.items()}
    _put_bytes(f"{out}.README.md", card(done.stats, made, beside).encode())
    if "hf" in outputs.exports:
        folder = Path(outputs.exports["hf"])
        for name, content in drawn.items():
            _put_bytes(str(folder / name), content)
        _put_bytes(str(folder / "README.md"), card(done.stats, made, {name: name for name in drawn}, True).encode())
    hashed = manifest.manifest(*about, [manifest.output(*file) for file in files])
    more = {"base_rates": dict(done.rates), "score_model": done.scorer}
    _put_bytes(f"{out}.manifest.json", manifest.encoded(hashed | more))


def _put_bytes(path: str, content: bytes) -> None:
    with atomic(path) as stream:
        assert stream is not None
        stream.write(content)
