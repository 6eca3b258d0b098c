from datetime import UTC, datetime

from parking.catalogue.model import Device
from parking.fold.admission import find_refusal
from parking.observations import LaneCounted, SiteCounted, SpaceObserved
from parking.words import Audience, RejectReason, SpaceState
from tests.support import at, envelope, site, zone

LOGGED = at(60)


def reason(observation, place):
    refusal = find_refusal(observation, place, LOGGED)
    return refusal and refusal.reason


def count(vacant: int = 10, **more):
    extra = {name: more.pop(name) for name in ("capacity", "category") if name in more}
    return SiteCounted(**envelope(**more), vacant=vacant, **extra)


def test_a_sound_count_is_admitted() -> None:
    assert reason(count(), site()) is None


def test_five_minutes_ahead_are_tolerated_and_not_a_second_more() -> None:
    assert reason(count(observed_at=at(5), received_at=at(0)), site()) is None
    late = count(observed_at=at(5.02), received_at=at(0))
    assert reason(late, site()) is RejectReason.FUTURE_TIME
    assert "check the clock" in find_refusal(late, site(), LOGGED).detail


def test_a_place_that_is_not_catalogued_is_refused() -> None:
    assert reason(count(), None) is RejectReason.UNKNOWN_SITE


def test_a_device_counts_only_between_its_dates() -> None:
    place = site(devices=(Device(source="src", id="d1", valid_from=at(0), valid_to=at(10)),))
    assert reason(count(minutes=0), place) is None
    assert reason(count(minutes=10), place) is RejectReason.UNKNOWN_DEVICE
    assert reason(count(device="d2"), place) is RejectReason.UNKNOWN_DEVICE


def test_more_free_than_there_are_is_refused_against_the_record_then_the_catalogue() -> None:
    assert reason(count(81, capacity=80), site()) is RejectReason.FREE_ABOVE_CAPACITY
    assert reason(count(101), site(capacity=100)) is RejectReason.FREE_ABOVE_CAPACITY
    assert reason(count(101, capacity=120), site(capacity=100)) is None
    assert reason(count(5, capacity=0), site()) is RejectReason.FREE_ABOVE_CAPACITY
    assert reason(count(0, capacity=0), site()) is None


def test_the_ordinary_capacity_does_not_judge_other_categories() -> None:
    assert reason(count(101, category=Audience.EV), site(capacity=100)) is None


def test_an_unknown_capacity_refuses_nothing() -> None:
    assert reason(count(8259), site(capacity=None)) is None


def test_what_this_version_does_not_fold_is_kept_for_later() -> None:
    assert reason(LaneCounted(**envelope(device="s0"), entries=1), zone()) is RejectReason.NOT_FOLDED


def test_a_device_speaks_of_what_it_observes() -> None:
    assert reason(SpaceObserved(**envelope(), state=SpaceState.FREE), site()) is RejectReason.NOT_FOLDED
    assert reason(count(device="s0"), zone()) is RejectReason.NOT_FOLDED


def test_nothing_arrived_after_the_log_took_it() -> None:
    absurd = count(observed_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    assert reason(absurd, site()) is RejectReason.FUTURE_TIME
    assert reason(count(minutes=64), site()) is None
    assert reason(count(minutes=66), site()) is RejectReason.FUTURE_TIME


def test_nothing_was_observed_before_there_were_sensors() -> None:
    assert reason(count(observed_at=datetime(1969, 1, 1, tzinfo=UTC)), site()) is RejectReason.BAD_TIME


def test_a_zone_of_single_spaces_is_not_counted_from_outside() -> None:
    place = zone(devices=(Device(source="src", id="d1"),))
    assert reason(count(), place) is RejectReason.NOT_FOLDED


def test_one_city_does_not_speak_for_another() -> None:
    assert reason(SiteCounted(**envelope() | {"tenant": "elsewhere"}, vacant=1), site()) is RejectReason.UNKNOWN_SITE
