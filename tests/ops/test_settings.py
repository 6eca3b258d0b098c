from pathlib import Path

import pytest

from ops.settings import Settings, SettingsError, load_settings
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
        ("PARTITIONS", "0", "greater than"),
        ("LOG_LEVEL", "loud", "log_level"),
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
    for text in ("kafka = ", 'kafak = "x:1"'):
        file.write_text(text)
        with pytest.raises(SettingsError):
            load_settings()


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    for name, field in Settings.model_fields.items():
        assert f"`PLACELIBRE_{name.upper()}`" in page
        assert field.description
        assert field.description in page
