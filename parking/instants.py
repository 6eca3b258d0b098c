"""Instants: aware UTC times only, and the two repairs that lying clocks need."""

from datetime import UTC, datetime, timedelta, tzinfo

from parking.errors import NaiveTimeError

AHEAD_TOLERANCE = timedelta(minutes=5)
"""How far ahead of its arrival an observation may claim to be."""

EXPLAINED_WITHIN = timedelta(minutes=15)
"""A wrong zone label explains a stamp that it brings this close to its arrival; anything else is another fault."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_OFFSET = timedelta(0)
_MICROSECOND = timedelta(microseconds=1)


def require_utc(instant: datetime, name: str) -> None:
    """Raise NaiveTimeError unless ``instant`` is aware and in UTC."""
    if instant.tzinfo is not UTC and instant.utcoffset() != _NO_OFFSET:
        raise NaiveTimeError(f"{name} must be an aware UTC time, got {instant!r}: attach the source's zone and convert")


def to_us(instant: datetime) -> int:
    """Whole microseconds since 1970, exactly (float seconds would round)."""
    return (instant - _EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """The instant that ``to_us`` gave."""
    return _EPOCH + timedelta(microseconds=us)


def from_ms(ms: int) -> datetime:
    """The instant so many milliseconds after 1970."""
    return _EPOCH + timedelta(milliseconds=ms)


def in_text(instant: datetime) -> str:
    """ISO 8601 in UTC with a Z, the one form in which placelibre writes an instant for programs."""
    return instant.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def is_ahead(observed_at: datetime, received_at: datetime) -> bool:
    """Whether an observation claims to be from later than its arrival allows."""
    return observed_at - received_at > AHEAD_TOLERANCE


def from_local(naive: datetime, zone: tzinfo, received_at: datetime | None) -> datetime:
    """UTC for a wall-clock reading in ``zone``.

    In the hour that autumn repeats, the later reading is taken unless it would lie ahead of the arrival. A reading in
    the hour that spring skips is moved forward by the gap, as the zone's own rules do.
    """
    earlier, later = (naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if later < earlier:  # the skipped hour of spring: fold=0 keeps the offset from before the gap
        return earlier
    if received_at is not None and is_ahead(later, received_at):
        return earlier
    return later


def undo_false_utc(observed_at: datetime, received_at: datetime, zone: tzinfo) -> datetime:
    """Undo local time that was labelled UTC; to be asked about stamps that bore that label only.

    Nantes' park-and-ride feed of 2022 said 08:58:40+00:00 in a body published at 06:59:00Z. Reading the same digits in
    the source's zone moves the stamp by a whole number of hours. A stamp that is not ahead of its arrival is never
    touched, and one that the zone does not bring to within 15 minutes of it comes back unchanged, to be rejected.
    """
    if not is_ahead(observed_at, received_at):
        return observed_at
    reread = from_local(observed_at.replace(tzinfo=None), zone, received_at)
    explained = not is_ahead(reread, received_at) and received_at - reread <= EXPLAINED_WITHIN
    return reread if explained else observed_at
