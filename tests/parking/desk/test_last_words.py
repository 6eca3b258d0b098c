"""What each device said last: of bays by their slots, of car parks by their registers."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from parking.catalogue.model import Device, Place
from parking.desk.last_words import DeviceWord, decode_words, encode_words, last_words_of
from parking.fold.registering import register
from parking.fold.state import EMPTY
from parking.observations import (
    OPERATOR,
    DeviceFault,
    DeviceHeartbeat,
    Diagnostics,
    LaneCounted,
    Observation,
    OpeningChanged,
    OperatorOverride,
    SiteCounted,
    SiteLevelled,
)
from parking.words import Audience, Fault, FillLevel, Opening, OverrideAspect, OverrideReason, SpaceState
from tests.parking.health.test_repairs import street, word
from tests.support import at, envelope, site


def words(place: Place, *said: Observation, now: float = 10) -> dict[str, DeviceWord]:
    state = EMPTY
    for one in said:
        state = register(state, one, place, at(now))
    found = last_words_of(state, place, at(now))
    assert decode_words(encode_words(found)) == found
    return {word.device_id: word for word in found}


def park(*devices: str, **more: object) -> Place:
    return site(devices=tuple(Device(source="src", id=name, **more) for name in devices))  # type: ignore[arg-type]


def test_a_device_that_never_spoke_has_no_word() -> None:
    said = words(park("d1", "d2"), SiteCounted(**envelope(1, "d1"), vacant=3))
    assert said["d1"].vacant == {Audience.PUBLIC: 3}
    assert said["d1"].heard_at == said["d1"].said_at == at(1)
    assert said["d2"] == DeviceWord(source="src", device_id="d2")


def test_two_counters_of_one_number_have_each_their_own() -> None:
    place = park("d1", "d2")
    said = words(place, SiteCounted(**envelope(1, "d1"), vacant=3), SiteCounted(**envelope(2, "d2"), vacant=9))
    assert (said["d1"].vacant, said["d2"].vacant) == ({Audience.PUBLIC: 3}, {Audience.PUBLIC: 9})


def test_a_lane_is_heard_and_says_no_number() -> None:
    place = park("in", "desk")
    said = words(place, SiteCounted(**envelope(1, "desk"), vacant=30), LaneCounted(**envelope(2, "in"), entries=2))
    assert said["in"].heard_at == at(2)
    assert said["in"].vacant == {}


def test_levels_gates_and_faults_are_told_and_a_fault_ends_with_the_next_count() -> None:
    place = park("d1", "gate")
    level = SiteLevelled(**envelope(1, "d1"), level=FillLevel.ALMOST_FULL)
    gate = OpeningChanged(**envelope(2, "gate"), opening=Opening.CLOSED)
    fault = DeviceFault(**envelope(3, "d1"), fault=Fault.UNUSABLE)
    said = words(place, level, gate, fault)
    assert said["gate"].opening is Opening.CLOSED
    assert (said["d1"].level, said["d1"].fault) == ({Audience.PUBLIC: FillLevel.ALMOST_FULL}, Fault.UNUSABLE)
    assert said["d1"].heard_at == at(3)
    healed = words(place, level, gate, fault, SiteCounted(**envelope(4, "d1"), vacant=1))
    assert healed["d1"].fault is None


def test_a_bay_has_its_state_its_battery_and_the_heartbeat_after_it() -> None:
    place = street()
    first = word(1, 0, "free")
    beat = DeviceHeartbeat(**envelope(5, first.device_id), diagnostics=Diagnostics(battery_v=3.3))
    said = words(place, first, beat)[first.device_id]
    assert (said.state, said.said_at, said.heard_at) == (SpaceState.FREE, at(1), at(5))
    assert (said.battery_v, said.space) == (3.3, place.spaces[0].id)
    broken = words(place, first, DeviceFault(**envelope(6, first.device_id)))[first.device_id]
    assert (broken.state, broken.fault) == (SpaceState.UNKNOWN, Fault.DEVICE_FAULT)


def test_a_device_that_came_to_a_slot_after_another_has_said_nothing_yet() -> None:
    old, *others = street().devices
    moved = Device(source="src", id="new", slot=0, valid_from=at(5))
    before = Device(source=old.source, id=old.id, slot=0, valid_to=at(5))
    place = msgspec.structs.replace(street(), devices=(before, moved, *others))
    said = words(place, word(1, 0, "free"))
    assert old.id not in said
    assert said["new"].heard_at is None


def test_a_device_that_people_have_set_aside_is_marked_until_that_ends() -> None:
    place = park("d1")
    head = envelope(2, place.id, source=OPERATOR)
    order = OperatorOverride(
        **head, aspect=OverrideAspect.DEVICE, of_source="src", of_device="d1", author="Ada", decision="d",
        reason=OverrideReason.MAINTENANCE, expires_at=at(2) + timedelta(hours=1),
    )  # fmt: skip
    count = SiteCounted(**envelope(1, "d1"), vacant=3)
    assert words(place, count, order)["d1"].is_ignored
    assert words(place, count, order)["d1"].vacant == {Audience.PUBLIC: 3}
    assert not words(place, count, order, now=63)["d1"].is_ignored
