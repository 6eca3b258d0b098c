"""Cicicom S-LG-I3: its texts, letter by letter; and the recorded frames."""

import pytest

from parking.words import RejectReason
from sensors.sources.cicicom_slgi3.adapter import INFO
from tests.sensors.uplinks import hear, kinds, refused, state, told
from tests.support import shared


@pytest.mark.parametrize(
    ("text", "becomes", "space"),
    [
        (b"C0", ["SpaceObserved"], "free"),
        (b"C1", ["SpaceObserved"], "occupied"),
        (b"C1E2003412AB", ["SpaceObserved"], "occupied"),
        (b"K13.55+22.0", ["SpaceObserved"], "occupied"),
        (b"K03.61-04.5E2003412AB", ["SpaceObserved"], "free"),
        (b"Q13.66+30.0V1.4.0", ["DeviceStarted", "SpaceObserved"], "occupied"),
        (b"R03.66+30.0V1.4.0", ["DeviceStarted", "SpaceObserved"], "free"),
        (b"E3.55\x11\x22\x33", ["DeviceFault"], None),
    ],
)
def test_what_each_text_becomes(text: bytes, becomes: list[str], space: str | None) -> None:
    decoded = hear(INFO.id, text)
    assert (kinds(decoded), state(decoded), list(decoded.rejects)) == (becomes, space, [])


def test_what_it_tells_beside_is_kept() -> None:
    assert told(hear(INFO.id, b"K03.61-04.5TAG")) == {
        "battery_v": 3.61, "temperature_c": -4.5, "letter": "K", "tag_id": "TAG",
    }  # fmt: skip
    assert told(hear(INFO.id, b"Q13.66+30.0V1.4.0"))["firmware"] == "V1.4.0"
    assert told(hear(INFO.id, b"E3.55\x11\x22\x33"))["why_hex"] == "112233"


@pytest.mark.parametrize(
    "text",
    [b"C", b"C2", b"c1", b"K1", b"K13.55", b"K13.5+22.0", b"K2" + b"3.55+22.0", b"Q13.66+30.0", b"X1",
     b"C1" + b"A" * 15, b"C1\x00", b"E", b"E3.55\x11\x22\x33\x44", b"C1\n"],
)  # fmt: skip
def test_what_is_no_text_of_it_is_refused(text: bytes) -> None:
    decoded = hear(INFO.id, text)
    assert refused(decoded)
    assert decoded.rejects[0].reason is RejectReason.MALFORMED_RECORD


def test_the_recorded_frames_say_what_they_are() -> None:
    folder = shared("field/README.md").parent
    said = {path.name[:3]: hear(INFO.id, path.read_text().strip()) for path in folder.glob("41*.hex")}
    assert {name: state(decoded) for name, decoded in said.items()} == {
        "41a": "free", "41b": "occupied", "41c": "occupied", "41d": "occupied", "41e": None,
    }  # fmt: skip
    assert kinds(said["41e"]) == ["DeviceFault"]
    assert kinds(said["41d"])[0] == "DeviceStarted"
    assert (told(said["41c"])["battery_v"], told(said["41c"])["temperature_c"]) == (3.55, 22.0)
