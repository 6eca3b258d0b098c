"""An inventory from a file to Redis and back: through Kafka and a worker, also where Redis has lost it."""

from __future__ import annotations

import json
from pathlib import Path

import redis

from tests.conftest import House
from tests.e2e.signs_world import CITY
from tests.support import wait_for

CSV = """sign;name;protocol;address;lon;lat;line;legend;places;short_legends
A12;Quai de la Fosse;ntcip;10.1.2.3;-1,5622;47,2101;1;COMMERCE;p1;COM
A12;;;;;;2;CENTRE;p1|p2;
T1;Route de Paris;tedi;10.1.2.4:5000;;;1;GRASLIN;p2;
"""


def test_an_inventory_travels_and_comes_back_after_redis_has_lost_it(house: House, tmp_path: Path) -> None:
    file = tmp_path / "signs.csv"
    file.write_text(CSV)
    city = ("--tenant", CITY)
    house.create_topics()
    house.start_worker()
    house.run("catalogue", "import", str(_places(tmp_path)), *city)
    done = house.run("signs", "import", str(file), *city, "--json")
    assert json.loads(done.stdout)["new"] == ["A12", "T1"]
    wait_for("the signs", lambda: _ids(house) == ["A12", "T1"], 60)
    again = json.loads(house.run("signs", "import", str(file), *city, "--json").stdout)
    assert (again["new"], again["changed"], again["refused"]) == ([], [], [])
    other = tmp_path / "other.csv"
    other.write_text(CSV.replace("A12", "B12").replace("T1;", "T2;"))
    refused = house.run("signs", "import", str(other), *city, "--json", check=False)
    assert refused.returncode == 1
    assert "10.1.2.3" in refused.stdout
    exported = tmp_path / "signs.json"
    house.run("signs", "export", *city, "--out", str(exported))
    assert json.loads(house.run("signs", "import", str(exported), *city, "--json").stdout)["changed"] == []
    house.run("signs", "set", "T1", *city, "--mode", "retired", "--reason", "works", "--author", "m.durand")
    wait_for("one sign", lambda: _ids(house) == ["A12"], 60)
    redis.Redis.from_url(house.settings.redis).flushall()
    wait_for("the sign again", lambda: _ids(house) == ["A12"], 90)


def _places(folder: Path) -> Path:
    file = folder / "car-parks.csv"
    file.write_text("id,name,lon,lat,capacity\np1,Commerce,-1.56,47.21,400\np2,Graslin,-1.56,47.21,300\n")
    return file


def _ids(house: House) -> list[str]:
    done = house.run("signs", "list", "--tenant", CITY, "--json", check=False)
    return [] if done.returncode else [sign["id"] for sign in json.loads(done.stdout)["signs"]]
