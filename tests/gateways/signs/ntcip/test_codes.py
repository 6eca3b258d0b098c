"""CRC and codes against the standard's own example, a capture, and what two foreign programmes reckon."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.signs.ntcip.codes import (
    BLANK_MESSAGE,
    ActivationCode,
    MessageIdCode,
    decode_activation,
    decode_message_id,
    reckon_crc,
)
from gateways.signs.ntcip.objects import MULTI_TAGS, Column, message_object


@pytest.mark.parametrize(
    ("multi", "beacon", "pixel_service", "crc"),
    [
        ("[jp3]TEST [fl]Flashing[/fl]", 0, 0, 0x95F9),  # the standard's own
        ("[pt30o0][pb][cf][jp3][jl3][fo220,B62F]TEST", 0, 0, 0x1D0F),  # a capture
        ("[jl2]COMMERCE[jl4]123", 0, 0, 0xC73E),
        ("[jl2]COMMERCE[jl4]123", 1, 0, 0x1F27),
        ("[jl2]COMMERCE[jl4]123", 0, 1, 0x4E2F),
        ("[jl2]GRASLIN[jl4]COMPLET", 0, 0, 0x9429),
        ("[jl2]GRASLIN[jl4]COMPLET", 1, 0, 0x4C30),
        ("[jp3][jl3]PARKING[nl]LIBRE", 0, 0, 0xDBF0),
        ("", 0, 0, 0x470F),  # an empty message is not the blank one
    ],
)
def test_the_crc_is_the_one_that_signs_reckon(multi: str, beacon: int, pixel_service: int, crc: int) -> None:
    assert reckon_crc(multi.encode(), beacon, pixel_service) == crc


def test_the_standard_s_example_is_named_and_activated_as_it_says() -> None:
    named = MessageIdCode(4, 5, 0x95F9)
    assert named.encode().hex() == "04000595f9"
    assert ActivationCode(267, 55, named, bytes((103, 8, 9, 10))).encode().hex() == "010b3704000595f96708090a"


def test_captured_activations_are_read_and_written_alike() -> None:
    for text in ("ffffff0300011d0f00000000", "ffffff070001000000000000"):
        read = decode_activation(bytes.fromhex(text))
        assert read is not None
        assert read.encode().hex() == text
        assert (read.minutes, read.priority) == (65535, 255)


def test_blank_is_number_1_of_memory_7() -> None:
    assert BLANK_MESSAGE.encode().hex() == "0700010000"
    assert BLANK_MESSAGE.is_blank


@given(st.binary(max_size=20))
def test_bytes_that_are_no_code_are_none(data: bytes) -> None:
    identity, activation = decode_message_id(data), decode_activation(data)
    assert (identity.encode() if identity else None) == (data if len(data) == 5 else None)
    assert (activation.encode() if activation else None) == (data if len(data) == 12 else None)


def test_objects_are_where_the_standard_has_them() -> None:
    assert message_object(Column.MULTI, 5, 1) == (1, 3, 6, 1, 4, 1, 1206, 4, 2, 3, 5, 8, 1, 3, 5, 1)
    assert (len(MULTI_TAGS), MULTI_TAGS[6], MULTI_TAGS[14], MULTI_TAGS[26], MULTI_TAGS[29]) == (
        30,
        "jl",
        "f1",
        "f13",
        "pb",
    )
