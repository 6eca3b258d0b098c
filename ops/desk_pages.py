"""What the desk's pages read beside what is in memory: statuses of signs, last words of devices, what was ordered."""

import redis.asyncio as aioredis

from parking.decisions.acting import DecisionNow
from parking.desk.last_words import DeviceWord
from parking.signs.status import SignStatus
from store.decisions import list_latest
from store.device_words import read_words
from store.following import REDIS_AWAY
from store.sign_status import read_status


class PagesInRedis:
    """See gateways.desk.pages.serve.PagesPort."""

    def __init__(self, client: "aioredis.Redis", tenant: str) -> None:
        self._client, self._tenant = client, tenant

    async def statuses(self) -> dict[str, SignStatus]:
        """See PagesPort."""
        try:
            return await read_status(self._client, self._tenant)
        except REDIS_AWAY:
            return {}

    async def last_words(self, place_id: str) -> tuple[DeviceWord, ...]:
        """See PagesPort."""
        try:
            words = await read_words(self._client, self._tenant, place_id)
        except REDIS_AWAY:
            return ()
        return words

    async def said(self, place_id: str) -> list[DecisionNow]:
        """See PagesPort."""
        try:
            return await list_latest(self._client, self._tenant, f"place:{place_id}/")
        except REDIS_AWAY:
            return []
