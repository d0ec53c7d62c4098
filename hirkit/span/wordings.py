"""How people word each IFEval constraint in a prompt: the table that ``statements.py`` reads.

One entry per constraint id: those on the text stand in ``wordings_of_text.py``, those on its form in
``wordings_of_form.py``, and ``entries.py`` explains what an entry says.

Not promised: completeness. A wording that is not here is not found, and the rewriter refuses.
"""

from __future__ import annotations

from hirkit.span.entries import Entry, Kind
from hirkit.span.wordings_of_form import FORM
from hirkit.span.wordings_of_text import TEXT

TABLE: dict[str, Entry] = TEXT | FORM

__all__ = ["TABLE", "Entry", "Kind"]
