"""DATEX II 2.3 as it is really published: which elements are records, whose they are, and their bytes.

    d2LogicalModel
      exchange/supplierIdentification/nationalIdentifier
      payloadPublication            publicationTime, publicationCreator/nationalIdentifier
        genericPublicationExtension
          parkingStatusPublication               parkingRecordStatus …     what is vacant now
          parkingFacilityTableStatusPublication  parkingFacilityStatus …   the same, in the older extension
          parkingTablePublication                parkingTable/parkingRecord …              what there is
          parkingFacilityTablePublication        parkingFacilityTable/parkingFacility …    the same, older

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

_STATUS_LISTS = ("parkingStatusPublication", "parkingFacilityTableStatusPublication")
_TABLES = ("parkingTable", "parkingFacilityTable")
_DESCRIPTIONS = ("parkingRecord", "parkingFacility")
_LISTS = (*_STATUS_LISTS, *_TABLES, "parkingTablePublication", "parkingFacilityTablePublication")
_BESIDE_RECORDS = ("headerInformation", "parkingTableReference", "parkingFacilityTableReference")

_NO_WORD = re.compile(r"[^\w.-]+")
_REMARK = re.compile(r"\[[^\]]*\]$")


class Publication(NamedTuple):
    """Who published, as the start of an id, and when, as stated; either may be missing."""

    publisher: str
    published_at: str | None


class Datex2Record(NamedTuple):
    """One record, the list it stood in, and its publication."""

    element: Element
    parent: str
    publication: Publication

    @property
    def raw(self) -> bytes | RecordRefusedError:
        """Its bytes in a publication of its own, or the error that refuses one nested too deeply."""
        own = xml_record(self.element)
        if isinstance(own, RecordRefusedError):
            return own
        publisher, published_at = map(escape, (self.publication.publisher, self.publication.published_at or ""))
        head = (
            f"<d2LogicalModel><payloadPublication><publicationTime>{published_at}</publicationTime>"
            f"<publicationCreator><nationalIdentifier>{publisher}</nationalIdentifier></publicationCreator><{self.parent}>"
        )
        return head.encode() + own + f"</{self.parent}></payloadPublication></d2LogicalModel>".encode()

    def identify(self) -> str:
        """Its id, ``publisher:id``: different publishers number their car parks alike (P1, P2, …).

        A remark in brackets after an id is left off: "1035[P+R Bondorf]" is the 1035 of the static publication.
        """
        name = local(self.element)
        if name in _DESCRIPTIONS:
            given = self.element.get("id")
        else:
            references = (child(self.element, f"parking{kind}Reference") for kind in ("Record", "Facility"))
            given = next((reference.get("id") for reference in references if reference is not None), None)
        own = _REMARK.sub("", (given or "").strip()).strip()
        if not own:
            raise RecordRefusedError(RejectReason.MISSING_FIELD, f"{name:.60} has no id: ask the publisher")
        whole = ":".join(filter(None, (self.publication.publisher, own))).replace("/", "%2F")
        if len(whole) > MAX_ID or not whole.isprintable():
            raise RecordRefusedError(
                RejectReason.MALFORMED_RECORD,
                f"id {own!r:.80} is too long or not printable: at most {MAX_ID} characters",
            )
        return whole


def status_records(payload: bytes) -> list[Datex2Record]:
    """The records that say what is vacant now; none in a static publication.

    Raises RecordRefusedError where the body holds no parking publication of either kind.
    """
    return [record for record in _records(payload) if record.parent in _STATUS_LISTS]


def table_records(payload: bytes) -> list[Datex2Record]:
    """The records that say what there is; none in a status publication. Raises as ``status_records``."""
    return [
        record for record in _records(payload) if record.parent in _TABLES and local(record.element) in _DESCRIPTIONS
    ]


def _records(payload: bytes) -> Iterator[Datex2Record]:
    root = xml_root(payload)
    if not any(local(element) in _LISTS for element in root.iter()):
        raise malformed("XML without a parking status or table publication of DATEX II 2.x")
    supplier = _publisher(root, "supplierIdentification")
    for body in [found for found in root.iter() if local(found) == "payloadPublication"] or [root]:
        publication = Publication(_publisher(body, "publicationCreator") or supplier, text(body, "publicationTime"))
        for holder in body.iter():
            if (parent := local(holder)) in _STATUS_LISTS + _TABLES:
                yield from (
                    Datex2Record(record, parent, publication)
                    for record in holder
                    if local(record) not in _BESIDE_RECORDS
                )


def _publisher(body: Element, name: str) -> str:
    found = next((element for element in body.iter() if local(element) == name), None)
    stated = text(found, "nationalIdentifier") if found is not None else None
    return _NO_WORD.sub("-", stated or "").strip("-")


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element | None, name: str) -> list[Element]:
    """Its children of that local name."""
    return [] if element is None else [found for found in element if local(found) == name]


def child(element: Element | None, *path: str) -> Element | None:
    """The first child of that local name, and of that one's, and so on."""
    for name in path:
        element = next(iter(children(element, name)), None)
    return element


def text(element: Element | None, *path: str) -> str | None:
    """The text of the child at the end of ``path``; None where it is missing or empty."""
    found = child(element, *path)
    return None if found is None else (found.text or "").strip() or None
