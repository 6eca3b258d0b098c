"""XML along a path to records; names are told without their namespaces."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from xml.etree.ElementTree import Element

from sensors.bodies import malformed, xml_record, xml_root
from sensors.contract import RecordRefusedError
from sensors.sources.mapped.beside import Beside, choose, kept, names_outside
from sensors.sources.mapped.paths import ALL, Around, local
from sensors.sources.mapped.plan import MappingPlan

Part = Element | tuple[str, str]
Found = tuple[Around, Callable[[], bytes]]


def split_xml(payload: bytes, plan: MappingPlan) -> Iterator[Found | RecordRefusedError]:
    """The records of a body. Raises RecordRefusedError where it is none of this mapping."""
    root = xml_root(payload)
    above = {child: parent for parent in root.iter() for child in parent}
    found = next((one for path in plan.records if (one := _find(root, path.steps)) is not None), None)
    if found is None:
        raise malformed(f"XML of another shape: no {' or '.join(path.text for path in plan.records)} in it")
    beside = cache(partial(_beside, records=set(found), names=names_outside(plan)))
    for element in found:
        parents = list(_up(element, above))
        raw = xml_record(element)
        if isinstance(raw, RecordRefusedError):
            yield raw
        elif plan.needs_body:
            yield Around(element, parents, root), partial(_alone, element, parents, beside)
        else:
            yield Around(element, parents, root), partial(bytes, raw)


def _up(element: Element, above: dict[Element, Element]) -> Iterator[Element]:
    while (parent := above.get(element)) is not None:
        yield parent
        element = parent


def _find(root: Element, steps: tuple[str, ...]) -> list[Element] | None:
    """One name is meant wherever it stands; several are the way from the root, whose own name may be left out."""
    if local(root.tag) == steps[-1]:
        return [root]
    if len(steps) == 1:
        return [one for one in root.iter() if local(one.tag) == steps[0]] or None
    if local(root.tag) == steps[0]:
        steps = steps[1:]
    level = [root]
    for step in steps[:-1]:
        level = [child for one in level for child in one if step in (ALL, local(child.tag))]
        if not level:
            return None
    return [child for one in level for child in one if steps[-1] in (ALL, local(child.tag))]


def _beside(parent: Element, records: set[Element], names: frozenset[str]) -> Beside[Part]:
    """What is kept of an element around records: attributes, and children that are no records and hold none."""
    sized: list[tuple[str, int, Part]] = [
        (f"@{local(name)}", len(name) + len(value) + 4, (name, value)) for name, value in parent.attrib.items()
    ]
    for child in parent:
        is_meant = len(child) == 0 or local(child.tag) in names
        if is_meant and records.isdisjoint(child.iter()) and isinstance(raw := xml_record(child), bytes):
            sized.append((local(child.tag), len(raw), child))
    return choose(sized, names)


def _alone(element: Element, parents: list[Element], beside: Callable[[Element], Beside[Part]]) -> bytes:
    """A body of this record alone, with what its mapping reads around it, and without other records."""
    inner = element
    for parent, parts in zip(parents, kept(map(beside, parents)), strict=True):
        outer = Element(parent.tag, dict(part for part in parts if isinstance(part, tuple)))
        outer.extend(part for part in parts if isinstance(part, Element))
        outer.append(inner)
        inner = outer
    raw = xml_record(inner)
    return raw if isinstance(raw, bytes) else b""
