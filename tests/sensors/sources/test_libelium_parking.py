"""Libelium Smart Parking v3: the head that is in every frame, and the vectors."""

import pytest

from parking.words import RejectReason
from sensors.sources.libelium_parking.adapter import INFO
from tests.sensors.uplinks import hear, kinds, refused, state, told, vectors

REST = "33000000000000"


def frame(first: int, body: str = "0005") -> str:
    return f"{first:02x}07{body}{REST}"


@pytest.mark.parametrize(
    ("first", "becomes"),
    [
        (0x80, ["SpaceObserved"]),
        (0x81, ["SpaceObserved"]),
        (0x82, ["SpaceObserved"]),
        (0x83, ["DeviceFault"]),
        (0x84, ["DeviceStarted", "SpaceObserved"]),
        (0x85, ["DeviceStarted", "SpaceObserved"]),
        (0x86, ["SpaceObserved"]),
        (0x90, ["DeviceCalibrating"]),
        (0x94, ["DeviceStarted", "DeviceCalibrating"]),
        (0xC0, ["SpaceObserved"]),
    ],
)
def test_what_each_type_becomes(first: int, becomes: list[str]) -> None:
    decoded = hear(INFO.id, frame(first))
    assert (kinds(decoded), list(decoded.rejects)) == (becomes, [])


def test_the_head_and_what_follows_it_are_kept() -> None:
    found = told(hear(INFO.id, frame(0xE1, "00F6")))
    assert (found["counter"], found["temperature_c"], found["body_hex"]) == (7, -10, REST)
    assert (found["frame"], found["low_battery"], found["config_refused"]) == ("keep_alive", True, True)
    assert told(hear(INFO.id, frame(0x84, "1E05")))["firmware"] == "30"


def test_a_sensor_error_makes_its_state_unknown() -> None:
    decoded = hear(INFO.id, frame(0x80, "0205"))
    assert (kinds(decoded), told(decoded)["sensor_error"]) == (["DeviceFault"], 2)


def test_an_unknown_type_keeps_its_occupancy_and_is_reported() -> None:
    decoded = hear(INFO.id, frame(0x89))
    assert state(decoded) == "occupied"
    assert decoded.rejects[0].raw == bytes.fromhex(frame(0x89))


@pytest.mark.parametrize(
    "payload", [*(frame(0x80 | kind) for kind in range(10, 16)), frame(0x80, "0056"), frame(1, "0080")]
)
def test_a_type_that_nobody_saw_and_a_temperature_that_no_street_has_are_no_frame_of_it(payload: str) -> None:
    assert refused(hear(INFO.id, payload))


@pytest.mark.parametrize("size", [1, 10, 12])
def test_another_length_is_another_version(size: int) -> None:
    decoded = hear(INFO.id, bytes(size))
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.MALFORMED_RECORD]
    assert not decoded.observations


def test_eleven_letters_are_no_frame_of_it() -> None:
    decoded = hear(INFO.id, b"K13.55+22.0")
    assert (list(decoded.observations), [reject.reason for reject in decoded.rejects]) == (
        [],
        [RejectReason.MALFORMED_RECORD],
    )


def test_all_vectors_say_the_same() -> None:
    rows = vectors("libelium_smart_parking_v3")
    assert len(rows) == 8
    for row in rows:
        said, decoded = row["decoded"], hear(INFO.id, row["hex"])
        found = told(decoded)
        assert (found["occupied"], found["counter"]) == (bool(said["status"]), said["counter"])
        if said["frame"] == "unknown":
            assert len(decoded.rejects) == 1
        else:
            assert (found["frame"], list(decoded.rejects)) == (said["frame"], [])
        if "temperature" in said:
            assert found["temperature_c"] == said["temperature"]
        if said["frame"] != "error":
            assert state(decoded) == ("occupied" if said["status"] else "free")
