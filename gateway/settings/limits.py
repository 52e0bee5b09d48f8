"""When fetching pauses, as settings say it."""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from gateway.text import settings as messages


class LimitSettings(BaseModel):
    """What makes fetching pause until there is room again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    free_mb: int = Field(
        default=200, description="least free room of the store's disk (SQLite); 1 at least"
    )
    waiting_packages: int = Field(default=20_000, ge=1, description="most packages that wait")

    @field_validator("free_mb")
    @classmethod
    def _some_room(cls, megabytes: int) -> int:
        if megabytes < 1:
            raise ValueError(str(messages.no_free_room()))
        return megabytes
