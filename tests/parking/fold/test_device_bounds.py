"""However often a catalogue exchanges the devices of a place, what is remembered of them has a bound."""

import random

import msgspec
import pytest

from parking import codec
from parking.catalogue import model
from parking.catalogue.model import Catalogue, Device
from parking.errors import InvalidPlaceError
from parking.fold import lanes, state, table_rows
from parking.fold.batch import Partition, fold_batch
from parking.fold.records import Record
from parking.fold.state import PlaceState
from parking.observations import DeviceFault, LaneCounted, Observation, SiteCounted
from parking.words import Audience
from tests.support import at, envelope, site, tick

LOGGED_MS = round(at(10_000).timestamp() * 1000)


def test_a_place_with_more_devices_than_any_has_is_refused_with_what_to_do() -> None:
    devices = tuple(Device(source="src", id=f"d{n}") for n in range(model.MAX_DEVICES_PER_PLACE + 1))
    with pytest.raises(InvalidPlaceError, match="leave out those gone"):
        site(devices=devices)
    assert site(devices=devices[:-1])


def end(seen: list[Observation]) -> PlaceState:
    """The state after all of it, where each device was the only one of its place when it spoke."""
    partition = Partition()
    for n, one in enumerate(seen):
        place = site(devices=(Device(source="src", id=one.device_id),))
        record = Record(n, place.key.encode(), codec.encode_event(one), LOGGED_MS)
        assert not fold_batch(partition, [record], Catalogue([place]).find_place, 1).rejects
    return partition.places[site().key].state


def test_a_lane_that_is_forgotten_takes_the_sum_with_it_until_somebody_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MAX_DEVICES_PER_PLACE", 3)
    passing: list[Observation] = [LaneCounted(**envelope(minute, f"d{minute}"), entries=1) for minute in range(1, 7)]
    after = end([SiteCounted(**envelope(0, "d0"), vacant=50), *passing])
    assert after.lanes is not None
    assert len(after.lanes.heard[Audience.PUBLIC]) == 3
    assert after.published is not None
    assert after.published.vacant is None
    passing.append(SiteCounted(**envelope(6, "d6", "count"), vacant=44))
    assert (end(passing).published or after.published).vacant == 44


def test_those_who_spoke_longest_ago_are_forgotten_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "MAX_DEVICES_PER_PLACE", 5)
    counts = [SiteCounted(**envelope(minute, f"d{minute}"), vacant=minute) for minute in range(20)]
    faults = [DeviceFault(**envelope(minute, f"d{minute}")) for minute in range(20, 40)]
    day: list[Observation] = [*counts, *faults, tick(0)]
    in_order = end(day[:-1])
    assert sorted(in_order.last_counts) == [f"src/d{n}" for n in range(15, 20)]
    assert sorted(in_order.faults) == [f"src/d{n}" for n in range(35, 40)]
    assert len(in_order.ranges) == 5
    shuffled = day[:-1]
    random.Random(1).shuffle(shuffled)
    one, other = (msgspec.structs.replace(each, published=None, ranges={}) for each in (in_order, end(shuffled)))
    assert table_rows.encode_state(one) == table_rows.encode_state(other)
