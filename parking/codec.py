"""The event codec: events as JSON for everyone to read, state as msgpack, each refused if another version wrote it."""

import struct
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from parking.catalogue.model import Place, Tenant
from parking.clock import Clock
from parking.errors import MalformedEventError, UnknownSchemaVersionError
from parking.fold.spaces import widen
from parking.fold.state import STATE_VERSION, PlaceState
from parking.health.repairs import Finding
from parking.observations import SCHEMA_VERSION, Observation
from parking.published.availability import Availability, Change
from parking.rejects import Redriven, Reject

T = TypeVar("T")
_json = msgspec.json.Encoder()
_pack = msgspec.msgpack.Encoder()
_observation: msgspec.json.Decoder[Observation] = msgspec.json.Decoder(Observation)
_change = msgspec.json.Decoder(Change)
_reject = msgspec.json.Decoder(Reject)
_redriven = msgspec.json.Decoder(Redriven)
_place = msgspec.json.Decoder(Place)
_tenant = msgspec.json.Decoder(Tenant)
_availability = msgspec.msgpack.Decoder(Availability)
_findings = msgspec.msgpack.Decoder(list[Finding])
_clock = msgspec.msgpack.Decoder(Clock)
_state = msgspec.msgpack.Decoder(PlaceState)
_fields = msgspec.msgpack.Decoder(list[msgspec.Raw])
_version = msgspec.msgpack.Decoder(int)
_numbers = msgspec.msgpack.Decoder(list[int])
POSITION_VERSION = 1
READABLE_STATES = (1, 2, STATE_VERSION)
_BEFORE_VITALS = (1, 2)


def encode_event(event: Observation | Change | Reject | Redriven | Place | Tenant) -> bytes:
    """An event as one line of UTF-8 JSON."""
    return _json.encode(event)


def decode_observation(data: bytes) -> Observation:
    """The observation in these bytes.

    Raises MalformedEventError where they are none, UnknownSchemaVersionError where a newer version wrote them.
    """
    observation: Observation = _decode(_observation, data, "an observation")
    if observation.schema_version != SCHEMA_VERSION:
        raise UnknownSchemaVersionError("observation", observation.schema_version, SCHEMA_VERSION)
    return observation


def _decode(decoder: msgspec.json.Decoder[T] | msgspec.msgpack.Decoder[T], data: bytes, what: str) -> T:
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedEventError(f"not {what}: {error}") from error


def decode_reject(data: bytes) -> Reject:
    """The reject in these bytes; MalformedEventError where they are none."""
    return _decode(_reject, data, "a reject")


def decode_change(data: bytes) -> Change:
    """The change in these bytes; MalformedEventError where they are none."""
    return _decode(_change, data, "a change")


def decode_redriven(data: bytes) -> Redriven | None:
    """The note in these bytes that a reject was sent again, or None where they are something else."""
    try:
        return _redriven.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def decode_place(data: bytes) -> Place:
    """The place in these bytes; MalformedEventError where they are none."""
    return _decode(_place, data, "a place")


def decode_tenant(data: bytes) -> Tenant:
    """The tenant in these bytes; MalformedEventError where they are none."""
    return _decode(_tenant, data, "a tenant")


def encode_availability(availability: Availability) -> bytes:
    """An availability as msgpack, for Redis."""
    return _pack.encode(availability)


def decode_availability(data: bytes) -> Availability:
    """The availability in these msgpack bytes; MalformedEventError where they are none."""
    return _decode(_availability, data, "an availability")


def encode_state(state: PlaceState) -> bytes:
    """A Table value. Equal states are equal bytes."""
    return _pack.encode(state)


def decode_state(data: bytes) -> PlaceState:
    """A Table value; UnknownSchemaVersionError where another version wrote it, MalformedEventError where none did."""
    fields = _decode(_fields, data, "a place state")
    version = _decode(_version, bytes(fields[0]), "a place state") if fields else 0
    if version not in READABLE_STATES:
        raise UnknownSchemaVersionError("place state", version, STATE_VERSION)
    state = _decode(_state, data, "a place state")
    if version in _BEFORE_VITALS:
        try:
            state = msgspec.structs.replace(state, version=STATE_VERSION, spaces=widen(state.spaces))
        except (struct.error, IndexError) as error:
            raise MalformedEventError(f"not the spaces of a place state: {error}") from error
    return state


def encode_findings(findings: Sequence[Finding]) -> bytes:
    """What is the matter with the devices of a place, as msgpack, for Redis."""
    return _pack.encode(findings)


def decode_findings(data: bytes) -> list[Finding]:
    """The findings in these msgpack bytes; MalformedEventError where there are none."""
    return _decode(_findings, data, "a list of findings")


def encode_position(epoch: int, offset: int) -> bytes:
    """How far a partition is folded: the stream epoch, and the offset to fold next."""
    return _pack.encode((POSITION_VERSION, epoch, offset))


def decode_position(data: bytes) -> tuple[int, int]:
    """Epoch and next offset; UnknownSchemaVersionError where another version wrote it."""
    version, *rest = _decode(_numbers, data, "a position") or [0]
    if version != POSITION_VERSION or len(rest) != 2:
        raise UnknownSchemaVersionError("position", version, POSITION_VERSION)
    return rest[0], rest[1]


def encode_clock(clock: Clock) -> bytes:
    """A clock row of the Table."""
    return _pack.encode(clock)


def decode_clock(data: bytes) -> Clock:
    """A clock row of the Table; MalformedEventError where it is none."""
    return _decode(_clock, data, "a clock")
