"""The rows of the fold's Table, as msgpack, each refused if another version wrote it. Equal states are equal bytes."""

import struct

import msgspec

from parking.clock import Clock
from parking.decoding import decode
from parking.errors import MalformedEventError, UnknownSchemaVersionError
from parking.fold.lanes import is_whole
from parking.fold.spaces import SLOT_BYTES, widen
from parking.fold.state import STATE_VERSION, PlaceState

_pack = msgspec.msgpack.Encoder()
_clock = msgspec.msgpack.Decoder(Clock)
_state = msgspec.msgpack.Decoder(PlaceState)
_fields = msgspec.msgpack.Decoder(list[msgspec.Raw])
_version = msgspec.msgpack.Decoder(int)
_numbers = msgspec.msgpack.Decoder(list[int])
EARLIEST_YEAR, LATEST_YEAR = 1970, 2999
"""Of whatever is held of a place; beyond, adding a contract to a time may overflow."""

FOLDED_VERSION = 1
READABLE_STATES = (1, 2, 3, 4, 5, STATE_VERSION)
_BEFORE_VITALS = (1, 2)


def encode_state(state: PlaceState) -> bytes:
    """A Table value. Equal states are equal bytes."""
    return _pack.encode(state)


def decode_state(data: bytes) -> PlaceState:
    """A Table value; UnknownSchemaVersionError where another version wrote it, MalformedEventError where none did."""
    fields = decode(_fields, data, "a place state")
    version = decode(_version, bytes(fields[0]), "a place state") if fields else 0
    if version not in READABLE_STATES:
        raise UnknownSchemaVersionError("place state", version, STATE_VERSION)
    state = decode(_state, data, "a place state")
    if version in _BEFORE_VITALS:
        try:
            state = msgspec.structs.replace(state, spaces=widen(state.spaces))
        except (struct.error, IndexError) as error:
            raise MalformedEventError(f"not the spaces of a place state: {error}") from error
    _require_sound(state)
    return state if version == STATE_VERSION else msgspec.structs.replace(state, version=STATE_VERSION)


def _require_sound(state: PlaceState) -> None:
    """Raise MalformedEventError where the fold would fall over what only looks like a state, at each start anew."""
    whole = len(state.spaces) % SLOT_BYTES == 0 and is_whole(state.lanes)
    words = (*state.counts.values(), *state.levels.values(), *state.faults.values())
    registers = [*words, *([state.opening] if state.opening else [])]
    heard = [at for lanes in (state.lanes.heard.values() if state.lanes else ()) for at in lanes.values()]
    times = [held.observed_at for held in registers] + [*state.last_counts.values(), *heard]
    times += [at for order in state.orders.values() for at in (order.observed_at, order.expires_at)]
    times += [held.observed_at for rivals in state.rivals.values() for held in rivals.values()]
    if state.published is not None:
        times += [at for at in (state.published.observed_at, state.published.valid_until) if at is not None]
    if not whole or any(at.tzinfo is None or not EARLIEST_YEAR <= at.year <= LATEST_YEAR for at in times):
        raise MalformedEventError("not a place state: its spaces, pulses or times cannot be")


def encode_position(epoch: int, offset: int) -> bytes:
    """How far a partition is folded: the stream epoch, and the offset to fold next."""
    return _pack.encode((FOLDED_VERSION, epoch, offset))


def decode_position(data: bytes) -> tuple[int, int]:
    """Epoch and next offset; UnknownSchemaVersionError where another version wrote it."""
    version, *rest = decode(_numbers, data, "a position") or [0]
    if version != FOLDED_VERSION or len(rest) != 2:
        raise UnknownSchemaVersionError("position", version, FOLDED_VERSION)
    return rest[0], rest[1]


def encode_clock(clock: Clock) -> bytes:
    """A clock row of the Table."""
    return _pack.encode(clock)


def decode_clock(data: bytes) -> Clock:
    """A clock row of the Table; MalformedEventError where it is none."""
    return decode(_clock, data, "a clock")
