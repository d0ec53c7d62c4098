"""hirkit relabel: what is replayed, what is dropped and why, and the law that every record verifies."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints import Constraint
from hirkit.demo import DATA
from hirkit.guards import degenerate
from hirkit.records import Instruction, Response, Scored
from hirkit.relabel import Plan, relabel
from hirkit.rewrite import rewrite
from hirkit.span import Refused
from hirkit.verify import verify
from tests.conftest import ROOT, Hirkit

DEMO = ROOT / "hirkit" / "demo"
NO_COMMA = Constraint("punctuation:no_comma", {}, "Use no commas.")
FIVE = Constraint("length_constraints:number_words", {"relation": "at least", "num_words": 5}, "At least five words")
QUOTED = Constraint("startend:quotation", {}, "Wrap it in double quotes.")
ASK = Instruction(1, "Name rivers. Use no commas. At least five words.", (NO_COMMA, FIVE), "Name rivers.", "t1")


def scored(text: str, sample: int = 0, instruction: Instruction = ASK, **meta: object) -> Scored:
    return Scored(instruction, Response(text, sample, meta), verify(instruction, text, "fixed"))


def rows_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_response_is_written_or_dropped_for_one_counted_reason() -> None:
    responses = [
        "The Nile and the Rhine",  # both
        "a, b",  # neither
        "Nile",  # no commas, too few words: partial
        "the Nile, the Rhine, the Po",  # partial
        "Po",  # partial, and one too many
        "",
    ]
    done = relabel([scored(text, i) for i, text in enumerate(responses)], Plan(k=2))
    assert done.counts == {"already followed": 1, "nothing kept": 2, "not selected": 1, "written": 2}
    assert sum(done.counts.values()) == len(responses)
    assert {record.hindsight.prompt for record in done.records} <= {
        "Name rivers. Use no commas.",
        "Name rivers. At least five words.",
    }


def test_min_kept_and_truncated() -> None:
    three = Instruction(1, "x", (NO_COMMA, FIVE, QUOTED), "Name rivers.", "t4")
    one, cut = scored("Nile", 0, three), scored("the Nile and the Rhine", 1, three, truncated=True)
    assert relabel([one], Plan(min_kept=2)).counts == {"nothing kept": 1}
    assert relabel([cut], Plan()).counts == {"truncated": 1}


LOOP = "the river and the sea " * 40


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (LOOP, "looping: 5 different runs of four words in 200"),
        ("?!", "not a letter or digit"),
        ("Nile" + "\u200b" * 4, "4 of 8 characters cannot be seen"),
    ],
)
def test_what_is_degenerate_is_no_success_to_learn_from(text: str, why: str) -> None:
    """Of five words said 40 times, four in a row begin at any of the five: 5 runs of 197."""
    three = Instruction(1, "x", (NO_COMMA, QUOTED), "Name rivers.", "t4")
    done = relabel([scored(text, 0, three)], Plan())
    assert done.counts == {"degenerate": 1}
    assert done.dropped[0].detail == why
    assert relabel([scored(text, 0, three)], Plan(guards=("truncated", "duplicate"))).counts == {"written": 1}


@pytest.mark.parametrize("text", ["20", "b)", "The Nile " + "and the Nile " * 5, "one two three four " * 10])
def test_what_is_short_or_says_something_twice_is_not_degenerate(text: str) -> None:
    """40 words are too few to speak of a loop."""
    assert degenerate(scored(text)) is None


def test_of_real_responses_only_those_in_a_loop_are_degenerate(data: Path) -> None:
    """19 of 1,670; each was read, and goes round in a loop."""
    files = [file for suite in ("ifeval", "ifbench") for file in sorted((data / suite).glob("responses_*.jsonl"))]
    why = [degenerate(scored(row["response"])) for file in files for row in rows_of(file)]
    found = [reason for reason in why if reason is not None]
    assert (len(found), len(why)) == (19, 1670)
    assert all(reason.startswith("looping") for reason in found)


def test_a_response_that_repeats_another_is_replayed_once() -> None:
    rows = [scored("the river Nile", i) for i in range(3)]
    rows += [scored("the river Nile\u200b", 3), scored("the river Rhine", 4)]
    done = relabel(rows, Plan(k=9))
    assert done.counts == {"duplicate": 3, "written": 2}
    assert {drop.detail for drop in done.dropped} == {"the same as sample 0"}
    assert relabel(rows, Plan(k=9, guards=())).counts == {"written": 5}


def test_an_error_verdict_is_never_replayed() -> None:
    broken = Instruction(1, "x", (NO_COMMA, Constraint("test:broken")), "Name.", "t1")
    from constraints import Verdict
    from hirkit.records import Judgement

    judgements = (
        Judgement(NO_COMMA, Verdict("pass"), Verdict("pass"), 1),
        Judgement(broken.constraints[1], Verdict("error", "stuck"), Verdict("error", "stuck"), 1),
    )
    done = relabel([Scored(broken, Response("Po"), judgements)], Plan())
    assert done.counts == {"error verdict": 1}
    assert done.dropped[0].detail == "test:broken: stuck"


def test_a_record_that_does_not_verify_again_is_not_written() -> None:
    """Verdicts that say kept, of a text that does not: they are not believed."""
    from constraints import Verdict
    from hirkit.records import Judgement

    lied = (
        Judgement(NO_COMMA, Verdict("pass"), Verdict("pass"), 1),
        Judgement(FIVE, Verdict("fail"), Verdict("fail"), 1),
    )
    done = relabel([Scored(ASK, Response("a, b"), lied)], Plan())
    assert done.counts == {"not verified again": 1}
    assert done.records == []


def test_over_a_batch_the_best_of_all_instructions_are_replayed() -> None:
    """F_int: 2 of 3, 1 of 3, 1 of 2, 1 of 2. Two replays of three: 2/3 and, by its entropy, the second 1/2."""
    three = Instruction("a", "x", (NO_COMMA, FIVE, QUOTED), "Name rivers.", "t4")
    rows = [
        scored("the Nile and the Rhine", 0, three, entropy=0.1),
        scored("the river Po", 1, three, entropy=0.1),
        scored("the river Rhine", 0, ASK, entropy=0.2),
        scored("the river Elbe", 1, ASK, entropy=0.3),
    ]
    done = relabel(rows, Plan(scope="batch", budget=2))
    assert [(r.original.key, r.response.sample, r.selection.rank) for r in done.records] == [("a", 0, 0), (1, 1, 1)]
    assert done.counts == {"not selected": 2, "written": 2}
    assert relabel(rows, Plan(scope="batch", k=1)).counts == done.counts  # k for each of two instructions


def test_only_the_first_samples_count() -> None:
    rows = [scored(f"the river {i}", i) for i in range(4)]
    assert relabel(rows, Plan(k=9, samples=3)).counts == {"beyond the samples": 1, "written": 3}


def test_selection_at_random_depends_on_the_seed_alone() -> None:
    rows = [scored(f"the river {i}", i, entropy=float(i)) for i in range(6)]
    drawn = [
        {r.response.sample for r in relabel(rows, Plan(at_random=True, seed=seed)).records} for seed in (0, 0, 1, 2, 3)
    ]
    assert drawn[0] == drawn[1]
    assert len(set(map(frozenset, drawn))) > 1
    assert {r.response.sample for r in relabel(rows, Plan()).records} == {4, 5}


def test_presets_set_what_the_paper_and_the_release_set_and_options_win(tmp_path: Path, hirkit: Hirkit) -> None:
    prompts, responses = (DEMO / name for name in DATA)
    common = ("relabel", responses, "--prompts", prompts, "-o", "-")
    for preset, extra, scope, k in (("hir-paper", (), "group", 2), ("hir-release", ("--k", "1"), "batch", 1)):
        done = hirkit(*common, "--preset", preset, *extra)
        assert done.returncode == 0, done.stderr
        selection = json.loads(done.stdout.splitlines()[0])["selection"]
        assert {name: selection[name] for name in ("scope", "k", "samples", "lambda0", "eta")} == {
            "scope": scope, "k": k, "samples": 6, "lambda0": 2.0, "eta": 0.05
        }  # fmt: skip
    assert hirkit(*common, "--budget", "3").returncode == 2


texts = st.lists(st.text(alphabet='a,b" .', max_size=30), max_size=6)


@given(texts, st.integers(1, 3))
def test_laws_of_the_pipeline(responses: list[str], k: int) -> None:
    """Every record verifies; kept is a subset, in order; a success is never touched; nothing is lost."""
    three = Instruction(1, "x", (NO_COMMA, FIVE, QUOTED), "Name rivers.", "t6")
    rows = [scored(text, i, three) for i, text in enumerate(responses)]
    done = relabel(rows, Plan(k=k))
    assert sum(done.counts.values()) == len(rows)
    for record in done.records:
        assert all(judgement.strict for judgement in verify(record.hindsight, record.response.text, "fixed"))
        kept = [c for c in three.constraints if c in record.hindsight.constraints]
        assert list(record.hindsight.constraints) == kept
        assert 0 < len(kept) < 3
        assert not rows[record.response.sample].followed_all


def test_a_clause_that_states_both_what_is_kept_and_what_is_dropped_is_not_split() -> None:
    both = "No commas, and five words at least."
    shared = tuple(Constraint(c.id, c.args, both) for c in (NO_COMMA, FIVE))
    refused = rewrite(Instruction(1, f"Name rivers. {both}", shared, "Name rivers.", "t1"), (shared[0], None))
    assert isinstance(refused, Refused)
    assert refused.reason == "shared with a kept constraint"


@pytest.mark.parametrize("hindsight", [ASK.constraints, (None, None)])
def test_there_must_be_something_to_ask_and_something_to_change(hindsight: tuple[Constraint | None, ...]) -> None:
    with pytest.raises(ValueError, match="keep or add at least one"):
        rewrite(ASK, hindsight)


# --- as a user runs it ---


def test_the_demo_set_end_to_end(tmp_path: Path, hirkit: Hirkit) -> None:
    done = hirkit("demo", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "demo" / "replays.jsonl") in done.stdout
    folder = tmp_path / "demo"
    assert len(rows_of(folder / "verdicts.jsonl")) == 112
    replays, dropped = rows_of(folder / "replays.jsonl"), rows_of(folder / "dropped.jsonl")
    assert len(replays) >= 30
    keys = {(row["key"], row["sample"]) for row in replays + dropped}
    assert len(keys) == len(replays) + len(dropped)
    prompts = {row["key"]: row["prompt"] for row in rows_of(folder / "instructions.jsonl")}
    for row in replays:
        hindsight = tuple(Constraint(c["id"], c["args"]) for c in row["hindsight"]["constraints"])
        again = verify(Instruction(row["key"], row["prompt"], hindsight), row["response"], row["rules"])
        assert all(judgement.strict for judgement in again)
        assert row["original"]["prompt"] == prompts[row["key"]] != row["prompt"]
        assert {c["strict"] for c in row["original"]["constraints"]} == {"pass", "fail"}


def test_each_record_says_how_it_came_to_be(tmp_path: Path, hirkit: Hirkit) -> None:
    prompts, responses = (DEMO / name for name in DATA)
    out = tmp_path / "out.jsonl"
    assert hirkit("relabel", responses, "-o", out, "--no-guard", "x").returncode == 2
    options = ("--k", "1", "--step", "3", "--seed", "5", "--rejected", tmp_path / "dropped.jsonl")
    done = hirkit("relabel", responses, "--prompts", prompts, "-o", out, "--json", *options)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    rows = rows_of(out)
    assert summary["counts"]["written"] == len(rows) == len({row["key"] for row in rows})
    assert sum(summary["counts"].values()) == summary["responses"] == 112
    assert sum(summary["refusals"].values()) == summary["counts"]["no certain rewrite"]
    row = rows[0]
    assert row["selection"]["lambda"] == pytest.approx(2 * 1.05**3)
    assert row["selection"]["rank"] == 0
    assert (row["seed"], row["rules"], row["strategy"], row["reward"]) == (5, "fixed", "drop", 1)
    assert {r["selection"]["f_div_from"] for r in rows} == {"entropy", None}
    assert {r["rewriter"].split("@")[0] for r in rows} == {"template", "span"}
    reasons = {r["reason"] for r in rows_of(tmp_path / "dropped.jsonl")}
    assert "already followed" not in reasons
    assert "not selected" in reasons


@pytest.mark.parametrize("model", ["llama_3b", "qwen25_7b"])
def test_on_real_files_at_least_half_of_the_partial_failures_become_records(
    model: str, data: Path, hirkit: Hirkit, tmp_path: Path
) -> None:
    ifeval, out = data / "ifeval", tmp_path / "out.jsonl"
    args = (ifeval / f"responses_{model}.jsonl", "--prompts", ifeval / "prompts.jsonl", "-o", out, "--json")
    for rules in ("published", "fixed"):
        done = hirkit("relabel", *args, "--rules", rules, NLTK_DATA=str(data / "nltk_data"))
        assert done.returncode == 0, done.stderr
        counts = json.loads(done.stdout)["counts"]
        assert sum(counts.values()) == 541
        partial = sum(counts[c] for c in ("written", "no certain rewrite", "not selected", "degenerate"))
        assert counts["degenerate"] <= 10
        assert partial >= 60
        assert counts["not verified again"] == 0
        assert counts["written"] >= partial / 2
        for row in rows_of(out):
            hindsight = tuple(Constraint(c["id"], c["args"]) for c in row["hindsight"]["constraints"])
            again = verify(Instruction(row["key"], row["prompt"], hindsight), row["response"], rules)
            assert all(judgement.strict for judgement in again)
