"""Times as people type them: with an offset, or as the city's clocks read."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from parking.errors import ParkingError
from parking.instants import from_local


class TimeError(ParkingError):
    """A time that cannot be understood; the message shows how to write one."""


class Understood(NamedTuple):
    """An instant (UTC), the same as the city's clocks read, and whether the zone was ours to choose."""

    instant: datetime
    local: datetime
    assumed: bool


def understand(text: str, zone: tzinfo) -> Understood:
    """The instant that was meant. Raises TimeError where there is none.

    Without an offset it is a time of ``zone``; in the hour that autumn repeats the later reading, in the hour that
    spring skips the time moved forward by the gap.
    """
    try:
        read = datetime.fromisoformat(text.strip())
        if read.tzinfo is None:
            instant = from_local(read, zone, None)
            return Understood(instant, instant.astimezone(zone), assumed=True)
        return Understood(read.astimezone(UTC), read.astimezone(zone), assumed=False)
    except (ValueError, OverflowError) as error:
        raise TimeError(
            f"{text!r} is not a time: write 2026-05-04T14:30 (the city's time), or 2026-05-04T12:30Z, or with +02:00"
        ) from error


def local_day(text: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """Midnight to midnight in ``zone``, 23 to 25 hours. Raises TimeError where the text is no day."""
    try:
        day = date.fromisoformat(text.strip())
        ends = (datetime.combine(date_, time(), zone).astimezone(UTC) for date_ in (day, day + timedelta(days=1)))
        return next(ends), next(ends)
    except (ValueError, OverflowError) as error:
        raise TimeError(f"{text!r} is not a day: write it like 2026-05-04") from error
