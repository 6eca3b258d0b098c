"""Recordings for the end-to-end tests: some that this project makes up itself, and, where they are here, real ones.

What is made up has the shape of its source and every oddity of it that a promise rests on: a lot that falls silent,
counts below zero and above capacity, a stamp in local time that is labelled UTC, an entry of hours ago, a car park that
no catalogue knows. So a stranger's clone proves the promises; ../shared/data adds the days that really were.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import pytest

from tests.e2e import independent
from tests.support import shared

PARIS = ZoneInfo("Europe/Paris")
DAY = "series/germany_parking-data/2025-12-15.csv"
META = "series/germany_parking-data/meta-data.csv"
MADE_DAY = datetime(2026, 3, 9, tzinfo=UTC)
LOTS = 320
EVERY = timedelta(minutes=7, seconds=30)

BOTH = pytest.mark.parametrize("origin", ["made", "recorded"])
"""Runs a test on what is made up here, and on what was recorded; the latter skips where it is not."""


class GermanDay(NamedTuple):
    """A day of the German series and the file beside it that tells of its lots."""

    path: Path
    meta: Path

    @property
    def clock(self) -> str:
        """The last row's time: the clock when all of it has been replayed."""
        return independent.germany(self.path, self.meta)[0]

    def hour(self, hour: int) -> datetime:
        """An hour of that day."""
        return datetime.fromisoformat(self.clock).replace(hour=hour, minute=0, second=0)

    def vacant(self) -> dict[str, int | None]:
        """What an independent reading says of each lot in the end."""
        return {lot: row["vacant"] for lot, row in independent.germany(self.path, self.meta)[1].items()}


def german_day(origin: str, folder: Path) -> GermanDay:
    """The recorded day, or one made up in ``folder``."""
    if origin == "recorded":
        return GermanDay(shared(DAY), shared(META))
    return _make_german_day(folder, random.Random(19))


def _make_german_day(folder: Path, chance: random.Random) -> GermanDay:
    """320 lots over a day: walks between empty and full, gaps, silences, and cells that cannot be."""
    day, meta = folder / f"{MADE_DAY:%Y-%m-%d}.csv", folder / Path(META).name
    capacity = {f"musterstadt-parken-lot-{n}": chance.randrange(20, 900) for n in range(LOTS)}
    silent_from = {lot: chance.randrange(40, 150) for lot in chance.sample(sorted(capacity), 25)}
    undescribed = set(chance.sample(sorted(capacity), 20))
    with meta.open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(["place_id", "place_name", "city_name", "num_all", "address", "latitude", "longitude"])
        for n, (lot, size) in enumerate(capacity.items()):
            known = "" if lot in undescribed else size
            rows.writerow([lot, f"Parkhaus {n}", "Musterstadt", known, f"Weg {n}\nMusterstadt", 50 + n / 1e4, 7.1])
    with day.open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(["timestamp", *capacity])
        vacant = {lot: chance.randrange(size + 1) for lot, size in capacity.items()}
        for row in range(int(timedelta(days=1) / EVERY)):
            at = MADE_DAY + row * EVERY + timedelta(seconds=2)
            rows.writerow([at.isoformat(), *_cells(row, vacant, capacity, silent_from, chance)])
    return GermanDay(day, meta)


def _cells(
    row: int, vacant: dict[str, int], capacity: dict[str, int], silent_from: dict[str, int], chance: random.Random
) -> Iterator[str]:
    for lot, size in capacity.items():
        vacant[lot] = min(size, max(0, vacant[lot] + chance.randrange(-9, 10)))
        odd = chance.random()
        if row >= silent_from.get(lot, 10**6) or (row and odd < 0.05):
            yield ""
        elif odd < 0.052:
            yield str(-chance.randrange(1, 30))
        elif odd < 0.054:
            yield str(size + chance.randrange(1, 40))
        else:
            yield str(vacant[lot])


class Snapshot(NamedTuple):
    """One body of Nantes' feed as a file, and the rejects that it must leave."""

    name: str
    rejected: dict[str, int]
    make: Callable[[], str] | None = None

    def file(self, folder: Path) -> Path:
        """The file: made up in ``folder``, or the recorded one, or a skip."""
        if self.make is None:
            return shared(f"nantes/{self.name}")
        path = folder / self.name
        path.write_text(self.make(), encoding="utf-8")
        return path


CAR_PARKS = """
    4320 284 299 288 1043 134 677 1046 1044 3652 3951 3549 3550 3590 3651 280 1045 3589 3555 3650 3554 3990 3989 4142
    3551 4073 4072 4319
""".split()  # noqa: SIM905
"""28 car parks of Nantes by the city's ids; what they count below is made up."""


def _groups(stamp: str, seed: int) -> list[dict[str, Any]]:
    """What 28 car parks say at ``stamp``, all open and none of them full."""
    chance = random.Random(seed)
    return [
        {
            "Grp_identifiant": str(n), "Grp_nom": f"PARKING & {n}", "Grp_statut": "5", "Grp_pri_aut": "0",
            "Grp_disponible": str(chance.randrange(40, 200)), "Grp_complet": "5", "Grp_exploitation": "200",
            "Grp_horodatage": stamp, "IdObj": car_park,
        }
        for n, car_park in enumerate(CAR_PARKS, start=1)
    ]  # fmt: skip


def _as_xml(groups: list[dict[str, Any]]) -> str:
    rows = "".join(
        "<Groupe_Parking>" + "".join(f"\n\t<{name}>{escape(value)}</{name}>\n" for name, value in group.items())
        + "</Groupe_Parking>\n"
        for group in groups
    )  # fmt: skip
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<opendata><answer><status code="0" message="OK"/>'
        f"<data><Groupes_Parking>\n{rows}</Groupes_Parking></data></answer></opendata>"
    )


def _as_json(groups: list[dict[str, Any]]) -> str:
    answer = {"status": {"@attributes": {"code": "0"}}, "data": {"Groupes_Parking": {"Groupe_Parking": groups}}}
    return json.dumps({"opendata": {"answer": answer}})


def _with_a_stranger() -> str:
    """One car park that no catalogue knows, and one that says its state is not known."""
    groups = _groups("12/03/2012 08:00:40", 1)
    groups[3] |= {"Grp_statut": "0", "Grp_disponible": "0", "Grp_exploitation": "0"}
    return _as_xml([*groups, groups[0] | {"IdObj": "999999"}])


def _with_one_of_this_morning() -> str:
    """At 23:03:40 in Paris, one entry of 12:23:40 (car park 284), one for subscribers, one closed."""
    groups = _groups("13/03/2012 23:03:40", 2)
    groups[1]["Grp_horodatage"] = "13/03/2012 12:23:40"
    groups[4]["Grp_statut"], groups[5]["Grp_statut"] = "2", "1"
    return _as_xml(groups)


def _of_one_moment() -> str:
    return _as_json(_groups("25/05/2016 21:42:40", 3))


def _labelled_utc() -> str:
    """Records with the time they were published, whose own stamps are Paris time with +00:00 behind it."""
    published = datetime(2023, 10, 4, 6, 59, tzinfo=UTC)
    stamp = (published - timedelta(seconds=20)).astimezone(PARIS).replace(tzinfo=UTC).isoformat()
    return json.dumps([
        {
            "datasetid": "made-up", "recordid": str(n),
            "fields": {name.lower(): value for name, value in group.items()} | {"grp_statut": 5},
            "record_timestamp": published.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for n, group in enumerate(_groups(stamp, 4))
    ])  # fmt: skip


def _single_records() -> str:
    """Lone records of several years, two of them without the id that says which car park they are."""
    years = (2023, 2023, 2021, 2022, 2023, 2023)
    rows = [
        {name.lower(): value for name, value in group.items()} | {"grp_horodatage": f"{year}-05-20T10:17:45+00:00"}
        for year, group in zip(years, _groups("", 5), strict=False)
    ]
    for row in rows[:2]:
        del row["idobj"]
    rows[1].pop("grp_horodatage")
    return json.dumps(rows)


MADE_OF_ONE_MOMENT = Snapshot("2016-05-25_made.json", {}, _of_one_moment)
MADE_STALE = Snapshot("2012-03-13_made.xml", {}, _with_one_of_this_morning)
RECORDED_OF_ONE_MOMENT = Snapshot("2015-05-25_disponibilites.json", {})
RECORDED_STALE = Snapshot("2011-12-13_getDisponibiliteParkingsPublics.xml", {})
SNAPSHOTS = [
    Snapshot("2012-03-12_made.xml", {"unknown_site": 1}, _with_a_stranger),
    MADE_STALE,
    MADE_OF_ONE_MOMENT,
    Snapshot("2023-10-04_made.json", {}, _labelled_utc),
    Snapshot("single_records_made.json", {"missing_field": 2}, _single_records),
    # Neptune, in the first, was gone before the catalogue began; the last quotes two records without idobj.
    Snapshot("2011-11-21_getDisponibiliteParkingsPublics.xml", {"unknown_site": 1}),
    RECORDED_STALE,
    RECORDED_OF_ONE_MOMENT,
    Snapshot("2022-10-04_parcs-relais_disponibilites.json", {}),
    Snapshot("single_records_2021_2026.json", {"missing_field": 2}),
]


def of_one_moment(origin: str) -> Snapshot:
    """28 open car parks with a number each."""
    return RECORDED_OF_ONE_MOMENT if origin == "recorded" else MADE_OF_ONE_MOMENT


def stale(origin: str) -> Snapshot:
    """28 car parks late in an evening, of which one, 284, last spoke in the morning."""
    return RECORDED_STALE if origin == "recorded" else MADE_STALE
