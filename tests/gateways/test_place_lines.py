"""One place in the terminal: the words of the page's card, the city's clock, nothing that only programs read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from gateways.terminal.place import place_lines
from gateways.words.city_clock import CityClock
from gateways.words.language import CODES, get_language
from parking.catalogue.model import Place
from parking.published.availability import NEVER_OBSERVED, Availability, Beneath, ByHand, CategoryCount
from parking.words import Audience, Basis, Fault, FillLevel, Opening, OverrideAspect, OverrideReason
from store.snapshots import PlaceNow
from tests.support import NOON, TENANT, site, zone

REUNION = CityClock("Le Mans", ZoneInfo("Indian/Reunion"))


def lines_of(code: str, place: Place, availability: Availability) -> dict[str, str]:
    return dict(place_lines(get_language(code), PlaceNow(place, availability), NOON, REUNION))


SEEN = Availability(
    vacant=40,
    vacant_low=38,
    vacant_high=42,
    capacity=80,
    level=FillLevel.SPACES_AVAILABLE,
    opening=Opening.SUBSCRIBERS_ONLY,
    by_category={Audience.PUBLIC: CategoryCount(40, 80), Audience.DISABLED: CategoryCount(None, 2)},
    reporting_share=0.5,
    observed_at=NOON - timedelta(seconds=90),
    valid_until=NOON + timedelta(minutes=13),
    basis=Basis.DERIVED,
    faults=(Fault.COUNTER_DRIFT,),
)


def test_everything_is_said_in_words_and_by_the_citys_clock() -> None:
    place = site(id="a", name="Les Halles", height_cm=190, opening_hours='Mo-Sa 07:00-20:00 "2026"')
    said = lines_of("en", place, SEEN)
    assert said["Place"] == "Les Halles (a)"
    assert said["Free"] == "≈ 40 (38-42)"
    assert (said["Level"], said["Access"]) == ("free", "subscribers only")
    assert said["Ordinary spaces"] == "40 of 80"
    assert said["Disabled bays"] == "unknown of 2"
    assert said["Partly counted"] == "50% of the spaces are seen by a sensor"
    assert said["Last reading"].endswith("15:58:30 local time (Le Mans), 90 s ago")
    assert "16:13:00 local time" in said["This number holds until"]
    assert said["Note"] == "entries and exits do not add up: to be recounted"
    assert said["Hours"] == "Mo-Sa 07:00-20:00 (as the city stated in 2026, check on site)"
    assert said["Height limit"] == "1.90 m"


def test_what_an_operator_has_set_says_so_until_when_and_what_sensors_say() -> None:
    until = NOON + timedelta(hours=2)
    head: dict[str, Any] = {"reason": OverrideReason.WORKS, "since": NOON, "until": until, "decision": "d"}
    public = ByHand(**head, aspect=OverrideAspect.NUMBER, category=Audience.PUBLIC, vacant=7)
    seen = Availability(
        vacant=7, vacant_low=7, vacant_high=7, level=FillLevel.SPACES_AVAILABLE, basis=Basis.SET_BY_HAND,
        observed_at=NOON, by_hand=(public,), beneath=Beneath(vacant=40, opening=Opening.OPEN),
    )  # fmt: skip
    said = lines_of("fr", site(), seen)
    assert said["Base"] == "indiqué par un opérateur"
    assert said["Indiqué par un opérateur"].startswith("Places ordinaires : 7, jusqu’à 4 mai 2026")
    assert said["Indiqué par un opérateur"].endswith("(travaux)")
    assert said["D’après les capteurs"] == "40, ouvert"
    withheld = replace(seen, vacant=None, by_hand=(replace(public, vacant=None),), beneath=Beneath())
    said = lines_of("en", site(), withheld)
    assert "number withheld" in said["Set by an operator"]
    assert said["Sensors say"] == "unknown, unknown"
    closed = ByHand(**head, aspect=OverrideAspect.OPENING, opening=Opening.CLOSED)
    assert lines_of("en", site(), replace(seen, by_hand=(closed,)))["Set by an operator"].startswith("closed, until")
    spaces = ByHand(**head, aspect=OverrideAspect.SPACE, space="*")
    said = lines_of("en", zone(3), replace(seen, by_hand=(spaces,)))
    assert said["Set by an operator"].startswith("space out of service, until")
    assert "Sensors say" not in said


def test_a_street_tells_its_bays_and_unknown_is_no_zero() -> None:
    said = lines_of("fr", zone(3), NEVER_OBSERVED)
    assert (said["Libres"], said["Niveau"], said["Dernier relevé"]) == ("inconnu", "inconnu", "inconnu")
    assert said["Emplacements"] == "3 inconnus"


@pytest.mark.parametrize("code", CODES)
def test_no_language_shows_what_only_a_program_can_read(code: str) -> None:
    said = lines_of(code, site(tenant=TENANT), SEEN)
    for text in (*said, *said.values()):
        assert not any(part in text for part in ("_", "{", "[", "None", "True", "False", "'")), text


def test_what_the_city_states_for_drivers_is_said_where_it_is_known() -> None:
    place = site(
        price_1h_cents=250, price_24h_cents=2400, season_cents=7999, spaces_disabled=8, spaces_ev=0, is_free=False
    )
    said = lines_of("fr", place, NEVER_OBSERVED)
    assert (said["Tarifs"], said["Abonnement mensuel"]) == ("1 h 2,50 € · 24 h 24,00 €", "non-résident 79,99 €")
    assert said["Places réservées, d’après la ville"] == "personnes handicapées (8)"
    assert "Construction" not in said
    assert lines_of("en", site(is_free=True), NEVER_OBSERVED)["Prices"] == "free of charge"
