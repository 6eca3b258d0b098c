from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.signs.tedi.conversation import TediConversation
from gateways.signs.tedi.framing import MAX_LCR, TediKind, TediReader, check_sum, encode_answer, encode_blocks

METHODS = st.sampled_from(["sum", "xor"])
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=700)
CONTROLS = [b"\x05", b"\x02", b"\x03", b"\x17", b"\x06", b"\x15", b"\x00", b"\x7f", b"001", b"0", b" ", b"\xff"]
NOISE = st.lists(st.sampled_from(CONTROLS) | st.binary(max_size=6), max_size=60).map(b"".join)


def test_a_request_is_the_bytes_that_the_norm_says() -> None:
    (frame,) = encode_blocks(TediKind.REQUEST, "001", "ST", "sum")
    assert frame[:-1] == b"\x050010 ST\x03"
    assert frame[-1] == (0x05 + 0x30 + 0x30 + 0x31 + 0x30 + 0x20 + 0x53 + 0x54 + 0x03) & 0x7F
    (frame,) = encode_blocks(TediKind.REQUEST, "001", "ST", "xor")
    assert frame[-1] == 0x05 ^ 0x30 ^ 0x30 ^ 0x31 ^ 0x30 ^ 0x20 ^ 0x53 ^ 0x54 ^ 0x03
    assert encode_answer(TediKind.ACK, "0") == b"\x060"
    assert encode_answer(TediKind.NAK, "3") == b"\x153"


@given(TEXTS, METHODS, st.integers(0, 9), st.randoms())
def test_what_is_written_is_read_in_whatever_pieces_it_comes(
    text: str, method: str, fillers: int, rng: random.Random
) -> None:
    reader = TediReader(method)
    wire = b"".join(
        b"\x7f" * fillers + frame + b"\x00" * fillers for frame in encode_blocks(TediKind.REPLY, "A1z", text, method)
    )
    frames = []
    at = 0
    while at < len(wire):
        size = rng.randint(1, 40)
        frames += reader.feed(wire[at : at + size])
        at += size
    assert "".join(frame.text for frame in frames) == text
    assert all(frame.is_sound and frame.station == "A1z" for frame in frames)
    assert [frame.is_last for frame in frames] == [False] * (len(frames) - 1) + [True]
    assert max(len(frame.text) for frame in frames) <= MAX_LCR
    assert (reader.thrown_away, reader.pending, reader.framed + reader.fillers) == (0, 0, len(wire))


@given(NOISE, METHODS)
def test_hostile_bytes_never_raise_and_every_byte_is_accounted_for(noise: bytes, method: str) -> None:
    reader = TediReader(method)
    frames = reader.feed(noise)
    assert reader.framed == sum(frame.size for frame in frames)
    assert reader.framed + reader.fillers + reader.thrown_away + reader.pending == len(noise)
    assert reader.pending <= MAX_LCR + 8
    reader.give_up()
    assert reader.framed + reader.fillers + reader.thrown_away == len(noise)


@given(NOISE, METHODS)
def test_a_frame_after_noise_is_found_once_a_filler_has_come(noise: bytes, method: str) -> None:
    reader = TediReader(method)
    frames = reader.feed(noise + b"\x00\x00" + encode_blocks(TediKind.REPLY, "001", "ADR=001", method)[0])
    assert frames[-1].text == "ADR=001"
    assert frames[-1].is_sound


@given(st.integers(1, 6), st.integers(0, 255))
def test_one_wrong_byte_of_a_text_is_no_sound_frame(at: int, other: int) -> None:
    (frame,) = encode_blocks(TediKind.REPLY, "001", "ABCDEF", "sum")
    wrong = frame[: 5 + at] + bytes([other]) + frame[6 + at :]
    sound = [each for each in TediReader().feed(wrong) if each.kind is TediKind.REPLY and each.is_sound]
    assert not sound or check_sum(bytes([other]), "sum") == check_sum(frame[5 + at : 6 + at], "sum")


def hear(talk: TediConversation, *pieces: bytes) -> list[bytes]:
    return [talk.receive(piece) for piece in pieces]


def block(text: str, number: str, end: int, station: str = "001") -> bytes:
    body = b"\x02" + f"{station}{number} {text}".encode() + bytes([end])
    return body + bytes([sum(body) & 127])


def test_blocks_are_acknowledged_and_joined_and_one_that_came_twice_counts_once() -> None:
    talk = TediConversation("001", "PS", "sum", 3)
    assert talk.start() == encode_blocks(TediKind.REQUEST, "001", "PS", "sum")[0]
    first, last = block("one ", "1", 0x17), block("two", "2", 0x03)
    assert hear(talk, first, first, last) == [b"\x061", b"\x061", b"\x062"]
    assert talk.reply == "one two"


def test_a_long_request_goes_block_by_block_as_each_is_acknowledged() -> None:
    talk = TediConversation("001", "x" * 300, "sum", 3)
    first, second = encode_blocks(TediKind.REQUEST, "001", "x" * 300, "sum")
    assert talk.start() == first
    assert first[-2] == 0x17
    assert hear(talk, b"\x150", b"\x061", b"\x060") == [first, b"", second]
    assert hear(talk, b"\x061") == [b""]
    assert talk.is_accepted
    assert talk.strangers == 1


def test_an_unsound_block_is_asked_for_again_as_often_as_is_tried() -> None:
    talk = TediConversation("001", "ST", "sum", 3)
    wrong = block("ADR=001", "0", 3)[:-1] + b"\x00"
    if wrong == block("ADR=001", "0", 3):
        pytest.fail("the vector is right by chance")
    talk.start()
    assert hear(talk, wrong, wrong, wrong) == [b"\x150", b"\x150", b""]
    assert talk.reply is None
    assert hear(talk, block("ADR=001", "0", 3)) == [b"\x060"]
    assert talk.reply == "ADR=001"


def test_no_station_but_ours_answers() -> None:
    talk = TediConversation("001", "ST", "sum", 3)
    talk.start()
    assert hear(talk, block("ADR=002", "0", 3, station="002")) == [b""]
    assert (talk.reply, talk.strangers) == (None, 1)


BLOCKS = st.builds(block, TEXTS.map(lambda text: text[:200]), st.sampled_from("0123"), st.sampled_from([3, 23]))


@given(st.lists(NOISE | BLOCKS))
def test_whatever_is_heard_a_conversation_has_an_end(pieces: list[bytes]) -> None:
    talk = TediConversation("001", "PS", "sum", 3, lambda text: "AM=" in text)
    talk.start()
    for piece in pieces * 3:
        talk.receive(piece)
    assert talk.progress <= 20
