"""The native kernel answers as the Python one does, whatever the bytes."""

from __future__ import annotations

import random
from array import array
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking import codec
from parking.catalogue.model import Catalogue, Device
from parking.fold import table_rows
from parking.fold.batch import BatchOutcome, Partition, fold_batch
from parking.fold.kernel import PYTHON, Kernel, Look
from parking.fold.layout import layout_of
from parking.fold.records import Record
from parking.fold.spaces import put
from parking.instants import to_us
from parking.observations import DeviceFault, DeviceHeartbeat, Diagnostics, SpaceObserved
from parking.published.space_states import STATES
from parking.words import SpaceState, TimeBasis
from streams.kernel import NATIVE
from tests.support import NOON, at, envelope, site, tick, zone

pytestmark = pytest.mark.skipif(NATIVE is None, reason="the native kernel was not built here")
MOVED = Device(source="src", id="m1", slot=1, valid_for_s=60, valid_to=at(10))
PLAIN, OLD = zone(5, disabled=1), zone(4, id="z2")
OLD = msgspec.structs.replace(OLD, devices=(*OLD.devices, MOVED))
CATALOGUE = Catalogue([PLAIN, OLD, site()])
LOGGED_MS = round(at(1000).timestamp() * 1000)


def fold(kernel: Kernel, rows: list[Record], cut: int) -> tuple[list[BatchOutcome], list[bytes]]:
    """What batches of ``cut`` gave, and the states at the end."""
    partition = Partition()
    outcomes = [
        fold_batch(partition, rows[start : start + cut], CATALOGUE.find_place, 1, kernel)
        for start in range(0, len(rows), cut)
    ]
    return outcomes, [table_rows.encode_state(held.state) for _, held in sorted(partition.places.items())]


def same(rows: list[Record], cut: int = 1000) -> None:
    assert NATIVE is not None
    native, reference = fold(NATIVE, rows, cut), fold(PYTHON, rows, cut)
    assert native[1] == reference[1]
    for one, other in zip(native[0], reference[0], strict=True):
        assert sorted(map(repr, one.changes)) == sorted(map(repr, other.changes))
        assert [reject.reject_id for reject in one.rejects] == [reject.reject_id for reject in other.rejects]
        assert (one.folded, one.touched, one.ticked) == (other.folded, other.touched, other.ticked)


moments = st.one_of(
    st.integers(0, 40).map(at),
    st.datetimes(datetime(1969, 12, 30), datetime(2100, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC)),  # noqa: DTZ001
)
scalars = st.one_of(
    st.integers(-(2**40), 2**40), st.floats(-1e6, 1e6), st.sampled_from(["", "a{b", 'q"', "é"]), st.booleans()
)
volts = st.one_of(st.integers(0, 4000).map(lambda mv: mv / 1000), st.floats(-5, 100))
said = st.one_of(
    st.none(),
    st.builds(
        Diagnostics, battery_v=st.one_of(st.none(), volts), temperature_c=st.one_of(st.none(), st.floats(-40, 85)),
        firmware=st.sampled_from([None, "1.2.3", "\\"]), counter=st.one_of(st.none(), st.integers(0, 2**32)),
        reset_cause=st.sampled_from([None, "power on"]), previous_state_min=st.one_of(st.none(), st.integers(0, 900)),
        rssi_dbm=st.one_of(st.none(), st.integers(-140, 0)),
        more=st.dictionaries(st.sampled_from(["a", "b_hex", "c"]), scalars, max_size=2),
    ),
)  # fmt: skip
seen = st.builds(
    lambda key, device, when, late, state, seq, basis, simulated, shift, said: (
        key,
        SpaceObserved(
            **envelope(0, device, (state, seq), seq=seq, observed_at=when, received_at=when + timedelta(seconds=late))
            | {"time_basis": basis, "simulated": simulated, "time_shift_s": shift, "diagnostics": said},
            state=state,
        ),
    ),
    st.sampled_from([PLAIN.key, PLAIN.key, OLD.key, "elsewhere/z1"]),
    st.sampled_from(["s0", "s1", "s2", "s4", "m1", "stranger"]),
    moments, st.sampled_from([0, 0, 5, -200, -400, 10**6]), st.sampled_from(SpaceState),
    st.sampled_from([0, 0, 1, 2**32 - 1]), st.sampled_from(TimeBasis), st.booleans(),
    st.sampled_from([0, 0, 7200, -3600]), said,
)  # fmt: skip
others = st.one_of(
    st.integers(0, 60).map(lambda minute: ("", tick(minute))),
    st.builds(
        lambda kind, m, d: (PLAIN.key, kind(**envelope(m, d, "f"))),
        st.sampled_from([DeviceFault, DeviceHeartbeat]), st.integers(0, 40), st.sampled_from(["s0", "s1", "stranger"]),
    ),
)  # fmt: skip


@pytest.mark.slow
@given(st.lists(st.one_of(seen, seen, seen, others), max_size=40), st.integers(1, 41))
@settings(max_examples=400, deadline=None)
def test_any_history_ends_the_same(history: list, cut: int) -> None:
    rows = [Record(n, key.encode(), codec.encode_event(one), LOGGED_MS) for n, (key, one) in enumerate(history)]
    same(rows, cut)


@pytest.mark.slow
@given(seen.map(lambda pair: pair[1]), st.data())
@settings(max_examples=600, deadline=None)
def test_bytes_that_were_tampered_with_are_judged_the_same(one: SpaceObserved, data: st.DataObject) -> None:
    raw = bytearray(codec.encode_event(one))
    for _ in range(data.draw(st.integers(0, 3))):
        where = data.draw(st.integers(0, len(raw) - 1))
        what = data.draw(st.sampled_from([b"", b"0", b"9", b'"', b"\\", b" ", b",", b"\xff", b"Z", b"e", b"-", b".5"]))
        raw[where : where + data.draw(st.integers(0, 2))] = what
    same([Record(0, PLAIN.key.encode(), bytes(raw), LOGGED_MS)])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"12:00:00Z", b"12:00:00.5Z"), (b"12:00:00Z", b"12:00:00.123456Z"), (b"12:00:00Z", b"12:00:00.1234567Z"),
        (b"12:00:00Z", b"12:00:00.Z"), (b"12:00:00Z", b"24:00:00Z"), (b"12:00:00Z", b"12:00:60Z"),
        (b"12:00:00Z", b"12:00:00+00:00"), (b"12:00:00Z", b"14:00:00+02:00"), (b"12:00:00Z", b"12:00:00z"),
        (b"05-04T", b"02-29T"), (b"2026-05-04T", b"2024-02-29T"), (b"2026-05-04T", b"2000-02-29T"),
        (b"05-04T", b"04-31T"), (b"05-04T", b"13-01T"), (b"05-04T", b"00-01T"), (b"05-04T", b"12-31T"),
        (b'"state"', b'"seq":07,"state"'), (b'"state"', b'"seq":4294967296,"state"'), (b'"state"', b'"seq":-1,"state"'),
        (b'"state"', b'"schema_version":1,"state"'), (b'"state"', b'"schema_version":2,"state"'),
        (b'"state"', b'"simulated":false,"state"'), (b'"state"', b'"novel":3,"state"'),
        (b'"free"}', b'"free"} '), (b'"free"}', b'"free","state":"closed"}'), (b'"s1"', b'"s\\u0031"'),
        (b'"s1"', b'""'), (b'"testville"', b'"elsewhere"'), (b'"event_id":"', b'"event_id":"A'),
    ],
)  # fmt: skip
def test_every_odd_way_of_writing_is_judged_the_same(old: bytes, new: bytes) -> None:
    raw = codec.encode_event(SpaceObserved(**envelope(0, "s1"), state=SpaceState.FREE))
    assert old in raw
    rows = [Record(n, PLAIN.key.encode(), raw.replace(old, new, count), LOGGED_MS) for n, count in enumerate((1, -1))]
    same(rows)


def test_the_plain_way_is_the_short_way() -> None:
    """Otherwise the comparison above would compare the reference with itself."""
    assert NATIVE is not None
    held = NATIVE.hold(PLAIN.key.encode(), b"testville", layout_of(PLAIN).devices, 5, b"")
    frame = Diagnostics(battery_v=3.344, temperature_c=-4.5, firmware="1.2", counter=7, rssi_dbm=-101, more={"a": True})
    of_a_frame = {"seq": 9, "diagnostics": frame}
    every: list[dict[str, Any]] = [{}, {"seq": 3}, {"simulated": True}, {"time_shift_s": -3600}, of_a_frame]
    for fields in every:
        one = SpaceObserved(**envelope(0, "s1", **fields), state=SpaceState.OCCUPIED)
        row = Record(7, PLAIN.key.encode(), codec.encode_event(one), LOGGED_MS)
        assert NATIVE.observe([row], 0, {row.key: held}, []) == 1
        want = put(b"", 1, one, SpaceState.OCCUPIED)
        held.load(b"")
        NATIVE.observe([row], 0, {row.key: held}, [])
        assert held.records() == want


@given(st.integers(1, 128), st.integers(0, 2**32), st.one_of(st.just(-1), st.integers(0, 7200)))
@settings(max_examples=200, deadline=None)
def test_a_look_sees_the_same(count: int, seed: int, seconds: int) -> None:
    assert NATIVE is not None
    chance, records = random.Random(seed), b""
    for slot in range(count):
        if chance.random() < 0.8:
            when = NOON + timedelta(seconds=chance.randrange(3600))
            one = SpaceObserved(
                **envelope(0, f"s{slot}", observed_at=when, simulated=chance.random() < 0.1), state="free"
            )
            records = put(records, slot, one, chance.choice(STATES))
            for _ in range(chance.choice([0, 0, 9])):  # some flap
                when += timedelta(seconds=chance.randrange(1, 200))
                word = SpaceObserved(**envelope(0, f"s{slot}", observed_at=when), state="free")
                records = put(records, slot, word, chance.choice(STATES))
    limits = array("q", (chance.randrange(1, 3600) * 1_000_000 for _ in range(count))).tobytes()
    masks = array("H", (chance.randrange(512) for _ in range(count))).tobytes()
    clock_us = -1 if seconds < 0 else to_us(NOON) + seconds * 1_000_000
    asked = (records, limits, masks, clock_us)
    assert Look(*NATIVE.look(*asked)) == PYTHON.look(*asked)


def test_nonsense_arguments_are_refused() -> None:
    assert NATIVE is not None
    with pytest.raises(ValueError, match="128 slots"):
        NATIVE.hold(b"k", b"t", {}, 129, b"")
    with pytest.raises(ValueError, match="128 slots"):
        NATIVE.hold(b"k", b"t", {}, 1, bytes(73))
    with pytest.raises(ValueError, match="a limit and a mask"):
        NATIVE.look(b"", b"", b"\1\0", -1)
    broken = bytearray(put(b"", 0, SpaceObserved(**envelope(), state=SpaceState.FREE), SpaceState.FREE))
    broken[20] = 9
    with pytest.raises(ValueError, match="state 9"):
        NATIVE.look(bytes(broken), array("q", [1]).tobytes(), b"\1\0", -1)
    assert STATES[1] is SpaceState.FREE
