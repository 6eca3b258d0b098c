"""Edits of the catalogue by people: what a field or a device was, what it is to be, and the way back.

An edit is kept as what it changes (``PlaceChange``), not as the place: put on the place as it stands when it is done,
it leaves alone whatever feeds have said of other fields meanwhile, and to put it on twice changes nothing. Undoing is
an edit of its own, with before and after the other way round.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from parking.catalogue.description import FIELDS, UNSAID, Claimed
from parking.catalogue.merging import merge
from parking.catalogue.model import Device, Place
from parking.catalogue.provenance import city_says
from parking.catalogue.rows import DeviceRow, Imported, PlaceRow, Where
from parking.decisions.acting import DecisionNow
from parking.decisions.model import Decision, decide
from parking.decoding import decode
from parking.desk.commands import CATALOGUE_BY_HAND, InvalidCommandError, as_output, require_note
from parking.desk.operators import Operator
from parking.errors import InvalidPlaceError, ParkingError
from parking.printable import is_one_line

EDITABLE = tuple(name for name in FIELDS if name != "outline")
"""Fields that a person may edit one by one; a footprint is drawn, and imported."""

_HERE = Where("the edit", 0)
_ID = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
_AT = Annotated[datetime, msgspec.Meta(tz=True)]


class DeviceEdit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A device observes the place (or its ``space``) from a time on: it moved here, or was put in. It ends elsewhere.

    ``replaces`` is the id of the one, of the same source, that it stands in for: that one ends then. With ``ends_at``
    and no ``starts_at`` it is taken out.
    """

    source: _ID
    device: _ID
    starts_at: _AT | None = None
    ends_at: _AT | None = None
    space: _ID | None = None
    replaces: _ID | None = None
    valid_for_s: int | None = None
    occupied_below_mm: int | None = None
    is_reversed: bool | None = None


class CatalogueEdit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What somebody wants of a place's entry: fields by name (null: nobody knows), devices, and a word of why."""

    fields: dict[str, Any] = {}
    devices: tuple[DeviceEdit, ...] = ()
    note: str | None = None


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """One field: ``by`` is who said it (see ``Place.said_by``), None where nobody had."""

    before: Any
    after: Any
    by_before: str | None = None
    by_after: str | None = None


class PlaceChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an edit changes of one place: assignments of devices that are not there any more, and those that are."""

    place: str
    fields: dict[str, FieldChange] = {}
    ended: tuple[Device, ...] = ()
    begun: tuple[Device, ...] = ()


class SaidEdit(msgspec.Struct, frozen=True, kw_only=True):
    """An edit as its decision holds it. ``undoes`` is the decision that it takes back; else as ``SaidCommand``."""

    place: str
    changes: tuple[PlaceChange, ...]
    said_at: _AT
    note: str | None = None
    undoes: str | None = None
    key: str | None = None
    asked: str | None = None
    follows: str | None = None


_said = msgspec.json.Decoder(SaidEdit)
_fields = msgspec.json.Decoder(Claimed)


def catalogue_subject(place: str) -> str:
    """What decisions about a place's entry in the catalogue are about."""
    return f"place:{place}/catalogue"


def is_catalogue_subject(subject: str) -> bool:
    """Whether decisions under it are about an entry of the catalogue."""
    return subject.startswith("place:") and subject.endswith("/catalogue")


def plan_edit(
    place: Place, places: Iterable[Place], edit: CatalogueEdit, contracts: Mapping[str, int]
) -> tuple[PlaceChange, ...]:
    """What the edit would change, place by place. Raises InvalidCommandError where it cannot be, or changes nothing.

    ``places`` are all of the city: a device may come from another. ``contracts``: see ``assignments.settle``.
    """
    stated = _read_fields(edit.fields)
    before = {one.id: one for one in places} | {place.id: place}
    rows = [row for device in edit.devices for row in _rows_of(place, device)]
    stating = (PlaceRow(_HERE, place.id, stated),) if stated else ()
    try:
        merged = merge(place.tenant, before.values(), Imported(stating, devices=tuple(rows)), contracts)
    except InvalidPlaceError as error:
        raise InvalidCommandError("fields", str(error)) from None
    if merged.refusals:
        refused = merged.refusals[0]
        raise InvalidCommandError("devices" if rows and refused.column != "id" else "fields", refused.detail)
    changes = tuple(_difference(before[after.id], after) for after in merged.changed)
    if not changes:
        raise InvalidCommandError("fields", f"nothing of place {place.id} would change: it is so already")
    return changes


def plan_undo(done: SaidEdit, places: Mapping[str, Place]) -> tuple[PlaceChange, ...]:
    """What takes an edit back. Raises InvalidCommandError where something else was said of it since."""
    for change in done.changes:
        place = places.get(change.place)
        if place is None:
            raise InvalidCommandError("undoes", f"place {change.place} is not in the catalogue any more")
        for name, field in change.fields.items():
            if _builtin(getattr(place, name)) != field.after:
                since = f"{name} of {place.id} was changed again since: it is {_builtin(getattr(place, name))!r}"
                raise InvalidCommandError("undoes", f"{since}; undo that first, or edit it")
        if any(device not in place.devices for device in change.begun):
            raise InvalidCommandError("undoes", f"devices of {place.id} were changed again since: undo that first")
    return tuple(_reversed(change) for change in done.changes)


def apply_change(place: Place, change: PlaceChange) -> Place:
    """The place with the change made; the same where it was made already. Raises InvalidPlaceError."""
    stated = {name: _typed(name, field.after) for name, field in change.fields.items()}
    place = city_says(place, stated) if stated else place
    marks = dict(place.said_by)
    for name, field in change.fields.items():
        marks.pop(name, None)
        if field.by_after is not None:
            marks[name] = field.by_after
    kept = [device for device in place.devices if device not in change.ended and device not in change.begun]
    devices = tuple(sorted((*kept, *change.begun), key=_device_order)) if change.ended or change.begun else None
    changed: dict[str, Any] = {"said_by": dict(sorted(marks.items()))}
    if devices is not None and set(devices) != set(place.devices):
        changed["devices"] = devices
    return msgspec.structs.replace(place, **changed)


def decide_edit(said: SaidEdit, tenant: str, operator: Operator) -> Decision:
    """The edit as a decision, to be recorded. Raises InvalidCommandError or InvalidDecisionError."""
    require_note(said.note)
    word = "undone" if said.undoes else "edited"
    return decide(
        tenant, catalogue_subject(said.place), CATALOGUE_BY_HAND, (), as_output(said), said.said_at, said.said_at,
        author=operator.name, reason=f"{word}: {said.note}" if said.note else word,
    )  # fmt: skip


def find_edit(decision: Decision) -> SaidEdit | None:
    """The edit that a decision holds, or None where it holds none that can be read."""
    if (decision.rule, decision.rule_version) != CATALOGUE_BY_HAND:
        return None
    try:
        return decode(_said, msgspec.json.encode(decision.output), "an edit of the catalogue")
    except ParkingError:
        return None


def list_edits(said: Sequence[DecisionNow]) -> list[tuple[DecisionNow, SaidEdit]]:
    """Those that are edits, in the order given: the history of an entry."""
    return [(now, edit) for now in said if (edit := find_edit(now.decision)) is not None]


def _read_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields, each of its type. Raises InvalidCommandError that names the first that cannot be."""
    stated: dict[str, Any] = {}
    for name, value in given.items():
        if name not in EDITABLE:
            raise InvalidCommandError("fields", f"{name!r:.60} is no field that can be edited: {', '.join(EDITABLE)}")
        if isinstance(value, str) and not (value.strip() and is_one_line(value)):
            raise InvalidCommandError("fields", f"{name} says nothing, or has characters that cannot be seen")
        if name == "name" and value is None:
            raise InvalidCommandError("fields", "a place has a name: give another, not none")
        stated[name] = _typed(name, value)
    _require_thresholds(stated)
    return stated


def _typed(name: str, value: Any) -> Any:
    try:
        return getattr(decode(_fields, msgspec.json.encode({name: value}), f"{name} of a place"), name)
    except ParkingError as error:
        raise InvalidCommandError("fields", str(error)[:300]) from None


def _require_thresholds(stated: Mapping[str, Any]) -> None:
    for name in ("full_at", "almost_full_at", "capacity"):
        value = stated.get(name)
        if value is not None and not 0 <= value < 2**31:
            raise InvalidCommandError("fields", f"{name} must be 0..2^31-1, not {value}; null where nobody knows it")


def _rows_of(place: Place, edit: DeviceEdit) -> list[DeviceRow]:
    """What the edit states of assignments, as rows of a file would."""
    if edit.starts_at is None and edit.ends_at is None:
        raise InvalidCommandError("devices", f"say when {edit.device} starts or ends here: starts_at or ends_at")
    rows = []
    if edit.starts_at is not None:
        rows.append(DeviceRow(
            _HERE, edit.source, edit.device, place.id, edit.space, edit.starts_at, edit.ends_at, edit.valid_for_s,
            edit.occupied_below_mm, edit.is_reversed,
        ))  # fmt: skip
    else:
        rows.append(_ending(place, edit.source, edit.device, edit.ends_at))
    if edit.replaces is not None:
        if edit.starts_at is None:
            raise InvalidCommandError("devices", f"say from when {edit.device} replaces {edit.replaces}: starts_at")
        rows.append(_ending(place, edit.source, edit.replaces, edit.starts_at))
    return rows


def _ending(place: Place, source: str, device: str, at: datetime | None) -> DeviceRow:
    for one in place.devices:
        if (one.source, one.id) == (source, device) and at is not None and one.observes_at(at):
            space = None if one.slot is None else place.spaces[one.slot].id
            return DeviceRow(_HERE, source, device, place.id, space, one.valid_from, at)
    raise InvalidCommandError("devices", f"no device {source}/{device} is at place {place.id} then: nothing ends")


def _difference(before: Place, after: Place) -> PlaceChange:
    fields = {
        name: FieldChange(
            before=_builtin(getattr(before, name)), after=_builtin(getattr(after, name)),
            by_before=before.said_by.get(name), by_after=after.said_by.get(name),
        )
        for name in EDITABLE
        if getattr(before, name) != getattr(after, name)
    }  # fmt: skip
    return PlaceChange(
        place=before.id,
        fields=fields,
        ended=tuple(device for device in before.devices if device not in after.devices),
        begun=tuple(device for device in after.devices if device not in before.devices),
    )


def _reversed(change: PlaceChange) -> PlaceChange:
    fields = {
        name: FieldChange(before=one.after, after=one.before, by_before=one.by_after, by_after=one.by_before)
        for name, one in change.fields.items()
    }
    return PlaceChange(place=change.place, fields=fields, ended=change.begun, begun=change.ended)


def _builtin(value: Any) -> Any:
    return None if value in UNSAID else msgspec.to_builtins(value)


def _device_order(device: Device) -> tuple[str, str, int, str]:
    since = device.valid_from.isoformat() if device.valid_from else ""
    return device.source, device.id, -1 if device.slot is None else device.slot, since
