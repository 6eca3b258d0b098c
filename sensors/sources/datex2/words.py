"""DATEX II's words in the house's, and what one status record says in them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeVar
from xml.etree.ElementTree import Element

from parking.words import Audience, Basis, Fault, FillLevel, Opening, RejectReason, SpaceState
from sensors.contract import RecordRefusedError
from sensors.reading.numbers import whole_number
from sensors.sources.datex2.elements import text

Word = TypeVar("Word")

OPENINGS = {
    "open": Opening.OPEN,
    "closed": Opening.CLOSED,
    "closedAbnormal": Opening.CLOSED_ABNORMAL,
    "openingTimesInForce": Opening.UNKNOWN,  # open by a timetable that we do not read
    "statusUnknown": Opening.UNKNOWN,
    "other": Opening.UNKNOWN,
    # Version 3 from 3.3 on.
    "openWithServiceLimitation": Opening.OPEN,
    "closedOnHoliday": Opening.CLOSED,
    "closedOnMaintenance": Opening.CLOSED_ABNORMAL,
    "temporarilyClosed": Opening.CLOSED_ABNORMAL,
    "_extended": Opening.UNKNOWN,
}

FAULTS: dict[str, Fault | None] = {
    "communicationsFailure": Fault.COMMUNICATIONS_FAILURE,
    "erroneousOccupancyInformation": Fault.COUNTING_OUT_OF_SERVICE,
    "noParkingInformationAvailable": Fault.COUNTING_OUT_OF_SERVICE,
    "unspecified": Fault.DEVICE_FAULT,
    "unknown": Fault.DEVICE_FAULT,
    "other": Fault.DEVICE_FAULT,
    "_extended": Fault.DEVICE_FAULT,
    # Of the barrier, the sign, the till: they say nothing of the number.
    "barrierMalfunction": None,
    "entranceExitObstructed": None,
    "erroneousOccupancyDisplayed": None,
    "paymentMachinesInoperative": None,
    "reservationServiceOutOfOrder": None,
}

ASSIGNED: dict[str, Audience | None] = {
    "1": Audience.PUBLIC,  # short-term: whoever drives in
    "2": Audience.SUBSCRIBER,  # long-term
    "4": Audience.DISABLED,
    "8": None,  # women: the house has no word, so nobody is sent there
    "16": None,  # families
    "32": Audience.EV,
}
"""The older extension numbers its groups of spaces; their static publications say what the numbers mean."""

WHOLE = "0"
"""The group that Cambridge's publisher gives all its spaces."""

CATEGORIES = {"Behinderte": Audience.DISABLED}


class Count(NamedTuple):
    """Vacant spaces for one audience, of how many, and how we know."""

    vacant: int
    capacity: int | None
    basis: Basis = Basis.COUNTED


class Thresholds(NamedTuple):
    """The vacancies at or below which a place reads full, and almost full."""

    full_at: int | None = None
    almost_full_at: int | None = None


class Level(NamedTuple):
    """A word, bounds of what is vacant (both included), or both; ``capacity`` as stated."""

    level: FillLevel = FillLevel.UNKNOWN
    low: int | None = None
    high: int | None = None
    capacity: int | None = None


class BayStatus(NamedTuple):
    """One single space inside a record, by its index there (``key``), and when it was seen, as stated.

    ``state`` is None where it cannot be read.
    """

    key: str
    state: SpaceState | None
    stated_at: str | None = None


class Status(NamedTuple):
    """One status record. ``is_single``: it is about one single space; ``state`` is that space's where it is said.

    With a ``fault`` there are no counts. ``levels`` are of audiences without a count. ``bays`` are the single spaces of
    a record that has no number of its own. Of the audiences in ``missing`` a number is due and not there; ``refused``
    says why, where numbers are there that tell nothing.
    """

    opening: Opening | None
    fault: Fault | None
    counts: Mapping[Audience, Count]
    thresholds: Thresholds = Thresholds()
    is_single: bool = False
    levels: Mapping[Audience, Level] = MappingProxyType({})
    state: SpaceState | None = None
    bays: tuple[BayStatus, ...] = ()
    missing: tuple[Audience, ...] = ()
    refused: RecordRefusedError | None = None


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


def find_stated(element: Element | None, name: str) -> str | None:
    """What the child says that 2.3 calls ``parking`` and ``name``, and version 3 from 3.3 on just ``name``."""
    return text(element, f"parking{name[0].upper()}{name[1:]}") or text(element, name)


def number_of(element: Element | None, name: str, device_id: str) -> int | None:
    """As ``number``, of a child by either of its names (see ``find_stated``)."""
    stated = find_stated(element, name)
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
