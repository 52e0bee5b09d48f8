"""The REST API over HTTP, made from the table of operations.

Every call is authorised, checked and described; none that is asked wrongly is answered by a 5xx.
"""

import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, request
from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import models_json_schema

from adapters import AdapterError, SourceUnavailableError
from adapters.setting_faults import joined_parts
from adapters.spool import WorkFolderFullError
from gateway import __version__
from gateway.accounts import AccountError, Principal, SignInRefusedError
from gateway.audit.reasons import ReasonRefusedError
from gateway.clock import read_moment
from gateway.errors import GatewayError
from gateway.mapping import MappingError
from gateway.protocol.problem import json_answer, problem, read_json
from gateway.registry import NotRegisteredError
from gateway.settings.model import SettingsError
from gateway.standard import StandardError
from gateway.text import Text, cut
from gateway.text import api as texts
from gateway.text import operations as messages
from gateway.web.api import OPERATIONS, Call, InvalidRequestError, Operation, endpoint_of, rule_of
from gateway.web.api.model import Query
from gateway.web.kit.context import Console

PREFIX = "/api/v1"
#: Statuses with which any operation may be answered by a problem document: 400 for what is no
#: request (a null character in an address), 507 where this machine's disk is full.
_UNFIT = (
    InvalidRequestError,
    ReasonRefusedError,
    SettingsError,
    MappingError,
    StandardError,
    AccountError,
)
PROBLEMS = (400, 401, 403, 404, 409, 413, 422, 429, 502, 507)


def api_routes(console: Console) -> Blueprint:
    """Return the routes of every operation, and of the OpenAPI document."""
    routes = Blueprint("api", __name__, url_prefix=PREFIX)
    for operation in OPERATIONS:
        routes.add_url_rule(
            rule_of(operation),
            endpoint_of(operation),
            _view(operation, console),
            methods=[operation.method],
        )

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return json_answer(document())

    return routes


def _view(operation: Operation, console: Console) -> Callable[..., Response]:
    answers: TypeAdapter[Any] = TypeAdapter(operation.answer)

    def view(**path: str) -> Response:
        principal: Principal = g.principal
        try:
            body = _body(operation)
            if hasattr(body, "definition"):
                # The guard has looked at the address; what a body names is looked at here.
                if not principal.sees(body.definition.feed):
                    raise NotRegisteredError(body.definition.feed)
                if path.get("feed", body.definition.feed) != body.definition.feed:
                    raise InvalidRequestError("feed", texts.must_be(path["feed"]))
            call = Call(
                console, principal, path, _query(operation), body, request.remote_addr or "-"
            )
            answer = operation.run(call)
        except (GatewayError, AdapterError) as error:
            return _problem(error)
        status = 202 if operation.waits and answer.pending else operation.status
        return json_answer(answers.dump_python(answer, mode="json"), status)

    return view


def _body(operation: Operation) -> Any:
    data = request.get_data()
    if b"\x00" in data or b"\\u0000" in data:
        raise InvalidRequestError(texts.BODY, texts.null_character())
    try:
        tree = read_json(data) if data else {}
    except (ValueError, RecursionError):
        raise InvalidRequestError(texts.BODY, texts.no_json()) from None
    try:
        return operation.body.model_validate(tree)
    except ValidationError as error:
        parts = joined_parts(error)
        raise InvalidRequestError(texts.BODY, Text(parts.zh, parts.en)) from None


def _query(operation: Operation) -> dict[str, Any]:
    parameters = [query.name for query in operation.query]
    for name, values in request.args.lists():
        if name not in parameters:
            # A misspelt filter would answer with everything.
            names = ", ".join(parameters) or "-"
            raise InvalidRequestError(
                cut(name, 40),
                texts.no_parameter(names),
            )
        if len(values) > 1:
            raise InvalidRequestError(name, texts.once_only())
    return {query.name: _argument(query, request.args.get(query.name)) for query in operation.query}


def _argument(query: Query, text: str | None) -> Any:
    if text is None or text == "":
        if query.required:
            raise InvalidRequestError(query.name, texts.required())
        return None
    if "\x00" in text:
        raise InvalidRequestError(query.name, texts.null_character())
    match query.kind:
        case "integer":
            if not re.fullmatch(r"[0-9]{1,9}", text):
                raise InvalidRequestError(query.name, texts.no_number())
            return int(text)
        case "moment":
            moment = read_moment(text)
            if moment is None:
                raise InvalidRequestError(query.name, texts.no_moment())
            return moment
        case _:
            return text


def _problem(error: GatewayError | AdapterError) -> Response:
    if isinstance(error, WorkFolderFullError):
        return problem(507, messages.no_room(), Text(error.zh, error.en))
    if isinstance(error, AdapterError):
        status = 502 if isinstance(error, SourceUnavailableError) else 422
        return problem(status, texts.source_problem(), Text(error.zh, error.en))
    if isinstance(error, NotRegisteredError):
        return problem(404, error.text)
    if isinstance(error, SignInRefusedError):
        answer = problem(429 if error.wait else 401, error.text)
        if error.wait:
            answer.headers["Retry-After"] = str(max(1, int(error.wait.total_seconds())))
        return answer
    status = 422 if isinstance(error, _UNFIT) else 409
    return problem(status, error.text)


def _described(query: Query) -> dict[str, Any]:
    schema = {
        "integer": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
        "text": {"type": "string"},
        "moment": {"type": "string", "format": "date-time"},
    }[query.kind]
    return {"name": query.name, "in": "query", "required": query.required, "schema": schema}


def document() -> dict[str, Any]:
    """Return the OpenAPI document, made from the table of operations."""
    template = "#/components/schemas/{model}"
    bodies = sorted({operation.body for operation in OPERATIONS}, key=lambda model: model.__name__)
    _, schemas = models_json_schema(
        [(model, "validation") for model in bodies], ref_template=template
    )
    components: dict[str, Any] = dict(schemas.get("$defs", {}))
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        answer = TypeAdapter(operation.answer).json_schema(
            ref_template=template, mode="serialization"
        )
        components |= answer.pop("$defs", {})
        names = re.findall(r"{(\w+)}", operation.path)
        described = {
            "operationId": operation.method.lower() + re.sub(r"[^A-Za-z]+", "_", operation.path),
            "summary": str(operation.summary),
            "description": f"right: {operation.right}"
            + ("; every department" if operation.everywhere else ""),
            "security": [{"token": []}],
            "parameters": [
                *(
                    {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                    for name in names
                ),
                *(_described(query) for query in operation.query),
            ],
            "responses": {
                str(operation.status): {
                    "description": "done",
                    "content": {"application/json; charset=utf-8": {"schema": answer}},
                },
                **(
                    {
                        "202": {
                            "description": "another person must approve it",
                            "content": {"application/json; charset=utf-8": {"schema": answer}},
                        }
                    }
                    if operation.waits
                    else {}
                ),
                **{str(code): {"$ref": "#/components/responses/Problem"} for code in PROBLEMS},
            },
        }
        if operation.method != "GET":
            required = any(field.is_required() for field in operation.body.model_fields.values())
            described["requestBody"] = {
                "required": required,
                "content": {
                    "application/json": {
                        "schema": {"$ref": template.format(model=operation.body.__name__)}
                    }
                },
            }
        paths.setdefault(f"{PREFIX}{operation.path}", {})[operation.method.lower()] = described
    problem_schema = {
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "status": {"type": "integer"},
            "title": {"type": "string"},
            "detail": {"type": "string"},
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "creditgate",
            "version": __version__,
            "description": texts.DESCRIPTION,
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {
                "Problem": {
                    "description": "RFC 9457",
                    "content": {
                        "application/problem+json; charset=utf-8": {"schema": problem_schema}
                    },
                }
            },
        },
    }
