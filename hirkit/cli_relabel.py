"""``hirkit relabel``: its options, and the plan they make. The work is in ``pipeline.py``."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hirkit import cli_shards
from hirkit.options import (
    AsJson,
    CheckTimeout,
    Engine,
    Form,
    Limit,
    MaxBad,
    MaxChars,
    OnEngine,
    Preset,
    PromptsFile,
    Requests,
    Responses,
    Rewriter,
    Rules,
    Scope,
    Shard,
    StripThink,
    Workers,
)
from hirkit.terminal import progress, reporting, show_rejected, summary_to

if TYPE_CHECKING:
    from hirkit.llm import Endpoint
    from hirkit.outputs import Outputs
    from hirkit.relabel import Plan
    from hirkit.runs import Inputs
    from hirkit.shards import ShardPlan

SELECT, REWRITE, OUTPUT, READ = "Select", "Rewrite", "Output", "Read"
"""The panels of ``--help``."""

Out = Annotated[
    str | None,
    typer.Option("-o", "--output", help="Replay records: JSONL, or .parquet; - for stdout.", rich_help_panel=OUTPUT),
]
Export = Annotated[
    list[str] | None,
    typer.Option(
        "--export",
        help="Besides, for trainers: trl-sft, trl-unpaired, trl-preference, instruction-preference, trl-prompts, verl,"
        " openrlhf, parquet, hf; may be repeated.",
        rich_help_panel=OUTPUT,
    ),
]


def relabel(
    responses: Responses,
    out: Out = None,
    prompts: PromptsFile = None,
    preset: Annotated[
        Preset | None, typer.Option(help="HiR's settings, as in the paper or in its code.", rich_help_panel=SELECT)
    ] = None,
    k: Annotated[
        int | None, typer.Option("--k", min=1, help="Replays per instruction.  [default: 2]", rich_help_panel=SELECT)
    ] = None,
    eta: Annotated[
        float | None, typer.Option(min=0, help="Growth of lambda per step.  [default: 0.05]", rich_help_panel=SELECT)
    ] = None,
    lambda0: Annotated[
        float | None, typer.Option(min=0, help="Lambda at step 0.  [default: 2]", rich_help_panel=SELECT)
    ] = None,
    scope: Annotated[
        Scope | None,
        typer.Option(help="Select per instruction, or over all.  [default: group]", rich_help_panel=SELECT),
    ] = None,
    budget: Annotated[
        int | None,
        typer.Option(min=1, help="Replays in all (--scope batch).  [default: k each]", rich_help_panel=SELECT),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(min=1, help="Responses per instruction that count.", rich_help_panel=SELECT)
    ] = None,
    at_random: Annotated[
        bool, typer.Option("--random", help="Select at random: the ablation's baseline.", rich_help_panel=SELECT)
    ] = False,
    step: Annotated[
        int, typer.Option(min=0, help="The training step that the data is for.", rich_help_panel=SELECT)
    ] = 0,
    score_model: Annotated[
        str | None,
        typer.Option(help="Compute F_div with this model: a path, or a name on the hub.", rich_help_panel=SELECT),
    ] = None,
    min_kept: Annotated[
        int, typer.Option(min=1, help="Constraints that a replay must keep.", rich_help_panel=SELECT)
    ] = 1,
    min_information: Annotated[
        float,
        typer.Option(
            min=0, metavar="BITS", help="What a replay must tell: 3 is one other text in eight.", rich_help_panel=SELECT
        ),
    ] = 0.0,
    no_guard: Annotated[
        list[str] | None,
        typer.Option(
            "--no-guard", help="Switch a guard off: truncated, degenerate, duplicate.", rich_help_panel=SELECT
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides ties and what is drawn.", rich_help_panel=SELECT)] = 0,
    strategy: Annotated[
        str,
        typer.Option(
            help="What failed is dropped, relaxed; more is discovered. Several with commas.",
            metavar="drop,relax,discover",
            rich_help_panel=REWRITE,
        ),
    ] = "drop",
    discovered: Annotated[
        int, typer.Option(min=1, help="Constraints that discover adds, at most.", rich_help_panel=REWRITE)
    ] = 2,
    rewriter: Annotated[
        Rewriter, typer.Option(help="auto: template, else span, else llm if named.", rich_help_panel=REWRITE)
    ] = Rewriter.auto,
    llm_url: Annotated[
        str | None,
        typer.Option(help="An OpenAI-compatible endpoint, as http://localhost:8000/v1.", rich_help_panel=REWRITE),
    ] = None,
    llm_model: Annotated[str | None, typer.Option(help="The model to ask there.", rich_help_panel=REWRITE)] = None,
    llm_key_env: Annotated[
        str, typer.Option(help="The environment variable with its key, if it wants one.", rich_help_panel=REWRITE)
    ] = "OPENAI_API_KEY",
    llm_cache: Annotated[
        Path | None, typer.Option(help="A folder of answers.  [default: OUT.llm]", rich_help_panel=REWRITE)
    ] = None,
    llm_concurrency: Annotated[int, typer.Option(min=1, help="Requests at a time.", rich_help_panel=REWRITE)] = 8,
    llm_timeout: Annotated[
        float, typer.Option(min=1, help="Seconds an answer may take.", rich_help_panel=REWRITE)
    ] = 120.0,
    llm_retries: Annotated[
        int, typer.Option(min=0, help="How often a request is tried again.", rich_help_panel=REWRITE)
    ] = 5,
    llm_extra: Annotated[
        str | None, typer.Option(metavar="JSON", help="Further fields of each request.", rich_help_panel=REWRITE)
    ] = None,
    export: Export = None,
    push_to_hub: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Upload the hf export as a private dataset.", rich_help_panel=OUTPUT),
    ] = None,
    rejected_file: Annotated[
        str | None,
        typer.Option("--rejected", help="JSONL of what was dropped, and why.", rich_help_panel=OUTPUT),
    ] = None,
    audit: Annotated[
        int, typer.Option(min=0, metavar="N", help="Show N records beside their originals.", rich_help_panel=OUTPUT)
    ] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count, and write nothing.", rich_help_panel=OUTPUT)
    ] = False,
    as_json: AsJson = False,
    rules: Annotated[Rules, typer.Option(help="Corrected, or as papers score.")] = Rules.fixed,
    workers: Workers = 1,
    limit: Limit = None,
    max_bad_rows: MaxBad = None,
    form: Form = None,
    strip_think: StripThink = True,
    requests: Requests = None,
    check_timeout: CheckTimeout = 60.0,
    max_chars: MaxChars = 1_000_000,
    shard: Shard = None,
    engine: OnEngine = Engine.processes,
) -> None:
    """Build a replay dataset: select valuable failures, rewrite their instructions to what they did satisfy.

    Every record is verified again before it is written. A run that was stopped goes on when the same command is given
    again. Bad rows are kept in OUT.rejected.jsonl, a manifest and a card in OUT.manifest.json and OUT.README.md. With a
    folder as OUT, each file that RESPONSES means is relabelled by itself, and --rejected names a folder in it. Exit
    code 0: done; 2: usage; 3: some rows or verdicts are in error (the rest is written).
    """
    settings = {
        "k": k,
        "eta": eta,
        "lambda0": lambda0,
        "scope": scope and scope.value,
        "samples": samples,
        "budget": budget,
    }
    folder = cli_shards.folder(out)
    with reporting(go_on=True, by_file=folder is not None) as console:
        from hirkit.limits import Limits
        from hirkit.outputs import describe_outputs
        from hirkit.pipeline import relabel_files
        from hirkit.quarantine import kept_beside
        from hirkit.records import UserError
        from hirkit.runs import Inputs

        limits, named = Limits(check_timeout, max_chars), form and form.value
        inputs = Inputs(
            responses, prompts, rules.value, workers, limit, max_bad_rows, named, strip_think, requests, limits
        )
        plan = _plan(
            preset,
            settings,
            rules=rules.value,
            step=step,
            min_kept=min_kept,
            min_information=min_information,
            seed=seed,
            guards=_guards(no_guard or ()),
            at_random=at_random,
            strategies=_strategies(strategy),
            discovered=discovered,
            rewriter=rewriter.value,
        )
        if (out is None) != dry_run:
            raise UserError("name an output with -o OUT, or count only with --dry-run")
        asked = {
            "key_env": llm_key_env,
            "concurrency": llm_concurrency,
            "retries": llm_retries,
            "timeout": llm_timeout,
            "cache": llm_cache or (Path(f"{folder or out}.llm") if out not in (None, "-") else None),
            "seed": seed,
            "extra": _extra(llm_extra),
        }
        llm = _endpoint(rewriter, llm_url, llm_model, asked)
        show = progress(console, as_json)
        if folder is not None:
            work = _shard_plan(inputs, plan, export or (), rejected_file, llm, score_model, push_to_hub)
            done = cli_shards.relabel(work, folder, shard, engine, show)
            show_rejected(console, done.shown, done.tally.bad_rows, f"{folder}/rejected")
        else:
            cli_shards.refuse(shard, engine)
            outputs = _outputs(out, rejected_file, export or (), push_to_hub)
            describe = partial(describe_outputs, command=["hirkit", *sys.argv[1:]])
            done = relabel_files(inputs, plan, outputs, show, llm, score_model, describe)
            show_rejected(console, done.shown, done.tally.bad_rows, kept_beside(out))
        summary_to(out, as_json, done.summary(), *done.tables())
        if out not in (None, "-") and not as_json:
            console.print(f"{done.records} replay records in {out}", soft_wrap=True)
        if audit and out not in (None, "-"):
            _audit(str(out), f"{folder}/audit.html" if folder else f"{out}.audit.html", audit, seed)
        if push_to_hub is not None:
            from hirkit.export import export_of, path_of
            from hirkit.export.hub import push_to_hub as push

            console.print(f"uploaded: {push(path_of(str(out), export_of('hf')), push_to_hub)}", soft_wrap=True)
    if done.tally.bad_rows or done.tally.errors or not (done.tally.responses or shard):
        raise typer.Exit(3)


def _plan(preset: Preset | None, settings: dict[str, Any], **others: Any) -> Plan:
    """The preset, and over it what is given."""
    from hirkit.records import UserError
    from hirkit.relabel import PRESETS, Plan

    chosen = {name: value for name, value in settings.items() if value is not None}
    together = {**PRESETS.get(preset or "", {}), **chosen}
    if "budget" in chosen and together.get("scope") != "batch":
        raise UserError("--budget is for --scope batch; per instruction it is --k")
    return Plan(**together, **others)


def _guards(without: Sequence[str]) -> tuple[str, ...]:
    from hirkit import guards
    from hirkit.records import UserError

    if unknown := set(without) - set(guards.NAMES):
        raise UserError(f"no guard is called {min(unknown)}; there are {', '.join(guards.NAMES)}")
    return tuple(name for name in guards.NAMES if name not in without)


def _strategies(text: str) -> tuple[str, ...]:
    from hirkit.records import UserError
    from hirkit.relabel import STRATEGIES

    given = [name.strip() for name in text.split(",")]
    if unknown := [name for name in given if name not in STRATEGIES]:
        raise UserError(f"--strategy {unknown[0]}: no such strategy; there are {', '.join(STRATEGIES)}")
    return tuple(name for name in STRATEGIES if name in given)


def _extra(text: str | None) -> dict[str, Any]:
    import orjson

    from hirkit.records import UserError

    try:
        found = orjson.loads(text or "{}")
    except orjson.JSONDecodeError as err:
        raise UserError(f"--llm-extra: not JSON ({err.msg})") from None
    if not isinstance(found, dict):
        raise UserError("--llm-extra: not a JSON object")
    return found


def _endpoint(rewriter: Rewriter, url: str | None, model: str | None, settings: dict[str, Any]) -> Endpoint | None:
    """The endpoint to ask, if one is named; its answers are kept, so that a run that was stopped does not ask again."""
    from hirkit.records import UserError

    if (url is None) != (model is None) or (rewriter is Rewriter.llm and url is None):
        raise UserError("the llm rewriter needs both --llm-url and --llm-model")
    if url is None or model is None:
        return None
    from hirkit.llm import Endpoint

    return Endpoint(url, model, **settings)


def _outputs(out: str | None, dropped: str | None, exports: Sequence[str], push_to_hub: str | None) -> Outputs:
    """Where everything goes: exports beside the records, under their names."""
    from hirkit.export import export_of, path_of
    from hirkit.outputs import Outputs
    from hirkit.records import UserError

    if push_to_hub is not None and "hf" not in exports:
        raise UserError("--push-to-hub uploads the folder of --export hf; ask for it too")
    if out is None and (exports or dropped is not None):
        raise UserError("--dry-run writes nothing: leave --export and --rejected out")
    return Outputs(out, dropped, {name: str(path_of(str(out), export_of(name))) for name in exports})


def _shard_plan(
    inputs: Inputs,
    plan: Plan,
    exports: Sequence[str],
    dropped: str | None,
    llm: Endpoint | None,
    score_model: str | None,
    push_to_hub: str | None,
) -> ShardPlan:
    """What is done to each shard."""
    from hirkit.export import export_of
    from hirkit.records import UserError
    from hirkit.shards import RESERVED, ShardPlan

    if plan.budget is not None:
        raise UserError("--budget counts the records of one output; for a folder of them name --k, of each instruction")
    if "hf" in exports or push_to_hub is not None:
        raise UserError("a folder of shards is a dataset by itself: leave --export hf and --push-to-hub out")
    if dropped is not None and (not re.fullmatch(r"[\w-]+", dropped) or dropped in (*RESERVED, *exports)):
        raise UserError(
            f"--rejected {dropped}: with a folder as output, it names a folder of its own in there, without dots"
        )
    names = tuple(sorted(export_of(name).name for name in exports))
    return ShardPlan(inputs, plan, names, dropped, llm, score_model)


def _audit(out: str, page: str, number: int, seed: int) -> None:
    """Some records side by side with their originals: on the terminal, and as a page."""
    from rich.console import Console

    from hirkit import audit
    from hirkit.export.flat import nested
    from hirkit.jsonl import Source, atomic, decode

    rows = map(decode, Source(out))
    drawn = audit.draw(map(nested, rows) if out.endswith(".parquet") else rows, number, seed)
    console = Console()
    audit.show(console, drawn)
    with atomic(page) as stream:
        assert stream is not None
        stream.write(audit.audit_html(drawn).encode())
    console.print(f"the same as a page: {page}", markup=False, highlight=False, soft_wrap=True)
