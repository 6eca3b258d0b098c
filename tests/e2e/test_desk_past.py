"""The desk looks back over what a real house has done: what was published, and who did what."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from parking.instants import in_text
from tests.conftest import House
from tests.e2e.desk_world import Watched
from tests.support import TENANT, at, wait_for


@pytest.fixture
def watched(house: House, tmp_path: Path) -> Iterator[Watched]:
    house.create_topics()
    city = Watched(house, tmp_path)
    house.start_worker()
    city.tell(0, tick_at=1)
    city.tell(1.5, tick_at=2)
    city.start_desk()
    yield city
    city.stop_desk(kill=True)


def test_a_silent_feed_is_looked_back_at(watched: Watched) -> None:
    house = watched.house
    wait_for("the desk", watched.is_ready, 60)
    wait_for("its first look", lambda: watched.watch()["is_ours"] and watched.watch()["blind"] is None, 30)
    watched.tell(None, tick_at=18)
    watched.wait("feed_silent", phase="pending")
    watched.tell(None, tick_at=20)
    raised = watched.wait("feed_silent", state="unacknowledged")
    assert watched.ask("POST", f"alarms/{raised['id']}/acknowledge", {}).status_code == 200
    house.run("history")

    for minute, vacant in ((3, 10), (18, None)):
        shown = json.loads(house.run("at", in_text(at(minute)), "--tenant", TENANT, "--json").stdout)
        then = watched.ask("GET", f"at?time={in_text(at(minute))}").json()
        assert then["places"] == shown["places"]
        assert then["places"][0]["vacant"] == vacant
        assert then["decisions"]["is_kept"]
    later = watched.ask("GET", f"at?time={in_text(at(20))}", who="guest").json()
    assert [one["state"] for one in later["alarms"] if one["kind"] == "feed_silent"] == ["acknowledged"]

    span = f"since={in_text(at(0))}&until={in_text(at(60))}"
    audit = watched.ask("GET", f"audit?{span}").json()
    assert [one["decision"]["author"] for one in audit["entries"]] == ["dispatch"]
    assert audit["trouble"] is None
    assert watched.ask("GET", f"audit?{span}&author=guest").json()["total"] == 0
    checked = watched.ask("GET", "audit/verification").json()
    assert (checked["is_whole"], checked["records"] > 1) == (True, True), checked

    day = watched.ask("GET", "places/p3/day?date=2026-05-04").json()
    assert [(one["kind"], one["vacant"]) for one in day["curve"]][-2:] == [("number", 13), ("unknown", None)]
    report = watched.ask("GET", "report?month=2026-05")
    book = openpyxl.load_workbook(io.BytesIO(report.content))
    alarms = {row[1]: row[2] for row in book["Alarmes"].iter_rows(min_row=2, values_only=True)}
    assert alarms["Alarms raised"] >= 1
    assert alarms["Acknowledged"] == 1
    [stop] = watched.ask("GET", "round").json()["stops"]
    assert len(stop["devices"]) == 28, "all of them at one point"
    assert watched.ask("GET", "trouble/export?form=csv").headers["content-type"] == "application/zip"
