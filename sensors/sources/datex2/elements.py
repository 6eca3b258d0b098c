"""Elements of a publication by their local names: namespaces and prefixes differ from publisher to publisher."""

from xml.etree.ElementTree import Element

_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def type_of(element: Element) -> str:
    """The name in its xsi:type without its prefix; empty where it has none."""
    return element.get(_TYPE, "").rpartition(":")[2].strip()


def set_type(element: Element, name: str) -> None:
    """Give it an xsi:type, as a body has it that is no XML."""
    element.set(_TYPE, name)


def children(element: Element | None, *names: str) -> list[Element]:
    """Its children of one of those local names."""
    return [] if element is None else [found for found in element if local(found) in names]


def child(element: Element | None, *path: str) -> Element | None:
    """The first child of that local name, and of that one's, and so on."""
    for name in path:
        element = next(iter(children(element, name)), None)
    return element


def text(element: Element | None, *path: str) -> str | None:
    """The text of the child at the end of ``path``; None where it is missing or empty."""
    found = child(element, *path)
    return None if found is None else (found.text or "").strip() or None


def texts(element: Element, *names: str) -> list[str]:
    """The texts of its children of those names, without the empty ones."""
    return [stated for found in children(element, *names) if (stated := (found.text or "").strip())]
