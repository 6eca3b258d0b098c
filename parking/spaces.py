"""The single spaces of a zone, as fixed-width records in one run of bytes.

A zone of at most 128 spaces stays one Table value of under 3 kB: 22 bytes a slot, little-endian, in slot order:

    observed_at  int64   microseconds since 1970; 0 while the slot has never spoken
    event_id     uint64  the event's 16 hex digits
    seq          uint32
    state        uint8   index into STATES
    flags        uint8   bit 0: simulated

What is published of them is shorter: two bits a slot, four slots a byte, the first in the lowest bits.

A slot holds the greatest observation by the total order, so writing one twice, or late, changes nothing.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from parking.instants import to_us
from parking.observations import Envelope
from parking.words import SpaceState

_RECORD = struct.Struct("<qQIBB")
SLOT_BYTES = _RECORD.size
STATES = (SpaceState.UNKNOWN, SpaceState.FREE, SpaceState.OCCUPIED, SpaceState.CLOSED)
_INDEX = {state: index for index, state in enumerate(STATES)}
_DIGIT = {state: str(index) for state, index in _INDEX.items()}


class SlotRecord(NamedTuple):
    """What is held about one slot; ``observed_us`` is 0 where nothing was ever heard."""

    observed_us: int
    event: int
    seq: int
    state: SpaceState
    simulated: bool


def put(spaces: bytes, slot: int, observation: Envelope, state: SpaceState) -> bytes:
    """The records with this observation in ``slot``; the same object where it is not newer than what is there."""
    at = slot * _RECORD.size
    padded = spaces.ljust(at + _RECORD.size, b"\0")
    observed_us, event, seq, _, _ = _RECORD.unpack_from(padded, at)
    new = (to_us(observation.observed_at), observation.seq, int(observation.event_id, 16))
    if new <= (observed_us, seq, event):
        return spaces
    record = _RECORD.pack(new[0], new[2], new[1], _INDEX[state], observation.simulated)
    return padded[:at] + record + padded[at + _RECORD.size :]


def slots(spaces: bytes, count: int) -> Iterator[SlotRecord]:
    """The first ``count`` slots in order; a slot beyond what is stored was never heard."""
    size = count * _RECORD.size
    for observed_us, event, seq, state, flags in _RECORD.iter_unpack(spaces.ljust(size, b"\0")[:size]):
        yield SlotRecord(observed_us, event, seq, STATES[state], bool(flags & 1))


def pack_states(states: Sequence[SpaceState]) -> bytes:
    """States in slot order, two bits each."""
    bits = int("0" + "".join([_DIGIT[state] for state in reversed(states)]), 4)
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")


def state_at(packed: bytes, slot: int) -> SpaceState:
    """The state of one slot; whatever is not in the bytes is unknown."""
    return STATES[packed[slot // 4] >> (slot % 4 * 2) & 3] if slot // 4 < len(packed) else SpaceState.UNKNOWN


def unpack_states(packed: bytes, count: int) -> Iterator[SpaceState]:
    """The states of ``count`` slots; whatever is not in the bytes is unknown."""
    bits = int.from_bytes(packed, "little")
    for slot in range(count):
        yield STATES[bits >> (2 * slot) & 3]
