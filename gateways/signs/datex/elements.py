"""Elements of DATEX II v3.7 with their namespaces: small builders, no decision. ElementTree escapes what is said."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

_BASE = "http://datex2.eu/schema/3/"
_NAMESPACES = {
    "d2": _BASE + "d2Payload",
    "com": _BASE + "common",
    "loc": _BASE + "locationReferencing",
    "vms": _BASE + "vms",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAX_STRING = 1024


class Publisher(NamedTuple):
    """Who publishes: two letters of the country, and the name that is its own there; ``language`` of what is said."""

    country: str
    identifier: str
    language: str = "fr"


def start_payload(kind: str, publisher: Publisher, now: datetime, information: str) -> Element:
    """The root of a publication: its time, its creator, and whether it is ``real`` or a ``test``."""
    root = Element("d2:payload", {"xsi:type": f"vms:{kind}", "lang": publisher.language, "modelBaseVersion": "3"})
    for prefix, uri in _NAMESPACES.items():
        root.set(f"xmlns:{prefix}", uri)
    add(root, "com:publicationTime", now)
    creator = add(root, "com:publicationCreator")
    add(creator, "com:country", publisher.country)
    add(creator, "com:nationalIdentifier", publisher.identifier)
    header = add(root, "vms:headerInformation")
    add(header, "com:confidentiality", "noRestriction")
    add(header, "com:informationStatus", information)
    return root


def add(
    parent: Element, tag: str, said: str | float | bool | datetime | None = None, attributes: Mapping[str, str] = {}
) -> Element:
    """An element with what it says, in the schema's forms; characters that no XML can hold become U+FFFD."""
    element = SubElement(parent, tag, {name: clean_text(value) for name, value in attributes.items()})
    if said is not None:
        element.text = _said(said)
    return element


def add_texts(parent: Element, tag: str, texts: Mapping[str, str]) -> None:
    """A MultilingualString: texts by language."""
    values = add(add(parent, tag), "com:values")
    for language, text in texts.items():
        add(values, "com:value", text, {"lang": language})


def finish(root: Element) -> bytes:
    """The document."""
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def clean_text(text: str) -> str:
    """What XML can hold of a text, as long as the schema lets it be."""
    return _NO_XML.sub("\ufffd", text)[:_MAX_STRING]


def _said(said: str | float | bool | datetime) -> str:
    if isinstance(said, bool):
        return "true" if said else "false"
    if isinstance(said, datetime):
        return said.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return clean_text(said) if isinstance(said, str) else repr(said)
