"""What the audit of a catalogue finds, and what it does not claim."""

from __future__ import annotations

from parking.catalogue.audit import Disputed, Silence, audit
from parking.catalogue.description import THE_CITY, Claimed
from parking.catalogue.model import Device
from parking.published.availability import Availability
from parking.published.space_states import pack_states
from parking.rejects import Reject, make_reject
from parking.words import RejectReason, SpaceState
from tests.support import TENANT, at, site, zone

HEARD = Availability(vacant=3, observed_at=at(0))


def stranger(device: str, minutes: float, reason: RejectReason = RejectReason.UNKNOWN_SITE) -> Reject:
    return make_reject(TENANT, "src", reason, f"{device} at {minutes}", b"", at(minutes), device)


def test_a_catalogue_where_everyone_speaks_is_clean() -> None:
    assert audit([site()], {"p1": HEARD}, [], at(1)).is_clean


def test_a_place_that_never_spoke_and_its_devices_are_named() -> None:
    found = audit([site()], {}, [], at(1))
    assert found.never_observed == ["p1"]
    assert [(one.device, one.why) for one in found.unheard] == [("d1", Silence.NEVER_OBSERVED)]


def test_a_device_whose_time_is_over_or_not_yet_come_is_not_missed() -> None:
    devices = (Device(source="src", id="old", valid_to=at(1)), Device(source="src", id="new", valid_from=at(2)))
    assert audit([site(devices=devices)], {}, [], at(1)).unheard == []


def test_of_a_zone_the_spaces_without_a_live_value_are_named() -> None:
    states = pack_states([SpaceState.FREE, SpaceState.UNKNOWN, SpaceState.OCCUPIED])
    found = audit([zone(3)], {"z1": Availability(observed_at=at(0), space_states=states)}, [], at(1))
    assert [(one.device, one.space, one.why) for one in found.unheard] == [("s1", "1", Silence.NO_LIVE_VALUE)]


def test_a_device_that_is_refused_is_not_unheard() -> None:
    refused = [(stranger("d1", 0, RejectReason.NEGATIVE_COUNT), 1)]
    found = audit([site()], {}, refused, at(1))
    assert found.unheard == []
    assert found.unknown == [], "a wrong count is no stranger"


def test_strangers_are_counted_and_told_from_devices_that_spoke_outside_their_dates() -> None:
    rejects = [(stranger("x", 1), 2), (stranger("x", 5), 1), (stranger("d1", 0, RejectReason.UNKNOWN_DEVICE), 1)]
    found = audit([site()], {"p1": HEARD}, rejects, at(9))
    assert [(one.device, one.times, one.last_at, one.catalogued, one.detail) for one in found.unknown] == [
        ("d1", 1, at(0), True, "d1 at 0"),
        ("x", 3, at(5), False, "x at 5"),
    ]


def test_two_devices_on_one_space_are_one_finding() -> None:
    double = zone(1, devices=(Device(source="src", id="a", slot=0), Device(source="src", id="b", slot=0)))
    (found,) = audit([double], {}, [], at(0)).double
    assert (found.devices, found.places, found.space) == (("a", "b"), ("z1", "z1"), "0")


def test_a_counter_that_was_heard_once_and_fell_silent_is_named() -> None:
    silent = Availability(observed_at=at(0), valid_until=at(15))
    found = audit([site()], {"p1": silent}, [], at(60))
    assert [(one.device, one.why) for one in found.unheard] == [("d1", Silence.NO_LIVE_VALUE)]


def test_a_sensor_that_the_catalogue_has_as_another_make_is_named_with_it() -> None:
    eui = "00db1a2b3c4d5e6f"
    place = zone(1, devices=(Device(source="nwave", id=eui, slot=0),))
    found = audit([place], {}, [(stranger(eui, 1), 2), (stranger(eui, 5), 1)], at(9))
    (one,) = found.mistaken
    assert (one.device, one.heard_as, one.catalogued_as, one.times, one.last_at) == (eui, "src", ("nwave",), 3, at(5))
    assert not audit([site()], {}, [(stranger("d9", 1), 1)], at(9)).mistaken, "other ids may be two devices'"


def test_a_sensor_whose_refused_frames_are_another_makes_is_named_and_how_to_mend_it() -> None:
    refused = [
        (stranger("d1", 1, RejectReason.MALFORMED_RECORD), 1),
        (stranger("x", 2, RejectReason.UNKNOWN_STATUS), 4),
    ]
    found = audit([site()], {"p1": HEARD}, refused, at(9), lambda reject: ["moko"])
    assert [(one.device, one.looks_like, one.times) for one in found.mistaken] == [
        ("d1", ("moko",), 1),
        ("x", ("moko",), 4),
    ]
    assert "correct its source" in found.mistaken[0].detail
    assert "correct its source" not in found.mistaken[1].detail, "it is in no catalogue"
    assert not found.is_clean


def test_two_words_about_one_field_are_a_finding_and_who_said_what_is_none() -> None:
    said = site(
        capacity=90,
        said_by={"capacity": "src", "height_cm": THE_CITY},
        claims={"o": Claimed(capacity=80, height_cm=190)},
    )
    found = audit([said], {"p1": HEARD}, [], at(1))
    assert found.disputed == [
        Disputed("p1", "capacity", "src", 90, "o", 80),
        Disputed("p1", "height_cm", THE_CITY, None, "o", 190),
    ]
    assert not found.is_clean
    clean = audit([site(said_by={"capacity": "src"})], {"p1": HEARD}, [], at(1))
    assert clean.is_clean
    assert clean.said_by == {"p1": {"capacity": "src"}}
