"""MOKO LW009-SM: a head, fields by tag, and what takes its sight away; and the recorded frame."""

import pytest

from parking.words import RejectReason
from sensors.sources.moko_lw009sm.adapter import INFO
from tests.sensors.uplinks import hear, kinds, refused, state, told
from tests.support import shared


def frame(fields: str, encrypted: int = 0, length: int | None = None) -> str:
    size = len(fields) // 2 if length is None else length
    return f"7E10692A10400007{size:04x}01{encrypted:02x}{fields}00007E"


@pytest.mark.parametrize(
    ("fields", "becomes", "space"),
    [
        ("02010C320101", ["SpaceObserved"], "occupied"),
        ("02010B320100", ["SpaceObserved"], "free"),
        ("020100320101", ["SpaceObserved"], "occupied"),
        ("02010C", ["SpaceObserved"], "occupied"),
        ("02010E320100", ["SpaceObserved"], "free"),  # a low battery is no fault
        ("020111320100", ["SpaceObserved"], "free"),  # nor is a thermometer
        ("02010D320100", ["DeviceFault"], None),
        ("020110320100", ["DeviceFault"], None),
        ("020112320101", ["DeviceFault"], None),
        ("030185050103", ["DeviceHeartbeat"], None),
    ],
)
def test_what_each_message_becomes(fields: str, becomes: list[str], space: str | None) -> None:
    decoded = hear(INFO.id, frame(fields))
    assert (kinds(decoded), state(decoded), list(decoded.rejects)) == (becomes, space, [])


def test_its_fields_are_kept() -> None:
    found = told(hear(INFO.id, frame("02010032010124015829020E420B01FB3501642506FF9C00000064990200FF")))
    assert (found["battery_v"], found["temperature_c"], found["counter"]) == (3.65, -5, 7)
    assert (found["battery_pct"], found["humidity_pct"], found["message"]) == (88, 100, "heartbeat")
    assert [found[f"magnet_{axis}"] for axis in "xyz"] == [-100, 0, 100]
    assert found["field_99_hex"] == "00ff"


@pytest.mark.parametrize("fields", ["320102", "02010C320100", "0201FF320101"])
def test_a_status_that_is_none_is_no_state_and_an_unknown_type_is_told(fields: str) -> None:
    decoded = hear(INFO.id, frame(fields))
    assert (state(decoded) == "occupied") == fields.startswith("0201FF")
    assert [reject.reason for reject in decoded.rejects] == [RejectReason.MALFORMED_RECORD]


@pytest.mark.parametrize(
    ("payload", "port"),
    [
        (frame("320101"), 2),
        (frame("320101", encrypted=1), 1),
        (frame("320101", length=4), 1),
        (frame("3202"), 1),
        (frame("32"), 1),
        (frame("320101320100"), 1),
        ("7F" + frame("320101")[2:], 1),
        (frame("320101")[:-2] + "7F", 1),
        ("7E", 1),
    ],
)
def test_what_is_no_frame_of_it_is_refused(payload: str, port: int) -> None:
    assert refused(hear(INFO.id, payload, port))


def test_the_recorded_frame_is_occupied() -> None:
    text = shared("field/40a-moko-lw009-sm-occupied-port1.hex").read_text().strip()
    decoded = hear(INFO.id, text)
    assert (state(decoded), list(decoded.rejects)) == ("occupied", [])
    assert (told(decoded)["temperature_c"], told(decoded)["battery_pct"]) == (21, 100)
