"""Tekzipark: a head of three bytes in every frame, and what may follow it. There is no recorded vector of it."""

import pytest

from parking.words import RejectReason
from sensors.sources.tekzipark.adapter import INFO
from tests.sensors.uplinks import hear, kinds, state, told

MEASURED = "A0150201FF0300FE02000708"


def test_the_head_is_read_on_both_ports() -> None:
    for port, frame in ((1, "A1F502"), (2, MEASURED.replace("A015", "A1F5"))):
        found = told(hear(INFO.id, frame, port))
        assert state(hear(INFO.id, frame, port)) == "occupied"
        assert (found["temperature_c"], found["parking_id"]) == (-11, 2)
        assert (found["battery_good"], found["keep_alive"], found["obstruction"]) == (True, True, False)


def test_beacons_are_kept() -> None:
    found = told(hear(INFO.id, "201502B012345678"))
    assert (found["beacon_rssi_dbm"], found["beacons"]) == (-80, "1234 5678")


def test_what_was_measured_is_kept() -> None:
    found = told(hear(INFO.id, MEASURED, 2))
    assert [found[f"deflection_{axis}"] for axis in "xyz"] == [1, -1, 3]
    assert [found[f"baseline_{axis}"] for axis in "xyz"] == [0, -2, 2]
    assert [found[name] for name in ("fault_code", "obstruction_level", "reflection")] == [0, 7, 8]


@pytest.mark.parametrize(
    ("frame", "port", "becomes"),
    [
        ("201502", 1, ["SpaceObserved"]),
        ("001502", 1, ["SpaceObserved"]),  # a bad battery is no fault
        ("301502", 1, ["SpaceObserved"]),
        ("221502", 1, ["DeviceStarted", "SpaceObserved"]),
        (MEASURED[:18] + "050708", 2, ["DeviceFault"]),
    ],
)
def test_what_the_device_says_of_itself(frame: str, port: int, becomes: list[str]) -> None:
    decoded = hear(INFO.id, frame, port)
    assert (kinds(decoded), list(decoded.rejects)) == (becomes, [])


@pytest.mark.parametrize(
    ("frame", "port"), [("A01502B0123456", 1), (MEASURED[:-2], 2), (MEASURED + "00", 2), ("A01502", 2)]
)
def test_of_a_torn_frame_nothing_is_believed(frame: str, port: int) -> None:
    decoded = hear(INFO.id, frame, port)
    assert not decoded.observations
    assert [reject.raw.hex() for reject in decoded.rejects] == [frame.lower()]


@pytest.mark.parametrize(
    ("frame", "port", "why"),
    [
        ("A015", 1, RejectReason.MALFORMED_RECORD),
        ("E01502", 1, RejectReason.MALFORMED_RECORD),  # bit 6, which is not used
        ("A06602", 1, RejectReason.MALFORMED_RECORD),  # 102 °C
        ("A01502211234", 1, RejectReason.MALFORMED_RECORD),  # a beacon of +33 dBm
        ("A41502B01234", 1, RejectReason.MALFORMED_RECORD),  # a beacon, where it says that there is none
        ("A01502B0" + "1234" * 8, 1, RejectReason.MALFORMED_RECORD),
        ("A0150200", 1, RejectReason.MALFORMED_RECORD),  # one of 0 dBm, where it does not say that there is none
        ("A01502", 3, RejectReason.UNKNOWN_STATUS),
    ],
)
def test_what_is_no_frame_of_it_is_refused(frame: str, port: int, why: RejectReason) -> None:
    decoded = hear(INFO.id, frame, port)
    assert (list(decoded.observations), [reject.reason for reject in decoded.rejects]) == ([], [why])
