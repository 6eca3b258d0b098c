"""VmsTablePublication: which signs stand where, and what each can show. Pure."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from xml.etree.ElementTree import Element, tostring

from gateways.signs.datex.elements import Publisher, add, add_texts, finish, start_payload
from parking.catalogue.model import Point
from parking.signs.model import Sign
from parking.signs.words import SignMode, SignProtocol

_KINDS = {4: "simpleMatrixSign", 5: "simpleMatrixSign", 6: "fullMatrixSign"}
_PORTABLE = 128


class PublishedSigns(NamedTuple):
    """The signs of a publication, its word for whether they are real, and the table's id and version.

    A version is a digest of what the table says of the signs: another whenever that is, and in no order.
    """

    signs: tuple[Sign, ...]
    information: str
    table: str
    version: str


def select_published(tenant: str, signs: Sequence[Sign]) -> PublishedSigns:
    """Retired signs are left out; software signs, whose numbers may be made up, unless there are no others: a test."""
    standing = [sign for sign in signs if sign.tenant == tenant and sign.mode is not SignMode.RETIRED]
    real = [sign for sign in standing if not sign.is_software]
    chosen = tuple(sorted(real or standing, key=lambda sign: sign.id))
    version = hashlib.sha256(b"".join(map(_digest, chosen))).hexdigest()[:12]
    return PublishedSigns(chosen, "real" if real or not standing else "test", f"{tenant}-signs", version)


def render_table(published: PublishedSigns, publisher: Publisher, now: datetime) -> bytes | None:
    """The document; None where there is no sign, since the schema knows no empty table."""
    if not published.signs:
        return None
    root = start_payload("VmsTablePublication", publisher, now, published.information)
    table = add(root, "vms:vmsControllerTable", None, {"id": published.table, "version": published.version})
    for sign in published.signs:
        controller = add(table, "vms:vmsController", None, {"id": sign.id, "version": published.version})
        add(controller, "vms:numberOfVms", 1)
        _add_sign(add(add(controller, "vms:vms", None, {"vmsIndex": "1"}), "vms:vms"), sign, publisher.language)
    return finish(root)


def _digest(sign: Sign) -> bytes:
    vms = Element(sign.id)
    _add_sign(vms, sign, sign.language)
    said: bytes = tostring(vms, encoding="utf-8")
    return said


def _add_sign(vms: Element, sign: Sign, language: str) -> None:
    add_texts(vms, "vms:description", {language: _describe(sign)})
    limits = sign.limits
    if limits.sign_type is not None and limits.sign_type % _PORTABLE in _KINDS:
        add(vms, "vms:vmsType", _KINDS[limits.sign_type % _PORTABLE])
    if limits.height_mm is not None:
        add(vms, "vms:displayHeight", limits.height_mm / 1000)
    if limits.width_mm is not None:
        add(vms, "vms:displayWidth", limits.width_mm / 1000)
    add(vms, "vms:dedicatedUsage", "parkingInformation")
    _add_area(add(vms, "vms:vmsConfiguration"), sign)
    if sign.point is not None:
        _add_location(vms, sign.point, sign.bearing_deg)


def _add_area(configuration: Element, sign: Sign) -> None:
    add(configuration, "vms:numberOfDisplayAreas", 1)
    indexed = add(configuration, "vms:displayArea", None, {"displayAreaIndex": "1"})
    area = add(indexed, "vms:displayArea", None, {"xsi:type": "vms:TextDisplayArea"})
    width, height = sign.limits.width_px, sign.limits.height_px
    if width is not None and height is not None:
        geometry = add(area, "vms:displayGeometry")
        add(geometry, "vms:pixelsAcross", width)
        add(geometry, "vms:pixelsDown", height)
    if sign.protocol is SignProtocol.TEDI:
        add(area, "vms:maxNumberOfCharacters", sign.tedi.characters)
    if sign.lines:
        add(area, "vms:maxNumberOfRows", len(sign.lines))


def _add_location(vms: Element, at: Point, bearing_deg: int | None) -> None:
    location = add(vms, "vms:vmsLocation", None, {"xsi:type": "loc:PointLocation"})
    point = add(location, "loc:pointByCoordinates")
    if bearing_deg is not None:
        add(point, "loc:bearing", bearing_deg)
    coordinates = add(point, "loc:pointCoordinates")
    add(coordinates, "loc:latitude", at.lat)
    add(coordinates, "loc:longitude", at.lon)


def _describe(sign: Sign) -> str:
    printed = [f"{line.number} {line.legend}" for line in sign.lines if line.is_printed]
    parts = [sign.name, *([sign.road] if sign.road else []), *(["; ".join(printed)] if printed else [])]
    return " · ".join(parts)
