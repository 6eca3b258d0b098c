"""Instants, from whatever a source writes for a time; and when a recording arrived, by the times in it."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from statistics import median_high, multimode
from typing import NamedTuple, TypeVar

from parking.instants import from_local, is_ahead
from parking.words import RejectReason
from sensors.contract import RecordRefusedError

T = TypeVar("T")

NEVER_SET_BEFORE = datetime(2000, 1, 1, tzinfo=UTC)
"""A clock that says an earlier time was never set, or its device never spoke: such a time is none."""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TOO_MANY_SECONDS = 10**11
_DIGITS = re.compile(r"\d{1,20}(\.\d{1,9})?")


class Stamp(NamedTuple):
    """An instant in UTC, and as it was ``written``: with its own offset, or naive by the source's wall clock."""

    at: datetime
    written: datetime


def read_stamp(
    value: object,
    name: str,
    zone: tzinfo,
    arrival: datetime | None,
    device_id: str | None = None,
    parse: Callable[[str], datetime] = datetime.fromisoformat,
) -> Stamp:
    """The time in a text, by ``parse``, which raises ValueError for what is none; without an offset it is ``zone``'s.

    ``arrival`` decides in the hour that autumn repeats (see ``parking.instants.from_local``). Raises RecordRefusedError
    (bad_time) for what is no text, no time, beyond the calendar, or from a clock that was never set.
    """
    try:
        if not isinstance(value, str):
            raise ValueError("not a text")
        written = parse(value.strip())
        at = from_local(written, zone, arrival) if written.tzinfo is None else written.astimezone(UTC)
        return Stamp(require_set(at), written)
    except (ValueError, OverflowError) as error:
        raise no_time(value, name, str(error), device_id) from error


def since_1970(stated: object) -> datetime | None:
    """Seconds, or thousandths, millionths or milliardths of one: told apart by how many there are. None for a text."""
    if isinstance(stated, str) and _DIGITS.fullmatch(stated):
        stated = float(stated) if "." in stated else int(stated)
    if isinstance(stated, bool) or not isinstance(stated, int | float):
        return None
    whole, per_second = stated, 1
    while abs(whole) >= _TOO_MANY_SECONDS and per_second < 10**9:
        whole, per_second = whole / 1000, per_second * 1000
    micros = round(stated * 10**6) if isinstance(stated, float) else stated * 10**6
    return _EPOCH + timedelta(microseconds=round(micros / per_second) if per_second > 1 else micros)


def require_set(at: datetime) -> datetime:
    """The same; raises ValueError for a time of a clock that was never set."""
    if at < NEVER_SET_BEFORE:
        raise ValueError(f"a clock that says {at.year} was never set, or never moved; look at the device")
    return at


def read_instant(
    value: object,
    name: str,
    zone: tzinfo,
    arrival: datetime | None,
    device_id: str | None = None,
    parse: Callable[[str], datetime] = datetime.fromisoformat,
) -> datetime:
    """As ``read_stamp``, the instant alone."""
    return read_stamp(value, name, zone, arrival, device_id, parse).at


def no_time(value: object, name: str, why: str, device_id: str | None = None) -> RecordRefusedError:
    """The error that refuses what is no time; without a ``name`` the value alone is shown."""
    shown = f"{value!r:.60} is no time: {why}"
    return RecordRefusedError(RejectReason.BAD_TIME, f"{name} {shown}" if name else shown, device_id)


def require_arrived(
    at: datetime, arrival: datetime, name: str, device_id: str | None = None, stated: datetime | None = None
) -> None:
    """Refuse an observation from later than its arrival allows; shown as ``stated`` where that is another time."""
    if is_ahead(at, arrival):
        detail = f"{name} {(stated or at).isoformat()} is later than its arrival"
        raise RecordRefusedError(RejectReason.FUTURE_TIME, detail, device_id)


def sound_times(
    records: Iterable[T | RecordRefusedError], read: Callable[[T], datetime | None], now: datetime
) -> list[datetime]:
    """The times in a recording: of the records that have one which can be read, and is not later than ``now``.

    What is passed over here is refused with its bytes when its turn comes.
    """
    times = []
    for record in records:
        try:
            at = None if isinstance(record, RecordRefusedError) else read(record)
        except RecordRefusedError:
            continue
        if at is not None and not is_ahead(at, now):
            times.append(at)
    return times


def typical_arrival(times: Iterable[datetime], within: timedelta) -> datetime | None:
    """When a recording arrived, by the times in it: the newest at most ``within`` after the middle one.

    So one record from the future moves nobody's clock. None where there are no times.
    """
    known = sorted(times)
    return _newest(known, median_high(known), within) if known else None


def commonest_arrival(times: Iterable[datetime], within: timedelta) -> datetime | None:
    """The same where most records bear one time: the newest at most ``within`` after the one most of them state."""
    known = list(times)
    return _newest(known, max(multimode(known)), within) if known else None


def _newest(times: list[datetime], base: datetime, within: timedelta) -> datetime:
    return max(at for at in times if at - base <= within)
