"""The driver works a sign behind net-snmp's agent, which has a BER of its own, and believes no lie of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from gateways.signs.driver import SignError, SignLiesError, SignRefusedError, SignSilentError, SignTakenError
from gateways.signs.ntcip.driver import LONGEST_MIN, NtcipDriver
from gateways.signs.ntcip.snmp import SnmpSocket
from parking.signs.face import DARK, Face, FaceLine
from parking.signs.model import NtcipOptions, Sign, SignLine
from parking.signs.words import SignProtocol
from tests.gateways.signs.ntcip.snmpd import Snmpd, run_snmpd

FACE = Face((FaceLine(1, "COMMERCE", "123"),))
OTHER = Face((FaceLine(1, "COMMERCE", "COMPLET", is_red=True),))


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    with run_snmpd(tmp_path_factory.mktemp("snmpd")) as running:
        yield running


class Checks:
    """Counts what is asked for the lease; says no once it is lost."""

    def __init__(self) -> None:
        self.count, self.is_lost = 0, False

    async def __call__(self) -> None:
        self.count += 1
        if self.is_lost:
            raise PermissionError("the lease is somebody else's")


def driver_of(
    agent: Snmpd, wire: SnmpSocket, community: str = "Public", read: str | None = None, **options: object
) -> NtcipDriver:
    chosen = {"timeout_s": 1.0, "tries": 2, "patience_s": 1.0, **options}
    sign = Sign(
        tenant="nantes", id="A1", name="Quai", protocol=SignProtocol.NTCIP, address=f"127.0.0.1:{agent.port}",
        lines=(SignLine(number=1, legend="COMMERCE", places=("1",)),), ntcip=NtcipOptions(**chosen),  # type: ignore[arg-type]
    )  # fmt: skip
    return NtcipDriver(sign, community, wire, read_community=read)


@pytest.fixture
async def wire() -> AsyncIterator[SnmpSocket]:
    made = SnmpSocket()
    yield made
    await made.close()


@pytest.fixture
def driver(agent: Snmpd, wire: SnmpSocket) -> NtcipDriver:
    agent.bad()
    return driver_of(agent, wire)


@pytest.fixture
def check() -> Checks:
    return Checks()


async def test_the_sign_says_what_it_can_do(driver: NtcipDriver) -> None:
    limits = await driver.read_limits()
    assert (limits.width_px, limits.height_px, limits.width_mm, limits.height_mm) == (144, 32, 3000, 900)
    assert limits.tags == ("cf", "fo", "jl", "jp", "nl", "np", "pt", "tr", "cr", "pb")
    assert (limits.fonts, limits.volatile_slots, limits.max_multi_bytes) == ({1: "F07", 2: "F08"}, 2, 300)
    assert (limits.model, limits.colour_scheme) == ("a sign behind net-snmp", 1)


async def test_a_face_is_shown_for_its_minutes_changed_and_blanked(driver: NtcipDriver, check: Checks) -> None:
    shown = await driver.show(FACE, 4, check)
    assert "COMMERCE" in shown.shown
    assert (shown.matches, shown.is_blank, shown.is_visible, shown.remaining_min) == (True, False, True, 4)
    assert shown.source == "central"
    assert (await driver.read(FACE)).matches
    assert (await driver.read(OTHER)).matches is False
    assert (await driver.read(DARK)).matches is False
    assert (await driver.show(OTHER, 3, check)).matches
    dark = await driver.show(DARK, 1, check)
    assert (dark.is_blank, dark.matches, dark.shown, dark.said["source"]) == (True, True, "", "0700010000")


async def test_what_lies_in_its_slot_needs_one_set(driver: NtcipDriver, check: Checks, wire: SnmpSocket) -> None:
    await driver.show(FACE, 4, check)
    await driver.show(DARK, 1, check)
    check.count, before = 0, wire.counts["answered"]
    assert (await driver.show(FACE, 4, check)).matches
    assert (check.count, wire.counts["answered"] - before) == (1, 3)  # look, activate, read back


async def test_minutes_are_never_more_than_the_promise(driver: NtcipDriver, check: Checks) -> None:
    assert (await driver.show(FACE, 65535, check)).remaining_min == LONGEST_MIN
    assert driver.fail_safe.within_s == LONGEST_MIN * 60
    assert f"within {LONGEST_MIN} min" in driver.fail_safe.how


async def test_time_is_given_and_taken_without_activating_anew(
    driver: NtcipDriver, check: Checks, wire: SnmpSocket
) -> None:
    await driver.show(FACE, 2, check)
    before = wire.counts["answered"]
    assert (await driver.extend(FACE, 5, check)).remaining_min == 5
    assert (await driver.extend(FACE, 1, check)).remaining_min == 1
    assert wire.counts["answered"] - before == 6
    with pytest.raises(SignLiesError, match="and shows"):
        await driver.extend(OTHER, 5, check)


async def test_it_is_dark_by_itself_after_its_minutes(agent: Snmpd, driver: NtcipDriver, check: Checks) -> None:
    agent.bad(pace=120)
    await driver.show(FACE, 1, check)
    await asyncio.sleep(0.8)
    reading = await driver.read(FACE)
    assert (reading.is_blank, reading.matches, reading.source) == (True, False, "endDuration")
    with pytest.raises(SignLiesError):
        await driver.extend(FACE, 4, check)


async def test_whatever_happens_to_it_it_shows_blank(agent: Snmpd, wire: SnmpSocket, check: Checks) -> None:
    agent.bad()
    driver = driver_of(agent, wire, comm_loss_min=1)
    await driver.secure(check)
    assert check.count == 8  # before each SET
    await driver.secure(check)
    assert check.count == 8  # it was so already, and nothing was written
    driver = driver_of(agent, wire, comm_loss_min=3)
    await driver.secure(check)
    assert check.count == 9


async def test_how_it_is_is_read(driver: NtcipDriver, check: Checks) -> None:
    health = await driver.test_pixels(check)
    assert health.stuck == ((4, 5, True), (6, 7, False))
    assert (health.temperature_c, health.door_open, health.photocell, health.light_output) == (31.0, False, 100, 700)
    assert (health.power, health.running_hours, health.faults) == (("supply A: power_fail",), None, ())


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("modbus", SignLiesError, "CRC"),
        ("ignores", SignLiesError, "and shows"),
        ("endless", SignLiesError, "65535"),
        ("status_read_only", SignRefusedError, "not_used"),
        ("refuses_multi", SignRefusedError, "syntax text_too_big, position 12"),
        ("local", SignTakenError, "local"),
        ("foreign", SignTakenError, "priority"),
    ],
)
async def test_a_sign_that_lies_refuses_or_is_taken_is_never_said_to_show(
    agent: Snmpd, driver: NtcipDriver, check: Checks, fault: str, error: type[SignError], words: str
) -> None:
    agent.bad(**{fault: True})
    with pytest.raises(error, match=words) as caught:
        await driver.show(FACE, 4, check)
    assert type(caught.value) is error
    assert caught.value.said


async def test_a_foreign_message_is_left_where_it_is(agent: Snmpd, driver: NtcipDriver, check: Checks) -> None:
    await driver.show(FACE, 4, check)
    agent.turn(foreign=True)
    with pytest.raises(SignTakenError):
        await driver.show(DARK, 1, check)
    with pytest.raises(SignLiesError):
        await driver.extend(FACE, 4, check)
    reading = await driver.read(FACE)
    assert (reading.shown, reading.matches) == ("ACCIDENT", False)


async def test_somebody_at_the_sign_is_left_alone(agent: Snmpd, driver: NtcipDriver, check: Checks) -> None:
    await driver.show(FACE, 4, check)
    agent.turn(local=True)
    count = check.count
    with pytest.raises(SignTakenError):
        await driver.show(DARK, 1, check)
    with pytest.raises(SignTakenError):
        await driver.show(OTHER, 4, check)
    with pytest.raises(SignTakenError):
        await driver.secure(check)
    with pytest.raises(SignTakenError):
        await driver.test_pixels(check)
    assert (await driver.read(FACE)).is_local
    assert check.count == count


async def test_a_face_that_heat_put_out_is_not_visible(agent: Snmpd, driver: NtcipDriver, check: Checks) -> None:
    agent.bad(hot=True)
    reading = await driver.show(FACE, 4, check)
    assert (reading.matches, reading.is_visible, reading.faults) == (True, False, ("critical_temperature",))


async def test_slow_signs_are_waited_for_and_stuck_ones_said(agent: Snmpd, driver: NtcipDriver, check: Checks) -> None:
    agent.bad(slow=True)
    assert (await driver.show(FACE, 4, check)).matches
    agent.bad(slow=True, stuck=True)
    with pytest.raises(SignRefusedError, match="did not activate"):
        await driver.show(FACE, 4, check)


async def test_a_sign_without_pixel_service_has_the_same_crc(agent: Snmpd, driver: NtcipDriver, check: Checks) -> None:
    agent.bad(no_pixel_service=True)
    assert (await driver.show(FACE, 4, check)).matches
    assert (await driver.show(OTHER, 4, check)).matches


async def test_time_that_is_not_given_is_a_lie(agent: Snmpd, driver: NtcipDriver, check: Checks) -> None:
    await driver.show(FACE, 1, check)
    agent.turn(ignores_time=True)
    with pytest.raises(SignLiesError, match="was given 4 min"):
        await driver.extend(FACE, 4, check)


async def test_a_fail_safe_that_is_not_kept_is_a_lie(agent: Snmpd, driver: NtcipDriver, check: Checks) -> None:
    agent.bad(forgets=True)
    with pytest.raises(SignLiesError, match="end of duration"):
        await driver.secure(check)


async def test_a_lost_lease_stops_before_anything_is_shown(driver: NtcipDriver, check: Checks) -> None:
    check.is_lost = True
    for speaking in (driver.show(FACE, 4, check), driver.secure(check)):
        with pytest.raises(PermissionError):
            await speaking
    assert (await driver.read()).is_blank


async def test_another_community_is_silence_and_a_reading_one_may_only_read(
    agent: Snmpd, wire: SnmpSocket, check: Checks
) -> None:
    agent.bad()
    with pytest.raises(SignSilentError) as caught:
        await driver_of(agent, wire, "secret", timeout_s=0.2).read()
    assert "secret" not in str(caught.value) + str(caught.value.said)
    assert (await driver_of(agent, wire, "Public", "looking").show(FACE, 4, check)).matches
    with pytest.raises(SignRefusedError):
        await driver_of(agent, wire, "looking").show(OTHER, 4, check)


async def test_by_tcp_it_is_the_same(agent: Snmpd, wire: SnmpSocket, check: Checks) -> None:
    agent.bad()
    driver = driver_of(agent, wire, transport="tcp")
    assert (await driver.show(FACE, 4, check)).matches
    assert (await driver.show(DARK, 1, check)).is_blank
    assert wire.counts == {}
    await driver.close()
