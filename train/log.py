"""What a run says while it runs: ``metrics.jsonl`` always, a table for whoever watches, and other places if asked.

A row is ``{"step": 12, name: number, ...}``, flushed as it is written; a number that is NaN or infinite is ``null``,
not measured. Names that the table and the curves know: ``ila``, ``cla``, ``reward`` of this step's rollouts;
``eval/ila`` and ``eval/cla`` of held-out instructions; ``replay_share``, ``entropy``, ``lambda``, ``kl``, ``clipped``,
``grad_norm``, ``length``, ``rollouts`` (fresh ones so far), ``tokens_per_second``, ``memory_gb``; ``seconds/PHASE``;
``pass/ID`` and ``eval/pass/ID`` by constraint. Others are kept too. Only the first process of many has a ``Log``.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from hirkit.jsonl import atomic, encode
from hirkit.records import UserError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Row = dict[str, Any]
SHOWN = ("ila", "cla", "eval/ila", "replay_share", "entropy", "kl", "length", "rollouts", "tokens_per_second")
"""The columns of the table, where a run has them."""
RECENT = 12
"""How many steps the table shows."""


class Log:
    """The log of one run in its folder. ``start`` is the step to come: rows from there on are of a run that broke off.

    ``trackers`` are ``tensorboard`` (left out, and said so, where it is not installed), ``wandb`` and ``trackio``.
    """

    def __init__(
        self,
        folder: Path,
        config: Mapping[str, Any],
        console: Console | None = None,
        trackers: Sequence[str] = ("tensorboard",),
        start: int = 0,
        command: str = "",
    ) -> None:
        from rich.console import Console
        from rich.live import Live

        self.folder, self.config, self.command = folder, config, command
        self.console = console or Console()
        folder.mkdir(parents=True, exist_ok=True)
        self.rows, cut = resumed(folder / "metrics.jsonl", start)
        if cut:
            self.console.print(f"metrics.jsonl: {cut} rows from step {start} on are cut; they are measured again")
        self._trackers = [t for name in trackers if (t := tracker(name, folder, config, start, self.console))]
        self._file = (folder / "metrics.jsonl").open("ab")
        self._live = Live(table(self.rows), console=self.console, auto_refresh=False)
        if self.console.is_terminal:
            self._live.start()
            atexit.register(self._live.stop)  # a run that breaks off gives the cursor back

    def write(self, step: int, metrics: Mapping[str, float | None]) -> None:
        """Write a step's metrics everywhere; a step may be written in several rows."""
        row = orjson.loads(line := encode({"step": step, **metrics}))
        self._file.write(line)
        self._file.flush()
        self.rows.append(row)
        measured = {name: value for name, value in row.items() if value is not None and name != "step"}
        for one in self._trackers:
            one.write(step, measured)
        if self.console.is_terminal:
            self._live.update(table(self.rows), refresh=True)
        else:
            self.console.print(plain(row), highlight=False, markup=False, soft_wrap=True)

    def close(self) -> None:
        """End table and trackers, and draw curves and page; once, later calls do nothing."""
        from hirkit.runpage import draw

        if self._file.closed:
            return
        self._file.close()
        self._live.stop()
        for one in self._trackers:
            one.close()
        for made in draw(self.folder, self.rows, self.config, self.command):
            self.console.print(made, highlight=False, markup=False, soft_wrap=True)


def resumed(path: Path, start: int) -> tuple[list[Row], int]:
    """The rows before step ``start``, to which the file is cut, and how many were not before it.

    A last line that was cut off by a kill counts as one of those; any other that is not JSON stops the run.
    """
    if not path.exists():
        return [], 0
    content = path.read_bytes()
    lines = content.splitlines()
    rows: list[Row] = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(orjson.loads(line))
        except orjson.JSONDecodeError:
            if number < len(lines):
                raise UserError(f"{path}:{number}: not JSON; mend or remove the file, then resume") from None
    kept = [row for row in rows if row["step"] < start]
    if len(kept) < len(lines) or not content.endswith(b"\n"):
        with atomic(str(path)) as out:
            assert out is not None
            out.writelines(map(encode, kept))
    return kept, len(lines) - len(kept)


def plain(row: Row) -> str:
    """One line for a terminal that is none: the step and what the table would show.

    >>> plain({"step": 3, "ila": 0.12345, "rollouts": 96, "seconds/update": 1.5})
    'step 3  ila 0.1235  rollouts 96'
    """
    return "  ".join([f"step {row['step']}", *(f"{name} {number(row[name])}" for name in SHOWN if name in row)])


def number(value: float | None) -> str:
    """Four digits, ``-`` where nothing was measured."""
    return "-" if value is None else str(value) if isinstance(value, int) else f"{value:.4g}"


def table(rows: Sequence[Row]) -> Table:
    """The latest steps."""
    from rich.table import Table

    recent = rows[-RECENT:]
    names = [name for name in SHOWN if any(name in row for row in recent)]
    made = Table("step", *names)
    for row in recent:
        made.add_row(str(row["step"]), *(number(row[name]) if name in row else "" for name in names))
    return made


@dataclass(frozen=True, slots=True)
class Tracker:
    """Another place for metrics: how a step is written there, and how it ends."""

    write: Callable[[int, Mapping[str, float]], Any]
    close: Callable[[], Any]


def tracker(name: str, folder: Path, config: Mapping[str, Any], start: int, console: Console) -> Tracker | None:
    """TensorBoard, wandb or trackio; None for a TensorBoard that is not installed."""
    if name not in ("tensorboard", "wandb", "trackio"):
        raise UserError(f"no tracker is called {name!r}; there are tensorboard, wandb and trackio")
    if find_spec(name) is None:
        if name != "tensorboard":
            raise UserError(f"{name} is not installed: python -m pip install {name}")
        console.print("no TensorBoard here (python -m pip install tensorboard); metrics.jsonl has everything")
        return None
    if name == "tensorboard":
        return _tensorboard(folder, start)
    client = import_module(name)  # both have wandb's interface
    client.init(project="hirkit", name=folder.name, config=dict(config))
    return Tracker(lambda step, metrics: client.log(dict(metrics), step=step), client.finish)


def _tensorboard(folder: Path, start: int) -> Tracker:
    """Event files in ``tensorboard/``; what a run that broke off wrote from ``start`` on is hidden."""
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(folder / "tensorboard"), purge_step=start)

    def write(step: int, metrics: Mapping[str, float]) -> None:
        for name, value in metrics.items():
            writer.add_scalar(name, value, step)
        writer.flush()

    return Tracker(write, writer.close)
