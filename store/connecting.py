"""The one way to connect to Redis or Valkey: gives up in seconds, and lets go when it is told to.

redis-py sends by ``asyncio.wait_for``, which before Python 3.12 forgets a cancellation that arrives just as the send
has ended. Whoever was cancelled then goes on, for ever if it is a loop: a gateway that ignores SIGTERM. So each send
looks whether it was cancelled meanwhile.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

import redis.asyncio as aioredis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ResponseError

from store.rights import find_refused


class _LetsGo(AbstractConnection):
    async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
        """See redis-py. Raises CancelledError where the task was cancelled while it sent."""
        task = asyncio.current_task()
        before = task.cancelling() if task else 0
        await super().send_packed_command(command, check_health)
        if task and task.cancelling() > before:
            await self.disconnect(nowait=True)  # the answer to what was sent will never be read
            raise asyncio.CancelledError

    async def read_response(self, *how: Any, **more: Any) -> Any:
        """See redis-py. Raises RightRefusedError where that is what Redis answers."""
        try:
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
