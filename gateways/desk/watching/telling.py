"""Having people told: each notice is recorded before it is sent, confirmed after, and never sent twice.

Who refuses it, or is not there, is asked again for a quarter of an hour. Where no answer came, it may have arrived: it
is not sent again. What a desk that died has recorded and not confirmed may or may not have been sent: that is confirmed
as not known, and what reminds people then is the route's own repeat, or the next route's escalation.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

from gateways.desk.watching.book import AlarmBook, lasting
from gateways.desk.watching.letters import write_letter
from gateways.desk.watching.sending import Delivery, SendResult, kind_of
from gateways.words.city_clock import CityClock
from gateways.words.language import Language
from parking.decisions.acting import ActResult, NotRecordedError, RecordPort, confirm
from parking.decisions.model import Decision
from parking.health.alarms.model import AlarmState, DeskAlarm
from parking.health.alarms.notices import Notice, NoticeKind, NoticeRoute, SentNotice, due_notices
from parking.health.alarms.recorded import notice_to_decisions

log = logging.getLogger(__name__)
_AGAIN_AFTER_S = (2.0, 10.0, 30.0, 60.0, 120.0, 240.0, 400.0)
"""Pauses before whoever refused it is asked again."""

Send: TypeAlias = Callable[[str, str, str], Awaitable[SendResult]]


class RouteAddresses(NamedTuple):
    """Where a route leads, in which language, and how many spaces must hang on an alarm for it."""

    route: NoticeRoute
    urls: tuple[str, ...]
    language: Language
    least_spaces: int = 0

    def takes(self, alarm: DeskAlarm) -> bool:
        """Whether enough hangs on it; a place of unknown size counts for what such places usually have."""
        return alarm.word.condition.stake >= self.least_spaces * alarm.word.condition.certainty


class Telling:
    """``look`` at each look of the watcher whose turn it is. ``clock`` tells how people there read the time."""

    def __init__(
        self,
        tenant: str,
        routes: Sequence[RouteAddresses],
        send: Send,
        record: RecordPort,
        clock: Callable[[], CityClock],
        desk_url: str,
        pauses_s: Sequence[float] = _AGAIN_AFTER_S,
    ) -> None:
        self._tenant, self._routes, self._send, self._record = tenant, routes, send, record
        self._clock, self._desk_url, self._pauses_s = clock, desk_url, pauses_s
        self._underway: dict[tuple[str, str], SentNotice] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._has_begun = False
        self.failing_since: datetime | None = None

    def look(self, book: AlarmBook, now: datetime, fence: int | None) -> None:
        """Send what is due, beside the watcher."""
        if not self._has_begun:
            self._has_begun = True
            self._begin(self._close_open(book.open_notices(), now))
        sent = book.sent() | self._underway
        alarms = list(book.alarms().values())
        for way in self._routes:
            chosen = [alarm for alarm in alarms if way.takes(alarm)]
            for notice in due_notices(chosen, [way.route], sent, now, self._clock().zone):
                self._underway |= {(one.alarm, one.route): one for one in notice.sent}
                self._begin(self._tell(notice, way, book, now, fence))

    async def settle(self) -> None:
        """Return once everything that is underway has been sent or given up."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Stop where we are: what is recorded and not confirmed is closed by whoever comes next."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("telling people of an alarm has met a mistake of ours", exc_info=task.exception())

    async def _tell(
        self, notice: Notice, way: RouteAddresses, book: AlarmBook, now: datetime, fence: int | None
    ) -> None:
        decisions = await self._recorded(notice, now, fence)
        book.take(decisions)
        for one in notice.sent:
            self._underway.pop((one.alarm, one.route), None)
        if not decisions:
            return
        letter = write_letter(notice, way.language, self._clock(), self._desk_url)
        results = await asyncio.gather(
            *(self._deliver(url, letter.title, letter.text, notice, book) for url in way.urls)
        )
        await self._confirm(decisions, way, results, now)

    async def _recorded(self, notice: Notice, now: datetime, fence: int | None) -> list[Decision]:
        """What Kafka has taken of it; of one that it has not, nobody is told until the next look."""
        taken = []
        for decision in notice_to_decisions(self._tenant, notice, now, fence):
            try:
                await self._record(lasting(decision))
                taken.append(lasting(decision))
            except NotRecordedError:
                break
        return taken

    async def _deliver(self, url: str, title: str, text: str, notice: Notice, book: AlarmBook) -> SendResult:
        """Send it to one address, again where it was certainly not taken, for as long as somebody should know."""
        result = await self._send(url, title, text)
        for pause_s in self._pauses_s:
            if result.delivery is not Delivery.REFUSED:
                break
            self._note_failure(url, result)
            await asyncio.sleep(pause_s)
            if not _is_wanted(notice, book):
                break
            result = await self._send(url, title, text)
        if result.delivery is Delivery.SENT:
            self.failing_since = None
        else:
            self._note_failure(url, result)
        return result

    def _note_failure(self, url: str, result: SendResult) -> None:
        if self.failing_since is None:
            self.failing_since = datetime.now(UTC)
            log.warning("a notice by %s has not gone out: %s", kind_of(url), result.why)

    async def _confirm(
        self, decisions: Sequence[Decision], way: RouteAddresses, results: Sequence[SendResult], now: datetime
    ) -> None:
        was_sent = any(result.delivery is Delivery.SENT for result in results)
        said = {
            "addresses": [
                {"kind": kind_of(url), "delivery": result.delivery.value, "why": result.why}
                for url, result in zip(way.urls, results, strict=True)
            ]
        }
        await self._close(decisions, ActResult.ACTED if was_sent else ActResult.FAILED, said, now)

    async def _close_open(self, decisions: Sequence[Decision], now: datetime) -> None:
        said = {"why": "the desk died while it was sent: whether it went out is not known, and it is not sent again"}
        await self._close(decisions, ActResult.FAILED, said, now)

    async def _close(
        self, decisions: Sequence[Decision], result: ActResult, said: dict[str, Any], now: datetime
    ) -> None:
        for decision in decisions:
            try:
                await self._record(confirm(decision, result, said, max(now, decision.decided_at)))
            except NotRecordedError as error:
                log.warning("what came of a notice could not be recorded: %s", error)


def _is_wanted(notice: Notice, book: AlarmBook) -> bool:
    """Whether somebody should still be told: that it is over, or that it stands and nobody has answered."""
    if notice.kind is NoticeKind.RESOLVED:
        return True
    found = [book.find(alarm.id) for alarm in notice.alarms]
    now = max(one.last_at for one in notice.sent)
    return any(entry is not None and entry.state(now) is AlarmState.UNACKNOWLEDGED for entry in found)
