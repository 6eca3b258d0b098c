"""People whom a provider knows: what they may do now, and asking every few minutes whether it still knows them."""

import logging
from datetime import datetime, timedelta

import msgspec

from gateways.desk.access.keeping import SessionKeeping, digest_of
from gateways.desk.access.people import roles_by_claims
from gateways.desk.access.provider.client import IdentityProvider, Vouched
from gateways.desk.access.provider.discovery import ProviderTroubleError, RefusedByProviderError
from gateways.desk.access.provider.id_tokens import BadTokenError
from gateways.desk.access.provider.sealing import seal, unseal
from gateways.desk.access.sessions import Session, Sessions, SignedInBy
from parking.desk.operators import Operator
from serving.problems import ProblemDocument

log = logging.getLogger(__name__)
RENEWED_EVERY_S = 300.0
WITHOUT_PROVIDER_S = 600.0
"""So long somebody who is in stays in while the provider does not answer; nobody new comes in meanwhile."""

RENEWAL_TAKES_S = 20.0


class ProviderPeople:
    """See ``People``. Of several requests at once, in several gateways, one asks; the others go by what was known."""

    def __init__(self, provider: IdentityProvider, sessions: Sessions, kept: SessionKeeping) -> None:
        self._provider, self._sessions, self._kept = provider, sessions, kept

    async def find(self, id_: str, session: Session) -> Operator | None:
        """See People. Raises ProblemDocument where the provider has been away for too long."""
        if session.way is not SignedInBy.PROVIDER:
            return None
        now = self._sessions.now()
        if session.renew_at is not None and now >= session.renew_at:
            renewed = await self._renewed(id_, session)
            if renewed is None:
                return None
            session = renewed
        roles = roles_by_claims(session.claims, self._provider.setup.grants)
        return Operator(name=session.name, subject=session.subject, roles=roles)

    async def _renewed(self, id_: str, session: Session) -> Session | None:
        if not await self._kept.put_first(digest_of(f"renewing:{id_}"), RENEWAL_TAKES_S):
            return self._while_away(session)
        token = unseal(session.renewal, id_)
        try:
            vouched = await self._provider.renew(token, session.subject) if token else None
        except (RefusedByProviderError, BadTokenError) as error:
            log.warning("a session ends, for the provider does not vouch for it any more: %s", error)
            vouched = None
        except ProviderTroubleError as error:
            log.warning("the identity provider cannot be asked whether sessions still hold: %s", error)
            return self._while_away(session)
        if vouched is None:
            await self._sessions.end(id_, session)
            return None
        renewed = _renew(session, id_, vouched, self._sessions.now())
        if not await self._sessions.change(id_, renewed):
            return None
        await self._kept.drop(digest_of(f"renewing:{id_}"))
        return renewed

    def _while_away(self, session: Session) -> Session:
        assert session.renew_at is not None
        if self._sessions.now() < session.renew_at + timedelta(seconds=WITHOUT_PROVIDER_S):
            return session
        minutes = round(WITHOUT_PROVIDER_S / 60)
        detail = f"the identity provider has not answered for {minutes} minutes, so nobody is believed to be in"
        raise ProblemDocument(503, "Not known now", detail, headers={"Retry-After": "30"})


def _renew(session: Session, id_: str, vouched: Vouched, now: datetime) -> Session:
    """What the provider says of the person now; their name stays, for it is the author of what they have begun."""
    claims = session.claims if vouched.person is None else vouched.person.claims
    renewal = seal(vouched.refresh_token, id_) if vouched.refresh_token else session.renewal
    renew_at = now + timedelta(seconds=RENEWED_EVERY_S)
    return msgspec.structs.replace(session, claims=claims, renewal=renewal, renew_at=renew_at)
