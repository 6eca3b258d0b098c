"""Taking a partition over: what the Table holds of it, and where to read on."""

import logging
from collections.abc import Iterable

from parking.errors import ParkingError
from parking.fold.batch import ALWAYS_DUE, Held, Partition
from parking.fold.table_rows import decode_clock, decode_position, decode_state
from streams.ownership import OwnedPartition
from streams.partitions import CLOCK_PREFIX, clock_tenant, folded_key, partition_of
from streams.source import OffsetRange

log = logging.getLogger(__name__)
Row = tuple[bytes, bytes]


class TopicRecreatedError(ParkingError):
    """The observations topic is shorter than what was folded from it; the message says what to do."""


class OldEpochError(ParkingError):
    """The worker's stream epoch is lower than the Table's; the message says what to set."""


def rows_by_partition(rows: Iterable[Row], numbers: set[int], count: int) -> dict[int, list[Row]]:
    """The Table's rows of these partitions, of ``count`` in all."""
    found: dict[int, list[Row]] = {number: [] for number in numbers}
    for key, value in rows:
        if (number := partition_of(key, count)) in found:
            found[number].append((key, value))
    return found


def load_partition(number: int, rows: list[Row], bounds: OffsetRange, epoch: int, table_end: int) -> OwnedPartition:
    """The partition as the Table has it, all of it due at the next tick.

    Raises TopicRecreatedError where it is folded beyond the topic's end, OldEpochError where it is folded under a later
    epoch, UnknownSchemaVersionError where a row is of another version.
    """
    at = _position(number, dict(rows).get(folded_key(number)), bounds, epoch)
    partition = Partition()
    for key, value in rows:
        if key.startswith(CLOCK_PREFIX):
            partition.clocks[clock_tenant(key)] = decode_clock(value)
        elif not key.startswith(b"#"):
            partition.places[key.decode()] = Held(decode_state(value), ALWAYS_DUE)
    log.info(
        "partition %d: %d places, clocks of %d tenants, reading on from offset %d of %d",
        number, len(partition.places), len(partition.clocks), at, bounds.end,
        extra={"partition": number, "next_offset": at, "end_offset": bounds.end},
    )  # fmt: skip
    return OwnedPartition(partition, next_offset=at, durable_offset=at, replay_until=bounds.end, table_end=table_end)


def _position(number: int, row: bytes | None, bounds: OffsetRange, epoch: int) -> int:
    of_epoch, offset = decode_position(row) if row else (epoch, bounds.first)
    if of_epoch > epoch:
        raise OldEpochError(
            f"partition {number} is folded under stream epoch {of_epoch}, this worker has {epoch}: set "
            f"PLACELIBRE_STREAM_EPOCH={of_epoch} on every worker (docs/operate.md)"
        )
    if of_epoch < epoch:
        return bounds.first
    if offset > bounds.end:
        raise TopicRecreatedError(
            f"partition {number} is folded up to offset {offset}, but the observations topic ends at {bounds.end}: it "
            f"was recreated or restored. Raise PLACELIBRE_STREAM_EPOCH above {epoch} on every worker (docs/operate.md)"
        )
    if offset < bounds.first:
        log.error("partition %d: offsets %d to %d have left Kafka unfolded", number, offset, bounds.first - 1)
    return max(offset, bounds.first)
