"""What a site or group, and what a single spot says."""

from collections.abc import Iterator

from parking.observations import Observation
from parking.words import Audience, Basis, Fault, FillLevel, Opening, RejectReason
from sensors.contract import RecordRefusedError
from sensors.ledger import Sighting
from sensors.reading.numbers import MISSING, find_number, is_nothing, require_within
from sensors.sources.ngsi_ld.audiences import find_audience
from sensors.sources.ngsi_ld.wire import Entity
from sensors.sources.ngsi_ld.words import LEVELS, NO_WORDS, OPENINGS, STATES

VACANT, TOTAL, TAKEN, SHARE, STATUS = (
    "availableSpotNumber", "totalSpotNumber", "occupiedSpotNumber", "occupancy", "status"
)  # fmt: skip
MEASURED = (VACANT, TAKEN, SHARE, STATUS)
ADVICE = "more free than there are; correct the counter or the total"
BOTH = "one of the three is wrong; ask the source"
_WORST_FIRST = (Opening.CLOSED_ABNORMAL, Opening.CLOSED, Opening.OPEN, Opening.UNKNOWN)


def require_news(entity: Entity, *names: str) -> None:
    """Refuse an entity that says nothing of what changes: it leaves what was said before alone."""
    if not any(name in entity.attributes for name in names):
        detail = f"it describes a place and says nothing of {', '.join(names)}: nothing is concluded from it"
        raise RecordRefusedError(RejectReason.NOT_FOLDED, detail, entity.id)


def say_spot(entity: Entity, seen: Sighting) -> Iterator[Observation]:
    """One single space."""
    words = entity.words(STATUS)
    if not words:
        raise RecordRefusedError(RejectReason.MISSING_FIELD, "a spot without a status: ask the source", entity.id)
    state = STATES.get(words[0].casefold()) if len(words) == 1 else None
    if state is None:
        raise _unknown(words, STATES, entity.id)
    yield seen.space(state)


def say_site(entity: Entity, seen: Sighting) -> Iterator[Observation]:
    """The gate, then the number; where there is none, how full it says that it is."""
    words = [word.casefold() for word in entity.words(STATUS)]
    openings = {OPENINGS[word] for word in words if word in OPENINGS}
    strange = [word for word in words if word not in (*OPENINGS, *LEVELS, *NO_WORDS)]
    if openings or strange:
        yield seen.opening(next((one for one in _WORST_FIRST if one in openings), Opening.UNKNOWN))
    if strange:
        raise _unknown(strange, [*OPENINGS, *LEVELS], entity.id)
    audience = find_audience(entity)
    if audience is None:
        yield seen.fault(Fault.COUNTING_OUT_OF_SERVICE)
        detail = "it is for nobody that a driver here can ask for: its number is not read"
        raise RecordRefusedError(RejectReason.NOT_FOLDED, detail, entity.id)
    detection = [word.casefold() for word in entity.words("occupancyDetectionType")]
    if detection == ["none"] or any(word in NO_WORDS for word in words):
        yield seen.fault(Fault.COUNTING_OUT_OF_SERVICE)  # nobody counts: a number beside it is a default
        return
    basis = Basis.DERIVED if detection == ["modelbased"] else Basis.COUNTED
    said = _count(entity, seen, audience, basis) or _level(entity, seen, audience, words)
    if said is not None:
        yield said
    elif entity.value(TOTAL) is not None or {VACANT, TAKEN, SHARE} & entity.attributes.keys():
        yield seen.unusable()  # it should say how many are free, and does not


def _count(entity: Entity, seen: Sighting, audience: Audience, basis: Basis) -> Observation | None:
    fields = {name: entity.value(name) for name in (VACANT, TOTAL, TAKEN)}
    vacant, taken = (find_number(fields, name, entity.id) for name in (VACANT, TAKEN))
    total = find_number(fields, TOTAL, entity.id)
    if is_nothing(vacant, total):
        return None
    total = total or None
    if vacant is None and taken is not None:
        if total is None:
            detail = f"{taken} spots are taken, and nobody says of how many ({TOTAL}); ask the source"
            raise RecordRefusedError(RejectReason.MISSING_FIELD, detail, entity.id)
        if taken > total:
            detail = f"{TAKEN} {taken} is above {TOTAL} {total}: that would leave less than none; recalibrate"
            raise RecordRefusedError(RejectReason.NEGATIVE_COUNT, detail, entity.id)
        vacant, basis = total - taken, Basis.DERIVED
    if vacant is None:
        return None
    require_within(vacant, total, (VACANT, TOTAL), entity.id, ADVICE)
    if taken is not None:
        require_within(vacant + taken, total, (f"{VACANT} and {TAKEN}", TOTAL), entity.id, BOTH)
    return seen.counted(vacant, total, ("count", audience, vacant, total), category=audience, basis=basis)


def _level(entity: Entity, seen: Sighting, audience: Audience, words: list[str]) -> Observation | None:
    """The fullest of its words, or what the share of taken spots says, which makes no number."""
    levels = [LEVELS[word] for word in words if word in LEVELS]
    total = find_number({TOTAL: entity.value(TOTAL)}, TOTAL, entity.id) or None
    share = entity.value(SHARE)
    if not levels and share not in MISSING:
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            detail = f"{SHARE} is {share!r:.40}, not a share of 0 to 1"
            raise RecordRefusedError(RejectReason.WRONG_TYPE, detail, entity.id)
        levels = [FillLevel.FULL if share == 1 else FillLevel.SPACES_AVAILABLE]
    if not levels:
        return None
    fullest = max(levels, key=[FillLevel.SPACES_AVAILABLE, FillLevel.ALMOST_FULL, FillLevel.FULL].index)
    return seen.levelled(fullest, capacity=total, category=audience)


def _unknown(words: object, known: object, device_id: str) -> RecordRefusedError:
    names = ", ".join(known) if isinstance(known, list | dict) else ""
    return RecordRefusedError(RejectReason.UNKNOWN_STATUS, f"status is {words!r:.60}; known are {names}", device_id)
