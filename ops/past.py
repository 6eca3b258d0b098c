"""What questions about the past share: the history of a city, today's names for its places, and whose data it is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, NoReturn
from zoneinfo import ZoneInfo

import msgspec
from redis.exceptions import RedisError

from gateways.documents import Document, aged_document
from gateways.words.city_clock import UNSTATED, CityClock, clock_of
from ops.cities import choose_known
from ops.console import live_state, run
from ops.settings import Settings
from parking.catalogue.model import MAX_ID, Place, Tenant
from parking.errors import ParkingError
from parking.instants import in_text
from parking.published.freshness import as_of
from sensors.registry import ADAPTERS
from store.reader import read_snapshot
from store.snapshots import PlaceNow

if TYPE_CHECKING:
    from store.history.reader import HistoryReader, Period


class PastError(ParkingError):
    """A question about the past that has no answer; the message says what there is."""


class Past(NamedTuple):
    """The history of one city, from its first to its last change, and what is known of its places today."""

    tenant: str
    reader: "HistoryReader"
    bounds: "Period"
    places: Mapping[str, Place]
    source: str
    clock: CityClock

    def tell(self, instant: datetime) -> str:
        """An instant as the city's clocks read, with its offset, for an error."""
        return instant.astimezone(self.clock.zone).isoformat(timespec="seconds")

    def place(self, place_id: str) -> Place:
        """The place as it is named today, or after its id. Today's capacity is left out: it was published."""
        if (place := self.places.get(place_id)) is not None:
            return msgspec.structs.replace(place, capacity=None)
        shown = "".join(c if c.isprintable() and c != "/" else "�" for c in place_id)[:MAX_ID] or "�"
        return Place(tenant=self.tenant, id=shown, name=shown)

    def refuse_place(self, place_id: str) -> NoReturn:
        """Say why nothing is known of a place: never anything, or not yet then."""
        if self.reader.list_standing(self.tenant, self.bounds.last, place_id):
            raise PastError(f"nothing had been published about place {place_id!r} by then; ask for a later time")
        listed = f"placelibre at {in_text(self.bounds.last)} --tenant {self.tenant}"
        raise PastError(f"no place {place_id!r} in the history of {self.tenant}; `{listed}` lists them")


class Stood(NamedTuple):
    """What stood published of a place at an instant, and the same as a document, with the time it was published."""

    row: PlaceNow
    document: Document


def list_stood(past: Past, instant: datetime, place_id: str | None = None) -> list[Stood]:
    """Of each place (or of one) what readers were told at ``instant``: unknown where it had expired.

    Raises PastError for a time before the history's first.
    """
    if instant < past.bounds.first:
        begins = past.tell(past.bounds.first)
        raise PastError(f"the history of {past.tenant} begins at {begins}; {past.tell(instant)} is before that")
    stood = []
    for one in past.reader.list_standing(past.tenant, instant, place_id):
        row = PlaceNow(past.place(one.change.place_id), as_of(one.change.availability, instant))
        document = aged_document(row.place, row.availability, instant)
        stood.append(Stood(row, document | {"id": one.change.place_id, "published_at": in_text(one.at)}))
    return stood


def open_past(settings: Settings, asked: str | None) -> Past:
    """The history of the city asked for, or of the only one that has any.

    Raises HistoryError where there is none, or pyarrow is missing; WhichCityError where there are several.
    """
    from store.history.reader import HistoryReader

    reader = HistoryReader(settings.history_at)
    asked = asked or settings.tenant
    known = [] if asked else reader.list_tenants()
    if not asked and not known:
        raise PastError(f"there is no history of any city in {settings.history_at} yet: `placelibre history` writes it")
    tenant = choose_known(asked, known)
    bounds = reader.get_bounds(tenant)
    places, city = run(_find_catalogue(settings, tenant))
    attribution = city.attribution if city else None
    return Past(tenant, reader, bounds, places, attribution or _source_of(tenant), _clock_of(tenant, city))


def find_clock(settings: Settings, tenant: str) -> CityClock:
    """The clock that a city's people read, by which a time without an offset is understood."""
    _, city = run(_find_catalogue(settings, tenant))
    return _clock_of(tenant, city)


async def _find_catalogue(settings: Settings, tenant: str) -> tuple[dict[str, Place], Tenant | None]:
    """Places and the city itself as the live state knows them; the history answers without it, too."""
    try:
        async with live_state(settings) as client:
            snapshot = await read_snapshot(client, tenant, datetime.now(UTC))
    except (RedisError, ParkingError):
        return {}, None
    return {row.place.id: row.place for row in snapshot.places}, snapshot.city


def _source_of(tenant: str) -> str:
    """By the source whose tenant this is; else the tenant itself."""
    infos = (adapter.INFO for adapter in ADAPTERS.values() if adapter.INFO.tenant == tenant)
    return next((f"{info.name} ({info.licence})" for info in infos), tenant)


def _clock_of(tenant: str, city: Tenant | None) -> CityClock:
    """The city's own clock; where it has said no zone, that of the source whose tenant it is."""
    clock = clock_of(tenant, city)
    zones = (adapter.INFO.zone for adapter in ADAPTERS.values() if adapter.INFO.tenant == tenant)
    of_source = next((zone for zone in zones if zone != UNSTATED), UNSTATED)  # a sensor's maker is in no zone
    return clock if clock.is_stated else clock._replace(zone=ZoneInfo(of_source))
