"""Deliveries of SIRI, versions 1.3 to 2.1, in XML (bare or in SOAP) or in JSON (SIRI Lite), into facility conditions.

    Siri / ServiceDelivery               ResponseTimestamp
      FacilityMonitoringDelivery         ResponseTimestamp, Status, ErrorCondition
        FacilityCondition …              FacilityRef or Facility, FacilityStatus, MonitoredCounting …, ValidityPeriod

A refused condition keeps a delivery with its time around it, so that its bytes can be read again alone.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

import msgspec

from sensors.bodies import JSON_ERRORS, malformed, require_size, xml_record, xml_root
from sensors.contract import RecordRefusedError
from sensors.dialect import as_utf8
from sensors.reading.texts import required_id
from sensors.sources.siri_fm.tree import Tree, child, children, of_xml, text

_DELIVERY, _CONDITION, _STAMP = "FacilityMonitoringDelivery", "FacilityCondition", "ResponseTimestamp"
_NAMESPACE = "http://www.siri.org.uk/siri"


class Condition(NamedTuple):
    """What is said of one facility: its own bytes, when the delivery was made, as stated, and the tree of it."""

    own: bytes
    stated_at: str | None
    is_json: bool
    tree: Tree

    @property
    def raw(self) -> bytes:
        """A delivery of it alone."""
        return join([self])

    @property
    def name(self) -> str | None:
        """The facility's id as it is written, by reference or described here; None where there is none."""
        return text(self.tree, "FacilityRef") or text(self.tree, "Facility", "FacilityCode")

    def identify(self) -> str:
        """Its id. Raises RecordRefusedError."""
        return required_id(self.name, "FacilityRef")


def join(conditions: Sequence[Condition]) -> bytes:
    """One delivery of several conditions, with the time of the first; of one kind, as a body is."""
    stated = conditions[0].stated_at or ""
    if conditions[0].is_json:
        head = b'{"Siri":{"ServiceDelivery":{"FacilityMonitoringDelivery":[{"ResponseTimestamp":'
        inner = b",".join(one.own for one in conditions)
        return head + msgspec.json.encode(stated) + b',"FacilityCondition":[' + inner + b"]}]}}}"
    head = f'<Siri xmlns="{_NAMESPACE}"><ServiceDelivery><{_DELIVERY}><{_STAMP}>{escape(stated)}</{_STAMP}>'.encode()
    return head + b"".join(one.own for one in conditions) + f"</{_DELIVERY}></ServiceDelivery></Siri>".encode()


def split(payload: bytes) -> Iterator[Condition | RecordRefusedError]:
    """The conditions of a body. Raises RecordRefusedError where it has no delivery of facilities, or says an error."""
    payload = as_utf8(payload)
    return _of_json(payload) if payload.lstrip()[:1] in (b"{", b"[") else _of_xml(payload)


def _of_json(payload: bytes) -> Iterator[Condition | RecordRefusedError]:
    require_size(payload)
    try:
        body = msgspec.json.decode(payload)
    except JSON_ERRORS as error:
        raise malformed(f"not readable as JSON: {error}") from error
    inner = child(body, "Siri") or body
    service = child(inner, "ServiceDelivery") or inner
    deliveries = children(service, _DELIVERY)
    if not deliveries:
        raise malformed(f"JSON without a {_DELIVERY} of SIRI")
    for delivery in deliveries:
        _require_success(delivery)
        stated = text(delivery, _STAMP) or text(service, _STAMP)
        for one in children(delivery, _CONDITION):
            own = msgspec.json.encode(one)
            yield _record(own, stated, True, one)


def _of_xml(payload: bytes) -> Iterator[Condition | RecordRefusedError]:
    root = xml_root(payload)
    stated_above = None
    found = False
    for element in root.iter():
        name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        if name == _STAMP and stated_above is None:
            stated_above = (element.text or "").strip() or None
        if name != _DELIVERY:
            continue
        found = True
        parts = [(one.tag.rpartition("}")[2], one) for one in element if isinstance(one.tag, str)]
        about = {part: of_xml(one) for part, one in parts if part != _CONDITION}
        _require_success(about)
        for part, one in parts:
            if part == _CONDITION:
                own = xml_record(one)
                stated = text(about, _STAMP) or stated_above
                yield own if isinstance(own, RecordRefusedError) else _record(own, stated, False, of_xml(one))
    if not found:
        raise malformed(f"XML without a {_DELIVERY} of SIRI")


def _record(own: bytes, stated: str | None, is_json: bool, tree: object) -> Condition:
    return Condition(own, stated, is_json, tree if isinstance(tree, dict) else {})


def _require_success(delivery: object) -> None:
    error = child(delivery, "ErrorCondition")
    if (text(delivery, "Status") or "").casefold() == "false" or error is not None:
        detail = text(error, "Description") or text(error, "OtherError", "ErrorText") or "no reason given"
        raise malformed(f"the server could not answer: {detail}")
