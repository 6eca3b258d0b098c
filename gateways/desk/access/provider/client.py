"""A sign-in at an identity provider: OpenID Connect's code flow with PKCE, and asking again whether it still holds.

Tokens go from the provider to us, never through a browser: of the access token nothing is needed, the ID token is read
and forgotten, the refresh token is sealed.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec

from gateways.desk.access.provider.discovery import Discovery, ProviderMetadata, ProviderTroubleError
from gateways.desk.access.provider.id_tokens import BadTokenError, Expected, kid_of, read_id_token
from gateways.desk.access.provider.identity import Person, person_of
from gateways.desk.access.provider.setup import ProviderSetup


class PendingSignIn(msgspec.Struct, frozen=True):
    """What is kept of a sign-in that has begun: only the browser that began it can end it, and once."""

    browser: str
    nonce: str
    verifier: str
    redirect_uri: str
    there: str


class TokenAnswer(msgspec.Struct, frozen=True):
    """What the token endpoint says."""

    id_token: str | None = None
    access_token: str | None = None
    refresh_token: str | None = None


class Vouched(NamedTuple):
    """For whom the provider vouches now. ``person`` is None where a renewal says nothing new of them."""

    person: Person | None
    refresh_token: str | None


class IdentityProvider:
    """One provider and one client of it."""

    def __init__(self, setup: ProviderSetup, discovery: Discovery, now: Callable[[], datetime]) -> None:
        self.setup, self.discovery, self._now = setup, discovery, now

    async def begin(self, pending: PendingSignIn, state: str) -> str:
        """The address to which the browser goes. Raises ProviderTroubleError."""
        metadata = await self.discovery.metadata()
        asked = {
            "response_type": "code",
            "client_id": self.setup.client_id,
            "redirect_uri": pending.redirect_uri,
            "scope": " ".join(self.setup.scopes),
            "state": state,
            "nonce": pending.nonce,
            "code_challenge": challenge_of(pending.verifier),
            "code_challenge_method": "S256",
        }
        return extend(metadata.authorization_endpoint, asked)

    async def finish(self, pending: PendingSignIn, code: str) -> Vouched:
        """Who came back with that code. Raises ProviderTroubleError, RefusedByProviderError, BadTokenError."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": pending.redirect_uri}
        answer = await self._ask_token(form | {"code_verifier": pending.verifier})
        if answer.id_token is None:
            raise ProviderTroubleError("it gives no ID token: is openid among the scopes?")
        return Vouched(await self._person(answer, pending.nonce), answer.refresh_token)

    async def renew(self, refresh_token: str, subject: str) -> Vouched:
        """Whether that person may still come in. Raises as ``finish``; RefusedByProviderError: not any more."""
        answer = await self._ask_token({"grant_type": "refresh_token", "refresh_token": refresh_token})
        person = await self._person(answer, None) if answer.id_token else None
        if person is not None and person.subject != subject:
            raise BadTokenError("the renewed token is another person's")
        return Vouched(person, answer.refresh_token or refresh_token)

    async def revoke(self, refresh_token: str) -> None:
        """Let the provider forget it. Raises ProviderTroubleError, RefusedByProviderError."""
        metadata = await self.discovery.metadata()
        if metadata.revocation_endpoint:
            form = {"token": refresh_token, "token_type_hint": "refresh_token"}
            await self._post(metadata, metadata.revocation_endpoint, form)

    async def find_logout(self, back: str) -> str | None:
        """Where a browser signs out at the provider too; without a token in the address, so it may ask the person."""
        metadata = await self.discovery.metadata()
        if metadata.end_session_endpoint is None:
            return None
        told = {"client_id": self.setup.client_id, "post_logout_redirect_uri": back}
        return extend(metadata.end_session_endpoint, told)

    async def _person(self, answer: TokenAnswer, nonce: str | None) -> Person:
        expected = Expected(
            self.setup.issuer, self.setup.client_id, nonce, answer.access_token, self._now()
        )  # fmt: skip
        token = answer.id_token or ""
        keys, kid = await self.discovery.keys(), kid_of(token)
        if kid is not None and kid not in {key.kid for key in keys.keys}:
            keys = await self.discovery.keys(unknown_kid=True)
        claims: Mapping[str, Any] = read_id_token(token, keys, expected)
        return person_of(claims, self.setup.name_claim, self.setup.roles_claim, self.setup.grants)

    async def _ask_token(self, form: dict[str, str]) -> TokenAnswer:
        metadata = await self.discovery.metadata()
        body = await self._post(metadata, metadata.token_endpoint, form)
        try:
            return msgspec.json.decode(body, type=TokenAnswer)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise ProviderTroubleError("what its token endpoint says cannot be read") from None

    async def _post(self, metadata: ProviderMetadata, address: str, form: dict[str, str]) -> bytes:
        """As the client: with its secret in the header, or in the form where the provider knows nothing else."""
        setup, ways = self.setup, metadata.token_endpoint_auth_methods_supported
        if setup.secret and ("client_secret_basic" in ways or "client_secret_post" not in ways):
            return await self.discovery.fetch("POST", address, form, basic=(setup.client_id, setup.secret))
        more = {"client_id": setup.client_id} | ({"client_secret": setup.secret} if setup.secret else {})
        return await self.discovery.fetch("POST", address, form | more)


def new_pending(browser: str, redirect_uri: str, there: str) -> PendingSignIn:
    """A sign-in that begins now."""
    return PendingSignIn(browser, secrets.token_urlsafe(32), secrets.token_urlsafe(64), redirect_uri, there)


def challenge_of(verifier: str) -> str:
    """RFC 7636, S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def extend(address: str, told: Mapping[str, str]) -> str:
    """An address with more in its query."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(told)}"
