"""Whatever a sign answers, the driver says what it is or that it cannot; and what it commands is finite and modest."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.signs.driver import SignError, SignHealth, SignReading, SignRefusedError
from gateways.signs.ntcip import objects
from gateways.signs.ntcip.codes import BLANK_MESSAGE, ActivationCode, decode_activation, reckon_crc
from gateways.signs.ntcip.driver import LONGEST_MIN, NtcipDriver
from gateways.signs.ntcip.messages import Reply, SnmpStatus, Value
from gateways.signs.ntcip.objects import Column, Memory, Oid, message_object
from gateways.signs.ntcip.snmp import Peer, SnmpRefusedError
from parking.signs.face import DARK, Face, FaceLine
from parking.signs.model import NtcipOptions, Sign, SignLimits, SignLine
from parking.signs.words import InvalidSignError, SignProtocol

FACE = Face((FaceLine(1, "COMMERCE", "123"),))
LIMITS = SignLimits(width_px=144, height_px=32, fonts={1: "F07"})


def sign_of(options: NtcipOptions) -> Sign:
    line = SignLine(number=1, legend="COMMERCE", places=("1",))
    return Sign(
        tenant="nantes", id="A1", name="Quai", protocol=SignProtocol.NTCIP, address="127.0.0.1:161", lines=(line,),
        limits=LIMITS, ntcip=options,
    )  # fmt: skip


VALUES = st.one_of(
    st.none(), st.integers(-(2**31), 2**32), st.integers(0, 8), st.binary(max_size=12), st.just(BLANK_MESSAGE.encode()),
    st.lists(st.integers(0, 300), max_size=4).map(tuple),
)  # fmt: skip
STATUSES = st.one_of(st.just(SnmpStatus.NO_ERROR), st.sampled_from(SnmpStatus))


class HostileWire:
    """Answers anything about what was asked, or nothing."""

    def __init__(self, data: st.DataObject) -> None:
        self.data, self.activations = data, list[ActivationCode]()

    async def ask(self, peer: Peer, request_id: int, data: bytes, oids: tuple[Oid, ...], timeout_s: float) -> Reply:
        if self.data.draw(st.integers(0, 9), "silence") == 9:
            raise TimeoutError
        status = self.data.draw(STATUSES, "status")
        bindings = tuple((oid, self.data.draw(VALUES, "value")) for oid in oids)
        return Reply(request_id, status, self.data.draw(st.integers(-1, len(oids) + 1), "index"), bindings)


async def nothing() -> None:
    """A lease that holds."""


@pytest.fixture(scope="module", autouse=True)
def no_patience() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateways.signs.ntcip.driver._TEST_PATIENCE_S", 0.0)
        yield


ASKED = ("read_limits", "read", "secure", "show", "blank", "extend", "read_health", "test_pixels")


@pytest.mark.parametrize("what", ASKED)
@settings(max_examples=60)
@given(st.data())
def test_a_sign_that_answers_anything_is_an_error_of_the_signs_or_a_reading(what: str, data: st.DataObject) -> None:
    driver = NtcipDriver(sign_of(NtcipOptions(tries=1, patience_s=0.0)), "c", HostileWire(data))
    asked: dict[str, Any] = {
        "read_limits": lambda: driver.read_limits(),
        "read": lambda: driver.read(FACE),
        "secure": lambda: driver.secure(nothing),
        "show": lambda: driver.show(FACE, 4, nothing),
        "blank": lambda: driver.show(DARK, 4, nothing),
        "extend": lambda: driver.extend(FACE, 4, nothing),
        "read_health": lambda: driver.read_health(),
        "test_pixels": lambda: driver.test_pixels(nothing),
    }
    try:
        got = asyncio.run(asked[what]())
    except (SignError, InvalidSignError):  # or no room, by the limits that it says
        return
    assert isinstance(got, SignReading | SignHealth | SignLimits)
    if what in ("show", "blank", "extend"):
        assert got.matches


class GoodWire:
    """A sign that takes all, and remembers what it was told."""

    def __init__(self, refuses: tuple[Oid, ...] = ()) -> None:
        self.values: dict[Oid, Value] = {objects.TABLE_SOURCE: BLANK_MESSAGE.encode(), objects.SIGN_WIDTH_PX: 144}
        self.told: list[tuple[Oid, Value]] = []
        self.refuses = refuses

    async def get(self, *oids: Oid) -> tuple[Value, ...]:
        for oid in oids:
            if oid not in self.values:
                raise SnmpRefusedError(SnmpStatus.NO_SUCH_NAME, oid)
        return tuple(self.values[oid] for oid in oids)

    async def find(self, *oids: Oid) -> dict[Oid, Value]:
        return {oid: self.values[oid] for oid in oids if oid in self.values}

    async def set(self, *bindings: tuple[Oid, Value], is_checked: bool = False) -> None:
        for oid, value in bindings:
            if oid in self.refuses:
                raise SnmpRefusedError(SnmpStatus.READ_ONLY, oid)
            self.told.append((oid, value))
            self.values[oid] = value
            self._follow(oid, value)

    def _follow(self, oid: Oid, value: Value) -> None:
        if oid == objects.ACTIVATE_MESSAGE and isinstance(value, bytes):
            code = decode_activation(value)
            assert code is not None
            multi = message_object(Column.MULTI, code.message.memory, code.message.number)
            self.values[objects.TABLE_SOURCE] = code.message.encode()
            self.values[objects.TIME_REMAINING_MIN] = code.minutes
            self.values[message_object(Column.MULTI, Memory.CURRENT, 1)] = self.values.get(multi, b"")
        elif oid[:-3] == message_object(Column.STATUS, 1, 1)[:-3] and oid[-3] == Column.STATUS:
            text = self.values.get((*oid[:-3], Column.MULTI, *oid[-2:]))
            self.values[oid] = {6: 2, 7: 4}.get(value if isinstance(value, int) else 0, 1)
            self.values[(*oid[:-3], Column.CRC, *oid[-2:])] = reckon_crc(text if isinstance(text, bytes) else b"")


OPTIONS = st.builds(
    NtcipOptions,
    run_time_priority=st.integers(1, 100),
    activate_priority=st.integers(100, 254),
    memory=st.sampled_from([None, 3, 4]),
    slot=st.sampled_from([None, 1, 7]),
    patience_s=st.just(0.0),
)


@given(OPTIONS, st.integers(-5, 70_000), st.integers(-5, 70_000))
def test_no_command_is_endless_or_the_polices_whatever_is_asked(options: NtcipOptions, first: int, then: int) -> None:
    async def work() -> None:
        await driver.show(FACE, first, nothing)
        await driver.extend(FACE, then, nothing)
        await driver.show(DARK, first, nothing)

    wire = GoodWire()
    driver = NtcipDriver(sign_of(options), "c", HostileWire(st.nothing()))  # type: ignore[arg-type]
    put_in_place_of_its_session(driver, wire)
    asyncio.run(work())
    codes = [value for oid, value in wire.told if oid == objects.ACTIVATE_MESSAGE]
    lit, dark = (decode_activation(code) for code in codes if isinstance(code, bytes))
    assert lit is not None
    assert dark is not None
    assert 1 <= lit.minutes <= LONGEST_MIN
    assert dark.message == BLANK_MESSAGE
    assert dark.minutes < 65535
    for code in (lit, dark):
        assert 1 <= code.priority < 255
    times = [value for oid, value in wire.told if oid == objects.TIME_REMAINING_MIN]
    assert all(isinstance(value, int) and 1 <= value <= LONGEST_MIN for value in times)
    priorities = [value for oid, value in wire.told if oid[-3] == Column.RUN_TIME_PRIORITY]
    assert all(isinstance(value, int) and 1 <= value <= lit.priority for value in priorities)


@pytest.mark.parametrize(
    "option",
    [
        {"transport": "sctp"}, {"timeout_s": 0.0}, {"timeout_s": float("nan")}, {"tries": 0}, {"patience_s": -1.0},
        {"memory": 7}, {"slot": 0}, {"run_time_priority": 0}, {"activate_priority": 255}, {"activate_priority": 9},
        {"comm_loss_min": -1},
    ],
)  # fmt: skip
def test_options_that_cannot_be_or_must_not_be_are_refused(option: dict[str, Any]) -> None:
    with pytest.raises(InvalidSignError):
        NtcipOptions(**option)


async def test_a_slot_of_another_system_is_not_written_over() -> None:
    wire = GoodWire()
    wire.values |= {objects.MAX_VOLATILE: 2, message_object(Column.OWNER, 4, 1): b"IRIS"}
    driver = NtcipDriver(sign_of(NtcipOptions()), "c", HostileWire(st.nothing()))  # type: ignore[arg-type]
    put_in_place_of_its_session(driver, wire)
    assert (await driver.show(FACE, 1, nothing)).said["source"].startswith("040002")
    wire.values |= {message_object(Column.OWNER, 4, 2): b"IRIS"}
    driver = NtcipDriver(sign_of(NtcipOptions()), "c", HostileWire(st.nothing()))  # type: ignore[arg-type]
    put_in_place_of_its_session(driver, wire)
    with pytest.raises(SignRefusedError, match="has an owner"):
        await driver.show(FACE, 1, nothing)


async def test_a_sign_whose_time_cannot_be_set_is_activated_once_more() -> None:
    wire = GoodWire(refuses=(objects.TIME_REMAINING_MIN,))
    driver = NtcipDriver(sign_of(NtcipOptions()), "c", HostileWire(st.nothing()))  # type: ignore[arg-type]
    put_in_place_of_its_session(driver, wire)
    await driver.show(FACE, 1, nothing)
    assert (await driver.extend(FACE, 4, nothing)).remaining_min == 4


def put_in_place_of_its_session(driver: NtcipDriver, wire: GoodWire) -> None:
    for holder in (driver, driver._slots, driver._stage):
        holder._session = wire  # type: ignore[attr-defined, assignment]
