"""What somebody at the desk may do with an alarm, and what is refused."""

from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec

from parking.errors import ParkingError
from parking.health.alarms.handling import Acknowledged, AlarmNote, Handling, Owned, SetAside, ShelfReason
from parking.health.alarms.model import AlarmState, DeskAlarm
from parking.instants import in_text, require_utc

SHORTEST_SHELF = timedelta(minutes=1)
LONGEST_SHELF = timedelta(days=7)
LONGEST_OUT_OF_SERVICE = timedelta(days=92)
"""What is set aside for ever is forgotten; it can be said again."""

MAX_ALARM_NOTE = 400


class InvalidActError(ParkingError, ValueError):
    """This cannot be said to that alarm; the message says why and what can."""


class Acknowledge(msgspec.Struct, frozen=True, tag_field="act", tag="acknowledge"):
    """I have seen it."""


class Shelve(msgspec.Struct, frozen=True, kw_only=True, tag_field="act", tag="shelve"):
    """Not now: until an absolute time, at most a week away."""

    until: datetime
    reason: ShelfReason
    note: str = ""


class Unshelve(msgspec.Struct, frozen=True, tag_field="act", tag="unshelve"):
    """It counts again at once."""


class TakeOutOfService(msgspec.Struct, frozen=True, kw_only=True, tag_field="act", tag="out_of_service"):
    """It is not to be an alarm, by design, until an absolute time, at most three months away."""

    until: datetime
    reason: ShelfReason
    note: str = ""


class PutInService(msgspec.Struct, frozen=True, tag_field="act", tag="in_service"):
    """It is an alarm again at once."""


class Own(msgspec.Struct, frozen=True, kw_only=True, tag_field="act", tag="own"):
    """Who is on it from now on: oneself, somebody it is handed to, or "" for nobody."""

    owner: str


class AddNote(msgspec.Struct, frozen=True, kw_only=True, tag_field="act", tag="note"):
    """Something that the next shift should know."""

    text: str


AlarmAct: TypeAlias = Acknowledge | Shelve | Unshelve | TakeOutOfService | PutInService | Own | AddNote


def say_to(alarm: DeskAlarm, act: AlarmAct, author: str, now: datetime) -> Handling:
    """All that has been said to the alarm once this is said too. Raises InvalidActError with a sentence."""
    require_utc(now, "now")
    require_text(author, "the author", 120)
    said = alarm.handling
    replace = msgspec.structs.replace
    match act:
        case Acknowledge():
            return replace(said, acknowledged=_acknowledge(alarm, author, now))
        case Shelve():
            _require_raised(alarm, now)
            return replace(said, shelved=_set_aside(act, LONGEST_SHELF, author, now))
        case Unshelve():
            return replace(said, shelved=_take_back(said.shelved, "shelved", author, now))
        case TakeOutOfService():
            return replace(said, out_of_service=_set_aside(act, LONGEST_OUT_OF_SERVICE, author, now))
        case PutInService():
            return replace(said, out_of_service=_take_back(said.out_of_service, "out of service", author, now))
        case Own():
            if act.owner:
                require_text(act.owner, "the owner", 120)
            return replace(said, owned=Owned(at=now, author=author, owner=act.owner))
        case AddNote():
            require_text(act.text, "a note", MAX_ALARM_NOTE)
            return replace(said, notes=(*said.notes, AlarmNote(at=now, author=author, text=act.text)))


def require_text(text: str, what: str, most: int) -> None:
    """Raise InvalidActError where a text is empty, too long, or holds what no screen should be given."""
    if not text.strip() or len(text) > most:
        raise InvalidActError(f"{what} must have 1 to {most} characters, and has {len(text.strip())}")
    if not text.isprintable():
        raise InvalidActError(f"{what} holds a character that cannot be printed: write it on one line of plain text")


def _require_raised(alarm: DeskAlarm, now: datetime) -> None:
    if alarm.state(now) is AlarmState.NORMAL:
        raise InvalidActError(f"alarm {alarm.id} is not raised: to keep it quiet from now on, take it out of service")


def _acknowledge(alarm: DeskAlarm, author: str, now: datetime) -> Acknowledged:
    raised_at, seen = alarm.word.raised_at, alarm.handling.acknowledged
    if raised_at is None:
        raise InvalidActError(f"alarm {alarm.id} is not raised: there is nothing to acknowledge")
    if alarm.is_acknowledged and seen is not None:
        raise InvalidActError(f"alarm {alarm.id} was acknowledged by {seen.author} at {in_text(seen.at)}")
    return Acknowledged(at=now, author=author, raised_at=raised_at)


def _set_aside(act: Shelve | TakeOutOfService, longest: timedelta, author: str, now: datetime) -> SetAside:
    require_utc(act.until, "until")
    if not now + SHORTEST_SHELF <= act.until <= now + longest:
        raise InvalidActError(
            f"it can be set aside until {in_text(now + longest)} at the latest and for a minute at least, "
            f"not until {in_text(act.until)}; say so again when that time comes"
        )
    if act.note:
        require_text(act.note, "a note", MAX_ALARM_NOTE)
    return SetAside(at=now, author=author, until=act.until, reason=act.reason, note=act.note)


def _take_back(said: SetAside | None, what: str, author: str, now: datetime) -> SetAside:
    if said is None or now >= said.until:
        raise InvalidActError(f"it is not {what}: there is nothing to take back")
    return SetAside(at=now, author=author, until=now, reason=said.reason)
