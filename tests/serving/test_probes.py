"""What a process tells its keepers, over a real socket."""

from __future__ import annotations

import httpx
import pytest
from prometheus_client import CollectorRegistry, Gauge

from serving.probes import Probes, Wellbeing, answering, exposition
from tests.support import free_ports


def make_probes(ready: bool = True) -> Probes:
    registry = CollectorRegistry()
    Gauge("placelibre_test", "A test", registry=registry).set(7)
    return Probes(
        lambda: exposition(registry), readiness=lambda: Wellbeing(ready, {"status": "ready" if ready else "not yet"})
    )


async def test_metrics_health_and_readiness_have_a_port_of_their_own() -> None:
    port = free_ports()
    async with answering(make_probes(ready=False), ("127.0.0.1", port)), httpx.AsyncClient() as client:
        metrics = await client.get(f"http://127.0.0.1:{port}/metrics")
        health = await client.get(f"http://127.0.0.1:{port}/healthz")
        ready = await client.get(f"http://127.0.0.1:{port}/readyz")
        other = await client.get(f"http://127.0.0.1:{port}/v1/sites")
    assert "placelibre_test 7.0" in metrics.text
    assert metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert (health.status_code, health.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (503, {"status": "not yet"})
    assert other.status_code == 404


async def test_they_end_with_the_work_and_their_port_is_free_again() -> None:
    port = free_ports()
    for _ in range(2):
        async with answering(make_probes(), ("127.0.0.1", port)), httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200


async def test_without_an_address_nothing_listens() -> None:
    async with answering(make_probes(), None):
        pass


async def test_an_address_that_is_taken_is_an_error_and_not_the_end_of_the_process() -> None:
    port = free_ports()
    async with answering(make_probes(), ("127.0.0.1", port)):
        with pytest.raises(OSError, match="in use"):
            async with answering(make_probes(), ("127.0.0.1", port)):
                pass
