"""The watcher: looks every few seconds, judges what it sees, records what has changed, and has people told.

It looks whatever is away. What cannot be seen is not concluded from: Redis away is one alarm about Redis. What Kafka
does not take waits here, the newest word of each alarm, and is recorded when Kafka is back; until then nobody is told,
for what is sent must be recorded first.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec
from redis.exceptions import RedisError

from gateways.desk.watching.book import KEPT_FOR, AlarmBook, lasting
from gateways.desk.watching.eyes import Eyes
from gateways.desk.watching.sighting import FeedWatch, Seen, sight_of
from gateways.desk.watching.turn import NotOursError, WatchTurn
from parking.decisions.acting import NotRecordedError, RecordPort
from parking.decisions.words import InvalidDecisionError
from parking.health.alarms.finding import find_conditions, list_unseen
from parking.health.alarms.judge import judge
from parking.health.alarms.model import AlarmWord
from parking.health.alarms.recorded import word_to_decision
from parking.health.alarms.sight import Component
from parking.instants import in_text
from store.mirror import Mirror

log = logging.getLogger(__name__)
WATCHED_EVERY_S = 2.0
DETAILS_EVERY_S = 30.0
"""What changes of an alarm but not its phase is recorded no more often."""

BLIND_AFTER_S = 20.0
"""For how long a watcher that has just started waits for what was recorded before it, before it goes on without."""

STOPPED_AFTER_S = 60.0
"""Without a tick for so long, no worker concludes anything for a city that lives by the wall clock."""

_AT_ONCE = 100
"""Words that are recorded side by side: a storm of hundreds costs one wait or a few, and not hundreds."""

_SHORT = 200


class Teller(Protocol):
    """Who has people told of alarms; nothing here may wait."""

    def look(self, book: AlarmBook, now: datetime, fence: int | None) -> None:
        """Send what is due under this fence."""


class Watcher:
    """``run`` for as long as the desk runs. ``now`` is the city's time, ``seen`` what the last look saw."""

    def __init__(
        self,
        mirror: Mirror,
        eyes: Eyes,
        book: AlarmBook,
        turn: WatchTurn,
        record: RecordPort,
        told: Teller | None = None,
    ) -> None:
        self._mirror, self._eyes, self._book, self._turn = mirror, eyes, book, turn
        self._record, self._told = record, told
        self._feeds = FeedWatch()
        self._recorded: dict[str, tuple[AlarmWord, float]] = {}
        self._waiting: dict[str, AlarmWord] = {}
        self._began_s = time.monotonic()
        self._has_read = False
        self.looked_at: datetime | None = None
        self.not_recorded: str | None = None
        self.unrecorded_since: datetime | None = None
        self._stopped_s = 0.0
        self.is_ours = False
        self.seen = Seen()

    def now(self) -> datetime:
        """The city's time."""
        return self._mirror.now(datetime.now(UTC))

    @property
    def is_looking(self) -> bool:
        """Whether the last look was a moment ago."""
        return self.looked_at is not None and datetime.now(UTC) - self.looked_at < timedelta(seconds=20)

    @property
    def is_seeing(self) -> bool:
        """Whether the city's numbers can be seen, and its time goes on."""
        return self._eyes.trouble is None and self._stopped_s < STOPPED_AFTER_S

    def document(self) -> dict[str, Any]:
        """How it goes, for the desk's own page."""
        return {
            "now": in_text(self.now()),
            "is_ours": self.is_ours,
            "is_looking": self.is_looking,
            "blind": self._eyes.trouble,
            "not_recorded": self.not_recorded,
            "unrecorded": len(self._waiting),
            "probes": [
                {"name": one.name, "component": one.component.value, "is_there": one.is_there,
                 "since": in_text(one.since) if one.since else None, "detail": one.detail}
                for one in self._eyes.prober.last
            ],
        }  # fmt: skip

    async def run(self) -> None:
        """Look again and again; ends when cancelled. A mistake of ours costs one look."""
        while True:
            try:
                await self.look(datetime.now(UTC))
                self.looked_at = datetime.now(UTC)
            except Exception:
                log.exception("a look at the city has met a mistake of ours; the next follows")
            await asyncio.sleep(WATCHED_EVERY_S)

    async def look(self, wall: datetime) -> None:
        """Look once."""
        self.seen = seen = await self._eyes.see(self._mirror.now(wall))
        self._stopped_s = seen.clock.stopped_s if seen.clock else 0.0
        await self._read_book()
        try:
            fence = await self._turn.fence(self._eyes.prober.is_well(Component.REDIS))
            self.is_ours = True
        except NotOursError:
            self.is_ours = False
            self._forget_waiting()
            return
        if not (self._has_read and self._mirror.is_loaded) and time.monotonic() - self._began_s < BLIND_AFTER_S:
            return
        sight = sight_of(self._mirror, self._feeds, seen, wall)
        for word in judge(self._book.words(), find_conditions(sight), sight.now, list_unseen(sight)):
            self._book.say(word)
            self._waiting[word.id] = word
        await self._record_waiting(sight.now, fence)
        if self._told is not None:
            self._told.look(self._book, sight.now, fence)

    async def _read_book(self) -> None:
        try:
            await self._book.read()
            self._has_read = True
        except (RedisError, OSError, TimeoutError):
            return

    def _forget_waiting(self) -> None:
        self._waiting.clear()
        self._book.unrecorded.clear()

    async def _record_waiting(self, now: datetime, fence: int | None) -> None:
        """Record what is due; what Kafka does not take waits for the next look."""
        self._keep_standing(now)
        due = [word for word in self._waiting.values() if self._is_due(word)]
        for start in range(0, len(due), _AT_ONCE):
            if not await self._record_together(due[start : start + _AT_ONCE], now, fence):
                break
        self._book.unrecorded = {word.id for word in self._waiting.values() if self._is_news(word)}

    async def _record_together(self, words: Sequence[AlarmWord], now: datetime, fence: int | None) -> bool:
        """Whether Kafka has taken all of them."""
        results = await asyncio.gather(*(self._record_word(word, now, fence) for word in words), return_exceptions=True)
        failed = [result for result in results if result is not None]
        for word, result in zip(words, results, strict=True):
            if result is None:
                del self._waiting[word.id]
        if not failed:
            self.not_recorded = self.unrecorded_since = None
            return True
        error = failed[0]
        if not isinstance(error, NotRecordedError):
            raise error
        if self.not_recorded is None:
            log.warning("alarms cannot be recorded now, and are when Kafka is back: %s", error)
            self.unrecorded_since = datetime.now(UTC)
        self.not_recorded = f"Kafka does not take what the watcher says: {error}"[:300]
        return False

    async def _record_word(self, word: AlarmWord, now: datetime, fence: int | None) -> None:
        decision = lasting(word_to_decision(self._mirror.tenant, word, now, fence))
        try:
            await self._record(decision)
        except InvalidDecisionError:
            decision = lasting(word_to_decision(self._mirror.tenant, shortened(word), now, fence))
            await self._record(decision)
        self._book.take([decision])
        self._recorded[word.id] = (word, time.monotonic())

    def _is_due(self, word: AlarmWord) -> bool:
        last = self._recorded.get(word.id)
        return self._is_news(word) or last is None or time.monotonic() - last[1] > DETAILS_EVERY_S

    def _is_news(self, word: AlarmWord) -> bool:
        last = self._recorded.get(word.id)
        return last is None or (last[0].phase, last[0].raised_at) != (word.phase, word.raised_at)

    def _keep_standing(self, now: datetime) -> None:
        """An alarm of which nothing new was said for weeks is said again before Redis forgets it."""
        for id_, word in self._book.words().items():
            said_at = self._book.said_at(id_)
            if word.is_standing and said_at is not None and now - said_at > KEPT_FOR / 2:
                self._waiting.setdefault(id_, word)


def shortened(word: AlarmWord) -> AlarmWord:
    """The same with so few places and devices that a record takes it; how many there are stands in its detail."""
    condition = word.condition
    counts = {"places": str(len(condition.places)), "devices": str(len(condition.devices))}
    cut = msgspec.structs.replace(
        condition, places=condition.places[:_SHORT], signs=condition.signs[:_SHORT], devices=condition.devices[:_SHORT],
        detail=condition.detail | counts,
    )  # fmt: skip
    return msgspec.structs.replace(word, condition=cut, beneath=word.beneath[:_SHORT])
