"""Server-sent events to everyone who listens: each message is encoded once, each listener has a bounded queue.

The snapshot that a new listener begins with is one message too, the same for all who come within a second: what was
published since it was made follows it.
"""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from store.changes import ChangesPosition

MAX_EVENTS_WAITING = 64
"""A listener who is this many messages behind is let go; it comes back with its last id and misses nothing."""

MAX_BYTES_WAITING = 8 * 1024 * 1024
"""The same of their bytes together; one larger message alone may wait."""

SNAPSHOT_SERVES_S = 1.0
HEARTBEAT_S = 15.0
"""After so long a silence a listener is told that we are still there."""

CHANGES = "changes"


class EncodedEvent(NamedTuple):
    """An encoded event. ``position`` is None for what is not part of the stream, such as the state of a connection."""

    event: str
    data: bytes
    position: ChangesPosition | None


def encode(event: str, data: bytes, position: ChangesPosition | None = None) -> bytes:
    """One server-sent event; ``data`` is JSON, and so without line breaks."""
    id_ = f"id: {position}\n".encode() if position else b""
    return b"%sevent: %s\ndata: %s\n\n" % (id_, event.encode(), data)


class Subscriber:
    """One queue of messages; ``None`` in it means that it has fallen behind, or that we are stopping."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[EncodedEvent | None] = asyncio.Queue()
        self._bytes = 0

    def __len__(self) -> int:
        return self._queue.qsize()

    def give(self, message: EncodedEvent) -> bool:
        """Put a message into the queue; where there is no room, tell the listener to come again and return False."""
        waiting, self._bytes = len(self), self._bytes + len(message.data)
        if waiting == MAX_EVENTS_WAITING or (waiting and self._bytes > MAX_BYTES_WAITING):
            self.end()
            return False
        self._queue.put_nowait(message)
        return True

    async def take(self) -> EncodedEvent | None:
        """The next message; None where there is none any more."""
        message = await self._queue.get()
        self._bytes -= len(message.data) if message else 0
        return message

    def end(self) -> None:
        """Tell the listener to end, before anything that is still waiting."""
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)


class Hub:
    """All listeners of one gateway."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._listeners: set[Subscriber] = set()
        self._is_closed = False
        self._snapshot: EncodedEvent | None = None
        self._made_at = 0.0
        self._since: list[EncodedEvent] = []

    def __len__(self) -> int:
        return len(self._listeners)

    def join(self) -> Subscriber:
        """A new listener, who gets everything published from now on."""
        listener = Subscriber()
        if self._is_closed:
            listener.end()
        else:
            self._listeners.add(listener)
        return listener

    def begin(self, make: Callable[[], EncodedEvent]) -> tuple[Subscriber, EncodedEvent]:
        """A new listener, and the snapshot for it to begin with, made now or less than SNAPSHOT_SERVES_S ago."""
        now = self._clock()
        if self._snapshot is None or now - self._made_at >= SNAPSHOT_SERVES_S:
            self._snapshot, self._made_at, self._since = make(), now, []
        listener = self.join()
        for message in self._since:
            listener.give(message)
        return listener, self._snapshot

    def leave(self, listener: Subscriber) -> None:
        """Forget a listener."""
        self._listeners.discard(listener)

    def publish(self, event: str, data: bytes, position: ChangesPosition | None = None) -> None:
        """Send an event to everyone."""
        message = EncodedEvent(event, encode(event, data, position), position)
        self._since.append(message)
        waiting = sum(len(since.data) for since in self._since)
        if event != CHANGES or len(self._since) > MAX_EVENTS_WAITING // 2 or waiting > MAX_BYTES_WAITING // 2:
            self._snapshot, self._since = None, []
        for listener in [heard for heard in self._listeners if not heard.give(message)]:
            self.leave(listener)

    def close(self) -> None:
        """Let everyone go: we are stopping."""
        self._is_closed = True
        for listener in self._listeners:
            listener.end()
        self._listeners.clear()
