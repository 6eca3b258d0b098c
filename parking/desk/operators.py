"""Who is at the desk, and what that person may do there."""

from enum import StrEnum

import msgspec

MAX_NAME = 120


class Role(StrEnum):
    """What somebody may do, of one city. ``ADMIN`` may all of it; everybody who may anything may look."""

    VIEW = "view"
    OPERATE = "operate"
    SIGNS = "signs"
    CATALOGUE = "catalogue"
    ADMIN = "admin"


EVERY_CITY = "*"
"""In the place of a tenant: all of them."""


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """A person, or another system, by whose word the desk acts.

    ``name`` is what stands as author in Kafka, as the identity provider or the setting of tokens says it: never a
    word of a request's body. ``subject`` is its unchanging id there. ``roles`` are by tenant (``EVERY_CITY``: all).
    """

    name: str
    subject: str
    roles: dict[str, frozenset[Role]] = {}

    def may(self, role: Role, tenant: str) -> bool:
        """Whether this may be done in that city."""
        held = self.roles.get(tenant, frozenset()) | self.roles.get(EVERY_CITY, frozenset())
        return bool(held) and (role is Role.VIEW or role in held or Role.ADMIN in held)
