"""The driver against a scripted sign over real TCP, honest and not."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gateways.signs.driver import SignLiesError, SignRefusedError, SignSilentError, SignTakenError
from gateways.signs.tedi.driver import TediDriver
from parking.signs.face import DARK, Face, FaceLine
from tests.gateways.signs.tedi_stand_in import StandInTedi, reply

FACE = Face((FaceLine(1, "COMMERCE", "123"), FaceLine(2, "GRASLIN", "COMPLET")))
SAID = 'P AM=1 AF="COMMERCE     123" CL=0 DV=0 AM=2 AF="GRASLIN  COMPLET" CL=0 DV=0'


async def may() -> None:
    """The lease is ours."""


@pytest.fixture
async def stand_in() -> AsyncIterator[StandInTedi]:
    async with StandInTedi().running() as sign:
        yield sign


OPEN: list[TediDriver] = []


@pytest.fixture(autouse=True)
async def closed() -> AsyncIterator[None]:
    yield
    while OPEN:
        await OPEN.pop().close()
    await asyncio.sleep(0)


def driver(stand_in: StandInTedi, password: str | None = None, **options: object) -> TediDriver:
    OPEN.append(
        TediDriver(
            stand_in.sign(**options),
            password,
            zone=ZoneInfo("Europe/Paris"),
            clock=lambda: datetime(2026, 7, 1, 10, tzinfo=UTC),
        )
    )
    return OPEN[-1]


async def test_a_face_is_displayed_asked_for_and_read_back(stand_in: StandInTedi) -> None:
    ours = driver(stand_in)
    reading = await ours.show(FACE, 3, may)
    assert stand_in.heard == ["ST", "DT 01/07/26 12:00:00", SAID, "ST", "PS"]
    assert (reading.matches, reading.is_blank, reading.is_local, reading.remaining_min) == (True, False, False, None)
    assert "COMMERCE     123" in reading.shown
    await ours.show(DARK, 0, may)
    assert stand_in.answers.count(b"\x060") >= 5, "each block is acknowledged"
    assert stand_in.connections == 1
    assert stand_in.heard[6] == "P AM=* AF=0"
    assert (await ours.read(DARK)).is_blank
    await ours.close()


async def test_a_stand_that_stands_is_read_again_and_never_written(stand_in: StandInTedi) -> None:
    ours = driver(stand_in)
    await ours.show(FACE, 3, may)
    stand_in.heard.clear()
    assert (await ours.extend(FACE, 3, may)).matches
    assert stand_in.heard == ["ST", "PS"]
    stand_in.shown["1"] = '"COMMERCE     124"'
    with pytest.raises(SignLiesError, match="124"):
        await ours.extend(FACE, 3, may)


async def test_where_nothing_ends_a_message_the_driver_says_that_nothing_is_guaranteed(stand_in: StandInTedi) -> None:
    assert driver(stand_in).fail_safe.within_s is None
    assert "not guaranteed" in driver(stand_in).fail_safe.how


async def test_a_model_that_honours_dv_gets_it_in_seconds_and_again_when_more_or_less_time_is_asked(
    stand_in: StandInTedi,
) -> None:
    past = 1000.0
    ours = TediDriver(stand_in.sign(honours_dv=True), elapsed=lambda: past)
    OPEN.append(ours)
    assert ours.fail_safe.within_s == 300
    reading = await ours.show(FACE, 4, may)
    assert SAID.replace("DV=0", "DV=240") in stand_in.heard
    assert reading.remaining_min == 4
    stand_in.heard.clear()
    assert (await ours.extend(FACE, 2, may)).remaining_min == 2
    assert any("DV=120" in said for said in stand_in.heard), "what was left is more than may be"
    await ours.show(FACE, 60, may)
    assert any("DV=300" in said for said in stand_in.heard), "no message outlives the fail-safe that is promised"
    await ours.show(FACE, 2, may)
    past += 20
    stand_in.heard.clear()
    await ours.extend(FACE, 2, may)
    assert any("DV=120" in said for said in stand_in.heard)


async def test_after_a_restart_nobody_knows_what_is_left_so_it_is_sent_again(stand_in: StandInTedi) -> None:
    await driver(stand_in, honours_dv=True).show(FACE, 4, may)
    stand_in.heard.clear()
    await driver(stand_in, honours_dv=True).extend(FACE, 4, may)
    assert sum(said.startswith("P AM") for said in stand_in.heard) == 1


async def test_a_sign_that_lies_is_found_out(stand_in: StandInTedi) -> None:
    stand_in.handlers["P"] = lambda command: [b"\x060"]
    with pytest.raises(SignLiesError, match="module 1"):
        await driver(stand_in).show(FACE, 3, may)


@pytest.mark.parametrize("key", ["CLE=1", "CLL=1", "LOC=2"])
async def test_a_sign_in_local_control_is_left_alone(stand_in: StandInTedi, key: str) -> None:
    stand_in.state = f"ADR=001 {key}"
    ours = driver(stand_in)
    with pytest.raises(SignTakenError):
        await ours.show(FACE, 3, may)
    assert stand_in.heard == ["ST"]
    reading = await ours.read()
    assert (reading.is_local, reading.source) == (True, "local")


async def test_a_station_that_is_another_is_silence(stand_in: StandInTedi) -> None:
    stand_in.state = "ADR=009"
    with pytest.raises(SignSilentError, match="009"):
        await driver(stand_in).show(FACE, 3, may)
    stand_in.handlers["ST"] = lambda command: [reply("ADR=001", station="009")]
    with pytest.raises(SignSilentError):
        await driver(stand_in).read()
    assert not any(said.startswith("P ") for said in stand_in.heard)


async def test_nak_is_tried_again_and_then_a_refusal(stand_in: StandInTedi) -> None:
    naks = iter([[b"\x150"], None])
    stand_in.handlers["P"] = lambda command: next(naks)
    assert (await driver(stand_in).show(FACE, 3, may)).matches
    stand_in.handlers["P"] = lambda command: [b"\x150"]
    with pytest.raises(SignRefusedError, match="NAK to P"):
        await driver(stand_in).show(FACE, 3, may)


async def test_a_reply_with_a_wrong_bcc_is_asked_for_again(stand_in: StandInTedi) -> None:
    wrong = reply("ADR=001")[:-1] + b"\x01"
    stand_in.handlers["ST"] = lambda command: [wrong]
    ours = driver(stand_in)
    with pytest.raises(SignSilentError, match="BCC"):
        await ours.read()
    assert b"\x150" in stand_in.answers
    assert ours.counts["unsound"] >= 1


@pytest.mark.parametrize("half", [b"", b"\x020010 ADR=0", b"\x7f\x7f\x00", b"\x99garbage", reply("12345")])
async def test_silence_half_a_frame_and_rubbish_end_in_time(stand_in: StandInTedi, half: bytes) -> None:
    stand_in.handlers["ST"] = lambda command: [half]
    began = time.monotonic()
    with pytest.raises(SignSilentError):
        await driver(stand_in, timeout_s=0.2).read()
    assert time.monotonic() - began < 2


async def test_a_sign_that_dribbles_for_ever_ends_in_time() -> None:
    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(b"\x00\x060" + reply("nothing asked"))
                await writer.drain()
                await asyncio.sleep(0.02)
        except (ConnectionError, asyncio.CancelledError):
            writer.close()

    server = await asyncio.start_server(dribble, "127.0.0.1", 0)
    stand_in = StandInTedi(port=server.sockets[0].getsockname()[1])
    began = time.monotonic()
    ours = driver(stand_in, timeout_s=0.2)
    with pytest.raises(SignSilentError):
        await ours.read()
    assert time.monotonic() - began < 2
    assert ours.counts["strangers"] > 2
    server.close()


async def test_a_late_answer_is_never_taken_for_that_of_a_later_question(stand_in: StandInTedi) -> None:
    ours = driver(stand_in, tries=1)
    late = asyncio.Event()
    old = list(stand_in.respond("PS"))
    stand_in.handlers["PS"] = lambda command: None if late.is_set() else []
    with pytest.raises(SignSilentError):
        await ours.read()
    late.set()
    assert (await ours.show(FACE, 3, may)).matches
    assert old != stand_in.respond("PS")
    assert stand_in.connections == 2


async def test_the_lease_is_checked_before_each_write_and_stops_it(stand_in: StandInTedi) -> None:
    checks = 0

    async def lost() -> None:
        nonlocal checks
        checks += 1
        if checks > 1:
            raise SignTakenError("the lease is somebody else's")

    with pytest.raises(SignTakenError, match="lease"):
        await driver(stand_in).show(FACE, 3, lost)
    assert stand_in.heard == ["ST", "DT 01/07/26 12:00:00"]


async def test_faults_are_told_by_name(stand_in: StandInTedi) -> None:
    stand_in.state = "ADR=001 DEF=3 ERI=PM07/1.0/1"
    health = await driver(stand_in).read_health()
    assert health.faults == ("DEF=3", "temperature:1.0")
    assert (await driver(stand_in).read()).faults == health.faults


async def test_xor_pa_module_names_and_blocks(stand_in: StandInTedi) -> None:
    stand_in.method = "xor"
    stand_in.shown = {"1.0": "0", "2.0": "0"}
    long = "\r\n".join(f'0 AM={k}.0 AF="{v}" CL=0 EC=A' for k, v in ((1, "COMMERCE     123"), (2, "GRASLIN  COMPLET")))
    stand_in.handlers["PS"] = lambda command: [
        b"\x7f\x00" + reply(long[:30], block="1", end=b"\x17", method="xor"),
        reply(long[30:], block="2", method="xor"),
    ]
    ours = driver(stand_in, bcc="xor", has_pa=True, modules=("1.0", "2.0"))
    assert (await ours.show(FACE, 3, may)).matches
    assert any(said.startswith("PA AM=1.0 ") for said in stand_in.heard)
    await ours.read()
    assert {b"\x061", b"\x062"} <= set(stand_in.answers)
    assert ours.counts["fillers"] == 4


async def test_a_long_command_goes_in_blocks(stand_in: StandInTedi) -> None:
    stand_in.shown = {"100.1": "0", "100.2": "0"}
    ours = driver(stand_in, characters=64, password="x" * 60 + "/y", modules=("100.1", "100.2"), honours_dv=True)
    wide = Face((FaceLine(1, "C" * 56, "123"), FaceLine(2, "G" * 56, "COMPLET")))
    assert (await ours.show(wide, 3, may)).matches
    assert max(len(said) for said in stand_in.heard) > 247


async def test_a_password_is_said_to_the_sign_alone(stand_in: StandInTedi, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ours = driver(stand_in, password="ville/s3cret")
    reading = await ours.show(FACE, 3, may)
    assert any("ID=ville/s3cret" in said for said in stand_in.heard)
    stand_in.handlers["P"] = lambda command: [b"\x150"]
    with pytest.raises(SignRefusedError) as refused:
        await ours.show(FACE, 3, may)
    for place in (caplog.text, repr(ours), str(refused.value), str(refused.value.said), str(reading)):
        assert "s3cret" not in place


async def test_no_connection_is_silence() -> None:
    stand_in = StandInTedi(port=1)
    with pytest.raises(SignSilentError, match="no connection"):
        await driver(stand_in).read()


async def test_limits_are_as_stated_and_pixels_cannot_be_tested(stand_in: StandInTedi) -> None:
    ours = driver(stand_in)
    assert await ours.read_limits() == stand_in.sign().limits
    with pytest.raises(SignRefusedError):
        await ours.test_pixels(may)
    assert (await ours.secure(may)).is_blank
