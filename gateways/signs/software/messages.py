"""The message table of an NTCIP sign and its state machine; what stands in a row, and what may be written to it."""

from dataclasses import dataclass

from gateways.signs.software.ber import BAD_VALUE, GEN_ERR, READ_ONLY
from gateways.signs.software.switches import Switches
from parking.signs.model import SignLimits
from parking.signs.multi.raster import validate

PERMANENT, CHANGEABLE, VOLATILE, CURRENT, SCHEDULE, BLANK = range(2, 8)
NOT_USED, MODIFYING, VALIDATING, VALID, ERROR, MODIFY_REQ, VALIDATE_REQ, NOT_USED_REQ = range(1, 9)
MEMORY, NUMBER, MULTI, SET_BY, CRC, BEACON, PIXEL_SERVICE, PRIORITY, STATUS = range(1, 10)
VALIDATE_OTHER, VALIDATE_NONE, VALIDATE_SYNTAX = 1, 2, 5
HIGHEST = 255


class RefusedError(Exception):
    """An SNMP error status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def crc_of(multi: bytes, beacon: int, pixel_service: int) -> int:
    """The standard's CRC: ISO 3309, low byte first in the bytes that it is sent as; written from its definition."""
    crc = 0xFFFF
    for byte in multi + bytes((beacon, pixel_service)):
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    crc ^= 0xFFFF
    return (crc & 0xFF) << 8 | crc >> 8


@dataclass
class MessageRow:
    """A message: its text, and where it stands."""

    memory: int
    number: int
    multi: bytes = b""
    owner: bytes = b""
    crc: int = 0
    beacon: int = 0
    pixel_service: int = 0
    priority: int = 1
    status: int = NOT_USED

    def column(self, column: int) -> int | bytes:
        """What it answers."""
        columns: dict[int, int | bytes] = {
            MEMORY: self.memory, NUMBER: self.number, MULTI: self.multi, SET_BY: self.owner, CRC: self.crc,
            BEACON: self.beacon, PIXEL_SERVICE: self.pixel_service, PRIORITY: self.priority, STATUS: self.status,
        }  # fmt: skip
        return columns[column]


class MessageTable:
    """All rows. ``validate_error``, ``syntax_error`` and ``syntax_position`` are of the last validation."""

    def __init__(self, limits: SignLimits, switches: Switches) -> None:
        self.limits, self._switches = limits, switches
        self.rows: dict[tuple[int, int], MessageRow] = {}
        for memory, count in ((CHANGEABLE, limits.changeable_slots or 0), (VOLATILE, limits.volatile_slots or 0)):
            self.rows |= {(memory, number): MessageRow(memory, number) for number in range(1, count + 1)}
        for number in range(1, 256):
            self.rows[BLANK, number] = MessageRow(BLANK, number, priority=number, status=VALID)
        self.rows[CURRENT, 1] = MessageRow(CURRENT, 1, priority=1, status=VALID)
        self.validate_error, self.syntax_error, self.syntax_position = VALIDATE_NONE, 2, 0

    def lose_volatile(self) -> None:
        """The power was gone."""
        for (memory, number), row in list(self.rows.items()):
            if memory == VOLATILE:
                self.rows[memory, number] = MessageRow(row.memory, row.number)

    def check(self, row: MessageRow, column: int, value: object, being_modified: bool) -> None:
        """Raise RefusedError where this must not be written; ``being_modified`` may come of the same request."""
        if column in (MEMORY, NUMBER, CRC):
            raise RefusedError(READ_ONLY)
        if row.memory not in (CHANGEABLE, VOLATILE):
            raise RefusedError(GEN_ERR)
        if column in (MULTI, SET_BY):
            if not isinstance(value, bytes) or (column == SET_BY and len(value) > 127):
                raise RefusedError(BAD_VALUE)
        elif not isinstance(value, int) or not 0 <= value <= 255:
            raise RefusedError(BAD_VALUE)
        if column == STATUS:
            if value not in (MODIFY_REQ, VALIDATE_REQ, NOT_USED_REQ):
                raise RefusedError(BAD_VALUE)
            if value == VALIDATE_REQ and not being_modified:
                raise RefusedError(GEN_ERR)
            return
        if not being_modified:
            raise RefusedError(GEN_ERR)
        if column == PRIORITY and value == 0:
            raise RefusedError(BAD_VALUE)

    def write(self, row: MessageRow, column: int, value: int | bytes) -> None:
        """What ``check`` has allowed."""
        if column == STATUS:
            self._ask(row, int(value))
        else:
            names = {MULTI: "multi", SET_BY: "owner", BEACON: "beacon", PIXEL_SERVICE: "pixel_service",
                     PRIORITY: "priority"}  # fmt: skip
            setattr(row, names[column], value)

    def _ask(self, row: MessageRow, status: int) -> None:
        if status == MODIFY_REQ:
            row.status = MODIFYING
        elif status == NOT_USED_REQ:
            self.rows[row.memory, row.number] = MessageRow(row.memory, row.number)
        else:
            self._validate(row)

    def _validate(self, row: MessageRow) -> None:
        found = validate(row.multi.decode("ascii", "replace"), self.limits)
        if found is None and self._switches.invalid:
            row.status, row.crc = ERROR, 0
            self.validate_error, self.syntax_error, self.syntax_position = VALIDATE_OTHER, 2, 0
        elif found is None:
            row.status, row.crc = VALID, crc_of(row.multi, row.beacon, row.pixel_service)
            self.validate_error, self.syntax_error, self.syntax_position = VALIDATE_NONE, 2, 0
        else:
            row.status, row.crc = ERROR, 0
            self.validate_error, self.syntax_error = VALIDATE_SYNTAX, int(found.code)
            self.syntax_position = found.offset
