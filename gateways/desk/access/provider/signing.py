"""Coming in by an identity provider, and going out of it: /login, /callback, /logout, /signed-out."""

import logging
from datetime import timedelta

import msgspec
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateways.desk.access.door import Door
from gateways.desk.access.front import local_path
from gateways.desk.access.keeping import SessionKeeping, digest_of
from gateways.desk.access.local_link import LocalLinks
from gateways.desk.access.provider.client import IdentityProvider, PendingSignIn, Vouched, new_pending
from gateways.desk.access.provider.discovery import ProviderTroubleError, RefusedByProviderError
from gateways.desk.access.provider.id_tokens import BadTokenError
from gateways.desk.access.provider.people import RENEWED_EVERY_S
from gateways.desk.access.provider.sealing import seal, unseal
from gateways.desk.access.sessions import SESSION_LASTS_S, Session, SignedInBy, new_id, read_id, start_session
from gateways.desk.access.signing_in import SigningIn, notice

log = logging.getLogger(__name__)
LOGIN_COOKIE = "placelibre_login"
SIGN_IN_WITHIN_S = 600.0
WITHOUT_RENEWAL_S = 3600.0
"""A session lasts so long where the provider gives no refresh token: nobody can ask it whether the person still may."""

MAX_CODE = 4_096
_NO_STORE = {"Cache-Control": "no-store"}


class SigningInByProvider(SigningIn):
    """The endpoints where a provider is set; the local link is good for nothing there."""

    def __init__(self, door: Door, links: LocalLinks, provider: IdentityProvider, kept: SessionKeeping) -> None:
        super().__init__(door, links)
        self._provider, self._kept = provider, kept

    async def login(self, request: Request) -> Response:
        """GET /login?next=PATH: to the provider."""
        front = self._door.front
        there = local_path(request.query_params.get("next", "/"))
        browser, state = read_id(front.read_cookie(request, LOGIN_COOKIE)) or new_id(), new_id()
        pending = new_pending(digest_of(browser), f"{front.origin(request)}/callback", there)
        try:
            address = await self._provider.begin(pending, state)
            await self._kept.put(_key(state), msgspec.json.encode(pending), SIGN_IN_WITHIN_S)
        except ProviderTroubleError as trouble:
            return _trouble(trouble)
        except (RedisError, OSError, TimeoutError):
            return notice("signin.away", 503)
        response = RedirectResponse(address, 303, _NO_STORE)
        front.set_cookie(request, response, LOGIN_COOKIE, browser, SIGN_IN_WITHIN_S)
        return response

    async def local(self, request: Request) -> Response:
        """GET /local/{once}: of no use."""
        return notice("signin.no_link", 403)

    async def callback(self, request: Request) -> Response:
        """GET /callback: back from the provider. A state counts once, and in the browser that it was made for."""
        query = request.query_params
        try:
            pending = await self._take(request)
            if pending is None:
                return notice("signin.not_begun", 403)
            await self._require_issuer(query.get("iss"))
            if "error" in query or not 0 < len(query.get("code", "")) <= MAX_CODE:
                return notice("signin.refused", 403)
            vouched = await self._provider.finish(pending, query["code"])
            return await self._welcome(request, vouched, pending.there)
        except ProviderTroubleError as trouble:
            return _trouble(trouble)
        except (BadTokenError, RefusedByProviderError) as error:
            log.warning("a sign-in was refused: %s", error)
            return notice("signin.not_believed", 403)
        except (RedisError, OSError, TimeoutError):
            return notice("signin.away", 503)

    async def logout(self, request: Request) -> Response:
        """POST /logout: the session ends here; then the browser goes to sign out at the provider."""
        session_id = read_id(self._door.cookie_of(request))
        session = await self.leave(request)
        there = "/signed-out"
        if session is not None and session_id is not None:
            there = await self._leave_provider(request, session, session_id)
        return self.gone(request, there)

    async def _take(self, request: Request) -> PendingSignIn | None:
        state = read_id(request.query_params.get("state", ""))
        browser = self._door.front.read_cookie(request, LOGIN_COOKIE)
        if state is None or read_id(browser) is None:
            return None
        found = await self._kept.find(_key(state))
        pending = msgspec.json.decode(found, type=PendingSignIn) if found else None
        if pending is None or pending.browser != digest_of(browser):
            return None  # it is not this browser's to use up
        return pending if await self._kept.take(_key(state)) else None

    async def _require_issuer(self, said: str | None) -> None:
        """RFC 9207: which provider sends the browser back."""
        metadata = await self._provider.discovery.metadata()
        missing = said is None and metadata.authorization_response_iss_parameter_supported
        if missing or (said is not None and said != metadata.issuer):
            raise BadTokenError("another provider sent the browser back")

    async def _welcome(self, request: Request, vouched: Vouched, there: str) -> Response:
        person, now = vouched.person, self._door.sessions.now()
        assert person is not None
        if not person.claims:
            return notice("signin.no_role", 403, name=person.name, claim=self._provider.setup.roles_claim)
        id_ = new_id()
        lasts_s = SESSION_LASTS_S if vouched.refresh_token else WITHOUT_RENEWAL_S
        session = start_session(person.subject, person.name, SignedInBy.PROVIDER, now, lasts_s)
        if vouched.refresh_token:
            session = msgspec.structs.replace(
                session,
                renewal=seal(vouched.refresh_token, id_),
                renew_at=now + timedelta(seconds=RENEWED_EVERY_S),
            )
        session = msgspec.structs.replace(session, claims=person.claims)
        return await self.come_in(request, session, there, id_)

    async def _leave_provider(self, request: Request, session: Session, id_: str) -> str:
        try:
            if session.renewal and (token := unseal(session.renewal, id_)):
                await self._provider.revoke(token)
            back = f"{self._door.front.origin(request)}/signed-out"
            return await self._provider.find_logout(back) or "/signed-out"
        except (ProviderTroubleError, RefusedByProviderError) as error:
            log.warning("a session ended here, and could not be ended at the provider: %s", error)
            return "/signed-out"


def _trouble(trouble: ProviderTroubleError) -> Response:
    log.warning("the identity provider is in trouble, and nobody can sign in: %s", trouble)
    return notice("signin.provider_away", 503, why=str(trouble))


def _key(state: str) -> str:
    return digest_of(f"state:{state}")
