"""The inventory of signs as Redis holds it, beside the places: lost with Redis, and written again by the worker."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

import redis.asyncio as aioredis

from parking.errors import ParkingError
from parking.signs.codec import decode_sign
from parking.signs.model import Sign
from parking.signs.words import SignMode
from store.keys import REVISION, SIGN

if TYPE_CHECKING:
    from store.snapshots import Stored

log = logging.getLogger(__name__)


def take_signs(places: dict[bytes, bytes]) -> tuple[Sign, ...]:
    """Take the signs out of what Redis holds of the catalogue, by id; one that cannot be read is left out."""
    names = [name for name in places if name.startswith(SIGN.encode())]
    found = []
    for name in sorted(names):
        try:
            found.append(decode_sign(places.pop(name)[REVISION.size :]))
        except ParkingError as error:
            log.error("sign %r in Redis is unusable and was left out: %s", name, error)
    return tuple(found)


def list_standing(signs: Mapping[str, Sign]) -> list[Sign]:
    """The signs that are still at the road, by id."""
    return [sign for _, sign in sorted(signs.items()) if sign.mode is not SignMode.RETIRED]


async def read_signs(client: "aioredis.Redis", tenant: str) -> list[Sign]:
    """The signs of a city that are still at the road, by id. Raises redis.exceptions.RedisError where Redis is away.

    For a question asked once: whoever asks again keeps a mirror, whose ``signs`` are the same.
    """
    from store.reader import read_stored

    stored: Stored = await read_stored(client, tenant)
    return list_standing({sign.id: sign for sign in stored.signs})
