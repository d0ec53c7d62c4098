"""The file formats of the field, one module each: what a row says of an instruction and of its responses.

A format is a module with the four names below; all but ``NAME`` take a decoded row. ``fields.py`` has the usual
``join`` and ``responses``. The first format that recognises a row reads it, so the more particular stand first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from hirkit.formats import batch, chat, hir, ifeval, lighteval, lmeval, muldimif, native, plain, replay, rollout, tulu
from hirkit.formats.fields import Asked
from hirkit.records import BadRow, Instruction, Response


class Format(Protocol):
    """What a format module offers."""

    NAME: str

    def recognises(self, row: dict[str, Any]) -> bool:
        """Whether the row is in this format."""

    def instruction(self, row: dict[str, Any], rules: str = "published") -> Instruction | None:
        """The row's instruction; None where it holds no constraints and must be joined. May raise ``BadRow``.

        ``rules`` words the constraints for which the row has no words, where it has a task but no prompt.
        """

    def join(self, row: dict[str, Any]) -> Asked:
        """By what a row without constraints is joined to its instruction."""

    def responses(self, row: dict[str, Any]) -> tuple[Response, ...]:
        """The row's responses, or ``BadRow``."""


FORMATS: Mapping[str, Format] = {
    form.NAME: form
    for form in (replay, hir, tulu, lmeval, lighteval, batch, ifeval, muldimif, native, rollout, chat, plain)
}


def format_of(row: dict[str, Any], name: str | None = None) -> Format:
    """The format of a row, or ``BadRow``; ``name`` overrides recognition."""
    if name is not None:
        return FORMATS[name]
    found = next((form for form in FORMATS.values() if form.recognises(row)), None)
    if found is None:
        fields = ", ".join(list(row)[:6]) or "none"
        raise BadRow("row", f"no known format has these fields: {fields}; known: {', '.join(FORMATS)} (--format)")
    return found
