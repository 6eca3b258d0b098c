"""A feed that only a mapping knows, from a real HTTP server to the live state; and its reject sent again by name."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from tests.conftest import House
from tests.feed_server import feed_server
from tests.support import wait_for

MAPPING = """
[source]
name = "quimperlieu"
city = "quimperlieu"
zone = "Europe/Paris"
licence = "Licence Ouverte 2.0"
[body]
format = "csv"
[record]
id = "code"
[time]
at = "maj"
[[status]]
at = "etat"
open = ["ouvert"]
[[count]]
vacant = "libres"
capacity = "places"
[place]
name = "nom"
lon = "lon"
lat = "lat"
"""


def body(*rows: str) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return "\n".join(["code;nom;libres;places;etat;maj;lon;lat", *(row.replace("NOW", now) for row in rows)]).encode()


def test_a_city_reads_its_own_feed_with_one_file(house: House, tmp_path: Path) -> None:
    mapping = tmp_path / "quimperlieu.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    halle, quai = "P1;Halle;12;90;ouvert;NOW;-1,55;47,21", "P2;Quai;7;40;chantier;NOW;;"
    house.start_worker()
    with feed_server() as server:
        url = server.says("/lots.csv", body(halle, quai))
        house.run("poll", "--mapping", mapping, "--url", url, "--once")
    shown = wait_for(
        "Halle", lambda: house.sites("quimperlieu").get("P1", {}).get("vacant") and house.sites("quimperlieu")
    )
    assert (shown["P1"]["vacant"], shown["P1"]["name"], shown["P1"]["opening"]) == (12, "Halle", "open")
    wait_for("Quai, unknown and why", lambda: house.sites("quimperlieu").get("P2", {}).get("faults") == ["unusable"])

    [reject] = json.loads(house.run("rejects", "list", "--json").stdout)
    assert (reject["source"], reject["reason"]) == ("quimperlieu", "unknown_status")
    mapping.write_text(MAPPING.replace('["ouvert"]', '["ouvert", "chantier"]'), encoding="utf-8")
    house.env["PLACELIBRE_MAPPINGS"] = str(tmp_path)
    try:
        sent = json.loads(house.run("rejects", "redrive", "--json").stdout)
    finally:
        del house.env["PLACELIBRE_MAPPINGS"]
    assert sent["sent_rejects"] == 1
    wait_for("Quai", lambda: house.sites("quimperlieu")["P2"]["vacant"] == 7)
