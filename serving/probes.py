"""What a process tells its keepers: /metrics for Prometheus, /healthz and /readyz for whoever restarts or routes.

They have a port of their own, so that the public one never shows them. They are answered by the loop that does the
process' work: an answer means that the loop is not stuck in a computation.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import uvicorn
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from starlette.types import Receive, Scope, Send

from serving.connections import Doors, GuardedConfig, GuardedProtocol
from serving.problems import MEDIA_TYPE, ProblemDocument

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_JSON = "application/json"
_NOTHING_ELSE = ProblemDocument(404, "Not found", "there are /metrics, /healthz and /readyz here").body()


class Wellbeing(NamedTuple):
    """Whether all is well, and the document that says so, or what is the matter."""

    is_well: bool
    document: Mapping[str, object]


WELL = Wellbeing(True, {"status": "ok"})


def is_running() -> Wellbeing:
    """The default: a process that answers is well."""
    return WELL


_PROCESS = CollectorRegistry()
ProcessCollector(registry=_PROCESS)


def exposition(registry: CollectorRegistry) -> bytes:
    """A registry in Prometheus' text format, and what the process itself uses: CPU seconds, memory, since when."""
    return generate_latest(registry) + generate_latest(_PROCESS)


@dataclass(frozen=True)
class Probes:
    """What is asked of a process. ``health``: is it to be restarted; ``readiness``: is it to be asked."""

    metrics: Callable[[], bytes]
    health: Callable[[], Wellbeing] = is_running
    readiness: Callable[[], Wellbeing] = is_running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        status, media_type, body = self._answer(scope["path"])
        headers = [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, path: str) -> tuple[int, str, bytes]:
        if path == "/metrics":
            return 200, METRICS_TYPE, self.metrics()
        if path in ("/healthz", "/readyz"):
            found = self.health() if path == "/healthz" else self.readiness()
            return 200 if found.is_well else 503, _JSON, msgspec.json.encode(found.document)
        return 404, MEDIA_TYPE, _NOTHING_ELSE


class _ProbeServer(uvicorn.Server):
    """A server beside the process' own work: signals are none of its business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """See uvicorn."""
        yield


@asynccontextmanager
async def answering(probes: Probes, at: tuple[str, int] | None) -> AsyncIterator[None]:
    """Answer at host and port for as long as the ``with`` lasts; nowhere where ``at`` is None.

    Raises OSError where the address is taken.
    """
    if at is None:
        yield
        return
    family = socket.AF_INET6 if ":" in at[0] else socket.AF_INET
    listener = socket.create_server(at, family=family)
    config = GuardedConfig(
        probes, doors=Doors(per_address=0), http=GuardedProtocol, lifespan="off", ws="none", log_config=None,
        log_level="warning", access_log=False, server_header=False, proxy_headers=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = _ProbeServer(config)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
