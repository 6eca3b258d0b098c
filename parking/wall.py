"""The world's time as one process may tell it: a wall clock that leaps is found out by what has really passed.

A wall clock is set by people and programs; how long this machine has been up is not. Between two readings both must
have moved by the same. Where they have not, the wall clock was moved (or the machine was paused, and its wall clock put
right afterwards: from within one looks like the other). What is told then is what must have passed, until the wall
clock is back, or until it has kept its new time for as long as the one before, and then it is believed.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

LEAP = timedelta(seconds=30)
"""A clock that is moved by less was merely set: no number becomes older or younger by more than that."""

BELIEVED_AFTER = timedelta(minutes=10)
"""So long at most must a wall clock keep its new time to be believed. Our assumption: a mistake is put right sooner."""

_NOT_LEAPT = timedelta(0)


class TimeTold(NamedTuple):
    """The time to go by, and how far the wall clock is off it (0: this is the wall clock)."""

    at: datetime
    leapt: timedelta = _NOT_LEAPT


class WallWatch:
    """Judges readings of one machine's clocks, in the order in which they were taken."""

    def __init__(self) -> None:
        self._trusted: tuple[datetime, float] | None = None
        self._leapt = _NOT_LEAPT
        self._since_s = self._trusted_since_s = 0.0

    def tell(self, wall: datetime, up_s: float, confirmed: bool = False) -> TimeTold:
        """The time at a reading: ``wall`` as the machine says (aware UTC), ``up_s`` a clock that nobody sets, seconds.

        ``confirmed`` says that a clock elsewhere (Kafka's) agrees with what was told last: then a leap is ours alone,
        and however long it lasts it is not believed.
        """
        if self._trusted is None:
            return self._believe(wall, up_s)
        trusted, trusted_s = self._trusted
        expected = trusted + timedelta(seconds=up_s - trusted_s)
        off = wall - expected
        if abs(off) <= LEAP:
            return self._trust(wall, up_s)
        if abs(off - self._leapt) > LEAP:
            self._leapt, self._since_s = off, up_s
        elif up_s - self._since_s >= self._patience_s() and not confirmed:
            return self._believe(wall, up_s)
        return TimeTold(expected, off)

    def _patience_s(self) -> float:
        # A time that was kept for a moment only (the machine has just started, and found a time server since) is no
        # better a witness than the new one.
        return min(BELIEVED_AFTER.total_seconds(), self._since_s - self._trusted_since_s)

    def _believe(self, wall: datetime, up_s: float) -> TimeTold:
        self._trusted_since_s = up_s
        return self._trust(wall, up_s)

    def _trust(self, wall: datetime, up_s: float) -> TimeTold:
        self._trusted, self._leapt = (wall, up_s), _NOT_LEAPT
        return TimeTold(wall)


def ahead_of_us(tenant: str, gap: timedelta) -> str:
    """That a city's clock is ahead of this machine's, and what to do."""
    return (
        f"the clock of city {tenant} is {length_of(gap)} ahead of this machine's: it was told by a clock that had "
        f"leapt, and until that time comes its places stay unknown. If this machine's clock is right, `placelibre city "
        f"clock --tenant {tenant} --take-back` puts it back"
    )


def length_of(gap: timedelta) -> str:
    """A length of time for people: 1 d 2 h 5 min 3 s."""
    seconds = round(abs(gap).total_seconds())
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (left, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"
