"""The picture of a day: what is unknown is a gap, and the gap has a name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateways.plot.curve import Curve, UnknownStretch, list_gaps, list_runs, list_silences
from gateways.words.language import get_language
from ops.times import local_day
from parking.published.availability import Availability
from parking.published.timeline import Span
from parking.words import Basis

pytest.importorskip("matplotlib", reason="pip install 'placelibre[history]'")
from matplotlib import dates, image

from gateways.plot.render import draw_png, make_figure

ENGLISH, FRENCH = get_language("en"), get_language("fr")
PARIS = ZoneInfo("Europe/Paris")
START, END = local_day("2026-05-04", PARIS)


def hour(number: float) -> Any:
    return START + timedelta(hours=number)


def span(start: float, end: float, vacant: int | None, **more: Any) -> Span:
    return Span(hour(start), hour(end), Availability(vacant=vacant, capacity=100, **more))


DAY = [
    span(0, 6, 80),
    span(6, 9, None),
    span(9, 12, 20, vacant_low=10, vacant_high=30),
    span(12, 18, 0),
    span(18, 24, 60, simulated=True),
]


def curve(*spans: Span, **more: Any) -> Curve:
    fields: dict[str, Any] = {
        "name": "Place du Test",
        "place_id": "p1",
        "tenant": "testville",
        "source": "Ville du Test, Licence Ouverte",
        "zone": PARIS,
        "start": START,
        "end": END,
        "known_from": hour(-5),
        "known_to": hour(30),
        "spans": spans or DAY,
    }
    return Curve(**fields | more)


def test_what_an_operator_has_set_is_a_run_of_its_own_with_a_name() -> None:
    told = curve(span(0, 8, 80), span(8, 12, 80, basis=Basis.SET_BY_HAND), span(12, 24, 80))
    assert [(run.times[0], run.by_hand) for run in list_runs(told.told)] == [
        (hour(0), False),
        (hour(8), True),
        (hour(12), False),
    ]
    labels = [line.get_label() for line in make_figure(told, FRENCH).axes[0].get_lines()]
    assert "places libres, indiquées par un opérateur" in labels


def test_a_gap_ends_a_run_and_the_next_number_begins_another() -> None:
    runs = list_runs(curve().told)
    assert [(run.times[0], run.end, run.simulated) for run in runs] == [
        (hour(0), hour(6), False),
        (hour(9), hour(18), False),
        (hour(18), hour(24), True),
    ]
    assert runs[1].values == [(20, 10, 30), (0, 0, 0)], "a full car park is not a gap"
    assert list_gaps(curve()) == [UnknownStretch(hour(6), hour(9))]


def test_where_the_history_ends_nothing_is_called_unknown() -> None:
    short = curve(known_from=hour(2), known_to=hour(11))
    assert list_silences(short) == [UnknownStretch(hour(0), hour(2)), UnknownStretch(hour(11), hour(24))]
    assert list_gaps(short) == [UnknownStretch(hour(6), hour(9))]
    assert list_runs(short.told)[-1].end == hour(11)


def test_no_line_of_the_figure_crosses_the_gap() -> None:
    [axes] = make_figure(curve(), ENGLISH).axes
    low, high = dates.date2num([hour(6), hour(9)])
    for line in axes.lines:
        times = list(line.get_xdata())
        assert all(time <= low for time in times) or all(time >= high for time in times)


def test_the_gap_is_shaded_and_named_and_simulated_numbers_are_labelled() -> None:
    figure = make_figure(curve(), ENGLISH)
    assert {"unknown", "vacant, simulated", "capacity"} <= _named(figure)
    for part in ("Place du Test", "Monday, 4 May 2026", "Source: Ville du Test", "SIMULATED"):
        assert part in _words(figure)


def test_the_same_picture_speaks_french() -> None:
    figure = make_figure(curve(), FRENCH)
    assert {"inconnu", "places libres, simulées", "capacité"} <= _named(figure)
    for part in ("Place du Test", "lundi 4 mai 2026", "Source\u00a0: Ville du Test", "SIMULÉ"):
        assert part in _words(figure)


def _named(figure: Any) -> set[str]:
    return {text.get_text() for legend in figure.legends for text in legend.get_texts()}


def _words(figure: Any) -> str:
    return " ".join(text.get_text() for text in [*figure.texts, *figure.axes[0].texts])


def test_the_picture_has_no_colour_of_the_curve_in_the_gap(tmp_path: Any) -> None:
    (tmp_path / "day.png").write_bytes(draw_png(curve(), ENGLISH))
    pixels = image.imread(tmp_path / "day.png")
    height, width = pixels.shape[:2]
    [axes] = make_figure(curve(), ENGLISH).axes
    box = axes.get_position()

    def has_curve(number: float) -> bool:
        column = pixels[: int(height * (1 - box.y0)), int(width * (box.x0 + box.width * number / 24))]
        return any(red < 0.1 and 0.35 < green < 0.55 and 0.45 < blue < 0.65 for red, green, blue, _ in column)

    assert has_curve(3)
    assert has_curve(10)
    assert not any(has_curve(6.2 + step / 10) for step in range(27))


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_the_days_of_23_and_25_hours_are_drawn_whole(day: str, hours: int) -> None:
    start, end = local_day(day, PARIS)
    assert (end - start).total_seconds() == hours * 3600
    figure = make_figure(curve(Span(start, end, Availability(vacant=3)), start=start, end=end, known_to=end), ENGLISH)
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert labels == ["00:00", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "00:00"]


def test_a_day_of_which_nothing_is_known_is_a_picture_too() -> None:
    assert draw_png(curve(span(0, 24, None)), ENGLISH).startswith(b"\x89PNG")
    assert draw_png(curve(Span(START, END, None), name="$p_1$ " + "x " * 90), ENGLISH).startswith(b"\x89PNG")
