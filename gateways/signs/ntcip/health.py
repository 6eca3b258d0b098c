"""How a sign is: its faults, failed pixels, temperature, door, light and power, as far as it says."""

from collections.abc import AsyncIterator
from datetime import datetime

from gateways.signs.driver import SignHealth
from gateways.signs.ntcip import objects
from gateways.signs.ntcip.limits import number_of, text_of
from gateways.signs.ntcip.messages import Value
from gateways.signs.ntcip.shown import name_faults
from gateways.signs.ntcip.snmp import SnmpRefusedError, SnmpSession

_ASKED = (
    objects.SHORT_ERROR_STATUS,
    objects.PIXEL_ROWS,
    objects.POWER_ROWS,
    objects.DOOR_OPEN,
    objects.PHOTOCELL,
    objects.LIGHT_OUTPUT,
    *objects.TEMPERATURES_C,
)
_BY_TEST, _BY_MESSAGE = 2, 3
_X, _Y, _STATUS = 3, 4, 5
_STUCK_ON = 1 << 0
_MOST_PIXELS, _MOST_SUPPLIES = 256, 16
_POWER = {1: "other", 2: "ok", 3: "power_fail", 4: "voltage_out_of_spec", 5: "current_out_of_spec"}
_COLDEST_C, _HOTTEST_C = -60, 150


async def read_health(session: SnmpSession, now: datetime) -> SignHealth:
    """Each of these is None or empty where the sign does not say it; NTCIP has no running hours."""
    found = await session.find(*_ASKED)
    rows = number_of(found.get(objects.PIXEL_ROWS)) or 0
    stuck = [pixel async for pixel in _read_pixels(session, min(rows, _MOST_PIXELS))]
    supplies = min(number_of(found.get(objects.POWER_ROWS)) or 0, _MOST_SUPPLIES)
    temperatures = [_temperature(found.get(oid)) for oid in objects.TEMPERATURES_C]
    door = number_of(found.get(objects.DOOR_OPEN))
    return SignHealth(
        at=now,
        faults=name_faults(found.get(objects.SHORT_ERROR_STATUS)) or (),
        stuck=tuple(dict.fromkeys(stuck)),
        temperature_c=max((degrees for degrees in temperatures if degrees is not None), default=None),
        door_open=None if door is None else door > 0,
        photocell=number_of(found.get(objects.PHOTOCELL)),
        light_output=number_of(found.get(objects.LIGHT_OUTPUT)),
        power=tuple([await _read_supply(session, row) for row in range(1, supplies + 1)]),
        said={"pixel_rows": rows},
    )


def _temperature(value: Value) -> float | None:
    return float(value) if isinstance(value, int) and _COLDEST_C <= value <= _HOTTEST_C else None


async def _read_pixels(session: SnmpSession, rows: int) -> AsyncIterator[tuple[int, int, bool]]:
    """Rows lie under how they were found: by a test, or by a message; each numbered from 1."""
    left = rows
    for found_by in (_BY_TEST, _BY_MESSAGE):
        for row in range(1, left + 1):
            oids = tuple((*objects.PIXEL_TABLE, column, found_by, row) for column in (_X, _Y, _STATUS))
            try:
                x, y, status = map(number_of, await session.get(*oids))
            except SnmpRefusedError:
                break
            left -= 1
            if x and y and status:
                yield x, y, bool(status & _STUCK_ON)


async def _read_supply(session: SnmpSession, row: int) -> str:
    name, status = ((*objects.POWER_TABLE, column, row) for column in (2, 4))
    found = await session.find(name, status)
    number = number_of(found.get(status))
    return f"{text_of(found.get(name)) or row}: {_POWER.get(number or 0, 'unknown')}"
