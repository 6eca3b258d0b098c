"""The Things Stack v3: MQTT, or webhooks, which may all have one address. It pauses a webhook that answers 4xx."""

from parking.words import RejectReason
from sensors.networks.fields import (
    MAX_COUNT,
    MAX_PORT,
    MAX_UPLINK_ID,
    best_rssi,
    dev_eui,
    encrypted,
    from_base64,
    instant,
    items,
    named,
    number,
    part,
    refused,
    require_part,
    sound_instant,
    text,
)
from sensors.networks.heard import Aside, Heard, LifeSign, Message, MessageKind, Uplink

_UPLINK_ID = "gs:uplink:"
_AROUND = frozenset({"end_device_ids", "correlation_ids", "received_at", "simulated"})
"""What stands around the one field that says what a message tells of."""


def is_theirs(message: Message) -> bool:
    """See Network."""
    return "end_device_ids" in message


def names(message: Message) -> tuple[str, ...]:
    """See Network."""
    return named(part(message, "end_device_ids", "application_ids").get("application_id"))


def read(message: Message, body: bytes, hint: MessageKind) -> Heard:
    """See Network."""
    ids = require_part(message, "end_device_ids")
    if "uplink_message" in message:
        return _uplink(message, ids, body)
    if "join_accept" in message:
        eui = dev_eui(ids.get("dev_eui"))
        return LifeSign(MessageKind.JOIN, eui, sound_instant(message.get("received_at")))
    is_named = bool(text(ids.get("device_id")) or text(ids.get("dev_eui")))
    for name, value in message.items():
        if is_named and name not in _AROUND and isinstance(value, dict):
            return Aside(name[:MAX_UPLINK_ID])
    raise refused(RejectReason.MISSING_FIELD, "no uplink_message, join_accept or any other event in it")


def _uplink(message: Message, ids: Message, body: bytes) -> Uplink:
    uplink, eui = require_part(message, "uplink_message"), dev_eui(ids.get("dev_eui"))
    from_console = message.get("simulated") is True
    if "app_s_key" in uplink and "frm_payload" in uplink:
        raise encrypted(eui)
    return Uplink(
        eui,
        number(uplink, "f_port", MAX_PORT, eui),
        number(uplink, "f_cnt", MAX_COUNT, eui),
        from_base64(uplink.get("frm_payload"), eui),
        instant(uplink.get("received_at") or message.get("received_at"), eui),
        _id_of(message.get("correlation_ids")),
        best_rssi(heard.get("rssi") for heard in items(uplink.get("rx_metadata"))),
        is_simulated=from_console,
        has_counter=not from_console,
        message=body,
    )


def _id_of(correlations: object) -> str:
    """The correlation id by which the gateway server names an uplink."""
    for name in correlations if isinstance(correlations, list) else ():
        if isinstance(name, str) and name.startswith(_UPLINK_ID):
            return name[:MAX_UPLINK_ID]
    return ""
