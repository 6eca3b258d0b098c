"""What was refused, for the desk: by source and reason, with bytes shown so that they do nothing; and sent again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeAlias

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateways.desk.watching.asking import Require, answer, done, read_act, read_query
from parking.decisions.acting import ActResult, Confirmation, NotRecordedError, RecordPort, confirm
from parking.decisions.model import Decision, decide
from parking.desk.operators import Role
from parking.desk.refused import MINUTE_MS, RefusedDay, RefusedExample, RefusedGroup, RefusedKind
from parking.errors import ParkingError
from parking.instants import from_us, in_text
from parking.printable import visible
from parking.words import RejectReason
from serving.problems import ProblemDocument

REDRIVE = ("desk.redrive", 1)
_MAX_IDS = 200
_SHOWN = 1_024
_HEX = 64
GOOD_FOR = timedelta(minutes=10)


class Refusals(Protocol):
    """The last day of rejects, and whether all of it has been read."""

    day: RefusedDay
    is_complete: bool


class RedriveOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rejects are to be read again and sent: of a source, for a reason, or by id; what is given must all hold."""

    source: str | None = None
    reason: RejectReason | None = None
    ids: tuple[str, ...] = ()
    dry_run: bool = False
    note: str | None = None

    @property
    def named(self) -> dict[str, Any]:
        """As a decision holds it."""
        return {"source": self.source, "reason": self.reason and self.reason.value, "ids": list(self.ids)}


Redriving: TypeAlias = Callable[[RedriveOrder], Awaitable[dict[str, Any]]]
"""Sends them, and says what became of it. Harmless twice. Raises ParkingError or OSError where Kafka is away."""


def redrive_order(decision: Decision) -> RedriveOrder:
    """What was ordered by a decision of the rule ``REDRIVE``. Raises msgspec.ValidationError."""
    fields = {name: decision.output.get(name) for name in ("source", "reason", "ids")}
    return msgspec.convert(fields, RedriveOrder)


def decide_redrive(tenant: str, order: RedriveOrder, author: str, now: datetime) -> Decision:
    """The decision to send them again; each asking is one of its own."""
    subject = f"rejects:{order.source or '*'}/{order.reason or '*'}"
    output = order.named | {"at": in_text(now)}
    reason = order.note or "sent again by hand"
    return decide(tenant, subject, REDRIVE, (), output, now, now + GOOD_FOR, author=author, reason=reason)


async def carry_out(decision: Decision, redriving: Redriving, record: RecordPort, now: datetime) -> Confirmation:
    """Do what was decided, and confirm what came of it."""
    try:
        report = await redriving(redrive_order(decision))
        confirmation = confirm(decision, ActResult.ACTED, report, max(now, decision.decided_at))
    except (ParkingError, OSError, msgspec.ValidationError) as error:
        said = {"why": visible(str(error))[:400]}
        confirmation = confirm(decision, ActResult.FAILED, said, max(now, decision.decided_at))
    await record(confirmation)
    return confirmation


class RefusalDesk:
    """The endpoints. ``now`` tells the city's time."""

    def __init__(
        self,
        tenant: str,
        refusals: Refusals,
        redriving: Redriving,
        record: RecordPort,
        require: Require,
        now: Callable[[], datetime],
    ) -> None:
        self._tenant, self._refusals, self._redriving = tenant, refusals, redriving
        self._record, self._require, self._now = record, require, now
        self._at_work: set[asyncio.Task[Confirmation]] = set()

    def routes(self) -> list[BaseRoute]:
        """Where they are."""
        return [
            Route("/v1/desk/rejects", self.listed),
            Route("/v1/desk/rejects/examples", self.examples),
            Route("/v1/desk/rejects/redrive", self.redrive, methods=["POST"]),
        ]

    async def listed(self, request: Request) -> Response:
        """GET /v1/desk/rejects: the last day by source and reason, the most frequent first."""
        await self._require(request, Role.VIEW, self._tenant)
        groups = group_documents(
            self._refusals.day, _wanted(read_query(request, {"source": (), "reason": tuple(RejectReason)}))
        )
        return answer(request, {
            "tenant": self._tenant,
            "is_complete": self._refusals.is_complete,
            "total": sum(group["count"] for group in groups),
            "groups": groups,
        })  # fmt: skip

    async def examples(self, request: Request) -> Response:
        """GET /v1/desk/rejects/examples: the latest of a source and a reason, with their bytes."""
        await self._require(request, Role.VIEW, self._tenant)
        wanted = _wanted(read_query(request, {"source": (), "reason": tuple(RejectReason)}))
        found = [example for group in self._refusals.day.groups(wanted) for example in group.examples.values()]
        latest = sorted(found, key=lambda example: (-example.logged_ms, example.reject.reject_id))[:50]
        return answer(request, {"tenant": self._tenant, "examples": [_example_document(each) for each in latest]})

    async def redrive(self, request: Request) -> Response:
        """POST /v1/desk/rejects/redrive: read them again as it would be done today, and send what they say now."""
        operator = await self._require(request, Role.OPERATE, self._tenant)
        read_query(request, {})
        order = await read_act(request, RedriveOrder)
        _require_sense(order)
        if order.dry_run:
            return done({"dry_run": True, **await _tried(self._redriving(order))})
        decision = decide_redrive(self._tenant, order, operator.name, self._now())
        try:
            await self._record(decision)
            # Whoever asked may go away meanwhile: what was decided is done all the same.
            work = asyncio.create_task(carry_out(decision, self._redriving, self._record, self._now()))
            self._at_work.add(work)
            work.add_done_callback(self._at_work.discard)
            confirmation = await asyncio.shield(work)
        except NotRecordedError as error:
            raise ProblemDocument(503, "Not recorded", str(error)[:300], headers={"Retry-After": "5"}) from None
        document = {"decision": decision.id, "result": confirmation.result.value, **confirmation.said}
        return done(document, 200 if confirmation.result is ActResult.ACTED else 502)


async def _tried(work: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    try:
        return await work
    except (ParkingError, OSError) as error:
        detail = f"nothing was sent: {error}"[:300]
        raise ProblemDocument(503, "Not readable now", detail, headers={"Retry-After": "5"}) from None


def _wanted(fields: Mapping[str, str]) -> Callable[[RefusedKind], bool]:
    source, reason = fields.get("source"), fields.get("reason")
    return lambda kind: source in (None, kind.source) and reason in (None, kind.reason.value)


def _require_sense(order: RedriveOrder) -> None:
    if not (order.source or order.reason or order.ids):
        detail = "say which: a source, a reason, or ids as /v1/desk/rejects/examples lists them"
        raise ProblemDocument(422, "Unprocessable content", detail, "source", "the source of the rejects")
    if len(order.ids) > _MAX_IDS or any(not 0 < len(id_) <= 64 for id_ in order.ids):
        raise ProblemDocument(422, "Unprocessable content", "too many ids, or one is none", "ids", f"0..{_MAX_IDS} ids")
    for name, text in (("source", order.source), ("note", order.note)):
        if text is not None and not (text.strip() and text.isprintable() and len(text) <= _MAX_IDS):
            detail = f"{name} is empty, too long, or has characters that cannot be seen"
            raise ProblemDocument(422, "Unprocessable content", detail, name, f"1..{_MAX_IDS} visible characters")


def group_documents(day: RefusedDay, wanted: Callable[[RefusedKind], bool] = lambda kind: True) -> list[dict[str, Any]]:
    """Those wanted of the last day, by source and reason, the most frequent first."""
    minute = _now_ms() // MINUTE_MS
    return [_group_document(group, minute) for group in day.groups(wanted)]


def _group_document(group: RefusedGroup, minute: int) -> dict[str, Any]:
    hours = [0] * 24
    for at, count in group.minutes.items():
        hours[max(0, 23 - max(0, minute - at) // 60)] += count
    latest = next(reversed(group.examples.values()), None)
    return {
        "source": group.kind.source,
        "reason": group.kind.reason.value,
        "count": group.count,
        "last_hour": hours[23],
        "by_hour": hours,
        "last_at": in_text(from_us(group.last_ms * 1000)) if group.examples else None,
        "open_examples": sum(example.is_open for example in group.examples.values()),
        "example": _example_document(latest) if latest else None,
    }


def _example_document(example: RefusedExample) -> dict[str, Any]:
    reject = example.reject
    shown = reject.raw[:_SHOWN]
    return {
        "id": reject.reject_id,
        "source": reject.source,
        "reason": reject.reason.value,
        "detail": visible(reject.detail),
        "device_id": reject.device_id,
        "place_id": reject.place_id,
        "times": example.times,
        "last_at": in_text(from_us(example.logged_ms * 1000)),
        "open": example.is_open,
        "text": visible(shown.decode("utf-8", "backslashreplace")),
        "hex": reject.raw[:_HEX].hex(" "),
        "shown_bytes": len(shown),
        "bytes": reject.raw_length,
    }


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
