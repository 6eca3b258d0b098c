"""Helium's first console and its kin: HTTP or MQTT. The present ones are ChirpStack v4 and read as that."""

from sensors.networks.fields import (
    MAX_COUNT,
    MAX_PORT,
    MAX_UPLINK_ID,
    best_rssi,
    dev_eui,
    from_base64,
    instant,
    items,
    named,
    number,
    part,
    sound_instant,
    text,
)
from sensors.networks.heard import Aside, Heard, LifeSign, Message, MessageKind, Uplink

_UPLINK, _JOINS = "uplink", ("join", "join_request", "join_accept")


def is_theirs(message: Message) -> bool:
    """See Network."""
    return "dev_eui" in message


def names(message: Message) -> tuple[str, ...]:
    """See Network."""
    labels = items(part(message, "metadata").get("labels"))
    return named(*(label.get("name") for label in labels), *(label.get("id") for label in labels))


def read(message: Message, body: bytes, hint: MessageKind) -> Heard:
    """See Network."""
    kind = message.get("type", _UPLINK)
    if kind != _UPLINK and kind not in _JOINS:
        return Aside(f"{kind!s:.60}")
    eui = dev_eui(message["dev_eui"])
    if kind in _JOINS:
        return LifeSign(MessageKind.JOIN, eui, sound_instant(message.get("reported_at")))
    return Uplink(
        eui,
        number(message, "port", MAX_PORT, eui),
        number(message, "fcnt", MAX_COUNT, eui),
        from_base64(message.get("payload"), eui),
        instant(message.get("reported_at"), eui),
        text(message.get("uuid"))[:MAX_UPLINK_ID],
        best_rssi(heard.get("rssi") for heard in items(message.get("hotspots"))),
        message=body,
    )
