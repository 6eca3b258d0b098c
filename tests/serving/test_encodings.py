"""Which coding a client takes, by its qualities, and that what is coded can be read again."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.checksums import combined
from serving.encodings import GzipStream, choose, encode, encode_file


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.0, gzip;q=0", None),
        ("*", "br"),
        ("*;q=0.3, br;q=0", "gzip"),
        ("*;q=0", None),
        ("identity", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("gzip;q=nonsense", None),
        ("gzip ; q = 0.9 , br;q=0.1", "gzip"),
        ("", None),
        (",,;;==", None),
        ("deflate, zstd", None),
    ],
)
def test_the_coding_liked_most_is_chosen_and_a_refused_one_never(accepted: str, coding: str | None) -> None:
    assert choose(accepted) == coding


def test_what_is_coded_is_smaller_and_can_be_read_again() -> None:
    body = b'{"places":[' + b",".join(b'{"id":"%d","vacant":null}' % n for n in range(500)) + b"]}"
    for make in (encode, encode_file):
        assert brotli.decompress(make("br", body)) == gzip.decompress(make("gzip", body)) == body
        assert len(make("br", body)) < len(body) / 5


def test_each_event_of_a_stream_can_be_read_as_soon_as_it_is_there() -> None:
    stream, reading = GzipStream(), zlib.decompressobj(31)
    assert reading.decompress(stream.begin()) == b""
    for event in (b"", b"event: status\n\n", b"event: snapshot\n" * 5_000, b"", b"event: changes\n\n"):
        assert reading.decompress(stream.write(event)) == event
    assert reading.decompress(stream.write(b"last") + stream.end()) == b"last"
    assert reading.eof, "the checksum at the end is right"


def test_a_stream_of_nothing_is_one_too() -> None:
    stream = GzipStream()
    assert gzip.decompress(stream.begin() + stream.write(b"") + stream.end()) == b""


def test_listeners_share_the_block_of_an_event() -> None:
    event = b"event: changes\ndata: {}\n\n" * 100
    late, early = GzipStream(), GzipStream()
    before, shared = early.write(b"before"), early.write(event)
    assert late.write(event) is shared
    assert gzip.decompress(late.begin() + shared + late.end()) == event
    assert gzip.decompress(early.begin() + before + shared + early.end()) == b"before" + event


@given(st.binary(max_size=300), st.binary(max_size=300), st.integers(0, 40_000))
def test_two_checksums_make_that_of_both_texts(first: bytes, second: bytes, more: int) -> None:
    second += bytes(more)
    assert combined(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)
