"""The score: wrong, unknown and right are told apart, and weighed by time."""

from __future__ import annotations

import msgspec
import pytest

from parking.health.repairs import Finding
from parking.instants import to_us
from parking.published.availability import NEVER_OBSERVED, Availability, Change
from parking.published.space_states import pack_states
from parking.scoring import Found, PlaceScore, TrueChange, compare_findings, score_place, shares_of
from parking.words import Problem, SpaceState
from tests.support import TENANT, at, site, zone

FREE, OCCUPIED, UNKNOWN = SpaceState.FREE, SpaceState.OCCUPIED, SpaceState.UNKNOWN


def us(minutes: float) -> int:
    return to_us(at(minutes))


def said(minutes: float, vacant: int | None, low: int | None = None, high: int | None = None, **more: object) -> Change:
    fields: dict[str, object] = {
        "vacant": vacant, "vacant_low": vacant if low is None else low, "vacant_high": vacant if high is None else high,
        "observed_at": at(minutes), "valid_until": at(minutes + 15),
    }  # fmt: skip
    return Change(TENANT, "p1", Availability(**fields | more), at(minutes))


def score(truth: list[TrueChange], published: list[Change], minutes: float = 10) -> PlaceScore:
    return score_place(site(), truth, published, us(0), us(minutes))


def test_right_wrong_and_unknown_by_their_time() -> None:
    truth = [TrueChange(us(0), -1, 10), TrueChange(us(4), -1, 9)]
    found = score(truth, [said(2, 10), said(7, 9)])
    assert (found.seconds, found.unknown_s, found.wrong_s, found.error_s) == (600, 120, 180, 180)
    assert found.mean_error == pytest.approx(180 / 480)


def test_a_range_that_holds_the_truth_is_not_wrong_but_wide() -> None:
    found = score([TrueChange(us(0), -1, 9)], [said(0, 10, 8, 12)])
    assert (found.wrong_s, found.error_s, found.width_s) == (0, 600, 2400)


def test_far_off_is_what_a_driver_notices() -> None:
    off_by_two, off_by_six = ([TrueChange(us(0), -1, 10 - off)] for off in (2, 6))
    assert score(off_by_two, [said(0, 10)]).far_s == 0
    assert score(off_by_six, [said(0, 10, capacity=100)]).far_s == 600
    assert score(off_by_six, [said(0, 10, capacity=200)]).far_s == 0


def test_what_has_expired_is_unknown_as_readers_see_it() -> None:
    found = score([TrueChange(us(0), -1, 9)], [said(0, 9)], 20)
    assert (found.unknown_s, found.wrong_s) == (300, 0)
    assert score([TrueChange(us(0), -1, 9)], [said(0, 9), said(10, 9)], 20).unknown_s == 0
    assert score([TrueChange(us(0), -1, 9)], [Change(TENANT, "p1", NEVER_OBSERVED)], 20).unknown_s == 1200


def test_a_conclusion_is_not_earlier_than_its_observation() -> None:
    early = msgspec.structs.replace(said(5, 10), concluded_at=at(4))
    assert score([TrueChange(us(0), -1, 10)], [early]).unknown_s == 300


def test_bays_are_judged_one_by_one() -> None:
    truth = [TrueChange(us(0), 0, 1), TrueChange(us(0), 1, 1), TrueChange(us(0), 2, 2), TrueChange(us(5), 0, 2)]
    states = pack_states([FREE, OCCUPIED, UNKNOWN])
    shown = said(0, 1, 1, 2, space_states=states)
    found = score_place(zone(3, disabled=1), truth, [shown], us(0), us(10))
    assert (found.bay_s, found.bay_unknown_s, found.bay_wrong_s) == (1800, 600, 600 + 300)
    assert found.error_s == 300 * 1  # 2 are free, of the ordinary ones; then 1
    assert found.wrong_s == 0
    together = shares_of([found, found])
    assert together.bays_wrong_share == pytest.approx(0.5)
    assert (together.places, together.unknown_share) == (2, 0)


def test_nothing_is_no_share() -> None:
    assert shares_of([]).mean_error is None
    assert compare_findings([], []) == Found(0, 0, 0, {})
    assert compare_findings([], []).precision is None


def test_the_list_against_what_was_put_in() -> None:
    def finding(device: str) -> Finding:
        return Finding(place_id="z", source="src", device_id=device, problem=Problem.SILENT, certainty=1, seen_at=at(0))

    found = compare_findings(
        [finding("a"), finding("a"), finding("healthy")],
        [("src", "a", "dead"), ("src", "b", "dead"), ("src", "c", "stuck"), ("other", "healthy", "stuck")],
    )
    assert (found.injected, found.listed, found.right) == (4, 2, 1)
    assert (found.precision, found.recall) == (0.5, 0.25)
    assert found.by_kind == {"dead": (1, 2), "stuck": (0, 2)}
