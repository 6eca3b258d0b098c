"""The single spaces of a zone, as fixed-width records in one run of bytes.

A zone of at most 128 spaces stays one Table value of under 10 kB: 72 bytes a slot, little-endian, in slot order. First
what is true of the space, by its greatest observation in the total order:

    observed_at  int64   microseconds since 1970; 0 while the slot has never spoken
    event_id     uint64  the event's 16 hex digits
    seq          uint32
    state        uint8   index into STATES
    flags        uint8   bit 0: simulated; bits 1..3: why it is unknown, index into WHY

Then the sensor's vitals (``parking.fold.vitals``), each the greatest that was heard; seconds as there, 0 is never:

    battery_mv   uint16  with battery_s, the greatest pair
    battery_s    uint32
    alive_s      uint32  any word at all, heartbeats too
    free_s       uint32  the last word that it is free
    occupied_s   uint32  the last word that it is occupied
    words        8 uint32

What is published of them is shorter (``parking.published.space_states``). Writing an observation twice, or late,
changes nothing.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from parking.fold.vitals import WORDS, Words, remember, second_of
from parking.instants import to_us
from parking.observations import (
    DeviceCalibrating,
    DeviceDecommissioned,
    DeviceFault,
    DeviceHeartbeat,
    DeviceStarted,
    Envelope,
)
from parking.published.space_states import STATES
from parking.words import Fault, SpaceState

_RECORD = struct.Struct("<qQIBBHIIII8I")
_BEFORE_VITALS = struct.Struct("<qQIBB")
SLOT_BYTES = _RECORD.size
_INDEX = {state: index for index, state in enumerate(STATES)}
_FREE, _OCCUPIED = _INDEX[SpaceState.FREE], _INDEX[SpaceState.OCCUPIED]

WHY = (
    Fault.COMMUNICATIONS_FAILURE,
    Fault.RESTARTED,
    Fault.CALIBRATING,
    Fault.DEVICE_FAULT,
    Fault.DECOMMISSIONED,
    Fault.FLAPPING,
    Fault.UNUSABLE,
)
"""Why a space is unknown; silence is the first, so that it is what a record of nothing says. There is room for one."""

_WHY_OF = {
    DeviceStarted: WHY.index(Fault.RESTARTED),
    DeviceCalibrating: WHY.index(Fault.CALIBRATING),
    DeviceFault: WHY.index(Fault.DEVICE_FAULT),
    DeviceDecommissioned: WHY.index(Fault.DECOMMISSIONED),
}
_UNUSABLE = WHY.index(Fault.UNUSABLE)
MAX_BATTERY_V = 60


class SlotRecord(NamedTuple):
    """What is held about one slot, laid out as above; ``observed_us`` is 0 where nothing was ever heard."""

    observed_us: int = 0
    event: int = 0
    seq: int = 0
    state: SpaceState = SpaceState.UNKNOWN
    simulated: bool = False
    why: int = 0
    battery_mv: int = 0
    battery_s: int = 0
    alive_s: int = 0
    free_s: int = 0
    occupied_s: int = 0
    words: Words = (0,) * WORDS


def put(spaces: bytes, slot: int, observation: Envelope, state: SpaceState) -> bytes:
    """The records with this observation in ``slot``; equal bytes where it says nothing new."""
    at = slot * SLOT_BYTES
    padded = spaces.ljust(at + SLOT_BYTES, b"\0")
    # The vitals whatever comes of the rest: a word that is too late to say anything of the space may still be the last
    # one about the battery.
    record = _with_vitals(_unpack(padded[at : at + SLOT_BYTES]), observation, state)
    new = (to_us(observation.observed_at), observation.seq, int(observation.event_id, 16))
    if not isinstance(observation, DeviceHeartbeat) and new > (record.observed_us, record.seq, record.event):
        record = record._replace(
            observed_us=new[0], seq=new[1], event=new[2], state=state, simulated=observation.simulated,
            why=_why(observation),
        )  # fmt: skip
    packed = _pack(record)
    return spaces if packed == padded[at : at + SLOT_BYTES] else padded[:at] + packed + padded[at + SLOT_BYTES :]


def _why(observation: Envelope) -> int:
    if isinstance(observation, DeviceFault) and observation.fault is Fault.UNUSABLE:
        return _UNUSABLE
    return _WHY_OF.get(type(observation), 0)


def _with_vitals(record: SlotRecord, observation: Envelope, state: SpaceState) -> SlotRecord:
    second = second_of(to_us(observation.observed_at))
    if not second:
        return record
    index, words = _INDEX[state], record.words
    if not isinstance(observation, DeviceHeartbeat):
        words = remember(words, second, index)
    said = battery_mv(observation.diagnostics.battery_v) if observation.diagnostics else None
    # The greatest pair and not the last to arrive: of two voltages in one second the higher stays, in any order.
    heard = (second, said) if said is not None else (0, 0)
    battery_s, battery = max(heard, (record.battery_s, record.battery_mv))
    return record._replace(
        battery_mv=battery,
        battery_s=battery_s,
        alive_s=max(record.alive_s, second),
        free_s=max(record.free_s, second) if index == _FREE else record.free_s,
        occupied_s=max(record.occupied_s, second) if index == _OCCUPIED else record.occupied_s,
        words=words,
    )


def battery_mv(volts: float | None) -> int | None:
    """Millivolts, or None where nothing is said, or what no battery has."""
    return round(volts * 1000) if volts is not None and 0 <= volts <= MAX_BATTERY_V else None


def _unpack(record: bytes) -> SlotRecord:
    observed_us, event, seq, state, flags, mv, battery_s, alive_s, free_s, occupied_s, *words = _RECORD.unpack(record)
    return SlotRecord(
        observed_us, event, seq, STATES[state], bool(flags & 1), flags >> 1 & 7, mv, battery_s, alive_s, free_s,
        occupied_s, tuple(words),
    )  # fmt: skip


def _pack(record: SlotRecord) -> bytes:
    return _RECORD.pack(
        record.observed_us, record.event, record.seq, _INDEX[record.state], record.simulated | record.why << 1,
        *record[6:-1], *record.words,
    )  # fmt: skip


def observed_in(record: bytes) -> int:
    """When this slot was last heard, in microseconds; 0 is never."""
    return _unpack(record).observed_us


def stated(record: bytes, state: SpaceState, at_us: int, simulated: bool) -> bytes:
    """The record as if that was said of its slot, and nothing that lets one doubt it; unknown is for no use."""
    held = _unpack(record)._replace(state=state, observed_us=at_us, words=(0,) * WORDS, why=_UNUSABLE)
    return _pack(held._replace(simulated=held.simulated or simulated))


def slots(spaces: bytes, count: int) -> Iterator[SlotRecord]:
    """The first ``count`` slots in order; a slot beyond what is stored was never heard."""
    padded = spaces.ljust(count * SLOT_BYTES, b"\0")
    for slot in range(count):
        yield _unpack(padded[slot * SLOT_BYTES : (slot + 1) * SLOT_BYTES])


def without_later(spaces: bytes, limit_us: int) -> bytes:
    """The records without what claims to be from after ``limit_us``; equal bytes where nothing does."""
    held = [_unpack(spaces[at : at + SLOT_BYTES]) for at in range(0, len(spaces), SLOT_BYTES)]
    return b"".join(_pack(_until(record, limit_us)) for record in held)


def _until(record: SlotRecord, limit_us: int) -> SlotRecord:
    last = second_of(limit_us)
    kept = record if record.observed_us <= limit_us else record._replace(
        observed_us=0, event=0, seq=0, state=SpaceState.UNKNOWN, simulated=False, why=0,
    )  # fmt: skip
    battery_s, battery = (record.battery_s, record.battery_mv) if record.battery_s <= last else (0, 0)
    alive_s, free_s, occupied_s = (at if at <= last else 0 for at in (record.alive_s, record.free_s, record.occupied_s))
    words = tuple(word for word in record.words if word >> 2 <= last)
    return kept._replace(
        battery_s=battery_s,
        battery_mv=battery,
        alive_s=alive_s,
        free_s=free_s,
        occupied_s=occupied_s,
        words=words + (0,) * (WORDS - len(words)),
    )


def widen(spaces: bytes) -> bytes:
    """Records as they were before vitals, 22 bytes each, as records of today, with the vitals of their last word."""
    return b"".join(
        _pack(_widened(SlotRecord(at, event, seq, STATES[state], bool(flags & 1))))
        for at, event, seq, state, flags in _BEFORE_VITALS.iter_unpack(spaces)
    )


def _widened(old: SlotRecord) -> SlotRecord:
    second, index = second_of(old.observed_us), _INDEX[old.state]
    return old._replace(
        alive_s=second,
        free_s=second if index == _FREE else 0,
        occupied_s=second if index == _OCCUPIED else 0,
        words=remember(old.words, second, index),
    )
