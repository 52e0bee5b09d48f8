"""Commands of the registry: adapters listed, written, brought on air, changed, rolled back, carried
in files.
"""

from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from gateway.cli import (
    adapter_change,
    adapter_propose,
    adapter_source,
    adapter_try,
    kind,
    wsdl,
)
from gateway.cli.opening import opened, registry_of
from gateway.cli.output import (
    explained,
    json_option,
    print_json,
    print_table,
    settings_option,
)
from gateway.cli.person import person_option, why_option
from gateway.clock import local_text, utc_now
from gateway.registry import Definition, NotRegisteredError, open_registry
from gateway.registry.adapter_kinds import described_kinds
from gateway.registry.shown import exported
from gateway.settings.model import invalid_settings
from gateway.text import columns, command_output, option_help, table_titles
from gateway.text import yaml_text as yaml_texts
from gateway.yaml_text import YamlError, read_yaml


@click.group()
def adapter() -> None:
    """适配器 / Adapters."""


@adapter.command("list")
@settings_option
@click.option("--kinds", is_flag=True, help=str(option_help.adapter_kinds()))
@json_option
@explained
def adapter_list(settings_file: Path, kinds: bool, as_json: bool) -> None:
    """列出适配器 / List adapters, or the kinds that are installed."""
    if kinds:
        described, unusable = described_kinds()
        if as_json:
            print_json(
                {**described, **{name: {"unusable": reason} for name, reason in unusable.items()}}
            )
            return
        rows = [(name, ", ".join(schema["properties"])) for name, schema in described.items()]
        rows += [(name, str(reason)) for name, reason in unusable.items()]
        print_table(table_titles.adapter_kinds_title(), (columns.kind(), columns.settings()), rows)
        return
    with opened(settings_file) as (settings, _, box):
        registry = open_registry(settings, box, settings_file.resolve().parent, utc_now)
        # Settings hold secrets: they are never printed.
        listed = [
            {"feed": a.feed, "kind": a.kind, "state": "live", "version": "gateway.yaml"}
            for a in settings.adapters
        ]
        for entry in registry.every():
            kind = registry.show(entry.feed).newest.definition.kind
            live = (
                ""
                if entry.live_version in (None, entry.version)
                else str(command_output.in_force(entry.live_version))
            )
            listed.append(
                {
                    "feed": entry.feed,
                    "kind": kind,
                    "state": entry.state,
                    "version": f"{entry.version}{live}",
                }
            )
    if as_json:
        print_json(listed)
        return
    print_table(
        table_titles.adapters_title(),
        (columns.feed(), columns.kind(), columns.state(), columns.version()),
        [tuple(f.values()) for f in listed],
    )


@adapter.command("show")
@click.argument("feed")
@settings_option
@json_option
@explained
def adapter_show(feed: str, settings_file: Path, as_json: bool) -> None:
    """一个适配器的现状、设置、映射 / One adapter: where it stands, its settings and mapping."""
    with registry_of(settings_file) as registry:
        entry = registry.show(feed)
    if as_json:
        print_json(
            {
                **asdict(entry.about),
                "definition": exported(entry),
                "secrets": entry.secrets,
                "lacking": entry.lacking,
                "asked_anew": [asdict(text) for text in entry.asked_anew],
            }
        )
        return
    summary = entry.about
    click.echo(
        str(
            command_output.version_in_force(
                feed, summary.state, summary.version, summary.live_version or "—"
            )
        )
    )
    click.echo(
        command_output.secrets_set(", ".join(entry.secrets) or "—", ", ".join(entry.lacking) or "—")
    )
    for text in entry.asked_anew:
        click.echo(str(text))
    click.echo(as_yaml(exported(entry)), nl=False)


@adapter.command("history")
@click.argument("feed")
@settings_option
@json_option
@explained
def adapter_history(feed: str, settings_file: Path, as_json: bool) -> None:
    """何人何时做了什么 / Who did what, and when."""
    with registry_of(settings_file) as registry:
        acts = registry.history(feed)
    if as_json:
        print_json([{**asdict(act), "at": act.at.isoformat()} for act in acts])
        return
    print_table(
        f"{feed}",
        (
            columns.at_column(),
            columns.who_column(),
            columns.what_column(),
            columns.version(),
            columns.detail(),
            columns.why_column(),
        ),
        [
            (local_text(act.at), act.person, act.what, act.version, act.detail.zh, act.why)
            for act in acts
        ],
    )


@adapter.command("diff")
@click.argument("feed")
@click.argument("old", type=int)
@click.argument("new", type=int)
@settings_option
@json_option
@explained
def adapter_diff(feed: str, old: int, new: int, settings_file: Path, as_json: bool) -> None:
    """两个版本的差异 / What two versions do not share."""
    with registry_of(settings_file) as registry:
        changes = registry.differences(feed, old, new)
    if as_json:
        print_json([asdict(change) for change in changes])
        return
    for change in changes:
        click.echo(
            change.new
            if change.place == "mapping"
            else f"{change.place}: {change.old or '—'} → {change.new or '—'}"
        )


@adapter.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("feeds", nargs=-1)
@settings_option
@explained
def adapter_export(folder: Path, feeds: tuple[str, ...], settings_file: Path) -> None:
    """写成文件供 git 管理，不含密钥 / Write adapters as files for git; secrets cannot be in
    them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with registry_of(settings_file) as registry:
        for feed in feeds or [entry.feed for entry in registry.every()]:
            path = folder / f"{feed}.yaml"
            path.write_text(as_yaml(exported(registry.show(feed))), "utf-8")
            click.echo(str(path))


@adapter.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@why_option
@person_option
@settings_option
@explained
def adapter_import(files: tuple[Path, ...], reason: str, person: str, settings_file: Path) -> None:
    """从文件登记或修改 / Register or change adapters from files."""
    with registry_of(settings_file) as registry:
        for path in files:
            definition = read_definition(path)
            try:
                registry.show(definition.feed)
            except NotRegisteredError:
                registry.create(definition, person, reason)
                click.echo(f"{definition.feed} v1")
            else:
                click.echo(f"{definition.feed} v{registry.change(definition, person, reason)}")


def read_definition(path: Path) -> Definition:
    """Read an exported adapter; raises SettingsError."""
    try:
        tree = read_yaml(path.read_text("utf-8"))
    except YamlError as error:
        raise click.BadParameter(f"{path} {error.text}") from None
    except UnicodeDecodeError as error:
        raise click.BadParameter(str(yaml_texts.no_text(str(path), error))) from None
    try:
        return Definition.model_validate(tree)
    except ValidationError as error:
        raise invalid_settings(path, error) from None


def as_yaml(data: dict[str, Any]) -> str:
    """Return an adapter as YAML, its mapping as a block whose changes can be read line by line."""
    out = StringIO()
    writer = YAML()
    writer.width = 120
    writer.dump({**data, "mapping": LiteralScalarString(data["mapping"])}, out)
    return out.getvalue()


for _command in (
    *adapter_change.COMMANDS,
    *adapter_source.COMMANDS,
    *adapter_propose.COMMANDS,
    *adapter_try.COMMANDS,
    wsdl.wsdl,
    kind.kind,
):
    adapter.add_command(_command)

COMMANDS = (adapter,)
