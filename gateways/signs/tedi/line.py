"""A TCP connection to a sign, or to the modem in front of it: the IO half of a conversation."""

import asyncio
import contextlib

from gateways.signs.driver import SignSilentError
from gateways.signs.tedi.conversation import TediConversation

_LINGER_S = 0.05
"""How long a command that was acknowledged waits for a reply that some models send as well."""


class _Inbox(asyncio.Protocol):
    """What has arrived and was not read; None is the end."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue[bytes | None] = asyncio.Queue()

    def data_received(self, data: bytes) -> None:
        self.arrived.put_nowait(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.arrived.put_nowait(None)


class TediLine:
    """Connects when it must. A silence ends the connection, so that no late answer is taken for a later one's.

    ``counts`` say what came besides answers.
    """

    def __init__(self, address: str, timeout_s: float) -> None:
        host, _, port = address.rpartition(":")
        self._host, self._port, self._timeout_s = host.strip("[]"), int(port), timeout_s
        self._transport: asyncio.Transport | None = None
        self._inbox = _Inbox()
        self.counts = {"strangers": 0, "unsound": 0, "thrown_away": 0, "fillers": 0}

    async def hold(self, talk: TediConversation, is_question: bool) -> None:
        """Say it and hear until it is answered or refused; raises SignSilentError where nothing ends it in time.

        The time starts anew with each frame that leads further, not with each byte.
        """
        try:
            await self._open()
            self._forget_strays()
            self._write(talk.start())
            while not talk.is_refused and talk.reply is None and (is_question or not talk.is_accepted):
                await self._hear_more(talk, self._timeout_s)
            if talk.is_accepted and talk.reply is None and not is_question:
                with contextlib.suppress(SignSilentError):
                    await self._hear_more(talk, _LINGER_S)
        except OSError as exc:
            self.close()
            raise SignSilentError(f"no connection to the sign: {exc}") from exc
        except SignSilentError:
            self.close()
            raise
        finally:
            self._count(talk)

    def close(self) -> None:
        """Let go of the connection."""
        if self._transport is not None:
            self._transport.abort()
        self._transport = None

    async def _open(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            return
        self.close()
        loop, inbox = asyncio.get_running_loop(), _Inbox()
        try:
            async with asyncio.timeout(self._timeout_s):
                transport, _ = await loop.create_connection(lambda: inbox, self._host, self._port)
        except TimeoutError as exc:
            raise SignSilentError(f"no connection to the sign within {self._timeout_s:g} s") from exc
        self._transport, self._inbox = transport, inbox

    async def _hear_more(self, talk: TediConversation, seconds: float) -> None:
        before = talk.progress
        try:
            async with asyncio.timeout(seconds):
                while talk.progress == before:
                    data = await self._inbox.arrived.get()
                    if data is None:
                        raise SignSilentError(f"the sign closed the connection; {_describe(talk)}")
                    self._write(talk.receive(data))
        except TimeoutError as exc:
            raise SignSilentError(f"no answer within {seconds:g} s; {_describe(talk)}") from exc

    def _write(self, data: bytes) -> None:
        if data and self._transport is not None:
            self._transport.write(data)

    def _forget_strays(self) -> None:
        while not self._inbox.arrived.empty():
            data = self._inbox.arrived.get_nowait()
            if data is None:
                raise SignSilentError("the sign closed the connection")
            self.counts["thrown_away"] += len(data)

    def _count(self, talk: TediConversation) -> None:
        talk.reader.give_up()
        self.counts["strangers"] += talk.strangers
        self.counts["unsound"] += talk.unsound
        self.counts["thrown_away"] += talk.reader.thrown_away
        self.counts["fillers"] += talk.reader.fillers


def _describe(talk: TediConversation) -> str:
    half = f"half a frame ({talk.reader.pending} bytes), " if talk.reader.pending else ""
    return f"{half}{talk.strangers} frames that are no answer, {talk.unsound} with a wrong BCC"
