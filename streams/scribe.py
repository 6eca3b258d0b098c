"""The scribe of one partition: whatever has come meanwhile goes as one record batch, linked into a chain of its own.

Kafka takes such a batch wholly or not at all. After a failure nobody knows which, so the scribe begins another chain.
An event that Kafka may hold although its caller was told otherwise is a decision that stays open: nobody acted on it.
"""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from aiokafka.errors import KafkaError

from parking.decisions.acting import Confirmation, NotRecordedError, Recorded
from parking.decisions.chain import ChainLink, DecisionEntry, LoggedEntry, follow_link
from parking.decisions.codec import encode_entry
from parking.decisions.model import Decision
from parking.instants import from_ms
from streams.appender import Appended, Row, RowRefusedError

log = logging.getLogger(__name__)
MAX_ROWS = 1_000
MAX_BYTES = 500_000
"""Of one batch, so that it is a single record batch of Kafka's: then the offsets in it follow each other."""

KAFKA_REFUSES = (KafkaError, RowRefusedError, OSError)
Event = Decision | Confirmation


class RowAppender(Protocol):
    """What a scribe needs of ``streams.appender.Appender``."""

    async def append(self, topic: str, partition: int, rows: Sequence[Row]) -> Appended:
        """Append rows; see there."""
        ...

    async def close(self) -> None:
        """Let go of Kafka."""
        ...


class DecisionShelf(Protocol):
    """Where the latest decisions are shown; see ``streams.shelf.RedisShelf``. It must neither fail nor wait."""

    def show(self, logged: Sequence[LoggedEntry]) -> None:
        """Show these soon."""
        ...


class _Draft(NamedTuple):
    """An entry as it will stand in Kafka, and who waits for it."""

    entry: DecisionEntry
    value: bytes
    future: "asyncio.Future[Recorded]"


class Scribe:
    """Writes the events of one partition in the order in which they came, all that wait at once."""

    def __init__(self, appender: RowAppender, topic: str, partition: int, shelf: DecisionShelf | None) -> None:
        self._appender, self._topic, self._partition, self._shelf = appender, topic, partition, shelf
        self._waiting: deque[tuple[Event, asyncio.Future[Recorded]]] = deque()
        self._bell = asyncio.Event()
        self._link = _new_chain("")

    def take(self, event: Event) -> "asyncio.Future[Recorded]":
        """An event to write, and the future that says where it stands. One that nobody awaits any more is left out."""
        future: asyncio.Future[Recorded] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, future))
        self._bell.set()
        return future

    async def run(self) -> None:
        """Write whatever waits, for ever."""
        while True:
            await self._bell.wait()
            self._bell.clear()
            while self._waiting:
                await self._write()

    def refuse_waiting(self) -> None:
        """Tell those who still wait that nothing of theirs was recorded."""
        while self._waiting:
            _, future = self._waiting.popleft()
            if not future.done():
                future.set_exception(NotRecordedError("the recorder was closed before this was recorded: do not act"))

    async def _write(self) -> None:
        """One record batch of what waits."""
        drafts = self._draft()
        if not drafts:
            return
        rows = [(draft.entry.event.key.encode(), draft.value) for draft in drafts]
        try:
            placed = await self._appender.append(self._topic, self._partition, rows)
        except BaseException as error:
            self._link = _new_chain(self._link.before)
            _fail(drafts, error)
            if not isinstance(error, KAFKA_REFUSES):
                raise
            return
        self._link = follow_link(drafts[-1].entry.link, drafts[-1].value)
        at = from_ms(placed.logged_ms)
        logged = [
            LoggedEntry(draft.entry, draft.value, self._partition, placed.first + number, at)
            for number, draft in enumerate(drafts)
        ]
        for draft, entry in zip(drafts, logged, strict=True):
            if not draft.future.done():
                draft.future.set_result(Recorded(entry.partition, entry.offset, at))
        if self._shelf is not None:
            self._shelf.show(logged)

    def _draft(self) -> list[_Draft]:
        """Take what waits, as much as fits into one record batch, and link it."""
        drafts: list[_Draft] = []
        link, size = self._link, 0
        while self._waiting and len(drafts) < MAX_ROWS and size < MAX_BYTES:
            event, future = self._waiting.popleft()
            if future.done():  # its caller has given up, and was told that nothing was recorded
                continue
            entry = DecisionEntry(event=event, link=link)
            value = encode_entry(entry)
            drafts.append(_Draft(entry, value, future))
            link, size = follow_link(link, value), size + len(value)
        return drafts


def _fail(drafts: Sequence[_Draft], error: BaseException) -> None:
    log.error("%d decisions were not acknowledged by Kafka (%s: %s)", len(drafts), type(error).__name__, error)
    for draft in drafts:
        if not draft.future.done():
            reason = NotRecordedError(f"Kafka has not acknowledged the decision ({error}): do not act; decide again")
            reason.__cause__ = error
            draft.future.set_exception(reason)


def _new_chain(before: str) -> ChainLink:
    """The first link of another chain, which still names the last entry that was acknowledged."""
    return ChainLink(chain=secrets.token_hex(8), number=1, before=before)
