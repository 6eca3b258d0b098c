"""PNI PlacePod: a list of channels with strangers before and after it, and the vectors with the frame of Karlsruhe."""

import pytest

from parking.words import RejectReason
from sensors.sources.placepod.adapter import INFO
from tests.sensors.uplinks import hear, kinds, state, told, vectors


def test_all_channels_of_a_frame_are_read() -> None:
    decoded = hear(INFO.id, "0302015E02 67FFF1 210020 156601".replace(" ", ""), port=2)
    assert (kinds(decoded), state(decoded)) == (["SpaceObserved"], "occupied")
    assert told(decoded) == {"battery_v": 3.5, "temperature_c": -1.5, "vehicle_count": 32, "status": 1}


@pytest.mark.parametrize(
    ("frame", "kept"),
    [
        ("050002060000376600", ["SpaceObserved"]),
        ("AA376600", ["SpaceObserved"]),
        ("376600CAFE", ["SpaceObserved"]),
        ("3766001566", ["SpaceObserved"]),
        ("026700C3376601026700C3", ["SpaceObserved"]),
        ("026700C3CA", ["DeviceHeartbeat"]),
        ("AA376600BB", []),
        ("CAFEBABE", []),
        ("3766", []),
    ],
)
def test_what_is_sound_is_kept_and_the_rest_is_reported_with_the_bytes(frame: str, kept: list[str]) -> None:
    decoded = hear(INFO.id, frame)
    assert kinds(decoded) == kept
    assert [(reject.reason, reject.raw) for reject in decoded.rejects] == [
        (RejectReason.MALFORMED_RECORD, bytes.fromhex(frame))
    ]


@pytest.mark.parametrize("frame", ["156602", "3766FF", "376600156601"])
def test_a_status_that_is_none_and_two_that_differ_are_no_state(frame: str) -> None:
    decoded = hear(INFO.id, frame)
    assert kinds(decoded) == ["DeviceHeartbeat"]
    assert "neither 0 nor 1" in decoded.rejects[0].detail


@pytest.mark.parametrize(
    ("frame", "becomes"),
    [
        ("210080", ["DeviceHeartbeat"]),
        ("210081", ["DeviceCalibrating"]),
        ("210081156600", ["DeviceCalibrating"]),
        ("3700FF", ["DeviceCalibrating"]),
        ("010101", ["DeviceCalibrating"]),
        ("3F0101", ["DeviceStarted"]),
        ("3F0101156600", ["DeviceStarted", "SpaceObserved"]),
        ("1C0101", ["DeviceFault"]),
        ("1C0100", ["DeviceHeartbeat"]),
        ("1C0101156600", ["DeviceFault"]),
    ],
)
def test_what_the_device_says_of_itself(frame: str, becomes: list[str]) -> None:
    decoded = hear(INFO.id, frame)
    assert (kinds(decoded), list(decoded.rejects)) == (becomes, [])


def test_all_vectors_say_the_same() -> None:
    rows = vectors("pni_placepod")
    assert len(rows) == 4
    for row in rows:
        said, decoded = row["decoded"], hear(INFO.id, row["hex"])
        if "unparseable" in said:
            assert state(decoded) == "free", "its end is a sound keep-alive"
            assert [reject.raw.hex() for reject in decoded.rejects] == [said["unparseable"].lower()]
            continue
        assert not decoded.rejects
        assert state(decoded) == ("occupied" if said["parking_status"] else "free")
        assert ("keep_alive_status" in told(decoded)) == bool(said.get("keep_alive"))
        assert told(decoded).get("temperature_c") == said.get("temperature")
