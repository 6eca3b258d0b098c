"""A small identity provider of the tests' own, which can also lie: a real one forges nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwk, jwt

from gateways.desk.access.grants import Grant
from gateways.desk.access.keeping import KeptInMemory
from gateways.desk.access.provider.client import challenge_of
from gateways.desk.access.provider.setup import ProviderSetup
from gateways.desk.access.serve import create_access
from parking.desk.operators import Role
from tests.gateways.desk.access.world import HOLDERS, Clock, client_of, desk_app

ISSUER = "https://id.test/realms/city"
GRANTS = {"desk": Grant(frozenset((Role.OPERATE,)), ("nantes",)), "boss": Grant(frozenset((Role.ADMIN,)))}
SETUP = ProviderSetup(ISSUER, "placelibre", "the-secret-of-the-desk", GRANTS)


class SmallProvider:
    """Answers discovery, keys and token requests; ``lie`` changes the claims, ``sign`` replaces the signing."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.key = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.published: list[jwk.RSAKey] = [self.key]
        self.groups: list[str] | None = ["desk", "staff"]
        self.lie: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
        self.sign: Callable[[dict[str, Any]], str] = self.honestly
        self.metadata: dict[str, Any] = {}
        self.is_away = self.refuses = False
        self.refresh_token: str | None = "r0"
        self.asked: list[str] = []
        self.nonce, self.challenge = "", ""
        self.codes = {"good-code"}

    def honestly(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.is_away:
            raise httpx.ConnectError("away", request=request)
        path = request.url.path.removeprefix("/realms/city")
        if path == "/.well-known/openid-configuration":
            return httpx.Response(200, json=self.discovery())
        if path == "/keys":
            return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.published]})
        if path == "/revoke":
            return httpx.Response(200)
        return self.tokens(request)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "end_session_endpoint": f"{ISSUER}/logout",
            "revocation_endpoint": f"{ISSUER}/revoke",
            "code_challenge_methods_supported": ["S256"],
        } | self.metadata

    def tokens(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        basic = base64.b64decode(request.headers["authorization"].split()[1]).decode()
        assert basic == f"{SETUP.client_id}:{SETUP.secret}"
        if form["grant_type"] == "refresh_token":
            if self.refuses or form["refresh_token"] != self.refresh_token:
                return httpx.Response(400, json={"error": "invalid_grant", "error_description": "secret words"})
            self.refresh_token = f"{self.refresh_token}+"
            return self._granted(nonce=None)
        if form["code"] not in self.codes or challenge_of(form["code_verifier"]) != self.challenge:
            return httpx.Response(400, json={"error": "invalid_grant"})
        self.codes.discard(form["code"])
        return self._granted(self.nonce)

    def _granted(self, nonce: str | None) -> httpx.Response:
        access = "an-access-token"
        half = base64.urlsafe_b64encode(hashlib.sha256(access.encode()).digest()[:16]).rstrip(b"=").decode()
        now = int(self.clock().timestamp())
        claims = {
            "iss": ISSUER, "aud": "placelibre", "sub": "u-17", "iat": now, "exp": now + 300, "at_hash": half,
            "preferred_username": "m.durand", "groups": self.groups,
        } | ({"nonce": nonce} if nonce else {})  # fmt: skip
        said = {"id_token": self.sign(self.lie(claims)), "access_token": access, "token_type": "Bearer"}
        return httpx.Response(200, json=said | ({"refresh_token": self.refresh_token} if self.refresh_token else {}))


class ProviderDesk:
    """A desk whose people a small provider knows."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.provider = SmallProvider(self.clock)
        self.kept = KeptInMemory(self.clock.monotonic)
        self.app = self.another_gateway()

    def another_gateway(self, setup: ProviderSetup = SETUP) -> Any:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.provider.answer))
        return desk_app(create_access(self.kept, HOLDERS, (), setup, self.clock, http))

    def browser(self, **headers: Any) -> Any:
        return client_of(self.app, "10.0.0.9", "http://desk.test:18110", **headers)

    async def begin(self, browser: Any, there: str = "/") -> str:
        """Go to the provider; returns the state."""
        reply = await browser.get("/login", params={"next": there})
        assert reply.status_code == 303, reply.text
        asked = {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["location"]).query).items()}
        assert asked["redirect_uri"] == "http://desk.test:18110/callback"
        self.provider.nonce, self.provider.challenge = asked["nonce"], asked["code_challenge"]
        self.provider.codes = {"good-code"}
        return asked["state"]

    async def come_back(self, browser: Any, state: str, **more: str) -> Any:
        return await browser.get("/callback", params={"code": "good-code", "state": state} | more)

    async def sign_in(self, browser: Any, there: str = "/") -> Any:
        return await self.come_back(browser, await self.begin(browser, there))


def unsigned(claims: dict[str, Any]) -> str:
    """A token of the algorithm ``none``."""
    return ".".join(_part({"alg": "none"} if part else claims) for part in (True, False)) + "."


def hmac_signed(claims: dict[str, Any], secret: bytes) -> str:
    """A token of the algorithm HS256, by hand: the library would refuse to make one with a public key."""
    text = f"{_part({'alg': 'HS256', 'kid': 'one'})}.{_part(claims)}"
    signature = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _part(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()
