"""A preview says what the fold says once the command is given: held against the fold itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.catalogue.model import Place
from parking.desk.commands import PlaceOverride, PlaceRecount
from parking.desk.preview import preview
from parking.fold.occupancy import conclude
from parking.fold.registering import register
from parking.fold.state import EMPTY, PlaceState
from parking.observations import (
    OPERATOR,
    OpeningChanged,
    OperatorOverride,
    SiteCounted,
    SiteRecounted,
    SpaceObserved,
)
from parking.published.availability import Availability
from parking.words import Audience, Fault, Opening, OverrideAspect, OverrideReason, SpaceState
from tests.support import at, envelope, site, zone

NOW = 5.0


def given_by_hand(aspect: str, minutes: float, until: float = 60, **more: Any) -> OperatorOverride:
    head = envelope(minutes, device="desk", content=(aspect, until, str(sorted(more.items()))), source=OPERATOR)
    return OperatorOverride(
        **head, aspect=OverrideAspect(aspect), expires_at=at(until), reason=OverrideReason.INCIDENT, author="Ada",
        decision="0" * 32, **more,
    )  # fmt: skip


def said_of(state: PlaceState, place: Place) -> Availability:
    return conclude(state, place, at(NOW)).availability


def shown(said: Availability) -> dict[str, Any]:
    """All that a reader sees, but for the ids of what is a draft."""
    told: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(said, by_hand=()))
    return told | {
        "by_hand": sorted((one.aspect, str(one.category), str(one.vacant), one.until) for one in said.by_hand)
    }


ORDERS = st.one_of(
    st.sampled_from(list(Opening)).filter(lambda one: one is not Opening.UNKNOWN).map(
        lambda one: {"aspect": "opening", "opening": one}),
    st.builds(lambda vacant, whom: {"aspect": "number", "vacant": vacant, "category": whom},
              st.one_of(st.none(), st.integers(0, 100)), st.sampled_from([Audience.PUBLIC, Audience.DISABLED])),
)  # fmt: skip
UNTIL = st.sampled_from([30.0, 60.0])


@given(st.booleans(), st.integers(0, 100), st.lists(st.tuples(ORDERS, UNTIL), max_size=2), ORDERS, UNTIL)
def test_an_override_is_previewed_as_the_fold_has_it(
    is_heard: bool, vacant: int, before: list[tuple[dict[str, Any], float]], now: dict[str, Any], until: float
) -> None:
    place, state = site(capacity=100), EMPTY
    if is_heard:
        state = register(state, SiteCounted(**envelope(0, content=vacant), vacant=vacant), place, at(0))
        state = register(state, OpeningChanged(**envelope(0, content="o"), opening=Opening.OPEN), place, at(0))
    for minutes, (order, ends) in enumerate(before, 1):
        state = register(state, given_by_hand(minutes=minutes, until=ends, **order), place, at(NOW))
    given_now = register(state, given_by_hand(minutes=NOW, until=until, **now), place, at(NOW))
    command = PlaceOverride(
        aspect=OverrideAspect(now["aspect"]), reason=OverrideReason.INCIDENT, expires_at=at(until),
        opening=now.get("opening"), vacant=now.get("vacant"), category=now.get("category"),
        unusable=now["aspect"] == "number" and now["vacant"] is None,
    )  # fmt: skip
    known = said_of(state, place)
    told = preview(command, place, None if known.faults == (Fault.NEVER_OBSERVED,) and not before else known, at(NOW))
    assert told.availability is not None
    if not is_heard and before:  # what stands by hand over nothing at all: numbers and gate agree, reasons may not
        for name in ("vacant", "vacant_low", "vacant_high", "opening", "by_category", "level"):
            assert getattr(told.availability, name) == getattr(said_of(given_now, place), name), name
        return
    assert shown(told.availability) == shown(said_of(given_now, place))


@pytest.mark.parametrize("category", [Audience.PUBLIC, Audience.DISABLED])
def test_a_recount_is_previewed_as_the_fold_has_it(category: Audience) -> None:
    place = site(capacity=100)
    state = register(EMPTY, SiteCounted(**envelope(0, content=4), vacant=4), place, at(0))
    recount = SiteRecounted(**envelope(NOW, device="desk", content="r", source=OPERATOR), vacant=17, category=category)
    fold = said_of(register(state, recount, place, at(NOW)), place)
    told = preview(PlaceRecount(vacant=17, category=category), place, said_of(state, place), at(NOW)).availability
    assert told is not None
    for name in ("vacant", "vacant_low", "vacant_high", "level", "basis", "observed_at", "faults", "reporting_share"):
        assert getattr(told, name) == getattr(fold, name), name
    assert told.by_category[category].vacant == fold.by_category[category].vacant == 17


def test_what_cannot_be_told_before_is_not_guessed() -> None:
    street = zone(3)
    state = register(
        EMPTY, SpaceObserved(**envelope(0, device="S0", content="f"), state=SpaceState.FREE), street, at(0)
    )
    known, until = said_of(state, street), at(NOW) + timedelta(hours=1)
    things: list[dict[str, Any]] = [
        {"aspect": "space", "space": "*"},
        {"aspect": "device", "source": "src", "device": "S0"},
    ]
    for more in things:
        command = PlaceOverride(**{**more, "aspect": OverrideAspect(more["aspect"])}, reason=OverrideReason.WORKS,
                                expires_at=until)  # fmt: skip
        told = preview(command, street, known, at(NOW))
        assert told.availability is None
        assert told.untold
    assert preview(PlaceRecount(vacant=1), street, known, at(NOW)).availability is None


def test_a_recount_beneath_a_number_by_hand_changes_nothing_and_says_so() -> None:
    place = site(capacity=100)
    state = register(EMPTY, given_by_hand("number", 1, vacant=9), place, at(NOW))
    known = said_of(state, place)
    told = preview(PlaceRecount(vacant=17), place, known, at(NOW))
    assert told.availability == known
    assert told.untold
