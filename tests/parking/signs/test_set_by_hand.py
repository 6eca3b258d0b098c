"""Signs show a number that a person has set; one that is withheld is dark, and a gate that is closed says so."""

from __future__ import annotations

from parking.fold.occupancy import conclude
from parking.fold.registering import register
from parking.fold.state import EMPTY
from parking.observations import OPERATOR, OperatorOverride, SiteCounted
from parking.signs.judging import Judged, judge
from parking.signs.model import LineRule
from parking.signs.words import DarkBecause
from parking.words import Opening, OverrideAspect, OverrideReason
from tests.support import at, envelope, site

PLACE = site()


def judged(minute: float, aspect: OverrideAspect, **more: object) -> Judged:
    head = envelope(1, PLACE.id, (aspect, str(more)), source=OPERATOR)
    order = OperatorOverride(
        **head, aspect=aspect, author="Ada", reason=OverrideReason.WORKS, decision="d", expires_at=at(10), **more
    )
    state = EMPTY
    for said in (SiteCounted(**envelope(), vacant=40), order):
        state = register(state, said, PLACE, at(1))
    return judge(PLACE, conclude(state, PLACE, at(minute)).availability, LineRule(), False, at(minute))


def test_a_number_set_by_hand_is_shown_until_it_ends_and_then_what_was_counted() -> None:
    under = judged(2, OverrideAspect.NUMBER, vacant=7)
    assert (under.low, under.high, under.because) == (7, 7, None)
    assert judged(10, OverrideAspect.NUMBER, vacant=7).low == 40


def test_a_number_that_is_withheld_is_dark() -> None:
    assert judged(2, OverrideAspect.NUMBER, vacant=None).because in (DarkBecause.UNKNOWN, DarkBecause.FEW_REPORT)


def test_a_place_that_a_person_has_closed_shows_no_number() -> None:
    under = judged(2, OverrideAspect.OPENING, opening=Opening.CLOSED)
    assert (under.because, under.shut is not None) == (None, True)
