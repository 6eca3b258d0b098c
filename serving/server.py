"""One way to run an ASGI app: the same settings everywhere, a kind end, and a reason where it was a mistake.

Nothing in here ends the process by itself: a service that must not go on is failed, stops serving, and raises.
"""

from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from serving.errors import BrokenServiceError
from serving.gathering import GatheringProtocol

GRACE_S = 3
"""What is under way has so long to end."""


class GracefulServer(uvicorn.Server):
    """A server that lets its listeners go before it waits for connections to end, and that can be failed."""

    def __init__(self, config: uvicorn.Config, on_stopping: Callable[[], None] | None = None) -> None:
        super().__init__(config)
        self._on_stopping = on_stopping
        self._failure: BaseException | None = None

    def fail(self, error: BaseException) -> None:
        """Stop serving because of a mistake; ``serve`` then raises BrokenServiceError."""
        self._failure = self._failure or error
        self.should_exit = True

    async def serve(self, sockets: Any = None) -> None:
        """Serve until a signal. Raises BrokenServiceError where the service was failed."""
        await super().serve(sockets)
        if self._failure is not None:
            raise BrokenServiceError(f"stopped by a mistake of ours: {self._failure}") from self._failure

    async def shutdown(self, sockets: Any = None) -> None:
        """See uvicorn."""
        if self._on_stopping is not None:
            self._on_stopping()
        await super().shutdown(sockets)


def make_server(
    app: ASGIApp, host: str, port: int, on_stopping: Callable[[], None] | None = None, concurrency: int | None = None
) -> GracefulServer:
    """A server of ``app``, to be run or served. ``concurrency`` is how many connections it takes before it says 503.

    uvicorn's own proxy headers stay off: who asks is found by ``serving.clients``, which also knows Forwarded.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=GatheringProtocol,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=concurrency,
        timeout_graceful_shutdown=GRACE_S,
    )
    return GracefulServer(config, on_stopping)
