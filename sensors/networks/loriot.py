"""LORIOT: the first gateway's word of an uplink (``rx``) and that of all (``gw``), under one ``seqno``."""

from sensors.networks.fields import (
    MAX_COUNT,
    MAX_PORT,
    best_rssi,
    dev_eui,
    encrypted,
    from_hex,
    instant,
    items,
    named,
    number,
    sound_instant,
)
from sensors.networks.heard import Aside, Heard, LifeSign, Message, MessageKind, Uplink

_UPLINKS, _JOINS = ("rx", "gw"), ("join", "jreq", "join_request")


def is_theirs(message: Message) -> bool:
    """See Network."""
    return "cmd" in message or "EUI" in message


def names(message: Message) -> tuple[str, ...]:
    """See Network."""
    return named(message.get("appid"), message.get("appId"))


def read(message: Message, body: bytes, hint: MessageKind) -> Heard:
    """See Network."""
    command = message.get("cmd", "rx")
    if command in _JOINS:
        eui = dev_eui(message.get("EUI"))
        return LifeSign(MessageKind.JOIN, eui, sound_instant(message.get("ts")))
    if command not in _UPLINKS:
        return Aside(f"{command!s:.60}")
    eui = dev_eui(message.get("EUI"))
    if "data" not in message and message.get("encdata"):
        raise encrypted(eui)
    seqno = message.get("seqno")
    return Uplink(
        eui,
        number(message, "port", MAX_PORT, eui),
        number(message, "fcnt", MAX_COUNT, eui),
        from_hex(message.get("data"), eui),
        instant(message.get("ts"), eui),
        f"{eui}:{seqno}"[:64] if isinstance(seqno, int) else "",
        best_rssi([message.get("rssi"), *(heard.get("rssi") for heard in items(message.get("gws")))]),
        message=body,
    )
