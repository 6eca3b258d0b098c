"""The repair list of a tenant: what is the matter with which device, place by place."""

import logging
from collections.abc import Mapping, Sequence

import redis.asyncio as aioredis

from parking.errors import ParkingError
from parking.health.codec import decode_findings, encode_findings
from parking.health.repairs import Finding
from store.keys import keys_of

log = logging.getLogger(__name__)


async def read_repairs(client: "aioredis.Redis", tenant: str) -> dict[str, list[Finding]]:
    """All findings of a tenant by place, unranked. Raises redis.exceptions.RedisError where Redis is away."""
    rows: dict[bytes, bytes] = await client.hgetall(keys_of(tenant).repairs)  # type: ignore[assignment]
    found = {}
    for place_id, value in rows.items():
        try:
            found[place_id.decode()] = decode_findings(value)
        except (ParkingError, UnicodeDecodeError) as error:
            log.error("the findings at place %r are unusable: %s", place_id, error)
    return found


async def write_repairs(client: "aioredis.Redis", tenant: str, found: Mapping[str, Sequence[Finding]]) -> None:
    """Replace what is said of these places; one with nothing the matter leaves the list.

    Raises redis.exceptions.RedisError where Redis is away.
    """
    key = keys_of(tenant).repairs
    async with client.pipeline(transaction=False) as pipe:
        if rows := {place_id: encode_findings(of_place) for place_id, of_place in found.items() if of_place}:
            pipe.hset(key, mapping=rows)  # type: ignore[arg-type]
        if gone := [place_id for place_id, of_place in found.items() if not of_place]:
            pipe.hdel(key, *gone)
        await pipe.execute()
