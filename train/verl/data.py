"""Instructions for verl: ``python -m train.verl.data PROMPTS OUT.parquet [--rules fixed] [--split train]``.

PROMPTS is any file of instructions that hirkit reads. A row holds the chat prompt, the ground truth that
``hirkit.reward.compute_score`` reads, and in ``extra_info.instruction`` the whole instruction, for ``buffer.py``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

from hirkit.export.parts import Row, as_json, asks
from hirkit.export.rl import truth
from hirkit.formats import native
from hirkit.jsonl import Source, atomic
from hirkit.read import read_prompts
from hirkit.records import Instruction, UserError


def rows(instructions: Iterable[Instruction], rules: str, split: str = "train") -> list[Row]:
    """A row for each instruction."""
    return [
        {
            "data_source": "hirkit",
            "prompt": asks(one.prompt),
            "ability": "instruction_following",
            "reward_model": {"style": "rule", "ground_truth": truth(one, rules)},
            "extra_info": {
                "index": i,
                "split": split,
                "key": str(one.key),
                "instruction": as_json(native.row(one)),
            },
        }
        for i, one in enumerate(instructions)
    ]


def main(arguments: list[str] | None = None) -> None:
    """Read, tell of rejected rows, write."""
    import pyarrow
    from pyarrow.parquet import write_table

    parser = argparse.ArgumentParser(prog="python -m train.verl.data", description="Instructions for verl.")
    parser.add_argument("prompts")
    parser.add_argument("out")
    parser.add_argument("--rules", default="fixed")
    parser.add_argument("--split", default="train")
    asked = parser.parse_args(arguments)
    found = read_prompts(Source(asked.prompts), asked.prompts, asked.rules)
    for bad in found.rejected:
        print(f"rejected: {bad}", file=sys.stderr)
    made = rows((one for same in found.by_prompt.values() for one in same), asked.rules, asked.split)
    if not made:
        raise UserError(f"{asked.prompts}: no instruction in it")
    with atomic(asked.out) as out:
        write_table(pyarrow.Table.from_pylist(made), out)
    print(f"{asked.out}: {len(made)} instructions, {len(found.rejected)} rows rejected", file=sys.stderr)


if __name__ == "__main__":
    main()
