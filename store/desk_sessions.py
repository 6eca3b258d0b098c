"""What the desk keeps of those who have signed in, in Redis: bytes under digests, each with an end of its own.

So sessions outlive a gateway, and one that is ended in a gateway is ended in all of them. A Redis that lost its memory
has no sessions: everybody signs in again.
"""

import math

import redis.asyncio as aioredis

from store.keys import desk_key

PERSON_KEPT_S = 24 * 3600
"""The list of a person's sessions goes a day after the last one began; none lasts that long."""


class SessionsInRedis:
    """A ``SessionKeeping`` of the gateways. Every method raises RedisError or OSError where Redis is away."""

    def __init__(self, client: "aioredis.Redis", tenant: str) -> None:
        self._client, self._tenant = client, tenant

    async def put(self, key: str, value: bytes, ttl_s: float, whose: str = "") -> None:
        """Keep it so long, among those of that person where one is named."""
        kept, person = self._kept(key), desk_key(self._tenant, "person", whose)
        async with self._client.pipeline() as pipe:
            pipe.set(kept, value, px=_ms(ttl_s))
            if whose:
                pipe.sadd(person, key)
                pipe.expire(person, PERSON_KEPT_S)
            await pipe.execute()

    async def put_first(self, key: str, ttl_s: float) -> bool:
        """Keep a mark; False where somebody else's still stands."""
        return bool(await self._client.set(self._kept(key), b"1", px=_ms(ttl_s), nx=True))

    async def replace(self, key: str, value: bytes, ttl_s: float) -> bool:
        """Put another value and end in its place; False, and nothing done, where it has been dropped meanwhile."""
        return bool(await self._client.set(self._kept(key), value, px=_ms(ttl_s), xx=True))

    async def find(self, key: str) -> bytes | None:
        """What is kept there."""
        return _bytes(await self._client.get(self._kept(key)))

    async def find_in_use(self, key: str, ttl_s: float) -> bytes | None:
        """What is kept there, which from now on is kept so long."""
        return _bytes(await self._client.getex(self._kept(key), px=_ms(ttl_s)))

    async def take(self, key: str) -> bytes | None:
        """What is kept there, for the only one who will ever get it."""
        return _bytes(await self._client.getdel(self._kept(key)))

    async def drop(self, key: str, whose: str = "") -> None:
        """Keep it no longer; at once, for all gateways."""
        async with self._client.pipeline() as pipe:
            pipe.delete(self._kept(key))
            if whose:
                pipe.srem(desk_key(self._tenant, "person", whose), key)
            await pipe.execute()

    async def list_of(self, whose: str) -> list[str]:
        """The keys kept of a person."""
        found = await self._client.smembers(desk_key(self._tenant, "person", whose))
        return sorted(key.decode() if isinstance(key, bytes) else key for key in found)

    def _kept(self, key: str) -> str:
        return desk_key(self._tenant, "kept", key)


def _ms(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))


def _bytes(found: bytes | str | None) -> bytes | None:
    """As our connections read it: they decode nothing."""
    return found.encode() if isinstance(found, str) else found
