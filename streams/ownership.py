"""Which partitions this worker owns, and where each stands in Kafka: bookkeeping beside the domain's state."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from parking.fold.batch import Partition
from streams.retry import AbandonedError

log = logging.getLogger(__name__)
SUSPEND_PATIENCE_S = 4.0
"""Less than the broker's patience with a silent worker, which is 6 s at least."""


@dataclass
class OwnedPartition:
    """One partition in memory: its places and clocks (``state``, the domain's), and how far Kafka has been folded.

    ``next_offset`` is the record to fold next, ``durable_offset`` how far the Table has it, ``table_end`` where its
    changelog ended after our last row (-1: not known). Records below ``replay_until`` may have been published by a
    worker that died before the Table knew. ``logged_ms`` is when Kafka took the last record folded; ``rereads`` counts
    how often in a row ``next_offset`` had to be asked for again.
    """

    state: Partition
    next_offset: int = 0
    durable_offset: int = 0
    replay_until: int = 0
    table_end: int = -1
    logged_ms: int = 0
    rereads: int = 0


class Ownership:
    """The partitions of this worker by number, from one assignment to the next. ``lock`` is held by whoever folds.

    An assignment is *settled* once its partitions have been loaded from the Table (there may be none).
    """

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self._partitions: dict[int, OwnedPartition] = {}
        self._assignment = 0
        self._settled = False
        self._waiting_since = monotonic()

    @property
    def partitions(self) -> Mapping[int, OwnedPartition]:
        """What this worker owns, in memory."""
        return self._partitions

    @property
    def assignment(self) -> int:
        """Counts how often partitions were revoked or assigned."""
        return self._assignment

    @property
    def is_settled(self) -> bool:
        """Whether the partitions of the last assignment have been taken over."""
        return self._settled

    @property
    def waiting_s(self) -> float:
        """How long partitions have been waited for; 0 while settled."""
        return 0.0 if self._settled else monotonic() - self._waiting_since

    async def suspend(self) -> None:
        """Partitions are being assigned anew: the batch in hand is finished, or given up; nothing else is begun."""
        self._assignment += 1
        if self._settled:
            self._settled, self._waiting_since = False, monotonic()
        try:
            async with asyncio.timeout(SUSPEND_PATIENCE_S), self.lock:
                self._partitions.clear()
        except TimeoutError:
            log.warning("a batch is still being written after %.0f s; it is not waited for", SUSPEND_PATIENCE_S)
            self._partitions.clear()

    def require(self, assignment: int) -> None:
        """Raise AbandonedError where partitions have been moved since that assignment."""
        if assignment != self._assignment:
            raise AbandonedError("taking over partitions")

    def settle(self, loaded: Mapping[int, OwnedPartition]) -> None:
        """From now on these are ours, and no others."""
        self._partitions.clear()
        self._partitions.update(loaded)
        self._settled = True

    def forget_all(self) -> None:
        """Hold nothing in memory while partitions are being loaded."""
        self._partitions.clear()

    def forget(self, number: int, partition: OwnedPartition) -> None:
        """Forget a partition whose batch could not be written; one that was loaded anew meanwhile stays."""
        if self._partitions.get(number) is partition:
            del self._partitions[number]

    def require_ours(self, number: int, partition: OwnedPartition) -> None:
        """Raise AbandonedError where the partition is not this one any more.

        Asked between two writes: whoever waited for a slow server may have lost the partition meanwhile.
        """
        if self._partitions.get(number) is not partition:
            raise AbandonedError(f"partition {number}")
