"""When a condition was true, and whether it is over or has not begun."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from parking.instants import is_ahead
from parking.words import RejectReason, TimeBasis
from sensors.contract import RecordRefusedError
from sensors.reading.times import read_instant, require_arrived
from sensors.sources.siri_fm.tree import text
from sensors.sources.siri_fm.wire import Condition

ZONE = ZoneInfo("Europe/Paris")
"""Of times without an offset, which the standard allows."""

_FRACTION = re.compile(r"([.,]\d{6})\d+")


def find_stated(condition: Condition, arrival: datetime | None, device_id: str | None = None) -> datetime | None:
    """The time that the condition or its delivery bears; None where neither has one."""
    return _own(condition, arrival, device_id) or _read(condition.stated_at, "ResponseTimestamp", arrival, device_id)


def read_when(condition: Condition, device_id: str, arrival: datetime) -> tuple[datetime, TimeBasis]:
    """Since when it is so, by its publisher; else when the delivery was made; else on arrival.

    Raises RecordRefusedError for what is no time, for a delivery from the future, and for a condition that is to come.
    """
    begins = _read(text(condition.tree, "ValidityPeriod", "StartTime"), "StartTime", arrival, device_id)
    if begins is not None and is_ahead(begins, arrival):
        detail = f"it holds from {begins.isoformat()} on: announced, and not so yet"
        raise RecordRefusedError(RejectReason.NOT_FOLDED, detail, device_id)
    observed_at, basis = _own(condition, arrival, device_id), TimeBasis.DEVICE
    if observed_at is None:
        observed_at, basis = _read(condition.stated_at, "ResponseTimestamp", arrival, device_id), TimeBasis.GATEWAY
    if observed_at is None:
        return arrival, TimeBasis.ARRIVAL
    require_arrived(observed_at, arrival, "its time", device_id)
    return observed_at, basis


def is_over(condition: Condition, device_id: str, arrival: datetime) -> bool:
    """Whether it held until a time that is past."""
    ends = _read(text(condition.tree, "ValidityPeriod", "EndTime"), "EndTime", arrival, device_id)
    return ends is not None and ends <= arrival


def _own(condition: Condition, arrival: datetime | None, device_id: str | None) -> datetime | None:
    for path in (("RecordedAtTime",), ("MonitoredCounting", "RecordedAtTime"), ("ValidityPeriod", "StartTime")):
        if (at := _read(text(condition.tree, *path), path[-1], arrival, device_id)) is not None:
            return at
    return None


def _read(written: str | None, name: str, arrival: datetime | None, device_id: str | None) -> datetime | None:
    if written is None:
        return None
    return read_instant(_FRACTION.sub(r"\1", written), name, ZONE, arrival, device_id)
