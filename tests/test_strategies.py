"""What an instruction becomes in hindsight: dropped, relaxed, more discovered; and how telling that is, in bits."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constraints import Constraint
from constraints.compatible import contradictions
from constraints.registry import every
from hirkit.discover import discover, fitted
from hirkit.information import Reference, base_rates, drawn, first
from hirkit.records import Instruction, Response, Scored
from hirkit.relabel import Plan, relabel
from hirkit.strategies import changes, drop, relax, reworded
from hirkit.verify import check_of, verify

NO_COMMA = Constraint("punctuation:no_comma")
TITLE = Constraint("detectable_format:title")
HUNDRED = Constraint("length_constraints:number_words", {"relation": "at least", "num_words": 100})
KEYWORDS = Constraint("keywords:existence", {"keywords": ["river", "castle"]})


def scored(text: str, *constraints: Constraint, sample: int = 0, key: int = 1) -> Scored:
    asked = Instruction(key, "", constraints, f"Write about thing {key}.", "t2")
    return Scored(asked, Response(text, sample), verify(asked, text, "fixed"))


SENTENCE = "The river has " + " ".join(f"bend{i}" for i in range(75))  # 78 words


def test_drop_keeps_what_passed_and_relax_asks_the_rest_as_far_as_it_was_achieved() -> None:
    """78 words are at least 75; of river and castle there is the river; no title can be had in part."""
    one = scored(SENTENCE, NO_COMMA, HUNDRED, KEYWORDS, TITLE)
    assert drop(one) == (NO_COMMA, None, None, None)
    relaxed = relax(one, "fixed")
    assert [c and dict(c.args) for c in relaxed] == [
        {},
        {"relation": "at least", "num_words": 75},
        {"keywords": ["river"]},
        None,
    ]
    assert relaxed[0] is NO_COMMA
    assert (changes(drop(one), one.judgements), changes(relaxed, one.judgements)) == ((1, 0, 3), (1, 2, 1))


def test_a_relaxed_constraint_is_worded_as_it_was() -> None:
    """The second wording of three stays the second; words that are not the checker's are not imitated."""
    before = Constraint(HUNDRED.id, HUNDRED.args, "The length of your response must be at least 100 words.")
    after = Constraint(HUNDRED.id, {"relation": "at least", "num_words": 75})
    assert reworded(before, after, "fixed") == "The length of your response must be at least 75 words."
    assert reworded(Constraint(HUNDRED.id, HUNDRED.args, "A hundred words!"), after, "fixed") is None
    assert reworded(HUNDRED, after, "fixed") is None


def test_every_strategy_tells_and_says_which_it_was() -> None:
    rows = [scored(SENTENCE, NO_COMMA, HUNDRED, KEYWORDS)]
    rows += [scored(f"<<Of {word}>> Short, this is.", NO_COMMA, TITLE, key=i) for i, word in enumerate("abcdefgh", 2)]
    done = relabel(rows, Plan(strategies=("drop", "relax", "discover")))
    assert [r.strategy for r in done.records if r.original.key == 1][:2] == ["drop", "relax"]
    relaxed = done.records[1]
    assert [c.args for c in relaxed.hindsight.constraints][1] == {"relation": "at least", "num_words": 75}
    assert "at least 75 words" in relaxed.hindsight.prompt
    assert done.counts.total() == len(rows)
    assert done.strategies.total() == len(done.records)


def test_a_failure_that_keeps_nothing_can_be_relaxed() -> None:
    nothing = scored("The river, that is all.", HUNDRED, KEYWORDS)
    assert relabel([nothing], Plan()).counts == {"nothing kept": 1}
    done = relabel([nothing], Plan(strategies=("drop", "relax")))
    (record,) = done.records
    assert (record.strategy, [c.id for c in record.hindsight.constraints]) == ("relax", [KEYWORDS.id])
    assert record.selection.f_int == 0
    least = relabel([nothing], Plan(strategies=("drop", "relax"), min_kept=2))
    assert least.dropped[0].detail == "0 of 2 constraints satisfied, and nothing to relax"


def test_a_success_is_told_by_discover_alone() -> None:
    other = [scored("Plain words stand here", NO_COMMA, sample=i, key=i + 2) for i in range(6)]
    rare = scored("<<A title>>\n\n* One point.\n* Another point.\n\nP.S. Written with care", NO_COMMA)
    done = relabel([rare, *other], Plan(strategies=("discover",)))
    record = next(record for record in done.records if record.original.key == 1)
    assert record.hindsight.constraints[0].id == NO_COMMA.id
    assert len(record.hindsight.constraints) in (2, 3)
    assert record.became == (NO_COMMA,)
    assert record.information is not None
    assert record.information >= 1
    assert relabel([rare, *other], Plan(strategies=("drop", "relax"))).counts == {"already followed": 7}


# --- information ---


def test_bits_by_hand() -> None:
    """Of 7 texts 3 have no comma: log2(9 / 4). Of those 1 has a title besides: log2(9 / 2). The answer is left out."""
    texts = ("a", "b", "<<c>>", "d, e", "f, g", "h, i", "j, k", "the answer")
    reference = Reference(texts, "fixed")
    assert reference.bits([NO_COMMA], "the answer") == pytest.approx(1.169925)
    assert reference.bits([NO_COMMA, TITLE], "the answer") == pytest.approx(2.169925)
    assert reference.rate(NO_COMMA) == 0.5
    assert reference.bits([], "the answer") == pytest.approx(0.169925)  # 9 / 8: nothing asked is next to nothing told
    assert Reference((), "fixed").bits([NO_COMMA], "x") == 1.0  # nothing is known


def test_a_kept_set_that_any_text_satisfies_is_not_written() -> None:
    rows = [scored(f"Words about the thing {word}", NO_COMMA, HUNDRED, key=i) for i, word in enumerate("abcdef", 1)]
    assert relabel(rows, Plan()).counts == {"written": 6}
    done = relabel(rows, Plan(min_information=1))
    assert done.counts == {"uninformative": 6}
    assert done.dropped[0].detail == "0.22 bits: 86% of other responses would do"  # of 5 others 5 pass: log2(7 / 6)


def test_base_rates_are_measured_on_the_arguments_that_are_asked() -> None:
    """One of four has five words, all have one: the mean of 1/4 and 1."""
    reference = Reference(("one", "one, two", "one two", "one two three four five"), "fixed")
    asked = [Constraint(HUNDRED.id, {"relation": "at least", "num_words": n}) for n in (1, 5)]
    assert base_rates([*asked, NO_COMMA], reference) == {HUNDRED.id: 0.625, NO_COMMA.id: 0.75}
    assert base_rates(asked, Reference((), "fixed")) == {}


def test_the_reference_is_drawn_by_seed_and_place_and_does_not_depend_on_order() -> None:
    texts = [drawn(0, key, "Do.", sample, f"{key} {sample}") for key in range(20) for sample in range(3)]
    some = first(texts, 8)
    assert first(texts[::-1], 8) == some == first([*first(texts[:30], 8), *first(texts[30:], 8)], 8)
    assert [drawn(1, 0, "Do.", 0, "x")] != [drawn(0, 0, "Do.", 0, "x")]


# --- discover ---

TEXT = """<<On rivers>>

A river begins small. It gathers water from every hill, and nobody counts the streams!

* The Nile is long.
* The Rhine is busy.

P.S. Bring a boat and some patience."""


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_law_what_is_discovered_holds_is_new_and_contradicts_nothing(seed: int) -> None:
    reference = Reference(("Plain text.", "more of it", "Yes, no.", "a b c d", "Once upon a time."), "fixed")
    asked = [TITLE, Constraint(HUNDRED.id, {"relation": "less than", "num_words": 100})]
    found = discover(TEXT, asked, [NO_COMMA.id], 3, reference, Random(seed))
    assert len(found) <= 3
    for constraint in found:
        assert check_of(constraint, "fixed")[1](TEXT)
        assert constraint.text
        assert constraint.id not in (TITLE.id, HUNDRED.id, NO_COMMA.id)
    assert contradictions([*asked, *found], "fixed") == []
    assert discover(TEXT, asked, [NO_COMMA.id], 3, reference, Random(seed)) == found


@pytest.mark.parametrize("rules", ["published", "fixed"])
def test_fitted_arguments_fit(rules: str) -> None:
    """Of all checkers that can be drawn, about half find arguments under which this text passes."""
    found = [c for checker in every(rules) for c in _fitted(checker, rules)]
    assert len(found) >= 40
    for constraint in found:
        assert check_of(constraint, rules)[1](TEXT), constraint


def _fitted(checker: object, rules: str) -> list[Constraint]:
    from constraints.draws import drawable

    return list(fitted(checker, TEXT, rules, Random(3))) if drawable(checker) else []  # type: ignore[arg-type]
