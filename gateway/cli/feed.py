"""The command `creditgate feed`: what stops a feed, and what an operator decides of it."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.opening import check_usable, opened, unknown_feed
from gateway.cli.output import (
    explained,
    json_option,
    print_json,
    print_table,
    settings_option,
)
from gateway.cli.person import check_person, person_option, why_option
from gateway.clock import local_text, utc_now
from gateway.events import store as event_store
from gateway.exchange import feed_store, refusal_counts, source_units
from gateway.masking import masked_name, source_name
from gateway.operations import feeds as feed_acts
from gateway.runtime.process import GatewayProcess
from gateway.settings.load import load_settings
from gateway.text import Text, columns, command_output, table_titles
from gateway.text import operations as messages
from outbox import writing


@click.group()
def feed() -> None:
    """数据项 / Feeds."""


@feed.command("list")
@settings_option
@json_option
@explained
def feed_list(settings_file: Path, as_json: bool) -> None:
    """各数据项的状态 / The state of every feed, with what it has met."""
    with opened(settings_file) as (_, engine, _box), engine.connect() as connection:
        states = feed_store.feed_states(connection)
        open_counts = refusal_counts.open_counts(connection)
        aside = source_units.undecided(connection)
        happened = event_store.events(connection, 20)
    if as_json:
        print_json(
            {
                "feeds": [
                    {
                        "feed": s.name,
                        "fetched_at": s.fetched_at,
                        "hold": s.hold and asdict(s.hold),
                        "problem": (problem := _problem(s, aside)) and asdict(problem),
                        "open_refusals": open_counts.get(s.name, 0),
                        "set_aside": aside.get(s.name, 0),
                    }
                    for s in states
                ],
                "events": [{**asdict(e), "at": e.at.isoformat()} for e in happened],
            }
        )
        return
    print_table(
        table_titles.feeds_title(),
        (columns.feed(), columns.last_fetch(), columns.open_refusals(), columns.remark()),
        [
            (
                s.name,
                local_text(s.fetched_at) if s.fetched_at else "",
                open_counts.get(s.name, 0),
                s.hold or _problem(s, aside),
            )
            for s in states
        ],
    )
    print_table(
        table_titles.events_title(),
        (columns.at_column(), "", columns.feed(), columns.event()),
        [(local_text(e.at), e.level, e.feed, e.text) for e in happened],
    )


def _problem(state: feed_store.FeedState, aside: dict[str, int]) -> Text | None:
    """Return what a feed's last fetch met, or that something is set aside."""
    if state.problem is not None or state.name not in aside:
        return state.problem
    return messages.set_aside(state.name, aside[state.name])


@feed.command("confirm")
@click.argument("name")
@why_option
@person_option
@settings_option
@json_option
@explained
def feed_confirm(name: str, reason: str, person: str, settings_file: Path, as_json: bool) -> None:
    """确认清单缩减，撤销缺失的记录 / Confirm that a list shrank: withdraw what it no longer has."""
    settings = load_settings(settings_file)
    gateway = GatewayProcess(settings, settings_file.resolve().parent)
    try:
        check_person(gateway.engine)
        check_usable(gateway, name)
        with writing(gateway.engine) as connection:
            feed_acts.confirm(connection, name, person, reason, utc_now())
        withdrawn = gateway.fetching.confirm(name)
    finally:
        gateway.close()
    if as_json:
        print_json({"feed": name, "withdrawn": withdrawn})
    else:
        click.echo(str(command_output.withdrawn(withdrawn)))


@feed.command("resume")
@click.argument("name")
@why_option
@person_option
@settings_option
@json_option
@explained
def feed_resume(name: str, reason: str, person: str, settings_file: Path, as_json: bool) -> None:
    """恢复采集，不撤销 / Let a feed that stopped go on; nothing is withdrawn."""
    with opened(settings_file) as (settings, engine, _box), writing(engine) as connection:
        state = feed_store.peek(connection, name)
        if state is None:
            fetched = [item.name for item in feed_store.feed_states(connection)]
            raise unknown_feed(name, sorted({*fetched, *(item.feed for item in settings.adapters)}))
        feed_acts.resume(connection, name, person, reason, utc_now())
    if as_json:
        print_json({"feed": name, "held": False})
    else:
        click.echo(str(command_output.feed_goes_on(name)))


@feed.command("set-aside")
@click.argument("name")
@settings_option
@json_option
@explained
def feed_set_aside(name: str, settings_file: Path, as_json: bool) -> None:
    """出错而搁置、等待处理的单元 / Files, pages and submissions set aside until you decide."""
    with opened(settings_file) as (_, engine, _box), engine.connect() as connection:
        units = source_units.set_aside(connection, name)
    if as_json:
        print_json(
            [
                {
                    **asdict(unit),
                    "unit": masked_name(unit.label),
                    "name": masked_name(unit.name),
                    "cursor": masked_name(unit.cursor),
                    "noted_at": unit.noted_at.isoformat(),
                }
                for unit in units
            ]
        )
        return
    print_table(
        str(command_output.units_set_aside(name, len(units))),
        (
            columns.unit(),
            columns.at_column(),
            columns.times(),
            columns.read_column(),
            columns.reason(),
        ),
        [
            (
                masked_name(unit.label),
                local_text(unit.noted_at),
                unit.strikes + unit.errors,
                "" if unit.read is None else f"{unit.read.rows:,}",
                str(unit.reason),
            )
            for unit in units
        ],
    )


@feed.command("again")
@click.argument("name")
@click.argument("unit")
@why_option
@person_option
@settings_option
@json_option
@explained
def feed_again(
    name: str, unit: str, reason: str, person: str, settings_file: Path, as_json: bool
) -> None:
    """再试搁置的单元 / Try a unit again that is set aside."""
    with opened(settings_file) as (_, engine, _box), writing(engine) as connection:
        names = feed_acts.read_again(connection, name, unit, person, reason, utc_now())
    _print_units(name, names, messages.read_again, as_json=as_json)


@feed.command("give-up")
@click.argument("name")
@click.argument("unit")
@why_option
@person_option
@settings_option
@json_option
@explained
def feed_give_up(
    name: str, unit: str, reason: str, person: str, settings_file: Path, as_json: bool
) -> None:
    """放弃搁置的单元，其内容退回 / Give up a unit that is set aside: what it held is refused."""
    with opened(settings_file) as (_, engine, _box), writing(engine) as connection:
        names = feed_acts.give_up(connection, name, unit, person, reason, utc_now())
    _print_units(name, names, messages.gave_up, as_json=as_json)


def _print_units(
    name: str, units: Sequence[str], text_of: Callable[[str], Text], *, as_json: bool
) -> None:
    """Print what was done with units that were set aside."""
    if as_json:
        print_json({"feed": name, "units": list(units)})
        return
    for unit in units:
        click.echo(str(text_of(masked_name(source_name(unit)))))


COMMANDS = (feed,)
