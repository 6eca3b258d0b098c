"""Processes are asked by real sockets; one that hangs costs the others nothing."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from gateways.desk.watching.components import ProbeNameError, component_of
from gateways.desk.watching.heartbeat import DeadMansSwitch
from gateways.desk.watching.probing import Probe, Prober, http_probes
from parking.health.alarms.sight import Component
from tests.gateways.desk.watching.servers import web_server
from tests.support import at, free_ports


async def test_each_process_says_whether_it_is_there_and_since_when() -> None:
    with web_server() as inbox:
        async with httpx.AsyncClient() as client:
            urls = {
                "worker": f"http://127.0.0.1:{inbox.port}/readyz",
                "gateway/2": f"http://127.0.0.1:{free_ports()}/readyz",
            }
            prober = Prober(http_probes(urls, client))
            worker, gateway = await prober.look(at(0))
            assert (worker.component, worker.is_there) == (Component.WORKER, True)
            assert (gateway.component, gateway.is_there, gateway.since) == (Component.GATEWAY, False, at(0))
            inbox.status = 503
            worker, gateway = await prober.look(at(1))
            assert (worker.is_there, worker.since, gateway.since) == (False, at(1), at(0))
            assert "503" in worker.detail
            assert not prober.is_well(Component.WORKER)
            assert prober.is_well(Component.INTAKE), "of what nobody asks nothing is known to be wrong"


async def test_one_that_hangs_is_away_in_time() -> None:
    async def hang() -> str | None:
        await asyncio.sleep(60)
        return None

    async def lie() -> str | None:
        raise ValueError("\x1b[2J")

    prober = Prober([Probe(Component.REDIS, "redis", hang), Probe(Component.BROKER, "kafka", lie)], within_s=0.05)
    async with asyncio.timeout(2):
        redis, kafka = await prober.look(at(0))
    assert not redis.is_there
    assert not kafka.is_there
    assert "\x1b" not in kafka.detail


@pytest.mark.parametrize(
    ("name", "component"), [("worker", "worker"), ("signs", "sign_controller"), ("mqtt/2", "intake")]
)
def test_a_probes_name_says_what_it_is_of(name: str, component: str) -> None:
    assert component_of(name) is Component(component)


def test_a_name_that_says_nothing_is_refused() -> None:
    with pytest.raises(ProbeNameError, match="worker"):
        component_of("my-machine")


async def test_the_dead_mans_switch_beats_while_all_is_well_and_is_silent_otherwise() -> None:
    is_well = True
    with web_server() as inbox:
        async with httpx.AsyncClient() as client:
            switch = DeadMansSwitch(f"http://127.0.0.1:{inbox.port}/ping/secret", lambda: is_well, client, 0.05)
            beating = asyncio.create_task(switch.run())
            await asyncio.sleep(0.5)
            assert len(inbox.paths) > 2
            is_well = False
            await asyncio.sleep(0.2)
            heard = len(inbox.paths)
            await asyncio.sleep(0.3)
            assert len(inbox.paths) == heard, "a monitor outside now hears nothing"
            is_well = True
            await asyncio.sleep(0.3)
            assert len(inbox.paths) > heard
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)


async def test_a_monitor_that_is_away_is_only_said(caplog: pytest.LogCaptureFixture) -> None:
    async with httpx.AsyncClient() as client:
        switch = DeadMansSwitch(f"http://127.0.0.1:{free_ports()}/secret", lambda: True, client, 0.05)
        beating = asyncio.create_task(switch.run())
        await asyncio.sleep(0.2)
        assert not beating.done()
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
    assert "does not answer" in caplog.text
    assert "secret" not in caplog.text
