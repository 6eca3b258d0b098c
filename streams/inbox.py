"""What has arrived and was not folded yet, by partition: new records join those that still wait.

That is late merging: whoever folds takes everything at once, so batches are as small as the load allows and as large as
it demands, and nothing queues up behind a batch that was cut too early.
"""

import asyncio
from collections.abc import Iterable, Sequence

from parking.fold.records import LogRecord

MAX_RECORDS_WAITING = 10_000
"""Records of one partition that may wait; beyond, the partition is not fetched until somebody takes them."""

Arrived = dict[int, list[LogRecord]]


class Inbox:
    """Records by partition, in the order of the log. Used by one event loop."""

    def __init__(self) -> None:
        self._waiting: Arrived = {}
        self._taken = asyncio.Event()

    def put(self, partition: int, records: Sequence[LogRecord]) -> None:
        """Let records join what waits of their partition."""
        self._waiting.setdefault(partition, []).extend(records)

    def take(self) -> Arrived:
        """Everything that waits; nothing waits afterwards."""
        taken, self._waiting = self._waiting, {}
        self._taken.set()
        return taken

    async def wait_for_room(self, partitions: Iterable[int]) -> None:
        """Return once one of these partitions may be fetched again."""
        while all(map(self.is_full, partitions)):
            self._taken.clear()
            await self._taken.wait()

    def is_full(self, partition: int) -> bool:
        """Whether no more should be fetched for this partition."""
        return len(self._waiting.get(partition, ())) >= MAX_RECORDS_WAITING

    def forget(self, partitions: Iterable[int]) -> None:
        """Forget what waits of these: it will be read again."""
        for number in partitions:
            self._waiting.pop(number, None)
        self._taken.set()
