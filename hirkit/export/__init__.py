"""What ``hirkit relabel`` writes for trainers, besides its own records: an ``Export`` each.

``rows`` makes the rows of one group (all responses of one instruction, and the records told of them), ``write`` puts
all rows into the file or folder. Rows are plain JSON objects, so that whoever calls may keep them in between. Each row
verifies by what is in it, see ``again.py``: what it calls a success follows every constraint of its prompt, what it
calls a failure breaks at least one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hirkit.export import arrow, flat, rl, trl
from hirkit.export.parts import Row
from hirkit.export.write import write_folder, write_lines, write_parquet
from hirkit.inputs import STANDARD
from hirkit.records import ReplayRecord, Scored, UserError
from hirkit.relabel import Plan

__all__ = ["EXPORTS", "Export", "Row", "export_of", "path_of", "write"]

RowsOf = Callable[[Sequence[Scored], Sequence[ReplayRecord], Plan], Iterator[Row]]


def _as_they_are(rows: Iterable[Row]) -> Iterable[Row]:
    return rows


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of dataset: its file's suffix, who reads it, what its columns hold, and how its rows are made.

    ``schema`` is None for JSON lines. ``finish`` is what only the whole can know of each row, such as its number.
    """

    name: str
    suffix: str
    reader: str
    columns: Mapping[str, str]
    rows: RowsOf
    schema: Callable[[], Any] | None = None
    finish: Callable[[Iterable[Row]], Iterable[Row]] = _as_they_are


PROOF = {
    "key": "the key of the instruction, as text",
    "kind": '"original", or the strategy that told the prompt: "drop", "relax", "discover"',
    "constraints": 'what the prompt asks for, verifiably: JSON text, a list of {"id", "args"}',
    "rules": "the rule set by which it is verified",
}
GIVEN = {
    "sample": "which response to the instruction it is, counted from 0",
    "thought": "how many characters of reasoning it opens with; what follows them is judged",
}
TRUTH = 'JSON text {"instruction_id_list", "kwargs", "rules"}: what the reward function reads'
NATIVE = {
    "key": "the key of the instruction, as text",
    "key_is_number": "whether it was a number",
    "prompt": "the hindsight prompt",
    "response": "the response, reasoning included",
    "constraints": "what the hindsight prompt asks for: ids, arguments as JSON text, words",
    "hindsight, original": "both instructions with every verdict, JSON text",
    "selection, meta, resources, guards, more": "how the record came about, JSON text",
    "sample, thought, reward, strategy, rewriter, rules, seed, hirkit, where": "as in the JSON lines",
}

_ALL = (
    Export(
        "trl-sft",
        ".trl-sft.jsonl",
        "TRL SFTTrainer (prompt-completion)",
        {"prompt": "the hindsight prompt, a conversation", "completion": "the response", **PROOF, **GIVEN},
        trl.sft,
    ),
    Export(
        "trl-unpaired",
        ".trl-unpaired.jsonl",
        "TRL KTOTrainer (unpaired preference); shuffle it first",
        {"prompt": "a conversation", "completion": "the response", "label": "whether it follows", **PROOF, **GIVEN},
        trl.unpaired,
    ),
    Export(
        "trl-preference",
        ".trl-preference.jsonl",
        "TRL DPOTrainer (preference)",
        {
            "prompt": "a conversation",
            "chosen": "a response that follows it",
            "rejected": "a response that does not",
            **PROOF,
            "chosen_sample, rejected_sample": GIVEN["sample"],
            "chosen_thought, rejected_thought": GIVEN["thought"],
        },
        trl.preference,
    ),
    Export(
        "instruction-preference",
        ".instruction-preference.jsonl",
        "our own: one response, two instructions",
        {
            "chosen_prompt": "the hindsight prompt, which the response follows",
            "rejected_prompt": "the original prompt, which it does not follow",
            "response": "the response, a conversation of one turn",
            "chosen_constraints, rejected_constraints": PROOF["constraints"],
            "key": PROOF["key"],
            "kind": PROOF["kind"],
            "rules": PROOF["rules"],
            **GIVEN,
        },
        trl.of_instructions,
    ),
    Export(
        "trl-prompts",
        ".trl-prompts.jsonl",
        "TRL GRPOTrainer and RLOOTrainer (prompt-only), with hirkit.reward.trl_reward",
        {"prompt": "a conversation", **PROOF},
        trl.prompts,
    ),
    Export(
        "verl",
        ".verl.parquet",
        "verl, with hirkit.reward.compute_score",
        {
            "data_source": '"hirkit"',
            "prompt": "a conversation",
            "ability": '"instruction_following"',
            "reward_model": f'style "rule", and ground_truth: {TRUTH}',
            "extra_info": "index, split, key, kind; question, criteria, q_type where task and words are apart",
        },
        rl.verl,
        arrow.verl,
        rl.numbered,
    ),
    Export(
        "openrlhf",
        ".openrlhf.jsonl",
        "OpenRLHF: --data.input_key input, with --data.output_key output, or --data.label_key label and hirkit.reward",
        {
            "input": "the hindsight prompt, text",
            "output": "the response, text",
            "label": TRUTH,
            "datasource": '"hirkit"',
            "key": PROOF["key"],
            "kind": PROOF["kind"],
            **GIVEN,
        },
        rl.openrlhf,
    ),
    Export("parquet", ".parquet", "pandas, datasets, any table reader", NATIVE, flat.native, arrow.native),
    Export("hf", ".hf", "datasets: load_from_disk, load_dataset; the Hub", NATIVE, flat.native, arrow.native),
)
EXPORTS: Mapping[str, Export] = {export.name: export for export in _ALL}
"""What ``--export`` may name."""


def export_of(name: str) -> Export:
    """The export of a name, or ``UserError``."""
    if name not in EXPORTS:
        raise UserError(f"--export {name}: no such export; there are {', '.join(EXPORTS)}")
    return EXPORTS[name]


def path_of(out: str, export: Export) -> Path:
    """Where an export goes: beside OUT, under its name without ``.jsonl`` or ``.parquet``.

    >>> str(path_of("runs/replays.jsonl", EXPORTS["trl-sft"]))
    'runs/replays.trl-sft.jsonl'
    """
    if out == STANDARD:
        raise UserError("exports are files beside the output: name one with -o OUT, not standard output")
    return Path(out.removesuffix(".jsonl").removesuffix(".parquet") + export.suffix)


def write(rows: Iterable[Row], path: Path, export: Export, files: Mapping[str, bytes] | None = None) -> int:
    """Write the rows of an export, in order; returns how many. ``files`` go into the folder of ``hf``."""
    finished = export.finish(rows)
    if export.schema is None:
        return write_lines(finished, path)
    if export.suffix.endswith(".parquet"):
        return write_parquet(finished, path, export.schema())
    return write_folder(finished, path, export.schema(), files or {})
