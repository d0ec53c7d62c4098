"""JSON and XML in a response: whether there is any, how deep it goes, how many keys or attributes it has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal

from constraints.args import Number
from constraints.bounds import Bound, within
from constraints.core import Verdict, judged
from constraints.declare import constraint, draws, fails, hindsight, passes, touches
from constraints.draws import bound, choice
from constraints.hindsight import bounds
from constraints.needs import TEXTS_REMEMBERED
from constraints.sources import MULDIMIF

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*$", re.MULTILINE)
_SIGN = re.compile(r'["\\{}\[\]]')
_NAME = r"[^\W\d][\w:.-]*+"
_VALUE = r"""(?:"[^"<]*+"|'[^'<]*+')"""
_ATTRIBUTE = re.compile(rf"\s++{_NAME}\s*+=\s*+{_VALUE}")
_TAG = re.compile(rf"<(?P<name>/?{_NAME})(?P<attributes>(?:\s++{_NAME}\s*+=\s*+{_VALUE})*+)\s*+(?P<empty>/?)>")
_ASIDE = re.compile(
    r"<!--(?:[^-]|-(?!->))*+(?:-->)?|<!\[CDATA\[(?:[^\]]|\](?!\]>))*+(?:\]\]>)?|<\?[^>]*+>?|<![A-Z][^>]*+>?"
)
"""Comments, CDATA, processing instructions and declarations; one that never ends takes in the rest of the text."""


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def read_json(text: str) -> Any:
    """The object or array that the text is in JSON, None where it is none, or is nested too deep to be read.

    >>> read_json(' {"a": "b"} '), read_json("1"), read_json('{"a": NaN}')
    ({'a': 'b'}, None, None)
    """
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_int=float)  # int() refuses very long ones
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def cut_at_fences(text: str) -> tuple[str, ...]:
    r"""The text cut at the lines that open or close a code block.

    >>> cut_at_fences("Here:\n```json\n{}\n```\nDone.")
    ('Here:\n', '\n{}\n', '\nDone.')
    """
    return tuple(_FENCE.split(text))


def _balanced(text: str) -> Iterator[str]:
    """What stands between an opening bracket and the one that closes it, brackets in JSON strings not counted."""
    depth, start, quoted, skip = 0, 0, False, -1
    for sign in _SIGN.finditer(text):
        char, at = sign[0], sign.start()
        if at == skip or (depth == 0 and char not in "{["):
            continue
        if quoted:
            quoted, skip = char != '"', at + 1 if char == "\\" else skip
        elif char == '"':
            quoted = True
        elif char in "{[":
            start, depth = (at, 1) if depth == 0 else (start, depth + 1)
        elif char in "}]":
            depth -= 1
            if depth == 0:
                yield text[start : at + 1]


@lru_cache(TEXTS_REMEMBERED)
def json_values(text: str) -> tuple[Any, ...]:
    r"""The JSON objects and arrays of objects in a text, in code blocks or between words, in order.

    >>> json_values('See [1] {"a": "}"} and\n```json\n[{"b": {}}]\n``` {no}')
    ({'a': '}'}, [{'b': {}}])
    """
    found = [read_json(part) for piece in cut_at_fences(text) for part in _balanced(piece)]
    return tuple(value for value in found if value is not None and objects(value))


def objects(value: Any) -> tuple[dict[str, Any], ...]:
    """All objects in a JSON value, itself included.

    >>> objects([{"a": {"b": 1}}, 2])
    ({'a': {'b': 1}}, {'b': 1})
    """
    found, left = [], [value]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            found.append(item)
        left.extend(reversed(list(item.values()) if isinstance(item, dict) else item if isinstance(item, list) else []))
    return tuple(found)


def nesting(value: Any) -> int:
    """How many objects lie within each other, the outermost counted; arrays between them are not.

    >>> nesting({"a": 1}), nesting({"a": [{"b": {}}]}), nesting([])
    (1, 3, 0)
    """
    deepest, left = 0, [(value, 0)]
    while left:
        item, depth = left.pop()
        depth += isinstance(item, dict)
        deepest = max(deepest, depth)
        held = item.values() if isinstance(item, dict) else item
        left.extend((inner, depth) for inner in held if isinstance(inner, dict | list))
    return deepest


@lru_cache(TEXTS_REMEMBERED)
def xml_elements(text: str) -> tuple[int, ...]:
    """How many attributes each XML element of a text has, where its tags match; comments and declarations aside.

    >>> xml_elements('<?xml version="1.0"?><a b="1" c=\\'2\\'><!-- <d> --><e/></a>'), xml_elements("if a < b: <i>")
    ((2, 0), ())
    """
    counts: list[int] = []
    opened: list[tuple[str, int]] = []
    for tag in _TAG.finditer(_ASIDE.sub("", text)):
        name = tag["name"]
        if not name.startswith("/"):
            counts.append(len(_ATTRIBUTE.findall(tag["attributes"])))
            if not tag["empty"]:
                opened.append((name, len(counts)))
        elif not opened or opened.pop()[0] != name[1:]:
            return ()
    return () if opened else tuple(counts)


@constraint(
    "json:only",
    ("Answer with JSON only.", "Your whole response must be a single JSON object or array."),
    source=MULDIMIF,
)
@touches(sets="everything", beside="keywords:existence, keywords:forbidden_words")
@passes('```json\n{"a": 1}\n```')
@passes(" [1] ")
@passes("\n```\n[1]\n```\n\n")
@fails('Here: {"a": 1}')
@fails("{'a': 1}")
@fails('"a"')
def json_only(response: str) -> bool:
    """The response is one JSON object or array and nothing else, but for the fence of a code block around it."""
    filled = [piece for piece in cut_at_fences(response) if piece.strip()]
    return len(filled) == 1 and read_json(filled[0]) is not None


@constraint(
    "json:nesting",
    (
        "Use JSON whose objects are nested {levels:level} deep.",
        "Your response must contain JSON, with {levels:level} of objects within objects.",
    ),
    source=MULDIMIF,
)
@draws(levels=choice((2, 2), (2, None), (3, 3)))
@touches(sets="code", uses="commas, quotes, lines, spelling")
@hindsight(levels=bounds())
@passes('Here it is: {"a": {"b": 1}}', levels=[None, 2])
@passes('{"a": [{"b": 1}]} {"a": {"b": {"c": 1}}}', levels=[3, 3])
@fails('```json\n{"a":1}\n```\n```json\n{"a":{"b":{"c":1}}}\n```', levels=[None, 2])
@fails('"x"', levels=[None, 2])
@fails("[1, 2]", levels=[None, 2])
@fails('{"a": {"b": 1}', levels=[None, 2])
def json_nesting(response: str, *, levels: Bound) -> Verdict:
    """There is JSON with an object in it, in a code block or between words, and the deepest nesting is as asked.

    An object that holds no object is one level; arrays add none.
    """
    depths = [nesting(value) for value in json_values(response)]
    return judged(depths != [] and within(max(depths), levels), f"levels: {depths}")


@constraint(
    "json:attributes",
    (
        "Use JSON in which each object has {keys:attribute}.",
        "Your response must contain JSON; give each object in it {keys:attribute}.",
    ),
    source=MULDIMIF,
)
@draws(keys=bound(1, 4))
@touches(sets="code", uses="commas, quotes, lines, spelling")
@hindsight(keys=bounds())
@passes('{"a": {"b": 1, "c": 2}, "d": 3}', keys=[2, 2])
@fails('{"a": {"b": 1}, "d": 3}', keys=[2, 2])
@fails("{a, b}", keys=[None, 2])
def json_attributes(response: str, *, keys: Bound) -> Verdict:
    """There is JSON with an object in it, and each object, also those within others, has so many keys."""
    counts = [len(item) for value in json_values(response) for item in objects(value)]
    return judged(counts != [] and all(within(count, keys) for count in counts), f"keys: {counts!s:.60}")


Whose = Literal["each element", "all elements together"]


@constraint(
    "xml:attributes",
    (
        "Use XML in which {whose} must have {attributes:attribute}.",
        "Your response must contain well-formed XML; give {whose} {attributes:attribute} in it.",
    ),
    source=MULDIMIF,
)
@draws(attributes=bound(1, 4))
@touches(sets="code, title", uses="commas, quotes, lines, spelling")
@hindsight(attributes=bounds())
@passes('See:\n```xml\n<a b="1" c="2"><d e="3" f="4"/></a>\n```', attributes=[2, 2])
@passes('<a b="1"><d e="3"/></a>', attributes=[2, 2], whose="all elements together")
@fails('<a b="1" c="2"><d e="3"/></a>', attributes=[2, None])
@fails('<a b="1"><d e="3"/></a>', attributes=[None, 1], whose="all elements together")
@fails("No XML at all, 1 < 2.", attributes=[None, 3])
@fails("<a><b></a></b>", attributes=[None, 3])
def xml_attributes(response: str, *, attributes: Bound, whose: Whose = "each element") -> Verdict:
    """There is XML, and each element, or all of them together, have so many attributes.

    Every tag of the response is read, and they must match; a lone ``<br>`` does not. Entities are not looked at.
    """
    counts = xml_elements(response)
    measured = counts if whose == "each element" else (sum(counts),)
    return judged(counts != () and all(within(n, attributes) for n in measured), f"{Number(len(counts)):element}")


@constraint(
    "xml:used",
    ("Use XML in your response.", "Your response must contain well-formed XML."),
    source=MULDIMIF,
)
@touches(sets="code, title", uses="commas, quotes, lines, spelling")
@passes("Text <a>1 <b/></a>.")
@fails("<a>1")
@fails("a < b > c")
def xml_used(response: str) -> bool:
    """There is an XML element, and every start tag of the response has its end tag, properly nested."""
    return xml_elements(response) != ()
