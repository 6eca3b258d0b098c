"""Kerlink Wanesy (Management Center, SPN): its DataUp messages, by MQTT or HTTP push; the payload is hex or base64."""

from sensors.networks.fields import (
    MAX_COUNT,
    MAX_PORT,
    MAX_UPLINK_ID,
    best_rssi,
    dev_eui,
    encrypted,
    from_base64,
    from_hex,
    instant,
    items,
    named,
    number,
    part,
    require_part,
    sound_instant,
    text,
)
from sensors.networks.heard import Aside, Heard, LifeSign, Message, MessageKind, Uplink

_OF_UPLINK = ("fCntUp", "fPort", "payload", "encodingType", "gwInfo")
_OF_DOWNLINK = ("status", "fCntDn", "dataDownId", "gwEui", "contentType")


def is_theirs(message: Message) -> bool:
    """See Network."""
    return "endDevice" in message


def names(message: Message) -> tuple[str, ...]:
    """See Network."""
    cluster = part(message, "endDevice", "cluster")
    return named(cluster.get("id"), cluster.get("name"))


def read(message: Message, body: bytes, hint: MessageKind) -> Heard:
    """See Network."""
    device = require_part(message, "endDevice")
    if "fCntUp" not in message and any(field in message for field in _OF_DOWNLINK):
        return Aside("downlink")
    eui = dev_eui(device.get("devEui"))
    time = message.get("gwRecvTime", message.get("recvTime"))
    if not any(field in message for field in _OF_UPLINK):
        return LifeSign(hint if hint is not MessageKind.UP else MessageKind.STATUS, eui, sound_instant(time))
    if message.get("encrypted") is True and message.get("payload"):
        raise encrypted(eui)
    is_base64 = text(message.get("encodingType")).upper() == "BASE64"
    return Uplink(
        eui,
        number(message, "fPort", MAX_PORT, eui),
        number(message, "fCntUp", MAX_COUNT, eui),
        (from_base64 if is_base64 else from_hex)(message.get("payload"), eui),
        instant(time, eui),
        text(message.get("id"))[:MAX_UPLINK_ID],
        best_rssi(heard.get("rssi") for heard in items(message.get("gwInfo"))),
        message=body,
    )
