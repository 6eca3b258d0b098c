"""The one way to connect to Redis or Valkey: gives up in seconds, and lets go when told to (``store.heeding``)."""

import asyncio
from collections.abc import Iterable
from typing import Any

import redis.asyncio as aioredis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ResponseError

from store.heeding import heeding
from store.rights import find_refused


class _LetsGo(AbstractConnection):
    async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
        """See redis-py. Raises CancelledError where the task was cancelled while it sent."""
        try:
            with heeding():
                await super().send_packed_command(command, check_health)
        except asyncio.CancelledError:
            await self.disconnect(nowait=True)  # the answer to what was sent will never be read
            raise

    async def connect_check_health(self, *how: Any, **more: Any) -> None:
        """See redis-py."""
        with heeding():
            await super().connect_check_health(*how, **more)

    async def read_response(self, *how: Any, **more: Any) -> Any:
        """See redis-py. Raises RightRefusedError where that is what Redis answers."""
        try:
            with heeding():
                return await super().read_response(*how, **more)
        except ResponseError as error:
            if (refused := find_refused(error)) is not None:
                raise refused from error
            raise


class _Plain(_LetsGo, aioredis.Connection):
    """By TCP."""


class _Secure(_LetsGo, aioredis.SSLConnection):
    """By TLS."""


def open_redis(url: str, connect_s: float, reply_s: float) -> "aioredis.Redis":
    """A client that waits so many seconds for a connection and for a reply; nothing is asked yet."""
    pool = aioredis.ConnectionPool.from_url(
        url, socket_connect_timeout=connect_s, socket_timeout=reply_s, driver_info=None
    )
    pool.connection_class = _Secure if issubclass(pool.connection_class, aioredis.SSLConnection) else _Plain
    return aioredis.Redis.from_pool(pool)
