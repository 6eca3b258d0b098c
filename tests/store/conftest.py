"""What the tests of the store share: an emptied Valkey, and a change."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import redis.asyncio as aioredis

from ops.settings import Settings


@pytest.fixture
async def client(servers: Settings) -> AsyncIterator[aioredis.Redis]:
    """A client of the session's Valkey, emptied."""
    one = aioredis.from_url(servers.redis)
    await one.flushall()
    yield one
    await one.aclose()
