"""What an operation of the REST API is: route, right, what goes in and comes out."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from gateway.accounts import Principal, Right
from gateway.audit.reasons import MOST_REASON, reason_of
from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.registry import Registry
from gateway.text import Text

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from gateway.web.kit.context import Console

#: Things on a page of a list where its call names no number, and the most that it may name.
_PAGE, LARGEST_PAGE = 50, 200


class Body(BaseModel):
    """What a request brings; unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reason(Body):
    """Why something is done: kept on record, and never blank."""

    why: Annotated[
        str,
        Field(min_length=1, max_length=MOST_REASON, description="the reason, kept on record"),
        AfterValidator(reason_of),
    ]


class Nothing(Body):
    """No body."""


class InvalidRequestError(GatewayError):
    """Something of a request is not as it must be."""

    def __init__(self, name: str, fault: Text) -> None:
        super().__init__(f"{name}：{fault.zh}", f"{name}: {fault.en}")


@dataclass(frozen=True, slots=True)
class Query:
    """An argument after the question mark."""

    name: str
    kind: Literal["text", "integer", "moment"] = "text"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One call: by whom, on which console, with what path, query and body."""

    console: "Console"
    principal: Principal
    path: dict[str, str]
    query: dict[str, Any]
    body: Any
    #: The address that it comes from.
    source: str = "-"

    @property
    def feed(self) -> str:
        """Return the feed that the path names, "" where none."""
        return self.path.get("feed", "")

    @property
    def person(self) -> str:
        """Return who calls, as kept on record."""
        return self.principal.name

    @property
    def registry(self) -> Registry:
        """Return the registry of adapters."""
        return self.console.registry

    @property
    def engine(self) -> "Engine":
        """Return the gateway's store."""
        return self.console.engine

    @property
    def clock(self) -> Clock:
        """Return the clock that the gateway goes by."""
        return self.console.clock


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API; `answer` is the type of what comes out.

    `everywhere`: only for who sees every department. `fresh`: only for a token whose person has
    shown within the last minutes who they are.
    """

    method: Literal["GET", "POST", "PUT"]
    path: str
    right: Right
    summary: Text
    body: type[BaseModel]
    answer: Any
    run: Callable[[Call], Any] = field(repr=False)
    query: tuple[Query, ...] = ()
    status: int = 200
    everywhere: bool = False
    fresh: bool = False
    #: May be answered by 202, with `pending`: another person must approve it.
    waits: bool = False
    #: Why an operation that is no GET asks for no reason; whatever lacks both does not come to be.
    no_reason: str = ""

    def __post_init__(self) -> None:
        asks = issubclass(self.body, Reason)
        if self.method != "GET" and asks is bool(self.no_reason):
            raise TypeError(f"{self.method} {self.path} takes a reason, or says why it takes none")


def limit_of(call: Call) -> int:
    """Return how many things a call asks for: 50 where it says nothing, 200 at most."""
    return max(1, min(call.query.get("limit") or _PAGE, LARGEST_PAGE))


def rule_of(operation: Operation) -> str:
    """Return the route of an operation, as Flask writes it."""
    return re.sub(r"{(\w+)}", r"<\1>", operation.path.replace("{alert}", "<int:alert>"))


def endpoint_of(operation: Operation) -> str:
    """Return the name of an operation's route."""
    return f"{operation.method} {rule_of(operation)}".replace(".", "_")
