"""Redis goes, in a city that lives by the wall clock: one alarm, told and recorded, and no word of the city."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.local import kafka, process, valkey
from tests.conftest import House
from tests.e2e.desk_world import Watched
from tests.gateways.desk.watching.servers import Inbox, web_server
from tests.support import wait_for


@pytest.fixture
def outside() -> Iterator[Inbox]:
    with web_server() as inbox:
        yield inbox


@pytest.mark.slow
def test_redis_away_is_one_alarm_and_the_city_is_not_blamed(house: House, tmp_path: Path, outside: Inbox) -> None:
    house.create_topics()
    route = {"urls": [f"json://127.0.0.1:{outside.port}/hook"], "language": "fr"}
    watched = Watched(house, tmp_path, wall=True, PLACELIBRE_DESK_ROUTES=json.dumps({"duty": route}))
    house.start_worker()
    watched.tell_now()
    watched.start_desk()
    try:
        wait_for("the desk", watched.is_ready, 60)
        wait_for("its first look", lambda: watched.watch()["is_ours"] and watched.watch()["blind"] is None, 30)
        process.find("valkey", house.settings.data_dir).kill()
        wait_for("that it says so", lambda: watched.watch()["blind"] is not None, 40)
        raised = watched.wait("redis_away", patience_s=100, state="unacknowledged")
        assert raised["is_recorded"], "Kafka has it, without Redis"
        assert {alarm["kind"] for alarm in watched.alarms("unacknowledged")} == {"redis_away"}
        wait_for("the notice", lambda: [body for body in outside.bodies if isinstance(body, dict)], 20)
        assert watched.ask("POST", f"alarms/{raised['id']}/acknowledge", {}).status_code == 200
        valkey.up(house.settings, attached=True)
        wait_for("the city", lambda: watched.watch()["blind"] is None and watched.watch()["is_ours"], 60)
        watched.wait("redis_away", phase="clearing")
        assert watched.find("redis_away", state="acknowledged"), "what was said without Redis counts"
        wait_for("Redis knows it", lambda: "acknowledge" in watched.why(f"alarm:{raised['id']}/handling"), 30)
    finally:
        watched.stop_desk(kill=True)


@pytest.mark.slow
def test_kafka_away_is_an_alarm_that_is_recorded_when_it_is_back(house: House, tmp_path: Path, outside: Inbox) -> None:
    house.create_topics()
    watched = Watched(
        house, tmp_path, wall=True, PLACELIBRE_DESK_HEARTBEAT_URL=f"http://127.0.0.1:{outside.port}/alive"
    )
    house.start_worker()
    watched.tell_now()
    watched.start_desk()
    try:
        wait_for("the desk", watched.is_ready, 60)
        wait_for("its first look", lambda: watched.watch()["is_ours"] and watched.watch()["blind"] is None, 30)
        process.find("kafka", house.settings.data_dir).kill()
        raised = watched.wait("broker_away", patience_s=110, state="unacknowledged")
        assert not raised["is_recorded"]
        assert watched.watch()["not_recorded"], "the desk says so itself"
        said = watched.ask("POST", f"alarms/{raised['id']}/acknowledge", {})
        assert said.status_code == 503, "nothing was said"
        assert watched.find("broker_away", state="unacknowledged")
        kafka.up(house.settings, print, attached=True)
        wait_for("its record", lambda: watched.watch()["unrecorded"] == 0, 60)
        assert watched.watch()["not_recorded"] is None
        wait_for("what Redis shows", lambda: "broker" in watched.why(f"alarm:{raised['id']}"), 30)
    finally:
        watched.stop_desk(kill=True)
