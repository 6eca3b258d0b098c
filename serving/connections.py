"""What a connection may cost before anybody knows who is there: a head's size and time, how many one address holds.

uvicorn's protocol keeps a head until it ends, however long it is and takes, and answers what it cannot parse in plain
text. Here a head has a bound in bytes and in seconds, an answer that nobody takes is given up, and what is refused
below the app is a problem document like any other. The connection is closed after each of these.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, cast

import uvicorn

from serving.clients import ClientFinder, Network
from serving.gathering import Gathering, GatheringProtocol
from serving.problems import MEDIA_TYPE, ProblemDocument
from serving.unsent import Unsent

MAX_HEAD_BYTES = 32_768
"""Of a request's first line and headers together, and of whatever else is neither head nor body, such as trailers."""

HEAD_WITHIN_S = 10.0
UNREAD_WITHIN_S = 10.0
"""A client that takes nothing of its answer for so long is let go."""

LOOKED_EVERY_S = 2.5
LINGER_S = 1.0
"""What a refused client goes on sending is thrown away for so long: closed at once, it would not see the refusal."""

MAX_CONNECTIONS = 10_000
PER_ADDRESS = 500
MAX_PIPELINED = 32
UNSENT_IN_KERNEL = 131_072
"""Bytes that the kernel takes from us and has not sent: without this it grows to megabytes for each mute client."""


class Doors:
    """Who may come in at one server: at most ``most`` connections, ``per_address`` of them from one address.

    A trusted proxy is one address and many people, so it is not counted. An IPv6 address counts as its /64.
    """

    def __init__(
        self, proxies: Iterable[Network] = (), per_address: int = PER_ADDRESS, most: int = MAX_CONNECTIONS
    ) -> None:
        self.most, self.per_address = most, per_address
        self._clients = ClientFinder(proxies)
        self._held: Counter[str] = Counter()
        self._inside: dict[object, str] = {}

    def __len__(self) -> int:
        return len(self._inside)

    def enter(self, connection: object, host: str) -> ProblemDocument | None:
        """Let a connection in, or say why not; ``leave`` forgets it either way."""
        name, is_proxy = self._clients.peer(host)
        if len(self._inside) >= self.most:
            return _refusal(503, f"this server holds {self.most} connections, which is all it may; come again")
        if not is_proxy and self.per_address and self._held[name] >= self.per_address:
            return _refusal(429, f"this address holds {self.per_address} connections, which is all it may; close some")
        self._inside[connection] = "" if is_proxy else name
        if not is_proxy:
            self._held[name] += 1
        return None

    def leave(self, connection: object) -> None:
        """Forget a connection; one that never was let in is none."""
        name = self._inside.pop(connection, "")
        if name:
            self._held[name] -= 1
            if not self._held[name]:
                del self._held[name]


def _refusal(status: int, detail: str) -> ProblemDocument:
    headers = {"Retry-After": "5"} if status in (429, 503) else {}
    return ProblemDocument(status, HTTPStatus(status).phrase.capitalize(), detail, headers=headers)


class GuardedConfig(uvicorn.Config):
    """uvicorn's configuration of a server, its doors, and what it has on its way out."""

    def __init__(self, *args: Any, doors: Doors, **more: Any) -> None:
        super().__init__(*args, **more)
        self.doors, self.unsent = doors, Unsent()


class GuardedProtocol(GatheringProtocol):
    """One connection within the bounds above."""

    def __init__(self, config: uvicorn.Config, server_state: Any, app_state: dict[str, Any], _loop: Any = None) -> None:
        super().__init__(config, server_state, app_state, _loop)
        guarded = cast(GuardedConfig, config)
        self._doors, self._unsent = guarded.doors, guarded.unsent
        self._in_head = False
        self._unread = 0  # bytes since the last head or piece of a body
        self._refused: ProblemDocument | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._looking: asyncio.TimerHandle | None = None
        self._left, self._moved_at = 0, 0.0

    # A request's way in

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio.Protocol."""
        super().connection_made(transport)
        gathering = cast(Gathering, self.transport)
        gathering.on_closing, gathering.on_large = self._watch_writing, self._hold
        _keep_little_in_kernel(transport)
        refused = self._doors.enter(self, self.client[0] if self.client else "")
        if refused is None:
            self._wait_for_head()
        else:
            self._refuse(refused)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._doors.leave(self)
        self._stop_waiting()
        self._stop_looking()
        self._unsent.release(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._refused is not None:
            return
        self._unread += len(data)
        super().data_received(data)
        if self._refused is not None or self.transport.is_closing():
            return
        if self._unread > MAX_HEAD_BYTES:
            self._refuse(_head_too_large())
        elif self._patience is None and (self._in_head or self.cycle is None or self.cycle.response_complete):
            self._wait_for_head()

    def on_message_begin(self) -> None:
        """See httptools."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """See httptools. What is raised here ends the reading: ``send_400_response`` follows."""
        received, self._unread, self._in_head = self._unread, 0, False
        self._stop_waiting()
        if received > MAX_HEAD_BYTES and self._head_bytes() > MAX_HEAD_BYTES:
            self._refuse(_head_too_large())
        elif len(self.pipeline) >= MAX_PIPELINED:
            self._refuse(_refusal(429, f"at most {MAX_PIPELINED} requests wait for their turn on one connection"))
        if self._refused is not None:
            raise self._refused
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """See httptools."""
        self._unread = 0
        super().on_body(body)

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _wait_for_head(self) -> None:
        self._patience = self.loop.call_later(HEAD_WITHIN_S, self._lose_patience)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lose_patience(self) -> None:
        self._patience = None
        if self._in_head:
            self._refuse(_refusal(408, f"send the head of a request within {HEAD_WITHIN_S:.0f} s"))
        else:
            self.transport.close()

    # What is refused below the app

    def send_400_response(self, msg: str) -> None:
        """See uvicorn: what it cannot parse, and what ``on_headers_complete`` refuses."""
        if self._refused is None:
            self._refuse(_refusal(400, "this is no HTTP request that can be read; look at its first line and headers"))

    def _refuse(self, problem: ProblemDocument) -> None:
        """Say why where that does not fall into the middle of another answer, stop listening, and close soon."""
        self._refused = problem
        self._stop_waiting()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # whatever it has to say, it says to nobody
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.abort()
                return
        self.transport.write(_as_bytes(problem))
        self.loop.call_soon(self._end_writing)
        self.loop.call_later(LINGER_S, self.transport.abort)

    def _end_writing(self) -> None:
        if not self.transport.is_closing():
            self.transport.write_eof()

    # An answer's way out

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        super().pause_writing()
        self._watch_writing()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        super().resume_writing()
        self._unsent.release(self)
        if not self.transport.is_closing():
            self._stop_looking()

    def _hold(self, body: bytes) -> None:
        if self.flow.write_paused:
            self._unsent.hold(self, body)

    def let_go(self) -> None:
        """End at once, without another byte."""
        self.transport.abort()

    def _watch_writing(self) -> None:
        """From now on the client has to take something within UNREAD_WITHIN_S, again and again."""
        if self._looking is None and (unsent := self.transport.get_write_buffer_size()):
            self._left, self._moved_at = unsent, self.loop.time()
            self._looking = self.loop.call_later(LOOKED_EVERY_S, self._look)

    def _stop_looking(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _look(self) -> None:
        unsent, now = self.transport.get_write_buffer_size(), self.loop.time()
        if unsent != self._left:
            self._left, self._moved_at = unsent, now
        if unsent and now - self._moved_at >= UNREAD_WITHIN_S:
            self._looking = None
            self.let_go()
        else:
            self._looking = self.loop.call_later(LOOKED_EVERY_S, self._look)


def _head_too_large() -> ProblemDocument:
    return _refusal(431, f"the head of a request may have {MAX_HEAD_BYTES} bytes")


def _as_bytes(problem: ProblemDocument) -> bytes:
    body = problem.body()
    headers = {
        "content-type": MEDIA_TYPE,
        "content-length": str(len(body)),
        "x-content-type-options": "nosniff",
        "connection": "close",
        **{name.lower(): value for name, value in problem.headers.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}\r\n{lines}\r\n".encode() + body


def _keep_little_in_kernel(transport: asyncio.Transport) -> None:
    connected = transport.get_extra_info("socket")
    if connected is not None and hasattr(socket, "TCP_NOTSENT_LOWAT") and connected.family != socket.AF_UNIX:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_IN_KERNEL)
