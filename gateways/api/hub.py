"""Server-sent events to everyone who listens: each message is encoded once, each listener has a bounded queue."""

import asyncio
from typing import NamedTuple

from store.changes import ChangesPosition

MAX_EVENTS_WAITING = 64
"""A listener who is this many messages behind is let go; it comes back with its last id and misses nothing."""


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
        self.queue: asyncio.Queue[EncodedEvent | None] = asyncio.Queue(MAX_EVENTS_WAITING)

    def give(self, message: EncodedEvent) -> bool:
        """Put a message into the queue; where there is no room, tell the listener to come again and return False."""
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            self.end()
            return False
        return True

    def end(self) -> None:
        """Tell the listener to end, before anything that is still waiting."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class Hub:
    """All listeners of one gateway."""

    def __init__(self) -> None:
        self._listeners: set[Subscriber] = set()

    def __len__(self) -> int:
        return len(self._listeners)

    def join(self) -> Subscriber:
        """A new listener, who gets everything published from now on."""
        listener = Subscriber()
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Subscriber) -> None:
        """Forget a listener."""
        self._listeners.discard(listener)

    def publish(self, event: str, data: bytes, position: ChangesPosition | None = None) -> None:
        """Send an event to everyone."""
        message = EncodedEvent(event, encode(event, data, position), position)
        for listener in [heard for heard in self._listeners if not heard.give(message)]:
            self.leave(listener)

    def close(self) -> None:
        """Let everyone go: we are stopping."""
        for listener in self._listeners:
            listener.end()
        self._listeners.clear()
