"""The settings of the desk's watcher: refused with a sentence, and secret where they must be."""

from __future__ import annotations

import json
from datetime import time
from typing import Any

import pytest

from ops.desk_telling import open_telling
from ops.hiding import hide, remember
from ops.settings import SettingsError, load_settings
from parking.health.alarms.kinds import Urgency

URL = "mailtos://desk:a-secret-word@mail.example?to=x@city.example"
ROUTE: dict[str, Any] = {"urls": [URL], "hours": "22:00-06:00", "after_minutes": 15}


def routes(**more: Any) -> dict[str, Any]:
    return {"desk_routes": {"duty": ROUTE | more}}


def test_a_route_is_read_as_the_watcher_has_it() -> None:
    settings = load_settings(**routes(urgencies=["now"]))
    route = settings.desk_routes["duty"].route("duty")
    assert (route.since, route.until, route.after_min) == (time(22), time(6), 15)
    assert route.urgencies == {Urgency.NOW}


def test_addresses_are_secrets() -> None:
    settings = load_settings(**routes(), desk_heartbeat_url="https://hc.example/ping/0123-4567")
    assert "a-secret-word" not in repr(settings)
    assert not any("a-secret-word" in value or "0123-4567" in value for value in settings.as_environment().values())
    remember(settings)
    assert "a-secret-word" not in hide(f"cannot send to {URL}")
    assert "0123-4567" not in hide("GET https://hc.example/ping/0123-4567 failed")


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"desk_routes": {"Duty Officer": ROUTE}}, "a-z"),
        (routes(urls=[]), "urls"),
        (routes(hours="7-22"), "hours"),
        (routes(kinds=["everything"]), "kinds"),
        (routes(language="de"), "language"),
        (routes(after=5), "after"),
        ({"desk_probes": {"my-machine": "http://127.0.0.1:1/readyz"}}, "worker"),
        ({"desk_probes": {"worker": "127.0.0.1:1"}}, "http"),
        ({"desk_heartbeat_url": "hc.example/ping"}, "https"),
        ({"desk_url": "desk.example"}, "https"),
    ],
)
def test_what_cannot_be_used_gets_a_sentence(given: dict[str, Any], word: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(**given)
    assert word in str(refused.value)
    assert "a-secret-word" not in str(refused.value)


async def test_an_address_that_apprise_does_not_know_is_told_when_the_desk_starts() -> None:
    settings = load_settings(**routes(urls=["nonsense://a-secret-word@x"]))
    with pytest.raises(SettingsError, match=r"desk_routes\.duty.*nonsense") as refused:
        open_telling(settings, "city", None, None)  # type: ignore[arg-type]
    assert "a-secret-word" not in str(refused.value)


def test_routes_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    file = tmp_path / "routes"
    file.write_text(json.dumps({"duty": ROUTE}))
    monkeypatch.setenv("PLACELIBRE_DESK_ROUTES_FILE", str(file))
    assert set(load_settings().desk_routes) == {"duty"}
