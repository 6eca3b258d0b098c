"""A software TEDI sign at a TCP port, as bad as its switches say. Nothing that it is sent ends it."""

import asyncio
import contextlib

from gateways.signs.software.tedi import SoftwareTedi
from gateways.signs.software.tedi_frames import ACK, NAK, Ear, HeardFrame, replies, say

_MOST_BLOCKS = 8
_ANOTHER = "zzz"


class TediServer:
    """One sign, asked by any number of clients; ``address`` once it has started."""

    def __init__(self, sign: SoftwareTedi, bcc: str = "sum") -> None:
        self.sign, self.address = sign, ""
        self._bcc = bcc
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.StreamWriter] = set()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; OSError where the port is taken."""
        self._server = await asyncio.start_server(self._serve, host, port)
        self.address = f"{host}:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Hang up on everybody."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._clients):
            writer.close()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        talk = _Talk(self.sign, self._bcc)
        try:
            while data := await reader.read(4096):
                for answer in talk.hear(data):
                    await self._send(writer, answer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._clients.discard(writer)
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, answer: bytes) -> None:
        switches = self.sign.switches
        if switches.late_s:
            await asyncio.sleep(switches.late_s)
        if not switches.silent:
            writer.write(answer[: len(answer) // 2] if switches.half else answer)
            with contextlib.suppress(ConnectionError):
                await writer.drain()


class _Talk:
    """One client: the blocks of its request so far, and those of the last reply, for one that asks again."""

    def __init__(self, sign: SoftwareTedi, bcc: str) -> None:
        self._sign, self._bcc = sign, bcc
        self._ear = Ear(bcc)
        self._parts: list[str] = []
        self._said: dict[str, bytes] = {}

    def hear(self, data: bytes) -> list[bytes]:
        answers = []
        for frame in self._ear.hear(data):
            if frame.answer == NAK and frame.block in self._said:
                answers.append(self._said[frame.block])
            elif not frame.answer and frame.station == self._sign.station:
                answers += self._take(frame)
        return answers

    def _take(self, frame: HeardFrame) -> list[bytes]:
        if not frame.is_sound or len(self._parts) >= _MOST_BLOCKS:
            self._parts.clear()
            return [say(NAK, frame.block)]
        if frame.block == "0":
            self._parts.clear()
        self._parts.append(frame.text)
        if not frame.is_last:
            return [say(ACK, frame.block)]
        text = self._sign.answer("".join(self._parts))
        self._parts.clear()
        if not text:
            return [say(NAK if text is None else ACK, frame.block)]
        return self._reply(text)

    def _reply(self, text: str) -> list[bytes]:
        switches = self._sign.switches
        station = _ANOTHER if switches.elsewhere else self._sign.station
        said = replies(station, text, self._bcc)
        if switches.wrong_bcc:
            said = {number: block[:-1] + bytes((block[-1] ^ 1,)) for number, block in said.items()}
        self._said = said
        return list(said.values())
