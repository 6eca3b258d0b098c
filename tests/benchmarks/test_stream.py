"""The stream benchmark: its judge, its clocks, and every rival that is installed here on 2,000 events."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.rivals import stream_install, stream_java
from benchmarks.rivals.stream_rival import StreamRival
from benchmarks.stream_suite import runs, work
from benchmarks.stream_suite.latency import Delays, quantiles
from benchmarks.stream_suite.roster import ROSTER
from ops.settings import Settings

pytestmark = pytest.mark.slow

EVENTS = 2_000


@pytest.fixture(scope="module")
def load(servers: Settings) -> work.Load:
    return asyncio.run(work.produce(servers, "rivals", EVENTS, seed=7))


@pytest.mark.parametrize("rival", ROSTER, ids=lambda rival: rival.name)
def test_a_rival_is_right_or_says_why_it_cannot_run(rival: StreamRival, request: pytest.FixtureRequest) -> None:
    if (reason := rival.unavailable()) is not None:
        pytest.skip(f"{rival.name}: {reason}")
    servers, load = request.getfixturevalue("servers"), request.getfixturevalue("load")
    row = runs.measure(rival, servers, load, core=set())
    assert row["verdict"].startswith(runs.RIGHT)


def test_where_nothing_is_installed_only_our_own_environment_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("PLACELIBRE_CACHE_DIR", str(tmp_path))
    assert [rival.name for rival in ROSTER if rival.unavailable() is None] == ["placelibre", "stock"]
    assert all("stream_install" in (stream_install.lacks(name) or "") for name in stream_install.PYTHON_RIVALS)


def test_without_a_jdk_kafka_streams_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    assert "no JDK" in (stream_java.lacks() or "")


def test_the_load_has_one_tick_a_partition(servers: Settings, load: work.Load) -> None:
    assert sum(load.ends) == EVENTS + servers.partitions


def test_a_place_too_many_too_few_or_off_by_one_is_wrong() -> None:
    truth = {"z1": 3, "z2": 4}
    assert runs.judge({"z1": 3, "z2": 4}, truth) == "right"
    assert runs.judge({"z1": 3}, truth) == "wrong: 1 of 2 places, z2 is None, not 4"
    assert runs.judge({"z1": 3, "z2": 5}, truth).startswith("wrong: 1")
    assert runs.judge({"z1": 3, "z2": 4, "z3": 0}, truth).startswith("wrong: 1")


def test_truth_is_the_newest_of_each_space_in_whatever_order() -> None:
    seen = list(work.events(3_000, seed=3))
    forward, backward = work.Truth(), work.Truth()
    forward.see(seen)
    backward.see(reversed(seen))
    assert forward.vacant() == backward.vacant()


def test_a_change_shows_everything_older_that_was_said_of_its_place() -> None:
    delays = Delays()
    for at in (10, 20, 30):
        delays.sent("z1", at)
    delays.since_us = 15
    delays.shown("z2", 99, now=100)
    delays.shown("z1", 20, now=100)
    assert delays.delays_us == [80]
    assert delays.left() == 1


def test_quantiles_of_a_hundred() -> None:
    found = quantiles([1000 * number for number in range(1, 101)])
    assert found == {"p50_ms": 51.0, "p99_ms": 100.0, "max_ms": 100.0}
