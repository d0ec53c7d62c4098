"""No text hurts a checker: the table of benchmarks/adversarial.py at 2 KB, and the growth of what was quadratic."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.adversarial import Met, arguments, met_by, outcome, slope, steep, subjects
from benchmarks.adversarial import Subject as Reader
from benchmarks.adversarial_inputs import INPUTS, MORE, SHORT, over, text
from constraints import Constraint, Verdict
from constraints.check import bind, resources
from constraints.registry import RULE_SETS, get
from constraints.structured import json_values, nesting, xml_elements
from hirkit.records import Instruction
from hirkit.verify import is_blank, verify
from tests.conftest import ROOT

TEXTS = {name: text(name, 2_000) for name in (*INPUTS, *MORE)}


def test_there_are_62_inputs_of_the_length_asked() -> None:
    assert (len(INPUTS), len(SHORT)) == (62, 23)
    assert all(0.95 * 100_000 < len(text(name, 100_000)) <= 100_000 for name in {**INPUTS, **MORE} if name not in SHORT)


READERS, MISSING = subjects()


def wrong(readers: Iterable[Reader], odd: str) -> dict[str, tuple[str, str]]:
    """What gets no verdict: pass, fail, or an error that the checker itself states; and true only for a pass."""
    return {r.name: found for r in readers for way in r.ways if (found := outcome(r, way, odd))[1]}


@pytest.mark.parametrize("name", TEXTS)
def test_every_checker_has_a_verdict_on_every_text(name: str) -> None:
    assert wrong(READERS, TEXTS[name]) == {}


@pytest.mark.parametrize("reader", [reader for reader in READERS if reader.own], ids=lambda reader: reader.name)
def test_and_on_its_own_examples_and_arguments_repeated(reader: Reader) -> None:
    assert [wrong([reader], make(800)) for make in reader.own.values()] == [{}] * len(reader.own)


def test_all_checkers_of_all_rule_sets_are_tried() -> None:
    without_tagger = ["words:start_verb (fixed)", "words:start_verb (published)"]
    assert (without_tagger if "missing" in resources([get("words:start_verb")]).values() else []) == MISSING
    tried = {reader.name for reader in READERS}
    for rules in RULE_SETS:
        for id in ("punctuation:no_comma", "detectable_format:title", "format:emoji"):
            assert f"{id} ({get(id, rules).rules})" in tried


# --- growth ---

QUADRATIC = [
    ("detectable_content:number_placeholders", "opening brackets"),
    ("detectable_format:number_bullet_lists", "newlines"),
    ("detectable_content:postscript", "newlines"),
    ("detectable_content:postscript", "spaces without end"),
    ("detectable_format:title", "opening angles"),
    ("length:sentences", "Chinese without a stop"),
    ("xml:attributes", "a tag of spaces"),
    ("format:newline", "newlines"),
    ("format:line_indent", "newlines"),
    ("change_case:english_capital", "piled accents"),
    ("detectable_format:number_highlighted_sections", "quotes deeper and deeper"),
]


@pytest.mark.parametrize("rules", ["published", "fixed"])
@pytest.mark.parametrize(("id", "name"), QUADRATIC)
def test_what_was_quadratic_elsewhere_is_not_here(id: str, name: str, rules: str) -> None:
    assert grows_slowly(id, rules, name)


def test_nor_is_the_verb_that_begins_a_text(data: Path) -> None:
    """In a process that has the tagger's data."""
    code = "from tests.test_adversarial import *\n" + "".join(
        f"assert grows_slowly('words:start_verb', {rules!r}, 'letters and at signs')\n"
        f"assert all(wrong([r for r in READERS if 'start_verb' in r.name], odd) == {{}} for odd in TEXTS.values())\n"
        for rules in ("published", "fixed")
    )
    environment = {**os.environ, "NLTK_DATA": str(data / "nltk_data")}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def grows_slowly(id: str, rules: str, name: str) -> bool:
    """Sixteen times the length in less than 64 times the time, best of three: quadratic would be 256 times."""
    checker = get(id, rules)
    check = bind(checker, arguments(checker)[0])

    def seconds(n: int) -> float:
        texts = [text(name, n) + str(k) for k in range(3)]  # three, of which none is remembered
        return min(_timed(check, odd) for odd in texts)

    return seconds(64_000) < 64 * max(seconds(4_000), 0.0005)


def _timed(check: Callable[[str], Verdict], odd: str) -> float:
    start = time.thread_time()
    assert check(odd).status in ("pass", "fail")
    return time.thread_time() - start


@pytest.mark.filterwarnings(
    "ignore:.*multi-threaded.*fork:DeprecationWarning"
)  # another test's library may have threads
def test_the_benchmark_sees_growth_and_crashes_and_goes_on() -> None:
    """A square is steep, a crash and a kill are told, and the others are judged all the same."""

    def square(odd: str) -> Verdict:
        return Verdict("pass" if sum(1 for _ in odd for _ in odd) else "fail")

    def crash(odd: str) -> Verdict:
        raise RuntimeError("boom")

    def kill(odd: str) -> Any:
        import os

        os.kill(os.getpid(), 9)

    readers = [Reader(f.__name__, (f,), "x.py") for f in (square, crash, kill)] + [Reader("no verdict", (str,), "x.py")]
    met = {one.subject: one for one in met_by(readers, "words", over("word "), (100, 200, 400))}
    assert steep(met["square"].exponent)
    assert met["square"].finding.startswith("time grows as n^")
    assert met["crash"].finding == "RuntimeError: boom"
    assert met["kill"].finding == "its process died (-9)"
    assert met["no verdict"].outcomes == {"no verdict": 3}


def test_the_slope() -> None:
    """Four times the time for twice the length is n^2; one step is no growth; too little time is none."""
    assert slope({100: 0.01, 200: 0.04, 400: 0.16}) == pytest.approx(2.0)
    assert slope({100: 0.01, 200: 0.02}) == pytest.approx(1.0)
    assert slope({100: 0.01, 200: 0.02, 400: 0.4, 800: 0.8}) == pytest.approx(1.0)
    assert slope({100: 0.00001, 200: 0.00004}) is None
    assert Met("a", "b", seconds={100: 2.5}).finding == "2.5 s"


# --- what nobody sees ---


@pytest.mark.parametrize("odd", ["\u200b", "\ufeff", "\u00ad\u2060", "\u200d" * 50, " \u200e\n\u202e ", "\u2064\u180e"])
def test_what_nobody_sees_is_blank_in_the_fixed_rules_and_follows_nothing(odd: str) -> None:
    assert is_blank(odd, "fixed")
    assert not is_blank(odd, "published")
    easy = Instruction(1, "Do.", (Constraint("punctuation:no_comma"), Constraint("change_case:english_lowercase")))
    found = verify(easy, odd, "fixed")
    assert [(j.strict.status, j.loose.status) for j in found] == [("fail", "fail")] * 2


def test_the_blank_inputs_of_the_table() -> None:
    """Under ``fixed``: all that is white or unseen, nothing else."""
    blank = {name for name, odd in TEXTS.items() if is_blank(odd, "fixed")}
    white = {name for name, odd in TEXTS.items() if not odd.strip()}
    assert white == {name for name, odd in TEXTS.items() if is_blank(odd, "published")}
    assert blank - white == {"a zero-width space", "a byte order mark", "joiners", "byte order marks"}


# --- what is parsed ---


@pytest.mark.parametrize("rules", ["published", "fixed"])
@pytest.mark.parametrize(
    "id", ["detectable_format:json_format", "rlvr:validate_json_format", "json:only", "json:nesting"]
)
@pytest.mark.parametrize("opens", ["[", '{"a":', '[{"a":'])
def test_json_nested_10000_deep_gets_a_verdict(id: str, opens: str, rules: str) -> None:
    """Closed or not; where the published code would crash the verdict is an error that says so, and never a pass."""
    closes = "".join({"[": "]", "{": "}"}.get(char, "") for char in opens)[::-1]
    checker = get(id, rules)
    check = bind(checker, arguments(checker)[0])
    for odd in (opens * 10_000 + "1" + closes * 10_000, opens * 10_000):
        verdict = check(odd)
        assert not verdict
        assert verdict.status == "fail" or verdict.because == "nested deeper than 500 levels"


def test_entities_that_multiply_and_aliases_are_only_text() -> None:
    """Nothing of ours expands an entity or reads YAML: 100 KB of either are judged as the text they are."""
    assert xml_elements(text("entities that multiply", 100_000)) == (0,)  # <x>&b;</x>, one element
    assert json_values(text("YAML aliases", 100_000)) == ()
    assert nesting(json.loads('{"a":' * 200 + "{}" + "}" * 200)) == 201
