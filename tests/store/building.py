"""A change of one place, as a worker would write it."""

from __future__ import annotations

from parking.published.availability import Availability, Change
from parking.words import Basis
from tests.support import TENANT, at


def change(vacant: int, offset: int, epoch: int = 1, place: str = "p1") -> Change:
    availability = Availability(
        vacant=vacant, observed_at=at(0), valid_until=at(15), basis=Basis.COUNTED, revision=(epoch, offset)
    )
    return Change(TENANT, place, availability)
