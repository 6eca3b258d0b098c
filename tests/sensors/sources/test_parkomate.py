"""ParkOMate: 19 bytes with a state, a magnetometer and its own clock. There is no recorded frame of this version."""

import pytest

from parking.words import RejectReason
from sensors.sources.parkomate.adapter import INFO
from tests.sensors.uplinks import hear, kinds, refused, state, told

EVENT = "0701010004FFF0001200A1FF33000869F0A2C0"


def test_the_state_is_read_and_the_rest_is_kept() -> None:
    assert (kinds(hear(INFO.id, EVENT)), state(hear(INFO.id, EVENT))) == (["SpaceObserved"], "occupied")
    assert state(hear(INFO.id, EVENT[:4] + "00" + EVENT[6:])) == "free"
    found = told(hear(INFO.id, EVENT, 77))
    assert (found["device_number"], found["message"], found["device_time_s"]) == (7, "event", 0x69F0A2C0)
    assert [found[f"offset_{axis}"] for axis in "xyz"] == [4, -16, 18]
    assert [found[f"magnet_{axis}"] for axis in "xyz"] == [161, -205, 8]
    assert told(hear(INFO.id, EVENT[:2] + "00" + EVENT[4:]))["message"] == "heartbeat 0"


@pytest.mark.parametrize("payload", [EVENT[:-2], EVENT + "00", EVENT[:4] + "02" + EVENT[6:]])
def test_what_is_no_frame_of_it_is_refused(payload: str) -> None:
    decoded = hear(INFO.id, payload)
    assert refused(decoded)
    assert decoded.rejects[0].reason is RejectReason.MALFORMED_RECORD
