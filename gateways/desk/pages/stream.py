"""One stream for all who look at the desk: what has changed, as the piece of the page that it is.

A piece is written once for each language in which somebody listens, by one hub a language. Who does not keep up is let
go, and comes back to a whole page.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable

import msgspec

from gateways.hub import Hub

PAGE_BEAT_S = 10.0
"""In a silence something is said all the same, so that silence can be told from a lost connection."""

_BEAT = b"retry: 1000\nevent: beat\ndata: {}\n\n"
_BEGIN = b"retry: 1000\nevent: begin\ndata: %s\n\n"


class DeskStream:
    """All pages that are open."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._hubs: defaultdict[str, Hub] = defaultdict(Hub)
        self._clock, self._changed_s = clock, clock()

    def __len__(self) -> int:
        return sum(map(len, self._hubs.values()))

    def languages(self) -> list[str]:
        """In which pieces have to be written."""
        return [code for code, hub in self._hubs.items() if len(hub)]

    def touch(self) -> None:
        """Something that pages show is another one now, whether anybody listens or not."""
        self._changed_s = self._clock()

    def publish(self, language: str, event: str, document: object) -> None:
        """Send a piece to everybody who reads that language."""
        self._hubs[language].publish(event, msgspec.json.encode(document))

    async def listen(self, language: str) -> AsyncIterator[bytes]:
        """The pieces for one page, until it leaves or falls behind.

        The first says for how long nothing has changed: a page that is older than that asks for itself again, so that
        nothing is missed between the two.
        """
        hub = self._hubs[language]
        listener = hub.join()
        try:
            yield _BEGIN % msgspec.json.encode({"idle_s": round(self._clock() - self._changed_s, 3)})
            while True:
                try:
                    async with asyncio.timeout(PAGE_BEAT_S):
                        message = await listener.take()
                except TimeoutError:
                    yield _BEAT
                    continue
                if message is None:
                    return
                yield message.data
        finally:
            hub.leave(listener)

    def close(self) -> None:
        """Let everybody go."""
        for hub in self._hubs.values():
            hub.close()
