"""The plots of a dataset card, as SVG: by matplotlib where it is installed, else there are none.

The bytes are the same for the same counts and the same version of matplotlib: ids are salted, dates left out, and the
user's own style is not asked.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hirkit.card import FATES, CardStats, length_name, tenth_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"kept": "#3a7d44", "relaxed": "#c98a1b", "dropped": "#b23a48", "added": "#2f6690"}
MOST = 25
"""Constraints in the plot of the yield."""
STYLE: Any = {
    "svg.hashsalt": "hirkit",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def plots(stats: CardStats) -> dict[str, bytes]:
    """The plots by file name; none without matplotlib, and none of no records."""
    try:
        import matplotlib
    except ImportError:
        return {}
    if not stats.records:
        return {}
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        return {
            "yield.svg": _drawn(_yield, stats, 0.28 * len(_most_used(stats)) + 1.2),
            "constraints.svg": _drawn(_constraints, stats),
            "integrity.svg": _drawn(_integrity, stats),
            "lengths.svg": _drawn(_lengths, stats),
        }


def _drawn(draw: Any, stats: CardStats, height: float = 3.0) -> bytes:
    """One plot. It is drawn without pyplot, which would look for a display."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, height), layout="constrained", facecolor="white")
    FigureCanvasSVG(figure)
    draw(figure.add_subplot(), stats)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _most_used(stats: CardStats) -> list[str]:
    """The constraints that stand in most records, first."""
    uses = {id: sum(counts[fate] for fate in FATES) for id, counts in stats.constraints.items()}
    return sorted((id for id in uses if uses[id]), key=lambda id: (-uses[id], id))[:MOST]


def _yield(axes: Axes, stats: CardStats) -> None:
    ids = _most_used(stats)[::-1]
    left = [0] * len(ids)
    for fate in FATES:
        widths = [stats.constraints[id][fate] for id in ids]
        axes.barh(range(len(ids)), widths, left=left, color=COLOURS[fate], label=fate)
        left = [a + b for a, b in zip(left, widths, strict=True)]
    axes.set_yticks(range(len(ids)), ids)
    axes.set_xlabel("replays")
    axes.legend(loc="lower right", frameon=False)


def _constraints(axes: Axes, stats: CardStats) -> None:
    most = max(value for fate in FATES for value in stats.histograms[fate])
    for i, fate in enumerate(FATES):
        _bars(axes, stats.histograms[fate], range(most + 1), i, len(FATES), fate, COLOURS[fate])
    axes.set_xticks(range(most + 1))
    axes.set_xlabel("constraints in a replay")
    axes.legend(frameon=False)


def _integrity(axes: Axes, stats: CardStats) -> None:
    _bars(axes, stats.histograms["f_int"], range(11), 0, 1, "replays", COLOURS["kept"])
    axes.set_xticks(range(11), [tenth_name(value) for value in range(11)], rotation=40, ha="right")
    axes.set_xlabel("share of the original constraints satisfied (F_int)")


def _lengths(axes: Axes, stats: CardStats) -> None:
    names = {"prompt": "original prompt", "hindsight": "hindsight prompt", "response": "response"}
    bins = [value for name in names for value in stats.histograms[name]]
    span = range(min(bins), max(bins) + 1)
    for i, (name, colour) in enumerate(zip(names, ("#b23a48", "#3a7d44", "#2f6690"), strict=True)):
        _bars(axes, stats.histograms[name], span, i, len(names), names[name], colour)
    axes.set_xticks(span, [length_name(value) for value in span], rotation=40, ha="right")
    axes.set_xlabel("characters")
    axes.legend(frameon=False)


def _bars(axes: Axes, counts: Mapping[int, int], span: range, i: int, of: int, label: str, colour: str) -> None:
    """The ``i``-th of ``of`` bars at each value."""
    width = 0.8 / of
    places = [value + (i - (of - 1) / 2) * width for value in span]
    axes.bar(places, [counts.get(value, 0) for value in span], width, color=colour, label=label)
    axes.set_ylabel("replays")
