"""A proposed mapping: it is one, it reads what it was guessed from, and what is doubtful is said and counts nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.observations import Observation, SiteCounted, SpaceObserved
from sensors.contract import Decoded
from sensors.registry import ADAPTERS
from sensors.samples import read_samples
from sensors.sources.mapped.adapter import MappedSource, read_mapping
from sensors.sources.mapped.guessing import guess_mapping
from sensors.sources.mapped.reading_toml import MappingError
from sensors.sources.mapped.samples import PAYLOAD
from tests.sensors.sources.test_mapped_twins import SMALL, TWINS
from tests.support import shared

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
PER_SPACE = "sensors_events/per_space_de"


def guessed(body: bytes) -> tuple[str, MappedSource]:
    text = guess_mapping(body, "feeds/answer.json")
    return text, read_mapping("guess.toml", text)


def said(decoded: Decoded) -> set[tuple[str | None, int | None, str | None]]:
    def of(seen: Observation) -> tuple[str | None, int | None, str | None]:
        return seen.device_id, getattr(seen, "vacant", None), getattr(seen, "state", None)

    return {of(seen) for seen in decoded.observations if isinstance(seen, SiteCounted | SpaceObserved)}


LOT = {"name": "Parking", "capacity": 90, "updated": "2026-05-04T13:59:00", "lon": -1.5, "lat": 47.2}
LOTS: list[dict[str, object]] = [{"id": f"P{n}", "free": n, **LOT} for n in range(5)]

CSV = "\n".join([";".join(LOTS[0]), *(";".join(map(str, lot.values())) for lot in LOTS)]).encode()
XML = "".join(f"<lot>{''.join(f'<{name}>{value}</{name}>' for name, value in lot.items())}</lot>" for lot in LOTS)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(LOTS).encode(),
        json.dumps({"data": {"lots": LOTS}, "other": [1, 2]}).encode(),
        json.dumps({"cities": [{"name": "A", "lots": LOTS}, {"name": "B", "lots": []}]}).encode(),
        json.dumps({"lots": {lot["id"]: lot for lot in LOTS}}).encode(),
        json.dumps({"type": "FeatureCollection", "features": [{"properties": lot} for lot in LOTS]}).encode(),
        CSV,
        f"<answer><lots>{XML}</lots></answer>".encode(),
    ],
)
def test_what_is_plain_is_found_in_every_format(body: bytes) -> None:
    text, source = guessed(body)
    decoded = source.decode(body, tenant="t", received_at=NOW, recorded=True)
    assert said(decoded) == {(f"P{n}", n, None) for n in range(5)}
    assert {seen.observed_at for seen in decoded.observations} == {datetime(2026, 5, 4, 11, 59, tzinfo=UTC)}
    places = source.places(body, {}, tenant="t", received_at=NOW).places
    assert {(place.name, place.capacity, place.point is not None) for place in places} == {("Parking", 90, True)}
    assert "zone" in text.split("doubtful: no feed says it")[0]


def test_numbers_that_may_be_none_are_a_comment_and_texts_are_marked() -> None:
    body = json.dumps(
        [{"id": n, "free": free, "capacity": 90} for n, free in enumerate([1, 2, 3, -1, -1, 9999, "NC"])]
    ).encode()
    text, source = guessed(body)
    [line] = [line for line in text.splitlines() if line.startswith("# missing")]
    assert line.startswith("# missing = [-1, 9999]")
    assert "doubtful: -1 2 times, 9999 1 times" in line
    assert 'missing = ["NC"]' in text
    decoded = source.decode(body, tenant="t", received_at=NOW, recorded=False)
    assert said(decoded) == {("0", 1, None), ("1", 2, None), ("2", 3, None)}


def test_words_that_nobody_explains_are_not_given_a_meaning() -> None:
    body = json.dumps([{"id": n, "status": n % 3, "free": 4} for n in range(6)]).encode()
    text, source = guessed(body)
    assert "# [[status]]" in text
    assert "doubtful: nobody says what these words of status mean" in text
    assert not source.plan.statuses
    named = json.dumps(
        [{"id": n, "state": word, "free": 4} for n, word in enumerate(["offen", "geschlossen", "libre", "X9"])]
    )
    text, source = guessed(named.encode())
    assert 'open = ["offen"]' in text
    assert "doubtful: free, or free of charge?" in text
    assert '["X9"]' in text


def test_a_field_of_unknown_numbers_becomes_no_count() -> None:
    text, source = guessed(json.dumps([{"id": n, "quux": n} for n in range(4)]).encode())
    assert "no field looks like a number of vacant spaces" in text
    assert "quux" in text
    assert not source.plan.counts


@pytest.mark.parametrize(("field", "states"), [("occupied", [True, False]), ("status", ["Present", "Unoccupied"])])
def test_single_bays_by_their_words_and_by_true_and_false(field: str, states: list[object]) -> None:
    body = json.dumps([{"id": f"b{n}", field: one} for n, one in enumerate(states)]).encode()
    _, source = guessed(body)
    decoded = source.decode(body, tenant="t", received_at=NOW, recorded=False)
    assert said(decoded) == {("b0", None, "occupied"), ("b1", None, "free")}


def test_the_example_is_found_again_with_its_categories() -> None:
    _, source = guessed(PAYLOAD)
    decoded = source.decode(PAYLOAD, tenant="t", received_at=NOW, recorded=True)
    counts = {(one.device_id, one.category, one.vacant) for one in decoded.observations if isinstance(one, SiteCounted)}
    assert counts == {("P1", "public", 12), ("P1", "disabled", 1), ("P2", "public", 2)}


@pytest.mark.parametrize(
    ("source", "path", "share"),
    [
        ("nantes", "nantes/2022-10-04_parcs-relais_disponibilites.json", 1.0),
        ("nantes", "nantes/2015-05-25_disponibilites.json", 1.0),
        ("nantes", "nantes/2011-12-13_getDisponibiliteParkingsPublics.xml", 21 / 23),  # two say 0 of 0
        ("strasbourg", "other_french/strasbourg/data.strasbourg.eu_status.json", 1.0),
        ("strasbourg", "other_french/strasbourg/status_error.json", 1.0),
        ("bordeaux", "other_french/bordeaux/st_park_p_2021-02-20.json", 1.0),
        ("freiburg", f"{PER_SPACE}/freiburg_p_r_sensors.json", 1.0),
        ("freiburg", "field/04-freiburg-pls-strings-utm.json", 1.0),
        ("ulm", f"{PER_SPACE}/ulm-sensors_realtime-parking-spots.json", 1.0),
        ("melbourne", "sensors_events/melbourne/bay_sensors_2024-04-09.csv", 1.0),
        ("los_angeles", "sensors_events/los_angeles/LADOT_Parking_Meter_Occupancy_2025-11-24.csv", 1.0),
        ("german_series", "series/germany_parking-data/2025-12-13.csv", 1.0),
    ],
)
def test_a_recording_is_mostly_read_by_the_mapping_that_is_guessed_from_it(
    source: str, path: str, share: float
) -> None:
    body = shared(path).read_bytes()
    coded = said(ADAPTERS[source].decode(body, tenant="t", received_at=NOW, recorded=True))
    _, mapping = guessed(body)
    found = said(mapping.decode(body, tenant="t", received_at=NOW, recorded=True))
    assert len(coded & found) >= share * len(coded)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b"7", b"<a/>", b"{torn", b"\x00\xff", b"[[1,2],[3]]"])
def test_what_holds_no_records_is_a_sentence(body: bytes) -> None:
    with pytest.raises(MappingError, match=r"answer\.json: "):
        guess_mapping(body, "answer.json")


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_whatever_the_bytes_it_is_a_mapping_or_a_sentence(data: st.DataObject) -> None:
    bodies = [PAYLOAD, CSV, XML.encode(), *SMALL.values(), *(read_samples(twin.source).payload for twin in TWINS)]
    payload = bytearray(data.draw(st.sampled_from(bodies)))
    for _ in range(data.draw(st.integers(0, 5))):
        where = data.draw(st.integers(0, len(payload)))
        payload[where : where + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    try:
        text = guess_mapping(bytes(payload), "x.json")
    except MappingError:
        return
    read_mapping("x.toml", text).decode(bytes(payload), tenant="t", received_at=NOW, recorded=False)
