"""What is gathered to be judged: what cannot be seen is None, and rejects stand beside their usual number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateways.desk.watching.sighting import FeedWatch, Seen, rejects_seen, sight_of
from parking.catalogue.model import Tenant
from parking.desk.refused import RefusedDay
from parking.published.availability import Availability
from parking.rejects import make_reject
from parking.words import ClockBasis, RejectReason
from store.changes import ChangesPosition
from store.mirror import Mirror
from store.snapshots import Stored
from tests.support import NOON, TENANT, at, site


def mirror_with(vacant: int = 5, minutes: float = 0, zone: str = "UTC") -> Mirror:
    mirror = Mirror(TENANT)
    said = Availability(vacant=vacant, observed_at=at(minutes), valid_until=at(minutes + 15), revision=(1, 5))
    city = Tenant(id=TENANT, clock=ClockBasis.WALL, zone=zone)
    mirror.take_snapshot(Stored(TENANT, None, ChangesPosition("1", "1-0"), [(site(), said)], city), at(minutes))
    return mirror


def test_a_city_that_cannot_be_followed_is_not_seen() -> None:
    sight = sight_of(mirror_with(), FeedWatch(), Seen(), at(1))
    assert sight.availabilities is None
    assert sight.feeds is None
    assert sight.rejects is None
    assert sight.places, "what places there are is known all the same"


def test_a_number_is_given_as_it_was_published() -> None:
    sight = sight_of(mirror_with(), FeedWatch(), Seen(is_followed=True), at(60))
    assert sight.availabilities is not None
    assert sight.availabilities["p1"].vacant == 5, "whoever judges looks at its limit"


def test_hours_are_read_by_the_citys_clock_and_not_at_all_where_nobody_said_which() -> None:
    assert sight_of(mirror_with(), FeedWatch(), Seen(), at(1)).zone is None
    assert str(sight_of(mirror_with(zone="Europe/Paris"), FeedWatch(), Seen(), at(1)).zone) == "Europe/Paris"


def test_a_source_is_heard_when_it_tells_of_something_newer() -> None:
    feeds, places = FeedWatch(), {"p1": site()}
    (first,) = feeds.look(places, {"p1": Availability(vacant=1, observed_at=at(0))}, at(30))
    assert first.heard_at == at(0), "at the first look nobody knows when it came"
    (same,) = feeds.look(places, {"p1": Availability(vacant=1, observed_at=at(0))}, at(31))
    assert same.heard_at == at(0)
    (late,) = feeds.look(places, {"p1": Availability(vacant=1, observed_at=at(2))}, at(32))
    assert (late.heard_at, late.told_at) == (at(32), at(2))
    (unheard,) = FeedWatch().look(places, {}, at(0))
    assert unheard.heard_at is None


def test_rejects_stand_beside_what_is_usual() -> None:
    day, now = RefusedDay(TENANT), datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)
    for minute in range(0, 600, 10):
        reject = make_reject(TENANT, "steady", RejectReason.LATE, "late", b"%d" % minute, NOON)
        day.take(reject, int((now - timedelta(minutes=minute)).timestamp() * 1000))
    for number in range(40):
        reject = make_reject(TENANT, "jump", RejectReason.BAD_TIME, "no", b"%d" % number, NOON)
        day.take(reject, int((now - timedelta(minutes=2)).timestamp() * 1000))
    jump, steady = rejects_seen(day, now)
    assert (jump.recent, jump.usual, jump.reasons) == (40, 0.0, {RejectReason.BAD_TIME: 40})
    assert jump.since == datetime(2026, 5, 4, 11, 58, tzinfo=UTC)
    assert steady.recent == 1


def test_the_word_that_ended_a_number_is_found_by_the_key_that_the_fold_names_and_by_its_device() -> None:
    for named in ({"place_id": f"{TENANT}/p1"}, {"device_id": "d1"}):
        day, now = RefusedDay(TENANT), datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)
        reject = make_reject(TENANT, "src", RejectReason.FREE_ABOVE_CAPACITY, "x", b"x", NOON, **named)
        day.take(reject, int(now.timestamp() * 1000))
        sight = sight_of(mirror_with(), FeedWatch(), Seen(is_followed=True, rejects=day), now)
        assert sight.refused["p1"].reason is RejectReason.FREE_ABOVE_CAPACITY
