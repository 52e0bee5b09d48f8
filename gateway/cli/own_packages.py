"""The command's first step: find out whether another's package stands for one of ours.

Our packages have common names (`adapters` is also a distribution of somebody else's on PyPI), so an
environment shared with other programs may hold a namesake. It would be imported in silence, or fail
far from the cause. This module imports none of them, which is also why its message stands here and
not in `gateway.text`. A foreign `gateway` is met by Python before this is.
"""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

#: What the wheel installs, beside this file.
PACKAGES = ("adapters", "gateway", "mappings", "outbox", "xsd")
_FOLDER = Path(__file__).resolve().parents[2]


def foreign_packages() -> Iterator[tuple[str, Path]]:
    """Yield each name of ours that leads elsewhere, or over which another was installed."""
    for name in PACKAGES:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            yield name, _FOLDER / name
        elif (origin := Path(spec.origin).resolve()) != _FOLDER / name / "__init__.py":
            yield name, origin
        elif (namesake := _installed_over(name)) is not None:
            yield name, namesake


def _installed_over(name: str) -> Path | None:
    """Return a namesake's metadata where that distribution has put files among ours."""
    try:
        namesake = distribution(name)
    except PackageNotFoundError:
        return None
    installed = (Path(str(namesake.locate_file(file))) for file in namesake.files or ())
    over_ours = any(_FOLDER / name in file.resolve().parents for file in installed)
    return _FOLDER / f"{name}-{namesake.version}.dist-info" if over_ours else None


def refusal(foreign: list[tuple[str, Path]]) -> str:
    """Return what is wrong and what to do, in Chinese and English."""
    places = "、".join(f"{name}（{path}）" for name, path in foreign)
    english = ", ".join(f"{name} ({path})" for name, path in foreign)
    return (
        f"未启动：这些名称下的软件包不是 creditgate 自带的：{places}。"
        "请把 creditgate 装在专用的虚拟环境中（python3.11 -m venv），并检查 PYTHONPATH 与当前目录。"
        f" / Not started: packages under these names are not creditgate's own: {english}."
        " Install creditgate in a virtual environment of its own (python3.11 -m venv), and look at"
        " PYTHONPATH and the current folder."
    )
