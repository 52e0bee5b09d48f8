"""Nobody does anything without a word why: not by a page, the API, a command or a function.

The cases are made from the table of operations, the table of routes with the forms of the pages,
the tree of commands and the signatures: a new act is asked for its reason, or named below with why
it has none.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from sqlalchemy import Engine

import gateway
from gateway import audit
from gateway.accounts import Accounts, Administration
from gateway.audit.anchoring import Anchoring
from gateway.audit.reasons import MOST_REASON, ReasonRefusedError, reason_of
from gateway.cli import main
from gateway.operations import alerts, feeds, packages, refusals, restores
from gateway.registry import Registry
from gateway.runtime.audit_anchoring import witnesses_of
from gateway.store.open import open_store
from gateway.text import Text
from gateway.web.access_rules import RULES
from gateway.web.api import OPERATIONS, Operation
from gateway.web.api.model import Body, Nothing, Reason
from gateway.web.api.model import Operation as MadeOperation
from gateway.web.api.routes import document
from tests.support.stub_gateway import StubGateway, console_of, stub_gateway

#: What an attacker, or somebody in a hurry, gives for a reason: nothing, blanks, what shows
#: nothing.
NO_REASONS = ("", " ", "\u3000\t", "\u200b\u2060", "……", "-")
GATEWAY = Path(gateway.__file__).parent
TEMPLATES = GATEWAY / "web" / "templates"

#: Pages that change something and ask for no reason, and why none is asked.
PAGES_WITHOUT = {
    "adapters.preview": "looks",
    "adapters.propose": "proposes, and says itself that it did",
    "adapters.test": "looks",
    "adapters.trial": "looks",
    "alerts.acknowledge": "says that it was seen",
    "audit.verify": "looks",
    "feeds.run": "what the schedule does anyway, sooner",
    "me.end_session": "one's own",
    "me.make_token": "one's own, and says what for",
    "me.revoke_token": "one's own",
    "refusals.upload": "rows, and their refusals are the reason",
}
#: Commands that record who runs them and ask for no reason.
COMMANDS_WITHOUT = {
    "adapter dry-run": "looks",
    "adapter propose": "proposes, and says itself that it did",
    "adapter sample": "what the mapping is looked at with",
    "adapter try": "looks",
    "audit anchor": "the head as it stands; --anew asks for one",
    "key proof": "says itself what was taken out",
}
#: Functions with a `person` that ask for no reason.
FUNCTIONS_WITHOUT = {
    "Registry.keep_sample",
    "Registry.trial",
    "alerts.acknowledge",
    "feeds.ask_to_fetch",
    "refusals.submit_mended",
}
#: Acts that are recorded without a reason of a person: who came and went, who looked, what the
#: gateway does by itself, and what the lists above name.
ACTS_WITHOUT = {
    "account.password",
    "account.proved",
    "account.recovery",
    "account.refused",
    "account.second",
    "account.session_ended",
    "account.signed_in",
    "account.signed_out",
    "adapter.sample",
    "adapter.test",
    "adapter.trial",
    "alert.acknowledge",
    "audit.anchored",
    "audit.export",
    "audit.verify",
    "feed.run",
    "refusals.mended",
    "store.restored",
    "token.made",
    "token.refused",
    "token.revoked",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StubGateway]:
    with stub_gateway(tmp_path_factory.mktemp("reasons")) as stub:
        yield stub


@pytest.mark.parametrize("why", NO_REASONS, ids=ascii)
def test_what_says_nothing_is_no_reason(why: str) -> None:
    with pytest.raises(ReasonRefusedError):
        reason_of(why)


def test_a_reason_has_an_end_and_no_blanks_around_it() -> None:
    assert reason_of(f"  {'好' * MOST_REASON}\u3000") == "好" * MOST_REASON
    with pytest.raises(ReasonRefusedError, match="at most"):
        reason_of("好" * (MOST_REASON + 1))


@pytest.mark.parametrize("why", NO_REASONS, ids=ascii)
def test_an_act_without_a_reason_does_not_reach_the_log(tmp_path: Path, why: str) -> None:
    engine: Engine = open_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    with pytest.raises(ReasonRefusedError), engine.begin() as connection:
        audit.record_act(connection, gateway_clock(), "li", "feed.resume", "water.penalty", why)
    with engine.connect() as connection:
        assert audit.head(connection) is None
    engine.dispose()


def gateway_clock() -> Any:
    from gateway.clock import utc_now

    return utc_now()


_ASKING = [
    operation for operation in OPERATIONS if operation.method != "GET" and not operation.no_reason
]


@pytest.mark.parametrize("operation", _ASKING, ids=lambda one: f"{one.method} {one.path}")
def test_every_writing_operation_refuses_an_empty_reason(
    made: StubGateway, operation: Operation
) -> None:
    body, asked = operation.body, Reason.model_fields["why"]
    described = document()["components"]["schemas"][body.__name__]
    why = described["properties"]["why"]

    assert issubclass(body, Reason)
    assert body.model_fields["why"].metadata == asked.metadata
    assert "why" in described["required"]
    assert (why["minLength"], why["maxLength"]) == (1, MOST_REASON)


@pytest.mark.parametrize("why", NO_REASONS, ids=ascii)
def test_the_api_answers_an_empty_reason_with_what_is_lacking(made: StubGateway, why: str) -> None:
    secret = "a-token-of-sixteen-characters"
    token = {"name": "all", "token": secret, "rights": ("read", "edit"), "departments": ("water",)}
    client = console_of(made, api_tokens=(token,)).test_client()
    headers = {"Authorization": f"Bearer {secret}"}
    definition = {"feed": "water.penalty", "kind": "push"}
    bodies = ({"definition": definition, "why": why}, {"definition": definition})
    answers = [client.post("/api/v1/adapters", headers=headers, json=body) for body in bodies]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert all("why" in answer.text for answer in answers)
    assert made.fetching.registry.every() == []


def test_an_operation_that_forgets_its_reason_does_not_come_to_be() -> None:
    with pytest.raises(TypeError, match="takes a reason"):
        MadeOperation("POST", "/x", "edit", Text("", ""), Nothing, Body, lambda _: None)


def _forms() -> Iterator[tuple[str, str]]:
    """Yield the endpoint and the text of each form that changes something."""
    for template in sorted(TEMPLATES.glob("*.html")):
        text = template.read_text("utf-8")
        for form in re.findall(r'<form method="post".*?</form>', text, re.S):
            for endpoint in re.findall(r"url_for\(['\"]([\w.]+)['\"]", form.split(">{{")[0])[:1]:
                yield endpoint, form
        for endpoint in re.findall(r"reason\(url_for\(['\"]([\w.]+)['\"]", text):
            yield endpoint, "{{ why() }}"


def test_every_form_of_a_page_asks_for_the_reason_that_its_act_wants() -> None:
    field = f'name="why" required maxlength="{MOST_REASON}"'
    changing = {
        name
        for name, rule in RULES.items()
        if rule.by == "session" and rule.right in ("edit", "operate", "administer")
    }
    without: set[str] = set()
    asking: set[str] = set()
    for endpoint, form in _forms():
        (asking if "why(" in form or field in form else without).add(endpoint)

    parts = (TEMPLATES / "parts.html").read_text("utf-8")
    assert field in parts
    assert {one for one in without if one in changing} <= PAGES_WITHOUT.keys()
    assert {"adapters.state", "adapters.secret", "accounts.act", "alerts.change"} <= asking


def _commands(command: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for one in command.list_commands(context):
            inner = command.get_command(context, one)
            assert inner is not None
            yield from _commands(inner, f"{name} {one}".strip())
    else:
        yield name, command


def test_every_command_that_records_a_person_asks_for_a_reason_and_has_none_of_its_own() -> None:
    wrong = []
    for name, command in _commands(main):
        options = {text: one for one in command.params for text in one.opts}
        if "--person" not in options or name in COMMANDS_WITHOUT:
            continue
        why = options.get("--why")
        if why is None or not why.required or isinstance(why.default, str):
            wrong.append(name)

    assert wrong == []


@pytest.mark.parametrize(
    "place",
    [Registry, Accounts, Administration, alerts, feeds, packages, refusals, restores],
    ids=lambda one: one.__name__,
)
def test_every_function_that_is_told_who_acts_is_told_why(place: Any) -> None:
    short = place.__name__.rpartition(".")[2]
    forgetful = []
    module = getattr(place, "__module__", place.__name__)
    for name, function in inspect.getmembers(place, inspect.isfunction):
        if function.__module__ != module:
            continue
        parameters = inspect.signature(function).parameters
        if name.startswith("_") or "person" not in parameters:
            continue
        reason = parameters.get("reason", parameters.get("why"))
        if f"{short}.{name}" not in FUNCTIONS_WITHOUT and (
            reason is None or reason.default is not inspect.Parameter.empty
        ):
            forgetful.append(name)

    assert forgetful == []


def test_an_act_comes_into_the_log_by_the_way_that_asks_for_its_reason() -> None:
    acts = set()
    for path in sorted(GATEWAY.rglob("*.py")):
        if "central" in path.parts or (
            path.parent.name == "operations" and "disclosure" in path.name
        ):
            # The centre has a chain of its own; what leaves unmasked says why by itself.
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "append"
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in ("audit", "log")
                and len(node.args) > 3
            ):
                acts.add(_act_of(node.args[3]))

    assert acts == ACTS_WITHOUT


def _act_of(node: ast.expr) -> str:
    """Return the act that a call records; a name stands for the constant of the anchoring."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.Name):
        from gateway.audit import anchoring

        return str(getattr(anchoring, node.id))
    return ast.unparse(node)


def test_anchors_are_not_put_aside_without_a_reason(tmp_path: Path) -> None:
    from gateway.audit.anchors import AnchorKeys

    engine = open_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    anchoring = Anchoring(
        engine, tmp_path / "anchors.jsonl", AnchorKeys(), "", gateway_clock, witnesses_of
    )
    with pytest.raises(ReasonRefusedError):
        anchoring.begin_anew("li", "……")
    engine.dispose()
