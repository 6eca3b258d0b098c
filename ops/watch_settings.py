"""The settings of the desk's watcher; part of the desk's (``ops.desk_settings``)."""

from urllib.parse import urlparse

from pydantic import BaseModel, Field, SecretStr, field_validator

from gateways.desk.watching.components import component_of


class WatchSettings(BaseModel):
    """What is watched, and who is told."""

    desk_probes: dict[str, str] = Field(
        {}, description="/readyz or /healthz of what the desk is to watch, as JSON: worker, gateway/2, signs, intake"
    )
    desk_heartbeat_url: SecretStr | None = Field(
        None, description="asked every minute while all is well, so that a monitor outside notices silence"
    )

    @field_validator("desk_probes")
    @classmethod
    def _known_probes(cls, value: dict[str, str]) -> dict[str, str]:
        for name, url in value.items():
            component_of(name)
            if urlparse(url).scheme not in ("http", "https"):
                raise ValueError(f"{name} must be a URL like http://127.0.0.1:19100/readyz")
        return value

    @field_validator("desk_heartbeat_url", mode="before")
    @classmethod
    def _heartbeat_address(cls, value: object) -> object:
        if isinstance(value, str) and value and urlparse(value).scheme not in ("http", "https"):
            raise ValueError("must begin with https:// (or http://)")
        return value or None
