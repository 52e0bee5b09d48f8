"""Operations of the registry: adapters written, tried, brought on air, rolled back."""

from collections.abc import Iterator
from contextlib import closing
from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.exchange.dry_run import RehearsalView, rehearsal_view, rehearse
from gateway.mapping.propose import likeliest, propose
from gateway.mapping.start import proposed_mapping
from gateway.masking import Personal, Warrant, masked_text
from gateway.operations.disclosure import disclosed, looked_at
from gateway.registry import Definition
from gateway.registry.adapter_kinds import described_kinds
from gateway.registry.definition import Difference, State
from gateway.registry.store import Act, Registered, Version
from gateway.standard import NEWEST, load_standard
from gateway.text import Text
from gateway.text import api_operations as summaries
from gateway.text import disclosure as messages
from gateway.web.api.model import Body, Call, Nothing, Operation, Query, Reason
from gateway.web.api.shown import TrialView, trial_view

_SAMPLE_SHOWN = 5


class Change(Reason):
    """A definition, and why it is written so."""

    definition: Definition


class NewState(Reason):
    """The state to bring an adapter to."""

    state: State
    version: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="the version that was looked at; an approval by a second person names it",
    )


class RollBack(Reason):
    """The version to make the newest again."""

    number: int = Field(ge=1, le=1_000_000)


class Secret(Reason):
    """A secret's value, which is never given back, and why it is set."""

    value: Annotated[str, Field(min_length=1, max_length=10_000, repr=False)]


class Wish(Body):
    """What a mapping is to be proposed for: a record kind (told from the sample by default), the organ's name and code."""

    record: str | None = None
    organ: tuple[str, str] | None = None
    change: Literal["append", "update", "full"] = "append"


class Rows(Body):
    """How many rows to look at."""

    rows: int = Field(default=1000, ge=1, le=100_000)


class AdapterView(Body):
    """An adapter as it may be shown: secrets by name only."""

    about: Registered
    newest: Version
    secrets: tuple[str, ...]
    lacking: tuple[str, ...]
    #: Why secrets that were set for something else must be set anew.
    asked_anew: tuple[Text, ...] = ()


class Made(Body):
    """The number of a version."""

    version: int


class Proposed(Body):
    """A proposed mapping, and the record kinds that the sample may be, likeliest first."""

    mapping: str
    kinds: dict[str, float]
    missing: tuple[str, ...]
    idle: tuple[str, ...]


class TestStep(Body):
    """One step of a connection test that passed, the last with some rows."""

    zh: str
    en: str
    detail: str
    sample: list[dict[str, str | None]]


class KindView(Body):
    """An adapter kind and the JSON Schema of its settings; why it cannot be used, if so."""

    name: str
    settings: dict[str, Any]
    unusable: Text | None = None


def _adapter_view(call: Call, feed: str) -> AdapterView:
    adapter = call.registry.show(feed)
    return AdapterView(
        about=adapter.about,
        newest=adapter.newest,
        secrets=adapter.secrets,
        lacking=adapter.lacking,
        asked_anew=adapter.asked_anew,
    )


def _create(call: Call) -> AdapterView:
    call.registry.create(call.body.definition, call.person, call.body.why)
    return _adapter_view(call, call.body.definition.feed)


def _secret(call: Call) -> AdapterView:
    call.registry.set_secret(
        call.feed, call.path["name"], call.body.value, call.person, call.body.why
    )
    return _adapter_view(call, call.feed)


def _remove_secret(call: Call) -> AdapterView:
    call.registry.remove_secret(call.feed, call.path["name"], call.person, call.body.why)
    return _adapter_view(call, call.feed)


def _submit(call: Call) -> AdapterView:
    call.registry.submit(call.feed, call.person, call.body.why)
    return _adapter_view(call, call.feed)


def _state(call: Call) -> AdapterView:
    body = call.body
    call.registry.set_state(call.feed, body.state, call.person, body.why, body.version)
    return _adapter_view(call, call.feed)


def _test(call: Call) -> list[TestStep]:
    return list(_steps(call, _warrant(call, "adapter.test", messages.connection_test())))


def _steps(call: Call, warrant: Warrant) -> Iterator[TestStep]:
    for step in call.registry.test(call.feed):
        rows = [] if step.sample is None else step.sample.head(_SAMPLE_SHOWN).to_dicts()
        yield TestStep(
            zh=step.name_zh,
            en=step.name_en,
            detail=masked_text(step.detail),
            sample=[Personal(row).reveal(warrant) for row in rows],
        )


def _trial(call: Call) -> TrialView:
    warrant = _warrant(call, "adapter.trial", messages.trial())
    return trial_view(call.registry.trial(call.feed, call.person), warrant)


def _warrant(call: Call, act: str, reason: Text) -> Warrant:
    """Write that rows go out whole to who may change the feed, before its source is read."""
    call.registry.show(call.feed)
    return disclosed(call.engine, call.clock(), call.person, act, call.feed, reason.en)


def _propose(call: Call) -> Proposed:
    call.registry.show(call.feed)
    reason = messages.proposal().en
    looked_at(call.engine, call.clock(), call.principal, "adapter.proposal", call.feed, reason)
    rows = call.registry.sample(call.feed).rows
    standard = load_standard(NEWEST)
    wish: Wish = call.body
    if wish.record is None:
        proposals = likeliest(rows, standard.kinds.values(), wish.organ)
    else:
        proposals = [propose(rows, standard.kind(wish.record), wish.organ)]
    best = proposals[0]
    return Proposed(
        mapping=proposed_mapping(best, call.feed, wish.change),
        idle=best.idle,
        kinds={item.kind.name: round(item.confidence, 2) for item in proposals[:5]},
        missing=tuple(item.name for item in best.missing),
    )


def _dry_run(call: Call) -> RehearsalView:
    feed = call.registry.open_newest(call.feed)
    with closing(feed.adapter):
        reason = messages.dry_run().en
        warrant = looked_at(
            call.engine, call.clock(), call.principal, "adapter.dry_run", call.feed, reason
        )
        rehearsal = rehearse(call.engine, feed, call.clock(), call.body.rows)
    return rehearsal_view(rehearsal, warrant)


def _kinds(_call: Call) -> list[KindView]:
    described, unusable = described_kinds()
    return [
        *(KindView(name=name, settings=schema) for name, schema in described.items()),
        *(KindView(name=name, settings={}, unusable=reason) for name, reason in unusable.items()),
    ]


#: Of operations that change nothing which anybody answers for.
_LOOKS = "looks"
_ADAPTER = "/adapters/{feed}"
REGISTRY: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/kinds",
        "read",
        summaries.adapter_kinds(),
        Nothing,
        list[KindView],
        _kinds,
    ),
    Operation(
        "GET",
        "/adapters",
        "read",
        summaries.adapters(),
        Nothing,
        list[Registered],
        lambda c: c.registry.every(c.principal.departments),
    ),
    Operation(
        "POST",
        "/adapters",
        "edit",
        summaries.register_adapter(),
        Change,
        AdapterView,
        _create,
        status=201,
    ),
    Operation(
        "GET",
        _ADAPTER,
        "read",
        summaries.adapter(),
        Nothing,
        AdapterView,
        lambda c: _adapter_view(c, c.feed),
    ),
    Operation(
        "PUT",
        _ADAPTER,
        "edit",
        summaries.change_adapter(),
        Change,
        Made,
        lambda c: Made(version=c.registry.change(c.body.definition, c.person, c.body.why)),
    ),
    Operation(
        "PUT",
        f"{_ADAPTER}/secrets/{{name}}",
        "edit",
        summaries.set_secret(),
        Secret,
        AdapterView,
        _secret,
    ),
    Operation(
        "POST",
        f"{_ADAPTER}/secrets/{{name}}/removal",
        "edit",
        summaries.remove_secret(),
        Reason,
        AdapterView,
        _remove_secret,
    ),
    Operation(
        "POST",
        f"{_ADAPTER}/test",
        "edit",
        summaries.check_connection(),
        Nothing,
        list[TestStep],
        _test,
        no_reason=_LOOKS,
    ),
    Operation(
        "POST",
        f"{_ADAPTER}/proposal",
        "edit",
        summaries.propose_mapping(),
        Wish,
        Proposed,
        _propose,
        no_reason=_LOOKS,
    ),
    Operation(
        "POST",
        f"{_ADAPTER}/trial",
        "edit",
        summaries.try_mapping(),
        Nothing,
        TrialView,
        _trial,
        no_reason=_LOOKS,
    ),
    Operation(
        "POST",
        f"{_ADAPTER}/dry-run",
        "read",
        summaries.dry_run(),
        Rows,
        RehearsalView,
        _dry_run,
        no_reason=_LOOKS,
    ),
    Operation(
        "POST",
        f"{_ADAPTER}/submit",
        "edit",
        summaries.submit_version(),
        Reason,
        AdapterView,
        _submit,
    ),
    Operation(
        "PUT",
        f"{_ADAPTER}/state",
        "operate",
        summaries.set_state(),
        NewState,
        AdapterView,
        _state,
    ),
    Operation(
        "POST",
        f"{_ADAPTER}/rollback",
        "edit",
        summaries.roll_back(),
        RollBack,
        Made,
        lambda c: Made(version=c.registry.roll_back(c.feed, c.body.number, c.person, c.body.why)),
    ),
    Operation(
        "GET",
        f"{_ADAPTER}/history",
        "read",
        summaries.adapter_history(),
        Nothing,
        list[Act],
        lambda c: c.registry.history(c.feed),
    ),
    Operation(
        "GET",
        f"{_ADAPTER}/versions",
        "read",
        summaries.adapter_versions(),
        Nothing,
        list[Version],
        lambda c: c.registry.versions(c.feed),
    ),
    Operation(
        "GET",
        f"{_ADAPTER}/differences",
        "read",
        summaries.version_differences(),
        Nothing,
        list[Difference],
        lambda c: c.registry.differences(c.feed, c.query["old"], c.query["new"]),
        (Query("old", "integer", required=True), Query("new", "integer", required=True)),
    ),
)
