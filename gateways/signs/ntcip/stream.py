"""SNMP over TCP for signs that are reached so: one connection a sign, messages told apart by their own BER length."""

import asyncio
import contextlib
from collections import Counter

from gateways.signs.ntcip.messages import Reply, decode_reply
from gateways.signs.ntcip.objects import Oid
from gateways.signs.ntcip.snmp import Peer, answers

_SEQUENCE = 0x30
_LONGEST = 1 << 16


class SnmpConnection:
    """A connection to one sign; made when first needed, and anew after a timeout or half an answer.

    ``counts`` as for the socket: "answered", and whatever was ignored, by reason.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, peer: Peer, request_id: int, data: bytes, oids: tuple[Oid, ...], timeout_s: float) -> Reply:
        """Send it, and wait for its answer."""
        try:
            async with asyncio.timeout(timeout_s):
                if self._streams is None:
                    self._streams = await asyncio.open_connection(*peer)
                reader, writer = self._streams
                writer.write(data)
                await writer.drain()
                return await self._wait(reader, request_id, oids)
        except BaseException as error:
            await self.close()
            if isinstance(error, asyncio.IncompleteReadError):
                self.counts["unreadable"] += bool(error.partial)
                raise ConnectionResetError("the sign hung up") from error
            raise

    async def close(self) -> None:
        """Hang up."""
        streams, self._streams = self._streams, None
        if streams is not None:
            streams[1].close()
            with contextlib.suppress(OSError):
                await streams[1].wait_closed()

    async def _wait(self, reader: asyncio.StreamReader, request_id: int, oids: tuple[Oid, ...]) -> Reply:
        while True:
            reply = decode_reply(await _read_message(reader))
            reason = _judge(reply, request_id, oids)
            self.counts[reason] += 1
            if reply is not None and reason == "answered":
                return reply


def _judge(reply: Reply | None, request_id: int, oids: tuple[Oid, ...]) -> str:
    if reply is None:
        return "unreadable"
    if reply.request_id != request_id:
        return "unasked"
    return "answered" if answers(reply, oids) else "other_objects"


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(2)
    if head[0] != _SEQUENCE:
        raise ConnectionResetError("the sign sent what is no SNMP message")
    length = head[1]
    if length & 0x80:
        more = await reader.readexactly(length & 0x7F)
        head, length = head + more, int.from_bytes(more, "big")
    if not 0 < length <= _LONGEST:
        raise ConnectionResetError("the sign sent a message of an impossible length")
    return head + await reader.readexactly(length)
