"""The repair round as a document: stops in walking order, and what was left out and why."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from gateways.desk.tables import ReportTable
from gateways.documents import Document
from parking.catalogue.model import Place, Point
from parking.desk.round import RoundLimits, RoundPlan
from parking.health.repairs import Finding
from parking.instants import in_text
from parking.words import Problem

ROUND_TABLE = "round"
ROUND_COLUMNS = (
    ("stop", "Arrêt", "Stop"),
    ("walk_m", "À pied (m, à vol d’oiseau)", "Walk (m, straight line)"),
    ("place_id", "Lieu (id)", "Place (id)"),
    ("place", "Lieu", "Place"),
    ("address", "Adresse", "Address"),
    ("space", "Emplacement", "Space"),
    ("source", "Source", "Source"),
    ("device_id", "Appareil", "Device"),
    ("problem", "Panne", "Problem"),
    ("certainty", "Certitude", "Certainty"),
    ("weight", "Places concernées", "Spaces affected"),
    ("since", "Depuis", "Since"),
    ("heard_at", "Entendu le", "Last heard"),
    ("battery_v", "Pile (V)", "Battery (V)"),
    ("lon", "Longitude", "Longitude"),
    ("lat", "Latitude", "Latitude"),
)


class RoundAsked(NamedTuple):
    """What a round is asked for: from where, within which limits, of which problem alone."""

    start: Point | None = None
    limits: RoundLimits = RoundLimits()
    problem: Problem | None = None


class RoundKnown(NamedTuple):
    """A round of a city, of what was found up to ``now``."""

    tenant: str
    now: datetime
    start: Point | None
    plan: RoundPlan
    places: Mapping[str, Place]


def round_document(known: RoundKnown) -> Document:
    """The round. Metres are straight lines; times are estimates, and named so. Unknown is null."""
    plan = known.plan
    return {
        "tenant": known.tenant,
        "as_of": in_text(known.now),
        "start": _point(known.start),
        "stops": [
            {
                "stop": number,
                "lon": stop.point.lon,
                "lat": stop.point.lat,
                "walk_m": round(stop.walk_m),
                "estimated_work_min": round(stop.takes.total_seconds() / 60),
                "devices": [_device(finding, known.places) for finding in stop.findings],
            }
            for number, stop in enumerate(plan.stops, start=1)
        ],
        "walk_m": round(plan.walk_m),
        "estimated_min": round(plan.takes.total_seconds() / 60),
        "left_out": [_device(finding, known.places) for finding in plan.left_out],
        "without_point": [_device(finding, known.places) for finding in plan.without_point],
    }


def round_table(document: Document) -> ReportTable:
    """A row a device in walking order; those that are not on the round come last and have no stop."""
    rows: list[dict[str, Any]] = []
    for stop in document["stops"]:
        for number, device in enumerate(stop["devices"]):
            walk = stop["walk_m"] if number == 0 else 0
            rows.append(device | {"stop": stop["stop"], "walk_m": walk, "lon": stop["lon"], "lat": stop["lat"]})
    rows += [*document["left_out"], *document["without_point"]]
    names = [(french, english) for _, french, english in ROUND_COLUMNS]
    cells = [[row.get(name) for name, _, _ in ROUND_COLUMNS] for row in rows]
    return ReportTable(ROUND_TABLE, "Tournée", "Round", names, cells)


def _device(finding: Finding, places: Mapping[str, Place]) -> Document:
    place = places.get(finding.place_id)
    slot = finding.slot
    spaces: Sequence[Any] = place.spaces if place is not None else ()
    return {
        "place_id": finding.place_id,
        "place": place and place.name,
        "address": place and place.address,
        "space": spaces[slot].id if slot is not None and slot < len(spaces) else None,
        "source": finding.source,
        "device_id": finding.device_id,
        "problem": finding.problem.value,
        "certainty": finding.certainty,
        "weight": finding.weight,
        "since": finding.since and in_text(finding.since),
        "heard_at": finding.heard_at and in_text(finding.heard_at),
        "battery_v": finding.battery_v,
    }


def _point(point: Point | None) -> Document | None:
    return None if point is None else {"lon": point.lon, "lat": point.lat}
