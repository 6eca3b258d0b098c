"""Bosch TPS110: its frames by port, and the vectors of two independent codecs."""

import pytest

from parking.words import RejectReason
from sensors.sources.bosch_tps110.adapter import ADAPTER, INFO
from tests.sensors.uplinks import ARRIVED, hear, kinds, state, told, vectors

START = "240300007503000000000000001D020301"


def test_status_and_heartbeat_say_what_the_space_is() -> None:
    assert [state(hear(INFO.id, frame, port)) for port in (1, 2) for frame in ("00", "01")] == ["free", "occupied"] * 2
    assert told(hear(INFO.id, "01FF", 2)) == {"temperature_c": -1}
    assert told(hear(INFO.id, "0114", 2)) == {"temperature_c": 20}


def test_a_start_tells_firmware_cause_and_codes() -> None:
    decoded = hear(INFO.id, START, 3)
    assert kinds(decoded) == ["DeviceStarted", "SpaceObserved"]
    assert told(decoded) == {
        "firmware": "0.29.2",
        "reset_cause": "system request",
        "debug_hex": "240300007503000000000000",
        "debug_codes": "804 885",
    }
    assert told(hear(INFO.id, START[:-4] + "0901", 3))["reset_cause"] == "code 9"


@pytest.mark.parametrize(("port", "name"), [(4, "device_information_hex"), (5, "device_usage_hex"), (6, "debug_hex")])
def test_what_is_not_read_is_a_heartbeat_with_its_bytes(port: int, name: str) -> None:
    decoded = hear(INFO.id, "CAFE", port)
    assert (kinds(decoded), told(decoded)) == (["DeviceHeartbeat"], {name: "cafe"})


def test_bits_without_a_meaning_are_kept() -> None:
    assert told(hear(INFO.id, "81")) == {"reserved_bits": 64}


@pytest.mark.parametrize(
    ("port", "frame", "why"),
    [
        (1, "0102", RejectReason.MALFORMED_RECORD),
        (2, "0102FF", RejectReason.MALFORMED_RECORD),
        (2, "4331", RejectReason.MALFORMED_RECORD),
        (3, START[:-2], RejectReason.MALFORMED_RECORD),
        (3, START + "00", RejectReason.MALFORMED_RECORD),
        (3, START[:-2] + "81", RejectReason.MALFORMED_RECORD),
        (7, "01", RejectReason.UNKNOWN_STATUS),
    ],
)
def test_what_is_no_frame_of_it_is_refused(port: int, frame: str, why: RejectReason) -> None:
    decoded = hear(INFO.id, frame, port)
    assert not decoded.observations
    assert [reject.reason for reject in decoded.rejects] == [why]


def test_it_has_no_places_of_its_own() -> None:
    assert not ADAPTER.places(None, {}, tenant="t", received_at=ARRIVED).places


def test_all_vectors_say_the_same() -> None:
    causes = {
        "system request": "system request",
        "system_request_reset": "system request",
        "power_on_reset": "power on",
    }
    rows = vectors("bosch_tps110")
    assert len(rows) == 9
    for row in rows:
        said, decoded = row["decoded"], hear(INFO.id, row["hex"], row["fport"])
        assert not decoded.rejects
        assert state(decoded) == ("occupied" if said["occupied"] else "free")
        assert ("DeviceStarted" in kinds(decoded)) == (said["type"] == "startup")
        found = told(decoded)
        assert found.get("temperature_c") == said.get("temperature")
        assert found.get("firmware") == said.get("firmware")
        assert found.get("reset_cause") == causes.get(said.get("reset_cause"))
        if "debug_codes" in said:
            assert found["debug_codes"].split() == [str(code) for code in said["debug_codes"]]
