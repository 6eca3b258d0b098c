"""DATEX II's words in the house's, and what one status record says in them."""

from collections.abc import Mapping
from typing import NamedTuple, TypeVar
from xml.etree.ElementTree import Element

from parking.words import Audience, Basis, Fault, Opening, RejectReason
from sensors.contract import RecordRefusedError
from sensors.reading.numbers import whole_number
from sensors.sources.datex2.wire import text

Word = TypeVar("Word")

OPENINGS = {
    "open": Opening.OPEN,
    "closed": Opening.CLOSED,
    "closedAbnormal": Opening.CLOSED_ABNORMAL,
    "openingTimesInForce": Opening.UNKNOWN,  # open by a timetable that we do not read
    "statusUnknown": Opening.UNKNOWN,
    "other": Opening.UNKNOWN,
}

FAULTS: dict[str, Fault | None] = {
    "communicationsFailure": Fault.COMMUNICATIONS_FAILURE,
    "erroneousOccupancyInformation": Fault.COUNTING_OUT_OF_SERVICE,
    "noParkingInformationAvailable": Fault.COUNTING_OUT_OF_SERVICE,
    "unspecified": Fault.DEVICE_FAULT,
    "unknown": Fault.DEVICE_FAULT,
    "other": Fault.DEVICE_FAULT,
    # Of the barrier, the sign, the till: they say nothing of the number.
    "barrierMalfunction": None,
    "entranceExitObstructed": None,
    "erroneousOccupancyDisplayed": None,
    "paymentMachinesInoperative": None,
    "reservationServiceOutOfOrder": None,
}

LEVELS = {"spacesAvailable", "almostFull", "full", "fullAtEntrance", "other"}
"""What the number itself says, so it is not read; ``unknown`` is another matter."""

ASSIGNED: dict[str, Audience | None] = {
    "1": Audience.PUBLIC,  # short-term: whoever drives in
    "2": Audience.SUBSCRIBER,  # long-term
    "4": Audience.DISABLED,
    "8": None,  # women: the house has no word, so nobody is sent there
    "16": None,  # families
    "32": Audience.EV,
}
"""The older extension numbers its groups of spaces; their static publications say what the numbers mean."""

CATEGORIES = {"Behinderte": Audience.DISABLED}

USERS = {
    "allUsers": Audience.PUBLIC,
    **dict.fromkeys(("disabled", "handicapped", "registeredDisabledUsers", "wheelchairUsers"), Audience.DISABLED),
    **dict.fromkeys(("subscribers", "seasonTicketHolders", "longTermParker"), Audience.SUBSCRIBER),
}


class Count(NamedTuple):
    """Vacant spaces for one audience, of how many, and how we know."""

    vacant: int
    capacity: int | None
    basis: Basis = Basis.COUNTED


class Thresholds(NamedTuple):
    """The vacancies at or below which a place reads full, and almost full."""

    full_at: int | None = None
    almost_full_at: int | None = None


class Status(NamedTuple):
    """One status record. ``is_single``: it is about one single space. With a ``fault`` there are no counts."""

    opening: Opening | None
    fault: Fault | None
    counts: Mapping[Audience, Count]
    thresholds: Thresholds = Thresholds()
    is_single: bool = False


def translate(word: str, words: Mapping[str, Word], name: str, device_id: str) -> Word:
    """The house's word for DATEX II's; RecordRefusedError where there is none."""
    try:
        return words[word]
    except KeyError:
        raise RecordRefusedError(
            RejectReason.UNKNOWN_STATUS, f"{name} is {word!r:.60}; map it in the adapter", device_id
        ) from None


def number(element: Element | None, name: str, device_id: str) -> int | None:
    """The count in the child called ``name``; None where it is missing or empty."""
    stated = text(element, name)
    return None if stated is None else whole_number(stated, name, device_id)


def thresholds(element: Element | None, device_id: str) -> Thresholds:
    """The values at which the status is entered as a place fills up.

    Both must be there, and full must come at fewer vacancies than almost full: the standard does not say what they
    count, and a publisher who counts vehicles would have it the other way round.
    """
    full_at, almost_full_at = (number(element, f"{name}Increasing", device_id) for name in ("full", "almostFull"))
    if full_at is None or almost_full_at is None or full_at > almost_full_at:
        return Thresholds()
    return Thresholds(full_at, almost_full_at)
