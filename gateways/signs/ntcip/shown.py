"""What a sign shows, by its own objects, and whether that is what it was told."""

from datetime import datetime
from typing import Any, NamedTuple

from gateways.signs.driver import SignReading, SignRefusedError
from gateways.signs.ntcip import objects
from gateways.signs.ntcip.codes import INFINITE_MIN, MessageIdCode, decode_message_id, reckon_crc
from gateways.signs.ntcip.limits import number_of, text_of
from gateways.signs.ntcip.messages import Value
from gateways.signs.ntcip.objects import Column, ControlMode, Memory, Oid, message_object, name_of
from gateways.signs.ntcip.snmp import SnmpSession

_CURRENT_MULTI = message_object(Column.MULTI, Memory.CURRENT, 1)
_OBJECTS = (
    objects.TABLE_SOURCE,
    _CURRENT_MULTI,
    objects.TIME_REMAINING_MIN,
    objects.SOURCE_MODE,
    objects.CONTROL_MODE,
    objects.SHORT_ERROR_STATUS,
    objects.ACTIVATE_ERROR,
    objects.ACTIVATE_STATE,
)
_INVISIBLE = ("power", "critical_temperature")


class ShownState(NamedTuple):
    """The objects of one look: which message stands there, its MULTI, and how the last activation went."""

    source: MessageIdCode | None
    multi: bytes | None
    remaining_min: int | None
    mode: int | None
    control: int | None
    faults: tuple[str, ...] | None
    activate_error: int | None
    activate_state: int | None

    @property
    def is_blank(self) -> bool:
        """Blank by its code, and nothing in the buffer that says otherwise."""
        return self.source is not None and self.source.is_blank and not self.multi

    @property
    def is_local(self) -> bool:
        """Whether somebody stands at it."""
        return self.control == ControlMode.LOCAL

    def shows(self, multi: bytes) -> bool:
        """Whether it is this message that stands there (in whichever slot), or blank for an empty one."""
        if not multi:
            return self.is_blank
        if self.source is None or self.source.is_blank or self.multi not in (multi, None):
            return False
        return self.source.crc == reckon_crc(multi)

    def said(self) -> dict[str, Any]:
        """For the record."""
        return {
            "source": None if self.source is None else self.source.encode().hex(),
            "multi": None if self.multi is None else text_of(self.multi),
            "remaining_min": self.remaining_min,
            "mode": name_of(objects.SOURCE_MODES, self.mode),
            "control": name_of(ControlMode, self.control),
            "activate_error": name_of(objects.ACTIVATE_ERRORS, self.activate_error),
        }

    def reading(self, at: datetime, multi: bytes | None) -> SignReading:
        """As the interface has it; ``multi`` is what it should show, None where nothing is compared."""
        return SignReading(
            at=at,
            shown="" if self.is_blank else text_of(self.multi or b"") or str(self.said()["source"]),
            is_blank=self.is_blank,
            matches=None if multi is None else self.shows(multi),
            is_visible=None if self.faults is None else not any(fault in _INVISIBLE for fault in self.faults),
            remaining_min=None if self.remaining_min == INFINITE_MIN else self.remaining_min,
            source=name_of(objects.SOURCE_MODES, self.mode),
            is_local=self.is_local,
            faults=self.faults or (),
            said=self.said(),
        )


async def look_at(session: SnmpSession, absent: set[Oid]) -> ShownState:
    """One look. What the sign has not is put into ``absent``, and not asked again."""
    wanted = [oid for oid in _OBJECTS if oid not in absent]
    found = await session.find(*wanted)
    if objects.TABLE_SOURCE not in found:
        raise SignRefusedError("it does not say what it shows: no NTCIP 1203 sign, or none for this community")
    absent.update(oid for oid in wanted if oid not in found)
    source, multi = found.get(objects.TABLE_SOURCE), found.get(_CURRENT_MULTI)
    number = {oid: number_of(value) for oid, value in found.items()}
    return ShownState(
        source=decode_message_id(source) if isinstance(source, bytes) else None,
        multi=multi if isinstance(multi, bytes) else None,
        remaining_min=number.get(objects.TIME_REMAINING_MIN),
        mode=number.get(objects.SOURCE_MODE),
        control=number.get(objects.CONTROL_MODE),
        faults=name_faults(found.get(objects.SHORT_ERROR_STATUS)),
        activate_error=number.get(objects.ACTIVATE_ERROR),
        activate_state=number.get(objects.ACTIVATE_STATE),
    )


def name_faults(bits: Value) -> tuple[str, ...] | None:
    """The faults of shortErrorStatus by name; None where the sign does not say."""
    number = number_of(bits)
    if number is None:
        return None
    return tuple(objects.SHORT_ERRORS.get(bit, f"bit_{bit}") for bit in range(number.bit_length()) if number >> bit & 1)
