import os
import re
from pathlib import Path

import pytest

from ops.http import policy_of
from ops.settings import Settings, SettingsError, list_misspelt, load_settings
from parking.errors import ParkingError
from streams.access import access_of
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


def test_a_secret_may_stand_in_a_file_and_is_not_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files = {
        "KAFKA_PASSWORD": "of-kafka-itself\n",
        "REDIS": "rediss://us:of-redis-itself@cache:6380/0\n",
        "WEBHOOK_TOKENS": '{"counter": "sixteen-characters-or-more"}',
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        monkeypatch.setenv(f"PLACELIBRE_{name}_FILE", str(tmp_path / name))
    monkeypatch.setenv("PLACELIBRE_KAFKA_USER", "us")
    monkeypatch.setenv("PLACELIBRE_KAFKA_TLS", "1")
    settings = load_settings()
    access = access_of(settings.kafka)
    assert (access.password, access.protocol, str(access)) == ("of-kafka-itself", "SASL_SSL", "TLS, as us, PLAIN")
    assert settings.redis == "rediss://us:of-redis-itself@cache:6380/0"
    assert settings.webhook_tokens["counter"].get_secret_value() == "sixteen-characters-or-more"
    told = f"{settings!r} {access!r} {access} {settings.as_environment() | {'PLACELIBRE_REDIS': ''}}"
    assert "itself" not in told
    assert "PLACELIBRE_KAFKA_PASSWORD_FILE" not in "".join(list_misspelt(os.environ))
    assert access_of(settings.model_copy(update={"namespace": "other"}).kafka) == access


def test_a_file_of_a_secret_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLACELIBRE_MQTT_PASSWORD_FILE", str(tmp_path / "none"))
    with pytest.raises(ParkingError, match=r"PLACELIBRE_MQTT_PASSWORD_FILE names .*none, which cannot be read"):
        load_settings()
    (tmp_path / "none").write_text("{a secret}")
    monkeypatch.setenv("PLACELIBRE_WEBHOOK_TOKENS_FILE", str(tmp_path / "none"))
    with pytest.raises(ParkingError) as error:
        load_settings()
    assert "a secret" not in str(error.value)
    monkeypatch.delenv("PLACELIBRE_WEBHOOK_TOKENS_FILE")
    monkeypatch.setenv("PLACELIBRE_MQTT_PASSWORD", "both")
    with pytest.raises(ParkingError, match="are both set"):
        load_settings()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"USER": "us"}, "belong together"),
        ({"USER": "us", "PASSWORD": "x" * 9}, "on the wire as it is"),
        ({"CA": "/etc/ca.pem"}, "no TLS"),
        ({"MECHANISM": "GSSAPI", "TLS": "1"}, "kafka_mechanism must be one of|kafka_mechanism cannot be used"),
    ],
)
def test_half_a_way_to_kafka_is_refused(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], said: str) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"PLACELIBRE_KAFKA_{name}", value)
    with pytest.raises(ParkingError, match=said):
        load_settings()
