"""Each moment of a place is one thing alone, and an unknown one says why."""

from __future__ import annotations

import pytest

from parking.desk.curve import (
    EXPIRED,
    NEVER,
    UNKNOWN_CAUSES,
    WITHOUT_CAUSE,
    CurvePoint,
    TimeKind,
    draw_curve,
    sort_time,
)
from parking.published.availability import NEVER_OBSERVED, Availability
from parking.published.freshness import as_of
from parking.published.timeline import Span
from parking.words import Basis, Fault, FillLevel, Opening
from tests.support import at

COUNTED = Availability(vacant=3, basis=Basis.COUNTED, observed_at=at(0), valid_until=at(15))


def sorted_at(said: Availability | None, minute: float = 1) -> tuple[str, str | None]:
    return sort_time(Span(at(minute), at(minute + 1), said))


@pytest.mark.parametrize(
    ("said", "kind", "cause"),
    [
        (None, "unknown", NEVER),
        (NEVER_OBSERVED, "unknown", NEVER),
        (COUNTED, "number", None),
        (Availability(vacant_low=2), "number", None),
        (Availability(level=FillLevel.FULL), "level_only", None),
        (Availability(opening=Opening.CLOSED), "shut", None),
        (Availability(vacant=3, basis=Basis.EXPECTED), "forecast", None),
        (Availability(faults=(Fault.COMMUNICATIONS_FAILURE, Fault.DEVICE_FAULT)), "unknown", "device_fault"),
        (Availability(), "unknown", WITHOUT_CAUSE),
    ],
)
def test_what_a_moment_was(said: Availability | None, kind: str, cause: str | None) -> None:
    assert sorted_at(said) == (kind, cause)


def test_a_number_that_ran_out_has_expired_whatever_else_is_wrong() -> None:
    assert sorted_at(as_of(COUNTED, at(15)), 15) == (TimeKind.UNKNOWN, EXPIRED)


def test_every_fault_is_a_cause_of_the_report() -> None:
    found = {sorted_at(Availability(faults=(fault,)))[1] for fault in Fault}
    assert found <= set(UNKNOWN_CAUSES)
    assert WITHOUT_CAUSE not in found


def test_a_curve_joins_what_did_not_change() -> None:
    spans = [Span(at(0), at(1), COUNTED), Span(at(1), at(2), COUNTED), Span(at(2), at(3), None)]
    assert draw_curve(spans) == [
        CurvePoint(at(0), at(2), TimeKind.NUMBER, 3),
        CurvePoint(at(2), at(3), TimeKind.UNKNOWN, cause=NEVER),
    ]
