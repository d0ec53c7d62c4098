"""Arguments: the kinds a constraint may take, how raw ones are validated, how they are said in words."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Len, MinLen, Predicate

from constraints.core import Args, Checker, ConstraintError

if TYPE_CHECKING:
    from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Said:
    """How an argument's value is put into words, where it is not said as it is stored.

    ``back`` finds the value in its words, where it is not one of a few that can be tried; else the words are the value.
    """

    by: Callable[[Any], Any]
    back: Callable[[str], Any] | None = None


_LITERAL = re.compile(r"[\w ',;:@%&/-]+", re.ASCII)


def is_literal(word: str) -> bool:
    """Whether a regular expression says what it finds letter for letter; in ASCII, but for case."""
    return _LITERAL.fullmatch(word) is not None


def is_pattern(word: str) -> bool:
    """A regular expression, alone and inside a larger one: IFEval's keywords are searched for as they stand."""
    if is_literal(word):
        return True
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):  # "[[": read as it stands
            re.compile(word)
            re.compile(rf"\b{word}\b")
    except (re.error, OverflowError, RecursionError):
        return False
    return True


Count = Annotated[int, Ge(0)]
Positive = Annotated[int, Ge(1)]
Text = Annotated[str, MinLen(1)]
Letter = Annotated[str, Len(1, 1)]
Words = Annotated[tuple[Text, ...], MinLen(1)]
Pattern = Annotated[str, MinLen(1), Predicate(is_pattern)]
Patterns = Annotated[tuple[Pattern, ...], MinLen(1)]
Relation = Literal["at least", "less than"]
"""IFEval compares with these two only."""


def holds(count: int, relation: Relation, bound: int) -> bool:
    """Whether the count is as asked.

    >>> holds(3, "at least", 3), holds(3, "less than", 3)
    (True, False)
    """
    return count >= bound if relation == "at least" else count < bound


def parse(checker: Checker, args: Args) -> dict[str, Any]:
    """Typed arguments from raw ones, or a ``ConstraintError`` that names each bad field.

    ``None`` is absent, an integral float is an int, a list is a tuple: that is what JSON and Arrow make of
    IFEval's files. Nothing else is converted: ``"3"`` is no number, ``True`` no count, a string no list of words.
    """
    from pydantic import ValidationError

    given = {name: _from_json(value) for name, value in args.items() if value is not None}
    model = schema(checker)
    try:
        parsed = model.model_validate(given)
    except ValidationError as err:
        problems = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}, not {e['input']!r:.60}" for e in err.errors()
        )
        raise ConstraintError(f"{checker.id}: {problems} (see `hirkit constraints show {checker.id}`)") from None
    return {name: getattr(parsed, name) for name in checker.arguments}


def _from_json(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return tuple(_from_json(item) for item in value) if isinstance(value, list) else value


@cache
def schema(checker: Checker) -> type[BaseModel]:
    """The pydantic model of the checker's arguments; ``model_json_schema()`` is its JSON schema."""
    from pydantic import ConfigDict, create_model

    fields: dict[str, Any] = {name: (kind, checker.defaults.get(name, ...)) for name, kind in checker.arguments.items()}
    return create_model(checker.id, __config__=ConfigDict(extra="forbid", strict=True), **fields)


def describe(checker: Checker, args: Args, wording: int = 0) -> str:
    """The constraint in words: what a user is told, and what relabelling writes back into a prompt.

    ``wording`` picks one of the checker's wordings, counted round.
    """
    parsed = parse(checker, args)
    shown = {name: shown_as(checker.arguments[name], value) for name, value in parsed.items()}
    return checker.says[wording % len(checker.says)].format_map(shown)


def shown_as(kind: Any, value: Any) -> object:
    """The value as a template shows it."""
    for mark in get_args(kind)[1:]:
        if isinstance(mark, Said):
            return mark.by(value)
    if isinstance(value, tuple):
        return listed(tuple(f'"{item}"' for item in value))
    return Number(value) if isinstance(value, int) else value


class Number(int):
    """A number that inflects the noun in its format.

    >>> f"{Number(1):word}, {Number(3):word}, {Number(2):bullet point}, {Number(2)}"
    '1 word, 3 words, 2 bullet points, 2'
    """

    def __format__(self, noun: str) -> str:
        """The number alone, or with its noun in the right number."""
        return f"{int(self)} {noun}{'s' * (self != 1)}" if noun else str(int(self))


def listed(items: tuple[str, ...]) -> str:
    """As a sentence lists them.

    >>> listed(("a",)), listed(("a", "b", "c"))
    ('a', 'a, b and c')
    """
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def base(kind: Any) -> Any:
    """The type under its annotations; of a union, its first member's."""
    origin = get_origin(kind)
    if origin in (Annotated, Union, UnionType):
        return base(get_args(kind)[0])
    return origin or kind


def items(kind: Any) -> tuple[Any, ...]:
    """The types of what a tuple holds; ``...`` for any number of them."""
    inside = get_args(kind)
    return items(inside[0]) if get_origin(kind) in (Annotated, Union, UnionType) else inside


def choices(kind: Any) -> tuple[Any, ...]:
    """All values of a type that has few: a ``Literal`` or a ``bool``; else none."""
    if get_origin(kind) is Annotated:
        return choices(get_args(kind)[0])
    if kind is bool:
        return (True, False)
    return get_args(kind) if get_origin(kind) is Literal else ()


def plain(args: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as JSON has them: what a record stores. Absent ones (``None``) are left out."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in args.items() if v is not None}
