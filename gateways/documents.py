"""Places as plain JSON values, the same in the terminal and over HTTP: every number with its time, unknown as null."""

from datetime import datetime
from typing import Any

import msgspec

from parking.catalogue.description import DETAILS
from parking.catalogue.model import Place, Space
from parking.published.availability import Availability
from parking.published.space_states import unpack_states

Document = dict[str, Any]
_PUBLISHED = tuple(
    name for name in Availability.__struct_fields__ if name not in ("space_states", "by_hand", "beneath")
)


def place_document(place: Place, availability: Availability) -> Document:
    """All that may be said of a place, without its age, which changes while nothing else does."""
    shown = msgspec.to_builtins(availability)
    document: Document = {
        "id": place.id,
        "tenant": place.tenant,
        "name": place.name,
        "kind": place.kind.value,
        "lon": place.point.lon if place.point else None,
        "lat": place.point.lat if place.point else None,
        "address": place.address,
        "height_cm": place.height_cm,
        "opening_hours": place.opening_hours,
    }
    for name in _PUBLISHED:
        document[name] = shown.get(name, msgspec.to_builtins(getattr(availability, name)))
    if document["capacity"] is None:
        document["capacity"] = place.capacity
    document["by_category"] = {
        audience.value: {"vacant": count.vacant, "capacity": count.capacity}
        for audience, count in availability.by_category.items()
    }
    document["by_hand"] = [_whole(order) for order in availability.by_hand]
    document["beneath"] = None if availability.beneath is None else _whole(availability.beneath)
    return document


def _whole(said: msgspec.Struct) -> Document:
    """Every field, null where nothing is said."""
    return {name: msgspec.to_builtins(getattr(said, name)) for name in said.__struct_fields__}


def details_document(place: Place) -> Document:
    """What drivers want to know besides, as it was stated: only what is known, and no part of any count."""
    stated = {name: getattr(place, name) for name in DETAILS}
    return {name: said for name, said in stated.items() if said is not None}


def aged_document(place: Place, availability: Availability, now: datetime) -> Document:
    """The same with ``age_s``: whole seconds since the newest observation in the number."""
    return {**place_document(place, availability), "age_s": age_s(availability, now)}


def age_s(availability: Availability, now: datetime) -> int | None:
    """Whole seconds since the newest observation in the number; None where there is none."""
    if availability.observed_at is None:
        return None
    return max(0, round((now - availability.observed_at).total_seconds()))


def space_documents(place: Place, availability: Availability) -> list[Document]:
    """The single spaces of a zone, and what may be said of each."""
    states = unpack_states(availability.space_states, len(place.spaces))
    return [{**space_document(space), "state": state.value} for space, state in zip(place.spaces, states, strict=True)]


def space_document(space: Space) -> Document:
    """A single space, without its state."""
    return {
        "id": space.id,
        "lon": space.point.lon if space.point else None,
        "lat": space.point.lat if space.point else None,
        "audiences": sorted(audience.value for audience in space.audiences),
    }
