"""Freiburg's bays by street, and its park-and-ride sites.

A feature itself says where it is, so the files beside a recording say no more than the other shape's places. A bay's
number ("P03") is its id; its street is what follows, without side, note and house number, and however it is spelled.
"""

import re
from collections.abc import Iterator, Mapping

from parking.catalogue.model import Device, Place, Point
from parking.errors import InvalidPlaceError
from parking.words import Audience, RejectReason
from sensors.bays import Bay, make_zones, natural_order
from sensors.contract import RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.numbers import MISSING, whole_number
from sensors.reading.projections import read_projected, turned
from sensors.reading.texts import required_text
from sensors.sources.freiburg.wire import BAYS, PARK_AND_RIDE, Feature, split

_BAY = re.compile(r"(P[0-9]{1,6}) - (.*)")
_DISABLED = frozenset({Audience.DISABLED})
_LONGEST_NAME = 200


def bay_number(feature: Feature) -> str:
    """The number of a bay, which names it for good; its street is spelled now one way, now another."""
    return _split_name(feature)[0]


def _split_name(feature: Feature) -> tuple[str, str]:
    name = required_text(feature.properties, "name")
    found = _BAY.fullmatch(name)
    if found is None:
        raise RecordRefusedError(RejectReason.MISSING_FIELD, f"name {name!r} is not like 'P03 - Rotteckring 3 (L)'")
    return found[1], found[2]


def read_places(
    info: SourceInfo, recording: bytes | None, sidecars: Mapping[str, bytes], tenant: str, ledger: Ledger
) -> list[Place]:
    """Zones and sites; the first description of a bay or site counts, so those of the files beside come first."""
    bays: list[Bay] = []
    sites: dict[str, Place] = {}
    for body in (*(sidecars.get(name) for name in (BAYS, PARK_AND_RIDE)), recording):
        part = []
        for feature in _read_features(body, ledger):
            try:
                if feature.is_count:
                    site = _site(feature, info, tenant, ledger)
                    sites.setdefault(site.id, site)
                else:
                    part.append(_bay(feature, ledger))
            except InvalidPlaceError as error:
                ledger.refuse(error, feature.raw)
            except RecordRefusedError:
                continue  # decode refuses it, with its bytes
        bays += sorted(part, key=lambda bay: natural_order(bay.id))
    return make_zones(info, tenant, bays, info.valid_for_s) + list(sites.values())


def _read_features(body: bytes | None, ledger: Ledger) -> Iterator[Feature]:
    if body is not None:
        try:
            yield from (feature for feature in split(body) if isinstance(feature, Feature))
        except RecordRefusedError as error:
            ledger.refuse(error, body)


def _bay(feature: Feature, ledger: Ledger) -> Bay:
    number, where = _split_name(feature)
    street = re.sub(r"\(.*?\)|[0-9]+[a-z]?\b", "", where).strip()
    zone = re.sub("[^a-z]+", "-", street.casefold().translate(_PLAIN)).strip("-")
    return Bay(
        number, f"disabled-{zone}", f"{street or 'Freiburg'}: Behindertenparkplätze", _point(feature, ledger), _DISABLED
    )


_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


_REGION = (7.0, 47.5, 8.5, 48.5)
"""West, south, east and north of Freiburg's surroundings, in degrees."""


def _point(feature: Feature, ledger: Ledger) -> Point | None:
    """Where a feature is; one that is nowhere still counts."""
    at = feature.coordinates
    if at is None:
        return None
    try:
        x, y = at[:2] if isinstance(at, list) and len(at) in (2, 3) else (None, None)
        return turned(read_projected(x, y, feature.system), *_REGION)
    except RecordRefusedError as error:
        ledger.refuse(error, feature.raw)
        return None


def _site(feature: Feature, info: SourceInfo, tenant: str, ledger: Ledger) -> Place:
    site = required_text(feature.properties, "park_id")
    name, most = feature.properties.get("park_name"), feature.properties.get("obs_max")
    return Place(
        tenant=tenant,
        id=site,
        name=(name.strip()[:_LONGEST_NAME] if isinstance(name, str) else "") or site,
        point=_point(feature, ledger),
        capacity=None if most in MISSING else whole_number(most, "obs_max", site) or None,
        devices=(Device(source=info.id, id=site, valid_for_s=info.valid_for_s),),
    )
