"""ChirpStack v3, and the servers in gateways that are made of it (RAK, Milesight): JSON of its own, or protobuf's.

The former writes ids as hex, the latter as base64. RAK's gateways may write the payload as hex, and say so by
``data_encode``. There is no id of the uplink as a whole; that of its first gateway's copy stands for it.
"""

import base64
import binascii
from collections.abc import Sequence

from sensors.networks.fields import (
    MAX_COUNT,
    MAX_PORT,
    MAX_UPLINK_ID,
    best_rssi,
    dev_eui,
    from_base64,
    from_hex,
    instant,
    items,
    named,
    number,
    part,
    sound_instant,
    text,
)
from sensors.networks.heard import Aside, Heard, LifeSign, Message, MessageKind, Uplink

_ASIDES: Sequence[tuple[str, str]] = (
    ("acknowledged", "ack"), ("error", "error"), ("gatewayID", "txack"), ("integrationName", "integration"),
    ("location", "location"),
)  # fmt: skip
_OF_STATUS = ("margin", "batteryLevel", "batteryLevelUnavailable", "externalPowerSource", "battery")
_OF_UPLINK = ("fCnt", "fPort", "data", "adr", "object", "objectJSON", "confirmedUplink")
_BASE64_EUI = 12
"""How many letters of base64 stand for 8 bytes."""


def is_theirs(message: Message) -> bool:
    """See Network."""
    return "devEUI" in message


def names(message: Message) -> tuple[str, ...]:
    """See Network."""
    return named(*map(message.get, ("applicationID", "applicationName", "deviceProfileID", "deviceProfileName")))


def read(message: Message, body: bytes, hint: MessageKind) -> Heard:
    """See Network."""
    eui, gateways = _eui(message["devEUI"]), items(message.get("rxInfo"))
    times = (message.get("time"), *(heard.get("time") for heard in gateways), message.get("publishedAt"))
    time = next((one for one in times if one), None)
    if not ("data" in message and "fPort" in message):
        for field, what in _ASIDES:
            if field in message:
                return Aside(what)
        if kind := _kind_of_sign(message, hint):
            return LifeSign(kind, eui, sound_instant(time))
    is_hex = text(message.get("data_encode")).startswith("hex")
    return Uplink(
        eui,
        number(message, "fPort", MAX_PORT, eui),
        number(message, "fCnt", MAX_COUNT, eui),
        (from_hex if is_hex else from_base64)(message.get("data"), eui),
        instant(time, eui),
        next((name for heard in gateways if (name := text(heard.get("uplinkID")))), "")[:MAX_UPLINK_ID],
        best_rssi(heard.get("rssi") for heard in gateways),
        is_simulated=part(message, "tags").get("simulated") == "true",
        message=body,
    )


def _kind_of_sign(message: Message, hint: MessageKind) -> MessageKind | None:
    """Of what kind a message is that is no uplink; None for an uplink."""
    if any(field in message for field in _OF_STATUS):
        return MessageKind.STATUS
    if any(field in message for field in _OF_UPLINK):
        return None
    return MessageKind.JOIN if "devAddr" in message or hint is MessageKind.JOIN else MessageKind.STATUS


def _eui(value: object) -> str:
    if isinstance(value, str) and len(value) == _BASE64_EUI:
        try:
            return dev_eui(base64.b64decode(value, validate=True).hex())
        except (binascii.Error, ValueError):
            pass
    return dev_eui(value)
