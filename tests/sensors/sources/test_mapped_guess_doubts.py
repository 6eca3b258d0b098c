"""What a proposed mapping must not take for the public's number, and what of its choice it calls doubtful."""

from __future__ import annotations

import json

import pytest

from parking.words import Audience
from sensors.sources.mapped.plan import MappingPlan
from tests.sensors.sources.test_mapped_guessing import NOW, guessed, said


def records(*names: str) -> bytes:
    return json.dumps([{"id": f"P{n}", **dict.fromkeys(names, 7 + n)} for n in range(4)]).encode()


def vacant_of(plan: MappingPlan) -> list[str]:
    return [count.vacant.name.strip('"') for count in plan.counts if count.vacant is not None]


@pytest.mark.parametrize(
    ("names", "vacant"),
    [
        (("frei_frauen", "frei_gesamt"), "frei_gesamt"),
        (("free_hgv", "free_cars"), "free_cars"),
        (("free_cars", "free_hgv"), "free_cars"),
        (("libres_residents", "libres_rotation"), "libres_rotation"),
        (("Frei_Prognose", "Frei"), "Frei"),
        (("free_percent", "free_total"), "free_total"),
        (("bus.free", "car.free"), "car.free"),
        (("taux_libre", "places_libres"), "places_libres"),
    ],
)
def test_a_share_a_forecast_and_a_group_without_a_word_are_never_the_publics_number(
    names: tuple[str, ...], vacant: str
) -> None:
    text, source = guessed(records(*names))
    assert vacant_of(source.plan) == [vacant]
    assert "or is it" not in text


@pytest.mark.parametrize(
    "name",
    ["free_percent", "freePct", "is_free", "isFree", "Frei_Prognose", "free_rate", "frei_frauen", "free_hgv",
     "libres_residents", "free_spaces_lkw", "free %", "predicted.free", "free_family", "taxi.vacant"],
)  # fmt: skip
def test_where_it_stands_alone_there_is_no_count_but_its_name(name: str) -> None:
    text, source = guessed(records(name))
    assert not source.plan.counts
    assert "no field looks like a number of vacant spaces" in text
    assert name in text


def test_a_second_field_that_says_it_as_well_is_named() -> None:
    text, source = guessed(records("free_upper", "free_lower", "free_total"))
    assert vacant_of(source.plan) == ["free_total"]
    [line] = [line for line in text.splitlines() if line.startswith("vacant = ")]
    assert "doubtful: or is it free_upper, free_lower?" in line


def test_other_free_spaces_are_no_capacity() -> None:
    _, source = guessed(records("free_spaces_north", "free_spaces_south"))
    assert [count.capacity for count in source.plan.counts] == [None]


def test_a_group_with_a_word_keeps_its_own_count() -> None:
    _, source = guessed(records("free", "free_disabled", "free_women"))
    assert [(count.said.category or Audience.PUBLIC) for count in source.plan.counts] == ["public", "disabled"]


def test_nothing_but_0_and_1_may_be_no_and_yes() -> None:
    text, _ = guessed(json.dumps([{"id": f"P{n}", "free": n % 2} for n in range(4)]).encode())
    [line] = [line for line in text.splitlines() if line.startswith("vacant = ")]
    assert "doubtful: it is only ever 0 or 1" in line


@pytest.mark.parametrize("root", ["traffic_data", 'traffic_data id="x" name="Torino" status="open"'])
def test_elements_that_stand_there_often_are_the_records_and_not_their_parent(root: str) -> None:
    lots = "".join(f'<PK_data ID="{n}" Name="P{n}" Free="{n}" Total="90" lat="45.0{n}" lng="7.6"/>' for n in range(5))
    body = f"<{root}>{lots}</{root.split()[0]}>".encode()
    _, source = guessed(body)
    assert source.plan.said.body.records == "PK_data"
    decoded = source.decode(body, tenant="t", received_at=NOW, recorded=False)
    assert said(decoded) == {(f"{n}", n, None) for n in range(5)}
