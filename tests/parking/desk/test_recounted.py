"""A recount against what stood: error and bounds where there was a number, nothing where there was none."""

from __future__ import annotations

import pytest

from parking.desk.commands import PlaceRecount, SaidCommand, to_decision
from parking.desk.operators import Operator
from parking.desk.recounted import find_recount, hold_against
from parking.published.availability import Availability, CategoryCount
from parking.words import Audience
from tests.support import TENANT, at

ADA = Operator(name="Ada", subject="1")
STOOD = Availability(vacant=12, vacant_low=8, vacant_high=14, by_category={Audience.EV: CategoryCount(3, 4)})


@pytest.mark.parametrize(
    ("stood", "category", "error", "is_within"),
    [
        (STOOD, Audience.PUBLIC, 2, True),
        (STOOD, Audience.EV, -7, None),
        (STOOD, Audience.DISABLED, None, None),
        (Availability(), Audience.PUBLIC, None, None),
        (None, Audience.PUBLIC, None, None),
    ],
)
def test_a_recount_is_held_against_what_stood(
    stood: Availability | None, category: Audience, error: int | None, is_within: bool | None
) -> None:
    said = SaidCommand(place="p1", command=PlaceRecount(vacant=10, category=category), said_at=at(5))
    decision = to_decision(said, TENANT, ADA)
    recount = find_recount(decision)
    assert recount is not None
    found = hold_against("p1", decision, recount, stood)
    assert (found.error, found.is_within, found.author, found.counted_at) == (error, is_within, "Ada", at(5))
