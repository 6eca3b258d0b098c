"""A request or an answer lost at any step: tried again it comes out right, and never as shown what is not."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable

import pytest

from gateways.signs.driver import SignReading, SignSilentError
from gateways.signs.ntcip.driver import NtcipDriver
from gateways.signs.ntcip.messages import Reply, decode_reply
from gateways.signs.ntcip.objects import Oid
from gateways.signs.ntcip.snmp import Peer
from gateways.signs.software.ntcip_sign import NtcipSign
from parking.signs.face import DARK, Face, FaceLine
from parking.signs.model import NtcipOptions, Sign, SignLimits, SignLine
from parking.signs.multi.raster import rasterise
from parking.signs.words import SignProtocol

FACE, OTHER = (Face((FaceLine(1, "COMMERCE", value),)) for value in ("123", "456"))
LIMITS = SignLimits(
    width_px=144, height_px=32, char_width_px=0, char_height_px=0, fonts={1: "F07"}, volatile_slots=2,
    changeable_slots=2, colour_scheme=1, tags=("fo", "jl", "jp", "nl", "pt"), max_pages=1, max_multi_bytes=255,
)  # fmt: skip


class LossyWire:
    """To an agent without a network; one of its requests, or the answer to it, is lost."""

    def __init__(self, lost: int | None, *, is_answer: bool) -> None:
        self.sign, self._lost, self._is_answer = NtcipSign(LIMITS), lost, is_answer
        self.asked = itertools.count()

    async def ask(self, peer: Peer, request_id: int, data: bytes, oids: tuple[Oid, ...], timeout_s: float) -> Reply:
        is_lost = next(self.asked) == self._lost
        if is_lost and not self._is_answer:
            raise TimeoutError
        answer = self.sign.answer(data)
        reply = decode_reply(answer or b"")
        if is_lost or reply is None:
            raise TimeoutError
        return reply


async def holds() -> None:
    """A lease that holds."""


def driver_of(wire: LossyWire, tries: int) -> NtcipDriver:
    line = SignLine(number=1, legend="COMMERCE", places=("a",))
    options = NtcipOptions(tries=tries, patience_s=0.2)
    sign = Sign(
        tenant="nantes", id="A1", name="Quai", protocol=SignProtocol.NTCIP, address="127.0.0.1:161", lines=(line,),
        limits=LIMITS, ntcip=options,
    )  # fmt: skip
    return NtcipDriver(sign, "Public", wire)


Ask = Callable[[], Awaitable[SignReading]]


async def work(driver: NtcipDriver, step: Callable[[Ask], Awaitable[SignReading]]) -> None:
    """All that a controller asks of a sign in a day; ``step`` does each."""
    await step(lambda: driver.secure(holds))
    assert (await step(lambda: driver.show(FACE, 4, holds))).matches
    assert (await step(lambda: driver.extend(FACE, 3, holds))).remaining_min == 3
    assert (await step(lambda: driver.show(OTHER, 4, holds))).matches
    assert (await step(lambda: driver.show(DARK, 1, holds))).is_blank
    assert (await step(lambda: driver.show(FACE, 4, holds))).matches


def is_seen(wire: LossyWire, shown: str) -> bool:
    """Whether a driver in front of the sign sees what it says."""
    return wire.sign.lit() == frozenset(rasterise(shown, LIMITS).lit)


async def count_requests() -> int:
    async def once(ask: Ask) -> SignReading:
        return await ask()

    wire = LossyWire(None, is_answer=False)
    await work(driver_of(wire, 1), once)
    return next(wire.asked)


@pytest.mark.parametrize("is_answer", [False, True], ids=["request", "answer"])
async def test_the_next_try_of_any_step_comes_out_right(is_answer: bool) -> None:
    async def once(ask: Ask) -> SignReading:
        return await ask()

    for lost in range(await count_requests()):
        wire = LossyWire(lost, is_answer=is_answer)
        driver = driver_of(wire, 2)
        await work(driver, once)
        assert is_seen(wire, (await driver.read(FACE)).shown), lost


@pytest.mark.parametrize("is_answer", [False, True], ids=["request", "answer"])
async def test_a_step_that_was_given_up_halfway_is_right_when_done_again(is_answer: bool) -> None:
    silences = []

    async def again(ask: Ask) -> SignReading:
        try:
            return await ask()
        except SignSilentError as error:
            silences.append(error)
            return await ask()

    count = await count_requests()
    for lost in range(count):
        wire = LossyWire(lost, is_answer=is_answer)
        driver = driver_of(wire, 1)
        await work(driver, again)
        assert is_seen(wire, (await driver.read(FACE)).shown), lost
    assert len(silences) == count


@pytest.mark.parametrize("is_answer", [False, True], ids=["request", "answer"])
async def test_a_controller_that_died_halfway_leaves_nothing_that_its_successor_cannot_mend(is_answer: bool) -> None:
    for lost in range(30):
        wire = LossyWire(lost, is_answer=is_answer)
        try:
            await driver_of(wire, 1).secure(holds)
            await driver_of(wire, 1).show(FACE, 4, holds)
            await driver_of(wire, 1).show(OTHER, 4, holds)
        except SignSilentError:
            pass
        successor = driver_of(wire, 1)
        assert (await successor.secure(holds)).faults == ()
        assert (await successor.show(OTHER, 4, holds)).matches, lost
        assert is_seen(wire, (await successor.read(OTHER)).shown), lost
