"""What a polled source says after a word of no use is told to be later, though it bears the same time."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.catalogue.model import Device
from parking.observations import Observation
from parking.words import Fault, FillLevel
from sensors.contract import Decoded
from sensors.intake.doubts import Doubts
from sensors.registry import get_adapter
from tests.parking.fold.test_occupancy import shown
from tests.support import NOON, shared, site

NANTES = get_adapter("nantes")
STAMP = "2026-05-04T11:59:00+00:00"


def polled(minutes: int, stamp: str = STAMP, **more: object) -> Decoded:
    """What Nantes says at a poll so many minutes after noon."""
    one = {"idobj": "677", "grp_statut": 5, "grp_disponible": 40, "grp_exploitation": 500, "grp_horodatage": stamp}
    body = json.dumps({"total_count": 1, "results": [one | more]}).encode()
    return NANTES.decode(body, tenant="nantes", received_at=NOON + timedelta(minutes=minutes), recorded=False)


def told(doubts: Doubts, *polls: Decoded) -> list[Observation]:
    return [seen for poll in polls for seen in doubts.rank(poll).observations]


def published(seen: list[Observation]):
    places = NANTES.places(None, {}, tenant="nantes", received_at=NOON).places
    (place,) = (place for place in places if place.id == "677")
    return shown(place, *seen)


BAD: list[dict] = [
    {"grp_disponible": -2},
    {"grp_disponible": 905},
    {"grp_statut": 9},
    {"grp_disponible": None},
    {"grp_disponible": ""},
]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("stamp", [STAMP, "2026-05-04T12:00:30+00:00"])
def test_a_number_ends_with_a_word_of_no_use_and_comes_back_with_the_same_words(bad: dict, stamp: str) -> None:
    doubts = Doubts()
    seen = told(doubts, polled(0), polled(1, stamp, **bad))
    now = published(seen)
    assert (now.vacant, now.faults) == (None, (Fault.UNUSABLE,))
    assert published(seen[::-1]) == now, "in whatever order"
    seen += told(doubts, polled(2, stamp))
    assert (published(seen).vacant, published(seen).faults) == (40, ())
    seen += told(doubts, polled(3, stamp, **bad))
    assert published(seen).vacant is None, "and it ends again"


def test_what_repeats_itself_is_ranked_once_and_then_left_alone() -> None:
    doubts = Doubts()
    first, second, newer = (
        doubts.rank(poll).observations for poll in (polled(0), polled(1), polled(2, "2026-05-04T12:01:00+00:00"))
    )
    assert {seen.seq for seen in first} == {int(NOON.timestamp())}, "nobody knows what was told to a process before"
    assert {seen.seq for seen in second} == {seen.seq for seen in newer} == {0}


@given(st.lists(st.sampled_from([10, 20, 30]), min_size=1, max_size=6), st.randoms())
def test_of_numbers_that_bear_one_stamp_the_one_that_came_last_stands(counts: list[int], chance: random.Random) -> None:
    repeated = [*counts, counts[-1]]
    seen = told(Doubts(), *(polled(minute, grp_disponible=count) for minute, count in enumerate(repeated)))
    chance.shuffle(seen)
    assert published(seen).vacant == counts[-1]


def test_a_level_that_follows_a_number_under_the_same_stamp_is_what_stands() -> None:
    bordeaux, doubts, seen = get_adapter("bordeaux"), Doubts(), []
    place = site(devices=(Device(source="bordeaux", id="CUBPK01", valid_for_s=900),))
    for minutes, word in enumerate(({"libre": 5, "etat": "LIBRE"}, {"libre": None, "etat": "COMPLET"})):
        one = {"ident": "CUBPK01", "nom": "X", "mdate": STAMP, "total": 100, "connecte": 1} | word
        arrived = NOON + timedelta(minutes=minutes)
        body = json.dumps([one]).encode()
        seen += doubts.rank(bordeaux.decode(body, tenant="testville", received_at=arrived, recorded=False)).observations
    now = shown(place, *seen, clock=1)
    assert (now.vacant, now.level) == (None, FillLevel.FULL)
    assert shown(place, *seen[::-1], clock=1) == now


def test_an_older_stamp_is_no_later_word() -> None:
    seen = told(Doubts(), polled(0), polled(1, "2026-05-04T11:58:00+00:00", grp_disponible=7))
    assert published(seen).vacant == 40


def test_a_process_that_starts_after_a_doubt_ends_it() -> None:
    seen = told(Doubts(), polled(0), polled(1, grp_disponible=-2)) + told(Doubts(), polled(2))
    assert published(seen).vacant == 40


def test_a_feed_that_names_devices_without_end_is_remembered_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.intake.doubts.MAX_DOUBTED", 3)
    doubts, (first,) = Doubts(), [one for one in polled(0).observations if type(one).__name__ == "SiteCounted"]
    for number in range(9):
        doubts.rank(Decoded([msgspec.structs.replace(first, device_id=str(number))], []))
    assert list(doubts._since) == ["6", "7", "8"]
    (again,) = doubts.rank(Decoded([msgspec.structs.replace(first, device_id="0")], [])).observations
    assert again.seq, "who was forgotten is doubted like one that was never heard"


def test_the_field_case_of_nantes() -> None:
    doubts, seen = Doubts(), []
    for minutes, name in enumerate(("10a-nantes-first-poll-good", "10b-nantes-second-poll-impossible")):
        body = shared(f"field/{name}.json").read_bytes()
        arrived = datetime.fromisoformat("2026-11-27T13:56:30+00:00") + timedelta(minutes=minutes)
        decoded = NANTES.decode(body, tenant="nantes", received_at=arrived, recorded=False)
        assert len(decoded.rejects) == minutes * 3
        assert all(reject.raw for reject in decoded.rejects)
        seen += doubts.rank(decoded).observations
    places = {place.id: place for place in NANTES.places(None, {}, tenant="nantes", received_at=NOON).places}
    for device in ("677", "280", "284"):
        now = shown(places[device], *(one for one in seen if one.device_id == device))
        assert (now.vacant, now.faults) == (None, (Fault.UNUSABLE,)), device
