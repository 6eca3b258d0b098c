"""The picture itself: a PNG of one place's day, in one language."""

import io
import textwrap
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from gateways.plot.curve import Curve, UnbrokenRun, UnknownStretch, list_capacities, list_gaps, list_runs, list_silences
from gateways.words.language import Language
from parking.errors import ParkingError
from parking.words import FillLevel

try:
    import matplotlib as mpl
    from matplotlib import dates
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.ticker import MaxNLocator
except ModuleNotFoundError as error:
    raise ParkingError("plots need matplotlib: pip install 'placelibre[history]', or `make setup`") from error

INK, PALE, LINE = "#1d2b36", "#5b6b77", "#dfe4e8"
VACANT, MADE_UP = "#00708a", "#a0397e"
GAP, SILENCE = "#e9e4da", "#f4f5f6"
_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "text.color": INK,
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "xtick.color": PALE,
    "ytick.color": PALE,
    "hatch.linewidth": 0.6,
    "text.parse_math": False,
}


def draw_png(curve: Curve, language: Language) -> bytes:
    """The picture as a PNG."""
    with mpl.rc_context(_STYLE):
        png = io.BytesIO()
        make_figure(curve, language).savefig(png, format="png", dpi=140, facecolor="white")
        return png.getvalue()


def make_figure(curve: Curve, language: Language) -> Figure:
    """The picture as a figure of one pair of axes."""
    figure = Figure(figsize=(11.5, 6.4))
    axes = figure.subplots()
    figure.subplots_adjust(left=0.075, right=0.93, top=0.8, bottom=0.27)
    runs = list_runs(curve.told)
    _stripes(axes, list_silences(curve), SILENCE, None, language.say("plot.no_history"))
    _stripes(axes, list_gaps(curve), GAP, "///", language.word(FillLevel.UNKNOWN))
    _capacity(axes, curve, language)
    for run in runs:
        _run(axes, run, language)
    _axes(axes, curve, language)
    _words(figure, curve, language)
    _stamp(axes, [run for run in runs if run.simulated], language)
    _legend(figure, axes)
    return figure


def _stripes(axes: Axes, stretches: Iterable[UnknownStretch], colour: str, hatch: str | None, label: str) -> None:
    for start, end in stretches:
        axes.axvspan(_x(start), _x(end), facecolor=colour, edgecolor="#cfc6b4" if hatch else "none", hatch=hatch,
                     linewidth=0, label=label, zorder=0)  # fmt: skip


def _run(axes: Axes, run: UnbrokenRun, language: Language) -> None:
    """One unbroken stretch as steps, and the interval that the number lies in."""
    times = list(map(_x, [*run.times, run.end]))
    vacant, low, high = (list(numbers) for numbers in zip(*run.values, run.values[-1], strict=True))
    colour = MADE_UP if run.simulated else VACANT
    kind = "_simulated" if run.simulated else "_by_hand" if run.by_hand else ""
    name, style = language.say(f"plot.vacant{kind}"), (0, (4, 1.5)) if run.by_hand else "solid"
    if low != high:
        axes.fill_between(times, low, high, step="post", color=colour, alpha=0.22, linewidth=0, zorder=2,
                          label=language.say("plot.between"))  # fmt: skip
    axes.plot(times, vacant, drawstyle="steps-post", color=colour, linewidth=2, zorder=3, label=name, linestyle=style,
              solid_capstyle="butt", solid_joinstyle="miter")  # fmt: skip


def _stamp(axes: Axes, made_up: list[UnbrokenRun], language: Language) -> None:
    """SIMULATED, large and pale, behind the longest stretch that is."""
    if made_up:
        longest = max(made_up, key=lambda run: run.end - run.times[0])
        middle = (_x(longest.times[0]) + _x(longest.end)) / 2
        axes.text(middle, 0.5, language.say("plot.stamp"), color=MADE_UP, alpha=0.16,
                  transform=axes.get_xaxis_transform(), ha="center", va="center", fontsize=30, weight="bold",
                  zorder=1, clip_on=True)  # fmt: skip


def _capacity(axes: Axes, curve: Curve, language: Language) -> None:
    stated = list_capacities(curve.told)
    for (start, end), capacity in stated:
        axes.hlines(capacity, _x(start), _x(end), color=PALE, linestyle=(0, (5, 3)), linewidth=1.3, zorder=2,
                    label=language.say("plot.capacity"))  # fmt: skip
    if stated:
        axes.annotate(f"{stated[-1][1]}", (1.008, stated[-1][1]), xycoords=("axes fraction", "data"), va="center",
                      color=PALE, fontsize=11, annotation_clip=False)  # fmt: skip


def _axes(axes: Axes, curve: Curve, language: Language) -> None:
    axes.set_xlim(_x(curve.start), _x(curve.end))
    highest = [high for run in list_runs(curve.told) for _, _, high in run.values]
    highest += [capacity for _, capacity in list_capacities(curve.told)]
    axes.set_ylim(0, max([*highest, 1]) * 1.06)
    _hours(axes, curve)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 2.5, 5, 10]))
    axes.grid(visible=True, axis="y", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    offset = curve.start.astimezone(curve.zone).strftime("%z")
    where = language.say("plot.local_time", zone=curve.zone, offset=f"{offset[:3]}:{offset[3:]}")
    axes.set_xlabel(where, color=PALE, fontsize=10)


def _hours(axes: Axes, curve: Curve) -> None:
    """Local hours, also on the days that have 23 or 25 of them."""
    hours = int((curve.end - curve.start).total_seconds()) // 3600
    local = [(curve.start + timedelta(hours=hour)).astimezone(curve.zone) for hour in range(hours + 1)]
    axes.set_xticks([_x(instant) for instant in local], minor=True)
    major = [instant for instant in local if instant.hour % 3 == 0]
    axes.set_xticks([_x(instant) for instant in major], [f"{instant:%H:%M}" for instant in major])


def _words(figure: Figure, curve: Curve, language: Language) -> None:
    which = f"{curve.tenant} / {curve.place_id}"
    title = curve.name if curve.name != curve.place_id else which
    figure.text(0.075, 0.935, textwrap.shorten(title, 70, placeholder=" …"), fontsize=19, weight="bold")
    figure.text(0.075, 0.885, language.day(curve.start, curve.zone), fontsize=12, color=PALE)
    corner = textwrap.shorten(which, 60, placeholder=" …") if title != which else ""
    figure.text(0.93, 0.825, corner, fontsize=10.5, color=PALE, ha="right")
    figure.text(0.075, 0.825, language.say("plot.vacant"), fontsize=10.5, color=PALE)
    figure.text(0.075, 0.052, language.say("plot.as_published"), fontsize=9, color=PALE)
    figure.text(0.075, 0.02, language.say("plot.source", source=f"{curve.source} · placelibre"), fontsize=9, color=PALE)


def _legend(figure: Figure, axes: Axes) -> None:
    """Each name once, in the order in which things were drawn, the curve first."""
    handles: dict[str, Any] = {}
    for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
        handles.setdefault(label, handle)
    names = sorted(handles, key=lambda name: not isinstance(handles[name], Line2D))
    figure.legend([handles[name] for name in names], names, loc="lower left", bbox_to_anchor=(0.068, 0.085),
                  ncols=4, frameon=False, fontsize=10, handlelength=1.8, columnspacing=1.8)  # fmt: skip


def _x(instant: datetime) -> float:
    return float(dates.date2num(instant))  # type: ignore[no-untyped-call]
