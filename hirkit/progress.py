"""A bar on long work, on a terminal; nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hirkit import inputs
from hirkit.jsonl import Line, Source

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Progress:
    """Where bars are shown, if they are."""

    console: Console | None = None
    enabled: bool = False

    @contextmanager
    def over(self, source: Source) -> Iterator[Iterable[Line]]:
        """The lines of a source, the bar moving over its bytes as they are read."""
        if not self.enabled:
            yield source
            return
        from rich.progress import Progress as Bar

        with Bar(console=self.console, transient=True) as bar:
            task = bar.add_task(source.name, total=inputs.size(source.path))
            yield self._moving(source, bar, task)

    @contextmanager
    def counting(self, what: str, total: int) -> Iterator[Callable[[], None]]:
        """A function to call at each of so many steps of some work."""
        if not self.enabled:
            yield lambda: None
            return
        from rich.progress import Progress as Bar

        with Bar(console=self.console, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.update(task, advance=1)

    def _moving(self, source: Source, bar: Any, task: Any) -> Iterator[Line]:
        for line in source:
            yield line
            bar.update(task, completed=source.size)


SILENT = Progress()
