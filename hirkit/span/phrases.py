r"""A small notation for phrases, so that the table of wordings can be read as English.

    "separate [the|each] (parts|paragraphs) <by ***>"

Words are matched as they stand, in either case; ``(a|b)`` is one of several, ``[a|b]`` may be absent and takes its
space with it, ``commas?`` has an optional last letter, ``<name>`` is a phrase or pattern by its name, and ``@name@``
is filled from a constraint's arguments. ``pattern`` turns a phrase into a regular expression. Repetitions are
bounded and not nested, so that matching is linear in the text.

Here are also the patterns that are made from a constraint's arguments, and the reading of lists of keywords: those are
blotted out before a phrase is looked for, so that its pattern is made once and not for each list. What the names in
angles mean is in ``vocabulary.py``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from hirkit.span.vocabulary import PATTERNS, PHRASES

Args = Mapping[str, Any]

# ------------------------------------------------------------------------------------------------- words from arguments


def literal(text: object) -> str:
    """A text as a pattern: any white space for white space, either apostrophe for an apostrophe; never empty."""
    parts = (re.sub("['’]", "['’]", re.escape(part)) for part in str(text).split())
    return r"\s+".join(parts) or "(?!)"


def quoted(pattern: str) -> str:
    """The pattern, in quotation marks or not."""
    return rf"[\"'“‘`]?{pattern}(?:[,.](?=[\"'”’`]))?[\"'”’`]?"


def listed(value: object) -> list[str]:
    """One word or several, as given in the arguments."""
    return [str(w) for w in value] if isinstance(value, (list, tuple)) else [value] if isinstance(value, str) else []


def any_of(words: Collection[str]) -> str:
    return "|".join(literal(w) for w in sorted(words, key=lambda w: (-len(w), w))) or "(?!)"


LIST = "\ue001"  # a private character: each of a list of words in what ``lists`` returns
A_LIST = f"(?P<words>{LIST}++)"
_IN_QUOTES = r"\"[^\"\n]{1,60}\"|“[^”\n]{1,60}”|(?<!\w)'[^'\n]{1,60}'(?!\w)"

_LONG = r"\"[^\"\n]{61,}\"|“[^”\n]{61,}”"  # a quotation, not a word


def list_item(words: Collection[str]) -> str:
    """One of a list: in quotes, or one of ``words``."""
    return rf"(?:{_IN_QUOTES}|(?<!\w)(?:{any_of(words)})(?!\w))"


def word_list(words: Collection[str]) -> str:
    """A list in which each word is in quotes or is one of ``words``. ``words_in`` tells which they were."""
    one = list_item(words)
    return rf"[\[(]?{one}(?:(?:,? and |,? or |, ?|; ){one}){{0,20}}[\])]?"


def lists(text: str, words: Collection[str]) -> str | None:
    """The text, each list of words in it that has all of ``words`` blotted out, letter by letter, with ``LIST``.

    None where there is no such list. So one pattern finds what is said of a list, whatever words are in it.
    """
    wanted = {w.casefold() for w in words}
    folded = " ".join(text.casefold().split())
    if LIST in text or not all(re.search(literal(w), folded) for w in wanted):
        return None
    pattern = rf"{_LONG}|(?P<list>{word_list(words)})"
    found = [m for m in re.finditer(pattern, text, re.IGNORECASE) if m["list"] and wanted <= words_in(m["list"])]
    out = list(text)
    for m in found:
        out[m.start() : m.end()] = LIST * (m.end() - m.start())
    return "".join(out) if found else None


def words_in(text: str) -> set[str]:
    """The words of a list as a prompt writes it, in lower case.

    >>> sorted(words_in("['kite', 'string']")), sorted(words_in("kite, wind and string"))
    (['kite', 'string'], ['kite', 'string', 'wind'])
    """
    in_quotes = re.findall(r"\"([^\"]+)\"|“([^”]+)”|'([^']+)'", text)
    bare = re.sub(r"\"[^\"]+\"|“[^”]+”|'[^']+'", " , ", text)
    words = [w for group in in_quotes for w in group if w] + re.split(r",|;|\band\b|\bor\b|[\[\]()]", bare)
    return {w.strip(" .,\"'").casefold() for w in words} - {""}


# ------------------------------------------------------------------------------------------------------------- notation


@cache
def pattern(phrase: str) -> str:
    """A phrase in the notation above as a regular expression; fields such as ``@words@`` stay.

    >>> pattern("use (no|few) [more] commas?")
    'use (?:no|few)(?: (?:more))? commas?'
    """
    names: list[str] = []

    def hide(m: re.Match[str]) -> str:
        names.append(m[1])
        return f"\0{len(names) - 1}\0"

    out = re.sub(r"(?<!\?P)<([^<>]+)>", hide, phrase)
    out = re.sub(r"(?<!\\)\((?!\?)", "(?:", out)
    out = re.sub(
        r"(^|\(\?:|\|)((?:\[[^\[\]]*\] )+)", lambda m: m[1] + re.sub(r"\[([^\[\]]*)\] ", r"(?:(?:\1) )?", m[2]), out
    )
    out = re.sub(r" \[([^\[\]]*)\]", r"(?: (?:\1))?", out)
    out = re.sub(r"\[([^\[\]]*)\]", r"(?:\1)?", out)
    return re.sub(r"\0(\d+)\0", lambda m: _named(names[int(m[1])]), out)


def _named(name: str) -> str:
    return PATTERNS[name] if name in PATTERNS else f"(?:{pattern(PHRASES[name])})"


def filled(phrase: str, fields: Mapping[str, str]) -> str:
    """The regular expression of a phrase, its fields replaced by patterns made from a constraint's arguments."""
    out = pattern(phrase)
    for name, value in fields.items():
        out = out.replace(f"@{name}@", value)
    return out
