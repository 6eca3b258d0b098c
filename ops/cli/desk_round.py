"""``placelibre desk round``: devices to repair, in walking order, to read or to print."""

import sys
from datetime import UTC, timedelta
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from gateways.desk.rounding import RoundAsked, RoundKnown, round_document, round_table
from gateways.desk.tables import write_csv
from gateways.words.language import Language
from ops.cities import find_city
from ops.console import AsJson, TenantOption, out, print_json, run, settings_of
from ops.desk_past import DeskPast
from parking.catalogue.model import Point
from parking.desk.round import RoundLimits
from parking.printable import visible
from parking.words import Problem


def round_(
    context: typer.Context,
    start: Annotated[str | None, typer.Option(metavar="LON,LAT", help="where the walk begins")] = None,
    stops: Annotated[int | None, typer.Option(help="at most so many stops, the most urgent", min=1)] = None,
    hours: Annotated[float | None, typer.Option(help="walk and work together", min=0.1, max=100)] = None,
    problem: Annotated[Problem | None, typer.Option(help="only this problem")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV on standard output, and nothing else")] = False,
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """List the devices to repair in an order that makes a short walk; where not all fit, the most urgent.

    [bold]Examples[/bold]: placelibre desk round --start=-1.5577,47.2131 --hours 4 · placelibre desk round --csv
    """
    settings = settings_of(context)
    city = run(find_city(settings, tenant))
    limits = RoundLimits(stops, None if hours is None else timedelta(hours=hours))
    known = DeskPast(settings, city).find_round(RoundAsked(_point(start), limits, problem))
    document = round_document(known)
    if as_json:
        print_json(document)
    elif as_csv:
        for piece in write_csv(round_table(document), UTC):
            sys.stdout.buffer.write(piece)
    else:
        out.print(_table(settings.language, known))


def _point(text: str | None) -> Point | None:
    if text is None:
        return None
    try:
        lon, lat = map(float, text.split(","))
        return Point(lon=lon, lat=lat)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r:.60} is no LON,LAT ({error}); write --start=-1.5577,47.2131") from error


def _table(language: Language, known: RoundKnown) -> Table:
    plan = known.plan
    minutes = round(plan.takes.total_seconds() / 60)
    table = Table(caption_justify="left")
    table.caption = language.say(
        "desk_round.in_all", stops=len(plan.stops), metres=round(plan.walk_m), minutes=minutes,
        left=len(plan.left_out), nowhere=len(plan.without_point),
    )  # fmt: skip
    for name in ("stop", "walk", "place", "device", "problem"):
        table.add_column(language.say(f"desk_round.{name}"), overflow="fold")
    for number, stop in enumerate(plan.stops, start=1):
        for at, finding in enumerate(stop.findings):
            place = known.places.get(finding.place_id)
            where = " · ".join(filter(None, (place.name, place.address))) if place else finding.place_id
            table.add_row(
                str(number) if at == 0 else "", f"{stop.walk_m:.0f} m" if at == 0 else "", escape(visible(where)),
                escape(visible(f"{finding.source}/{finding.device_id}")), language.word(finding.problem),
            )  # fmt: skip
    return table
