"""XML and JSON of SIRI as one tree: dicts of names, lists where a name repeats, and texts.

Names go without namespace and begin with a capital, for some publishers write ``countedFeatureUnit``. A text may stand
in ``{"value": …}``, as SIRI Lite has it, and in several languages: the first is taken.
"""

from typing import TypeAlias
from xml.etree.ElementTree import Element

Tree: TypeAlias = dict[str, object]

_DEEPEST = 12
"""Nothing of SIRI that is read here lies deeper below a delivery."""


def of_xml(element: Element, depth: int = 0) -> object:
    """An element as its text, or as a dict of its children."""
    if not len(element) or depth > _DEEPEST:
        return (element.text or "").strip()
    tree: Tree = {}
    for one in element:
        if isinstance(one.tag, str):
            _add(tree, one.tag.rpartition("}")[2], of_xml(one, depth + 1))
    return tree


def _add(tree: Tree, name: str, value: object) -> None:
    name = name[:1].upper() + name[1:]
    before = tree.get(name)
    tree[name] = value if before is None else [*before, value] if isinstance(before, list) else [before, value]


def children(tree: object, name: str) -> list[object]:
    """All that stands under a name; none where the tree is no dict."""
    if not isinstance(tree, dict):
        return []
    found = [value for key, value in tree.items() if isinstance(key, str) and key[:1].upper() + key[1:] == name]
    return [one for value in found for one in (value if isinstance(value, list) else [value])]


def child(tree: object, *path: str) -> object:
    """The first at the end of a path; None where there is none."""
    for name in path:
        tree = next(iter(children(tree, name)), None)
    return tree


def text(tree: object, *path: str) -> str | None:
    """The text or number at the end of a path, as text; None where it is missing or empty."""
    found = child(tree, *path)
    found = child(found, "Value") if isinstance(found, dict) else found
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return None
    return str(found).strip() or None
