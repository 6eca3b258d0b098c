"""MQTT 3.1.1 as bytes: what a subscriber says, and what it hears, many messages at once. No IO.

A general client reads a message in five system calls and as many objects; here one read of the socket holds hundreds of
messages, and one write acknowledges them (docs/benchmarks.md). Written by the standard (OASIS, MQTT 3.1.1, chapter 3):
no will, no QoS 2, no publishing.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

_CONNECT, _CONNACK, _PUBLISH, _SUBSCRIBE, _SUBACK, _PINGRESP = 1, 2, 3, 8, 9, 13
_PUBACK = b"\x40\x02"
PING, GOODBYE = b"\xc0\x00", b"\xe0\x00"
_PERSISTENT, _WITH_USER, _WITH_PASSWORD = 0x00, 0x80, 0x40
"""Flags of CONNECT. That the session is to be kept is the flag "clean session" not set."""
REFUSED = 128
"""The first code of a SUBACK that says no."""
REFUSALS = {
    1: "the broker speaks no MQTT 3.1.1",
    2: "the broker refuses this --client-id",
    3: "the broker is not available",
    4: "the broker refuses this user or password",
    5: "the broker does not let this user in",
}


class MqttMessage(NamedTuple):
    """A message of the broker's. ``packet_id`` is what it is acknowledged by, 0 for QoS 0, which is not."""

    topic: str
    payload: bytes
    packet_id: int
    is_retained: bool


class Greeted(NamedTuple):
    """The broker's answer to CONNECT: 0, or one of REFUSALS."""

    code: int


class Granted(NamedTuple):
    """The broker's answer to SUBSCRIBE: what it grants for each filter."""

    codes: Sequence[int]


class WireError(Exception):
    """What came is not what a broker may send."""


Told: TypeAlias = MqttMessage | Greeted | Granted


def connect(client_id: str, username: str | None, password: str | None, keepalive_s: int) -> bytes:
    """The first packet: who we are, and that the broker is to keep our session."""
    flags = _PERSISTENT | (_WITH_USER if username else 0) | (_WITH_PASSWORD if username and password else 0)
    texts = [client_id, *([username] if username else []), *([password] if username and password else [])]
    head = _text("MQTT") + bytes([4, flags]) + keepalive_s.to_bytes(2)
    return _packet(_CONNECT << 4, head + b"".join(map(_text, texts)))


def subscribe(filters: Iterable[str], packet_id: int = 1) -> bytes:
    """Ask for these topics, each by QoS 1."""
    return _packet(_SUBSCRIBE << 4 | 2, packet_id.to_bytes(2) + b"".join(_text(one) + b"\x01" for one in filters))


def acknowledge(packet_ids: Iterable[int]) -> bytes:
    """One PUBACK for each, in their order; none for 0."""
    return b"".join([_PUBACK + number.to_bytes(2) for number in packet_ids if number])


class Splitter:
    """What the socket brings, cut into packets; what is not whole yet is kept. A packet is copied once."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._wanted = 0

    def feed(self, data: bytes) -> list[Told]:
        """All that is whole now. Raises WireError."""
        if self._kept:
            self._kept += data
            if len(self._kept) < self._wanted:
                return []
            data = bytes(self._kept)
            self._kept.clear()
        found: list[Told] = []
        at, end = 0, len(data)
        while at < end:
            start, length = _head(data, at)
            stop = start + length
            if not start or stop > end:
                self._kept += data[at:]
                self._wanted = stop - at if start else 0
                break
            if data[at] >> 4 == _PUBLISH:
                found.append(_published(data, data[at], start, stop))
            elif (told := _told(data, data[at] >> 4, start, stop)) is not None:
                found.append(told)
            at = stop
        return found


def _head(data: bytes, at: int) -> tuple[int, int]:
    """Where a packet's own bytes begin, and how many they are; 0, 0 where its head is not whole."""
    length = 0
    for place, byte in enumerate(data[at + 1 : at + 5]):
        length |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return at + 2 + place, length
    if len(data) - at >= 5:
        raise WireError("a packet says a length of more than four bytes")
    return 0, 0


def _published(data: bytes, first: int, start: int, stop: int) -> MqttMessage:
    body = start + 2 + (data[start] << 8 | data[start + 1]) if stop - start >= 2 else stop + 1
    packet_id, named_until = 0, body
    if first & 0x06:
        body += 2
        if body <= stop:
            packet_id = data[body - 2] << 8 | data[body - 1]
    if body > stop:
        raise WireError("a message is shorter than its topic")
    topic = data[start + 2 : named_until].decode("utf-8", "replace")
    return MqttMessage(topic, data[body:stop], packet_id, first & 1 == 1)


def _told(data: bytes, kind: int, start: int, stop: int) -> Told | None:
    if kind == _CONNACK and stop - start == 2:
        return Greeted(data[start + 1])
    if kind == _SUBACK and stop - start >= 2:
        return Granted(list(data[start + 2 : stop]))
    if kind == _PINGRESP:
        return None
    raise WireError(f"a packet of kind {kind}, which a broker does not send to a subscriber")


def _packet(first: int, rest: bytes) -> bytes:
    left, length = len(rest), bytearray()
    while True:
        left, digit = left >> 7, left & 0x7F
        length.append(digit | 0x80 if left else digit)
        if not left:
            return bytes([first]) + bytes(length) + rest


def _text(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2) + raw
