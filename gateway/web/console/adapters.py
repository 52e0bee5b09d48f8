"""Adapters: registered step by step, tried, submitted, approved.

Their versions, differences and history, too.
"""

from collections.abc import Iterator

from flask import Blueprint, Response, request, stream_with_context
from pydantic import ValidationError
from werkzeug.wrappers import Response as BaseResponse

from adapters import AdapterError, kind_names
from adapters.setting_faults import joined_parts
from gateway import audit
from gateway.errors import GatewayError
from gateway.mapping import MappingError, read_mapping
from gateway.mapping.disclosure import source_mask
from gateway.masking import Personal
from gateway.registry import Definition, NotRegisteredError
from gateway.registry.definition import TRANSITIONS, RegistryError, State, secret_names
from gateway.registry.samples import Samples
from gateway.settings.kinds import adapter_kind
from gateway.standard.disclosure import NOTHING_KNOWN, RowMask
from gateway.text import Text
from gateway.text import console as texts
from gateway.text import disclosure as messages
from gateway.text.registry import secret_waits
from gateway.web.console.settings_form import boxes, settings_of
from gateway.web.kit.context import Console
from gateway.web.kit.guard import principal
from gateway.web.kit.language import page
from gateway.web.kit.parts import back, flashing, note, number, text_of
from outbox import writing

#: States to which an operator brings an adapter here.
_STATES: tuple[State, ...] = ("live", "paused", "retired")
#: Rows of a sample that a connection test shows.
_SAMPLE_ROWS = 5


def adapter_routes(console: Console) -> Blueprint:
    """Return the routes, below /adapters; those of the mapping are in `mapping`."""
    routes = Blueprint("adapters", __name__, url_prefix="/adapters")

    @routes.get("/", endpoint="page")
    def listed() -> str:
        adapters = console.registry.every(principal().departments)
        names = {adapter.feed for adapter in adapters}
        fixed = [
            name
            for name in console.gateway.fetching.feeds
            if name not in names and principal().sees(name)
        ]
        return page("adapters.html", found=adapters, fixed=fixed)

    @routes.get("/new")
    def new() -> str:
        catalogue = console.gateway.keeper.held
        taken_feeds = {adapter.feed for adapter in console.registry.every()} | set(
            console.gateway.fetching.feeds
        )
        free = [
            item
            for item in (catalogue.items if catalogue else ())
            if principal().sees(item.feed) and item.feed not in taken_feeds
        ]
        return page(
            "adapter-new.html", kinds=kind_names(), free=free, departments=principal().departments
        )

    @routes.post("/")
    def create() -> BaseResponse:
        feed = request.form.get("feed", "").strip()
        with flashing():
            if not principal().sees(feed):
                raise NotRegisteredError(feed)
            definition = _definition(
                {
                    "feed": feed,
                    "kind": request.form.get("kind", ""),
                    "owner": request.form.get("owner", "").strip(),
                }
            )
            console.registry.create(definition, principal().name, request.form.get("why", ""))
            return back("adapters.settings", feed=feed)
        return back("adapters.new")

    @routes.get("/<feed>")
    def one(feed: str) -> str:
        adapter = console.registry.show(feed)
        sample = _samples(console).read(feed)
        return page(
            "adapter.html",
            feed=feed,
            a=adapter,
            versions=console.registry.versions(feed)[:20],
            history=console.registry.history(feed, 20),
            sample=sample,
            may=[state for state in TRANSITIONS[adapter.about.state] if state in _STATES],
            now=console.clock(),
        )

    _write_routes(routes, console)
    _act_routes(routes, console)
    return routes


def _write_routes(routes: Blueprint, console: Console) -> None:

    @routes.get("/<feed>/settings")
    def settings(feed: str) -> str:
        adapter = console.registry.show(feed)
        kind = adapter_kind(adapter.newest.definition.kind)
        return page(
            "adapter-settings.html",
            feed=feed,
            a=adapter,
            boxes=boxes(kind, adapter.newest.definition.settings),
            secrets=secret_names(kind),
        )

    @routes.post("/<feed>/settings")
    def change(feed: str) -> BaseResponse:
        with flashing():
            definition = console.registry.show(feed).newest.definition
            kind = adapter_kind(definition.kind)
            drift = request.form.get("drift", definition.drift)
            tree = definition.model_dump() | {
                "settings": settings_of(kind, request.form),
                "drift": drift,
                "owner": request.form.get("owner", "").strip(),
            }
            version = console.registry.change(
                _definition(tree), principal().name, request.form.get("why", "")
            )
            note(texts.saved_as(version))
        return back("adapters.settings", feed=feed)

    @routes.post("/<feed>/secret")
    def secret(feed: str) -> BaseResponse:
        with flashing():
            name, value = request.form.get("name", ""), request.form.get("value", "")
            reason = request.form.get("why", "")
            if request.form.get("act") == "remove":
                version = console.registry.remove_secret(feed, name, principal().name, reason)
                note(texts.secret_removed(name))
            else:
                if not value:
                    raise RegistryError.of(texts.secret_missing())
                version = console.registry.set_secret(feed, name, value, principal().name, reason)
                note(texts.secret_kept())
            if console.registry.show(feed).about.live_version is not None:
                note(secret_waits(feed, version))
        return back("adapters.settings", feed=feed)

    @routes.post("/<feed>/test")
    def test(feed: str) -> Response:
        """Show each step of the connection test as it passes: the page is sent piece by piece."""
        person, mask = principal().name, newest_mask(console, feed)
        reason = messages.connection_test().en
        with writing(console.engine) as connection:
            audit.append(
                connection, console.clock(), person, "adapter.test", feed, f"masked: {reason}"
            )

        def lines() -> Iterator[str]:
            text = page("adapter-test.html", feed=feed)
            head, tail = text.split("<!--steps-->")
            yield head
            try:
                for step in console.registry.test(feed):
                    rows = [] if step.sample is None else step.sample.head(_SAMPLE_ROWS).to_dicts()
                    masked_rows = [mask.row(Personal(row)) for row in rows]
                    yield page("adapter-step.html", step=step, rows=masked_rows)
                    if step.sample is not None and step.sample.height:
                        _samples(console).keep(feed, step.sample, person)
                yield page("adapter-step.html", done=True, feed=feed)
            except (GatewayError, AdapterError) as error:
                yield page("adapter-step.html", failed=text_of(error))
            yield tail

        return Response(stream_with_context(lines()), content_type="text/html; charset=utf-8")


def _act_routes(routes: Blueprint, console: Console) -> None:

    @routes.post("/<feed>/trial")
    def trial(feed: str) -> str | BaseResponse:
        with flashing():
            outcome = console.registry.trial(feed, principal().name)
            return page(
                "adapter-trial.html", feed=feed, trial=outcome, a=console.registry.show(feed)
            )
        return back("adapters.one", feed=feed)

    @routes.post("/<feed>/submit")
    def submit(feed: str) -> BaseResponse:
        with flashing(texts.submitted()):
            console.registry.submit(feed, principal().name, request.form.get("why", ""))
        return back("adapters.one", feed=feed)

    @routes.get("/<feed>/differences")
    def differences(feed: str) -> str:
        old, new = (number(name) or 0 for name in ("old", "new"))
        return page(
            "adapter-differences.html",
            feed=feed,
            old=old,
            new=new,
            found=console.registry.differences(feed, old, new),
        )

    @routes.post("/<feed>/roll-back")
    def roll_back(feed: str) -> BaseResponse:
        with flashing():
            earlier = number("number") or 0
            version = console.registry.roll_back(
                feed, earlier, principal().name, request.form.get("why", "")
            )
            note(texts.rolled_back(earlier, version))
        return back("adapters.one", feed=feed)

    @routes.post("/<feed>/state")
    def state(feed: str) -> BaseResponse:
        chosen = next((name for name in _STATES if name == request.form.get("state")), None)
        with flashing(texts.act_done()):
            if chosen is None:
                raise RegistryError.of(texts.no_state())
            version = number("version")
            reason = request.form.get("why", "")
            console.registry.set_state(feed, chosen, principal().name, reason, version)
        return back("adapters.one", feed=feed)


def _definition(tree: dict[str, object]) -> Definition:
    """Make a definition of what a form gave; raises RegistryError with what is wrong."""
    try:
        return Definition.model_validate(tree)
    except ValidationError as error:
        faults = joined_parts(error)
        raise RegistryError.of(texts.to_mend(Text(faults.zh, faults.en))) from None


def newest_mask(console: Console, feed: str) -> RowMask:
    """Return what masks sample rows, by the mapping that is being written.

    As far as that can be read.
    """
    try:
        text = console.registry.mapping_in_work(feed)
        return source_mask(read_mapping(text, feed)) if text else NOTHING_KNOWN
    except MappingError:
        return NOTHING_KNOWN


def _samples(console: Console) -> Samples:
    return Samples(console.engine, console.gateway.outbox.seal, console.clock)
