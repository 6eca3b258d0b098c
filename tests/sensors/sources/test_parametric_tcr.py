"""Parametric TCR: what drove past either way since the message before, in both versions of its counts."""

import pytest

from parking.observations import DeviceFault, LaneCounted
from parking.words import Fault
from sensors.sources.parametric_tcr.adapter import INFO
from tests.sensors.uplinks import hear, kinds, refused, told

V1 = "BE020164" + "12C2" + "00E1" + "000209000106" + "00000000020B" + "00010000011E" + "000000000000"
V2 = "BE02021CC0" + "0000" + "FFF6" + "000108000000" + "000000000000" * 3
SETTINGS = "BE02020001010000000100050000001E5A00640107081419283278"


def test_all_classes_of_speed_are_one_lane_in_and_one_out() -> None:
    (seen,) = hear(INFO.id, V1, 15).observations
    assert isinstance(seen, LaneCounted)
    assert (seen.entries, seen.exits) == (3, 4)
    found = told(hear(INFO.id, V1, 15))
    assert (found["battery_pct"], found["panel_mw"], found["temperature_c"]) == (100, 4802, 22.5)
    assert found["class_1"] == "left 0 at 0 km/h, right 2 at 11 km/h"


def test_the_second_version_says_volts() -> None:
    (seen,) = hear(INFO.id, V2, 15).observations
    assert isinstance(seen, LaneCounted)
    assert (seen.entries, seen.exits, told(hear(INFO.id, V2, 15))["battery_v"]) == (1, 0, 7.36)
    assert told(hear(INFO.id, V2, 15))["temperature_c"] == -1.0


def test_what_a_lost_message_counted_is_uncounted() -> None:
    lost, seen = sorted(hear(INFO.id, V2, 15, missed=1).observations, key=lambda one: one.order)
    assert isinstance(lost, DeviceFault)
    assert lost.fault is Fault.COUNTING_OUT_OF_SERVICE
    assert lost.observed_at < seen.observed_at


def test_its_settings_say_that_it_started() -> None:
    decoded = hear(INFO.id, SETTINGS, 190)
    assert (kinds(decoded), told(decoded)["firmware"]) == (["DeviceStarted"], "1.1.0")
    assert kinds(hear(INFO.id, SETTINGS + "000000", 190)) == ["DeviceStarted"], "three bytes more in its version 3"


@pytest.mark.parametrize(
    ("port", "frame"),
    [
        (15, V1[:-2]),
        (15, V2 + "00"),
        (15, "BF" + V2[2:]),
        (15, "BE0203" + V2[6:]),
        (15, "BE"),
        (190, SETTINGS + "00"),
        (1, V2),
    ],
)
def test_what_is_no_frame_of_it_is_refused(port: int, frame: str) -> None:
    assert refused(hear(INFO.id, frame, port))
