"""What the command line shows: unknown looks like a question, closed is not full, and names are only names."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from rich.console import Console

from gateways.api.bodies import make_body
from gateways.documents import age_s
from gateways.terminal.render import (
    NearbyPlace,
    nearby_table,
    snapshot_document,
    snapshot_table,
    vacant_text,
    words_for_age,
)
from gateways.words.language import get_language
from parking.catalogue.model import Tenant
from parking.published.availability import NEVER_OBSERVED, Availability, CategoryCount
from parking.published.eligibility import mask_of
from parking.words import Audience, Basis, ClockBasis, FillLevel, Opening
from store.changes import ChangesPosition
from store.snapshots import PlaceNow, Snapshot
from tests.support import NOON, TENANT, site

ENGLISH, FRENCH = get_language("en"), get_language("fr")


def seen(**more: object) -> Availability:
    base = {
        "vacant": 40,
        "capacity": 80,
        "level": FillLevel.SPACES_AVAILABLE,
        "opening": Opening.OPEN,
        "by_category": {Audience.PUBLIC: CategoryCount(40, 80)},
        "observed_at": NOON - timedelta(seconds=90),
        "valid_until": NOON + timedelta(minutes=13),
        "basis": Basis.COUNTED,
    }
    return Availability(**base | more)


def snapshot(*rows: tuple[str, Availability]) -> Snapshot:
    places = [PlaceNow(site(id=str(n), name=name), availability) for n, (name, availability) in enumerate(rows)]
    return Snapshot(TENANT, NOON, ClockBasis.WALL, ChangesPosition("1", "0-0"), places)


def drawn(table: object, width: int = 160) -> str:
    console = Console(width=width, force_terminal=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_a_row_has_number_capacity_level_opening_age_and_basis() -> None:
    text = drawn(snapshot_table(ENGLISH, snapshot(("Commerce", seen())), "Nantes", 160))
    for part in ("Commerce", "40", "80", "● free", "open", "90 s", "counted"):
        assert part in text


def test_the_same_table_speaks_french() -> None:
    rows = snapshot(("Commerce", seen(level=FillLevel.ALMOST_FULL)), ("Y", NEVER_OBSERVED))
    text = drawn(snapshot_table(FRENCH, rows, "Nantes", 160))
    for part in ("Libres", "◐ presque complet", "ouvert", "compté", "4 mai 2026, 12:00:00 UTC", "1 lieu sans données"):
        assert part in text
    assert words_for_age(FRENCH, 172_800) == "2 j"


def test_the_table_tells_the_time_by_the_citys_clock() -> None:
    city = Tenant(id=TENANT, clock=ClockBasis.WALL, name="Testville", zone="Europe/Paris")
    text = drawn(snapshot_table(ENGLISH, snapshot(("X", seen()))._replace(city=city), "t", 160))
    assert "4 May 2026, 14:00:00 local time (Testville)" in " ".join(text.split())


def test_a_sum_with_an_error_says_between_what_and_silent_bays_say_at_least() -> None:
    lanes = snapshot(("X", seen(vacant_low=38, vacant_high=42, basis=Basis.DERIVED)))
    assert "≈ 40 (38-42)" in drawn(snapshot_table(ENGLISH, lanes, "t", 160))
    assert " ≈40 " in drawn(snapshot_table(ENGLISH, lanes, "t", 80), 80)
    none = snapshot(("X", seen(vacant=0, vacant_low=0, vacant_high=2, basis=Basis.DERIVED)))
    assert "≈ 0 (0-2)" in drawn(snapshot_table(ENGLISH, none, "t", 160))
    bays = snapshot(("X", seen(vacant_low=40, vacant_high=44)))
    assert " 40+ " in drawn(snapshot_table(ENGLISH, bays, "t", 160))


def test_unknown_is_a_question_and_never_a_zero() -> None:
    unknown = seen(vacant=None, level=FillLevel.UNKNOWN, opening=Opening.UNKNOWN, basis=None)
    row = next(
        line for line in drawn(snapshot_table(ENGLISH, snapshot(("X", unknown)), "t", 160)).splitlines() if "X" in line
    )
    assert row.split()[:3] == ["X", "?", "80"]
    assert "unknown" in row
    assert "0" not in row.replace("80", "").replace("90 s", "")


def test_simulated_numbers_say_so_and_silent_places_are_counted() -> None:
    text = drawn(snapshot_table(ENGLISH, snapshot(("X", seen(simulated=True)), ("Y", NEVER_OBSERVED)), "t", 160))
    assert "simulated" in text
    assert "1 place without data" in " ".join(text.split())


@pytest.mark.parametrize("name", ["Parking [/x]", "P [nord]", "[bold]P"])
def test_a_name_is_only_a_name(name: str) -> None:
    assert name in drawn(snapshot_table(ENGLISH, snapshot((name, seen())), "t", 160))
    assert name in drawn(nearby_table(ENGLISH, [NearbyPlace(PlaceNow(site(name=name), seen()), 40, 12.3)], NOON, 160))


def test_numbers_survive_a_narrow_terminal() -> None:
    long = snapshot(("Un parking au nom vraiment très long", seen(level=FillLevel.ALMOST_FULL)))
    text = drawn(snapshot_table(ENGLISH, long, "t", 80), 80)
    assert "◐ almost" in text
    assert " 40 " in text


def test_a_document_spells_unknown_as_null_and_carries_every_time() -> None:
    document = json.loads(json.dumps(snapshot_document(snapshot(("X", NEVER_OBSERVED)))))
    place = document["places"][0]
    for name in ("vacant", "vacant_low", "vacant_high", "observed_at", "valid_until", "basis", "confidence", "age_s"):
        assert place[name] is None
    assert (place["level"], place["opening"], place["faults"]) == ("unknown", "unknown", ["never_observed"])
    assert place["capacity"] == 100, "the catalogue's, where no count gave one"
    assert document["clock"] == "wall"


def test_a_hit_says_that_its_distance_is_straight() -> None:
    body = make_body(site(), seen(), None)
    hit = json.loads(body.hit(mask_of([Audience.PUBLIC]), 123.456, NOON.timestamp()))
    assert (hit["distance_m"], hit["distance_kind"], hit["vacant_for_need"]) == (123.5, "straight_line", 40)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "—"), (0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (172_800, "2 d")],
)
def test_ages_are_said_as_people_say_them(seconds: int | None, words: str) -> None:
    assert words_for_age(ENGLISH, seconds) == words


def test_a_clock_a_little_behind_makes_no_negative_age() -> None:
    assert age_s(seen(observed_at=NOON + timedelta(seconds=3)), NOON) == 0


def test_bounds_without_a_number_are_shown_as_bounds() -> None:
    said = [Availability(), Availability(vacant_low=51), Availability(vacant_low=0, vacant_high=9)]
    assert [vacant_text(one, wide=True) for one in said] == ["?", "≥ 51", "0-9"]
