"""The constraint engine: what it refuses, what becomes an error verdict, what it records."""

import re
import subprocess
import sys

import pytest

from constraints import Checker, ConstraintError, Source, Verdict
from constraints.args import Positive, Words, describe, parse
from constraints.check import bind, resources
from constraints.declare import _read, constraint, corrects
from constraints.needs import MissingNeed, Sentences
from constraints.registry import RULE_SETS, add, every, get, layers
from constraints.testing import findings, survivors
from hirkit import options
from hirkit.formats import FORMATS

HERE = Source("Test", "-", "https://example.org", "MIT")
WORDS = get("length_constraints:number_words")


def checker_of(func, says="Say {n}.", id="test:it") -> Checker:
    return _read(func, id, (says,), HERE, 1, "published")


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({"relation": "at least"}, "num_words: Field required"),
        ({"relation": "at least", "num_words": 0}, "num_words: Input should be greater than or equal to 1"),
        ({"relation": "roughly", "num_words": 3}, "relation: Input should be 'at least' or 'less than'"),
        ({"relation": "at least", "num_words": 3, "n": 1}, "n: Extra inputs are not permitted"),
        ({"relation": "at least", "num_words": "3"}, "num_words: Input should be a valid integer, not '3'"),
        ({"relation": "at least", "num_words": True}, "num_words: Input should be a valid integer, not True"),
        ({"relation": "at least", "num_words": 2.5}, "num_words: Input should be a valid integer"),
        ({"relation": None, "num_words": 3}, "relation: Field required"),
    ],
)
def test_bad_arguments_say_what_is_wrong(args: dict[str, object], problem: str) -> None:
    with pytest.raises(ConstraintError, match=re.escape(problem)):
        parse(WORDS, args)


def test_what_json_makes_of_arguments_is_understood() -> None:
    assert parse(WORDS, {"relation": "at least", "num_words": 3.0}) == {"relation": "at least", "num_words": 3}
    assert parse(WORDS, {"relation": "at least", "num_words": 3, "x": None})["num_words"] == 3
    assert parse(get("keywords:existence"), {"keywords": ["a", "b"]}) == {"keywords": ("a", "b")}


def test_a_word_where_a_list_of_words_belongs_is_refused_and_not_taken_for_letters() -> None:
    with pytest.raises(ConstraintError, match="keywords"):
        parse(get("keywords:existence"), {"keywords": "cat"})


def test_a_keyword_that_is_no_regular_expression_is_refused() -> None:
    with pytest.raises(ConstraintError, match="keyword"):
        parse(get("keywords:frequency"), {"keyword": "(a", "frequency": 1, "relation": "at least"})


def test_wording_counts_round_and_inflects() -> None:
    def it(response: str, *, n: Positive, words: Words) -> bool:
        return True

    checker = _read(it, "test:it", ("Use {n:word}: {words}.", "{n:word} of {words}."), HERE, 1, "published")
    assert describe(checker, {"n": 1, "words": ["a"]}) == 'Use 1 word: "a".'
    assert describe(checker, {"n": 2, "words": ["a", "b", "c"]}, 3) == '2 words of "a", "b" and "c".'


def test_a_crash_is_an_error_verdict_that_names_its_place() -> None:
    def it(response: str) -> bool:
        return bool(1 / len(response))

    verdict = bind(checker_of(it, "Say."), {})("")
    assert verdict.status == "error"
    assert not verdict
    assert "test_engine.py" in verdict.because
    assert "ZeroDivisionError" in verdict.because


def test_a_forgotten_return_is_an_error_verdict() -> None:
    def it(response: str):
        len(response)

    verdict = bind(checker_of(it, "Say."), {})("x")
    assert verdict.status == "error"
    assert "returned None" in verdict.because


@pytest.mark.parametrize("result", [1, 0, "pass", [True]])
def test_what_is_neither_bool_nor_verdict_is_an_error(result: object) -> None:
    def it(response: str):
        return result

    assert bind(checker_of(it, "Say."), {})("x").status == "error"


def test_a_missing_need_is_an_error_verdict_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(kind: object) -> object:
        raise MissingNeed("no sentences here: pip install sentences")

    monkeypatch.setattr("constraints.check.provide", missing)
    verdict = bind(get("length_constraints:number_sentences"), {"relation": "at least", "num_sentences": 1})("Hi.")
    assert verdict == Verdict("error", "no sentences here: pip install sentences")


def test_only_a_pass_is_true() -> None:
    assert Verdict("pass")
    assert not Verdict("fail")
    assert not Verdict("error")


def test_an_unknown_id_offers_the_nearest() -> None:
    with pytest.raises(ConstraintError, match="did you mean 'punctuation:no_comma'"):
        get("punctuation:no_commas")
    with pytest.raises(ConstraintError, match="`hirkit constraints` lists them all"):
        get("zzz")


def test_an_unknown_rule_set_is_refused() -> None:
    with pytest.raises(ConstraintError, match="there are published, fixed, ifbench"):
        layers("mine")


def test_the_command_line_offers_every_rule_set_and_format() -> None:
    assert {rules.value for rules in options.Rules} == set(RULE_SETS)
    assert {form.value for form in options.FileFormat} == set(FORMATS)


def test_fixed_falls_back_to_published() -> None:
    ids = [checker.id for checker in every("published")]
    assert ids == [checker.id for checker in every("fixed")]
    assert all(get(id, "fixed").rules in ("fixed", "published") for id in ids)
    assert any(get(id, "fixed").rules == "fixed" for id in ids)


def test_declaration_refuses_a_template_that_names_no_parameter() -> None:
    def it(response: str, *, n: Positive) -> bool:
        return True

    with pytest.raises(ConstraintError, match=r"test_engine.py:\d+ \(it\): 'Say {m}.' names \['m'\]"):
        checker_of(it, "Say {m}.")


def test_declaration_refuses_an_unknown_need() -> None:
    def it(response: str, weather: float) -> bool:
        return True

    with pytest.raises(ConstraintError, match="nothing provides weather; known needs: FirstTag, IsEmoji, LanguageId"):
        checker_of(it, "Say.")


def test_declaration_refuses_the_same_id_twice_and_names_both_places() -> None:
    with pytest.raises(ConstraintError, match=r"declared twice: .*length\.py.* and .*length\.py"):
        add(WORDS)


def test_declaration_refuses_no_wording_and_a_correction_of_nothing() -> None:
    def it(response: str) -> bool:
        return True

    with pytest.raises(ConstraintError, match="at least one wording"):
        constraint("test:wordless", (), source=HERE)(it)
    with pytest.raises(ConstraintError, match="is no declared constraint"):
        corrects(it, "all of it")(it)


def test_resources_say_what_verdicts_stand_on() -> None:
    found = resources([get("length_constraints:number_sentences"), get("language:response_language")])
    assert list(found) == ["language", "sentences"]
    assert found["language"] == "langdetect 1.0.9, seed 0"
    assert "sha256:" in found["sentences"]


def unexampled(response: str) -> bool:
    """Long enough."""
    return len(response) >= 3


def test_testing_finds_what_is_missing_and_mutants_that_live() -> None:
    checker = checker_of(unexampled, "say")
    found = list(findings(checker))
    assert "needs both @passes and @fails examples" in found
    assert "wording 'say' is no sentence" in found
    assert set(survivors(checker)) == {"len(response) >= 3 -> len(response) > 3", "3 -> 4"}


def test_importing_constraints_is_light() -> None:
    """No detector, tokenizer, model or validator is loaded to know the constraints."""
    code = (
        "import sys, constraints; print([m for m in ('nltk', 'langdetect', 'pydantic', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_needs_are_known_by_type() -> None:
    assert get("length_constraints:number_sentences").needs == {"sentences": Sentences}
