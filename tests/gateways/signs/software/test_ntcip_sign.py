"""A software sign behaves as the standard has it: state machine, priorities, durations; and fails as it is told to."""

from __future__ import annotations

import asyncio
import json
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.signs.software.ber import (
    GET,
    GET_NEXT,
    RESPONSE,
    SET,
    BerError,
    _element,
    _int_bytes,
    _oid_bytes,
    _Reader,
    _value,
    _value_bytes,
    read_request,
)
from gateways.signs.software.clock import SignClock
from gateways.signs.software.messages import crc_of
from gateways.signs.software.ntcip_sign import SIGN_MIB, NtcipSign
from gateways.signs.software.server import MAX_LINE, SoftwareSigns, _answer_door
from parking.signs.model import Sign, SignLimits
from parking.signs.words import SignProtocol

BLANK = bytes.fromhex("0700010000")
GOOD = b"[fo1][jp3][jl2]COMMERCE[jl4]123"


def test_the_standard_s_own_crc():
    assert crc_of(b"[jp3]TEST [fl]Flashing[/fl]", 0, 0) == 0x95F9
    assert crc_of(b"[jl2]COMMERCE[jl4]123", 0, 0) == 0xC73E
    assert crc_of(b"[jl2]COMMERCE[jl4]123", 1, 0) == 0x1F27
    assert crc_of(b"[jl2]COMMERCE[jl4]123", 0, 1) == 0x4E2F
    assert crc_of(b"", 0, 0) == 0x470F


class Talk:
    """A manager's side, by bytes of its own."""

    def __init__(self, **limits: object) -> None:
        self.seconds = 0.0
        self.sign = NtcipSign(SignLimits(**limits), SignClock(1.0, lambda: self.seconds))

    def ask(self, kind: int, *rows: tuple[tuple[int, ...], object]) -> tuple[int, int, list[object]]:
        body = b"".join(_element(0x30, _element(0x06, _oid_bytes(oid)) + _value_bytes(value)) for oid, value in rows)
        pdu = _element(kind, _int_bytes(7) + _int_bytes(0) + _int_bytes(0) + _element(0x30, body))
        answer = self.sign.answer(_element(0x30, _int_bytes(0) + _element(0x04, b"Public") + pdu))
        assert answer is not None
        inner = _Reader(_Reader(_Reader(answer).take(0x30)[1]).data)
        inner.take(), inner.take()
        reply = _Reader(inner.take(RESPONSE)[1])
        numbers = [int.from_bytes(reply.take(0x02)[1], signed=True) for _ in range(3)]
        listed, found = _Reader(reply.take(0x30)[1]), []
        while not listed.is_done:
            row = _Reader(listed.take(0x30)[1])
            row.take()
            found.append(_value(*row.take()))
        return numbers[1], numbers[2], found

    def get(self, *suffix: int) -> object:
        status, _, (value,) = self.ask(GET, ((*SIGN_MIB, *suffix), None))
        assert status == 0, (suffix, status)
        return value

    def set(self, *rows: tuple[tuple[int, ...], object]) -> int:
        return self.ask(SET, *(((*SIGN_MIB, *suffix), value) for suffix, value in rows))[0]

    def write(self, multi: bytes = GOOD, priority: int = 10, memory: int = 4, number: int = 1) -> int:
        cell = (5, 8, 1)
        assert self.set(((*cell, 9, memory, number), 6)) == 0
        assert self.set(((*cell, 3, memory, number), multi), ((*cell, 8, memory, number), priority)) == 0
        assert self.set(((*cell, 9, memory, number), 7)) == 0
        return self.get(*cell, 9, memory, number)

    def activate(self, minutes: int = 4, priority: int = 64, memory: int = 4, number: int = 1, crc: int | None = None):
        crc = self.get(5, 8, 1, 5, memory, number) if crc is None else crc
        code = struct.pack(">HBBHH4s", minutes, priority, memory, number, crc, bytes(4))
        return self.set(((6, 3, 0), code))

    @property
    def is_dark(self) -> bool:
        return self.sign.is_dark


def test_a_message_is_written_validated_shown_and_ends_to_the_second():
    talk = Talk()
    assert talk.write() == 4
    assert talk.get(5, 8, 1, 5, 4, 1) == crc_of(GOOD, 0, 0)
    assert talk.activate(minutes=2) == 0
    assert not talk.is_dark
    assert (talk.get(6, 5, 0), talk.get(6, 4, 0), talk.get(6, 7, 0)) == (
        b"\x04\x00\x01" + struct.pack(">H", crc_of(GOOD, 0, 0)),
        2,
        8,
    )
    talk.seconds = 119.9
    assert not talk.is_dark
    talk.seconds = 120
    assert talk.is_dark
    assert (talk.get(6, 5, 0), talk.get(6, 7, 0)) == (BLANK, 14)


def test_time_remaining_extends_cuts_and_ends():
    talk = Talk()
    talk.write()
    talk.activate(minutes=2)
    talk.seconds = 100
    assert talk.set(((6, 4, 0), 5)) == 0
    talk.seconds = 399
    assert not talk.is_dark
    assert talk.set(((6, 4, 0), 0)) == 0
    assert talk.is_dark


def test_columns_are_written_only_while_it_is_modified():
    talk = Talk()
    assert talk.set(((5, 8, 1, 3, 4, 1), b"X")) == 5
    assert talk.set(((5, 8, 1, 9, 4, 1), 7)) == 5
    assert talk.set(((5, 8, 1, 5, 4, 1), 1)) == 4
    for memory in (5, 7):
        assert talk.set(((5, 8, 1, 9, memory, 1), 6)) == 5


def test_what_a_captured_central_does_is_taken_and_so_is_all_in_one():
    talk = Talk()
    assert talk.set(((5, 8, 1, 9, 3, 1), 8)) == 0
    assert talk.set(((5, 8, 1, 9, 3, 1), 6)) == 0
    assert talk.get(5, 8, 1, 9, 3, 1) == 2
    cell = (5, 8, 1)
    rows = [
        ((*cell, 9, 3, 2), 6),
        ((*cell, 3, 3, 2), GOOD),
        ((*cell, 6, 3, 2), 0),
        ((*cell, 7, 3, 2), 0),
        ((*cell, 8, 3, 2), 5),
    ]
    assert talk.set(*rows) == 0
    assert talk.set(((*cell, 9, 3, 2), 7)) == 0
    assert talk.get(*cell, 9, 3, 2) == 4


def test_a_text_that_it_cannot_show_is_an_error_with_its_place():
    talk = Talk()
    assert talk.write(b"[jl4]A[jl2]B") == 5
    assert (talk.get(5, 9, 0), talk.get(6, 18, 0)) == (5, 11)
    assert talk.activate() == 5
    assert talk.get(6, 17, 0) == 4


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"crc": 1}, 7),
        ({"number": 3}, 6),
        ({"memory": 6, "crc": 0}, 5),
        ({"number": 2, "crc": 0}, 4),
        ({"priority": 1}, 3),
    ],
)
def test_an_activation_that_is_refused_says_why(how, error):
    talk = Talk()
    talk.write()
    talk.activate()
    assert talk.activate(**{"crc": crc_of(GOOD, 0, 0)} | how) == 5
    assert talk.get(6, 17, 0) == error


def test_blank_k_has_priority_k():
    talk = Talk()
    assert talk.activate(memory=7, number=200, priority=255, crc=0) == 0
    talk.write()
    assert talk.activate(priority=64) == 5
    assert talk.get(6, 17, 0) == 3


def test_comm_loss_counts_whoever_speaks():
    talk = Talk()
    talk.write()
    talk.activate(minutes=60)
    talk.set(((6, 12, 0), BLANK), ((6, 13, 0), 2))
    talk.seconds = 110
    talk.get(6, 5, 0)
    talk.seconds = 229
    assert not talk.is_dark
    talk.seconds = 231
    assert talk.is_dark
    assert talk.get(6, 7, 0) == 12


def test_after_the_power_was_gone_it_shows_what_its_objects_say():
    talk = Talk()
    talk.write(memory=3)
    talk.activate(memory=3)
    zombie = b"\x03\x00\x01" + struct.pack(">H", crc_of(GOOD, 0, 0))
    talk.set(((6, 9, 0), zombie))
    talk.sign.control.cycle_power(600)
    assert not talk.is_dark, "the zombie of an old message"
    talk.set(((6, 9, 0), BLANK))
    talk.sign.control.cycle_power(600)
    assert talk.is_dark


def test_in_local_it_refuses():
    talk = Talk()
    talk.write()
    talk.sign.switches.local = True
    assert talk.get(6, 1, 0) == 2
    assert talk.activate() == 5
    assert talk.get(6, 17, 0) == 9


def test_a_hot_face_is_off_and_reads_back_right():
    talk = Talk()
    talk.write()
    talk.sign.switches.critical_temperature = True
    assert talk.activate() == 0
    assert talk.get(6, 5, 0)[:3] == b"\x04\x00\x01"
    assert talk.is_dark
    assert talk.get(9, 7, 1, 0) & 1 << 11


def test_a_walk_meets_every_object_once_in_order():
    talk = Talk(volatile_slots=1, changeable_slots=1)
    at, seen = (1, 3), []
    while True:
        status, _, _ = talk.ask(GET_NEXT, (at, None))
        if status:
            break
        at = talk.sign._next(at, 1)
        seen.append(at)
    assert status == 2
    assert seen == sorted(set(seen))
    assert len(seen) > 2000


@given(st.binary(max_size=300))
def test_no_bytes_are_an_exception(data):
    sign = NtcipSign(SignLimits())
    sign.answer(data)
    assert sum(sign.counts.values()) == 1


@given(st.data())
def test_no_broken_request_is_an_exception(data):
    body = _element(0x30, _element(0x06, _oid_bytes((*SIGN_MIB, 6, 3, 0))) + _value_bytes(bytes(12)))
    pdu = _element(SET, _int_bytes(7) + _int_bytes(0) + _int_bytes(0) + _element(0x30, body))
    good = bytearray(_element(0x30, _int_bytes(0) + _element(0x04, b"Public") + pdu))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    sign = NtcipSign(SignLimits())
    sign.answer(bytes(good[: data.draw(st.integers(0, len(good)))]))
    assert sum(sign.counts.values()) == 1


def test_what_is_no_request_is_said_to_be_none():
    with pytest.raises(BerError):
        read_request(b"\x30\x03\x02\x01\x00")


def test_a_request_with_a_bad_value_changes_nothing_and_names_the_one_that_is_bad():
    talk = Talk()
    talk.write()
    before = (talk.get(6, 13, 0), talk.get(4, 6, 0), talk.get(5, 8, 1, 9, 4, 1), talk.get(5, 8, 1, 3, 4, 1))
    rows = [((6, 13, 0), 9), ((4, 6, 0), 2), ((5, 8, 1, 9, 4, 1), 6), ((5, 8, 1, 3, 4, 1), b"X"), ((6, 12, 0), b"bad")]
    for turn in range(len(rows)):
        turned = rows[turn:] + rows[:turn]
        status, index, _ = talk.ask(SET, *(((*SIGN_MIB, *suffix), value) for suffix, value in turned))
        assert (status, turned[index - 1][0]) == (3, (6, 12, 0))
        after = (talk.get(6, 13, 0), talk.get(4, 6, 0), talk.get(5, 8, 1, 9, 4, 1), talk.get(5, 8, 1, 3, 4, 1))
        assert after == before


def test_what_comes_with_a_refused_activation_is_not_done_and_the_error_can_be_read():
    talk = Talk()
    talk.write()
    code = struct.pack(">HBBHH4s", 4, 64, 4, 1, 1, bytes(4))
    assert talk.set(((6, 3, 0), code), ((6, 13, 0), 9)) == 5
    assert (talk.get(6, 13, 0), talk.get(6, 17, 0), talk.get(6, 24, 0)) == (0, 7, code)


def test_time_in_local_is_no_time_without_a_word():
    talk = Talk()
    talk.write()
    talk.activate(minutes=60)
    talk.set(((6, 12, 0), BLANK), ((6, 13, 0), 2))
    talk.seconds = 60
    assert not talk.is_dark
    talk.sign.switches.local = True
    talk.seconds = 1000
    assert not talk.is_dark
    talk.sign.switches.local = False
    talk.seconds = 1059
    assert not talk.is_dark
    talk.seconds = 1061
    assert talk.is_dark


def test_a_stranger_is_told_nothing_or_that_there_is_no_such_name():
    talk = Talk()
    talk.sign.community = b"another"
    asked = ((*SIGN_MIB, 6, 4, 0), 5)
    with pytest.raises(AssertionError):
        talk.ask(SET, asked)
    talk.sign.switches.answers_strangers = True
    assert talk.ask(SET, asked)[:2] == (2, 1)
    assert talk.sign.counts["stranger"] == 2
    assert talk.sign.control.ends is None


@pytest.mark.parametrize(
    "line",
    [
        b'{"sign": "A", "switch": "refuses", "value": Infinity}',
        b'{"sign": "A", "switch": "late_s", "value": NaN}',
        b'{"sign": "A", "switch": "slow_s", "value": -1}',
        b'{"sign": "A", "switch": "throw", "value": 1}',
        b"[" * 40000,
        b"\xff\xfe",
        b"{}",
    ],
)
async def test_the_door_answers_nonsense_with_a_sentence_and_stays_open(line: bytes):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        door = free.getsockname()
    sign = Sign(tenant="t", id="A", name="A", protocol=SignProtocol.NTCIP, address="127.0.0.1:1")
    those = SoftwareSigns()
    those.ntcip[sign.id] = NtcipSign(sign.limits)
    server = await asyncio.start_server(lambda r, w: _answer_door(those, r, w), *door, limit=MAX_LINE)
    reader, writer = await asyncio.open_connection(*door)
    async with asyncio.timeout(5):
        writer.write(line + b"\n")
        assert json.loads(await reader.readline())["error"]
        writer.write(b'{"sign": "A", "look": true}\n')
        assert json.loads(await reader.readline())["is_dark"]
    writer.close()
    server.close()
