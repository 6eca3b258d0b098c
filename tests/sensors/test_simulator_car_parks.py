"""Made-up car parks: never below none and never above all, and lanes that add up to the truth."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from sensors.simulator.running import NO_SLOT
from tests.sensors.simulated import SMALL, Played, play

pytestmark = pytest.mark.slow

DAY = msgspec.structs.replace(SMALL, bays=0, car_parks=28, hours=24)


@pytest.fixture(scope="module")
def exact() -> Played:
    return play(DAY)


def us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000) * 1000


def vacancies(played: Played) -> dict[str, list[tuple[int, int]]]:
    rows = defaultdict(list)
    for at, place, slot, value in zip(*played.truth, strict=True):
        assert slot == NO_SLOT
        rows[played.simulation.city.place_ids[place]].append((int(at), int(value)))
    return rows


def counted(played: Played) -> dict[str, list[dict]]:
    park_of = {
        lane.device_id: played.simulation.city.car_parks[lane.car_park].id for lane in played.simulation.city.lanes
    }
    rows = defaultdict(list)
    for message in played.of_lanes():
        rows[park_of[message["device"]]].append(message)
    return rows


def off_by(played: Played, *, recount_again: bool = True) -> dict[str, int]:
    """What each car park's lanes make of its vacancies at the end, less the truth."""
    true, off = vacancies(played), {}
    for park, messages in counted(played).items():
        vacant = None
        for message in sorted(messages, key=lambda one: us(one["at"])):
            if message["type"] == "recount" and (vacant is None or recount_again):
                vacant = message["vacant"]
            elif message["type"] == "lane":
                vacant += message["exits"] - message["entries"]
        off[park] = vacant - true[park][-1][1]
    return off


def test_nobody_missed_and_lanes_add_up_to_the_truth(exact) -> None:
    assert set(off_by(exact, recount_again=False).values()) == {0}
    assert set(off_by(exact).values()) == {0}
    assert len(counted(exact)) == 28


def test_lanes_and_truth_agree_at_every_minute(exact) -> None:
    true = vacancies(exact)
    for park, messages in counted(exact).items():
        at_minute = defaultdict(int)
        for one in messages:
            if one["type"] == "lane":
                at_minute[us(one["at"]) // 60_000_000] += one["exits"] - one["entries"]
        moved = {
            later // 60_000_000: now - before for (_, before), (later, now) in pairwise(true[park]) if now != before
        }
        assert {minute: change for minute, change in at_minute.items() if change} == moved


def test_truth_stays_between_none_and_all_and_follows_the_day(exact) -> None:
    capacity = {park.id: park.capacity for park in exact.simulation.city.places("t")}
    full_share = []
    for park, rows in vacancies(exact).items():
        values = [value for _, value in rows]
        assert min(values) >= 0
        assert max(values) <= capacity[park]
        full_share.append(min(values) / capacity[park])
        assert max(values) > 0.6 * capacity[park]
    assert np.median(full_share) < 0.25


def test_each_lane_speaks_at_least_every_five_minutes_and_numbers_its_messages(exact) -> None:
    by_lane = defaultdict(list)
    for message in exact.of_lanes():
        by_lane[message["device"]].append(message)
    assert len(by_lane) == len(exact.simulation.city.lanes)
    for messages in by_lane.values():
        assert [one["seq"] for one in messages] == list(range(1, len(messages) + 1))
        at = [us(one["at"]) for one in messages]
        assert max(later - one for one, later in pairwise(at)) <= 5 * 60e6 + 1
        for one in messages:
            entries_only = "-in-" in one["device"]
            assert one["type"] != "lane" or one["exits" if entries_only else "entries"] == 0


def test_it_opens_is_counted_and_counted_again_at_four(exact) -> None:
    for messages in counted(exact).values():
        first, second = messages[:2]
        assert (first["type"], first["opening"], second["type"]) == ("opening", "open", "recount")
        assert us(first["at"]) == us(second["at"]) == DAY.start_us
        [_, again] = [one for one in messages if one["type"] == "recount"]
        assert us(again["at"]) == us((DAY.start + timedelta(hours=22)).isoformat())


def test_lanes_miss_the_share_they_are_asked_to() -> None:
    exact, missing = play(DAY), play(msgspec.structs.replace(DAY, miss=0.05))

    def cars(played: Played) -> int:
        return sum(one["entries"] + one["exits"] for one in played.of_lanes() if one["type"] == "lane")

    assert cars(missing) / cars(exact) == pytest.approx(0.95, abs=0.006)
    assert vacancies(missing) == vacancies(exact), "what lanes miss changes nothing of the truth"
    assert sum(map(abs, off_by(missing, recount_again=False).values())) > 28
    assert sum(map(abs, off_by(missing).values())) < sum(map(abs, off_by(missing, recount_again=False).values()))


def test_a_bad_lane_is_on_record_and_its_car_park_drifts() -> None:
    played = play(msgspec.structs.replace(DAY, bad_lanes=0.001, bad_lane_miss=0.3, recount_at=None))
    [fault] = played.faulty("miss")
    assert fault.value == 0.3
    off = off_by(played)
    assert {park for park, cars in off.items() if cars} == {fault.place_id}
    assert (off[fault.place_id] > 0) == ("-in-" in fault.device_id)


def test_a_busy_saturday_begins_with_no_more_cars_than_spaces() -> None:
    saturday = msgspec.structs.replace(
        DAY, car_parks=200, hours=1, start=datetime.fromisoformat("2026-11-21T15:00:00+00:00")
    )
    assert min(value for rows in vacancies(play(saturday)).values() for _, value in rows) >= 0
