"""DATEX II as it is really published: which elements are records, whose they are, and their bytes.

    d2LogicalModel                                       2.x, at times in a SOAP envelope
      exchange/supplierIdentification/nationalIdentifier
      payloadPublication            publicationTime, publicationCreator/nationalIdentifier
        genericPublicationExtension
          parkingStatusPublication               parkingRecordStatus …     what is vacant now
          parkingFacilityTableStatusPublication  parkingFacilityStatus …   the same, in the older extension
                                                 parkingAreaStatus …       of an area; at times with facilities in it
          parkingTablePublication                parkingTable/parkingRecord …              what there is
          parkingFacilityTablePublication        parkingFacilityTable/parkingFacility …    the same, older
    messageContainer/payload, or payload alone           3.x: xsi:type ParkingStatusPublication, ParkingTablePublication
      parkingRecordStatus …                      as in 2.3
      parkingStatusInformation …                 from 3.3 on, as PlaceStatus, SpaceStatus, CampusStatus, AccessStatus

Namespaces and the depth of the wrapping differ from publisher to publisher: elements go by their local names, and lists
of records are found wherever they lie. A refused record keeps its publication's name and time around it, so that its
bytes can be read again by themselves.
"""

import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple
from xml.etree.ElementTree import Element

from parking.catalogue.model import MAX_ID
from parking.words import RejectReason
from sensors.bodies import malformed, xml_record, xml_root
from sensors.contract import RecordRefusedError
from sensors.dialect import as_utf8
from sensors.sources.datex2.elements import child, children, local, text, type_of
from sensors.sources.datex2.json_form import json_root

_STATUS_LISTS = ("parkingStatusPublication", "parkingFacilityTableStatusPublication")
_TABLES = ("parkingTable", "parkingFacilityTable")
DESCRIPTIONS = ("parkingRecord", "parkingFacility", "parkingArea", "hierarchyElementGeneral")
_EMPTY_LISTS = ("parkingTablePublication", "parkingFacilityTablePublication")
_BESIDE_RECORDS = (
    "headerInformation", "parkingTableReference", "parkingFacilityTableReference", "publicationTime",
    "publicationCreator", "feedDescription", "feedType", "payloadPublicationExtension",
)  # fmt: skip
_REFERENCES = ("parkingRecordReference", "parkingFacilityReference", "reference", "parkingAreaReference")

MAX_RECORDS = 100_000
"""Of one body; the largest recorded has 1,820."""

_MAX_WRAPPINGS = 4
_TORN = "\N{REPLACEMENT CHARACTER}"
_NO_WORD = re.compile(r"[^\w.-]+")
_REMARK = re.compile(r"\[[^\]]*\]$")
_WITH_OFFSET = re.compile(r"\S+T\S+(?:Z|[+-]\d\d:?\d\d)")


class Publication(NamedTuple):
    """Who published, as the start of an id, and when, as stated; ``offset_said`` is a time of it with an offset."""

    publisher: str = ""
    published_at: str | None = None
    offset_said: str | None = None


class Datex2Record(NamedTuple):
    """One record, the list it stood in, its publication, and the area it stood in, if it did."""

    element: Element
    parent: str
    publication: Publication
    area: Element | None = None

    @property
    def raw(self) -> bytes | RecordRefusedError:
        """Its bytes in a publication of its own, or the error that refuses one nested too deeply."""
        own = xml_record(self.element)
        if isinstance(own, RecordRefusedError):
            return own
        if self.area is not None:
            at = escape(text(self.area, "parkingAreaStatusTime") or "")
            head = f'<parkingAreaReference id="{escape(reference_of(self.area))}"/>'
            head += f"<parkingAreaStatusTime>{at}</parkingAreaStatusTime>" if at else ""
            own = f"<parkingAreaStatus>{head}".encode() + own + b"</parkingAreaStatus>"
        publisher, published_at, said = (escape(stated or "") for stated in self.publication)
        head = (
            f"<d2LogicalModel><exchange><creationTime>{said}</creationTime></exchange><payloadPublication>"
            f"<publicationTime>{published_at}</publicationTime>"
            f"<publicationCreator><nationalIdentifier>{publisher}</nationalIdentifier></publicationCreator><{self.parent}>"
        )
        return head.encode() + own + f"</{self.parent}></payloadPublication></d2LogicalModel>".encode()

    def identify(self) -> str:
        """Its id, ``publisher:id``: different publishers number their car parks alike (P1, P2, …).

        A remark in brackets after an id is left off: "1035[P+R Bondorf]" is the 1035 of the static publication.
        """
        given = self.element.get("id") if local(self.element) in DESCRIPTIONS else reference_of(self.element)
        if not given and self.area is not None and len(children(self.area, "parkingFacilityStatus")) == 1:
            given = reference_of(self.area)
        own = _REMARK.sub("", (given or "").strip()).strip()
        if not own:
            name = local(self.element)
            raise RecordRefusedError(RejectReason.MISSING_FIELD, f"{name:.60} has no id: ask the publisher")
        return full_id(self.publication.publisher, own)


def full_id(*parts: str) -> str:
    """An id of those parts, the publisher first. Raises RecordRefusedError where it cannot be one."""
    whole = ":".join(filter(None, parts)).replace("/", "%2F")
    if len(whole) > MAX_ID or not whole.isprintable() or _TORN in whole:
        raise RecordRefusedError(
            RejectReason.MALFORMED_RECORD,
            f"id {parts[-1]!r:.80} is too long or not printable: at most {MAX_ID} characters",
        )
    return whole


class Records(NamedTuple):
    """What a body holds: records that say what is vacant now, and records that say what there is."""

    statuses: list[Datex2Record]
    descriptions: list[Datex2Record]

    def list_parts(self) -> set[str]:
        """The ids that it describes as a floor, a row, a campus or an entrance."""
        kinds = (one for one in self.descriptions if local(one.element) == "hierarchyElementGeneral")
        parts = {one.element.get("id") for one in kinds if type_of(one.element) not in ("Place", "Space")}
        return {part for part in parts if part}


def split_body(payload: bytes) -> Records:
    """The records of a body, XML or JSON.

    Raises RecordRefusedError where it holds no parking publication of either kind.
    """
    payload = as_utf8(payload)
    root = json_root(payload) if payload.lstrip()[:1] in (b"{", b"[") else xml_root(payload)
    records, is_parking = Records([], []), False
    supplier = _national(next((one for one in root.iter() if local(one) == "supplierIdentification"), None))
    offset_said = _offset_said(root)
    waiting = [(root, Publication(supplier, offset_said=offset_said))]
    while waiting:
        element, publication = waiting.pop()
        if local(element) in ("payloadPublication", "payload"):
            publication = _publication(element, supplier, offset_said)
        held = _list_name(element)
        if held is not None and len(element) > MAX_RECORDS:
            raise _too_many()
        is_parking = is_parking or held is not None or local(element) in _EMPTY_LISTS
        if held in _STATUS_LISTS:
            listed = (one for one in element if local(one) not in _BESIDE_RECORDS)
            records.statuses.extend(one for found in listed for one in _statuses(found, held, publication))
        elif held in _TABLES:
            records.descriptions.extend(Datex2Record(one, held, publication) for one in _described(element))
        else:
            waiting += [(one, publication) for one in reversed(element)]
        if max(map(len, records)) > MAX_RECORDS:
            raise _too_many()
    if not is_parking and not _is_keep_alive(root):
        raise malformed("XML or JSON without a parking status or table publication of DATEX II 2 or 3")
    return records


def _too_many() -> RecordRefusedError:
    return malformed(f"more than {MAX_RECORDS} records: ask the publisher for smaller publications")


def _is_keep_alive(root: Element) -> bool:
    """Whether a message of the exchange says only that the publisher is there."""
    return any(text(found, "keepAlive") in ("true", "1") for found in root.iter() if local(found) == "exchange")


def _list_name(element: Element) -> str | None:
    """Which list of records this is; None where it is none. Of version 3 the publication itself is the list."""
    name = local(element)
    if name in _STATUS_LISTS + _TABLES:
        return name
    kind = type_of(element)
    kind = kind[:1].lower() + kind[1:]
    if kind in _STATUS_LISTS and not children(element, "genericPublicationExtension", kind):
        return kind
    return None


def _statuses(found: Element, held: str, publication: Publication) -> Iterator[Datex2Record]:
    """One record, or those it wraps: an area its facilities, a facility without an id others of its own name."""
    waiting: list[tuple[Element, Element | None, int]] = [(found, None, 0)]
    while waiting:
        one, area, depth = waiting.pop()
        is_area = local(one) == "parkingAreaStatus"
        wrapped: list[Element] = []
        if depth < _MAX_WRAPPINGS and (is_area or (local(one) == "parkingFacilityStatus" and not reference_of(one))):
            wrapped = [inner for inner in children(one, "parkingFacilityStatus", "parkingAreaStatus") if len(inner)]
        if not wrapped:
            yield Datex2Record(one, held, publication, area)
        waiting += [(inner, one if is_area else area, depth + 1) for inner in reversed(wrapped)]


def _described(table: Element) -> Iterator[Element]:
    for one in children(table, *DESCRIPTIONS):
        yield one
        yield from children(one, "parkingFacility") if local(one) == "parkingArea" else ()


def reference_of(element: Element) -> str:
    """The id that a status record refers to, as it is written; empty where it has none."""
    references = (child(element, name) for name in _REFERENCES)
    return next((found.get("id") or "" for found in references if found is not None), "")


def _publication(body: Element, supplier: str, offset_said: str | None) -> Publication:
    published_at = text(body, "publicationTime")
    own = published_at if published_at and _WITH_OFFSET.fullmatch(published_at) else None
    return Publication(_national(child(body, "publicationCreator")) or supplier, published_at, own or offset_said)


def _offset_said(root: Element) -> str | None:
    """A time with an offset of when the message was made, for publications whose own time has none."""
    for element in root.iter():
        if local(element).lower().endswith(("creationtime", "generationtimestamp")):
            stated = (element.text or "").strip()
            if _WITH_OFFSET.fullmatch(stated):
                return stated
    return None


def _national(identifier: Element | None) -> str:
    return _NO_WORD.sub("-", text(identifier, "nationalIdentifier") or "").strip("-")
