"""Commands about the packages in the outbox: list, show, send again, hold, drop, purge, reseal."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from gateway import audit
from gateway.cli.opening import opened
from gateway.cli.output import (
    FAILED,
    explained,
    json_option,
    print_json,
    print_table,
    settings_option,
)
from gateway.cli.person import person_option, why_option
from gateway.clock import SHANGHAI, local_text, utc_now
from gateway.exchange import refusal_store
from gateway.operations import packages as package_acts
from gateway.operations.package_states import PackageAct
from gateway.store.resealing import seal_anew
from gateway.store.retention import purge
from gateway.text import Text, columns, command_output, option_help, table_titles
from gateway.text import packages as messages
from outbox import Message, maintenance, writing
from outbox.reader import OPEN_STATES

_STATES = ("waiting", "held", "sending", "dead", "settled", "dropped")
#: Packages chosen, or sealed anew, at a time.
_PORTION = 500


@click.group()
def outbox() -> None:
    """发件箱 / The outbox."""


@outbox.command("list")
@settings_option
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(_STATES),
    help=str(option_help.outbox_state()),
)
@click.option("--limit", default=100, show_default=True)
@json_option
@explained
def outbox_list(settings_file: Path, states: tuple[str, ...], limit: int, as_json: bool) -> None:
    """列出等待的数据包及原因 / List the packages that wait, and why."""
    with opened(settings_file) as (_, engine, box), engine.connect() as connection:
        packages = box.messages(connection, states or OPEN_STATES, limit)
    if as_json:
        print_json([_message_data(message) for message in packages])
        return
    headings = (
        "GUID",
        columns.feed(),
        columns.records(),
        columns.state(),
        columns.tries(),
        columns.next_try(),
        columns.why_column(),
    )
    print_table(
        table_titles.packages_title(),
        headings,
        [
            (m.guid, m.lane, m.records, m.state, m.attempts, local_text(m.not_before), m.why)
            for m in packages
        ],
    )


@outbox.command("show")
@click.argument("guid")
@settings_option
@click.option("--payload", is_flag=True, help=str(option_help.outbox_payload()))
@json_option
@explained
def outbox_show(guid: str, settings_file: Path, payload: bool, as_json: bool) -> None:
    """一个数据包的经历 / What a package went through."""
    import zstandard  # noqa: PLC0415

    with opened(settings_file) as (_, engine, box), engine.connect() as connection:
        message = box.find(connection, guid)
        history = box.history(connection, guid)
        data = box.payload(connection, guid) if payload else None
    if message is None:
        click.echo(f"没有数据包 {guid}\nthere is no package {guid}", err=True)
        raise SystemExit(FAILED)
    if data is not None:
        click.echo(zstandard.decompress(data), nl=False)
        return
    if as_json:
        steps = [
            {"at": at.isoformat(), "state": state, "why": reason} for at, state, reason in history
        ]
        print_json({**_message_data(message), "history": steps})
        return
    print_table(
        f"{guid}  {message.lane}  {message.records}",
        (columns.at_column(), columns.state(), columns.why_column()),
        [(local_text(at), state, reason) for at, state, reason in history],
    )


@outbox.command("retry")
@click.argument("guids", nargs=-1)
@click.option("--dead", is_flag=True, help=str(option_help.outbox_dead()))
@why_option
@person_option
@settings_option
@json_option
@explained
def outbox_retry(
    guids: tuple[str, ...], dead: bool, reason: str, person: str, settings_file: Path, as_json: bool
) -> None:
    """立即重发 / Send again at once; safe to repeat."""
    with opened(settings_file) as (_, engine, box):
        chosen = list(guids)
        if dead:
            with engine.connect() as connection:
                chosen += [m.guid for m in box.messages(connection, ("dead",), limit=100_000)]
        retried, untouched = package_acts.act_on_many(
            engine, box, chosen, "retry", person, reason, utc_now
        )
    if as_json:
        print_json(
            {"retried": list(retried), "left": list(untouched), "reasons": _reasons(untouched)}
        )
    else:
        click.echo(command_output.sent_again(len(retried), len(untouched)))
        _print_each(untouched)
    if untouched:
        raise SystemExit(FAILED)


def _acting(act: PackageAct, purpose: Text) -> None:
    """Add a command that does something to packages."""

    @outbox.command(act, help=str(purpose))
    @click.argument("guids", nargs=-1, required=True)
    @why_option
    @person_option
    @settings_option
    @json_option
    @explained
    def command(
        guids: tuple[str, ...], reason: str, person: str, settings_file: Path, as_json: bool
    ) -> None:
        with opened(settings_file) as (settings, engine, box):
            two = settings.web is not None and settings.web.two_persons
            acted, untouched = package_acts.act_on_many(
                engine, box, guids, act, person, reason, utc_now, two_persons=two
            )
        if as_json:
            print_json({"done": _reasons(acted), "left": _reasons(untouched)})
        else:
            _print_each({**acted, **untouched})
        if untouched:
            raise SystemExit(FAILED)


for _act, _purpose in (
    ("hold", command_output.hold()),
    ("release", command_output.release()),
    ("drop", command_output.drop()),
    ("keep", command_output.keep()),
):
    _acting(_act, _purpose)  # type: ignore[arg-type]


def _reasons(texts: dict[str, Text]) -> list[dict[str, str]]:
    return [{"guid": guid, "zh": text.zh, "en": text.en} for guid, text in texts.items()]


def _print_each(texts: dict[str, Text]) -> None:
    for guid, text in texts.items():
        click.echo(f"{guid}  {text.zh} / {text.en}")


@outbox.command("replay")
@click.argument("guids", nargs=-1)
@click.option("--feed", help=str(option_help.outbox_feed()))
@click.option("--since", type=click.DateTime(), help=str(option_help.outbox_since()))
@click.option("--until", type=click.DateTime(), help=str(option_help.outbox_until()))
@click.option("--refused", is_flag=True, help=str(option_help.outbox_refused()))
@why_option
@person_option
@settings_option
@json_option
@explained
def outbox_replay(
    guids: tuple[str, ...],
    feed: str | None,
    since: datetime | None,
    until: datetime | None,
    refused: bool,
    reason: str,
    person: str,
    settings_file: Path,
    as_json: bool,
) -> None:
    """已结清的数据包按原字节再发一次 / Send settled packages again, the same bytes under the same
    GUID; safe to repeat.
    """
    if guids and (feed or since or until):
        raise click.UsageError(str(command_output.guids_and_choice()))
    if not guids and not (feed or since or until or refused):
        raise click.UsageError(str(command_output.no_guids_or_choice()))
    choice = maintenance.Choice(feed, _moment(since), _moment(until))
    replayed: dict[str, Text] = {}
    untouched: dict[str, Text] = {}
    with opened(settings_file) as (_, engine, box):
        for portion in _chosen(engine, guids, choice):
            chosen = _with_refusals(engine, portion) if refused else portion
            replayed_now, not_sent = package_acts.act_on_many(
                engine, box, chosen, "replay", person, reason, utc_now
            )
            replayed |= replayed_now
            untouched |= not_sent
        if replayed:
            with writing(engine) as connection:
                package_acts.note_replays(
                    connection, feed or "", len(replayed), person, reason, utc_now()
                )
    if as_json:
        print_json(
            {"replayed": list(replayed), "left": list(untouched), "reasons": _reasons(untouched)}
        )
    else:
        click.echo(str(command_output.replayed(len(replayed))))
        _print_each(untouched)
    if not replayed or untouched:
        raise SystemExit(FAILED)


def _chosen(
    engine: Engine, guids: Sequence[str], choice: maintenance.Choice
) -> Iterator[Sequence[str]]:
    """Yield the packages that are named, or the settled ones that are chosen, in portions."""
    if guids:
        yield guids
        return
    last_guid = ""
    while True:
        with engine.connect() as connection:
            portion = maintenance.settled(connection, choice, _PORTION, last_guid)
        if not portion:
            return
        yield portion
        last_guid = portion[-1]


def _with_refusals(engine: Engine, guids: Sequence[str]) -> list[str]:
    with engine.connect() as connection:
        return [guid for guid in guids if refusal_store.turned_down(connection, guid)]


@outbox.command("purge")
@click.option("--force", is_flag=True, help=str(option_help.outbox_force()))
@why_option
@person_option
@settings_option
@json_option
@explained
def outbox_purge(settings_file: Path, force: bool, reason: str, person: str, as_json: bool) -> None:
    """立即清除超过保存期限的 / Remove now what is kept no longer; what is not settled stays."""
    with opened(settings_file) as (settings, engine, box):
        with writing(engine) as connection:
            forced = "forced: " if force else ""
            audit.record_act(
                connection, utc_now(), person, "outbox.purge", "", reason, before=forced
            )
        purged = purge(engine, box, settings.retention.kept(), utc_now(), forced=force)
    if as_json:
        print_json(purged.counts)
    else:
        click.echo(
            "  ".join(f"{kind} {count:,}" for kind, count in purged.counts.items())
            or str(command_output.nothing_purged())
        )


@outbox.command("reseal")
@why_option
@person_option
@settings_option
@json_option
@explained
def outbox_reseal(settings_file: Path, reason: str, person: str, as_json: bool) -> None:
    """换用现行密钥加密已存的数据包与行 / Seal packages and rows that are kept under the current
    key; the gateway may go on.
    """
    with opened(settings_file) as (_, engine, box):
        with writing(engine) as connection:
            key = f"{box.seal.current}: " if box.seal.current else ""
            audit.record_act(connection, utc_now(), person, "outbox.reseal", "", reason, before=key)
        by_kind = seal_anew(engine, box.seal)
        current = box.seal.current
    count = sum(by_kind.values())
    if as_json:
        print_json({"key": current, "sealed": count, "by_kind": by_kind})
    else:
        text = messages.sealed_anew(current, count, by_kind)
        click.echo(f"{text.zh}\n{text.en}")


def _moment(local: datetime | None) -> datetime | None:
    return None if local is None else local.replace(tzinfo=SHANGHAI)


def _message_data(message: Message) -> dict[str, Any]:
    data = asdict(message)
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in data.items()}


COMMANDS = (outbox,)
