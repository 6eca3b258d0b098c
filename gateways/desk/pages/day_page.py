"""A place's day beside its usual one: a curve, drawn here and whole without a script, and its numbers as a table."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from gateways.desk.pages.frame import DeskReader, place_path, text
from gateways.desk.pages.parts import Markup, query_field, table, trouble
from gateways.desk.past import DayKnown
from gateways.words.language import Language
from parking.desk.curve import CurvePoint, TimeKind, draw_curve
from parking.desk.usual import UsualQuarter, compare, list_quarters

_WIDE, _HIGH, _LEFT, _BELOW = 1200, 280, 44, 22
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)


class CurveScale(NamedTuple):
    """Where a moment and a number stand in the picture."""

    start: datetime
    end: datetime
    most: int

    def x(self, at: datetime) -> float:
        """From the left."""
        return round(_LEFT + (at - self.start) / (self.end - self.start) * (_WIDE - _LEFT), 1)

    def y(self, vacant: int) -> float:
        """From the top."""
        return round((_HIGH - _BELOW) * (1 - vacant / self.most) + 4, 1)


def day_body(known: DayKnown | None, place_id: str, day: date | None, why: str | None, reader: DeskReader) -> str:
    """The page's body; ``why`` where the history has no such day."""
    say = reader.language.say
    back = f'<p class="no-print"><a href="/places/{place_path(place_id)}">{text(say("desk_books_day.back"))}</a></p>'
    shown = known.day if known is not None else day
    form = (
        f'<form class="order no-print" method="get" action="/places/{place_path(place_id)}/day">'
        f"{query_field(say('desk_books_day.date'), 'date', shown.isoformat() if shown else '', 'date')}"
        f"<button>{text(say('desk_books.show'))}</button></form>"
    )
    if known is None:
        return back + form + trouble(why)
    return f"{back}{form}<section>{day_figure(known, reader.language)}{_numbers(known, reader)}</section>"


def day_figure(known: DayKnown, language: Language) -> str:
    """The curve: what is usual as a band with its median, the day as a line, what was unknown as a gap."""
    say, points = language.say, draw_curve(known.spans)
    quarters = list_quarters(known.day, known.zone)
    usual = [(one.start, one.end, known.usual.quarters[one.number]) for one in quarters]
    tops = [point.vacant or 0 for point in points] + [each.high or 0 for _, _, each in usual]
    scale = CurveScale(quarters[0].start, quarters[-1].end, round(max([*tops, 1]) * 1.08) + 1)
    parts = [*_grid(scale, known), *_band(usual, scale), *_median(usual, scale), *_line(points, scale, known)]
    label = say("desk_books_day.label", name=known.place.name, date=known.day.isoformat())
    days = say("desk_books_day.usual", count=known.usual.known_days)
    return (
        f'<figure class="day"><svg role="img" aria-label="{text(label)}" viewBox="0 0 {_WIDE} {_HIGH}">'
        f"{''.join(parts)}</svg>"
        f'<figcaption><span class="key-line">{text(say("desk_books_day.line"))}</span> '
        f'<span class="key-band">{text(say("desk_books_day.band"))}</span> '
        f'<span class="key-median">{text(say("desk_books_day.median"))}</span> {text(days)}</figcaption></figure>'
    )


def _grid(scale: CurveScale, known: DayKnown) -> Iterator[str]:
    step = next((one for one in _STEPS if scale.most / one <= 5), _STEPS[-1])
    for vacant in range(0, scale.most + 1, step):
        y = scale.y(vacant)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDE}" y1="{y}" y2="{y}"/>'
        yield f'<text class="tick" x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{vacant}</text>'
    at = scale.start
    while at < scale.end:
        hour = at.astimezone(known.zone).hour
        if hour % 3 == 0 and hour:
            x = scale.x(at)
            yield f'<line class="grid" x1="{x}" x2="{x}" y1="4" y2="{_HIGH - _BELOW + 4}"/>'
            yield f'<text class="tick" x="{x}" y="{_HIGH - 2}" text-anchor="middle">{hour:02}:00</text>'
        at += timedelta(hours=1)


def _band(usual: list[tuple[datetime, datetime, UsualQuarter]], scale: CurveScale) -> Iterator[str]:
    for start, end, each in usual:
        if each.low is not None and each.high is not None:
            x, top = scale.x(start), scale.y(each.high)
            high = round(max(scale.y(each.low) - top, 1), 1)
            yield f'<rect class="band" x="{x}" y="{top}" width="{round(scale.x(end) - x, 1)}" height="{high}"/>'


def _median(usual: list[tuple[datetime, datetime, UsualQuarter]], scale: CurveScale) -> Iterator[str]:
    steps = [
        f"M{scale.x(start)} {scale.y(each.median)}H{scale.x(end)}"
        for start, end, each in usual
        if each.median is not None
    ]
    if steps:
        yield f'<path class="median" d="{"".join(steps)}"/>'


def _line(points: list[CurvePoint], scale: CurveScale, known: DayKnown) -> Iterator[str]:
    """A new stretch begins wherever the number before was not known until then."""
    path, last = [], None
    for point in points:
        if point.vacant is not None:
            y = scale.y(point.vacant)
            joins = last is not None and last == point.start
            path.append(f"{f'V{y}' if joins else f'M{scale.x(point.start)} {y}'}H{scale.x(point.end)}")
            last = point.end
        elif point.kind is TimeKind.UNKNOWN:
            x = scale.x(point.start)
            wide = round(max(scale.x(point.end) - x, 1), 1)
            yield f'<rect class="unknown" x="{x}" y="{_HIGH - _BELOW - 2}" width="{wide}" height="6"/>'
    if path:
        yield f'<path class="line-now" d="{"".join(path)}"/>'
    if known.until < scale.end:
        x = scale.x(known.until)
        yield f'<line class="until" x1="{x}" x2="{x}" y1="4" y2="{_HIGH - _BELOW + 4}"/>'


def _numbers(known: DayKnown, reader: DeskReader) -> Markup:
    """The same, an hour at a time, for whoever reads numbers or hears them."""
    language = reader.language
    heads = [language.say(f"day_column.{name}") for name in ("hour", "vacant", "usual", "against")]
    details = table(reader, language.say("desk_books_day.numbers"), heads, _rows(known, language))
    return Markup(f"<details><summary>{text(language.say('desk_books_day.numbers'))}</summary>{details}</details>")


def _rows(known: DayKnown, language: Language) -> Iterator[tuple[Any, ...]]:
    points = draw_curve(known.spans)
    for quarter in list_quarters(known.day, known.zone):
        if quarter.number % 4 or quarter.start >= known.until:
            continue
        standing = next((one for one in points if one.start <= quarter.start < one.end), None)
        vacant = standing.vacant if standing is not None else None
        usual = known.usual.quarters[quarter.number]
        band = "–" if usual.low is None else f"{usual.low}–{usual.high} ({usual.median})"
        against = language.word(compare(vacant, usual))
        hour = language.hour(quarter.start, known.zone)
        yield (hour, vacant if vacant is not None else "?", band, against)
