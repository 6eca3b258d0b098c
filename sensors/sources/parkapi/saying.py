"""What one site, one spot and one lot say."""

from collections.abc import Iterator, Mapping

from parking.observations import Observation
from parking.words import Audience, Fault, FillLevel, Opening, RejectReason, SpaceState
from sensors.contract import RecordRefusedError
from sensors.ledger import Sighting
from sensors.reading.numbers import MISSING, find_number, is_nothing, require_within
from sensors.sources.parkapi.words import ENDINGS, GROUPS, LOT_LEVELS, LOT_STATES, NO_DATA, OPENINGS, RESTRICTED

Fields = Mapping[str, object]
ADVICE = "more free than there are; correct the counter or the capacity at the source"
FREE, REALTIME, STATED = "realtime_free_capacity", "realtime_capacity", "capacity"
STATES = {"AVAILABLE": SpaceState.FREE, "TAKEN": SpaceState.OCCUPIED, "UNKNOWN": SpaceState.UNKNOWN}


def say_spot(fields: Fields, seen: Sighting) -> Iterator[Observation]:
    """One single space."""
    word = fields.get("realtime_status")
    state = STATES.get(word) if isinstance(word, str) else None
    if state is None:
        raise _unknown("realtime_status", word, STATES, seen.device_id)
    yield seen.space(state)


def say_site(fields: Fields, seen: Sighting, audience: Audience) -> Iterator[Observation]:
    """The gate, the number, then those of each group; an unusable number of a group ends that group's alone."""
    word = fields.get("realtime_opening_status")
    if word is not None:
        opening = OPENINGS.get(word) if isinstance(word, str) else None
        yield seen.opening(opening or Opening.UNKNOWN)
        if opening is None:
            raise _unknown("realtime_opening_status", word, OPENINGS, seen.device_id)
    whose = whole_audience(fields, audience)
    if whose is None:
        yield seen.fault(Fault.COUNTING_OUT_OF_SERVICE)
        detail = "it is for nobody that a driver here can ask for: its number is not read"
        raise RecordRefusedError(RejectReason.NOT_FOLDED, detail, seen.device_id)
    yield from _say_count(fields, seen, whose, "")
    due = {*fields, *_inside(fields)}  # null or not
    fields = with_groups(fields)
    refused = None
    for ending, group in GROUPS.items():
        name = f"{FREE}_{ending}"
        if group is None or group is whose or (name not in due and fields.get(name) in MISSING):
            continue
        try:
            yield from _say_count(fields, seen, group, f"_{ending}")
        except RecordRefusedError as error:
            if refused is not None:
                yield seen.unusable(group)
            refused = refused or RecordRefusedError(error.reason, error.detail, error.device_id, category=group)
    if refused is not None:
        raise refused


def _say_count(fields: Fields, seen: Sighting, audience: Audience, ending: str) -> Iterator[Observation]:
    free, realtime, stated = (f"{name}{ending}" for name in (FREE, REALTIME, STATED))
    vacant = find_number(fields, free, seen.device_id)
    named = realtime if fields.get(realtime) not in MISSING else stated
    capacity = find_number(fields, named, seen.device_id)
    if vacant is None or (not ending and is_nothing(vacant, capacity)):
        yield seen.unusable(audience)
        return
    capacity = capacity or None
    require_within(vacant, capacity, (free, named), seen.device_id, ADVICE)
    yield seen.counted(vacant, capacity, ("count", audience, vacant, capacity), category=audience)


def say_lot(fields: Fields, seen: Sighting) -> Iterator[Observation]:
    """A lot of version 1: its state, then its number, or how full it is where the oldest say only that."""
    word = fields.get("state")
    opening = LOT_STATES.get(word) if isinstance(word, str) else None
    yield seen.opening(opening or Opening.UNKNOWN)
    if opening is None or not isinstance(word, str):
        raise _unknown("state", word, LOT_STATES, seen.device_id)
    if word in NO_DATA:  # the number beside it is 0 for want of one
        yield seen.fault(Fault.COUNTING_OUT_OF_SERVICE)
        return
    vacant = find_number(fields, "free", seen.device_id)
    total = "total" if "total" in fields else "count"
    capacity = find_number(fields, total, seen.device_id)
    nothing, capacity = is_nothing(vacant, capacity), capacity or None
    if vacant is None or nothing:
        yield seen.without_number(LOT_LEVELS.get(word, FillLevel.UNKNOWN), capacity)
        return
    require_within(vacant, capacity, ("free", total), seen.device_id, ADVICE)
    yield seen.counted(vacant, capacity, ("count", vacant, capacity))


def with_groups(fields: Fields) -> dict[str, object]:
    """The fields, and the numbers of restrictions by the names that they have where they stand beside the others."""
    return {name: value for held in (_inside(fields), fields) for name, value in held.items() if value is not None}


def _inside(fields: Fields) -> dict[str, object]:
    """The numbers that stand in restrictions, those that are null as well."""
    stated = fields.get("restrictions")
    entries = [one for one in stated if isinstance(one, dict)] if isinstance(stated, list) else []
    return {
        f"{name}_{ending}": one[name]
        for one in entries
        if (ending := ENDINGS.get(str(one.get("type")).upper())) is not None
        for name in (FREE, REALTIME, STATED)
        if name in one
    }


def whole_audience(fields: Fields, audience: Audience) -> Audience | None:
    """Whom the whole of it is for: those of ``purpose``, unless each restriction names who may, and all the same one.

    A restriction with a capacity of its own is of some spaces, one without a type is of how long. None: somebody whom
    the house cannot name.
    """
    kinds = restricted_to(fields)
    if kinds is None or audience is not Audience.PUBLIC:
        return audience
    return next(iter(kinds)) if len(kinds) == 1 else None


def restricted_to(fields: Fields) -> set[Audience | None] | None:
    """The audiences that the restrictions name; None where one of them lets everybody in, or there are none."""
    stated = fields.get("restricted_to") or fields.get("restrictions")
    if not isinstance(stated, list):
        return None
    whole = [one for one in stated if isinstance(one, dict) and not any("capacity" in name for name in one)]
    if not whole or not all(one.get("type") for one in whole):
        return None
    return {RESTRICTED.get(str(one["type"]).upper()) for one in whole}


def _unknown(name: str, word: object, known: Mapping[str, object], device_id: str) -> RecordRefusedError:
    if word is None:
        return RecordRefusedError(RejectReason.MISSING_FIELD, f"record has no {name}: ask the source", device_id)
    detail = f"{name} is {word!r:.60}; known are {', '.join(known)}"
    return RecordRefusedError(RejectReason.UNKNOWN_STATUS, detail, device_id)
