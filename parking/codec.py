"""The event codec: events as JSON for everyone to read, availabilities as msgpack for Redis.

The order of an observation's fields is part of the format: the kernel reads plain ones without making objects of them
(``parking.fold.kernel``). Nothing but this module knows it.
"""

import msgspec

from parking.catalogue.model import Place, Tenant
from parking.decoding import decode
from parking.errors import UnknownSchemaVersionError
from parking.observations import OBSERVATION_VERSION, Observation, SpaceObserved
from parking.published.availability import Availability, Change
from parking.rejects import Redriven, Reject

_json = msgspec.json.Encoder()
_pack = msgspec.msgpack.Encoder()
_observation: msgspec.json.Decoder[Observation] = msgspec.json.Decoder(Observation)
_change = msgspec.json.Decoder(Change)
_reject = msgspec.json.Decoder(Reject)
_redriven = msgspec.json.Decoder(Redriven)
_place = msgspec.json.Decoder(Place)
_tenant = msgspec.json.Decoder(Tenant)
_availability = msgspec.msgpack.Decoder(Availability)


def encode_event(event: Observation | Change | Reject | Redriven | Place | Tenant) -> bytes:
    """An event as one line of UTF-8 JSON."""
    return _json.encode(event)


def device_text(source: str, device_id: str) -> bytes:
    """How an encoded observation names its device: the JSON from the source to the id, without the quotes around both.

    No two devices have the same text, whatever is in their names; it stands as it is in every observation of theirs.
    """
    return _inside_quotes(source) + _SOURCE_TO_DEVICE + _inside_quotes(device_id)


def _inside_quotes(text: str) -> bytes:
    return _json.encode(text)[1:-1]


def _between(first: str, second: str) -> bytes:
    """What the encoder writes between the values of two texts, which must be neighbours in every observation."""
    fields = SpaceObserved.__struct_encode_fields__
    if fields.index(second) != fields.index(first) + 1:
        raise TypeError(f"{first} and {second} must be neighbours in Envelope: a device is found by both at once")
    return b'",%s:"' % _json.encode(second)


_SOURCE_TO_DEVICE = _between("source", "device_id")


def decode_observation(data: bytes) -> Observation:
    """The observation in these bytes.

    Raises MalformedEventError where they are none, UnknownSchemaVersionError where a newer version wrote them.
    """
    observation: Observation = decode(_observation, data, "an observation")
    if observation.schema_version != OBSERVATION_VERSION:
        raise UnknownSchemaVersionError("observation", observation.schema_version, OBSERVATION_VERSION)
    return observation


def decode_reject(data: bytes) -> Reject:
    """The reject in these bytes; MalformedEventError where they are none."""
    return decode(_reject, data, "a reject")


def decode_change(data: bytes) -> Change:
    """The change in these bytes; MalformedEventError where they are none."""
    return decode(_change, data, "a change")


def decode_redriven(data: bytes) -> Redriven | None:
    """The note in these bytes that a reject was sent again, or None where they are something else."""
    try:
        return _redriven.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def decode_place(data: bytes) -> Place:
    """The place in these bytes; MalformedEventError where they are none."""
    return decode(_place, data, "a place")


def decode_tenant(data: bytes) -> Tenant:
    """The tenant in these bytes; MalformedEventError where they are none."""
    return decode(_tenant, data, "a tenant")


def encode_availability(availability: Availability) -> bytes:
    """An availability as msgpack, for Redis."""
    return _pack.encode(availability)


def decode_availability(data: bytes) -> Availability:
    """The availability in these msgpack bytes; MalformedEventError where they are none."""
    return decode(_availability, data, "an availability")
