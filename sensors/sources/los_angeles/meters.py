"""Which meters Los Angeles has, and how they make zones that a driver can go to.

A meter belongs to its block ("700 E 12TH ST") and meter area ("CB"): two streets have the same name and numbers twenty
kilometres apart. A meter that the list does not know belongs to the hundred of its number, since neighbours are
numbered one after another.
"""

import re
from collections.abc import Iterator, Mapping

from parking.catalogue.model import Place, Point
from sensors.bays import Bay, make_zones, natural_order
from sensors.contract import RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.points import read_point
from sensors.reading.texts import required_text
from sensors.sources.los_angeles.wire import METERS, split_meters, split_states


def read_places(
    info: SourceInfo, recording: bytes | None, sidecars: Mapping[str, bytes], tenant: str, ledger: Ledger
) -> list[Place]:
    """The zones of the listed meters and of those that a recording adds."""
    bays = [
        bay
        for part in (_read_list(sidecars.get(METERS), ledger), _read_recording(recording))
        for bay in sorted(part, key=lambda bay: natural_order(bay.id))
    ]
    return make_zones(info, tenant, bays, info.valid_for_s)


def _read_list(body: bytes | None, ledger: Ledger) -> Iterator[Bay]:
    """The meters of the list; one whose description is unusable is refused, and still counts where it speaks."""
    if body is None:
        return
    try:
        for record in split_meters(body):
            if isinstance(record, RecordRefusedError):
                ledger.refuse(record, body)
                continue
            raw, attributes, geometry = record
            try:
                meter = required_text(attributes, "SENSOR_UNIQUE_ID")
                yield Bay(meter, *_block(attributes, meter), _point(geometry, meter))
            except RecordRefusedError as error:
                ledger.refuse(error, raw)
    except RecordRefusedError as error:
        ledger.refuse(error, body)


def _block(attributes: Mapping[str, object], meter: str) -> tuple[str, str]:
    address, area = (attributes.get(name) for name in ("ADDRESS_SPACE", "PMZ"))
    if isinstance(address, str) and address.strip():
        return f"{address.strip()} {area}", address.strip()[:_LONGEST_NAME]
    return _hundred(meter)


_LONGEST_NAME = 200


def _point(geometry: Mapping[str, object], meter: str) -> Point | None:
    return read_point(geometry.get("x"), geometry.get("y"), meter) if geometry else None


def _read_recording(table: bytes | None) -> Iterator[Bay]:
    """Its meters; what cannot be read is refused by decode, with its bytes."""
    if table is None:
        return
    try:
        lines = split_states(table)
    except RecordRefusedError:
        return
    for line in lines:
        if not isinstance(line, RecordRefusedError):
            try:
                meter = required_text(line.fields, "SpaceID")
            except RecordRefusedError:
                continue
            yield Bay(meter, *_hundred(meter))


def _hundred(meter: str) -> tuple[str, str]:
    found = re.match(r"([A-Z]*)([0-9]{1,9})", meter)
    if found is None:
        return "meters-other", "Other meters"
    first = int(found[2]) // 100 * 100
    return f"meters-{found[1]}{first}", f"Meters {found[1]}{first} to {found[1]}{first + 99}"
