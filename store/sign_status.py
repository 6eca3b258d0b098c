"""What the controller says of each sign, for whoever shows it: lost with Redis, written again within seconds."""

import logging
from collections.abc import Iterable
from typing import Any

import redis.asyncio as aioredis

from parking.errors import ParkingError
from parking.signs.status import SignStatus, decode_status, encode_status
from store.keys import sign_status_key

log = logging.getLogger(__name__)


async def write_status(client: "aioredis.Redis", tenant: str, statuses: Iterable[SignStatus]) -> None:
    """Replace what is said of these signs. Raises redis.exceptions.RedisError where Redis cannot be reached."""
    rows: dict[Any, Any] = {status.sign: encode_status(status) for status in statuses}
    if rows:
        await client.hset(sign_status_key(tenant), mapping=rows)


async def forget_status(client: "aioredis.Redis", tenant: str, signs: Iterable[str]) -> None:
    """Say nothing more of these signs. Raises redis.exceptions.RedisError where Redis cannot be reached."""
    if names := list(signs):
        await client.hdel(sign_status_key(tenant), *names)


async def read_status(client: "aioredis.Redis", tenant: str) -> dict[str, SignStatus]:
    """What is said of each sign; readers look at ``written_at``. One that cannot be read is left out.

    Raises redis.exceptions.RedisError where Redis cannot be reached.
    """
    found = {}
    rows: dict[bytes, bytes] = await client.hgetall(sign_status_key(tenant))  # type: ignore[assignment]
    for name, value in rows.items():
        try:
            status = decode_status(value)
        except ParkingError as error:
            log.error("the status of sign %r in Redis is unusable and was left out: %s", name, error)
            continue
        found[status.sign] = status
    return found
