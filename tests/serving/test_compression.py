"""Answers in brotli and gzip: whole ones, small ones, and streams whose events must not wait."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import Any

import brotli
import pytest
from starlette.types import Message

from serving.compression import Compressed
from serving.encodings import LEAST, encode
from tests.serving.asking import app_of, ask, scope_of

BODY = b'{"vacant":null}' * 500


async def test_who_takes_a_coding_gets_it_with_its_own_length_and_tag() -> None:
    app = Compressed(app_of(BODY, ETag='"abc"'))
    br = await ask(app, Accept_Encoding="gzip, br")
    gz = await ask(app, Accept_Encoding="gzip")
    assert (br.headers["content-encoding"], brotli.decompress(br.body), br.headers["etag"]) == ("br", BODY, '"abc-br"')
    assert (gz.headers["content-encoding"], gzip.decompress(gz.body)) == ("gzip", BODY)
    assert gz.headers["etag"] == '"abc-gzip"'
    assert int(br.headers["content-length"]) == len(br.body) < len(gz.body) < len(BODY) / 10


async def test_a_weak_tag_is_that_of_every_coding() -> None:
    assert (await ask(Compressed(app_of(BODY, ETag='W/"a"')), Accept_Encoding="br")).headers["etag"] == 'W/"a"'


async def test_a_large_body_is_compressed_beside_the_loop_and_is_the_same() -> None:
    body = BODY * 20
    assert brotli.decompress((await ask(Compressed(app_of(body)), Accept_Encoding="br")).body) == body


async def test_what_many_ask_for_at_once_is_compressed_once() -> None:
    app = Compressed(app_of(BODY * 21))
    before = encode.cache_info().misses
    answers = await asyncio.gather(*(ask(app, Accept_Encoding="br") for _ in range(20)))
    assert {brotli.decompress(answer.body) for answer in answers} == {BODY * 21}
    assert encode.cache_info().misses == before + 1, "nineteen waited for the first"


@pytest.mark.parametrize(
    ("app", "accepted"),
    [
        (app_of(BODY), "identity"),
        (app_of(BODY), "br;q=0"),
        (app_of(b"x" * (LEAST - 1)), "br"),
        (app_of(BODY, "image/png"), "br"),
        (app_of(BODY, Content_Encoding="gzip"), "br"),
        (app_of(b"", status=304), "br"),
        (app_of(b"", status=204), "br"),
    ],
)
async def test_what_would_not_gain_or_may_not_be_coded_is_left_alone(app: Any, accepted: str) -> None:
    plain, asked = await ask(app), await ask(Compressed(app), Accept_Encoding=accepted)
    assert asked == plain


async def test_without_the_header_nothing_is_touched() -> None:
    assert (await ask(Compressed(app_of(BODY)))).headers["content-length"] == str(len(BODY))


async def listen(accepted: str) -> tuple[dict[bytes, bytes], list[tuple[int, bytes]]]:
    """A stream's headers, and each part with how many events had been given when it left."""
    given = 0
    start: Message = {}
    left: list[tuple[int, bytes]] = []

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        nonlocal given
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for event in (b"event: one\n\n", b"event: two\n" * 8_000, b"event: three\n\n"):
            given += 1
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def send(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
            assert given == 0, "the head leaves before the first event"
        else:
            left.append((given, message["body"]))

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    await Compressed(stream)(scope_of(Accept_Encoding=accepted), receive, send)
    return dict(start["headers"]), left


async def test_an_event_leaves_the_moment_it_is_given_and_can_be_read_then() -> None:
    headers, left = await listen("gzip, deflate, br")
    reading = zlib.decompressobj(31)
    read = [(given, reading.decompress(part)) for given, part in left]
    assert headers[b"content-encoding"] == b"gzip", "brotli would have to be made for each listener"
    assert read == [(0, b""), (1, b"event: one\n\n"), (2, b"event: two\n" * 8_000), (3, b"event: three\n\n"), (3, b"")]
    assert reading.eof
    assert len(left[1][1]) < 1_000


async def test_a_listener_that_takes_no_gzip_hears_plain_events() -> None:
    for accepted in ("br", "identity", "gzip;q=0, br"):
        headers, left = await listen(accepted)
        assert b"content-encoding" not in headers
        assert left[0] == (1, b"event: one\n\n")
