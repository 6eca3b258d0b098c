"""Alarms at a terminal: the list of them, and what somebody there says to one, recorded as the desk itself does it."""

from datetime import UTC, datetime

from gateways.desk.watching.book import AlarmBook, BookEntry, lasting
from ops.console import live_state
from ops.deciding import open_record
from ops.settings import Settings
from parking.clock import city_time
from parking.decisions.acting import DecisionNow
from parking.decisions.model import Decision
from parking.errors import ParkingError
from parking.health.alarms.acts import AlarmAct
from parking.health.alarms.recorded import ALARM_SUBJECTS, handle
from store.decisions import list_latest
from store.reader import read_clock


class NoSuchAlarmError(ParkingError):
    """There is no alarm of that id; the message says where ids are listed."""


class AlarmsNow:
    """The alarms of a city as Redis shows them."""

    def __init__(self, settings: Settings, tenant: str) -> None:
        self._settings, self.tenant = settings.model_copy(update={"tenant": tenant}), tenant

    async def now(self) -> datetime:
        """The city's time."""
        async with live_state(self._settings) as client:
            return city_time(await read_clock(client, self.tenant), datetime.now(UTC))

    async def read(self) -> AlarmBook:
        """All of them. Raises RedisError where Redis is away."""
        async with live_state(self._settings) as client:

            async def latest() -> list[DecisionNow]:
                return await list_latest(client, self.tenant, ALARM_SUBJECTS)

            book = AlarmBook(latest)
            await book.read()
            return book

    async def get(self, alarm: str) -> BookEntry:
        """Raises NoSuchAlarmError."""
        if (entry := (await self.read()).find(alarm)) is None:
            raise NoSuchAlarmError(f"there is no alarm {alarm!r:.80}: `placelibre desk alarms --state any` lists them")
        return entry

    async def say(self, alarm: str, act: AlarmAct, author: str) -> Decision:
        """Record it. Raises NoSuchAlarmError, InvalidActError, NotRecordedError."""
        entry, now = await self.get(alarm), await self.now()
        decision = lasting(handle(entry.alarm, act, author, entry.next_moment(now), self.tenant))
        async with open_record(self._settings) as record:
            await record(decision)
        return decision
