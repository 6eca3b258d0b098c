"""Saying something to an alarm over HTTP, and the list of them: for pages, the command line and other systems."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateways.desk.watching.asking import Require, answer, done, read_act, read_query
from gateways.desk.watching.book import ANY_STATE, AlarmBook, BookEntry, lasting
from gateways.desk.watching.documents import alarm_document, counts_document
from parking.decisions.acting import NotRecordedError, RecordPort
from parking.decisions.model import Decision
from parking.desk.operators import Operator, Role
from parking.health.alarms.acts import (
    Acknowledge,
    AddNote,
    AlarmAct,
    InvalidActError,
    Own,
    PutInService,
    Shelve,
    TakeOutOfService,
    Unshelve,
)
from parking.health.alarms.handling import ShelfReason
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmState
from parking.health.alarms.recorded import handle
from serving.preconditions import find_seen
from serving.problems import ProblemDocument
from store.following import REDIS_AWAY

_AT = Annotated[datetime, msgspec.Meta(tz=True)]
_NOTE = Annotated[str, msgspec.Meta(max_length=400)]


class ShelfBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What POST …/shelve and …/out-of-service say: until when, why, and what else there is to know."""

    until: _AT
    reason: ShelfReason
    note: _NOTE = ""


class OwnerBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What POST …/own says: who is on it; left out, whoever asks; empty, nobody."""

    owner: str | None = None


class NoteBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What POST …/note says."""

    text: _NOTE


class EmptyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What needs no more words."""


async def _acknowledge(request: Request, operator: Operator) -> AlarmAct:
    await read_act(request, EmptyBody)
    return Acknowledge()


async def _shelve(request: Request, operator: Operator) -> AlarmAct:
    body = await read_act(request, ShelfBody)
    return Shelve(until=_utc(body.until), reason=body.reason, note=body.note)


async def _unshelve(request: Request, operator: Operator) -> AlarmAct:
    await read_act(request, EmptyBody)
    return Unshelve()


async def _own(request: Request, operator: Operator) -> AlarmAct:
    body = await read_act(request, OwnerBody)
    return Own(owner=operator.name if body.owner is None else body.owner)


async def _note(request: Request, operator: Operator) -> AlarmAct:
    return AddNote(text=(await read_act(request, NoteBody)).text)


async def _out_of_service(request: Request, operator: Operator) -> AlarmAct:
    body = await read_act(request, ShelfBody)
    return TakeOutOfService(until=_utc(body.until), reason=body.reason, note=body.note)


async def _in_service(request: Request, operator: Operator) -> AlarmAct:
    await read_act(request, EmptyBody)
    return PutInService()


ACTS = {
    "acknowledge": _acknowledge, "shelve": _shelve, "unshelve": _unshelve, "own": _own, "note": _note,
    "out-of-service": _out_of_service, "in-service": _in_service,
}  # fmt: skip


class AlarmDesk:
    """The endpoints. ``now`` tells the city's time, ``look`` brings the book up to date before it is read."""

    def __init__(
        self, tenant: str, book: AlarmBook, record: RecordPort, require: Require, now: Callable[[], datetime],
        watch_document: Callable[[], dict[str, Any]],
    ) -> None:  # fmt: skip
        self._tenant, self._book, self._record = tenant, book, record
        self._require, self._now, self._watch_document = require, now, watch_document
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def routes(self) -> list[BaseRoute]:
        """Where they are."""
        return [
            Route("/v1/desk/alarms", self.listed),
            Route("/v1/desk/alarms/{id}", self.one),
            Route("/v1/desk/alarms/{id}/{act}", self.act, methods=["POST"]),
        ]

    async def listed(self, request: Request) -> Response:
        """GET /v1/desk/alarms: those to be looked at, the most pressing first; or those of a state."""
        await self._require(request, Role.VIEW, self._tenant)
        fields = read_query(request, {"state": (*AlarmState, ANY_STATE), "kind": tuple(TroubleKind), "place": (),
                                      "owner": ()})  # fmt: skip
        now = self._now()
        found = [entry for entry in self._book.listed(now, fields.get("state")) if _is_wanted(entry, fields)]
        return answer(request, {
            "tenant": self._tenant,
            "watch": self._watch_document(),
            "counts": counts_document(self._book.entries(), now),
            "alarms": [alarm_document(entry, now) for entry in found],
        })  # fmt: skip

    async def one(self, request: Request) -> Response:
        """GET /v1/desk/alarms/{id}: its ETag is what an act's If-Match names."""
        await self._require(request, Role.VIEW, self._tenant)
        read_query(request, {})
        entry = self._find(request)
        return done(alarm_document(entry, self._now()), ETag=f'"{entry.tag}"')

    async def act(self, request: Request) -> Response:
        """POST /v1/desk/alarms/{id}/{act}: say something to it, having seen what was said last (If-Match)."""
        if (reading := ACTS.get(request.path_params["act"])) is None:
            raise ProblemDocument(404, "Not found", f"an alarm can be told {', '.join(ACTS)}")
        operator = await self._require(request, Role.OPERATE, self._tenant)
        read_query(request, {})
        act, seen = await reading(request, operator), find_seen(request, "alarm")
        self._find(request)
        async with self._locks[request.path_params["id"]]:
            await self._look()
            entry = self._find(request)
            _require_seen(entry, seen)
            decision = await self._recorded(entry, act, operator)
        entry = self._find(request)
        document = {"decision": decision.id, "alarm": alarm_document(entry, self._now())}
        return done(document, 200, ETag=f'"{entry.tag}"')

    async def _look(self) -> None:
        """What another process has recorded since; while Redis is away, what is known here."""
        try:
            await self._book.read()
        except REDIS_AWAY:
            return

    async def _recorded(self, entry: BookEntry, act: AlarmAct, operator: Operator) -> Decision:
        try:
            decision = handle(entry.alarm, act, operator.name, entry.next_moment(self._now()), self._tenant)
        except InvalidActError as error:
            raise ProblemDocument(409, "Conflict", str(error)) from None
        decision = lasting(decision)
        try:
            await self._record(decision)
        except NotRecordedError as error:
            detail = f"nothing was done, for it could not be recorded: {error}"[:300]
            raise ProblemDocument(503, "Not recorded", detail, headers={"Retry-After": "5"}) from None
        self._book.take([decision])
        return decision

    def _find(self, request: Request) -> BookEntry:
        name = request.path_params["id"]
        if (entry := self._book.find(name)) is None:
            raise ProblemDocument(404, "Not found", f"there is no alarm {name!r:.80}", "id", "as /v1/desk/alarms lists")
        return entry


def _is_wanted(entry: BookEntry, fields: dict[str, str]) -> bool:
    condition = entry.alarm.word.condition
    return (
        fields.get("kind") in (None, condition.kind.value)
        and ("place" not in fields or fields["place"] in condition.places)
        and ("owner" not in fields or fields["owner"] == (entry.alarm.handling.owner or ""))
    )


def _require_seen(entry: BookEntry, seen: str | None) -> None:
    """Nobody wipes what somebody else has said since: who has seen nothing may say the first word only."""
    if seen is None and entry.handled is None:
        return
    if seen != entry.tag:
        last = entry.handled
        who = f"{last.author} has said something ({last.reason}) since" if last else "nobody has said anything to it"
        detail = f"{who}: look at it, then say If-Match with its ETag"
        status, title = (412, "Precondition failed") if seen is not None else (428, "Precondition required")
        raise ProblemDocument(status, title, detail, "If-Match", f'"{entry.tag}"')


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        detail = f"{at.isoformat()} cannot be a time to end"
        raise ProblemDocument(422, "Unprocessable content", detail, "until", "a time with its zone") from None
