"""DATEX II 3 in JSON, as the elements it would be in XML, so that one reader reads both.

The JSON encoding of version 3.7 names a choice by its module and type (``{"prkPlaceStatus": {…}}``), writes a word of a
closed set as ``{"value": "open"}`` and adds a G to names that are general (``idG``). Others write ``@id``, ``_type`` or
``xsi:type``, or keep the prefixes of XML (``prk:occupancy``). All of these are read.
"""

import re
from xml.etree.ElementTree import Element

import msgspec

from sensors.bodies import JSON_ERRORS, malformed, require_values
from sensors.sources.datex2.elements import set_type

MAX_DEPTH = 60
"""No publication is nested deeper; a body that is, is no publication."""

_CHOICE = re.compile(r"(?:prk|fac|com|loc|mc|con|d2|roa)_?([A-Z]\w*)")
_ATTRIBUTES = {
    "id", "version", "groupIndex", "index", "parkingSpaceIndex", "targetClass", "lang", "modelBaseVersion",
    "extensionName", "extensionVersion", "profileName", "profileVersion",
}  # fmt: skip
_TYPES = {"_type", "xsi:type", "@xsi:type", "@type"}


def json_root(payload: bytes) -> Element:
    """The root of a JSON body. Raises RecordRefusedError(malformed_body) for what is none, too deep or too large."""
    require_values(payload, b"{", b"[", b",")
    try:
        body = msgspec.json.decode(payload)
    except JSON_ERRORS as error:
        raise malformed(f"not readable as JSON: {error}") from error
    fields = body if isinstance(body, dict) else {"payload": body}
    root = Element("payload" if "publicationTime" in fields else "messageContainer")
    _fill(root, fields, 0)
    return root


def _fill(parent: Element, fields: dict[str, object], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise malformed(f"JSON nested deeper than {MAX_DEPTH}: no publication is")
    for key, value in fields.items():
        name = _plain(key)
        if _CHOICE.fullmatch(key) and key.endswith("Publication"):
            _add(parent, "payload", {key: value}, depth)
        elif key in _TYPES and isinstance(value, str):
            set_type(parent, value)
        elif name in _ATTRIBUTES and isinstance(value, str | int):
            parent.set(name, str(value))
        elif name in ("value", "#text", "_text") and not isinstance(value, dict | list):
            parent.text = _written(value)
        else:
            for item in value if isinstance(value, list) else [value]:
                _add(parent, name, item, depth)


def _add(parent: Element, name: str, item: object, depth: int) -> None:
    element = Element(name)
    parent.append(element)
    if not isinstance(item, dict):
        element.text = None if isinstance(item, list) else _written(item)
        return
    if len(item) == 1:
        key, inner = next(iter(item.items()))
        choice = _CHOICE.fullmatch(key)
        if choice is not None and isinstance(inner, dict):
            set_type(element, choice[1])
            item = inner
    _fill(element, item, depth + 1)


def _plain(key: str) -> str:
    """A name without its prefix, its @ or _ before, and the G after it; always one that XML could have."""
    if key in ("#text", "_text"):
        return key
    bare = re.sub(r"^[^A-Za-z]+|[^\w.-]", "", key.rpartition(":")[2]) or "unnamed"
    return bare[:-1] if re.search(r"[a-z]G$", bare) else bare


def _written(value: object) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
