"""The software sign reads TEDI for itself; where it and the driver read the norm alike, they understand each other."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.signs import software
from gateways.signs.software.tedi_frames import ACK, NAK, Ear, HeardFrame, block_check, replies, say
from gateways.signs.tedi.framing import TediKind, TediReader, encode_answer, encode_blocks

TEXTS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=900)
METHODS = st.sampled_from(["sum", "xor"])
_PIECES = (b"\x05", b"\x02", b"\x03", b"\x17", b"\x06", b"\x15", b"\x00", b"\x7f", b"0010 ST")
NOISE = st.lists(st.sampled_from(_PIECES) | st.binary(max_size=9))


def test_a_frame_by_hand():
    body = b"\x050010 ST\x03"
    assert (block_check(body, "sum"), block_check(body, "xor")) == (0x10, 0x20)
    assert Ear().hear(b"\x00\x7f" + body + b"\x10" + b"\x00") == [HeardFrame("0", "001", "ST")]
    assert Ear().hear(body + b"\x00")[0].is_sound is False
    assert Ear().hear(b"\x063\x154") == [HeardFrame("3", answer=ACK), HeardFrame("4", answer=NAK)]


@given(TEXTS, METHODS)
def test_what_the_driver_asks_is_understood_however_it_is_cut(text: str, method: str):
    data = b"\x00".join(encode_blocks(TediKind.REQUEST, "001", text, method))
    whole = Ear(method).hear(data)
    ear = Ear(method)
    assert [each for byte in data for each in ear.hear(bytes((byte,)))] == whole
    assert "".join(each.text for each in whole) == text
    assert all(each.is_sound for each in whole)
    assert [each.is_last for each in whole] == [False] * (len(whole) - 1) + [True]


@given(TEXTS, METHODS)
def test_what_the_sign_replies_is_understood_by_the_driver(text: str, method: str):
    frames = TediReader(method).feed(b"\x7f".join(replies("001", text, method).values()))
    assert "".join(frame.text for frame in frames) == text
    assert all(frame.is_sound and frame.kind is TediKind.REPLY for frame in frames)
    assert TediReader().feed(say(NAK, "2"))[0] == TediReader().feed(encode_answer(TediKind.NAK, "2"))[0]


@given(NOISE.map(b"".join), st.randoms())
def test_every_byte_is_accounted_for_and_cuts_change_nothing(data: bytes, chance: random.Random):
    whole, cut = Ear(), Ear()
    heard = whole.hear(data)
    at, parts = 0, []
    while at < len(data):
        size = chance.randint(1, 7)
        parts += cut.hear(data[at : at + size])
        at += size
    assert parts == heard
    assert sum(whole.counts.values()) + whole.waiting == len(data)
    assert (cut.counts, cut.waiting) == (whole.counts, whole.waiting)
    assert whole.waiting < 300


@pytest.mark.parametrize("noise", [b"\x05" * 5000, b"\x050010" + b"A" * 5000, b"\xff" * 5000])
def test_what_never_ends_is_not_held_for_ever(noise: bytes):
    ear = Ear()
    assert ear.hear(noise) == []
    assert ear.waiting < 300


def test_no_software_sign_reads_by_a_driver_s_code():
    files = sorted(Path(software.__path__[0]).glob("*.py"))
    assert len(files) > 8
    for file in files:
        said = file.read_text(encoding="utf-8")
        assert "gateways.signs.tedi" not in said, file
        assert "gateways.signs.ntcip" not in said, file
