"""What the tests of the store share: an emptied Valkey, and a change."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import redis.asyncio as aioredis

from ops.settings import Settings
from store.connecting import open_redis


@pytest.fixture
async def client(servers: Settings) -> AsyncIterator[aioredis.Redis]:
    """A client of the session's Valkey, emptied."""
    one = open_redis(servers.redis, 5, 10)
    await one.flushall()
    yield one
    await one.aclose()
