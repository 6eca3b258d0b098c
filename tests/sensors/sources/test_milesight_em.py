"""Milesight EM310-UDL and EM400-MUD: a distance, which the catalogue makes a state of; a tilted one sees nothing."""

import pytest

from parking.observations import DistanceObserved
from sensors.sources.milesight_em.adapter import INFO
from tests.sensors.uplinks import hear, kinds, refused, told


def distance(frame: str) -> int | None:
    return next(
        (one.distance_mm for one in hear(INFO.id, frame, 85).observations if isinstance(one, DistanceObserved)), None
    )


@pytest.mark.parametrize(
    ("frame", "becomes", "distance_mm"),
    [
        ("01755C03824408040000", ["DistanceObserved"], 2116),
        ("01755C036701010482BC02050000", ["DistanceObserved"], 700),
        ("84824106 01".replace(" ", ""), ["DistanceObserved"], 1601),
        ("8367E80001 8482410601".replace(" ", ""), ["DistanceObserved"], 1601),
        ("01755C03824408040001", ["DeviceFault"], None),  # tilted
        ("01755C", ["DeviceHeartbeat"], None),
        ("FF0BFFFF0A0112", ["DeviceStarted"], None),
        ("FFFEFF0382BC02", ["DeviceStarted", "DistanceObserved"], 700),
    ],
)
def test_what_each_frame_becomes(frame: str, becomes: list[str], distance_mm: int | None) -> None:
    decoded = hear(INFO.id, frame, 85)
    assert (kinds(decoded), distance(frame), list(decoded.rejects)) == (becomes, distance_mm, [])


def test_what_it_tells_beside_is_kept() -> None:
    found = told(hear(INFO.id, "01755C0367F6FF0482BC02050000", 85))
    assert found == {"temperature_c": -1.0, "battery_pct": 92, "distance_mm": 700, "tilted": False}
    assert told(hear(INFO.id, "FF0BFFFF0A0112", 85))["firmware"] == "1.12"


@pytest.mark.parametrize("frame", ["03820000", "0382FFFF", "0482BC028482BD0201", "0382BC02040002"])
def test_a_distance_that_says_nothing_is_none_and_is_told(frame: str) -> None:
    decoded = hear(INFO.id, frame, 85)
    assert (distance(frame), len(decoded.rejects)) == (None, 1)


def test_an_answer_to_a_downlink_is_left_over() -> None:
    decoded = hear(INFO.id, "0382BC02FE021000", 85)
    assert (kinds(decoded), len(decoded.rejects)) == (["DistanceObserved"], 1)


@pytest.mark.parametrize(
    "frame",
    [
        "0100",
        "82BC02",
        "0382BC",
        "0382BC02050000",
        "7E",
        "848206160801260100014B",
        "84824106 02".replace(" ", ""),
        "0382BC02AA00",
    ],
)
def test_what_is_no_frame_of_it_is_refused(frame: str) -> None:
    assert refused(hear(INFO.id, frame, 85))
