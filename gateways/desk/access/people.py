"""What the person of a session may do, by today's settings: a session remembers who somebody is, never their roles."""

from collections.abc import Mapping
from typing import Protocol

from gateways.desk.access.grants import Grant, add_up
from gateways.desk.access.sessions import Session, SignedInBy
from parking.desk.operators import Operator, Role

EVERYTHING = Grant(frozenset((Role.ADMIN,)))


class People(Protocol):
    """Finds the person of a session, or says that there is none any more."""

    async def find(self, id_: str, session: Session) -> Operator | None:
        """The person, with the roles of this moment; None ends the session. Raises RedisError, OSError."""
        ...


class LocalPeople:
    """Where no identity provider is set: whoever came by the local link, with every role."""

    async def find(self, id_: str, session: Session) -> Operator | None:
        """See People."""
        if session.way is not SignedInBy.LOCAL_LINK:
            return None
        return Operator(name=session.name, subject=session.subject, roles=add_up([EVERYTHING]))


def roles_by_claims(claims: tuple[str, ...], grants: Mapping[str, Grant]) -> dict[str, frozenset[Role]]:
    """Roles by city of somebody of whom a provider says these values."""
    return add_up(grants[value] for value in claims if value in grants)
