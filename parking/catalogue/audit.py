"""The audit of a catalogue: devices that nobody hears, devices that nobody knows, and devices that are mapped twice."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from parking.catalogue.assignments import assignments_of, list_double
from parking.catalogue.description import FIELDS, THE_CITY, UNSAID
from parking.catalogue.model import Device, Place
from parking.published.availability import NEVER_OBSERVED, Availability
from parking.published.space_states import unpack_states
from parking.rejects import Reject
from parking.words import RejectReason, SpaceState

MakesOf: TypeAlias = Callable[[Reject], Sequence[str]]
_EUI = re.compile("[0-9a-f]{16}")
STRANGERS = (RejectReason.UNKNOWN_SITE, RejectReason.UNKNOWN_DEVICE)


class Silence(StrEnum):
    """Why a device counts as unheard: its place never had a number, or nothing live tells of its space."""

    NEVER_OBSERVED = "never_observed"
    NO_LIVE_VALUE = "no_live_value"


class Unheard(NamedTuple):
    """A device that should speak now, of which there is neither a live value nor a reject."""

    source: str
    device: str
    place: str
    space: str | None
    why: Silence


class Stranger(NamedTuple):
    """A device that spoke and was refused: ``catalogued`` says whether the catalogue has it, though not for then."""

    source: str
    device: str
    reason: RejectReason
    times: int
    last_at: datetime
    catalogued: bool
    detail: str


class Mistaken(NamedTuple):
    """A sensor of another make than the one that its messages are taken for (``heard_as``).

    ``looks_like`` are the makes that read its last refused frame whole; ``catalogued_as`` those of the catalogue.
    """

    device: str
    heard_as: str
    looks_like: tuple[str, ...]
    catalogued_as: tuple[str, ...]
    times: int
    last_at: datetime
    detail: str


class Double(NamedTuple):
    """Two assignments that hold at the same time: of one device, or of two devices on one space."""

    source: str
    devices: tuple[str, str]
    places: tuple[str, str]
    space: str | None
    detail: str


class Disputed(NamedTuple):
    """A field of which two sources say different things: ``stands`` is what holds, None where the city emptied it.

    ``said_by`` is the feed whose word that is, "" the city; ``claimed_by`` is the feed that says ``claimed``.
    """

    place: str
    field: str
    said_by: str
    stands: object
    claimed_by: str
    claimed: object


class Audit(NamedTuple):
    """What is wrong with a catalogue, as far as can be told from outside.

    ``said_by`` is no finding: the fields that feeds said, by place.
    """

    never_observed: list[str]
    unheard: list[Unheard]
    unknown: list[Stranger]
    double: list[Double]
    mistaken: list[Mistaken]
    disputed: list[Disputed]
    said_by: dict[str, dict[str, str]]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not any(self[:-1])


def _nobody(reject: Reject) -> Sequence[str]:
    return ()


def audit(
    places: Iterable[Place],
    live: Mapping[str, Availability],
    rejects: Iterable[tuple[Reject, int]],
    now: datetime,
    makes_of: MakesOf = _nobody,
) -> Audit:
    """Compare one tenant's places with what is live of them and with its open rejects, each with how often it came.

    ``now`` is the tenant's own time. ``makes_of`` says which other makes of sensors read what was refused. Not
    promised: which of several counters of one place is silent while another speaks, since a number does not say
    whose it is.
    """
    ordered = sorted(places, key=lambda place: place.id)
    refused = list(rejects)
    named = {(reject.source, reject.device_id) for reject, _ in refused}
    catalogued = {(device.source, device.id) for place in ordered for device in place.devices}
    heard = {place.id: live.get(place.id, NEVER_OBSERVED) for place in ordered}
    return Audit(
        never_observed=[place.id for place in ordered if heard[place.id].observed_at is None],
        unheard=[
            finding
            for place in ordered
            for finding in _unheard(place, heard[place.id], now)
            if (finding.source, finding.device) not in named
        ],
        unknown=_strangers(refused, catalogued),
        double=_doubles(ordered),
        mistaken=list(_mistaken(refused, catalogued, makes_of)),
        disputed=[finding for place in ordered for finding in _disputed(place)],
        said_by={place.id: place.said_by for place in ordered if place.said_by},
    )


def _disputed(place: Place) -> Iterator[Disputed]:
    for source, claim in place.claims.items():
        for field in FIELDS:
            if (claimed := getattr(claim, field)) not in UNSAID:
                yield Disputed(
                    place.id, field, place.who_said(field) or THE_CITY, getattr(place, field), source, claimed
                )


def _unheard(place: Place, known: Availability, now: datetime) -> Iterator[Unheard]:
    states = list(unpack_states(known.space_states, len(place.spaces)))
    for device in place.devices:
        if not device.observes_at(now):
            continue
        space = _space(place, device)
        if known.observed_at is None:
            yield Unheard(device.source, device.id, place.id, space, Silence.NEVER_OBSERVED)
        elif states[device.slot] is SpaceState.UNKNOWN if device.slot is not None else _says_nothing(known):
            yield Unheard(device.source, device.id, place.id, space, Silence.NO_LIVE_VALUE)


def _says_nothing(known: Availability) -> bool:
    return known.vacant is None and all(count.vacant is None for count in known.by_category.values())


def _strangers(refused: Iterable[tuple[Reject, int]], catalogued: set[tuple[str, str]]) -> list[Stranger]:
    found: dict[tuple[str, str, RejectReason], list[tuple[Reject, int]]] = defaultdict(list)
    for reject, times in refused:
        if reject.reason in STRANGERS and reject.device_id:
            found[reject.source, reject.device_id, reject.reason].append((reject, times))
    strangers = []
    for (source, device, reason), group in sorted(found.items()):
        last = max((reject for reject, _ in group), key=lambda reject: (reject.rejected_at, reject.reject_id))
        times = sum(count for _, count in group)
        known = (source, device) in catalogued
        strangers.append(Stranger(source, device, reason, times, last.rejected_at, known, last.detail))
    return strangers


def _mistaken(
    refused: Iterable[tuple[Reject, int]], catalogued: set[tuple[str, str]], makes_of: MakesOf
) -> Iterator[Mistaken]:
    """A devEUI is of one device in the world: as another source's it is the same one, taken for another make."""
    makes: dict[str, list[str]] = defaultdict(list)
    for source, device in sorted(catalogued):
        makes[device].append(source)
    found: dict[tuple[str, str], list[tuple[Reject, int]]] = defaultdict(list)
    for reject, times in refused:
        if reject.device_id:
            found[reject.source, reject.device_id].append((reject, times))
    for (source, device), group in sorted(found.items()):
        ordered = sorted((reject for reject, _ in group), key=lambda reject: (reject.rejected_at, reject.reject_id))
        looks = next((tuple(said) for reject in reversed(ordered) if (said := makes_of(reject))), ())
        known = () if (source, device) in catalogued or not _EUI.fullmatch(device) else tuple(makes[device])
        if known:
            detail = f"{device} comes in as {source}, and the catalogue has it as {' and '.join(known)}: route it there"
        elif looks:
            detail = f"{device} comes in as {source} and sends frames of {' or '.join(looks)}: route it there"
            detail += ", and correct its source in the catalogue" if (source, device) in catalogued else ""
        else:
            continue
        yield Mistaken(device, source, looks, known, sum(n for _, n in group), ordered[-1].rejected_at, detail)


def _doubles(places: Iterable[Place]) -> list[Double]:
    by_id = {place.id: place for place in places}
    return [
        Double(
            first.device.source, (first.device.id, other.device.id), (first.place, other.place),
            _space(by_id[first.place], first.device), f"{first} and {other} hold at the same time",
        )
        for first, other in list_double(assignments_of(by_id.values()))
    ]  # fmt: skip


def _space(place: Place, device: Device) -> str | None:
    return None if device.slot is None else place.spaces[device.slot].id
