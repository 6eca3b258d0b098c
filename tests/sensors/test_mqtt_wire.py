"""MQTT as bytes: whatever the socket cuts, the packets come out whole; what is none is said."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.intake.mqtt_wire import (
    Granted,
    Greeted,
    MqttMessage,
    Splitter,
    Told,
    WireError,
    acknowledge,
    connect,
    subscribe,
)

GREETED, GRANTED, PONG = b"\x20\x02\x01\x00", b"\x90\x04\x00\x01\x01\x80", b"\xd0\x00"


def publish(topic: str, payload: bytes, packet_id: int = 0, retain: bool = False) -> bytes:
    name, number = topic.encode(), packet_id.to_bytes(2) if packet_id else b""
    rest = len(name).to_bytes(2) + name + number + payload
    length, left = b"", len(rest)
    while left >= 128:
        length, left = length + bytes([left & 127 | 128]), left >> 7
    return bytes([0x30 | (2 if packet_id else 0) | retain]) + length + bytes([left]) + rest


def split(data: bytes, sizes: list[int]) -> list[Told]:
    splitter, found, at = Splitter(), [], 0
    for size in sizes:
        found += splitter.feed(data[at : at + size])
        at += size
    return found + splitter.feed(data[at:])


SENT = [
    GREETED, GRANTED, publish("a/é", b"x", 7), PONG, publish("b", b"", 65535), publish("c", b"y" * 127),
    publish("d", b"z" * 20_000, 9, retain=True), publish("e", b"\x00" * 300_000, 1), publish("f", b"end"),
]  # fmt: skip
HEARD = [
    Greeted(0), Granted([1, 128]), MqttMessage("a/é", b"x", 7, False), MqttMessage("b", b"", 65535, False),
    MqttMessage("c", b"y" * 127, 0, False), MqttMessage("d", b"z" * 20_000, 9, True),
    MqttMessage("e", b"\x00" * 300_000, 1, False), MqttMessage("f", b"end", 0, False),
]  # fmt: skip


def test_packets_come_out_whole_wherever_they_are_cut() -> None:
    data, chance = b"".join(SENT), random.Random(12)
    assert split(data, []) == HEARD
    small = b"".join(SENT[:6])
    assert split(small, [1] * len(small)) == HEARD[:5]
    for most in (3, 100, 5_000, 262_144):
        assert split(data, [chance.randrange(1, most) for _ in range(200)]) == HEARD


def test_a_large_message_in_small_pieces_is_not_copied_at_each() -> None:
    data, splitter = publish("a", bytes(8_000_000), 1), Splitter()
    found = [one for at in range(0, len(data), 1_000) for one in splitter.feed(data[at : at + 1_000])]
    assert [len(one.payload) for one in found if isinstance(one, MqttMessage)] == [8_000_000]


@pytest.mark.parametrize(
    "data",
    [b"\x30\xff\xff\xff\xff\x01", b"\x30\x01\x00", b"\x32\x04\x00\x02ab", b"\x30\x03\x00\x09a", b"\x10\x00", b" \x00"],
)
def test_what_no_broker_sends_is_an_error(data: bytes) -> None:
    with pytest.raises(WireError):
        Splitter().feed(data)


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_any_bytes_are_packets_or_that_error(pieces: list[bytes]) -> None:
    splitter = Splitter()
    try:
        for piece in pieces:
            splitter.feed(piece)
    except WireError:
        pass


def test_a_run_is_acknowledged_in_one_piece_and_qos_0_is_not() -> None:
    assert acknowledge([1, 0, 258]) == b"\x40\x02\x00\x01\x40\x02\x01\x02"
    assert acknowledge([0]) == b""


def test_who_we_are_and_what_we_ask_for() -> None:
    plain = b"\x10\x0e\x00\x04MQTT\x04\x00\x00\x1e\x00\x02us"
    assert connect("us", None, "a password without a user is none", 30) == plain
    assert (
        connect("us", "me", "secret", 30) == b"\x10\x1a\x00\x04MQTT\x04\xc0\x00\x1e\x00\x02us\x00\x02me\x00\x06secret"
    )
    assert subscribe(["a/+", "b"]) == b"\x82\x0c\x00\x01\x00\x03a/+\x01\x00\x01b\x01"
    assert subscribe(["a" * 200])[:3] == b"\x82\xcd\x01"
