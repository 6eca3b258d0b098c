"""Saying something to an alarm over HTTP: recorded first, seen by the next, refused with a sentence."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from gateways.desk.watching.handling import AlarmDesk
from parking.desk.operators import Operator, Role
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmCondition, AlarmWord, Phase
from parking.health.alarms.recorded import fold_alarms, word_to_decision
from parking.instants import in_text
from serving.problems import ProblemDocument, problem_handlers
from tests.gateways.desk.watching.watch_world import Kept, WatchWorld
from tests.support import NOON, TENANT, at

HOSTILE = "P1\x1b[2J<script>\u202e"


def word_of(cause: str, kind: TroubleKind = TroubleKind.FEED_SILENT, **more: Any) -> AlarmWord:
    given: dict[str, Any] = {"kind": kind, "cause": cause, "name": cause, "places": ("p1",), "spaces": 100}
    return AlarmWord(
        condition=AlarmCondition(**given | more), phase=Phase.ACTIVE, phase_since=NOON, raised_at=NOON, raised=(NOON,)
    )


class Desk:
    def __init__(self) -> None:
        self.kept, self.name, self.roles = Kept(), "m.durand", frozenset({Role.OPERATE})
        self.world = WatchWorld(self.kept)
        self.book = self.world.book
        alarms = AlarmDesk(TENANT, self.book, self.kept, self._require, lambda: at(5), self.world.watcher.document)
        handlers = problem_handlers(lambda request, error: error.detail, "a mistake")
        app = Starlette(routes=alarms.routes(), exception_handlers=handlers)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.test/v1/desk")

    async def _require(self, request: Request, role: Role, tenant: str) -> Operator:
        operator = Operator(name=self.name, subject="1", roles={TENANT: self.roles})
        if not operator.may(role, tenant):
            raise ProblemDocument(403, "Forbidden", f"needs {role}")
        return operator

    def raise_alarm(self, cause: str = "feed:src", **more: Any) -> str:
        word = word_of(cause, **more)
        self.kept.events.append(word_to_decision(TENANT, word, NOON))
        self.book.say(word)
        return word.id

    async def say(self, alarm: str, act: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.http.post(f"/alarms/{alarm}/{act}", json=body or {}, headers=headers)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_the_most_pressing_comes_first(desk: Desk) -> None:
    desk.raise_alarm("feed:small", spaces=10)
    large = desk.raise_alarm("feed:large", spaces=900)
    said = (await desk.http.get("/alarms")).json()
    assert next(alarm["id"] for alarm in said["alarms"]) == large
    assert said["counts"]["unacknowledged"] == 2
    assert said["alarms"][0]["title"].keys() == {"fr", "en"}
    assert all(said["alarms"][0]["answer"].values())
    by_place = (await desk.http.get("/alarms?place=p9")).json()
    assert by_place["alarms"] == []
    assert (await desk.http.get("/alarms?state=sleepy")).status_code == 400


async def test_what_a_standing_alarm_explains_is_not_listed_beside_it_and_is_once_that_is_over(desk: Desk) -> None:
    cause = desk.raise_alarm("feed:src")
    below = desk.raise_alarm("place:p1", kind=TroubleKind.NUMBER_UNKNOWN, under=cause)
    said = (await desk.http.get("/alarms")).json()
    assert [alarm["id"] for alarm in said["alarms"]] == [cause]
    assert said["counts"]["unacknowledged"] == 1
    assert (await desk.http.get(f"/alarms/{below}")).json()["under"] == cause
    every = (await desk.http.get("/alarms?state=any")).json()
    assert {alarm["id"] for alarm in every["alarms"]} == {cause, below}
    over = msgspec.structs.replace(word_of("feed:src"), phase=Phase.RETURNED, number=2)
    desk.book.say(over)
    said = (await desk.http.get("/alarms")).json()
    assert {alarm["id"] for alarm in said["alarms"]} == {cause, below}


async def test_a_name_does_nothing_where_it_is_shown(desk: Desk) -> None:
    desk.raise_alarm(name=HOSTILE)
    reply = await desk.http.get("/alarms")
    assert "\x1b" not in reply.text
    assert "\u202e" not in reply.text


async def test_each_thing_said_is_recorded_with_its_author(desk: Desk) -> None:
    alarm = desk.raise_alarm()
    tag = '"nobody"'
    acts: list[tuple[str, dict[str, Any]]] = [
        ("acknowledge", {}), ("own", {}), ("note", {"text": "on it"}),
        ("shelve", {"until": in_text(at(60)), "reason": "works"}), ("unshelve", {}),
        ("out-of-service", {"until": in_text(at(600)), "reason": "by_design"}), ("in-service", {}),
    ]  # fmt: skip
    for act, body in acts:
        reply = await desk.say(alarm, act, body, **{"If-Match": tag})
        assert reply.status_code == 200, reply.text
        tag = reply.headers["etag"]
    handled = desk.kept.decisions[1:]
    assert len(handled) == len(acts)
    assert {decision.author for decision in handled} == {"m.durand"}
    assert fold_alarms(reversed(desk.kept.decisions)) == desk.book.alarms()
    one = (await desk.http.get(f"/alarms/{alarm}")).json()
    assert (one["state"], one["owner"], one["notes"][0]["text"]) == ("acknowledged", "m.durand", "on it")


async def test_the_second_of_two_sees_the_first(desk: Desk) -> None:
    alarm = desk.raise_alarm()
    seen = (await desk.http.get(f"/alarms/{alarm}")).headers["etag"]
    assert (await desk.say(alarm, "own", {}, **{"If-Match": seen})).status_code == 200
    desk.name = "s.leroy"
    second = await desk.say(alarm, "own", {}, **{"If-Match": seen})
    assert second.status_code == 412
    assert "m.durand" in second.json()["detail"]
    assert (await desk.say(alarm, "own", {})).status_code == 428
    again = await desk.say(alarm, "own", {}, **{"If-Match": second.json()["allowed"]})
    assert again.status_code == 200


async def test_what_another_process_recorded_counts(desk: Desk) -> None:
    alarm = desk.raise_alarm()
    other = Desk()
    other.kept = other.world.kept = desk.kept
    elsewhere = WatchWorld(desk.kept)
    await elsewhere.book.read()
    room = AlarmDesk(TENANT, elsewhere.book, desk.kept, desk._require, lambda: at(5), dict)
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=room.routes())), base_url="http://x/v1/desk"
    )
    assert (await http.post(f"/alarms/{alarm}/acknowledge", json={})).status_code == 200
    assert (await desk.say(alarm, "own", {})).status_code == 428, "it was read before"


async def test_what_cannot_be_recorded_was_not_said(desk: Desk) -> None:
    alarm = desk.raise_alarm()
    desk.kept.is_kafka_away = True
    assert (await desk.say(alarm, "acknowledge")).status_code == 503
    assert (await desk.http.get(f"/alarms/{alarm}")).json()["state"] == "unacknowledged"


async def test_with_redis_away_what_is_known_here_counts(desk: Desk) -> None:
    alarm = desk.raise_alarm()
    desk.kept.is_redis_away = True
    assert (await desk.say(alarm, "acknowledge")).status_code == 200


@pytest.mark.parametrize(
    ("act", "body", "status"),
    [
        ("shelve", {}, 400),
        ("shelve", {"until": in_text(at(60)), "reason": "because"}, 400),
        ("shelve", {"until": in_text(at(60)), "reason": "works", "for": 1}, 400),
        ("shelve", {"until": "2026-05-04T12:30:00", "reason": "works"}, 400),
        ("shelve", {"until": in_text(at(0)), "reason": "works"}, 409),
        ("shelve", {"until": "9999-12-31T23:59:59-23:00", "reason": "works"}, 422),
        ("note", {"text": ""}, 409),
        ("note", {"text": "a\x1b[2J"}, 409),
        ("note", {"text": "x" * 401}, 400),
        ("own", {"owner": "\u202e"}, 409),
        ("unshelve", {}, 409),
        ("sing", {}, 404),
    ],
)
async def test_nonsense_gets_a_sentence(desk: Desk, act: str, body: Any, status: int) -> None:
    alarm = desk.raise_alarm()
    reply = await desk.say(alarm, act, body)
    assert (reply.status_code, len(desk.kept.decisions)) == (status, 1), reply.text
    assert reply.json()["detail"]


async def test_to_acknowledge_needs_no_body_and_a_form_of_another_page_is_none(desk: Desk) -> None:
    alarm = desk.raise_alarm()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await desk.http.post(f"/alarms/{alarm}/acknowledge", content=b"a=b", headers=form)).status_code == 415
    assert (await desk.http.post(f"/alarms/{alarm}/acknowledge", content=b"{}")).status_code == 415
    assert (await desk.http.post(f"/alarms/{alarm}/acknowledge")).status_code == 200


async def test_there_is_no_such_alarm(desk: Desk) -> None:
    assert (await desk.say("feed_silent-0", "acknowledge")).status_code == 404


async def test_who_may_only_look_says_nothing(desk: Desk) -> None:
    alarm, desk.roles = desk.raise_alarm(), frozenset({Role.VIEW})
    assert (await desk.say(alarm, "acknowledge")).status_code == 403
    assert (await desk.http.get("/alarms")).status_code == 200
