"""The curves of a training run, as a PNG and as one HTML page that needs nothing else. What it shows is escaped.

The charts in the page are our own SVG, so it is drawn without matplotlib too; only ``curves.png`` needs it. The same
rows, config and command give the same page, byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hirkit.jsonl import atomic

Row = dict[str, Any]
"""What a line of ``metrics.jsonl`` says of a step; None where something was not measured."""
Points = list[tuple[float, float]]
CHARTS = (
    ("ILA: share of responses that follow everything", ("eval/ila", "ila")),
    ("CLA: share of constraints followed", ("eval/cla", "cla")),
    ("Reward", ("reward",)),
    ("Replays, share of the update", ("replay_share",)),
    ("Entropy, nats by token", ("entropy",)),
    ("KL", ("kl",)),
    ("Gradient norm", ("grad_norm",)),
    ("Length, tokens by response", ("length",)),
    ("Seconds by step", ("seconds/",)),
)
"""Titles, and the metrics drawn together; one that ends in a slash stands for all below it."""
WIDTH, HEIGHT = 320, 160


def draw(folder: Path, rows: Sequence[Row], config: Mapping[str, Any], command: str) -> Iterator[str]:
    """Write ``run.html`` and ``curves.png`` to the folder, and say so."""
    with atomic(str(folder / "run.html")) as out:
        assert out is not None
        out.write(page(folder.name, rows, config, command).encode())
    yield f"{folder / 'run.html'}: curves and settings"
    if find_spec("matplotlib") is None:
        yield "no curves.png: it needs matplotlib (python -m pip install matplotlib)"
        return
    _png(folder / "curves.png", charts(rows))
    yield f"{folder / 'curves.png'}: the curves"


def series(rows: Sequence[Row], name: str) -> Points:
    """Steps and values of a metric, where it was measured."""
    return [(row["step"], row[name]) for row in rows if row.get(name) is not None]


def charts(rows: Sequence[Row]) -> list[tuple[str, dict[str, Points]]]:
    """The charts for which there is something to draw."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    found = []
    for title, wanted in CHARTS:
        drawn = [n for w in wanted for n in names if n == w or (w.endswith("/") and n.startswith(w))]
        lines = {name: points for name in drawn if (points := series(rows, name))}
        found.append((title, lines))
    return [(title, lines) for title, lines in found if lines]


def svg(lines: Mapping[str, Points], width: int = WIDTH, height: int = HEIGHT) -> str:
    """Lines over steps, on one scale from 0 (or the least value) to the greatest."""
    xs, ys = zip(*(point for points in lines.values() for point in points), strict=True)
    low, high, first, last = min(0.0, *ys), max(ys), min(xs), max(xs)
    across, up = (width - 20) / ((last - first) or 1), (height - 30) / ((high - low) or 1)

    def place(x: float, y: float) -> str:
        return f"{10 + (x - first) * across:.1f},{height - 18 - (y - low) * up:.1f}"

    parts = [f'<svg viewBox="0 0 {width} {height}" role="img">']
    parts.append(f'<path class="axis" d="M{place(first, low)} L{place(last, low)}"/>')
    for i, points in enumerate(lines.values()):
        dots = " ".join(place(*point) for point in (points if len(points) > 1 else points * 2))
        parts.append(f'<polyline class="c{i % 6}" points="{dots}"/>')
    parts.append(f'<text x="10" y="10">{high:.4g}</text><text x="10" y="{height - 4}">{first:g}</text>')
    parts.append(f'<text x="{width - 10}" y="{height - 4}" text-anchor="end">step {last:g}</text></svg>')
    return "".join(parts)


def page(name: str, rows: Sequence[Row], config: Mapping[str, Any], command: str) -> str:
    """The run as one HTML page: curves, pass rates by constraint, settings, and the command."""
    figures = "".join(
        f"<figure><figcaption>{escape(title)}</figcaption>{svg(lines)}<small>{_legend(lines)}</small></figure>"
        for title, lines in charts(rows)
    )
    settings = "".join(
        f"<tr><th>{escape(str(key))}</th><td>{escape(json.dumps(value, ensure_ascii=False, default=str))}</td></tr>"
        for key, value in config.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(name)}</title><style>{STYLE}</style><h1>{escape(name)}</h1><pre>{escape(command)}</pre>"
        f"<main>{figures}</main>{_by_constraint(rows)}<h2>Settings</h2><table>{settings}</table></html>\n"
    )


def _legend(lines: Mapping[str, Points]) -> str:
    return " ".join(
        f'<span class="c{i % 6}">&#9632;</span> {escape(name)} {points[-1][1]:.4g}'
        for i, (name, points) in enumerate(lines.items())
    )


def _by_constraint(rows: Sequence[Row]) -> str:
    """First and last pass rate of every constraint, of held-out instructions where there are any."""
    names = sorted({name for row in rows for name in row if "pass/" in name})
    held_out = [name for name in names if name.startswith("eval/")]
    cells = "".join(
        f"<tr><th>{escape(name.partition('pass/')[2])}</th><td>{points[0][1]:.3f}</td><td>{points[-1][1]:.3f}</td>"
        f"<td>{svg({name: points}, 120, 40)}</td></tr>"
        for name in held_out or names
        if (points := series(rows, name))
    )
    title = "held-out instructions" if held_out else "rollouts"
    return f"<h2>Pass rate by constraint, {title}</h2><table><tr><th><th>first<th>last<th></tr>{cells}</table>"


def _png(path: Path, drawn: Sequence[tuple[str, Mapping[str, Points]]]) -> None:
    """All charts on one sheet, three in a row."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3 * -(-max(1, len(drawn)) // 3)), layout="constrained")
    for i, (title, lines) in enumerate(drawn):
        axes = figure.add_subplot(-(-len(drawn) // 3), 3, i + 1)
        for name, points in lines.items():
            axes.plot(*zip(*points, strict=True), label=name, marker="." if len(points) < 30 else "")
        axes.set_title(title, fontsize=9)
        axes.set_xlabel("step", fontsize=8)
        axes.set_ylim(bottom=0) if axes.get_ylim()[0] > 0 else None
        axes.legend(fontsize=7)
    figure.savefig(path, dpi=100)


STYLE = """
:root{color-scheme:light dark;--c0:#0b62a4;--c1:#c05a00;--c2:#2a7d2e;--c3:#8b3fa8;--c4:#a8323e;--c5:#5f6b73}
@media(prefers-color-scheme:dark){:root{--c0:#6db5f0;--c1:#f0a45d;--c2:#7fcf83;--c3:#cf9be6;--c4:#f08a94;--c5:#a9b5bd}}
body{font:15px/1.4 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(20rem,1fr));gap:1rem}figure{margin:0}
svg{width:100%;max-width:24rem}svg text{font-size:9px;fill:currentColor;opacity:.7}
polyline{fill:none;stroke-width:1.5;stroke-linecap:round}.axis{stroke:currentColor;opacity:.3}
th{text-align:left;font-weight:400}td,th{padding:.1rem .8rem .1rem 0;vertical-align:top}td svg{width:120px}
pre{white-space:pre-wrap}td{overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
""" + "".join(f"polyline.c{i}{{stroke:var(--c{i})}}span.c{i}{{color:var(--c{i})}}" for i in range(6))
