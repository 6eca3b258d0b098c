"""What is wrong now as tables to take along: places of which nothing is known, devices to look at, alarms."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from gateways.desk.tables import ReportTable, Value
from parking.catalogue.model import Place
from parking.desk.curve import TimeKind, sort_time
from parking.health.alarms.model import AlarmState, DeskAlarm
from parking.health.repairs import Finding, ranked
from parking.published.timeline import Span
from store.snapshots import PlaceNow

_MOMENT = timedelta(microseconds=1)
_PLACES = (
    ("Lieu (id)", "Place (id)"), ("Lieu", "Place"), ("Adresse", "Address"), ("Cause", "Cause"),
    ("Dernier mot de", "Last word of"), ("Valable jusqu’à", "Valid until"), ("Capacité", "Capacity"),
    ("Longitude", "Longitude"), ("Latitude", "Latitude"),
)  # fmt: skip
_DEVICES = (
    ("Lieu (id)", "Place (id)"), ("Lieu", "Place"), ("Source", "Source"), ("Appareil", "Device"), ("Panne", "Problem"),
    ("Certitude", "Certainty"), ("Places concernées", "Spaces affected"), ("Depuis", "Since"),
    ("Entendu le", "Last heard"), ("Pile (V)", "Battery (V)"),
)  # fmt: skip
_ALARMS = (
    ("Alarme", "Alarm"), ("État", "State"), ("Genre", "Kind"), ("De quoi", "Of what"), ("Levée à", "Raised at"),
    ("Lieux", "Places"), ("Panneaux", "Signs"), ("Places concernées", "Spaces affected"), ("Certitude", "Certainty"),
    ("Qui s’en charge", "Owner"), ("Dernière note", "Last note"),
)  # fmt: skip


class TroubleKnown(NamedTuple):
    """What is known of a city at ``now``."""

    tenant: str
    now: datetime
    rows: Sequence[PlaceNow]
    findings: Sequence[Finding]
    alarms: Sequence[DeskAlarm]


def trouble_tables(known: TroubleKnown) -> list[ReportTable]:
    """A table each for places, devices and alarms; an empty cell is unknown."""
    places = {row.place.id: row.place for row in known.rows}
    return [
        ReportTable("places", "Lieux inconnus", "Unknown places", _PLACES, _unknown_places(known)),
        ReportTable("devices", "Appareils", "Devices", _DEVICES, _to_repair(known.findings, places)),
        ReportTable("alarms", "Alarmes", "Alarms", _ALARMS, _standing(known)),
    ]


def _unknown_places(known: TroubleKnown) -> Iterable[Sequence[Value]]:
    for row in known.rows:
        said = row.received or row.availability
        kind, cause = sort_time(Span(known.now, known.now + _MOMENT, row.availability))
        if kind is TimeKind.UNKNOWN:
            place = row.place
            lon, lat = (place.point.lon, place.point.lat) if place.point else (None, None)
            capacity = said.capacity if said.capacity is not None else place.capacity
            yield (place.id, place.name, place.address, cause, said.observed_at, said.valid_until, capacity, lon, lat)


def _to_repair(findings: Iterable[Finding], places: Mapping[str, Place]) -> Iterable[Sequence[Value]]:
    for one in ranked(findings):
        name = places[one.place_id].name if one.place_id in places else None
        facts = (one.problem.value, one.certainty, one.weight, one.since, one.heard_at, one.battery_v)
        yield (one.place_id, name, one.source, one.device_id, *facts)


def _standing(known: TroubleKnown) -> Iterable[Sequence[Value]]:
    for alarm in known.alarms:
        state, condition = alarm.state(known.now), alarm.word.condition
        if state is not AlarmState.NORMAL:
            notes = alarm.handling.notes
            yield (
                alarm.id, state.value, condition.kind.value, condition.name, alarm.word.raised_at,
                len(condition.places), len(condition.signs), condition.spaces, condition.certainty,
                alarm.handling.owner, notes[-1].text if notes else None,
            )  # fmt: skip
