"""Times as people type them: with an offset, or as a wall clock in Paris reads."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from parking.errors import ParkingError
from parking.instants import from_local

LOCAL = ZoneInfo("Europe/Paris")


class TimeError(ParkingError):
    """A time that cannot be understood; the message shows how to write one."""


class Understood(NamedTuple):
    """An instant (UTC), and whether the zone was ours to choose."""

    instant: datetime
    assumed: bool

    @property
    def local(self) -> datetime:
        """The same as a wall clock in Paris reads."""
        return self.instant.astimezone(LOCAL)


def understand(text: str) -> Understood:
    """The instant that was meant. Raises TimeError where there is none.

    Without an offset it is Paris time; in the hour that autumn repeats the later reading, in the hour that spring skips
    the time moved forward by the gap.
    """
    try:
        read = datetime.fromisoformat(text.strip())
        if read.tzinfo is None:
            return Understood(from_local(read, LOCAL, None), assumed=True)
        return Understood(read.astimezone(UTC), assumed=False)
    except (ValueError, OverflowError) as error:
        raise TimeError(
            f"{text!r} is not a time: write 2026-05-04T14:30 (Paris time), or 2026-05-04T12:30Z, or with +02:00"
        ) from error


def local_day(text: str) -> tuple[datetime, datetime]:
    """Midnight to midnight in Paris, 23 to 25 hours. Raises TimeError where the text is no day."""
    try:
        day = date.fromisoformat(text.strip())
        ends = (datetime.combine(one, time(), LOCAL).astimezone(UTC) for one in (day, day + timedelta(days=1)))
        return next(ends), next(ends)
    except (ValueError, OverflowError) as error:
        raise TimeError(f"{text!r} is not a day: write it like 2026-05-04") from error
