"""What the words of a record say of the whole place: who may drive in, how full it is, whether its number counts."""

from typing import NamedTuple

from parking.words import Fault, Opening, RejectReason
from sensors.contract import RecordRefusedError
from sensors.sources.mapped.fields import word_of
from sensors.sources.mapped.paths import Around
from sensors.sources.mapped.plan import MappingPlan, StatusPlan

OPENINGS = {
    "open": Opening.OPEN,
    "spaces_available": Opening.OPEN,
    "almost_full": Opening.OPEN,
    "full": Opening.OPEN,
    "closed": Opening.CLOSED,
    "closed_abnormal": Opening.CLOSED_ABNORMAL,
    "subscribers_only": Opening.SUBSCRIBERS_ONLY,
    "unknown": Opening.UNKNOWN,
    "not_counted": Opening.UNKNOWN,
}
FAULTS = {"not_counted": Fault.COUNTING_OUT_OF_SERVICE, "cut_off": Fault.COMMUNICATIONS_FAILURE}


class Said(NamedTuple):
    """What all [[status]] of a mapping make of a record.

    ``meaning`` is the word of the first that says how full it is, or whether it is open. ``refused`` is a word that no
    list has: the record ends with it.
    """

    opening: Opening | None = None
    fault: Fault | None = None
    meaning: str | None = None
    has_number: bool = True
    level_paths: tuple[str, ...] = ()
    refused: RecordRefusedError | None = None


def read_status(around: Around, plan: MappingPlan, device_id: str) -> Said:
    """What the words of a record say."""
    said = Said()
    for status in plan.statuses:
        if not status.meant.passes(around):
            continue
        value = status.at.read(around)
        meaning = _meaning(status, value, plan)
        if meaning is None:
            return said._replace(opening=said.opening or Opening.UNKNOWN, refused=_refusal(status, value, device_id))
        said = _and(said, meaning, OPENINGS.get(meaning) if status.said.opening else None)
        if status.no_number.meaning(value):
            said = said._replace(has_number=False)
        if status.words.meaning(value):
            said = said._replace(level_paths=(*said.level_paths, status.at.name))
    return said


def _meaning(status: StatusPlan, value: object, plan: MappingPlan) -> str | None:
    """What a word means; None where it is to be refused."""
    found = status.words.meaning(value)
    if found is not None:
        return found
    is_missing = value is None or word_of(value) == "" or plan.missing.meaning(value)
    otherwise = status.said.missing if is_missing else status.said.others
    return None if otherwise == "refuse" else otherwise


def _and(said: Said, meaning: str, opening: Opening | None) -> Said:
    """The first that says something of the opening counts, and any fault; unknown gives way to what is known."""
    known = said.opening in (None, Opening.UNKNOWN) and opening is not None
    return said._replace(
        opening=opening if known else said.opening,
        fault=said.fault or FAULTS.get(meaning),
        meaning=said.meaning or (meaning if meaning not in ("nothing", "unknown") else None),
    )


def _refusal(status: StatusPlan, value: object, device_id: str) -> RecordRefusedError:
    reason = RejectReason.UNKNOWN_STATUS
    if value is None or value == "":
        return RecordRefusedError(
            RejectReason.MISSING_FIELD, f"record has no {status.at.name}: ask the source", device_id
        )
    detail = f"{status.at.name} is {value!r:.60}; known are {status.words.known()}: add it to the mapping"
    return RecordRefusedError(reason, detail, device_id)
