"""The span rewriter: words of a prose prompt taken out, changed and added, or a refusal with its reason.

``rewriting.py`` is where to begin reading. Law and limits stand there.
"""

from hirkit.span.check import remains, states
from hirkit.span.refusals import Reason, Refused
from hirkit.span.rewriting import rewrite_span

__all__ = ["Reason", "Refused", "remains", "rewrite_span", "states"]
