"""What operators may do over HTTP: each by a token, whose name is the author. No body says who somebody is."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

import msgspec
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import Response

from gateways.signs.board import not_readable
from gateways.signs.desk import NoSuchOrderError, OrderDesk, OvertakenError
from gateways.signs.documents import order_document, outcome_document
from gateways.signs.reading import SignReads, read_choices
from parking.decisions.acting import DecisionNow, NotRecordedError
from parking.decisions.model import Decision
from parking.decisions.words import InvalidDecisionError
from parking.printable import visible_json
from parking.signs.model import Sign
from parking.signs.orders import Override, TaskKind, override_subject
from parking.signs.proposals import is_same_person
from parking.signs.words import InvalidSignError, OrderReason, SignMessage
from serving.credentials import Credentials, Standing, read_claim
from serving.json_bodies import read_json
from serving.preconditions import find_seen, get_seen
from serving.problems import ProblemDocument, forbidden

MAX_ORDER_BYTES = 16_384
MAX_NOTE = 300
_PRIVATE = {"Cache-Control": "no-store"}
_AT = Annotated[datetime, msgspec.Meta(tz=True)]
_NOTE = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NOTE)]
_END = "a time with its zone, from 2 minutes to 30 days after now, like 2026-05-04T14:30:00+02:00"
_MESSAGES = f'lines by number, like {{"1": "closed"}}; messages are {", ".join(SignMessage)}'
ALLOWED: Mapping[str, str] = {
    "reason": ", ".join(OrderReason),
    "expires_at": _END,
    "lines": _MESSAGES,
    "test": "true or false, true without lines",
    "note": f"1 to {MAX_NOTE} printable characters, or null",
    "kind": ", ".join(TaskKind),
}
T = TypeVar("T")
FindAuthor = Callable[[Request], Awaitable[str]]


class OverrideBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What POST …/override says."""

    reason: OrderReason
    expires_at: _AT
    lines: dict[int, SignMessage] = {}
    test: bool = False
    note: _NOTE | None = None


class ExtendBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What PATCH …/override says."""

    expires_at: _AT


class TaskBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What POST …/tasks says."""

    kind: TaskKind
    reason: OrderReason


class OrderTaking:
    """The endpoints. ``author`` says who gives an order, or raises a problem."""

    def __init__(self, reads: SignReads, desk: OrderDesk, author: FindAuthor) -> None:
        self._reads, self._desk, self._author = reads, desk, author

    async def held(self, request: Request) -> Response:
        """GET /v1/signs/{id}/override: what holds, whose it is, and what came of it; its id is the ETag."""
        await self._author(request)
        sign = await self._sign(request)
        found = await _done(self._desk.find_override(sign))
        if found is None:
            raise ProblemDocument(404, "Not found", f"no override holds on sign {sign.id}")
        override, said = found
        return _answer(order_document(override, said), ETag=f'"{said.decision.id}"')

    async def override(self, request: Request) -> Response:
        """POST /v1/signs/{id}/override: take it over until a time. Over another's, with If-Match only."""
        author, sign = await self._author(request), await self._sign(request)
        body = await _read(request, OverrideBody)
        _require_lines(sign, body)
        order = Override(
            reason=body.reason, author=author, expires_at=_utc(body.expires_at), lines=body.lines, test=body.test,
            note=body.note,
        )  # fmt: skip
        seen = _seen(request)
        decision = await _done(self._desk.override(sign, order, seen), overtaken=409 if seen is None else 412)
        return _ordered(decision, 201 if decision.subject == override_subject(sign.id) else 202)

    async def extend(self, request: Request) -> Response:
        """PATCH /v1/signs/{id}/override: let the one of If-Match end at another time."""
        author, sign = await self._author(request), await self._sign(request)
        body, seen = await _read(request, ExtendBody), _required(request)
        decision = await _done(self._desk.extend(sign, author, _utc(body.expires_at), seen))
        return _ordered(decision, 200 if decision.subject == override_subject(sign.id) else 202)

    async def release(self, request: Request) -> Response:
        """DELETE /v1/signs/{id}/override: end the one of If-Match."""
        author, sign = await self._author(request), await self._sign(request)
        decision = await _done(self._desk.release(sign, author, _required(request)))
        return _answer(outcome_document(DecisionNow(decision)))

    async def proposal(self, request: Request) -> Response:
        """GET /v1/signs/{id}/proposal: what waits for a second person; its id is the ETag."""
        await self._author(request)
        sign = await self._sign(request)
        if (found := await _done(self._desk.find_proposal(sign))) is None:
            raise ProblemDocument(404, "Not found", f"nothing waits for a second person on sign {sign.id}")
        proposal, said = found
        return _answer(order_document(proposal.override, said), ETag=f'"{said.decision.id}"')

    async def confirm(self, request: Request) -> Response:
        """POST /v1/signs/{id}/proposal: be the second person of the one of If-Match; not who proposed it."""
        author, sign = await self._author(request), await self._sign(request)
        seen = _required(request)
        if is_same_person(author, await self._proposer(sign)):
            raise forbidden(f"{author:.100} has proposed this: somebody else has to confirm it (signs_two_persons)")
        return _ordered(await _done(self._desk.confirm(sign, author, seen)), 201)

    async def withdraw(self, request: Request) -> Response:
        """DELETE /v1/signs/{id}/proposal: it waits no longer."""
        author, sign = await self._author(request), await self._sign(request)
        decision = await _done(self._desk.withdraw(sign, author, _required(request)))
        return _answer(outcome_document(DecisionNow(decision)))

    async def _proposer(self, sign: Sign) -> str:
        found = await _done(self._desk.find_proposal(sign))
        return found[0].author if found else ""

    async def ask(self, request: Request) -> Response:
        """POST /v1/signs/{id}/tasks: have it read, tested, drilled or secured once."""
        author, sign = await self._author(request), await self._sign(request)
        body = await _read(request, TaskBody)
        decision = await _done(self._desk.ask(sign, body.kind, author, body.reason))
        return _answer(outcome_document(DecisionNow(decision)), 202)

    async def task(self, request: Request) -> Response:
        """GET /v1/signs/{id}/tasks: what was asked last, and what came of it."""
        await self._author(request)
        sign = await self._sign(request)
        if (said := await _done(self._desk.find_task(sign))) is None:
            raise ProblemDocument(404, "Not found", f"nothing was asked of sign {sign.id} of late")
        return _answer(outcome_document(said))

    async def _sign(self, request: Request) -> Sign:
        read_choices(request, {})
        return (await self._reads.find(request))[1]


def by_tokens(credentials: Credentials) -> FindAuthor:
    """Whose token it is; all are compared, so that time tells nothing."""

    async def author(request: Request) -> str:
        if not credentials.names:
            raise forbidden("no orders are taken here: the setting signs_tokens names nobody who may give any")
        claim = read_claim(request.headers)
        standings = {name: credentials.judge(name, claim) for name in credentials.names}
        found = [name for name, standing in standings.items() if standing is Standing.GOOD]
        if found:
            return found[0]
        if claim.token is None:
            detail = "send Authorization: Bearer TOKEN"
            raise ProblemDocument(401, "Unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})
        raise forbidden("this token is nobody's")

    return author


async def _read(request: Request, kind: type[T]) -> T:
    return await read_json(request, kind, ALLOWED, MAX_ORDER_BYTES)


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise _unfit("expires_at", f"{at.isoformat()} cannot be a time to end") from None


def _require_lines(sign: Sign, body: OverrideBody) -> None:
    numbers = [line.number for line in sign.lines]
    if unknown := sorted(set(body.lines) - set(numbers)):
        raise _unfit("lines", f"sign {sign.id} has no line {unknown[0]}; its lines are {numbers}")
    if body.test and body.lines:
        raise _unfit("test", "a test pattern lights every pixel: name no lines with it")
    if body.note is not None and not (body.note.strip() and body.note.isprintable()):
        raise _unfit("note", "the note has characters that cannot be seen, or says nothing")


def _unfit(field: str, detail: str) -> ProblemDocument:
    return ProblemDocument(422, "Unprocessable content", detail, field, ALLOWED[field])


def _seen(request: Request) -> str | None:
    """The decision that the client has seen."""
    return find_seen(request, "override")


def _required(request: Request) -> str:
    return get_seen(request, "override", "GET …/override")


async def _done(work: Any, overtaken: int = 412) -> Any:
    """What was asked for, or why not; ``overtaken`` is the status where somebody else was faster."""
    try:
        return await work
    except OvertakenError as error:
        held = f'"{error.held.decision}"' if error.held else ""
        title = HTTPStatus(overtaken).phrase.capitalize()
        raise ProblemDocument(overtaken, title, str(error), "If-Match", held or None) from None
    except NoSuchOrderError as error:
        raise ProblemDocument(404, "Not found", str(error)) from None
    except NotRecordedError as error:
        detail = f"nothing was done, for it could not be recorded: {error}"
        raise ProblemDocument(503, "Not recorded", detail[:300], headers={"Retry-After": "5"}) from None
    except (RedisError, OSError, TimeoutError):
        raise not_readable() from None
    except (InvalidSignError, InvalidDecisionError) as error:
        raise _unfit("expires_at", str(error)) from None


def _ordered(decision: Decision, status: int) -> Response:
    return _answer(outcome_document(DecisionNow(decision)), status, ETag=f'"{decision.id}"')


def _answer(document: Any, status: int = 200, **headers: str) -> Response:
    body = visible_json(msgspec.json.encode(document).decode())
    return Response(body, status, {**_PRIVATE, **headers}, "application/json")
