"""The llm rewriter: another model is asked to rewrite a prompt, and what it answers is never trusted.

``ask.py`` says what is asked, ``endpoint.py`` how it is sent, ``rewriter.py`` how many at a time; ``admit.py`` is the
judge: literal checks, no model among them. Law and limits stand there.
"""

from hirkit.llm.admit import admissible
from hirkit.llm.ask import Ask
from hirkit.llm.endpoint import Endpoint
from hirkit.llm.rewriter import rewrite_llm

__all__ = ["Ask", "Endpoint", "admissible", "rewrite_llm"]
