"""A desk over a city on a bad morning with three alarms, served in a thread of its own, without Kafka or Redis."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from starlette.requests import Request

from benchmarks.desk_suite.city import TENANT, BadMorning
from gateways.desk.pages.live import DeskView
from gateways.desk.pages.serve import DeskPages
from gateways.desk.serve import DeskRoom
from gateways.desk.watching.handling import AlarmDesk
from parking.catalogue.model import Tenant
from parking.clock import Clock
from parking.decisions.acting import DecisionNow
from parking.desk.last_words import DeviceWord
from parking.desk.operators import Operator, Role
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmCondition, AlarmWord, Phase
from parking.health.alarms.recorded import word_to_decision
from parking.signs.status import SignStatus
from parking.words import ClockBasis, SpaceState
from store.changes import ChangesPosition
from store.mirror import Mirror
from store.snapshots import Stored
from tests.gateways.desk.pages.in_thread import DeskInThread
from tests.gateways.desk.watching.watch_world import Kept, WatchWorld


class ServedDesk(DeskInThread):
    """The pages and the alarms; ``book`` is changed by ``tell`` alone."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.kept = datetime.now(UTC), Kept()
        self.city, self.book = BadMorning(60, 1_000, 4), WatchWorld(self.kept).book
        self.view = DeskView(Mirror(TENANT))
        said = {change.place_id: change.availability for change in self.city.say_all(self.now)}
        rows = [(place, said[place.id]) for place in (*self.city.sites, *self.city.zones)]
        about = Tenant(id=TENANT, clock=ClockBasis.WALL, name="Nantes", zone="Europe/Paris")
        stored = Stored(
            TENANT, Clock(self.now, ClockBasis.WALL), ChangesPosition("1", "1-0"), rows, about, tuple(self.city.signs)
        )
        self.view.snapshot(self.view.mirror.take_snapshot(stored, self.now))
        self.view.show_alarms(self.book)
        dead = tuple(place.id for number, place in enumerate(self.city.sites) if number % 25 == 3)
        self.worst = self.word("feed:feed3", TroubleKind.FEED_SILENT, places=dead, spaces=2_000)
        self.next = self.word("place:p0009", TroubleKind.COUNTER_DRIFT, places=("p0009",), spaces=1_000)
        self.last = self.word("sign:S0003", TroubleKind.SIGN_WRONG, signs=("S0003",))
        for word in (self.worst, self.next, self.last):
            self.kept.events.append(word_to_decision(TENANT, word, self.now))
            self.book.say(word)

    def word(self, cause: str, kind: TroubleKind, **more: Any) -> AlarmWord:
        """An alarm of some minutes ago."""
        since = self.now - timedelta(minutes=12)
        what = AlarmCondition(kind=kind, cause=cause, name=cause.partition(":")[2], since=since, **more)
        return AlarmWord(condition=what, phase=Phase.ACTIVE, phase_since=since, raised_at=since, raised=(since,))

    def tell(self, word: AlarmWord, spaces: int) -> None:
        """The watcher says of an alarm that it hits so many, a moment later."""
        condition = msgspec.structs.replace(word.condition, spaces=spaces)
        newer = msgspec.structs.replace(word, condition=condition, phase_since=datetime.now(UTC))
        self.loop.call_soon_threadsafe(self.book.say, newer)

    async def statuses(self) -> dict[str, SignStatus]:
        """Of each sign."""
        return {status.sign: status for status in self.city.list_statuses(self.now)}

    async def last_words(self, place_id: str) -> tuple[DeviceWord, ...]:
        """Of one sensor."""
        return (DeviceWord(source="feed1", device_id="7", space="7", state=SpaceState.FREE, battery_v=3.1),)

    async def said(self, place_id: str) -> list[DecisionNow]:
        """Nothing."""
        return []

    async def require(self, request: Request, role: Role, tenant: str) -> Operator:
        """Ada may do all."""
        return Operator(name="Ada Lovelace", subject="1", roles={TENANT: frozenset(Role)})

    def rooms(self) -> list[DeskRoom]:
        self.loop = asyncio.get_running_loop()
        alarms = AlarmDesk(TENANT, self.book, self.kept, self.require, lambda: datetime.now(UTC), dict)
        pages = DeskPages(self.view, self, self.require, lambda request, pieces: pieces)
        return [DeskRoom("alarms", alarms.routes()), pages.room()]
