"""hirkit relabel --export: what each kind of dataset holds, that it verifies by itself, and that others can read it."""

import base64
import functools
import hashlib
import importlib.util
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints import Constraint, ConstraintError, Verdict
from hirkit import reward
from hirkit.export import EXPORTS, export_of, path_of, write
from hirkit.export.again import broken, claims
from hirkit.export.flat import flat, nested
from hirkit.export.write import BLOCK
from hirkit.formats import format_of
from hirkit.records import Instruction, ReplayRecord, Response, Scored, UserError
from hirkit.relabel import Plan, record_row, relabel
from hirkit.verify import verify
from tests.conftest import ROOT

DEMO = ROOT / "hirkit" / "demo"
Group = tuple[list[Scored], list[ReplayRecord]]
PLAN, PAPER = Plan(strategies=("drop", "relax", "discover")), Plan()


def demo_rows(name: str) -> Iterator[dict]:
    return map(json.loads, (DEMO / name).read_text(encoding="utf-8").splitlines())


@functools.cache
def demo_groups() -> list[Group]:
    """The embedded example set, relabelled by every strategy."""
    asked = {row["key"]: format_of(row).instruction(row, "fixed") for row in demo_rows("instructions.jsonl")}
    groups: dict[int, list[Scored]] = {key: [] for key in asked}
    for row in demo_rows("responses.jsonl"):
        response = Response(row["response"], len(groups[row["key"]]), where="demo")
        groups[row["key"]].append(
            Scored(asked[row["key"]], response, verify(asked[row["key"]], response.answer, "fixed"))
        )
    return [(group, relabel(group, PLAN).records) for group in groups.values()]


@functools.cache
def rows_of(name: str) -> list[dict]:
    return [row for group, records in demo_groups() for row in EXPORTS[name].rows(group, records, PLAN)]


@pytest.mark.parametrize("name", EXPORTS)
def test_every_row_verifies_by_itself(name: str) -> None:
    """The law of all exports; and the example set has rows of every strategy for each."""
    rows = rows_of(name)
    assert [found for row in rows if (found := broken(name, row)) is not None] == []
    kinds = {row.get("kind") or row.get("strategy") or row["extra_info"]["kind"] for row in rows}
    assert {"drop", "relax", "discover"} <= kinds


NO_COMMA = Constraint("punctuation:no_comma", {}, "Use no commas.")
FIVE = Constraint("length_constraints:number_words", {"relation": "at least", "num_words": 5}, "At least five words.")
ASK = Instruction(7, "Name rivers. Use no commas. At least five words.", (NO_COMMA, FIVE), "Name rivers.", "t1")
ANSWERS = ("The Nile and the Rhine", "Nile", "the Nile, the Rhine, the Po", "")


def by_hand(texts: Sequence[str] = ANSWERS, plan: Plan = PAPER, instruction: Instruction = ASK) -> Group:
    """A success, one that is too short, one with commas, and a blank; drop keeps what is left of the middle two."""
    group = [Scored(instruction, Response(text, i), verify(instruction, text, "fixed")) for i, text in enumerate(texts)]
    return group, sorted(relabel(group, plan).records, key=lambda record: record.response.sample)


def turn(row: dict, column: str) -> str:
    [only] = row[column]
    return only["content"]


def test_dual_data() -> None:
    """Both failures under the original prompt, false, and under their own, true; the success is no replay."""
    rows = list(EXPORTS["trl-unpaired"].rows(*by_hand(), Plan()))
    assert [(turn(row, "prompt"), turn(row, "completion"), row["label"], row["kind"]) for row in rows] == [
        (ASK.prompt, ANSWERS[1], False, "original"),
        ("Name rivers. Use no commas.", ANSWERS[1], True, "drop"),
        (ASK.prompt, ANSWERS[2], False, "original"),
        ("Name rivers. At least five words.", ANSWERS[2], True, "drop"),
    ]
    assert rows[1]["constraints"] == '[{"id":"punctuation:no_comma","args":{}}]'
    assert {row["key"] for row in rows} == {"7"}


def test_pairs_of_responses() -> None:
    """Under the original prompt the success is chosen; under each hindsight prompt the replay, over the one that
    breaks what it kept: the commas of sample 2, the length of sample 1. The blank response is nobody's partner."""
    rows = list(EXPORTS["trl-preference"].rows(*by_hand(), Plan()))
    assert [(row["kind"], row["chosen_sample"], row["rejected_sample"]) for row in rows] == [
        ("original", 0, 1),
        ("drop", 1, 2),
        ("original", 0, 2),
        ("drop", 2, 1),
    ]


def test_no_pair_without_a_partner() -> None:
    """Alone with a blank and a loop there is no success to choose, and no failure that a guard lets pass."""
    loop = "the river, and the sea " * 40
    group, records = by_hand(("Nile", "", loop), Plan(k=9))
    assert [record.response.sample for record in records] == [0]
    assert list(EXPORTS["trl-preference"].rows(group, records, Plan())) == []
    pairs = list(EXPORTS["trl-preference"].rows(group, records, Plan(guards=())))
    assert [(row["chosen_sample"], row["rejected_sample"]) for row in pairs] == [(0, 2)]


def test_partners_are_drawn_by_seed_and_not_by_place() -> None:
    texts = [f"The Nile and the Rhine and {i}" for i in range(9)] + ["Nile"]
    group, records = by_hand(texts, Plan())
    drawn = []
    for seed in range(8):
        plan = Plan(seed=seed)
        [row] = EXPORTS["trl-preference"].rows(group, records, plan)
        assert [row] == list(EXPORTS["trl-preference"].rows(group[::-1], records, plan))
        drawn.append(row["chosen_sample"])
    assert len(set(drawn)) > 3


def test_pairs_of_instructions() -> None:
    rows = list(EXPORTS["instruction-preference"].rows(*by_hand(), Plan()))
    assert [(turn(row, "chosen_prompt"), turn(row, "rejected_prompt"), turn(row, "response")) for row in rows] == [
        ("Name rivers. Use no commas.", ASK.prompt, ANSWERS[1]),
        ("Name rivers. At least five words.", ASK.prompt, ANSWERS[2]),
    ]


def test_a_success_that_is_told_more_is_true_under_both_prompts() -> None:
    """And there is no pair of instructions: it follows them both."""
    group, records = demo_groups()[0]
    success = next(scored for scored in group if scored.followed_all)
    told = ReplayRecord(
        success.instruction, success.instruction, success.response, success.judgements, records[0].selection, "x", "y"
    )
    assert [row["label"] for row in EXPORTS["trl-unpaired"].rows(group, [told], Plan())] == [True, True]
    assert list(EXPORTS["instruction-preference"].rows(group, [told], Plan())) == []


def test_what_two_strategies_tell_alike_is_written_once() -> None:
    group, records = by_hand()
    twice = [record for record in records for _ in range(2)]
    for name in sorted(set(EXPORTS) - {"parquet", "hf"}):
        export = EXPORTS[name]
        assert list(export.rows(group, twice, Plan())) == list(export.rows(group, records, Plan())), name


def test_prompts_are_every_instruction_once() -> None:
    rows = list(EXPORTS["trl-prompts"].rows(*by_hand(), Plan()))
    assert [(turn(row, "prompt"), row["kind"]) for row in rows] == [
        (ASK.prompt, "original"),
        ("Name rivers. Use no commas.", "drop"),
        ("Name rivers. At least five words.", "drop"),
    ]
    assert len(list(EXPORTS["verl"].rows(*by_hand(), Plan()))) == 3


def test_reasoning_stays_in_the_response_and_is_not_judged() -> None:
    text = "<think>Well, let me see.</think>Nile"
    response = Response(text, 0, thought=text.index("Nile"))
    group = [Scored(ASK, response, verify(ASK, response.answer, "fixed"))]
    records = relabel(group, Plan()).records
    for name in ("trl-sft", "trl-unpaired", "openrlhf", "parquet"):
        for row in EXPORTS[name].rows(group, records, Plan()):
            assert broken(name, row) is None
            assert row["thought"] == text.index("Nile")
            assert text in json.dumps(row)


@pytest.mark.parametrize("name", ["trl-sft", "trl-unpaired", "trl-preference", "instruction-preference", "openrlhf"])
def test_a_row_that_lies_is_told(name: str) -> None:
    """Each row with its response emptied: whatever follows its prompt does so no more."""
    for row in rows_of(name):
        column = next(c for c in ("completion", "chosen", "response", "output") if c in row)
        empty = "" if name == "openrlhf" else [{"role": "assistant", "content": ""}]
        changed = row | {column: empty}
        assert (broken(name, changed) is None) == (row.get("label") is False)
    assert broken("trl-unpaired", rows_of("trl-unpaired")[0] | {"label": True}).startswith("does not follow: ")
    said = [row | {"label": False} for row in rows_of("trl-unpaired") if row["label"]]
    assert {broken("trl-unpaired", row) for row in said} == {
        "breaks no constraint of the prompt that it is said not to follow"
    }


# ------------------------------------------------------------------------------------------------------- on disk


def written(folder: Path, name: str, rows: Sequence[dict] | None = None) -> Path:
    path = path_of(str(folder / "replays.jsonl"), EXPORTS[name])
    found = rows_of(name) if rows is None else rows
    assert write(iter(found), path, EXPORTS[name]) == len(found)
    return path


@pytest.mark.parametrize("name", [name for name, export in EXPORTS.items() if export.schema is None])
def test_datasets_reads_the_lines_as_they_are(name: str, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="reads the exports")
    path = written(tmp_path, name)
    read = datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
    assert list(read) == rows_of(name)


def test_verl_reads_its_table(tmp_path: Path) -> None:
    """As verl does, through datasets; and pandas."""
    datasets = pytest.importorskip("datasets", reason="reads the exports")
    pandas = pytest.importorskip("pandas", reason="reads the exports")
    path = written(tmp_path, "verl")
    read = list(datasets.load_dataset("parquet", data_files=str(path), split="train", cache_dir=str(tmp_path / "c")))
    assert [row["extra_info"].pop("index") for row in read] == list(range(len(read)))
    assert {row["extra_info"].pop("split") for row in read} == {"train"}
    assert read == rows_of("verl")
    frame = pandas.read_parquet(path)
    assert list(frame["prompt"][0]) == rows_of("verl")[0]["prompt"]


def test_the_folder_is_a_dataset_dict_of_the_records(tmp_path: Path) -> None:
    """Both ways of loading it, and every record comes out as it went in."""
    datasets = pytest.importorskip("datasets", reason="reads the exports")
    path = tmp_path / "replays.hf"
    readme = b"---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: train/*.arrow\n---\n"
    write(iter(rows_of("hf")), path, EXPORTS["hf"], {"README.md": readme, "plots/a.svg": b"<svg/>"})
    assert (path / "plots" / "a.svg").read_bytes() == b"<svg/>"
    whole = datasets.load_from_disk(str(path))
    assert isinstance(whole, datasets.DatasetDict)
    lines = [json.loads(json.dumps(record_row(r, PLAN))) for _, records in demo_groups() for r in records]
    assert [nested(row) for row in whole["train"]] == lines
    again = datasets.load_dataset(str(path), cache_dir=str(tmp_path / "cache"))
    assert list(again["train"]) == list(whole["train"])


def test_parquet_holds_the_records_whole(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="reads the exports")
    import pyarrow.parquet as pq

    path = written(tmp_path, "parquet")
    lines = [json.loads(json.dumps(record_row(r, PLAN))) for _, records in demo_groups() for r in records]
    assert [nested(row) for row in pq.read_table(path).to_pylist()] == lines


finite = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | finite | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(
    key=st.integers() | st.text(),
    args=st.dictionaries(st.text(max_size=3), json_values, max_size=3),
    meta=json_values,
    more=st.dictionaries(st.sampled_from(["new", "information"]), json_values),
)
def test_flat_and_back_loses_nothing(key: int | str, args: dict, meta: object, more: dict) -> None:
    [line, *_] = (json.loads(json.dumps(record_row(r, Plan()))) for r in by_hand()[1])
    line |= {"key": key, "meta": meta, **more}
    line["hindsight"]["constraints"][0]["args"] = args
    assert nested(flat(line)) == line


PROCESS = """
import sys
from pathlib import Path
from tests.test_export import EXPORTS, rows_of, write
for name, export in EXPORTS.items():
    write(iter(rows_of(name)), Path(sys.argv[1]) / f"x{export.suffix}", export, {"README.md": b"hello"})
"""


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """In two processes with different hash seeds, at different places."""
    pytest.importorskip("datasets", reason="writes the folder")
    digests = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        subprocess.run(
            [sys.executable, "-c", PROCESS, str(folder)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "HF_HOME": str(tmp_path / f"home{seed}")},
            check=True,
        )
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        digests.append({str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files})
    assert digests[0] == digests[1]
    assert len(digests[0]) == len(EXPORTS) - 1 + 5  # a file each; the folder has four of datasets', and a README


GROWTH = """
import json, resource, sys
from pathlib import Path
from tests.test_export import BLOCK, EXPORTS, rows_of, write
peaks = {}
for name in ("trl-sft", "verl", "hf"):
    row, prompt = rows_of(name)[0], rows_of(name)[0]["prompt"]
    for blocks in (2, 16):
        texts = (f"{i} " + "river " * 3000 for i in range(blocks * BLOCK))
        rows = (row | {"prompt": text if name == "hf" else [{"role": "user", "content": text}]} for text in texts)
        write(rows, Path(sys.argv[1]) / f"{blocks}{EXPORTS[name].suffix}", EXPORTS[name])
        peaks.setdefault(name, []).append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(json.dumps(peaks))
"""


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """65 MB more of rows, less than half as much more of memory: a block of rows at a time is held."""
    pytest.importorskip("datasets", reason="writes the folder")
    import pyarrow.parquet as pq

    done = subprocess.run(
        [sys.executable, "-c", GROWTH, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name, (few, many) in json.loads(done.stdout).items():
        assert many - few < 30_000, name  # kilobytes
    found = pq.ParquetFile(tmp_path / "16.verl.parquet").metadata
    assert [found.row_group(i).num_rows for i in range(found.num_row_groups)] == [BLOCK] * 16


@pytest.mark.parametrize("name", ["trl-sft", "verl", "hf"])
def test_an_output_appears_whole_or_not_at_all(name: str, tmp_path: Path) -> None:
    pytest.importorskip("datasets", reason="writes the folder")
    path = written(tmp_path, name)
    before = {str(p): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    def torn() -> Iterator[dict]:
        yield from itertools.islice(rows_of(name), 3)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        write(torn(), path, EXPORTS[name])
    assert {str(p): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before
    assert write(iter(rows_of(name)[:1]), path, EXPORTS[name]) == 1  # and it is replaced by what is whole
    assert {p.name for p in tmp_path.iterdir()} == {path.name}


def test_a_folder_that_is_no_dataset_is_left_alone(tmp_path: Path) -> None:
    pytest.importorskip("datasets", reason="writes the folder")
    path = tmp_path / "replays.hf"
    path.mkdir()
    (path / "thesis.tex").write_text("x")
    with pytest.raises(UserError, match="no dataset that hirkit wrote"):
        write(iter(rows_of("hf")), path, EXPORTS["hf"])
    assert (path / "thesis.tex").read_text() == "x"
    with pytest.raises(UserError, match="does not exist; make it first"):
        write(iter(rows_of("hf")), tmp_path / "none" / "replays.hf", EXPORTS["hf"])


def test_no_rows_are_a_dataset_all_the_same(tmp_path: Path) -> None:
    """Though ``datasets.load_dataset`` will not have a table of no rows, nor a file of no lines."""
    datasets = pytest.importorskip("datasets", reason="reads the exports")
    import pyarrow.parquet as pq

    assert datasets.load_from_disk(str(written(tmp_path, "hf", [])))["train"].num_rows == 0
    assert pq.read_table(written(tmp_path, "verl", [])).num_rows == 0
    assert written(tmp_path, "trl-sft", []).read_bytes() == b""


def test_names_and_places() -> None:
    assert str(path_of("a.b/out.jsonl", EXPORTS["verl"])) == "a.b/out.verl.parquet"
    assert str(path_of("out", EXPORTS["hf"])) == "out.hf"
    with pytest.raises(UserError, match="name one with -o OUT"):
        path_of("-", EXPORTS["hf"])
    with pytest.raises(UserError, match="no such export; there are trl-sft, "):
        export_of("trl")


# ------------------------------------------------------------------------------------------------------- rewards


def test_what_the_exports_say_is_what_the_rewards_say() -> None:
    """The reward of a success is 1, of a failure 0, read from the row alone."""
    rows = rows_of("trl-unpaired")
    columns = {name: [row[name] for row in rows] for name in ("constraints", "rules", "key", "kind")}
    prompts, completions = [row["prompt"] for row in rows], [row["completion"] for row in rows]
    assert reward.trl_reward(prompts, completions, **columns) == [float(row["label"]) for row in rows]
    assert set(reward.trl_reward(prompts, [turn(row, "completion") for row in rows], **columns)) == {0.0, 1.0}
    for row in rows_of("openrlhf"):
        found = reward.compute_score("hirkit", row["output"], row["label"], {"num_turns": None})
        assert (found["score"], found["sparse"], found["dense"], found["errors"]) == (1.0, 1.0, 1.0, 0.0)


def truth(rules: str = "fixed") -> str:
    kwargs = [dict(NO_COMMA.args), dict(FIVE.args)]
    return json.dumps({"instruction_id_list": [NO_COMMA.id, FIVE.id], "kwargs": kwargs, "rules": rules})


def test_binary_and_mean() -> None:
    """Commas, and long enough: one of two."""
    found = reward.compute_score("x", "the Nile, the Rhine, the Po", truth(), mean=True)
    assert found == {"score": 0.5, "sparse": 0.0, "dense": 0.5, "judge_list": "[0,1]", "errors": 0.0}
    assert reward.compute_score("x", "the Nile, the Rhine, the Po", truth())["score"] == 0.0
    asked = json.dumps([{"id": c.id, "args": dict(c.args)} for c in (NO_COMMA, FIVE)])
    answers = ["a, b", "a b c d, e", "a b c d e", ""]
    columns = {"constraints": [asked] * 4, "rules": ["fixed"] * 4}
    assert reward.trl_reward([""] * 4, answers, **columns) == [0.0, 0.0, 1.0, 0.0]
    assert reward.trl_reward([""] * 4, answers, mean=True, **columns) == [0.0, 0.5, 1.0, 0.0]


def test_verl_can_make_an_array_of_every_value() -> None:
    """Over a batch whose rows have one and two constraints: lists would not fit."""
    numpy = pytest.importorskip("numpy", reason="as verl does")
    one = json.dumps({"instruction_id_list": [NO_COMMA.id], "kwargs": [{}]})
    found = [reward.compute_score("x", "a, b", ground_truth) for ground_truth in (one, truth())]
    for name in found[0]:
        assert numpy.array([row[name] for row in found]).shape == (2,)


def test_reasoning_earns_nothing() -> None:
    text = "<think>one, two, three</think>The Nile and the Rhine"
    assert reward.compute_score("x", text, truth())["score"] == 1.0
    assert reward.compute_score("x", text, truth(), strip_think=False)["score"] == 0.0
    assert reward.compute_score("x", "<think>The Nile and the Rhine", truth())["score"] == 0.0


def stuck(constraint: Constraint, rules: str) -> tuple[None, object]:
    """A checker that cannot judge what is long enough; commas it can."""
    verdict = Verdict("error", "stuck")
    return None, lambda text: verdict if constraint.id == FIVE.id else Verdict("fail" if "," in text else "pass")


def test_an_error_is_no_success(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """TRL leaves out what is not scored; a comma is a failure whatever the other constraint would have said."""
    monkeypatch.setattr(reward, "check_of", stuck)
    reward._log_once.cache_clear()
    asked = json.dumps([{"id": c.id, "args": dict(c.args)} for c in (NO_COMMA, FIVE)])
    columns = {"constraints": [asked] * 2, "rules": ["fixed"] * 2}
    logged: list[tuple[str, float]] = []
    metric = functools.partial(lambda *pair: logged.append(pair))
    assert reward.trl_reward(["", ""], ["a b", "a, b"], **columns, log_metric=metric) == [None, 0.0]
    assert reward.trl_reward(["", ""], ["a b", "a, b"], **columns, mean=True) == [None, None]
    assert logged == [("hirkit/errors", 2.0)]
    found = reward.compute_score("x", "a b", truth())
    assert (found["score"], found["dense"], found["errors"], found["judge_list"]) == (0.0, 0.5, 1.0, "[1,0]")
    assert [record.message for record in caplog.records] == [f"{FIVE.id} could not be judged: stuck"]


def test_completions_come_in_many_shapes() -> None:
    asked = json.dumps([{"id": NO_COMMA.id, "args": {}}])
    shapes = [
        [{"role": "assistant", "content": "calling, now", "tool_calls": []}, {"role": "assistant", "content": "yes"}],
        [{"role": "assistant", "content": [{"type": "text", "text": "yes, "}, {"type": "text", "text": "no"}]}],
        [{"role": "assistant", "content": None}],
        [],
    ]
    assert reward.trl_reward([""] * 4, shapes, [asked] * 4, ["fixed"] * 4) == [1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON"),
        ("[]", "expected instruction_id_list"),
        ('{"instruction_id_list": ["a"], "kwargs": []}', "as many kwargs"),
        ('{"instruction_id_list": [], "kwargs": []}', "as many kwargs"),
        ('{"instruction_id_list": [3], "kwargs": [{}]}', "expected a constraint's id"),
        ('{"instruction_id_list": ["no:such"], "kwargs": [{}]}', "no:such"),
        ('{"instruction_id_list": ["length_constraints:number_words"], "kwargs": [{"num_words": "x"}]}', "num_words"),
    ],
)
def test_a_ground_truth_that_cannot_be_read_raises(text: str, why: str) -> None:
    with pytest.raises((ValueError, ConstraintError), match=why):
        reward.compute_score("x", "yes", text)


@pytest.mark.parametrize("text", ["", "{}", "[]", '["a"]', '[{"args": {}}]', '[{"id": "a", "args": []}]'])
def test_a_column_that_cannot_be_read_raises(text: str) -> None:
    with pytest.raises(ValueError, match=r"not JSON|expected a"):
        reward.trl_reward([""], ["yes"], [text], ["fixed"])


def test_openrlhf_rewards_are_tensors() -> None:
    """As it calls them: one query at a time, special tokens and all; as many prompts as it likes."""
    torch = pytest.importorskip("torch", reason="OpenRLHF expects tensors")
    prompt = "<|im_start|>user\nName rivers.<|im_end|>\n<|im_start|>assistant\n"
    found = reward.reward_func([f"{prompt}The Nile and the Rhine<|im_end|>"], [prompt], [truth()])
    assert found["rewards"].tolist() == found["scores"].tolist() == [1.0]
    assert torch.tensor([found["rewards"]]).tolist() == [1.0]  # what its sample generator makes of it
    logs = {name: torch.tensor([value.flatten()[0].item()]).tolist() for name, value in found["extra_logs"].items()}
    assert logs == {"sparse": [1.0], "dense": [1.0], "errors": [0.0]}
    two = reward.reward_func([prompt + "a, b", prompt + "a b c d, e"], [prompt] * 2, [truth()] * 2, mean=True)
    assert two["rewards"].tolist() == [0.0, 0.5]


def test_a_prompt_is_found_in_its_query() -> None:
    """With a token of the tokenizer's before it, or its beginning cut off; and if it is not there, that is said."""
    prompt = "user: " + "rivers " * 40 + "\nassistant: "
    assert reward.response_in(f"<s>{prompt}Nile</s>", prompt) == "Nile"
    assert reward.response_in(f"{prompt[50:]}Nile", prompt) == "Nile"
    twice = f"{prompt} Which?\n{prompt}"  # its end stands in it before
    assert reward.response_in(f"<s>{twice}Nile", twice) == "Nile"
    with pytest.raises(ValueError, match="does not stand in the query"):
        reward.response_in("Nile", prompt)


def test_trainers_may_load_the_file_by_its_path() -> None:
    """As OpenRLHF and verl do: a module that no one can import by its name."""
    spec = importlib.util.spec_from_file_location("custom_module_1", reward.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.compute_score("x", "a, b", truth())["score"] == 0.0


def test_hirkit_reads_what_verl_makes_of_the_export() -> None:
    """The data itself with a response, as HiR's; and the rollouts that verl dumps, constraints and all."""
    for row in rows_of("verl"):
        truth_text = row["reward_model"]["ground_truth"]
        dumped = {"input": f"user\n{turn(row, 'prompt')}\nassistant\n", "output": "x", "gts": truth_text, "score": 0}
        wanted = reward.named_by(truth_text)[0]
        read = format_of(dumped).instruction(dumped, "fixed")
        assert (read.prompt, [(c.id, c.args) for c in read.constraints]) == (
            turn(row, "prompt"),
            [(c.id, c.args) for c in wanted],
        )
        if row["extra_info"]["question"] is not None:
            held = format_of(row).instruction(row, "fixed")
            assert (held.prompt, held.task) == (turn(row, "prompt"), row["extra_info"]["question"])
            assert [(c.id, c.args) for c in held.constraints] == [(c.id, c.args) for c in wanted]


def test_every_claim_names_its_rules() -> None:
    for name in ("trl-sft", "trl-preference", "instruction-preference", "openrlhf", "hf"):
        found = [claim for row in rows_of(name) for claim in claims(name, row)]
        assert {claim.rules for claim in found} == {"fixed"}


# ----------------------------------------------------------------------------------------------------------- Hub


class Hub(BaseHTTPRequestHandler):
    """As much of the Hub as an upload needs: it makes a dataset, and takes a commit of files small enough to inline."""

    files: dict[str, bytes] = {}  # noqa: RUF012
    made: list[dict] = []  # noqa: RUF012

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        site = f"http://{self.headers['Host']}/datasets/me/replays"
        if self.headers.get("Authorization") != "Bearer hf_test":
            self._answer({"error": "who are you?"}, 401)
        elif self.path == "/api/repos/create":
            self.made.append(json.loads(body))
            self._answer({"url": site, "id": "1"})
        elif self.path == "/api/validate-yaml":
            self._answer({"errors": [], "warnings": []})
        elif "/preupload/" in self.path:
            asked = [
                {"path": f["path"], "uploadMode": "regular", "shouldIgnore": False, "oid": None}
                for f in json.loads(body)["files"]
            ]
            self._answer({"files": asked})
        elif "/commit/" in self.path:
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    self.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            self._answer(
                {"success": True, "commitOid": "1" * 40, "commitUrl": f"{site}/commit/{'1' * 40}", "hookOutput": ""}
            )
        else:
            self._answer({"error": self.path}, 404)

    def do_GET(self) -> None:
        known = self.headers.get("Authorization") == "Bearer hf_test"
        found = {"id": "me/replays", "sha": "0" * 40, "siblings": [], "private": True}
        self._answer(found if known else {"error": "who are you?"}, 200 if known else 401)

    def _answer(self, document: dict, status: int = 200) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    Hub.files.clear()
    Hub.made.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_folder_goes_to_the_hub_as_it_is(hub: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the Hub's own client, to a server of ours that speaks as much of its protocol as that takes."""
    pytest.importorskip("huggingface_hub", reason="uploads")
    pytest.importorskip("datasets", reason="writes the folder")
    from hirkit.export.hub import push_to_hub

    monkeypatch.setenv("HF_TOKEN", "hf_test")
    path = tmp_path / "replays.hf"
    write(iter(rows_of("hf")), path, EXPORTS["hf"], {"README.md": b"# Replays\n"})
    assert push_to_hub(path, "me/replays", endpoint=hub) == f"{hub}/datasets/me/replays"
    [made] = Hub.made
    assert (made["name"], made["organization"], made["type"]) == ("replays", "me", "dataset")
    assert made.get("private") is True or made["visibility"] == "private"  # as the client's version words it
    assert Hub.files == {p.relative_to(path).as_posix(): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def test_what_keeps_a_folder_from_the_hub_is_said(hub: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub", reason="uploads")
    from hirkit.export.hub import push_to_hub

    with pytest.raises(UserError, match="no dataset folder; write one first"):
        push_to_hub(tmp_path, "me/replays", endpoint=hub)
    (tmp_path / "dataset_dict.json").write_text("{}")
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(UserError, match=r"401.*is written and complete"):
        push_to_hub(tmp_path, "me/replays", endpoint=hub)
    with pytest.raises(UserError, match="--push-to-hub not a name"):
        push_to_hub(tmp_path, "not a name", endpoint=hub)
