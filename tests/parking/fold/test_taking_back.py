"""A wall clock that leapt: what was stamped in the leap is kept out or forgotten, and a clock can be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
import pytest

from parking import codec
from parking.catalogue.model import Catalogue, Device
from parking.fold.batch import BatchOutcome, Partition, fold_batch
from parking.fold.kernel import PYTHON, Kernel
from parking.fold.records import Record
from parking.fold.spaces import slots
from parking.fold.state import PlaceState
from parking.fold.table_rows import encode_state
from parking.fold.taking_back import forget_later
from parking.observations import (
    OPERATOR,
    ClockTicked,
    DeviceFault,
    LaneCounted,
    Observation,
    OpeningChanged,
    OperatorOverride,
    SiteCounted,
    SiteLevelled,
    SiteRecounted,
    SpaceObserved,
)
from parking.words import ClockBasis, FillLevel, Opening, OverrideAspect, OverrideReason, RejectReason, SpaceState
from streams.kernel import KERNEL
from tests.support import TENANT, at, envelope, site, tick, zone

DAY = timedelta(days=1)
SITE = site(devices=(Device(source="src", id="d1", valid_for_s=900), Device(source="src", id="in", valid_for_s=3600)))
ZONE = zone(3)
CATALOGUE = Catalogue([SITE, ZONE])
KERNELS = pytest.mark.parametrize("kernel", [PYTHON, KERNEL], ids=["python", "native"])


class City:
    """One partition; everything said is taken by Kafka at the time that the broker's own clock shows."""

    def __init__(self, kernel: Kernel = PYTHON) -> None:
        self.partition, self.kernel, self.offset = Partition(), kernel, 0

    def say(self, key: str, *seen: Observation, logged: datetime | None = None) -> BatchOutcome:
        rows = []
        for one in seen:
            taken = round((logged or one.received_at).timestamp() * 1000)
            rows.append(Record(self.offset, key.encode() or None, codec.encode_event(one), taken))
            self.offset += 1
        return fold_batch(self.partition, rows, CATALOGUE.find_place, 1, self.kernel)

    def tick(self, minutes: float, leapt: timedelta = timedelta(0), **more: object) -> BatchOutcome:
        """A tick that says the right time, logged by a broker that shares the leap."""
        told = wall_tick(minutes, leapt_s=round(leapt.total_seconds()), **more)
        return self.say("", told, logged=told.observed_at + leapt)

    def vacant(self, key: str = SITE.key) -> int | None:
        published = self.partition.places[key].state.published
        return published.vacant if published else None


def wall_tick(minutes: float, **more: object) -> ClockTicked:
    fields = msgspec.to_builtins(tick(minutes), builtin_types=(datetime,)) | {"basis": ClockBasis.WALL} | more
    fields.pop("type")
    return ClockTicked(**fields)


def count(minutes: float, vacant: int, off: timedelta = timedelta(0)) -> SiteCounted:
    return SiteCounted(**envelope(observed_at=at(minutes) + off, content=vacant), vacant=vacant)


def space(minutes: float, slot: int, off: timedelta = timedelta(0), **more: object) -> SpaceObserved:
    fields = envelope(observed_at=at(minutes) + off, device=f"s{slot}", content="f")
    return SpaceObserved(**fields | more, state=SpaceState.FREE)


@KERNELS
def test_what_is_stamped_in_a_known_leap_is_kept_out_and_the_next_true_word_counts(kernel: Kernel) -> None:
    city = City(kernel)
    city.say(SITE.key, count(0, 40))
    city.say(ZONE.key, space(0, 0), space(0, 1))
    city.tick(0.5)
    city.tick(1, leapt=DAY)
    refused = city.say(SITE.key, count(1, 30, DAY)).rejects + city.say(ZONE.key, space(1, 2, DAY)).rejects
    assert [one.reason for one in refused] == [RejectReason.FUTURE_TIME] * 2
    assert "86400 s after the city's time" in refused[0].detail
    assert (city.vacant(), city.vacant(ZONE.key)) == (40, 2)
    city.tick(1.5)
    assert not city.say(SITE.key, count(2, 35)).rejects
    assert not city.say(ZONE.key, space(2, 2)).rejects
    assert (city.vacant(), city.vacant(ZONE.key)) == (35, 3)


@KERNELS
def test_a_true_stamp_counts_in_a_leap(kernel: Kernel) -> None:
    """A network's own time is right, whatever our wall clock says."""
    city = City(kernel)
    city.tick(0)
    city.tick(1, leapt=DAY)
    city.say(SITE.key, count(1, 33), logged=at(1) + DAY)
    city.say(ZONE.key, space(1, 2), logged=at(1) + DAY)
    assert (city.vacant(), city.vacant(ZONE.key)) == (33, 1)


@KERNELS
def test_what_came_in_before_the_leap_was_found_out_is_forgotten(kernel: Kernel) -> None:
    """Up to five seconds pass from one tick to the next: a stamp a day ahead would win for a day."""
    city = City(kernel)
    city.say(SITE.key, count(0, 40))
    city.say(ZONE.key, space(0, 0), space(0, 1))
    city.tick(0)
    city.say(SITE.key, count(0, 30, DAY))
    city.say(ZONE.key, space(0, 1, DAY), space(0, 2, DAY))
    assert (city.vacant(), city.vacant(ZONE.key)) == (30, 3)
    city.tick(0.1, leapt=DAY)
    assert (city.vacant(), city.vacant(ZONE.key)) == (None, 1), "unknown, not the number that was written over"
    city.tick(0.2)
    city.say(SITE.key, count(1, 35))
    city.say(ZONE.key, space(1, 1))
    assert (city.vacant(), city.vacant(ZONE.key)) == (35, 2)


def test_a_leap_back_forgets_nothing_and_the_time_goes_on() -> None:
    city, hour = City(), timedelta(hours=-1)
    city.say(SITE.key, count(0, 40))
    city.tick(1)
    for minutes in (2, 8, 14):
        city.tick(minutes, leapt=hour)  # the worker tells what has passed; a broker that is an hour back refuses it
    assert city.partition.clock_of(TENANT) == at(1)
    city.say("", wall_tick(16, leapt_s=-3600))  # a broker elsewhere takes it
    assert city.partition.clock_of(TENANT) == at(16)
    assert city.vacant() is None, "its number has expired, as it would have"


@KERNELS
def test_a_clock_that_leapt_is_taken_back_and_every_place_with_it(kernel: Kernel) -> None:
    city = City(kernel)
    city.say(SITE.key, count(0, 40))
    city.say(ZONE.key, space(0, 0), space(0, 1))
    city.tick(1)
    city.say("", wall_tick(1, observed_at=at(1) + DAY, received_at=at(1) + DAY))
    city.say(ZONE.key, space(1, 1, DAY))
    assert (city.vacant(), city.vacant(ZONE.key)) == (None, 1)
    city.tick(2)
    assert city.partition.clock_of(TENANT) == at(1) + DAY, "an ordinary tick takes nothing back"
    taken = city.tick(2, takes_back=True)
    assert city.partition.clock_of(TENANT) == at(2)
    assert taken.ticked == {TENANT}
    assert (city.vacant(), city.vacant(ZONE.key)) == (40, 1), "what holds at that time, without what the leap stamped"
    city.say(SITE.key, count(3, 22))
    city.say(ZONE.key, space(3, 2))
    assert (city.vacant(), city.vacant(ZONE.key)) == (22, 2)
    city.tick(19)
    assert city.vacant() is None, "and numbers expire again"


def test_it_does_not_matter_where_a_batch_is_cut_nor_whether_it_is_folded_twice() -> None:
    def history() -> list[tuple[str, Observation]]:
        ahead = at(1) + DAY
        return [
            (SITE.key, count(0, 40)), ("", wall_tick(0.5)), (ZONE.key, space(0, 0)),
            ("", wall_tick(1, observed_at=ahead, received_at=ahead)), (SITE.key, count(1, 3, DAY)),
            (ZONE.key, space(1, 1, DAY)), ("", wall_tick(2, takes_back=True)), (SITE.key, count(3, 30)),
            ("", wall_tick(4)), (ZONE.key, space(4, 2)), ("", wall_tick(5, leapt_s=600)),
            (SITE.key, count(5, 1, DAY / 100)),
        ]  # fmt: skip

    def end(cut: int, kernel: Kernel) -> list[bytes]:
        city, rows = City(kernel), []
        for n, (key, seen) in enumerate(history()):
            logged = round(max(seen.received_at, at(5)).timestamp() * 1000) if not key else None
            taken = round(seen.received_at.timestamp() * 1000) if logged is None or seen.takes_back else logged
            rows.append(Record(n, key.encode() or None, codec.encode_event(seen), taken))
        for start in range(0, len(rows), cut):
            fold_batch(city.partition, rows[start : start + cut], CATALOGUE.find_place, 1, kernel)
        return [encode_state(held.state) for _, held in sorted(city.partition.places.items())]

    whole = end(100, PYTHON)
    assert all(end(cut, kernel) == whole for cut in (1, 2, 3, 5) for kernel in (PYTHON, KERNEL))


def test_what_takes_a_clock_back_must_come_at_once_and_is_for_the_wall_alone() -> None:
    city = City()
    city.tick(60)
    late = city.say("", wall_tick(10, takes_back=True), logged=at(60)).rejects
    recorded = city.say("", wall_tick(10, takes_back=True, basis=ClockBasis.EVENT)).rejects
    assert [one.reason for one in late + recorded] == [RejectReason.LATE, RejectReason.BAD_TIME]
    assert city.partition.clock_of(TENANT) == at(60)


def test_a_sum_is_unknown_after_its_clock_was_taken_back_until_somebody_counts() -> None:
    city = City()
    city.say(SITE.key, count(0, 40), lane(1, 5))
    city.tick(2)
    assert city.vacant() == 35
    city.say("", wall_tick(2, observed_at=at(2) + DAY, received_at=at(2) + DAY))
    refused = city.say(SITE.key, lane(3, 4)).rejects
    assert [one.reason for one in refused] == [RejectReason.LATE]
    city.tick(4, takes_back=True)
    assert city.vacant() is None, "four cars came in that nobody added up"
    assert not city.say(SITE.key, lane(5, 1)).rejects
    assert city.vacant() is None
    city.say(SITE.key, SiteRecounted(**envelope(6, content="r"), vacant=30))
    city.say(SITE.key, lane(7, 2))
    city.tick(8)
    assert city.vacant() == 28


def lane(minutes: float, entries: int, off: timedelta = timedelta(0)) -> LaneCounted:
    return LaneCounted(**envelope(observed_at=at(minutes) + off, device="in", content=entries), entries=entries)


REGISTERS = set(PlaceState.__struct_fields__) - {"version", "spaces", "published"}


def registers(off: timedelta) -> Iterable[Observation]:
    """A word for every kind of register that a car park has."""
    yield count(0, 40, off)
    yield lane(0, 3, off)
    yield SiteLevelled(**envelope(observed_at=at() + off, content="l"), level=FillLevel.FULL)
    yield SiteRecounted(**envelope(observed_at=at() + off, content="r"), vacant=30)
    yield SiteRecounted(**envelope(observed_at=at() + off, content="d", device="desk", source=OPERATOR), vacant=31)
    yield OperatorOverride(
        **envelope(observed_at=at() + off, content="n", device="desk", source=OPERATOR), aspect=OverrideAspect.NUMBER,
        author="Ada", reason=OverrideReason.OTHER, expires_at=at(9) + off, decision="0" * 32,
    )  # fmt: skip
    yield OpeningChanged(**envelope(observed_at=at() + off, content="o"), opening=Opening.OPEN)
    yield DeviceFault(**envelope(observed_at=at() + off, content="x"))


def test_every_register_forgets_what_is_later_and_keeps_the_rest() -> None:
    def state(off: timedelta, key: str, seen: Iterable[Observation]) -> object:
        city = City()
        city.say(key, *seen, logged=at() + max(off, timedelta(0)))
        return city.partition.places[key].state

    for key, words in ((SITE.key, registers), (ZONE.key, lambda off: [space(0, n, off) for n in range(3)])):
        true, stamped = (state(off, key, words(off)) for off in (timedelta(0), DAY))
        assert forget_later(true, at()) is true
        assert forget_later(stamped, at() + DAY) is stamped
        kept = forget_later(stamped, at())
        said = {name for name in REGISTERS if getattr(true, name)}
        assert said == (REGISTERS if key == SITE.key else set()), "a new register needs a word of its kind here"
        assert not [name for name in REGISTERS if getattr(kept, name)]
        assert all(slot == type(slot)() for slot in slots(kept.spaces, 3))
