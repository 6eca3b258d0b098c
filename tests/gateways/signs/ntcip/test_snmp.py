"""Requests and answers over real sockets, with agents that answer wrongly; and a parser that takes any bytes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto.api import v1

from gateways.signs.driver import SignSilentError
from gateways.signs.ntcip.messages import Reply, SnmpStatus, decode_reply, encode_get, encode_set
from gateways.signs.ntcip.objects import CONTROL_MODE, DEFAULT_FONT, SOURCE_MODE, SYS_DESCR, TABLE_SOURCE, Oid
from gateways.signs.ntcip.snmp import SnmpRefusedError, SnmpSession, SnmpSocket
from gateways.signs.ntcip.stream import SnmpConnection

VALUES: dict[Oid, object] = {
    CONTROL_MODE: v1.Integer(4),
    TABLE_SOURCE: v1.OctetString(bytes.fromhex("0700010000")),
    SYS_DESCR: v1.OctetString(b"a sign"),
    SOURCE_MODE: v1.Gauge(8),
}


def answer(
    request: bytes, *, status: int = 0, index: int = 0, wrong_id: int = 0, oid: tuple[int, ...] | None = None
) -> bytes:
    """What an agent with VALUES answers, or wrongly."""
    message, _ = decoder.decode(request, asn1Spec=v1.Message())
    asked = message[2].getComponent()
    reply = v1.GetResponsePDU()
    v1.apiPDU.set_defaults(reply)
    v1.apiPDU.set_request_id(reply, int(asked[0]) + wrong_id)
    v1.apiPDU.set_error_status(reply, status)
    v1.apiPDU.set_error_index(reply, index)
    names = [tuple(binding[0]) for binding in asked[3]]
    missing = next((number for number, name in enumerate(names, 1) if name not in VALUES), 0)
    if missing and not status:
        v1.apiPDU.set_error_status(reply, 2)
        v1.apiPDU.set_error_index(reply, missing)
    v1.apiPDU.set_varbinds(reply, [(v1.ObjectIdentifier(oid or name), VALUES.get(name, v1.null)) for name in names])
    v1.apiMessage.set_pdu(message, reply)
    return bytes(encoder.encode(message))


Answering = Callable[[bytes], list[bytes]]


class Agent(asyncio.DatagramProtocol):
    """A UDP agent that answers as it is told; ``elsewhere`` answers from another port."""

    def __init__(self, answering: Answering) -> None:
        self.answering, self.heard = answering, 0
        self.elsewhere: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard += 1
        for reply in self.answering(data):
            (self.elsewhere or self.transport).sendto(reply, addr)

    @property
    def peer(self) -> tuple[str, int]:
        host, port = self.transport.get_extra_info("sockname")[:2]
        return host, port


@contextlib.asynccontextmanager
async def agent(answering: Answering) -> AsyncIterator[Agent]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(lambda: Agent(answering), local_addr=("127.0.0.1", 0))
    try:
        yield protocol
    finally:
        transport.close()


@contextlib.asynccontextmanager
async def shared_socket() -> AsyncIterator[SnmpSocket]:
    made = SnmpSocket()
    try:
        yield made
    finally:
        await made.close()


def session(
    wire: SnmpSocket | SnmpConnection, peer: tuple[str, int], timeout_s: float = 0.2, tries: int = 2
) -> SnmpSession:
    return SnmpSession(wire, peer, "public", timeout_s=timeout_s, tries=tries)


async def test_values_come_as_they_are() -> None:
    async with agent(lambda data: [answer(data)]) as sign, shared_socket() as wire:
        got = await session(wire, sign.peer).get(CONTROL_MODE, TABLE_SOURCE, SYS_DESCR, SOURCE_MODE)
        assert got == (4, bytes.fromhex("0700010000"), b"a sign", 8)
        assert wire.counts == {"answered": 1}


async def test_what_a_sign_has_not_is_left_out_and_the_rest_found() -> None:
    async with agent(lambda data: [answer(data)]) as sign, shared_socket() as wire:
        assert await session(wire, sign.peer).find(DEFAULT_FONT, CONTROL_MODE) == {CONTROL_MODE: 4}
        with pytest.raises(SnmpRefusedError, match="no_such_name about ") as refused:
            await session(wire, sign.peer).get(CONTROL_MODE, DEFAULT_FONT)
        assert refused.value.oid == DEFAULT_FONT


@pytest.mark.parametrize("status", [status for status in SnmpStatus if status])
async def test_every_error_of_the_protocol_has_its_type(status: SnmpStatus) -> None:
    async with agent(lambda data: [answer(data, status=status, index=1)]) as sign, shared_socket() as wire:
        with pytest.raises(SnmpRefusedError) as refused:
            await session(wire, sign.peer).set((CONTROL_MODE, 4))
        assert (refused.value.status, refused.value.oid) == (status, CONTROL_MODE)
        assert "public" not in str(refused.value) + str(refused.value.said)


@pytest.mark.parametrize(
    ("reason", "wrongly"),
    [
        ("unasked", lambda data: [answer(data, wrong_id=1)]),
        ("other_objects", lambda data: [answer(data, oid=DEFAULT_FONT)]),
        ("unreadable", lambda data: [answer(data)[:-4]]),
        ("unreadable", lambda data: [answer(data) + b"x"]),
        ("unreadable", lambda data: [data]),
        ("unreadable", lambda data: [b"\x00"]),
    ],
)
async def test_a_wrong_answer_is_counted_and_never_taken(reason: str, wrongly: Answering) -> None:
    async with agent(wrongly) as sign, shared_socket() as wire:
        with pytest.raises(SignSilentError, match="no answer in 2 tries"):
            await session(wire, sign.peer, 0.1).get(CONTROL_MODE)
        assert (wire.counts, sign.heard) == ({reason: 2}, 2)


async def test_an_answer_from_another_address_is_not_taken() -> None:
    async with agent(lambda data: [answer(data)]) as sign, agent(lambda _: []) as other, shared_socket() as wire:
        sign.elsewhere = other.transport
        with pytest.raises(SignSilentError):
            await session(wire, sign.peer, 0.1).get(CONTROL_MODE)
        assert wire.counts == {"other_address": 2}


async def test_an_answer_that_comes_twice_or_late_is_taken_once() -> None:
    heard = []

    def late(data: bytes) -> list[bytes]:
        heard.append(data)
        return [answer(heard[0]), answer(data)] if len(heard) == 2 else []

    async with agent(late) as sign, shared_socket() as wire:
        assert await session(wire, sign.peer, 0.1).get(CONTROL_MODE) == (4,)
        await asyncio.sleep(0.05)
        assert wire.counts == {"answered": 1, "unasked": 1}


async def test_silent_signs_hold_up_nobody() -> None:
    async with agent(lambda _: []) as dead, agent(lambda data: [answer(data)]) as sign, shared_socket() as wire:
        silent = asyncio.ensure_future(session(wire, dead.peer, 0.5, 1).get(CONTROL_MODE))
        asked = [session(wire, sign.peer).get(CONTROL_MODE) for _ in range(30)]
        assert await asyncio.wait_for(asyncio.gather(*asked), 0.4) == [(4,)] * 30
        with pytest.raises(SignSilentError):
            await silent


async def test_a_name_that_nobody_knows_is_a_silent_sign() -> None:
    async with shared_socket() as wire:
        with pytest.raises(SignSilentError, match="sign\\.invalid:161"):
            await session(wire, ("sign.invalid", 161), tries=1).get(CONTROL_MODE)


@contextlib.asynccontextmanager
async def tcp_agent(answering: Answering) -> AsyncIterator[tuple[str, int]]:
    """Answers its first request in pieces, and hangs up when the other side does or ``answering`` gave nothing more."""
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in answering(await reader.read(4096)):
            writer.write(piece)
            await asyncio.sleep(0.01)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        ended.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()[:2]
        yield host, port
        await ended.wait()


@pytest.mark.parametrize(
    ("pieces", "counts"),
    [
        (lambda data: [answer(data, wrong_id=1), answer(data)[:5], answer(data)[5:]], {"unasked": 1, "answered": 1}),
        (lambda data: [b"\x30\x03abc" + answer(data)], {"unreadable": 1, "answered": 1}),
    ],
)
async def test_over_tcp_answers_come_in_pieces_and_among_others(pieces: Answering, counts: dict[str, int]) -> None:
    async with tcp_agent(pieces) as peer:
        wire = SnmpConnection()
        assert await session(wire, peer).get(CONTROL_MODE) == (4,)
        assert wire.counts == counts
        await wire.close()


@pytest.mark.parametrize("sent", [b"", b"0", b"0\x0a123", b"HTTP/1.1 400", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80"])
async def test_over_tcp_half_an_answer_or_none_is_silence(sent: bytes) -> None:
    async with tcp_agent(lambda _: [sent]) as peer:
        wire = SnmpConnection()
        with pytest.raises(SignSilentError):
            await session(wire, peer, tries=1).get(CONTROL_MODE)
        await wire.close()


VALID = answer(encode_get(b"public", 77, CONTROL_MODE, TABLE_SOURCE, SYS_DESCR))


@given(st.binary(max_size=400))
def test_no_bytes_are_an_answer_by_chance(data: bytes) -> None:
    assert decode_reply(data) is None


@given(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), max_size=6), st.integers(0, len(VALID)))
def test_a_spoiled_answer_is_an_answer_or_none_and_nothing_else(changes: list[tuple[int, int]], end: int) -> None:
    spoiled = bytearray(VALID)
    for at, byte in changes:
        spoiled[at] = byte
    read = decode_reply(bytes(spoiled[:end]))
    assert read is None or isinstance(read, Reply)
    if read is not None:
        assert all(value is None or isinstance(value, int | bytes | tuple) for _, value in read.bindings)


@given(
    st.lists(st.one_of(st.binary(max_size=80), st.integers(0, len(VALID)).map(lambda cut: VALID[:cut])), max_size=20)
)
def test_whatever_arrives_is_accounted_for(datagrams: list[bytes]) -> None:
    wire = SnmpSocket()
    for data in datagrams:
        wire.datagram_received(data, ("10.0.0.1", 161))
    assert sum(wire.counts.values()) == len(datagrams)


def test_a_message_that_nests_without_end_or_has_a_giant_number_is_none() -> None:
    assert decode_reply(b"\x30\x80" * 30000) is None
    assert decode_reply(VALID.replace(b"\x02\x01\x4d", b"\x02\x08" + b"\x7f" * 8)) is None
    assert decode_reply(encode_set(b"public", 1, (CONTROL_MODE, 4))) is None
