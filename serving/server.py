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


FindFailure = Callable[[], BaseException | None]
"""Says by which mistake a service has become one that must not go on; None as long as it may."""


def no_failure() -> None:
    """Of a service that has nothing of its own to fail."""


class GracefulServer(uvicorn.Server):
    """A server that lets its listeners go before it waits for connections to end, and stops where its service failed.

    It looks for a failure as often as uvicorn looks whether to stop, ten times a second.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        on_stopping: Callable[[], None] | None = None,
        find_failure: FindFailure = no_failure,
    ) -> None:
        super().__init__(config)
        self._on_stopping, self._find_failure = on_stopping, find_failure

    async def serve(self, sockets: Any = None) -> None:
        """Serve until a signal. Raises BrokenServiceError where the service has failed."""
        await super().serve(sockets)
        if (failure := self._find_failure()) is not None:
            raise BrokenServiceError(f"stopped by a mistake of ours: {failure}") from failure

    async def on_tick(self, counter: int) -> bool:
        """See uvicorn: whether to stop."""
        return await super().on_tick(counter) or self._find_failure() is not None

    async def shutdown(self, sockets: Any = None) -> None:
        """See uvicorn."""
        if self._on_stopping is not None:
            self._on_stopping()
        await super().shutdown(sockets)


def make_server(
    app: ASGIApp,
    host: str,
    port: int,
    on_stopping: Callable[[], None] | None = None,
    find_failure: FindFailure = no_failure,
    concurrency: int | None = None,
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
    return GracefulServer(config, on_stopping, find_failure)
