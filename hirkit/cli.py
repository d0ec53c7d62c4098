"""The command line. It parses, shows and exits; the work is in the modules it imports when a command is called.

Exit codes: 0 done, 1 below ``--fail-under`` (or, for ``doctor``, something missing), 2 usage, 3 rows or verdicts in
error or output that cannot be written, 130 interrupted (Ctrl-C), 143 terminated (SIGTERM).
"""

from __future__ import annotations

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from hirkit import cli_shards
from hirkit.cli_relabel import relabel
from hirkit.options import (
    AsJson,
    CheckTimeout,
    Engine,
    Exclude,
    Form,
    Ids,
    Least,
    Limit,
    MaxBad,
    MaxChars,
    Most,
    OnEngine,
    Packing,
    PromptsFile,
    Requests,
    Responses,
    Rules,
    Seed,
    Shard,
    StripThink,
    Workers,
)
from hirkit.terminal import print_bytes, print_json, progress, reporting, show_rejected, summary_to

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Verify responses against programmatic constraints; replay failures as successes (HiR).",
)
constraints_app = typer.Typer(invoke_without_command=True, help="List the constraints, show one, start a new one.")
data_app = typer.Typer(no_args_is_help=True, help="Fetch the data that some constraints use.")
app.add_typer(constraints_app, name="constraints")
app.add_typer(data_app, name="data")


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Verify responses against programmatic constraints; replay failures as successes (HiR)."""
    if version:
        from hirkit import __version__

        typer.echo(f"hirkit {__version__}")
        raise typer.Exit


@app.command()
def verify(
    responses: Responses,
    prompts: PromptsFile = None,
    out: Annotated[str | None, typer.Option("-o", "--output", help="JSONL of verdicts; - for stdout.")] = None,
    as_json: AsJson = False,
    workers: Workers = 1,
    rules: Annotated[Rules, typer.Option(help="As papers score, or corrected.")] = Rules.published,
    limit: Limit = None,
    fail_under: Annotated[
        float | None, typer.Option(min=0, max=1, help="Exit 1 if fewer prompts than this share (0..1) are followed.")
    ] = None,
    max_bad_rows: MaxBad = None,
    form: Form = None,
    strip_think: StripThink = True,
    requests: Requests = None,
    check_timeout: CheckTimeout = 60.0,
    max_chars: MaxChars = 1_000_000,
    shard: Shard = None,
    engine: OnEngine = Engine.processes,
) -> None:
    """Score responses: strict and loose verdicts of every constraint.

    RESPONSES rows either carry their constraints or are joined to PROMPTS by the exact prompt, else by key. Bad rows
    are counted and kept in OUT.rejected.jsonl. With a folder as OUT, each file that RESPONSES means is scored by
    itself, and the same command goes on where it was stopped. Exit code 0: scored; 1: below --fail-under; 2: usage; 3:
    some rows or verdicts are in error, or there are no rows at all; of a --shard there may be none.
    """
    folder = cli_shards.folder(out)
    with reporting(go_on=folder is not None, by_file=folder is not None) as console:
        from hirkit.limits import Limits
        from hirkit.quarantine import kept_beside
        from hirkit.runs import Inputs
        from hirkit.scoring import verify_files

        limits, named = Limits(check_timeout, max_chars), form and form.value
        run = Inputs(
            responses, prompts, rules.value, workers, limit, max_bad_rows, named, strip_think, requests, limits
        )
        bars = progress(console, as_json)
        if folder is not None:
            tally, shown, inputs = cli_shards.verify(run, folder, shard, engine, bars)
            show_rejected(console, shown, tally.bad_rows, f"{folder}/rejected")
        else:
            cli_shards.refuse(shard, engine)
            tally, bad, inputs = verify_files(run, out, bars)
            show_rejected(console, bad.shown, bad.count, kept_beside(out))
        summary_to(out, as_json, tally.summary(inputs), tally.table())
        if not tally.responses:
            console.print("No response was scored.", style="red")
    strict = tally.prompt_strict
    if tally.bad_rows or tally.errors or (strict is None and shard is None):
        raise typer.Exit(3)
    if fail_under is not None and strict is not None and strict < fail_under:
        raise typer.Exit(1)


app.command()(relabel)


@app.command()
def compose(
    tasks: Annotated[str, typer.Argument(metavar="TASKS", help="JSONL with task or prompt, or lines of text.")],
    out: Annotated[str, typer.Option("-o", "--output", help="JSONL of instructions; - for stdout.")],
    per_task: Annotated[int, typer.Option(min=1, help="Instructions made of each task.")] = 1,
    least: Least = 2,
    most: Most = 5,
    seed: Seed = 0,
    layouts: Annotated[str, typer.Option(help="The layouts to draw from.")] = "t1,t2,t3,t4,t5,t6",
    ids: Ids = None,
    exclude: Exclude = None,
    rules: Annotated[Rules, typer.Option(help="Whose constraints, arguments and words.")] = Rules.published,
    max_bad_rows: MaxBad = None,
    as_json: AsJson = False,
) -> None:
    """Build instructions for training from plain tasks: each under constraints that can be asked together.

    Bad rows are counted and kept in OUT.rejected.jsonl. Exit code 0: done; 2: usage; 3: some rows are bad (the rest is
    written).
    """
    from hirkit import compose as making
    from hirkit.draw import Wanted
    from hirkit.quarantine import kept_beside

    with reporting() as console:
        wanted = Wanted(least, most, tuple(ids or ()), tuple(exclude or ()), rules.value)
        recipe = making.Recipe(wanted, per_task, tuple(layouts.split(",")), seed, max_bad_rows)
        done = making.compose_file(tasks, out, recipe)
        show_rejected(console, done.bad.shown, done.bad.count, kept_beside(out))
        if as_json and out != "-":
            print_json(done.summary())
        console.print(f"{done.written} instructions of {done.tasks} tasks in {out}", soft_wrap=True)
    if done.bad.count or not done.written:
        raise typer.Exit(3)


@app.command()
def shard(
    rows: Annotated[str, typer.Argument(metavar="ROWS", help="Rows in any format; - for stdin.")],
    out: Annotated[str, typer.Option("-o", "--output", metavar="FOLDER", help="A folder that is not there yet.")],
    of_rows: Annotated[int | None, typer.Option("--rows", min=1, help="Rows in a shard.")] = None,
    of_bytes: Annotated[int | None, typer.Option("--bytes", min=1, help="Bytes in a shard, at most.")] = None,
    shards: Annotated[int | None, typer.Option("--shards", min=1, help="So many shards.")] = None,
    by: Annotated[
        str | None,
        typer.Option(help='Keep together what has the same value in this field; "instruction": the same one.'),
    ] = None,
    pack: Annotated[Packing, typer.Option(help="Compress the shards.")] = Packing.none,
    as_json: AsJson = False,
) -> None:
    """Cut a big file of rows into a folder of shards, part-00000.jsonl and on, with a manifest.json.

    Rows stay in order, byte for byte. With --by instruction all responses of an instruction are in one shard, as
    relabel needs them. Exit code 0: cut, or cut before; 2: usage; 3: there are no rows, or some (which are in the
    shards too) do not say what they belong to.
    """
    from hirkit.sharding import Cut, shard_file

    with reporting() as console:
        packing = "" if pack is Packing.none else f".{pack.value}"
        done = shard_file(rows, out, Cut(of_rows, of_bytes, shards, by, packing), progress(console, as_json))
        for bad in done.shown:
            console.print(str(bad), style="yellow", markup=False, highlight=False, soft_wrap=True)
        if done.without:
            console.print(f"{done.without} rows do not say what they belong to", style="yellow")
        if as_json:
            print_json(done.manifest)
        told = f"{done.manifest['rows']} rows in {len(done.manifest['shards'])} shards in {out}"
        console.print(told + (", from before" if done.there_before else ""), soft_wrap=True)
    if done.without or not done.manifest["rows"]:
        raise typer.Exit(3)


@app.command("diff-rules")
def diff_rules(
    responses: Responses,
    prompts: PromptsFile = None,
    before: Annotated[Rules, typer.Option("--from", help="The rule set to start from.")] = Rules.published,
    after: Annotated[Rules, typer.Option("--to", help="The rule set to compare with.")] = Rules.fixed,
    shown: Annotated[int, typer.Option("--shown", min=1, help="Examples shown per constraint.")] = 3,
    limit: Limit = None,
    form: Form = None,
    strip_think: StripThink = True,
    requests: Requests = None,
    as_json: AsJson = False,
) -> None:
    """Show each verdict that two rule sets give differently, and why.

    Exit code 0: compared, whatever was found; 2: usage; 3: some rows are in error.
    """
    from hirkit import diff, runs

    with reporting() as console:
        run = runs.Inputs(responses, prompts, before.value, 1, limit, None, form and form.value, strip_think, requests)
        with runs.opened(run, progress(console, as_json)) as (rows, bad):
            found = list(diff.differences(rows, before.value, after.value))
        show_rejected(console, bad.shown, bad.count, None)
        if as_json:
            print_json([difference.row() for difference in found])
        else:
            from rich.console import Console

            Console().print(diff.table(found, before.value, after.value, shown))
    if bad.count:
        raise typer.Exit(3)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to leave the data.")] = Path("hirkit-demo"),
) -> None:
    """Verify and relabel an embedded example set; leave prompts, responses, verdicts and replays in FOLDER."""
    from hirkit.demo import run

    with reporting() as console:
        run(folder, console)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what is installed, what is missing, which constraints that touches, and the command that mends it."""
    from hirkit import doctor as check

    findings = check.examine()
    if as_json:
        print_json([finding.row() for finding in findings])
    else:
        from rich.console import Console

        check.show(findings, Console(highlight=False))
    if any(finding.touches and finding.state != "ok" for finding in findings):
        raise typer.Exit(1)


@data_app.command("install")
def data_install(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[punkt stopwords tagger spacy]", help="NLTK's by default.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--dir", help="Where to put it; NLTK's own choice if left out.")
    ] = None,
) -> None:
    """Fetch the NLTK data with which verdicts are exactly the published ones. Needs a network."""
    from hirkit.doctor import install_data

    with reporting() as console:
        console.print(install_data(folder, names or []), soft_wrap=True)


@constraints_app.callback()
def constraints_list(
    context: typer.Context,
    rules: Annotated[Rules, typer.Option(help="The rule set to list.")] = Rules.published,
    as_json: AsJson = False,
) -> None:
    """List the constraints of a rule set, show one, start a new one."""
    if context.invoked_subcommand is not None:
        return
    from hirkit import show

    with reporting():
        if as_json:
            print_json(show.listing_rows(rules.value))
        else:
            from rich.console import Console

            Console().print(show.listing(rules.value))


@constraints_app.command("show")
def constraints_show(id: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """Show a constraint whole: wordings, arguments, exact rule, examples, source, and its correction."""
    from hirkit import show

    with reporting():
        if as_json:
            print_json(show.details(id))
        else:
            from rich.console import Console
            from rich.markdown import Markdown

            Console().print(Markdown(show.page(id)))


@constraints_app.command("sample")
def constraints_sample(
    number: Annotated[int, typer.Argument(metavar="N", min=1, help="Sets to draw.")] = 1,
    least: Least = 1,
    most: Most = 5,
    seed: Seed = 0,
    ids: Ids = None,
    exclude: Exclude = None,
    rules: Annotated[Rules, typer.Option(help="Whose constraints, arguments and words.")] = Rules.published,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON line for each set.")] = False,
) -> None:
    """Draw random sets of constraints that can be asked together, with arguments and wordings."""
    from hirkit import draw

    with reporting():
        wanted = draw.Wanted(least, most, tuple(ids or ()), tuple(exclude or ()), rules.value)
        for constraints in draw.samples(number, wanted, seed):
            if as_json:
                from hirkit.jsonl import encode

                print_bytes(encode(draw.row(constraints)))
            else:
                typer.echo("\n".join(f"{c.id}: {c.text}" for c in constraints) + "\n")


@constraints_app.command("new")
def constraints_new(
    id: Annotated[str, typer.Argument(metavar="ID", help="family:name, as results will name it.")],
    out: Annotated[Path | None, typer.Option("-o", "--output", help="A .py file to write.")] = None,
) -> None:
    """Start a constraint of your own: a module with the parts in place, ready to fill in and test."""
    from hirkit import show

    with reporting() as console:
        code = show.skeleton(id)
        if out is None:
            typer.echo(code, nl=False)
            return
        with out.open("x", encoding="utf-8") as stream:
            stream.write(code)
        console.print(f"{out}: fill it in, then: python -m constraints.testing {out.stem}")


def main() -> None:
    """Run the command line. What a terminal has no character for is shown otherwise, and is no error."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    app()
