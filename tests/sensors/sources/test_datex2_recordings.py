"""DATEX II 2.3: whole recordings against an independent reading of them."""

import re
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from parking.catalogue.model import Catalogue
from parking.fold.admission import find_refusal
from parking.observations import OpeningChanged, SiteCounted, SiteLevelled, SpaceObserved
from sensors.sources.datex2.adapter import INFO, decode, places
from tests.sensors.sources.datex2_bodies import declared
from tests.support import shared

LEVELS = {"spacesAvailable": "spaces_available", "almostFull": "almost_full", "full": "full"}
LATER = datetime(2026, 11, 1, tzinfo=UTC)


def bare(root: ElementTree.Element) -> ElementTree.Element:
    """The same tree without namespaces, for an independent reading."""
    for element in root.iter():
        element.tag = re.sub(r"\{.*\}", "", element.tag)
    return root


def expected_of_sites(root: ElementTree.Element) -> tuple[set, int]:
    """What each record should become, and how many are refused, read with the standard library alone."""
    facts, refused = set(), 0
    for record in root.iter("parkingRecordStatus"):
        name = record.find("parkingRecordReference").get("id").split("[")[0]
        spaces, vacant, vehicles = (
            record.findtext(f"parkingOccupancy/parkingNumberOf{what}")
            for what in ("SpacesOverride", "VacantSpaces", "Vehicles")
        )
        if record.findtext("parkingSiteStatus") == "unknown":
            facts.add((name, "fault"))
        elif vacant is None and (word := record.findtext("parkingSiteStatus")) is not None:
            facts.add((name, LEVELS[word]))  # how many of the vehicles' lorry park are left, nobody says
        elif vacant is None and vehicles is not None:
            refused += 1
            continue
        elif spaces == "1":
            facts.add((name, "free" if vacant == "1" else "occupied"))
            continue
        elif vacant is not None:
            facts.add((name, int(vacant), int(spaces)))
        if (opening := record.findtext("parkingSiteOpeningStatus")) is not None:
            facts.add((name, "unknown" if opening == "other" else opening))
    return facts, refused


def expected_of_facilities(root: ElementTree.Element) -> tuple[set, int]:
    facts, refused = set(), 0
    for record in root.iter("parkingFacilityStatus"):
        if not len(record):  # the status inside a record has the record's name
            continue
        if record.findtext("parkingFacilityStatusTime").startswith("1970"):
            refused += 1
            continue
        name, words = record[0].get("id"), {one.text for one in record.findall("parkingFacilityStatus")}
        if "statusUnknown" in words:
            facts |= {(name, "fault"), (name, "unknown")}
        facts |= {(name, word) for word in words & {"open", "closed"}}
        for group in record.findall("assignedParkingSpacesStatus"):
            occupied, vacant = (int(one.text) for one in group[0])
            facts.add((name, vacant, vacant + occupied))
    return facts, refused


def fact(seen) -> tuple:
    name = seen.device_id.partition(":")[2]
    match seen:
        case SiteCounted():
            return name, seen.vacant, seen.capacity
        case SiteLevelled():
            return name, str(seen.level)
        case OpeningChanged():
            return name, str(seen.opening)
        case SpaceObserved():
            return name, str(seen.state)
        case _:
            return name, "fault"


@pytest.mark.parametrize(
    ("city", "observations", "rejected", "declared_places"),
    [
        ("aachen", 34, 0, 17),
        ("friedrichshafen-sensors", 55, 0, 29),
        ("stuttgart", 100, 2, 49),
        ("toll-collect", 3640, 0, 1820),
        ("vrs_bondorf", 1, 0, 1),
        ("vrs_kirchheim", 2, 0, 2),
    ],
)
def test_every_recording_says_what_an_independent_reading_of_it_says(
    city: str, observations: int, rejected: int, declared_places: int
) -> None:
    file = shared(f"datex2/v2_parking/{city}-realtime.xml")
    payload, root = file.read_bytes(), bare(ElementTree.parse(file).getroot())
    decoded = decode(payload, tenant="x", received_at=LATER, recorded=True)
    facts, refused = (expected_of_facilities if city == "stuttgart" else expected_of_sites)(root)
    assert {fact(seen) for seen in decoded.usable} == facts
    assert (len(decoded.usable), len(decoded.rejects)) == (observations, rejected)
    assert len(decoded.rejects) == len(decoded.observations) - len(decoded.usable) == refused
    published = datetime.fromisoformat(root.findtext("payloadPublication/publicationTime")).astimezone(UTC)
    assert {seen.received_at for seen in decoded.observations} == {decoded.ends_at} == {published}
    beside = {name: (file.parent / name).read_bytes() for name in INFO.sidecars if (file.parent / name).exists()}
    found = places(payload, beside, tenant="x", received_at=LATER)
    assert (len(found.places), found.rejects) == (declared_places, [])
    catalogue = Catalogue(found.places)
    for seen in decoded.observations:
        place = catalogue.find_observed("x", seen.source, seen.device_id, seen.observed_at)
        assert find_refusal(seen, place, LATER) is None


def test_recorded_static_publications_put_every_place_where_its_city_is() -> None:
    centres = {"aachen": (6.08, 50.77), "friedrichshafen-sensors": (9.47, 47.66), "stuttgart": (9.18, 48.78)}
    for city, (lon, lat) in centres.items():
        found = declared(shared(f"datex2/v2_parking/{city}-static.xml").read_bytes())
        assert found.places
        assert not found.rejects
        for place in found.places:
            assert place.point is not None
            assert abs(place.point.lon - lon) < 0.1
            assert abs(place.point.lat - lat) < 0.1


def test_recorded_thresholds_of_aachen_are_a_tenth_and_none() -> None:
    payload = shared("datex2/v2_parking/aachen-realtime.xml").read_bytes()
    by_id = {place.id: place for place in declared(payload).places}
    assert (by_id["DE-MDM-Aachen:P1"].full_at, by_id["DE-MDM-Aachen:P1"].almost_full_at) == (0, 56)
    assert by_id["DE-MDM-Aachen:P5"].full_at is None  # out of service, without thresholds
