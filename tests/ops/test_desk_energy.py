"""What processes use, by their own /metrics: figures where they measure, nothing where nobody does."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from gateways.api.meters import GatewayMeters
from ops.desk_energy import measure_energy, read_energy
from serving.probes import Probes, answering, exposition
from streams.meters import WorkerMeters
from tests.support import free_ports


def test_a_worker_and_a_gateway_say_what_they_have_done_and_used() -> None:
    worker, gateway = WorkerMeters(), GatewayMeters()
    worker.observations.labels("a").inc(1_500_000)
    worker.observations.labels("b").inc(500_000)
    worker.changelog_bytes.inc(8_000_000)
    for status in (200, 200, 304, 200):
        gateway.count("/v1/nearest", status)
    gateway.send("/v1/nearest", 1000)
    [folded] = read_energy("worker", exposition(worker.registry).decode())
    assert (folded.what, folded.work, folded.rate(folded.bytes)) == ("observations", 2_000_000, 4_000_000)
    assert folded.cpu_s is not None
    assert folded.rate(folded.cpu_s) == folded.cpu_s / 2
    assert folded.started_at is not None
    [answered] = read_energy("gateway", exposition(gateway.registry).decode())
    assert (answered.what, answered.work, answered.rate(answered.bytes)) == ("answers", 4, 250)


def test_what_is_not_measured_is_not_zero() -> None:
    worker = WorkerMeters()
    [idle] = read_energy("worker", exposition(worker.registry).decode())
    assert idle.rate(idle.cpu_s) is None, "no work was done"
    for text in (None, "", "not metrics {", exposition(CollectorRegistry()).decode()):
        [nothing] = read_energy("signs", text)
        assert (nothing.work, nothing.bytes, nothing.rate(1.0)) == (None, None, None)


async def test_processes_are_asked_at_their_probes_and_pushes_are_nobodys() -> None:
    meters, port = GatewayMeters(), free_ports()
    meters.count("/v1/sites", 200)
    async with answering(Probes(lambda: exposition(meters.registry)), ("127.0.0.1", port)):
        probes = {"gateway": f"http://127.0.0.1:{port}/readyz", "worker": "http://127.0.0.1:9/readyz"}
        found = {(one.what, one.process): one for one in await measure_energy(probes)}
    assert found["answers", "gateway"].work == 1
    assert found["other", "worker"].cpu_s is None
    assert found["pushes", "—"].cpu_s is None
