"""Actility ThingPark (KPN, Swisscom, Orange's and others' networks): one key, or the root of an XML, says what it is.

Older releases, and XML, write numbers as text. There is no id of an uplink; its time tells one from another.
"""

from xml.etree.ElementTree import Element

from sensors.bodies import xml_root
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
    part,
    require_part,
    sound_instant,
    text,
)
from sensors.networks.heard import Aside, Heard, LifeSign, Message, MessageKind, Uplink

_UPLINK, _NOTIFICATION = "DevEUI_uplink", "DevEUI_notification"
_PREFIX = "DevEUI_"
_JOINS = ("join", "reset")
_MAX_DEPTH = 4


def from_xml(body: bytes) -> Message:
    """An XML message in the shape of the JSON one. Raises RecordRefusedError: malformed_body where it is no XML."""
    root = xml_root(body)
    return {_name(root): _fields(root, 1)}


def _fields(element: Element, depth: int) -> dict[str, object]:
    """Its elements by name, texts of what has none; each ``Lrr`` is one of several."""
    found: dict[str, object] = {}
    for child in element if depth <= _MAX_DEPTH else ():
        value = _fields(child, depth + 1) if len(child) else child.text
        if value is None:
            continue
        if _name(child) == "Lrr":
            heard = found.setdefault("Lrr", [])
            assert isinstance(heard, list)
            heard.append(value)
        else:
            found[_name(child)] = value
    return found


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def is_theirs(message: Message) -> bool:
    """See Network."""
    return any(name.startswith(_PREFIX) for name in message)


def names(message: Message) -> tuple[str, ...]:
    """See Network."""
    told = part(message, next(name for name in message if name.startswith(_PREFIX)))
    return named(told.get("CustomerID"), part(told, "CustomerData", "alr").get("pro"), told.get("ModelCfg"))


def read(message: Message, body: bytes, hint: MessageKind) -> Heard:
    """See Network."""
    if _UPLINK in message:
        return _uplink(require_part(message, _UPLINK), body)
    if _NOTIFICATION in message:
        told = require_part(message, _NOTIFICATION)
        if text(told.get("Type")).lower() in _JOINS:
            eui = dev_eui(told.get("DevEUI"))
            return LifeSign(MessageKind.JOIN, eui, sound_instant(told.get("Time")))
    return Aside(next(name for name in message if name.startswith(_PREFIX))[:64])


def _uplink(uplink: Message, body: bytes) -> Uplink:
    eui = dev_eui(uplink.get("DevEUI"))
    if str(uplink.get("payload_encryption", 0)) == "1" and uplink.get("payload_hex"):
        raise encrypted(eui)
    gateways = items(part(uplink, "Lrrs").get("Lrr"))
    return Uplink(
        eui,
        number(uplink, "FPort", MAX_PORT, eui),
        number(uplink, "FCntUp", MAX_COUNT, eui),
        from_hex(uplink.get("payload_hex"), eui),
        instant(uplink.get("Time"), eui),
        rssi_dbm=best_rssi([uplink.get("LrrRSSI"), *(heard.get("LrrRSSI") for heard in gateways)]),
        message=body,
    )
