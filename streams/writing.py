"""The order of writes that survives a crash between any two: history, live state, then the Table, the offset last.

A batch that was interrupted is folded again from the Table; whatever it had written by then is harmless twice.
"""

import logging
from collections import defaultdict

from parking.catalogue.model import place_key
from parking.fold.batch import BatchOutcome
from parking.fold.state import begun_anew
from parking.fold.table_rows import encode_clock, encode_position, encode_state
from parking.published.availability import Change
from streams.appender import Appended, Row, RowRefusedError
from streams.faultpoints import passing
from streams.losses import Losses, LossReason
from streams.mending import Mending
from streams.outputs import KafkaOutput, LiveOutput
from streams.ownership import OwnedPartition, Ownership
from streams.partitions import ABOUT_PARTITIONS, clock_key, folded_key
from streams.retry import AbandonedError
from streams.source import Source
from streams.taking_over import StateTable

log = logging.getLogger(__name__)


class BatchWriter:
    """Writes out what a batch made of a partition. ``passing`` marks where tests kill the worker."""

    def __init__(
        self,
        ownership: Ownership,
        kafka: KafkaOutput,
        live: LiveOutput,
        mending: Mending,
        table: StateTable,
        source: Source,
        losses: Losses,
        epoch: int,
    ) -> None:
        self._ownership, self._kafka, self._live = ownership, kafka, live
        self._mending, self._table, self._source, self._epoch = mending, table, source, epoch
        self._losses = losses

    async def write(self, number: int, partition: OwnedPartition, outcome: BatchOutcome) -> None:
        """Write what came of a batch; afterwards the Table says that the partition is folded up to ``next_offset``.

        Raises AbandonedError where the partition was moved meanwhile, and then the Table does not say so.
        """
        passing("fold->changes")
        await self._kafka.history(number, outcome.changes, outcome.rejects)
        passing("changes->redis")
        self._ownership.require_ours(number, partition)
        await self._write_live(number, partition, outcome)
        await self._mending.mend(number, partition)
        passing("redis->table")
        rows = {key.encode(): encode_state(partition.state.places[key].state) for key in outcome.touched}
        rows |= {clock_key(tenant, number): encode_clock(partition.state.clocks[tenant]) for tenant in outcome.ticked}
        await self._write_table(number, partition, rows)
        passing("table->commit")

    async def _write_live(self, number: int, partition: OwnedPartition, outcome: BatchOutcome) -> None:
        """The last change of each place, and the clocks that moved."""
        latest = {place_key(change.tenant, change.place_id): change for change in outcome.changes}
        by_tenant: dict[str, list[Change]] = defaultdict(list)
        for change in latest.values():
            by_tenant[change.tenant].append(change)
        for tenant in outcome.ticked | by_tenant.keys():
            clock = partition.state.clocks.get(tenant)
            if not await self._live.write(number, tenant, by_tenant[tenant], clock):
                self._mending.owe(number, partition, tenant)

    async def _write_table(self, number: int, partition: OwnedPartition, rows: dict[bytes, bytes]) -> None:
        """Rows into the Table, and last how far it is folded by them.

        Where the changelog has grown by rows that are not ours (a worker that was stopped in the middle of a write and
        woke up after it had lost the partition), all of ours are written once more, over them.
        """
        placed = await self._append(number, partition, rows)
        if placed.first != partition.table_end:
            await self._write_over(number, partition, placed.first)
        else:
            partition.table_end = placed.end
        partition.durable_offset = partition.next_offset

    async def _write_over(self, number: int, partition: OwnedPartition, found: int) -> None:
        log.warning("partition %d: the changelog was at %d, not %d: somebody else wrote; all rows are written again",
                    number, found, partition.table_end, extra={"kind": str(number)})  # fmt: skip
        if not await self._source.commit({number: partition.durable_offset}):
            raise AbandonedError(f"partition {number} belongs to somebody else")
        rows = {key.encode(): encode_state(held.state) for key, held in partition.state.places.items()}
        rows |= {clock_key(tenant, number): encode_clock(clock) for tenant, clock in partition.state.clocks.items()}
        partition.table_end = (await self._append(number, partition, rows)).end

    async def _append(self, number: int, partition: OwnedPartition, rows: dict[bytes, bytes]) -> Appended:
        rows[folded_key(number)] = encode_position(self._epoch, partition.next_offset)
        self._ownership.require_ours(number, partition)
        lost: dict[bytes, str] = {}

        def instead(row: Row, reason: str) -> Row:
            """The place begun anew: what the Table holds of it must not stand, for it is older than what is folded."""
            key, value = row
            if key is None or key.startswith(ABOUT_PARTITIONS):
                raise RowRefusedError(reason)
            lost[key] = f"{reason}: {len(value)} bytes; the place begins anew and is unknown until it is heard again"
            rows[key] = encode_state(begun_anew(partition.state.places[key.decode()].state))
            return key, rows[key]

        placed = await self._kafka.table(number, rows, instead)
        self._table.keep(rows)
        for key, why in lost.items():
            partition.state.begin_anew(key.decode())
            self._losses.tell(key, LossReason.REFUSED_ROW, why)
        return placed
