"""One way to run an ASGI app: the same settings everywhere, a kind end, and a reason where it was a mistake.

Nothing in here ends the process by itself: a service that must not go on is failed, stops serving, and raises.
"""

import asyncio
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from parking.errors import ParkingError
from serving.connections import Doors, GuardedConfig, GuardedProtocol
from serving.errors import BrokenServiceError
from serving.memory import AfterTheRush

GRACE_S = 3
"""What is under way has so long to end."""


OPEN_FILES = 65_536
SPARE_FILES = 100
"""What a process opens besides connections to its server: Redis, Kafka, logs, files of the page."""


def raise_open_files() -> int:
    """Let this process have as many open files as it may, up to OPEN_FILES: a shell's default is often 1,024."""
    if sys.platform == "win32":
        return OPEN_FILES
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # a system may know a limit of its own
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return OPEN_FILES if soft == resource.RLIM_INFINITY else soft


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
        self._rush = AfterTheRush()

    async def serve(self, sockets: Any = None) -> None:
        """Serve until a signal. Raises BrokenServiceError where the service has failed."""
        await super().serve(sockets)
        if (failure := self._find_failure()) is not None:
            why = "" if isinstance(failure, ParkingError) else "stopped by a mistake of ours: "
            raise BrokenServiceError(f"{why}{failure}") from failure

    async def on_tick(self, counter: int) -> bool:
        """See uvicorn: whether to stop."""
        self._rush.look(len(self.server_state.connections))
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
    doors: Doors | None = None,
) -> GracefulServer:
    """A server of ``app``, to be run or served. ``doors`` are who may hold how many connections.

    uvicorn's own proxy headers stay off: who asks is found by ``serving.clients``, which also knows Forwarded. Its
    messages go where all others go, in the same form.
    """
    doors = Doors() if doors is None else doors
    doors.most = min(doors.most, raise_open_files() - SPARE_FILES)
    config = GuardedConfig(
        app,
        doors=doors,
        host=host,
        port=port,
        http=GuardedProtocol,
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    return GracefulServer(config, on_stopping, find_failure)


class _BesideServer(GracefulServer):
    """A server beside the process' own work: signals are none of its business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """See uvicorn."""
        yield


async def serve_beside(app: ASGIApp, at: tuple[str, int], doors: Doors) -> None:
    """Serve until cancelled, and then end kindly. Raises OSError where the address is taken."""
    family = socket.AF_INET6 if ":" in at[0] else socket.AF_INET
    listener = socket.create_server(at, family=family)
    config = make_server(app, *at, doors=doors).config
    server = _BesideServer(config)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving
