"""The checks every checker is held to: its own examples, the laws, and mutants.

Run them over a module that declares constraints, yours or ours: ``python -m constraints.testing my_constraints``.
Exit status 1 and one line per finding where something is wrong. The laws over random texts and arguments need
hypothesis (``pip install 'hirkit[test]'``).
"""

from __future__ import annotations

import ast
import copy
import inspect
import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from string import Formatter
from typing import Any

from constraints import registry
from constraints.args import describe, parse, plain
from constraints.check import bind, run
from constraints.core import Args, Case, Checker, ConstraintError
from constraints.hindsight import near
from constraints.needs import FirstTag, IsEmoji, LanguageId, Sentences, StopWords, Syllables, WordTokens

LACKING = "random texts and arguments need hypothesis: python -m pip install hypothesis"

FAKES: dict[Any, Any] = {
    Sentences: lambda text: tuple(part for part in text.split(".") if part),
    WordTokens: lambda text: tuple(text.split()),
    LanguageId: lambda text: "en",
    StopWords: frozenset({"a", "of", "the"}),
    FirstTag: lambda tokens: "VB" if tokens and tokens[0].islower() else "NN",
    Syllables: lambda word: len(word) // 2,
    IsEmoji: lambda text: text in ("😀", "❤"),
}
"""Stand-ins for needs, so that the laws run in microseconds."""


def findings(checker: Checker) -> Iterator[str]:
    """Everything wrong with a checker, a sentence each; nothing for a good one."""
    yield from wrong_examples(checker)
    yield from missing_parts(checker)
    if not any(wrong_examples(checker)):
        yield from (f"no example notices: {mutant}" for mutant in survivors(checker))
        for case in checker.cases:
            args, fakes = arguments_and_fakes(checker, case)
            yield from wrong_hindsight(checker, args, case.response, [other.response for other in checker.cases], fakes)


def wrong_examples(checker: Checker) -> Iterator[str]:
    """The examples whose verdict is not the declared one."""
    for case in checker.cases:
        expected = "pass" if case.expect else "fail"
        try:
            verdict = run(checker, case)
        except ConstraintError as err:
            yield f"{case.response!r:.60}: {err}"
            continue
        if verdict.status != expected:
            yield f"{case.response!r:.60} {dict(case.given)}: expected {expected}, got {verdict}"


def arguments_and_fakes(checker: Checker, case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an example gives: the arguments, and the fakes of what the checker needs."""
    args = {name: value for name, value in case.given.items() if name not in checker.needs}
    return args, {name: value for name, value in case.given.items() if name in checker.needs}


def wrong_hindsight(
    checker: Checker, args: Args, response: str, others: Iterable[str], fakes: Mapping[str, Any]
) -> Iterator[str]:
    """What is wrong with the hindsight that a response gets, if it gets any.

    The response passes, with arguments that were not asked, that have words and survive JSON; the same ones each time.
    If they are to be looser, each of the other texts that passes as asked passes with them.
    """
    found = near(checker, args, response, fakes)
    if found is None:
        return
    asked = parse(checker, args)
    told, hindsight = f"hindsight {found} of {asked}", {**asked, found.name: found.value}
    check, before = bind(checker, hindsight, fakes), bind(checker, asked, fakes)
    if not check(response) or hindsight == asked or not describe(checker, hindsight):
        yield f"{told}: {response!r:.60} fails, or nothing is changed, or it has no words"
    if parse(checker, json.loads(json.dumps(plain(hindsight)))) != parse(checker, hindsight):
        yield f"{told} does not survive JSON"
    if near(checker, args, response, fakes) != found:
        yield f"{told} is another one at the second time"
    if found.kind == "looser":
        yield from (f"{told} is not looser: {text!r:.60}" for text in others if before(text) and not check(text))


def missing_parts(checker: Checker) -> Iterator[str]:
    """What a reader of the catalogue would miss: examples of both kinds, a rule, wordings that say every argument."""
    if {case.expect for case in checker.cases} != {True, False}:
        yield "needs both @passes and @fails examples"
    if not checker.rule.endswith("."):
        yield "its docstring must state the exact rule, in sentences"
    for template in checker.says:
        if not (template[:1].isupper() and template.endswith((".", ":"))):
            yield f"wording {template!r} is no sentence"
        named = {name for _, name, _, _ in Formatter().parse(template) if name}
        if unsaid := set(checker.arguments) - named - set(checker.defaults):
            yield f"wording {template!r} does not say {', '.join(sorted(unsaid))}"


def check_laws(checker: Checker, max_examples: int = 50) -> None:
    """Assert, for arguments drawn from the annotations and any text: a verdict that is no error, twice the same one,
    words for the arguments, and arguments that survive JSON; and hindsight with which nothing is wrong.
    """
    from hypothesis import given, settings
    from hypothesis import strategies as st

    @settings(max_examples=max_examples, deadline=None)
    @given(data=st.data())
    def laws(data: st.DataObject) -> None:
        args = data.draw(draw_args(checker))
        fakes = {name: FAKES[kind] for name, kind in checker.needs.items()}
        check = bind(checker, args, fakes)
        texts = st.one_of(st.text(), st.text(alphabet='ab .,!?*-"[]<>#\n1'))
        text = data.draw(texts)
        verdict = check(text)
        assert verdict.status in ("pass", "fail"), verdict
        assert check(text) == verdict
        assert describe(checker, args)
        assert parse(checker, json.loads(json.dumps(plain(args)))) == parse(checker, args)
        assert not [*wrong_hindsight(checker, args, text, [data.draw(texts)] if checker.hindsight else [], fakes)]

    laws()


def draw_args(checker: Checker) -> Any:
    """A hypothesis strategy for valid arguments."""
    from hypothesis import strategies as st

    return st.fixed_dictionaries({name: st.from_type(kind) for name, kind in checker.arguments.items()}).filter(
        lambda args: _valid(checker, args)
    )


def _valid(checker: Checker, args: dict[str, Any]) -> bool:
    try:
        parse(checker, args)
    except ConstraintError:
        return False
    return True


SWAPS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.LtE: ast.Lt,
    ast.Lt: ast.LtE,
    ast.GtE: ast.Gt,
    ast.Gt: ast.GtE,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
METHODS = ("lower", "strip", "upper", "casefold")


def survivors(checker: Checker) -> Iterator[str]:
    """The one-operator changes of the checker's code that none of its examples notices.

    Swapped: comparisons, ``and``/``or``, ``all``/``any``; dropped: ``not``, ``.lower()``, ``.strip()`` and the like;
    shifted by one: integers that are compared, added or subtracted. A mutant that crashes is noticed.
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(checker.func)))
    function = tree.body[0]
    if not isinstance(function, ast.FunctionDef):
        raise TypeError(f"{checker.where}: a checker is a plain function")
    function.decorator_list, function.returns = [], None
    for argument in [*function.args.args, *function.args.kwonlyargs]:
        argument.annotation = None
    for count in range(sum(1 for _ in ast.walk(tree))):
        for what, mutant in _mutants_at(tree, count):
            if not _noticed(checker, mutant):
                yield what


def _mutants_at(tree: ast.Module, index: int) -> Iterator[tuple[str, ast.Module]]:
    for change in (_swap, _drop, _shift):
        for choice in range(4):
            mutant = copy.deepcopy(tree)
            node = list(ast.walk(mutant))[index]
            before = ast.unparse(node) if isinstance(node, ast.expr) else ""
            after = change(mutant, node, choice)
            if after is None:
                break
            yield f"{before} -> {after}", mutant


def _swap(tree: ast.Module, node: ast.AST, choice: int) -> str | None:
    if isinstance(node, ast.Compare) and choice < len(node.ops):
        swapped = SWAPS.get(type(node.ops[choice]))
        if swapped is None:
            return None
        node.ops[choice] = swapped()
        return ast.unparse(node)
    if isinstance(node, ast.BoolOp) and choice == 0:
        node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        return ast.unparse(node)
    if isinstance(node, ast.Name) and node.id in ("all", "any") and choice == 0:
        node.id = "any" if node.id == "all" else "all"
        return node.id
    return None


def _drop(tree: ast.Module, node: ast.AST, choice: int) -> str | None:
    inner: ast.expr | None = None
    if choice == 0 and isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = node.operand
    if (
        choice == 0
        and isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in METHODS
    ):
        inner = node.func.value
    if inner is None:
        return None

    class Replace(ast.NodeTransformer):
        def visit(self, at: ast.AST) -> ast.AST:
            return inner if at is node and inner is not None else super().generic_visit(at)

    Replace().visit(tree)
    return ast.unparse(inner)


def _shift(tree: ast.Module, node: ast.AST, choice: int) -> str | None:
    if isinstance(node, ast.Constant) and type(node.value) is int and choice == 0:
        node.value += 1
        return str(node.value)
    return None


def _noticed(checker: Checker, mutant: ast.Module) -> bool:
    space = dict(checker.func.__globals__)
    exec(compile(ast.fix_missing_locations(mutant), "mutant", "exec"), space)  # our own source, one operator changed
    func = space[checker.func.__name__]
    return any(_differs(checker, func, case) for case in checker.cases)


def _differs(checker: Checker, func: Callable[..., Any], case: Case) -> bool:
    from constraints.needs import provide

    args, fakes = arguments_and_fakes(checker, case)
    needed = {name: fakes.get(name) or provide(kind) for name, kind in checker.needs.items()}
    try:
        return bool(func(case.response, **needed, **parse(checker, args))) != case.expect
    except Exception:  # a crash is a difference
        return True


def main(modules: list[str]) -> int:
    """Hold the constraints of each module to all checks; print what is wrong."""
    if not modules or find_spec("hypothesis") is None:
        print("usage: python -m constraints.testing MODULE …" if not modules else LACKING, file=sys.stderr)
        return 2
    for module in modules:
        import_module(module)
    checkers = [checker for checker in registry.declared() if checker.func.__module__ in modules]
    problems = [(checker, problem) for checker in checkers for problem in findings(checker)]
    for checker, problem in problems:
        print(f"{checker.where}: {checker.id} ({checker.rules}): {problem}")
    for checker in checkers:
        check_laws(checker)
    print(f"{len(checkers)} constraints, {len(problems)} problems")
    return 1 if problems or not checkers else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
