"""Files of this machine tried by another path than the one that was looked at."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from pydantic import Field, SecretStr

from adapters import Settings
from adapters.files.folder import FolderPlace
from adapters.local_paths import LocalPath, LocalUrl
from adapters.transports import files as files_module
from adapters.transports.addresses import Host, HttpText
from adapters.transports.files import Files
from gateway.registry.definition import RegistryError, secret_names
from gateway.registry.egress import Egress, check_egress
from gateway.settings.reach import ReachSettings


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Folders of two departments beside a secret of the gateway's."""
    for name in ("water", "env"):
        (tmp_path / "drops" / name).mkdir(parents=True)
    (tmp_path / "secrets.yaml").write_text("centre: canary-token\n")
    (tmp_path / "drops" / "env" / "env.csv").write_text("name\ncanary-person\n")
    return tmp_path


@pytest.mark.parametrize("kernel", ["openat2", "part by part"])
def test_a_path_is_opened_below_its_folder_or_not_at_all(
    place: Path, monkeypatch: pytest.MonkeyPatch, kernel: str
) -> None:
    if kernel != "openat2":
        monkeypatch.setattr(files_module, "_openat2", without_openat2)
    water = place / "drops" / "water"
    (water / "deep").mkdir()
    (water / "deep" / "own.txt").write_text("own")
    (water / "up").symlink_to("../..")
    (water / "file").symlink_to(place / "secrets.yaml")
    allowed = Files([water])

    assert allowed.read(water / "deep" / "own.txt") == b"own"
    assert allowed.read(water / "deep" / ".." / "deep" / "own.txt") == b"own"
    for path in (
        water / "up" / "secrets.yaml",
        water / "file",
        water / ".." / "env" / "env.csv",
        place / "secrets.yaml",
        Path("/etc/passwd"),
        Path("/proc/self/root/etc/passwd"),
        Path(f"{water}\0/deep/own.txt"),
    ):
        with pytest.raises(FileNotFoundError):
            allowed.read(path)
        with pytest.raises(FileNotFoundError), allowed.parent(str(path / "x")):
            pass
    with pytest.raises(FileNotFoundError):
        allowed.make_folders(str(water / "up" / "made"))
    assert not (place / "made").exists()


def without_openat2(*_: object) -> int:
    raise OSError(errno.ENOSYS, "no such call")


def test_a_folder_that_becomes_a_link_after_the_check_is_not_followed(place: Path) -> None:
    water = place / "drops" / "water"
    (water / "day").mkdir()
    (water / "own.csv").write_text("x")
    kept = FolderPlace(Files([water]))
    assert kept.listing(str(water / "day")) == {}
    (water / "day").rmdir()
    (water / "day").symlink_to(place / "drops" / "env")

    with pytest.raises(FileNotFoundError):
        kept.listing(str(water / "day"))
    with pytest.raises(FileNotFoundError):
        kept.look(str(water / "day" / "env.csv"))
    with Path(os.devnull).open("wb") as nothing, pytest.raises(FileNotFoundError):
        kept.get(str(water / "day" / "env.csv"), nothing)
    with Path(os.devnull).open("rb") as nothing, pytest.raises(FileNotFoundError):
        kept.put(nothing, str(water / "day" / "made.csv"))
    with pytest.raises(FileNotFoundError):
        kept.move(str(water / "own.csv"), str(water / "day" / "own.csv"))
    assert sorted(path.name for path in (place / "drops" / "env").iterdir()) == ["env.csv"]


class Inner(Settings):
    certificate: Path | None = None


class SilentSettings(Settings):
    """A kind of a stranger's package that says nothing of what it reaches."""

    lists: tuple[LocalPath, ...] | None = None
    key: Path | None = None
    inner: Inner = Inner()
    by_name: dict[str, LocalPath] = Field(default_factory=dict)
    database: LocalUrl = ""
    url: HttpText | None = None
    host: Host | None = None


@pytest.mark.parametrize(
    "settings",
    [
        {"lists": ["/srv/drops/water/a", "/srv/drops/env/list"]},
        {"key": "/srv/drops/water/../env/list"},
        {"key": "/srv/drops/water2/list"},
        {"inner": {"certificate": "/etc/passwd"}},
        {"by_name": {"any": "/srv/drops"}},
        {"database": "sqlite:////srv/drops/env/env.db"},
        {"database": "sqlite:///file:/srv/drops/env/env.db?uri=true"},
        {"database": "postgresql://u@127.0.0.1/d"},
        {"url": "http://127.0.0.1/list"},
        {"host": "169.254.169.254"},
    ],
    ids=str,
)
def test_a_strangers_kind_that_names_nothing_is_held_to_what_its_settings_are_annotated_as(
    settings: dict[str, object],
) -> None:
    reach = ReachSettings.model_validate(
        {"departments": {"water": {"folders": ["/srv/drops/water"]}}}
    )

    with pytest.raises(RegistryError):
        check_egress(SilentSettings.model_validate(settings), Egress("water", reach))
    check_egress(
        SilentSettings(lists=("/srv/drops/water/a",), host="10.1.2.3", url="http://db.example/"),
        Egress("water", reach),
    )


def test_two_points_do_not_hide_that_a_folder_lies_within_anothers() -> None:
    departments = {
        "water": {"folders": ["/srv/drops"]},
        "env": {"folders": ["/srv/other/../drops/env"]},
    }

    with pytest.raises(ValueError, match="keep them apart"):
        ReachSettings.model_validate({"departments": departments})


class Login(Settings):
    password: SecretStr | None = None


class HidingSettings(Settings):
    """A kind of a stranger's package whose secrets stand deeper than ours do."""

    plain: str = ""
    token: Annotated[SecretStr, Field(min_length=1)] | None = None
    keys: tuple[SecretStr, ...] = ()
    login: Login = Login()


def test_a_strangers_secrets_are_secrets_however_deep_they_stand() -> None:
    """Else they were kept in clear in the definition, which everybody sees who sees the feed."""
    kind: Any = SimpleNamespace(Settings=HidingSettings)

    assert secret_names(kind) == ("token", "keys", "login")
