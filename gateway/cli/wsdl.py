"""Commands on WSDLs: copies gathered for review."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from adapters import Reach, Settings
from adapters.setting_faults import InvalidSettingsError
from adapters.transports.access import ANY_ACCESS, Access
from adapters.transports.addresses import parse_http_address
from adapters.wsdl import described
from adapters.wsdl.gather import gather, over_http
from gateway.cli.output import explained, json_option, print_json, print_table, settings_option
from gateway.registry.definition import RegistryError
from gateway.registry.egress import Egress, check_egress
from gateway.settings.load import load_settings
from gateway.text import columns, command_output, option_help

#: Seconds for one file.
_TIMEOUT = 30.0


class _Asked(Settings):
    """The hosts that a gathering asks, for the operator's policy to judge."""

    hosts: tuple[str, ...]

    def reaches(self) -> Iterator[Reach]:
        """Name the hosts."""
        yield from (Reach("host", host) for host in self.hosts)


@click.group("wsdl")
def wsdl() -> None:
    """WSDL 副本 / Copies of WSDLs."""


@wsdl.command("gather")
@click.argument("url")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--also",
    multiple=True,
    metavar="HOST",
    help=str(option_help.wsdl_also()),
)
@click.option(
    "--department",
    default="",
    help=str(option_help.wsdl_department()),
)
@settings_option
@json_option
@explained
def wsdl_gather(
    url: str,
    folder: Path,
    also: tuple[str, ...],
    department: str,
    settings_file: Path,
    as_json: bool,
) -> None:
    """收集 WSDL 及其引用的文件，供审核 / Gather a WSDL and all that it refers to, for a person to
    review.

    有 gateway.yaml 时遵守其中的 reach / Where there is a gateway.yaml, its `reach` holds.
    """
    hosts = frozenset(host.lower() for host in also)
    access: Access = ANY_ACCESS
    if settings_file.exists():
        access = egress = Egress(department, load_settings(settings_file).reach)
        check_egress(_Asked(hosts=(_host_of(url), *sorted(hosts))), egress)
    files = gather(url, folder, hosts, over_http(_TIMEOUT, access))
    listed = described(folder / files[0].name)
    if as_json:
        operations = {name: [item.name for item in every] for name, every in listed.items()}
        print_json({"files": [asdict(item) for item in files], "operations": operations})
        return
    print_table(
        str(command_output.files_taken(len(files))),
        (columns.file(), columns.bytes(), "SHA-256", columns.from_column()),
        [(item.name, f"{item.size:,}", item.sha256[:16], item.url) for item in files],
    )
    click.echo(f"creditgate adapter operations {folder / files[0].name}")


def _host_of(url: str) -> str:
    try:
        return parse_http_address(url).host
    except InvalidSettingsError as error:
        raise RegistryError(error.text.zh, error.text.en) from None
