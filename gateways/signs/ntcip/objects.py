"""The objects of NTCIP 1203 v3 that the driver reads and writes, each once, and what their numbers mean."""

from enum import IntEnum

Oid = tuple[int, ...]

DMS: Oid = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 3)
SYS_DESCR: Oid = (1, 3, 6, 1, 2, 1, 1, 1, 0)


def _of(*suffix: int) -> Oid:
    return (*DMS, *suffix, 0)


# What it is (dmsSignCfg, vmsCfg): millimetres and pixels; 0 pixels a character: the width is each character's own.
SIGN_TYPE, SIGN_HEIGHT_MM, SIGN_WIDTH_MM = _of(1, 2), _of(1, 3), _of(1, 4)
CHAR_HEIGHT_PX, CHAR_WIDTH_PX, SIGN_HEIGHT_PX, SIGN_WIDTH_PX = (_of(2, n) for n in (1, 2, 3, 4))
HORIZONTAL_PITCH_MM, VERTICAL_PITCH_MM = _of(2, 5), _of(2, 6)

# Fonts: a table by index; the number is what [foN] names.
NUM_FONTS = _of(3, 1)
FONT_NUMBER, FONT_NAME = (*DMS, 3, 2, 1, 2), (*DMS, 3, 2, 1, 3)

# MULTI: defaults are not covered by a message's CRC.
DEFAULT_FONT = _of(4, 5)
COLOUR_SCHEME, SUPPORTED_TAGS, MULTI_PAGES, MULTI_BYTES = _of(4, 11), _of(4, 14), _of(4, 15), _of(4, 16)

# Messages: a table by memory and number.
MAX_CHANGEABLE, MAX_VOLATILE = _of(5, 3), _of(5, 6)
VALIDATE_ERROR = _of(5, 9)


class Column(IntEnum):
    """A column of the message table."""

    MULTI = 3
    OWNER = 4
    CRC = 5
    BEACON = 6
    PIXEL_SERVICE = 7
    RUN_TIME_PRIORITY = 8
    STATUS = 9


def message_object(column: Column, memory: int, number: int) -> Oid:
    """One field of one message."""
    return (*DMS, 5, 8, 1, column, memory, number)


# Control, and what is shown when something happens.
CONTROL_MODE, SOFTWARE_RESET, ACTIVATE_MESSAGE, TIME_REMAINING_MIN, TABLE_SOURCE = (_of(6, n) for n in (1, 2, 3, 4, 5))
SOURCE_MODE = _of(6, 7)
SHORT_POWER_RECOVERY, LONG_POWER_RECOVERY, SHORT_POWER_LOSS_S = _of(6, 8), _of(6, 9), _of(6, 10)
ON_RESET, ON_COMM_LOSS, COMM_LOSS_MIN, ON_POWER_LOSS, ON_END_DURATION = (_of(6, n) for n in (11, 12, 13, 14, 15))
ACTIVATE_ERROR, SYNTAX_ERROR, SYNTAX_ERROR_POSITION = _of(6, 17), _of(6, 18), _of(6, 19)
ACTIVATE_ERROR_CODE, ACTIVATE_STATE = _of(6, 24), _of(6, 25)

# Light and health.
PHOTOCELL, LIGHT_OUTPUT = _of(7, 3), _of(7, 9)
DOOR_OPEN = _of(9, 6)
SHORT_ERROR_STATUS, PIXEL_ROWS, PIXEL_TEST, POWER_ROWS = _of(9, 7, 1), _of(9, 7, 2), _of(9, 7, 4), _of(9, 7, 12)
PIXEL_TABLE: Oid = (*DMS, 9, 7, 3, 1)
POWER_TABLE: Oid = (*DMS, 9, 7, 13, 1)
TEMPERATURES_C = tuple(_of(9, 9, n) for n in (2, 4, 6))
"""The hottest of cabinet, surroundings and housing."""

MULTI_TAGS = (
    *("cb", "cf", "fl", "fo", "g", "hc", "jl", "jp", "ms", "mv", "nl", "np", "pt", "sc"),
    *(f"f{n}" for n in range(1, 14)),
    *("tr", "cr", "pb"),
)
"""Of dmsSupportedMultiTags, from the low bit of the first byte."""


class Memory(IntEnum):
    """Where a message lies."""

    PERMANENT = 2
    CHANGEABLE = 3
    VOLATILE = 4
    CURRENT = 5
    SCHEDULE = 6
    BLANK = 7


class SlotStatus(IntEnum):
    """Where a message stands; 6 to 8 are what is asked of it."""

    NOT_USED = 1
    MODIFYING = 2
    VALIDATING = 3
    VALID = 4
    ERROR = 5
    MODIFY_REQ = 6
    VALIDATE_REQ = 7
    NOT_USED_REQ = 8


class ControlMode(IntEnum):
    """Who may speak to the sign; a retired mode is read as the number it is."""

    LOCAL = 2
    CENTRAL = 4
    CENTRAL_OVERRIDE = 5


def name_of(names: type[IntEnum] | dict[int, str], value: int | None) -> str | None:
    """The standard's own word for a number, or the number where it has none."""
    if value is None:
        return None
    if isinstance(names, dict):
        return names.get(value, str(value))
    return next((member.name.lower() for member in names if member == value), str(value))


SOURCE_MODES = {
    1: "other",
    2: "local",
    3: "external",
    8: "central",
    9: "timebasedScheduler",
    10: "powerRecovery",
    11: "reset",
    12: "commLoss",
    13: "powerLoss",
    14: "endDuration",
}
ACTIVATE_ERRORS = {
    1: "other",
    2: "none",
    3: "priority",
    4: "messageStatus",
    5: "messageMemoryType",
    6: "messageNumber",
    7: "messageCRC",
    8: "syntaxMULTI",
    9: "localMode",
    10: "centralMode",
    11: "centralOverrideMode",
}
SYNTAX_ACTIVATE_ERROR = 8
VALIDATE_ERRORS = {1: "other", 2: "none", 3: "beacons", 4: "pixelService", 5: "syntaxMULTI"}
SHORT_ERRORS = {
    1: "communications",
    2: "power",
    3: "attached_device",
    4: "lamp",
    5: "pixel",
    6: "photocell",
    7: "message",
    8: "controller",
    9: "temperature_warning",
    10: "climate_control",
    11: "critical_temperature",
    12: "drum_rotor",
    13: "door_open",
    14: "humidity",
}
"""By bit of shortErrorStatus."""

ACTIVATE_STATES = {1: "fastActivation", 2: "slowActivatedOK", 3: "slowActivatedError", 4: "slowActivating"}
