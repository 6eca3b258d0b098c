"""The states of single spaces as they are published: two bits a slot, four slots a byte, the first in the lowest.

``pack_states`` leaves out the end where nothing is known, so a zone of which nothing is known is no byte at all.
"""

from collections.abc import Iterator, Sequence

from parking.words import SpaceState

STATES = (SpaceState.UNKNOWN, SpaceState.FREE, SpaceState.OCCUPIED, SpaceState.CLOSED)
"""A state's two bits are its index here; unknown is 0, so that whatever was never written says that it is not known."""

_DIGIT = {state: str(index) for index, state in enumerate(STATES)}


def pack_states(states: Sequence[SpaceState]) -> bytes:
    """States in slot order, two bits each."""
    # One number of base-4 digits, made by int() from text: a loop of shifts over 128 slots takes twice as long.
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
