"""The catalogue from the command line, against a real Kafka and a real Valkey."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from ops.cataloguing import read_files
from ops.feeding import open_producer
from parking.catalogue.model import Tenant
from parking.observations import Observation, SiteCounted, SpaceObserved
from parking.words import ClockBasis, SpaceState
from streams.known import read_catalogue
from tests.conftest import House
from tests.ops.test_cli import refused
from tests.support import TENANT, at, envelope

BNLS = """id;nom;nb_places;nb_pmr;hauteur_max;Xlong;Ylat
44109-P-901;TEST GRAND;325;8;190;-1,5577;47,2131
44109-P-902;TEST ÉTÉ;40;;N/A;-1,5600;47,2200
44109-P-903;;4;;0;-1,5600;47,2200
"""
CITY = {
    "sites.csv": "id,name,kind\nrue-du-test,Rue du Test,zone\n",
    "spaces.csv": "zone,space,lon,lat,audiences\nrue-du-test,1,-1.55,47.21,\nrue-du-test,2,-1.55,47.22,disabled\n",
    "devices.csv": "source,device,place,space\nsrc,d1,44109-P-901,\nsrc,mute,44109-P-902,\nsrc,s1,rue-du-test,1\n"
    "src,s2,rue-du-test,2\n",
    "moves.csv": "source,device,place,space,valid_from\nsrc,s3,rue-du-test,2,2026-05-04T12:30:00Z\n",
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "bnls.csv").write_bytes(BNLS.encode("latin-1"))
    for name, text in CITY.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {path.name: path for path in folder.iterdir()}


def brought_in(house: House, *args: str | Path, code: int = 0) -> dict:
    done = house.run("catalogue", "import", *args, "--tenant", TENANT, "--json", check=False)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def exported(house: House) -> dict:
    return json.loads(house.run("catalogue", "export", "--tenant", TENANT).stdout)


def audited(house: House) -> dict:
    return json.loads(house.run("catalogue", "audit", "--tenant", TENANT, "--json", check=False).stdout)


def send(house: House, *seen: Observation, tick_at: float) -> None:
    async def work() -> None:
        known = await read_catalogue(house.settings.kafka, house.settings.namespace)
        async with open_producer(house.settings) as producer:
            await producer.declare(Tenant(id=TENANT, clock=ClockBasis.EVENT), known.places)
            await producer.send(seen)
            await producer.tick(TENANT, at(tick_at), ClockBasis.EVENT)

    asyncio.run(work())


def test_files_come_in_once_and_go_out_as_they_came(house: House, files: dict[str, Path], tmp_path: Path) -> None:
    everything = [files["bnls.csv"], *(files[name] for name in ("devices.csv", "spaces.csv", "sites.csv"))]
    would = brought_in(house, *everything, "--dry-run", code=1)
    assert would["dry_run"] is True
    assert "no topic" in refused("catalogue", "export", "--tenant", TENANT, env=house.env), "a dry run leaves no trace"

    did = brought_in(house, *everything, code=1)
    assert did["new"] == would["new"] == ["44109-P-901", "44109-P-902", "rue-du-test"]
    assert did["refused"] == [
        {
            "file": "bnls.csv",
            "row": 4,
            "column": "nom",
            "detail": "is empty: every row needs one",
        }
    ]
    assert did["notes"] == []
    again = brought_in(house, *everything, code=1)
    assert (again["new"], again["changed"]) == ([], [])

    drawn = exported(house)
    grand = drawn["features"][0]
    assert (grand["properties"]["name"], grand["properties"]["capacity"]) == ("TEST GRAND", 325)
    assert grand["geometry"] == {"type": "Point", "coordinates": [-1.5577, 47.2131]}
    folder = tmp_path / "out"
    house.run("catalogue", "export", "--tenant", TENANT, "--format", "csv-dir", "--out", folder)
    same = brought_in(house, folder / "sites.csv", folder / "spaces.csv", folder / "devices.csv")
    assert same == {"dry_run": False, "new": [], "changed": [], "refused": [], "notes": []}

    assert brought_in(house, files["moves.csv"])["changed"] == ["rue-du-test"]
    ends = {row["properties"]["device"]: row["properties"]["valid_to"] for row in exported(house)["features"]
            if "device" in row["properties"]}  # fmt: skip
    assert ends == {"d1": None, "mute": None, "s1": None, "s2": "2026-05-04T12:30:00Z", "s3": None}


def test_the_audit_finds_the_silent_and_the_strangers(house: House, files: dict[str, Path]) -> None:
    house.start_worker()
    brought_in(house, *files.values(), code=1)
    stranger = SiteCounted(**envelope(0, "new-counter"), vacant=12)
    spoken = SpaceObserved(**envelope(0, "s1"), state=SpaceState.FREE)
    send(house, SiteCounted(**envelope(0), vacant=4), spoken, stranger, tick_at=1)
    house.wait_for_clock(TENANT, at(1).isoformat())
    found = audited(house)
    assert found["never_observed"] == ["44109-P-902"]
    assert [(one["device"], one["space"], one["why"]) for one in found["unheard"]] == [
        ("mute", None, "never_observed"),
        ("s2", "2", "no_live_value"),
    ]
    assert [(one["device"], one["times"], one["catalogued"]) for one in found["unknown"]] == [("new-counter", 1, False)]
    assert found["double"] == []
    shown = house.run("catalogue", "audit", "--tenant", TENANT, check=False)
    assert shown.returncode == 1
    assert "unheard: src/mute → 44109-P-902, its place never had a number" in shown.stdout


def test_an_outline_that_crosses_itself_costs_its_place(tmp_path: Path) -> None:
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    features = [{"properties": {"id": id_, "name": id_}, "geometry": g} for id_, g in (("bow", bow), ("plain", None))]
    file = tmp_path / "city.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    read = read_files([file])
    assert [row.id for row in read.places] == ["plain"]
    (refusal,) = read.refusals
    assert str(refusal).startswith(
        "city.geojson feature 1, column geometry: the outline of zone bow (bow) is not sound"
    )


def test_a_file_that_is_not_there_and_a_city_without_places_are_one_sentence(house: House) -> None:
    house.create_topics()
    said = " ".join(refused("catalogue", "import", "/no/such.csv", env=house.env).split())
    assert "cannot read /no/such.csv" in said
    for command in ("export", "audit"):
        said = " ".join(refused("catalogue", command, "--tenant", "atlantis", env=house.env).split())
        assert "city 'atlantis' has no places" in said
    assert "name a folder with --out" in refused("catalogue", "export", "--format", "csv-dir", env=house.env)
