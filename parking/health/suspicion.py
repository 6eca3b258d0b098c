"""Which ground sensors of a zone are to be doubted, from their vitals and from what the sensors beside them say.

A sensor that never changes is judged by its street, where each sensor has been as it is for some time. Were stays and
gaps memoryless with that half-life, a healthy one would be unchanged for D with the chance 2^(-D/half-life); but cars
stay much longer than that now and then, so an occupied bay has a heavy tail. Against that stands how common a stuck or
dead sensor is (``COMMON``). The figures are our assumptions, tried on simulated days (docs/benchmarks.md); the street
will correct them.

A sensor is coupled to a neighbour, one of the two slots on either side, if it reacts to that neighbour's cars: it
changes in the same moments, and is never free while the neighbour is occupied.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from parking.catalogue.model import Device, Place
from parking.fold.spaces import WHY, SlotRecord, slots
from parking.fold.vitals import BEGAN_S, instant_us, settles_at
from parking.instants import from_us, to_us
from parking.words import Fault, Problem, SpaceState

COMMON = 0.02
"""How many sensors of a hundred have got stuck or died, before anything is known of this one."""

CONSIDERED = 0.35
"""What is less sure than that is not even remembered; see ``repairs.LISTED``."""

MATES = 5
"""A zone needs so many other sensors that speak, to tell what is typical."""

HALF_LIVES_TO_A_FIFTH = 2.32

LONG_STAY_S = 6 * 3600
LONG_STAYS = 0.05
"""So many of the cars that stand have stood that long; of twice the time a quarter of them, and so on."""

SAME_MOMENT_S = 15
"""Two changes are together if they fall into the same step of this length, or into the next."""

TOGETHER = 3
LOW_BATTERY_MV, EMPTY_BATTERY_MV = 3000, 2900
"""Of the lithium cells that these sensors have (Nwave's own limits)."""

DAY_S = 24 * 3600
_FREE, _OCCUPIED = 1, 2
_STATE = {SpaceState.FREE: _FREE, SpaceState.OCCUPIED: _OCCUPIED}
Moment = tuple[int, int]
"""A second and a state."""


class Suspect(NamedTuple):
    """A doubtful sensor; see ``repairs.Finding``."""

    device: Device
    problem: Problem
    certainty: float
    since: datetime | None = None
    heard_at: datetime | None = None
    battery_v: float | None = None
    beside: int | None = None


class _Sensor(NamedTuple):
    """A slot's record, and what its present device wrote of it since the second ``began``.

    Its words about the space, oldest first, the current state, and since when.
    """

    device: Device
    record: SlotRecord
    began: int
    words: list[Moment]
    state: int
    since_s: int


def suspect_spaces(spaces: bytes, place: Place, clock: datetime) -> Iterator[Suspect]:
    """The doubtful sensors of a zone at ``clock``, each with everything that is the matter with it."""
    records = list(slots(spaces, len(place.spaces)))
    sensors = [
        _sensor(device, records[device.slot])
        for device in place.devices
        if device.slot is not None and device.observes_at(clock) and not _is_retired(records[device.slot])
    ]
    now_s = to_us(clock) // 1_000_000 - BEGAN_S
    # Where nobody ever spoke there is no radio yet, or its gateway is down: that is no sensor's trouble.
    half_life_s = _half_life_s([now_s - sensor.since_s for sensor in sensors if sensor.since_s])
    somebody = any(sensor.record.alive_s for sensor in sensors)
    for sensor in sensors:
        for problem, certainty, since in _alone(sensor, now_s, somebody):
            yield _suspect(sensor, problem, certainty, since)
        if sensor.since_s and half_life_s is not None:
            certainty = _never_changes(sensor, now_s - sensor.since_s, half_life_s)
            if certainty >= CONSIDERED:
                yield _suspect(sensor, Problem.UNCHANGED, certainty, sensor.since_s)
    yield from _coupled(sensors)


def _is_retired(record: SlotRecord) -> bool:
    return record.state is SpaceState.UNKNOWN and WHY[record.why] is Fault.DECOMMISSIONED


def _half_life_s(ages: list[int]) -> float | None:
    """Of being as they are, by the middle sensor or by the one at four fifths, whichever is longer; None of too few.

    A street has busy and quiet bays: the middle alone would call the quiet ones broken.
    """
    if len(ages) <= MATES:
        return None
    ages.sort()
    return max(ages[len(ages) // 2], ages[len(ages) * 4 // 5] / HALF_LIVES_TO_A_FIFTH)


def _sensor(device: Device, record: SlotRecord) -> _Sensor:
    """What its predecessor in the same place said is not held against it."""
    began = max(0, to_us(device.valid_from) // 1_000_000 - BEGAN_S) if device.valid_from else 0
    words = [(word >> 2, word & 3) for word in reversed(record.words) if word and word >> 2 >= began and word & 3]
    if not words:
        return _Sensor(device, record, began, words, 0, 0)
    state = _STATE.get(record.state, words[-1][1])  # of two words in one second, the record knows which came last
    since = words[-1][0]
    for at, said in reversed(words):
        if said != state:
            break
        since = at
    else:  # all that is kept says so: what was said before is nearer the truth
        before = {_FREE: record.occupied_s, _OCCUPIED: record.free_s}.get(state, 0)
        since = before if began <= before < since and before else since
    return _Sensor(device, record, began, words, state, since)


def _alone(sensor: _Sensor, now_s: int, somebody: bool) -> Iterator[tuple[Problem, float, int]]:
    """What a sensor's own words tell: (problem, certainty, second since when or 0)."""
    record, began = sensor.record, sensor.began
    if record.alive_s <= began:
        if somebody and now_s >= began + sensor.device.valid_for_s:
            yield Problem.NEVER_HEARD, 0.8, 0
        return
    heard_s = max(record.observed_us // 1_000_000 - BEGAN_S, 0)
    why = WHY[record.why] if record.state is SpaceState.UNKNOWN and heard_s >= began else None
    if now_s >= max(heard_s, began) + sensor.device.valid_for_s:
        yield Problem.SILENT, 0.95, heard_s
    elif why in (Fault.DEVICE_FAULT, Fault.CALIBRATING):  # of a silent one that is old news
        yield Problem.FAULT, 0.95, heard_s
    if settles_at(record.words) and record.words[-1] >> 2 >= began:
        yield Problem.FLAPPING, 0.95, record.words[-1] >> 2
    dumb = [word >> 2 for word in record.words if word and not word & 3 and word >> 2 >= max(began, now_s - DAY_S)]
    if len(dumb) >= TOGETHER:
        yield Problem.RESTARTING, 0.8, dumb[-1]
    if record.battery_s > began and record.battery_mv < LOW_BATTERY_MV:
        yield Problem.LOW_BATTERY, 0.9 if record.battery_mv < EMPTY_BATTERY_MV else 0.6, record.battery_s


def _never_changes(sensor: _Sensor, unchanged_s: int, half_life_s: float) -> float:
    # At least a minute: all of a street that was just switched on has changed a moment ago. And 2^-500 is no chance at
    # all, where a larger power would be no float.
    chance: float = 2.0 ** -min(unchanged_s / max(half_life_s, 60.0), 500.0)
    if sensor.state == _OCCUPIED:
        chance = max(chance, LONG_STAYS * min(1.0, (LONG_STAY_S / max(unchanged_s, 1)) ** 2))
    return COMMON / (COMMON + chance)  # Bayes: it is stuck, or it is well and all this happened by chance


def _coupled(sensors: Sequence[_Sensor]) -> Iterator[Suspect]:
    by_slot = {sensor.device.slot: sensor for sensor in sensors if sensor.device.slot is not None}
    changes = {slot: _changes(sensor.words) for slot, sensor in by_slot.items()}
    steps = {slot: [_step(*change) for change in mine] for slot, mine in changes.items()}
    about = {slot: {_step(*change, by) for change in mine for by in (-1, 0, 1)} for slot, mine in changes.items()}
    for slot, sensor in by_slot.items():
        if len(changes[slot]) < TOGETHER:
            continue
        near = [beside for beside in (slot - 2, slot - 1, slot + 1, slot + 2) if beside in by_slot]
        counts = {beside: sum(map(about[beside].__contains__, steps[slot])) for beside in near}
        together = {beside: count for beside, count in counts.items() if count >= TOGETHER}
        if not 0 < len(together) <= len(near) // 2:  # else their gateway speaks in batches: no sensor's trouble
            continue
        beside, count = max(together.items(), key=lambda pair: pair[1])
        if not _is_free_beside(sensor, by_slot[beside]):
            certainty = min(0.95, 0.7 + 0.1 * (count - TOGETHER))
            yield _suspect(sensor, Problem.COUPLED, certainty, sensor.words[0][0])._replace(beside=beside)


def _changes(words: Sequence[Moment]) -> list[Moment]:
    return [later for earlier, later in pairwise(words) if earlier[1] != later[1]]


def _step(second: int, state: int, later: int = 0) -> Moment:
    """The quarter of a minute in which something happened, or a later one."""
    return second // SAME_MOMENT_S + later, state


def _is_free_beside(sensor: _Sensor, other: _Sensor) -> bool:
    """Whether this sensor was ever free while the other was occupied: then it does not hear the other's cars."""
    begin = max(sensor.words[0][0], other.words[0][0])
    for second, _ in sorted({*sensor.words, *other.words}):
        at = second + 2 * SAME_MOMENT_S
        if at >= begin and _state_at(sensor.words, at) == _FREE and _state_at(other.words, at) == _OCCUPIED:
            return True
    return False


def _state_at(words: Sequence[Moment], second: int) -> int:
    return next((state for when, state in reversed(words) if when <= second), 0)


def _suspect(sensor: _Sensor, problem: Problem, certainty: float, since_s: int) -> Suspect:
    record = sensor.record
    return Suspect(
        sensor.device,
        problem,
        round(certainty, 3),
        from_us(instant_us(since_s)) if since_s else None,
        from_us(instant_us(record.alive_s)) if record.alive_s else None,
        record.battery_mv / 1000 if record.battery_s else None,
    )
