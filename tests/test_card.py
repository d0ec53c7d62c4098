"""What stands beside a replay dataset: its card with tables and plots, its manifest, records to look at."""

import builtins
import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from hirkit.audit import audit_html, constraints, difference, draw, plain, show
from hirkit.card import CardStats, card, fates, fenced, front_matter
from hirkit.export import EXPORTS, write
from hirkit.manifest import encoded, manifest, output
from hirkit.plots import plots
from hirkit.relabel import Plan, record_row
from hirkit.report import Tally
from tests.test_export import PLAN, by_hand, demo_groups, rows_of


def counted(groups: list) -> CardStats:
    stats = CardStats()
    for group, records in groups:
        stats.add(group, records)
    return stats


def lines() -> list[dict]:
    """The replay file of the example set."""
    return [json.loads(json.dumps(record_row(r, PLAN))) for _, records in demo_groups() for r in records]


def made(outputs: tuple = (), **changes: object) -> dict:
    document = manifest(
        ["hirkit", "relabel", "my responses.jsonl", "-o", "replays.jsonl"],
        asdict(PLAN),
        Tally("fixed").meta({}) | {"inputs": {"responses": {"file": "r", "bytes": 1234, "sha256": "ab" * 32}}},
        {"already followed": 12, "nothing kept": 0, "written": 96},
        {"not found": 2},
        counted(demo_groups()).constraints,
        outputs,
    )
    return document | changes


# ------------------------------------------------------------------------------------------------------------ card


def test_what_is_counted() -> None:
    """By hand: four responses, the second and third of which are told; each keeps one constraint and drops one.

    Of 46 characters of the original prompt, 27 and 33 stay; 46 and 33 have six bits, 27 has five.
    """
    counts = counted([by_hand()]).to_json()
    assert (counts["groups"], counts["responses"], counts["records"]) == (1, 4, 2)
    assert counts["strategies"] == {"drop": 2}
    assert counts["constraints"] == {
        "length_constraints:number_words": {"dropped": 1, "fail": 2, "kept": 1, "pass": 2},
        "punctuation:no_comma": {"dropped": 1, "fail": 2, "kept": 1, "pass": 2},
    }
    assert counts["histograms"] == {
        "kept": {"1": 2},
        "relaxed": {"0": 2},
        "dropped": {"1": 2},
        "added": {"0": 2},
        "f_int": {"5": 2},
        "prompt": {"6": 2},
        "hindsight": {"5": 1, "6": 1},
        "response": {"3": 1, "5": 1},
    }


def test_parts_add_up_to_the_whole_in_any_order() -> None:
    """And through JSON, as a run that was killed and resumed puts them together."""
    groups = demo_groups()
    whole = counted(groups).to_json()
    parts = [counted(groups[20:]), counted(groups[:7]), CardStats(), counted(groups[7:20])]
    total = CardStats()
    for part in parts:
        total.merge(CardStats.from_json(json.loads(json.dumps(part.to_json()))))
    assert json.dumps(total.to_json()) == json.dumps(whole)
    assert card(total, made(), {}) == card(CardStats.from_json(whole), made(), {})


def test_every_constraint_of_every_record_has_a_fate() -> None:
    for _, records in demo_groups():
        for record in records:
            found = [fate for _, fate in fates(record)]
            assert len(found) - found.count("added") == len(record.original.constraints)
            assert len(found) - found.count("dropped") == len(record.hindsight.constraints)
    counts = counted(demo_groups()).constraints.values()
    assert all(sum(count[fate] for count in counts) > 0 for fate in ("kept", "relaxed", "dropped", "added"))


def test_the_hub_reads_the_front_matter(tmp_path: Path) -> None:
    """Its own parser, and for the folder ``datasets`` itself, by what the card says of it."""
    hub = pytest.importorskip("huggingface_hub", reason="reads the card")
    outputs = [{"file": f"r{export.suffix}", "export": name, "rows": 1} for name, export in EXPORTS.items()]
    stats = counted(demo_groups())
    found = hub.DatasetCard(card(stats, made(tuple(outputs)), {})).data
    assert (found.license, found.task_categories, found.size_categories) == ("other", ["text-generation"], ["n<1K"])
    assert {config["config_name"]: config["data_files"][0]["path"] for config in found.configs} == {
        name: f"r{export.suffix}" for name, export in EXPORTS.items() if export.schema is None
    }
    tables = [one for one in outputs if one["export"] in ("verl", "parquet")]
    found = hub.DatasetCard(card(stats, made(tuple(tables)), {})).data
    assert [config["config_name"] for config in found.configs] == ["verl", "parquet"]
    datasets = pytest.importorskip("datasets", reason="reads the folder")
    text = card(stats, made(), {}, folder=True).encode()
    write(iter(rows_of("hf")), tmp_path / "r.hf", EXPORTS["hf"], {"README.md": text})
    assert datasets.load_dataset(str(tmp_path / "r.hf"), cache_dir=str(tmp_path))["train"].num_rows == stats.records


def test_each_config_of_the_card_loads(tmp_path: Path) -> None:
    """A folder of all exports, under its card, is a dataset with a configuration for each that is JSON lines."""
    datasets = pytest.importorskip("datasets", reason="reads the folder")
    names = [name for name in EXPORTS if name != "hf"]
    outputs = []
    for name in names:
        path = tmp_path / f"r{EXPORTS[name].suffix}"
        outputs.append(output(path, name, write(iter(rows_of(name)), path, EXPORTS[name])))
    (tmp_path / "README.md").write_text(card(counted(demo_groups()), made(tuple(outputs)), {}))
    configs = datasets.get_dataset_config_names(str(tmp_path))
    assert configs == [name for name in names if EXPORTS[name].schema is None]
    for name in configs:
        read = datasets.load_dataset(str(tmp_path), name, cache_dir=str(tmp_path / "cache"))
        assert list(read["train"]) == rows_of(name)


def test_the_card_says_what_came_of_it() -> None:
    stats = counted([by_hand()])
    text = card(stats, made(({"file": "r.jsonl", "export": "records", "rows": 2},)), {"yield.svg": "plots/yield.svg"})
    assert "2 replays out of 4 responses to 1 instructions" in text
    assert "| `r.jsonl` | 2 | the replay records, whole |" in text
    assert "| `punctuation:no_comma` | 2 | 2 | 0 | 1 | 0 | 1 | 0 |" in text
    assert "| already followed | 12 |" in text
    assert "nothing kept" not in text  # there was none
    assert "hirkit relabel 'my responses.jsonl' -o replays.jsonl" in text
    assert f"| responses | 1,234 | `{'ab' * 32}` |" in text
    assert "![yield.svg](plots/yield.svg)" in text


def test_a_command_cannot_end_its_fence() -> None:
    document = made(command=["hirkit", "````\n# Gotcha"])
    assert fenced("````\n# Gotcha") == "`````\n````\n# Gotcha\n`````"
    assert "`````\nhirkit '````\n# Gotcha'\n`````" in card(CardStats(), document, {})


def test_a_card_of_nothing_is_a_card() -> None:
    text = card(CardStats(), made(), {})
    assert "0 replays out of 0 responses" in text
    assert plots(CardStats()) == {}


def test_long_tables_are_summed_up() -> None:
    stats = CardStats.from_json(counted([by_hand()]).to_json())
    for i in range(60):
        stats._of(f"made:up_{i:02}").update({"pass": 1})
    assert "| 22 more | 22 | 0 | 0 | 0 | 0 | 0 | 0 |" in card(stats, made(), {})


def test_front_matter_is_plain_yaml() -> None:
    yaml = pytest.importorskip("yaml", reason="reads the front matter")
    outputs = [{"file": 'a: "b" #.jsonl', "export": "trl-sft", "rows": 1}]
    found = yaml.safe_load(front_matter(CardStats(), made(tuple(outputs)), False).strip("-\n"))
    assert found["configs"][0]["data_files"] == [{"split": "train", "path": 'a: "b" #.jsonl'}]


# ----------------------------------------------------------------------------------------------------------- plots


def test_plots_are_the_same_svg_each_time() -> None:
    pytest.importorskip("matplotlib", reason="draws")
    stats = counted(demo_groups())
    drawn = plots(stats)
    assert sorted(drawn) == ["constraints.svg", "integrity.svg", "lengths.svg", "yield.svg"]
    assert plots(CardStats.from_json(stats.to_json())) == drawn
    for content in drawn.values():
        assert ET.fromstring(content).tag.endswith("svg")
        assert b"date" not in content.lower()
    assert b"punctuation:no_comma" in drawn["yield.svg"]


def test_the_users_style_does_not_matter() -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="draws")
    stats = counted([by_hand()])
    drawn = plots(stats)
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        assert plots(stats) == drawn
        assert matplotlib.rcParams["font.size"] == 30


def test_without_matplotlib_there_are_tables_and_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    stats = counted(demo_groups())
    monkeypatch.setattr(builtins, "__import__", without)
    assert plots(stats) == {}
    assert "No plots: they need matplotlib (`python -m pip install 'hirkit[plots]'`)." in card(stats, made(), {})


# -------------------------------------------------------------------------------------------------------- manifest


def test_the_manifest_says_what_it_takes_to_check_a_file(tmp_path: Path) -> None:
    (tmp_path / "r.hf" / "train").mkdir(parents=True)
    (tmp_path / "r.hf" / "train" / "b").write_bytes(b"b")
    (tmp_path / "r.hf" / "a").write_bytes(b"a")
    (tmp_path / "r.jsonl").write_bytes(b"{}\n")
    outputs = (output(tmp_path / "r.jsonl", "records", 1), output(tmp_path / "r.hf", "hf", 1))
    document = json.loads(encoded(made(outputs)))
    empty = "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"  # sha256sum of "{}\n"
    assert document["outputs"][0] == {"file": "r.jsonl", "export": "records", "rows": 1, "bytes": 3, "sha256": empty}
    assert [file["file"] for file in document["outputs"][1]["files"]] == ["a", "train/b"]
    assert document["plan"]["strategies"] == ["drop", "relax", "discover"]
    assert document["command"][2] == "my responses.jsonl"
    assert document["revisions"]["punctuation:no_comma"] >= 1
    assert set(document["versions"]) >= {"langdetect", "unicode", "pyarrow"}
    assert "pyarrow" not in made(outputs[:1])["versions"]
    assert document["refusals"] == {"not found": 2}


def test_nothing_in_a_manifest_is_of_a_time_or_place(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_bytes(b"{}\n")
    text = encoded(made((output(tmp_path / "r.jsonl", "records", 1),))).decode()
    assert str(tmp_path) not in text
    assert not re.search(r"20\d\d-\d\d-\d\d|\d\d:\d\d:\d\d", text)


# ----------------------------------------------------------------------------------------------------------- audit


def test_the_same_records_are_drawn_from_the_same_file() -> None:
    rows = lines()
    some = draw(iter(rows), 5, seed=1)
    assert some == draw(rows, 5, seed=1) != draw(rows, 5, seed=2)
    assert [rows.index(row) for row in some] == sorted(rows.index(row) for row in some)
    assert draw(rows, 10_000) == rows
    assert draw(rows, 0) == []


def test_fates_in_a_line_are_those_of_the_record() -> None:
    for record, row in zip([r for _, records in demo_groups() for r in records], lines(), strict=True):
        assert [(id, fate) for fate, id, _, _ in constraints(row)] == list(fates(record))
    relaxed = next(args for row in lines() for fate, _, args, _ in constraints(row) if fate == "relaxed")
    assert " → " in relaxed


texts = st.text(alphabet="ab \n.,é\u202e", max_size=40)


@given(before=texts, after=texts)
@settings(max_examples=200)
def test_a_difference_is_both_texts_and_the_rest_is_common(before: str, after: str) -> None:
    left, right = difference(before, after)
    assert "".join(text for text, _ in left) == before
    assert "".join(text for text, _ in right) == after
    common = ["".join(text for text, own in side if not own) for side in (left, right)]
    assert common[0] == common[1]


def test_a_difference_by_hand_and_in_no_time() -> None:
    assert difference("Name a river. Use no commas.", "Name a river.") == (
        [("Name a river.", False), (" Use no commas.", True)],
        [("Name a river.", False)],
    )
    long = difference("x " + "a b " * 100_000, "x " + "b a " * 100_000)
    assert long[0][0] == ("x ", False)


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_nothing_that_is_shown_controls_anything(text: str) -> None:
    shown = plain(text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", shown)
    shown.encode()  # nothing that no file could hold


def nasty() -> dict:
    """A record all of whose texts are hostile."""
    evil = "<script>alert(1)</script>[bold red]x[/]\x1b[31m\x1b]0;t\x07\u202e</p></td>&amp;\"'"
    row = json.loads(json.dumps(record_row(by_hand()[1][0], Plan())))
    row |= {"key": evil, "prompt": f"{evil} now", "response": evil, "where": evil}
    row["original"]["prompt"] = f"{evil} then"
    for constraint in (*row["original"]["constraints"], *row["hindsight"]["constraints"]):
        constraint |= {"because": evil}
    row["original"]["constraints"][0]["args"] = row["hindsight"]["constraints"][0]["args"] = {"keyword": evil}
    return row


class Page(HTMLParser):
    """The tags of a page, what it fetches, and whether all is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href", "onclick", "onload")]
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_takes_nothing_for_markup_and_fetches_nothing() -> None:
    page = Page()
    text = audit_html([nasty(), *lines()[:3]])
    page.feed(text)
    page.close()
    assert page.open == []
    assert page.fetched == []
    assert "script" not in page.tags
    assert {"ins", "del", "section"} <= page.tags
    assert "\x1b" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;[bold red]x[/]&lt;U+001B&gt;[31m" in text
    assert "default-src 'none'" in text


def test_the_terminal_shows_what_stands_there() -> None:
    console = Console(file=io.StringIO(), width=160, force_terminal=True, color_system="standard")
    show(console, [nasty()])
    text = console.file.getvalue()
    assert "[bold red]x[/]<U+001B>[31m<U+001B>]0;t<U+0007><U+202E>" in re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert "\x07" not in text
    assert "\x1b]" not in text
    assert "\u202e" not in text


def test_the_terminal_shows_both_prompts_and_every_verdict() -> None:
    console = Console(file=io.StringIO(), width=200)
    row = json.loads(json.dumps(record_row(by_hand()[1][0], Plan())))
    show(console, [row])
    text = " ".join(console.file.getvalue().split())
    for part in (
        "7, sample 1",
        "Use no commas. At least five words.",
        "in hindsight (drop, template@",
        "dropped length_constraints:number_words relation='at least', num_words=5 fail: 1",
    ):
        assert part in text
    assert "kept punctuation:no_comma pass: 0 commas" in text
