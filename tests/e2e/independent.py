"""What the recordings say, computed with the standard library alone and nothing of ours: the judge of the e2e tests."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
NANTES_LIMIT = timedelta(minutes=15)
GERMAN_LIMIT = timedelta(hours=1)


def _nantes_rows(path: Path) -> list[dict]:
    if path.suffix == ".xml":
        groups = ET.parse(path).getroot().iter("Groupe_Parking")
        return [{child.tag.lower(): (child.text or "").strip() for child in group} for group in groups]
    body = json.loads(path.read_text())
    if isinstance(body, dict):
        body = body["opendata"]["answer"]["data"]["Groupes_Parking"]["Groupe_Parking"]
    rows = []
    for record in body:
        fields = {name.lower(): value for name, value in record.get("fields", record).items()}
        rows.append({**fields, "published": record.get("record_timestamp")})
    return rows


def _nantes_time(text: str) -> datetime:
    if "/" in text:
        return datetime.strptime(text, "%d/%m/%Y %H:%M:%S").replace(tzinfo=PARIS).astimezone(UTC)
    return datetime.fromisoformat(text).astimezone(UTC)


def nantes(path: Path, known: set[str]) -> tuple[str, dict[str, dict]]:
    """(clock at the end, expected fields by site) of a Nantes recording; ``known`` are the catalogued ids."""
    rows = [row for row in _nantes_rows(path) if row.get("grp_horodatage")]
    published = [datetime.fromisoformat(row["published"]) for row in rows if row.get("published")]
    times = sorted(at.astimezone(UTC) for at in published or [_nantes_time(row["grp_horodatage"]) for row in rows])
    middle = times[len(times) // 2]  # a snapshot arrived when most of its records say
    end = max(at for at in times if at <= middle + NANTES_LIMIT)
    expected = {}
    for row in rows:
        site = row.get("idobj")
        if site not in known:
            continue
        seen = _nantes_time(row["grp_horodatage"])
        arrived = datetime.fromisoformat(row["published"]) if row.get("published") else end
        if seen > arrived + timedelta(minutes=5):  # Paris time labelled UTC
            seen = seen.replace(tzinfo=PARIS).astimezone(UTC)
        stale = end - seen >= NANTES_LIMIT
        statut = int(row["grp_statut"])
        opening = {0: "unknown", 1: "closed", 2: "subscribers_only", 5: "open"}[statut]
        blank = stale or statut == 0
        expected[site] = {
            "observed_at": seen,
            "vacant": None if blank else int(row["grp_disponible"]),
            "opening": "unknown" if stale else opening,
            "basis": None if blank else "counted",
        }
        if statut != 0:
            expected[site]["capacity"] = int(row["grp_exploitation"])
    return end.isoformat(), expected


def germany(day: Path, meta: Path, until: datetime | None = None) -> tuple[str, dict[str, dict], int]:
    """(clock at the end, expected fields by lot, number of unusable cells) of a German day, or of it ``until`` then."""
    with meta.open(newline="") as lines:
        capacity = {row["place_id"]: int(row["num_all"]) for row in csv.DictReader(lines) if row["num_all"]}
    with day.open(newline="") as lines:
        header, *rows = csv.reader(lines)
    rows = [row for row in rows if until is None or datetime.fromisoformat(row[0]) <= until]
    last: dict[str, tuple[datetime, int]] = {}
    doubted: dict[str, datetime] = {}
    unusable = 0
    for row in rows:
        time = datetime.fromisoformat(row[0])
        for lot, cell in zip(header[1:], row[1:], strict=True):
            if not cell:
                continue
            if int(cell) < 0 or int(cell) > capacity.get(lot, 10**9):
                unusable += 1
                doubted[lot] = time
            else:
                last[lot] = (time, int(cell))
    end = until or max(datetime.fromisoformat(row[0]) for row in rows)
    expected = {}
    for lot in header[1:]:
        if lot not in last:  # never a number; a word that could not be used is heard all the same
            expected[lot] = {"observed_at": doubted.get(lot), "vacant": None}
            continue
        time, vacant = last[lot]
        holds = end - time < GERMAN_LIMIT and not (lot in doubted and doubted[lot] > time)
        expected[lot] = {"observed_at": time, "vacant": vacant if holds else None}
    return end.isoformat(), expected, unusable
