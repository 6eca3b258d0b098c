"""Bodies from the network into records, each with its own bytes: bounded, without entities, one error for all.

Every function raises RecordRefusedError(malformed_body) where the body as a whole cannot be read, and nothing else.
"""

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError, tostring

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from parking.words import RejectReason
from sensors.contract import RecordRefusedError
from sensors.dialect import TableLine, as_utf8, decode_text, split_table, xml_as_utf8
from sensors.reading.projections import stated_system

MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_VALUES = 3_000_000
"""Elements and attributes of one body that is read as a tree; each costs some hundred bytes, whatever it says."""
MAX_DETAIL = 200
JSON_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_XML_ERRORS = (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError)

_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_raw_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_object = msgspec.json.Decoder(dict[str, object])


class JsonRecord(NamedTuple):
    """One object of a body: its own bytes, and its fields."""

    raw: bytes
    fields: dict[str, object]


class CsvRecord(NamedTuple):
    """One line of a table: the header and the line, so that it can be read again alone, and its cells by column."""

    raw: bytes
    fields: dict[str, str]


def malformed(detail: str) -> RecordRefusedError:
    """The error that refuses a whole body."""
    return RecordRefusedError(RejectReason.MALFORMED_BODY, detail[:MAX_DETAIL])


def require_size(payload: bytes) -> None:
    """Refuse a body that is larger than any source of ours sends."""
    if len(payload) > MAX_BODY_BYTES:
        raise malformed(f"{len(payload)} bytes; at most {MAX_BODY_BYTES} are read")


def require_values(payload: bytes, *marks: bytes) -> None:
    """Refuse a body with more values than any publication has, told by the marks before them, unread."""
    require_size(payload)
    if (count := sum(map(payload.count, marks))) > MAX_VALUES:
        raise malformed(f"some {count} values; at most {MAX_VALUES} are read: ask for a smaller publication")


def json_records(payload: bytes, *path: str) -> Iterator[JsonRecord | RecordRefusedError]:
    """The objects of the JSON list that lies under the keys of ``path``; what is no object comes as its own refusal."""
    return map(read_record, json_list(payload, *path))


def json_list(payload: bytes, *path: str) -> list[msgspec.Raw]:
    """The items of the JSON list under the keys of ``path``, unread."""
    require_size(payload)
    body = msgspec.Raw(as_utf8(payload))
    try:
        for name in path:
            body = _raw_object.decode(body)[name]
        return _raw_list.decode(body)
    except KeyError as error:
        raise malformed(f"JSON of an unknown shape: no {error} in it") from error
    except JSON_ERRORS as error:
        raise malformed(f"not readable as JSON: {error}") from error


class _Collection(msgspec.Struct):
    crs: object = None


def geojson_system(payload: bytes) -> object:
    """The reference system that a GeoJSON collection states for all its geometries; None for degrees."""
    try:
        return stated_system(msgspec.json.decode(as_utf8(payload), type=_Collection).crs)
    except JSON_ERRORS:
        return None


def read_record(raw: msgspec.Raw) -> JsonRecord | RecordRefusedError:
    """One item of a list as a record, or as the error that refuses it."""
    try:
        return JsonRecord(bytes(raw), _object.decode(raw))
    except JSON_ERRORS as error:
        return RecordRefusedError(RejectReason.MALFORMED_RECORD, f"not a record: {error}"[:MAX_DETAIL], raw=bytes(raw))


def xml_root(payload: bytes) -> Element:
    """The root of an XML body without DTD and entities. It may be nested deeply: look at what you use alone.

    A body that is not in the encoding which it names (or none: UTF-8) is read as what its bytes are.
    """
    require_values(payload, b"<", b"=")
    try:
        return _parse_xml(payload)
    except _XML_ERRORS as error:
        first = error
    try:
        return _parse_xml(xml_as_utf8(payload))
    except _XML_ERRORS:
        raise malformed(f"not well-formed XML: {first}") from first


def _parse_xml(body: bytes) -> Element:
    root: Element = fromstring(body, forbid_dtd=True)
    return root


def xml_record(element: Element) -> bytes | RecordRefusedError:
    """The bytes of one element, or the error that refuses one nested too deeply to be a record."""
    try:
        return bytes(tostring(element, encoding="utf-8")).strip()
    except RecursionError:
        return RecordRefusedError(RejectReason.MALFORMED_RECORD, "elements are nested too deeply to be a record")


def csv_records(payload: bytes) -> tuple[list[str], Iterator[CsvRecord | RecordRefusedError]]:
    """The columns of a table, and its lines; a line that does not fit the header comes as its own refusal.

    Encoding, separator and quotes are told as ``sensors.dialect`` does: a stray quote costs its own line.
    """
    require_size(payload)
    table = split_table(decode_text(payload))
    columns = [name.strip() for name in table.columns]
    if not any(columns) or len(set(columns)) != len(columns):
        raise malformed("the header cannot be split, or a column stands in it twice")
    return columns, (_csv_record(table.head, columns, row) for row in table.rows)


def _csv_record(head: str, columns: list[str], row: TableLine) -> CsvRecord | RecordRefusedError:
    raw, cells = f"{head}\n{row.text}".encode(), row.cells
    if cells is None or len(cells) != len(columns):
        found = "cannot be split into" if cells is None else f"has {len(cells)} of"
        detail = f"line {found} {len(columns)} cells: look at its quotes and separators"
        return RecordRefusedError(RejectReason.MALFORMED_RECORD, detail, raw=raw)
    return CsvRecord(raw, dict(zip(columns, cells, strict=True)))
