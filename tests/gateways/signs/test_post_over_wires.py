"""The keeper of a sign with our real drivers and software signs behind real sockets: what is seen each moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateways.signs.control.post import SignPost
from gateways.signs.driver import SignDriver
from gateways.signs.ntcip.driver import NtcipDriver
from gateways.signs.ntcip.snmp import SnmpSocket
from gateways.signs.software.clock import SignClock
from gateways.signs.software.ntcip_sign import NtcipSign
from gateways.signs.software.server import NtcipServer
from gateways.signs.software.tedi import SoftwareTedi
from gateways.signs.software.tedi_server import TediServer
from gateways.signs.tedi.driver import TediDriver
from parking.signs.model import NtcipOptions, Sign, TediOptions
from parking.signs.status import AlarmKind, SignState
from parking.signs.words import SignProtocol
from tests.gateways.signs.world import World, make_sign


class Road:
    """A world whose sign is behind a socket. ``is_dark`` and ``reads`` are what a driver sees there."""

    def __init__(self, world: World) -> None:
        self.world = world

    def take(self, driver: SignDriver) -> None:
        self.world.driver = driver  # type: ignore[assignment]
        self.world.post = SignPost(self.world.sign, driver, self.world.bench)

    async def start_tedi(self, honours_dv: bool) -> Road:
        self.tedi = SoftwareTedi(("1",), lambda: self.world.seconds, honours_dv=honours_dv)
        self.server = TediServer(self.tedi)
        await self.server.start()
        options = TediOptions(timeout_s=0.3, tries=2, honours_dv=honours_dv)
        self.sign = make_sign(protocol=SignProtocol.TEDI, address=self.server.address, tedi=options)
        self.world = World(self.sign)
        self.tedi._clock = lambda: self.world.seconds
        self.take(TediDriver(self.sign, elapsed=lambda: self.world.seconds))
        return self

    @property
    def reads(self) -> str:
        return self.tedi.see()["1"]

    async def close(self) -> None:
        await self.world.driver.close()
        await self.server.close()
        await asyncio.sleep(0.01)


@pytest.fixture(params=[True, False], ids=["honours DV", "honours nothing"])
async def road(request: Any) -> AsyncIterator[Road]:
    made = await Road(World()).start_tedi(request.param)
    yield made
    await made.close()


async def test_numbers_are_on_the_road_and_gone_when_they_are_not_true_any_more(road: Road) -> None:
    road.world.count(123, valid_min=5)
    await road.world.step()
    assert road.reads == "COMMERCE     123"
    assert road.world.post.status().state is SignState.SHOWING
    road.world.count(98, valid_min=5)
    await road.world.pass_(70)
    assert road.reads == "COMMERCE      98"
    await road.world.pass_(5 * 60 + 5)
    assert road.reads == ""
    assert road.world.post.status().state is SignState.DARK


async def test_a_true_number_stands_for_an_hour_without_a_gap(road: Road) -> None:
    for minute in range(60):
        road.world.count(123)
        await road.world.step()
        assert road.reads == "COMMERCE     123", minute
        await road.world.pass_(60, every=20)
    assert road.tedi.displays == 1 or road.tedi._honours_dv


async def test_a_controller_that_dies_leaves_what_its_status_had_said(road: Road) -> None:
    road.world.count(123)
    await road.world.step()
    status = road.world.post.status()
    road.world.leave(5 * 60)
    if road.tedi._honours_dv:
        assert road.reads == ""
        assert status.dark_at is not None
    else:
        assert road.reads == "COMMERCE     123"
        assert status.dark_at is None
        assert "not guaranteed" in status.fail_safe


async def test_one_that_is_told_to_go_blanks_what_would_never_end(road: Road) -> None:
    road.world.count(123)
    await road.world.step()
    await road.world.post.close()
    assert road.reads == ("COMMERCE     123" if road.tedi._honours_dv else "")


@pytest.mark.parametrize(
    ("switch", "state", "alarm"),
    [
        ("silent", SignState.SILENT, AlarmKind.SILENT),
        ("lying", SignState.WRONG, AlarmKind.DISPLAYED_IS_NOT_COMMANDED),
        ("naks", SignState.WRONG, AlarmKind.FAIL_SAFE_NOT_SET),
        ("local", SignState.TAKEN, None),
    ],
)
async def test_whatever_is_the_matter_it_is_never_said_to_show_it(
    road: Road, switch: str, state: SignState, alarm: AlarmKind | None
) -> None:
    setattr(road.tedi.switches, switch, 1000 if switch == "naks" else True)
    road.world.count(123)
    await road.world.step()
    status = road.world.post.status()
    assert (status.state, road.reads) == (state, "")
    assert alarm is None or alarm in {each.kind for each in status.alarms}
    road.tedi.switches.throw(switch, 0)
    await road.world.pass_(120)
    assert road.reads == "COMMERCE     123"
    assert road.world.post.status().state is SignState.SHOWING


async def test_somebody_at_the_sign_changes_it_and_it_is_told_and_mended(road: Road) -> None:
    road.world.count(123)
    await road.world.step()
    road.tedi.press("1", '"999"')
    await road.world.pass_(45)
    assert road.reads == "COMMERCE     123"


async def test_an_ntcip_sign_that_another_outranks_is_left_alone_and_shows_the_number_again_after() -> None:
    world = World()
    software = NtcipSign(world.sign.limits, SignClock(1.0, lambda: world.seconds))
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: NtcipServer(software), local_addr=("127.0.0.1", 0)
    )
    address = "127.0.0.1:" + str(transport.get_extra_info("sockname")[1])
    sign: Sign = make_sign(address=address, ntcip=NtcipOptions(timeout_s=0.3, patience_s=0.5))
    wire, world.sign = SnmpSocket(), sign
    world.post = SignPost(sign, NtcipDriver(sign, "Public", wire), world.bench)
    world.count(123)
    await world.step()
    shown = software.control.multi
    assert b"123" in shown
    software.control.outrank(b"[jp3]ACCIDENT", 200)
    world.count(90)
    await world.pass_(60)
    assert software.control.multi == b"[jp3]ACCIDENT"
    assert world.post.status().state is SignState.TAKEN
    software.control.set_remaining(0)
    world.count(90)
    await world.pass_(60)
    assert b"90" in software.control.multi
    world.leave(301)
    assert software.is_dark
    server.close()
    await wire.close()
    await asyncio.sleep(0.01)
