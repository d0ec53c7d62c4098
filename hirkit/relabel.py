"""Failures told as successes: keep the partial failures, select, tell them in hindsight, verify again.

All of it works on groups, the responses of one instruction; ``relabel`` does it in memory, ``pipeline.py`` over files.
Every response is accounted for: it is written, or dropped for one counted reason.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING, Any, Literal

from constraints import Constraint
from hirkit import __version__, guards
from hirkit.discover import discover
from hirkit.information import Reference, Text, drawn, first
from hirkit.records import Instruction, Judgement, Key, ReplayRecord, Scored, Selection
from hirkit.rewrite import rewrite
from hirkit.select import candidate, rank
from hirkit.span import Refused
from hirkit.strategies import Hindsight, changes, drop, relax
from hirkit.verify import resources_of, verify

if TYPE_CHECKING:
    from hirkit.llm import Endpoint

STRATEGIES = ("drop", "relax", "discover")
REWRITERS = ("auto", "template", "span", "llm")
REASONS = (
    "already followed",
    "nothing kept",
    "error verdict",
    "beyond the samples",
    *guards.NAMES,
    "not selected",
    "nothing to relax",
    "nothing discovered",
    "uninformative",
    "no certain rewrite",
    "not verified again",
)
"""Why a response is not replayed, in the order in which it is asked."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of a relabelling, as they are recorded with each record. Defaults are the paper's.

    ``scope`` "group" takes k of each instruction; "batch" takes ``budget`` (k times the number of instructions) of all.
    Only the first ``samples`` responses of an instruction count, all where it is None. What is selected is told by each
    of the ``strategies``; "discover" adds up to ``discovered`` constraints, also to successes, of which it selects as
    many again. A record whose constraints have less than ``min_information`` bits is not written.
    """

    rules: str = "fixed"
    k: int = 2
    eta: float = 0.05
    lambda0: float = 2.0
    step: int = 0
    min_kept: int = 1
    seed: int = 0
    guards: tuple[str, ...] = guards.NAMES
    scope: Literal["group", "batch"] = "group"
    budget: int | None = None
    samples: int | None = None
    at_random: bool = False
    strategies: tuple[str, ...] = ("drop",)
    rewriter: str = "auto"
    discovered: int = 2
    min_information: float = 0.0

    @property
    def measures(self) -> bool:
        """Whether records are measured by their information."""
        return self.min_information > 0 or "discover" in self.strategies


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "hir-paper": {"k": 2, "lambda0": 2.0, "eta": 0.05, "scope": "group", "samples": 6},
    "hir-release": {"k": 2, "lambda0": 2.0, "eta": 0.05, "scope": "batch", "samples": 6},
}
"""HiR's settings: m = 6 rollouts, k = 2 replays; as the paper selects, and as the released code (ffd6919) does."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What telling may need besides the plan: texts to measure against, and an endpoint to ask for rewrites."""

    reference: Reference
    llm: Endpoint | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A response that is not replayed, and why."""

    scored: Scored
    reason: str
    detail: str = ""


@dataclass(slots=True)
class Relabelled:
    """What came of some groups: records and drops in order; responses by what became of them, records by strategy,
    refused rewrites by reason.
    """

    records: list[ReplayRecord] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    strategies: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)

    def add(self, other: Relabelled) -> None:
        """Count what came of further groups."""
        self.records += other.records
        self.dropped += other.dropped
        self.counts += other.counts
        self.strategies += other.strategies
        self.refusals += other.refusals


@dataclass(frozen=True, slots=True)
class Sifted:
    """A response, why it is no failure to replay (None if it is one), and whether ``discover`` may add to it."""

    scored: Scored
    out: tuple[str, str] | None
    sound: bool


Picks = Mapping[str, Sequence[tuple[Scored, Selection]]]
"""What was selected of a group: "replay" for drop and relax, "discover" for discover."""


def relabel(scored: Iterable[Scored], plan: Plan, llm: Endpoint | None = None) -> Relabelled:
    """Relabel responses in memory. Groups are the responses of one instruction, in whatever order they come."""
    groups: dict[tuple[Key, str], list[Scored]] = {}
    for one in scored:
        groups.setdefault((one.instruction.key, one.instruction.prompt), []).append(one)
    sifted = [sift(group, plan) for group in groups.values()]
    texts = first(text for group in sifted for text in reference_texts(group, plan))
    tools = Tools(Reference(tuple(text.text for text in texts), plan.rules), llm)
    result = Relabelled()
    for told in tell_groups(sifted, choose(sifted, plan), plan, tools):
        result.add(told)
    return result


def reference_texts(group: Sequence[Sifted], plan: Plan) -> Iterator[Text]:
    """The responses of a group that may stand in the reference: those that are no wreck."""
    for one in group:
        if one.out is None or one.sound or one.out[0] in ("already followed", "nothing kept"):
            instruction, response = one.scored.instruction, one.scored.response
            yield drawn(plan.seed, instruction.key, instruction.prompt, response.sample, response.answer)


def sift(group: Sequence[Scored], plan: Plan) -> list[Sifted]:
    """Which responses of an instruction are failures to replay, and which are sound."""
    sifted = [_sifted(scored, plan) for scored in group]
    usable = [one.scored for one in sifted if one.out is None or one.sound]
    again = guards.duplicates(usable) if guards.DUPLICATE in plan.guards else {}
    for i, one in enumerate(sifted):
        if (earlier := again.get(one.scored.response.sample)) is not None and (one.out is None or one.sound):
            out = one.out or (guards.DUPLICATE, f"the same as sample {earlier}")
            sifted[i] = Sifted(one.scored, out, sound=False)
    return sifted


def _sifted(scored: Scored, plan: Plan) -> Sifted:
    out = not_a_candidate(scored, plan)
    if out is None:
        return Sifted(scored, None, "discover" in plan.strategies and any(scored.kept))
    followed = out[0] == "already followed" and "discover" in plan.strategies
    return Sifted(scored, out, followed and guards.turned_away(scored, plan.guards) is None)


def not_a_candidate(scored: Scored, plan: Plan) -> tuple[str, str] | None:
    """Why a response is no failure to replay: reason and detail; None for a partial failure.

    A failure that keeps nothing is one all the same where ``relax`` finds enough that it achieved.
    """
    if plan.samples is not None and scored.response.sample >= plan.samples:
        return "beyond the samples", f"sample {scored.response.sample}; only the first {plan.samples} count"
    if scored.followed_all:
        return "already followed", ""
    if (broken := next((j for j in scored.judgements if j.strict.status == "error"), None)) is not None:
        return "error verdict", f"{broken.constraint.id}: {broken.strict.because}"
    least, kept = max(1, plan.min_kept), sum(scored.kept)
    if kept < least and not ("relax" in plan.strategies and scored.response.answer.strip()):
        return "nothing kept", f"{kept} of {len(scored.judgements)} constraints satisfied"
    if (turned := guards.turned_away(scored, plan.guards)) is not None:
        return turned
    if kept < least and sum(c is not None for c in relax(scored, plan.rules)) < least:
        return "nothing kept", f"{kept} of {len(scored.judgements)} constraints satisfied, and nothing to relax"
    return None


def pools(group: Sequence[Sifted], plan: Plan) -> dict[str, list[Scored]]:
    """Among which responses of a group is selected, for each kind of telling."""
    replay = any(name in plan.strategies for name in ("drop", "relax"))
    return {
        "replay": [one.scored for one in group if one.out is None and replay],
        "discover": [one.scored for one in group if one.sound],
    }


def choose(groups: Sequence[Sequence[Sifted]], plan: Plan) -> list[Picks]:
    """What is told of each group, best first."""
    of_groups = [pools(group, plan) for group in groups]
    if plan.scope == "group":
        return [{pool: pick(found, plan.k, plan) for pool, found in of_group.items()} for of_group in of_groups]
    budget = plan.k * len(groups) if plan.budget is None else plan.budget
    chosen: list[dict[str, list[tuple[Scored, Selection]]]] = [{"replay": [], "discover": []} for _ in groups]
    for pool in ("replay", "discover"):
        index = {id(scored): i for i, of_group in enumerate(of_groups) for scored in of_group[pool]}
        for found in pick([scored for of_group in of_groups for scored in of_group[pool]], budget, plan):
            chosen[index[id(found[0])]][pool].append(found)
    return list(chosen)


def pick(found: Sequence[Scored], number: int, plan: Plan) -> list[tuple[Scored, Selection]]:
    """The best of some responses, best first."""
    how = plan.lambda0, plan.eta, plan.step, plan.seed, plan.at_random
    return [(found[i], selection) for i, selection in rank([candidate(scored) for scored in found], number, *how)]


@dataclass(frozen=True, slots=True)
class Telling:
    """A selected response and what its instruction becomes by a strategy, before anyone has put it into words."""

    scored: Scored
    selection: Selection
    strategy: str
    became: Hindsight
    added: tuple[Constraint, ...] = ()
    information: float | None = None

    @property
    def asks(self) -> list[Constraint]:
        """What will be asked."""
        return [constraint for constraint in (*self.became, *self.added) if constraint is not None]


def tell_groups(
    groups: Sequence[Sequence[Sifted]], picks: Sequence[Picks], plan: Plan, tools: Tools
) -> Iterator[Relabelled]:
    """Tell what was selected of some groups by every strategy, and account for every response: one result a group."""
    failed: list[dict[int, tuple[str, str]]] = [{} for _ in groups]
    tellings: list[tuple[int, Telling]] = []
    for i, picked in enumerate(picks):
        for scored, selection, strategy in _pairs(picked, plan):
            telling = imagine(scored, selection, strategy, plan, tools)
            _note(telling, failed[i]) if isinstance(telling, Dropped) else tellings.append((i, telling))
    results = [Relabelled() for _ in groups]
    found = reworded([telling for _, telling in tellings], plan, tools)
    for (i, telling), words in zip(tellings, found, strict=True):
        record = verified(telling, words, plan)
        if isinstance(record, Dropped):
            _note(record, failed[i])
            results[i].refusals.update([words.reason] if isinstance(words, Refused) else [])
        else:
            results[i].records.append(record)
            results[i].strategies[record.strategy] += 1
    for group, reasons, result in zip(groups, failed, results, strict=True):
        _account(group, reasons, plan, result)
        yield result


def _pairs(picked: Picks, plan: Plan) -> Iterator[tuple[Scored, Selection, str]]:
    """Every selected response with every strategy that tells it."""
    for pool, strategies in (("replay", ("drop", "relax")), ("discover", ("discover",))):
        for scored, selection in picked[pool]:
            yield from ((scored, selection, strategy) for strategy in strategies if strategy in plan.strategies)


def _note(dropped: Dropped, failed: dict[int, tuple[str, str]]) -> None:
    """Of several strategies that failed, the one that came furthest is told."""
    sample = dropped.scored.response.sample
    if sample not in failed or REASONS.index(failed[sample][0]) < REASONS.index(dropped.reason):
        failed[sample] = dropped.reason, dropped.detail


def _account(group: Sequence[Sifted], failed: Mapping[int, tuple[str, str]], plan: Plan, result: Relabelled) -> None:
    """Each response is counted once; what was already followed is counted only, for it is no failure."""
    others = "others were better" if not plan.at_random else "others were drawn"
    written = {record.response.sample for record in result.records}
    for one in group:
        sample = one.scored.response.sample
        reason, detail = one.out or failed.get(sample, ("not selected", others))
        if sample in written:
            reason = "written"
        result.counts[reason] += 1
        if reason not in ("written", "already followed"):
            result.dropped.append(Dropped(one.scored, reason, detail))


def imagine(scored: Scored, selection: Selection, strategy: str, plan: Plan, tools: Tools) -> Telling | Dropped:
    """What the instruction of a response becomes by a strategy, or why that is nothing."""
    became = relax(scored, plan.rules) if strategy == "relax" else drop(scored)
    kept, relaxed, _ = changes(became, scored.judgements)
    added: tuple[Constraint, ...] = ()
    if strategy == "drop" and kept < max(1, plan.min_kept):
        return Dropped(scored, "nothing kept", f"{kept} of {len(became)} constraints satisfied")
    if strategy == "relax" and not relaxed:
        return Dropped(scored, "nothing to relax", "what failed cannot be asked in part")
    if strategy == "discover" and not (added := _added(scored, became, plan, tools)):
        return Dropped(scored, "nothing discovered", "nothing that it satisfies besides tells it from others")
    telling = Telling(scored, selection, strategy, became, added)
    if not plan.measures:
        return telling
    bits = tools.reference.bits(telling.asks, scored.response.answer)
    if bits < plan.min_information:
        return Dropped(scored, "uninformative", f"{bits:.2f} bits: {2**-bits:.0%} of other responses would do")
    return replace(telling, information=bits)


def _added(scored: Scored, became: Hindsight, plan: Plan, tools: Tools) -> tuple[Constraint, ...]:
    failed = [asked.constraint.id for asked, new in zip(scored.judgements, became, strict=True) if new is None]
    kept = [constraint for constraint in became if constraint is not None]
    name = f"{plan.seed}\0{scored.instruction.key}\0{scored.instruction.prompt}\0{scored.response.sample}"
    chance = Random(hashlib.sha256(name.encode()).hexdigest())
    return discover(scored.response.answer, kept, failed, plan.discovered, tools.reference, chance)


def reworded(tellings: Sequence[Telling], plan: Plan, tools: Tools) -> list[tuple[Instruction, str] | Refused]:
    """The hindsight instruction of each telling and who put it into words, or why nobody did.

    The endpoint is asked only where our own rewriters refuse, unless it is the only one allowed.
    """
    refused = Refused("not found", "no endpoint is named to ask")
    found: list[tuple[Instruction, str] | Refused] = [
        refused
        if plan.rewriter == "llm"
        else rewrite(t.scored.instruction, t.became, t.added, plan.rules, plan.rewriter)
        for t in tellings
    ]
    if tools.llm is None or plan.rewriter not in ("auto", "llm"):
        return found
    from hirkit.llm import Ask, rewrite_llm

    left = [i for i, words in enumerate(found) if isinstance(words, Refused)]
    asks = [
        Ask(tellings[i].scored.instruction.prompt, before, tellings[i].became, tellings[i].added, plan.rules)
        for i in left
        for before in [tellings[i].scored.instruction.constraints]
    ]
    for i, answer in zip(left, rewrite_llm(tools.llm, asks), strict=True):
        instruction, remaining = tellings[i].scored.instruction, tuple(tellings[i].asks)
        found[i] = (
            answer
            if isinstance(answer, Refused)
            else (replace(instruction, prompt=answer, constraints=remaining, task=None, layout=None), "llm")
        )
    return found


def verified(telling: Telling, words: tuple[Instruction, str] | Refused, plan: Plan) -> ReplayRecord | Dropped:
    """The record of a telling, verified again in its new words; or why there is none."""
    scored = telling.scored
    if isinstance(words, Refused):
        return Dropped(scored, "no certain rewrite", f"{words.reason}: {words.detail}")
    hindsight, rewriter = words
    judgements = verify(hindsight, scored.response.answer, plan.rules, loose=False)
    if (broken := next((judgement for judgement in judgements if not judgement.strict), None)) is not None:
        return Dropped(scored, "not verified again", f"{broken.constraint.id}: {broken.strict.because}")
    return ReplayRecord(
        scored.instruction,
        hindsight,
        scored.response,
        scored.judgements,
        telling.selection,
        f"{rewriter}@{__version__}",
        telling.strategy,
        telling.became,
        judgements,
        telling.information,
    )


NO_TOOLS = Tools(Reference((), "fixed"))


def tell(
    scored: Scored, selection: Selection, plan: Plan, strategy: str, tools: Tools = NO_TOOLS
) -> ReplayRecord | Dropped:
    """One selected response told by one strategy: imagined, put into words, verified again."""
    telling = imagine(scored, selection, strategy, plan, tools)
    return telling if isinstance(telling, Dropped) else verified(telling, reworded([telling], plan, tools)[0], plan)


def record_row(record: ReplayRecord, plan: Plan) -> dict[str, Any]:
    """The line of a replay record: ready to train on, and all it takes to check it again in a year."""
    selection = record.selection
    return {
        "key": record.original.key,
        "sample": record.response.sample,
        "prompt": record.hindsight.prompt,
        "response": record.response.text,
        "thought": record.response.thought,
        "reward": 1,
        "strategy": record.strategy,
        "rewriter": record.rewriter,
        "information": record.information,
        "hindsight": _hindsight(record),
        "original": _instruction(record.original, record.judgements),
        "selection": {
            "f_int": selection.f_int,
            "f_div": selection.f_div,
            "f_div_from": selection.f_div_from,
            "lambda": selection.lambda_ if selection.lambda_ < float("inf") else "inf",
            "lambda0": plan.lambda0,
            "eta": plan.eta,
            "step": selection.step,
            "k": plan.k,
            "min_kept": plan.min_kept,
            "scope": plan.scope,
            "budget": plan.budget,
            "samples": plan.samples,
            "at_random": plan.at_random,
            "rank": selection.rank,
        },
        "meta": dict(record.response.meta),
        "rules": plan.rules,
        "resources": resources_of(record.original, plan.rules) | resources_of(record.hindsight, plan.rules),
        "seed": plan.seed,
        "guards": list(plan.guards),
        "hirkit": __version__,
        "where": record.response.where,
    }


def _hindsight(record: ReplayRecord) -> dict[str, Any]:
    """The hindsight instruction; of a relaxed constraint, also what was asked, and what was discovered is marked."""
    row = _instruction(record.hindsight, record.verified)
    became = [
        (new, judgement.constraint)
        for new, judgement in zip(record.became, record.judgements, strict=True)
        if new is not None
    ]
    for i, constraint in enumerate(row["constraints"]):
        if i >= len(became):
            constraint["added"] = True
        elif became[i][0] is not became[i][1]:
            constraint["asked"] = became[i][1].args
    return row


def _instruction(instruction: Instruction, judgements: Sequence[Judgement]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "prompt": instruction.prompt,
        "constraints": [
            _constraint(judgement.constraint)
            | {
                "strict": judgement.strict.status,
                "because": judgement.strict.because,
                "revision": judgement.revision,
            }
            for judgement in judgements
        ],
    }
    return row if instruction.task is None else row | {"task": instruction.task, "layout": instruction.layout}


def _constraint(constraint: Constraint) -> dict[str, Any]:
    row: dict[str, Any] = {"id": constraint.id, "args": constraint.args}
    return row if constraint.text is None else row | {"text": constraint.text}


def dropped_row(dropped: Dropped) -> dict[str, Any]:
    """The line of a response that is not replayed."""
    return {
        "key": dropped.scored.instruction.key,
        "sample": dropped.scored.response.sample,
        "reason": dropped.reason,
        "detail": dropped.detail,
        "constraints": [
            _constraint(j.constraint) | {"strict": j.strict.status, "because": j.strict.because}
            for j in dropped.scored.judgements
        ],
        "prompt": dropped.scored.instruction.prompt,
        "response": dropped.scored.response.text,
        "where": dropped.scored.response.where,
    }
