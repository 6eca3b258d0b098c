"""The settings of the desk's watcher; part of the desk's (``ops.desk_settings``)."""

import re
from datetime import time
from typing import ClassVar, Literal
from urllib.parse import urlparse

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from gateways.desk.watching.components import component_of
from parking.health.alarms.kinds import TroubleKind, Urgency
from parking.health.alarms.notices import NoticeRoute


class NoticeRouteSetting(BaseModel):
    """Who is told of which alarms, when, in which language; ``urls`` are Apprise's."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    urls: list[SecretStr] = Field(min_length=1, max_length=50)
    urgencies: list[Urgency] = [Urgency.NOW, Urgency.SOON]
    kinds: list[TroubleKind] = []
    least_spaces: int = Field(0, ge=0)
    after_minutes: int = Field(0, ge=0, le=7 * 24 * 60)
    hours: str = Field("", pattern=r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$")
    wakes: bool = True
    repeat_minutes: int = Field(30, ge=1)
    repeats: int = Field(2, ge=0, le=100)
    resolved: bool = True
    language: Literal["fr", "en", "br"] = "fr"

    def route(self, name: str) -> NoticeRoute:
        """As the watcher has it."""
        since, until = (time.fromisoformat(part) for part in (self.hours or "00:00-00:00").split("-"))
        return NoticeRoute(
            name=name,
            urgencies=frozenset(self.urgencies),
            kinds=frozenset(self.kinds),
            after_min=self.after_minutes,
            since=since,
            until=until,
            wakes=self.wakes,
            repeat_min=self.repeat_minutes,
            repeats=self.repeats,
            resolved=self.resolved,
        )


class WatchSettings(BaseModel):
    """What is watched, and who is told."""

    desk_probes: dict[str, str] = Field(
        {}, description="/readyz or /healthz of what the desk is to watch, as JSON: worker, gateway/2, signs, intake"
    )
    desk_heartbeat_url: SecretStr | None = Field(
        None, description="asked every minute while all is well, so that a monitor outside notices silence"
    )

    desk_routes: dict[str, NoticeRouteSetting] = Field(
        {}, description="who is told of alarms, as JSON by name: urls of Apprise, kinds, after_minutes, hours, language"
    )
    desk_url: str | None = Field(None, description="the desk's address as people reach it, for links in notices")

    @field_validator("desk_routes")
    @classmethod
    def _named_routes(cls, value: dict[str, NoticeRouteSetting]) -> dict[str, NoticeRouteSetting]:
        for name in value:
            if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", name):
                raise ValueError(f"the name of route {name!r:.60} must be 1 to 40 of a-z 0-9 _ -")
        return value

    @field_validator("desk_url")
    @classmethod
    def _desk_address_for_people(cls, value: str | None) -> str | None:
        if value and urlparse(value).scheme not in ("http", "https"):
            raise ValueError("must begin with https:// (or http://)")
        return value.rstrip("/") + "/" if value else None

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
