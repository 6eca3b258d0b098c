"""What counts here of what an ID token says: an unchanging id, a name as author, and values that give roles."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from parking.desk.operators import MAX_NAME
from parking.printable import visible


class Person(NamedTuple):
    """Somebody whom the provider knows. ``claims`` are the values of the claim that give a role here, and no others."""

    subject: str
    name: str
    claims: tuple[str, ...]


def person_of(said: Mapping[str, Any], name_claim: str, roles_claim: str, known: Collection[str]) -> Person:
    """The person of these claims. A name that is missing or cannot be read is the subject, which is unique."""
    name = said.get(name_claim)
    fit = isinstance(name, str) and name.strip() and name.isprintable() and len(name) <= MAX_NAME
    subject = str(said["sub"])
    values = _values(said, roles_claim)
    return Person(subject, visible(str(name).strip() if fit else subject[:MAX_NAME]), _among(values, known))


def _among(values: list[Any], known: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if isinstance(value, str) and value in known}))


def _values(said: Mapping[str, Any], path: str) -> list[Any]:
    """By its whole name, for some have dots in them; else by steps, as ``realm_access.roles``."""
    found: Any = said.get(path)
    if found is None:
        found = said
        for step in path.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
    return found if isinstance(found, list) else [found]
