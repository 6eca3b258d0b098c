"""Whether a command can be, of the place as the catalogue has it: each refusal is a sentence that says what to do."""

from datetime import datetime, timedelta

from parking.catalogue.model import Place
from parking.desk.commands import (
    InvalidCommandError,
    PlaceCommand,
    PlaceOverride,
    PlaceRecount,
    PlaceRelease,
)
from parking.fold.lanes import LATENESS
from parking.instants import in_text
from parking.observations import ALL_SPACES
from parking.published.availability import Availability
from parking.words import Audience, Opening, OverrideAspect

SHORTEST_BY_HAND = timedelta(minutes=1)
LONGEST_BY_HAND = timedelta(days=366)
LONGEST_NUMBER = timedelta(days=7)
COUNTED_WITHIN = LATENESS
"""A recount is of now, or of a few minutes ago: the fold keeps no older pulses to add to it."""


def require_possible(command: PlaceCommand, place: Place, known: Availability | None, now: datetime) -> None:
    """Raise InvalidCommandError where the command cannot be of this place at ``now`` (the city's time)."""
    command.subject(place.id)
    if isinstance(command, PlaceOverride):
        _require_end(command, now)
        _require_word(command)
    if not isinstance(command, PlaceRelease) and command.category is not None and command.vacant is not None:
        _require_room(command.category, command.vacant, place, known)
    if isinstance(command, PlaceRecount):
        _require_counted_of_late(command, now)
        return
    if command.space not in (None, ALL_SPACES) and command.space not in {space.id for space in place.spaces}:
        raise InvalidCommandError("space", f"place {place.id} has no space {command.space}; * is all of them")
    if command.space == ALL_SPACES and not place.spaces:
        raise InvalidCommandError("space", f"place {place.id} has no single spaces: set its number or its opening")
    is_there = command.device is None or any(
        (device.source, device.id) == (command.source, command.device) for device in place.devices
    )
    if isinstance(command, PlaceOverride) and not is_there:
        raise InvalidCommandError("device", f"no device {command.source}/{command.device} is at place {place.id}")


def capacity_of(category: Audience, place: Place, known: Availability | None) -> int | None:
    """How many spaces there are for an audience, as the published state says, or else the catalogue; None: unknown."""
    if known is not None:
        counted = known.by_category.get(category)
        stated = known.capacity if category is Audience.PUBLIC else counted.capacity if counted else None
        if stated is not None:
            return stated
    return place.capacity if category is Audience.PUBLIC else getattr(place, f"spaces_{category.value}", None)


def _require_room(category: Audience, vacant: int, place: Place, known: Availability | None) -> None:
    room = capacity_of(category, place, known)
    if room is not None and vacant > room:
        raise InvalidCommandError(
            "vacant", f"{vacant} vacant is more than the {room} spaces that {place.id} has for {category.value}: "
            "say at most that, or correct the capacity first",
        )  # fmt: skip


def _require_end(command: PlaceOverride, now: datetime) -> None:
    longest = LONGEST_NUMBER if command.vacant is not None else LONGEST_BY_HAND
    if not now + SHORTEST_BY_HAND <= command.expires_at <= now + longest:
        raise InvalidCommandError(
            "expires_at", f"it ends between 1 minute and {longest.days} days from now ({in_text(now)}), not at "
            f"{in_text(command.expires_at)}",
        )  # fmt: skip


def _require_word(command: PlaceOverride) -> None:
    """Each aspect is set by a word of its own, and by no other."""
    said = {"opening": command.opening is not None, "vacant": command.vacant is not None, "unusable": command.unusable}
    may = {
        OverrideAspect.OPENING: ({"opening"},),
        OverrideAspect.NUMBER: ({"vacant"}, {"unusable"}),
        OverrideAspect.SPACE: (set(), {"unusable"}),
        OverrideAspect.DEVICE: (set(),),
    }[command.aspect]
    given = {name for name, is_said in said.items() if is_said}
    if given not in may:
        wanted = " or ".join("nothing more" if not one else next(iter(one)) for one in may)
        field = next(iter(sorted(given - set().union(*may))), wanted.partition(" ")[0])
        raise InvalidCommandError(field, f"an override of {command.aspect.value} says {wanted}, and nothing else")
    if command.opening is Opening.UNKNOWN:
        raise InvalidCommandError("opening", "unknown is no word of a person: say what is so, or release the override")


def _require_counted_of_late(command: PlaceRecount, now: datetime) -> None:
    at = command.counted_at
    if at is not None and not now - COUNTED_WITHIN <= at <= now:
        raise InvalidCommandError(
            "counted_at",
            f"a recount is of the last 15 minutes before {in_text(now)}, not of {in_text(at)}: count again",
        )
