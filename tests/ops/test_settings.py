import re
from pathlib import Path

import pytest

from ops.http import policy_of
from ops.settings import Settings, SettingsError, list_misspelt, load_settings
from tests.support import ROOT


def test_a_flag_goes_before_the_environment_before_the_file_before_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "placelibre.toml"
    file.write_text('tenant = "from-file"\nkafka = "file:1"\nnamespace = "file"\n')
    monkeypatch.setenv("PLACELIBRE_CONFIG", str(file))
    monkeypatch.setenv("PLACELIBRE_KAFKA", "env:1")
    monkeypatch.setenv("PLACELIBRE_NAMESPACE", "env")
    settings = load_settings(namespace="flag", tenant=None)
    assert (settings.namespace, settings.kafka, settings.tenant, settings.partitions) == (
        "flag", "env:1", "from-file", 4,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PARTITIONS", "many", "partitions"),
        ("PARTITIONS", "0", "partitions must be 1 or more"),
        ("NAMESPACE", "a b", "namespace must be 1 to 200 of"),
        ("WEBHOOK_TOKENS", '{"a": "short"}', "must have 16 characters or more$"),
        ("LOG_LEVEL", "loud", "log_level must be one of debug, info, warning, error"),
        ("KAFKA", "nonsense", "host:port"),
        ("KAFKA", "foo:bar", "host:port"),
        ("REDIS", "localhost:6379", "redis://"),
        ("REDIS", "redis://h:abc/0", "redis://"),
        ("CONFIG", "/nope/x.toml", "not a file"),
    ],
)
def test_a_wrong_value_names_its_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(f"PLACELIBRE_{name}", value)
    with pytest.raises(SettingsError, match=said):
        load_settings()


def test_a_broken_or_misspelt_file_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "placelibre.toml"
    monkeypatch.setenv("PLACELIBRE_CONFIG", str(file))
    for text, said in (("kafka = ", str(file)), ('kafak = "x:1"', "kafak is no setting; is it kafka?")):
        file.write_text(text)
        with pytest.raises(SettingsError, match=re.escape(said)):
            load_settings()


def test_a_misspelt_variable_is_named_and_one_of_another_is_left_alone() -> None:
    told = list_misspelt(["PLACELIBRE_KAFAK", "PLACELIBRE_REDIS", "PLACELIBRE_IMAGE", "PLACELIBRE_CONFIG", "HOME"])
    assert told == ["PLACELIBRE_KAFAK is no setting and was not read; is it PLACELIBRE_KAFKA?"]


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    for name, field in Settings.model_fields.items():
        assert f"`PLACELIBRE_{name.upper()}`" in page
        assert field.description
        assert field.description in page


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("RATE_LIMIT", "many", "rate_limit"),
        ("WEBHOOK_RATE_LIMIT", "10/fortnight", "webhook_rate_limit"),
        ("TRUSTED_PROXIES", "10.0.0.1, everyone", "trusted_proxies"),
        ("HSTS_S", "-1", "hsts_s"),
    ],
)
def test_a_limit_or_a_proxy_that_is_none_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, wrong: str, said: str
) -> None:
    monkeypatch.setenv(f"PLACELIBRE_{name}", wrong)
    with pytest.raises(SettingsError, match=said):
        load_settings()


def test_by_default_a_client_is_held_to_a_generous_pace_and_loopback_may_speak_for_others() -> None:
    policy = policy_of(load_settings(), load_settings().rate_limit)
    assert [(item.amount, item.get_expiry()) for item in policy.limits] == [(6000, 60)]
    assert [str(network) for network in policy.proxies] == ["127.0.0.1/32", "::1/128"]
    assert policy.hsts_s == 0
