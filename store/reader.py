"""The reading half: one consistent picture of a tenant, in which what has expired is unknown."""

from datetime import datetime
from typing import NamedTuple

import msgspec
import redis.asyncio as aioredis

from parking.availability import NEVER_OBSERVED, Availability
from parking.catalogue import Place
from parking.clock import Clock
from parking.codec import decode_availability, decode_place
from parking.freshness import as_of
from parking.instants import from_us
from parking.words import ClockBasis
from store.functions import call
from store.keys import REVISION, TENANTS, keys_of, unpack_revision


class PlaceNow(NamedTuple):
    """A place and what may be said about it at ``Snapshot.now``."""

    place: Place
    availability: Availability


class Snapshot(NamedTuple):
    """Everything known of a tenant at one instant.

    ``now`` is the time it is judged by: the reader's own clock, or for a replay the recording's. ``last_change`` is the
    id of the last change it contains: following the change stream from there misses nothing.
    """

    tenant: str
    now: datetime
    basis: ClockBasis
    last_change: str
    places: list[PlaceNow]


def _pairs(flat: list[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _latest_clock(rows: dict[bytes, bytes]) -> Clock | None:
    """The latest tick of any partition."""
    clocks = []
    for value in rows.values():
        basis, us = value.decode().split()
        clocks.append(Clock(from_us(int(us)), ClockBasis(basis)))
    return max(clocks, default=None)


def _tenant_clock(rows: dict[bytes, bytes], wall: datetime) -> Clock:
    """The tenant's time; under the wall clock never behind the reader's own."""
    clock = _latest_clock(rows) or Clock(wall, ClockBasis.WALL)
    return clock if clock.basis is ClockBasis.EVENT else clock._replace(at=max(clock.at, wall))


async def read_snapshot(client: "aioredis.Redis", tenant: str, wall: datetime) -> Snapshot:
    """Read one tenant in one atomic call; ``wall`` is the reader's own time, aware UTC.

    A place that is catalogued and was never heard is in the answer, unknown. Not promised: that a place taken out of
    the catalogue leaves the answer. Raises redis.exceptions.RedisError where Redis cannot be reached.
    """
    reply = await call(client, "placelibre_snapshot", keys_of(tenant), read_only=True)
    places, live, clocks = (_pairs(part) for part in reply[:3])
    now, basis = _tenant_clock(clocks, wall)
    rows = []
    for place_id, entry in sorted(places.items()):
        place = decode_place(entry[REVISION.size :])
        value = live.get(place_id)
        rows.append(PlaceNow(place, as_of(_decode_live(value), now) if value else NEVER_OBSERVED))
    return Snapshot(tenant, now, basis, reply[3].decode(), rows)


def _decode_live(value: bytes) -> Availability:
    availability = decode_availability(value[REVISION.size :])
    return msgspec.structs.replace(availability, revision=unpack_revision(value))


def aged(snapshot: Snapshot, wall: datetime) -> Snapshot:
    """The same snapshot looked at later, by a reader whom nothing reaches: what has expired since is unknown."""
    now = max(snapshot.now, wall) if snapshot.basis is ClockBasis.WALL else snapshot.now
    rows = [PlaceNow(row.place, as_of(row.availability, now)) for row in snapshot.places]
    return snapshot._replace(now=now, places=rows)


async def read_clock(client: "aioredis.Redis", tenant: str) -> Clock | None:
    """The latest tick of a tenant, or None before its first."""
    rows: dict[bytes, bytes] = await client.hgetall(keys_of(tenant).clock)  # type: ignore[assignment]
    return _latest_clock(rows)


async def list_tenants(client: "aioredis.Redis") -> list[str]:
    """All tenants that Redis knows, by name."""
    return sorted(str(name, "utf-8") if isinstance(name, bytes) else name for name in await client.smembers(TENANTS))
