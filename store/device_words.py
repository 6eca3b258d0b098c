"""The last words of a tenant's devices, place by place: the worker writes them beside the repair list."""

import logging
from collections.abc import Mapping

import redis.asyncio as aioredis

from parking.desk.last_words import DeviceWord, decode_words
from parking.errors import ParkingError
from store.keys import device_words_key

log = logging.getLogger(__name__)


async def read_words(client: "aioredis.Redis", tenant: str, place_id: str) -> tuple[DeviceWord, ...]:
    """What each device of a place said last, up to a minute old; empty where the worker has not looked yet.

    Raises redis.exceptions.RedisError where Redis is away.
    """
    value: bytes | None = await client.hget(device_words_key(tenant), place_id)  # type: ignore[assignment]
    if value is None:
        return ()
    try:
        return decode_words(value)
    except ParkingError as error:
        log.error("the last words at place %r are unusable: %s", place_id, error)
        return ()


async def write_words(client: "aioredis.Redis", tenant: str, words: Mapping[str, bytes | None]) -> None:
    """Replace what devices of these places said last, encoded; of a place that is gone (None) nothing stays.

    Raises redis.exceptions.RedisError where Redis is away.
    """
    key = device_words_key(tenant)
    async with client.pipeline(transaction=False) as pipe:
        if rows := {place_id: value for place_id, value in words.items() if value is not None}:
            pipe.hset(key, mapping=rows)  # type: ignore[arg-type]
        if gone := [place_id for place_id, value in words.items() if value is None]:
            pipe.hdel(key, *gone)
        await pipe.execute()
