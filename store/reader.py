"""The reading half: one consistent picture of a tenant, in which what has expired is unknown."""

import logging
from datetime import datetime
from typing import NamedTuple

import redis.asyncio as aioredis

from parking.catalogue.model import Place, Tenant, merge_tenant
from parking.clock import Clock
from parking.codec import decode_place, decode_tenant
from parking.errors import ParkingError
from parking.published.availability import NEVER_OBSERVED, Availability
from parking.published.freshness import as_of
from parking.words import ClockBasis
from store.changes import ChangesPosition, clocks_of, decode_live, latest_clock, pairs
from store.functions import call
from store.keys import CITY, OWN_WORDS, REVISION, TENANTS, keys_of

log = logging.getLogger(__name__)


class PlaceNow(NamedTuple):
    """A place, what may be said about it at ``Snapshot.now``, and what was received where that differs."""

    place: Place
    availability: Availability
    received: Availability | None = None


class Snapshot(NamedTuple):
    """Everything known of a tenant at one instant.

    ``now`` is the time it is judged by: the reader's own clock, or for a replay the recording's. ``position`` is that
    of the last change it contains: following the change stream from there misses nothing. ``city`` is None until a
    worker has written it.
    """

    tenant: str
    now: datetime
    basis: ClockBasis
    position: ChangesPosition
    places: list[PlaceNow]
    city: Tenant | None = None


def now_of(clock: Clock | None, wall: datetime) -> datetime:
    """The tenant's time; under the wall clock never behind the reader's own."""
    if clock is None:
        return wall
    return clock.at if clock.basis is ClockBasis.EVENT or clock.at > wall else wall


def time_of(clock: Clock | None, wall: datetime) -> Clock:
    """The tenant's time, and whose clock it is."""
    return Clock(now_of(clock, wall), clock.basis if clock else ClockBasis.WALL)


async def read_snapshot(client: "aioredis.Redis", tenant: str, wall: datetime) -> Snapshot:
    """Read one tenant in one atomic call; ``wall`` is the reader's own time, aware UTC.

    A place that is catalogued and was never heard is in the answer, unknown. Not promised: that a place taken out of
    the catalogue leaves the answer. Raises redis.exceptions.RedisError where Redis cannot be reached.
    """
    reply = await call(client, "placelibre_snapshot", keys_of(tenant), read_only=True)
    incarnation, last, *tables = reply
    clocks, places, live = map(pairs, tables)
    clock = latest_clock(clocks)
    city, own = (_city(places.pop(field.encode(), None)) for field in (CITY, OWN_WORDS))
    city = merge_tenant(city, own)
    now, basis = time_of(clock, wall)
    is_judged = clock is not None or city is None or city.clock is ClockBasis.WALL  # a replay is not, before its tick
    rows = []
    for place_id, entry in sorted(places.items()):
        try:
            place = decode_place(entry[REVISION.size :])
        except ParkingError as error:
            log.error("place %r in Redis is unusable and was left out: %s", place_id, error)
            continue
        received = _received(place_id, live.get(place_id))
        rows.append(PlaceNow(place, as_of(received, now if is_judged else None), received))
    position = ChangesPosition(incarnation.decode(), last.decode())
    return Snapshot(tenant, now, basis, position, rows, city)


def _city(value: bytes | None) -> Tenant | None:
    if value is None:
        return None
    try:
        return decode_tenant(value[REVISION.size :])
    except ParkingError as error:
        log.error("the city's own entry in Redis is unusable and was left out: %s", error)
        return None


def _received(place_id: bytes, value: bytes | None) -> Availability:
    """What was last written; of a value that cannot be read, as of none, nothing."""
    if value is None:
        return NEVER_OBSERVED
    try:
        return decode_live(value)
    except ParkingError as error:
        log.error("the live value of place %r is unusable: %s", place_id, error)
        return NEVER_OBSERVED


async def read_clock(client: "aioredis.Redis", tenant: str) -> Clock | None:
    """The latest tick of a tenant, or None before its first."""
    return max(await read_clocks(client, tenant), default=None)


async def read_clocks(client: "aioredis.Redis", tenant: str) -> list[Clock]:
    """The latest tick of a tenant in each partition that heard one."""
    rows: dict[bytes, bytes] = await client.hgetall(keys_of(tenant).clock)  # type: ignore[assignment]
    return clocks_of(rows)


async def list_tenants(client: "aioredis.Redis") -> list[str]:
    """All tenants that Redis knows, by name."""
    return sorted(str(name, "utf-8") if isinstance(name, bytes) else name for name in await client.smembers(TENANTS))
