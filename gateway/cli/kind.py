"""Commands for adapter kinds of one's own: a package that keeps the contract as it is written."""

import re
from importlib.resources import files
from pathlib import Path

import click

from adapters import kind_names
from gateway.cli.output import explained
from gateway.errors import GatewayError
from gateway.text import kinds as messages
from gateway.text import option_help

_NAME = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")


class KindPackageError(GatewayError):
    """A package for a kind cannot be written as it was asked for."""


@click.group()
def kind() -> None:
    """自己的适配器类型 / Adapter kinds of your own."""


@kind.command("new")
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help=str(option_help.kind_folder()),
)
@explained
def kind_new(name: str, folder: Path | None) -> None:
    """写出一个类型的软件包，合同测试已通过 / Write a kind's package; its contract is green."""
    if not _NAME.fullmatch(name) or "--" in name:
        raise KindPackageError.of(messages.bad_name(name))
    if name in kind_names():
        raise KindPackageError.of(messages.name_used(name))
    folder = folder or Path(f"creditgate-{name}")
    try:
        _write(folder, kind_package(name))
    except FileExistsError:
        raise KindPackageError.of(messages.folder_exists(str(folder))) from None
    except OSError as error:
        reason = str(error.strerror or type(error).__name__)
        raise KindPackageError.of(messages.not_written(str(folder), reason)) from None
    click.echo(str(messages.written(str(folder))))


def kind_package(name: str) -> dict[str, str]:
    """Return the files of a package for a kind by their path, each whole."""
    module = f"creditgate_{name.replace('-', '_')}"
    shipped = {
        "pyproject.toml": "pyproject.toml.txt",
        f"{module}.py": "module.py.txt",
        f"tests/test_{module}.py": "test.py.txt",
        "README.md": "README.md.txt",
    }
    texts = files("gateway.cli") / "kind_package"
    return {
        path: (texts / source)
        .read_text("utf-8")
        .replace("@NAME@", name)
        .replace("@MODULE@", module)
        for path, source in shipped.items()
    }


def _write(folder: Path, package: dict[str, str]) -> None:
    """Write a package into a folder that is not there; raises FileExistsError, OSError."""
    folder.mkdir(parents=True)
    for path, text in package.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, "utf-8")
