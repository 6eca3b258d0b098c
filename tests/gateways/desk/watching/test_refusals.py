"""Rejects at the desk: shown so that they do nothing, sent again once by a decision."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from gateways.desk.watching.refusals import REDRIVE, RedriveOrder, RefusalDesk, redrive_order
from parking.decisions.acting import ActResult, Confirmation, NotRecordedError, Recorded
from parking.decisions.model import Decision
from parking.desk.operators import Operator, Role
from parking.desk.refused import RefusedDay
from parking.errors import ParkingError
from parking.rejects import make_reject
from parking.words import RejectReason
from serving.problems import ProblemDocument, problem_handlers
from tests.support import NOON, TENANT

HOSTILE = b'{"name":"<script>alert(1)</script>\x1b[2J\xe2\x80\xae=1+1\xff"}'
OPERATOR = Operator(name="m.durand", subject="1", roles={TENANT: frozenset({Role.OPERATE})})


class Tail:
    def __init__(self) -> None:
        self.day, self.is_complete = RefusedDay(TENANT), True


class Desk:
    """The endpoints over a record that is a list, and a Kafka that can be away."""

    def __init__(self) -> None:
        self.tail, self.recorded, self.sent = Tail(), [], []  # type: ignore[var-annotated]
        self.is_kafka_away, self.operator = False, OPERATOR
        room = RefusalDesk(TENANT, self.tail, self._redriving, self._record, self._require, lambda: NOON)
        handlers = problem_handlers(lambda request, error: error.detail, "a mistake")
        app = Starlette(routes=room.routes(), exception_handlers=handlers)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.test")

    async def _record(self, event: Decision | Confirmation) -> Recorded:
        if self.is_kafka_away:
            raise NotRecordedError("Kafka is away")
        self.recorded.append(event)
        return Recorded(0, len(self.recorded), NOON)

    async def _redriving(self, order: RedriveOrder) -> dict[str, Any]:
        await asyncio.sleep(0)
        if order.source == "broken":
            raise ParkingError("it cannot be read")
        if not order.dry_run:
            self.sent.append(order)
        return {"read": 1, "sent_rejects": 1}

    async def _require(self, request: Request, role: Role, tenant: str) -> Operator:
        if not self.operator.may(role, tenant):
            raise ProblemDocument(403, "Forbidden", f"needs {role}")
        return self.operator


@pytest.fixture
def desk() -> Desk:
    return Desk()


def refuse(desk: Desk, raw: bytes = HOSTILE, source: str = "nantes") -> str:
    reject = make_reject(TENANT, source, RejectReason.BAD_TIME, "no time \x1b]0;x\x07", raw, NOON)
    desk.tail.day.take(reject, int(NOON.timestamp() * 1000))
    return reject.reject_id


async def test_rejects_are_counted_by_source_and_reason(desk: Desk) -> None:
    refuse(desk)
    refuse(desk, b"2")
    refuse(desk, b"3", "other")
    said = (await desk.http.get("/v1/desk/rejects")).json()
    assert [(each["source"], each["reason"], each["count"]) for each in said["groups"]] == [
        ("nantes", "bad_time", 2), ("other", "bad_time", 1)
    ]  # fmt: skip
    assert said["total"] == 3
    one = (await desk.http.get("/v1/desk/rejects?source=other")).json()
    assert (one["total"], len(one["groups"])) == (1, 1)
    assert (await desk.http.get("/v1/desk/rejects?reason=nonsense")).status_code == 400
    assert (await desk.http.get("/v1/desk/rejects?sauce=x")).json()["field"] == "sauce"


async def test_bytes_are_shown_and_do_nothing(desk: Desk) -> None:
    refuse(desk)
    reply = await desk.http.get("/v1/desk/rejects/examples", params={"source": "nantes", "reason": "bad_time"})
    assert reply.headers["content-type"] == "application/json"
    (example,) = reply.json()["examples"]
    assert "\x1b" not in reply.text
    assert "\u202e" not in reply.text
    assert example["text"] == '{"name":"<script>alert(1)</script>\\x1b[2J\\u202e=1+1\\xff"}'
    assert bytes.fromhex(example["hex"]) == HOSTILE[:64]
    assert example["bytes"] == len(HOSTILE)
    assert "\x1b" not in example["detail"]


async def test_an_etag_says_that_nothing_has_changed(desk: Desk) -> None:
    refuse(desk)
    first = await desk.http.get("/v1/desk/rejects")
    again = await desk.http.get("/v1/desk/rejects", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    refuse(desk, b"more")
    assert (
        await desk.http.get("/v1/desk/rejects", headers={"If-None-Match": first.headers["etag"]})
    ).status_code == 200


async def test_sending_again_is_recorded_done_and_confirmed(desk: Desk) -> None:
    id_ = refuse(desk)
    reply = await desk.http.post("/v1/desk/rejects/redrive", json={"source": "nantes", "ids": [id_], "note": "mended"})
    assert (reply.status_code, reply.json()["result"], reply.json()["sent_rejects"]) == (200, "acted", 1)
    decision, confirmation = desk.recorded
    assert (decision.rule, decision.rule_version) == REDRIVE
    assert (decision.author, decision.reason) == ("m.durand", "mended")
    assert redrive_order(decision) == RedriveOrder(source="nantes", ids=(id_,))
    assert confirmation.occasion == decision.occasion
    assert reply.json()["decision"] == decision.id


async def test_to_try_records_and_sends_nothing(desk: Desk) -> None:
    reply = await desk.http.post("/v1/desk/rejects/redrive", json={"source": "nantes", "dry_run": True})
    assert (reply.status_code, desk.recorded, desk.sent) == (200, [], [])


async def test_what_cannot_be_recorded_is_not_sent(desk: Desk) -> None:
    desk.is_kafka_away = True
    assert (await desk.http.post("/v1/desk/rejects/redrive", json={"source": "nantes"})).status_code == 503
    assert not desk.sent


async def test_what_fails_is_confirmed_as_failed(desk: Desk) -> None:
    reply = await desk.http.post("/v1/desk/rejects/redrive", json={"source": "broken"})
    assert reply.status_code == 502
    assert "cannot be read" in reply.json()["why"]
    assert desk.recorded[1].result is ActResult.FAILED


async def test_who_may_only_look_sends_nothing(desk: Desk) -> None:
    desk.operator = Operator(name="guest", subject="2", roles={TENANT: frozenset({Role.VIEW})})
    assert (await desk.http.get("/v1/desk/rejects")).status_code == 200
    assert (await desk.http.post("/v1/desk/rejects/redrive", json={"source": "nantes"})).status_code == 403
    assert not desk.recorded


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "source"), ({"source": " "}, "source"), ({"ids": [""]}, "ids"), ({"ids": ["x"] * 500}, "ids"),
     ({"source": "a", "note": "a\x1b[2J"}, "note"), ({"reason": "because"}, "reason"), ({"all": True}, "body"),
     ({"source": 1}, "source")],
)  # fmt: skip
async def test_an_order_that_makes_no_sense_gets_a_sentence(desk: Desk, body: Any, field: str) -> None:
    reply = await desk.http.post("/v1/desk/rejects/redrive", json=body)
    assert reply.status_code in (400, 422)
    assert reply.json()["field"] == field
    assert not desk.recorded
