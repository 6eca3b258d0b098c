"""A refused word finds its place, whether intake refused it or the fold."""

from __future__ import annotations

import random

import pytest

from parking.health.alarms.refused import last_refused
from parking.rejects import Reject, make_reject
from parking.words import RejectReason
from tests.support import NOON, TENANT, at, site

PLACES = {"p1": site()}


def refused(reason: RejectReason = RejectReason.NEGATIVE_COUNT, **more: str) -> Reject:
    return make_reject(TENANT, more.pop("source", "src"), reason, "x", b"x", NOON, **more)


@pytest.mark.parametrize("named", [{"device_id": "d1"}, {"place_id": "testville/p1"}, {"place_id": "p1"}])
def test_by_its_device_by_its_key_or_by_its_id(named: dict[str, str]) -> None:
    found = last_refused([(refused(**named), at(1))], PLACES)
    assert (found["p1"].reason, found["p1"].at, found["p1"].source) == (RejectReason.NEGATIVE_COUNT, at(1), "src")


@pytest.mark.parametrize(
    "named", [{}, {"device_id": "d2"}, {"place_id": "other/p2"}, {"device_id": "d1", "source": "x"}]
)
def test_what_is_about_no_place_is_about_none(named: dict[str, str]) -> None:
    assert last_refused([(refused(**named), at(1))], PLACES) == {}


def test_the_newest_stands_in_whatever_order() -> None:
    words = [(refused(reason, device_id="d1"), at(minutes)) for minutes, reason in enumerate(RejectReason)]
    words += [(refused(reason, device_id="d1"), at(99)) for reason in RejectReason]
    newest = last_refused(words, PLACES)
    for seed in range(9):
        assert last_refused(random.Random(seed).sample(words, k=len(words)), PLACES) == newest
