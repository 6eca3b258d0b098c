"""Demand: by hour and weekday of Nantes, log-normal stays, and days of 23 and 25 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import numpy as np
import pytest

from sensors.simulator.chance import Chance
from sensors.simulator.city import SimulatedCity
from sensors.simulator.demand import HOMES, OFFICES, SHOPS, Demand, LocalHours
from sensors.simulator.scenario import HOUR_US, PARIS, Scenario, local_day
from sensors.simulator.stays import Stays
from tests.sensors.simulated import SMALL, play

WEEK = Scenario(bays=3_000, start=local_day(date(2026, 11, 16))[0], hours=7 * 24, residents=0.0)


@pytest.fixture(scope="module")
def week() -> tuple[SimulatedCity, np.ndarray, np.ndarray, np.ndarray]:
    """A city and the changes of its week: whose, when, to what."""
    city = SimulatedCity(WEEK)
    return (city, *Stays(city, Demand(WEEK)).advance(WEEK.end_us))


def test_stays_are_log_normal(week) -> None:
    _, bay, us, taken = week
    order = np.lexsort((us, bay))
    bay, us, taken = bay[order], us[order], taken[order]
    whole = (bay[1:] == bay[:-1]) & taken[:-1]
    stays = np.diff(us)[whole] / 1e6
    logs = np.log(stays[us[:-1][whole] < WEEK.end_us - 24 * HOUR_US])
    assert len(logs) > 50_000
    assert np.exp(np.median(logs)) == pytest.approx(45 * 60, rel=0.03)
    assert logs.std() == pytest.approx(1.0, abs=0.03)
    third = ((logs - logs.mean()) ** 3).mean() / logs.std() ** 3
    assert third == pytest.approx(0.0, abs=0.08)


def test_bays_are_free_and_taken_in_turn_with_a_moment_between(week) -> None:
    _, bay, us, taken = week
    order = np.lexsort((us, bay))
    same = bay[order][1:] == bay[order][:-1]
    assert (taken[order][1:] != taken[order][:-1])[same].all()
    assert np.diff(us[order])[same].min() > 29.9e6
    assert us.tolist() == sorted(us.tolist())


def test_each_kind_of_street_has_its_hours_and_days(week) -> None:
    city, bay, us, taken = week
    shown = (us - WEEK.start_us) // HOUR_US  # a week without a change of clocks, from Monday 0:00
    use = city.use_of_street[city.street_of[bay]]
    arrivals = {
        kind: np.bincount(shown[(use == kind) & taken], minlength=7 * 24).reshape(7, 24)
        for kind in (SHOPS, OFFICES, HOMES)
    }
    assert arrivals[SHOPS].sum(1).argmax() == 5
    assert arrivals[SHOPS][6].sum() < 0.6 * arrivals[SHOPS][5].sum()
    assert arrivals[OFFICES][5:].sum() < arrivals[OFFICES][:2].sum() / 2
    assert arrivals[OFFICES][:5].sum(0).argmax() in (7, 8, 9)
    assert arrivals[HOMES].sum(0).argmax() in (17, 18, 19)
    assert arrivals[SHOPS][:, 3].sum() < arrivals[SHOPS][:, 16].sum() / 5


def test_the_rate_of_arrivals_at_a_free_bay_is_the_one_asked_for(week) -> None:
    city, bay, us, taken = week
    demand = Demand(WEEK)
    street = city.street_of[bay]
    offices = np.flatnonzero(city.use_of_street == OFFICES)
    tuesday_nine = WEEK.start_us + (24 + 8) * HOUR_US
    of_offices = np.flatnonzero(np.isin(city.street_of, offices))
    free_us, came = 0, 0
    for one in of_offices.tolist():
        rows = np.flatnonzero(bay == one) if one % 5 == 0 else ()
        if len(rows) == 0:
            continue
        edges = np.concatenate((us[rows], [WEEK.end_us]))
        begins = np.maximum(edges[:-1], tuesday_nine)
        ends = np.minimum(edges[1:], tuesday_nine + HOUR_US)
        free_us += int(np.maximum(ends - begins, 0)[~taken[rows]].sum())
        came += int((taken[rows] & (us[rows] >= tuesday_nine) & (us[rows] < tuesday_nine + HOUR_US)).sum())
    assert len(street)
    assert came / (free_us / HOUR_US) == pytest.approx(demand.rates[OFFICES, 24 + 8], rel=0.2)


def test_residents_leave_in_the_morning() -> None:
    evening = msgspec.structs.replace(
        SMALL, bays=2_000, residents=1.0, start=local_day(date(2026, 11, 19))[0], hours=48
    )
    city = SimulatedCity(evening)
    bay, us, taken = Stays(city, Demand(evening)).advance(evening.end_us)
    order = np.lexsort((us, bay))
    bay, us, taken = bay[order], us[order], taken[order]
    shown = (us - evening.start_us) / HOUR_US
    came = np.flatnonzero(taken[:-1] & (bay[1:] == bay[:-1]) & (shown[:-1] >= 18) & (shown[:-1] < 23))
    left = shown[came + 1] - 24
    assert len(left) > 300
    assert left.min() >= 7
    assert left.max() <= 9


@pytest.mark.parametrize(
    ("day", "hours", "night"),
    [
        (date(2026, 3, 29), 23, [0, 1, 3, 4]),
        (date(2026, 10, 25), 25, [0, 1, 2, 2, 3, 4]),
        (date(2026, 5, 4), 24, [0, 1, 2, 3, 4]),
    ],
)
def test_a_day_has_the_hours_that_clocks_show(day, hours, night) -> None:
    begin, count = local_day(day)
    assert count == hours
    shown = LocalHours(*(round(at.timestamp()) * 1_000_000 for at in (begin, begin + timedelta(hours=count))))
    assert shown.hour[: len(night)].tolist() == night
    assert shown.hour[count - 1] == 23
    assert shown.weekday[:count].tolist() == [day.weekday()] * count


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_day_on_which_clocks_change_is_played_by_local_time(day) -> None:
    begin, hours = local_day(day)
    played = play(msgspec.structs.replace(SMALL, bays=100, start=begin, hours=hours))
    last = max(one.delivered_us for one in played.messages)
    assert datetime.fromtimestamp(last / 1e6, UTC).astimezone(PARIS).date() in (day, day + timedelta(days=1))
    recounts = [message["at"] for message in played.of_lanes() if message["type"] == "recount"]
    at = {datetime.fromisoformat(text).astimezone(PARIS).hour for text in recounts}
    assert at == {0, 4}


def test_draws_are_even_and_of_their_kinds() -> None:
    chance, who = Chance(1, "test"), np.arange(200_000)
    even = chance.uniform(who)
    assert even.mean() == pytest.approx(0.5, abs=0.003)
    assert even.var() == pytest.approx(1 / 12, abs=0.002)
    assert np.corrcoef(even[1:], even[:-1])[0, 1] == pytest.approx(0, abs=0.01)
    assert np.corrcoef(even, chance.uniform(who, 1))[0, 1] == pytest.approx(0, abs=0.01)
    assert chance.normal(who).std() == pytest.approx(1, abs=0.01)
    assert chance.exponential(who).mean() == pytest.approx(1, abs=0.01)
    assert set(chance.between(who, 3, 6).tolist()) == {3, 4, 5}
