"""The simulator: the same bytes, in the vendors' own frames, that say what is true."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
import pytest

from parking.catalogue.model import Catalogue, PlaceKind
from parking.instants import from_us, to_us
from parking.observations import DeviceStarted, SpaceObserved
from sensors.simulator.files import read_run, write_run
from sensors.simulator.scenario import VENDORS, Scenario, ScenarioError, with_faulty
from tests.sensors.simulated import SMALL, changes, hear, play

pytestmark = pytest.mark.slow

ALL_FAULTS = with_faulty(
    msgspec.structs.replace(SMALL, lost=0.05, duplicated=0.05, delayed=0.05, disorder=0.05, skew=0.5, miss=0.05), 0.2
)


@pytest.mark.parametrize("scenario", [SMALL, ALL_FAULTS], ids=["sound", "faulty"])
def test_the_same_scenario_gives_the_same_bytes_however_time_is_cut(scenario: Scenario) -> None:
    whole, again, minutes, sevens = (play(scenario, window_min) for window_min in (None, None, 1, 7))
    assert whole.messages == again.messages == minutes.messages == sevens.messages
    for one, other in zip(whole.truth, minutes.truth, strict=True):
        assert one.tolist() == other.tolist()
    assert sorted(map(repr, whole.faults)) == sorted(map(repr, minutes.faults))
    delivered = [one.delivered_us for one in whole.messages]
    assert delivered == sorted(delivered)


def test_another_seed_gives_another_day() -> None:
    assert play(SMALL).messages != play(msgspec.structs.replace(SMALL, seed=8)).messages


def test_without_faults_every_frame_is_read_and_every_change_is_told_within_seconds() -> None:
    played = play(msgspec.structs.replace(SMALL, bays=1_200, hours=26, start_share=0.0))
    heard = hear(played.messages)
    assert (heard.rejects, heard.duplicates, heard.missed) == ([], 0, 0)
    assert all(seen.simulated for seen in heard.observations)
    assert {seen.source for seen in heard.observations} == set(VENDORS)
    told, in_time = heard.states(), played.simulation.scenario.end_us - 13e6
    for eui, true in played.bays().items():
        turns = changes([true[0], *told[eui]])[1:]
        expected = [row for row in true[1:] if row[0] < in_time]
        assert len(turns) >= len(expected)
        for (at, said), (us, state) in zip(turns, expected, strict=False):
            assert said is state
            assert 1.99e6 <= at - us < 12e6


def test_every_heartbeat_and_change_repeats_what_is_true_then() -> None:
    played = play(SMALL)
    true = played.bays()
    for seen in hear(played.messages).observations:
        if isinstance(seen, SpaceObserved):
            at = (seen.observed_at.timestamp()) * 1e6
            lately = {state for us, state in true[seen.device_id] if us > at - 13e6}
            before = [state for us, state in true[seen.device_id] if us <= at]
            assert (seen.state == "occupied") in {before[-1], *lately}


def test_frame_counters_have_no_gap_and_new_devices_begin_at_zero() -> None:
    played = play(SMALL)
    counts: dict[str, list[int]] = {}
    for _, message in played.uplinks():
        counts.setdefault(message["deviceInfo"]["devEui"], []).append(message.get("fCnt", 0))
    assert all(later == one + 1 for row in counts.values() for one, later in pairwise(row))
    new = {seen.device_id for seen in hear(played.messages).observations if isinstance(seen, DeviceStarted)}
    assert new <= {eui for eui, row in counts.items() if row[0] == 0}
    assert b'"fCnt":0' not in b"".join(one.payload for one in played.messages)


def test_nwave_says_how_long_the_state_before_lasted() -> None:
    played = play(msgspec.structs.replace(SMALL, vendors={"nwave_nps405": 1.0}, start_share=0.0))
    true, told = played.bays(), hear(played.messages).observations
    at = {(seen.device_id, to_us(seen.observed_at)): seen.diagnostics.previous_state_min for seen in told}
    checked = 0
    for eui, rows in hear(played.messages).states().items():
        for (before, _), (now, _) in pairwise(changes([true[eui][0], *rows])[1:]):
            minutes = (now - before) // 60_000_000
            if minutes < 89:
                assert at[eui, now] in (minutes, minutes + 1)  # stamps are cut to the millisecond
                checked += 1
    assert checked > 500


def test_places_are_a_catalogue_that_knows_every_device() -> None:
    played = play(SMALL)
    places = list(played.simulation.city.places("nantes"))
    catalogue = Catalogue(places)
    assert [place.id for place in places] == played.simulation.city.place_ids
    zones = [place for place in places if place.kind is PlaceKind.ZONE]
    assert sum(len(place.spaces) for place in zones) == 600
    noon = SMALL.start + timedelta(hours=1)
    for _, message in played.uplinks():
        device = message["deviceInfo"]
        assert catalogue.find_observed("nantes", device["deviceProfileName"], device["devEui"], noon)
    for message in played.of_lanes():
        assert catalogue.find_observed("nantes", "counter", message["device"], noon)
    assert msgspec.json.decode(msgspec.json.encode(places[0]), type=type(places[0])) == places[0]


def test_the_first_car_parks_are_the_real_ones() -> None:
    simulation = play(msgspec.structs.replace(SMALL, car_parks=30, hours=1)).simulation
    parks = list(simulation.city.places("nantes"))[-30:]
    assert parks[0].name == "Parking Feydeau"
    assert [park.name for park in parks if "simul" in park.name] == [park.name for park in parks[28:]]
    assert all(len(park.devices) in (2, 4) for park in parks)


def test_a_city_may_have_no_bays_or_no_car_parks() -> None:
    assert not play(msgspec.structs.replace(SMALL, bays=0)).uplinks()
    assert not play(msgspec.structs.replace(SMALL, car_parks=0)).of_lanes()
    assert play(msgspec.structs.replace(SMALL, bays=0, car_parks=0)).messages == []


def test_a_run_in_a_folder_is_read_as_it_was(tmp_path) -> None:
    summary = write_run(ALL_FAULTS, tmp_path / "a", "nantes")
    write_run(ALL_FAULTS, tmp_path / "b", "nantes")
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
    run, played = read_run(tmp_path / "a"), play(ALL_FAULTS)
    assert run.scenario == ALL_FAULTS
    assert list(run.messages()) == played.messages
    assert sorted(map(repr, run.faults())) == sorted(map(repr, played.faults))
    assert list(run.places()) == list(played.simulation.city.places("nantes"))
    true = list(run.truth())
    assert len(true) == len(played.truth.us) == summary.truth
    assert {(one.slot is None) == (one.vacant is not None) == (one.taken is None) for one in true} == {True}
    assert summary.messages == len(played.messages) == summary.uplinks + summary.lane_messages
    assert summary.faults == Counter(fault.kind for fault in played.faults)


def test_what_is_no_simulation_is_said_so(tmp_path) -> None:
    with pytest.raises(ScenarioError, match="placelibre simulate"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"bays": -1}, {"hours": 0}, {"lost": 1.1}, {"stuck": 0.6, "dead": 0.6}, {"vendors": {"acme": 1.0}},
        {"vendors": {}}, {"start": datetime.fromisoformat("2026-11-20T00:00:01+00:00")}, {"recount_at": 24},
    ],
    ids=str,
)  # fmt: skip
def test_a_scenario_that_cannot_be_is_refused(wrong) -> None:
    with pytest.raises(ScenarioError):
        Scenario(**wrong)


def test_messages_say_that_they_are_simulated_and_leave_out_what_is_zero() -> None:
    for one in play(msgspec.structs.replace(SMALL, hours=1)).messages:
        message = json.loads(one.payload)
        if "deviceInfo" in message:
            assert message["deviceInfo"]["tags"] == {"simulated": "true"}
            assert one.topic == f"application/street-bays/device/{message['deviceInfo']['devEui']}/event/up"
            heard = datetime.fromisoformat(message["time"])
            assert timedelta(0) < from_us(one.delivered_us) - heard < timedelta(seconds=1.6)
        else:
            assert message["simulated"] is True
            assert one.topic == f"counters/{message['device']}/events"
