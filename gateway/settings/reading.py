"""Settings of the processes in which departments' bytes are read."""

from dataclasses import fields

from pydantic import BaseModel, ConfigDict, Field

from adapters.input_limits import InputLimits
from adapters.reader.client import ReaderLimits
from gateway.text.settings import about_unit_errors

_INPUTS, _READER = InputLimits(), ReaderLimits()


class InputSettings(BaseModel):
    """How large one input may claim to be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cells: int = Field(default=_INPUTS.cells, ge=1, description="filled cells of a sheet")
    grid: int = Field(
        default=_INPUTS.grid, ge=1, description="rows times columns up to the last cell of a sheet"
    )
    merges: int = Field(default=_INPUTS.merges, ge=0, description="merged ranges of a sheet")
    columns: int = Field(default=_INPUTS.columns, ge=1, description="columns of an input")
    digits: int = Field(default=_INPUTS.digits, ge=20, le=4_000, description="digits of a number")
    depth: int = Field(default=_INPUTS.depth, ge=2, le=250, description="nesting of JSON and XML")
    characters: int = Field(
        default=_INPUTS.characters, ge=100, description="characters of one value"
    )


class ReadingSettings(BaseModel):
    """What one reader may use for one unit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    memory_mb: int = Field(
        default=_READER.memory_mb,
        ge=512,
        description="megabytes beyond what a reader has once it has started",
    )
    processor_seconds: int = Field(
        default=_READER.processor_seconds, ge=1, description="processor time of one unit"
    )
    wall_seconds: float = Field(
        default=_READER.wall_seconds, gt=0, description="waiting time of one unit"
    )
    idle_seconds: float = Field(
        default=_READER.idle_seconds, gt=0, description="after which an idle reader ends"
    )
    unit_errors: int = Field(
        default=5,
        ge=1,
        description=about_unit_errors(),
    )
    inputs: InputSettings = InputSettings()

    def limits(self) -> ReaderLimits:
        """Return the settings as readers take them."""
        inputs = InputLimits(**{f.name: getattr(self.inputs, f.name) for f in fields(InputLimits)})
        return ReaderLimits(
            self.memory_mb,
            self.processor_seconds,
            self.wall_seconds,
            self.idle_seconds,
            inputs,
        )
