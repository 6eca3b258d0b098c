"""Where the records of an unknown body are, and which fields they have: for proposing a mapping."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

import msgspec

from sensors.bodies import JSON_ERRORS, csv_records, malformed, require_size, xml_root
from sensors.contract import RecordRefusedError
from sensors.dialect import as_utf8
from sensors.sources.mapped.paths import local

MAX_RECORDS = 2_000
MAX_DEPTH = 5
MAX_COLUMNS = 400
Columns = dict[str, list[object]]


class RecordShape(NamedTuple):
    """A list of records: its way, the fields of its records with their values, and what stands at the body's top."""

    format: str
    records: str
    columns: Columns
    size: int
    top: Columns


def shapes_of(body: bytes) -> list[RecordShape]:
    """Every list of records in a body. Raises RecordRefusedError where it is none of the four formats."""
    require_size(body)
    text = as_utf8(body).lstrip()
    if text.startswith(b"<"):
        return list(_xml(xml_root(text)))
    if text.startswith((b"{", b"[")):
        try:
            return list(_json(msgspec.json.decode(text)))
        except JSON_ERRORS as error:
            raise malformed(f"not readable as JSON: {error}") from error
    columns, lines = csv_records(body)
    rows = [
        line.fields
        for line, _ in zip(lines, range(MAX_RECORDS), strict=False)
        if not isinstance(line, RecordRefusedError)
    ]
    return [RecordShape("csv", "", {name: [row[name] for row in rows] for name in columns}, len(rows), {})]


def _json(body: object) -> Iterator[RecordShape]:
    if isinstance(body, dict) and isinstance(body.get("features"), list):
        features = [one for one in body["features"] if isinstance(one, dict)][:MAX_RECORDS]
        merged = [{**_object(one.get("properties")), "geometry": one.get("geometry")} for one in features]
        yield RecordShape("geojson", "", _columns(merged), len(merged), _scalars(body))
    elif isinstance(body, dict | list):
        for way, records in _lists(body, (), 0):
            yield RecordShape("json", ".".join(way), _columns(records), len(records), _scalars(body))


def _lists(
    value: object, way: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], list[dict[str, object]]]]:
    """Lists of objects, and objects whose values are objects alike, each with the way that leads to them."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, list):
        records = [one for one in value if isinstance(one, dict)][:MAX_RECORDS]
        if len(records) * 2 > len(value):
            yield way, records
            for key in dict.fromkeys(key for one in records[:20] for key in one):
                inner = [item for one in records if isinstance(one.get(key), list) for item in _items(one[key])]
                if inner:
                    yield (*way, "*", _quoted(key)), [one for one in inner if isinstance(one, dict)][:MAX_RECORDS]
    elif isinstance(value, dict):
        inside = [one for one in value.values() if isinstance(one, dict)]
        if len(inside) >= 2 and len(inside) == len(value) and set.intersection(*map(set, inside)):
            yield (*way, "*"), inside[:MAX_RECORDS]
        for key, one in list(value.items())[:MAX_COLUMNS]:
            yield from _lists(one, (*way, _quoted(key)), depth + 1)


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _quoted(name: str) -> str:
    return f'"{name}"' if "." in name or name == "*" else name


def _columns(records: Sequence[Mapping[str, object]]) -> Columns:
    found: Columns = {}
    for record in records:
        for path, value in _flat(record, "", 0):
            if len(found) < MAX_COLUMNS or path in found:
                found.setdefault(path, []).append(value)
    return found


def _flat(record: Mapping[str, object], prefix: str, depth: int) -> Iterator[tuple[str, object]]:
    for name, value in record.items():
        path = prefix + _quoted(name)
        if not name or name[0] in "^/$@" or '"' in name:
            continue
        if isinstance(value, dict) and depth < 3 and not _is_point(value):
            yield from _flat(value, path + ".", depth + 1)
        else:
            yield path, value


def _is_point(value: Mapping[str, object]) -> bool:
    return isinstance(value.get("coordinates"), list) or {"lon", "lat"} <= value.keys()


def _scalars(body: object) -> Columns:
    """What stands at the top of a body, and in objects there."""
    if not isinstance(body, dict):
        return {}
    return {path: [value] for path, value in _flat(body, "", 1) if isinstance(value, str | int | float)}


def _xml(root: Element) -> Iterator[RecordShape]:
    by_name: dict[str, list[Element]] = {}
    for element in root.iter():
        if len(element) + len(element.attrib) >= 2:
            by_name.setdefault(local(element.tag), []).append(element)
    top: Columns = {f"@{local(name)}": [value] for name, value in root.attrib.items()}
    top |= {local(child.tag): [(child.text or "").strip()] for child in root if len(child) == 0}
    for name, elements in by_name.items():
        if name and "." not in name:
            found: Columns = {}
            for element in elements[:MAX_RECORDS]:
                for path, value in _parts(element, "", 0):
                    found.setdefault(path, []).append(value)
            yield RecordShape("xml", name, found, len(elements), top)


def _parts(element: Element, prefix: str, depth: int) -> Iterator[tuple[str, object]]:
    for name, value in element.attrib.items():
        yield f"{prefix}@{local(name)}", value
    often = Counter(local(child.tag) for child in element)
    seen = set()
    for child in element:
        name, text = local(child.tag), (child.text or "").strip()
        if name in seen or not name or "." in name:
            continue
        seen.add(name)
        if len(child) == 0 and (text or often[name] == 1):
            yield prefix + name, text
        if depth < 3 and often[name] == 1:  # else these are records of their own
            yield from _parts(child, f"{prefix}{name}.", depth + 1)
