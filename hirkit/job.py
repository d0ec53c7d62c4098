"""What every stage of a relabelling run knows, and the files that the stages leave in its work folder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from constraints.check import resources
from constraints.registry import every
from hirkit import __version__
from hirkit.jsonl import put
from hirkit.read import Rows
from hirkit.relabel import Plan
from hirkit.runs import Inputs, rows_of

if TYPE_CHECKING:
    from hirkit.llm import Endpoint


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

    def put(self, document: Any, what: str, lot: int | None = None) -> None:
        """Leave a document in the work folder, whole or not at all."""
        put(str(self.path(what, lot)), orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS))

    def get(self, what: str, lot: int | None = None) -> Any:
        """A document that an earlier stage left."""
        return orjson.loads(self.path(what, lot).read_bytes())

    @property
    def rows(self) -> Rows:
        """How the rows are read."""
        return rows_of(self.inputs, self.joined)

    @property
    def name(self) -> dict[str, Any]:
        """What makes two jobs the same, whatever the number of workers: also the rules, and what they stand on here."""
        checkers = every(self.plan.rules)
        inputs = {name: value for name, value in asdict(self.inputs).items() if name not in ("workers", "stdin")}
        llm = None if self.llm is None else [self.llm.url, self.llm.model, self.llm.seed, dict(self.llm.extra)]
        return {
            "hirkit": __version__,
            "revisions": {checker.id: checker.revision for checker in checkers},
            "resources": resources(list(checkers)),
            "inputs": inputs,
            "plan": asdict(self.plan) | {"guards": list(self.plan.guards), "strategies": list(self.plan.strategies)},
            "exports": list(self.exports),
            "llm": llm,
            "score_model": [self.score_model, files_of(self.score_model)],
        }


def files_of(model: str | None) -> list[list[Any]]:
    """What tells one state of a model's folder from another; nothing of a name on the hub."""
    files = sorted(Path(model).iterdir()) if model is not None and Path(model).is_dir() else []
    return [[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in files]
