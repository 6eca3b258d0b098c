"""Taking a partition over: what the Table holds of it, and where to read on."""

import logging
from collections.abc import Iterable

from parking.errors import MalformedEventError, ParkingError, UnknownSchemaVersionError
from parking.fold.batch import ALWAYS_DUE, Held, Partition
from parking.fold.state import PlaceState, begun_anew
from parking.fold.table_rows import decode_clock, decode_position, decode_state
from streams.losses import Losses, LossReason
from streams.ownership import OwnedPartition
from streams.partitions import ABOUT_PARTITIONS, CLOCK_PREFIX, clock_tenant, folded_key, partition_of
from streams.source import OffsetRange

log = logging.getLogger(__name__)
Row = tuple[bytes, bytes]
UNREADABLE = (MalformedEventError, UnknownSchemaVersionError, ValueError)
"""What a row raises that this version has not written."""


class TopicRecreatedError(ParkingError):
    """The observations topic is shorter than what was folded from it; the message says what to do."""


class OldEpochError(ParkingError):
    """The worker's stream epoch is lower than the Table's; the message says what to set."""


def rows_by_partition(rows: Iterable[Row], numbers: set[int], count: int, losses: Losses) -> dict[int, list[Row]]:
    """The Table's rows of these partitions, of ``count`` in all; one whose key is none of ours is left out and said."""
    found: dict[int, list[Row]] = {number: [] for number in numbers}
    for key, value in rows:
        try:
            number = partition_of(key, count)
            key.decode()
        except (ValueError, TypeError, AttributeError) as error:  # a key of nothing, too: anybody's tool may write one
            losses.tell(key or b"(no key)", LossReason.MALFORMED_ROW, f"no key of the Table ({error}); it is left out")
            continue
        if number in found:
            found[number].append((key, value))
    return found


def load_partition(
    number: int, rows: list[Row], bounds: OffsetRange, epoch: int, table_end: int, losses: Losses
) -> OwnedPartition:
    """The partition as the Table has it, all of it due at the next tick.

    A place whose row cannot be read begins anew; ``losses`` hears of it. Raises TopicRecreatedError where the Table is
    folded beyond the topic's end, OldEpochError where it is folded under a later epoch.
    """
    at = _position(number, dict(rows).get(folded_key(number)), bounds, epoch, losses)
    partition = Partition()
    for key, value in rows:
        if key.startswith(CLOCK_PREFIX):
            try:
                partition.clocks[clock_tenant(key)] = decode_clock(value)
            except UNREADABLE as error:
                losses.tell(key, LossReason.MALFORMED_ROW, f"{error}; the next tick tells the time again")
        elif not key.startswith(ABOUT_PARTITIONS):
            partition.places[key.decode()] = Held(_state(key, value, losses), ALWAYS_DUE)
    log.info(
        "partition %d: %d places, clocks of %d tenants, reading on from offset %d of %d",
        number, len(partition.places), len(partition.clocks), at, bounds.end,
        extra={"partition": number, "next_offset": at, "end_offset": bounds.end},
    )  # fmt: skip
    return OwnedPartition(partition, next_offset=at, durable_offset=at, replay_until=bounds.end, table_end=table_end)


def _state(key: bytes, value: bytes, losses: Losses) -> PlaceState:
    try:
        return decode_state(value)
    except UNREADABLE as error:
        losses.tell(
            key, LossReason.MALFORMED_ROW, f"{error}; the place begins anew and is unknown until it is heard again"
        )
        return begun_anew()


def _position(number: int, row: bytes | None, bounds: OffsetRange, epoch: int, losses: Losses) -> int:
    try:
        of_epoch, offset = decode_position(row) if row else (epoch, bounds.first)
    except UNREADABLE as error:
        losses.tell(folded_key(number), LossReason.MALFORMED_ROW,
                    f"{error}; the partition is folded again from offset {bounds.first}")  # fmt: skip
        return bounds.first
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
        log.error("partition %d: offsets %d to %d have left Kafka unfolded", number, offset, bounds.first - 1,
                  extra={"kind": str(number)})  # fmt: skip
    return max(offset, bounds.first)
