"""The gateway over real HTTP, from a real Valkey: answers, refusals, and the same answers from each process."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import redis.asyncio as aioredis
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from gateways.api.openapi import describe
from ops.settings import Settings
from parking.catalogue.model import Area, Place, PlaceKind, Point, Space, Tenant
from parking.clock import Clock
from parking.published.space_states import pack_states
from parking.words import Audience, ClockBasis, SpaceState
from store.connecting import open_redis
from store.writer import LiveWriter
from tests.gateways.serving import counted, serving, told, until_ready
from tests.support import TENANT, at, site

CITY = Tenant(
    id=TENANT,
    clock=ClockBasis.WALL,
    name="Testville",
    zone="Europe/Paris",
    areas=(Area(id="1", name="Centre", outline=(Point(-2, 47), Point(-1, 47), Point(-1, 48), Point(-2, 48))),),
)
BAYS = Place(
    tenant=TENANT,
    id="bays",
    name="Rue des Places",
    kind=PlaceKind.ZONE,
    point=Point(-1.5602, 47.2131),
    outline=(Point(-1.561, 47.213), Point(-1.559, 47.213), Point(-1.559, 47.2135), Point(-1.561, 47.2135)),
    spaces=tuple(
        Space(id=str(slot), point=Point(-1.5602 + slot / 10000, 47.2131), audiences=frozenset({audience}))
        for slot, audience in enumerate((Audience.PUBLIC, Audience.DISABLED, Audience.PUBLIC))
    ),
)
PLACES = [
    site(id="commerce", name="Commerce", point=Point(-1.5577, 47.2131), height_cm=190, opening_hours="24/7"),
    site(id="graslin", name="Graslin", point=Point(-1.5626, 47.2143)),
    site(id="silent", name="Silence", point=Point(-1.5580, 47.2131)),
    site(id="nowhere", name="Sans adresse", point=None),
    BAYS,
]


async def fill(client: aioredis.Redis) -> LiveWriter:
    await client.flushall()
    writer = LiveWriter(client, 1)
    await writer.apply_catalogue(TENANT, [(CITY, (1, 0)), *((place, (1, n + 1)) for n, place in enumerate(PLACES))])
    bays = counted("bays", 1, 9)
    states = [SpaceState.FREE, SpaceState.OCCUPIED, SpaceState.UNKNOWN]
    from msgspec.structs import replace

    bays = replace(bays, availability=replace(bays.availability, space_states=pack_states(states)))
    await writer.apply_changes(TENANT, 0, [counted("commerce", 12, 7), counted("graslin", 0, 8), bays], None)
    return writer


@pytest.fixture
async def api(servers: Settings) -> AsyncIterator[httpx.AsyncClient]:
    live = open_redis(servers.redis, 5, 10)
    await fill(live)
    async with serving(servers.redis) as client:
        await until_ready(client)
        yield client
    await live.aclose()


HERE = {"lon": "-1.5577", "lat": "47.2131"}


async def nearest(api: httpx.AsyncClient, **more: str) -> list[dict[str, Any]]:
    reply = await api.get("/v1/nearest", params=HERE | more)
    assert reply.status_code == 200, reply.text
    return reply.json()["hits"]


async def test_the_nearest_with_something_free_and_all_that_rides_along(api: httpx.AsyncClient) -> None:
    first, second = await nearest(api)
    assert (first["id"], first["distance_m"], first["vacant_for_need"]) == ("commerce", 0.0, 12)
    assert (first["distance_kind"], first["height_cm"], first["opening_hours"]) == ("straight_line", 190, "24/7")
    assert (first["commune"], first["basis"], first["simulated"]) == ("Centre", "counted", False)
    assert first["by_category"] == {"public": {"vacant": 12, "capacity": 100}}
    assert 0 <= first["age_s"] <= 5
    assert (second["id"], second["distance_m"]) == ("bays", pytest.approx(188.8, abs=0.2))


async def test_unknown_only_for_who_asks_and_single_spaces_only_for_who_asks(api: httpx.AsyncClient) -> None:
    assert [hit["id"] for hit in await nearest(api, include_unknown="true")] == ["commerce", "silent", "bays"]
    hits = await nearest(api, spaces="true")
    assert [(hit["id"], hit.get("space", {}).get("id")) for hit in hits] == [("commerce", None), ("bays", "0")]
    assert hits[1]["space"] == {"id": "0", "lon": -1.5602, "lat": 47.2131, "audiences": ["public"], "state": "free"}
    assert await nearest(api, spaces="true", need="disabled") == []


async def test_a_site_tells_its_spaces_and_where_it_lies(api: httpx.AsyncClient) -> None:
    reply = (await api.get("/v1/sites/bays")).json()
    assert [(space["id"], space["state"]) for space in reply["spaces"]] == [
        ("0", "free"),
        ("1", "occupied"),
        ("2", "unknown"),
    ]
    assert [area["kind"] for area in reply["areas"]] == ["commune", "zone"]


async def test_areas_are_geojson_and_can_be_asked_for_a_point(api: httpx.AsyncClient) -> None:
    everything = (await api.get("/v1/areas")).json()
    assert [feature["properties"]["id"] for feature in everything["features"]] == ["1", "bays"]
    here = (await api.get("/v1/areas", params=HERE)).json()
    assert [feature["properties"]["name"] for feature in here["features"]] == ["Centre"]
    assert here["features"][0]["geometry"]["type"] == "Polygon"


BAD = [
    ({"lon": "47.2131", "lat": "-1.5577"}, "lon", "exchanged"),
    ({"lon": "abc"}, "lon", "degrees, -180..180"),
    ({"lon": "nan"}, "lon", "degrees, -180..180"),
    ({"lon": "181"}, "lon", "degrees, -180..180"),
    ({"lon": "1_0"}, "lon", "degrees"),
    ({"lat": "inf"}, "lat", "degrees, -90..90"),
    ({"lat": "-90.1"}, "lat", "degrees, -90..90"),
    ({"lat": ""}, "lat", "degrees, -90..90"),
    ({"k": "0"}, "k", "1..1000"),
    ({"k": "1000000000"}, "k", "1..1000"),
    ({"k": "2.5"}, "k", "1..1000"),
    ({"k": "-1"}, "k", "1..1000"),
    ({"k": "nan"}, "k", "1..1000"),
    ({"radius_m": "-1"}, "radius_m", "0..20015114"),
    ({"radius_m": "1e99"}, "radius_m", "0..20015114"),
    ({"radius_m": "NaN"}, "radius_m", "0..20015114"),
    ({"need": "tank"}, "need", "public, subscriber, disabled"),
    ({"need": ""}, "need", "public"),
    ({"need": "public,"}, "need", "public"),
    ({"include_unknown": "maybe"}, "include_unknown", "true or false"),
    ({"radius": "500"}, "radius", "radius_m"),
]


@pytest.mark.parametrize(("wrong", "field", "said"), BAD)
async def test_a_bad_question_is_a_problem_that_names_field_and_range(
    api: httpx.AsyncClient, wrong: dict[str, str], field: str, said: str
) -> None:
    reply = await api.get("/v1/nearest", params=HERE | wrong)
    assert reply.status_code == 400
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json()
    assert problem["field"] == field
    assert said in problem["detail"]
    assert problem["allowed"]
    Draft202012Validator(describe()["components"]["schemas"]["Problem"]).validate(problem)


async def test_missing_and_doubled_fields_are_named(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v1/nearest?lon=1")).json()["field"] == "lat"
    assert (await api.get("/v1/nearest?lon=1&lat=2&k=1&k=2")).json()["field"] == "k"
    assert (await api.get("/v1/nearest?lon=%ff&lat=2")).json()["field"] == "lon"


@pytest.mark.parametrize("made_up", ["yesterday", "1-2", "'; DROP", "99999999999999999999999-1-1"])
async def test_a_last_event_id_that_no_stream_gave_is_a_problem(api: httpx.AsyncClient, made_up: str) -> None:
    reply = await api.get("/v1/changes", headers={"Last-Event-ID": made_up})
    assert (reply.status_code, reply.json()["field"]) == (400, "Last-Event-ID")
    assert "1763942400000000-1763942400000-0" in reply.json()["allowed"]


async def test_what_is_not_there_is_a_problem_too(api: httpx.AsyncClient) -> None:
    for path, field in (
        ("/v1/sites/none", "id"),
        ("/v2", None),
        ("/static/../serve.py", None),
        ("/v1/sites/", None),  # no redirect: a proxy with TLS in front of us is not known here
        ("/vendor/maplibre-gl/none.js", None),
    ):
        reply = await api.get(path)
        assert reply.status_code == 404, path
        assert reply.json().get("field") == field
        assert reply.json()["title"] == "Not found"


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/v1/sites?fields=id", "there is no parameter 'fields' here; there may be no parameter at all"),
        ("/v1/areas?bbox=1", "there is no parameter 'bbox' here; there may be one of lon, lat"),
    ],
)
async def test_a_parameter_that_there_is_not_is_named_with_those_there_are(
    api: httpx.AsyncClient, path: str, detail: str
) -> None:
    reply = await api.get(path)
    assert (reply.status_code, reply.json()["detail"]) == (400, detail)
    reply = await api.post("/v1/nearest")
    assert (reply.status_code, reply.headers["content-type"]) == (405, "application/problem+json")


async def test_every_answer_is_as_described(api: httpx.AsyncClient) -> None:
    document = describe()
    validate(document)
    assert (await api.get("/openapi.json")).json() == document
    answers = {
        "/v1/nearest": f"/v1/nearest?lon={HERE['lon']}&lat={HERE['lat']}&include_unknown=true&spaces=1",
        "/v1/sites": "/v1/sites",
        "/v1/sites/{id}": "/v1/sites/bays",
        "/v1/areas": "/v1/areas",
        "/v1/about": "/v1/about",
        "/healthz": "/healthz",
        "/readyz": "/readyz",
    }
    for described, path in answers.items():
        schema = document["paths"][described]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": document["components"]}
        reply = await api.get(path)
        assert reply.status_code == 200, path
        Draft202012Validator(whole).validate(reply.json())


async def test_every_time_is_written_in_one_form(api: httpx.AsyncClient) -> None:
    for path in (
        "/v1/sites",
        "/v1/sites/bays",
        f"/v1/nearest?lon={HERE['lon']}&lat={HERE['lat']}&include_unknown=true",
    ):
        times = re.findall(r'"(\d{4}-\d\d-\d\dT[^"]*)"', (await api.get(path)).text)
        assert len(times) > 1
        assert all(time.endswith("Z") for time in times), times


async def test_the_city_says_its_zone_and_which_of_its_languages_somebody_has_read(api: httpx.AsyncClient) -> None:
    about = (await api.get("/v1/about")).json()
    assert (about["name"], about["zone"], about["pace"]) == ("Testville", "Europe/Paris", 1)
    assert {one["code"]: one["reviewed"] for one in about["languages"]} == {"fr": True, "en": True, "br": False}


async def test_two_gateways_give_the_same_answers(api: httpx.AsyncClient, servers: Settings) -> None:
    def timeless(reply: httpx.Response) -> object:
        def strip(value: Any) -> Any:
            if isinstance(value, dict):
                return {name: strip(inner) for name, inner in value.items() if name not in ("now", "age_s")}
            return [strip(inner) for inner in value] if isinstance(value, list) else value

        return strip(reply.json())

    async with serving(servers.redis) as other:
        await until_ready(other)
        for path in ("/v1/sites", "/v1/sites/bays", "/v1/areas", "/v1/nearest?lon=-1.56&lat=47.21&include_unknown=1"):
            assert timeless(await api.get(path)) == timeless(await other.get(path))


async def test_anyone_may_read_and_prometheus_may_count(api: httpx.AsyncClient) -> None:
    reply = await api.get("/v1/sites")
    assert reply.headers["access-control-allow-origin"] == "*"
    text = await told(api, "/metrics")
    assert 'placelibre_http_requests_total{path="/v1/sites",status="200"} 1.0' in text
    assert "placelibre_places 5.0" in text
    assert "placelibre_places_unknown 2.0" in text
    assert "placelibre_redis_up 1.0" in text
    assert "placelibre_changes_left_out 0.0" in text


async def test_what_keepers_ask_is_not_on_the_public_port(api: httpx.AsyncClient) -> None:
    assert (await api.get("/metrics")).status_code == 404
    assert "/metrics" not in describe()["paths"]
    assert json.loads(await told(api, "/healthz")) == {"status": "ok"}
    assert json.loads(await told(api, "/readyz")) == {"status": "ready"}


async def test_the_page_may_load_only_from_us(api: httpx.AsyncClient) -> None:
    reply = await api.get("/")
    assert reply.status_code == 200
    assert "default-src 'self'" in reply.headers["content-security-policy"]
    assert "<title>Places libres à Testville</title>" in reply.text
    assert (await api.get("/vendor/maplibre-gl/..%2Fpackage.json")).status_code == 404
    assert (await api.get("/vendor/other/x.mjs")).status_code == 404


async def test_strange_requests_cost_nothing(api: httpx.AsyncClient) -> None:
    assert (await api.head("/v1/changes")).status_code == 200, "a probe gets its headers and no endless stream"
    assert (await api.head("/v1/nearest", params=HERE)).status_code == 200
    reply = await api.get("/vendor/swagger-ui/" + "a" * 300 + ".js")
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")
    assert (await api.get("/v1/sites?x=1")).json()["allowed"] == "no parameter at all"
    assert (await api.get("/v1/nearest?lon=%EF%BC%91&lat=2")).json()["field"] == "lon"
    assert (await api.get("/static/main.js")).headers["cache-control"] == "no-cache"
    assert "placelibre_listeners 0.0" in await told(api, "/metrics")


async def test_before_anything_is_known_that_is_what_is_said(servers: Settings) -> None:
    live = open_redis(servers.redis, 5, 10)
    await live.flushall()
    async with serving(servers.redis) as client:
        for path in ("/readyz", "/v1/sites", "/v1/nearest?lon=0&lat=0", "/v1/changes"):
            reply = await client.get(path)
            assert (reply.status_code, reply.headers["content-type"]) == (503, "application/problem+json")
        assert (await client.get("/healthz")).status_code == 200
        await fill(live)
        await until_ready(client)
    await live.aclose()


async def test_a_replay_is_judged_by_its_own_clock(servers: Settings) -> None:
    live = open_redis(servers.redis, 5, 10)
    await live.flushall()
    writer = LiveWriter(live, 1)
    await writer.apply_catalogue(TENANT, [(site(id="p1"), (1, 0))])
    from msgspec.structs import replace

    old = counted("p1", 12, 1)
    old = replace(old, availability=replace(old.availability, observed_at=at(0), valid_until=at(15)))
    await writer.apply_changes(TENANT, 0, [old], Clock(at(5), ClockBasis.EVENT))
    async with serving(servers.redis) as client:
        await until_ready(client)
        document = (await client.get("/v1/sites")).json()
        assert (document["clock"], document["places"][0]["vacant"], document["places"][0]["age_s"]) == (
            "event",
            12,
            300,
        )
    await live.aclose()
