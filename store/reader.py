"""The reading half: one consistent picture of a tenant."""

import logging
from datetime import datetime

import redis.asyncio as aioredis

from parking.catalogue.model import TENANT_ID, Tenant, merge_tenant
from parking.clock import Clock
from parking.codec import decode_place, decode_tenant
from parking.errors import ParkingError
from parking.published.availability import NEVER_OBSERVED, Availability
from store.changes import ChangesPosition, clocks_of, decode_live, latest_clock, pairs, text_of
from store.functions import call
from store.keys import CITY, OWN_WORDS, REVISION, TENANTS, keys_of
from store.mirror import shown_at
from store.signs import take_signs
from store.snapshots import Snapshot, Stored

log = logging.getLogger(__name__)


async def read_stored(client: "aioredis.Redis", tenant: str) -> Stored:
    """Read one tenant in one atomic call, unjudged: whether a value still holds is the mirror's to say.

    A place that is catalogued and was never heard is in the answer. Not promised: that a place taken out of the
    catalogue leaves it. Raises redis.exceptions.RedisError where Redis cannot be reached.
    """
    reply = await call(client, "placelibre_snapshot", keys_of(tenant), read_only=True)
    incarnation, last, *tables = reply
    clocks, places, live = map(pairs, tables)
    city, own = (_city(places.pop(field.encode(), None)) for field in (CITY, OWN_WORDS))
    signs = take_signs(places)
    rows = []
    for place_id, entry in sorted(places.items()):
        try:
            place = decode_place(entry[REVISION.size :])
        except ParkingError as error:
            log.error("place %r in Redis is unusable and was left out: %s", place_id, error)
            continue
        rows.append((place, _received(place_id, live.get(place_id))))
    position = ChangesPosition(text_of(incarnation), last.decode())
    return Stored(tenant, latest_clock(clocks), position, rows, merge_tenant(city, own), signs)


async def read_snapshot(client: "aioredis.Redis", tenant: str, wall: datetime) -> Snapshot:
    """One consistent picture of a tenant, in which what has expired by ``wall`` (aware UTC) is unknown.

    For a question asked once; whoever asks again keeps a mirror. See ``read_stored`` for what it holds and raises.
    """
    return shown_at(await read_stored(client, tenant), wall)


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
    """All tenants that Redis knows, by name; what cannot be the name of one is left out."""
    members = await client.smembers(TENANTS)
    names = (name.decode("utf-8", "replace") if isinstance(name, bytes) else name for name in members)
    return sorted(name for name in names if TENANT_ID.fullmatch(name))


async def read_availability(client: "aioredis.Redis", tenant: str, place_id: str) -> Availability | None:
    """What was last written of one place, whether it still holds or not; None where nothing was, or is unusable."""
    value: bytes | None = await client.hget(keys_of(tenant).live, place_id)  # type: ignore[assignment]
    return None if value is None else _received(place_id.encode(), value)
