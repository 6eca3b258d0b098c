"""JSON and GeoJSON along a path to records, decoded no deeper than the path needs."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from sensors.bodies import JSON_ERRORS, malformed, read_record, require_size
from sensors.contract import RecordRefusedError
from sensors.dialect import as_utf8
from sensors.sources.mapped.beside import Beside, choose, kept, names_outside
from sensors.sources.mapped.paths import ALL, KEY, Around, Path
from sensors.sources.mapped.plan import MappingPlan, telling_fields

Found = tuple[Around, Callable[[], bytes]]
Member = tuple[str, msgspec.Raw]

_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_raw_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_any = msgspec.json.Decoder()
_encode = msgspec.json.Encoder().encode


class _Level(NamedTuple):
    """An object or list on the way to a record: its members, by which of them the way goes, and what it holds."""

    members: dict[str, msgspec.Raw] | None
    key: str
    value: object
    is_any: bool = False
    beside: Beside[Member] = Beside([], [], 0)


class _Item(NamedTuple):
    raw: msgspec.Raw
    levels: tuple[_Level, ...]


def split_json(payload: bytes, plan: MappingPlan) -> Iterator[Found | RecordRefusedError]:
    """The records of a body. Raises RecordRefusedError where it is none of this mapping."""
    require_size(payload)
    body = msgspec.Raw(as_utf8(payload))
    try:
        items = next((found for path in plan.records if (found := _walk(body, path.steps, (), plan)) is not None), None)
        if items is None:
            items = _lone(body, plan)
        top = _any.decode(body) if plan.needs_body or (plan.place and plan.place.system_at) else None
    except JSON_ERRORS as error:
        raise malformed(f"not readable as JSON: {error}") from error
    yield from (_found(item, top, plan) for item in items)


def _walk(
    raw: msgspec.Raw, steps: tuple[str, ...], levels: tuple[_Level, ...], plan: MappingPlan
) -> list[_Item] | None:
    """What lies at the end of the path; None where it leads nowhere."""
    kind = bytes(raw).lstrip()[:1]
    if not steps:
        if kind == b"[":
            return [_Item(item, (*levels, _Level(None, "", None))) for item in _raw_list.decode(raw)]
        return [_Item(raw, levels)] if kind == b"{" and levels else None
    step, rest = steps[0], steps[1:]
    if kind == b"[" and step == ALL:
        level = _Level(None, "", None)
        return _each([(item, level) for item in _raw_list.decode(raw)], rest, levels, plan)
    if kind != b"{":
        return None
    members, value = _raw_object.decode(raw), _any.decode(raw) if plan.needs_body else None
    if step == ALL:
        return _each([(item, _Level(members, key, value, True)) for key, item in members.items()], rest, levels, plan)
    if step not in members:
        return None
    beside = _beside(members, step, plan) if plan.needs_body else Beside([], [], 0)
    level = _Level(members, step, value, beside=beside)
    return _walk(members[step], rest, (*levels, level), plan)


def _beside(members: dict[str, msgspec.Raw], step: str, plan: MappingPlan) -> Beside[Member]:
    sized = ((name, len(name) + len(bytes(raw)) + 4, (name, raw)) for name, raw in members.items() if name != step)
    return choose(sized, names_outside(plan))


def _each(
    items: list[tuple[msgspec.Raw, _Level]], rest: tuple[str, ...], levels: tuple[_Level, ...], plan: MappingPlan
) -> list[_Item]:
    if not rest:
        return [_Item(item, (*levels, level)) for item, level in items]
    deeper = (_walk(item, rest, (*levels, level), plan) for item, level in items)
    return [item for found in deeper for item in found or ()]


def _lone(body: msgspec.Raw, plan: MappingPlan) -> list[_Item]:
    """A record by itself, as a reject holds it: one that says which place it is of, and something of it."""
    read = read_record(body) if bytes(body).lstrip()[:1] == b"{" else None
    if read is None or isinstance(read, RecordRefusedError):
        _any.decode(body)
        raise malformed(f"JSON of another shape: no {_shown(plan)} in it")
    around = _around(read.fields, (), None, plan)
    if plan.read(plan.id, around) is None:
        raise malformed(f"JSON of another shape: no {_shown(plan)} in it, and it is no record with {plan.id.name}")
    telling = telling_fields(plan)
    if telling and not any(_is_there(around, path) for field in telling for path in field.paths):
        names = " or ".join(field.name for field in telling)
        raise malformed(f"JSON of another shape: no {_shown(plan)} in it, and it is no record with {names:.120}")
    return [_Item(body, ())]


def _is_there(around: Around, path: Path) -> bool:
    """Whether a field stands there, though it be null."""
    return (isinstance(around.fields, dict) and path.text in around.fields) or around.find(path) is not None


def _shown(plan: MappingPlan) -> str:
    return " or ".join(path.text or "list" for path in plan.records)


def _found(item: _Item, top: object, plan: MappingPlan) -> Found | RecordRefusedError:
    read, levels = read_record(item.raw), item.levels
    if isinstance(read, RecordRefusedError):
        return RecordRefusedError(read.reason, read.detail, raw=_alone(item)) if plan.needs_body else read
    around = _around(read.fields, levels, top, plan)
    return around, (lambda: _alone(item)) if plan.needs_body else (lambda: read.raw)


def _around(fields: dict[str, object], levels: tuple[_Level, ...], top: object, plan: MappingPlan) -> Around:
    parents = [level.value for level in reversed(levels) if level.members is not None]
    key = next((level.key for level in reversed(levels) if level.is_any), "")
    shown = _feature(fields) if plan.said.body.format == "geojson" else fields
    return Around(shown, parents, top if top is not None else fields, {KEY: key})


def _feature(feature: dict[str, object]) -> dict[str, object]:
    """A feature's properties as fields, with its geometry and id beside them."""
    properties = feature.get("properties")
    return feature | (properties if isinstance(properties, dict) else {})


def _alone(item: _Item) -> bytes:
    """A body of this record alone, with what its mapping reads beside its way; beside "*" there are records."""
    body: object = item.raw
    levels = item.levels[::-1]
    for level, beside in zip(levels, kept(level.beside for level in levels), strict=True):
        body = [body] if level.members is None else {**dict(beside), level.key: body}
    return _encode(body)
