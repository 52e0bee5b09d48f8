"""Alerts: opened, closed, sent by a real SMTP server and a real webhook."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask, Response, request
from pydantic import SecretStr
from sqlalchemy import Engine

from gateway.alerts import store
from gateway.alerts.channels import SIGNATURE
from gateway.alerts.rules import ABOUT, KINDS, Rule, Standing, conditions, send_at
from gateway.alerts.watch import TRIES, AlertWatch
from gateway.events.store import Event, say
from gateway.exchange import feed_store as feeds
from gateway.exchange import restores
from gateway.exchange.restore_watch import begin
from gateway.serving.server import WsgiServer
from gateway.settings.model import AlertSettings, MailSettings, WebhookSettings
from gateway.text import Text
from outbox import Breaker, Outbox, writing
from tests.support.line import feed_of, fetch, sound_rows
from tests.support.servers import free_port

START = datetime(2026, 4, 1, 2, tzinfo=UTC)
FEED = "environment.licence"
SECRET = "made-up-webhook-secret"


@dataclass
class Post:
    """A mail server and a webhook that keep what they get."""

    mails: list[Any] = field(default_factory=list)
    hooks: list[tuple[dict[str, Any], bool]] = field(default_factory=list)
    broken: bool = False

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.broken:
            return "451 later"
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def app(self) -> Flask:
        app = Flask("pager")

        @app.post("/hook")
        def hook() -> Response:
            signed = hmac.new(SECRET.encode(), request.data, hashlib.sha256).hexdigest()
            if self.broken:
                return Response(status=503)
            self.hooks.append((json.loads(request.data), signed == request.headers[SIGNATURE]))
            return Response(status=204)

        return app


@dataclass
class Watched:
    engine: Engine
    outbox: Outbox
    post: Post
    watch: AlertWatch
    now: datetime = START
    breaker: Breaker = Breaker()  # noqa: RUF009

    def look(self, later: timedelta = timedelta(0)) -> None:
        self.now += later
        self.watch.look()
        self.watch.send()

    def open_kinds(self) -> list[str]:
        with self.engine.connect() as connection:
            return sorted(one.kind for one in store.open_alerts(connection))


@pytest.fixture
def watched(either_engine: Engine) -> Iterator[Watched]:
    post = Post()
    mail = Controller(post, hostname="127.0.0.1", port=free_port())
    mail.start()
    hook = WsgiServer(post.app()).start()
    settings = AlertSettings(
        mail=MailSettings(
            host="127.0.0.1",
            port=mail.port,
            starttls=False,
            sender="creditgate@city.invalid",
            to=("duty@city.invalid",),
        ),
        webhooks={
            "pager": WebhookSettings(
                url=f"http://127.0.0.1:{hook.port}/hook", secret=SecretStr(SECRET)
            )
        },
    )
    box = Outbox(either_engine)
    made: Watched
    keeper: Any = SimpleNamespace(held=None)
    watch = AlertWatch(
        box, keeper, lambda: made.breaker, settings, "https://gate.city.invalid", lambda: made.now
    )
    made = Watched(either_engine, box, post, watch)
    # The disk of whoever runs this test is no matter of it.
    with writing(either_engine) as connection:
        store.set_rule(connection, Rule("disk", False, 0, ()))
    yield made
    hook.stop()
    mail.stop()


def test_an_alert_is_told_once_by_every_channel_and_once_when_it_is_over(watched: Watched) -> None:
    watched.breaker = replace(Breaker(), failures=5, opened_until=START + timedelta(minutes=1))
    for _ in range(3):
        watched.look(timedelta(seconds=20))
    while_open = (len(watched.post.mails), len(watched.post.hooks))
    watched.breaker = Breaker()
    for _ in range(3):
        watched.look(timedelta(seconds=20))

    assert while_open == (1, 1)
    opened, over = watched.post.mails
    assert "中心库不可用" in opened["Subject"]
    assert "https://gate.city.invalid/packages/?state=open" in opened.get_content()
    assert "请联系中心库运维" in opened.get_content()
    assert "call who runs the centre" in opened.get_content()
    assert "over" in over["Subject"]
    assert [(hook["what"], hook["kind"], good) for hook, good in watched.post.hooks] == [
        ("opened", "breaker", True),
        ("over", "breaker", True),
    ]
    assert watched.open_kinds() == []


def test_what_cannot_be_sent_is_tried_again_and_given_up_after_a_day(watched: Watched) -> None:
    watched.post.broken = True
    watched.breaker = replace(Breaker(), opened_until=START)
    watched.look()
    watched.post.broken = False
    watched.look(timedelta(seconds=1))
    too_soon = len(watched.post.mails)
    watched.look(timedelta(minutes=2))

    assert too_soon == 0
    assert (len(watched.post.mails), len(watched.post.hooks)) == (1, 1)
    watched.breaker = Breaker()
    watched.look()
    watched.post.broken = True
    watched.breaker = replace(Breaker(), opened_until=START)
    for _ in range(TRIES + 2):
        watched.look(timedelta(hours=3))
    watched.post.broken = False
    watched.look(timedelta(hours=3))
    subjects = [mail["Subject"] for mail in watched.post.mails if "over" not in mail["Subject"]]
    # The first telling was given up; the next one, of an alert that is still open, gets through.
    assert len(subjects) == 2
    assert "nobody has acknowledged" in subjects[1]


def test_in_quiet_hours_it_shows_and_is_sent_when_they_are_over(watched: Watched) -> None:
    # It is 10:00 in China.
    with writing(watched.engine) as connection:
        store.set_rule(connection, Rule("breaker", True, 0, ("mail",), "09:00", "11:00"))
    watched.breaker = replace(Breaker(), opened_until=START)
    watched.look()

    assert watched.open_kinds() == ["breaker"]
    assert watched.post.mails == []
    watched.look(timedelta(hours=1))
    assert len(watched.post.mails) == 1
    assert watched.post.hooks == []


def test_what_was_over_before_it_was_sent_is_not_sent(watched: Watched) -> None:
    with writing(watched.engine) as connection:
        store.set_rule(connection, Rule("breaker", True, 0, ("mail",), "09:00", "11:00"))
    watched.breaker = replace(Breaker(), opened_until=START)
    watched.look()
    watched.breaker = Breaker()
    watched.look(timedelta(minutes=5))
    watched.look(timedelta(hours=2))

    assert watched.post.mails == []


def test_alerts_come_from_what_the_store_says(watched: Watched) -> None:
    rows = sound_rows("environment/licence.yaml", 40)
    bad = [{**row, "XK_WSH": f"x{n}", "XK_ZT": "7"} for n, row in enumerate(rows[:20])]
    feed, _ = feed_of("environment/licence.yaml", [*rows[20:], *bad])
    fetch(watched.engine, feed, START)
    with writing(watched.engine) as connection:
        state = feeds.feed_state(connection, FEED)
        feeds.hold(connection, state.id, Text("停", "stopped"))
        feeds.note_fetch(connection, FEED, START, Text("连不上", "no answer"))
    say(watched.engine, Event(START, "warning", "account.locked", "", Text("登录", "sign-in")))
    watched.look(timedelta(hours=3))

    assert set(watched.open_kinds()) == {"failing", "held", "late", "refused", "waiting"}
    with watched.engine.connect() as connection:
        texts = {one.kind: one.text.en for one in store.open_alerts(connection)}
    assert "20 of 40 rows" in texts["refused"]


def test_who_acknowledges_is_kept_and_only_the_first(watched: Watched) -> None:
    watched.breaker = replace(Breaker(), opened_until=START)
    watched.look()
    with writing(watched.engine) as connection:
        [one] = store.open_alerts(connection)
        first = store.acknowledge(connection, one.id, "operator", START)
        second = store.acknowledge(connection, one.id, "another", START)
        [held] = store.open_alerts(connection)

    assert (first, second) == (True, False)
    assert held.acknowledged_by == "operator"


def test_an_alert_that_nobody_acknowledges_is_sent_again(watched: Watched) -> None:
    watched.breaker = replace(Breaker(), opened_until=START)
    for hours in (0, 3, 1, 3, 1):
        watched.look(timedelta(hours=hours))
    watched.post.broken = True
    watched.look(timedelta(hours=4))
    watched.post.broken = False
    with writing(watched.engine) as connection:
        [one] = store.open_alerts(connection)
        store.acknowledge(connection, one.id, "operator", watched.now)
    watched.look(timedelta(hours=9))

    assert [hook["what"] for hook, _ in watched.post.hooks] == ["opened", "again", "again"]
    subjects = [mail["Subject"] for mail in watched.post.mails]
    assert len(subjects) == 3
    assert "nobody has acknowledged" not in subjects[0]
    assert "nobody has acknowledged" in subjects[1]


def test_an_alert_is_sent_once_where_the_rule_says_so(watched: Watched) -> None:
    with writing(watched.engine) as connection:
        store.set_rule(connection, Rule("breaker", True, 0, ("mail",), repeat_hours=0))
    watched.breaker = replace(Breaker(), opened_until=START)
    watched.look()
    watched.look(timedelta(days=2))

    assert len(watched.post.mails) == 1


def test_a_rule_that_is_off_says_nothing_and_every_kind_has_a_name() -> None:
    nothing = Standing({}, {}, {}, None, {}, {}, {}, None)
    everything = Standing(
        {"a.b": "late", "a.c": "near"},
        {"a.b": START - timedelta(days=1)},
        {"a.b": (100, 50)},
        START,
        {"a.b": Text("x", "x")},
        {"a.b": Text("x", "x")},
        {"a.b": 3},
        10.0,
        Text("x", "x"),
        {"a.b": 1},
        Text("x", "x"),
    )
    on = [Rule(kind, True, ABOUT[kind].threshold, ()) for kind in KINDS]
    off = [replace(rule, enabled=False) for rule in on]

    assert conditions(nothing, on, START) == []
    assert conditions(everything, off, START) == []
    found = conditions(everything, on, START)
    assert {one.kind for one in found} == set(KINDS)
    assert all(one.text.zh and one.text.en and one.link.startswith("/") for one in found)


@pytest.mark.parametrize(
    ("quiet", "hour", "hours_later"),
    [
        (("00:00", "00:00"), 3, 0),
        (("22:00", "07:00"), 23, 8),
        (("22:00", "07:00"), 3, 4),
        (("22:00", "07:00"), 12, 0),
        (("12:00", "14:00"), 12, 2),
    ],
)
def test_quiet_hours_may_cross_midnight(
    quiet: tuple[str, str], hour: int, hours_later: int
) -> None:
    now = datetime(2026, 4, 1, hour, tzinfo=UTC) - timedelta(hours=8)
    rule = Rule("late", True, 0, ("mail",), *quiet)

    assert send_at(rule, now) == now + timedelta(hours=hours_later)


def test_a_restore_is_an_alert_for_a_day_and_until_nothing_is_unsure(watched: Watched) -> None:
    with writing(watched.engine) as connection:
        begin(connection, Text("因", "why"), "-", ["water.licence"], watched.now)
    watched.look()
    at_once = watched.open_kinds()
    watched.look(timedelta(days=2))
    unsure = watched.open_kinds()
    with writing(watched.engine) as connection:
        restores.note_looked(connection, "water.licence", 2, watched.now)
    watched.look()

    assert (at_once, unsure, watched.open_kinds()) == (["restored"], ["restored"], [])
