"""Faults on demand: each as often as asked, each behaving as it is called, each on record."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import datetime
from functools import cache
from itertools import pairwise

import msgspec
import pytest

from sensors.simulator.scenario import Scenario, with_faulty
from tests.sensors.simulated import SMALL, changes, hear, play

pytestmark = pytest.mark.slow

DAY = msgspec.structs.replace(SMALL, bays=1_000, hours=12)


def with_(scenario: Scenario = DAY, **more) -> Scenario:
    return msgspec.structs.replace(scenario, **more)


SOUND = play(DAY)


@cache
def hear_sound() -> dict[str, list[tuple[int, bool]]]:
    """What is told of each bay where no fault is on."""
    return hear(SOUND.messages).states()


def key(message: dict) -> tuple[str, int]:
    return message["deviceInfo"]["devEui"], message.get("fCnt", 0)


def test_lost_uplinks_are_missing_and_counted_by_the_intake() -> None:
    played = play(with_(lost=0.05))
    lost = played.faulty("lost")
    assert len(lost) / len(SOUND.uplinks()) == pytest.approx(0.05, abs=0.006)
    missing = {key(one) for _, one in SOUND.uplinks()} - {key(one) for _, one in played.uplinks()}
    assert len(missing) == len(lost)
    assert Counter(eui for eui, _ in missing) == Counter(fault.device_id for fault in lost)
    heard = hear(played.messages)
    assert 0.7 * len(lost) < heard.missed <= len(lost), "a last one nobody misses, nor one before the first"
    assert not heard.rejects


def test_duplicates_are_the_same_uplink_again_a_moment_later() -> None:
    played = play(with_(duplicated=0.05))
    twice = played.faulty("duplicated")
    assert len(twice) / len(SOUND.uplinks()) == pytest.approx(0.05, abs=0.006)
    copies = defaultdict(list)
    for at, message in played.uplinks():
        copies[message["deduplicationId"]].append((at, message))
    pairs = [pair for pair in copies.values() if len(pair) > 1]
    assert len(pairs) == len(twice)
    for (first_at, first), (again_at, again) in pairs:
        assert 0 < again_at - first_at <= 3_000_000
        assert {**first, "rxInfo": 0} == {**again, "rxInfo": 0}
    heard = hear(played.messages)
    assert heard.duplicates == len(twice)
    assert heard.states() == hear_sound()


@pytest.mark.parametrize(("name", "least_s", "most_s"), [("delayed", 30, 1_200), ("disorder", 2, 30)])
def test_late_uplinks_keep_their_own_time(name, least_s, most_s) -> None:
    played = play(with_(**{name: 0.05}))
    late = played.faulty(name)
    assert len(late) / len(SOUND.uplinks()) == pytest.approx(0.05, abs=0.006)
    before = {key(message): (at, message) for at, message in SOUND.uplinks()}
    held = [
        (at - before[key(message)][0]) / 1e6
        for at, message in played.uplinks()
        if at != before[key(message)][0]
    ]  # fmt: skip
    assert len(held) == len(late)
    assert least_s <= min(held)
    assert max(held) <= most_s
    assert {one["deduplicationId"]: one["time"] for _, one in played.uplinks()} == {
        one["deduplicationId"]: one["time"] for _, one in SOUND.uplinks()
    }


def test_disorder_brings_uplinks_after_later_ones() -> None:
    def overtaken(played) -> int:
        times = [datetime.fromisoformat(message["time"]) for _, message in played.uplinks()]
        return sum(later < earlier for earlier, later in pairwise(times))

    assert overtaken(play(with_(disorder=0.2))) > 2 * overtaken(SOUND)


def test_a_stuck_sensor_repeats_one_state_for_ever() -> None:
    played = play(with_(stuck=0.1))
    told, true = hear(played.messages).states(), played.bays()
    assert len(played.faulty("stuck")) == pytest.approx(100, abs=30)
    third = DAY.start_us + (DAY.end_us - DAY.start_us) / 3
    for fault in played.faulty("stuck"):
        assert DAY.start_us <= fault.from_us <= third
        since = {state for us, state in told[fault.device_id] if us >= fault.from_us}
        before = [state for us, state in true[fault.device_id] if us < fault.from_us - 12e6]
        assert len(since) <= 1
        assert since <= {(before or [true[fault.device_id][0][1]])[-1]} or any(
            fault.from_us - 12e6 <= us <= fault.from_us for us, _ in true[fault.device_id]
        )


def test_a_dead_sensor_is_silent() -> None:
    played = play(with_(dead=0.1))
    dead = {fault.device_id: fault.from_us for fault in played.faulty("dead")}
    assert len(dead) == pytest.approx(100, abs=30)
    assert all(us < dead.get(eui, DAY.end_us) for eui, rows in hear(played.messages).states().items() for us, _ in rows)


def test_a_flapping_sensor_has_bursts_that_end_with_the_truth() -> None:
    played = play(with_(flapping=0.1))
    ill = {fault.device_id for fault in played.faulty("flapping")}
    bursts = [one for one in played.faulty("burst") if one.until_us < DAY.end_us]
    assert {one.device_id for one in bursts} <= ill
    assert 2 <= len(bursts) / len(ill) <= 8
    told, true = hear(played.messages).states(), played.bays()
    for burst in bursts:
        rows = [row for row in told[burst.device_id] if burst.from_us - 1e3 <= row[0] <= burst.until_us + 1e3]
        quiet = not any(burst.from_us - 13e6 <= us <= burst.until_us for us, _ in true[burst.device_id][1:])
        if quiet:
            assert 10 <= len(changes(rows)) <= 41
            before = [state for us, state in true[burst.device_id] if us <= burst.until_us]
            assert rows[-1][1] is before[-1]
    sound = {fault.device_id for fault in played.faulty("flapping")} ^ set(told)
    assert all(told[eui] == hear_sound()[eui] for eui in sound)


def lately(rows: list[tuple[int, bool]], us: int) -> set[bool]:
    """What a bay may have been when its sensor, some seconds slow, spoke."""
    before = [taken for at, taken in rows if at <= max(us - 13e6, rows[0][0])]
    return {before[-1]} | {taken for at, taken in rows if us - 13e6 < at <= us}


def test_a_coupled_sensor_takes_its_neighbours_car_for_its_own() -> None:
    played = play(with_(coupled=0.1, start_share=0.0))
    told, true, city = hear(played.messages).states(), played.bays(), played.simulation.city
    wrong = 0
    for fault in played.faulty("coupled"):
        assert fault.slot
        street = city.place_ids.index(fault.place_id)
        beside = true[city.eui_of(int(city.first_bay[street]) + fault.slot - 1)]
        own = true[fault.device_id]
        for us, state in changes(told[fault.device_id]):
            known = [lately(rows, us) for rows in (own, beside)]
            assert state in {one or other for one in known[0] for other in known[1]}
            wrong += state and known[0] == {False}
    assert wrong > 150


def test_a_gateways_wrong_clock_is_in_the_time_and_not_in_the_delivery() -> None:
    played = play(with_(skew=1.0))
    assert [at for at, _ in played.uplinks()] == [at for at, _ in SOUND.uplinks()]
    ahead = {one.device_id: one.value for one in played.faulty("skew")}
    assert all(1 <= abs(value) <= 120 for value in ahead.values())
    for (_, skewed), (_, sound) in zip(played.uplinks(), SOUND.uplinks(), strict=True):
        off = datetime.fromisoformat(skewed["time"]) - datetime.fromisoformat(sound["time"])
        assert off.total_seconds() == pytest.approx(ahead[skewed["rxInfo"][0]["gatewayId"]], abs=0.002)
    assert not hear(played.messages).rejects


def test_faulty_sensors_are_split_evenly_and_each_is_on_record() -> None:
    played = play(with_faulty(msgspec.structs.replace(DAY, bays=6_000, hours=1), 0.2))
    kinds = Counter(fault.kind for fault in played.faults)
    assert all(kinds[kind] == pytest.approx(300, abs=60) for kind in ("stuck", "dead", "flapping", "coupled"))
    places = {place.id: place for place in played.simulation.city.places("t")}
    for fault in played.faults:
        if fault.kind in ("stuck", "dead", "flapping", "coupled"):
            device = places[fault.place_id].devices[fault.slot]
            assert (device.source, device.id) == (fault.source, fault.device_id)
    assert json.loads(msgspec.json.encode(played.faults[0]._asdict()))["kind"]
