"""Signing in at a provider that lies, is away, or says no; and what its word is good for afterwards."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from joserfc import jwk, jws, jwt

from gateways.desk.access import door
from gateways.desk.access.grants import Grant
from gateways.desk.access.provider.client import challenge_of
from gateways.desk.access.provider.discovery import KEYS_AGAIN_S, MAX_ANSWER_BYTES
from gateways.desk.access.provider.identity import person_of
from gateways.desk.access.provider.people import RENEWAL_TAKES_S, RENEWED_EVERY_S, WITHOUT_PROVIDER_S
from gateways.desk.access.provider.sealing import seal, unseal
from gateways.desk.access.provider.signing import SIGN_IN_WITHIN_S, WITHOUT_RENEWAL_S
from parking.desk.operators import Role
from tests.gateways.desk.access.small_provider import GRANTS, ISSUER, SETUP, ProviderDesk, hmac_signed, unsigned


@pytest.fixture
def desk() -> ProviderDesk:
    return ProviderDesk()


async def is_in(browser: Any) -> bool:
    return bool((await browser.get("/v1/desk/me")).status_code == 200)


async def test_a_person_signs_in_comes_back_to_the_page_and_has_the_roles_of_their_groups(desk: ProviderDesk) -> None:
    browser = desk.browser()
    sent = await browser.get("/places/bouffay?at=1", headers={"accept": "text/html"})
    assert sent.status_code in (303, 404)
    reply = await desk.sign_in(browser, "/?place=bouffay")
    assert (reply.status_code, reply.headers["location"]) == (303, "/?place=bouffay")
    me = (await browser.get("/v1/desk/me")).json()
    assert (me["name"], me["roles"]) == ("m.durand", {"nantes": ["operate"]})
    csrf = {door.CSRF_HEADER: me["csrf"]}
    assert (await browser.post("/v1/desk/act", headers=csrf)).json() == "m.durand"
    assert not await is_in(desk.browser())


LIES: dict[str, Any] = {
    "another issuer": lambda claims: claims | {"iss": "https://id.test/realms/other"},
    "another audience": lambda claims: claims | {"aud": "someone-else"},
    "no audience": lambda claims: claims | {"aud": []},
    "two audiences and no party": lambda claims: claims | {"aud": ["placelibre", "other"]},
    "another party": lambda claims: claims | {"azp": "someone-else"},
    "another nonce": lambda claims: claims | {"nonce": "n"},
    "no nonce": lambda claims: {name: value for name, value in claims.items() if name != "nonce"},
    "expired": lambda claims: claims | {"exp": claims["iat"] - 61, "iat": claims["iat"] - 400},
    "no end": lambda claims: {name: value for name, value in claims.items() if name != "exp"},
    "an end that is none": lambda claims: claims | {"exp": "tomorrow"},
    "true as its end": lambda claims: claims | {"exp": True},
    "not yet": lambda claims: claims | {"nbf": claims["iat"] + 120},
    "of the future": lambda claims: claims | {"iat": claims["iat"] + 120, "exp": claims["iat"] + 400},
    "another access token": lambda claims: claims | {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "a hash that is none": lambda claims: claims | {"at_hash": {"a": 1}},
    "nobody": lambda claims: claims | {"sub": ""},
    "a number": lambda claims: claims | {"sub": 17},
    "somebody unseen": lambda claims: claims | {"sub": "u\x1b[2J"},
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_token_that_says_what_is_not_so_lets_nobody_in(desk: ProviderDesk, lie: str) -> None:
    desk.provider.lie = LIES[lie]
    browser = desk.browser()
    reply = await desk.sign_in(browser)
    assert (reply.status_code, await is_in(browser)) == (403, False)
    assert "ne prouve pas qui vous êtes" in reply.text


def forgeries(desk: ProviderDesk) -> dict[str, Any]:
    key, other = desk.provider.key, jwk.RSAKey.generate_key(2048, {"kid": "one"})
    return {
        "another key with the same name": lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, other),
        "another key without a name": lambda claims: jwt.encode({"alg": "RS256"}, claims, other),
        "its own key in the header": lambda claims: jwt.encode(
            {"alg": "RS256", "jwk": other.as_dict(private=False)}, claims, other),
        "none": unsigned,
        "HS256 with the public key": lambda claims: hmac_signed(claims, key.as_pem(private=False)),
        "HS256 with the client's secret": lambda claims: hmac_signed(claims, SETUP.secret.encode()),
        "changed after it was signed": lambda claims: _changed(jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)),
        "signed, and no object": lambda claims: jws.serialize_compact({"alg": "RS256", "kid": "one"}, b"[1]", key),
        "no token": lambda claims: "abc",
        "empty": lambda claims: "",
        "much too long": lambda claims: "a." * 40_000 + "b",
        "deep": lambda claims: unsigned({"a": "["}) .replace(".", "." + "WyJ" * 2000, 1),
    }  # fmt: skip


def _changed(token: str) -> str:
    head, body, signature = token.split(".")
    return f"{head}.{body[:-4]}AAAA.{signature}"


@pytest.mark.parametrize("how", forgeries(ProviderDesk()))
async def test_a_forged_token_lets_nobody_in(desk: ProviderDesk, how: str) -> None:
    desk.provider.sign = forgeries(desk)[how]
    browser = desk.browser()
    reply = await desk.sign_in(browser)
    assert (reply.status_code, await is_in(browser)) == (403, False)


async def test_a_leeway_for_clocks_is_a_minute(desk: ProviderDesk) -> None:
    desk.provider.lie = lambda claims: claims | {"iat": claims["iat"] + 50, "nbf": claims["iat"] + 50}
    assert (await desk.sign_in(desk.browser())).status_code == 303


async def test_a_code_or_a_state_counts_once_and_in_its_own_browser(desk: ProviderDesk) -> None:
    browser, thief = desk.browser(), desk.browser()
    state = await desk.begin(browser)
    assert (await desk.come_back(thief, state)).status_code == 403, "it has no cookie of a sign-in"
    await thief.get("/login")
    assert (await desk.come_back(thief, state)).status_code == 403, "it has one, of another sign-in"
    await desk.begin(browser)
    state = await desk.begin(browser)
    assert (await desk.come_back(browser, state)).status_code == 303
    desk.provider.codes = {"good-code"}
    assert (await desk.come_back(browser, state)).status_code == 403, "replayed"
    state = await desk.begin(browser)
    desk.provider.codes = set()
    assert (await desk.come_back(browser, state)).status_code == 403, "the code was used before"


@pytest.mark.parametrize("state", ["", "x", "A" * 43, "A" * 9000, "%00"])
async def test_a_state_that_is_none_is_a_sentence(desk: ProviderDesk, state: str) -> None:
    browser = desk.browser()
    await desk.begin(browser)
    reply = await desk.come_back(browser, state)
    assert (reply.status_code, "n’a pas été commencée" in reply.text) == (403, True)


async def test_a_sign_in_takes_ten_minutes_at_most(desk: ProviderDesk) -> None:
    browser = desk.browser()
    state = await desk.begin(browser)
    desk.clock.later(seconds=SIGN_IN_WITHIN_S + 1)
    assert (await desk.come_back(browser, state)).status_code == 403


async def test_what_the_provider_refuses_is_said_without_its_words(desk: ProviderDesk) -> None:
    browser = desk.browser()
    reply = await browser.get("/callback", params={"state": await desk.begin(browser), "error": "<b>access_denied"})
    assert reply.status_code == 403
    assert "<b>" not in reply.text
    assert not await is_in(browser)


async def test_another_provider_that_sends_the_browser_back_is_refused(desk: ProviderDesk) -> None:
    browser = desk.browser()
    assert (await desk.come_back(browser, await desk.begin(browser), iss="https://evil.test")).status_code == 403
    assert (await desk.come_back(browser, await desk.begin(browser), iss=ISSUER)).status_code == 303
    strict = ProviderDesk()
    strict.provider.metadata = {"authorization_response_iss_parameter_supported": True}
    browser = strict.browser()
    assert (await strict.come_back(browser, await strict.begin(browser))).status_code == 403


@pytest.mark.parametrize("there", ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)"])
async def test_after_a_sign_in_nobody_is_sent_elsewhere(desk: ProviderDesk, there: str) -> None:
    assert (await desk.sign_in(desk.browser(), there)).headers["location"] == "/"


async def test_a_new_key_is_fetched_and_an_invented_one_does_not_make_us_ask_again_and_again(
    desk: ProviderDesk,
) -> None:
    assert (await desk.sign_in(desk.browser())).status_code == 303
    desk.provider.key = jwk.RSAKey.generate_key(2048, {"kid": "two"})
    desk.provider.published = [desk.provider.key]
    desk.provider.asked.clear()
    for _ in range(5):
        await desk.sign_in(desk.browser())
    assert desk.provider.asked.count("/realms/city/keys") == 0, f"within {KEYS_AGAIN_S} s of the last time"


async def test_a_rotated_key_is_good_as_soon_as_keys_may_be_asked_for(
    desk: ProviderDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await desk.sign_in(desk.browser())).status_code == 303
    old = desk.provider.key
    desk.provider.key = jwk.RSAKey.generate_key(2048, {"kid": "two"})
    desk.provider.published = [desk.provider.key]
    monkeypatch.setattr("gateways.desk.access.provider.discovery.KEYS_AGAIN_S", -1.0)
    assert (await desk.sign_in(desk.browser())).status_code == 303
    desk.provider.key = old
    assert (await desk.sign_in(desk.browser())).status_code == 403, "the old one is withdrawn"


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://id.test/realms/other"},
        {"issuer": f"{ISSUER}/"},
        {"token_endpoint": "http://id.test/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"code_challenge_methods_supported": ["plain"]},
        {"token_endpoint": 17},
    ],
)
async def test_a_provider_that_is_not_the_one_of_the_settings_is_named(
    desk: ProviderDesk, metadata: dict[str, Any]
) -> None:
    desk.provider.metadata = metadata
    reply = await desk.browser().get("/login")
    assert (reply.status_code, "ne répond pas comme il faut" in reply.text) == (503, True)


async def test_a_provider_that_is_away_lets_nobody_in_and_those_who_are_in_stay_for_a_while(
    desk: ProviderDesk,
) -> None:
    browser = desk.browser()
    await desk.sign_in(browser)
    desk.provider.is_away = True
    reply = await desk.browser().get("/login")
    assert reply.status_code in (303, 503)
    other = desk.browser()
    state = await desk.begin(other)
    assert (await desk.come_back(other, state)).status_code == 503
    assert not await is_in(other)
    desk.clock.later(seconds=RENEWED_EVERY_S + 1)
    assert await is_in(browser)
    desk.clock.later(seconds=WITHOUT_PROVIDER_S)
    reply = await browser.get("/v1/desk/me")
    assert (reply.status_code, "identity provider" in reply.json()["detail"]) == (503, True)
    desk.provider.is_away = False
    desk.clock.later(seconds=RENEWAL_TAKES_S)
    assert await is_in(browser), "the provider is back and still vouches"


async def test_an_answer_without_end_is_cut_off(desk: ProviderDesk) -> None:
    desk.provider.metadata = {"more": "x" * MAX_ANSWER_BYTES}
    assert (await desk.browser().get("/login")).status_code == 503


async def test_who_is_removed_at_the_provider_is_out_at_the_next_renewal(desk: ProviderDesk) -> None:
    browser = desk.browser()
    await desk.sign_in(browser)
    desk.provider.refuses = True
    assert await is_in(browser), "not before"
    desk.clock.later(seconds=RENEWED_EVERY_S + 1)
    assert not await is_in(browser)
    desk.provider.refuses = False
    assert not await is_in(browser), "and for good"


async def test_who_loses_a_group_loses_its_role_at_the_next_renewal(desk: ProviderDesk) -> None:
    browser = desk.browser()
    await desk.sign_in(browser)
    desk.provider.groups = ["staff"]
    desk.clock.later(seconds=RENEWED_EVERY_S + 1)
    assert (await browser.get("/")).status_code == 403
    desk.provider.groups = ["boss"]
    desk.clock.later(seconds=RENEWED_EVERY_S + 1)
    assert (await browser.get("/v1/desk/me")).json()["roles"] == {"*": ["admin"]}


async def test_who_loses_a_role_in_the_settings_loses_it_with_the_restart(desk: ProviderDesk) -> None:
    browser = desk.browser()
    await desk.sign_in(browser)
    desk.app = desk.another_gateway(SETUP._replace(grants={"desk": Grant(frozenset((Role.VIEW,)), ("nantes",))}))
    again = desk.browser(cookie="; ".join(f"{one.name}={one.value}" for one in browser.cookies.jar))
    me = (await again.get("/v1/desk/me")).json()
    assert me["roles"] == {"nantes": ["view"]}
    assert (await again.post("/v1/desk/act", headers={door.CSRF_HEADER: me["csrf"]})).status_code == 403


async def test_a_renewed_token_of_another_person_ends_the_session(desk: ProviderDesk) -> None:
    browser = desk.browser()
    await desk.sign_in(browser)
    desk.provider.lie = lambda claims: claims | {"sub": "u-18"}
    desk.clock.later(seconds=RENEWED_EVERY_S + 1)
    assert not await is_in(browser)


async def test_without_a_refresh_token_a_session_lasts_an_hour(desk: ProviderDesk) -> None:
    desk.provider.refresh_token = None
    browser = desk.browser()
    await desk.sign_in(browser)
    for _ in range(3):
        desk.clock.later(seconds=WITHOUT_RENEWAL_S / 3 - 5)
        assert await is_in(browser)
    desk.clock.later(seconds=20)
    assert not await is_in(browser)


async def test_who_has_no_role_here_is_told_so_and_gets_no_session(desk: ProviderDesk) -> None:
    desk.provider.groups = ["staff"]
    desk.provider.lie = lambda claims: claims | {"preferred_username": "<script>alert(1)</script>"}
    browser = desk.browser()
    reply = await desk.sign_in(browser)
    assert (reply.status_code, await is_in(browser)) == (403, False)
    assert "desk_oidc" in reply.text
    assert "<script>" not in reply.text


async def test_logout_ends_the_session_here_and_sends_the_browser_to_the_provider_without_a_token(
    desk: ProviderDesk,
) -> None:
    browser = desk.browser()
    await desk.sign_in(browser)
    csrf = {door.CSRF_HEADER: (await browser.get("/v1/desk/me")).json()["csrf"]}
    assert (await browser.post("/logout")).status_code == 403
    assert await is_in(browser)
    reply = await browser.post("/logout", headers=csrf | {"accept": "application/json"})
    back = "post_logout_redirect_uri=http%3A%2F%2Fdesk.test%3A18110%2Fsigned-out"
    assert reply.json()["location"] == f"{ISSUER}/logout?client_id=placelibre&{back}"
    assert "/realms/city/revoke" in desk.provider.asked
    assert not await is_in(browser)
    assert "Vous n’êtes plus connecté" in (await browser.get("/signed-out")).text


async def test_logout_works_while_the_provider_is_away(desk: ProviderDesk) -> None:
    browser = desk.browser()
    await desk.sign_in(browser)
    csrf = {door.CSRF_HEADER: (await browser.get("/v1/desk/me")).json()["csrf"]}
    desk.provider.is_away = True
    assert (await browser.post("/logout", headers=csrf)).headers["location"].endswith("signed-out")
    assert not await is_in(browser)


async def test_no_local_link_is_good_where_a_provider_is_set(desk: ProviderDesk) -> None:
    assert (await desk.browser().get(f"/local/{'A' * 43}")).status_code == 403


async def test_no_token_is_in_a_page_a_log_an_address_or_what_is_kept(
    desk: ProviderDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="gateways")
    minted: list[str] = []
    desk.provider.sign = lambda claims: minted.append(desk.provider.honestly(claims)) or minted[-1]  # type: ignore[func-returns-value]
    desk.provider.refresh_token = "the-refresh-token"
    browser = desk.browser()
    seen = [await desk.sign_in(browser), await browser.get("/"), await browser.get("/v1/desk/me")]
    desk.clock.later(seconds=RENEWED_EVERY_S + 1)
    desk.provider.refuses = True
    seen.append(await browser.get("/v1/desk/me"))
    told = "".join(f"{reply.headers}{reply.text}" for reply in seen) + caplog.text + repr(vars(desk.kept))
    assert minted
    for secret in ("the-refresh-token", "an-access-token", SETUP.secret, "secret words", *minted):
        assert secret not in told


async def test_of_many_requests_at_once_one_renews(desk: ProviderDesk) -> None:
    browser = desk.browser()
    await desk.sign_in(browser)
    desk.clock.later(seconds=RENEWED_EVERY_S + 1)
    desk.provider.asked.clear()
    assert all(await asyncio.gather(*(is_in(browser) for _ in range(20))))
    assert desk.provider.asked.count("/realms/city/token") == 1
    assert await is_in(browser)


def test_a_sealed_token_opens_with_its_own_session_alone() -> None:
    sealed = seal("r0", "A" * 43)
    assert (unseal(sealed, "A" * 43), unseal(sealed, "B" * 43), unseal(b"x", "A" * 43)) == ("r0", None, None)
    assert b"r0" not in sealed


def test_the_challenge_is_that_of_the_rfc() -> None:
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_roles_may_stand_deep_in_a_claim_and_in_one_whose_name_has_dots() -> None:
    said = {"sub": "u", "realm_access": {"roles": ["desk", 3, None]}, "https://id.test/g": "boss", "name": "\u202ex"}
    assert person_of(said, "name", "realm_access.roles", GRANTS) == ("u", "u", ("desk",))
    assert person_of(said, "nick", "https://id.test/g", GRANTS).claims == ("boss",)
    assert person_of(said, "nick", "realm_access.nothing.roles", GRANTS).claims == ()
