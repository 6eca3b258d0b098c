"""What a sign says that it can do, asked once: geometry, colours, tags, fonts, memory, model."""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from gateways.signs.driver import SignRefusedError
from gateways.signs.ntcip import objects
from gateways.signs.ntcip.messages import Value
from gateways.signs.ntcip.objects import MULTI_TAGS, Oid
from gateways.signs.ntcip.snmp import SnmpSession
from parking.signs.model import SignLimits

_NUMBERS: dict[str, Oid] = {
    "width_px": objects.SIGN_WIDTH_PX,
    "height_px": objects.SIGN_HEIGHT_PX,
    "char_width_px": objects.CHAR_WIDTH_PX,
    "char_height_px": objects.CHAR_HEIGHT_PX,
    "pitch_mm": objects.HORIZONTAL_PITCH_MM,
    "width_mm": objects.SIGN_WIDTH_MM,
    "height_mm": objects.SIGN_HEIGHT_MM,
    "sign_type": objects.SIGN_TYPE,
    "colour_scheme": objects.COLOUR_SCHEME,
    "max_pages": objects.MULTI_PAGES,
    "max_multi_bytes": objects.MULTI_BYTES,
    "default_font": objects.DEFAULT_FONT,
    "volatile_slots": objects.MAX_VOLATILE,
    "changeable_slots": objects.MAX_CHANGEABLE,
}
_MOST_FONTS = 64
_AT_ONCE = 8
_LONGEST_NAME = 120
_LONGEST_TEXT = 2000
_LARGEST_LIMIT = 65535


async def read_limits(session: SnmpSession, stated: SignLimits, now: datetime) -> SignLimits:
    """Its own word where it has one, else what was stated."""
    wanted = (*_NUMBERS.values(), objects.SUPPORTED_TAGS, objects.NUM_FONTS, objects.SYS_DESCR)
    found: dict[Oid, Value] = {}
    for at in range(0, len(wanted), _AT_ONCE):
        found |= await session.find(*wanted[at : at + _AT_ONCE])
    if not found:
        raise SignRefusedError("it has none of NTCIP 1203's objects, or none for this community")
    known: dict[str, Any] = {name: _limit(found.get(oid)) for name, oid in _NUMBERS.items()}
    known["tags"] = _tags(found.get(objects.SUPPORTED_TAGS))
    known["model"] = text_of(found.get(objects.SYS_DESCR))[:_LONGEST_NAME] or None
    known["fonts"] = await _read_fonts(session, number_of(found.get(objects.NUM_FONTS)) or 0) or None
    return replace(stated, read_at=now, **{name: value for name, value in known.items() if value is not None})


def number_of(value: Value) -> int | None:
    """A number that counts something; None where there is none, or one below zero."""
    return value if isinstance(value, int) and value >= 0 else None


def text_of(value: Value) -> str:
    """A text for people and the record: what cannot be printed is a dot, and it has an end."""
    text = value[:_LONGEST_TEXT].decode("latin-1") if isinstance(value, bytes) else ""
    return "".join(letter if letter.isprintable() else "·" for letter in text).strip()


def _limit(value: Value) -> int | None:
    number = number_of(value)
    return number if number is not None and number <= _LARGEST_LIMIT else None


def _tags(value: Value) -> tuple[str, ...] | None:
    if not isinstance(value, bytes) or not value:
        return None
    bits = int.from_bytes(value, "little")
    return tuple(tag for bit, tag in enumerate(MULTI_TAGS) if bits >> bit & 1)


async def _read_fonts(session: SnmpSession, count: int) -> dict[int, str]:
    fonts: dict[int, str] = {}
    indexes = range(1, min(count, _MOST_FONTS) + 1)
    for at in range(0, len(indexes), _AT_ONCE // 2):
        rows = [((*objects.FONT_NUMBER, i), (*objects.FONT_NAME, i)) for i in indexes[at : at + _AT_ONCE // 2]]
        found = await session.find(*(oid for row in rows for oid in row))
        for number_oid, name_oid in rows:
            number, name = number_of(found.get(number_oid)), text_of(found.get(name_oid))
            if number and name:
                fonts[number] = name
    return fonts
