"""The port that records decisions: acknowledged by Kafka before it returns, then shown in Redis.

Events of one subject stand in Kafka in the order in which they were recorded.
"""

import asyncio
import logging
from types import TracebackType

from parking.decisions.acting import NotRecordedError, Recorded
from parking.decisions.chain import ChainLink, DecisionEntry
from parking.decisions.codec import encode_entry
from parking.decisions.words import InvalidDecisionError
from streams.appender import Appender
from streams.partitions import partition_of
from streams.scribe import DecisionShelf, Event, RowAppender, Scribe
from streams.topics import names_of

log = logging.getLogger(__name__)
RECORD_PATIENCE_S = 5.0
MAX_EVENT_BYTES = 64 * 1024


class Recorder:
    """A RecordPort of one namespace; use as ``async with``. Any number of them may record side by side."""

    def __init__(
        self,
        appender: RowAppender,
        namespace: str,
        partitions: int,
        shelf: DecisionShelf | None = None,
        patience_s: float = RECORD_PATIENCE_S,
    ) -> None:
        topic = names_of(namespace).decisions
        self._appender = appender
        self._patience_s = patience_s
        self._scribes = [Scribe(appender, topic, number, shelf) for number in range(partitions)]
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Recorder":
        self._tasks = [asyncio.create_task(scribe.run()) for scribe in self._scribes]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for scribe in self._scribes:
            scribe.refuse_waiting()
        try:
            async with asyncio.timeout(self._patience_s):
                await self._appender.close()
        except TimeoutError:  # what was acknowledged is safe; a producer that will not stop must not keep a process
            log.warning("the producer did not close within %.0f s and was left", self._patience_s)

    async def __call__(self, event: Event, /) -> Recorded:
        """Return once Kafka has acknowledged it.

        Raises NotRecordedError where it has not within the recorder's patience (5 s unless told otherwise): then
        nothing may be acted on. Raises InvalidDecisionError where it is above 64 kB.
        """
        if _size_of(event) > MAX_EVENT_BYTES:
            raise InvalidDecisionError(f"the {type(event).__name__.lower()} about {event.subject} is above 64 kB")
        number = partition_of(event.key.encode(), len(self._scribes))
        task = self._tasks[number] if self._tasks else None
        if task is None or task.done():
            raise NotRecordedError("the recorder is closed: nothing was recorded, and nothing may be acted on")
        waiting = self._scribes[number].take(event)
        try:
            async with asyncio.timeout(self._patience_s):
                return await waiting
        except TimeoutError as error:
            raise NotRecordedError(
                f"Kafka has not acknowledged the decision about {event.subject} within {self._patience_s:g} s: do not "
                f"act; look at Kafka, then decide again"
            ) from error


def _size_of(event: Event) -> int:
    return len(encode_entry(DecisionEntry(event=event, link=ChainLink(chain="-", number=1))))


def open_recorder(bootstrap: str, namespace: str, partitions: int, shelf: DecisionShelf | None = None) -> Recorder:
    """A recorder with a producer of its own, which connects when it is first needed."""
    return Recorder(Appender(bootstrap), namespace, partitions, shelf)
