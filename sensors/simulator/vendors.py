"""The frames of the seven makes of ground sensors, many at once: the other direction of each ``sensors/<make>/wire``.

An encoder gets what happened to sensors of its make, all of one kind, and gives the port and a row of bytes each.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sensors.simulator.chance import Bytes, Integers
from sensors.sources.bosch_tps110 import adapter as bosch_tps110
from sensors.sources.dingtek_do200 import adapter as dingtek_do200
from sensors.sources.libelium_parking import adapter as libelium_parking
from sensors.sources.nwave_nps310sm import adapter as nwave_nps310sm
from sensors.sources.nwave_nps405 import adapter as nwave_nps405
from sensors.sources.placepod import adapter as placepod
from sensors.sources.tekzipark import adapter as tekzipark

CHANGE, BEAT, START = range(3)
"""Why a sensor speaks: its state changed, it is time, it was switched on."""

_ADAPTERS = (
    bosch_tps110, nwave_nps405, nwave_nps310sm, placepod, libelium_parking, dingtek_do200, tekzipark,
)  # fmt: skip
VALID_FOR_S = {adapter.INFO.id: adapter.INFO.valid_for_s for adapter in _ADAPTERS}
BEAT_EVERY_S = {name: 3 * 3600 if name.startswith("nwave") else 24 * 3600 for name in VALID_FOR_S}
"""As the field tables in docs/mapping say: Nwave's every 3 hours, a day is assumed of the others."""


class Told(NamedTuple):
    """What frames are to say, an array each: the state, the minutes in the state before, the counter, °C, mV."""

    taken: Integers
    minutes: Integers
    f_cnt: Integers
    celsius: Integers
    millivolts: Integers


def bosch_frames(kind: int, told: Told) -> tuple[int, Bytes]:
    """A port for each kind."""
    if kind == CHANGE:
        return 1, _rows(told, told.taken)
    if kind == BEAT:
        return 2, _rows(told, told.taken, told.celsius)
    return 3, _rows(told, *[0] * 12, 0, 31, 4, 2, told.taken)


def nps405_frames(kind: int, told: Told) -> tuple[int, Bytes]:
    """A change says how long the state before lasted, in seven bits."""
    if kind == CHANGE:
        return 1, _rows(told, minute_codes(told.minutes) << 1 | told.taken)
    if kind == BEAT:
        return 2, _rows(told, told.taken, (told.millivolts - 2500) // 4, (told.celsius - 10) * 2, 0, 0, 0)
    return 3, _rows(told, 2, 7, 0, 2, told.taken)


def nps310sm_frames(kind: int, told: Told) -> tuple[int, Bytes]:
    """One byte, or five at the start."""
    return (3, _rows(told, 1, 13, 0, 2, told.taken)) if kind == START else (1 + kind, _rows(told, told.taken))


def placepod_frames(kind: int, told: Told) -> tuple[int, Bytes]:
    """Status; keep-alive with temperature and battery; rebooted with status."""
    if kind == CHANGE:
        return 1, _rows(told, 0x15, 0x66, told.taken)
    if kind == START:
        return 1, _rows(told, 0x3F, 0x01, 0x01, 0x15, 0x66, told.taken)
    tenths, hundredths = told.celsius * 10, told.millivolts // 10
    values = (0x02, 0x67, tenths >> 8, tenths, 0x03, 0x02, hundredths >> 8, hundredths)
    return 1, _rows(told, 0x37, 0x66, told.taken, *values)


def libelium_frames(kind: int, told: Told) -> tuple[int, Bytes]:
    """Types info, keep-alive and start1; the bytes that differ by firmware are 0."""
    head = told.taken << 7 | (0, 1, 4)[kind]
    rest = (18, 0) if kind == START else (0, told.celsius)
    return 3, _rows(told, head, told.f_cnt, *rest, *[0] * 7)


def dingtek_frames(kind: int, told: Told) -> tuple[int, Bytes]:
    """Alarm and periodic reports of a DO200; it has no frame of its own for a start."""
    level = np.where(told.taken, 180, 2400)
    volts = told.millivolts // 10
    body = (level >> 8, level, told.taken << 4, 0, volts >> 8, volts, 0, 40 + 200 * told.taken, 0xFF, 0xE6, 1, 0x1B)
    report = 2 if kind == CHANGE else 1
    return 3, _rows(told, 0x80, 0, 2, report, 21, *body, told.f_cnt >> 8, told.f_cnt, 0, 0x81)


def tekzipark_frames(kind: int, told: Told) -> tuple[int, Bytes]:
    """What was measured at a change (fPort 2), the head alone otherwise, without beacons."""
    head = told.taken << 7 | 0x28 | (0, 5, 6)[kind]
    if kind != CHANGE:
        return 1, _rows(told, head, told.celsius, 1)
    return 2, _rows(told, head, told.celsius, 1, 60 * told.taken, 3, 20 * told.taken, 4, 12, 40, 0, 0, 30 * told.taken)


ENCODERS: tuple[Callable[[int, Told], tuple[int, Bytes]], ...] = (
    bosch_frames,
    nps405_frames,
    nps310sm_frames,
    placepod_frames,
    libelium_frames,
    dingtek_frames,
    tekzipark_frames,
)
"""In the order of ``scenario.VENDORS``."""


def minute_codes(minutes: Integers) -> Integers:
    """Minutes as Nwave's seven bits: by 1 below 90, by 5 below 240, by 60 below 660, and no more than that."""
    steps = [minutes, 90 + (minutes - 90) // 5, 120 + (minutes - 240) // 60]
    return np.select([minutes < 90, minutes < 240, minutes < 660], steps, 127)


def _rows(told: Told, *columns: Integers | int) -> Bytes:
    """The lower eight bits of each column, a row a frame."""
    rows = np.empty((len(told.taken), len(columns)), np.uint8)
    for place, column in enumerate(columns):
        rows[:, place] = np.asarray(column) & 0xFF
    return rows
