"""Every frame that the simulator's sensors send, read by the real adapter."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from parking.observations import DeviceStarted, SpaceObserved
from parking.words import SpaceState
from sensors.registry import FRAME_ADAPTERS
from sensors.simulator.scenario import VENDORS
from sensors.simulator.text import as_list, base64_rows, instants
from sensors.simulator.told import BEAT, CHANGE, START, Told
from sensors.simulator.vendors import ENCODERS, VALID_FOR_S
from sensors.sources.nwave_nps405.encoder import minute_codes
from sensors.sources.nwave_nps405.wire import read_minutes
from tests.sensors.uplinks import hear, told

COLD_AND_MILD = Told(*(np.array(column) for column in ([0, 1, 1], [0, 74, 700], [0, 3, 70_000], [-7, 0, 31], [2900, 3300, 3520])))  # fmt: skip  # noqa: E501


@pytest.mark.parametrize("kind", [CHANGE, BEAT, START])
@pytest.mark.parametrize("vendor", VENDORS)
def test_each_frame_says_its_state_and_nothing_is_left_over(vendor, kind) -> None:
    port, frames = ENCODERS[VENDORS.index(vendor)](kind, COLD_AND_MILD)
    for row, taken in enumerate(COLD_AND_MILD.taken):
        decoded = hear(vendor, bytes(frames[row]), port)
        assert not decoded.rejects
        [seen] = [one for one in decoded.observations if isinstance(one, SpaceObserved)]
        assert seen.state is (SpaceState.OCCUPIED if taken else SpaceState.FREE)
        started = any(isinstance(one, DeviceStarted) for one in decoded.observations)
        assert started == (kind == START and vendor != "dingtek_do200")
        said = told(decoded)
        if said.get("temperature_c") is not None:
            assert said["temperature_c"] == COLD_AND_MILD.celsius[row]
        if said.get("battery_v") is not None:
            assert said["battery_v"] == pytest.approx(COLD_AND_MILD.millivolts[row] / 1000, abs=0.01)


def test_temperature_and_battery_are_where_frames_have_them() -> None:
    beats = {
        vendor: told(hear(vendor, bytes(frames[1]), port))
        for vendor, encode in zip(VENDORS, ENCODERS, strict=True)
        for port, frames in [encode(BEAT, COLD_AND_MILD)]
    }
    assert {name for name, said in beats.items() if "battery_v" in said} == {
        "nwave_nps405",
        "placepod",
        "dingtek_do200",
    }
    assert {name for name, said in beats.items() if "temperature_c" in said} == {
        "bosch_tps110", "nwave_nps405", "placepod", "libelium_parking", "tekzipark",
    }  # fmt: skip


def test_minutes_are_coded_as_they_are_read() -> None:
    minutes = np.arange(1_500)
    for true, code in zip(minutes.tolist(), minute_codes(minutes).tolist(), strict=True):
        read = read_minutes(code)
        assert read.minutes <= true
        assert read.error_min is None or true <= read.minutes + read.error_min


def test_a_state_holds_as_long_as_the_adapter_says() -> None:
    assert {name: FRAME_ADAPTERS[name].INFO.valid_for_s for name in VENDORS} == VALID_FOR_S


def test_text_is_what_the_libraries_write() -> None:
    for width in range(1, 25):
        rows = np.arange(3 * width, dtype=np.uint8).reshape(3, width) * 7
        assert as_list(base64_rows(rows)) == [base64.b64encode(bytes(row)) for row in rows]
    moments = np.array([1_795_132_799_999_999, 1_795_132_800_000_000])
    assert as_list(instants(moments, "Z")) == [b"2026-11-19T23:59:59.999Z", b"2026-11-20T00:00:00.000Z"]
    assert as_list(instants(moments[:0], "Z")) == []
