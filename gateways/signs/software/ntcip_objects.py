"""The objects of a software NTCIP sign by their numbers: read, walked, and set, all of a request or none of it."""

import copy
from collections.abc import Callable
from typing import Any

from gateways.signs.ntcip import objects
from gateways.signs.ntcip.codes import decode_activation
from gateways.signs.ntcip.messages import Binding, SnmpStatus, Value
from gateways.signs.ntcip.objects import MULTI_TAGS, Column, Memory, Oid, SlotStatus, message_object
from gateways.signs.software.ntcip import SoftwareNtcip, StoredMessage
from parking.errors import ParkingError

_MODEL = b"placelibre software sign"
_TABLE = message_object(Column.MULTI, 1, 1)[:-3]
_FIELDS = {
    Column.MULTI: "multi",
    Column.OWNER: "owner",
    Column.CRC: "crc",
    Column.BEACON: "beacon",
    Column.PIXEL_SERVICE: "pixel_service",
    Column.RUN_TIME_PRIORITY: "priority",
    Column.STATUS: "status",
}
_FALL_BACKS = {
    objects.SHORT_POWER_RECOVERY: "short_power",
    objects.LONG_POWER_RECOVERY: "long_power",
    objects.ON_RESET: "reset",
    objects.ON_COMM_LOSS: "comm_loss",
    objects.ON_POWER_LOSS: "power_loss",
    objects.ON_END_DURATION: "end",
}
_COUNTS = {objects.SHORT_POWER_LOSS_S: "short_power_s", objects.COMM_LOSS_MIN: "comm_loss_min"}
_LIMITS = {
    objects.SIGN_TYPE: "sign_type",
    objects.SIGN_HEIGHT_MM: "height_mm",
    objects.SIGN_WIDTH_MM: "width_mm",
    objects.CHAR_HEIGHT_PX: "char_height_px",
    objects.CHAR_WIDTH_PX: "char_width_px",
    objects.SIGN_HEIGHT_PX: "height_px",
    objects.SIGN_WIDTH_PX: "width_px",
    objects.HORIZONTAL_PITCH_MM: "pitch_mm",
    objects.VERTICAL_PITCH_MM: "pitch_mm",
    objects.DEFAULT_FONT: "default_font",
    objects.COLOUR_SCHEME: "colour_scheme",
    objects.MULTI_PAGES: "max_pages",
    objects.MULTI_BYTES: "max_multi_bytes",
    objects.MAX_CHANGEABLE: "changeable_slots",
    objects.MAX_VOLATILE: "volatile_slots",
}
_OFF, _ON = 2, 3


class SnmpFaultError(ParkingError):
    """What an agent says instead of doing it, and about which object of the request; 0: not said yet."""

    def __init__(self, status: SnmpStatus, index: int = 0) -> None:
        super().__init__(status.name)
        self.status, self.index = status, index


class NtcipObjects:
    """One sign's. Whatever is asked, nothing but SnmpFaultError is raised."""

    def __init__(self, sign: SoftwareNtcip) -> None:
        self.sign = sign
        self._live: dict[Oid, Callable[[], Value]] = {
            objects.SYS_DESCR: lambda: _MODEL,
            objects.VALIDATE_ERROR: lambda: sign.validate_error,
            objects.CONTROL_MODE: lambda: sign.control,
            objects.ACTIVATE_MESSAGE: lambda: bytes(12),
            objects.TIME_REMAINING_MIN: lambda: sign.remaining_min,
            objects.TABLE_SOURCE: lambda: sign.tick().code.encode(),
            objects.SOURCE_MODE: lambda: sign.tick().mode,
            objects.ACTIVATE_ERROR: lambda: sign.activate_error,
            objects.SYNTAX_ERROR: lambda: sign.syntax_error,
            objects.SYNTAX_ERROR_POSITION: lambda: sign.syntax_position,
            objects.ACTIVATE_ERROR_CODE: lambda: sign.error_code,
            objects.ACTIVATE_STATE: lambda: sign.activate_state,
            objects.DOOR_OPEN: lambda: 0,
            objects.SHORT_ERROR_STATUS: lambda: sign.faults,
            objects.PIXEL_ROWS: lambda: len(sign.switches.stuck),
            objects.PIXEL_TEST: lambda: _ON if sign.is_testing else _OFF,
        }

    def get(self, oid: Oid) -> Value:
        """Its value; noSuchName where it has none."""
        value = self._find(oid)
        if value is None:
            raise SnmpFaultError(SnmpStatus.NO_SUCH_NAME)
        return value

    def find_next(self, oid: Oid) -> Oid | None:
        """The object after it, as a walk goes; blank messages but the first are not walked over."""
        rows = [*self.sign.messages, (Memory.CURRENT, 1), (Memory.BLANK, 1)]
        fonts = [(*column, i) for column in (objects.FONT_NUMBER, objects.FONT_NAME) for i in self._font_rows()]
        known = [*self._live, *_LIMITS, *_FALL_BACKS, *_COUNTS, objects.SUPPORTED_TAGS, objects.NUM_FONTS, *fonts]
        known += [message_object(column, memory, number) for column in Column for memory, number in rows]
        known += [(*objects.PIXEL_TABLE, c, 2, i + 1) for c in (3, 4, 5) for i in range(len(self.sign.switches.stuck))]
        return min((each for each in known if each > oid and self._find(each) is not None), default=None)

    def set(self, bindings: tuple[Binding, ...]) -> None:
        """All of them, as if at once, or none: SnmpFaultError, whose ``index`` is the first that is refused."""
        sign = self.sign
        before = copy.deepcopy((sign.messages, sign.fall_backs)), sign.control
        for index, (oid, value) in enumerate(bindings, 1):
            try:
                self._set(oid, value)
            except SnmpFaultError as error:
                (sign.messages, sign.fall_backs), sign.control = before
                raise SnmpFaultError(error.status, index) from error

    def _font_rows(self) -> range:
        return range(1, len(self.sign.limits.fonts) + 1)

    def _find(self, oid: Oid) -> Value:
        sign = self.sign
        if oid in self._live:
            return self._live[oid]()
        if oid in _LIMITS:
            return getattr(sign.limits, _LIMITS[oid]) or 0
        if oid in _FALL_BACKS or oid in _COUNTS:
            found: Value = getattr(sign.fall_backs, (_FALL_BACKS | _COUNTS)[oid])
            return found
        if oid == objects.SUPPORTED_TAGS:
            tags = sign.limits.tags or ()
            return sum(1 << bit for bit, tag in enumerate(MULTI_TAGS) if tag in tags).to_bytes(4, "little")
        if oid == objects.NUM_FONTS:
            return len(sign.limits.fonts)
        return self._find_row(oid)

    def _find_row(self, oid: Oid) -> Value:
        sign, fonts = self.sign, sorted(self.sign.limits.fonts.items())
        for at, column in enumerate((objects.FONT_NUMBER, objects.FONT_NAME)):
            if oid[:-1] == column and 1 <= oid[-1] <= len(fonts):
                found = fonts[oid[-1] - 1][at]
                return found.encode() if isinstance(found, str) else found
        if oid[:-3] == objects.PIXEL_TABLE and oid[-2] == 2 and 1 <= oid[-1] <= len(sign.switches.stuck):
            x, y, is_on = sign.switches.stuck[oid[-1] - 1]
            return {3: x, 4: y, 5: 1 if is_on else 1 << 4}.get(oid[-3])
        if oid[:-3] == _TABLE and oid[-3] in _FIELDS:
            message = sign.find(oid[-2], oid[-1])
            value: Value = None if message is None else getattr(message, _FIELDS[Column(oid[-3])])
            return value
        return None

    def _set(self, oid: Oid, value: Value) -> None:
        sign = self.sign
        if oid[:-3] == _TABLE and self._find(oid) is not None:
            self._write(oid, value)
        elif oid in _FALL_BACKS:
            setattr(sign.fall_backs, _FALL_BACKS[oid], _bytes_of(value, 5))
        elif oid in _COUNTS:
            setattr(sign.fall_backs, _COUNTS[oid], _number_of(value, 0, 65535))
        elif oid == objects.ACTIVATE_MESSAGE:
            code = decode_activation(_bytes_of(value, 12))
            if code is None or not sign.activate(code):
                raise SnmpFaultError(SnmpStatus.GEN_ERR)
        elif oid == objects.TIME_REMAINING_MIN:
            sign.set_remaining(_number_of(value, 0, 65535))
        elif oid == objects.CONTROL_MODE and sign.control != objects.ControlMode.LOCAL:
            sign.control = _number_of(value, 4, 5)
        elif oid == objects.PIXEL_TEST:
            _number_of(value, 3, 3)
            sign.test_pixels()
        else:
            raise SnmpFaultError(SnmpStatus.NO_SUCH_NAME if self._find(oid) is None else SnmpStatus.READ_ONLY)

    def _write(self, oid: Oid, value: Value) -> None:
        column, message = Column(oid[-3]), self.sign.messages.get((oid[-2], oid[-1]))
        if message is None:  # current, blank: nobody's to write
            raise SnmpFaultError(SnmpStatus.GEN_ERR)
        if column is Column.STATUS:
            self._turn(message, _number_of(value, SlotStatus.MODIFY_REQ, SlotStatus.NOT_USED_REQ))
        elif column is Column.CRC:
            raise SnmpFaultError(SnmpStatus.READ_ONLY)
        elif message.status != SlotStatus.MODIFYING:
            raise SnmpFaultError(SnmpStatus.GEN_ERR)
        else:
            setattr(message, _FIELDS[column], self._checked(column, value))

    def _checked(self, column: Column, value: Value) -> Any:
        if column in (Column.MULTI, Column.OWNER):
            longest = (self.sign.limits.max_multi_bytes or 1500) if column is Column.MULTI else 127
            return _bytes_of(value, None, longest)
        return _number_of(value, 1, 255) if column is Column.RUN_TIME_PRIORITY else _number_of(value, 0, 1)

    def _turn(self, message: StoredMessage, asked: int) -> None:
        if asked == SlotStatus.MODIFY_REQ:
            message.status = SlotStatus.MODIFYING
        elif asked == SlotStatus.NOT_USED_REQ:
            message.status = SlotStatus.NOT_USED
        elif message.status == SlotStatus.MODIFYING:
            self.sign.validate(message)
        else:
            raise SnmpFaultError(SnmpStatus.GEN_ERR)


def _number_of(value: Value, least: int, most: int) -> int:
    if not isinstance(value, int) or not least <= value <= most:
        raise SnmpFaultError(SnmpStatus.BAD_VALUE)
    return value


def _bytes_of(value: Value, length: int | None, longest: int = 1500) -> bytes:
    if not isinstance(value, bytes) or len(value) > longest or (length is not None and len(value) != length):
        raise SnmpFaultError(SnmpStatus.BAD_VALUE)
    return value
