"""The settings of who may come to the desk: what is wrong in them is named, and no secret of theirs is told."""

from __future__ import annotations

import json

import pytest

from ops.desk_access import _from_here
from ops.settings import Settings, SettingsError, load_settings

OIDC = {
    "issuer": "https://id.example.fr/realms/ville",
    "client_id": "placelibre",
    "grants": {"desk": {"roles": ["operate"], "cities": ["nantes"]}},
}
TOKENS = {"dispatch": {"token": "a-token-of-dispatch", "roles": ["operate"]}}


def test_tokens_and_the_provider_are_read_and_their_secrets_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACELIBRE_DESK_OIDC", json.dumps(OIDC))
    monkeypatch.setenv("PLACELIBRE_DESK_TOKENS", json.dumps(TOKENS))
    monkeypatch.setenv("PLACELIBRE_DESK_OIDC_SECRET", "the-secret-of-the-client")
    settings = load_settings()
    child = settings.as_environment()
    told = f"{settings!r} {child}"
    assert "a-token-of-dispatch" not in told
    assert "the-secret-of-the-client" not in told
    monkeypatch.setenv("PLACELIBRE_DESK_OIDC", child["PLACELIBRE_DESK_OIDC"])
    assert load_settings().desk_oidc == settings.desk_oidc, "a child process reads the same"
    assert settings.desk_oidc is not None
    setup = settings.desk_oidc.setup("s")
    assert (setup.scopes, setup.roles_claim, setup.grants["desk"].cities) == (
        ("openid", "profile"),
        "groups",
        ("nantes",),
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TOKENS", {"dispatch": {"token": "short", "roles": ["operate"]}}, "desk_tokens.dispatch.token"),
        ("TOKENS", {"dispatch": {"token": "a-token-of-dispatch", "roles": []}}, "desk_tokens.dispatch.roles"),
        ("TOKENS", {"dispatch": {"token": "a-token-of-dispatch", "roles": ["boss"]}}, "desk_tokens.dispatch.roles"),
        ("TOKENS", {"dispatch": {"token": "a-token-of-dispatch", "roles": ["view"], "city": "x"}}, "city"),
        ("OIDC", {**OIDC, "issuer": "http://id.example.fr"}, "https://"),
        ("OIDC", {**OIDC, "grants": {}}, "grants"),
        ("OIDC", {**OIDC, "client_secret": "x"}, "client_secret"),
    ],
)
def test_what_is_wrong_is_named_and_a_token_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: dict[str, object], said: str
) -> None:
    monkeypatch.setenv(f"PLACELIBRE_DESK_{name}", json.dumps(value))
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert said in str(raised.value)
    assert "a-token-of-dispatch" not in str(raised.value)


def test_by_default_nobody_has_a_token_and_no_provider_is_asked() -> None:
    assert (Settings().desk_tokens, Settings().desk_oidc) == ({}, None)


@pytest.mark.parametrize(
    ("listens", "reached"),
    [
        ("0.0.0.0:18110", "127.0.0.1:18110"),
        ("[::]:18110", "[::1]:18110"),
        ("127.0.0.1:18110", "127.0.0.1:18110"),
        ("[::1]:18110", "[::1]:18110"),
    ],
)
def test_a_link_names_this_machine_by_a_name_that_it_is_good_for(listens: str, reached: str) -> None:
    assert _from_here(listens) == reached
