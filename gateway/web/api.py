"""The REST API over HTTP, made from the table of operations: authorised, checked, described, never a 5xx for what is asked."""

import json
import re
from collections.abc import Callable
from typing import Any, Protocol

from flask import Blueprint, Response, g, request
from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import models_json_schema
from sqlalchemy import Engine

from adapters import AdapterError, SourceUnavailable, invalid_parts
from gateway import __version__
from gateway.accounts import Principal
from gateway.clock import Clock
from gateway.feeds import SettingsError
from gateway.mapping import MappingError
from gateway.messages import GatewayError, Text
from gateway.problems import json_answer, problem
from gateway.registry import NotRegistered, Registry
from gateway.standard import StandardError
from gateway.web.operations import OPERATIONS, Call, Operation, endpoint_of, rule_of

PREFIX = "/api/v1"
#: Largest body, in bytes.
MAX_BODY = 1_000_000


class Registering(Protocol):
    """What the API needs of the fetching."""

    registry: Registry


class Served(Protocol):
    """What the API needs of a gateway."""

    engine: Engine

    @property
    def clock(self) -> Clock:
        """The clock that the gateway goes by."""
        ...

    @property
    def fetching(self) -> Registering:
        """Where the registry is."""
        ...


def api_routes(gateway: Served) -> Blueprint:
    """Make the routes of every operation, and of the OpenAPI document."""
    routes = Blueprint("api", __name__, url_prefix=PREFIX)
    for operation in OPERATIONS:
        routes.add_url_rule(
            rule_of(operation),
            endpoint_of(operation),
            _view(operation, gateway),
            methods=[operation.method],
        )

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return json_answer(document())

    return routes


def _view(operation: Operation, gateway: Served) -> Callable[..., Response]:
    answers: TypeAdapter[Any] = TypeAdapter(operation.answer)

    def view(**path: str) -> Response:
        who: Principal = g.principal
        feed = path.pop("feed", "")
        try:
            body = _body(operation)
            # The guard has looked at the address; what a body names is looked at here.
            if hasattr(body, "definition") and not who.sees(body.definition.feed):
                raise NotRegistered(body.definition.feed)
            if feed and hasattr(body, "definition") and body.definition.feed != feed:
                raise _Unfit("feed", f"应为 {feed}", f"must be {feed}")
            args = path | _query(operation)
            call = Call(
                gateway.fetching.registry, gateway.engine, gateway.clock, who.name, who.departments, feed, args, body
            )  # fmt: skip
            made = operation.run(call)
        except (GatewayError, AdapterError) as error:
            return _problem(error)
        return json_answer(answers.dump_python(made, mode="json"), operation.status)

    return view


class _Unfit(GatewayError):
    """Something of a request is not as it must be."""

    def __init__(self, what: str, zh: str, en: str) -> None:
        super().__init__(f"{what}：{zh}", f"{what}: {en}")


def _body(operation: Operation) -> Any:
    request.max_content_length = MAX_BODY
    data = request.get_data()
    try:
        tree = json.loads(data) if data else {}
    except (ValueError, RecursionError):
        raise _Unfit("正文 / body", "不是合格的 JSON", "is no well-formed JSON") from None
    try:
        return operation.body.model_validate(tree)
    except ValidationError as error:
        said = "; ".join(invalid_parts(error))
        raise _Unfit("正文 / body", said, said) from None


def _query(operation: Operation) -> dict[str, str]:
    found = {name: request.args.get(name, "") for name in operation.query}
    for name, value in found.items():
        if not re.fullmatch(r"[0-9]{1,9}", value):
            raise _Unfit(name, "应为数字", "must be a number")
    return found


def _problem(error: GatewayError | AdapterError) -> Response:
    if isinstance(error, AdapterError):
        status = 502 if isinstance(error, SourceUnavailable) else 422
        return problem(
            status, Text("来源有问题", "the source has a problem"), Text(error.zh, error.en)
        )
    if isinstance(error, NotRegistered):
        return problem(404, error.text)
    status = (
        422 if isinstance(error, _Unfit | SettingsError | MappingError | StandardError) else 409
    )
    return problem(status, error.text)


def document() -> dict[str, Any]:
    """Make the OpenAPI document from the table of operations."""
    template = "#/components/schemas/{model}"
    bodies = sorted({one.body for one in OPERATIONS}, key=lambda model: model.__name__)
    _, schemas = models_json_schema(
        [(model, "validation") for model in bodies], ref_template=template
    )
    components: dict[str, Any] = dict(schemas.get("$defs", {}))
    paths: dict[str, Any] = {}
    for one in OPERATIONS:
        answer = TypeAdapter(one.answer).json_schema(ref_template=template, mode="serialization")
        components |= answer.pop("$defs", {})
        names = re.findall(r"{(\w+)}", one.path)
        described = {
            "operationId": f"{one.method.lower()}{re.sub(r'[^A-Za-z]+', '_', one.path)}",
            "summary": f"{one.zh} / {one.en}", "description": f"right: {one.right}",
            "security": [{"token": []}],
            "parameters": [
                *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names),
                *({"name": name, "in": "query", "required": True, "schema": {"type": "integer", "minimum": 1}} for name in one.query),
            ],
            "responses": {
                str(one.status): {"description": "done", "content": {"application/json": {"schema": answer}}},
                **{str(code): {"$ref": "#/components/responses/Problem"} for code in (401, 403, 404, 409, 413, 422, 502)},
            },
        }  # fmt: skip
        if one.method != "GET":
            described["requestBody"] = {
                "content": {
                    "application/json": {
                        "schema": {"$ref": template.format(model=one.body.__name__)}
                    }
                }
            }
        paths.setdefault(f"{PREFIX}{one.path}", {})[one.method.lower()] = described
    problem_schema = {"type": "object", "properties": {"type": {"type": "string"}, "status": {"type": "integer"}, "title": {"type": "string"}, "detail": {"type": "string"}}}  # fmt: skip
    return {
        "openapi": "3.1.0",
        "info": {"title": "creditgate", "version": __version__, "description": "适配器登记 / the registry of adapters"},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {"Problem": {"description": "RFC 9457", "content": {"application/problem+json": {"schema": problem_schema}}}},
        },
    }  # fmt: skip
