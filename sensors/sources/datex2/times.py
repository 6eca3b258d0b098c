"""When a record was true, and when its publication was made."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from parking.fold.admission import EARLIEST
from parking.instants import is_ahead
from parking.words import RejectReason, TimeBasis
from sensors.contract import RecordRefusedError
from sensors.reading.times import no_time, read_instant
from sensors.sources.datex2.wire import Publication

ZONE = ZoneInfo("Europe/Berlin")
"""For times without an offset. The recorded ones all have one, and it is true wherever it can be checked."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)


def read_when(
    stated_at: str | None, device_id: str, published_at: datetime | None, arrival: datetime
) -> tuple[datetime, TimeBasis]:
    """As the record says, else as its publication does (a gateway's clock), else on arrival.

    Raises RecordRefusedError where the record states a time that is none, or one ahead of its arrival.
    """
    if stated_at is None:
        return (arrival, TimeBasis.ARRIVAL) if published_at is None else (published_at, TimeBasis.GATEWAY)
    observed_at = _read_time(stated_at, arrival, device_id)
    if is_ahead(observed_at, arrival):
        raise RecordRefusedError(
            RejectReason.FUTURE_TIME,
            f"its time {stated_at:.60} is later than its arrival at {arrival.isoformat()}: check the clock",
            device_id,
        )
    return observed_at, TimeBasis.DEVICE


def find_published_at(publication: Publication, now: datetime) -> datetime | None:
    """When a publication was made; None where it does not say, or says later than ``now``."""
    try:
        at = _read_time(publication.published_at or "", now)
    except RecordRefusedError:
        return None
    return None if is_ahead(at, now) else at


def _read_time(stated: str, arrival: datetime, device_id: str | None = None) -> datetime:
    """An xs:dateTime; without an offset it is read in the source's zone."""
    at = read_instant(stated, "", ZONE, arrival, device_id, _parse)
    if at <= EARLIEST:
        raise no_time(stated, "", "there were no sensors then; a counter that never counted says 1970", device_id)
    return at


def _parse(text: str) -> datetime:
    if not _TIME.fullmatch(text):
        raise ValueError("expected 2026-05-04T12:00:00+02:00")
    return datetime.fromisoformat(text)
