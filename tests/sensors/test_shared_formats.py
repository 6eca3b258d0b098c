"""What the formats that many cities share say of one place, poll by poll, through the fold: in every order the same."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import permutations
from typing import NamedTuple

import pytest

from parking.observations import Observation
from parking.words import Fault, FillLevel, Opening
from sensors.intake.doubts import Doubts
from sensors.registry import ADAPTERS
from tests.parking.fold.test_occupancy import shown
from tests.support import at


def parkapi(minutes: float, **changes: object) -> bytes:
    updated = {"realtime_data_updated_at": at(minutes).isoformat(), "has_realtime_data": True}
    return json.dumps([{"uid": "P1", "capacity": 80, "realtime_free_capacity": 12, **updated, **changes}]).encode()


def ngsi(minutes: float, **changes: object) -> bytes:
    entity = {"id": "P1", "type": "OffStreetParking", "availableSpotNumber": 12, "totalSpotNumber": 80}
    return json.dumps([{**entity, "dateObserved": at(minutes).isoformat(), **changes}]).encode()


def siri(minutes: float, number: object = 12, status: str = "available") -> bytes:
    counting = {"CountingType": "availabilityCount", "CountedFeatureUnit": "bays", "Count": number}
    said = {"FacilityRef": "P1", "FacilityStatus": {"Status": status}, "MonitoredCounting": counting}
    inner = {"FacilityCondition": [said], "ResponseTimestamp": at(minutes).isoformat()}
    return json.dumps({"Siri": {"ServiceDelivery": {"FacilityMonitoringDelivery": [inner]}}}).encode()


class Story(NamedTuple):
    """A number at noon, what came a minute later, and what is known then: vacant, level, opening, a fault."""

    source: str
    first: bytes
    then: bytes
    vacant: int | None
    level: FillLevel
    opening: Opening
    fault: Fault | None


SPACE, FULL, DARK = FillLevel.SPACES_AVAILABLE, FillLevel.FULL, FillLevel.UNKNOWN
NONE, OUT = Opening.UNKNOWN, Fault.COUNTING_OUT_OF_SERVICE
STORIES = [
    Story("parkapi", parkapi(0), parkapi(1, realtime_free_capacity=13), 13, SPACE, NONE, None),
    Story("parkapi", parkapi(0), parkapi(1, realtime_free_capacity=-1), None, DARK, NONE, Fault.UNUSABLE),
    Story("parkapi", parkapi(0), parkapi(1, realtime_free_capacity=81), None, DARK, NONE, Fault.UNUSABLE),
    Story("parkapi", parkapi(0), parkapi(0, has_realtime_data=False), None, DARK, NONE, OUT),
    Story("parkapi", parkapi(0), parkapi(1, realtime_opening_status="CLOSED"), 12, DARK, Opening.CLOSED, None),
    Story("ngsi_ld", ngsi(0), ngsi(1, availableSpotNumber=0), 0, FULL, NONE, None),
    Story("ngsi_ld", ngsi(0), ngsi(1, availableSpotNumber=None), None, DARK, NONE, Fault.UNUSABLE),
    Story("ngsi_ld", ngsi(0), ngsi(1, status=["onFire"]), None, DARK, NONE, Fault.UNUSABLE),
    Story("ngsi_ld", ngsi(0), ngsi(1, occupancyDetectionType=["none"]), None, DARK, NONE, OUT),
    Story("ngsi_ld", ngsi(0), b'{"id":"P1","type":"OffStreetParking","name":"Nord"}', 12, SPACE, NONE, None),
    Story("ngsi_ld", ngsi(0), b'{"id":"P1","type":"OffStreetParking","deletedAt":"2026-05-04T12:01:00Z"}',
          None, DARK, NONE, Fault.UNUSABLE),
    Story("siri_fm", siri(0), siri(1, 0, "notAvailable"), 0, FULL, Opening.OPEN, None),
    Story("siri_fm", siri(0), siri(1, 3, "notAvailable"), 3, DARK, Opening.CLOSED, None),
    Story("siri_fm", siri(0), siri(1, -3), None, DARK, Opening.OPEN, Fault.UNUSABLE),
    Story("siri_fm", siri(0), siri(1, 3, "unknown"), None, DARK, Opening.OPEN, OUT),
]  # fmt: skip


def heard(story: Story, *bodies: bytes) -> list[Observation]:
    """The words of several polls, a minute apart, as they go to Kafka."""
    doubts, adapter = Doubts(), ADAPTERS[story.source]
    polls = [
        doubts.rank(adapter.decode(body, tenant="testville", received_at=at(minute), recorded=False))
        for minute, body in enumerate(bodies)
    ]
    return [one for poll in polls for one in poll.observations]


@pytest.mark.parametrize("story", STORIES)
def test_each_word_ends_what_it_ends_in_whatever_order_and_however_often(story: Story) -> None:
    adapter = ADAPTERS[story.source]
    [place] = adapter.places(story.first, {}, tenant="testville", received_at=at()).places
    said = heard(story, story.first, story.then)
    states = [shown(place, *order, clock=2) for order in permutations([*said, said[0]])]
    now = states[0]
    assert all(one == now for one in states)
    assert (now.vacant, now.level, now.opening) == (story.vacant, story.level, story.opening)
    assert now.faults == (() if story.fault is None else (story.fault,))


@pytest.mark.parametrize("story", [one for one in STORIES if one.fault is Fault.UNUSABLE])
def test_the_next_word_that_can_be_used_brings_the_number_back(story: Story) -> None:
    adapter = ADAPTERS[story.source]
    [place] = adapter.places(story.first, {}, tenant="testville", received_at=at()).places
    make = {"parkapi": parkapi, "ngsi_ld": ngsi, "siri_fm": siri}[story.source]
    healed = shown(place, *heard(story, story.first, story.then, make(2)), clock=3)
    assert (healed.vacant, healed.faults) == (12, ())
    late = shown(place, *heard(story, story.first), clock=timedelta(hours=1) / timedelta(minutes=1))
    assert late.vacant is None, "a number has its contract"
