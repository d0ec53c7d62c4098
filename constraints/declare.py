"""How a checker is declared: a function, its examples, and one line that says what it asks for.

A function's signature is its schema: the first parameter is the response, further positional parameters are what it
*needs* (matched by type), keyword-only ones are its arguments. Mistakes are refused here, with file and line.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import replace
from string import Formatter
from typing import Any, TypeVar, get_type_hints

from constraints import registry
from constraints.compatible import ASPECTS
from constraints.core import Args, Case, Checker, ConstraintError, Draw, Near, Source, Touch, Verdict
from constraints.needs import PROVIDERS

F = TypeVar("F", bound=Callable[..., bool | Verdict])


def passes(response: str, **given: Any) -> Callable[[F], F]:
    """An example that must pass. Documentation and test at once."""
    return _case(Case(response, given, True))


def fails(response: str, **given: Any) -> Callable[[F], F]:
    """An example that must fail."""
    return _case(Case(response, given, False))


def _case(case: Case) -> Callable[[F], F]:
    def mark(func: F) -> F:
        func.__dict__.setdefault("cases", []).insert(0, case)  # decorators run bottom up
        return func

    return mark


def draws(**draws: Draw) -> Callable[[F], F]:
    """How realistic arguments are drawn, where their types do not say it: see ``draws.py``."""
    return _noted("draws", draws)


def hindsight(**near: Near | tuple[Near, ...]) -> Callable[[F], F]:
    """Where other values of an argument are looked for, under which a failed response passes: see ``hindsight.py``.

    Arguments are tried in this order, one at a time. A checker beside a published one has the published one's, unless
    it declares its own; ``@hindsight()`` declares none.
    """
    return _noted("hindsight", {name: ways if isinstance(ways, tuple) else (ways,) for name, ways in near.items()})


def touches(
    *,
    sets: str = "",
    uses: str = "",
    writes: str | Callable[[Args], tuple[str, ...]] = "",
    exactly: bool = False,
    limits: bool | str = False,
    floor: str = "",
    beside: str = "",
) -> Callable[[F], F]:
    """What the constraint does to a response, for those that may stand beside it: see ``compatible.py``.

    Aspects, arguments, values and ids are listed with commas.
    """
    when = limits if isinstance(limits, bool) else _names(limits)
    written = writes if callable(writes) else _values(_names(writes))
    touch = Touch(
        frozenset(_names(sets)), frozenset(_names(uses)), _names(beside), written, exactly, when, _names(floor)
    )
    return _noted("touches", touch)


def often(keyword: str, times: str) -> Callable[[Args], tuple[str, ...]]:
    """For ``@touches``: a word, or words, written as often as another argument says, unless that is but a limit."""

    def written(args: Args) -> tuple[str, ...]:
        words = args[keyword] if isinstance(args[keyword], tuple) else (args[keyword],)
        number = args[times][0] if isinstance(args[times], tuple) else args[times]
        return () if {"less than", "at most"} & set(map(str, args.values())) else words * (number or 0)

    return written


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _values(names: tuple[str, ...]) -> Callable[[Args], tuple[str, ...]] | None:
    """The words of these arguments."""

    def written(args: Args) -> tuple[str, ...]:
        values = [args[name] for name in names]
        words = (value if isinstance(value, tuple) else (value,) for value in values if value is not None)
        return tuple(word for group in words for word in group)

    return written if names else None


def _noted(what: str, value: Any) -> Callable[[F], F]:
    def mark(func: F) -> F:
        func.__dict__[what] = value
        return func

    return mark


def constraint(
    id: str, says: str | Iterable[str], *, source: Source, revision: int = 1, rules: str = "published"
) -> Callable[[F], F]:
    """Declare a checker under an id. The function itself is returned unchanged."""

    def register(func: F) -> F:
        wordings = (says,) if isinstance(says, str) else tuple(says)
        checker = _read(func, id, wordings, source, revision, rules)
        registry.add(checker)
        func.__dict__["checker"] = checker
        return func

    return register


def corrects(
    published: Callable[..., bool | Verdict], why: str, *, says: tuple[str, ...] = (), revision: int = 1
) -> Callable[[F], F]:
    """Declare the corrected checker that stands beside a published one: same id, rule set ``fixed``.

    ``why`` says what the published rule gets wrong. The wordings are the published ones, unless it ``says`` others.
    """
    return _beside(published, "fixed", why, says, revision)


def formerly(
    published: Callable[..., bool | Verdict], rules: str, why: str, *, says: tuple[str, ...] = (), revision: int = 1
) -> Callable[[F], F]:
    """Declare the rule that an id had in an older published version, ``ifbench@2025-07`` say.

    ``why`` says in what it differs from today's; wordings as in ``corrects``.
    """
    return _beside(published, rules, why, says, revision)


def _beside(
    published: Callable[..., bool | Verdict], rules: str, why: str, says: tuple[str, ...], revision: int
) -> Callable[[F], F]:
    first: Checker | None = published.__dict__.get("checker")

    def register(func: F) -> F:
        if first is None:
            raise ConstraintError(f"{_where(func)}: {published.__name__} is no declared constraint to stand beside")
        checker = _read(func, first.id, says or first.says, first.source, revision, rules)
        inherited = {name: func.__dict__.get(name, getattr(first, name)) for name in ("draws", "touches", "hindsight")}
        checker = replace(checker, why=why, **inherited)
        registry.add(checker)
        func.__dict__["checker"] = checker
        return func

    return register


def _where(func: Callable[..., Any]) -> str:
    code = inspect.unwrap(func).__code__
    return f"{code.co_filename}:{code.co_firstlineno} ({func.__name__})"


def _read(
    func: Callable[..., Any], id: str, says: tuple[str, ...], source: Source, revision: int, rules: str
) -> Checker:
    where = _where(func)
    hints = get_type_hints(func, include_extras=True)
    params = list(inspect.signature(func).parameters.values())
    needs = {p.name: hints[p.name] for p in params[1:] if p.kind is not p.KEYWORD_ONLY}
    arguments = {p.name: hints[p.name] for p in params if p.kind is p.KEYWORD_ONLY}
    defaults = {p.name: p.default for p in params if p.kind is p.KEYWORD_ONLY and p.default is not p.empty}
    if unknown := [name for name, kind in needs.items() if kind not in PROVIDERS]:
        known = ", ".join(sorted(kind.__name__ for kind in PROVIDERS))
        raise ConstraintError(f"{where}: nothing provides {', '.join(unknown)}; known needs: {known}")
    if not says:
        raise ConstraintError(f"{where}: needs at least one wording")
    for template in says:
        named = {name for _, name, _, _ in Formatter().parse(template) if name}
        if named - set(arguments):
            raise ConstraintError(f"{where}: {template!r} names {sorted(named - set(arguments))}, not parameters")
    cases: tuple[Case, ...] = tuple(func.__dict__.get("cases", ()))
    draws, touch = func.__dict__.get("draws", {}), func.__dict__.get("touches", Touch())
    near = func.__dict__.get("hindsight", {})
    if unknown := sorted({*draws, *touch.floor, *near} - set(arguments)):
        raise ConstraintError(
            f"{where}: @draws, @touches or @hindsight names {', '.join(unknown)}, which are no arguments"
        )
    if unknown := sorted((touch.sets | touch.uses) - set(ASPECTS)):
        raise ConstraintError(f"{where}: no aspects {', '.join(unknown)}; there are {', '.join(ASPECTS)}")
    notes: dict[str, Any] = {"draws": draws, "touches": touch, "hindsight": near}
    return Checker(id, rules, says, source, revision, func, arguments, defaults, needs, cases, where, **notes)
