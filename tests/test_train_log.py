"""What a run leaves behind: rows that survive a kill, trackers, curves, and a page that cannot be scripted."""

import json
import math
import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from hirkit import runpage
from hirkit.records import UserError
from train import log
from train.log import Log


def quiet(**how: Any) -> Console:
    return Console(file=StringIO(), width=160, **how)


def said(console: Console) -> str:
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


STEPS = [
    {"ila": 0.0, "cla": 0.5, "eval/ila": 0.25, "eval/pass/a:b": 0.5, "seconds/generate": 1.0, "seconds/update": 2.0},
    {"ila": 0.125, "cla": 0.75, "entropy": math.nan, "seconds/generate": 1.5, "seconds/update": 2.5},
    {"ila": 0.5, "cla": 1.0, "eval/ila": 0.75, "eval/pass/a:b": 1.0, "seconds/generate": 1.0, "seconds/update": 2.0},
]


def test_each_row_is_there_as_soon_as_it_is_written(tmp_path: Path) -> None:
    console = quiet()
    run = Log(tmp_path / "run", {}, console, trackers=())
    for step, metrics in enumerate(STEPS):
        run.write(step, metrics)
        assert len(rows_of(tmp_path / "run")) == step + 1
    assert rows_of(tmp_path / "run")[1]["entropy"] is None
    run.close()
    run.close()
    assert said(console).splitlines()[:2] == [
        "step 0  ila 0  cla 0.5  eval/ila 0.25",
        "step 1  ila 0.125  cla 0.75  entropy -",
    ]
    assert said(console).count("run.html") == 1


@pytest.mark.parametrize("torn", ["", '{"step": 3, "il'])
def test_a_run_that_broke_off_goes_on_from_its_step(tmp_path: Path, torn: str) -> None:
    """Rows 0, 1, 2 and perhaps half a line; resumed at 2, rows 0 and 1 stay and 2 is measured again."""
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(json.dumps({"step": step, "ila": step}) + "\n" for step in range(3)) + torn)
    console = quiet()
    run = Log(tmp_path, {}, console, trackers=(), start=2)
    assert f"{1 + bool(torn)} rows from step 2 on are cut" in said(console)
    run.write(2, {"ila": 9})
    run.close()
    assert [(row["step"], row["ila"]) for row in rows_of(tmp_path)] == [(0, 0), (1, 1), (2, 9)]


def test_a_file_broken_in_the_middle_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 0}\n{"st\n{"step": 2}\n')
    with pytest.raises(UserError, match=r"metrics\.jsonl:2: not JSON"):
        Log(tmp_path, {}, quiet(), trackers=(), start=1)
    assert path.read_text() == '{"step": 0}\n{"st\n{"step": 2}\n'


def test_a_terminal_gets_a_table_of_the_latest_steps(tmp_path: Path) -> None:
    console = quiet(force_terminal=True, color_system=None)
    run = Log(tmp_path, {}, console, trackers=())
    for step in range(20):
        run.write(step, {"ila": step / 32, "rollouts": 96 * step, "cla": math.inf})
    run.close()
    last = said(console).rpartition("┏")[2]
    assert "0.5938" in last
    assert "1824" in last
    assert len(re.findall(r"^│ \d+ +│", last, re.MULTILINE)) == log.RECENT


def test_a_row_that_lost_its_line_break_keeps_a_line_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text('{"step": 0, "ila": 0.5}\n{"step": 1, "ila": 0.75}')
    run = Log(tmp_path, {}, quiet(), trackers=(), start=2)
    run.write(2, {"ila": 1.0})
    run.close()
    rows = map(json.loads, (tmp_path / "metrics.jsonl").read_text().splitlines())
    assert [(row["step"], row["ila"]) for row in rows] == [(0, 0.5), (1, 0.75), (2, 1.0)]


@pytest.mark.parametrize("start", [0, 2])
def test_tensorboard_has_what_was_measured_and_forgets_what_is_measured_again(tmp_path: Path, start: int) -> None:
    pytest.importorskip("tensorboard")
    pytest.importorskip("torch")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    first = Log(tmp_path, {}, quiet())
    for step, metrics in enumerate(STEPS):
        first.write(step, metrics)
    first.close()
    second = Log(tmp_path, {}, quiet(), start=start)
    second.write(start, {"ila": 0.625})
    second.close()
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    kept = [(0, 0.0), (1, 0.125)][:start]
    assert [(event.step, event.value) for event in events.Scalars("ila")] == [*kept, (start, 0.625)]
    assert "entropy" not in events.Tags()["scalars"]


def test_trackers_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "find_spec", lambda name: None)
    console = quiet()
    run = Log(tmp_path, {}, console)
    run.write(0, STEPS[0])
    run.write(1, STEPS[1])
    run.close()
    assert said(console).count("no TensorBoard here") == 1
    with pytest.raises(UserError, match="pip install wandb"):
        Log(tmp_path, {}, quiet(), trackers=("wandb",))
    with pytest.raises(UserError, match="no tracker is called 'mlflow'"):
        Log(tmp_path, {}, quiet(), trackers=("mlflow",))


# ------------------------------------------------------------------------------------------------------------ the page

EVIL = "<script>alert('&')</script>"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)


def numbered(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"step": step, **{k: v for k, v in row.items() if v == v}} for step, row in enumerate(steps)]


def test_what_the_page_shows_is_escaped() -> None:
    rows = [{"step": 0, f"seconds/{EVIL}": 1.0, f"pass/{EVIL}": 0.5}]
    made = runpage.page(EVIL, rows, {EVIL: {EVIL: [EVIL]}}, f"python {EVIL}")
    parser = Tags()
    parser.feed(made)
    assert "script" not in parser.seen
    assert made.count("&lt;script&gt;") == 8  # title, heading, command, legend, constraint, and three in the settings
    assert "http" not in made  # nothing is fetched


def test_the_page_has_curves_settings_and_pass_rates() -> None:
    made = runpage.page("run", numbered(STEPS), {"seed": 7, "hir": {"k": 2}}, "python -m train.run nano.toml")
    assert made == runpage.page("run", numbered(STEPS), {"seed": 7, "hir": {"k": 2}}, "python -m train.run nano.toml")
    assert "<tr><th>a:b</th><td>0.500</td><td>1.000</td>" in made
    assert "<tr><th>hir</th><td>{&quot;k&quot;: 2}</td></tr>" in made
    assert "eval/ila 0.75" in made
    assert "prefers-color-scheme:dark" in made
    assert [title for title, _ in runpage.charts(numbered(STEPS))] == [
        "ILA: share of responses that follow everything",
        "CLA: share of constraints followed",
        "Seconds by step",
    ]


def test_a_chart_by_hand() -> None:
    """100 x 50, 10 to 90 across 2 steps, 32 down to 12 for 0 to .5: step 1 is at 50, .25 in the middle at 22."""
    made = runpage.svg({"ila": [(0, 0.0), (1, 0.25), (2, 0.5)]}, 100, 50)
    svg = ElementTree.fromstring(made)
    assert [line.get("points") for line in svg.iter("polyline")] == ["10.0,32.0 50.0,22.0 90.0,12.0"]
    assert [text.text for text in svg.iter("text")] == ["0.5", "0", "step 2"]


@pytest.mark.parametrize("points", [[(5, 0.0)], [(5, -1.0)], [(0, 2.0), (1, 2.0)], [(0, -1e30), (9, 1e30)]])
def test_every_chart_stays_within_its_frame(points: runpage.Points) -> None:
    svg = ElementTree.fromstring(runpage.svg({"x": points}, 100, 50))
    for line in svg.iter("polyline"):
        for dot in str(line.get("points")).split():
            x, y = map(float, dot.split(","))
            assert 0 <= x <= 100
            assert 0 <= y <= 50


def test_a_run_without_rows_has_a_page() -> None:
    assert "<h1>empty</h1>" in runpage.page("empty", [], {}, "")


def test_curves_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    made = list(runpage.draw(tmp_path, numbered(STEPS), {}, ""))
    assert (tmp_path / "curves.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(made) == 2
    monkeypatch.setattr(runpage, "find_spec", lambda name: None)
    assert "needs matplotlib" in list(runpage.draw(tmp_path, numbered(STEPS), {}, ""))[1]
    assert list(runpage.draw(tmp_path, [], {}, ""))
