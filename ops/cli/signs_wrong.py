"""``placelibre signs wrong``: for how long the signs of a city showed what is known today not to have been so."""

from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from gateways.words.language import Language
from ops.console import AsJson, TenantOption, out, print_json, settings_of
from ops.hindsight import LineFound, judge_day
from ops.past import Past, PastError, open_past
from ops.times import local_day
from parking.instants import in_text
from parking.signs.wrong import TOLERANCE, WrongExample, time_wrong


def wrong(
    context: typer.Context,
    day: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="from midnight to midnight by the city's clocks")],
    sign: Annotated[str | None, typer.Option(metavar="ID", help="one sign alone")] = None,
    tolerance: Annotated[int, typer.Option(min=0, help="spaces by which a number may be too great")] = TOLERANCE,
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """Show how many minutes of a day each sign was wrong, and the worst of it: by the record, held against the history.

    What was said later of that day counts, up to a day after. A dark line is never wrong; what people ordered is not
    judged. `placelibre history` writes both; `placelibre why sign:A12/1 --at TIME` leads on from an example.

    [bold]Examples[/bold]: placelibre signs wrong --day 2026-05-04 ·
    placelibre signs wrong --day 2026-05-04 --sign A12 --tenant nantes --json
    """
    settings = settings_of(context)
    past = open_past(settings, tenant)
    start, end = local_day(day, past.clock.zone)
    until = min(end, past.bounds.last)
    if until <= start:
        raise PastError(
            f"the history of {past.tenant} goes from {past.tell(past.bounds.first)} to {past.tell(past.bounds.last)}; "
            f"nothing of {day} can be judged yet: `placelibre history` reads on"
        )
    found = judge_day(settings, past, start, until, sign, tolerance)
    if as_json:
        print_json(_document(past, day, start, until, tolerance, found))
    elif found:
        out.print(_table(settings.language, past, start, until, tolerance, found))
    else:
        out.print(settings.language.say("hindsight.nothing", day=settings.language.day(start, past.clock.zone)))


def _by_sign(found: list[LineFound]) -> list[tuple[str, list[LineFound]]]:
    return [(name, list(lines)) for name, lines in groupby(found, key=lambda line: line.sign)]


def _document(
    past: Past, day: str, start: datetime, until: datetime, tolerance: int, found: list[LineFound]
) -> dict[str, Any]:
    signs = [
        {
            "sign": name,
            "wrong_min": _minutes(time_wrong(line.record for line in lines)),
            "lines": [_line_document(line) for line in lines],
        }
        for name, lines in _by_sign(found)
    ]
    return {"tenant": past.tenant, "day": date.fromisoformat(day.strip()).isoformat(), "from": in_text(start),
            "until": in_text(until), "tolerance": tolerance, "signs": signs}  # fmt: skip


def _line_document(line: LineFound) -> dict[str, Any]:
    record = line.record
    names = ("lit", "dark", "unknown", "ordered", "unjudged")
    return {
        "line": line.number,
        "legend": line.legend,
        **{f"{name}_min": _minutes(getattr(record, name)) for name in names},
        "wrong_min": _minutes(time_wrong([record])),
        "wrong_by_kind_min": {kind.value: _minutes(length) for kind, length in record.wrong_by_kind.items()},
        "worst": _example_document(record.worst) if record.worst else None,
    }


def _example_document(worst: WrongExample) -> dict[str, Any]:
    return {
        "kind": worst.kind.value, "text": worst.text, "free": worst.free, "off_by": worst.by,
        "from": in_text(worst.start), "until": in_text(worst.end), "decision": worst.decision,
    }  # fmt: skip


def _table(
    language: Language, past: Past, start: datetime, until: datetime, tolerance: int, found: list[LineFound]
) -> Table:
    table = Table()
    for name in ("sign", "line"):
        table.add_column(language.say(f"hindsight.{name}"))
    for name in ("lit", "dark", "unknown", "unjudged", "wrong"):
        table.add_column(language.say(f"hindsight.{name}"), justify="right")
    table.add_column(language.say("hindsight.worst"), overflow="fold")
    for line in found:
        record = line.record
        lengths = (record.lit, record.dark, record.unknown, record.unjudged, time_wrong([record]))
        table.add_row(
            escape(line.sign), escape(f"{line.number} {line.legend}".strip()),
            *(language.number(_minutes(length), 1) for length in lengths), _worst(language, past, record.worst),
        )  # fmt: skip
    wrong_for = sum((time_wrong(line.record for line in lines) for _, lines in _by_sign(found)), timedelta(0))
    table.caption = language.say(
        "hindsight.in_all", day=language.day(start, past.clock.zone), until=language.hour(until, past.clock.zone),
        signs=len(_by_sign(found)), minutes=_minutes(wrong_for), tolerance=tolerance,
    )  # fmt: skip
    return table


def _worst(language: Language, past: Past, worst: WrongExample | None) -> str:
    if worst is None:
        return "—"
    hours = {
        name: f"{at.astimezone(past.clock.zone):%H:%M:%S}" for name, at in (("from", worst.start), ("until", worst.end))
    }
    said = language.say("hindsight.example", text=worst.text, free=worst.free, kind=language.word(worst.kind), **hours)
    return escape(f"{said} {worst.decision}")


def _minutes(length: timedelta) -> float:
    return round(length / timedelta(minutes=1), 2)
