"""The settings of the operators' desk; part of all others (``ops.settings``)."""

from pydantic import BaseModel, Field, field_validator

from ops.listening import read_listen_address, split_address


class DeskSettings(BaseModel):
    """What a city decides about its desk."""

    desk_listen: str | None = Field("127.0.0.1:18110", description="where the operators' desk listens, host:port")

    @field_validator("desk_listen")
    @classmethod
    def _desk_address(cls, value: str | None) -> str | None:
        return read_listen_address(value)

    @property
    def desk_at(self) -> tuple[str, int] | None:
        """Host and port of the operators' desk, if it is served."""
        return split_address(self.desk_listen) if self.desk_listen else None
