"""What operators may do over HTTP: set by hand, release, recount. Who asks is the author; no body says who it is."""

from collections.abc import Awaitable, Mapping
from datetime import UTC
from http import HTTPStatus
from typing import TypeVar

import msgspec
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateways.desk.command_documents import command_document
from gateways.desk.command_port import (
    CommandPort,
    KeyUsedError,
    NoSuchThingError,
    NotReadableError,
    SeenAnotherError,
    Wish,
)
from gateways.desk.commanding import CommandDesk
from gateways.desk.reporting import Doorkeeper
from parking.decisions.acting import DecisionNow, NotRecordedError
from parking.decisions.words import InvalidDecisionError
from parking.desk.commands import (
    MAX_DESK_NOTE,
    InvalidCommandError,
    PlaceOverride,
    PlaceRecount,
    PlaceRelease,
)
from parking.desk.operators import Role
from parking.instants import in_text
from parking.words import Audience, Opening, OverrideAspect, OverrideReason
from serving.json_bodies import read_json
from serving.preconditions import find_seen, get_seen
from serving.problems import ProblemDocument

MAX_COMMAND_BYTES = 16_384
MAX_KEY = 200
IDEMPOTENCY_KEY = "Idempotency-Key"
_PRIVATE: Mapping[str, str] = {"Cache-Control": "no-store"}
COMMAND_ALLOWED: Mapping[str, str] = {
    "command": "left out, or the name of what the address says; for a preview: override or recount",
    "aspect": ", ".join(OverrideAspect),
    "reason": ", ".join(OverrideReason),
    "expires_at": "a time with its zone after now, like 2026-05-04T14:30:00+02:00",
    "opening": ", ".join(word for word in Opening if word is not Opening.UNKNOWN),
    "vacant": "how many spaces are vacant, from 0 to the capacity",
    "unusable": "true where nobody is to use the number",
    "category": ", ".join(Audience),
    "space": "a space's id, or * for all of a zone",
    "source": "the source of a device, with device",
    "device": "a device's id, with source",
    "counted_at": "a time with its zone within the last hour; left out: now",
    "note": f"1 to {MAX_DESK_NOTE} printable characters, or null",
}
_ETAG_AT = "GET /v1/desk/places/{id}/commands"
T = TypeVar("T")
C = TypeVar("C", PlaceOverride, PlaceRelease, PlaceRecount)


class CommandTaking:
    """The endpoints for what holds of a place by hand."""

    def __init__(self, desk: CommandDesk, port: CommandPort, door: Doorkeeper) -> None:
        self._desk, self._port, self._door = desk, port, door

    def list_routes(self) -> list[BaseRoute]:
        """Where they are."""
        place = "/v1/desk/places/{id}"
        return [
            Route(f"{place}/commands", self.of_place),
            Route(f"{place}/overrides", self.override, methods=["POST"]),
            Route(f"{place}/releases", self.release, methods=["POST"]),
            Route(f"{place}/recounts", self.recount, methods=["POST"]),
        ]

    async def of_place(self, request: Request) -> Response:
        """GET …/commands: what was said last about each thing of the place, and whether it holds."""
        await self._door.require(request, Role.VIEW, self._port.tenant)
        place = request.path_params["id"]
        await done(self._desk.get_sight(place))
        record, now = await done(self._port.record_now()), await done(self._port.now())
        found = [command_document(said, now) for said in record.list_subjects(f"place:{place}/")]
        return answered({"place": place, "now": in_text(now), "commands": found})

    async def override(self, request: Request) -> Response:
        """POST …/overrides: set something by hand until a time. Over what holds already, with If-Match only."""
        wish = await find_wish(request, self._door, Role.OPERATE, self._port.tenant)
        command = await read_command(request, PlaceOverride)
        taken = self._desk.command(request.path_params["id"], command, wish)
        return ordered(await done(taken, overtaken=409 if wish.seen is None else 412), 201)

    async def release(self, request: Request) -> Response:
        """POST …/releases: end what holds, which If-Match names."""
        wish = await find_wish(request, self._door, Role.OPERATE, self._port.tenant)
        command = await read_command(request, PlaceRelease)
        get_seen(request, "override", _ETAG_AT)
        return ordered(await done(self._desk.command(request.path_params["id"], command, wish)), 200)

    async def recount(self, request: Request) -> Response:
        """POST …/recounts: somebody has counted by eye."""
        wish = await find_wish(request, self._door, Role.OPERATE, self._port.tenant)
        command = await read_command(request, PlaceRecount)
        return ordered(await done(self._desk.command(request.path_params["id"], command, wish)), 201)


async def read_command(request: Request, kind: type[C]) -> C:
    """A command of that kind from a body, its times in UTC. Raises ProblemDocument."""
    command = await read_json(request, kind, COMMAND_ALLOWED, MAX_COMMAND_BYTES)
    for name in ("expires_at", "counted_at"):
        if (at := getattr(command, name, None)) is not None:
            try:
                command = msgspec.structs.replace(command, **{name: at.astimezone(UTC)})
            except OverflowError:
                raise unfit(name, f"{at.isoformat()} is no time that a calendar has") from None
    return command


async def find_wish(request: Request, door: Doorkeeper, role: Role, tenant: str) -> Wish:
    """Who wants something, and how they may be told apart from somebody who says it twice."""
    operator = await door.require(request, role, tenant)
    if request.query_params:
        raise ProblemDocument(400, "Bad request", "nothing is asked for by the query here", "query", "nothing")
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is not None and not (0 < len(key) <= MAX_KEY and key.isprintable()):
        detail = f"an Idempotency-Key is 1 to {MAX_KEY} printable characters, such as a UUID"
        raise ProblemDocument(400, "Bad request", detail, IDEMPOTENCY_KEY, "a UUID")
    return Wish(operator, find_seen(request, "command"), key)


def answered(document: object, status: int = 200, **headers: str) -> Response:
    """A document that nobody else may keep."""
    return Response(msgspec.json.encode(document), status, {**_PRIVATE, **headers}, "application/json")


def ordered(said: DecisionNow, status: int) -> Response:
    """What came of a command: done, or 202 where it is recorded and is still to be done. Its id is the ETag."""
    return answered(
        command_document(said), 202 if said.is_open else status,
        ETag=f'"{said.decision.id}"', Location=f"/v1/desk/commands/{said.decision.id}",
    )  # fmt: skip


async def done(work: Awaitable[T], overtaken: int = 412) -> T:
    """What was asked for, or why not; ``overtaken`` is the status where somebody else was faster."""
    try:
        return await work
    except SeenAnotherError as error:
        held = f'"{error.held.decision.id}"' if error.held else None
        headers = {"ETag": held} if held else {}
        title = HTTPStatus(overtaken).phrase.capitalize()
        raise ProblemDocument(overtaken, title, str(error), "If-Match", held, headers) from None
    except NoSuchThingError as error:
        raise ProblemDocument(404, "Not found", str(error)) from None
    except KeyUsedError as error:
        raise ProblemDocument(422, "Unprocessable content", str(error), IDEMPOTENCY_KEY, "another key") from None
    except NotRecordedError as error:
        detail = (
            f"nothing was done, for it could not be recorded: {error}; say it again with the same {IDEMPOTENCY_KEY}"
        )
        raise ProblemDocument(503, "Not recorded", detail[:400], headers={"Retry-After": "5"}) from None
    except (NotReadableError, RedisError, OSError, TimeoutError) as error:
        detail = f"nothing was done, for what the desk must know cannot be read now: {error}"
        raise ProblemDocument(503, "Not readable now", detail[:400], headers={"Retry-After": "5"}) from None
    except InvalidCommandError as error:
        raise unfit(error.field, str(error)) from None
    except InvalidDecisionError as error:
        raise unfit("body", str(error)) from None


def unfit(field: str, detail: str) -> ProblemDocument:
    """A command that cannot be."""
    return ProblemDocument(422, "Unprocessable content", detail[:500], field, COMMAND_ALLOWED.get(field))
