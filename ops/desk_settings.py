"""The settings of the operators' desk; part of all others (``ops.settings``)."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from gateways.desk.access.grants import Grant
from gateways.desk.access.provider.setup import ProviderSetup, is_safe_address
from ops.listening import read_listen_address, split_address
from ops.watch_settings import WatchSettings
from parking.desk.operators import Role


class GrantSetting(BaseModel):
    """Roles in some cities; in all, where none is named."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    roles: list[Role] = Field(min_length=1)
    cities: list[str] = []

    def grant(self) -> Grant:
        """As the desk has it."""
        return Grant(frozenset(self.roles), tuple(self.cities))


class DeskTokenSetting(GrantSetting):
    """A system that may use the desk: its token, and what it was given."""

    token: SecretStr = Field(min_length=16)


class ProviderSetting(BaseModel):
    """Who knows people, as whom the desk asks, and which values of which claim give which roles."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    issuer: str
    client_id: str = Field(min_length=1)
    claim: str = Field("groups", min_length=1)
    name: str = Field("preferred_username", min_length=1)
    scopes: list[str] = ["openid", "profile"]
    grants: dict[str, GrantSetting] = Field(min_length=1)

    @field_validator("issuer")
    @classmethod
    def _safe_issuer(cls, value: str) -> str:
        if not is_safe_address(value):
            raise ValueError("must begin with https:// (http:// only on this machine), exactly as the provider says it")
        return value

    def setup(self, secret: str) -> ProviderSetup:
        """As the desk has it."""
        grants = {value: one.grant() for value, one in self.grants.items()}
        scopes = tuple(dict.fromkeys(("openid", *self.scopes)))
        return ProviderSetup(self.issuer, self.client_id, secret, grants, self.claim, self.name, scopes)


class DeskSettings(WatchSettings):
    """What a city decides about its desk."""

    desk_listen: str | None = Field("127.0.0.1:18110", description="where the operators' desk listens, host:port")
    desk_tokens: dict[str, DeskTokenSetting] = Field(
        {}, description="bearer token, roles and cities of each system that may use the desk, as JSON"
    )

    desk_token: SecretStr | None = Field(None, description="token by which commands at a terminal speak to a desk")
    desk_oidc: ProviderSetting | None = Field(
        None, description="identity provider of the desk's people, and what its claims give, as JSON; default: none"
    )
    desk_oidc_secret: SecretStr | None = Field(None, description="secret by which that provider knows the desk")

    @field_validator("desk_listen")
    @classmethod
    def _desk_address(cls, value: str | None) -> str | None:
        return read_listen_address(value)

    @property
    def desk_at(self) -> tuple[str, int] | None:
        """Host and port of the operators' desk, if it is served."""
        return split_address(self.desk_listen) if self.desk_listen else None
