"""What fifteen made-up cities know of themselves, and how each source would write it down: the truth that is polled.

A ``World`` holds what every device says now. A word of no use (``BAD``) is written as that source could write it, and
the truth of its place is then that nobody knows.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

CAPACITY = 90
BAD = "bad"
Word = int | str
"""How many are vacant (of a bay: 0 or 1), or ``BAD``."""


class Shape(NamedTuple):
    """How one source is polled: its devices by place, whether they are bays, and its body from what they say."""

    places: Mapping[str, tuple[str, ...]]
    write: Callable[[Mapping[str, Word], datetime], bytes]
    newcomer: str | None = None
    bays: bool = False
    is_text: bool = False


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _of_itself(*names: str) -> dict[str, tuple[str, ...]]:
    return {name: (name,) for name in names}


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _local(at: datetime, zone: str, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    return at.astimezone(ZoneInfo(zone)).strftime(form)


def _bordeaux(said: Mapping[str, Word], at: datetime) -> bytes:
    return _json([
        {"ident": id_, "nom": f"Parc {id_}", "libre": str(word), "total": str(CAPACITY), "etat": "LIBRE",
         "connecte": "1", "infor": "NaN", "geometry": {"pos": f"44.8{n} -0.56"}, "mdate": _local(at, "Europe/Paris")}
        for n, (id_, word) in enumerate(said.items())
    ])  # fmt: skip


def _counter(said: Mapping[str, Word], at: datetime) -> bytes:
    return b"\n".join(
        _json(
            {
                "device": id_,
                "at": _iso(at),
                "type": "count",
                "vacant": -3 if word == BAD else word,
                "capacity": CAPACITY,
            }
        )
        for id_, word in said.items()
    )


def _datex2(said: Mapping[str, Word], at: datetime) -> bytes:
    records = "".join(
        f'<parkingRecordStatus><parkingRecordReference id="{id_}"/><parkingStatusOriginTime>{_iso(at)}'
        f"</parkingStatusOriginTime><parkingOccupancy><parkingNumberOfSpacesOverride>{CAPACITY}"
        f"</parkingNumberOfSpacesOverride><parkingNumberOfVacantSpaces>{CAPACITY + 9 if word == BAD else word}"
        "</parkingNumberOfVacantSpaces></parkingOccupancy><parkingSiteOpeningStatus>open</parkingSiteOpeningStatus>"
        "</parkingRecordStatus>"
        for id_, word in said.items()
    )
    head = f'<d2LogicalModel xmlns="http://datex2.eu/schema/2/2_0"><payloadPublication><publicationTime>{_iso(at)}'
    middle = "</publicationTime><genericPublicationExtension><parkingStatusPublication>"
    tail = "</parkingStatusPublication></genericPublicationExtension></payloadPublication></d2LogicalModel>"
    return (head + middle + records + tail).encode()


def _freiburg(said: Mapping[str, Word], at: datetime) -> bytes:
    stamp = _local(at, "Europe/Berlin", "%Y-%m-%dT%H:%M:%S")
    return _json({"features": [
        {"properties": {"park_id": id_, "park_name": f"Park {id_}", "obs_free": -1 if word == BAD else word,
                        "obs_max": CAPACITY, "obs_ts": stamp}, "geometry": {"coordinates": [7.8, 48.0]}}
        for id_, word in said.items()
    ]})  # fmt: skip


def _german(said: Mapping[str, Word], at: datetime) -> bytes:
    cells = ",".join("x" if word == BAD else str(word) for word in said.values())
    return f"timestamp,{','.join(said)}\n{_iso(at)},{cells}\n".encode()


def _los_angeles(said: Mapping[str, Word], at: datetime) -> bytes:
    states = {BAD: "BROKEN", 1: "VACANT", 0: "OCCUPIED"}
    rows = [f"{id_},{at.astimezone(UTC):%m/%d/%Y %I:%M:%S %p},{states[word]}" for id_, word in said.items()]
    return "\n".join(["SpaceID,EventTime_UTC,OccupancyState", *rows, ""]).encode()


def _melbourne(said: Mapping[str, Word], at: datetime) -> bytes:
    states = {BAD: "Purple", 1: "Unoccupied", 0: "Present"}
    head = "Lastupdated,Status_Timestamp,Zone_Number,Status_Description,KerbsideID,Location"
    rows = [f'{_iso(at)},{_iso(at)},7001,{states[word]},{id_},"-37.81, 144.96"' for id_, word in said.items()]
    return "\n".join([head, *rows, ""]).encode()


def _montpellier(said: Mapping[str, Word], at: datetime) -> bytes:
    rows = [
        f"{at:%Y-%m-%d %H:%M:%S},{id_},{999 if word == BAD else word},{CAPACITY},Open" for id_, word in said.items()
    ]
    return "\n".join(["fecha_lectura,nombre_parking,plazas_libres,capacidad_total,estado", *rows, ""]).encode()


def _nantes(said: Mapping[str, Word], at: datetime) -> bytes:
    rows = [
        {"idobj": id_, "grp_statut": 5, "grp_disponible": CAPACITY + 9 if word == BAD else word, "grp_complet": 1,
         "grp_exploitation": CAPACITY, "grp_horodatage": _iso(at)}
        for id_, word in said.items()
    ]  # fmt: skip
    return _json({"total_count": len(rows), "results": rows})


def _ngsi_ld(said: Mapping[str, Word], at: datetime) -> bytes:
    return _json([
        {"id": id_, "type": "OffStreetParking", "name": f"Park {id_}",
         "status": ["open"],
         "location": {"type": "Point", "coordinates": [-8.61, 41.15]}, "totalSpotNumber": CAPACITY,
         "availableSpotNumber": {"value": -1 if word == BAD else word, "observedAt": _iso(at)}}
        for id_, word in said.items()
    ])  # fmt: skip


def _parkapi(said: Mapping[str, Word], at: datetime) -> bytes:
    every = {"source_id": 3, "lat": "48.7", "lon": "9.1", "purpose": "CAR", "capacity": CAPACITY,
             "has_realtime_data": True,
             "realtime_opening_status": "OPEN", "realtime_capacity": CAPACITY}  # fmt: skip
    rows = [
        every
        | {"id": n, "original_uid": id_.removeprefix("3:"), "name": f"Park {id_}", "realtime_data_updated_at": _iso(at)}
        | {"realtime_free_capacity": -2 if word == BAD else word}
        for n, (id_, word) in enumerate(said.items(), start=1)
    ]
    return _json({"items": rows, "total_count": len(rows)})


def _siri_fm(said: Mapping[str, Word], at: datetime) -> bytes:
    conditions = "".join(
        f"<FacilityCondition><FacilityRef>{id_}</FacilityRef><FacilityStatus><Status>available</Status></FacilityStatus>"
        f"<MonitoredCounting><CountingType>availabilityCount</CountingType><CountedFeatureUnit>bays</CountedFeatureUnit>"
        f"<Count>{-4 if word == BAD else word}</Count></MonitoredCounting></FacilityCondition>"
        for id_, word in said.items()
    )
    head = (
        f'<Siri xmlns="http://www.siri.org.uk/siri"><ServiceDelivery><ResponseTimestamp>{_iso(at)}</ResponseTimestamp>'
    )
    middle = f"<FacilityMonitoringDelivery><ResponseTimestamp>{_iso(at)}</ResponseTimestamp>"
    return f"{head}{middle}{conditions}</FacilityMonitoringDelivery></ServiceDelivery></Siri>".encode()


def _strasbourg(said: Mapping[str, Word], at: datetime) -> bytes:
    every = {"etat": 1, "total": CAPACITY, "infousager": "0"}
    fields = [
        {"ident": int(id_), "nom_parking": f"P{id_}", "libre": CAPACITY + 9 if word == BAD else word} | every
        for id_, word in said.items()
    ]
    rows = [{"fields": one, "record_timestamp": _iso(at)} for one in fields]
    return _json({"nhits": len(rows), "records": rows})


def _swiss(said: Mapping[str, Word], at: datetime) -> bytes:
    lots = {
        id_.removeprefix("luzern-"): {
            "id": id_.removeprefix("luzern-"), "name": f"Park {id_}", "free": CAPACITY + 9 if word == BAD else word,
            "total": CAPACITY, "status": "open", "timestamp": _iso(at),
        }
        for id_, word in said.items()
    }  # fmt: skip
    stamp = at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    return _json({"status": "success", "city": "luzern", "data": {"parkings": lots}, "timestamp": stamp})


def _ulm(said: Mapping[str, Word], at: datetime) -> bytes:
    occupied = {BAD: "maybe", 1: False, 0: True}
    return _json([{"id": id_, "timestamp": _iso(at), "occupied": occupied[word]} for id_, word in said.items()])


def _entity(name: str) -> str:
    return f"urn:ngsi-ld:OffStreetParking:{name}"


def _bays(zone: str, form: str, count: int = 8) -> dict[str, tuple[str, ...]]:
    return {zone: tuple(form.format(n) for n in range(1, count + 1))}


SHAPES: Mapping[str, Shape] = {
    "bordeaux": Shape(_of_itself("B1", "B2", "B3", "B4"), _bordeaux, "B5"),
    "counter": Shape({f"halle-{n}": (f"desk-{n}",) for n in (1, 2, 3, 4)}, _counter),
    "datex2": Shape(_of_itself("P1", "P2", "P3", "P4"), _datex2, "P5"),
    "freiburg": Shape(_of_itself("PR1", "PR2", "PR3", "PR4"), _freiburg, "PR5"),
    "german_series": Shape(_of_itself("a", "b", "c", "d"), _german, "e", is_text=True),
    "los_angeles": Shape(_bays("meters-CB0", "CB{}"), _los_angeles, bays=True, is_text=True),
    "melbourne": Shape(_bays("zone-7001", "800{}"), _melbourne, bays=True, is_text=True),
    "montpellier": Shape(
        _of_itself("Antigone", "Comedie", "Corum", "Circe"), _montpellier, "Euromedecine", is_text=True
    ),
    "nantes": Shape(_of_itself("284", "288", "299", "677"), _nantes, "134"),
    "ngsi_ld": Shape(_of_itself(*map(_entity, ("E1", "E2", "E3", "E4"))), _ngsi_ld, _entity("E5")),
    "parkapi": Shape(_of_itself("3:P1", "3:P2", "3:P3", "3:P4"), _parkapi, "3:P5"),
    "siri_fm": Shape(_of_itself("F:Parking:1", "F:Parking:2", "F:Parking:3"), _siri_fm, "F:Parking:4"),
    "strasbourg": Shape(_of_itself("1", "2", "3", "4"), _strasbourg, "5"),
    "swiss_pls": Shape(_of_itself("luzern-SP01", "luzern-SP02", "luzern-SP03"), _swiss, "luzern-SP04"),
    "ulm": Shape(_bays("pbg-b", "pbg-b-handicap-o-1-00{}"), _ulm, bays=True),
}
"""Every source that is polled, by its id."""


class World:
    """One source's city: what every device says now, since when, and how often words were good or bad."""

    def __init__(self, shape: Shape, chance: random.Random) -> None:
        self.shape, self.chance = shape, chance
        self.places = dict(shape.places)
        self.said: dict[str, Word] = {}
        self.at = datetime.now(UTC)
        self.change(bad=False)

    def _good(self) -> int:
        return self.chance.randint(0, 1 if self.shape.bays else CAPACITY)

    def change(self, *, bad: bool) -> None:
        """Everybody speaks anew, some of them alike; one of them a word of no use, where that is asked for."""
        devices = [device for place in self.places.values() for device in place]
        self.said = {one: self._good() if self.chance.random() < 0.7 or self.said.get(one) in (None, BAD)
                     else self.said[one] for one in devices}  # fmt: skip
        if bad:
            self.said[self.chance.choice(devices)] = BAD
        self.at = datetime.now(UTC)

    def grow(self) -> None:
        """One more place, where the source can have one."""
        if self.shape.newcomer is not None:
            self.places[self.shape.newcomer] = (self.shape.newcomer,)
            self.change(bad=False)

    def body(self) -> bytes:
        """What the source answers now."""
        return self.shape.write(self.said, self.at)

    def truth(self) -> dict[str, object]:
        """What may be said of each place: a count, or of bays one state each; None where a word was of no use."""
        known = {device: None if word == BAD else word for device, word in self.said.items()}
        if self.shape.bays:
            return {place: {one: known[one] for one in devices} for place, devices in self.places.items()}
        return {place: known[devices[0]] for place, devices in self.places.items()}
