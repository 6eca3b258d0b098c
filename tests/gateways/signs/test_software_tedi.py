"""The software TEDI sign and our driver over real TCP: what a driver in front of it sees, whatever it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.signs.driver import SignError, SignLiesError, SignRefusedError, SignSilentError, SignTakenError
from gateways.signs.software.tedi import SoftwareTedi
from gateways.signs.software.tedi_server import TediServer
from gateways.signs.tedi.driver import TediDriver
from gateways.signs.tedi.framing import TediKind, encode_blocks
from parking.signs.face import DARK, Face, FaceLine
from parking.signs.model import Sign, SignLine, TediOptions
from parking.signs.words import SignProtocol

FACE = Face((FaceLine(1, "COMMERCE", "123"), FaceLine(2, "GRASLIN", "COMPLET")))
SEEN = {"1": "COMMERCE     123", "2": "GRASLIN  COMPLET"}
NOTHING = {"1": "", "2": ""}


async def may() -> None:
    """The lease is ours."""


class Scene:
    """A sign with a clock that a test moves, and drivers to it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.drivers: list[TediDriver] = []

    async def start(self, **more: object) -> None:
        self.sign = SoftwareTedi(("1", "2"), lambda: self.now, **more)  # type: ignore[arg-type]
        self.server = TediServer(self.sign)
        await self.server.start()

    def driver(self, password: str | None = None, **options: object) -> TediDriver:
        sign = Sign(
            tenant="t1",
            id="T",
            name="T",
            protocol=SignProtocol.TEDI,
            address=self.server.address,
            lines=(
                SignLine(number=1, legend="COMMERCE", places=("a",)),
                SignLine(number=2, legend="GRASLIN", places=("b",)),
            ),
            tedi=TediOptions(**{"timeout_s": 0.3, "tries": 2, **options}),  # type: ignore[arg-type]
        )
        self.drivers.append(TediDriver(sign, password, elapsed=lambda: self.now))
        return self.drivers[-1]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    made = Scene()
    await made.start()
    yield made
    for driver in made.drivers:
        await driver.close()
    await made.server.close()
    await asyncio.sleep(0.01)


async def test_what_is_shown_is_seen_and_blanked(scene: Scene) -> None:
    driver = scene.driver()
    assert (await driver.secure(may)).is_blank
    assert (await driver.show(FACE, 3, may)).matches
    assert scene.sign.see() == SEEN
    assert (await driver.extend(FACE, 3, may)).matches
    assert scene.sign.displays == 1, "what stands is not written again"
    assert (await driver.show(DARK, 0, may)).is_blank
    assert scene.sign.see() == NOTHING


async def test_where_dv_is_honoured_the_sign_is_dark_in_time_though_others_go_on_asking() -> None:
    scene = Scene()
    await scene.start(honours_dv=True)
    ours, monitor = scene.driver(honours_dv=True), scene.driver()
    await ours.show(FACE, 3, may)
    await ours.close()
    for second in range(0, 181, 20):
        scene.now = float(second)
        assert scene.sign.see() == (SEEN if second < 180 else NOTHING)
        await monitor.read()
    assert (await monitor.read()).is_blank
    assert ours.fail_safe.within_s is not None
    assert ours.fail_safe.within_s >= 180
    await monitor.close()
    await scene.server.close()
    await asyncio.sleep(0.01)


async def test_where_it_is_not_a_lost_controller_leaves_its_text_and_the_driver_had_said_so(scene: Scene) -> None:
    ours = scene.driver()
    await ours.show(FACE, 3, may)
    scene.now = 1e6
    assert scene.sign.see() == SEEN
    assert ours.fail_safe.within_s is None


async def test_more_time_is_given_in_time_and_none_is_promised_that_was_not(scene: Scene) -> None:
    await scene.server.close()
    await scene.start(honours_dv=True)
    driver = scene.driver(honours_dv=True)
    await driver.show(FACE, 2, may)
    scene.now = 100
    assert (await driver.read(FACE)).remaining_min == 0
    assert (await driver.extend(FACE, 2, may)).remaining_min == 2
    scene.now = 219
    assert scene.sign.see() == SEEN
    scene.now = 221
    with pytest.raises(SignLiesError, match="instead of"):
        await driver.extend(FACE, 2, may)


@pytest.mark.parametrize(
    ("switch", "value", "error"),
    [
        ("lying", True, SignLiesError),
        ("naks", 1000, SignRefusedError),
        ("local", True, SignTakenError),
        ("silent", True, SignSilentError),
        ("half", True, SignSilentError),
        ("wrong_bcc", True, SignSilentError),
        ("late_s", 0.5, SignSilentError),
        ("elsewhere", True, SignSilentError),
    ],
)
async def test_in_whatever_way_it_is_bad_nothing_is_said_to_be_shown(
    scene: Scene, switch: str, value: object, error: type[SignError]
) -> None:
    driver = scene.driver()
    setattr(scene.sign.switches, switch, value)
    with pytest.raises(error):
        await driver.show(FACE, 3, may)
    assert scene.sign.see() == NOTHING
    setattr(scene.sign.switches, switch, type(value)())
    assert (await driver.show(FACE, 3, may)).matches, "and when it is well again, so are we"
    assert scene.sign.see() == SEEN


async def test_a_late_sign_that_is_waited_for_is_well(scene: Scene) -> None:
    scene.sign.switches.late_s = 0.1
    assert (await scene.driver().show(FACE, 3, may)).matches


async def test_somebody_at_the_sign_shows_something_else(scene: Scene) -> None:
    driver = scene.driver()
    await driver.show(FACE, 3, may)
    scene.sign.press("2", '"TRAVAUX"')
    reading = await driver.read(FACE)
    assert (reading.matches, reading.is_blank) == (False, False)
    assert "TRAVAUX" in str(reading.said["difference"])


async def test_a_password_is_asked_for(scene: Scene) -> None:
    await scene.server.close()
    await scene.start(credential="ville/s3cret")
    with pytest.raises(SignRefusedError):
        await scene.driver("ville/wrong").show(FACE, 3, may)
    assert (await scene.driver("ville/s3cret").show(FACE, 3, may)).matches


async def test_a_sign_that_keeps_what_dv_should_end_is_no_fail_safe_and_says_what_it_shows(scene: Scene) -> None:
    await scene.server.close()
    await scene.start(honours_dv=True)
    driver = scene.driver(honours_dv=True)
    await driver.show(FACE, 1, may)
    scene.sign.switches.endless = True
    scene.now = 61
    reading = await driver.read(DARK)
    assert (reading.matches, reading.is_blank, reading.remaining_min) == (False, False, 0)


async def test_faults_are_said(scene: Scene) -> None:
    scene.sign.faults["ALI"] = "2"
    assert (await scene.driver().read_health()).faults == ("ALI=2",)


COMMANDS = st.sampled_from(["P ", "PA AM=", 'AF="', "AM=*", "AF=0", "DV=", "9", '"', " ", "ST", "PS", "DT 1", "ID=x"])


@given(st.lists(COMMANDS | st.text(max_size=5), max_size=20).map("".join))
def test_no_command_breaks_it(command: str) -> None:
    sign = SoftwareTedi(("1", "2"), lambda: 0.0, honours_dv=True)
    before = sign.see()
    if sign.answer(command) is None:
        assert sign.see() == before, "a command is taken whole or not at all"
    assert sign.answer("ST")
    assert sign.answer("PS")


@pytest.mark.parametrize(
    "noise", [b"\x00" * 9, b"\x05001", b"\xff" * 3000, b"\x02\x03\x17\x06\x15\x05" * 50, b"\x0500"]
)
async def test_whatever_it_is_sent_it_goes_on(scene: Scene, noise: bytes) -> None:
    host, port = scene.server.address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(noise + b"\x00" + encode_blocks(TediKind.REQUEST, "001", "ST", "sum")[0])
    async with asyncio.timeout(2):
        while b"ADR=001" not in await reader.read(4096):
            pass
    writer.close()
    assert (await scene.driver().show(FACE, 3, may)).matches


@pytest.mark.parametrize("zombie", [False, True])
async def test_after_the_power_was_gone_it_is_dark_or_shows_its_last_text_without_end(zombie: bool) -> None:
    scene = Scene()
    await scene.start(honours_dv=True)
    driver = scene.driver(honours_dv=True)
    await driver.show(FACE, 1, may)
    scene.sign.switches.zombie = zombie
    scene.sign.cycle_power()
    scene.now = 1000
    assert scene.sign.see() == (SEEN if zombie else NOTHING)
    assert (await driver.read(DARK)).is_blank is not zombie, "the driver believes what the sign says, not its promise"
    await driver.close()
    await scene.server.close()
    await asyncio.sleep(0.01)
