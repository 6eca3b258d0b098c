"""Nwave NPS405: minutes in the state before, both user tags, and the vectors. The repair itself: test_frames.py."""

import pytest

from parking.words import RejectReason
from sensors.sources.nwave_nps405.adapter import INFO
from tests.sensors.uplinks import hear, kinds, state, told, vectors


@pytest.mark.parametrize(
    ("code", "minutes", "error"),
    [
        (0, 0, 0),
        (89, 89, 0),
        (90, 90, 4),
        (104, 160, 4),
        (119, 235, 4),
        (120, 240, 59),
        (126, 600, 59),
        (127, 660, None),
    ],
)
def test_the_minutes_in_the_state_before(code: int, minutes: int, error: int | None) -> None:
    found = told(hear(INFO.id, bytes([code << 1 | 1])))
    assert (found["previous_state_min"], found.get("previous_state_error_min")) == (minutes, error)
    assert found["previous_state_overflow"] == (code == 127)


def test_both_layouts_of_a_user_tag_are_read() -> None:
    with_battery, without = hear(INFO.id, "D1201F345678", 10), hear(INFO.id, "D11F345678", 10)
    assert state(with_battery) == state(without) == "occupied"
    assert told(with_battery) == told(without) | {"tag_battery_v": 3.2}
    assert told(without)["tag_id"] == "1F345678"


def test_a_tag_at_a_space_that_is_not_occupied_says_nothing_of_the_space() -> None:
    decoded = hear(INFO.id, "D0201F345678", 10)
    assert kinds(decoded) == ["DeviceHeartbeat"]
    assert told(decoded) == {"reserved_bits": 104, "tag_id": "1F345678", "tag_battery_v": 3.2}


@pytest.mark.parametrize(
    ("battery", "temperature", "health"),
    [("7D", "E2", "normal"), ("7C", "E2", "low"), ("63", "E2", "critical"), ("64", "E1", "normal"), ("63", "E1", "low"),
     ("4A", "E1", "critical")],
)  # fmt: skip
def test_a_battery_may_be_weaker_in_the_cold(battery: str, temperature: str, health: str) -> None:
    """E2 is -5 °C, E1 half a degree less; 7D is 3.0 V, 64 is 2.9 V, 4A is 2.796 V."""
    assert told(hear(INFO.id, f"00{battery}{temperature}000000", 2))["battery_health"] == health


def test_a_weak_battery_is_no_fault() -> None:
    assert kinds(hear(INFO.id, "010000000000", 2)) == ["SpaceObserved"]


@pytest.mark.parametrize(
    ("port", "frame", "why"),
    [
        (1, "9500", RejectReason.MALFORMED_RECORD),
        (2, "A86661", RejectReason.MALFORMED_RECORD),
        (3, "0204090202", RejectReason.MALFORMED_RECORD),
        (10, "D11F3456", RejectReason.MALFORMED_RECORD),
        (9, "01", RejectReason.UNKNOWN_STATUS),
    ],
)
def test_what_is_no_frame_of_it_is_refused(port: int, frame: str, why: RejectReason) -> None:
    decoded = hear(INFO.id, frame, port)
    assert (list(decoded.observations), [reject.reason for reject in decoded.rejects]) == ([], [why])


def test_all_vectors_say_the_same() -> None:
    names = {
        "previous_state_duration_min": "previous_state_min",
        "err": "previous_state_error_min",
        "overflow": "previous_state_overflow",
        "tag_battery_voltage": "tag_battery_v",
        "tag_id": "tag_id",
        "battery_voltage": "battery_v",
        "temperature": "temperature_c",
        "battery_health": "battery_health",
        "hw_health_status": "hardware_health",
        "firmware": "firmware",
        "reset_cause": "reset_cause",
    }
    rows = vectors("nwave_nps405")
    assert len(rows) == 4
    for row in rows:
        said, decoded = row["decoded"], hear(INFO.id, row["hex"], row["fport"])
        assert not decoded.rejects
        assert state(decoded) == ("occupied" if said["occupied"] else "free")
        found = told(decoded)
        rest = {name: value for name, value in said.items() if name not in ("type", "occupied")}
        assert {names[name]: value for name, value in rest.items()} == {
            names[name]: found[names[name]] for name in rest
        }
