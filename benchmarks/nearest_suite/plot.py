"""The sweep as a picture: query and toggle time over the number of spaces, both axes logarithmic."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from benchmarks.nearest_suite.runs import Row

COLOURS = ("#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7")  # Okabe and Ito: apart for every eye
MARKS = "osD^v"
APART = 1.45
"""The least factor between two labels, so that they do not touch."""


def _spaces(value: float, _: object = None) -> str:
    return f"{value / 1e6:g}M" if value >= 1e6 else f"{value / 1e3:g}k" if value >= 1e3 else f"{value:g}"


def _time(value: float, _: object = None) -> str:
    return f"{value / 1000:g} ms" if value >= 1000 else f"{value:g} µs"


def _label(axes: Axes, ends: list[tuple[float, float, str, str]]) -> None:
    """Names at the ends of their lines, moved apart where they would touch."""
    last = 0.0
    for y, x, name, colour in sorted(ends):
        last = max(y, last * APART)
        axes.annotate(name, (x, y), (x * 1.35, last), color=colour, fontsize=11, va="center", annotation_clip=False)


def _panel(axes: Axes, rows: list[Row], column: str, title: str) -> None:
    ends = []
    names = list(dict.fromkeys(row["name"] for row in rows))
    for name, colour, mark in zip(names, COLOURS, MARKS, strict=True):
        points = sorted((row["spaces"], row[column]) for row in rows if row["name"] == name)
        x, y = zip(*points, strict=True)
        axes.plot(x, y, color=colour, marker=mark, linewidth=3 if name == names[0] else 1.8, markersize=7)
        ends.append((y[-1], x[-1], name.split(",")[0], colour))
    axes.set(xscale="log", yscale="log", xlabel="spaces in the city")
    axes.set_title(title, loc="left", fontsize=13)
    axes.xaxis.set_major_formatter(FuncFormatter(_spaces))
    axes.yaxis.set_major_formatter(FuncFormatter(_time))
    axes.tick_params(axis="x", which="minor", length=0)
    axes.grid(visible=True, which="major", color="#dddddd")
    axes.spines[["top", "right"]].set_visible(False)
    most = max(row["spaces"] for row in rows)
    axes.set_xticks([10**power for power in range(2, 10) if 500 <= 10**power <= most * 2])
    axes.set_xlim(right=most * 25)  # room for the names
    _label(axes, ends)


def draw(rows: list[Row], path: Path, note: str) -> None:
    """Write the PNG; its folder is made where it is missing."""
    with plt.rc_context({"font.size": 12}):
        figure, panels = plt.subplots(1, 2, figsize=(14, 6.2), layout="constrained")
        _panel(panels[0], rows, "query_p50_us", "Median query: the 10 nearest free within 2 km")
        _panel(panels[1], rows, "toggle_p50_us", "Median toggle: a space is taken, or left")
        figure.supxlabel(note, fontsize=10, color="#555555")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=120)
        plt.close(figure)
