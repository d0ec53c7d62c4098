"""The options that several commands share, and the values that they take."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Rules(StrEnum):
    """Which checkers decide: as published (today, or then), or with our corrections."""

    published = "published"
    fixed = "fixed"
    ifbench_2025_07 = "ifbench@2025-07"
    ifbench_2026_05 = "ifbench@2026-05"


class Preset(StrEnum):
    """Settings of HiR by name."""

    paper = "hir-paper"
    release = "hir-release"


class Scope(StrEnum):
    """Among which responses the best are selected."""

    group = "group"
    batch = "batch"


class Rewriter(StrEnum):
    """Who puts hindsight into words."""

    auto = "auto"
    template = "template"
    span = "span"
    llm = "llm"


class Engine(StrEnum):
    """Who does the files of a folder."""

    processes = "processes"
    ray = "ray"


class Packing(StrEnum):
    """How files of rows are compressed."""

    none = "none"
    gz = "gz"
    zst = "zst"


class FileFormat(StrEnum):
    """The formats that ``--format`` can name."""

    batch = "batch"
    chat = "chat"
    hir = "hir"
    ifeval = "ifeval"
    lighteval = "lighteval"
    lm_eval = "lm-eval"
    muldimif = "muldimif"
    native = "native"
    plain = "plain"
    replay = "replay"
    rollout = "rollout"
    tulu = "tulu"


Responses = Annotated[str, typer.Argument(metavar="RESPONSES", help="JSONL of responses; - for stdin.")]
PromptsFile = Annotated[str | None, typer.Option("--prompts", help="JSONL of prompts with their constraints.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes that judge; the output is the same.")]
Shard = Annotated[
    str | None, typer.Option(metavar="I/N", help="Do every N-th file only, from the I-th on; the first is 0.")
]
OnEngine = Annotated[Engine, typer.Option("--engine", help="Who does the files, where OUT is a folder.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Read this many response rows only.")]
Form = Annotated[FileFormat | None, typer.Option("--format", help="The format of RESPONSES, where recognition fails.")]
StripThink = Annotated[bool, typer.Option(help="Judge what follows </think> only.")]
Requests = Annotated[str | None, typer.Option(help="The batch input file, for outputs that name a custom_id only.")]
Least = Annotated[int, typer.Option("--min", min=1, help="Constraints in a set, at least.")]
Most = Annotated[int, typer.Option("--max", min=1, help="Constraints in a set, at most.")]
Seed = Annotated[int, typer.Option(help="The same seed draws the same.")]
Ids = Annotated[list[str] | None, typer.Option("--ids", help="Only these ids; * is any text; may be repeated.")]
Exclude = Annotated[list[str] | None, typer.Option("--exclude", help="Not these ids; * is any text; may be repeated.")]
MaxBad = Annotated[
    int | None, typer.Option(min=0, help="Stop, leaving nothing, when more rows (of a file) than this are bad.")
]
CheckTimeout = Annotated[float, typer.Option(min=0, help="Seconds a check may take, else it is an error; 0: no end.")]
MaxChars = Annotated[int, typer.Option(min=0, help="Characters a response may have, else it is an error; 0: any.")]
