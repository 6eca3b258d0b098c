"""Dingtek DO200, DO201 and DO202: two lengths of telemetry and of parameters, and the vectors."""

import pytest

from parking.words import RejectReason
from sensors.sources.dingtek_do200.adapter import INFO
from tests.sensors.uplinks import hear, kinds, state, told, vectors

DO200 = "800002011500200000016F0079FFB0FFF500030081"
DO202 = "800032021706B4100001610010FFF6FFF0152D00010081"


def test_the_park_alarm_is_the_occupancy() -> None:
    assert state(hear(INFO.id, DO200, 3)) == "free"
    assert state(hear(INFO.id, DO202, 3)) == "occupied"
    assert state(hear(INFO.id, DO200.replace("00200000", "0020F000"), 3)) == "occupied"


def test_other_alarms_are_no_fault() -> None:
    decoded = hear(INFO.id, DO200.replace("00200000", "00200111"), 3)
    found = told(decoded)
    assert (kinds(decoded), state(decoded)) == (["SpaceObserved"], "free")
    assert [found[f"alarm_{name}"] for name in ("park", "level", "magnet", "battery")] == [0, 1, 1, 1]


def test_the_shorter_parameters_are_read_as_well() -> None:
    decoded = hear(INFO.id, "80003203100101181E3C003C14000081", 3)
    assert kinds(decoded) == ["DeviceHeartbeat"]
    assert told(decoded) == {
        "firmware": "1.1",
        "device": 50,
        "reserved_hex": "0000",
        "upload_interval_h": 24,
        "detect_interval_min": 30,
        "level_threshold": 60,
        "magnet_threshold": 60,
        "battery_threshold_pct": 20,
    }


@pytest.mark.parametrize(
    "frame",
    ["8000", DO200[:-2], DO200[:-2] + "82", "81" + DO200[2:], DO200.replace("0115", "0116"), DO200 + "81",
     DO200.replace("0115", "0415"), DO200.replace("0115", "0315")],
)  # fmt: skip
def test_a_frame_that_is_not_whole_is_refused(frame: str) -> None:
    decoded = hear(INFO.id, frame, 3)
    assert not decoded.observations
    assert [(reject.reason, reject.raw.hex()) for reject in decoded.rejects] == [
        (RejectReason.MALFORMED_RECORD, frame.lower())
    ]


def test_it_speaks_on_port_3_alone() -> None:
    assert hear(INFO.id, DO200, 1).rejects[0].reason is RejectReason.UNKNOWN_STATUS


def test_all_vectors_say_the_same() -> None:
    names = {
        "volt": "battery_v", "level": "level", "x": "magnet_x", "y": "magnet_y", "z": "magnet_z",
        "temperature": "temperature_c", "humidity": "humidity_pct", "frame_counter": "counter", "firmware": "firmware",
        "alarmPark": "alarm_park", "alarmLevel": "alarm_level", "alarmMagnet": "alarm_magnet",
        "alarmBattery": "alarm_battery", "uploadInterval_h": "upload_interval_h", "magThreshold": "magnet_threshold",
        "ultraDetectInterval": "ultrasound_interval", "magDetectInterval_s": "magnet_interval_s",
    }  # fmt: skip
    rows = vectors("dingtek_do200", "dingtek_do202")
    assert len(rows) == 3
    for row in rows:
        said, decoded = row["decoded"], hear(INFO.id, row["hex"], row["fport"])
        assert not decoded.rejects
        found = told(decoded)
        assert {name: found[names[name]] for name in said} == said
        expected = None if "alarmPark" not in said else "occupied" if said["alarmPark"] else "free"
        assert state(decoded) == expected
