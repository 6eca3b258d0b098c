"""Following the change stream: exactly from where a reader was, or an error that says to start over.

A position names the stream's incarnation and the last id taken from it, so that it cannot be mistaken for one of a
stream that has since been lost. ``read_changes`` never skips: what it cannot give without a gap, it refuses.
"""

import logging
import re
from enum import StrEnum
from typing import NamedTuple

import msgspec
import redis.asyncio as aioredis

from parking.clock import Clock
from parking.codec import decode_availability
from parking.errors import ParkingError
from parking.instants import from_us
from parking.published.availability import Availability, Change
from parking.words import ClockBasis
from store.functions import call
from store.keys import MAX_CHANGES_PER_CALL, REVISION, keys_of, unpack_revision

log = logging.getLogger(__name__)
POSITION_PATTERN = "[0-9]{1,20}-[0-9]{1,20}-[0-9]{1,20}"
_LAST_NUMBER = 2**64 - 2
"""Of the last id that something can follow."""


class ChangesPosition(NamedTuple):
    """Where a reader is: all changes up to ``id`` of this incarnation are known to it."""

    incarnation: str
    id: str

    def __str__(self) -> str:
        return f"{self.incarnation or 0}-{self.id}"

    @property
    def order(self) -> tuple[int, int]:
        """Later ids of the same incarnation are greater."""
        milliseconds, _, number = self.id.partition("-")
        return int(milliseconds), int(number)


def find_position(text: str) -> ChangesPosition | None:
    """The position that was written so, or None where the text is none. For what lies beyond all stands the last."""
    if not re.fullmatch(POSITION_PATTERN, text):
        return None
    incarnation, *numbers = text.split("-")
    return ChangesPosition(incarnation, "-".join(str(min(int(number), _LAST_NUMBER)) for number in numbers))


class ResetReason(StrEnum):
    """Why a reader must start over."""

    OTHER_INCARNATION = "other_incarnation"
    TOO_OLD = "too_old"
    AHEAD = "ahead"
    NEVER_THERE = "never_there"


_WHY = {
    ResetReason.OTHER_INCARNATION: "it belongs to a stream that is no more",
    ResetReason.TOO_OLD: "it is older than the oldest change kept",
    ResetReason.AHEAD: "it is later than the last change",
    ResetReason.NEVER_THERE: "no change in this stream has that id",
}


class StreamResetError(ParkingError):
    """The stream cannot be followed from this position without a gap: read a snapshot and go on from there."""

    def __init__(
        self, reason: ResetReason, after: ChangesPosition, first: ChangesPosition, last: ChangesPosition
    ) -> None:
        self.reason, self.after, self.first, self.last = reason, after, first, last
        super().__init__(f"cannot resume after {after}: {_WHY[reason]}")


class NewChanges(NamedTuple):
    """What followed a position, in order. ``catalogue_changed``: places or the tenant did, so read a snapshot.

    ``left_out`` counts the entries that are none of ours, or cannot be read.
    """

    position: ChangesPosition
    clock: Clock | None
    changes: list[tuple[ChangesPosition, Change]]
    catalogue_changed: bool
    is_complete: bool
    left_out: int = 0


async def read_changes(client: "aioredis.Redis", tenant: str, after: ChangesPosition) -> NewChanges:
    """The changes that follow ``after``, at most 1,000; ``is_complete`` says whether these were all.

    Raises StreamResetError where they cannot be had without a gap, and RedisError where Redis cannot be reached.
    """
    limit = MAX_CHANGES_PER_CALL
    reply = await call(
        client,
        "placelibre_changes_after",
        keys_of(tenant),
        after.id.encode(),
        str(limit).encode(),
        read_only=True,
    )
    incarnation, last_id, clocks, first_id, is_there, rows = reply
    first, last = (ChangesPosition(text_of(incarnation), id_.decode()) for id_ in (first_id, last_id))
    _check(after, first, last, bool(is_there))
    changes: list[tuple[ChangesPosition, Change]] = []
    catalogue_changed, left_out = False, 0
    position = after
    for id_, fields in rows:
        position = ChangesPosition(after.incarnation, id_.decode())
        entry = pairs(fields)
        if b"catalogue" in entry:
            catalogue_changed = True
            continue
        try:
            changes.append((position, Change(tenant, entry[b"place"].decode(), decode_live(entry[b"value"]))))
        except (ParkingError, KeyError, UnicodeDecodeError) as error:
            left_out += 1
            if left_out == 1:  # one line a reading: thousands may have been put there
                log.error(
                    "change %s of place %r is unusable and was left out: %r", position, entry.get(b"place"), error
                )
    clock = latest_clock(pairs(clocks))
    return NewChanges(position, clock, changes, catalogue_changed, len(rows) < limit, left_out)


def _check(after: ChangesPosition, first: ChangesPosition, last: ChangesPosition, is_there: bool) -> None:
    if after.incarnation != last.incarnation:
        raise StreamResetError(ResetReason.OTHER_INCARNATION, after, first, last)
    if after.order > last.order:
        raise StreamResetError(ResetReason.AHEAD, after, first, last)
    if after.order < first.order:
        raise StreamResetError(ResetReason.TOO_OLD, after, first, last)
    if not is_there:  # every position we give is that of an entry: made up, or of a stretch that a restored Redis lost
        raise StreamResetError(ResetReason.NEVER_THERE, after, first, last)


async def wait_for_change(client: "aioredis.Redis", tenant: str, after: ChangesPosition, patience_ms: int) -> None:
    """Return when something followed ``after``, or after that many milliseconds."""
    await client.xread({keys_of(tenant).changes: after.id}, count=1, block=patience_ms)


def decode_live(value: bytes) -> Availability:
    """A value of ``live`` or of the stream."""
    availability = decode_availability(value[REVISION.size :])
    return msgspec.structs.replace(availability, revision=unpack_revision(value))


def latest_clock(rows: dict[bytes, bytes]) -> Clock | None:
    """The latest tick of any partition, or None before the first."""
    return max(clocks_of(rows), default=None)


def clocks_of(rows: dict[bytes, bytes]) -> list[Clock]:
    """The latest tick of each partition; one that cannot be read is left out."""
    clocks = []
    for partition, value in rows.items():
        try:
            basis, us = value.decode().split()
            clocks.append(Clock(from_us(int(us)), ClockBasis(basis)))
        except (ValueError, OverflowError) as error:
            log.error("the clock of partition %r is unusable and was left out: %s", partition, error)
    return clocks


def text_of(incarnation: bytes) -> str:
    """The name of a stream; one that nobody of ours has given is still a name, until a worker gives another."""
    return incarnation.decode("utf-8", "replace")


def pairs(flat: list[bytes]) -> dict[bytes, bytes]:
    """A flat reply of names and values."""
    return dict(zip(flat[::2], flat[1::2], strict=True))
