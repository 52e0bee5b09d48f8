"""Files of this machine that somebody tries to reach by another path than the one that was looked at."""

import errno
import os
from pathlib import Path

import pytest

from adapters.folder import FolderPlace
from adapters.transports import files as files_module
from adapters.transports.files import Files


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
        water / "up" / "secrets.yaml", water / "file", water / ".." / "env" / "env.csv",
        place / "secrets.yaml", Path("/etc/passwd"), Path("/proc/self/root/etc/passwd"), Path(f"{water}\0/deep/own.txt"),
    ):  # fmt: skip
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
    assert sorted(one.name for one in (place / "drops" / "env").iterdir()) == ["env.csv"]
