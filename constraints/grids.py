"""Tables in GitHub's Markdown: their rows, their columns, their header.

Rows are those below the header. A constraint asks for a table, or (``needed`` false) only for what a table is like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from annotated_types import MinLen

from constraints.args import Number, Said, listed
from constraints.bounds import Bound, within
from constraints.core import Verdict, judged
from constraints.declare import constraint, draws, fails, hindsight, passes, touches
from constraints.draws import bound, choice, words
from constraints.hindsight import bounds, those_met
from constraints.invisible import Seen, folded
from constraints.pieces import tables
from constraints.sources import MULDIMIF


def table_needed(needed: bool) -> str:
    """What a wording opens with.

    >>> table_needed(False)
    'if you use a table, make sure that it'
    """
    return "include a table, and make sure that each table" if needed else "if you use a table, make sure that it"


if TYPE_CHECKING:
    Needed = bool
else:
    Needed = Annotated[bool, Said(table_needed)]
Names = Annotated[tuple[Seen, ...], MinLen(1)]


def _name(cell: str) -> str:
    return folded(cell).strip(" *_`\"'.:")


@constraint(
    "table:rows",
    (
        "In your response, {needed} has {rows:row} below its header.",
        "As for tables: {needed} has {rows:row}, the header aside.",
    ),
    source=MULDIMIF,
)
@draws(rows=bound(2, 8), needed=choice(True))
@touches(sets="table", uses="lines, spelling", floor="rows")
@hindsight(rows=bounds())
@passes("| A |\n|---|\n| 1 |\n\nProse.\n\n| B |\n|---|\n| 2 |", rows=[1, 1])
@passes("No table.", rows=[None, 1], needed=False)
@fails("No table.", rows=[None, 1])
@fails("| A |\n|---|\n| 1 |\n| 2 |", rows=[None, 1], needed=False)
@fails("```\n| A |\n|---|\n| 1 |\n```", rows=[1, 1])
def table_rows(response: str, *, rows: Bound, needed: Needed = True) -> Verdict:
    """Each table has so many rows, not counting its header; there is a table, if one is needed.

    A table is what GitHub's Markdown takes for one: a header, a ruler with as many cells, then the rows.
    """
    counts = [len(table.rows) for table in tables(response)]
    ok = all(within(count, rows) for count in counts) and (counts != [] or not needed)
    return judged(ok, f"rows: {counts}")


@constraint(
    "table:columns",
    ("In your response, {needed} has {columns:column}.", "As for tables: {needed} consists of {columns:column}."),
    source=MULDIMIF,
)
@draws(columns=bound(2, 5), needed=choice(True))
@touches(sets="table", uses="lines, spelling")
@hindsight(columns=bounds(2))
@passes("A | B\n--- | ---\n1 | 2", columns=[2, 2])
@passes("a|b|c|d|e", columns=[None, 3], needed=False)  # no ruler, no table
@fails("a|b|c", columns=[None, 3])
@fails("| A | B |\n|---|---|", columns=[3, None], needed=False)
def table_columns(response: str, *, columns: Bound, needed: Needed = True) -> Verdict:
    """Each table's header has so many cells; there is a table, if one is needed."""
    counts = [len(table.header) for table in tables(response)]
    ok = all(within(count, columns) for count in counts) and (counts != [] or not needed)
    return judged(ok, f"columns: {counts}")


@constraint(
    "table:size",
    (
        "In your response, {needed} has {rows:row} below its header, and {columns:column}.",
        "As for tables: {needed} has {columns:column} and, the header aside, {rows:row}.",
    ),
    source=MULDIMIF,
)
@draws(rows=bound(2, 8), columns=bound(2, 5), needed=choice(True))
@touches(sets="table", uses="lines, spelling", floor="rows")
@hindsight(rows=bounds(), columns=bounds(2))
@passes("A | B\n--- | ---\n1 | 2", rows=[1, 1], columns=[2, 2])
@passes("No table.", rows=[1, 1], columns=[2, 2], needed=False)
@fails("No table.", rows=[1, 1], columns=[2, 2])
@fails("A | B\n--- | ---\n1 | 2\n3 | 4", rows=[1, 1], columns=[2, 2], needed=False)
@fails("A | B\n--- | ---\n1 | 2", rows=[1, 1], columns=[None, 1], needed=False)
def table_size(response: str, *, rows: Bound, columns: Bound, needed: Needed = True) -> Verdict:
    """Each table has so many rows below its header, and so many columns; there is a table, if one is needed."""
    sizes = [(len(table.rows), len(table.header)) for table in tables(response)]
    ok = all(within(n, rows) and within(width, columns) for n, width in sizes) and (sizes != [] or not needed)
    return judged(ok, f"rows and columns: {sizes}")


@constraint(
    "table:headers",
    (
        "In your response, {needed} has {columns:column}, with these headers among them: {headers}.",
        "As for tables: {needed} has {columns:column}, of which {headers} must be headers.",
    ),
    source=MULDIMIF,
)
@draws(headers=words(1, 3), columns=bound(3, 6), needed=choice(True))
@touches(sets="table", uses="lines, spelling, language", writes="headers")
@hindsight(columns=bounds(2), headers=those_met())
@passes("| **Name** | DATE: | Rank |\n|--|--|--|", headers=["Rank", "name", "date"], columns=[3, 3])
@passes("| A | B |\n|--|--|", headers=["A"], columns=[1, None])
@passes("No table.", headers=["A"], columns=[1, 1], needed=False)
@fails("No table.", headers=["A"], columns=[1, 1])
@fails("| A | B |\n|--|--|", headers=["A", "C"], columns=[2, 2])
@fails("| A | B |\n|--|--|", headers=["A"], columns=[None, 1], needed=False)
@fails("| A | B |\n|--|--|\n\n| A |\n|--|", headers=["B"], columns=[1, 2])
def table_headers(response: str, *, headers: Names, columns: Bound, needed: Needed = True) -> Verdict:
    """Each table has so many columns, and each of the names is the whole header of one; case, emphasis and a colon do
    not matter, nor does the order. There is a table, if one is needed.
    """
    found = [{_name(cell) for cell in table.header} for table in tables(response)]
    missing = [name for name in headers if not all(_name(name) in names for names in found)]
    right = all(within(len(table.header), columns) for table in tables(response))
    because = f"missing {listed(tuple(missing))}" if missing else f"{Number(len(found)):table}"
    return judged(right and not missing and (found != [] or not needed), because)
