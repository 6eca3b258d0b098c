"""LoRaWAN uplinks as network servers pass them on: whose message it is, and what it says (``sensors.networks``).

The same uplink heard by several gateways is one message of theirs; one that a server sends again has the same
``deduplication_id``, where that network has one.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, cast

import msgspec

from parking.words import RejectReason
from sensors.bodies import JSON_ERRORS
from sensors.contract import Adapter, Decoded, RecordRefusedError
from sensors.networks import (
    actility,
    chirpstack,
    chirpstack_v3,
    helium,
    live_objects,
    loriot,
    things_stack,
    wanesy,
)
from sensors.networks.fields import MAX_PAYLOAD_BYTES, instant, refused
from sensors.networks.heard import Aside, Heard, LifeSign, Message, MessageKind, Network, Uplink
from sensors.plain import PLAIN, ReadPlain

__all__ = [
    "MAX_PAYLOAD_BYTES",
    "MAX_UPLINK_BYTES",
    "NETWORKS",
    "Aside",
    "FrameAdapter",
    "Heard",
    "LifeSign",
    "MessageKind",
    "Uplink",
    "read_message",
    "read_uplink",
]

MAX_UPLINK_BYTES = 64 * 1024

NETWORKS: Mapping[str, Network] = cast(
    Mapping[str, Network],
    {
        "ChirpStack v4": chirpstack,
        "The Things Stack v3": things_stack,
        "Actility ThingPark": actility,
        "Orange Live Objects": live_objects,
        "Kerlink Wanesy": wanesy,
        "LORIOT": loriot,
        "Helium": helium,
        "ChirpStack v3": chirpstack_v3,
    },
)
"""Asked in this order whose a message is."""

_object = msgspec.json.Decoder(dict[str, object])


class FrameAdapter(Adapter, Protocol):
    """A LoRaWAN ground sensor. Its ``decode`` reads a network server's message, or several, one a line."""

    def decode_frame(self, uplink: Uplink, *, tenant: str, received_at: datetime) -> Decoded:
        """What one frame says, at the network's time (``time_basis`` gateway) or, without one, at ``received_at``.

        Pure and total. Every byte is accounted for: in an observation, in its diagnostics, or in a reject with
        ``uplink.raw``. A frame in part unknown keeps what is sound and rejects the rest.
        """


def read_message(body: bytes, read_plain: ReadPlain = PLAIN, hint: MessageKind = MessageKind.UP) -> Heard:
    """What a network server's message is; ``read_plain`` may know it at once, and changes no answer but for ``names``.

    ``hint`` is what its topic or address say, and counts where its body does not. Raises RecordRefusedError:
    malformed_body where it is no JSON or XML of theirs, else what is wrong with which field, and of which device.
    """
    if len(body) > MAX_UPLINK_BYTES:
        raise refused(RejectReason.MALFORMED_BODY, f"{len(body)} bytes; an uplink has at most {MAX_UPLINK_BYTES}")
    if picked := read_plain(body):
        eui, f_port, f_cnt, payload, heard_at, name, rssi_dbm, is_simulated, has_counter = picked
        at = instant(heard_at, eui)
        return Uplink(eui, f_port, f_cnt, payload, at, name, rssi_dbm, 0, is_simulated, has_counter, body)
    try:
        return _read(body, hint)
    except RecursionError as error:  # what can just be decoded may be too deep to be shown in a refusal
        raise refused(RejectReason.MALFORMED_BODY, "nested too deeply to be an uplink") from error


def read_uplink(body: bytes, read_plain: ReadPlain = PLAIN) -> Uplink:
    """The same where only an uplink will do."""
    heard = read_message(body, read_plain)
    if not isinstance(heard, Uplink):
        what = heard.what if isinstance(heard, Aside) else heard.kind
        raise refused(RejectReason.MALFORMED_BODY, f"no uplink, but {what}: that says nothing of a space")
    return heard


def _read(body: bytes, hint: MessageKind) -> Heard:
    try:
        fields = actility.from_xml(body) if body.lstrip()[:1] == b"<" else _object.decode(body)
    except JSON_ERRORS as error:
        raise refused(RejectReason.MALFORMED_BODY, f"not readable as JSON: {error}") from error
    message = {name: value for name, value in fields.items() if value is not None}
    for network in NETWORKS.values():
        if network.is_theirs(message):
            return _named(network, message, body, hint)
    raise refused(RejectReason.MALFORMED_BODY, f"a message of none of {', '.join(NETWORKS)}")


def _named(network: Network, message: Message, body: bytes, hint: MessageKind) -> Heard:
    names = network.names(message)
    try:
        return network.read(message, body, hint)._replace(names=names)
    except RecordRefusedError as error:
        error.names = names
        raise
