"""Which bays Ulm has, whom they are for, and the car park each belongs to.

The letter after "pbg-" names the car park in every id, so a bay is in the same zone with and without the list. Whom a
bay is for is in the list; without it, some ids tell. A bay of which nobody says it gets no audience at all: it is
counted as a space that reports, but nobody is sent there.
"""

import re
from collections.abc import Iterator, Mapping

from parking.catalogue.model import Place
from parking.words import Audience
from sensors.bays import Bay, make_zones, natural_order
from sensors.contract import RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.points import read_point
from sensors.reading.texts import required_text
from sensors.sources.ulm.wire import SPOTS, split_list, split_spots

_NOBODY: frozenset[Audience] = frozenset()
_OF_RESTRICTION = {
    None: frozenset({Audience.PUBLIC}),
    "CHARGING": frozenset({Audience.EV}),
    "DISABLED": frozenset({Audience.DISABLED}),
    "FAMILY": _NOBODY,  # families alone: not for everyone, and no audience that a driver here can ask for
}
_OF_ID = {"elade": "CHARGING", "eladen": "CHARGING", "handicap": "DISABLED", "familie": "FAMILY"}
_LONGEST_NAME = 200


def read_places(
    info: SourceInfo, recording: bytes | None, sidecars: Mapping[str, bytes], tenant: str, ledger: Ledger
) -> list[Place]:
    """A zone a car park, of the listed bays and of those that a recording adds."""
    bays = [
        bay
        for part in (_read_list(sidecars.get(SPOTS), ledger), _read_recording(recording))
        for bay in sorted(part, key=lambda bay: natural_order(bay.id))
    ]
    return make_zones(info, tenant, bays, info.valid_for_s)


def _read_list(body: bytes | None, ledger: Ledger) -> Iterator[Bay]:
    """The listed bays; one whose description is unusable is refused, and still counts where it speaks."""
    if body is None:
        return
    try:
        for record in split_list(body):
            if isinstance(record, RecordRefusedError):
                ledger.refuse(record, body)
                continue
            raw, spot = record
            try:
                bay = required_text(spot, "uid")
                name = required_text(spot, "name", bay)
                point = read_point(spot.get("lon"), spot.get("lat"), bay)
                yield Bay(bay, _car_park(bay), name[:_LONGEST_NAME], point, _restricted(spot.get("restrictions")))
            except RecordRefusedError as error:
                ledger.refuse(error, raw)
    except RecordRefusedError as error:
        ledger.refuse(error, body)


def _restricted(restrictions: object) -> frozenset[Audience]:
    """Whom every restriction lets in; a kind that is not known lets nobody in."""
    if restrictions is None:
        return _OF_RESTRICTION[None]
    if not isinstance(restrictions, list) or not all(isinstance(restriction, dict) for restriction in restrictions):
        return _NOBODY
    kinds = {
        repr(kind) if not isinstance(kind, str) else kind
        for restriction in restrictions
        if (kind := restriction.get("type"))
    }
    return _OF_RESTRICTION.get(min(kinds, default=None), _NOBODY) if len(kinds) < 2 else _NOBODY


def _read_recording(body: bytes | None) -> Iterator[Bay]:
    """Its bays, whatever they say now; what cannot be read is refused by decode, with its bytes."""
    if body is None:
        return
    try:
        records = split_spots(body)
    except RecordRefusedError:
        return
    for record in records:
        if isinstance(record, RecordRefusedError) or "occupied" not in record.fields:
            continue
        try:
            bay = required_text(record.fields, "id")
        except RecordRefusedError:
            continue
        kinds = [_OF_ID[part] for part in bay.split("-") if part in _OF_ID]
        yield Bay(bay, _car_park(bay), f"Ulm {_car_park(bay)}", None, _OF_RESTRICTION[kinds[0]] if kinds else _NOBODY)


def _car_park(bay: str) -> str:
    found = re.match("pbg-[a-z]", bay)
    return found[0] if found else "other"
