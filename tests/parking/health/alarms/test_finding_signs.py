"""What is found wrong with signs: of each its worst, beneath what darkens it, and nothing that somebody willed."""

from __future__ import annotations

import msgspec
import pytest

from parking.health.alarms.kinds import TroubleKind
from parking.signs.status import Alarm, AlarmKind, SignState
from parking.signs.words import DarkBecause, SignMode
from parking.words import Fault
from tests.parking.health.alarms.city import City, dark
from tests.support import at

K = TroubleKind


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (AlarmKind.DISPLAYED_IS_NOT_COMMANDED, K.SIGN_WRONG),
        (AlarmKind.SILENT, K.SIGN_SILENT),
        (AlarmKind.NOT_VISIBLE, K.SIGN_NOT_VISIBLE),
        (AlarmKind.ILLEGIBLE, K.SIGN_ILLEGIBLE),
        (AlarmKind.FAIL_SAFE_NOT_SET, K.SIGN_NOT_SAFE),
        (AlarmKind.REFUSED, K.SIGN_REFUSED),
        (AlarmKind.FAULT, K.SIGN_FAULT),
        (AlarmKind.NOT_RECORDED, K.SIGN_NOT_RECORDED),
        (AlarmKind.PLAN, K.SIGN_PLAN),
    ],
)
def test_each_trouble_of_a_sign_is_found(kind: AlarmKind, found: TroubleKind) -> None:
    city = City()
    city.show("A1", at(0), alarms=(Alarm(kind=kind, detail="x", since=at(-3)),))
    (root,) = city.roots(at(0))
    assert (root.kind, root.signs, root.places, root.since) == (found, ("A1",), ("P1",), at(-3))


def test_a_sign_is_one_alarm_its_worst() -> None:
    city = City()
    both = tuple(Alarm(kind=kind, detail="x", since=at(0)) for kind in AlarmKind)
    city.show("A1", at(0), SignState.WRONG, alarms=both)
    assert city.kinds(at(0)) == [K.SIGN_WRONG]


def test_a_sign_dark_for_want_of_a_number_is_explained_by_the_place_or_by_what_fells_that() -> None:
    city = City()
    city.lose("P1", at(0), Fault.COMMUNICATIONS_FAILURE)
    city.show("A1", at(0), SignState.DARK, lines=dark(DarkBecause.UNKNOWN))
    assert city.kinds(at(0)) == [K.NUMBER_UNKNOWN]
    city = City()
    city.all_well(at(30), "nantes")
    city.show("A1", at(30), SignState.DARK, lines=dark(DarkBecause.STALE))
    assert city.kinds(at(30)) == [K.FEED_SILENT]


@pytest.mark.parametrize("because", DarkBecause)
def test_a_sign_dark_by_somebodys_will_is_none_and_one_dark_by_itself_is(because: DarkBecause) -> None:
    willed = {"scheduled", "ordered", "out_of_service", "on_test", "dwell", "simulated", "not_real", "too_short"}
    city = City()
    city.show("A1", at(0), SignState.DARK, lines=dark(because))
    assert city.kinds(at(0)) == ([] if because.value in willed else [K.SIGN_DARK])


def test_a_sign_out_of_service_is_left_alone() -> None:
    city = City()
    city.signs["A1"] = msgspec.structs.replace(city.signs["A1"], mode=SignMode.OUT_OF_SERVICE)
    city.show("A1", at(0), SignState.SILENT)
    assert city.roots(at(0)) == []


def test_many_signs_that_do_not_answer_are_their_network_and_none_written_is_the_controller() -> None:
    city = City()
    for number in range(4):
        city.show(f"A{number}", at(0), SignState.SILENT)
    (root,) = city.roots(at(0))
    assert (root.kind, root.signs) == (K.SIGNS_SILENT, ("A0", "A1", "A2", "A3"))
    city.all_well(at(5), *city.signs)
    assert city.kinds(at(5)) == [K.SIGN_CONTROLLER_AWAY]
