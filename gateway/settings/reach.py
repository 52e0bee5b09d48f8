"""Settings of what registered adapters may reach, by department."""

import ipaddress
import os
from itertools import permutations
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from adapters.setting_faults import InvalidSettingsError
from adapters.text import Text as AdapterText
from gateway.text import Text
from gateway.text import settings as messages

Department = Annotated[str, Field(pattern=r"^[a-z][a-z0-9\-]{0,39}$")]


class DepartmentReach(BaseModel):
    """What the adapters of one department may reach beyond the default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = Field(
        default=(), description="networks that count although they are this machine's or its link's"
    )
    hosts: tuple[str, ...] | None = Field(
        default=None,
        description="names that may be reached, with *; those of `reach.hosts` by default."
        " One written in full is this department's alone",
    )
    folders: tuple[Path, ...] = Field(
        default=(), description="folders of this machine that may be read and written"
    )


class ReachSettings(BaseModel):
    """What registered adapters may reach.

    A department without an entry reaches any host of `hosts` but this machine, its link and hosts
    that are another department's, and no file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: tuple[str, ...] = Field(default=("*",), description="names that may be reached, with *")
    departments: dict[Department, DepartmentReach] = {}

    @model_validator(mode="before")
    @classmethod
    def _by_department(cls, values: Any) -> Any:
        """Refuse what let every department into the same folders, and say how it is written now."""
        if isinstance(values, dict):
            for name in ("folders", "networks"):
                if name in values:
                    raise _fault(messages.reach_by_department(name))
        return values

    @model_validator(mode="after")
    def _apart(self) -> "ReachSettings":
        """Refuse a folder of one department that lies within another's: both would have it."""
        for (first, inner), (second, outer) in permutations(self.departments.items(), 2):
            outer_folders = {_plain(folder) for folder in outer.folders}
            for folder in map(_plain, inner.folders):
                for above in outer_folders - {folder}:
                    if folder.is_relative_to(above) and folder not in outer_folders:
                        raise _fault(messages.folder_of_two(str(folder), first, str(above), second))
        return self


def _plain(folder: Path) -> Path:
    """Return a folder without `..`, which could hide that it lies within another's."""
    return Path(os.path.normpath(folder))


def _fault(text: Text) -> InvalidSettingsError:
    return InvalidSettingsError(AdapterText(text.zh, text.en))
