"""Who was given which roles: systems by a token of the settings, people by what their identity provider says."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from parking.desk.operators import EVERY_CITY, Operator, Role

OF_TOKENS = "token:"
"""What stands before the name of a system in its subject."""


class Grant(NamedTuple):
    """Roles in some cities; without cities, in all that this placelibre knows."""

    roles: frozenset[Role]
    cities: tuple[str, ...] = ()


def add_up(grants: Iterable[Grant]) -> dict[str, frozenset[Role]]:
    """Roles by city, of somebody who was given all of these."""
    held: dict[str, frozenset[Role]] = {}
    for grant in grants:
        for city in grant.cities or (EVERY_CITY,):
            held[city] = held.get(city, frozenset()) | grant.roles
    return held


class TokenHolders:
    """Other systems, each with a name, a bearer token and what it was given. Never printed."""

    def __init__(self, holders: Mapping[str, tuple[str, Grant]]) -> None:
        self._holders = [(name, _digest(token), grant) for name, (token, grant) in holders.items() if token]

    def find(self, token: str) -> Operator | None:
        """Whose token it is. All are compared, each in constant time, so that time tells nothing."""
        given = _digest(token)
        found = [(name, grant) for name, known, grant in self._holders if hmac.compare_digest(given, known)]
        if not found:
            return None
        name, grant = found[0]
        return Operator(name=name, subject=OF_TOKENS + name, roles=add_up([grant]))

    def __len__(self) -> int:
        return len(self._holders)


def _digest(token: str) -> bytes:
    """Equal lengths, so that a comparison does not tell how long a token is."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
