"""The embedded example set (our own writing, see README.md beside it), verified and relabelled."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from hirkit.jsonl import Source, decode
from hirkit.outputs import Outputs
from hirkit.pipeline import relabel_files
from hirkit.relabel import Plan
from hirkit.runs import Inputs
from hirkit.scoring import verify_files

if TYPE_CHECKING:
    from rich.console import Console

DATA = ("instructions.jsonl", "responses.jsonl")


def run(folder: Path, console: Console) -> None:
    """Copy the example set to ``folder``, write verdicts and replays beside it, and show what came of it."""
    from rich.console import Console as Plain
    from rich.table import Table

    folder.mkdir(parents=True, exist_ok=True)
    for name in DATA:
        (folder / name).write_bytes(files("hirkit.demo").joinpath(name).read_bytes())
    prompts, responses = (str(folder / name) for name in DATA)
    verdicts, replays = str(folder / "verdicts.jsonl"), str(folder / "replays.jsonl")
    tally, _, _ = verify_files(Inputs(responses, prompts), verdicts)
    outputs = Outputs(replays, str(folder / "dropped.jsonl"))
    relabelled = relabel_files(Inputs(responses, prompts, rules="fixed"), Plan(), outputs)
    out = Plain()
    out.print(tally.table(), *relabelled.tables())
    record = next(map(decode, Source(replays)), None)
    if record is not None:
        example = Table(title="The first replay: the same response, an instruction that it follows", show_header=False)
        example.add_row("asked", record["original"]["prompt"], end_section=True)
        example.add_row("answered", record["response"], end_section=True)
        example.add_row("replayed as", record["prompt"])
        out.print(example)
    out.print(
        f"The replay dataset is in {replays}\nThe same by hand:\n"
        f"  hirkit verify {responses} --prompts {prompts} -o {verdicts}\n"
        f"  hirkit relabel {responses} --prompts {prompts} -o {replays}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
