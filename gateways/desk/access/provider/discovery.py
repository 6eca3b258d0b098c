"""What an OpenID provider says of itself, and its keys: fetched when needed, kept a while, fetched again for a new key.

Nothing that it says is followed to another scheme than https, but on this machine.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateways.desk.access.provider.setup import is_safe_address
from parking.errors import ParkingError

log = logging.getLogger(__name__)
METADATA_KEPT_S = 3600.0
KEYS_KEPT_S = 3600.0
KEYS_AGAIN_S = 10.0
"""An unknown key lets the keys be fetched again, but no oftener than that: anybody can name one."""

MAX_ANSWER_BYTES = 1_000_000
_ASYMMETRIC = frozenset(("RSA", "EC", "OKP"))
T = TypeVar("T")


class ProviderTroubleError(ParkingError):
    """The identity provider does not answer, or not with what it should; nobody is let in by that."""


class ProviderMetadata(msgspec.Struct, frozen=True):
    """What we need of OpenID Connect Discovery 1.0 (and RFC 8414, 9207 and RP-Initiated Logout)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    revocation_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] = msgspec.field(default_factory=lambda: ["client_secret_basic"])
    code_challenge_methods_supported: list[str] = msgspec.field(default_factory=list)
    authorization_response_iss_parameter_supported: bool = False

    def addresses(self) -> list[str]:
        """All addresses that we, or a browser, may be sent to."""
        told = (self.authorization_endpoint, self.token_endpoint, self.jwks_uri)
        return [*told, *(one for one in (self.end_session_endpoint, self.revocation_endpoint) if one)]


class Discovery:
    """The provider's metadata and keys, over a client that follows no redirects."""

    def __init__(self, issuer: str, client: httpx.AsyncClient, now: Callable[[], float] = time.monotonic) -> None:
        self.issuer, self._client, self._now = issuer, client, now
        self._metadata: tuple[float, ProviderMetadata] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._fetching = asyncio.Lock()

    async def metadata(self) -> ProviderMetadata:
        """What it says of itself, an hour old at most. Raises ProviderTroubleError."""
        async with self._fetching:
            if self._metadata is None or self._now() - self._metadata[0] > METADATA_KEPT_S:
                address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
                found = _read(await self.fetch("GET", address), ProviderMetadata)
                self._require_sound(found)
                self._metadata = (self._now(), found)
            return self._metadata[1]

    async def keys(self, unknown_kid: bool = False) -> KeySet:
        """Its keys; fetched again where a token names one that is not among them. Raises ProviderTroubleError."""
        metadata = await self.metadata()
        async with self._fetching:
            age_s = self._now() - self._keys[0] if self._keys else float("inf")
            if self._keys is None or age_s > (KEYS_AGAIN_S if unknown_kid else KEYS_KEPT_S):
                self._keys = (self._now(), _keys_in(await self.fetch("GET", metadata.jwks_uri)))
            return self._keys[1]

    async def fetch(
        self, method: str, address: str, form: Mapping[str, str] | None = None, basic: tuple[str, str] | None = None
    ) -> bytes:
        """A body of 200. Raises ProviderTroubleError; for an OAuth error its code is ``error``."""
        auth = httpx.BasicAuth(*basic) if basic else None
        try:
            async with self._client.stream(
                method, address, data=form, auth=auth, headers={"accept": "application/json"}
            ) as reply:
                body = b""
                async for part in reply.aiter_bytes():
                    body += part
                    if len(body) > MAX_ANSWER_BYTES:
                        raise ProviderTroubleError(f"the provider's answer is longer than {MAX_ANSWER_BYTES} bytes")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise ProviderTroubleError(f"{_host(address)} does not answer ({type(error).__name__})") from None
        if reply.status_code == 200:
            return body
        if reply.status_code in (400, 401) and (code := _error_in(body)):
            raise RefusedByProviderError(code)
        raise ProviderTroubleError(f"{_host(address)} answers {reply.status_code}")

    def _require_sound(self, found: ProviderMetadata) -> None:
        if found.issuer != self.issuer:
            raise ProviderTroubleError(
                f"it calls itself {found.issuer:.200}, and desk_oidc names {self.issuer}: they must be equal"
            )
        if "S256" not in found.code_challenge_methods_supported:
            raise ProviderTroubleError("it does not know PKCE with S256")
        if open_ones := [one for one in found.addresses() if not is_safe_address(one)]:
            raise ProviderTroubleError(f"it names {open_ones[0]:.200}, which is not https")


class RefusedByProviderError(ParkingError):
    """The provider says no: the code, or the refresh token, is not good (any more)."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"the provider refuses this: {code}")


def _keys_in(body: bytes) -> KeySet:
    """Public keys for signatures alone: a symmetric one in a public place is nobody's secret."""
    told = _read(body, dict[str, Any]).get("keys")
    sound: list[Any] = []
    for one in told if isinstance(told, list) else []:
        if isinstance(one, dict) and one.get("kty") in _ASYMMETRIC and one.get("use", "sig") == "sig":
            try:
                sound += KeySet.import_key_set({"keys": [one]}).keys
            except (JoseError, ValueError, KeyError, TypeError) as error:
                log.warning("a key of the identity provider cannot be read (%s) and is left out", type(error).__name__)
    if not sound:
        raise ProviderTroubleError("it has no key by which its tokens could be believed")
    return KeySet(sound)


def _read(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProviderTroubleError(f"what it says cannot be read: {error}"[:300]) from None


def _error_in(body: bytes) -> str | None:
    """The code of RFC 6749, 5.2; whatever else it says is not repeated."""
    try:
        code = msgspec.json.decode(body, type=dict[str, Any]).get("error")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return code[:60] if isinstance(code, str) and code.isascii() and code.isprintable() else None


def _host(address: str) -> str:
    return urlsplit(address).hostname or "the provider"
