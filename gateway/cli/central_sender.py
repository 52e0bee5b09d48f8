"""Commands of the central database's senders: who may send, for which feeds, by which token and
keys.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path

import click
from sqlalchemy import Engine

from gateway.central.senders import administration
from gateway.central.senders.administration import Act, Wanted
from gateway.central.senders.model import EXCHANGES, Sender, SenderKey
from gateway.cli.output import explained, json_option, print_json, print_table
from gateway.cli.person import person_option
from gateway.cli.secret_file import read_secret
from gateway.clock import SHANGHAI, local_text, utc_now
from gateway.private_files import refuse_exposed
from gateway.protocol.signing import read_key_file
from gateway.store.lock import store_files
from gateway.text import centre_option_help, columns, table_titles
from gateway.text import senders as messages

store_option = click.option(
    "--store",
    required=True,
    envvar="CREDITGATE_CENTRE_STORE",
    help=str(centre_option_help.central_sender_store()),
)
_TOKEN_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def _moment(_ctx: click.Context, _param: click.Parameter, text: str | None) -> datetime | None:
    """Read a day, which begins in Asia/Shanghai, or a moment with its zone.

    Raises click.BadParameter.
    """
    if text is None:
        return None
    try:
        if len(text) == len("2027-01-31"):
            return datetime.combine(date.fromisoformat(text), time(), SHANGHAI)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment
    except ValueError:
        pass
    raise click.BadParameter(str(messages.moment_malformed(text)))


@contextmanager
def centre_store(url: str) -> Iterator[Engine]:
    """Open a centre's store for a command, its tables brought up; raises ExposedFileError as a
    start does.
    """
    from gateway.central.store import create  # noqa: PLC0415
    from outbox import open_engine  # noqa: PLC0415

    refuse_exposed(store_files(url))
    engine = open_engine(url)
    try:
        create(engine)
        yield engine
    finally:
        engine.dispose()


_ID = click.argument("sender_id", metavar="ID")
_FEED = click.option(
    "--feed",
    "feeds",
    multiple=True,
    metavar="PATTERN",
    help=(str(centre_option_help.central_sender_feed())),
)
_FEED_ANEW = click.option(
    "--feed",
    "feeds",
    multiple=True,
    metavar="PATTERN",
    help=(str(centre_option_help.central_sender_other_feeds())),
)
_FROM = click.option(
    "--from",
    "since",
    metavar="DAY",
    callback=_moment,
    help=str(centre_option_help.central_sender_from()),
)
_UNTIL = click.option(
    "--until", metavar="DAY", callback=_moment, help=str(centre_option_help.central_sender_until())
)
_KEY = click.option(
    "--key",
    "keys",
    multiple=True,
    type=(str, click.Path(path_type=Path)),
    metavar="ID FILE",
    help=str(centre_option_help.central_sender_key()),
)
_KEY_UNTIL = click.option(
    "--key-until",
    metavar="DAY",
    callback=_moment,
    help=str(centre_option_help.central_sender_key_until()),
)
_REASON_OPTION = click.option(
    "--why", "reason", required=True, help=str(centre_option_help.central_sender_why())
)
_TOKEN = click.option(
    "--token-file",
    type=_TOKEN_FILE,
    help=(str(centre_option_help.central_sender_token_file())),
)
_TOKEN_ANEW = click.option(
    "--token-file",
    type=_TOKEN_FILE,
    help=(str(centre_option_help.central_sender_changed_token_file())),
)
_EXCHANGE = click.option(
    "--exchange",
    type=click.Choice(EXCHANGES),
    help=str(centre_option_help.central_sender_exchange()),
)


@click.group()
def sender() -> None:
    """发送方：谁可以为哪些数据项发言 / Senders: who may speak for which feeds."""


@sender.command("add")
@_ID
@store_option
@click.option("--node", required=True, help=str(centre_option_help.central_sender_node()))
@_FEED
@_FROM
@_UNTIL
@_KEY
@_KEY_UNTIL
@click.option(
    "--relay",
    is_flag=True,
    help=str(centre_option_help.central_sender_relay()),
)
@click.option(
    "--test",
    is_flag=True,
    help=str(centre_option_help.central_sender_test()),
)
@_EXCHANGE
@_TOKEN
@_REASON_OPTION
@person_option
@json_option
@explained
def sender_add(
    sender_id: str,
    store: str,
    node: str,
    feeds: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    keys: tuple[tuple[str, Path], ...],
    key_until: datetime | None,
    relay: bool,
    test: bool,
    exchange: str | None,
    token_file: Path | None,
    reason: str,
    person: str,
    as_json: bool,
) -> None:
    """登记发送方，显示其令牌（仅此一次） / Add a sender and show its token, this once."""
    act = _act(person, reason)
    terms = Wanted(node, feeds, since, until, relay, exchange, _keys(keys, act.at, key_until))
    known_token = _token_in(token_file)
    with centre_store(store) as engine:
        token = administration.add(engine, sender_id, terms, act, known_token or "", test=test)
        feeds_now = _feeds_of(engine, sender_id)
    _show(sender_id, feeds_now, token if known_token is None else None, as_json)


@sender.command("list")
@store_option
@json_option
@explained
def sender_list(store: str, as_json: bool) -> None:
    """列出发送方 / List the senders."""
    with centre_store(store) as engine:
        senders = administration.senders(engine)
    now = utc_now()
    if as_json:
        print_json([_data(row, now) for row in senders])
        return
    print_table(
        table_titles.senders_title(),
        (
            columns.id(),
            columns.node(),
            columns.feeds(),
            columns.state(),
            columns.term(),
            columns.keys(),
            columns.by_why(),
        ),
        [
            (
                row.id,
                row.node,
                "\n".join(row.feeds),
                _state(row, now),
                messages.term(row.since, row.until),
                "\n".join(f"{k.id} {_key_state(k, now)}" for k in row.keys),
                f"{row.by}\n{row.why}",
            )
            for row in senders
        ],
    )


@sender.command("limit")
@_ID
@store_option
@click.option("--node", help=str(centre_option_help.central_sender_node()))
@_FEED_ANEW
@_FROM
@_UNTIL
@_KEY
@_KEY_UNTIL
@click.option(
    "--relay/--no-relay",
    default=None,
    help=str(centre_option_help.central_sender_relay_or_not()),
)
@_EXCHANGE
@click.option(
    "--new-token",
    is_flag=True,
    help=str(centre_option_help.central_sender_new_token()),
)
@_TOKEN_ANEW
@_REASON_OPTION
@person_option
@json_option
@explained
def sender_limit(
    sender_id: str,
    store: str,
    node: str | None,
    feeds: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    keys: tuple[tuple[str, Path], ...],
    key_until: datetime | None,
    relay: bool | None,
    exchange: str | None,
    new_token: bool,
    token_file: Path | None,
    reason: str,
    person: str,
    as_json: bool,
) -> None:
    """更改发送方的范围、有效期、密钥或令牌，立即生效 / Change what a sender may do, at once."""
    act = _act(person, reason)
    terms = Wanted(
        node, feeds or None, since, until, relay, exchange, _keys(keys, act.at, key_until)
    )
    known_token = _token_in(token_file)
    with centre_store(store) as engine:
        token = administration.limit(
            engine, sender_id, terms, act, "" if new_token and known_token is None else known_token
        )
        feeds_now = _feeds_of(engine, sender_id)
    _show(sender_id, feeds_now, token if known_token is None else None, as_json)


@sender.command("revoke")
@_ID
@store_option
@click.option("--key", "key_id", help=str(centre_option_help.central_sender_revoked_key()))
@_REASON_OPTION
@person_option
@json_option
@explained
def sender_revoke(
    sender_id: str, store: str, key_id: str | None, reason: str, person: str, as_json: bool
) -> None:
    """撤销发送方（或其一个密钥），立即且不可恢复 / Revoke a sender, or one of its keys: at once and
    for good.
    """
    with centre_store(store) as engine:
        administration.revoke(engine, sender_id, _act(person, reason), key_id)
    if as_json:
        print_json({"id": sender_id, "key": key_id})
        return
    text = messages.revoked(sender_id, key_id)
    click.echo(f"{text.zh}\n{text.en}")


def _act(person: str, reason: str) -> Act:
    return Act(utc_now(), person, reason)


def _token_in(path: Path | None) -> str | None:
    """Return the token that a file holds; "" where it is empty, which is refused then."""
    if path is None:
        return None
    # An empty file is no wish for a new token.
    return read_secret(path) or " "


def _keys(
    pairs: tuple[tuple[str, Path], ...], since: datetime, until: datetime | None
) -> tuple[SenderKey, ...]:
    return tuple(SenderKey(name, read_key_file(path), since, until) for name, path in pairs)


def _feeds_of(engine: Engine, sender_id: str) -> list[str]:
    return [
        feed for row in administration.senders(engine) if row.id == sender_id for feed in row.feeds
    ]


def _show(sender_id: str, feeds: list[str], token: str | None, as_json: bool) -> None:
    """Show a sender as it is now, and its token where that was just made."""
    if as_json:
        print_json({"id": sender_id, "feeds": feeds} | ({} if token is None else {"token": token}))
        return
    text = messages.may_speak_for(sender_id, feeds)
    click.echo(f"{text.zh}\n{text.en}", err=True)
    click.echo(sender_id)
    if token is not None:
        click.echo(token)
        click.echo(str(messages.show_once()), err=True)


def _state(row: Sender, now: datetime) -> str:
    if row.revoked_at is not None:
        return f"{messages.state_revoked()} {local_text(row.revoked_at)}"
    marks = [name for name, is_so in (("test", row.test), ("relay", row.may_relay)) if is_so]
    state = messages.state_active() if row.active(now) else messages.state_out_of_term()
    return " ".join([state, row.exchange, *marks])


def _key_state(key: SenderKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return messages.state_revoked()
    in_term = key.usable(now)
    return messages.term(key.since, key.until) if in_term else messages.state_out_of_term()


def _data(row: Sender, now: datetime) -> dict[str, object]:
    keys = [
        {"id": key.id, "from": key.since, "until": key.until, "revoked_at": key.revoked_at}
        for key in row.keys
    ]
    return {
        "id": row.id,
        "node": row.node,
        "feeds": list(row.feeds),
        "active": row.active(now),
        "from": row.since,
        "until": row.until,
        "by": row.by,
        "why": row.why,
        "relay": row.may_relay,
        "test": row.test,
        "exchange": row.exchange,
        "revoked_at": row.revoked_at,
        "keys": keys,
    }
