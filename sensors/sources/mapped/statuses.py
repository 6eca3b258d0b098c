"""What the words of a record say of the whole place: who may drive in, how full it is, whether its number counts."""

from typing import NamedTuple

from parking.words import Fault, FillLevel, Opening, RejectReason
from sensors.contract import RecordRefusedError
from sensors.sources.mapped.fields import is_said
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
_WORST = (
    Opening.CLOSED_ABNORMAL, Opening.CLOSED, Opening.SUBSCRIBERS_ONLY, Opening.OPEN, Opening.UNKNOWN,
)  # fmt: skip
LEVELS = {
    "full": FillLevel.FULL,
    "almost_full": FillLevel.ALMOST_FULL,
    "spaces_available": FillLevel.SPACES_AVAILABLE,
}
FAULTS = {"not_counted": Fault.COUNTING_OUT_OF_SERVICE, "cut_off": Fault.COMMUNICATIONS_FAILURE}


class Said(NamedTuple):
    """What all [[status]] of a mapping make of a record.

    ``meanings`` are all that say how full it is, or whether it is open. ``refused`` is the first word that no list has:
    the record ends with it.
    """

    opening: Opening | None = None
    fault: Fault | None = None
    meanings: tuple[str, ...] = ()
    has_number: bool = True
    level_paths: tuple[str, ...] = ()
    refused: RecordRefusedError | None = None

    @property
    def level(self) -> FillLevel | None:
        """How full they say it is; the fullest where several say it."""
        return next((LEVELS[meaning] for meaning in LEVELS if meaning in self.meanings), None)


def read_status(around: Around, plan: MappingPlan, device_id: str) -> Said:
    """What the words of a record say."""
    said = Said()
    for status in plan.statuses:
        if not status.meant.passes(around):
            continue
        value = status.at.read(around)
        meaning = _meaning(status, value, plan)
        if meaning is None:
            said = said._replace(refused=said.refused or _refusal(status, value, device_id))
            continue
        said = _and(said, meaning, OPENINGS.get(meaning) if status.said.opening else None)
        if status.no_number.meaning(value):
            said = said._replace(has_number=False)
        if status.words.meaning(value):
            said = said._replace(level_paths=(*said.level_paths, status.at.name))
    if said.refused is not None and (said.opening is None or _is_implied(said)):
        return said._replace(opening=Opening.UNKNOWN)
    return said


def _is_implied(said: Said) -> bool:
    """Whether it is open only because a sign says how full it is."""
    return said.opening is Opening.OPEN and "open" not in said.meanings


def _meaning(status: StatusPlan, value: object, plan: MappingPlan) -> str | None:
    """What a word means; None where it is to be refused."""
    found = status.words.meaning(value)
    if found is not None:
        return found
    is_missing = not is_said(value) or plan.missing.meaning(value)
    otherwise = status.said.missing if is_missing else status.said.others
    return None if otherwise == "refuse" else otherwise


def _and(said: Said, meaning: str, opening: Opening | None) -> Said:
    """In whatever order they stand: the worst opening counts, for a sign may show spaces behind a closed gate."""
    return said._replace(
        opening=min((one for one in (said.opening, opening) if one), key=_WORST.index, default=None),
        fault=said.fault or FAULTS.get(meaning),
        meanings=said.meanings if meaning in ("nothing", "unknown") else (*said.meanings, meaning),
    )


def _refusal(status: StatusPlan, value: object, device_id: str) -> RecordRefusedError:
    reason = RejectReason.UNKNOWN_STATUS
    if value is None or value == "":
        return RecordRefusedError(
            RejectReason.MISSING_FIELD, f"record has no {status.at.name}: ask the source", device_id
        )
    detail = f"{status.at.name} is {value!r:.60}; known are {status.words.known()}: add it to the mapping"
    return RecordRefusedError(reason, detail, device_id)
