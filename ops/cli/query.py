"""Questions about the live state: sites, site, nearest."""

import json
import math
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from gateways.api.city import Question, ServedCity
from gateways.documents import aged_document
from gateways.terminal.place import place_lines
from gateways.terminal.render import NearbyPlace, nearby_table, snapshot_document, snapshot_table
from gateways.words.city_clock import CityClock, clock_of
from gateways.words.language import Language
from geo.nearest import MAX_K, MAX_RADIUS_M
from ops.cities import choose_known
from ops.console import AsJson, TenantOption, live_state, out, print_json, run, settings_of
from ops.settings import Settings
from parking.errors import ParkingError
from parking.words import Audience
from store.mirror import shown_at
from store.reader import list_tenants, read_stored
from store.snapshots import PlaceNow, Snapshot, Stored


class QueryError(ParkingError):
    """A question that has no answer; the message names the argument and its range."""


async def snapshot_of(settings: Settings, tenant: str | None) -> Snapshot:
    """What may be said now of the city asked about; by default of the only one there is. Raises as ``stored_of``."""
    return shown_at(await stored_of(settings, tenant), datetime.now(UTC))


async def stored_of(settings: Settings, tenant: str | None) -> Stored:
    """What Redis holds of the city asked about; by default of the only one. Raises WhichCityError, QueryError."""
    async with live_state(settings) as client:
        known = await list_tenants(client)
        stored = await read_stored(client, choose_known(tenant or settings.tenant, known))
    if stored.places:
        return stored
    raise QueryError(
        f"nothing is known of city {stored.tenant!r} (known: {', '.join(known) or 'none yet'}): start a worker and a "
        f"feed, replay a recording, or ask about another city with --tenant"
    )


def sites(context: typer.Context, tenant: TenantOption = None, as_json: AsJson = False) -> None:
    """Show all places of a city, as far as they are known now.

    [bold]Examples[/bold]: placelibre sites · placelibre sites --tenant exempleville --json
    """
    settings = settings_of(context)
    snapshot = run(snapshot_of(settings, tenant))
    if as_json:
        print_json(snapshot_document(snapshot))
    else:
        out.print(snapshot_table(settings.language, snapshot, snapshot.tenant, out.width))


def site(
    context: typer.Context,
    site_id: Annotated[str, typer.Argument(metavar="ID", help="the id in `placelibre sites`, such as 284")],
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """Show one place, with everything that is known of it.

    [bold]Example[/bold]: placelibre site 284
    """
    snapshot = run(snapshot_of(settings_of(context), tenant))
    row = next((row for row in snapshot.places if row.place.id == site_id), None)
    if row is None:
        raise QueryError(f"no place {site_id!r} in city {snapshot.tenant!r}; `placelibre sites` lists them")
    if as_json:
        print_json(aged_document(row.place, row.availability, snapshot.now))
    else:
        clock = clock_of(snapshot.tenant, snapshot.city)
        print_place(settings_of(context).language, row, snapshot.now, clock)


def print_place(language: Language, row: PlaceNow, now: datetime, clock: CityClock) -> None:
    """One place for people, line by line."""
    lines = list(place_lines(language, row, now, clock))
    width = max(len(label) for label, _ in lines)
    for label, text in lines:
        out.print(f"[bold]{escape(label):{width}}[/bold]  {escape(text)}", highlight=False, soft_wrap=True)


def nearest(
    context: typer.Context,
    lon: Annotated[float, typer.Argument(metavar="LON", help="longitude first, degrees")],
    lat: Annotated[float, typer.Argument(metavar="LAT", help="then latitude, degrees")],
    k: Annotated[int, typer.Option(help=f"how many places, 1..{MAX_K}")] = 5,
    radius_m: Annotated[float, typer.Option(help="no farther than this in a straight line, metres")] = 2000,
    need: Annotated[Audience, typer.Option(help="whom the space must be for")] = Audience.PUBLIC,
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """Find the nearest places with a free space, by straight-line distance.

    [bold]Example[/bold] (Place du Commerce): placelibre nearest -1.5577 47.2131 --k 5
    """
    _require(math.isfinite(lon) and abs(lon) <= 180, "LON", lon, "-180..180")
    _require(math.isfinite(lat) and abs(lat) <= 90, "LAT", lat, "-90..90")
    _require(1 <= k <= MAX_K, "--k", k, f"1..{MAX_K}")
    _require(0 < radius_m <= MAX_RADIUS_M, "--radius-m", radius_m, f"above 0, up to {MAX_RADIUS_M:.0f}")
    language = settings_of(context).language
    stored, now = run(stored_of(settings_of(context), tenant)), datetime.now(UTC)
    city = ServedCity(stored.tenant)
    city.take_snapshot(stored, now)
    snapshot = city.snapshot(now)
    answer = city.nearest_body(Question(lon, lat, k, radius_m, (need,), False, False), snapshot.now)
    hits = json.loads(answer)["hits"]  # each as GET /v1/nearest answers it
    if as_json:
        print_json(hits)
    elif hits:
        rows = {row.place.id: row for row in snapshot.places}
        found = [NearbyPlace(rows[hit["id"]], hit["vacant_for_need"], hit["distance_m"]) for hit in hits]
        out.print(nearby_table(language, found, snapshot.now, out.width))
    else:
        out.print(language.say("ask.nothing_near", metres=round(radius_m)))


def _require(holds: bool, name: str, value: float, allowed: str) -> None:
    if not holds:
        raise QueryError(f"{name} is {value}; it must be {allowed}")
