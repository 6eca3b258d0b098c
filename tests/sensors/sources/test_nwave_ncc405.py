"""Nwave NCC405: running totals, of which the fold takes differences; and the recorded frames."""

import pytest

from parking.observations import LaneTotalled
from sensors.sources.nwave_ncc405.adapter import INFO
from tests.sensors.uplinks import hear, kinds, refused, told
from tests.support import shared


def test_a_total_is_of_entries_unless_the_catalogue_turns_it_round() -> None:
    (seen,) = hear(INFO.id, "06AA", 1).observations
    assert isinstance(seen, LaneTotalled)
    assert (seen.entries, seen.exits) == (1706, None)


def test_a_heartbeat_and_a_start_say_no_count() -> None:
    beat, start = hear(INFO.id, "A86661", 2), hear(INFO.id, "010D0002", 3)
    assert (kinds(beat), kinds(start)) == (["DeviceHeartbeat"], ["DeviceStarted"])
    found = told(beat)
    assert (found["battery_v"], found["battery_mean_24h_v"], found["hardware_health"]) == (2.908, 2.888, 21)
    assert (told(start)["firmware"], told(start)["reset_cause"]) == ("1.13.0", "power_on")
    assert told(hear(INFO.id, "CAFE", 6)) == {"debug_hex": "cafe"}


@pytest.mark.parametrize(
    ("port", "frame"), [(1, "06"), (1, "06AA00"), (2, "A866"), (2, "00D3D800590B"), (3, "010D000200"), (5, "06AA"),
                        (1, "4330"), (1, "4331")],
)  # fmt: skip
def test_what_is_no_frame_of_it_is_refused(port: int, frame: str) -> None:
    assert refused(hear(INFO.id, frame, port))


def test_the_recorded_frames_say_what_they_are() -> None:
    folder = shared("field/README.md").parent
    said = {
        path.name[:3]: hear(INFO.id, path.read_text().strip(), int(path.stem[-1])) for path in folder.glob("45*.hex")
    }
    assert {name: kinds(decoded) for name, decoded in said.items()} == {
        "45a": ["LaneTotalled"], "45b": ["DeviceHeartbeat"], "45c": ["DeviceStarted"],
    }  # fmt: skip
    assert not any(decoded.rejects for decoded in said.values())
