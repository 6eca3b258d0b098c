"""The catalogue by hand over HTTP: what a place's entry is, what somebody edits of it, who did so before, and undo."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateways.desk.command_documents import command_document
from gateways.desk.command_port import CommandPort
from gateways.desk.command_routes import MAX_COMMAND_BYTES, answered, done, find_wish, ordered, unfit
from gateways.desk.commanding import NO_EDIT, CommandDesk
from gateways.desk.reporting import Doorkeeper
from parking.desk.commands import MAX_DESK_NOTE
from parking.desk.edits import EDITABLE, CatalogueEdit, DeviceEdit, catalogue_subject, plan_edit
from parking.desk.operators import Role
from serving.json_bodies import read_json
from serving.preconditions import get_seen

EDITS_LISTED = 200
EDIT_ALLOWED: Mapping[str, str] = {
    "fields": f"an object of {', '.join(EDITABLE)}; null empties one",
    "devices": "a list of objects with source, device, and starts_at or ends_at; space, replaces, valid_for_s …",
    "note": f"1 to {MAX_DESK_NOTE} printable characters, or null",
    "undoes": "the id of an edit of this place, as its history lists them",
}
_AT = "GET /v1/desk/places/{id}/catalogue"


class UndoBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What POST …/catalogue/undo says."""

    undoes: str
    note: str | None = None


class CatalogueTaking:
    """The endpoints of a place's entry."""

    def __init__(self, desk: CommandDesk, port: CommandPort, door: Doorkeeper) -> None:
        self._desk, self._port, self._door = desk, port, door

    def list_routes(self) -> list[BaseRoute]:
        """Where they are."""
        entry = "/v1/desk/places/{id}/catalogue"
        return [
            Route(entry, self.entry),
            Route(entry, self.edit, methods=["PATCH"]),
            Route(f"{entry}/preview", self.preview, methods=["POST"]),
            Route(f"{entry}/undo", self.undo, methods=["POST"]),
            Route(f"{entry}/history", self.history),
        ]

    async def entry(self, request: Request) -> Response:
        """GET …/catalogue: the entry; its ETag is the last edit by hand, "none" before the first."""
        await self._door.require(request, Role.VIEW, self._port.tenant)
        place = request.path_params["id"]
        sight = await done(self._desk.get_sight(place))
        latest = (await done(self._port.record_now())).find_latest(catalogue_subject(place))
        tag = latest.decision.id if latest else NO_EDIT
        return answered({"place": msgspec.to_builtins(sight.place), "edit": tag}, ETag=f'"{tag}"')

    async def edit(self, request: Request) -> Response:
        """PATCH …/catalogue: change fields or devices; If-Match names the edit seen before."""
        wish = await find_wish(request, self._door, Role.CATALOGUE, self._port.tenant)
        edit = await _read_edit(request)
        get_seen(request, "edit", _AT)
        return ordered(await done(self._desk.edit(request.path_params["id"], edit, wish)), 200)

    async def preview(self, request: Request) -> Response:
        """POST …/catalogue/preview: what an edit would change, without doing it."""
        await find_wish(request, self._door, Role.CATALOGUE, self._port.tenant)
        edit = await _read_edit(request)
        changes = await done(self._planned(request.path_params["id"], edit))
        return answered({"changes": changes})

    async def undo(self, request: Request) -> Response:
        """POST …/catalogue/undo: take an edit back by an edit of its own; If-Match names the last one."""
        wish = await find_wish(request, self._door, Role.CATALOGUE, self._port.tenant)
        body = await read_json(request, UndoBody, EDIT_ALLOWED, MAX_COMMAND_BYTES)
        get_seen(request, "edit", _AT)
        return ordered(await done(self._desk.undo(request.path_params["id"], body.undoes, body.note, wish)), 200)

    async def history(self, request: Request) -> Response:
        """GET …/catalogue/history: who edited what of it, the newest first."""
        await self._door.require(request, Role.VIEW, self._port.tenant)
        place = request.path_params["id"]
        await done(self._desk.get_sight(place))
        record = await done(self._port.record_now())
        found = record.list_about(catalogue_subject(place), EDITS_LISTED)
        return answered({"edits": [command_document(said) for said in found]})

    async def _planned(self, place: str, edit: CatalogueEdit) -> list[object]:
        sight = await self._desk.get_sight(place)
        changes = plan_edit(sight.place, await self._port.places(), edit, self._port.contracts)
        return [msgspec.to_builtins(change) for change in changes]


async def _read_edit(request: Request) -> CatalogueEdit:
    edit = await read_json(request, CatalogueEdit, EDIT_ALLOWED, MAX_COMMAND_BYTES)
    return msgspec.structs.replace(edit, devices=tuple(map(_in_utc, edit.devices)))


def _in_utc(device: DeviceEdit) -> DeviceEdit:
    try:
        return msgspec.structs.replace(device, starts_at=_utc(device.starts_at), ends_at=_utc(device.ends_at))
    except OverflowError:
        raise unfit("devices", "starts_at or ends_at is no time that a calendar has") from None


def _utc(at: datetime | None) -> datetime | None:
    return at and at.astimezone(UTC)
