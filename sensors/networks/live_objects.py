"""Orange Live Objects: its data messages, by MQTT (a fifo) or HTTP push. What a decoder of theirs says is left."""

from sensors.networks.fields import (
    MAX_COUNT,
    MAX_PORT,
    MAX_UPLINK_ID,
    best_rssi,
    dev_eui,
    from_hex,
    instant,
    named,
    number,
    part,
    sound_instant,
    text,
)
from sensors.networks.heard import Aside, Heard, LifeSign, Message, MessageKind, Uplink

_URN = "urn:lo:nsid:lora:"


def is_theirs(message: Message) -> bool:
    """See Network."""
    return "streamId" in message or "source" in part(message, "metadata") or bool(part(message, "metadata", "network"))


def names(message: Message) -> tuple[str, ...]:
    """See Network."""
    group = part(message, "metadata", "group")
    return named(group.get("id"), group.get("path"), part(message, "metadata").get("encoding"), message.get("model"))


def read(message: Message, body: bytes, hint: MessageKind) -> Heard:
    """See Network."""
    lora, value = part(message, "metadata", "network", "lora"), part(message, "value")
    if not lora and "payload" not in value:
        return Aside(text(message.get("type"))[:MAX_UPLINK_ID] or "no LoRa message")
    named_by = text(part(message, "metadata").get("source")) or text(message.get("streamId"))
    eui = dev_eui(lora.get("devEUI") or named_by.removeprefix(_URN)[:16])
    if "JOIN" in text(lora.get("messageType")):
        return LifeSign(MessageKind.JOIN, eui, sound_instant(message.get("timestamp")))
    told = {**value, **lora}
    return Uplink(
        eui,
        number(told, "port", MAX_PORT, eui),
        number(told, "fcnt", MAX_COUNT, eui),
        from_hex(value.get("payload"), eui),
        instant(message.get("timestamp"), eui),
        text(message.get("id"))[:MAX_UPLINK_ID],
        best_rssi([lora.get("rssi")]),
        message=body,
    )
