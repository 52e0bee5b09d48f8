"""Commands that change the registry: an adapter registered, changed, brought on air, rolled
back.
"""

import sys
from pathlib import Path
from typing import Any

import click

from adapters import Adapter, kind_names
from adapters.reader.bodies import json_rows
from adapters.transports.ssh import offered_key
from gateway.cli import adapter_propose, adapter_source, trial_view
from gateway.cli.opening import registry_of
from gateway.cli.output import (
    FAILED,
    changed_settings,
    explained,
    json_option,
    print_json,
    settings_of,
    settings_option,
)
from gateway.cli.person import person_option, why_option
from gateway.cli.secret_file import read_secret
from gateway.mapping import MappingError, read_mapping
from gateway.mapping.load import mapping_text
from gateway.mapping.start import proposed_mapping
from gateway.registry import Definition
from gateway.registry.definition import State, secret_names
from gateway.registry.service import PUSH
from gateway.settings.kinds import adapter_kind
from gateway.submissions.adapter import MOST_ROWS, frame_of
from gateway.text import command_output, doors, option_help
from gateway.text.registry import secret_sealed, secret_taken_away, secret_waits

set_option = click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help=str(option_help.adapter_set()),
)


@click.command("new")
@click.argument("feed", metavar="DEPARTMENT.FEED")
@click.option("--kind", "kind_name", help=str(option_help.adapter_kind()))
@set_option
@click.option(
    "--secret-file",
    "secret_files",
    multiple=True,
    type=(str, click.Path(path_type=Path, exists=True, dir_okay=False)),
    metavar="NAME FILE",
    help=str(option_help.adapter_secret_file()),
)
@click.option("--owner", default="", help=str(option_help.adapter_owner()))
@adapter_propose.record_option
@adapter_propose.organ_option
@adapter_propose.mode_option
@why_option
@person_option
@settings_option
@explained
def adapter_new(
    feed: str,
    kind_name: str | None,
    pairs: tuple[str, ...],
    secret_files: tuple[tuple[str, Path], ...],
    owner: str,
    record: str | None,
    organ: tuple[str, str] | None,
    mode: str,
    reason: str,
    person: str,
    settings_file: Path,
) -> None:
    """登记适配器：设置、连接测试、样例、映射、试映射 / Register an adapter, from its settings to a
    tried mapping.
    """
    kind_name = kind_name or _ask(str(command_output.kind_question()), kind_names())
    kind = adapter_kind(kind_name)
    settings = _complete(kind, settings_of(pairs))
    secrets = {name: read_secret(path) for name, path in secret_files}
    for name in secret_names(kind):
        if name not in secrets and (
            kind.Settings.model_fields[name].is_required() or sys.stdin.isatty()
        ):
            secrets[name] = _ask_secret(name)
    with registry_of(settings_file) as registry:
        definition = Definition(feed=feed, kind=kind_name, settings=settings, owner=owner)
        registry.create(definition, person, reason)
        for name, value in secrets.items():
            if value:
                registry.set_secret(feed, name, value, person, reason)
        click.echo(str(command_output.registered_as_draft(feed)))
        click.echo(str(command_output.step_connection()))
        adapter_source.run_steps(feed, registry.test(feed), as_json=False)
        if kind_name == PUSH:
            # No row can come before it is live: nothing failed, the way goes on with a sample.
            click.echo(str(doors.nothing_pushed(feed)))
            return
        click.echo(str(command_output.step_mapping()))
        proposed = adapter_propose.proposals(registry, feed, record, organ)
        adapter_propose.show_kinds(proposed)
        text = proposed_mapping(proposed[0], feed, mode)
        click.echo(text, nl=False)
        try:
            adapter_propose.keep_mapping(registry, feed, text, person, reason)
        except MappingError as error:
            path = Path(f"{feed}.mapping.yaml")
            path.write_text(text, "utf-8")
            click.echo(f"{error.text.zh}\n{error.text.en}", err=True)
            click.echo(
                f"映射已写入 {path}：补全后执行 creditgate adapter map {feed} {path} --why"
                f" 理由，再 adapter try {feed}\nthe mapping is in {path}: complete it, then"
                f" creditgate adapter map {feed} {path} --why REASON and adapter try {feed}"
            )
            raise SystemExit(FAILED) from None
        click.echo(str(command_output.step_trial()))
        trial = registry.trial(feed, person)
        mapping = read_mapping(registry.show(feed).newest.definition.mapping, feed)
    trial_view.show_trial(trial, trial_view.Rows(mapping, None))
    if trial.why_not is not None:
        raise SystemExit(FAILED)
    click.echo(str(command_output.ready_to_go_live(feed)))


def _complete(kind: type[Adapter], settings: dict[str, Any]) -> dict[str, Any]:
    """Ask for the settings that a kind needs and that were not given.

    On no terminal say which they are.
    """
    secrets = secret_names(kind)
    fields = kind.Settings.model_fields
    needed = [
        name
        for name, model_field in fields.items()
        if model_field.is_required() and name not in secrets and name not in settings
    ]
    if needed and not sys.stdin.isatty():
        lines = "\n".join(f"  --set {name}=…  {fields[name].description or ''}" for name in needed)
        raise click.UsageError(str(command_output.settings_needed(lines)))
    return settings | {
        name: click.prompt(f"{name}（{fields[name].description or ''}）") for name in needed
    }


def _ask(question: str, choices: list[str]) -> str:
    if not sys.stdin.isatty():
        raise click.UsageError(str(command_output.kind_not_given(", ".join(choices))))
    chosen: str = click.prompt(question, type=click.Choice(choices))
    return chosen


@click.command("host-key")
@click.argument("host")
@click.option("--port", default=22, show_default=True)
@json_option
@explained
def adapter_host_key(host: str, port: int, as_json: bool) -> None:
    """查看 SFTP 服务器出示的公钥，与部门核对后再登记 / See the key that an SFTP server shows;
    compare it with the department's.
    """
    key, fingerprint = offered_key(host, port)
    if as_json:
        print_json({"host_key": key, "fingerprint": fingerprint})
    else:
        click.echo(str(command_output.compare_fingerprint(key, fingerprint)))


@click.command("sample")
@click.argument("feed")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@person_option
@settings_option
@explained
def adapter_sample(feed: str, file: Path, person: str, settings_file: Path) -> None:
    """存入提交类数据项的样例（部门将要提交的 JSON） / Keep a sample of a pushed feed: the JSON that
    its department will post.
    """
    rows = frame_of(json_rows(file.read_bytes(), MOST_ROWS))
    with registry_of(settings_file) as registry:
        registry.keep_sample(feed, rows, person)
    click.echo(str(doors.sample_stored(feed)))


@click.command("set")
@click.argument("feed")
@set_option
@click.option("--kind", "kind_name", help=str(option_help.adapter_another_kind()))
@click.option(
    "--drift",
    type=click.Choice(("pause", "warn")),
    help=str(option_help.adapter_drift()),
)
@click.option("--owner", help=str(option_help.adapter_owner()))
@why_option
@person_option
@settings_option
@explained
def adapter_set(
    feed: str,
    pairs: tuple[str, ...],
    kind_name: str | None,
    drift: str | None,
    owner: str | None,
    reason: str,
    person: str,
    settings_file: Path,
) -> None:
    """修改设置，成为新版本 / Change settings; that makes a new version."""
    with registry_of(settings_file) as registry:
        current = registry.show(feed).newest.definition
        changes = {
            "settings": changed_settings(current.settings, pairs),
            "kind": kind_name,
            "drift": drift,
            "owner": owner,
        }
        changed = current.model_copy(
            update={name: value for name, value in changes.items() if value is not None}
        )
        click.echo(f"{feed} v{registry.change(changed, person, reason)}")


@click.command("secret")
@click.argument("feed")
@click.argument("name")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=str(option_help.adapter_file()),
)
@click.option("--remove", is_flag=True, help=str(option_help.adapter_remove()))
@why_option
@person_option
@settings_option
@explained
def adapter_secret(
    feed: str,
    name: str,
    file: Path | None,
    remove: bool,
    reason: str,
    person: str,
    settings_file: Path,
) -> None:
    """设置密钥，加密保存，不再显示；在用版本的密钥须试映射并上线后生效 / Set a secret; it is kept
    sealed and never shown. One of the version in force counts once it was tried and brought on air.
    """
    with registry_of(settings_file) as registry:
        if remove:
            number = registry.remove_secret(feed, name, person, reason)
        else:
            value = read_secret(file) if file else _ask_secret(name)
            number = registry.set_secret(feed, name, value, person, reason)
        live = registry.show(feed).about.live_version
    outcome = secret_taken_away(name) if remove else secret_sealed(name)
    click.echo(f"{feed}  {outcome}")
    if live is not None:
        click.echo(str(secret_waits(feed, number)))


@click.command("map")
@click.argument("feed")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@why_option
@person_option
@settings_option
@explained
def adapter_map(feed: str, file: Path, reason: str, person: str, settings_file: Path) -> None:
    """以文件为映射，成为新版本 / Take a file as the mapping; that makes a new version."""
    text = mapping_text(file)
    with registry_of(settings_file) as registry:
        click.echo(f"{feed} v{adapter_propose.keep_mapping(registry, feed, text, person, reason)}")


def _state_command(name: str, state: State, purpose: str) -> click.Command:
    """Make the command that brings an adapter to a state."""

    @click.command(name, help=purpose)
    @click.argument("feed")
    @why_option
    @person_option
    @settings_option
    @explained
    def command(feed: str, reason: str, person: str, settings_file: Path) -> None:
        with registry_of(settings_file) as registry:
            registry.set_state(feed, state, person, reason)
        click.echo(f"{feed}：{state}")

    return command


@click.command("rollback")
@click.argument("feed")
@click.argument("number", type=int)
@why_option
@person_option
@settings_option
@explained
def adapter_rollback(feed: str, number: int, reason: str, person: str, settings_file: Path) -> None:
    """以旧版本为新版本 / Make an earlier version the newest again."""
    with registry_of(settings_file) as registry:
        click.echo(f"{feed} v{registry.roll_back(feed, number, person, reason)}")


def _ask_secret(name: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    value: str = click.prompt(name, hide_input=True)
    return value


_STATES = (
    _state_command(
        "live",
        "live",
        str(command_output.go_live()),
    ),
    _state_command("pause", "paused", str(command_output.pause())),
    _state_command("resume", "live", str(command_output.resume())),
    _state_command("draft", "draft", str(command_output.draft())),
    _state_command("retire", "retired", str(command_output.retire())),
)
COMMANDS = (
    adapter_new,
    adapter_host_key,
    adapter_sample,
    adapter_set,
    adapter_secret,
    adapter_map,
    adapter_rollback,
    *_STATES,
)
