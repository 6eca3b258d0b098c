"""What is found wrong in a city, and under which cause: one cause is one condition that is not explained."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from parking.catalogue.model import Device
from parking.health.alarms.finding import find_conditions, list_unseen
from parking.health.alarms.kinds import RULES, TroubleKind
from parking.health.alarms.sight import ClockSeen, Component, FeedSeen, RefusedWord, RejectsSeen, Sight
from parking.published.availability import ByHand
from parking.signs.status import SignState
from parking.signs.words import DarkBecause
from parking.words import Fault, FillLevel, Opening, OverrideAspect, OverrideReason, Problem, RejectReason
from tests.parking.health.alarms.city import City, dark
from tests.support import at

K = TroubleKind


def test_where_all_is_well_nothing_is_found() -> None:
    assert City().find(at(0)) == []


def test_nothing_seen_is_nothing_found_and_every_kind_has_its_rule() -> None:
    sight = Sight(now=at(0))
    assert find_conditions(sight) == []
    assert list_unseen(sight) == frozenset(K) == RULES.keys()
    assert list_unseen(City().sight(at(0))) == frozenset()


def test_a_dead_feed_that_fells_its_car_parks_is_one_with_all_of_them() -> None:
    city = City()
    city.all_well(at(30), "nantes")
    fed = sorted(id_ for id_, place in city.places.items() if place.devices[0].source == "nantes")
    for id_ in fed[:4]:
        city.doubt(id_, Problem.SILENT, at(30))
    (root,) = city.roots(at(30))
    assert (root.kind, root.cause, list(root.places)) == (K.FEED_SILENT, "feed:nantes", fed)
    assert root.since == at(0)
    assert root.spaces == sum(city.places[id_].capacity or 0 for id_ in fed)
    under = [one for one in city.find(at(30)) if one.under == root.id]
    assert sorted({one.places[0] for one in under}) == fed


def test_a_dead_feed_is_seen_by_its_places_where_nobody_knows_when_it_spoke() -> None:
    city = City()
    city.all_well(at(30), "nantes")
    del city.feeds["nantes"]
    (root,) = city.roots(at(30))
    assert (root.kind, root.cause) == (K.FEED_SILENT, "feed:nantes")


def test_a_feed_that_sleeps_while_all_its_places_are_closed_is_missed_by_nobody() -> None:
    city = City()
    for id_, place in city.places.items():
        if place.devices[0].source == "lanes":
            city.say(id_, at(0), vacant=None, level=FillLevel.UNKNOWN, opening=Opening.CLOSED)
    city.all_well(at(400), "lanes")
    assert city.roots(at(400)) == []


def test_a_place_that_a_second_source_tells_of_is_not_felled_by_the_silence_of_one() -> None:
    city = City()
    place = city.places["P1"]
    second = Device(source="lanes", id="second", valid_for_s=900)
    city.places["P1"] = msgspec.structs.replace(place, devices=(*place.devices, second))
    city.all_well(at(30), "nantes")
    city.say("P1", at(30))
    (root,) = city.roots(at(30))
    assert root.kind is K.FEED_SILENT
    assert "P1" not in root.places
    assert "P2" in root.places


def test_rejects_that_have_ended_no_number_yet_weigh_what_might_follow() -> None:
    city = City()
    city.rejects["nantes"] = RejectsSeen(source="nantes", recent=60, usual=0.0)
    (root,) = city.roots(at(0))
    assert (root.places, root.certainty) == ((), 0.3)
    assert root.stake > 0


def test_the_order_in_which_things_are_seen_does_not_matter() -> None:
    city = City()
    city.all_well(at(30), "nantes", "Z1")
    city.lose("P0", at(30), Fault.UNUSABLE)
    for number in (0, 3, 6):
        city.doubt(f"P{number}", Problem.COUNTER_DRIFT, at(30))
    city.show("A1", at(30), SignState.DARK, lines=dark(DarkBecause.STALE))
    city.show("A3", at(30), SignState.WRONG)
    found = {one.id: one for one in city.find(at(30))}
    for seed in range(20):
        chance = random.Random(seed)
        for mapping in (city.places, city.said, city.findings, city.feeds, city.signs, city.statuses, city.probes):
            mixed = chance.sample(sorted(mapping.items(), key=str), k=len(mapping))
            mapping.clear()
            mapping.update(mixed)
        assert {one.id: one for one in city.find(at(30))} == found


def test_many_places_of_a_feed_that_fall_together_are_one() -> None:
    city = City()
    city.all_well(at(30), "P1", "P2", "P4", "P5", "P7", "P8")
    assert city.kinds(at(30)) == [K.FEED_PARTLY_SILENT]
    city.all_well(at(30), "P1", "P2")
    assert city.kinds(at(30)) == [K.NUMBER_UNKNOWN] * 2


def test_all_feeds_silent_is_the_network_and_with_the_intake_away_it_is_the_intake() -> None:
    city = City()
    city.all_well(at(5), "nantes", "lanes", "lora")
    for source, feed in city.feeds.items():
        city.feeds[source] = msgspec.structs.replace(feed, every_s=30.0)
    assert city.kinds(at(5)) == [K.NOTHING_ARRIVES]
    city.fell(Component.INTAKE, at(1))
    assert city.kinds(at(5)) == [K.INTAKE_AWAY]


def test_a_feed_that_tells_of_the_past_is_late() -> None:
    city = City()
    city.all_well(at(60), "lanes")
    city.feeds["lanes"] = FeedSeen(source="lanes", heard_at=at(60), told_at=at(5), every_s=30.0)
    assert city.kinds(at(60)) == [K.FEED_LATE]


@pytest.mark.parametrize("component", [Component.BROKER, Component.REDIS, Component.WORKER])
def test_a_component_away_explains_all_that_it_fells(component: Component) -> None:
    city = City()
    city.fell(component, at(1))
    city.all_well(at(30), *city.places)
    (root,) = city.roots(at(30))
    assert root.kind.value == f"{component.value}_away"
    assert len([one for one in city.find(at(30)) if one.under == root.id]) > 10


def test_everything_away_is_the_broker() -> None:
    city = City()
    for component in Component:
        city.fell(component, at(1))
    assert city.kinds(at(2)) == [K.BROKER_AWAY]


def test_clocks_that_disagree_are_one_condition() -> None:
    city = City()
    city.clock = ClockSeen(city_ahead_s=0, redis_ahead_s=-90, stopped_s=0, since=at(0))
    (root,) = city.roots(at(1))
    assert (root.kind, root.detail) == (K.CLOCK_TROUBLE, {"clocks": "redis"})


def test_where_nobody_knocks_at_a_worker_a_clock_that_stands_is_one_that_is_away() -> None:
    city = City()
    city.clock = ClockSeen(city_ahead_s=0, redis_ahead_s=0, stopped_s=90, since=at(0))
    assert city.kinds(at(1)) == [K.CLOCK_TROUBLE]
    del city.probes[Component.WORKER]
    assert city.kinds(at(1)) == [K.WORKER_AWAY]


@pytest.mark.parametrize("opening", [Opening.CLOSED, Opening.CLOSED_ABNORMAL, Opening.SUBSCRIBERS_ONLY])
def test_a_place_that_lets_nobody_in_needs_no_number(opening: Opening) -> None:
    city = City()
    city.say("P1", at(0), vacant=None, level=FillLevel.UNKNOWN, opening=opening)
    assert city.roots(at(0)) == []
    assert [one for one in city.roots(at(14)) if one.places == ("P1",)] == []


def test_bounds_or_a_level_are_known_too() -> None:
    city = City()
    city.say("P1", at(0), vacant=None, vacant_low=3, level=FillLevel.UNKNOWN)
    city.say("P2", at(0), vacant=None, level=FillLevel.FULL)
    assert city.roots(at(0)) == []


def test_places_never_observed_are_one_standing_line() -> None:
    city = City()
    for number in range(10):
        city.lose(f"P{number}", at(0), Fault.NEVER_OBSERVED)
        city.said[f"P{number}"] = msgspec.structs.replace(city.said[f"P{number}"], observed_at=None, valid_until=None)
    (root,) = city.roots(at(0))
    assert (root.kind, len(root.places)) == (K.NEVER_OBSERVED, 10)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (RejectReason.NEGATIVE_COUNT, K.NUMBER_IMPOSSIBLE),
        (RejectReason.FREE_ABOVE_CAPACITY, K.NUMBER_IMPOSSIBLE),
        (RejectReason.MALFORMED_RECORD, K.NUMBER_WITHDRAWN),
    ],
)
def test_a_refused_word_that_ended_a_number_says_how(reason: RejectReason, kind: TroubleKind) -> None:
    city = City()
    city.lose("P1", at(0), Fault.UNUSABLE)
    city.refused["P1"] = RefusedWord(reason=reason, at=at(0), source="nantes")
    (root,) = city.roots(at(1))
    assert (root.kind, root.since, root.places) == (kind, at(0), ("P1",))


def test_a_word_refused_before_the_last_good_one_explains_nothing() -> None:
    city = City()
    city.refused["P1"] = RefusedWord(reason=RejectReason.NEGATIVE_COUNT, at=at(-60), source="nantes")
    assert city.roots(at(0)) == []
    city.lose("P1", at(0), Fault.COMMUNICATIONS_FAILURE)
    assert city.kinds(at(0)) == [K.NUMBER_UNKNOWN]


def test_rejects_that_jump_explain_the_numbers_they_ended() -> None:
    city = City()
    for number in (1, 2, 4):
        city.lose(f"P{number}", at(0), Fault.UNUSABLE)
        city.refused[f"P{number}"] = RefusedWord(reason=RejectReason.WRONG_TYPE, at=at(0), source="nantes")
    reasons = {RejectReason.WRONG_TYPE: 60, RejectReason.LATE: 3}
    city.rejects["nantes"] = RejectsSeen(source="nantes", recent=63, usual=2.0, since=at(-2), reasons=reasons)
    (root,) = city.roots(at(0))
    assert (root.kind, root.places) == (K.REJECTS_JUMP, ("P1", "P2", "P4"))
    assert root.detail == {"reason": "wrong_type"}


@pytest.mark.parametrize(
    ("recent", "usual", "jumps"),
    [(19, 0, False), (20, 0, True), (90, 30, False), (150, 30, True), (49, None, False), (50, None, True)],
)
def test_a_few_rejects_more_are_no_jump(recent: int, usual: float | None, jumps: bool) -> None:
    city = City()
    city.rejects["nantes"] = RejectsSeen(source="nantes", recent=recent, usual=usual)
    assert (city.kinds(at(0)) == [K.REJECTS_JUMP]) is jumps


def test_a_published_number_that_cannot_be_is_impossible() -> None:
    city = City()
    city.say("P1", at(0), vacant=8259, capacity=140)
    assert city.kinds(at(0)) == [K.NUMBER_IMPOSSIBLE]


def test_what_is_wrong_with_a_counter_is_one_with_the_number_it_fells() -> None:
    city = City()
    city.doubt("P1", Problem.COUNTER_DRIFT, at(0))
    city.doubt("P2", Problem.UNCHANGED, at(0))
    city.doubt("P4", Problem.SILENT, at(0))
    city.doubt("P5", Problem.RESTARTING, at(0))
    city.doubt("P7", Problem.UNCHANGED, at(0), certainty=0.4)
    assert city.kinds(at(0)) == [K.COUNTER_DRIFT, K.COUNTER_FAULT, K.COUNTER_SILENT, K.COUNTER_STUCK]
    city.lose("P1", at(0), Fault.COUNTER_DRIFT)
    city.lose("P4", at(0), Fault.COMMUNICATIONS_FAILURE)
    assert city.kinds(at(0)).count(K.NUMBER_UNKNOWN) == 2
    assert not {K.COUNTER_DRIFT, K.COUNTER_SILENT} & set(city.kinds(at(0)))


def test_a_counter_that_has_spoken_since_it_was_found_silent_is_not_silent() -> None:
    city = City()
    city.doubt("P1", Problem.SILENT, at(-8))
    assert city.roots(at(0)) == []
    city.doubt("P1", Problem.UNCHANGED, at(-8))
    assert city.kinds(at(0)) == [K.COUNTER_STUCK]


def by_hand(aspect: OverrideAspect, until: float = 60, **more: Any) -> ByHand:
    reason = OverrideReason(next(iter(OverrideReason)))
    return ByHand(aspect=aspect, reason=reason, since=at(-5), until=at(until), decision="0" * 32, **more)


def test_what_somebody_has_set_by_hand_is_no_alarm_until_it_ends() -> None:
    city = City()
    city.lose("P1", at(0), Fault.WITHDRAWN)
    orders = (by_hand(OverrideAspect.NUMBER, until=10),)
    city.said["P1"] = msgspec.structs.replace(city.said["P1"], by_hand=orders)
    assert city.roots(at(0)) == []
    city.all_well(at(12), "P1")
    assert city.kinds(at(12)) == [K.NUMBER_UNKNOWN]


def test_a_device_that_is_ignored_by_order_is_no_alarm_and_what_else_is_wrong_stays_one() -> None:
    city = City()
    city.doubt("P1", Problem.UNCHANGED, at(0))
    city.lose("P1", at(0), Fault.UNUSABLE)
    city.doubt("Z1", Problem.UNCHANGED, at(0), device=1)
    orders = (by_hand(OverrideAspect.DEVICE, device="nantes/d1"),)
    city.said["P1"] = msgspec.structs.replace(city.said["P1"], by_hand=orders)
    assert city.kinds(at(0)) == [K.SENSORS_TO_VISIT]
    city.said["Z1"] = msgspec.structs.replace(
        city.said["Z1"], by_hand=(by_hand(OverrideAspect.DEVICE, device="lora/s1.1"),)
    )
    assert city.roots(at(0)) == []
    other = Device(source="nantes", id="other", valid_for_s=900)
    place = city.places["P1"]
    city.places["P1"] = msgspec.structs.replace(place, devices=(*place.devices, other))
    assert city.kinds(at(0)) == [K.NUMBER_WITHDRAWN], "its other counter should have given a number"


def test_single_sensors_of_streets_are_one_round_and_a_blind_street_is_its_own() -> None:
    city = City()
    for street in range(3):
        for device in range(2):
            city.doubt(f"Z{street}", Problem.UNCHANGED, at(0), device=device)
    (root,) = city.roots(at(0))
    assert (root.kind, len(root.places), len(root.devices)) == (K.SENSORS_TO_VISIT, 3, 6)
    city.say("Z3", at(0), reporting_share=0.3)
    assert city.kinds(at(0)) == [K.SENSORS_TO_VISIT], "its other sensors were never heard: that is no fall"
    for device in range(2):
        city.doubt("Z3", Problem.SILENT, at(0), device=device)
    assert city.kinds(at(0)) == [K.SENSORS_TO_VISIT, K.STREET_BLIND]
    city.hidden = {"findings"}
    assert city.kinds(at(0)) == [K.STREET_BLIND], "where devices cannot be seen, its share alone says so"


def test_a_radio_gateway_that_dies_blinds_its_streets_as_one_cause_and_nobody_visits_their_sensors() -> None:
    city = City(streets=12)
    city.all_well(at(200))
    for street in range(4):
        city.say(f"Z{street}", at(200), reporting_share=0.25)
        for device in range(6):
            heard = at(10 - device / 2)
            city.doubt(f"Z{street}", Problem.SILENT, at(200), device=device, heard_at=heard, since=heard)
    city.doubt("Z9", Problem.SILENT, at(200), heard_at=at(-300))
    partly, visit = sorted(city.roots(at(200)), key=lambda one: one.kind)
    assert (partly.kind, partly.places) == (K.FEED_PARTLY_SILENT, ("Z0", "Z1", "Z2", "Z3"))
    assert (visit.kind, visit.places) == (K.SENSORS_TO_VISIT, ("Z9",))
    for street in (2, 3):  # two streets may fall by chance
        city.say(f"Z{street}", at(200))
    assert city.kinds(at(200)) == [K.SENSORS_TO_VISIT, K.STREET_BLIND, K.STREET_BLIND]


def test_streets_blinded_at_different_times_are_alarms_of_their_own() -> None:
    city = City(streets=12)
    city.all_well(at(900))
    for street in range(4):
        city.say(f"Z{street}", at(900), reporting_share=0.25)
        for device in range(6):
            city.doubt(f"Z{street}", Problem.SILENT, at(900), device=device, heard_at=at(100 * street))
    assert city.kinds(at(900)).count(K.STREET_BLIND) == 4


def test_a_dead_feed_of_sensors_is_no_round_through_the_whole_city() -> None:
    city = City(streets=12)
    city.all_well(at(600), "lora")
    for street in range(12):
        for device in range(8):
            city.doubt(f"Z{street}", Problem.SILENT, at(600), device=device, heard_at=at(0))
    assert city.kinds(at(600)) == [K.FEED_SILENT]


def test_a_badge_bay_weighs_twice_and_an_unknown_size_stays_unknown() -> None:
    city = City()
    city.lose("Z1", at(0), Fault.COMMUNICATIONS_FAILURE)
    (root,) = city.roots(at(0))
    assert (root.kind, root.spaces, root.unsized) == (K.STREET_BLIND, 9, 0)
    city.places["P1"] = msgspec.structs.replace(city.places["P1"], capacity=None)
    city.lose("P1", at(0))
    (unsized,) = [one for one in city.roots(at(0)) if one.places == ("P1",)]
    assert (unsized.spaces, unsized.unsized, unsized.stake > 0) == (0, 1, True)


def test_what_was_wrong_long_before_a_cause_is_wrong_for_itself() -> None:
    city = City()
    city.all_well(at(0), "P1")
    city.said["P1"] = msgspec.structs.replace(
        city.said["P1"], observed_at=at(-600), valid_until=at(-600) + timedelta(minutes=15)
    )
    city.all_well(at(30), "nantes", "P1")
    assert city.kinds(at(30)) == [K.FEED_SILENT, K.NUMBER_UNKNOWN]


def test_ids_are_the_same_for_the_same_cause_and_safe_in_a_subject() -> None:
    one, other = City(), City()
    for city in (one, other):
        city.lose("P1", at(0), Fault.COMMUNICATIONS_FAILURE)
        city.doubt("P2", Problem.COUNTER_DRIFT, at(0))
    other.all_well(at(5), "P1")
    assert {condition.id for condition in one.find(at(0))} == {condition.id for condition in other.find(at(5))}
    assert all(set(condition.id) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-") for condition in one.find(at(0)))
