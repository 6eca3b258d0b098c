"""The words of the signs, as closed sets."""

from enum import StrEnum

from parking.errors import ParkingError


class InvalidSignError(ParkingError):
    """A sign, a line or an order that cannot be so; the message names the field and what it must be."""


class SignProtocol(StrEnum):
    """How a sign is spoken to; ``datex`` is not spoken to: its message is published and others display it."""

    NTCIP = "ntcip"
    TEDI = "tedi"
    DATEX = "datex"


class SignMode(StrEnum):
    """Whether a sign is driven. Out of service it is kept dark; on test it shows patterns and orders, no numbers."""

    IN_SERVICE = "in_service"
    OUT_OF_SERVICE = "out_of_service"
    ON_TEST = "on_test"
    RETIRED = "retired"


class Arrow(StrEnum):
    """Which way a line points, as a driver in front of the sign sees it."""

    LEFT = "left"
    AHEAD = "ahead"
    RIGHT = "right"


class LineState(StrEnum):
    """What a line says: of a number, of a word, or nothing."""

    SPACES = "spaces"
    ALMOST_FULL = "almost_full"
    FULL = "full"
    CLOSED = "closed"
    SUBSCRIBERS = "subscribers"
    MESSAGE = "message"
    DARK = "dark"


class DarkBecause(StrEnum):
    """Why a line is dark; each has a sentence in ``docs/signs.md``."""

    UNKNOWN = "unknown"
    STALE = "stale"
    IMPOSSIBLE = "impossible"
    FEW_REPORT = "few_report"
    SIMULATED = "simulated"
    NOT_CATALOGUED = "not_catalogued"
    NO_FORM_FITS = "no_form_fits"
    ILLEGIBLE = "illegible"
    SCHEDULED = "scheduled"
    ORDERED = "ordered"
    OUT_OF_SERVICE = "out_of_service"
    ON_TEST = "on_test"
    DWELL = "dwell"
    TOO_SHORT = "too_short"
    NOT_REAL = "not_real"


class Rounding(StrEnum):
    """How a number is said: as it is; down to fives or tens; or "LIBRE" while much is free, fives, then units."""

    UNITS = "units"
    FIVES = "fives"
    TENS = "tens"
    WORD = "word"


class SignMessage(StrEnum):
    """The closed vocabulary of messages that schedules and operators may show instead of numbers."""

    BLANK = "blank"
    CLOSED = "closed"
    FULL = "full"
    SUBSCRIBERS = "subscribers"
    EVENT = "event"
    WORKS = "works"
    ACCIDENT = "accident"
    FOLLOW_SIGNS = "follow_signs"
    PARK_AND_RIDE = "park_and_ride"
    TEST = "test"


class OrderReason(StrEnum):
    """Why an operator takes a sign over."""

    INCIDENT = "incident"
    EVENT = "event"
    WORKS = "works"
    SITUATION = "situation"
    COUNTER_FAULT = "counter_fault"
    TESTING = "testing"
    MAINTENANCE = "maintenance"
