"""Nwave NPS310SM: three kinds of frames, reset causes of its own, and the vectors."""

from parking.words import RejectReason
from sensors.sources.nwave_nps310sm.adapter import INFO
from tests.sensors.uplinks import hear, kinds, state, told, vectors


def test_its_reset_causes_are_not_those_of_the_nps405() -> None:
    causes = [told(hear(INFO.id, f"010D00{cause:02x}00", 3))["reset_cause"] for cause in range(7)]
    assert causes == ["code 0", "watchdog", "power_on", "user_request", "brownout", "other", "code 6"]


def test_debug_bytes_and_unused_bits_are_kept() -> None:
    decoded = hear(INFO.id, "0102", 6)
    assert (kinds(decoded), told(decoded)) == (["DeviceHeartbeat"], {"debug_hex": "0102"})
    assert told(hear(INFO.id, "95")) == {"reserved_bits": 74}, "no minutes here"


def test_what_is_no_frame_of_it_is_refused() -> None:
    frames = ((1, "0100"), (2, "0115"), (3, "010D0002"), (3, "010D000202"), (10, "D11F345678"))
    reasons = [hear(INFO.id, frame, port).rejects[0].reason for port, frame in frames]
    assert reasons == [RejectReason.MALFORMED_RECORD] * 4 + [RejectReason.UNKNOWN_STATUS]


def test_all_vectors_say_the_same() -> None:
    rows = vectors("nwave_nps310sm")
    assert len(rows) == 3
    for row in rows:
        said, decoded = row["decoded"], hear(INFO.id, row["hex"], row["fport"])
        assert not decoded.rejects
        assert state(decoded) == ("occupied" if said["occupied"] else "free")
        assert ("DeviceStarted" in kinds(decoded)) == (said["type"] == "startup")
        assert told(decoded).get("firmware") == said.get("firmware")
        assert told(decoded).get("reset_cause") == said.get("reset_cause")
