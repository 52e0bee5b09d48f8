"""Whether all is well, as the console's first page says it."""

from dataclasses import asdict
from pathlib import Path

import click

from gateway.accounts import Principal
from gateway.cli.output import (
    FAILED,
    explained,
    json_option,
    print_json,
    print_table,
    settings_option,
)
from gateway.runtime.process import GatewayProcess
from gateway.settings.load import load_settings
from gateway.text import Text
from gateway.text import overall as messages
from gateway.web.api.overall import overall_view


@click.command()
@settings_option
@json_option
@explained
def status(settings_file: Path, as_json: bool) -> None:
    """是否一切正常 / Whether all is well; exit code 1 unless it is, also where that is not
    known.
    """
    gateway = GatewayProcess(load_settings(settings_file), settings_file.resolve().parent, "web")
    try:
        gateway.keeper.reload()
        view = overall_view(gateway, Principal("", frozenset(("read",)), None))
    finally:
        gateway.close()
    if as_json:
        print_json(asdict(view))
    else:
        rows = [
            (
                str(messages.part(part.part)),
                str(messages.verdict(part.light)),
                f"{part.zh}\n{part.en}",
            )
            for part in view.parts
        ]
        print_table(str(Text(view.zh, view.en)), ("", "", ""), rows)
    if not view.well:
        raise SystemExit(FAILED)


COMMANDS = (status,)
