"""Constraints for readers: the listing, one constraint's page, the catalogue, the skeleton of a new one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from constraints import Case, Checker, ConstraintError
from constraints.args import plain, schema
from constraints.registry import declared, every, get

if TYPE_CHECKING:
    from rich.table import Table


def listing(rules: str) -> Table:
    """Every constraint of a rule set, a line each."""
    from rich.table import Table

    checkers = every(rules)
    table = Table(title=f"{len(checkers)} constraints, rules: {rules}")
    for column in ("constraint", "asks", "source", "rules"):
        table.add_column(column)
    for checker in checkers:
        table.add_row(checker.id, checker.says[0], checker.source.name, checker.rules)
    return table


def listing_rows(rules: str) -> list[dict[str, Any]]:
    """The same as data, whole."""
    return [row(checker) for checker in every(rules)]


def row(checker: Checker) -> dict[str, Any]:
    """A checker as data: everything but its code."""
    return {
        "id": checker.id,
        "rules": checker.rules,
        "revision": checker.revision,
        "wordings": list(checker.says),
        "rule": checker.rule,
        "why": checker.why or None,
        "schema": schema(checker).model_json_schema(),
        "needs": sorted(kind.__name__ for kind in checker.needs.values()),
        "hindsight": {
            name: [{"kind": way.kind, "says": way.says} for way in ways] for name, ways in checker.hindsight.items()
        },
        "source": {
            "name": checker.source.name,
            "paper": checker.source.paper,
            "url": checker.source.url,
            "license": checker.source.license,
        },
        "examples": [
            {"response": case.response, "given": shown_given(checker, case), "passes": case.expect}
            for case in checker.cases
        ],
    }


def shown_given(checker: Checker, case: Case) -> dict[str, Any]:
    """An example's arguments, without the stand-ins for what the checker needs."""
    return plain({name: value for name, value in case.given.items() if name not in checker.needs})


def versions(id: str) -> list[Checker]:
    """Every checker of an id: the published one, older ones, and the correction where there is one."""
    published = get(id, "published")
    others = sorted((c for c in declared() if c.id == id and c is not published), key=lambda c: c.rules == "fixed")
    return [published, *others]


def details(id: str) -> list[dict[str, Any]]:
    """A constraint as data, the published checker first."""
    return [row(checker) for checker in versions(id)]


def page(id: str) -> str:
    """A constraint's page, in Markdown."""
    return "\n".join(_lines(versions(id)))


def catalogue() -> str:
    """``constraints/CATALOGUE.md``: the page of every constraint, by family."""
    ids = [checker.id for checker in every("fixed")]
    families = sorted({id.split(":")[0] for id in ids})
    lines = [
        "# Catalogue of constraints",
        "",
        "Made from the checkers by `python -m hirkit.show > constraints/CATALOGUE.md`; a test holds it to them.",
        f"{len(ids)} constraints. *published* is the rule of the published code, to the letter; *fixed* our",
        "correction; a name with a date the rule of an older version of the published code.",
        "",
        *(
            f"- **{family}**: " + ", ".join(_link(id) for id in ids if id.split(":")[0] == family)
            for family in families
        ),
    ]
    return "\n".join(lines) + "\n\n" + "\n".join(page(id) for id in ids)


def _link(id: str) -> str:
    anchor = "".join(c for c in id if c.isalnum() or c in "_-")
    return f"[{id.split(':')[1]}](#{anchor})"


def _lines(checkers: list[Checker]) -> list[str]:
    first = checkers[0]
    source = f"[{first.source.name}]({first.source.url}) ({first.source.paper}, {first.source.license})"
    lines = [f"## {first.id}", "", f"Source: {source}", "", "Wordings:", "", *(f"- {text}" for text in first.says), ""]
    for name, detail in schema(first).model_json_schema().get("properties", {}).items():
        shape = {key: value for key, value in detail.items() if key != "title"}
        lines.append(f"- argument `{name}`: `{json.dumps(shape, ensure_ascii=False)}`")
    for checker in checkers:
        needs = ", ".join(sorted(kind.__name__ for kind in checker.needs.values()))
        lines += ["", f"### {first.id}, {checker.rules}, revision {checker.revision}", "", checker.rule, ""]
        if checker.why:
            lines += [f"Differs: {checker.why}", ""]
        if needs:
            lines += [f"Needs: {needs}", ""]
        if checker.hindsight:
            lines += [f"Hindsight: {told_hindsight(checker)}", ""]
        lines += [
            "| response | arguments | verdict |",
            "|---|---|---|",
            *(_example(checker, case) for case in checker.cases),
        ]
    return [*lines, ""]


def told_hindsight(checker: Checker) -> str:
    """Which arguments a failed response may have instead, in the order in which they are looked for."""
    return "; ".join(
        f"`{name}`, " + ", else ".join(f"{way.says} ({way.kind})" for way in ways)
        for name, ways in checker.hindsight.items()
    )


def _example(checker: Checker, case: Case) -> str:
    given = json.dumps(shown_given(checker, case), ensure_ascii=False)
    response = (
        case.response if len(case.response) <= 160 else f"{case.response[:150]}… ({len(case.response)} characters)"
    )
    return f"| {_cell(repr(response))} | {_cell(given)} | {'pass' if case.expect else 'fail'} |"


def _cell(text: str) -> str:
    ticks = "``" if "`" in text else "`"
    pad = " " if ticks == "``" else ""
    return f"{ticks}{pad}{text}{pad}{ticks}".replace("|", "\\|")


def skeleton(id: str) -> str:
    """The module of a new constraint, for its author to fill in."""
    family, colon, name = id.partition(":")
    if not (colon and family.isidentifier() and name.isidentifier()):
        raise ConstraintError(f"{id!r} is no id; write family:name, each of letters, digits and underscores")
    return SKELETON.format(id=id, name=name, family=family)


SKELETON = '''"""Constraints of the family {family}."""

from constraints import Source, Verdict
from constraints.args import Positive
from constraints.core import judged
from constraints.declare import constraint, fails, passes

MINE = Source("Mine", "-", "https://example.org", "Apache-2.0")


@constraint("{id}", "Answer in at least {{lines:line}}.", source=MINE)
@passes("one\\ntwo", lines=2)
@fails("one\\n \\n", lines=2)
def {name}(response: str, *, lines: Positive) -> Verdict:
    """Counts lines; blank ones do not count."""
    n = sum(bool(line.strip()) for line in response.splitlines())
    return judged(n >= lines, f"{{n}} lines")
'''


if __name__ == "__main__":
    print(catalogue(), end="")
