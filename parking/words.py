"""The words of the house: DATEX II, APDS and LoRaWAN terms as closed sets.

Unknown is a value of its own in every set: it is never spelled zero, full or free.
"""

from enum import StrEnum


class SpaceState(StrEnum):
    """What is known of one single space."""

    FREE = "free"
    OCCUPIED = "occupied"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Opening(StrEnum):
    """Who may drive in (DATEX II parkingSiteOpeningStatus, plus Nantes' ABONNES)."""

    OPEN = "open"
    SUBSCRIBERS_ONLY = "subscribers_only"
    CLOSED = "closed"
    CLOSED_ABNORMAL = "closed_abnormal"
    UNKNOWN = "unknown"


class FillLevel(StrEnum):
    """How full a place is (DATEX II parkingSiteStatus); a pure function of the value, without memory."""

    SPACES_AVAILABLE = "spaces_available"
    ALMOST_FULL = "almost_full"
    FULL = "full"
    UNKNOWN = "unknown"


class Audience(StrEnum):
    """For whom a space is. An ordinary space is ``public``; a disabled bay is ``disabled`` and not ``public``."""

    PUBLIC = "public"
    SUBSCRIBER = "subscriber"
    DISABLED = "disabled"
    EV = "ev"
    CAR_SHARE = "car_share"
    CARPOOL = "carpool"
    DELIVERY = "delivery"
    MOTORCYCLE = "motorcycle"
    BIKE = "bike"


class Basis(StrEnum):
    """How a published number came about."""

    COUNTED = "counted"
    DERIVED = "derived"
    EXPECTED = "expected"
    VERIFIED = "verified"
    SET_BY_HAND = "set_by_hand"


class TimeBasis(StrEnum):
    """Whose clock gave ``observed_at``: the device's, a gateway's, or, for want of both, our own at arrival."""

    DEVICE = "device"
    GATEWAY = "gateway"
    ARRIVAL = "arrival"


class ClockBasis(StrEnum):
    """Which clock a tenant is judged by: the wall's, or the one of the recording being replayed."""

    WALL = "wall"
    EVENT = "event"


class Fault(StrEnum):
    """Why a number is missing or doubtful (after DATEX II ParkingFaultEnum)."""

    NEVER_OBSERVED = "never_observed"
    COMMUNICATIONS_FAILURE = "communications_failure"
    COUNTING_OUT_OF_SERVICE = "counting_out_of_service"
    DEVICE_FAULT = "device_fault"
    CALIBRATING = "calibrating"
    RESTARTED = "restarted"
    DECOMMISSIONED = "decommissioned"
    COUNTER_DRIFT = "counter_drift"
    FLAPPING = "flapping"
    UNUSABLE = "unusable"
    WITHDRAWN = "withdrawn"


class Problem(StrEnum):
    """Why somebody should look at a device (``parking.health.repairs``)."""

    SILENT = "silent"
    NEVER_HEARD = "never_heard"
    FAULT = "fault"
    RESTARTING = "restarting"
    FLAPPING = "flapping"
    UNCHANGED = "unchanged"
    COUPLED = "coupled"
    LOW_BATTERY = "low_battery"
    COUNTER_DRIFT = "counter_drift"


class RejectReason(StrEnum):
    """Why a record was kept out; each has one sentence in docs/dictionary.md."""

    MALFORMED_BODY = "malformed_body"
    MALFORMED_RECORD = "malformed_record"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_STATUS = "unknown_status"
    BAD_TIME = "bad_time"
    FUTURE_TIME = "future_time"
    BAD_COORDINATES = "bad_coordinates"
    NEGATIVE_COUNT = "negative_count"
    FREE_ABOVE_CAPACITY = "free_above_capacity"
    UNKNOWN_SITE = "unknown_site"
    UNKNOWN_DEVICE = "unknown_device"
    LATE = "late"
    NOT_FOLDED = "not_folded"
    FLOODED = "flooded"
    NOT_ALLOWED = "not_allowed"
    NOT_A_PLACE = "not_a_place"


class Users(StrEnum):
    """Who may drive in at all."""

    EVERYONE = "everyone"
    SUBSCRIBERS = "subscribers"


class DisabledTariff(StrEnum):
    """What disabled people pay."""

    FREE = "free"
    NORMAL = "normal"
    SPECIAL = "special"


class Structure(StrEnum):
    """How a car park is built."""

    BUILDING = "building"
    SURFACE = "surface"


class OverrideAspect(StrEnum):
    """What of a place a person at the desk may set."""

    OPENING = "opening"
    NUMBER = "number"
    SPACE = "space"
    DEVICE = "device"


class OverrideReason(StrEnum):
    """Why a person sets something by hand."""

    WORKS = "works"
    EVENT = "event"
    INCIDENT = "incident"
    MAINTENANCE = "maintenance"
    COUNTING_FAULT = "counting_fault"
    TESTING = "testing"
    OTHER = "other"
