"""The webhook over a real uvicorn on loopback, with a producer that only remembers."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from parking.observations import DeviceHeartbeat, Observation
from parking.rejects import Reject
from parking.words import RejectReason
from sensors.intake.flood import FloodGuard
from sensors.intake.meters import IntakeOutcome
from sensors.intake.permissions import Permissions
from sensors.intake.receiving import refuse
from sensors.intake.webhook import Webhook, create_app
from sensors.registry import ADAPTERS
from sensors.sources.counter import adapter as counter
from sensors.uplink import MAX_UPLINK_BYTES
from serving import request_bodies
from serving.credentials import Credentials
from serving.policy import NO_POLICY, ServingPolicy
from serving.rate_limits import read_limits
from serving.server import make_server
from streams.producer import Sent
from tests.sensors.listening import EUI, FakeProducer, FakeSensor, chirpstack, plain_adapter, things_stack
from tests.sensors.network_messages import (
    ASIDES,
    JOINS,
    PAYLOADS,
    PORTS,
    STATUSES,
    UPLINKS,
    now_in,
    with_port,
    without,
    written,
)
from tests.support import free_ports

TOKEN, SECRET = "a token for bays", "a secret of lanes"
GOOD = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


def make_webhook(**more: Any) -> Webhook:
    adapters = {"bays": FakeSensor("bays"), "lanes": FakeSensor("lanes"), "plain": plain_adapter(), "counter": counter}
    tokens = dict.fromkeys(("bays", "plain", "ghost", "counter"), TOKEN)
    credentials = Credentials(tokens, {"lanes": SECRET, "plain": SECRET})
    return Webhook(adapters, credentials, FakeProducer(), **more)  # type: ignore[arg-type]


@asynccontextmanager
async def serving(webhook: Webhook, policy: ServingPolicy = NO_POLICY) -> AsyncIterator[httpx.AsyncClient]:
    port = free_ports()
    server = make_server(create_app(webhook, policy), "127.0.0.1", port, doors=policy.doors())
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/v1/uplinks", timeout=10) as client:
            yield client
    finally:
        server.should_exit = True
        await task


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Placelibre-Signature": f"sha256={signature}", "Content-Type": "application/json"}


def sent(webhook: Webhook) -> FakeProducer:
    return webhook.producer  # type: ignore[return-value]


@pytest.mark.parametrize("server", [chirpstack, things_stack])
async def test_an_uplink_is_taken_once_by_token_and_by_signature(server) -> None:
    webhook = make_webhook()
    async with serving(webhook) as client:
        first = await client.post("/bays", content=server(), headers=GOOD)
        again = await client.post("/bays", content=server(), headers=GOOD)
        other = await client.post("/lanes", content=server(2), headers=signed(server(2)))
    assert (first.status_code, first.json()) == (202, {"observations": 1, "rejects": 0})
    assert (again.status_code, again.json()) == (202, {"observations": 0, "rejects": 0, "duplicate": True})
    assert other.status_code == 202
    assert [(seen.source, seen.seq) for seen in sent(webhook).observations] == [("bays", 1), ("lanes", 2)]


async def test_a_counter_sends_one_event_an_array_or_one_a_line() -> None:
    good = b'{"device":"in-1","at":"2026-05-04T11:59:00Z","type":"lane","entries":1}'
    bad = b'{"device":"in-1","at":"2026-05-04T11:59:00Z","type":"lane","entries":-1}'
    webhook = make_webhook()
    as_lines = GOOD | {"Content-Type": "application/x-ndjson"}
    async with serving(webhook) as client:
        one = await client.post("/counter", content=good, headers=GOOD)
        array = await client.post("/counter", content=b"[" + good + b"," + bad + b"]", headers=GOOD)
        lines = await client.post("/counter", content=good + b"\n" + bad + b"\n", headers=as_lines)
        none = await client.post("/counter", content=bad, headers=GOOD)
    assert one.json() == {"observations": 1, "rejects": 0}
    assert array.json() == lines.json() == {"observations": 1, "rejects": 1}
    assert (none.status_code, "negative_count" in none.json()["detail"]) == (422, True)
    ids = {(type(seen).__name__, seen.event_id) for seen in sent(webhook).observations}
    assert sorted(name for name, _ in ids) == ["DeviceFault", "LaneCounted"], "sent again, it is the same event"
    assert [reject.raw for reject in sent(webhook).rejects] == [bad] * 3


async def test_202_comes_only_after_kafka_has_it_and_a_copy_waits_for_the_first() -> None:
    webhook = make_webhook()
    sent(webhook).is_here.clear()
    async with serving(webhook) as client:
        posts = [asyncio.create_task(client.post("/bays", content=chirpstack(), headers=GOOD)) for _ in range(2)]
        async with asyncio.timeout(15):
            while not sent(webhook).asked:  # the first is on its way to Kafka, and Kafka does not answer
                await asyncio.sleep(0.01)
        assert not any(post.done() for post in posts)
        sent(webhook).is_here.set()
        answers = [(await post).json() for post in posts]
    assert len(sent(webhook).observations) == 1
    assert sum("duplicate" in answer for answer in answers) == 1


async def test_what_kafka_did_not_get_is_news_when_it_is_sent_again() -> None:
    webhook = make_webhook()
    sent(webhook).errors.append(RuntimeError("a bug"))
    async with serving(webhook) as client:
        failed = await client.post("/bays", content=chirpstack(), headers=GOOD)
        again = await client.post("/bays", content=chirpstack(), headers=GOOD)
    assert (failed.status_code, failed.headers["content-type"]) == (500, "application/problem+json")
    assert again.json()["observations"] == 1


@pytest.mark.parametrize(
    ("source", "headers", "status"),
    [
        ("bays", {}, 401),
        ("nowhere", {}, 401),
        ("bays", {"Authorization": "Basic eDp5"}, 401),
        ("bays", {"Authorization": "Bearer"}, 401),
        ("bays", {"Authorization": "Bearer wrong"}, 403),
        ("bays", {"Authorization": "Bearer tök".encode("latin-1")}, 403),
        ("nowhere", {"Authorization": f"Bearer {TOKEN}"}, 403),
        ("ghost", {"Authorization": f"Bearer {TOKEN}"}, 403),
        ("lanes", {"Authorization": f"Bearer {TOKEN}"}, 403),
        ("lanes", {"Authorization": f"Bearer {SECRET}"}, 403),
        ("lanes", signed(b"another body"), 403),
        ("lanes", signed(chirpstack(), "guessed"), 403),
        ("lanes", {"X-Placelibre-Signature": "sha256="}, 403),
        ("bays", signed(chirpstack(), ""), 403),
    ],
)
async def test_without_good_credentials_nothing_is_touched(source: str, headers: dict, status: int) -> None:
    webhook = make_webhook()
    async with serving(webhook) as client:
        answer = await client.post(f"/{source}", content=chirpstack(), headers=headers)
        await client.post(f"/{source}", content=b"nonsense", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert (sent(webhook).observations, sent(webhook).rejects) == ([], [])
    assert webhook.meters.read(IntakeOutcome.UNAUTHORIZED) == 2
    assert len(webhook.known) == len(webhook.guard) == 0


async def test_a_body_over_the_limit_is_not_read_whether_or_not_it_says_so() -> None:
    webhook, read = make_webhook(), 0

    async def drip() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(2_000):
            read += 10_000
            yield b" " * 10_000

    async with serving(webhook) as client:
        stated = await client.post("/bays", content=b" " * (MAX_UPLINK_BYTES + 1), headers=GOOD)
        for headers in (GOOD, {"X-Placelibre-Signature": "sha256=00", "Content-Type": "application/json"}):
            try:
                dripped = await client.post("/bays" if headers is GOOD else "/lanes", content=drip(), headers=headers)
                assert dripped.status_code == 413
            except httpx.TransportError:
                pass  # the connection was closed on us while we still sent
    assert stated.status_code == 413
    assert sent(webhook).rejects == []
    assert read < 2 * 20_000_000


async def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_bodies, "BODY_WITHIN_S", 0.1)
    webhook = make_webhook()

    async def stall() -> AsyncIterator[bytes]:
        yield b"{"
        while not webhook.meters.read(IntakeOutcome.REFUSED):  # as long as anybody waits for more
            await asyncio.sleep(0.01)

    async with serving(webhook) as client:
        answer = await client.post("/bays", content=stall(), headers=GOOD)
    assert answer.status_code == 408


async def test_a_wrong_type_is_415_and_a_wrong_method_405() -> None:
    async with serving(make_webhook()) as client:
        csv = await client.post("/bays", content=b"a,b", headers=GOOD | {"Content-Type": "text/csv"})
        plain = await client.post("/plain", content=b"a,b", headers=GOOD | {"Content-Type": "text/csv"})
        get = await client.get("/bays")
        elsewhere = await client.post("/bays/more", content=b"{}", headers=GOOD)
    assert [one.status_code for one in (csv, plain, get, elsewhere)] == [415, 422, 405, 404]
    assert all(one.headers["content-type"] == "application/problem+json" for one in (csv, plain, get, elsewhere))


@pytest.mark.parametrize("body", [b"nonsense", b"{}", chirpstack(data=b"\x07"), b'{"deviceInfo": {"devEui": "zz"}}'])
async def test_what_cannot_be_read_is_422_and_is_kept(body: bytes) -> None:
    webhook = make_webhook()
    async with serving(webhook) as client:
        answer = await client.post("/bays", content=body, headers=GOOD)
    [reject] = sent(webhook).rejects
    assert answer.status_code == 422
    assert reject.reason in answer.json()["detail"]


async def test_a_device_that_floods_is_told_to_wait_and_nobody_else_is() -> None:
    webhook = make_webhook(guard=FloodGuard(burst=3, per_second=0.001))
    async with serving(webhook) as client:
        mine = [await client.post("/bays", content=chirpstack(n), headers=GOOD) for n in range(8)]
        other = await client.post("/bays", content=chirpstack(1, "ff" * 8), headers=GOOD)
    assert [one.status_code for one in mine] == [202] * 3 + [429] * 5
    assert mine[-1].headers["retry-after"] == "60"
    assert other.status_code == 202
    assert [reject.reason for reject in sent(webhook).rejects] == [RejectReason.FLOODED]


async def test_the_device_that_is_read_is_the_one_that_is_counted() -> None:
    """A decoy beside it neither hides a flood nor uses up what another device may send."""
    webhook = make_webhook(guard=FloodGuard(burst=3, per_second=0.001))
    decoys = [("devEui", "ff" * 8), ("dev_eui", "ff" * 8), ("name", f'x","devEui":"{"ff" * 8}'), ("DevEUI", "ff" * 8)]
    async with serving(webhook) as client:
        for n in range(8):
            body = json.dumps(dict([decoys[n % 4]]) | {"tags": dict(decoys)} | json.loads(chirpstack(n + 1))).encode()
            answer = await client.post("/bays", content=body, headers=GOOD)
            assert answer.status_code == (202 if n < 3 else 429)
        other = await client.post("/bays", content=chirpstack(1, "ff" * 8), headers=GOOD)
    assert other.status_code == 202


async def test_a_credential_speaks_for_its_devices_alone() -> None:
    def lane(device: str) -> dict[str, object]:
        return {"device": device, "at": datetime.now(UTC).isoformat(), "type": "lane", "entries": 1}

    def token(name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer token of {name}", "Content-Type": "application/json"}

    tokens = {name: f"token of {name}" for name in ("counter/nord", "counter/sud", "bays/nord")}
    only = {"counter/nord": ["nord-*"], "bays/nord": [EUI.upper()]}
    webhook = make_webhook(permissions=Permissions(only, "DEVICES"))
    webhook.credentials = Credentials(tokens, {"counter/by-hand": SECRET})
    both = json.dumps([lane("nord-in"), lane("sud-in")]).encode()
    alone, stranger = json.dumps(lane("sud-in")).encode(), chirpstack(1, "ff" * 8)
    async with serving(webhook) as client:
        answers = [
            await client.post("/counter", content=both, headers=token("counter/nord")),
            await client.post("/counter", content=alone, headers=token("counter/nord")),
            await client.post("/counter", content=both, headers=token("counter/sud")),
            await client.post("/counter", content=both, headers=signed(both)),
            await client.post("/bays", content=chirpstack(), headers=token("bays/nord")),
            await client.post("/bays", content=stranger, headers=token("bays/nord")),
            await client.post("/bays", content=chirpstack(), headers=token("counter/nord")),
            await client.post("/counter/nord", content=both, headers=token("counter/nord")),
        ]
    assert [one.status_code for one in answers] == [202, 422, 202, 202, 202, 422, 403, 404]
    assert [(seen.source, seen.device_id) for seen in sent(webhook).observations] == [
        ("counter", "nord-in"), *[("counter", "nord-in"), ("counter", "sud-in")] * 2, ("bays", EUI),
    ]  # fmt: skip
    refused = sent(webhook).rejects
    assert [(one.reason, one.device_id) for one in refused] == [
        (RejectReason.NOT_ALLOWED, device) for device in ("sud-in", "sud-in", "ff" * 8)
    ]
    assert "counter/nord may not speak for sud-in" in refused[0].detail
    assert refused[0].raw.startswith(b'{"type":"lane_counted"'), "it can be sent again once that is mended"
    assert "DEVICES" in answers[1].json()["detail"]
    assert len(webhook.known) == 1, "what was not allowed makes no uplink of that device known"


async def test_what_is_refused_on_its_way_is_not_said_to_be_taken() -> None:
    """A device that no place knows is refused by the producer, after it was read."""

    class KnowsNobody(FakeProducer):
        async def send(self, observations: Iterable[Observation], rejects: Iterable[Reject] = ()) -> Sent:
            detail = "no place has this device"
            return Sent(0, refuse("bays", RejectReason.UNKNOWN_SITE, detail, b"{}", "x", datetime.now(UTC)).rejects)

    webhook = make_webhook()
    webhook.producer = KnowsNobody()  # type: ignore[assignment]
    async with serving(webhook) as client:
        answer = await client.post("/bays", content=chirpstack(), headers=GOOD)
    assert (answer.status_code, answer.json()) == (202, {"observations": 0, "rejects": 1})


async def test_events_of_chirpstack_are_told_apart_by_its_query() -> None:
    webhook = make_webhook()
    status = json.dumps({"deviceInfo": {"devEui": EUI}, "margin": 7}).encode()
    async with serving(webhook) as client:
        taken = await client.post("/bays?event=status", content=status, headers=GOOD)
        ignored = await client.post("/bays?event=txack", content=b"{}", headers=GOOD)
        counter = await client.post("/plain?event=txack", content=b"{}", headers=GOOD)
    assert counter.status_code == 422, "a counter has no events of ChirpStack"
    assert taken.json() == {"observations": 1, "rejects": 0}
    assert ignored.json()["ignored"] == "txack"
    assert [type(seen) for seen in sent(webhook).observations] == [DeviceHeartbeat]


async def test_all_that_a_network_sends_to_one_address_is_answered_2xx() -> None:
    """The Things Stack pauses a webhook that answers 4xx, and what it sends need not say what it is in the address."""
    webhook = make_webhook()
    webhook.adapters = {"bays": ADAPTERS["bosch_tps110"]}
    blank = [without(UPLINKS["things_stack"], PORTS | PAYLOADS), with_port(UPLINKS["chirpstack"], 0)]
    async with serving(webhook) as client:
        for aside in ASIDES.values():
            answer = await client.post("/bays", content=written(aside), headers=GOOD)
            assert (answer.status_code, answer.json()["observations"], bool(answer.json()["ignored"])) == (202, 0, True)
        for message in (*JOINS.values(), *STATUSES.values(), *blank):
            answer = await client.post("/bays?event=up", content=written(now_in(message)), headers=GOOD)
            assert (answer.status_code, answer.json()) == (202, {"observations": 1, "rejects": 0})
    assert {type(seen) for seen in sent(webhook).observations} == {DeviceHeartbeat}
    assert sent(webhook).rejects == []
    assert webhook.meters.read(IntakeOutcome.IGNORED) == len(ASIDES)


async def test_an_address_that_guesses_tokens_is_held_to_a_pace() -> None:
    webhook = make_webhook()
    async with serving(webhook, ServingPolicy(read_limits("4/minute"), hsts_s=60)) as client:
        guesses = [await client.post("/bays", content=b"{}", headers={"Authorization": "Bearer no"}) for _ in range(6)]
        good = await client.post("/bays", content=chirpstack(), headers=GOOD)
    assert [one.status_code for one in guesses] == [403] * 4 + [429] * 2
    assert good.status_code == 429, "the limit is the address', whoever sends from it"
    assert int(good.headers["retry-after"]) > 0
    assert good.headers["content-type"] == "application/problem+json"
    assert all(one.headers["strict-transport-security"] == "max-age=60" for one in (*guesses, good))
    assert "access-control-allow-origin" not in good.headers, "no page is meant to send here"
    assert webhook.meters.read(IntakeOutcome.UNAUTHORIZED) == 4
