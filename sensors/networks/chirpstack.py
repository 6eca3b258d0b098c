"""ChirpStack v4, and whatever is built on it (Helium's present consoles): MQTT, or HTTP with all events to one address.

It tells its events apart by topic or address. Here the body tells: an address is easily set wrongly.
"""

from collections.abc import Sequence

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
    require_part,
    sound_instant,
    text,
)
from sensors.networks.heard import Aside, Heard, LifeSign, Message, MessageKind, Uplink

_ASIDES: Sequence[tuple[str, str]] = (
    ("downlinkId", "txack"), ("queueItemId", "ack"), ("acknowledged", "ack"), ("integrationName", "integration"),
    ("location", "location"), ("description", "log"), ("code", "log"),
)  # fmt: skip
_OF_STATUS = ("margin", "batteryLevel", "batteryLevelUnavailable", "externalPowerSource")
_OF_UPLINK = ("fCnt", "fPort", "data", "rxInfo", "txInfo", "dr", "adr", "confirmed", "object")


def is_theirs(message: Message) -> bool:
    """See Network."""
    return "deviceInfo" in message


def names(message: Message) -> tuple[str, ...]:
    """See Network."""
    fields = ("applicationId", "applicationName", "deviceProfileId", "deviceProfileName")
    return named(*map(part(message, "deviceInfo").get, fields))


def read(message: Message, body: bytes, hint: MessageKind) -> Heard:
    """See Network. The operator tags made-up devices ``simulated``; they count their uplinks as real ones do."""
    device = require_part(message, "deviceInfo")
    if not ("fPort" in message and "data" in message):
        for field, what in _ASIDES:
            if field in message:
                return Aside(what)
        if kind := _kind_of_sign(message, hint):
            return LifeSign(kind, dev_eui(device.get("devEui")), sound_instant(message.get("time")))
    eui = dev_eui(device.get("devEui"))
    return Uplink(
        eui,
        number(message, "fPort", MAX_PORT, eui),
        number(message, "fCnt", MAX_COUNT, eui),
        from_base64(message.get("data"), eui),
        instant(message.get("time"), eui),
        text(message.get("deduplicationId"))[:MAX_UPLINK_ID],
        best_rssi(heard.get("rssi") for heard in items(message.get("rxInfo"))),
        is_simulated=part(device, "tags").get("simulated") == "true",
        message=body,
    )


def _kind_of_sign(message: Message, hint: MessageKind) -> MessageKind | None:
    """Of what kind a message is that is no uplink; None for an uplink."""
    if any(field in message for field in _OF_STATUS):
        return MessageKind.STATUS
    if any(field in message for field in _OF_UPLINK):
        return None
    return MessageKind.JOIN if "devAddr" in message or hint is MessageKind.JOIN else MessageKind.STATUS
