"""Our NTCIP driver and the software sign over real UDP: what a driver in front of it sees, whatever the sign says."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.signs.driver import SignError, SignLiesError, SignRefusedError, SignSilentError, SignTakenError
from gateways.signs.ntcip import objects
from gateways.signs.ntcip.codes import INFINITE_MIN, ActivationCode, MessageIdCode, decode_activation, reckon_crc
from gateways.signs.ntcip.driver import NtcipDriver
from gateways.signs.ntcip.messages import SnmpStatus, decode_reply, encode_get, encode_set
from gateways.signs.ntcip.objects import Column, message_object
from gateways.signs.ntcip.snmp import SnmpSocket
from gateways.signs.software.clock import SignClock
from gateways.signs.software.messages import STATUS, VALIDATE_REQ, MessageRow
from gateways.signs.software.ntcip_sign import NtcipSign
from gateways.signs.software.server import NtcipServer
from parking.signs.face import DARK, Face, FaceLine
from parking.signs.model import NtcipOptions, Sign, SignLimits, SignLine
from parking.signs.multi.raster import rasterise
from parking.signs.words import InvalidSignError, SignProtocol

LIMITS = SignLimits(
    width_px=96, height_px=27, pitch_mm=20, width_mm=2000, height_mm=700, sign_type=6, colour_scheme=1,
    tags=("cf", "fo", "jl", "jp", "nl", "np", "pt", "tr", "pb"), max_pages=1, max_multi_bytes=300, default_font=1,
    fonts={1: "F07"}, volatile_slots=2, changeable_slots=2,
)  # fmt: skip
FACE = Face((FaceLine(1, "COMMERCE", "128"),))
OTHER = Face((FaceLine(1, "COMMERCE", "99"),))
POLICE = b"[jp3][jl3]ACCIDENT"


async def may() -> None:
    """The lease is ours."""


class Scene:
    """A sign with a clock that a test moves, and a driver."""

    def __init__(self, **options: object) -> None:
        self.now = 0.0
        self.sign = NtcipSign(LIMITS, SignClock(1.0, lambda: self.now))
        self.wire, self.options = SnmpSocket(), options

    async def start(self) -> Scene:
        transport, self.server = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: NtcipServer(self.sign), local_addr=("127.0.0.1", 0)
        )
        self.address = "127.0.0.1:" + str(transport.get_extra_info("sockname")[1])
        self.driver = self.another()
        return self

    def another(self, community: str = "Public", **options: object) -> NtcipDriver:
        chosen = {"timeout_s": 0.3, "tries": 2, "patience_s": 0.5, **self.options, **options}
        sign = Sign(
            tenant="t1", id="A", name="A", protocol=SignProtocol.NTCIP, address=self.address,
            lines=(SignLine(number=1, legend="COMMERCE", places=("a",)),), ntcip=NtcipOptions(**chosen),  # type: ignore[arg-type]
        )  # fmt: skip
        return NtcipDriver(sign, community, self.wire)

    @property
    def is_dark(self) -> bool:
        return self.sign.is_dark

    def keep(self, multi: bytes) -> bytes:
        """An old message in the sign's lasting memory; its id code."""
        row: MessageRow = self.sign.table.rows[3, 2]
        row.multi = multi
        self.sign.table.write(row, STATUS, VALIDATE_REQ)
        return MessageIdCode(3, 2, row.crc).encode()

    async def close(self) -> None:
        self.server.close()
        await self.wire.close()
        await asyncio.sleep(0.01)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    made = await Scene().start()
    yield made
    await made.close()


async def test_what_is_shown_is_seen_pixel_for_pixel_and_blanked(scene: Scene) -> None:
    assert (await scene.driver.read_limits()).fonts == {1: "F07"}
    await scene.driver.secure(may)
    reading = await scene.driver.show(FACE, 3, may)
    assert (reading.matches, reading.remaining_min) == (True, 3)
    assert scene.sign.lit() == rasterise(reading.shown, LIMITS).lit
    assert not scene.is_dark
    assert (await scene.driver.extend(FACE, 5, may)).remaining_min == 5
    assert scene.sign.control.activations == 1, "more time needs no activation"
    assert (await scene.driver.show(DARK, 0, may)).is_blank
    assert scene.is_dark


async def test_without_its_controller_it_is_dark_within_its_minutes_though_others_go_on_asking(scene: Scene) -> None:
    await scene.driver.secure(may)
    await scene.driver.show(FACE, 3, may)
    for second in range(0, 200, 20):
        scene.now = float(second)
        assert scene.is_dark is (second >= 180)
        await scene.another().read()
    reading = await scene.another().read(FACE)
    assert (reading.matches, reading.is_blank, reading.source) == (False, True, "endDuration")


@pytest.mark.parametrize("happening", ["short power", "long power", "reset", "comm loss", "end"])
async def test_whatever_happens_to_a_secured_sign_no_old_message_comes_back(happening: str) -> None:
    scene = await Scene(comm_loss_min=2, memory=3).start()
    control = scene.sign.control
    control.on |= dict.fromkeys(control.on, scene.keep(b"[jl2]OLD[jl4]999"))
    control.short_power_s = 30
    await scene.driver.secure(may)
    await scene.driver.show(FACE, 5, may)
    assert not scene.is_dark
    if happening == "short power":
        control.cycle_power(5)
    elif happening == "long power":
        control.cycle_power(500)
    elif happening == "reset":
        control.reset()
    else:
        scene.now = 121.0 if happening == "comm loss" else 301.0
    assert scene.is_dark
    assert (await scene.driver.read(DARK)).matches
    await scene.close()


async def test_a_sign_that_was_not_secured_shows_the_old_one_which_is_found_out() -> None:
    scene = await Scene(memory=3).start()
    scene.sign.control.on["long_power"] = scene.keep(b"[jl2]OLD[jl4]999")
    await scene.driver.show(FACE, 3, may)
    scene.sign.control.cycle_power(500)
    reading = await scene.driver.read(FACE)
    assert (reading.matches, reading.is_blank, reading.source) == (False, False, "powerRecovery")
    with pytest.raises(SignLiesError):
        await scene.driver.extend(FACE, 3, may)
    await scene.close()


@pytest.mark.parametrize(
    ("switch", "value", "error"),
    [
        ("lying", True, SignLiesError),
        ("wrong_crc", True, SignLiesError),
        ("invalid", True, SignRefusedError),
        ("silent", True, SignSilentError),
        ("half", True, SignSilentError),
        ("elsewhere", True, SignSilentError),
        ("late_s", 1.0, SignSilentError),
    ],
)
async def test_in_whatever_way_it_is_bad_nothing_is_said_to_be_shown(
    scene: Scene, switch: str, value: object, error: type[SignError]
) -> None:
    await scene.driver.read_limits()
    setattr(scene.sign.switches, switch, value)
    with pytest.raises(error):
        await scene.driver.show(FACE, 3, may)
    setattr(scene.sign.switches, switch, type(value)())
    assert scene.is_dark
    await asyncio.sleep(1.1 if switch == "late_s" else 0)
    assert (await scene.driver.show(FACE, 3, may)).matches, "and when it is well again, so are we"


async def test_a_late_answer_within_its_tries_is_an_answer(scene: Scene) -> None:
    await scene.driver.read_limits()
    scene.sign.switches.late_s = 0.2
    assert (await scene.driver.show(FACE, 3, may)).matches


async def test_the_police_are_left_alone_and_nothing_of_theirs_is_wiped(scene: Scene) -> None:
    await scene.driver.show(FACE, 3, may)
    scene.sign.control.outrank(POLICE, 200)
    for face in (FACE, OTHER, DARK):
        with pytest.raises(SignTakenError, match="priority"):
            await scene.driver.show(face, 3, may)
    with pytest.raises(SignError):
        await scene.driver.extend(FACE, 3, may)
    assert scene.sign.control.multi == POLICE
    assert scene.sign.control.remaining_min == INFINITE_MIN, "its end is not touched either"


async def test_a_message_of_the_police_that_comes_while_ours_is_extended_keeps_its_end(scene: Scene) -> None:
    await scene.driver.show(FACE, 3, may)

    async def meanwhile() -> None:
        scene.sign.control.outrank(POLICE, 200)

    with pytest.raises(SignError):
        await scene.driver.extend(FACE, 3, meanwhile)
    assert scene.sign.control.multi == POLICE
    assert scene.sign.control.remaining_min == INFINITE_MIN


async def test_somebody_at_the_sign_is_left_alone(scene: Scene) -> None:
    await scene.driver.show(FACE, 3, may)
    scene.sign.switches.local = True
    for face in (OTHER, DARK):
        with pytest.raises(SignTakenError):
            await scene.driver.show(face, 3, may)
    assert (await scene.driver.read(FACE)).is_local


async def test_no_command_of_ours_is_infinite_or_at_the_highest_priority(scene: Scene) -> None:
    commands: list[ActivationCode] = []
    activate = scene.sign.control.activate

    def note(data: bytes) -> bool:
        code = decode_activation(data)
        assert code is not None
        commands.append(code)
        return activate(data)

    scene.sign.control.activate = note  # type: ignore[method-assign]
    with pytest.raises(InvalidSignError):
        scene.another(activate_priority=255)
    greedy = scene.another(activate_priority=254, run_time_priority=254)
    await scene.driver.show(FACE, INFINITE_MIN, may)
    await scene.driver.show(DARK, INFINITE_MIN, may)
    await greedy.show(OTHER, 0, may)
    await greedy.show(DARK, 0, may)
    assert len(commands) == 4
    assert all(0 < code.minutes < INFINITE_MIN and code.priority < 255 for code in commands)
    assert {code.message[:2] for code in commands if code.message.memory == 7} == {(7, 1)}, "anybody may replace it"


async def test_a_sign_that_ends_nothing_is_found_out_by_its_own_word(scene: Scene) -> None:
    await scene.driver.show(FACE, 3, may)
    scene.sign.switches.endless = True
    scene.now = 600
    reading = await scene.driver.read(FACE)
    assert reading.remaining_min == 0
    assert (await scene.driver.show(DARK, 0, may)).is_blank
    assert scene.is_dark


async def test_a_face_that_heat_put_out_reads_back_right_and_is_not_visible(scene: Scene) -> None:
    scene.sign.switches.critical_temperature = True
    reading = await scene.driver.show(FACE, 3, may)
    assert (reading.matches, reading.is_visible) == (True, False)
    assert scene.is_dark


async def test_slow_signs_are_waited_for_as_long_as_patience_lasts(scene: Scene) -> None:
    scene.sign.switches.slow_s = 1.0
    with pytest.raises(SignRefusedError):
        await scene.driver.show(FACE, 3, may)
    scene.now = 10.0
    assert (await scene.driver.read(FACE)).matches


async def test_failed_pixels_are_told_where_they_are(scene: Scene) -> None:
    scene.sign.switches.stuck = {(4, 5, True), (6, 7, False)}
    health = await scene.driver.read_health()
    assert health.stuck == ((4, 5, True), (6, 7, False))
    assert "pixel" in health.faults
    assert (4, 5) in scene.sign.lit()


async def test_a_lease_that_is_lost_stops_before_anything_is_shown(scene: Scene) -> None:
    async def gone() -> None:
        raise PermissionError("somebody else's")

    with pytest.raises(PermissionError):
        await scene.driver.show(FACE, 3, gone)
    assert scene.is_dark
    assert scene.sign.control.activations == 0


async def test_another_community_is_silence(scene: Scene) -> None:
    with pytest.raises(SignSilentError):
        await scene.another(community="wrong").read()
    assert scene.sign.counts["stranger"] > 0


SETS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                objects.ACTIVATE_MESSAGE,
                objects.TIME_REMAINING_MIN,
                objects.CONTROL_MODE,
                objects.ON_RESET,
                objects.COMM_LOSS_MIN,
                *(message_object(column, memory, 1) for column in Column for memory in (3, 4, 5, 7)),
                (1, 3),
            ]
        ),
        st.integers(-5, 70000) | st.binary(max_size=14) | st.sampled_from([6, 7, 8, b"[jl2]A", b"[zz", b"\xff"]),
    ),
    max_size=8,
)


@given(st.lists(SETS, max_size=8), st.binary(max_size=80))
def test_no_request_and_no_noise_ends_the_sign(
    requests: list[list[tuple[tuple[int, ...], int | bytes]]], noise: bytes
) -> None:
    sign = NtcipSign(LIMITS, SignClock(1.0, lambda: 0.0))
    sign.answer(noise)
    for number, bindings in enumerate(requests):
        answer = sign.answer(encode_set(b"Public", number, *bindings))
        reply = decode_reply(answer or b"")
        assert reply is not None
        assert reply.request_id == number
        assert (reply.status is SnmpStatus.NO_ERROR) == (reply.error_index == 0)
    sign.lit()
    reply = decode_reply(sign.answer(encode_get(b"Public", 9, objects.TABLE_SOURCE)) or b"")
    assert reply is not None
    assert reply.status is SnmpStatus.NO_ERROR


def test_a_request_is_done_whole_or_not_at_all() -> None:
    sign = NtcipSign(LIMITS, SignClock(1.0, lambda: 0.0))
    status, multi = message_object(Column.STATUS, 4, 1), message_object(Column.MULTI, 4, 1)
    bad = decode_reply(sign.answer(encode_set(b"Public", 1, (status, 6), (multi, b"A"), (status, 99))) or b"")
    assert bad is not None
    assert (bad.status, bad.error_index) == (SnmpStatus.BAD_VALUE, 3)
    assert sign.table.rows[4, 1].status == 1
    good = decode_reply(sign.answer(encode_set(b"Public", 2, (status, 6), (multi, b"[jl2]A"), (status, 7))) or b"")
    assert good is not None
    assert good.status is SnmpStatus.NO_ERROR
    assert sign.table.rows[4, 1].crc == reckon_crc(b"[jl2]A")


async def test_net_snmp_reads_walks_and_sets_our_sign(scene: Scene) -> None:
    if shutil.which("snmpwalk") is None:
        pytest.skip("no net-snmp here: apt-get install --yes --no-install-recommends snmp")

    async def run(*words: str) -> str:
        made = await asyncio.create_subprocess_exec(
            *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        out, _ = await made.communicate()
        return out.decode()

    base = (".1.3.6.1.4.1.1206.4.2.3", "-v1", "-cPublic", "-On", "-m", "", scene.address)
    root, *how = base
    walked = await run("snmpwalk", *how, root)
    assert f"{root}.2.4.0 = INTEGER: 96" in walked
    assert len(walked.splitlines()) > 60
    assert "No more" not in walked
    row = f"{root}.5.8.1"
    assert "INTEGER: 6" in await run("snmpset", *how, f"{row}.9.4.1", "i", "6")
    await run("snmpset", *how, f"{row}.3.4.1", "s", "[jl2]COMMERCE[jl4]123", f"{row}.8.4.1", "i", "5")
    assert "INTEGER: 7" in await run("snmpset", *how, f"{row}.9.4.1", "i", "7")
    assert "INTEGER: 4" in await run("snmpget", *how, f"{row}.9.4.1")
    crc = reckon_crc(b"[jl2]COMMERCE[jl4]123")
    assert f"INTEGER: {crc}" in await run("snmpget", *how, f"{row}.5.4.1")
    code = ActivationCode(3, 50, MessageIdCode(4, 1, crc)).encode().hex()
    await run("snmpset", *how, f"{root}.6.3.0", "x", code)
    assert scene.sign.lit() == rasterise("[jl2]COMMERCE[jl4]123", LIMITS).lit
