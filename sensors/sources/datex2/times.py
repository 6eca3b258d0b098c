"""When a record was true, and when its publication was made."""

import re
from datetime import datetime, timezone, tzinfo
from zoneinfo import ZoneInfo

from parking.fold.admission import EARLIEST
from parking.instants import is_ahead
from parking.words import RejectReason, TimeBasis
from sensors.contract import RecordRefusedError
from sensors.reading.times import Stamp, no_time, read_stamp
from sensors.sources.datex2.wire import Publication

ZONE = ZoneInfo("Europe/Berlin")
"""For times without an offset in a publication that has none either. Those recorded are true wherever one can check."""

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


def read_when(
    stated_at: str | None, device_id: str, publication: Publication, published_at: datetime | None, arrival: datetime
) -> tuple[datetime, TimeBasis]:
    """As the record says, else as its publication does (a gateway's clock), else on arrival.

    A time without an offset has that of its publication, and the basis is then a gateway's too, unless the source's
    zone has the same. Raises RecordRefusedError where the record states a time that is none, or one ahead of its
    arrival.
    """
    if stated_at is None:
        return (arrival, TimeBasis.ARRIVAL) if published_at is None else (published_at, TimeBasis.GATEWAY)
    zone = _zone_of(publication, arrival)
    stamp = _read_time(stated_at, arrival, zone, device_id)
    is_naive = stamp.written.tzinfo is None
    if is_naive and zone is not ZONE and is_ahead(stamp.at, published_at or arrival):
        stamp, zone = _read_time(stated_at, arrival, ZONE, device_id), ZONE  # it was not made before it was true
    if is_ahead(stamp.at, arrival):
        raise RecordRefusedError(
            RejectReason.FUTURE_TIME,
            f"its time {stated_at:.60} is later than its arrival at {arrival.isoformat()}: check the clock",
            device_id,
        )
    return stamp.at, TimeBasis.GATEWAY if is_naive and zone is not ZONE else TimeBasis.DEVICE


def find_published_at(publication: Publication, now: datetime) -> datetime | None:
    """When a publication was made; None where it does not say, or says later than ``now``."""
    try:
        at = _read_time(publication.published_at or "", now, _zone_of(publication, now)).at
    except RecordRefusedError:
        return None
    return None if is_ahead(at, now) else at


def _zone_of(publication: Publication, arrival: datetime) -> tzinfo:
    """The zone of times without an offset: the source's where the publication's offset is that zone's, else the offset.

    So a record of last winter in a publication of this summer is read by the winter's offset.
    """
    try:
        written = _read_time(publication.offset_said or "", arrival, ZONE).written
        offset, own = written.utcoffset(), written.astimezone(ZONE).utcoffset()
    except (RecordRefusedError, OverflowError):
        return ZONE
    return ZONE if offset is None or offset == own else timezone(offset)


def _read_time(stated: str, arrival: datetime, zone: tzinfo, device_id: str | None = None) -> Stamp:
    """An xs:dateTime; without an offset it is read in ``zone``."""
    stamp = read_stamp(stated, "", zone, arrival, device_id, _parse)
    if stamp.at <= EARLIEST:
        raise no_time(stated, "", "there were no sensors then; a counter that never counted says 1970", device_id)
    return stamp


def _parse(text: str) -> datetime:
    if not _TIME.fullmatch(text):
        raise ValueError("expected 2026-05-04T12:00:00+02:00")
    return datetime.fromisoformat(text)
