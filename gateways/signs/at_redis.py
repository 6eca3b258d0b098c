"""What the signs' server knows, read from Redis: inventory, statuses, the city's time, decisions."""

import time
from datetime import UTC, datetime

import redis.asyncio as aioredis

from gateways.signs.desk import CityNow
from gateways.words.city_clock import clock_of
from parking.clock import city_time
from parking.decisions.acting import DecisionNow
from parking.signs.model import Sign
from parking.signs.status import SignStatus
from store.decisions import find_latest
from store.heeding import heeding
from store.reader import read_clock, read_stored
from store.sign_status import read_status
from store.signs import list_standing
from store.snapshots import Stored

INVENTORY_EVERY_S = 5.0
"""A city's whole catalogue is read for it, so not each second."""


class SignsInRedis:
    """See SignsPort. One connection and one reader at a time are enough: the board asks once a second."""

    def __init__(self, client: "aioredis.Redis", tenant: str) -> None:
        self.tenant, self._client = tenant, client
        self._stored: Stored | None = None
        self._read_at = float("-inf")

    async def signs(self) -> list[Sign]:
        """See SignsPort."""
        return list_standing({sign.id: sign for sign in (await self._catalogue()).signs})

    async def statuses(self) -> dict[str, SignStatus]:
        """See SignsPort."""
        with heeding():
            return await read_status(self._client, self.tenant)

    async def city(self) -> CityNow:
        """See SignsPort. A recording's time is its last tick's."""
        stored = await self._catalogue()
        with heeding():
            clock = await read_clock(self._client, self.tenant)
        now, about = city_time(clock, datetime.now(UTC)), stored.city
        named = clock_of(self.tenant, about)
        is_made_up = any(received.simulated for _, received in stored.places)
        return CityNow(named.city, named.zone, now, about.located if about else {}, is_made_up)

    async def latest(self, subject: str) -> DecisionNow | None:
        """See SignsPort."""
        with heeding():
            return await find_latest(self._client, self.tenant, subject)

    async def _catalogue(self) -> Stored:
        if self._stored is None or time.monotonic() - self._read_at > INVENTORY_EVERY_S:
            with heeding():
                self._stored = await read_stored(self._client, self.tenant)
            self._read_at = time.monotonic()
        return self._stored
